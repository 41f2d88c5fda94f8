/* Keyed state used wrongly: every call answers one clear error, and all state stays as it was. */
#include "export_calls.h"

#define REFUSED(call, status, part) CHECK_REFUSED(call, FSB_STATUS_##status, part)

/* One state of each sort, each with contents for the key "key" in the void namespace and nowhere else. */
typedef enum sort { VALUE_SORT, LIST_SORT, MAP_SORT, SUM_SORT, MEAN_SORT, OWN_SORT, COUNT_SORT, EXACT_SORT, SORTS } sort;

static const char *const descriptors[SORTS] = {
    "{\"name\":\"a value\",\"kind\":\"value\"}",
    "{\"name\":\"a list\",\"kind\":\"list\"}",
    "{\"name\":\"a map\",\"kind\":\"map\"}",
    "{\"name\":\"a sum\",\"kind\":\"reducing\",\"aggregate\":\"sum_i64\"}",
    "{\"name\":\"a mean\",\"kind\":\"aggregating\",\"aggregate\":\"average_f64\"}",
    "{\"name\":\"an own\",\"kind\":\"aggregating\"}",
    "{\"name\":\"a count\",\"kind\":\"aggregating\",\"aggregate\":\"count\"}",
    "{\"name\":\"an exact mean\",\"kind\":\"aggregating\",\"aggregate\":\"average_i64\"}",
};
static const char *const names[SORTS] = {"a value", "a list", "a map", "a sum", "a mean", "an own", "a count", "an exact mean"};

static job opened;
static fsb_state *states[SORTS];

static void set_up(void) {
    opened = open_job("");
    for (int at = 0; at < SORTS; at++) states[at] = open_state(opened.keyed, descriptors[at]);
    set_key(opened.keyed, "key");
    put_value(states[VALUE_SORT], "kept");
    put_value(states[OWN_SORT], "kept as well");
    add_elements(states[LIST_SORT], "a;bb;");
    map_put_all(states[MAP_SORT], "k=v;n!;");
    for (int round = 0; round < 5; round++) {
        CHECK_OK(fsb_state_add_i64(states[SUM_SORT], 1, &test_error));
        CHECK_OK(fsb_state_add_f64(states[MEAN_SORT], 1.5, &test_error));
        CHECK_OK(fsb_state_add_f64(states[COUNT_SORT], 0, &test_error));
        CHECK_OK(fsb_state_add_i64(states[EXACT_SORT], round, &test_error));
    }
}

static void expect_figures(void) {
    int64_t sum = 0, count = 0;
    double mean = 0, exact = 0;
    CHECK_OK(fsb_state_result_i64(states[SUM_SORT], &sum, &test_error));
    CHECK_OK(fsb_state_result_i64(states[COUNT_SORT], &count, &test_error));
    CHECK_OK(fsb_state_result_f64(states[MEAN_SORT], &mean, &test_error));
    CHECK_OK(fsb_state_result_f64(states[EXACT_SORT], &exact, &test_error));
    CHECK(sum == 5 && count == 5 && mean == 1.5 && exact == 2);
}

/* The contents are those of `set_up`, for that key and namespace alone, which are still current. */
static void expect_unchanged(void) {
    CHECK_TEXT(value_of(states[VALUE_SORT]), "kept");
    CHECK_TEXT(value_of(states[OWN_SORT]), "kept as well");
    CHECK_TEXT(elements_of(states[LIST_SORT]), "a;bb;");
    CHECK_TEXT(entries_of(states[MAP_SORT]), "k=v;n!;");
    expect_figures();
    for (int at = 0; at < SORTS; at++) CHECK_TEXT(scanned(states[at], FSB_SCAN_KEYS_AND_NAMESPACES, 0), "key=;");
}

static void tear_down(void) {
    expect_unchanged();
    for (int at = 0; at < SORTS; at++) CHECK_OK(fsb_state_free(states[at]));
    close_job(&opened);
}

enum { OF_A_STATE = SUM | MEAN | LIST | MAP };

static int is_of_a_state(const export_call *row) { return (row->needs & OF_A_STATE) && !(row->traits & FREES); }

