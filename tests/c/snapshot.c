/* Snapshots: one consistent read view over all families, whatever is written, flushed, compacted or dropped afterwards. */
#include "two_families.h"

static uint64_t sequence_of(const fsb_snapshot *snapshot) {
    uint64_t sequence = 0;
    CHECK_OK(fsb_snapshot_sequence(snapshot, &sequence, &test_error));
    return sequence;
}

static void a_snapshot_sees_nothing_later(void) {
    set_up();
    put(first, "kept", "old");
    put(second, "deleted", "old");
    fsb_snapshot *snapshot = snapshot_of(backend);
    put(first, "kept", "new");
    put(first, "added", "new");
    delete_key(second, "deleted");
    CHECK_OK(fsb_backend_flush(backend, &test_error));
    CHECK_OK(fsb_column_family_compact(first, NULL, 0, NULL, 0, &test_error));
    CHECK_OK(fsb_column_family_compact(second, NULL, 0, NULL, 0, &test_error));
    CHECK_TEXT(get_at(first, snapshot, "kept"), "old");
    CHECK(get_at(first, snapshot, "added") == NULL);
    CHECK_TEXT(get_at(second, snapshot, "deleted"), "old");
    CHECK_OK(fsb_snapshot_free(snapshot));
    CHECK_ROW(first, "kept", "new");
    check_absent(second, "deleted");
    tear_down();
}

static void every_form_of_read_takes_a_snapshot(void) {
    set_up();
    put(first, "key", "old");
    fsb_snapshot *snapshot = snapshot_of(backend);
    delete_key(first, "key");
    fsb_buffer *owned = NULL;
    fsb_view *view = NULL;
    const uint8_t *data = NULL;
    size_t length = 0;
    uint8_t present = 0;
    CHECK_OK(fsb_column_family_get_owned(first, snapshot, bytes("key"), 3, &owned, &test_error));
    CHECK_TEXT(take_text(owned), "old");
    CHECK_OK(fsb_column_family_get_view(first, snapshot, bytes("key"), 3, &view, &test_error));
    CHECK_OK(fsb_view_data(view, &data, &length));
    CHECK_BYTES(data, length, "old", 3);
    CHECK_OK(fsb_view_free(view));
    CHECK_OK(fsb_column_family_contains(first, snapshot, bytes("key"), 3, &present, &test_error));
    CHECK_U64(present, 1);
    CHECK_OK(fsb_column_family_contains(first, NULL, bytes("key"), 3, &present, &test_error));
    CHECK_U64(present, 0);
    CHECK_OK(fsb_snapshot_free(snapshot));
    tear_down();
}

static void sequences_grow_by_the_rows_written(void) {
    set_up();
    fsb_snapshot *before = snapshot_of(backend);
    put(first, "a", "1");
    put(second, "a", "1");
    fsb_snapshot *after = snapshot_of(backend), *same = snapshot_of(backend);
    CHECK_U64(sequence_of(after), sequence_of(before) + 2);
    CHECK_U64(sequence_of(same), sequence_of(after));
    CHECK_OK(fsb_snapshot_free(before));
    CHECK_OK(fsb_snapshot_free(after));
    CHECK_OK(fsb_snapshot_free(same));
    tear_down();
}

static void a_snapshot_of_another_backend_is_refused(void) {
    set_up();
    fsb_backend *other = open_at(path_of("other"), "");
    fsb_snapshot *foreign = snapshot_of(other);
    uint8_t present = 0;
    CHECK_REFUSED(fsb_column_family_contains(first, foreign, bytes("key"), 3, &present, &test_error), FSB_STATUS_INVALID_ARGUMENT,
                  "snapshot");
    CHECK_OK(fsb_snapshot_free(foreign));
    close_and_free(other);
    tear_down();
}

static void a_snapshot_outlives_the_handle_of_its_backend(void) {
    set_up();
    put(first, "key", "old");
    fsb_snapshot *snapshot = snapshot_of(backend);
    CHECK_OK(fsb_backend_free(backend));
    CHECK_TEXT(get_at(first, snapshot, "key"), "old");
    put(first, "key", "new");
    CHECK_TEXT(get_at(first, snapshot, "key"), "old");
    CHECK_OK(fsb_column_family_free(second));
    CHECK_OK(fsb_column_family_free(first));
    CHECK(sequence_of(snapshot) > 0);
    CHECK_OK(fsb_snapshot_free(snapshot));
    backend = open_small();
    close_and_free(backend);
}

static void a_thousand_snapshots_live_side_by_side(void) {
    fsb_snapshot *snapshots[1000];
    char text[16];
    set_up();
    for (int at = 0; at < 1000; at++) {
        snprintf(text, sizeof text, "%d", at);
        put(first, "key", text);
        snapshots[at] = snapshot_of(backend);
    }
    for (int at = 999; at >= 0; at -= 37) {
        snprintf(text, sizeof text, "%d", at);
        CHECK_TEXT(get_at(first, snapshots[at], "key"), text);
    }
    for (int at = 0; at < 1000; at++) CHECK_OK(fsb_snapshot_free(snapshots[at]));
    tear_down();
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"a_snapshot_sees_nothing_later", a_snapshot_sees_nothing_later, NULL},
        {"every_form_of_read_takes_a_snapshot", every_form_of_read_takes_a_snapshot, NULL},
        {"sequences_grow_by_the_rows_written", sequences_grow_by_the_rows_written, NULL},
        {"a_snapshot_of_another_backend_is_refused", a_snapshot_of_another_backend_is_refused, NULL},
        {"a_snapshot_outlives_the_handle_of_its_backend", a_snapshot_outlives_the_handle_of_its_backend, NULL},
        {"a_thousand_snapshots_live_side_by_side", a_thousand_snapshots_live_side_by_side, NULL},
    };
    return run_tests(tests, COUNT_OF(tests), argc, argv);
}
