using System.Diagnostics;

namespace FlinkDotNet.Storage.RocksDB.Tests.Flow;

/// <summary>Calls that wait for credits without a thread.</summary>
public sealed class CreditWaitTests : CreditTest
{
    [Fact]
    public async Task AcquireAsync_OfFreeCredits_IsGranted()
    {
        using var credits = await AcquireAsync(5);
        Assert.Equal(5, credits.Count);
        Assert.Equal(5, Figures.Outstanding);
    }

    [Fact]
    public async Task AcquireAsync_OfAChannel_IsServedInOrder()
    {
        var all = Channel.Request(10);
        var large = AcquireAsync(5);
        var small = AcquireAsync(1);
        var last = AcquireAsync(5);
        Assert.False(Channel.Request(1).IsGranted);
        all.Dispose();
        using (await large) Assert.Equal(1, (await small).Count);
        Assert.Equal(5, (await last).Count);
        Assert.Equal(6, Figures.Outstanding);
    }

    [Fact]
    public async Task AcquireAsync_BehindALargeCall_DoesNotOvertakeIt()
    {
        using var most = Channel.Request(6);
        var some = Channel.Request(4);
        var large = AcquireAsync(5);
        var small = AcquireAsync(1);
        some.Dispose();
        Assert.Equal((2, 6), (Figures.WaitingCalls, Figures.Outstanding));
        most.Dispose();
        Assert.Equal((5, 1), ((await large).Count, (await small).Count));
    }

    [Fact]
    public async Task AcquireAsync_WhoseTimeIsUp_IsGrantedNone()
    {
        using var all = Channel.Request(10);
        var atOnce = await Channel.AcquireAsync(1, TimeSpan.Zero, TestContext.Current.CancellationToken);
        var later = await Channel.AcquireAsync(1, TimeSpan.FromMilliseconds(20), TestContext.Current.CancellationToken);
        Assert.False(atOnce.IsGranted || later.IsGranted);
        later.Dispose();
        Assert.Equal((10, 2), (Figures.Outstanding, Figures.TimedOutCalls));
    }