static void without_a_key_no_state_is_reached(void) {
    handle_set set;
    memset(&set, 0, sizeof set);
    set_up();
    set.of[KIND_SUM] = states[SUM_SORT], set.of[KIND_MEAN] = states[MEAN_SORT];
    set.of[KIND_LIST] = states[LIST_SORT], set.of[KIND_MAP] = states[MAP_SORT];
    CHECK_OK(fsb_keyed_backend_clear_current_key(opened.keyed, &test_error));
    for (size_t at = 0; at < COUNT_OF(export_calls); at++)
        if (is_of_a_state(&export_calls[at])) REFUSED(export_calls[at].call(&set, &test_error), NO_CURRENT_KEY, "key");
    REFUSED(try_put_value(states[VALUE_SORT], "nowhere"), NO_CURRENT_KEY, "key");
    CHECK_TEXT(scanned(states[VALUE_SORT], FSB_SCAN_KEYS, 0), "key=;");
    set_key(opened.keyed, "key");
    tear_down();
}

/* The sorts of state that each function is for, as bits; it refuses the others by their names. */
static void functions_of_another_kind_are_refused(void) {
    enum { V = 1, L = 2, M = 4, S = 8, A = 16, O = 32, C = 64, E = 128, ALL = 255 };
    static const struct {
        const char *function;
        unsigned sorts;
    } suited[] = {
        {"fsb_state_get", ALL & ~M},      {"fsb_state_put", ALL & ~(M | L)},      {"fsb_state_is_empty", ALL},
        {"fsb_state_clear", ALL},         {"fsb_state_add_i64", S | C | E},       {"fsb_state_add_f64", A | C},
        {"fsb_state_result_i64", S | C},  {"fsb_state_result_f64", A | E},        {"fsb_state_add_elements", L},
        {"fsb_state_update_elements", L}, {"fsb_state_merge_namespaces", L | S | A | C | E}, {"fsb_state_map_get", M},
        {"fsb_state_map_contains", M},    {"fsb_state_map_put", M},               {"fsb_state_map_put_all", M},
        {"fsb_state_map_remove", M},      {"fsb_state_scan_open", M | L},
    };
    size_t tried = 0;
    set_up();
    for (size_t at = 0; at < COUNT_OF(export_calls); at++) {
        if (!is_of_a_state(&export_calls[at])) continue;
        unsigned sorts = 0;
        for (size_t row = 0; row < COUNT_OF(suited); row++)
            if (strcmp(suited[row].function, export_calls[at].name) == 0) sorts = suited[row].sorts, tried++;
        for (int which = 0; which < SORTS; which++) {
            handle_set set;
            for (int kind = 0; kind < KIND_COUNT; kind++) set.of[kind] = states[which];
            if (!(sorts & 1u << which)) REFUSED(export_calls[at].call(&set, &test_error), STATE_MISMATCH, names[which]);
        }
    }
    CHECK_U64(tried, COUNT_OF(suited));
    tear_down();
}

static uint8_t large[MAX_PART_BYTES + 1]; /* all zero, which doubles each byte inside a row key */

static fsb_status put_large_entry(size_t length) {
    packed entries = packed_entries("before=1;");
    packed_u32(&entries, (uint32_t)length);
    packed_u32(&entries, 0);
    packed_bytes(&entries, large, length);
    fsb_status status = fsb_state_map_put_all(states[MAP_SORT], entries.data, entries.length, &test_error);
    packed_free(&entries);
    return status;
}

static fsb_status merge_large(const void *target, size_t target_length, size_t source_length) {
    packed sources = {NULL, 0, 0};
    packed_u32(&sources, (uint32_t)source_length);
    packed_bytes(&sources, large, source_length);
    fsb_status status = fsb_state_merge_namespaces(states[LIST_SORT], (const uint8_t *)target, target_length, sources.data, sources.length,
                                                   &test_error);
    packed_free(&sources);
    return status;
}

