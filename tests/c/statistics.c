/* Statistics: exact row counters against counted work, sizes against what was written, nothing invented for what was not measured. */
#include "packed.h"

#include <math.h>
#include <pthread.h>

static fsb_backend *backend;
static fsb_column_family *family;

static void set_up(void) {
    backend = open_at(path_of("data"), ",\"column_families\":[\"other\"]");
    family = family_of(backend, "default");
}

static void tear_down(void) {
    CHECK_OK(fsb_column_family_free(family));
    close_and_free(backend);
}

static fsb_statistics measure(void) {
    fsb_statistics statistics;
    memset(&statistics, 0xA5, sizeof statistics);
    statistics.struct_size = sizeof statistics;
    CHECK_OK(fsb_backend_statistics(backend, &statistics, &test_error));
    return statistics;
}

static void write_batch_of(uint32_t rows) {
    packed batch = {NULL, 0, 0};
    for (uint32_t row = 0; row < rows; row++) batch_record(&batch, RECORD_PUT, id_of(family), &row, sizeof row, "value", 5);
    CHECK_OK(try_write(backend, &batch));
    packed_free(&batch);
}

static void an_idle_backend_measured_nothing(void) {
    set_up();
    fsb_statistics idle = measure();
    CHECK_U64(idle.rows_written, 0);
    CHECK_U64(idle.rows_read, 0);
    CHECK(isnan(idle.average_read_latency_ms) && isnan(idle.p50_read_latency_ms));
    CHECK(isnan(idle.average_write_latency_ms) && isnan(idle.max_write_latency_ms));
    CHECK_U64(idle.write_stopped, 0);
    CHECK_U64(idle.struct_size, sizeof idle);
    tear_down();
}

static void written_rows_are_counted_exactly(void) {
    set_up();
    for (int row = 0; row < 10; row++) put(family, "key", "value");
    CHECK_U64(measure().rows_written, 10);
    write_batch_of(1000);
    CHECK_U64(measure().rows_written, 1010);
    delete_key(family, "key");
    CHECK_U64(measure().rows_written, 1011);
    CHECK(try_put(family, "", "") == FSB_STATUS_OK);
    CHECK_STATUS(fsb_column_family_put(family, NULL, 1, NULL, 0, NULL), FSB_STATUS_INVALID_ARGUMENT);
    CHECK_U64(measure().rows_written, 1012);
    CHECK_U64(measure().rows_read, 0);
    tear_down();
}

static void read_rows_are_counted_exactly(void) {
    set_up();
    write_batch_of(100);
    uint8_t out[4096];
    size_t length = 0, rows = 0;
    packed keys = {NULL, 0, 0};
    fsb_iterator *iterator = NULL;
    for (uint32_t row = 0; row < 10; row++)
        CHECK_OK(fsb_column_family_get(family, NULL, (const uint8_t *)&row, sizeof row, out, sizeof out, &length, &test_error));
    CHECK_U64(measure().rows_read, 10);
    for (uint32_t row = 0; row < 20; row++) {
        packed_u32(&keys, sizeof row);
        packed_bytes(&keys, &row, sizeof row);
    }
    CHECK_OK(fsb_column_family_multi_get(family, NULL, keys.data, keys.length, out, sizeof out, &length, &test_error));
    CHECK_U64(measure().rows_read, 30);
    CHECK_OK(fsb_column_family_iterator(family, NULL, &iterator, &test_error));
    CHECK_OK(fsb_iterator_next_page(iterator, out, sizeof out, &length, &rows, &test_error));
    CHECK_U64(rows, 100);
    CHECK_U64(measure().rows_read, 130);
    CHECK_OK(fsb_iterator_free(iterator));
    packed_free(&keys);
    tear_down();
}

