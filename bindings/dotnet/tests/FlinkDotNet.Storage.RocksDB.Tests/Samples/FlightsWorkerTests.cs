using System.Globalization;
using System.Net;
using System.Net.Sockets;
using FlinkDotNet.Storage.RocksDB.Tests.Support;

namespace FlinkDotNet.Storage.RocksDB.Tests.Samples;

/// <summary>The hosted job of <c>examples/flights-worker</c>, killed and stopped on its way.</summary>
public sealed class FlightsWorkerTests : IDisposable
{
    private const int AllFlights = 27_004;

    private readonly TestFolder _folder = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Job_KilledTwice_EndsWithTheResultOfOneThatWasNot()
    {
        var expected = await RunToTheEnd("plain");
        Assert.Equal(AllFlights, expected.Sum(FlightsOf));
        Assert.StartsWith("restored", await KillAfterCheckpoints("killed", 1, restored: false), StringComparison.Ordinal);
        Assert.StartsWith("restored", await KillAfterCheckpoints("killed", 2, restored: true), StringComparison.Ordinal);
        Assert.Equal(expected, await RunToTheEnd("killed"));
    }

    [Fact]
    public async Task Job_StoppedInOrder_GoesOnWithItsLastCheckpoint()
    {
        var expected = await RunToTheEnd("plain");
        using (var worker = FlightsWorkerProcess.Start(_folder.At("stopped"), rowsPerSecond: 6000))
        {
            await worker.LineThatBegins("checkpoint 1:", Stop);
            worker.Terminate();
            Assert.Equal(0, await worker.EndAsync(Stop));
        }

        using var store = new CheckpointStore(Path.Combine(_folder.At("stopped"), "checkpoints"));
        var last = store.List()[^1].CheckpointId;
        using (var worker = FlightsWorkerProcess.Start(_folder.At("stopped"), rowsPerSecond: 0))
        {
            Assert.Equal($"restored checkpoint {last}", await worker.LineThatBegins("restored", Stop));
            Assert.Equal(0, await worker.EndAsync(Stop));
        }

        Assert.Equal(expected, await File.ReadAllLinesAsync(ResultOf("stopped"), Stop));
    }

    [Fact]
    public async Task Prometheus_GetsTheFiguresOfTheJob()
    {
        var port = FreePort();
        using var worker = FlightsWorkerProcess.Start(_folder.At("scraped"), rowsPerSecond: 6000, port);
        await worker.LineThatBegins("checkpoint 1:", Stop);
        using var client = new HttpClient();
        var scraped = await client.GetStringAsync(new Uri($"http://localhost:{port}/metrics"), Stop);
        Assert.Contains("flink_state_backend_checkpoint_completed_total{", scraped, StringComparison.Ordinal);
        Assert.Contains("flink_state_backend_credit_pool_granted_credits_total{", scraped, StringComparison.Ordinal);
        worker.Kill();
    }

    public void Dispose() => _folder.Dispose();

    private static int FlightsOf(string line) => int.Parse(line.Split(',')[2], CultureInfo.InvariantCulture);

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    private string ResultOf(string name) => Path.Combine(_folder.At(name), "daily.csv");

    private async Task<string[]> RunToTheEnd(string name)
    {
        using var worker = FlightsWorkerProcess.Start(_folder.At(name), rowsPerSecond: 0);
        Assert.Equal(0, await worker.EndAsync(Stop).ConfigureAwait(false));
        return await File.ReadAllLinesAsync(ResultOf(name), Stop).ConfigureAwait(false);
    }

    /// <summary>Kills a worker that has much to do still; gives what the next one says at its start.</summary>
    private async Task<string> KillAfterCheckpoints(string name, int checkpoints, bool restored)
    {
        using (var worker = FlightsWorkerProcess.Start(_folder.At(name), rowsPerSecond: 6000))
        {
            if (restored) await worker.LineThatBegins("restored", Stop).ConfigureAwait(false);
            for (var seen = 0; seen < checkpoints; seen++) await worker.LineThatBegins("checkpoint", Stop).ConfigureAwait(false);
            worker.Kill();
            Assert.Equal(128 + 9, await worker.EndAsync(Stop).ConfigureAwait(false));
            Assert.False(File.Exists(ResultOf(name)));
        }

        using var next = FlightsWorkerProcess.Start(_folder.At(name), rowsPerSecond: 6000);
        var start = await next.LineThatBegins("restored", Stop).ConfigureAwait(false);
        next.Kill();
        return start;
    }
}
