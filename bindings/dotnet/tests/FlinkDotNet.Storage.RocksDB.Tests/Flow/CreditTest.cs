using FlinkDotNet.Storage.RocksDB.Tests.Support;

namespace FlinkDotNet.Storage.RocksDB.Tests.Flow;

/// <summary>A test with a pool of ten credits, of which one call may wait for five, and the channel `source`.</summary>
public abstract class CreditTest : BackendTest
{
    protected CreditTest()
    {
        Pool = new CreditPool(new CreditPoolOptions { Name = "stage", Capacity = 10, LargestRequest = 5 });
        Channel = Pool.OpenChannel("source");
    }

    protected static TimeSpan NoDeadline => Timeout.InfiniteTimeSpan;

    /// <summary>Gets a time after which a test that hangs fails.</summary>
    protected static TimeSpan Patience => TimeSpan.FromMinutes(1);

    protected CreditPool Pool { get; }

    protected CreditChannel Channel { get; }

    protected CreditFigures Figures => Pool.GetFigures();

    protected override void Dispose(bool disposing)
    {
        Channel.Dispose();
        Pool.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>Waits without a deadline, in a way that the test's end cancels.</summary>
    protected Task<Credits> AcquireAsync(long credits) => Channel.AcquireAsync(credits, NoDeadline, TestContext.Current.CancellationToken);

    /// <summary>Waits until as many calls are in the queue.</summary>
    protected void AwaitWaiting(long calls)
    {
        while (Figures.WaitingCalls != calls) Thread.Yield();
    }
}
