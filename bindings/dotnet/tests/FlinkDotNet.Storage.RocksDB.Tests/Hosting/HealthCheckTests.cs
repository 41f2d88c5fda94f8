using FlinkDotNet.Storage.RocksDB.Tests.Support;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace FlinkDotNet.Storage.RocksDB.Tests.Hosting;

public sealed class HealthCheckTests : BackendTest
{
    private static readonly StateBackendException Silence = new(StateBackendStatus.IO, "The disk is gone.");

    [Fact]
    public async Task Check_OfALiveBackend_FollowsItsLife()
    {
        using var backend = Open();
        var check = new RocksDBHealthCheck(backend);
        var healthy = await Run(check);
        Assert.Equal(HealthStatus.Healthy, healthy.Status);
        Assert.Equal(backend.GetBackPressure().Level, (double)healthy.Data["level"], 6);
        Assert.Equal("Low", healthy.Data["description"]);
        backend.Dispose();
        var closed = await Run(check);
        Assert.Equal(HealthStatus.Unhealthy, closed.Status);
        Assert.Equal($"The state backend at {DataDirectory} is closed.", closed.Description);
    }

    [Theory]
    [InlineData(0.8, false, HealthStatus.Healthy)]
    [InlineData(0.81, false, HealthStatus.Degraded)]
    [InlineData(1, true, HealthStatus.Unhealthy)]
    [InlineData(0, true, HealthStatus.Unhealthy)]
    public async Task Check_OfAPressure_JudgesIt(double effective, bool stopped, HealthStatus expected)
    {
        var check = Check(() => new BackPressure { Effective = effective, IsWriteStopped = stopped });
        var result = await Run(check);
        Assert.Equal(expected, result.Status);
        Assert.Equal(effective, result.Data["effective"]);
    }

    [Fact]
    public async Task Check_OfABackendThatDoesNotAnswer_Fails()
    {
        var result = await Run(Check(() => throw Silence));
        Assert.Equal(HealthStatus.Unhealthy, result.Status);
        Assert.Same(Silence, result.Exception);
    }

    [Fact]
    public async Task Failures_AreAsTheRegistrationSays()
    {
        var check = Check(() => new BackPressure { IsWriteStopped = true });
        Assert.Equal(HealthStatus.Degraded, (await Run(check, HealthStatus.Degraded)).Status);
        Assert.Equal(HealthStatus.Degraded, (await Run(Check(() => throw Silence), HealthStatus.Degraded)).Status);
    }

    [Fact]
    public async Task DegradedAbove_OfTheOptions_IsTheLimit()
    {
        var check = Check(() => new BackPressure { Effective = 0.5 }, new RocksDBHealthCheckOptions { DegradedAbove = 0.4 });
        var result = await Run(check);
        Assert.Equal(HealthStatus.Degraded, result.Status);
        Assert.Equal("The pressure of the state backend at state is 0.50, above 0.4.", result.Description);
    }

    [Theory]
    [InlineData(-0.1)]
    [InlineData(1.1)]
    [InlineData(double.NaN)]
    public void DegradedAbove_OutOfRange_IsRefusedByName(double limit)
    {
        var options = new RocksDBHealthCheckOptions { DegradedAbove = limit };
        var failure = Assert.Throws<ArgumentException>(() => Check(() => new BackPressure(), options));
        Assert.Contains(nameof(options.DegradedAbove), failure.Message, StringComparison.Ordinal);
    }

    private static RocksDBHealthCheck Check(Func<BackPressure> read, RocksDBHealthCheckOptions? options = null) => new(read, "state", options);

    private static Task<HealthCheckResult> Run(RocksDBHealthCheck check, HealthStatus failure = HealthStatus.Unhealthy)
    {
        var registration = new HealthCheckRegistration("state", check, failure, tags: null);
        return check.CheckHealthAsync(new HealthCheckContext { Registration = registration }, TestContext.Current.CancellationToken);
    }
}
