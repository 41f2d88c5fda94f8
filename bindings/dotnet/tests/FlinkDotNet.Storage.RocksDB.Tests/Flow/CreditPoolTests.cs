using FlinkDotNet.Storage.RocksDB.Interop;

namespace FlinkDotNet.Storage.RocksDB.Tests.Flow;

public sealed class CreditPoolTests : CreditTest
{
    [Fact]
    public void Request_SharesWhatThereIs_AndLendsNoOwnCredits()
    {
        using var owner = Pool.OpenChannel("owner", exclusive: 3);
        using var floating = Channel.Request(100);
        using var nothing = Channel.Request(1);
        using var own = owner.Request(100);
        Assert.Equal((7, 0, 3), (floating.Count, nothing.Count, own.Count));
        Assert.False(nothing.IsGranted);
        var expected = new CreditFigures
        {
            Capacity = 10,
            Limit = 10,
            Outstanding = 10,
            Channels = 2,
            GrantedCredits = 10,
            GrantedCalls = 2,
            RefusedCalls = 1,
        };
        Assert.Equal(expected, Figures with { QueueWait = TimeSpan.Zero });
    }

    [Fact]
    public void Credits_DisposedTwice_ComeBackOnce()
    {
        var first = Channel.Request(4);
        using var second = Channel.Request(4);
        first.Dispose();
        first.Dispose();
        Assert.Equal(4, Figures.Outstanding);
        Assert.Equal(4, first.Count);
    }

    [Fact]
    public void Credits_DisposedByManyThreads_ComeBackOnce()
    {
        using var rest = Channel.Request(6);
        var credits = Channel.Request(4);
        Parallel.For(0, 100, _ => credits.Dispose());
        Assert.Equal(6, Figures.Outstanding);
    }

    [Fact]
    public void Refund_GivesBackOnce_AndCountsACongestion()
    {
        using var rest = Channel.Request(5);
        using var credits = Channel.Request(5);
        credits.Refund();
        Assert.Equal((5, 1), (Figures.Outstanding, Figures.Congestions));
        var again = Assert.Throws<ObjectDisposedException>(credits.Refund);
        Assert.Contains("5 credits of the channel 'source'", again.Message, StringComparison.Ordinal);
        credits.Dispose();
        Assert.Equal((5, 1), (Figures.Outstanding, Figures.Congestions));
    }

    [Fact]
    public void Refund_OfNothing_IsRefused()
    {
        using var all = Channel.Request(10);
        using var none = Channel.Request(1);
        Assert.Contains("granted none", Assert.Throws<InvalidOperationException>(none.Refund).Message, StringComparison.Ordinal);
        Assert.Equal(0, Figures.Congestions);
    }

    [Fact]
    public void Limit_BelowWhatIsOut_GrantsNothingUntilItIsRepaid()
    {
        var half = Channel.Request(5);
        using var rest = Channel.Request(3);
        Pool.SetLimit(4);
        Assert.Equal((4, 8), (Figures.Limit, Figures.Outstanding));
        Assert.False(Channel.Request(1).IsGranted);
        half.Dispose();
        Assert.Equal(1, Channel.Request(9).Count);
        Pool.SetLimit(long.MaxValue);
        Assert.Equal(10, Figures.Limit);
    }

    [Fact]
    public void Acquire_WithoutTime_AnswersAtOnce()
    {
        using var first = Channel.Acquire(5, TimeSpan.Zero);
        using var second = Channel.Acquire(5, NoDeadline);
        Assert.True(first.IsGranted && second.IsGranted);
        Assert.False(Channel.Acquire(1, TimeSpan.Zero).IsGranted);
        Assert.False(Channel.Acquire(1, TimeSpan.FromTicks(1)).IsGranted);
        Assert.Equal((10, 2), (Figures.Outstanding, Figures.TimedOutCalls));
    }