static void parts_over_12_kib_are_refused(void) {
    const size_t over = sizeof large;
    uint8_t out = 0, value[8];
    size_t length = 0;
    set_up();
    fsb_state *map = states[MAP_SORT];
    fsb_state_scan *scan = open_scan(map, FSB_SCAN_ENTRIES, 1);
    REFUSED(fsb_keyed_backend_set_current_key(opened.keyed, large, over, NULL, &test_error), LIMIT_EXCEEDED, "key");
    REFUSED(fsb_keyed_backend_set_current_key(opened.keyed, large, SIZE_MAX, NULL, &test_error), LIMIT_EXCEEDED, "12288");
    REFUSED(fsb_keyed_backend_set_namespace(opened.keyed, large, over, &test_error), LIMIT_EXCEEDED, "namespace");
    REFUSED(fsb_state_map_get(map, large, over, value, sizeof value, &length, &out, &test_error), LIMIT_EXCEEDED, "map key");
    REFUSED(fsb_state_map_contains(map, large, over, &out, &test_error), LIMIT_EXCEEDED, "map key");
    REFUSED(fsb_state_map_put(map, large, over, NULL, 0, 0, &test_error), LIMIT_EXCEEDED, "map key");
    REFUSED(fsb_state_map_remove(map, large, over, &test_error), LIMIT_EXCEEDED, "map key");
    REFUSED(put_large_entry(over), LIMIT_EXCEEDED, "map key");
    REFUSED(fsb_state_scan_remove(scan, large, over, &test_error), LIMIT_EXCEEDED, "map key");
    REFUSED(fsb_state_scan_replace(scan, large, over, NULL, 0, 0, &test_error), LIMIT_EXCEEDED, "map key");
    REFUSED(merge_large(large, over, 1), LIMIT_EXCEEDED, "namespace");
    REFUSED(merge_large("a", 1, over), LIMIT_EXCEEDED, "namespace");
    CHECK_TEXT(rest_of_scan(scan, 0, 64), "k=v;n!;");
    CHECK_OK(fsb_state_scan_free(scan));
    tear_down();
}

/* The longest key, namespace and map key together, all of bytes that are escaped. */
static void parts_of_12_kib_are_served(void) {
    uint8_t value[8];
    size_t length = 0;
    set_up();
    CHECK_OK(fsb_keyed_backend_set_current_key(opened.keyed, large, MAX_PART_BYTES, NULL, &test_error));
    CHECK_OK(fsb_keyed_backend_set_namespace(opened.keyed, large, MAX_PART_BYTES, &test_error));
    CHECK_OK(put_large_entry(MAX_PART_BYTES));
    uint8_t null = 0;
    CHECK_OK(fsb_state_map_get(states[MAP_SORT], large, MAX_PART_BYTES, value, sizeof value, &length, &null, &test_error));
    CHECK_OK(fsb_backend_flush(opened.backend, &test_error));
    CHECK_TEXT(map_value(states[MAP_SORT], "before"), "1");
    clear_state(states[MAP_SORT]);
    CHECK_OK(merge_large("a", 1, MAX_PART_BYTES));
    set_key_and_namespace(opened.keyed, "key", "");
    tear_down();
}

/* Lengths that nothing of that size stands behind: looked at before the bytes are. */
static void sizes_over_their_limits_are_refused(void) {
    static const size_t lengths[] = {FSB_MAX_BATCH_BYTES + 1, (size_t)1 << 40, SIZE_MAX};
    set_up();
    fsb_state_scan *scan = open_scan(states[MAP_SORT], FSB_SCAN_ENTRIES, 1);
    for (size_t at = 0; at < COUNT_OF(lengths); at++) {
        const size_t over = lengths[at];
        const size_t over_value = at == 0 ? FSB_MAX_VALUE_BYTES + 1 : over;
        fsb_state *state = NULL;
        fsb_keyed_backend *keyed = NULL;
        REFUSED(fsb_state_put(states[VALUE_SORT], large, over_value, &test_error), LIMIT_EXCEEDED, "value");
        REFUSED(fsb_state_add_elements(states[LIST_SORT], large, over_value, &test_error), LIMIT_EXCEEDED, "elements");
        REFUSED(fsb_state_update_elements(states[LIST_SORT], large, over_value, &test_error), LIMIT_EXCEEDED, "elements");
        REFUSED(fsb_state_map_put(states[MAP_SORT], NULL, 0, large, over_value, 0, &test_error), LIMIT_EXCEEDED, "value");
        REFUSED(fsb_state_scan_replace(scan, NULL, 0, large, over_value, 0, &test_error), LIMIT_EXCEEDED, "value");
        REFUSED(fsb_state_map_put_all(states[MAP_SORT], large, over, &test_error), LIMIT_EXCEEDED, "entries");
        REFUSED(fsb_state_merge_namespaces(states[LIST_SORT], NULL, 0, large, over, &test_error), LIMIT_EXCEEDED, "source");
        REFUSED(fsb_state_open(opened.keyed, "{", over, &state, &test_error), LIMIT_EXCEEDED, "descriptor");
        REFUSED(fsb_operator_state_open(opened.backend, "{", over, &state, &test_error), LIMIT_EXCEEDED, "descriptor");
        REFUSED(fsb_keyed_backend_open(opened.backend, "{", over, &keyed, &test_error), LIMIT_EXCEEDED, "options");
        REFUSED(fsb_keyed_backend_drop_state(opened.keyed, "a", over, &test_error), LIMIT_EXCEEDED, "name");
    }
    CHECK_OK(fsb_state_scan_free(scan));
    tear_down();
}

