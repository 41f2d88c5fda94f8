/* Statistics: exact row counters against counted work, sizes against what was written, nothing invented for what was not measured. */
#include "packed.h"

#include <dirent.h>
#include <math.h>
#include <pthread.h>
#include <time.h>

static fsb_backend *backend;
static fsb_column_family *family;

static void set_up_with(const char *options) {
    char more[512];
    snprintf(more, sizeof more, ",\"column_families\":[\"other\"]%s", options);
    backend = open_at(path_of("data"), more);
    family = family_of(backend, "default");
}

static void set_up(void) { set_up_with(""); }

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

/* The sum of an integer property of the engine over both families. */
static uint64_t property_of_families(const char *name) {
    fsb_column_family *other = family_of(backend, "other");
    uint64_t sum = strtoull(family_property(family, name), NULL, 10) + strtoull(family_property(other, name), NULL, 10);
    CHECK_OK(fsb_column_family_free(other));
    return sum;
}

/* Bytes of the files of the state's folder whose name ends so, as the file system has them. */
static uint64_t bytes_on_disk(const char *ending) {
    DIR *folder = opendir(path_of("data"));
    uint64_t sum = 0;
    CHECK(folder != NULL);
    for (struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        size_t length = strlen(entry->d_name);
        struct stat file;
        if (length < strlen(ending) || strcmp(entry->d_name + length - strlen(ending), ending) != 0) continue;
        CHECK(fstatat(dirfd(folder), entry->d_name, &file, 0) == 0);
        sum += (uint64_t)file.st_size;
    }
    closedir(folder);
    return sum;
}

static void sizes_are_those_of_the_files_on_disk(void) {
    set_up_with(",\"disable_auto_compactions\":true");
    for (int flush = 0; flush < 3; flush++) {
        write_batch_of(2000);
        fsb_statistics before = measure();
        CHECK(before.wal_bytes > 0);
        CHECK_U64(before.wal_bytes, bytes_on_disk(".log"));
        CHECK_OK(fsb_backend_flush(backend, &test_error));
        fsb_statistics after = measure();
        CHECK(after.sst_bytes > before.sst_bytes);
        CHECK_U64(after.sst_bytes, bytes_on_disk(".sst"));
        CHECK_U64(after.blob_bytes, bytes_on_disk(".blob"));
        CHECK_U64(after.level0_file_count, (uint64_t)flush + 1);
    }
    tear_down();
}

static void figures_are_the_engines_properties_over_all_families(void) {
    set_up();
    fsb_column_family *other = family_of(backend, "other");
    write_batch_of(3000);
    for (int row = 0; row < 100; row++) put(other, "key", "value");
    CHECK_OK(fsb_backend_flush(backend, &test_error));
    CHECK_ROW(other, "key", "value");
    put(other, "more", "value");
    fsb_statistics now = measure();
    CHECK(now.memtable_bytes > 0);
    CHECK_U64(now.memtable_bytes, property_of_families("rocksdb.size-all-mem-tables"));
    CHECK_U64(now.table_reader_bytes, property_of_families("rocksdb.estimate-table-readers-mem"));
    CHECK_U64(now.pending_compaction_bytes, property_of_families("rocksdb.estimate-pending-compaction-bytes"));
    CHECK_U64(now.level0_file_count, property_of_families("rocksdb.num-files-at-level0"));
    CHECK_U64(now.immutable_memtable_count, property_of_families("rocksdb.num-immutable-mem-table"));
    CHECK_U64(now.pending_flushes, property_of_families("rocksdb.mem-table-flush-pending"));
    CHECK_U64(now.pending_compactions, property_of_families("rocksdb.compaction-pending"));
    CHECK_U64(now.running_flushes, strtoull(backend_property(backend, "rocksdb.num-running-flushes"), NULL, 10));
    CHECK_U64(now.running_compactions, strtoull(backend_property(backend, "rocksdb.num-running-compactions"), NULL, 10));
    CHECK_U64(now.block_cache_usage_bytes, strtoull(backend_property(backend, "rocksdb.block-cache-usage"), NULL, 10));
    CHECK_U64(now.block_cache_pinned_bytes, strtoull(backend_property(backend, "rocksdb.block-cache-pinned-usage"), NULL, 10));
    CHECK_U64(now.block_cache_capacity_bytes, strtoull(backend_property(backend, "rocksdb.block-cache-capacity"), NULL, 10));
    CHECK_U64(now.write_stopped, 0);
    CHECK_U64(now.delayed_write_rate_bytes_per_second, 0);
    CHECK_OK(fsb_column_family_free(other));
    tear_down();
}

