/* Pressure: the documented level, the engine's own stalls, warnings told once, references that are no amount. */
#include "packed.h"

#include <math.h>

static fsb_backend *backend;
static fsb_column_family *family;

static void open_with(const char *more) {
    char options[512];
    snprintf(options, sizeof options, ",\"column_families\":[],\"compression\":\"none\"%s", more);
    backend = open_at(path_of("data"), options);
    family = family_of(backend, "default");
}

static void tear_down(void) {
    CHECK_OK(fsb_column_family_free(family));
    close_and_free(backend);
}

static fsb_pressure measure(void) {
    fsb_pressure pressure;
    memset(&pressure, 0xA5, sizeof pressure);
    pressure.struct_size = sizeof pressure;
    CHECK_OK(fsb_backend_pressure(backend, &pressure, &test_error));
    CHECK_U64(pressure.struct_size, sizeof pressure);
    CHECK(pressure.effective >= pressure.level && pressure.effective <= 1);
    CHECK(fabs(pressure.level * 3 - pressure.memory_share - pressure.write_latency_share - pressure.compaction_share) < 1e-9);
    return pressure;
}

static fsb_statistics statistics(void) {
    fsb_statistics statistics;
    statistics.struct_size = sizeof statistics;
    CHECK_OK(fsb_backend_statistics(backend, &statistics, &test_error));
    return statistics;
}

/* Table files of level 0 in the folder, `count` of them and 50 KiB each, that nothing has compacted. They overlap: none can just be moved down. */
static void write_level0_files(int count) {
    static char value[50 << 10];
    open_with(",\"disable_auto_compactions\":true");
    memset(value, 'v', sizeof value - 1);
    for (int file = 0; file < count; file++) {
        char key[2] = {(char)('b' + file), '\0'};
        put(family, "a", "");
        put(family, key, value);
        put(family, "z", "");
        CHECK_OK(fsb_backend_flush(backend, &test_error));
    }
    tear_down();
}

static void set_family_options(const char *json) { CHECK_OK(fsb_column_family_set_options(family, json, strlen(json), &test_error)); }

/* Four files in level 0, and compaction about to begin with 64 KiB a second: seconds until it has made room. */
static void open_full_level0(const char *more) {
    char options[256];
    write_level0_files(4);
    snprintf(options, sizeof options, ",\"disable_auto_compactions\":true,\"rate_limiter_bytes_per_second\":65536%s", more);
    open_with(options);
}

static void stop_writes(void) {
    set_family_options("{\"disable_auto_compactions\":false,\"level0_file_num_compaction_trigger\":4,\"level0_slowdown_writes_trigger\":4,"
                       "\"level0_stop_writes_trigger\":4}");
}

static void delay_writes(void) {
    set_family_options("{\"disable_auto_compactions\":false,\"level0_file_num_compaction_trigger\":4,\"level0_slowdown_writes_trigger\":4}");
}

static void a_calm_backend_presses_with_nothing(void) {
    open_with("");
    fsb_pressure calm = measure();
    CHECK(calm.effective < 0.3);
    CHECK_U64(calm.description, FSB_PRESSURE_LOW);
    CHECK_U64(calm.warnings, 0);
    CHECK_U64(calm.write_stopped, 0);
    CHECK_U64(calm.write_delayed, 0);
    CHECK(calm.throttle_delay_ms == 0 && calm.queue_wait_share == 0 && calm.write_latency_share == 0);
    CHECK(isnan(calm.mean_flush_ms));
    put(family, "key", "value");
    CHECK_OK(fsb_backend_flush(backend, &test_error));
    CHECK(measure().mean_flush_ms > 0);
    tear_down();
}

static void a_stopped_engine_presses_at_once_with_all(void) {
    open_full_level0("");
    CHECK(measure().effective < 0.3);
    stop_writes();
    fsb_pressure stopped = measure();
    CHECK(stopped.effective == 1);
    CHECK_U64(stopped.write_stopped, 1);
    CHECK_U64(stopped.description, FSB_PRESSURE_CRITICAL);
    CHECK_U64(stopped.warnings, FSB_WARNING_PRESSURE_ELEVATED | FSB_WARNING_PRESSURE_HIGH);
    CHECK(fabs(stopped.throttle_delay_ms - 20) < 1e-9);
    CHECK(stopped.level < 0.7);
    fsb_statistics figures = statistics();
    CHECK_U64(figures.write_stopped, 1);
    CHECK_U64(figures.stall_count, 1);
    CHECK_U64(figures.stop_count, 1);
    CHECK_TEXT(backend_property(backend, "rocksdb.is-write-stopped"), "1");
    tear_down();
}

static void a_delayed_engine_presses_with_nine_tenths(void) {
    open_full_level0("");
    delay_writes();
    fsb_pressure delayed = measure();
    CHECK(delayed.effective >= 0.9);
    CHECK(delayed.level0_share == 1);
    CHECK_U64(delayed.write_stopped, 0);
    CHECK_U64(delayed.write_delayed, 1);
    fsb_statistics figures = statistics();
    CHECK_U64(figures.stall_count, 1);
    CHECK_U64(figures.stop_count, 0);
    CHECK_U64(figures.delayed_write_rate_bytes_per_second, strtoull(backend_property(backend, "rocksdb.actual-delayed-write-rate"), NULL, 10));
    tear_down();
}

