using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace FlinkDotNet.Storage.RocksDB.Tests.Support;

/// <summary>Another process that owns a folder and writes numbered rows into it until it is killed.</summary>
internal sealed class StateHolderProcess : IDisposable
{
    private readonly Process _process;

    private StateHolderProcess(Process process) => _process = process;

    public int Id => _process.Id;

    public static ProcessStartInfo StartInfo(string dataDirectory)
    {
        var holder = AppContext.BaseDirectory.Replace("FlinkDotNet.Storage.RocksDB.Tests", "StateHolder", StringComparison.Ordinal);
        return new ProcessStartInfo(Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet")))
        {
            ArgumentList = { Path.Combine(holder, "StateHolder.dll"), dataDirectory },
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
    }

    /// <summary>Starts the process and waits until it has opened the folder.</summary>
    public static StateHolderProcess Start(string dataDirectory)
    {
        var holder = new StateHolderProcess(Process.Start(StartInfo(dataDirectory))!);
        var line = holder._process.StandardOutput.ReadLine();
        if (line is not "open") Assert.Fail($"The process did not open the folder: {holder._process.StandardError.ReadToEnd()}");
        return holder;
    }

    /// <summary>
    /// Reads acknowledgements until there are <paramref name="rows"/>, kills the process, and gives the last number acknowledged.
    /// </summary>
    public int KillAfter(int rows)
    {
        var last = -1;
        while (last + 1 < rows) last = int.Parse(_process.StandardOutput.ReadLine()!, CultureInfo.InvariantCulture);
        _process.Kill();
        for (var line = _process.StandardOutput.ReadLine(); line is not null; line = _process.StandardOutput.ReadLine())
        {
            last = Math.Max(last, int.TryParse(line, CultureInfo.InvariantCulture, out var number) ? number : last);
        }

        _process.WaitForExit();
        return last;
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }
}
