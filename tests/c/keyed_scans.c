/* Walks over map entries, list elements and keys: pages, views as of their beginning, strict walks, and changes made through them. */
#include "keyed_modes.h"

#define MAP "{\"name\":\"map\",\"kind\":\"map\"}"
#define LIST "{\"name\":\"list\",\"kind\":\"list\"}"
#define REFUSED(call, status, part) CHECK_REFUSED(call, FSB_STATUS_##status, part)

static fsb_state *map, *list;

static void set_up(void) {
    open_mode();
    map = open_state(opened.keyed, MAP);
    list = open_state(opened.keyed, LIST);
    set_key(opened.keyed, "key");
    map_put_all(map, "a=1;b!;c=;d=four;");
    add_elements(list, "x;y;;");
}

static void free_states(void) {
    CHECK_OK(fsb_state_free(map));
    CHECK_OK(fsb_state_free(list));
}

static void tear_down(void) {
    free_states();
    close_mode();
}

static void free_scan(fsb_state_scan *scan) { CHECK_OK(fsb_state_scan_free(scan)); }

static fsb_status next_page(fsb_state_scan *scan, size_t capacity, size_t *length, size_t *rows) {
    static uint8_t page[4096];
    return fsb_state_scan_next_page(scan, page, capacity, length, rows, &test_error);
}

static fsb_status try_next(fsb_state_scan *scan) {
    size_t length = 0, rows = 0;
    return next_page(scan, 4096, &length, &rows);
}

static fsb_status try_remove(fsb_state_scan *scan, const char *key) {
    return fsb_state_scan_remove(scan, bytes(key), strlen(key), &test_error);
}

static fsb_status try_replace(fsb_state_scan *scan, const char *key, const char *value) {
    const size_t length = value == NULL ? 0 : strlen(value);
    return fsb_state_scan_replace(scan, bytes(key), strlen(key), bytes(value), length, value == NULL, &test_error);
}

/* ---- pages ---- */

/* Whatever the buffer, asked again with the size that was told. */
static void pages_of_any_size_hold_the_same(void) {
    static const uint8_t kinds[] = {FSB_SCAN_ENTRIES, FSB_SCAN_KEYS, FSB_SCAN_KEYS_AND_NAMESPACES};
    static uint8_t page[128];
    static const char *const expected[] = {"a=1;b!;c=;d=four;", "key=;", "key=;"};
    set_up();
    for (size_t kind = 0; kind < COUNT_OF(kinds); kind++) {
        for (size_t capacity = 0; capacity < sizeof page; capacity++) {
            fsb_state_scan *scan = open_scan(map, kinds[kind], 0);
            static text found;
            size_t rows = 1;
            for (text_start(&found); rows != 0;) {
                size_t length = 0;
                fsb_status status = fsb_state_scan_next_page(scan, page, capacity, &length, &rows, &test_error);
                if (status == FSB_STATUS_BUFFER_TOO_SMALL) {
                    CHECK(length > capacity && length <= sizeof page);
                    status = fsb_state_scan_next_page(scan, page, length, &length, &rows, &test_error);
                }
                CHECK_OK(status);
                CHECK_U64(text_add_entries(&found, page, length), rows);
            }
            CHECK_TEXT(found.of, expected[kind]);
            free_scan(scan);
        }
    }
    tear_down();
}

static void a_walk_at_its_end_stays_there(void) {
    size_t length = 77, rows = 77;
    set_up();
    fsb_state_scan *scans[] = {open_scan(map, FSB_SCAN_ENTRIES, 1), open_scan(list, FSB_SCAN_ENTRIES, 1), open_scan(map, FSB_SCAN_KEYS, 0)};
    for (size_t at = 0; at < COUNT_OF(scans); at++) {
        rest_of_scan(scans[at], at == 1, 256);
        for (int round = 0; round < 3; round++) {
            CHECK_OK(next_page(scans[at], 256, &length, &rows));
            CHECK(length == 0 && rows == 0);
            CHECK_OK(next_page(scans[at], 0, &length, &rows));
        }
        free_scan(scans[at]);
    }
    set_key(opened.keyed, "nothing here");
    CHECK_TEXT(entries_of(map), "");
    CHECK_TEXT(scanned(list, FSB_SCAN_ENTRIES, 1), "");
    tear_down();
}

/* ---- as it was when the walk began ---- */

static void change_everything(void) {
    map_put(map, "a", "changed");
    map_put(map, "aa", "added");
    map_remove(map, "c");
    add_elements(list, "added;");
    flush_and_compact();
    clear_state(map);
    update_elements(list, "other;");
    map_put(map, "z", "last");
}