static fsb_status set_time(uint8_t time, int64_t millis) { return fsb_keyed_backend_set_time(opened.keyed, time, millis, &test_error); }

static void clocks_do_not_go_back(void) {
    set_up();
    CHECK_OK(set_time(FSB_TIME_EVENT, INT64_MIN));
    CHECK_OK(set_time(FSB_TIME_EVENT, -5));
    for (uint8_t time = FSB_TIME_EVENT; time <= FSB_TIME_PROCESSING; time++) {
        CHECK_OK(set_time(time, 100));
        CHECK_OK(set_time(time, 100));
        REFUSED(set_time(time, 99), INVALID_ARGUMENT, "100 to 99");
        REFUSED(set_time(time, INT64_MIN), INVALID_ARGUMENT, "100");
        CHECK_OK(set_time(time, 101));
        CHECK_OK(set_time(time, INT64_MAX));
    }
    REFUSED(set_time(0, 1), INVALID_ARGUMENT, "FSB_TIME_EVENT");
    REFUSED(set_time(3, 1), INVALID_ARGUMENT, "FSB_TIME_EVENT");
    tear_down();
}

static void the_clock_of_the_system_is_not_set(void) {
    fsb_backend *backend = open_small();
    opened.keyed = open_keyed(backend, "{\"clock\":\"system\"}");
    REFUSED(set_time(FSB_TIME_PROCESSING, INT64_MAX), INVALID_ARGUMENT, "manual");
    CHECK_OK(set_time(FSB_TIME_EVENT, 5));
    CHECK_OK(fsb_keyed_backend_free(opened.keyed));
    close_and_free(backend);
}

typedef fsb_status (*packed_call)(const uint8_t *data, size_t length);

static fsb_status call_add(const uint8_t *data, size_t length) { return fsb_state_add_elements(states[LIST_SORT], data, length, &test_error); }
static fsb_status call_update(const uint8_t *data, size_t length) {
    return fsb_state_update_elements(states[LIST_SORT], data, length, &test_error);
}
static fsb_status call_put_all(const uint8_t *data, size_t length) {
    return fsb_state_map_put_all(states[MAP_SORT], data, length, &test_error);
}
static fsb_status call_merge(const uint8_t *data, size_t length) {
    return fsb_state_merge_namespaces(states[SUM_SORT], bytes("w"), 1, data, length, &test_error);
}

/* Refuses `records`, which ends with a record of `last` bytes, cut anywhere inside that one, and with lengths that leave the buffer. */
static void refuse_broken(packed_call call, packed records, size_t last, size_t length_fields, const char *part) {
    for (size_t cut = 1; cut < last; cut++) REFUSED(call(records.data, records.length - cut), INVALID_ARGUMENT, part);
    for (size_t field = 0; field < length_fields; field++) {
        uint8_t *at = records.data + records.length - last + 4 * field, kept[4];
        static const uint8_t wrong[][4] = {{0xFE, 0xFF, 0xFF, 0xFF}, {0, 0, 0, 0x80}, {0xFF, 0xFF, 0xFF, 0x7F}};
        memcpy(kept, at, sizeof kept);
        for (size_t which = 0; which < COUNT_OF(wrong); which++) {
            memcpy(at, wrong[which], sizeof kept);
            REFUSED(call(records.data, records.length), INVALID_ARGUMENT, part);
        }
        memcpy(at, kept, sizeof kept);
    }
    packed_free(&records);
}

