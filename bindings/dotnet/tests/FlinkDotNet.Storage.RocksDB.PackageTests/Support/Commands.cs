using System.Diagnostics;
using System.Runtime.InteropServices;

namespace FlinkDotNet.Storage.RocksDB.PackageTests.Support;

/// <summary>Runs programs in an environment that leads to nothing of this tree.</summary>
internal static class Commands
{
    public static string Dotnet { get; } = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet"));

    /// <summary>Runs a program to its end and gives what it printed; any exit code but 0 fails the test.</summary>
    public static string Run(string folder, string file, params string[] arguments)
    {
        var start = new ProcessStartInfo(file, arguments)
        {
            WorkingDirectory = folder,
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var name in start.Environment.Keys.Where(LeadsHere).ToArray()) start.Environment.Remove(name);
        start.Environment["DOTNET_BUNDLE_EXTRACT_BASE_DIR"] = Path.Combine(folder, "extracted");
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = process.StandardOutput.ReadToEnd() + errors.GetAwaiter().GetResult();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, $"{file} {string.Join(' ', arguments)} ended with {process.ExitCode}:\n{output}");
        return output;
    }

    /// <summary>MSBuild's own variables, those of this project, and the packages folder, which must not be written to.</summary>
    private static bool LeadsHere(string variable) =>
        variable is "NUGET_PACKAGES" or "CARGO_TARGET_DIR" or "FLINK_STATE_BACKEND_LIBRARY" or "RepositoryUrl" or "LD_LIBRARY_PATH"
        || variable.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase) || variable.StartsWith("FSB", StringComparison.OrdinalIgnoreCase);
}
