/* Time-to-live: values, accumulators, list elements and map entries that expire, in both times, and what compactions make of them.
 *
 * Every test runs with rows written through to the engine and, where its name ends in `_behind_the_cache`, with rows that wait in the
 * row cache.
 */
#include "packed.h"

#define TTL_100 "\"ttl\":{\"millis\":100}"
#define REFRESHED_BY_READS "\"ttl\":{\"millis\":100,\"update\":\"on_read_and_write\"}"
#define SHOWN_WHILE_THERE "\"ttl\":{\"millis\":100,\"visibility\":\"return_expired_if_not_cleaned_up\"}"
#define IN_EVENT_TIME "\"ttl\":{\"millis\":100,\"time\":\"event\"}"

static fsb_backend *backend;
static fsb_keyed_backend *keyed;
static fsb_column_family *family;
static fsb_state *state;

static void open_keyed(void) {
    char more[160];
    snprintf(more, sizeof more, ",\"wal\":\"%s\",\"disable_auto_compactions\":true", (const char *)test_context);
    backend = open_at(path_of("data"), more);
    const char *options = "{\"clock\":\"manual\"}";
    CHECK_OK(fsb_keyed_backend_open(backend, options, strlen(options), &keyed, &test_error));
    family = family_of(backend, "user_state");
}

static fsb_status try_declare(const char *kind, const char *more) {
    char json[256];
    snprintf(json, sizeof json, "{\"name\":\"state\",\"kind\":\"%s\"%s%s}", kind, more[0] == '\0' ? "" : ",", more);
    return fsb_state_open(keyed, json, strlen(json), &state, &test_error);
}

static void declare(const char *kind, const char *more) { CHECK_OK(try_declare(kind, more)); }

static void set_key(const char *key) { CHECK_OK(fsb_keyed_backend_set_current_key(keyed, bytes(key), strlen(key), NULL, &test_error)); }

static void set_processing(int64_t millis) { CHECK_OK(fsb_keyed_backend_set_time(keyed, FSB_TIME_PROCESSING, millis, &test_error)); }

static void set_watermark(int64_t millis) { CHECK_OK(fsb_keyed_backend_set_time(keyed, FSB_TIME_EVENT, millis, &test_error)); }

static void set_up(const char *kind, const char *more) {
    open_keyed();
    declare(kind, more);
    set_key("key");
}

static void free_state(void) {
    CHECK_OK(fsb_state_free(state));
    state = NULL;
}

static void tear_down(void) {
    free_state();
    CHECK_OK(fsb_keyed_backend_free(keyed));
    CHECK_OK(fsb_column_family_free(family));
    close_and_free(backend);
}

/* Closes everything and opens it again; the clock starts at `millis`. */
static void reopen(const char *kind, const char *more, int64_t millis) {
    tear_down();
    open_keyed();
    set_processing(millis);
    declare(kind, more);
    set_key("key");
}

static void put_value(const char *value) { CHECK_OK(fsb_state_put(state, bytes(value), strlen(value), &test_error)); }

/* What a key without a value shows. */
#define NOTHING "(nothing)"

/* The value of the current key, or NOTHING. */
static const char *value_of_key(void) {
    static char value[256];
    size_t length = 0;
    fsb_status status = fsb_state_get(state, (uint8_t *)value, sizeof value - 1, &length, &test_error);
    if (status == FSB_STATUS_NOT_FOUND) return NOTHING;
    CHECK_OK(status);
    value[length] = '\0';
    return value;
}

static int is_empty(void) {
    uint8_t empty = 2;
    CHECK_OK(fsb_state_is_empty(state, &empty, &test_error));
    return empty;
}

static void add_element(const char *element) {
    packed elements = {NULL, 0, 0};
    packed_key(&elements, element);
    CHECK_OK(fsb_state_add_elements(state, elements.data, elements.length, &test_error));
    packed_free(&elements);
}