static void malformed_records_change_nothing(void) {
    set_up();
    refuse_broken(call_add, packed_items("x;yyy;"), 7, 1, "element 1");
    refuse_broken(call_update, packed_items("x;yyy;"), 7, 1, "element 1");
    refuse_broken(call_merge, packed_items(";yyy;"), 7, 1, "namespace 1");
    refuse_broken(call_put_all, packed_entries("x=1;y=22;"), 11, 2, "entry 1");
    tear_down();
}

static void null_bytes_have_no_length(void) {
    uint8_t out = 0, value[8];
    size_t length = 0;
    set_up();
    fsb_state *map = states[MAP_SORT], *list = states[LIST_SORT], *made = NULL;
    fsb_keyed_backend *keyed = NULL;
    fsb_state_scan *scan = open_scan(map, FSB_SCAN_ENTRIES, 1);
    REFUSED(fsb_keyed_backend_open(opened.backend, NULL, 2, &keyed, &test_error), INVALID_ARGUMENT, "options");
    REFUSED(fsb_keyed_backend_set_current_key(opened.keyed, NULL, 1, NULL, &test_error), INVALID_ARGUMENT, "key");
    REFUSED(fsb_keyed_backend_set_namespace(opened.keyed, NULL, 1, &test_error), INVALID_ARGUMENT, "namespace");
    REFUSED(fsb_keyed_backend_drop_state(opened.keyed, NULL, 1, &test_error), INVALID_ARGUMENT, "name");
    REFUSED(fsb_state_open(opened.keyed, NULL, 2, &made, &test_error), INVALID_ARGUMENT, "descriptor");
    REFUSED(fsb_operator_state_open(opened.backend, NULL, 2, &made, &test_error), INVALID_ARGUMENT, "descriptor");
    REFUSED(fsb_state_get(states[VALUE_SORT], NULL, 4, &length, &test_error), INVALID_ARGUMENT, "buffer");
    REFUSED(fsb_state_put(states[VALUE_SORT], NULL, 1, &test_error), INVALID_ARGUMENT, "value");
    REFUSED(fsb_state_add_elements(list, NULL, 4, &test_error), INVALID_ARGUMENT, "elements");
    REFUSED(fsb_state_update_elements(list, NULL, 4, &test_error), INVALID_ARGUMENT, "elements");
    REFUSED(fsb_state_merge_namespaces(list, NULL, 1, NULL, 0, &test_error), INVALID_ARGUMENT, "namespace");
    REFUSED(fsb_state_merge_namespaces(list, NULL, 0, NULL, 4, &test_error), INVALID_ARGUMENT, "namespaces");
    REFUSED(fsb_state_map_get(map, NULL, 1, value, sizeof value, &length, &out, &test_error), INVALID_ARGUMENT, "map key");
    REFUSED(fsb_state_map_get(map, bytes("k"), 1, NULL, 1, &length, &out, &test_error), INVALID_ARGUMENT, "buffer");
    REFUSED(fsb_state_map_contains(map, NULL, 1, &out, &test_error), INVALID_ARGUMENT, "map key");
    REFUSED(fsb_state_map_put(map, NULL, 1, NULL, 0, 0, &test_error), INVALID_ARGUMENT, "map key");
    REFUSED(fsb_state_map_put(map, bytes("k"), 1, NULL, 1, 0, &test_error), INVALID_ARGUMENT, "value");
    REFUSED(fsb_state_map_put_all(map, NULL, 8, &test_error), INVALID_ARGUMENT, "entries");
    REFUSED(fsb_state_map_remove(map, NULL, 1, &test_error), INVALID_ARGUMENT, "map key");
    REFUSED(fsb_state_scan_next_page(scan, NULL, 8, &length, &length, &test_error), INVALID_ARGUMENT, "buffer");
    REFUSED(fsb_state_scan_remove(scan, NULL, 1, &test_error), INVALID_ARGUMENT, "map key");
    REFUSED(fsb_state_scan_replace(scan, NULL, 1, NULL, 0, 0, &test_error), INVALID_ARGUMENT, "map key");
    CHECK(keyed == NULL && made == NULL && length == 0 && out == 0);
    CHECK_TEXT(rest_of_scan(scan, 0, 64), "k=v;n!;");
    CHECK_OK(fsb_state_scan_free(scan));
    tear_down();
}

