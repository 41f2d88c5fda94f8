/* Map state: entries by map key, null values, all or nothing, maps cleared whole whatever their size. */
#include "keyed_modes.h"

#define MAP "{\"name\":\"map\",\"kind\":\"map\"}"

static fsb_state *state;

static void set_up(void) {
    open_mode();
    state = open_state(opened.keyed, MAP);
    set_key(opened.keyed, "key");
}

static void tear_down(void) {
    CHECK_OK(fsb_state_free(state));
    close_mode();
}

static void reopen(void) {
    state = reopen_with(state, MAP);
    set_key(opened.keyed, "key");
}

static void put_get_contains_remove(void) {
    set_up();
    CHECK(is_empty(state) && !map_contains(state, "a"));
    CHECK_TEXT(map_value(state, "a"), "(absent)");
    map_put(state, "b", "2");
    map_put(state, "a", "1");
    map_put(state, "b", "two");
    CHECK(!is_empty(state) && map_contains(state, "a") && !map_contains(state, "c"));
    CHECK_TEXT(map_value(state, "b"), "two");
    CHECK_TEXT(entries_of(state), "a=1;b=two;");
    map_remove(state, "b");
    map_remove(state, "never there");
    CHECK(!map_contains(state, "b"));
    reopen();
    CHECK_TEXT(entries_of(state), "a=1;");
    map_remove(state, "a");
    CHECK(is_empty(state));
    CHECK_TEXT(entries_of(state), "");
    tear_down();
}

/* A null value, an empty value and no entry are three things; an empty map key is a key. */
static void null_and_empty_are_kept_apart(void) {
    set_up();
    map_put(state, "null", NULL);
    map_put(state, "empty", "");
    map_put(state, "", "of the empty key");
    for (int round = 0; round < 2; round++) {
        CHECK_TEXT(map_value(state, "null"), "(null)");
        CHECK_TEXT(map_value(state, "empty"), "");
        CHECK_TEXT(map_value(state, ""), "of the empty key");
        CHECK(map_contains(state, "null") && map_contains(state, "empty") && map_contains(state, ""));
        CHECK_TEXT(entries_of(state), "=of the empty key;empty=;null!;");
        if (round == 0) reopen();
    }
    map_put(state, "null", "a value");
    map_put(state, "empty", NULL);
    CHECK_TEXT(entries_of(state), "=of the empty key;empty!;null=a value;");
    map_remove(state, "empty");
    map_remove(state, "");
    CHECK_TEXT(map_value(state, "empty"), "(absent)");
    CHECK_TEXT(entries_of(state), "null=a value;");
    tear_down();
}

static void a_short_buffer_is_left_alone(void) {
    uint8_t buffer[8] = "untouch", null = 7;
    size_t length = 99;
    set_up();
    map_put(state, "a", "1234");
    map_put(state, "n", NULL);
    for (size_t capacity = 0; capacity < 4; capacity++) {
        fsb_status status = fsb_state_map_get(state, bytes("a"), 1, buffer, capacity, &length, &null, &test_error);
        CHECK_ANSWER(status, FSB_STATUS_BUFFER_TOO_SMALL);
        CHECK(length == 4 && null == 7);
        CHECK_TEXT((const char *)buffer, "untouch");
    }
    CHECK_OK(fsb_state_map_get(state, bytes("a"), 1, buffer, 4, &length, &null, &test_error));
    CHECK(length == 4 && null == 0);
    CHECK_OK(fsb_state_map_get(state, bytes("n"), 1, NULL, 0, &length, &null, &test_error));
    CHECK(length == 0 && null == 1);
    length = 99, null = 7;
    CHECK_ANSWER(fsb_state_map_get(state, bytes("x"), 1, buffer, 8, &length, &null, &test_error), FSB_STATUS_NOT_FOUND);
    CHECK(length == 99 && null == 7);
    tear_down();
}