/* The elements of the list as one text, each followed by a comma. */
static const char *elements_of_key(void) {
    static char text[256];
    uint8_t page[256];
    size_t length = 0, at = 0, end = 0;
    fsb_status status = fsb_state_get(state, page, sizeof page, &length, &test_error);
    if (status != FSB_STATUS_NOT_FOUND) CHECK_OK(status);
    while (at < length) {
        size_t element = read_u32(page + at);
        CHECK(element <= length - at - 4 && end + element + 2 < sizeof text);
        memcpy(text + end, page + at + 4, element);
        text[end + element] = ',';
        at += 4 + element;
        end += element + 1;
    }
    text[end] = '\0';
    return text;
}

static void put_entry(const char *map_key, const char *value) {
    uint8_t null = value == NULL;
    size_t length = null ? 0 : strlen(value);
    CHECK_OK(fsb_state_map_put(state, bytes(map_key), strlen(map_key), bytes(null ? "" : value), length, null, &test_error));
}

static int has_entry(const char *map_key) {
    uint8_t contains = 2;
    CHECK_OK(fsb_state_map_contains(state, bytes(map_key), strlen(map_key), &contains, &test_error));
    return contains;
}

static size_t entries_of_key(void) {
    fsb_state_scan *scan = NULL;
    uint8_t page[256];
    size_t length = 0, rows = 1, sum = 0;
    CHECK_OK(fsb_state_scan_open(state, FSB_SCAN_ENTRIES, 0, &scan, &test_error));
    for (; rows != 0; sum += rows) CHECK_OK(fsb_state_scan_next_page(scan, page, sizeof page, &length, &rows, &test_error));
    CHECK_OK(fsb_state_scan_free(scan));
    return sum;
}

/* Rows of the family, whatever they mean. */
static size_t physical_rows(void) {
    fsb_iterator_options options;
    fsb_iterator *iterator = NULL;
    uint8_t page[4096];
    size_t length = 0, rows = 1, sum = 0;
    memset(&options, 0, sizeof options);
    options.struct_size = sizeof options;
    CHECK_OK(fsb_column_family_iterator(family, &options, &iterator, &test_error));
    for (; rows != 0; sum += rows) CHECK_OK(fsb_iterator_next_page(iterator, page, sizeof page, &length, &rows, &test_error));
    CHECK_OK(fsb_iterator_free(iterator));
    return sum;
}

static fsb_statistics measure(void) {
    fsb_statistics statistics;
    memset(&statistics, 0, sizeof statistics);
    statistics.struct_size = sizeof statistics;
    CHECK_OK(fsb_backend_statistics(backend, &statistics, &test_error));
    return statistics;
}

/* Compacts the family and counts what that dropped. */
static uint64_t drop_expired(void) {
    fsb_statistics before = measure();
    CHECK_OK(fsb_keyed_backend_drain(keyed, &test_error));
    CHECK_OK(fsb_column_family_compact(family, NULL, 0, NULL, 0, &test_error));
    fsb_statistics after = measure();
    CHECK((after.ttl_dropped_rows == before.ttl_dropped_rows) == (after.ttl_dropped_bytes == before.ttl_dropped_bytes));
    return after.ttl_dropped_rows - before.ttl_dropped_rows;
}

static void a_value_lives_from_its_last_write(void) {
    set_up("value", TTL_100);
    put_value("first");
    set_processing(99);
    CHECK_TEXT(value_of_key(), "first");
    set_processing(100);
    CHECK_TEXT(value_of_key(), NOTHING);
    CHECK(is_empty());
    put_value("second");
    set_processing(150);
    CHECK_TEXT(value_of_key(), "second");
    put_value("third");
    set_processing(249);
    CHECK_TEXT(value_of_key(), "third");
    set_processing(250);
    CHECK_TEXT(value_of_key(), NOTHING);
    tear_down();
}

static void a_read_refreshes_where_asked(void) {
    set_up("value", REFRESHED_BY_READS);
    put_value("value");
    for (int64_t now = 50; now <= 500; now += 50) {
        set_processing(now);
        CHECK_TEXT(value_of_key(), "value");
    }
    CHECK_U64(drop_expired(), 0);
    set_processing(600);
    CHECK_TEXT(value_of_key(), NOTHING);
    tear_down();
}