static void null_outputs_are_refused(void) {
    uint8_t value[64], out = 7;
    size_t length = 77;
    set_up();
    fsb_state *map = states[MAP_SORT];
    fsb_state_scan *scan = open_scan(map, FSB_SCAN_ENTRIES, 1);
    REFUSED(fsb_keyed_backend_open(opened.backend, NULL, 0, NULL, &test_error), INVALID_ARGUMENT, "keyed");
    REFUSED(fsb_keyed_backend_states_json(opened.keyed, NULL, &test_error), INVALID_ARGUMENT, "json");
    REFUSED(fsb_state_open(opened.keyed, descriptors[0], strlen(descriptors[0]), NULL, &test_error), INVALID_ARGUMENT, "state");
    REFUSED(fsb_operator_state_open(opened.backend, descriptors[1], strlen(descriptors[1]), NULL, &test_error), INVALID_ARGUMENT, "state");
    REFUSED(fsb_state_get(states[VALUE_SORT], value, sizeof value, NULL, &test_error), INVALID_ARGUMENT, "length");
    REFUSED(fsb_state_is_empty(states[VALUE_SORT], NULL, &test_error), INVALID_ARGUMENT, "is_empty");
    REFUSED(fsb_state_result_i64(states[SUM_SORT], NULL, &test_error), INVALID_ARGUMENT, "result");
    REFUSED(fsb_state_result_f64(states[MEAN_SORT], NULL, &test_error), INVALID_ARGUMENT, "result");
    REFUSED(fsb_state_map_get(map, bytes("k"), 1, value, sizeof value, NULL, &out, &test_error), INVALID_ARGUMENT, "length");
    REFUSED(fsb_state_map_get(map, bytes("k"), 1, value, sizeof value, &length, NULL, &test_error), INVALID_ARGUMENT, "is_null");
    REFUSED(fsb_state_map_contains(map, bytes("k"), 1, NULL, &test_error), INVALID_ARGUMENT, "contains");
    REFUSED(fsb_state_scan_open(map, FSB_SCAN_ENTRIES, 0, NULL, &test_error), INVALID_ARGUMENT, "scan");
    REFUSED(fsb_state_scan_next_page(scan, value, sizeof value, NULL, &length, &test_error), INVALID_ARGUMENT, "length");
    REFUSED(fsb_state_scan_next_page(scan, value, sizeof value, &length, NULL, &test_error), INVALID_ARGUMENT, "row_count");
    CHECK(length == 77 && out == 7);
    CHECK_TEXT(rest_of_scan(scan, 0, 64), "k=v;n!;");
    CHECK_OK(fsb_state_scan_free(scan));
    tear_down();
}

static void flags_and_choices_out_of_range_are_refused(void) {
    set_up();
    fsb_state *map = states[MAP_SORT];
    fsb_state_scan *scan = open_scan(map, FSB_SCAN_ENTRIES, 1), *none = NULL;
    REFUSED(fsb_state_map_put(map, bytes("k"), 1, bytes("x"), 1, 1, &test_error), INVALID_ARGUMENT, "null value");
    REFUSED(fsb_state_map_put(map, bytes("k"), 1, NULL, 0, 2, &test_error), INVALID_ARGUMENT, "is_null is 2");
    REFUSED(fsb_state_scan_replace(scan, bytes("k"), 1, bytes("x"), 1, 1, &test_error), INVALID_ARGUMENT, "null value");
    REFUSED(fsb_state_scan_replace(scan, bytes("k"), 1, NULL, 0, 255, &test_error), INVALID_ARGUMENT, "is_null is 255");
    REFUSED(fsb_state_scan_open(map, 0, 0, &none, &test_error), INVALID_ARGUMENT, "FSB_SCAN_ENTRIES");
    REFUSED(fsb_state_scan_open(map, 4, 0, &none, &test_error), INVALID_ARGUMENT, "4");
    REFUSED(fsb_state_scan_open(states[VALUE_SORT], FSB_SCAN_ENTRIES, 0, &none, &test_error), STATE_MISMATCH, "a value");
    CHECK(none == NULL);
    CHECK_OK(fsb_state_scan_free(scan));
    tear_down();
}

