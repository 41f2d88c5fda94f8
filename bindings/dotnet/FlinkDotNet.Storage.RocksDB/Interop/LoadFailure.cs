using System.Runtime.InteropServices;

namespace FlinkDotNet.Storage.RocksDB.Interop;

/// <summary>Says in one clause what is wrong with a native library that the system would not load.</summary>
internal static partial class LoadFailure
{
    /// <summary>Explains a file for this machine.</summary>
    public static string Explain(string file) => Explain(file, Machine.ThisOne);

    /// <summary>Explains a file for a machine; an empty text when nothing is wrong with it that its header shows.</summary>
    internal static string Explain(string file, Machine machine)
    {
        LibraryFile library;
        try
        {
            library = LibraryFile.Read(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return $"it cannot be read ({exception.Message})";
        }

        if (library.Format.Length == 0) return "it is no shared library, or a damaged one";
        if (!string.Equals(library.System, machine.System, StringComparison.Ordinal)) return $"it is built for {library.System}, but this is {machine.System}";
        if (!library.Architectures.Contains(machine.Architecture)) return $"it is built for {Names(library.Architectures)}, but this process is {Name(machine.Architecture)}";
        if (library.NeedsMusl && machine.Glibc is not null) return "it is built for musl, but this system has glibc";
        if (library.NewestGlibc is null) return string.Empty;
        if (machine.Glibc is null) return "it is built for glibc, but this system has another C library, such as musl";
        return library.NewestGlibc > machine.Glibc ? $"it needs glibc {library.NewestGlibc}, but this system has glibc {machine.Glibc}" : string.Empty;
    }

    private static string Names(IReadOnlyList<Architecture?> architectures) =>
        architectures.Count == 0 ? "no processor" : string.Join(" and ", architectures.Select(Name));

    private static string Name(Architecture? architecture) => architecture switch
    {
        Architecture.X64 => "x64",
        Architecture.X86 => "x86",
        Architecture.Arm64 => "arm64",
        null => "another processor",
        _ => architecture.ToString()!,
    };

    /// <summary>The machine that a library is loaded on.</summary>
    /// <param name="System">Linux, macOS or Windows.</param>
    /// <param name="Architecture">Processor of the process.</param>
    /// <param name="Glibc">Version of glibc; null where there is none.</param>
    internal sealed partial record Machine(string System, Architecture Architecture, Version? Glibc)
    {
        /// <summary>Gets the machine of this process.</summary>
        public static Machine ThisOne => new(
            OperatingSystem.IsWindows() ? "Windows" : OperatingSystem.IsMacOS() ? "macOS" : "Linux", RuntimeInformation.ProcessArchitecture, ReadGlibc());

        private static unsafe Version? ReadGlibc()
        {
            if (!OperatingSystem.IsLinux()) return null;
            try
            {
                return Version.TryParse(Marshal.PtrToStringUTF8((nint)gnu_get_libc_version()), out var version) ? version : null;
            }
            catch (Exception exception) when (exception is EntryPointNotFoundException or DllNotFoundException)
            {
                return null;
            }
        }

        [LibraryImport("libc")]
        [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
        private static unsafe partial byte* gnu_get_libc_version();
    }
}