    [Fact]
    public async Task AcquireAsync_Cancelled_LeavesNothingOut()
    {
        using var cancel = new CancellationTokenSource();
        var all = Channel.Request(10);
        var cancelled = Channel.AcquireAsync(5, NoDeadline, cancel.Token);
        var behind = AcquireAsync(5);
        await cancel.CancelAsync();
        Assert.Equal(cancel.Token, (await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled)).CancellationToken);
        Assert.Equal((1, 1), (Figures.CancelledCalls, Figures.WaitingCalls));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Channel.AcquireAsync(1, NoDeadline, cancel.Token));
        all.Dispose();
        (await behind).Dispose();
        Assert.Equal(0, Figures.Outstanding);
    }

    [Fact]
    public async Task AcquireAsync_CancelledAfterItWasGranted_KeepsItsCredits()
    {
        using var cancel = new CancellationTokenSource();
        using var credits = await Channel.AcquireAsync(5, NoDeadline, cancel.Token);
        await cancel.CancelAsync();
        Assert.Equal((5, 5), (credits.Count, Figures.Outstanding));
    }

    [Fact]
    public async Task AcquireAsync_CancelledWhenItsChannelIsGone_DisturbsNobody()
    {
        using var cancel = new CancellationTokenSource();
        using var all = Channel.Request(10);
        var waiting = Channel.AcquireAsync(5, NoDeadline, cancel.Token);
        Channel.Dispose();
        await cancel.CancelAsync();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => waiting);
    }

    [Fact]
    public async Task Channel_Disposed_AnswersItsWaitersOnly()
    {
        using var other = Pool.OpenChannel("other");
        var all = other.Request(10);
        var refused = AcquireAsync(5);
        var served = other.AcquireAsync(5, NoDeadline, TestContext.Current.CancellationToken);
        Channel.Dispose();
        var refusal = await Assert.ThrowsAsync<ObjectDisposedException>(() => refused);
        Assert.Contains("channel 'source' of the credit pool 'stage'", refusal.Message, StringComparison.Ordinal);
        all.Dispose();
        (await served).Dispose();
        Assert.Equal(0, Figures.Outstanding);
    }

    /// <summary>More waiters than the library tells of in one call.</summary>
    [Fact]
    public void Pool_Disposed_HasAnsweredAllWhenItReturns()
    {
        using var all = Channel.Request(10);
        var waiting = Enumerable.Range(0, 500).Select(_ => Channel.AcquireAsync(1, NoDeadline)).ToList();
        Pool.Dispose();
        Assert.All(waiting, wait => Assert.Contains(
            "pool 'stage'", Assert.IsType<ObjectDisposedException>(Assert.Single(wait.Exception!.InnerExceptions)).Message, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Pool_DisposedWhileCallsWait_NeedsNoDeadline()
    {
        var pool = new CreditPool(new CreditPoolOptions { Name = "endless", Capacity = 10 }) { JoinDeadline = Timeout.InfiniteTimeSpan };
        using var channel = pool.OpenChannel("source");
        using var all = channel.Request(10);
        var waiting = channel.AcquireAsync(1, NoDeadline, TestContext.Current.CancellationToken);
        await Task.Run(pool.Dispose, TestContext.Current.CancellationToken).WaitAsync(Patience, TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<ObjectDisposedException>(() => waiting);
    }

    /// <summary>Far more ends at once than the thread has told when the pool is closed: each is told as it was.</summary>
    [Fact]
    public async Task Pool_DisposedWithEndsThatAreNotToldYet_TellsEachAsItWas()
    {
        const int Calls = 5000;
        using var cancel = new CancellationTokenSource();
        using var pool = new CreditPool(new CreditPoolOptions { Name = "large", Capacity = Calls });
        using var channel = pool.OpenChannel("source");
        var all = channel.Request(Calls);
        var granted = Enumerable.Range(0, Calls).Select(_ => channel.AcquireAsync(1, NoDeadline)).ToList();
        var cancelled = Enumerable.Range(0, 100).Select(_ => channel.AcquireAsync(1, NoDeadline, cancel.Token)).ToList();
        var refused = Enumerable.Range(0, 500).Select(_ => channel.AcquireAsync(1, NoDeadline)).ToList();
        await cancel.CancelAsync();
        all.Dispose();
        pool.Dispose();
        Assert.Equal(Calls, granted.Count(wait => wait.IsCompletedSuccessfully));
        foreach (var wait in cancelled) await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait);
        Assert.All(refused, wait => Assert.IsType<ObjectDisposedException>(wait.Exception?.InnerException));
    }

    /// <summary>A thread that does not end, because its pool is open.</summary>
    [Fact]
    public async Task Join_WhoseTimeIsUp_RefusesTheCallsItself()
    {
        using var all = Channel.Request(10);
        var waiting = AcquireAsync(1);
        var joined = Task.Run(() => Pool.Pump.Join(TimeSpan.Zero), TestContext.Current.CancellationToken);
        Assert.False(await joined.WaitAsync(Patience, TestContext.Current.CancellationToken));
        var refusal = await Assert.ThrowsAsync<ObjectDisposedException>(() => waiting.WaitAsync(Patience, TestContext.Current.CancellationToken));
        Assert.Contains("pool 'stage'", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Continuation_OfAWait_DoesNotHoldTheOthersUp()
    {
        using var all = Channel.Request(10);
        using var isBlocked = new ManualResetEventSlim();
        using var mayGoOn = new ManualResetEventSlim();
        var first = AcquireAsync(1);
        var blocked = first.ContinueWith(
            _ =>
            {
                isBlocked.Set();
                mayGoOn.Wait(Patience);
            },
            TestContext.Current.CancellationToken,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
        var second = AcquireAsync(1);
        all.Dispose();
        Assert.True(isBlocked.Wait(Patience, TestContext.Current.CancellationToken));
        using (await second.WaitAsync(Patience, TestContext.Current.CancellationToken)) mayGoOn.Set();
        await blocked;
        (await first).Dispose();
    }

    [Fact]
    public async Task AcquireAsync_AThousandTimes_TakesOneThread()
    {
        const int Calls = 1000;
        (await AcquireAsync(1)).Dispose();
        var all = Channel.Request(10);
        var (threads, pooled) = (ThreadCount(), ThreadPool.ThreadCount);
        var waiting = Enumerable.Range(0, Calls).Select(_ => AcquireAsync(1)).ToList();
        Assert.Equal(Calls, Figures.WaitingCalls);
        Assert.InRange(ThreadCount() - threads, -threads, Math.Max(0, ThreadPool.ThreadCount - pooled) + 2);
        all.Dispose();
        foreach (var wait in waiting) (await wait).Dispose();
        Assert.Equal((0, Calls), (Figures.Outstanding, Figures.GrantedCalls - 2));
    }

    [Fact]
    public void ForgottenPool_IsFreedWithItsThread()
    {
        var pump = Forget();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        Assert.True(pump.Join(Patience));
        Assert.Equal(1, Figures.Channels);
    }

    /// <summary>Time-outs, cancellation, refunds and closing channels at once: at the end every credit is back and every call answered.</summary>
    [Fact]
    public async Task Credits_ThroughEverything_AreConserved()
    {
        var seed = Environment.TickCount;
        var work = Task.WhenAll(Enumerable.Range(0, 8).Select(worker => Task.Run(() => WorkAsync(new Random(seed + worker)))));
        var ended = await Task.WhenAny(work, Task.Delay(Patience, TestContext.Current.CancellationToken));
        Assert.True(ended == work, $"Seed {seed}: calls wait for credits that are gone: {Figures}");
        var outcomes = await work;
        Assert.All(outcomes, failure => Assert.True(failure is null, $"Seed {seed}: {failure}"));
        var end = Figures;
        Assert.True((end.Outstanding, end.WaitingCalls, end.Channels) == (0, 0, 1), $"Seed {seed}: {end}");
        Assert.True(end is { GrantedCalls: > 0, TimedOutCalls: > 0, CancelledCalls: > 0 }, $"Seed {seed}: {end}");
        using var first = Channel.Request(10);
        Assert.Equal(10, first.Count);
    }

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private static CreditPump Forget()
    {
        CreditPump? pump = null;
        var thread = new Thread(() =>
        {
            var pool = new CreditPool(new CreditPoolOptions { Capacity = 10 });
            var channel = pool.OpenChannel("forgotten");
            _ = channel.AcquireAsync(1, NoDeadline).GetAwaiter().GetResult();
            pump = pool.Pump;
        });
        thread.Start();
        thread.Join();
        return pump!;
    }

    private static int ThreadCount()
    {
        using var self = Process.GetCurrentProcess();
        return self.Threads.Count;
    }

    private async Task<string?> WorkAsync(Random random)
    {
        for (var round = 0; round < 300; round++)
        {
            using var own = random.Next(4) == 0 ? Pool.OpenChannel("own") : null;
            var channel = own ?? Channel;
            var failure = await OneCallAsync(channel, own, random).ConfigureAwait(false);
            if (failure is not null) return failure;
        }

        return null;
    }

    private async Task<string?> OneCallAsync(CreditChannel channel, CreditChannel? own, Random random)
    {
        using var cancel = new CancellationTokenSource();
        var wanted = random.Next(1, 6);
        var timeout = random.Next(3) == 0 ? TimeSpan.FromMilliseconds(random.Next(2)) : NoDeadline;
        var waiting = channel.AcquireAsync(wanted, timeout, cancel.Token);
        if (random.Next(3) == 0) await cancel.CancelAsync().ConfigureAwait(false);
        if (random.Next(3) == 0) own?.Dispose();
        try
        {
            using var credits = await waiting.ConfigureAwait(false);
            var outstanding = Figures.Outstanding;
            if (outstanding > 10) return $"{outstanding} credits are out of 10";
            if (credits.IsGranted && credits.Count != wanted) return $"{credits.Count} credits were granted where {wanted} were asked for";
            if (random.Next(2) == 0) await Task.Yield();
            if (credits.IsGranted && random.Next(3) == 0) credits.Refund();
            return null;
        }
        catch (OperationCanceledException)
        {
            return cancel.IsCancellationRequested ? null : "a call was cancelled that nobody cancelled";
        }
        catch (ObjectDisposedException)
        {
            return own is null ? "a call was refused whose channel is open" : null;
        }
    }
}
