/* Checkpoints through the C ABI: begun, waited for, confirmed or aborted, listed, verified, restored. */
#include "own_disk.h"

#include <fcntl.h>

static fsb_backend *backend;
static fsb_checkpoint_store *store;

static fsb_checkpoint_store *open_store(const char *more) {
    char json[1024];
    int length = snprintf(json, sizeof json, "{\"directory\":\"%s\"%s}", path_of("checkpoints"), more);
    fsb_checkpoint_store *opened = NULL;
    CHECK_OK(fsb_checkpoint_store_open(json, (size_t)length, &opened, &test_error));
    return opened;
}

static void write_row(const char *key, const char *value) {
    fsb_column_family *family = family_of(backend, "default");
    put(family, key, value);
    CHECK_OK(fsb_column_family_free(family));
}

static void check_row_of(fsb_backend *of, const char *key, const char *value) {
    fsb_column_family *family = family_of(of, "default");
    if (value == NULL) check_absent(family, key);
    else CHECK_ROW(family, key, value);
    CHECK_OK(fsb_column_family_free(family));
}

static fsb_status begin(uint64_t id, uint8_t confirm, fsb_checkpoint **checkpoint) {
    *checkpoint = NULL;
    return fsb_backend_begin_checkpoint(backend, store, id, 60000, confirm, checkpoint, &test_error);
}

static fsb_checkpoint_report made(uint64_t id, uint8_t confirm) {
    fsb_checkpoint *checkpoint;
    fsb_checkpoint_report report;
    memset(&report, 0, sizeof report);
    report.struct_size = sizeof report;
    CHECK_OK(begin(id, confirm, &checkpoint));
    CHECK_OK(fsb_checkpoint_wait(checkpoint, 60000, &report, &test_error));
    CHECK_OK(fsb_checkpoint_free(checkpoint));
    return report;
}

static const char *listed(void) {
    fsb_buffer *json = NULL;
    CHECK_OK(fsb_checkpoint_store_list(store, &json, &test_error));
    return take_text(json);
}

static fsb_status try_restore(const char *folder, const char *how, fsb_backend **restored) {
    char json[1024];
    int length = snprintf(json, sizeof json, "{\"data_directory\":\"%s\"}", path_of(folder));
    *restored = NULL;
    return fsb_backend_restore(json, (size_t)length, NULL, store, how, strlen(how), restored, &test_error);
}

static void start(const char *more) {
    backend = open_small();
    store = open_store(more);
    write_row("first", "1");
}

static void finish(void) {
    close_and_free(backend);
    CHECK_OK(fsb_checkpoint_store_free(store));
}

static void a_report_tells_what_was_made_and_what_is_new(void) {
    start("");
    fsb_checkpoint_report first = made(1, 1);
    CHECK_U64(first.id, 1);
    CHECK_U64(first.struct_size, sizeof first);
    CHECK_U64(first.new_bytes, first.total_bytes);
    CHECK(first.new_bytes > 0 && first.total_files >= 3 && first.sync_micros > 0 && first.async_micros > 0);
    write_row("second", "2");
    fsb_checkpoint_report second = made(2, 1);
    CHECK_U64(second.total_files, first.total_files + 1);
    CHECK(second.new_bytes < second.total_bytes && second.new_files < second.total_files);
    CHECK_CONTAINS(listed(), "[{\"id\":2,");
    finish();
}

static void progress_ends_with_all_that_there_is(void) {
    start("");
    fsb_checkpoint *checkpoint;
    fsb_checkpoint_progress progress;
    memset(&progress, 0, sizeof progress);
    progress.struct_size = sizeof progress;
    CHECK_OK(begin(7, 0, &checkpoint));
    do CHECK_OK(fsb_checkpoint_read_progress(checkpoint, &progress, &test_error));
    while (progress.is_ended == 0);
    CHECK_U64(progress.id, 7);
    CHECK_U64(progress.done_bytes, progress.total_bytes);
    CHECK_U64(progress.done_files, progress.total_files);
    CHECK_OK(fsb_checkpoint_cancel(checkpoint, &test_error));
    CHECK_OK(fsb_checkpoint_free(checkpoint));
    finish();
}

