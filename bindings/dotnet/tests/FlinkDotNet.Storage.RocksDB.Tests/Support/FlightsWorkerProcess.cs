using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace FlinkDotNet.Storage.RocksDB.Tests.Support;

/// <summary>The hosted job of <c>examples/flights-worker</c> in a process of its own, which keeps everything in one folder.</summary>
internal sealed class FlightsWorkerProcess : IDisposable
{
    private readonly Process _process;

    private FlightsWorkerProcess(Process process) => _process = process;

    public static FlightsWorkerProcess Start(string folder, int rowsPerSecond, int prometheusPort = 0)
    {
        var program = Path.Combine(
            AppContext.BaseDirectory.Replace("bindings/dotnet/tests/FlinkDotNet.Storage.RocksDB.Tests", "examples/flights-worker", StringComparison.Ordinal),
            "FlightsWorker.dll");
        var start = new ProcessStartInfo(Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet")))
        {
            ArgumentList = { program },
            UseShellExecute = false,
            RedirectStandardOutput = true,
        };
        var settings = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["Job:RowsPerSecond"] = rowsPerSecond.ToString(CultureInfo.InvariantCulture),
            ["Job:PrometheusPort"] = prometheusPort.ToString(CultureInfo.InvariantCulture),
            ["Job:ResultFile"] = Path.Combine(folder, "daily.csv"),
            ["State:DataDirectory"] = Path.Combine(folder, "state"),
            ["State:CheckpointDirectory"] = Path.Combine(folder, "checkpoints"),
            ["Checkpoints:Interval"] = "00:00:00.2",
        };
        foreach (var (name, value) in settings)
        {
            start.ArgumentList.Add($"--{name}");
            start.ArgumentList.Add(value);
        }

        return new FlightsWorkerProcess(Process.Start(start)!);
    }

    /// <summary>Reads what the job prints up to a line that begins so.</summary>
    public async Task<string> LineThatBegins(string beginning, CancellationToken cancellationToken)
    {
        while (await _process.StandardOutput.ReadLineAsync(cancellationToken).ConfigureAwait(false) is { } line)
        {
            if (line.StartsWith(beginning, StringComparison.Ordinal)) return line;
        }

        throw new InvalidOperationException($"The job ended without a line that begins with '{beginning}'.");
    }

    public void Kill() => _process.Kill();

    /// <summary>Asks the host to stop, as an orchestrator does.</summary>
    public void Terminate()
    {
        using var kill = Process.Start("kill", ["-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    /// <summary>Waits for the end and gives the exit code.</summary>
    public async Task<int> EndAsync(CancellationToken cancellationToken)
    {
        _ = await _process.StandardOutput.ReadToEndAsync(cancellationToken).ConfigureAwait(false);
        await _process.WaitForExitAsync(cancellationToken).ConfigureAwait(false);
        return _process.ExitCode;
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }
}