static void an_expired_value_is_shown_once_where_asked(void) {
    set_up("value", SHOWN_WHILE_THERE);
    put_value("value");
    set_processing(100);
    CHECK_TEXT(value_of_key(), "value");
    CHECK_TEXT(value_of_key(), NOTHING);
    put_value("another");
    set_processing(200);
    CHECK_U64(drop_expired(), 1);
    CHECK_U64(physical_rows(), 0);
    tear_down();
}

static void an_accumulator_starts_again(void) {
    int64_t sum = 0;
    set_up("reducing", "\"aggregate\":\"sum_i64\"," TTL_100);
    CHECK_OK(fsb_state_add_i64(state, 5, &test_error));
    set_processing(50);
    CHECK_OK(fsb_state_add_i64(state, 6, &test_error));
    set_processing(149);
    CHECK_OK(fsb_state_result_i64(state, &sum, &test_error));
    CHECK_U64(sum, 11);
    set_processing(150);
    CHECK_ANSWER(fsb_state_result_i64(state, &sum, &test_error), FSB_STATUS_NOT_FOUND);
    CHECK_OK(fsb_state_add_i64(state, 7, &test_error));
    CHECK_OK(fsb_state_result_i64(state, &sum, &test_error));
    CHECK_U64(sum, 7);
    tear_down();
}

static void elements_live_one_by_one(void) {
    set_up("list", TTL_100);
    for (int64_t now = 0; now <= 80; now += 20) {
        char element[16];
        set_processing(now);
        snprintf(element, sizeof element, "%d", (int)now);
        add_element(element);
    }
    CHECK_TEXT(elements_of_key(), "0,20,40,60,80,");
    set_processing(125);
    CHECK_TEXT(elements_of_key(), "40,60,80,");
    CHECK_U64(drop_expired(), 2);
    CHECK_TEXT(elements_of_key(), "40,60,80,");
    add_element("125");
    set_processing(145);
    CHECK_U64(drop_expired(), 1);
    CHECK_TEXT(elements_of_key(), "60,80,125,");
    set_processing(1000);
    CHECK(is_empty());
    CHECK_U64(drop_expired(), 3);
    CHECK_U64(physical_rows(), 0);
    tear_down();
}

static void elements_are_refreshed_or_shown_where_asked(void) {
    set_up("list", REFRESHED_BY_READS);
    add_element("old");
    set_processing(60);
    CHECK_TEXT(elements_of_key(), "old,");
    set_processing(159);
    CHECK_U64(drop_expired(), 0);
    CHECK_TEXT(elements_of_key(), "old,");
    free_state();
    CHECK_OK(fsb_keyed_backend_drop_state(keyed, "state", 5, &test_error));
    declare("list", SHOWN_WHILE_THERE);
    add_element("shown");
    set_processing(1000);
    CHECK_TEXT(elements_of_key(), "shown,");
    CHECK_U64(drop_expired(), 1);
    CHECK_TEXT(elements_of_key(), "");
    tear_down();
}

static void entries_live_one_by_one(void) {
    set_up("map", TTL_100);
    put_entry("a", "1");
    set_processing(50);
    put_entry("b", NULL);
    CHECK_U64(entries_of_key(), 2);
    set_processing(100);
    CHECK_U64(entries_of_key(), 1);
    CHECK(!has_entry("a") && has_entry("b") && !is_empty());
    set_processing(150);
    CHECK_U64(entries_of_key(), 0);
    CHECK(is_empty());
    put_entry("c", "3");
    drop_expired();
    CHECK_U64(physical_rows(), 1);
    CHECK(has_entry("c"));
    tear_down();
}

static void event_time_is_the_watermark(void) {
    set_up("value", IN_EVENT_TIME);
    put_value("before the first watermark");
    set_watermark(1000);
    set_processing(1000000);
    CHECK_TEXT(value_of_key(), "before the first watermark");
    set_key("other");
    put_value("at 1000");
    set_watermark(1099);
    CHECK_TEXT(value_of_key(), "at 1000");
    CHECK_U64(drop_expired(), 0);
    CHECK_REFUSED(fsb_keyed_backend_set_time(keyed, FSB_TIME_EVENT, 1098, &test_error), FSB_STATUS_INVALID_ARGUMENT, "watermark");
    set_watermark(1100);
    CHECK_TEXT(value_of_key(), NOTHING);
    set_key("key");
    put_value("written again");
    set_watermark(1200);
    CHECK_TEXT(value_of_key(), NOTHING);
    tear_down();
}