static void what_is_aborted_is_gone_and_what_is_complete_stays(void) {
    start("");
    made(1, 0);
    CHECK_OK(fsb_backend_notify_checkpoint_aborted(backend, 1, &test_error));
    CHECK_TEXT(listed(), "[]");
    made(2, 0);
    CHECK_OK(fsb_backend_notify_checkpoint_complete(backend, 2, &test_error));
    made(3, 0);
    CHECK_OK(fsb_backend_notify_checkpoint_complete(backend, 3, &test_error));
    CHECK_CONTAINS(listed(), "[{\"id\":3,");
    uint64_t files, read;
    CHECK_OK(fsb_checkpoint_store_verify(store, 3, &files, &read, &test_error));
    CHECK(files >= 3 && read > 0);
    CHECK_OK(fsb_checkpoint_store_discard(store, 3, &test_error));
    CHECK_OK(fsb_checkpoint_store_collect(store, &files, &read, &test_error));
    CHECK_U64(files, 0);
    CHECK_REFUSED(fsb_checkpoint_store_verify(store, 3, &files, &read, &test_error), FSB_STATUS_CHECKPOINT_NOT_FOUND, "checkpoint 3 is not in");
    finish();
}

static void a_restore_brings_back_what_was_there(void) {
    start("");
    made(1, 1);
    write_row("second", "2");
    fsb_backend *restored;
    CHECK_OK(try_restore("restored", "", &restored));
    check_row_of(restored, "first", "1");
    check_row_of(restored, "second", NULL);
    close_and_free(restored);
    CHECK_OK(try_restore("restored", "{\"checkpoint\":1,\"mode\":\"claim\"}", &restored));
    close_and_free(restored);
    CHECK_REFUSED(try_restore("restored", "{\"checkpoint\":9}", &restored), FSB_STATUS_CHECKPOINT_NOT_FOUND, "checkpoint 9 is not in");
    CHECK_REFUSED(try_restore("restored", "{\"checkpoint\":1,\"or_empty\":true}", &restored), FSB_STATUS_INVALID_OPTION, "'or_empty'");
    CHECK_OK(try_restore("restored", "{\"or_empty\":true}", &restored));
    check_row_of(restored, "first", "1");
    close_and_free(restored);
    CHECK_REFUSED(try_restore("restored", "{\"mode\":\"steal\"}", &restored), FSB_STATUS_INVALID_OPTION, "steal");
    CHECK_REFUSED(try_restore("data", "", &restored), FSB_STATUS_FOLDER_IN_USE, "this process");
    finish();
}

static void a_rescale_takes_the_part_of_a_subtask(void) {
    start("");
    made(1, 1);
    const fsb_checkpoint_store *stores[] = {store, store};
    char json[1024];
    int length = snprintf(json, sizeof json, "{\"data_directory\":\"%s\"}", path_of("rescaled"));
    static const char whole[] = "{\"parallelism\":1,\"subtask\":0,\"checkpoints\":[1]}", other[] = "{\"parallelism\":2,\"subtask\":1}";
    fsb_backend *rescaled = NULL;
#define RESCALE(count, how) fsb_backend_rescale(json, (size_t)length, NULL, stores, count, how, strlen(how), &rescaled, &test_error)
    CHECK_OK(RESCALE(1, whole));
    check_row_of(rescaled, "first", "1");
    close_and_free(rescaled);
    CHECK_OK(RESCALE(1, other));
    check_row_of(rescaled, "first", NULL);
    close_and_free(rescaled);
    CHECK_REFUSED(RESCALE(2, whole), FSB_STATUS_INVALID_OPTION, "has 1 ids for 2 stores");
    CHECK_REFUSED(RESCALE(0, other), FSB_STATUS_INVALID_ARGUMENT, "none is given");
    CHECK_REFUSED(RESCALE(1, "{}"), FSB_STATUS_INVALID_OPTION, "parallelism");
    CHECK_REFUSED(fsb_backend_rescale(json, (size_t)length, NULL, NULL, 1, whole, strlen(whole), &rescaled, &test_error),
                  FSB_STATUS_INVALID_ARGUMENT, "stores are null");
    finish();
}

