/* Single rows: put, the three forms of get, delete, delete range, contains; empty, binary and large keys and values. */
#include "one_family.h"

static void put_get_overwrite_delete(void) {
    set_up();
    check_absent(family, "key");
    put(family, "key", "one");
    CHECK_ROW(family, "key", "one");
    put(family, "key", "two");
    CHECK_ROW(family, "key", "two");
    delete_key(family, "key");
    check_absent(family, "key");
    delete_key(family, "key");
    tear_down();
}

static void a_short_buffer_learns_the_needed_length(void) {
    set_up();
    put(family, "key", "twelve bytes");
    uint8_t value[16];
    size_t length = 0;
    memset(value, 0xEE, sizeof value);
    for (size_t capacity = 0; capacity < 12; capacity++) {
        length = 0;
        CHECK_ANSWER(fsb_column_family_get(family, NULL, bytes("key"), 3, capacity == 0 ? NULL : value, capacity, &length, &test_error),
                     FSB_STATUS_BUFFER_TOO_SMALL);
        CHECK_U64(length, 12);
        CHECK_U64(value[0], 0xEE);
    }
    CHECK_OK(fsb_column_family_get(family, NULL, bytes("key"), 3, value, 12, &length, &test_error));
    CHECK_BYTES(value, length, "twelve bytes", 12);
    CHECK_U64(value[12], 0xEE);
    tear_down();
}

static void an_owned_buffer_outlives_the_row_and_the_backend(void) {
    set_up();
    put(family, "key", "value");
    fsb_buffer *owned = NULL;
    CHECK_OK(fsb_column_family_get_owned(family, NULL, bytes("key"), 3, &owned, &test_error));
    put(family, "key", "other");
    tear_down();
    CHECK_TEXT(take_text(owned), "value");
}

static void a_view_stays_valid_while_its_row_changes(void) {
    set_up();
    put(family, "key", "value");
    CHECK_OK(fsb_backend_flush(backend, &test_error));
    fsb_view *view = NULL;
    const uint8_t *data = NULL;
    size_t length = 0;
    CHECK_OK(fsb_column_family_get_view(family, NULL, bytes("key"), 3, &view, &test_error));
    delete_key(family, "key");
    CHECK_OK(fsb_backend_flush(backend, &test_error));
    CHECK_OK(fsb_column_family_compact(family, NULL, 0, NULL, 0, &test_error));
    CHECK_OK(fsb_view_data(view, &data, &length));
    CHECK_BYTES(data, length, "value", 5);
    CHECK_OK(fsb_view_free(view));
    CHECK_ANSWER(fsb_column_family_get_view(family, NULL, bytes("key"), 3, &view, &test_error), FSB_STATUS_NOT_FOUND);
    tear_down();
}

static void check_contains_key(const char *key, size_t length, uint8_t expected) {
    uint8_t present = 9;
    CHECK_OK(fsb_column_family_contains(family, NULL, bytes(key), length, &present, &test_error));
    CHECK_U64(present, expected);
}

static void contains_answers_zero_or_one(void) {
    set_up();
    put(family, "key", "");
    check_contains_key("key", 3, 1);
    check_contains_key("ke", 2, 0);
    CHECK_OK(fsb_backend_flush(backend, &test_error));
    check_contains_key("key", 3, 1);
    check_contains_key("kez", 3, 0);
    tear_down();
}

static void empty_keys_and_values_are_rows(void) {
    set_up();
    uint8_t room[4];
    size_t length = 99;
    check_contains_key("", 0, 0);
    CHECK_OK(fsb_column_family_put(family, NULL, 0, NULL, 0, &test_error));
    check_contains_key("", 0, 1);
    CHECK_OK(fsb_column_family_get(family, NULL, NULL, 0, NULL, 0, &length, &test_error));
    CHECK_U64(length, 0);
    CHECK_OK(fsb_column_family_put(family, NULL, 0, bytes("x"), 1, &test_error));
    CHECK_OK(fsb_column_family_get(family, NULL, bytes(""), 0, room, sizeof room, &length, &test_error));
    CHECK_BYTES(room, length, "x", 1);
    fsb_buffer *owned = NULL;
    put(family, "empty", "");
    CHECK_OK(fsb_column_family_get_owned(family, NULL, bytes("empty"), 5, &owned, &test_error));
    CHECK_TEXT(take_text(owned), "");
    tear_down();
}