static void text_that_is_none_is_refused(void) {
    fsb_state *state = NULL;
    fsb_keyed_backend *keyed = NULL;
    set_up();
    REFUSED(fsb_state_open(opened.keyed, "{\"name\":\"\xC3\x28\"}", 13, &state, &test_error), INVALID_ARGUMENT, "UTF-8");
    REFUSED(fsb_operator_state_open(opened.backend, "{\"name\":\"\xFF\"}", 12, &state, &test_error), INVALID_ARGUMENT, "UTF-8");
    REFUSED(fsb_keyed_backend_open(opened.backend, "\xFF", 1, &keyed, &test_error), INVALID_ARGUMENT, "UTF-8");
    REFUSED(fsb_keyed_backend_drop_state(opened.keyed, "\xC3", 1, &test_error), INVALID_ARGUMENT, "UTF-8");
    REFUSED(fsb_keyed_backend_drop_state(opened.keyed, "a map\0", 6, &test_error), STATE_NOT_FOUND, "a map");
    REFUSED(fsb_keyed_backend_drop_state(opened.keyed, "", 0, &test_error), STATE_NOT_FOUND, "");
    CHECK(state == NULL && keyed == NULL);
    tear_down();
}

/* What a native aggregate goes on with has the length that it gives out. */
static void accumulators_of_another_length_are_refused(void) {
    static const struct {
        sort which;
        size_t length;
    } native[] = {{SUM_SORT, 8}, {MEAN_SORT, 16}, {COUNT_SORT, 8}, {EXACT_SORT, 24}};
    uint8_t accumulator[32];
    size_t length = 0;
    set_up();
    for (size_t at = 0; at < COUNT_OF(native); at++) {
        fsb_state *state = states[native[at].which];
        CHECK_OK(fsb_state_get(state, accumulator, sizeof accumulator, &length, &test_error));
        CHECK_U64(length, native[at].length);
        for (size_t wrong = 0; wrong <= sizeof accumulator; wrong++)
            if (wrong != length) REFUSED(fsb_state_put(state, accumulator, wrong, &test_error), INVALID_ARGUMENT, names[native[at].which]);
        CHECK_OK(fsb_state_put(state, accumulator, length, &test_error));
    }
    tear_down();
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"without_a_key_no_state_is_reached", without_a_key_no_state_is_reached, NULL},
        {"functions_of_another_kind_are_refused", functions_of_another_kind_are_refused, NULL},
        {"parts_over_12_kib_are_refused", parts_over_12_kib_are_refused, NULL},
        {"parts_of_12_kib_are_served", parts_of_12_kib_are_served, NULL},
        {"sizes_over_their_limits_are_refused", sizes_over_their_limits_are_refused, NULL},
        {"clocks_do_not_go_back", clocks_do_not_go_back, NULL},
        {"the_clock_of_the_system_is_not_set", the_clock_of_the_system_is_not_set, NULL},
        {"malformed_records_change_nothing", malformed_records_change_nothing, NULL},
        {"null_bytes_have_no_length", null_bytes_have_no_length, NULL},
        {"null_outputs_are_refused", null_outputs_are_refused, NULL},
        {"flags_and_choices_out_of_range_are_refused", flags_and_choices_out_of_range_are_refused, NULL},
        {"text_that_is_none_is_refused", text_that_is_none_is_refused, NULL},
        {"accumulators_of_another_length_are_refused", accumulators_of_another_length_are_refused, NULL},
    };
    return run_tests(tests, COUNT_OF(tests), argc, argv);
}