static void statistics_tell_of_the_last_one(void) {
    start("");
    fsb_statistics statistics;
    memset(&statistics, 0, sizeof statistics);
    statistics.struct_size = sizeof statistics;
    CHECK_OK(fsb_backend_statistics(backend, &statistics, &test_error));
    CHECK_U64(statistics.completed_checkpoints, 0);
    CHECK_U64(statistics.last_checkpoint_id, FSB_NOT_MEASURED);
    fsb_checkpoint_report report = made(4, 1);
    CHECK_OK(fsb_backend_statistics(backend, &statistics, &test_error));
    CHECK_U64(statistics.completed_checkpoints, 1);
    CHECK_U64(statistics.failed_checkpoints, 0);
    CHECK_U64(statistics.last_checkpoint_id, 4);
    CHECK_U64(statistics.last_checkpoint_sync_micros, report.sync_micros);
    CHECK_U64(statistics.last_checkpoint_async_micros, report.async_micros);
    CHECK_U64(statistics.last_checkpoint_new_bytes, report.new_bytes);
    CHECK_U64(statistics.last_checkpoint_total_bytes, report.total_bytes);
    finish();
}

static void damage_is_refused_by_the_name_of_the_file(void) {
    start("");
    made(1, 1);
    int file = open(path_of("checkpoints/chk-1/CURRENT"), O_WRONLY);
    CHECK(file >= 0 && pwrite(file, "X", 1, 3) == 1 && close(file) == 0);
    uint64_t files, read;
    CHECK_REFUSED(fsb_checkpoint_store_verify(store, 1, &files, &read, &test_error), FSB_STATUS_CORRUPTION, "'chk-1/CURRENT'");
    fsb_backend *restored;
    CHECK_REFUSED(try_restore("restored", "", &restored), FSB_STATUS_CORRUPTION, "'chk-1/CURRENT'");
    file = open(path_of("checkpoints/chk-1/_metadata.json"), O_WRONLY);
    CHECK(file >= 0 && pwrite(file, "X", 1, 30) == 1 && close(file) == 0);
    CHECK_CONTAINS(listed(), "\"damage\":\"file 'chk-1/_metadata.json'");
    finish();
}

static void ids_grow_and_one_root_has_one_owner(void) {
    start(",\"num_retained\":3");
    fsb_checkpoint *checkpoint;
    made(5, 1);
    made(5, 1);
    CHECK_REFUSED(begin(4, 1, &checkpoint), FSB_STATUS_INVALID_ARGUMENT, "checkpoint id 4 is not above 5");
    fsb_checkpoint_store *own = store;
    store = open_store("");
    CHECK_REFUSED(begin(6, 1, &checkpoint), FSB_STATUS_IN_USE, "is in use by this process");
    CHECK_OK(fsb_checkpoint_store_free(store));
    store = own;
    finish();
}

static void options_out_of_range_are_named(void) {
    static const char *const refused[][2] = {
        {"{}", "'directory'"},
        {"{\"directory\":\"x\",\"num_retained\":0}", "'num_retained' is 0"},
        {"{\"directory\":\"x\",\"transfer_threads\":65}", "'transfer_threads' is 65"},
        {"{\"directory\":\"x\",\"max_concurrent\":-1}", "-1"},
        {"{\"directory\":\"x\",\"retained\":1}", "retained"},
        {"{\"directory\":\"s3://bucket/x\"}", "'s3://' needs a library built with the feature object-stores"},
        {"{\"directory\":\"x\",\"object_store\":{\"region\":\"here\"}}", "'object_store' is for a root that is a URL"},
        {"{\"directory\":\"x\",\"object_store\":\"SECRET\"}", "'object_store' is to be an object"},
        {"{\"directory\":\"x\",\"object_store\":{\"key\":[\"SECRET\"]}}", "'object_store.key' is to be a text"},
    };
    for (size_t at = 0; at < COUNT_OF(refused); at++) {
        store = NULL;
        CHECK_REFUSED(fsb_checkpoint_store_open(refused[at][0], strlen(refused[at][0]), &store, &test_error), FSB_STATUS_INVALID_OPTION,
                      refused[at][1]);
    }
}

static fsb_status put_snapshot(const char *name, const char *data) {
    return fsb_checkpoint_store_put_snapshot(store, name, strlen(name), (const uint8_t *)data, strlen(data), &test_error);
}

