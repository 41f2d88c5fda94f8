using System.Globalization;

namespace FlinkDotNet.Storage.RocksDB.Interop;

/// <summary>Compares the loaded library with what this assembly was built for.</summary>
internal static unsafe class LibraryHandshake
{
    /// <summary>Compares the ABI number, the version and the size of a struct.</summary>
    /// <exception cref="StateBackendLibraryException">One of them differs.</exception>
    public static void Check(string file)
    {
        try
        {
            Compare(
                file,
                NativeMethods.fsb_abi_version(),
                StatusCheck.Text(NativeMethods.fsb_version()),
                typeof(LibraryHandshake).Assembly.GetName().Version!);
            LiveObjects();
        }
        catch (EntryPointNotFoundException exception)
        {
            throw new StateBackendLibraryException($"The native library {file} is not the one that this assembly was built for: {exception.Message}", exception);
        }
    }

    /// <summary>Compares the library's numbers with the assembly's: the ABI exactly, the version up to its minor part.</summary>
    internal static void Compare(string file, uint abi, string version, Version assembly)
    {
        if (abi != NativeMethods.FSB_ABI_VERSION)
        {
            throw new StateBackendLibraryException(string.Create(
                CultureInfo.InvariantCulture,
                $"The native library {file}, version {version}, has ABI {abi}, but this assembly needs ABI {NativeMethods.FSB_ABI_VERSION}."));
        }

        if (!Version.TryParse(version, out var library) || library.Major != assembly.Major || library.Minor != assembly.Minor)
        {
            throw new StateBackendLibraryException($"The native library {file} is version {version}, but this assembly needs version {assembly.ToString(2)}.");
        }
    }

    /// <summary>Counts the native objects that have not been freed.</summary>
    internal static fsb_live_objects LiveObjects()
    {
        var counts = new fsb_live_objects { struct_size = (uint)sizeof(fsb_live_objects) };
        var status = NativeMethods.fsb_live_objects_count(&counts);
        if (status == (int)StateBackendStatus.Ok && counts.struct_size == sizeof(fsb_live_objects)) return counts;
        throw new StateBackendLibraryException("The native library has structs of another size than this assembly.");
    }
}
