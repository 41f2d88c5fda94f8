using System.Runtime.InteropServices;

namespace FlinkDotNet.Storage.RocksDB.Interop;

/// <content>Checkpoints: their stores, and those that are under way.</content>
internal static unsafe partial class NativeMethods
{
    [LibraryImport(Library)]
    internal static partial int fsb_checkpoint_store_open(byte* optionsJson, nuint optionsJsonLength, nint* store, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_checkpoint_store_free(nint store);

    [LibraryImport(Library)]
    internal static partial int fsb_checkpoint_store_list(nint store, nint* json, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_checkpoint_store_verify(nint store, ulong id, ulong* files, ulong* bytes, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_checkpoint_store_discard(nint store, ulong id, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_checkpoint_store_collect(nint store, ulong* files, ulong* bytes, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_checkpoint_store_put_snapshot(nint store, byte* name, nuint nameLength, byte* data, nuint dataLength, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_checkpoint_store_get_snapshot(nint store, byte* name, nuint nameLength, nint* snapshot, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_checkpoint_store_delete_snapshot(nint store, byte* name, nuint nameLength, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_backend_begin_checkpoint(
        nint backend, nint store, ulong id, ulong timeoutMillis, byte confirm, nint* checkpoint, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_backend_notify_checkpoint_complete(nint backend, ulong id, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_backend_notify_checkpoint_aborted(nint backend, ulong id, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_backend_restore(
        byte* optionsJson,
        nuint optionsJsonLength,
        nint resources,
        nint store,
        byte* restoreJson,
        nuint restoreJsonLength,
        nint* backend,
        nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_backend_rescale(
        byte* optionsJson,
        nuint optionsJsonLength,
        nint resources,
        nint* stores,
        nuint storeCount,
        byte* rescaleJson,
        nuint rescaleJsonLength,
        nint* backend,
        nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_checkpoint_wait(nint checkpoint, ulong timeoutMillis, fsb_checkpoint_report* report, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_checkpoint_read_progress(nint checkpoint, fsb_checkpoint_progress* progress, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_checkpoint_cancel(nint checkpoint, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_checkpoint_free(nint checkpoint);
}
