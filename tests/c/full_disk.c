/* A disk that is full: writes are refused as such, and every acknowledged row is there while it is full and after reopening with space. */
#include "own_disk.h"

#include <sys/resource.h>

#define DISK_BYTES (16u << 20)
#define BALLAST_BYTES (4u << 20)
#define VALUE_BYTES 20000
#define MOST_ROWS 4000
#define SMALL_BUFFERS ",\"column_families\":[],\"write_buffer_size_bytes\":1048576,\"compression\":\"none\""

static fsb_backend *backend;
static fsb_column_family *family;
static uint8_t acknowledged[MOST_ROWS];

static void fill_value(uint8_t *value, uint32_t row) {
    uint32_t noise = row + 1;
    for (size_t at = 0; at < VALUE_BYTES; at++) value[at] = (uint8_t)((noise = noise * 1664525u + 1013904223u) >> 24);
}

static fsb_status put_row(uint32_t row) {
    uint8_t value[VALUE_BYTES];
    fill_value(value, row);
    fsb_status status = fsb_column_family_put(family, (const uint8_t *)&row, sizeof row, value, sizeof value, &test_error);
    acknowledged[row] = status == FSB_STATUS_OK;
    return status;
}

static void check_acknowledged_rows(void) {
    uint8_t expected[VALUE_BYTES], value[VALUE_BYTES];
    for (uint32_t row = 0; row < MOST_ROWS; row++) {
        size_t length = 0;
        if (!acknowledged[row]) continue;
        fill_value(expected, row);
        CHECK_OK(fsb_column_family_get(family, NULL, (const uint8_t *)&row, sizeof row, value, sizeof value, &length, &test_error));
        CHECK_BYTES(value, length, expected, sizeof expected);
    }
}

static void open_on_disk(const char *options) {
    backend = open_at(path_of("disk/data"), options);
    family = family_of(backend, "default");
}

/* Closing may say that it could not write; the handles end all the same. */
static void leave_disk(void) {
    CHECK_OK(fsb_column_family_free(family));
    fsb_status status = fsb_backend_close(backend, 60000, &test_error);
    CHECK(status == FSB_STATUS_OK || status == FSB_STATUS_NO_SPACE || status == FSB_STATUS_IO);
    test_error_drop();
    CHECK_OK(fsb_backend_free(backend));
}

static uint32_t write_until_refused(uint32_t row, fsb_status expected) {
    fsb_status status = FSB_STATUS_OK;
    for (; status == FSB_STATUS_OK && row < MOST_ROWS; row++) status = put_row(row);
    if (status != expected)
        test_fail(__FILE__, __LINE__, "writing to a full disk answered %s and should answer %s: %s", fsb_status_name(status),
                  fsb_status_name(expected), test_error_text());
    CHECK(fsb_error_message(test_error)[0] != '\0');
    test_error_drop();
    return row;
}

/* What a backend acknowledges after a refusal counts as much as what came before it. */
static uint32_t write_on_regardless(uint32_t row, int attempts) {
    for (int attempt = 0; attempt < attempts; attempt++, row++)
        if (put_row(row) != FSB_STATUS_OK) test_error_drop();
    return row;
}

static void fill_and_come_back(const char *options, const char *ballast) {
    open_on_disk(options);
    uint32_t row = write_until_refused(0, FSB_STATUS_NO_SPACE);
    check_acknowledged_rows();
    row = write_on_regardless(row, 50);
    CHECK_U64(unlink(ballast), 0);
    row = write_on_regardless(row, 50);
    check_acknowledged_rows();
    leave_disk();
    resize_own_disk(path_of("disk"), 4 * DISK_BYTES);
    open_on_disk(options);
    check_acknowledged_rows();
    CHECK_OK(put_row(row));
    CHECK_OK(fsb_backend_flush(backend, &test_error));
    leave_disk();
    open_on_disk(options);
    check_acknowledged_rows();
    leave_disk();
}

static void put_ballast(const char *path) {
    int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    CHECK(file >= 0);
    CHECK_U64(posix_fallocate(file, 0, BALLAST_BYTES), 0);
    close(file);
}

/* Without mounts: a limit on the size of files, which the system answers with another error than a full disk. */
static void limit_file_size(void) {
    struct rlimit limit = {3u << 20, 3u << 20};
    signal(SIGXFSZ, SIG_IGN);
    CHECK_U64(mkdir(path_of("disk"), 0700), 0);
    CHECK_U64(setrlimit(RLIMIT_FSIZE, &limit), 0);
    open_on_disk(",\"column_families\":[],\"write_buffer_size_bytes\":67108864");
    write_until_refused(0, FSB_STATUS_IO);
    check_acknowledged_rows();
    leave_disk();
}

static void full_disk(const char *options) {
    if (!mount_own_disk(path_of("disk"), DISK_BYTES)) {
        test_note("this machine lets no test mount a file system; a limit on the file size stands for a full disk");
        limit_file_size();
        return;
    }
    put_ballast(path_of("disk/ballast"));
    fill_and_come_back(options, path_of("disk/ballast"));
}

static void with_a_wal(void) { full_disk(SMALL_BUFFERS); }
static void with_a_synced_wal(void) { full_disk(SMALL_BUFFERS ",\"wal\":\"sync\""); }

/* Without a log nothing but flushes writes, and with two memtables a write waits for the flush of the first as soon as the second is full. */
static void a_write_that_waits_for_a_flush(void) {
    const char *options = SMALL_BUFFERS ",\"wal\":\"disabled\",\"max_write_buffer_number\":2";
    if (!mount_own_disk(path_of("disk"), DISK_BYTES)) {
        test_note("this machine lets no test mount a file system, and a limit on the file size is no full disk: nothing tried");
        return;
    }
    open_on_disk(options);
    uint32_t row = write_until_refused(0, FSB_STATUS_NO_SPACE);
    check_acknowledged_rows();
    resize_own_disk(path_of("disk"), 4 * DISK_BYTES);             /* compactions have what they need as well */
    while (put_row(row) != FSB_STATUS_OK) test_error_drop();      /* by itself, without closing */
    row = write_on_regardless(row + 1, 50);
    CHECK_OK(fsb_backend_flush(backend, &test_error));
    check_acknowledged_rows();
    leave_disk();
    open_on_disk(options);
    check_acknowledged_rows();
    leave_disk();
}

static void opening_on_a_full_disk_is_refused(void) {
    if (!mount_own_disk(path_of("disk"), 64u << 10)) {
        test_note("this machine lets no test mount a file system; an unusable path stands for a full disk");
        CHECK(write_file(path_of("disk"), "a file"));
    } else {
        char line[] = "0123456789abcdef";
        int file = open(path_of("disk/ballast"), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        while (write(file, line, sizeof line) > 0) continue;
        close(file);
    }
    fsb_backend *none = NULL;
    fsb_status status = try_open(path_of("disk/data"), "", NULL, &none);
    CHECK(status == FSB_STATUS_NO_SPACE || status == FSB_STATUS_FOLDER_UNUSABLE);
    CHECK_CONTAINS(test_error_text(), path_of("disk/data"));
    test_error_drop();
    CHECK(none == NULL);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"a_full_disk_loses_no_acknowledged_row", with_a_wal, NULL},
        {"a_full_disk_loses_no_synced_row", with_a_synced_wal, NULL},
        {"a_write_that_waits_for_a_flush_is_refused_on_a_full_disk", a_write_that_waits_for_a_flush, NULL},
        {"opening_on_a_full_disk_is_refused", opening_on_a_full_disk_is_refused, NULL},
    };
    return run_tests(tests, COUNT_OF(tests), argc, argv);
}
