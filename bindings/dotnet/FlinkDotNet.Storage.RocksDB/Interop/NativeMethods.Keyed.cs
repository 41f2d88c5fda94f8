using System.Runtime.InteropServices;

namespace FlinkDotNet.Storage.RocksDB.Interop;

/// <content>Keyed state: key groups, keyed backends, states, scans of states and timers.</content>
internal static unsafe partial class NativeMethods
{
    internal const byte FSB_TIME_EVENT = 1;
    internal const byte FSB_TIME_PROCESSING = 2;
    internal const byte FSB_SCAN_ENTRIES = 1;
    internal const byte FSB_SCAN_KEYS = 2;
    internal const byte FSB_SCAN_KEYS_AND_NAMESPACES = 3;

    // Key groups.

    [LibraryImport(Library)]
    internal static partial int fsb_key_group_of(byte* key, nuint keyLength, int* hash, uint maxParallelism, uint* keyGroup, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_key_group_range(uint maxParallelism, uint parallelism, uint index, uint* first, uint* last, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_key_group_default_max_parallelism(uint parallelism, uint* maxParallelism, nint* error);

    // Keyed backends.

    [LibraryImport(Library)]
    internal static partial int fsb_keyed_backend_open(nint backend, byte* optionsJson, nuint optionsJsonLength, nint* keyed, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_keyed_backend_free(nint keyed);

    [LibraryImport(Library)]
    internal static partial int fsb_keyed_backend_set_current_key(nint keyed, byte* key, nuint keyLength, int* hash, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_keyed_backend_clear_current_key(nint keyed, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_keyed_backend_set_namespace(nint keyed, byte* nameSpace, nuint nameSpaceLength, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_keyed_backend_set_time(nint keyed, byte time, long millis, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_keyed_backend_drain(nint keyed, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_keyed_backend_states_json(nint keyed, nint* json, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_keyed_backend_drop_state(nint keyed, byte* name, nuint nameLength, nint* error);

    // States.

    [LibraryImport(Library)]
    internal static partial int fsb_state_open(nint keyed, byte* descriptorJson, nuint descriptorJsonLength, nint* state, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_operator_state_open(nint backend, byte* descriptorJson, nuint descriptorJsonLength, nint* state, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_state_free(nint state);

    [LibraryImport(Library)]
    internal static partial int fsb_state_get(nint state, byte* buffer, nuint capacity, nuint* length, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_state_put(nint state, byte* value, nuint valueLength, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_state_add_i64(nint state, long value, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_state_add_f64(nint state, double value, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_state_result_i64(nint state, long* result, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_state_result_f64(nint state, double* result, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_state_add_elements(nint state, byte* elements, nuint elementsLength, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_state_update_elements(nint state, byte* elements, nuint elementsLength, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_state_map_get(
        nint state, byte* key, nuint keyLength, byte* buffer, nuint capacity, nuint* length, byte* isNull, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_state_map_contains(nint state, byte* key, nuint keyLength, byte* contains, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_state_map_put(
        nint state, byte* key, nuint keyLength, byte* value, nuint valueLength, byte isNull, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_state_map_put_all(nint state, byte* entries, nuint entriesLength, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_state_map_remove(nint state, byte* key, nuint keyLength, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_state_is_empty(nint state, byte* isEmpty, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_state_clear(nint state, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_state_merge_namespaces(
        nint state, byte* target, nuint targetLength, byte* sources, nuint sourcesLength, nint* error);

    // Scans of states.

    [LibraryImport(Library)]
    internal static partial int fsb_state_scan_open(nint state, byte what, byte strict, nint* scan, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_state_scan_next_page(
        nint scan, byte* buffer, nuint capacity, nuint* length, nuint* rowCount, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_state_scan_remove(nint scan, byte* key, nuint keyLength, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_state_scan_replace(
        nint scan, byte* key, nuint keyLength, byte* value, nuint valueLength, byte isNull, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_state_scan_free(nint scan);

    // Timers.

    [LibraryImport(Library)]
    internal static partial int fsb_timer_service_open(nint keyed, byte* name, nuint nameLength, nint* service, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_timer_service_free(nint service);

    [LibraryImport(Library)]
    internal static partial int fsb_timer_service_register(nint service, byte* timers, nuint timersLength, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_timer_service_delete(nint service, byte* timers, nuint timersLength, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_timer_service_next(nint service, byte time, long* timestamp, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_timer_service_count(nint service, byte time, ulong* count, nint* error);

    [LibraryImport(Library)]
    internal static partial int fsb_timer_service_due(
        nint service, fsb_timer_query* query, byte* buffer, nuint capacity, nuint* length, nuint* timerCount, nint* error);
}
