using System.Runtime.CompilerServices;
using FlinkDotNet.Storage.RocksDB.Tests.Flow;
using FlinkDotNet.Storage.RocksDB.Tests.Support;

namespace FlinkDotNet.Storage.RocksDB.Tests.Diagnostics;

public sealed class CreditMeterTests : CreditTest
{
    private const string Prefix = "flink.state_backend.credit_pool.";

    [Fact]
    public async Task Collection_OfAPool_IsWhatItsFiguresSay()
    {
        Pool.SetLimit(8);
        using var collector = new MeterCollector();
        var held = Channel.Request(5);
        var waiting = AcquireAsync(4);
        AwaitWaiting(1);
        Assert.Equal(0, Channel.Request(1).Count);
        var reported = collector.Collect("stage");
        Assert.Equal(10, reported[Prefix + "capacity"]);
        Assert.Equal(8, reported[Prefix + "limit"]);
        Assert.Equal(5, reported[Prefix + "outstanding"]);
        Assert.Equal(3, reported[Prefix + "free"]);
        Assert.Equal(4, reported[Prefix + "waiting_credits"]);
        Assert.Equal(1, reported[Prefix + "waiting_calls"]);
        Assert.Equal(1, reported[Prefix + "channels"]);
        Assert.Equal(5, reported[Prefix + "granted_credits"]);
        Assert.Equal(1, reported[Prefix + "granted_calls"]);
        Assert.Equal(1, reported[Prefix + "refused_calls"]);
        Assert.True(reported[Prefix + "queue_wait"] > 0);
        held.Dispose();
        (await waiting).Dispose();
        Assert.Equal(9, collector.Collect("stage")[Prefix + "granted_credits"]);
    }

    [Fact]
    public void Figures_OfEveryKind_ReachTheirInstrumentInItsUnit()
    {
        var metered = CreditMeter.Shared.Add("made up", MadeUp.Credits);
        using var collector = new MeterCollector();
        var reported = collector.Collect("made up");
        CreditMeter.Shared.Remove(metered);
        MadeUp.AssertReported(MadeUp.ExpectedCredits, reported);
    }

    [Fact]
    public void Free_OfAPoolThatShrank_IsNeverNegative()
    {
        using var held = Channel.Request(5);
        Pool.SetLimit(2);
        using var collector = new MeterCollector();
        Assert.Equal(0, collector.Collect("stage")[Prefix + "free"]);
    }

    [Fact]
    public void Measurements_CarryTheNameOfThePool()
    {
        using var collector = new MeterCollector();
        Assert.All(collector.Collect(), sample => Assert.Equal([new("credit_pool.name", "stage")], sample.Tags));
    }

    [Fact]
    public void Pools_OfOneName_AreReportedAsOne()
    {
        using var other = new CreditPool(new CreditPoolOptions { Name = "stage", Capacity = 30 });
        var slow = CreditMeter.Shared.Add("stage", MadeUp.Credits);
        using var collector = new MeterCollector();
        var reported = collector.Collect("stage");
        CreditMeter.Shared.Remove(slow);
        Assert.Equal(1040, reported[Prefix + "capacity"]);
        Assert.Equal(0.206, reported[Prefix + "queue_wait"], 9);
        Assert.Equal(208, reported[Prefix + "channels"]);
    }

    [Fact]
    public void Pool_Disposed_IsReportedNoMore()
    {
        using var collector = new MeterCollector();
        Assert.NotEmpty(collector.Collect("stage"));
        Pool.Dispose();
        Assert.Empty(collector.Collect("stage"));
    }

    [Fact]
    public void Pool_DisposedBehindTheMetersBack_IsReportedNoMore()
    {
        var metered = CreditMeter.Shared.Add("behind", Pool.GetFigures);
        using var collector = new MeterCollector();
        Assert.NotEmpty(collector.Collect("behind"));
        Pool.Dispose();
        Assert.Empty(collector.Collect("behind"));
        CreditMeter.Shared.Remove(metered);
    }

    [Fact]
    public void Pool_ThatNobodyDisposes_IsForgotten()
    {
        Forget();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        using var collector = new MeterCollector();
        Assert.Empty(collector.Collect("forgotten"));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Forget() => _ = new CreditPool(new CreditPoolOptions { Name = "forgotten", Capacity = 10 });
}