static void later_changes_are_not_seen(void) {
    set_up();
    fsb_state_scan *entries = open_scan(map, FSB_SCAN_ENTRIES, 0), *elements = open_scan(list, FSB_SCAN_ENTRIES, 0);
    change_everything();
    CHECK_TEXT(rest_of_scan(entries, 0, 40), "a=1;b!;c=;d=four;");
    CHECK_TEXT(rest_of_scan(elements, 1, 40), "x;y;;");
    CHECK_TEXT(entries_of(map), "z=last;");
    CHECK_TEXT(elements_of(list), "other;");
    free_scan(entries);
    free_scan(elements);
    tear_down();
}

/* Also half-way, and whichever key is current. */
static void a_walk_stays_with_its_key_and_namespace(void) {
    size_t length = 0, rows = 0;
    set_up();
    fsb_state_scan *scan = open_scan(map, FSB_SCAN_ENTRIES, 1);
    CHECK_OK(next_page(scan, 40, &length, &rows));
    CHECK(rows > 0 && rows < 4);
    set_key_and_namespace(opened.keyed, "other", "w");
    map_put(map, "a", "of another key");
    clear_state(map);
    CHECK_OK(fsb_keyed_backend_clear_current_key(opened.keyed, &test_error));
    CHECK_OK(try_replace(scan, "d", "through the walk"));
    const char *rest = rest_of_scan(scan, 0, 100);
    CHECK_TEXT(strchr(rest, 'd'), "d=four;");
    free_scan(scan);
    set_key_and_namespace(opened.keyed, "key", "");
    CHECK_TEXT(map_value(map, "d"), "through the walk");
    set_key_and_namespace(opened.keyed, "other", "w");
    CHECK(is_empty(map));
    tear_down();
}

static void a_walk_outlives_its_state(void) {
    set_up();
    fsb_state_scan *scan = open_scan(map, FSB_SCAN_ENTRIES, 1);
    free_states();
    CHECK_OK(fsb_keyed_backend_free(opened.keyed));
    CHECK_OK(fsb_backend_free(opened.backend));
    CHECK_OK(try_remove(scan, "a"));
    CHECK_TEXT(rest_of_scan(scan, 0, 100), "a=1;b!;c=;d=four;");
    free_scan(scan);
    open_mode();
    map = open_state(opened.keyed, MAP);
    set_key(opened.keyed, "key");
    CHECK_TEXT(entries_of(map), "b!;c=;d=four;");
    CHECK_OK(fsb_state_free(map));
    close_mode();
}

/* ---- strict walks ---- */

static void change_by_put(void) { map_put(map, "e", "5"); }
static void change_by_same_value(void) { map_put(map, "a", "1"); }
static void change_by_put_all(void) { map_put_all(map, "e=5;f=6;"); }
static void change_by_remove(void) { map_remove(map, "a"); }
static void change_by_clear(void) { clear_state(map); }
static void change_by_other_handle(void) {
    fsb_state *same = open_state(opened.keyed, MAP);
    map_put(same, "e", "5");
    CHECK_OK(fsb_state_free(same));
}
static void change_by_other_walk(void) {
    fsb_state_scan *other = open_scan(map, FSB_SCAN_ENTRIES, 0);
    CHECK_OK(try_replace(other, "a", "2"));
    free_scan(other);
}
static void change_by_add(void) { add_elements(list, "z;"); }
static void change_by_update(void) { update_elements(list, "z;"); }
static void change_by_empty_update(void) { update_elements(list, ""); }
static void change_by_list_clear(void) { clear_state(list); }
static void change_by_merge(void) {
    set_namespace(opened.keyed, "w");
    add_elements(list, "merged;");
    CHECK_OK(try_merge(list, "", "w;"));
    set_namespace(opened.keyed, "");
}
static void change_by_merge_elsewhere(void) { CHECK_OK(try_merge(list, "w", ";")); }

/* Every way to change the map or list makes the walk answer MODIFIED from then on; one that is not strict goes on as it began. */
static void a_strict_walk_ends_at_a_change(void) {
    static const struct {
        void (*change)(void);
        int of_list;
    } changes[] = {{change_by_put, 0},          {change_by_same_value, 0}, {change_by_put_all, 0}, {change_by_remove, 0},
                   {change_by_clear, 0},        {change_by_other_walk, 0}, {change_by_other_handle, 0}, {change_by_add, 1},
                   {change_by_update, 1},       {change_by_empty_update, 1}, {change_by_list_clear, 1}, {change_by_merge, 1},
                   {change_by_merge_elsewhere, 1}};
    set_up();
    for (size_t at = 0; at < COUNT_OF(changes); at++) {
        fsb_state *state = changes[at].of_list ? list : map;
        clear_state(state);
        if (changes[at].of_list) add_elements(list, "x;y;");
        else map_put_all(map, "a=1;b=2;");
        fsb_state_scan *strict = open_scan(state, FSB_SCAN_ENTRIES, 1), *loose = open_scan(state, FSB_SCAN_ENTRIES, 0);
        changes[at].change();
        for (int round = 0; round < 2; round++) REFUSED(try_next(strict), MODIFIED, changes[at].of_list ? "list" : "map");
        CHECK_TEXT(rest_of_scan(loose, changes[at].of_list, 100), changes[at].of_list ? "x;y;" : "a=1;b=2;");
        free_scan(strict);
        free_scan(loose);
    }
    tear_down();
}

