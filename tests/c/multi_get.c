/* Multi-get: many keys in one call, the answers in the order of the keys. */
#include "one_family.h"

static uint8_t answer[1 << 20];
static size_t answer_length;

static fsb_status try_multi_get(const fsb_snapshot *snapshot, const packed *keys, size_t capacity) {
    return fsb_column_family_multi_get(family, snapshot, keys->data, keys->length, answer, capacity, &answer_length, &test_error);
}

/* Reads the answer at `*at`, which moves past it; NULL expects an absent key. */
static void check_next(size_t *at, const char *expected) {
    CHECK(*at + 4 <= answer_length);
    uint32_t length = read_u32(answer + *at);
    *at += 4;
    if (expected == NULL) {
        CHECK_U64(length, FSB_ABSENT);
        return;
    }
    CHECK(length != FSB_ABSENT && *at + length <= answer_length);
    CHECK_BYTES(answer + *at, length, expected, strlen(expected));
    *at += length;
}

static packed three_keys(void) {
    packed keys = {NULL, 0, 0};
    packed_key(&keys, "b");
    packed_key(&keys, "none");
    packed_key(&keys, "a");
    return keys;
}

static void answers_come_in_the_order_of_the_keys(void) {
    set_up();
    put(family, "a", "one");
    CHECK_OK(fsb_backend_flush(backend, &test_error));
    put(family, "b", "");
    packed keys = three_keys();
    packed_key(&keys, "a");
    CHECK_OK(try_multi_get(NULL, &keys, sizeof answer));
    size_t at = 0;
    check_next(&at, "");
    check_next(&at, NULL);
    check_next(&at, "one");
    check_next(&at, "one");
    CHECK_U64(at, answer_length);
    packed_free(&keys);
    tear_down();
}

static void no_keys_give_an_empty_answer(void) {
    set_up();
    packed keys = {NULL, 0, 0};
    answer_length = 99;
    CHECK_OK(try_multi_get(NULL, &keys, sizeof answer));
    CHECK_U64(answer_length, 0);
    tear_down();
}

static void a_short_buffer_learns_the_needed_length(void) {
    set_up();
    put(family, "a", "value");
    packed keys = three_keys();
    const size_t needed = 3 * 4 + 5;
    for (size_t capacity = 0; capacity < needed; capacity++) {
        answer_length = 0;
        CHECK_ANSWER(try_multi_get(NULL, &keys, capacity), FSB_STATUS_BUFFER_TOO_SMALL);
        CHECK_U64(answer_length, needed);
    }
    CHECK_OK(try_multi_get(NULL, &keys, needed));
    CHECK_U64(answer_length, needed);
    packed_free(&keys);
    tear_down();
}

static void a_snapshot_serves_its_own_values(void) {
    set_up();
    put(family, "a", "old");
    fsb_snapshot *snapshot = snapshot_of(backend);
    put(family, "a", "new");
    put(family, "b", "new");
    packed keys = three_keys();
    size_t at = 0;
    CHECK_OK(try_multi_get(snapshot, &keys, sizeof answer));
    check_next(&at, NULL);
    check_next(&at, NULL);
    check_next(&at, "old");
    packed_free(&keys);
    CHECK_OK(fsb_snapshot_free(snapshot));
    tear_down();
}

static void ten_thousand_keys_in_one_call(void) {
    set_up();
    packed keys = {NULL, 0, 0};
    char text[32];
    for (int row = 0; row < 10000; row++) {
        snprintf(text, sizeof text, "row-%d", row);
        if (row % 3 != 0) put(family, text, text);
        if (row == 5000) CHECK_OK(fsb_backend_flush(backend, &test_error));
        packed_key(&keys, text);
    }
    CHECK_OK(try_multi_get(NULL, &keys, sizeof answer));
    size_t at = 0;
    for (int row = 0; row < 10000; row++) {
        snprintf(text, sizeof text, "row-%d", row);
        check_next(&at, row % 3 != 0 ? text : NULL);
    }
    CHECK_U64(at, answer_length);
    packed_free(&keys);
    tear_down();
}

static void malformed_keys_are_refused(void) {
    set_up();
    packed keys = three_keys();
    const size_t ends[] = {5, 13};
    for (size_t length = 1; length < keys.length; length++) {
        packed cut = {keys.data, length, 0};
        if (length == ends[0] || length == ends[1]) CHECK_OK(try_multi_get(NULL, &cut, sizeof answer));
        else CHECK_REFUSED(try_multi_get(NULL, &cut, sizeof answer), FSB_STATUS_INVALID_ARGUMENT, "key");
    }
    memset(keys.data, 0xFF, 4);
    fsb_status status = try_multi_get(NULL, &keys, sizeof answer);
    CHECK(status == FSB_STATUS_INVALID_ARGUMENT || status == FSB_STATUS_LIMIT_EXCEEDED);
    test_error_drop();
    packed_free(&keys);
    tear_down();
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"answers_come_in_the_order_of_the_keys", answers_come_in_the_order_of_the_keys, NULL},
        {"no_keys_give_an_empty_answer", no_keys_give_an_empty_answer, NULL},
        {"a_short_buffer_learns_the_needed_length", a_short_buffer_learns_the_needed_length, NULL},
        {"a_snapshot_serves_its_own_values", a_snapshot_serves_its_own_values, NULL},
        {"ten_thousand_keys_in_one_call", ten_thousand_keys_in_one_call, NULL},
        {"malformed_keys_are_refused", malformed_keys_are_refused, NULL},
    };
    return run_tests(tests, COUNT_OF(tests), argc, argv);
}