/* A write that comes while writes are stopped waits until compaction has made room, and everything counts it. */
static void a_stop_that_ends_is_counted_in_time(void) {
    open_full_level0(",\"enable_statistics\":true");
    uint64_t waited = 0;
    stop_writes();
    fsb_statistics during;
    do during = statistics();
    while (during.window_millis < 2 || during.stop_micros == 0);
    CHECK_U64(during.write_stopped, 1);
    CHECK(during.back_pressured_ms_per_second > 0);
    put(family, "late", "value");
    fsb_statistics after = statistics();
    CHECK_OK(fsb_backend_ticker(backend, "rocksdb.stall.micros", 20, &waited, &test_error));
    CHECK(waited > 0);
    CHECK_U64(after.write_wait_micros, waited);
    CHECK_U64(after.write_stopped, 0);
    CHECK_U64(after.stop_count, 1);
    CHECK(after.stop_micros >= during.stop_micros && after.stall_micros >= after.stop_micros);
    CHECK_U64(statistics().stop_micros, after.stop_micros);
    CHECK(after.completed_compactions > 0);
    CHECK(measure().effective < 0.9);
    tear_down();
}

static int lines_in_log(const char *text) {
    char line[4096];
    int count = 0;
    FILE *log = fopen(path_of("data/LOG"), "r");
    CHECK(log != NULL);
    while (fgets(line, sizeof line, log) != NULL) count += strstr(line, text) != NULL;
    fclose(log);
    return count;
}

static void a_crossing_is_logged_once(void) {
    open_full_level0("");
    measure();
    CHECK_U64((uint64_t)lines_in_log("[fsb]"), 0);
    stop_writes();
    for (int reading = 0; reading < 5; reading++) measure();
    CHECK_U64((uint64_t)lines_in_log("[fsb] back pressure has risen above 0.7:"), 1);
    CHECK_U64((uint64_t)lines_in_log("[fsb] back pressure has risen above 0.8:"), 1);
    put(family, "late", "value");
    for (int reading = 0; reading < 5; reading++) CHECK_U64(measure().warnings, FSB_WARNING_SLOW_WRITES);
    CHECK_U64((uint64_t)lines_in_log("[fsb] the mean time of a write has risen above 50 ms"), 1);
    CHECK_U64((uint64_t)lines_in_log("[fsb] back pressure has fallen below 0.63:"), 1);
    CHECK_U64((uint64_t)lines_in_log("[fsb]"), 5);
    tear_down();
}

static void references_are_configurable(void) {
    open_with(",\"pressure_memory_reference_bytes\":1,\"pressure_write_latency_reference_millis\":0.001");
    put(family, "key", "value");
    fsb_pressure full = measure();
    CHECK(full.memory_share == 1 && full.write_latency_share > 0.2);
    CHECK(full.warnings & FSB_WARNING_MUCH_MEMORY);
    tear_down();
    open_with(",\"pressure_memory_reference_bytes\":17592186044416,\"pressure_write_latency_reference_millis\":3600000");
    put(family, "key", "value");
    CHECK(measure().effective < 0.1);
    tear_down();
}

static void references_that_are_no_amount_are_refused(void) {
    static const char *const names[] = {"pressure_memory_reference_bytes", "pressure_write_latency_reference_millis",
                                        "pressure_pending_compaction_reference_bytes", "pressure_queue_wait_target_millis"};
    static const char *const values[] = {"0", "-1", "-0.5", "1e999", "1e300", "NaN", "null", "18446744073709551616", "\"512\""};
    for (size_t name = 0; name < COUNT_OF(names); name++) {
        for (size_t value = 0; value < COUNT_OF(values); value++) {
            char more[256];
            fsb_backend *none = NULL;
            snprintf(more, sizeof more, ",\"%s\":%s", names[name], values[value]);
            CHECK_REFUSED(try_open(path_of("data"), more, NULL, &none), FSB_STATUS_INVALID_OPTION, names[name]);
            CHECK(none == NULL);
        }
    }
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"a_calm_backend_presses_with_nothing", a_calm_backend_presses_with_nothing, NULL},
        {"a_stopped_engine_presses_at_once_with_all", a_stopped_engine_presses_at_once_with_all, NULL},
        {"a_delayed_engine_presses_with_nine_tenths", a_delayed_engine_presses_with_nine_tenths, NULL},
        {"a_stop_that_ends_is_counted_in_time", a_stop_that_ends_is_counted_in_time, NULL},
        {"a_crossing_is_logged_once", a_crossing_is_logged_once, NULL},
        {"references_are_configurable", references_are_configurable, NULL},
        {"references_that_are_no_amount_are_refused", references_that_are_no_amount_are_refused, NULL},
    };
    return run_tests(tests, COUNT_OF(tests), argc, argv);
}