/* Another key, namespace or state is no change, nor is a read, a call without effect on anything, or one that is refused. */
static void a_strict_walk_goes_on_beside_other_changes(void) {
    set_up();
    fsb_state_scan *entries = open_scan(map, FSB_SCAN_ENTRIES, 1), *elements = open_scan(list, FSB_SCAN_ENTRIES, 1);
    CHECK(!is_empty(map) && map_contains(map, "a") && !is_empty(list));
    CHECK_OK(fsb_state_add_elements(list, NULL, 0, &test_error));
    REFUSED(fsb_state_map_put_all(map, bytes("x"), 1, &test_error), INVALID_ARGUMENT, "entry");
    REFUSED(fsb_state_update_elements(list, bytes("x"), 1, &test_error), INVALID_ARGUMENT, "element");
    set_namespace(opened.keyed, "w");
    map_put(map, "a", "2");
    clear_state(list);
    set_key_and_namespace(opened.keyed, "ke", "");
    clear_state(map);
    add_elements(list, "other;");
    flush_and_compact();
    CHECK_TEXT(rest_of_scan(entries, 0, 40), "a=1;b!;c=;d=four;");
    CHECK_TEXT(rest_of_scan(elements, 1, 40), "x;y;;");
    free_scan(entries);
    free_scan(elements);
    tear_down();
}

/* ---- changes through a walk ---- */

static void changes_through_a_walk_do_not_end_it(void) {
    size_t length = 0, rows = 0;
    set_up();
    fsb_state_scan *scan = open_scan(map, FSB_SCAN_ENTRIES, 1);
    CHECK_OK(next_page(scan, 40, &length, &rows));
    CHECK_OK(try_remove(scan, "a"));
    CHECK_OK(try_remove(scan, "never there"));
    CHECK_OK(try_replace(scan, "b", "no longer null"));
    CHECK_OK(try_replace(scan, "c", NULL));
    CHECK_OK(try_replace(scan, "new", ""));
    CHECK_TEXT(strchr(rest_of_scan(scan, 0, 100), 'd'), "d=four;");
    CHECK_TEXT(entries_of(map), "b=no longer null;c!;d=four;new=;");
    map_put(map, "beside", "1");
    REFUSED(try_next(scan), MODIFIED, "map");
    CHECK_OK(try_remove(scan, "d"));
    CHECK_TEXT(map_value(map, "d"), "(absent)");
    free_scan(scan);
    tear_down();
}

static void only_map_entries_are_changed_through_a_walk(void) {
    set_up();
    fsb_state_scan *scans[] = {open_scan(list, FSB_SCAN_ENTRIES, 1), open_scan(map, FSB_SCAN_KEYS, 0),
                               open_scan(map, FSB_SCAN_KEYS_AND_NAMESPACES, 0)};
    for (size_t at = 0; at < COUNT_OF(scans); at++) {
        REFUSED(try_remove(scans[at], "a"), STATE_MISMATCH, at == 0 ? "list" : "map");
        REFUSED(try_replace(scans[at], "a", "2"), STATE_MISMATCH, at == 0 ? "list" : "map");
        free_scan(scans[at]);
    }
    CHECK_TEXT(map_value(map, "a"), "1");
    CHECK_TEXT(elements_of(list), "x;y;;");
    tear_down();
}

/* ---- keys ---- */