    [Fact]
    public void Acquire_ThatBlocks_IsServedWhenCreditsComeBack()
    {
        var all = Channel.Request(10);
        var granted = 0L;
        var waiting = new Thread(() => granted = Channel.Acquire(5, NoDeadline).Count);
        waiting.Start();
        AwaitWaiting(1);
        Assert.Equal(5, Figures.WaitingCredits);
        all.Dispose();
        Assert.True(waiting.Join(Patience));
        Assert.Equal((5, 5), (granted, Figures.Outstanding));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Acquire_ThatBlocks_IsRefusedWhenItsOwnerIsDisposed(bool pool)
    {
        using var all = Channel.Request(10);
        Exception? refusal = null;
        var waiting = new Thread(() => refusal = Record.Exception(() => Channel.Acquire(5, NoDeadline)));
        waiting.Start();
        AwaitWaiting(1);
        if (pool) Pool.Dispose();
        else Channel.Dispose();
        Assert.True(waiting.Join(Patience));
        AssertNames(pool ? "pool 'stage' has" : "channel 'source' of the credit pool 'stage' has", Assert.IsType<ObjectDisposedException>(refusal));
    }

    [Fact]
    public void Calls_AfterThePoolIsDisposed_NameIt()
    {
        var credits = Channel.Request(3);
        Pool.Dispose();
        Pool.Dispose();
        Action[] calls =
        [
            () => Pool.GetFigures(),
            () => Pool.SetLimit(1),
            () => Pool.OpenChannel("late"),
            () => Channel.Request(1),
            () => Channel.Acquire(1, TimeSpan.Zero),
            () => { _ = Channel.AcquireAsync(1, TimeSpan.Zero, TestContext.Current.CancellationToken); },
        ];
        Assert.All(calls, call => AssertNames("pool 'stage' has", Assert.Throws<ObjectDisposedException>(call)));
        credits.Dispose();
    }

    [Fact]
    public void Channel_Disposed_FreesItsCreditsAndNamesItself()
    {
        var credits = Channel.Request(3);
        var refused = Channel.Request(3);
        Channel.Dispose();
        Channel.Dispose();
        Assert.Equal((0, 0), (Figures.Outstanding, Figures.Channels));
        using var next = Pool.OpenChannel("next");
        using var all = next.Request(10);
        credits.Dispose();
        refused.Refund();
        Assert.Equal(10, Figures.Outstanding);
        AssertNames("channel 'source' of the credit pool 'stage' has", Assert.Throws<ObjectDisposedException>(() => Channel.Request(1)));
    }

    [Fact]
    public void Options_OutOfRange_AreRefusedByName()
    {
        AssertRefused("'capacity'", new CreditPoolOptions { Capacity = 0 });
        AssertRefused("'capacity'", new CreditPoolOptions { Capacity = -1 });
        AssertRefused("'largest_request'", new CreditPoolOptions { Capacity = 10, LargestRequest = 6 });
        AssertRefused("'largest_request'", new CreditPoolOptions { Capacity = 10, LargestRequest = -1 });
        using var largest = new CreditPool(new CreditPoolOptions { Capacity = long.MaxValue });
        Assert.Equal(long.MaxValue, largest.GetFigures().Limit);
    }

    [Fact]
    public void Arguments_OutOfRange_AreRefusedByName()
    {
        AssertRefused("'source'", () => Channel.Request(0));
        AssertRefused("'source'", () => Channel.Request(-1));
        AssertRefused("'source'", () => Channel.Acquire(0, NoDeadline));
        AssertRefused("'source'", () => { _ = Channel.AcquireAsync(long.MinValue, NoDeadline, TestContext.Current.CancellationToken); });
        AssertRefused("largest_request", () => Channel.Acquire(6, NoDeadline));
        AssertRefused("largest_request", () => { _ = Channel.AcquireAsync(long.MaxValue, NoDeadline, TestContext.Current.CancellationToken); });
        AssertRefused("InfiniteTimeSpan", () => Channel.Acquire(1, TimeSpan.FromMilliseconds(-2)));
        AssertRefused("InfiniteTimeSpan", () => { _ = Channel.AcquireAsync(1, TimeSpan.MinValue, TestContext.Current.CancellationToken); });
        AssertRefused("'stage'", () => Pool.SetLimit(-1));
        AssertRefused("'greedy'", () => Pool.OpenChannel("greedy", exclusive: 6));
        AssertRefused("'greedy'", () => Pool.OpenChannel("greedy", exclusive: -1));
        AssertRefused("255", () => Pool.OpenChannel(new string('x', 256)));
        Assert.Equal((0, 1), (Figures.Outstanding, Figures.Channels));
    }

    [Fact]
    public void Figures_OfTheLibrary_KeepAllTheirFields()
    {
        var native = new fsb_credit_figures
        {
            is_probing = 1,
            capacity = 1,
            limit = 2,
            outstanding = 3,
            waiting_credits = 4,
            waiting_calls = 5,
            queue_wait_millis = 6.5,
            channels = 7,
            granted_credits = 8,
            granted_calls = 9,
            refused_calls = 10,
            timed_out_calls = 11,
            cancelled_calls = 12,
            congestions = 13,
        };
        var expected = new CreditFigures
        {
            IsProbing = true,
            Capacity = 1,
            Limit = 2,
            Outstanding = 3,
            WaitingCredits = 4,
            WaitingCalls = 5,
            QueueWait = TimeSpan.FromMilliseconds(6.5),
            Channels = 7,
            GrantedCredits = 8,
            GrantedCalls = 9,
            RefusedCalls = 10,
            TimedOutCalls = 11,
            CancelledCalls = 12,
            Congestions = 13,
        };
        Assert.Equal(expected, CreditFigures.From(native));
    }

    /// <summary>Flushes too slow for the writes: the engine would have them wait.</summary>
    [Fact]
    public void TryWrite_OfAStalledEngine_IsRefusedAndItsCreditsComeBack()
    {
        var options = Options();
        options.WriteBufferSize = 64 << 10;
        options.MaxWriteBufferNumber = 2;
        options.RateLimiterBytesPerSecond = 32 << 10;
        using var backend = Open(options);
        var family = backend.ColumnFamily("default");
        using var batch = new WriteBatch();
        var isWritten = true;
        for (var row = 0; row < 1000 && isWritten; row++)
        {
            batch.Clear();
            batch.Put(family, BitConverter.GetBytes(row), new byte[4096]);
            using var credits = Channel.Request(1);
            isWritten = backend.TryWrite(batch);
            if (!isWritten) credits.Refund();
        }

        Assert.False(isWritten);
        Assert.Equal((0, 1), (Figures.Outstanding, Figures.Congestions));
    }

    private static void AssertRefused(string name, CreditPoolOptions options) => AssertRefused(name, () => new CreditPool(options).Dispose());

    private static void AssertRefused(string name, Action call) =>
        Assert.Contains(name, Assert.ThrowsAny<ArgumentException>(call).Message, StringComparison.Ordinal);

    private static void AssertNames(string name, ObjectDisposedException refusal) => Assert.Contains(name, refusal.Message, StringComparison.Ordinal);
}