static void sizes_follow_the_data(void) {
    set_up();
    uint64_t before = measure().memtable_bytes;
    write_batch_of(50000);
    fsb_statistics in_memory = measure();
    CHECK(in_memory.memtable_bytes > before + 50000 * 9);
    CHECK(in_memory.wal_bytes > 50000 * 9);
    CHECK_OK(fsb_backend_flush(backend, &test_error));
    fsb_statistics on_disk = measure();
    CHECK(on_disk.sst_bytes > in_memory.sst_bytes);
    CHECK(on_disk.memtable_bytes < in_memory.memtable_bytes);
    CHECK_U64(on_disk.disk_usage_bytes, on_disk.sst_bytes + on_disk.blob_bytes + on_disk.wal_bytes);
    CHECK(on_disk.memory_usage_bytes >= on_disk.block_cache_usage_bytes);
    CHECK(on_disk.block_cache_usage_bytes <= on_disk.block_cache_capacity_bytes);
    CHECK(on_disk.level0_file_count >= 1);
    tear_down();
}

static void rates_and_latencies_are_measured_under_work(void) {
    set_up();
    for (int row = 0; row < 20000; row++) {
        put(family, "key", "value");
        CHECK_ROW(family, "key", "value");
    }
    fsb_statistics busy = measure();
    CHECK(busy.window_millis > 0);
    CHECK(busy.writes_per_second > 0 && busy.reads_per_second > 0);
    CHECK(busy.average_write_latency_ms > 0 && busy.average_read_latency_ms > 0);
    CHECK(busy.p50_read_latency_ms <= busy.p99_read_latency_ms && busy.p99_read_latency_ms <= busy.max_read_latency_ms);
    CHECK(busy.p50_write_latency_ms <= busy.p99_write_latency_ms && busy.p99_write_latency_ms <= busy.max_write_latency_ms);
    CHECK(busy.cpu_usage_percent >= 0 && busy.cpu_usage_percent <= 100);
    tear_down();
}

static void rows_of_all_families_are_counted(void) {
    set_up();
    fsb_column_family *other = family_of(backend, "other");
    put(family, "key", "value");
    put(other, "key", "value");
    CHECK_U64(measure().rows_written, 2);
    CHECK_OK(fsb_column_family_free(other));
    tear_down();
}

static void rows_stay_counted_when_their_handle_is_freed(void) {
    set_up();
    fsb_column_family *other = family_of(backend, "other");
    put(other, "key", "value");
    CHECK_ROW(other, "key", "value");
    CHECK_OK(fsb_column_family_free(other));
    put(family, "key", "value");
    CHECK_U64(measure().rows_written, 2);
    CHECK_U64(measure().rows_read, 1);
    tear_down();
}

/* More threads than the library has stripes of counters: some share one, and are taken off the processor in the middle of a call. */
enum { COUNTED_THREADS = 24, COUNTED_CALLS = 20000 };

static void *read_many(void *argument) {
    uint8_t present = 0;
    for (int call = 0; call < COUNTED_CALLS; call++)
        CHECK_OK(fsb_column_family_contains(family, NULL, bytes("key"), 3, &present, &test_error));
    return argument;
}

static void rows_of_many_threads_on_one_handle_are_counted_exactly(void) {
    set_up();
    pthread_t threads[COUNTED_THREADS];
    for (size_t at = 0; at < COUNT_OF(threads); at++) CHECK(pthread_create(&threads[at], NULL, read_many, NULL) == 0);
    for (size_t at = 0; at < COUNT_OF(threads); at++) CHECK(pthread_join(threads[at], NULL) == 0);
    CHECK_U64(measure().rows_read, COUNTED_THREADS * COUNTED_CALLS);
    tear_down();
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"an_idle_backend_measured_nothing", an_idle_backend_measured_nothing, NULL},
        {"written_rows_are_counted_exactly", written_rows_are_counted_exactly, NULL},
        {"read_rows_are_counted_exactly", read_rows_are_counted_exactly, NULL},
        {"sizes_follow_the_data", sizes_follow_the_data, NULL},
        {"rates_and_latencies_are_measured_under_work", rates_and_latencies_are_measured_under_work, NULL},
        {"rows_of_all_families_are_counted", rows_of_all_families_are_counted, NULL},
        {"rows_stay_counted_when_their_handle_is_freed", rows_stay_counted_when_their_handle_is_freed, NULL},
        {"rows_of_many_threads_on_one_handle_are_counted_exactly", rows_of_many_threads_on_one_handle_are_counted_exactly, NULL},
    };
    return run_tests(tests, COUNT_OF(tests), argc, argv);
}
