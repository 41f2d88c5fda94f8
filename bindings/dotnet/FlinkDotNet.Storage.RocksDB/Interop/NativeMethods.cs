using System.Runtime.InteropServices;

namespace FlinkDotNet.Storage.RocksDB.Interop;

/// <summary>
/// Every function and constant of include/flink_state_backend.h under its own name, blittable throughout: a pointer to an opaque type is
/// <see cref="nint"/>, whose value is a ticket that the library checks on each call. A test holds this class to the header.
/// </summary>
internal static unsafe partial class NativeMethods
{
    /// <summary>What the runtime asks <see cref="NativeLibraryLoader"/> for.</summary>
    internal const string Library = "flink_state_backend";

    internal const uint FSB_ABI_VERSION = 1;
    internal const uint FSB_ABSENT = uint.MaxValue;
    internal const ulong FSB_NOT_MEASURED = ulong.MaxValue;
    internal const uint FSB_MAX_KEY_BYTES = 65536;
    internal const uint FSB_MAX_VALUE_BYTES = 67108864;
    internal const uint FSB_MAX_BATCH_BYTES = 268435456;
    internal const uint FSB_MAX_BATCH_OPERATIONS = 1048576;
    internal const uint FSB_MAX_NAME_BYTES = 255;
    internal const uint FSB_PRESSURE_LOW = 0;
    internal const uint FSB_PRESSURE_MEDIUM = 1;
    internal const uint FSB_PRESSURE_HIGH = 2;
    internal const uint FSB_PRESSURE_CRITICAL = 3;
    internal const uint FSB_WARNING_PRESSURE_ELEVATED = 1;
    internal const uint FSB_WARNING_PRESSURE_HIGH = 2;
    internal const uint FSB_WARNING_SLOW_WRITES = 4;
    internal const uint FSB_WARNING_MUCH_MEMORY = 8;
    internal const uint FSB_WARNING_MUCH_COMPACTION = 16;

    // The library.

    [LibraryImport(Library)]
    internal static partial uint fsb_abi_version();

    [LibraryImport(Library)]
    internal static partial byte* fsb_version();

    [LibraryImport(Library)]
    internal static partial byte* fsb_engine_version();

    [LibraryImport(Library)]
    internal static partial byte* fsb_status_name(int status);

    [LibraryImport(Library)]
    internal static partial int fsb_live_objects_count(fsb_live_objects* counts);

    // Errors.

    [LibraryImport(Library)]
    internal static partial int fsb_error_describe(nint error, fsb_error_details* details);

    [LibraryImport(Library)]
    internal static partial byte* fsb_error_message(nint error);

    [LibraryImport(Library)]
    internal static partial int fsb_error_free(nint error);

    // Bytes out.

    [LibraryImport(Library)]
    internal static partial int fsb_buffer_data(nint buffer, byte** data, nuint* length);

    [LibraryImport(Library)]
    internal static partial int fsb_buffer_free(nint buffer);

    [LibraryImport(Library)]
    internal static partial int fsb_view_data(nint view, byte** data, nuint* length);

    [LibraryImport(Library)]
    internal static partial int fsb_view_free(nint view);

    // Options and shared resources.