static uint64_t parts_of_memory(const fsb_statistics *now) {
    return now->block_cache_usage_bytes + now->uncharged_memtable_bytes + now->table_reader_bytes + now->row_cache_bytes + now->timer_bytes;
}

static void memory_is_the_sum_of_its_parts(void) {
    set_up();
    write_batch_of(3000);
    fsb_statistics uncharged = measure();
    CHECK(uncharged.memtable_bytes > 0);
    CHECK_U64(uncharged.uncharged_memtable_bytes, uncharged.memtable_bytes);
    CHECK_U64(uncharged.memory_usage_bytes, parts_of_memory(&uncharged));
    tear_down();
}

static void memtables_charged_to_the_cache_are_counted_once(void) {
    set_up_with(",\"write_buffer_manager_size_bytes\":67108864");
    write_batch_of(50000);
    fsb_statistics charged = measure();
    CHECK_U64(charged.uncharged_memtable_bytes, 0);
    CHECK(charged.block_cache_usage_bytes >= charged.memtable_bytes);
    CHECK_U64(charged.memory_usage_bytes, parts_of_memory(&charged));
    tear_down();
}

/* User and system time of this process in milliseconds, from the kernel's own account. */
static uint64_t cpu_millis(void) {
    char line[1024];
    unsigned long user = 0, system = 0;
    FILE *file = fopen("/proc/self/stat", "r");
    CHECK(file != NULL && fgets(line, sizeof line, file) != NULL);
    fclose(file);
    CHECK(sscanf(strrchr(line, ')') + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system) == 2);
    return (user + system) * 1000 / (unsigned long)sysconf(_SC_CLK_TCK);
}

/* Both accounts are of the same work; the kernel's counts ticks of 10 ms. */
static void cpu_time_is_that_of_the_kernel(void) {
    set_up();
    uint64_t begun = cpu_millis();
    while (cpu_millis() - begun < 400) write_batch_of(100);
    uint64_t used = cpu_millis() - begun;
    fsb_statistics now = measure();
    double measured = now.cpu_usage_percent / 100 * now.window_millis * (double)sysconf(_SC_NPROCESSORS_ONLN);
    CHECK(measured >= (double)used - 20 && measured <= (double)(cpu_millis() - begun) + 60);
    tear_down();
}

static void a_second_divides_into_busy_idle_and_back_pressured(void) {
    set_up();
    fsb_statistics now;
    do {
        put(family, "key", "value");
        now = measure();
    } while (now.window_millis < 2);
    CHECK(!isnan(now.busy_ms_per_second));
    for (int row = 0; row < 20000; row++) put(family, "key", "value");
    now = measure();
    CHECK(now.busy_ms_per_second > 0 && now.idle_ms_per_second >= 0);
    CHECK(now.back_pressured_ms_per_second == 0);
    CHECK(fabs(now.busy_ms_per_second + now.idle_ms_per_second + now.back_pressured_ms_per_second - 1000) < 1e-6);
    tear_down();
}

static void flushes_compactions_and_sealed_memtables_are_counted(void) {
    set_up_with(",\"disable_auto_compactions\":true");
    fsb_statistics idle = measure();
    CHECK_U64(idle.completed_flushes, 0);
    CHECK(isnan(idle.mean_flush_ms));
    for (int flush = 0; flush < 5; flush++) {
        put(family, "key", "value");
        CHECK_OK(fsb_backend_flush(backend, &test_error));
    }
    fsb_statistics flushed = measure();
    CHECK_U64(flushed.completed_flushes, 5);
    CHECK_U64(flushed.sealed_memtables, 5);
    CHECK_U64(flushed.completed_compactions, 0);
    CHECK(flushed.mean_flush_ms > 0);
    CHECK_OK(fsb_column_family_compact(family, NULL, 0, NULL, 0, &test_error));
    CHECK_U64(measure().completed_compactions, 1);
    CHECK_U64(flushed.stall_count, 0);
    CHECK_U64(flushed.stall_micros, 0);
    CHECK_U64(flushed.write_wait_micros, 0);
    tear_down();
}

static fsb_status try_ticker(const char *name, uint64_t *count) {
    return fsb_backend_ticker(backend, name, strlen(name), count, &test_error);
}

static fsb_status try_histogram(const char *name, fsb_histogram *histogram) {
    memset(histogram, 0, sizeof *histogram);
    histogram->struct_size = sizeof *histogram;
    return fsb_backend_histogram(backend, name, strlen(name), histogram, &test_error);
}

