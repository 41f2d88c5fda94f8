/* The header as a C11 program sees it: complete without any other include, with the layouts that the ABI promises. */
#include <flink_state_backend.h>

#define SIZE(type, bytes) _Static_assert(sizeof(type) == (bytes), #type " changed its size")
#define AT(type, field, bytes) _Static_assert(offsetof(type, field) == (bytes), #type "." #field " moved")
#define IS(name, number) _Static_assert((name) == (number), #name " changed its number")

#if UINTPTR_MAX == UINT64_MAX
SIZE(fsb_status, 4);

SIZE(fsb_error_details, 40);
AT(fsb_error_details, struct_size, 0);
AT(fsb_error_details, status, 4);
AT(fsb_error_details, engine_code, 8);
AT(fsb_error_details, engine_subcode, 12);
AT(fsb_error_details, engine_severity, 16);
AT(fsb_error_details, is_transient, 20);
AT(fsb_error_details, message, 24);
AT(fsb_error_details, message_length, 32);

SIZE(fsb_live_objects, 152);
AT(fsb_live_objects, struct_size, 0);
AT(fsb_live_objects, backends, 8);
AT(fsb_live_objects, column_families, 16);
AT(fsb_live_objects, iterators, 24);
AT(fsb_live_objects, snapshots, 32);
AT(fsb_live_objects, resources, 40);
AT(fsb_live_objects, buffers, 48);
AT(fsb_live_objects, views, 56);
AT(fsb_live_objects, errors, 64);
AT(fsb_live_objects, keyed_backends, 72);
AT(fsb_live_objects, states, 80);
AT(fsb_live_objects, state_scans, 88);
AT(fsb_live_objects, timer_services, 96);
AT(fsb_live_objects, credit_pools, 104);
AT(fsb_live_objects, credit_channels, 112);
AT(fsb_live_objects, checkpoint_stores, 120);
AT(fsb_live_objects, checkpoints, 128);
AT(fsb_live_objects, savepoint_exports, 136);
AT(fsb_live_objects, savepoint_imports, 144);

SIZE(fsb_checkpoint_progress, 48);
AT(fsb_checkpoint_progress, struct_size, 0);
AT(fsb_checkpoint_progress, is_ended, 4);
AT(fsb_checkpoint_progress, id, 8);
AT(fsb_checkpoint_progress, done_bytes, 16);
AT(fsb_checkpoint_progress, total_bytes, 24);
AT(fsb_checkpoint_progress, done_files, 32);
AT(fsb_checkpoint_progress, total_files, 40);

SIZE(fsb_checkpoint_report, 64);
AT(fsb_checkpoint_report, struct_size, 0);
AT(fsb_checkpoint_report, reserved, 4);
AT(fsb_checkpoint_report, id, 8);
AT(fsb_checkpoint_report, sync_micros, 16);
AT(fsb_checkpoint_report, async_micros, 24);
AT(fsb_checkpoint_report, new_bytes, 32);
AT(fsb_checkpoint_report, total_bytes, 40);
AT(fsb_checkpoint_report, new_files, 48);
AT(fsb_checkpoint_report, total_files, 56);

SIZE(fsb_credit_completion, 24);
AT(fsb_credit_completion, number, 0);
AT(fsb_credit_completion, credits, 8);
AT(fsb_credit_completion, status, 16);
AT(fsb_credit_completion, reserved, 20);

SIZE(fsb_credit_figures, 112);
AT(fsb_credit_figures, struct_size, 0);
AT(fsb_credit_figures, is_probing, 4);
AT(fsb_credit_figures, capacity, 8);
AT(fsb_credit_figures, limit, 16);
AT(fsb_credit_figures, outstanding, 24);
AT(fsb_credit_figures, waiting_credits, 32);
AT(fsb_credit_figures, waiting_calls, 40);
AT(fsb_credit_figures, queue_wait_millis, 48);
AT(fsb_credit_figures, channels, 56);
AT(fsb_credit_figures, granted_credits, 64);
AT(fsb_credit_figures, granted_calls, 72);
AT(fsb_credit_figures, refused_calls, 80);
AT(fsb_credit_figures, timed_out_calls, 88);
AT(fsb_credit_figures, cancelled_calls, 96);
AT(fsb_credit_figures, congestions, 104);

SIZE(fsb_iterator_options, 64);
AT(fsb_iterator_options, struct_size, 0);
AT(fsb_iterator_options, fill_cache, 4);
AT(fsb_iterator_options, snapshot, 8);
AT(fsb_iterator_options, lower, 16);
AT(fsb_iterator_options, lower_length, 24);
AT(fsb_iterator_options, upper, 32);
AT(fsb_iterator_options, upper_length, 40);
AT(fsb_iterator_options, prefix, 48);
AT(fsb_iterator_options, prefix_length, 56);

