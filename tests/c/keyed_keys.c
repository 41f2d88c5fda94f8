/* Row keys: whatever bytes keys, namespaces and map keys have, no two of their combinations share a row, and their order is kept. */
#include "keyed_modes.h"

#define MAP "{\"name\":\"map\",\"kind\":\"map\"}"
#define MOST 12

typedef struct part {
    uint8_t bytes[MOST];
    size_t length;
} part;

/* Key, namespace and map key, and what the entry holds. */
typedef struct entry {
    part parts[3];
    uint32_t value;
} entry;

static fsb_state *map;

static void set_up(void) {
    open_mode();
    map = open_state(opened.keyed, MAP);
}

static void tear_down(void) {
    CHECK_OK(fsb_state_free(map));
    close_mode();
}

static int compare_parts(const part *left, const part *right) {
    const size_t shorter = left->length < right->length ? left->length : right->length;
    const int bytes_differ = memcmp(left->bytes, right->bytes, shorter);
    return bytes_differ != 0 ? bytes_differ : (left->length > right->length) - (left->length < right->length);
}

static int compare_entries(const void *left, const void *right) {
    for (int at = 0; at < 3; at++) {
        const int differ = compare_parts(&((const entry *)left)->parts[at], &((const entry *)right)->parts[at]);
        if (differ != 0) return differ;
    }
    return 0;
}

/* Makes the key and namespace of an entry current, all of them in one key group, so that rows lie in the order of the parts. */
static void choose(const entry *one) {
    static const int32_t hash = 7;
    CHECK_OK(fsb_keyed_backend_set_current_key(opened.keyed, one->parts[0].bytes, one->parts[0].length, &hash, &test_error));
    CHECK_OK(fsb_keyed_backend_set_namespace(opened.keyed, one->parts[1].bytes, one->parts[1].length, &test_error));
}

static void put_entry(const entry *one) {
    choose(one);
    CHECK_OK(fsb_state_map_put(map, one->parts[2].bytes, one->parts[2].length, (const uint8_t *)&one->value, sizeof one->value, 0,
                               &test_error));
}

static void expect_entry(const entry *one) {
    uint32_t value = 0;
    uint8_t null = 1;
    size_t length = 0;
    choose(one);
    CHECK_OK(fsb_state_map_get(map, one->parts[2].bytes, one->parts[2].length, (uint8_t *)&value, sizeof value, &length, &null, &test_error));
    CHECK(length == sizeof value && null == 0);
    CHECK_U64(value, one->value);
}

static int has_entry(const entry *one) {
    uint8_t contains = 2;
    choose(one);
    CHECK_OK(fsb_state_map_contains(map, one->parts[2].bytes, one->parts[2].length, &contains, &test_error));
    return contains;
}

/* Rows of the family that has them, which is more than the library says of itself. */
static size_t count_rows(void) {
    static uint8_t page[1 << 16];
    size_t length = 0, rows = 1, count = 0;
    fsb_column_family *family = family_of(opened.backend, "user_state");
    fsb_iterator *iterator = NULL;
    CHECK_OK(fsb_column_family_iterator(family, NULL, &iterator, &test_error));
    for (; rows != 0; count += rows) CHECK_OK(fsb_iterator_next_page(iterator, page, sizeof page, &length, &rows, &test_error));
    CHECK_OK(fsb_iterator_free(iterator));
    CHECK_OK(fsb_column_family_free(family));
    return count;
}

/* Bytes that matter to an escape more often than others. */
static part random_part(uint64_t *random) {
    static const uint8_t tricky[] = {0x00, 0xFF, 0x01, 0xFE, 'a'};
    part drawn;
    memset(&drawn, 0, sizeof drawn);
    drawn.length = random_below(random, random_below(random, MOST) + 1);
    for (size_t at = 0; at < drawn.length; at++) {
        const uint32_t lot = random_below(random, 8);
        drawn.bytes[at] = lot < COUNT_OF(tricky) ? tricky[lot] : (uint8_t)random_below(random, 256);
    }
    return drawn;
}