static fsb_status get_snapshot(const char *name, fsb_buffer **found) {
    *found = NULL;
    return fsb_checkpoint_store_get_snapshot(store, name, strlen(name), found, &test_error);
}

static void snapshots_stay_until_they_are_deleted(void) {
    fsb_buffer *found;
    start("");
    CHECK_ANSWER(get_snapshot("job-1", &found), FSB_STATUS_NOT_FOUND);
    CHECK(found == NULL);
    CHECK_OK(put_snapshot("job-1", "first"));
    CHECK_OK(put_snapshot("job-1", "second"));
    CHECK_OK(put_snapshot("empty", ""));
    /* Another may do so as well while this one has the root, and no collection takes them away. */
    made(1, 1);
    fsb_checkpoint_store *own = store;
    store = open_store("");
    CHECK_OK(get_snapshot("job-1", &found));
    CHECK_TEXT(take_text(found), "second");
    CHECK_OK(put_snapshot("other", "third"));
    CHECK_OK(fsb_checkpoint_store_free(store));
    store = own;
    uint64_t files, bytes;
    CHECK_OK(fsb_checkpoint_store_discard(store, 1, &test_error));
    CHECK_OK(fsb_checkpoint_store_collect(store, &files, &bytes, &test_error));
    CHECK_OK(get_snapshot("other", &found));
    CHECK_TEXT(take_text(found), "third");
    CHECK_OK(get_snapshot("empty", &found));
    CHECK_TEXT(take_text(found), "");
    CHECK_OK(fsb_checkpoint_store_delete_snapshot(store, "other", 5, &test_error));
    CHECK_OK(fsb_checkpoint_store_delete_snapshot(store, "other", 5, &test_error));
    CHECK_ANSWER(get_snapshot("other", &found), FSB_STATUS_NOT_FOUND);
    finish();
}

static void snapshots_that_are_damaged_or_misnamed_are_refused(void) {
    static const char *const names[] = {"", ".hidden", "../data/CURRENT", "a/b", "a b", "\xc3\xa4"};
    fsb_buffer *found;
    start("");
    for (size_t at = 0; at < COUNT_OF(names); at++) {
        CHECK_REFUSED(put_snapshot(names[at], "x"), FSB_STATUS_INVALID_ARGUMENT, "cannot name a snapshot");
        CHECK_REFUSED(get_snapshot(names[at], &found), FSB_STATUS_INVALID_ARGUMENT, "cannot name a snapshot");
        CHECK_REFUSED(fsb_checkpoint_store_delete_snapshot(store, names[at], strlen(names[at]), &test_error), FSB_STATUS_INVALID_ARGUMENT,
                      "cannot name a snapshot");
    }
    CHECK_OK(put_snapshot("job-1", "state"));
    int file = open(path_of("checkpoints/snapshots/job-1.snapshot"), O_RDWR);
    CHECK(file >= 0 && pwrite(file, "S", 1, 40) == 1);
    CHECK_REFUSED(get_snapshot("job-1", &found), FSB_STATUS_CORRUPTION, "'snapshots/job-1.snapshot'");
    CHECK(ftruncate(file, 10) == 0 && close(file) == 0);
    CHECK_REFUSED(get_snapshot("job-1", &found), FSB_STATUS_CORRUPTION, "'snapshots/job-1.snapshot'");
    finish();
}

static void write_noise(uint32_t first, uint32_t count) {
    static uint8_t value[64 << 10];
    fsb_column_family *family = family_of(backend, "default");
    for (uint32_t row = first; row < first + count; row++) {
        uint32_t noise = row + 1;
        for (size_t at = 0; at < sizeof value; at++) value[at] = (uint8_t)((noise = noise * 1664525u + 1013904223u) >> 24);
        CHECK_OK(fsb_column_family_put(family, (const uint8_t *)&row, sizeof row, value, sizeof value, &test_error));
    }
    CHECK_OK(fsb_column_family_free(family));
}