SIZE(fsb_recovery, 40);
AT(fsb_recovery, struct_size, 0);
AT(fsb_recovery, last_sequence, 8);
AT(fsb_recovery, wal_dropped_bytes, 16);
AT(fsb_recovery, wal_dropped_records, 24);
AT(fsb_recovery, recorded_sequence, 32);

SIZE(fsb_timer_query, 56);
AT(fsb_timer_query, struct_size, 0);
AT(fsb_timer_query, time, 4);
AT(fsb_timer_query, remove, 5);
AT(fsb_timer_query, has_key, 6);
AT(fsb_timer_query, has_namespace, 7);
AT(fsb_timer_query, up_to, 8);
AT(fsb_timer_query, key, 16);
AT(fsb_timer_query, key_length, 24);
AT(fsb_timer_query, name_space, 32);
AT(fsb_timer_query, name_space_length, 40);
AT(fsb_timer_query, hash, 48);

SIZE(fsb_statistics, 480);
AT(fsb_statistics, struct_size, 0);
AT(fsb_statistics, window_millis, 4);
AT(fsb_statistics, memory_usage_bytes, 8);
AT(fsb_statistics, disk_usage_bytes, 56);
AT(fsb_statistics, rows_written, 96);
AT(fsb_statistics, rows_read, 104);
AT(fsb_statistics, writes_per_second, 112);
AT(fsb_statistics, average_write_latency_ms, 128);
AT(fsb_statistics, average_read_latency_ms, 160);
AT(fsb_statistics, cpu_usage_percent, 192);
AT(fsb_statistics, write_stopped, 200);
AT(fsb_statistics, running_compactions, 240);
AT(fsb_statistics, ttl_dropped_rows, 248);
AT(fsb_statistics, row_cache_bytes, 264);
AT(fsb_statistics, row_cache_misses, 288);
AT(fsb_statistics, uncharged_memtable_bytes, 296);
AT(fsb_statistics, mean_flush_ms, 352);
AT(fsb_statistics, stall_count, 360);
AT(fsb_statistics, busy_ms_per_second, 400);
AT(fsb_statistics, back_pressured_ms_per_second, 416);
AT(fsb_statistics, completed_checkpoints, 424);
AT(fsb_statistics, last_checkpoint_total_bytes, 472);
#endif

IS(FSB_ABI_VERSION, 1);
IS(FSB_ABSENT, UINT32_MAX);
SIZE(fsb_pressure, 104);
AT(fsb_pressure, struct_size, 0);
AT(fsb_pressure, description, 4);
AT(fsb_pressure, effective, 16);
AT(fsb_pressure, queue_wait_share, 72);
AT(fsb_pressure, throttle_delay_ms, 80);
AT(fsb_pressure, warnings, 96);
AT(fsb_pressure, write_stopped, 100);
AT(fsb_pressure, write_delayed, 101);
SIZE(fsb_histogram, 80);
AT(fsb_histogram, count, 8);
AT(fsb_histogram, p50, 48);
AT(fsb_histogram, max, 72);
IS(FSB_PRESSURE_LOW, 0);
IS(FSB_PRESSURE_MEDIUM, 1);
IS(FSB_PRESSURE_HIGH, 2);
IS(FSB_PRESSURE_CRITICAL, 3);
IS(FSB_WARNING_PRESSURE_ELEVATED, 1);
IS(FSB_WARNING_PRESSURE_HIGH, 2);
IS(FSB_WARNING_SLOW_WRITES, 4);
IS(FSB_WARNING_MUCH_MEMORY, 8);
IS(FSB_WARNING_MUCH_COMPACTION, 16);
IS(FSB_NOT_MEASURED, UINT64_MAX);
IS(FSB_MAX_KEY_BYTES, 65536);
IS(FSB_MAX_VALUE_BYTES, 67108864);
IS(FSB_MAX_BATCH_BYTES, 268435456);
IS(FSB_MAX_BATCH_OPERATIONS, 1048576);
IS(FSB_MAX_NAME_BYTES, 255);
IS(FSB_NO_DEADLINE, INT64_MAX);
IS(FSB_TIME_EVENT, 1);
IS(FSB_TIME_PROCESSING, 2);
IS(FSB_SCAN_ENTRIES, 1);
IS(FSB_SCAN_KEYS, 2);
IS(FSB_SCAN_KEYS_AND_NAMESPACES, 3);