    [LibraryImport(Library)]
    internal static partial int fsb_options_default_json(nint* json, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_options_check(byte* optionsJson, nuint optionsJsonLength, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_resources_create(byte* optionsJson, nuint optionsJsonLength, nint* resources, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_resources_free(nint resources);

    // Backend.

    [LibraryImport(Library)]
    internal static partial int fsb_backend_open(byte* optionsJson, nuint optionsJsonLength, nint resources, nint* backend, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_backend_options_json(nint backend, nint* json, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_backend_close(nint backend, ulong timeoutMillis, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_backend_free(nint backend);

    [LibraryImport(Library)]
    internal static partial int fsb_backend_column_family(nint backend, byte* name, nuint nameLength, nint* family, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_backend_create_column_family(
        nint backend, byte* name, nuint nameLength, byte* optionsJson, nuint optionsJsonLength, nint* family, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_backend_drop_column_family(nint backend, byte* name, nuint nameLength, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_backend_list_column_families(nint backend, nint* json, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_backend_write(nint backend, byte* batch, nuint batchLength, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_backend_try_write(nint backend, byte* batch, nuint batchLength, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_backend_snapshot(nint backend, nint* snapshot, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_backend_flush(nint backend, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_backend_sync_wal(nint backend, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_backend_set_options(nint backend, byte* optionsJson, nuint optionsJsonLength, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_backend_property(nint backend, byte* name, nuint nameLength, nint* value, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_backend_statistics(nint backend, fsb_statistics* statistics, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_backend_pressure(nint backend, fsb_pressure* pressure, nint* error);

    internal const byte FSB_EVENT_DEBUG = 0;
    internal const byte FSB_EVENT_INFO = 1;
    internal const byte FSB_EVENT_WARN = 2;
    internal const byte FSB_EVENT_ERROR = 3;
    internal const byte FSB_EVENT_OF_BACKEND = 0;
    internal const byte FSB_EVENT_OF_ENGINE = 1;

    [LibraryImport(Library)]
    internal static partial int fsb_backend_drain_events(
        nint backend, byte* buffer, nuint capacity, nuint* length, nuint* recordCount, ulong* droppedCount, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_backend_publish_figures(nint backend, ulong intervalMillis, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_backend_list_statistics(nint backend, nint* json, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_backend_ticker(nint backend, byte* name, nuint nameLength, ulong* count, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_backend_histogram(nint backend, byte* name, nuint nameLength, fsb_histogram* histogram, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_backend_recovery(nint backend, fsb_recovery* recovery, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_backend_verify_checksums(nint backend, nint* error);

    // Snapshots.

    [LibraryImport(Library)]
    internal static partial int fsb_snapshot_sequence(nint snapshot, ulong* sequence, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_snapshot_free(nint snapshot);

    // Column families.

    [LibraryImport(Library)]
    internal static partial int fsb_column_family_id(nint family, uint* id, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_column_family_name(nint family, nint* name, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_column_family_put(nint family, byte* key, nuint keyLength, byte* value, nuint valueLength, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_column_family_delete(nint family, byte* key, nuint keyLength, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_column_family_delete_range(
        nint family, byte* begin, nuint beginLength, byte* end, nuint endLength, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_column_family_get(
        nint family, nint snapshot, byte* key, nuint keyLength, byte* buffer, nuint capacity, nuint* length, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_column_family_get_owned(
        nint family, nint snapshot, byte* key, nuint keyLength, nint* value, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_column_family_get_view(
        nint family, nint snapshot, byte* key, nuint keyLength, nint* value, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_column_family_contains(
        nint family, nint snapshot, byte* key, nuint keyLength, byte* present, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_column_family_multi_get(
        nint family, nint snapshot, byte* keys, nuint keysLength, byte* buffer, nuint capacity, nuint* length, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_column_family_iterator(nint family, fsb_iterator_options* options, nint* iterator, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_column_family_flush(nint family, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_column_family_compact(
        nint family, byte* begin, nuint beginLength, byte* end, nuint endLength, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_column_family_set_options(nint family, byte* optionsJson, nuint optionsJsonLength, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_column_family_property(nint family, byte* name, nuint nameLength, nint* value, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_column_family_free(nint family);

    // Iterators.

    [LibraryImport(Library)]
    internal static partial int fsb_iterator_seek_to_first(nint iterator, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_iterator_seek_to_last(nint iterator, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_iterator_seek(nint iterator, byte* key, nuint keyLength, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_iterator_seek_for_prev(nint iterator, byte* key, nuint keyLength, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_iterator_next_page(
        nint iterator, byte* buffer, nuint capacity, nuint* length, nuint* rowCount, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_iterator_prev_page(
        nint iterator, byte* buffer, nuint capacity, nuint* length, nuint* rowCount, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_iterator_free(nint iterator);
}