/* Sorts entries, drops all but one of those that are the same, numbers them, and returns how many are left. */
static size_t distinct(entry *entries, size_t count) {
    size_t kept = 0;
    qsort(entries, count, sizeof *entries, compare_entries);
    for (size_t at = 0; at < count; at++)
        if (kept == 0 || compare_entries(&entries[kept - 1], &entries[at]) != 0) entries[kept++] = entries[at];
    for (size_t at = 0; at < kept; at++) entries[at].value = (uint32_t)at;
    return kept;
}

/* Writes the entries from both ends, so that none is in order, and expects each to have a row of its own. */
static void write_and_expect(const entry *entries, size_t count) {
    for (size_t at = 0; at < count; at++) put_entry(&entries[at % 2 == 0 ? at / 2 : count - 1 - at / 2]);
    for (size_t at = 0; at < count; at++) expect_entry(&entries[at]);
    CHECK_U64(count_rows(), count);
    flush_and_compact();
    map = reopen_with(map, MAP);
    for (size_t at = 0; at < count; at++) expect_entry(&entries[at]);
    CHECK_U64(count_rows(), count);
}

/* Compares the page's rows with the parts of entries from `*next` on, skipping entries whose first `given` parts repeat. */
static void expect_page(const uint8_t *page, size_t length, const entry *entries, size_t count, size_t *next) {
    for (size_t at = 0; at < length;) {
        const page_row row = page_next(page, length, &at);
        CHECK(*next < count);
        const entry *expected = &entries[*next];
        CHECK_BYTES(row.key, row.key_length, expected->parts[0].bytes, expected->parts[0].length);
        CHECK_BYTES(row.value, row.value_length, expected->parts[1].bytes, expected->parts[1].length);
        while (*next < count && compare_parts(&entries[*next].parts[0], &expected->parts[0]) == 0 &&
               compare_parts(&entries[*next].parts[1], &expected->parts[1]) == 0)
            (*next)++;
    }
}

/* The walk over keys and namespaces hands out the bytes that were put in, in their order, each pair once. */
static void expect_keys_in_order(const entry *entries, size_t count) {
    uint8_t page[512];
    size_t length = 0, rows = 1, next = 0;
    fsb_state_scan *scan = open_scan(map, FSB_SCAN_KEYS_AND_NAMESPACES, 0);
    while (rows != 0) {
        CHECK_OK(fsb_state_scan_next_page(scan, page, sizeof page, &length, &rows, &test_error));
        expect_page(page, length, entries, count, &next);
    }
    CHECK_U64(next, count);
    CHECK_OK(fsb_state_scan_free(scan));
}

/* The walk over each map hands out its map keys in their order and nothing of the maps beside it. */
static void expect_maps_in_order(const entry *entries, size_t count) {
    uint8_t page[512];
    for (size_t next = 0; next < count;) {
        size_t length = 0, rows = 1;
        const entry *first = &entries[next];
        choose(first);
        fsb_state_scan *scan = open_scan(map, FSB_SCAN_ENTRIES, 1);
        while (rows != 0) {
            CHECK_OK(fsb_state_scan_next_page(scan, page, sizeof page, &length, &rows, &test_error));
            for (size_t at = 0; at < length; next++) {
                const page_row row = page_next(page, length, &at);
                CHECK(next < count && compare_parts(&entries[next].parts[0], &first->parts[0]) == 0);
                CHECK_BYTES(row.key, row.key_length, entries[next].parts[2].bytes, entries[next].parts[2].length);
                CHECK_BYTES(row.value, row.value_length, &entries[next].value, sizeof entries[next].value);
            }
        }
        CHECK_OK(fsb_state_scan_free(scan));
        CHECK(next == count || compare_parts(&entries[next].parts[0], &first->parts[0]) != 0 ||
              compare_parts(&entries[next].parts[1], &first->parts[1]) != 0);
    }
}

enum { DRAWN = 4000 };

static void random_bytes_have_rows_of_their_own(void) {
    static entry entries[DRAWN];
    uint64_t random = 20131123;
    for (size_t at = 0; at < DRAWN; at++)
        for (int which = 0; which < 3; which++) entries[at].parts[which] = random_part(&random);
    const size_t count = distinct(entries, DRAWN);
    CHECK(count > DRAWN / 2);
    set_up();
    write_and_expect(entries, count);
    expect_keys_in_order(entries, count);
    expect_maps_in_order(entries, count);
    tear_down();
}

