using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;

namespace FlinkDotNet.Storage.RocksDB.Interop;

/// <summary>
/// Finds and loads the native library at first use. An override by the environment variable <see cref="OverrideVariable"/> or by the
/// AppContext setting <see cref="OverrideSetting"/> names one file and is final. Otherwise the folders of the application are searched, by
/// full path only: neither the working directory nor the system's library path is ever asked.
/// </summary>
internal static class NativeLibraryLoader
{
    /// <summary>Names the file to load.</summary>
    public const string OverrideVariable = "FLINK_STATE_BACKEND_LIBRARY";

    /// <summary>Names the file to load, when the variable is not set.</summary>
    public const string OverrideSetting = "FlinkDotNet.Storage.RocksDB.NativeLibrary";

    private static readonly Lazy<nint> Loaded = new(Load, LazyThreadSafetyMode.ExecutionAndPublication);

    /// <summary>Loads the library and compares versions, once.</summary>
    /// <exception cref="StateBackendLibraryException">The library was not found, not loaded, or is another version.</exception>
    public static void EnsureLoaded() => _ = Loaded.Value;

    /// <summary>Lists the full paths to try, in order.</summary>
    internal static IReadOnlyList<string> Candidates(string? overridePath, IEnumerable<string> folders)
    {
        if (string.IsNullOrEmpty(overridePath))
        {
            return folders.Select(folder => Path.Combine(folder, FileName)).Distinct(StringComparer.Ordinal).ToArray();
        }

        if (Path.IsPathFullyQualified(overridePath)) return [overridePath];
        throw new StateBackendLibraryException($"{OverrideVariable} must hold the full path of the library, but is '{overridePath}'.");
    }

    /// <summary>Loads the first candidate that exists.</summary>
    internal static nint LoadFirst(IReadOnlyList<string> candidates)
    {
        var file = candidates.FirstOrDefault(File.Exists) ?? throw new StateBackendLibraryException(
            $"The native library was not found for {RuntimeInformation.RuntimeIdentifier}; looked for {string.Join(", ", candidates)}.{Others(candidates)}");
        try
        {
            return NativeLibrary.Load(file);
        }
        catch (Exception exception) when (exception is DllNotFoundException or BadImageFormatException)
        {
            var reason = LoadFailure.Explain(file) is { Length: > 0 } explained ? $"{explained}. The system says: " : string.Empty;
            throw new StateBackendLibraryException(
                $"The native library {file} exists but could not be loaded on {RuntimeInformation.RuntimeIdentifier}: {reason}{exception.Message}", exception);
        }
    }

    /// <summary>The runtime identifiers by which a package may hold the library for this process, its own first, then the portable one.</summary>
    internal static IReadOnlyList<string> Runtimes(string own, Architecture architecture)
    {
        var system = OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : "linux";
        if (own.Contains("musl", StringComparison.Ordinal) || own.StartsWith("alpine", StringComparison.Ordinal)) system = "linux-musl";
        var portable = $"{system}-{architecture.ToString().ToLowerInvariant()}";
        return string.Equals(own, portable, StringComparison.Ordinal) ? [own] : [own, portable];
    }

    /// <summary>Names the machines that a library lies ready for, when it is not this one.</summary>
    private static string Others(IEnumerable<string> candidates)
    {
        var runtimes = candidates.Select(Path.GetDirectoryName).Where(folder => Path.GetFileName(folder) is "native")
            .Select(folder => Path.GetDirectoryName(Path.GetDirectoryName(folder))).Where(Directory.Exists)
            .SelectMany(folder => Directory.EnumerateDirectories(folder!)).Where(folder => Directory.Exists(Path.Combine(folder, "native")))
            .Select(Path.GetFileName).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToArray();
        return runtimes.Length == 0 ? string.Empty : $" There are native files for {string.Join(", ", runtimes)} only.";
    }

    private static string FileName =>
        OperatingSystem.IsWindows() ? "flink_state_backend.dll" : OperatingSystem.IsMacOS() ? "libflink_state_backend.dylib" : "libflink_state_backend.so";

    private static nint Load()
    {
        var overridePath = Environment.GetEnvironmentVariable(OverrideVariable) ?? AppContext.GetData(OverrideSetting) as string;
        var candidates = Candidates(overridePath, Folders());
        var library = LoadFirst(candidates);
        NativeLibrary.SetDllImportResolver(
            typeof(NativeMethods).Assembly, (name, _, _) => string.Equals(name, NativeMethods.Library, StringComparison.Ordinal) ? library : 0);
        LibraryHandshake.Check(candidates.First(File.Exists));
        return library;
    }

    private static IEnumerable<string> Folders()
    {
        var runtimes = Runtimes(RuntimeInformation.RuntimeIdentifier, RuntimeInformation.ProcessArchitecture);
        var ofHost = AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? string.Empty;
        foreach (var folder in ofHost.Split(Path.PathSeparator).Where(Path.IsPathFullyQualified)) yield return folder;
        foreach (var folder in new[] { AppContext.BaseDirectory, AssemblyFolder() })
        {
            if (string.IsNullOrEmpty(folder)) continue;
            foreach (var runtime in runtimes) yield return Path.Combine(folder, "runtimes", runtime, "native");
            yield return folder;
        }
    }

    [UnconditionalSuppressMessage("SingleFile", "IL3000", Justification = "Empty in a single file, which then has no folder of its own to search.")]
    private static string? AssemblyFolder() => Path.GetDirectoryName(typeof(NativeLibraryLoader).Assembly.Location);
}