static void keys_come_once_with_or_without_namespaces(void) {
    static const char *const keys[] = {"", "a", "ab", "key"};
    set_up();
    for (size_t key = 0; key < COUNT_OF(keys); key++) {
        set_key_and_namespace(opened.keyed, keys[key], "w");
        if (key != 1) map_put_all(map, "a=1;b=2;c=3;");
        if (key == 1) add_elements(list, "x;");
    }
    set_key_and_namespace(opened.keyed, "ab", "");
    clear_state(map);
    set_key_and_namespace(opened.keyed, "a", "wx");
    add_elements(list, "y;z;");
    set_namespace(opened.keyed, "w");
    CHECK(strstr(scanned(map, FSB_SCAN_KEYS, 0), "a=;") == NULL);
    CHECK_U64(strlen(scanned(map, FSB_SCAN_KEYS, 0)), strlen("=;ab=;key=;"));
    CHECK_TEXT(scanned(list, FSB_SCAN_KEYS, 0), "a=;");
    set_namespace(opened.keyed, "");
    CHECK_TEXT(scanned(map, FSB_SCAN_KEYS, 0), "key=;");
    CHECK_OK(fsb_keyed_backend_clear_current_key(opened.keyed, &test_error));
    CHECK_TEXT(scanned(list, FSB_SCAN_KEYS, 0), "key=;");
    const char *all = scanned(map, FSB_SCAN_KEYS_AND_NAMESPACES, 0);
    CHECK_U64(strlen(all), strlen("=w;ab=w;key=w;key=;"));
    CHECK_CONTAINS(all, "key=;key=w;");
    CHECK_CONTAINS(scanned(list, FSB_SCAN_KEYS_AND_NAMESPACES, 0), "a=w;a=wx;");
    set_namespace(opened.keyed, "nowhere");
    CHECK_TEXT(scanned(map, FSB_SCAN_KEYS, 0), "");
    tear_down();
}

enum { MANY = 3000 };

static void number_key(uint32_t number, char *key) { snprintf(key, 24, "number %" PRIu32, number); }

/* Reads all keys of a walk, which come in the order of their key groups, and counts each in `seen`. */
static void count_keys(fsb_state_scan *scan, unsigned char *seen) {
    static uint8_t page[700];
    size_t length = 0, rows = 1;
    uint32_t group = 0;
    while (rows != 0) {
        CHECK_OK(fsb_state_scan_next_page(scan, page, sizeof page, &length, &rows, &test_error));
        for (size_t at = 0; at < length;) {
            const page_row row = page_next(page, length, &at);
            char key[24] = "";
            CHECK(row.key_length < sizeof key && row.value_length == 0);
            memcpy(key, row.key, row.key_length);
            CHECK(key_group_of(key, 128) >= group);
            group = key_group_of(key, 128);
            seen[strtoul(key + strlen("number "), NULL, 10)]++;
        }
    }
}

/* What applyToAllKeys does: visit each key that was there and change its state on the way. */
static void keys_may_change_while_they_are_walked_over(void) {
    static unsigned char seen[MANY + 1];
    char key[24];
    set_up();
    fsb_state *value = open_state(opened.keyed, "{\"name\":\"value\",\"kind\":\"value\"}");
    for (uint32_t number = 0; number < MANY; number++) {
        number_key(number, key);
        set_key(opened.keyed, key);
        put_value(value, key);
        map_put(map, "beside", key);
    }
    fsb_state_scan *scan = open_scan(value, FSB_SCAN_KEYS, 0);
    for (uint32_t number = 0; number < MANY; number += 2) {
        number_key(number, key);
        set_key(opened.keyed, key);
        clear_state(value);
    }
    number_key(MANY, key);
    set_key(opened.keyed, key);
    put_value(value, "too late");
    count_keys(scan, seen);
    free_scan(scan);
    for (uint32_t number = 0; number <= MANY; number++) CHECK_U64(seen[number], number < MANY);
    memset(seen, 0, sizeof seen);
    scan = open_scan(value, FSB_SCAN_KEYS, 0);
    count_keys(scan, seen);
    free_scan(scan);
    for (uint32_t number = 0; number <= MANY; number++) CHECK_U64(seen[number], number % 2 == 1 || number == MANY);
    CHECK_OK(fsb_state_free(value));
    tear_down();
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"pages_of_any_size_hold_the_same", pages_of_any_size_hold_the_same, NULL},
        {"a_walk_at_its_end_stays_there", a_walk_at_its_end_stays_there, NULL},
        {"later_changes_are_not_seen", later_changes_are_not_seen, NULL},
        {"a_walk_stays_with_its_key_and_namespace", a_walk_stays_with_its_key_and_namespace, NULL},
        {"a_walk_outlives_its_state", a_walk_outlives_its_state, NULL},
        {"a_strict_walk_ends_at_a_change", a_strict_walk_ends_at_a_change, NULL},
        {"a_strict_walk_goes_on_beside_other_changes", a_strict_walk_goes_on_beside_other_changes, NULL},
        {"changes_through_a_walk_do_not_end_it", changes_through_a_walk_do_not_end_it, NULL},
        {"only_map_entries_are_changed_through_a_walk", only_map_entries_are_changed_through_a_walk, NULL},
        {"keys_come_once_with_or_without_namespaces", keys_come_once_with_or_without_namespaces, NULL},
        {"keys_may_change_while_they_are_walked_over", keys_may_change_while_they_are_walked_over, NULL},
    };
    return run_in_every_mode(tests, COUNT_OF(tests), argc, argv);
}