/* All strings of up to two of these bytes, as key, namespace and map key: empty ones and prefixes of one another among them. */
static size_t all_short_entries(entry *entries) {
    static const uint8_t letters[] = {0x00, 0x01, 0xFF};
    part parts[13];
    size_t strings = 0, count = 0;
    memset(parts, 0, sizeof parts);
    strings++;
    for (size_t from = 0; from < 4; from++) {
        for (size_t letter = 0; letter < COUNT_OF(letters); letter++, strings++) {
            parts[strings] = parts[from];
            parts[strings].bytes[parts[strings].length++] = letters[letter];
        }
    }
    CHECK_U64(strings, COUNT_OF(parts));
    for (size_t key = 0; key < strings; key++)
        for (size_t name_space = 0; name_space < strings; name_space++)
            for (size_t map_key = 0; map_key < strings; map_key++)
                entries[count++] = (entry){{parts[key], parts[name_space], parts[map_key]}, 0};
    return count;
}

enum { SHORT = 13 * 13 * 13 };

static void prefixes_and_empty_parts_have_rows_of_their_own(void) {
    static entry entries[SHORT];
    CHECK_U64(all_short_entries(entries), SHORT);
    CHECK_U64(distinct(entries, SHORT), SHORT);
    set_up();
    write_and_expect(entries, SHORT);
    expect_keys_in_order(entries, SHORT);
    expect_maps_in_order(entries, SHORT);
    tear_down();
}

/* Clears the map of every seventh pair of key and namespace: exactly its entries go. */
static void clearing_a_map_takes_no_other_along(void) {
    static entry entries[SHORT];
    all_short_entries(entries);
    distinct(entries, SHORT);
    set_up();
    for (size_t at = 0; at < SHORT; at++) put_entry(&entries[at]);
    for (size_t pair = 0; pair < SHORT; pair += 7 * 13) {
        choose(&entries[pair]);
        clear_state(map);
    }
    for (size_t at = 0; at < SHORT; at++) CHECK(has_entry(&entries[at]) == (at / 13 % 7 != 0));
    flush_and_compact();
    CHECK_U64(count_rows(), SHORT - 13 * ((SHORT / 13 + 6) / 7));
    tear_down();
}

/* Two states of all kinds with the same keys: what one has is never the other's. */
static void states_have_rows_of_their_own(void) {
    set_up();
    char descriptor[64];
    fsb_state *others[40];
    for (size_t at = 0; at < COUNT_OF(others); at++) {
        snprintf(descriptor, sizeof descriptor, "{\"name\":\"%zu\",\"kind\":\"%s\"}", at, at % 2 == 0 ? "value" : "map");
        others[at] = open_state(opened.keyed, descriptor);
        set_key(opened.keyed, "");
        if (at % 2 == 0) put_value(others[at], descriptor);
        else map_put(others[at], "", descriptor);
    }
    CHECK(is_empty(map));
    CHECK_U64(count_rows(), COUNT_OF(others));
    for (size_t at = 0; at < COUNT_OF(others); at++) {
        snprintf(descriptor, sizeof descriptor, "{\"name\":\"%zu\",\"kind\":\"%s\"}", at, at % 2 == 0 ? "value" : "map");
        CHECK_TEXT(at % 2 == 0 ? value_of(others[at]) : map_value(others[at], ""), descriptor);
        clear_state(others[at]);
        CHECK_U64(count_rows(), COUNT_OF(others) - at - 1);
        CHECK_OK(fsb_state_free(others[at]));
    }
    tear_down();
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"random_bytes_have_rows_of_their_own", random_bytes_have_rows_of_their_own, NULL},
        {"prefixes_and_empty_parts_have_rows_of_their_own", prefixes_and_empty_parts_have_rows_of_their_own, NULL},
        {"clearing_a_map_takes_no_other_along", clearing_a_map_takes_no_other_along, NULL},
        {"states_have_rows_of_their_own", states_have_rows_of_their_own, NULL},
    };
    return run_in_every_mode(tests, COUNT_OF(tests), argc, argv);
}