/* Every byte value in keys and values, also NUL, in every position of a short key. */
static void binary_keys_and_values_keep_every_byte(void) {
    set_up();
    for (unsigned byte = 0; byte < 256; byte++) {
        const uint8_t key[3] = {(uint8_t)byte, 0, (uint8_t)(255 - byte)}, value[4] = {0, (uint8_t)byte, 0, 255};
        CHECK_OK(fsb_column_family_put(family, key, sizeof key, value, sizeof value, &test_error));
    }
    CHECK_OK(fsb_backend_flush(backend, &test_error));
    for (unsigned byte = 0; byte < 256; byte++) {
        const uint8_t key[3] = {(uint8_t)byte, 0, (uint8_t)(255 - byte)}, value[4] = {0, (uint8_t)byte, 0, 255};
        uint8_t found[8];
        size_t length = 0;
        CHECK_OK(fsb_column_family_get(family, NULL, key, sizeof key, found, sizeof found, &length, &test_error));
        CHECK_BYTES(found, length, value, sizeof value);
    }
    tear_down();
}

static void values_of_all_sizes_come_back_from_memory_and_from_disk(void) {
    static const size_t sizes[] = {1, 7, 127, 128, 4095, 4096, 65536, 1u << 20, 9u << 20};
    set_up();
    uint8_t *value = (uint8_t *)malloc(9u << 20), *found = (uint8_t *)malloc(9u << 20);
    CHECK(value != NULL && found != NULL);
    for (size_t at = 0; at < 9u << 20; at++) value[at] = (uint8_t)(at * 2654435761u >> 24);
    for (size_t at = 0; at < COUNT_OF(sizes); at++)
        CHECK_OK(fsb_column_family_put(family, (const uint8_t *)&sizes[at], sizeof sizes[at], value, sizes[at], &test_error));
    for (int flushed = 0; flushed < 2; flushed++) {
        for (size_t at = 0; at < COUNT_OF(sizes); at++) {
            size_t length = 0;
            CHECK_OK(fsb_column_family_get(family, NULL, (const uint8_t *)&sizes[at], sizeof sizes[at], found, 9u << 20, &length,
                                           &test_error));
            CHECK_BYTES(found, length, value, sizes[at]);
        }
        CHECK_OK(fsb_column_family_flush(family, &test_error));
    }
    free(value);
    free(found);
    tear_down();
}

static void delete_range(const char *begin, const char *end) {
    CHECK_OK(fsb_column_family_delete_range(family, bytes(begin), strlen(begin), bytes(end), strlen(end), &test_error));
}

static void delete_range_ends_before_its_end(void) {
    set_up();
    for (const char *letter = "abcdef"; *letter != '\0'; letter++) put(family, (char[]){*letter, '\0'}, "row");
    delete_range("b", "e");
    CHECK_ROW(family, "a", "row");
    check_absent(family, "b");
    check_absent(family, "c");
    check_absent(family, "d");
    CHECK_ROW(family, "e", "row");
    delete_range("x", "x");
    put(family, "c", "again");
    CHECK_ROW(family, "c", "again");
    CHECK_ROW(family, "f", "row");
    tear_down();
}

static void delete_range_with_its_ends_crossed_is_refused(void) {
    set_up();
    put(family, "m", "row");
    CHECK_REFUSED(fsb_column_family_delete_range(family, bytes("z"), 1, bytes("a"), 1, &test_error), FSB_STATUS_INVALID_ARGUMENT, "end");
    CHECK_ROW(family, "m", "row");
    tear_down();
}

static void families_keep_equal_keys_apart(void) {
    set_up();
    fsb_column_family *other = create_family(backend, "other", NULL);
    put(family, "key", "default's");
    check_absent(other, "key");
    put(other, "key", "other's");
    CHECK_ROW(family, "key", "default's");
    delete_key(family, "key");
    CHECK_ROW(other, "key", "other's");
    CHECK_OK(fsb_column_family_free(other));
    tear_down();
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"put_get_overwrite_delete", put_get_overwrite_delete, NULL},
        {"a_short_buffer_learns_the_needed_length", a_short_buffer_learns_the_needed_length, NULL},
        {"an_owned_buffer_outlives_the_row_and_the_backend", an_owned_buffer_outlives_the_row_and_the_backend, NULL},
        {"a_view_stays_valid_while_its_row_changes", a_view_stays_valid_while_its_row_changes, NULL},
        {"contains_answers_zero_or_one", contains_answers_zero_or_one, NULL},
        {"empty_keys_and_values_are_rows", empty_keys_and_values_are_rows, NULL},
        {"binary_keys_and_values_keep_every_byte", binary_keys_and_values_keep_every_byte, NULL},
        {"values_of_all_sizes_come_back_from_memory_and_from_disk", values_of_all_sizes_come_back_from_memory_and_from_disk, NULL},
        {"delete_range_ends_before_its_end", delete_range_ends_before_its_end, NULL},
        {"delete_range_with_its_ends_crossed_is_refused", delete_range_with_its_ends_crossed_is_refused, NULL},
        {"families_keep_equal_keys_apart", families_keep_equal_keys_apart, NULL},
    };
    return run_tests(tests, COUNT_OF(tests), argc, argv);
}
