/* A backend's life: fresh and existing folders, reopening, closing with a deadline, what it says about itself. */
#include "fixture.h"

#include <pthread.h>

#define DEFAULT_FAMILIES "[\"checkpoint\",\"default\",\"operator_state\",\"timer_state\",\"user_state\"]"

static fsb_recovery recovery_of(const fsb_backend *backend) {
    fsb_recovery recovery;
    memset(&recovery, 0, sizeof recovery);
    recovery.struct_size = sizeof recovery;
    CHECK_OK(fsb_backend_recovery(backend, &recovery, &test_error));
    return recovery;
}

static void a_fresh_folder_gets_the_default_families(void) {
    fsb_backend *backend = open_at(path_of("fresh"), "");
    CHECK_TEXT(family_names(backend), DEFAULT_FAMILIES);
    close_and_free(backend);
}

static void a_fresh_folder_is_private_and_made_with_its_parents(void) {
    struct stat entry;
    fsb_backend *backend = open_at(path_of("deep/deeper/data"), "");
    CHECK_U64(stat(path_of("deep/deeper/data"), &entry), 0);
    CHECK_U64(entry.st_mode & 0777, 0700);
    close_and_free(backend);
}

static void rows_survive_reopening(void) {
    for (int round = 0; round < 3; round++) {
        char key[16];
        fsb_backend *backend = open_at(path_of("data"), "");
        fsb_column_family *family = family_of(backend, "user_state");
        for (int earlier = 0; earlier < round; earlier++) {
            snprintf(key, sizeof key, "round-%d", earlier);
            CHECK_ROW(family, key, "here");
        }
        snprintf(key, sizeof key, "round-%d", round);
        put(family, key, "here");
        CHECK_OK(fsb_column_family_free(family));
        close_and_free(backend);
    }
}

static void rows_survive_freeing_without_a_close(void) {
    fsb_backend *backend = open_small();
    fsb_column_family *family = family_of(backend, "default");
    put(family, "key", "value");
    CHECK_OK(fsb_backend_free(backend));
    CHECK_OK(fsb_column_family_free(family));
    backend = open_small();
    family = family_of(backend, "default");
    CHECK_ROW(family, "key", "value");
    CHECK_OK(fsb_column_family_free(family));
    close_and_free(backend);
}

static void rows_written_without_a_wal_survive_a_flush(void) {
    fsb_backend *backend = open_at(path_of("data"), ",\"wal\":\"disabled\"");
    fsb_column_family *family = family_of(backend, "default");
    put(family, "key", "value");
    CHECK_OK(fsb_backend_flush(backend, &test_error));
    CHECK_OK(fsb_column_family_free(family));
    close_and_free(backend);
    backend = open_at(path_of("data"), ",\"wal\":\"disabled\"");
    family = family_of(backend, "default");
    CHECK_ROW(family, "key", "value");
    CHECK_OK(fsb_column_family_free(family));
    close_and_free(backend);
}

static void delete_range(const fsb_column_family *family, const char *begin, const char *end) {
    CHECK_OK(fsb_column_family_delete_range(family, bytes(begin), strlen(begin), bytes(end), strlen(end), &test_error));
}

/* What is written may leave nothing to flush; the sequence numbers that it took must not be missed afterwards. */
static void writes_that_leave_no_row_do_not_count_as_lost(void) {
    static const char *const modes[] = {",\"wal\":\"enabled\"", ",\"wal\":\"disabled\"", ",\"wal\":\"sync\""};
    for (int round = 0; round < 9; round++) {
        fsb_backend *backend = open_at(path_of("data"), modes[round % 3]);
        fsb_column_family *family = family_of(backend, "default");
        if (round % 2 == 0) put(family, "key", "value");
        delete_key(family, "key");
        if (round % 4 < 2) delete_range(family, "a", "z");
        delete_range(family, "same", "same");
        if (round % 5 != 0) CHECK_OK(fsb_backend_flush(backend, &test_error));
        if (round % 5 == 2) CHECK_OK(fsb_column_family_compact(family, NULL, 0, NULL, 0, &test_error));
        delete_range(family, "same", "same");
        if (round % 3 != 1) CHECK_OK(fsb_column_family_flush(family, &test_error));
        check_absent(family, "key");
        CHECK_OK(fsb_column_family_free(family));
        close_and_free(backend);
    }
}