/* Answers how a checkpoint ends that cannot be stored; `part` of the message names the step. */
static fsb_status refused(uint64_t id, const char *part) {
    fsb_checkpoint *checkpoint;
    fsb_checkpoint_report report;
    memset(&report, 0, sizeof report);
    report.struct_size = sizeof report;
    fsb_status status = begin(id, 1, &checkpoint);
    if (status == FSB_STATUS_OK) status = fsb_checkpoint_wait(checkpoint, 60000, &report, &test_error);
    CHECK_CONTAINS(test_error_text(), part);
    test_error_drop();
    if (checkpoint != NULL) CHECK_OK(fsb_checkpoint_free(checkpoint));
    return status;
}

static int has_own_root(size_t bytes) {
    int has = mount_own_disk(path_of("checkpoints"), bytes);
    if (!has) test_note("this machine lets no test mount a file system: nothing tried");
    return has;
}

static void check_restored(const char *key, const char *value) {
    fsb_backend *restored;
    CHECK_OK(try_restore("restored", "", &restored));
    check_row_of(restored, key, value);
    close_and_free(restored);
}

static void a_root_without_room_costs_that_checkpoint_alone(void) {
    if (!has_own_root(2u << 20)) return;
    start("");
    made(1, 1);
    write_noise(0, 64);
    CHECK_U64(refused(2, "store '"), FSB_STATUS_NO_SPACE);
    CHECK_CONTAINS(listed(), "[{\"id\":1,");
    write_row("second", "2");
    resize_own_disk(path_of("checkpoints"), 32u << 20);
    made(3, 1);
    check_restored("second", "2");
    finish();
}

static void a_read_only_root_costs_that_checkpoint_alone(void) {
    if (!has_own_root(32u << 20)) return;
    make_own_disk_read_only(path_of("checkpoints"));
    start("");
    CHECK_U64(refused(1, "Read-only"), FSB_STATUS_IO);
    write_row("second", "2");
    resize_own_disk(path_of("checkpoints"), 32u << 20);
    made(2, 1);
    check_restored("second", "2");
    finish();
}

static void a_checkpoint_outlives_its_backend_and_its_store(void) {
    start("");
    fsb_checkpoint *checkpoint;
    fsb_checkpoint_report report;
    memset(&report, 0, sizeof report);
    report.struct_size = sizeof report;
    CHECK_OK(begin(1, 1, &checkpoint));
    finish();
    /* Published before the close, or cancelled by it. */
    fsb_status status = fsb_checkpoint_wait(checkpoint, 0, &report, &test_error);
    CHECK(status == FSB_STATUS_OK || status == FSB_STATUS_CANCELLED);
    CHECK_OK(fsb_checkpoint_free(checkpoint));
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"a_report_tells_what_was_made_and_what_is_new", a_report_tells_what_was_made_and_what_is_new, NULL},
        {"progress_ends_with_all_that_there_is", progress_ends_with_all_that_there_is, NULL},
        {"what_is_aborted_is_gone_and_what_is_complete_stays", what_is_aborted_is_gone_and_what_is_complete_stays, NULL},
        {"a_restore_brings_back_what_was_there", a_restore_brings_back_what_was_there, NULL},
        {"a_rescale_takes_the_part_of_a_subtask", a_rescale_takes_the_part_of_a_subtask, NULL},
        {"statistics_tell_of_the_last_one", statistics_tell_of_the_last_one, NULL},
        {"damage_is_refused_by_the_name_of_the_file", damage_is_refused_by_the_name_of_the_file, NULL},
        {"ids_grow_and_one_root_has_one_owner", ids_grow_and_one_root_has_one_owner, NULL},
        {"options_out_of_range_are_named", options_out_of_range_are_named, NULL},
        {"snapshots_stay_until_they_are_deleted", snapshots_stay_until_they_are_deleted, NULL},
        {"snapshots_that_are_damaged_or_misnamed_are_refused", snapshots_that_are_damaged_or_misnamed_are_refused, NULL},
        {"a_root_without_room_costs_that_checkpoint_alone", a_root_without_room_costs_that_checkpoint_alone, NULL},
        {"a_read_only_root_costs_that_checkpoint_alone", a_read_only_root_costs_that_checkpoint_alone, NULL},
        {"a_checkpoint_outlives_its_backend_and_its_store", a_checkpoint_outlives_its_backend_and_its_store, NULL},
    };
    return run_tests(tests, COUNT_OF(tests), argc, argv);
}