/* Entries of one call are there together; of two with one key the last counts. */
static void many_entries_come_in_one_call(void) {
    set_up();
    map_put(state, "b", "before");
    map_put_all(state, "a=1;b=2;c!;a=3;=4;");
    CHECK_TEXT(entries_of(state), "=4;a=3;b=2;c!;");
    CHECK_TEXT(map_value(state, "b"), "2");
    CHECK_OK(fsb_state_map_put_all(state, NULL, 0, &test_error));
    reopen();
    CHECK_TEXT(entries_of(state), "=4;a=3;b=2;c!;");
    tear_down();
}

/* The last entry is over the limit: none is written. */
static void one_entry_too_large_refuses_all(void) {
    packed entries = packed_entries("b=2;");
    const size_t over = FSB_MAX_VALUE_BYTES + 1;
    uint8_t *value = calloc(1, over);
    CHECK(value != NULL);
    packed_u32(&entries, 1);
    packed_u32(&entries, (uint32_t)over);
    packed_bytes(&entries, "a", 1);
    packed_bytes(&entries, value, over);
    free(value);
    set_up();
    map_put(state, "a", "1");
    CHECK_REFUSED(fsb_state_map_put_all(state, entries.data, entries.length, &test_error), FSB_STATUS_LIMIT_EXCEEDED, "value");
    CHECK_TEXT(entries_of(state), "a=1;");
    packed_free(&entries);
    tear_down();
}

/* Neighbours in every way: keys, namespaces and states that are prefixes of one another. */
static void clearing_one_map_leaves_the_others(void) {
    static const char *const parts[] = {"", "k", "ke", "key", "kez"};
    set_up();
    fsb_state *other = open_state(opened.keyed, "{\"name\":\"ma\",\"kind\":\"map\"}");
    for (size_t key = 0; key < COUNT_OF(parts); key++) {
        for (size_t name_space = 0; name_space < COUNT_OF(parts); name_space++) {
            set_key_and_namespace(opened.keyed, parts[key], parts[name_space]);
            map_put_all(state, "=e;a=1;");
            map_put(other, "a", "other");
        }
    }
    drain(opened.keyed);
    set_key_and_namespace(opened.keyed, "ke", "key");
    map_put(state, "only in the cache", "1");
    clear_state(state);
    for (size_t key = 0; key < COUNT_OF(parts); key++) {
        for (size_t name_space = 0; name_space < COUNT_OF(parts); name_space++) {
            set_key_and_namespace(opened.keyed, parts[key], parts[name_space]);
            CHECK_TEXT(entries_of(state), key == 2 && name_space == 3 ? "" : "=e;a=1;");
            CHECK_TEXT(map_value(other, "a"), "other");
        }
    }
    CHECK_OK(fsb_state_free(other));
    tear_down();
}

static void put_numbered(uint32_t from, uint32_t to) {
    packed entries = {NULL, 0, 0};
    for (uint32_t number = from; number < to; number++) {
        char key[16];
        packed_u32(&entries, (uint32_t)snprintf(key, sizeof key, "%08" PRIu32, number));
        packed_u32(&entries, sizeof number);
        packed_bytes(&entries, key, strlen(key));
        packed_bytes(&entries, &number, sizeof number);
    }
    CHECK_OK(fsb_state_map_put_all(state, entries.data, entries.length, &test_error));
    packed_free(&entries);
}

/* Walks over the whole map and returns the number of its entries, which are in order. */
static uint32_t count_numbered(void) {
    static uint8_t page[10000];
    size_t length = 0, rows = 1;
    uint32_t count = 0;
    char last[16] = "";
    fsb_state_scan *scan = open_scan(state, FSB_SCAN_ENTRIES, 0);
    while (rows != 0) {
        CHECK_OK(fsb_state_scan_next_page(scan, page, sizeof page, &length, &rows, &test_error));
        for (size_t at = 0; at < length; count++) {
            const page_row row = page_next(page, length, &at);
            CHECK(row.key_length == 8 && memcmp(last, row.key, 8) < 0);
            memcpy(last, row.key, 8);
        }
    }
    CHECK_OK(fsb_state_scan_free(scan));
    return count;
}