static void create_if_missing_false_wants_an_existing_folder(void) {
    fsb_backend *backend = NULL;
    CHECK_REFUSED(try_open(path_of("data"), ",\"create_if_missing\":false", NULL, &backend), FSB_STATUS_FOLDER_UNUSABLE, path_of("data"));
    CHECK(access(path_of("data"), F_OK) != 0);
    close_and_free(open_small());
    close_and_free(open_at(path_of("data"), ",\"create_if_missing\":false"));
}

static void closing_twice_is_fine_and_later_calls_answer_closed(void) {
    fsb_backend *backend = open_small();
    CHECK_OK(fsb_backend_close(backend, 60000, &test_error));
    CHECK_OK(fsb_backend_close(backend, 0, &test_error));
    CHECK_REFUSED(fsb_backend_flush(backend, &test_error), FSB_STATUS_CLOSED, "closed");
    CHECK_OK(fsb_backend_free(backend));
}

static void a_closed_folder_can_be_opened_before_the_handles_are_freed(void) {
    fsb_backend *closed = open_small();
    fsb_column_family *orphan = family_of(closed, "default");
    fsb_snapshot *snapshot = snapshot_of(closed);
    CHECK_OK(fsb_backend_close(closed, 60000, &test_error));
    fsb_backend *open = open_small();
    CHECK_REFUSED(try_put(orphan, "key", "value"), FSB_STATUS_CLOSED, "closed");
    CHECK_OK(fsb_column_family_free(orphan));
    CHECK_OK(fsb_snapshot_free(snapshot));
    CHECK_OK(fsb_backend_free(closed));
    close_and_free(open);
}

static void closing_waits_for_views_until_its_deadline(void) {
    fsb_backend *backend = open_small();
    fsb_column_family *family = family_of(backend, "default");
    fsb_view *view = NULL;
    const uint8_t *data = NULL;
    size_t length = 0;
    put(family, "key", "value");
    CHECK_OK(fsb_column_family_get_view(family, NULL, bytes("key"), 3, &view, &test_error));
    CHECK_OK(fsb_view_data(view, &data, &length));
    CHECK_REFUSED(fsb_backend_close(backend, 10, &test_error), FSB_STATUS_TIMED_OUT, "1 views");
    CHECK_BYTES(data, length, "value", 5);
    CHECK_REFUSED(try_put(family, "late", "row"), FSB_STATUS_CLOSED, "clos");
    CHECK_OK(fsb_view_free(view));
    CHECK_OK(fsb_backend_close(backend, 60000, &test_error));
    CHECK_OK(fsb_column_family_free(family));
    CHECK_OK(fsb_backend_free(backend));
    close_and_free(open_small());
}

static void *free_view(void *view) {
    CHECK_OK(fsb_view_free((fsb_view *)view));
    return NULL;
}

static void a_waiting_close_ends_with_the_last_view(void) {
    fsb_backend *backend = open_small();
    fsb_column_family *family = family_of(backend, "default");
    fsb_view *view = NULL;
    pthread_t thread;
    put(family, "key", "value");
    CHECK_OK(fsb_column_family_get_view(family, NULL, bytes("key"), 3, &view, &test_error));
    CHECK_U64(pthread_create(&thread, NULL, free_view, view), 0);
    CHECK_OK(fsb_backend_close(backend, 60000, &test_error));
    CHECK_U64(pthread_join(thread, NULL), 0);
    CHECK_OK(fsb_column_family_free(family));
    CHECK_OK(fsb_backend_free(backend));
}

static void recovery_reports_the_last_sequence_and_no_damage(void) {
    fsb_backend *backend = open_small();
    fsb_column_family *family = family_of(backend, "default");
    CHECK_U64(recovery_of(backend).last_sequence, 0);
    for (int row = 0; row < 10; row++) put(family, "key", "value");
    CHECK_OK(fsb_backend_flush(backend, &test_error));
    put(family, "key", "value");
    CHECK_OK(fsb_column_family_free(family));
    close_and_free(backend);
    backend = open_small();
    fsb_recovery recovery = recovery_of(backend);
    CHECK_U64(recovery.last_sequence, 11);
    CHECK_U64(recovery.recorded_sequence, 10);
    CHECK_U64(recovery.wal_dropped_bytes, 0);
    CHECK_U64(recovery.wal_dropped_records, 0);
    close_and_free(backend);
}