static void tickers_and_histograms_count_the_work(void) {
    set_up_with(",\"enable_statistics\":true");
    uint64_t count = 99;
    fsb_histogram gets;
    CHECK_OK(try_histogram("rocksdb.db.get.micros", &gets));
    CHECK_U64(gets.count, 0);
    for (int row = 0; row < 30; row++) put(family, "key", "value");
    for (int row = 0; row < 20; row++) CHECK_ROW(family, "key", "value");
    CHECK_OK(try_ticker("rocksdb.number.keys.written", &count));
    CHECK_U64(count, 30);
    CHECK_OK(try_ticker("rocksdb.number.keys.read", &count));
    CHECK_U64(count, 20);
    CHECK_OK(try_histogram("rocksdb.db.get.micros", &gets));
    CHECK_U64(gets.count, 20);
    CHECK(gets.p50 <= gets.p95 && gets.p95 <= gets.p99 && gets.min <= gets.max && gets.average <= gets.max);
    CHECK(fabs(gets.average * 20 - (double)gets.sum) < 1);
    tear_down();
}

static void a_name_that_the_engine_does_not_have_is_refused(void) {
    set_up_with(",\"enable_statistics\":true");
    uint64_t count = 99;
    fsb_histogram histogram;
    CHECK_REFUSED(try_ticker("rocksdb.db.get.micros", &count), FSB_STATUS_INVALID_ARGUMENT, "no ticker 'rocksdb.db.get.micros'");
    CHECK_REFUSED(try_ticker("", &count), FSB_STATUS_INVALID_ARGUMENT, "ticker");
    CHECK_REFUSED(try_histogram("rocksdb.number.keys.read", &histogram), FSB_STATUS_INVALID_ARGUMENT, "no histogram");
    CHECK_U64(count, 99);
    CHECK_U64(histogram.count, 0);
    tear_down();
}

static void without_the_option_the_error_names_it(void) {
    set_up();
    uint64_t count = 99;
    fsb_histogram histogram;
    CHECK_REFUSED(try_ticker("rocksdb.number.keys.read", &count), FSB_STATUS_INVALID_OPTION, "'enable_statistics'");
    CHECK_REFUSED(try_histogram("rocksdb.db.get.micros", &histogram), FSB_STATUS_INVALID_OPTION, "'enable_statistics'");
    CHECK_U64(count, 99);
    tear_down();
}

/* Every name of the list is one that can be asked for. */
static void every_name_listed_can_be_read(void) {
    set_up_with(",\"enable_statistics\":true");
    fsb_buffer *json = NULL;
    CHECK_OK(fsb_backend_list_statistics(backend, &json, &test_error));
    char *list = strdup(take_text(json)), *rest = list;
    int tickers = 0, histograms = 0;
    for (char *word = strtok_r(list, "\",", &rest); word != NULL; word = strtok_r(NULL, "\",", &rest)) {
        uint64_t count = 0;
        fsb_histogram histogram;
        if (strncmp(word, "rocksdb.", 8) != 0) continue;
        if (try_ticker(word, &count) == FSB_STATUS_OK) {
            tickers++;
        } else {
            fsb_error *unknown = test_error;
            test_error = NULL;
            CHECK_OK(fsb_error_free(unknown));
            CHECK_OK(try_histogram(word, &histogram));
            histograms++;
        }
    }
    CHECK(tickers > 200 && histograms > 50);
    free(list);
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
        {"sizes_are_those_of_the_files_on_disk", sizes_are_those_of_the_files_on_disk, NULL},
        {"figures_are_the_engines_properties_over_all_families", figures_are_the_engines_properties_over_all_families, NULL},
        {"memory_is_the_sum_of_its_parts", memory_is_the_sum_of_its_parts, NULL},
        {"memtables_charged_to_the_cache_are_counted_once", memtables_charged_to_the_cache_are_counted_once, NULL},
        {"cpu_time_is_that_of_the_kernel", cpu_time_is_that_of_the_kernel, NULL},
        {"a_second_divides_into_busy_idle_and_back_pressured", a_second_divides_into_busy_idle_and_back_pressured, NULL},
        {"flushes_compactions_and_sealed_memtables_are_counted", flushes_compactions_and_sealed_memtables_are_counted, NULL},
        {"tickers_and_histograms_count_the_work", tickers_and_histograms_count_the_work, NULL},
        {"a_name_that_the_engine_does_not_have_is_refused", a_name_that_the_engine_does_not_have_is_refused, NULL},
        {"without_the_option_the_error_names_it", without_the_option_the_error_names_it, NULL},
        {"every_name_listed_can_be_read", every_name_listed_can_be_read, NULL},
    };
    return run_tests(tests, COUNT_OF(tests), argc, argv);
}