/* Numbers of a status are never used again for another one. */
#define STATUSES(X)                                                                                                                      \
    X(OK, 0) X(NOT_FOUND, 100) X(BUFFER_TOO_SMALL, 101) X(TIMED_OUT, 102) X(CANCELLED, 103) X(INVALID_ARGUMENT, 200) X(INVALID_HANDLE, 201) \
    X(IN_USE, 202) X(CLOSED, 203) X(POISONED, 204) X(INVALID_OPTION, 205) X(COLUMN_FAMILY_NOT_FOUND, 206) X(COLUMN_FAMILY_EXISTS, 207)                  \
    X(COLUMN_FAMILY_DROPPED, 208) X(FOLDER_IN_USE, 209) X(FOLDER_UNUSABLE, 210) X(LIMIT_EXCEEDED, 211) X(FORKED, 212)                    \
    X(NO_CURRENT_KEY, 213) X(STATE_NOT_FOUND, 214) X(STATE_MISMATCH, 215) X(KEY_GROUP_OUT_OF_RANGE, 216) X(MODIFIED, 217)                \
    X(OVERFLOW, 218) X(CHECKPOINT_NOT_FOUND, 219) X(CHECKPOINT_EXPIRED, 220) X(ENGINE, 300) X(CORRUPTION, 301) X(IO, 302) X(NO_SPACE, 303) X(STALLED, 304) X(UNSUPPORTED, 305)                   \
    X(OUT_OF_MEMORY, 306) X(DATA_LOST, 307) X(PANIC, 400)
#define STATUS_IS(name, number) IS(FSB_STATUS_##name, number);
STATUSES(STATUS_IS)

#include "harness.h"

static void every_status_has_its_name(void) {
#define STATUS_NAMED(name, number) CHECK_TEXT(fsb_status_name(FSB_STATUS_##name), #name);
    STATUSES(STATUS_NAMED)
    static const fsb_status unknown[] = {-1, 1, 99, 104, 199, 221, 299, 308, 399, 401, INT32_MAX, INT32_MIN};
    for (size_t at = 0; at < COUNT_OF(unknown); at++) CHECK_TEXT(fsb_status_name(unknown[at]), "UNKNOWN");
}

static void the_versions_are_told(void) {
    CHECK_U64(fsb_abi_version(), FSB_ABI_VERSION);
    unsigned major = 0, minor = 0, patch = 0;
    char rest = 0;
    CHECK_U64(sscanf(fsb_version(), "%u.%u.%u%c", &major, &minor, &patch, &rest), 3);
    CHECK_TEXT(fsb_engine_version(), "11.8.1");
}

static void an_error_carries_its_details(void) {
    fsb_resources *resources = NULL;
    fsb_error *error = NULL;
    fsb_error_details details;
    memset(&details, 0, sizeof details);
    details.struct_size = sizeof details;
    CHECK_STATUS(fsb_resources_create("nonsense", 8, &resources, &error), FSB_STATUS_INVALID_OPTION);
    CHECK_OK(fsb_error_describe(error, &details));
    CHECK_U64(details.status, FSB_STATUS_INVALID_OPTION);
    CHECK(details.engine_code == -1 && details.engine_subcode == -1 && details.engine_severity == -1);
    CHECK_U64(details.is_transient, 0);
    CHECK_TEXT(details.message, fsb_error_message(error));
    CHECK_U64(details.message_length, strlen(details.message));
    CHECK_OK(fsb_error_free(error));
}

static void the_default_options_are_a_document(void) {
    static const char *const fields[] = {"data_directory", "column_families", "wal", "write_buffer_size_bytes", "block_cache_size_bytes"};
    fsb_buffer *json = NULL;
    const uint8_t *data = NULL;
    size_t length = 0;
    CHECK_OK(fsb_options_default_json(&json, &test_error));
    CHECK_OK(fsb_buffer_data(json, &data, &length));
    CHECK(length > 2 && data[0] == '{' && data[length - 1] == '}');
    for (size_t at = 0; at < COUNT_OF(fields); at++)
        if (memmem(data, length, fields[at], strlen(fields[at])) == NULL)
            test_fail(__FILE__, __LINE__, "the default options lack %s", fields[at]);
    CHECK_OK(fsb_buffer_free(json));
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"every_status_has_its_name", every_status_has_its_name, NULL},
        {"the_versions_are_told", the_versions_are_told, NULL},
        {"an_error_carries_its_details", an_error_carries_its_details, NULL},
        {"the_default_options_are_a_document", the_default_options_are_a_document, NULL},
    };
    return run_tests(tests, COUNT_OF(tests), argc, argv);
}