static void properties_are_read_by_name(void) {
    fsb_backend *backend = open_small();
    fsb_column_family *family = family_of(backend, "default");
    fsb_buffer *value = NULL;
    put(family, "key", "value");
    CHECK_TEXT(family_property(family, "rocksdb.estimate-num-keys"), "1");
    CHECK_TEXT(family_property(family, "rocksdb.num-files-at-level0"), "0");
    CHECK_OK(fsb_column_family_flush(family, &test_error));
    CHECK_TEXT(family_property(family, "rocksdb.num-files-at-level0"), "1");
    CHECK_CONTAINS(backend_property(backend, "rocksdb.stats"), "Level");
    CHECK_ANSWER(fsb_backend_property(backend, "rocksdb.no-such", 15, &value, &test_error), FSB_STATUS_NOT_FOUND);
    CHECK_ANSWER(fsb_column_family_property(family, "rocksdb.no-such", 15, &value, &test_error), FSB_STATUS_NOT_FOUND);
    CHECK_OK(fsb_column_family_free(family));
    close_and_free(backend);
}

static void flush_compact_sync_and_verify(void) {
    fsb_backend *backend = open_at(path_of("data"), ",\"disable_auto_compactions\":true");
    fsb_column_family *family = family_of(backend, "user_state");
    for (int file = 0; file < 4; file++) {
        put(family, "key", "value");
        put(family, file % 2 == 0 ? "even" : "odd", "value");
        CHECK_OK(fsb_backend_sync_wal(backend, &test_error));
        CHECK_OK(fsb_column_family_flush(family, &test_error));
    }
    CHECK_TEXT(family_property(family, "rocksdb.num-files-at-level0"), "4");
    CHECK_OK(fsb_column_family_compact(family, bytes("a"), 1, bytes("z"), 1, &test_error));
    CHECK_TEXT(family_property(family, "rocksdb.num-files-at-level0"), "0");
    CHECK_OK(fsb_backend_verify_checksums(backend, &test_error));
    CHECK_ROW(family, "odd", "value");
    CHECK_OK(fsb_column_family_free(family));
    close_and_free(backend);
}

static void sync_wal_without_a_wal_is_refused(void) {
    fsb_backend *backend = open_at(path_of("data"), ",\"wal\":\"disabled\"");
    CHECK_REFUSED(fsb_backend_sync_wal(backend, &test_error), FSB_STATUS_INVALID_ARGUMENT, "'wal'");
    close_and_free(backend);
}

static void two_backends_live_side_by_side(void) {
    fsb_backend *left = open_at(path_of("left"), ""), *right = open_at(path_of("right"), "");
    fsb_column_family *in_left = family_of(left, "default"), *in_right = family_of(right, "default");
    put(in_left, "key", "left");
    put(in_right, "key", "right");
    CHECK_ROW(in_left, "key", "left");
    CHECK_OK(fsb_column_family_free(in_left));
    close_and_free(left);
    CHECK_ROW(in_right, "key", "right");
    CHECK_OK(fsb_column_family_free(in_right));
    close_and_free(right);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"a_fresh_folder_gets_the_default_families", a_fresh_folder_gets_the_default_families, NULL},
        {"a_fresh_folder_is_private_and_made_with_its_parents", a_fresh_folder_is_private_and_made_with_its_parents, NULL},
        {"rows_survive_reopening", rows_survive_reopening, NULL},
        {"rows_survive_freeing_without_a_close", rows_survive_freeing_without_a_close, NULL},
        {"rows_written_without_a_wal_survive_a_flush", rows_written_without_a_wal_survive_a_flush, NULL},
        {"writes_that_leave_no_row_do_not_count_as_lost", writes_that_leave_no_row_do_not_count_as_lost, NULL},
        {"create_if_missing_false_wants_an_existing_folder", create_if_missing_false_wants_an_existing_folder, NULL},
        {"closing_twice_is_fine_and_later_calls_answer_closed", closing_twice_is_fine_and_later_calls_answer_closed, NULL},
        {"a_closed_folder_can_be_opened_before_the_handles_are_freed", a_closed_folder_can_be_opened_before_the_handles_are_freed, NULL},
        {"closing_waits_for_views_until_its_deadline", closing_waits_for_views_until_its_deadline, NULL},
        {"a_waiting_close_ends_with_the_last_view", a_waiting_close_ends_with_the_last_view, NULL},
        {"recovery_reports_the_last_sequence_and_no_damage", recovery_reports_the_last_sequence_and_no_damage, NULL},
        {"properties_are_read_by_name", properties_are_read_by_name, NULL},
        {"flush_compact_sync_and_verify", flush_compact_sync_and_verify, NULL},
        {"sync_wal_without_a_wal_is_refused", sync_wal_without_a_wal_is_refused, NULL},
        {"two_backends_live_side_by_side", two_backends_live_side_by_side, NULL},
    };
    return run_tests(tests, COUNT_OF(tests), argc, argv);
}
