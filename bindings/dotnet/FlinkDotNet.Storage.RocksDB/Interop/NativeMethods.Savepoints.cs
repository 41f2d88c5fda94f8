using System.Runtime.InteropServices;

namespace FlinkDotNet.Storage.RocksDB.Interop;

/// <content>Savepoints on their way out of and into a backend.</content>
internal static unsafe partial class NativeMethods
{
    [LibraryImport(Library)]
    internal static partial int fsb_backend_export_savepoint(
        nint backend, byte* optionsJson, nuint optionsJsonLength, nint* exporting, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_savepoint_export_read(nint exporting, byte* buffer, nuint capacity, nuint* length, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_savepoint_export_free(nint exporting);

    [LibraryImport(Library)]
    internal static partial int fsb_backend_import_savepoint(
        nint backend, byte* optionsJson, nuint optionsJsonLength, nint* importing, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_savepoint_import_write(nint importing, byte* data, nuint length, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_savepoint_import_finish(nint importing, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_savepoint_import_free(nint importing);

    [LibraryImport(Library)]
    internal static partial int fsb_savepoint_verify(byte* path, nuint pathLength, ulong* entries, ulong* rawBytes, nint* error);
}