/* Small maps are cleared row by row, large ones with one range; what is put afterwards is there either way. */
static void a_map_of_any_size_is_cleared_whole(void) {
    static const uint32_t sizes[] = {1, 100, 5000, 30000};
    set_up();
    for (size_t at = 0; at < COUNT_OF(sizes); at++) {
        set_key(opened.keyed, "neighbour");
        put_numbered(0, 10);
        set_key(opened.keyed, "key");
        put_numbered(0, sizes[at]);
        CHECK_U64(count_numbered(), sizes[at]);
        if (at % 2 == 0) flush_and_compact();
        map_put(state, "00000000", "written again");
        clear_state(state);
        CHECK(is_empty(state) && !map_contains(state, "00000000"));
        put_numbered(5, 15);
        CHECK_U64(count_numbered(), 10);
        flush_and_compact();
        CHECK_U64(count_numbered(), 10);
        clear_state(state);
        reopen();
        CHECK_U64(count_numbered(), 0);
        set_key(opened.keyed, "neighbour");
        CHECK_U64(count_numbered(), 10);
    }
    tear_down();
}

enum { MAPS = 12, ENTRIES = 60 };

static uint32_t model[MAPS][ENTRIES]; /* operation number plus one; 0 where no entry is */

static const char *value_at(uint32_t operation) {
    static char value[64];
    snprintf(value, sizeof value, "%" PRIu32 "%s", operation, operation % 2 == 0 ? "" : " with a tail that makes it longer");
    return operation % 7 == 0 ? NULL : value;
}

static void choose_map(uint32_t map) {
    char key[16];
    snprintf(key, sizeof key, "%" PRIu32, map / 2);
    set_key_and_namespace(opened.keyed, key, map % 2 == 0 ? "" : "w");
}

static void operate(uint64_t *random, uint32_t operation) {
    const uint32_t map = random_below(random, MAPS), entry = random_below(random, ENTRIES), lot = random_below(random, 100);
    char key[16];
    choose_map(map);
    snprintf(key, sizeof key, "%03" PRIu32, entry);
    if (lot == 0) {
        clear_state(state);
        memset(model[map], 0, sizeof model[map]);
    } else if (lot < 25) {
        map_remove(state, key);
        model[map][entry] = 0;
    } else if (lot < 75) {
        map_put(state, key, value_at(operation));
        model[map][entry] = operation + 1;
    } else {
        CHECK(map_contains(state, key) == (model[map][entry] != 0));
    }
}

static void expect_model(void) {
    for (uint32_t map = 0; map < MAPS; map++) {
        static text expected;
        text_start(&expected);
        choose_map(map);
        for (uint32_t entry = 0; entry < ENTRIES; entry++) {
            char record[128];
            if (model[map][entry] == 0) continue;
            const char *value = value_at(model[map][entry] - 1);
            int length = snprintf(record, sizeof record, "%03" PRIu32 "%s%s;", entry, value == NULL ? "!" : "=", value == NULL ? "" : value);
            text_add(&expected, record, (size_t)length);
        }
        CHECK_TEXT(entries_of(state), expected.of);
        CHECK(is_empty(state) == (expected.length == 0));
    }
}

static void many_operations_agree_with_a_model(void) {
    uint64_t random = 5;
    set_up();
    for (uint32_t operation = 0; operation < 20000; operation++) {
        operate(&random, operation);
        if (operation % 5000 == 1000) flush_and_compact();
        if (operation % 2500 == 2000) expect_model();
        if (operation % 5000 == 4000) reopen();
    }
    expect_model();
    tear_down();
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"put_get_contains_remove", put_get_contains_remove, NULL},
        {"null_and_empty_are_kept_apart", null_and_empty_are_kept_apart, NULL},
        {"a_short_buffer_is_left_alone", a_short_buffer_is_left_alone, NULL},
        {"many_entries_come_in_one_call", many_entries_come_in_one_call, NULL},
        {"one_entry_too_large_refuses_all", one_entry_too_large_refuses_all, NULL},
        {"clearing_one_map_leaves_the_others", clearing_one_map_leaves_the_others, NULL},
        {"a_map_of_any_size_is_cleared_whole", a_map_of_any_size_is_cleared_whole, NULL},
        {"many_operations_agree_with_a_model", many_operations_agree_with_a_model, NULL},
    };
    return run_in_every_mode(tests, COUNT_OF(tests), argc, argv);
}