static void compactions_drop_what_has_expired_and_count_it(void) {
    char key[16];
    set_up("value", TTL_100);
    for (int row = 0; row < 1000; row++) {
        snprintf(key, sizeof key, "%04d", row);
        set_processing(row);
        set_key(key);
        put_value("value");
    }
    CHECK_U64(drop_expired(), 900);
    CHECK_U64(physical_rows(), 100);
    /* key group, state id, key and two terminators; format, time and value */
    CHECK_U64(measure().ttl_dropped_bytes, 900 * ((2 + 4 + 4 + 2 + 2) + (1 + 8 + 5)));
    set_key("0900");
    CHECK_TEXT(value_of_key(), "value");
    set_key("0899");
    CHECK_TEXT(value_of_key(), NOTHING);
    set_processing(2000);
    CHECK_U64(drop_expired(), 100);
    CHECK_U64(physical_rows(), 0);
    tear_down();
}

static void a_ttl_is_enabled_changed_and_disabled_over_reopening(void) {
    set_up("value", "");
    put_value("without a ttl");
    reopen("value", TTL_100, 1000);
    set_processing(1099);
    CHECK_U64(drop_expired(), 0);
    CHECK_TEXT(value_of_key(), "without a ttl");
    set_key("stamped");
    put_value("at 1099");
    reopen("value", "\"ttl\":{\"millis\":500}", 1300);
    CHECK_U64(drop_expired(), 0);
    CHECK_TEXT(value_of_key(), "without a ttl");
    reopen("value", "", 100000);
    CHECK_U64(drop_expired(), 0);
    CHECK_TEXT(value_of_key(), "without a ttl");
    set_key("stamped");
    CHECK_TEXT(value_of_key(), "at 1099");
    reopen("value", TTL_100, 100000);
    CHECK_TEXT(value_of_key(), "without a ttl");
    set_key("stamped");
    CHECK_TEXT(value_of_key(), NOTHING);
    set_processing(100100);
    CHECK(drop_expired() >= 1);
    CHECK_U64(physical_rows(), 0);
    tear_down();
}

static void another_ttl_is_refused_while_the_state_is_open(void) {
    set_up("value", TTL_100);
    put_value("value");
    fsb_state *first = state;
    CHECK_REFUSED(try_declare("value", "\"ttl\":{\"millis\":200}"), FSB_STATUS_STATE_MISMATCH, "'state'");
    CHECK_REFUSED(try_declare("value", ""), FSB_STATUS_STATE_MISMATCH, "'state'");
    CHECK_REFUSED(try_declare("value", "\"ttl\":{\"millis\":0}"), FSB_STATUS_INVALID_OPTION, "ttl.millis");
    CHECK_REFUSED(try_declare("value", "\"ttl\":{\"millis\":1,\"time\":\"local\"}"), FSB_STATUS_INVALID_OPTION, "local");
    state = first;
    set_processing(100);
    CHECK_U64(drop_expired(), 1);
    tear_down();
}

#define BOTH(test) {#test, test, "enabled"}, {#test "_behind_the_cache", test, "disabled"}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        BOTH(a_value_lives_from_its_last_write),
        BOTH(a_read_refreshes_where_asked),
        BOTH(an_expired_value_is_shown_once_where_asked),
        BOTH(an_accumulator_starts_again),
        BOTH(elements_live_one_by_one),
        BOTH(elements_are_refreshed_or_shown_where_asked),
        BOTH(entries_live_one_by_one),
        BOTH(event_time_is_the_watermark),
        BOTH(compactions_drop_what_has_expired_and_count_it),
        BOTH(a_ttl_is_enabled_changed_and_disabled_over_reopening),
        BOTH(another_ttl_is_refused_while_the_state_is_open),
    };
    return run_tests(tests, COUNT_OF(tests), argc, argv);
}
