/* Keyed backends: options, key-group ranges, what a folder keeps of them, the registry of states and its refusals, dropping a state. */
#include "keyed.h"

#define VALUE "{\"name\":\"value\",\"kind\":\"value\"}"
#define REFUSED(call, status, part) CHECK_REFUSED(call, FSB_STATUS_##status, part)

static fsb_backend *backend;

static void set_up(void) { backend = open_at(path_of("data"), ""); }
static void tear_down(void) { close_and_free(backend); }

static void reopen(void) {
    close_and_free(backend);
    backend = open_at(path_of("data"), "");
}

static const char *states_of(fsb_keyed_backend *keyed) {
    fsb_buffer *json = NULL;
    CHECK_OK(fsb_keyed_backend_states_json(keyed, &json, &test_error));
    return take_text(json);
}

static void free_keyed(fsb_keyed_backend *keyed) { CHECK_OK(fsb_keyed_backend_free(keyed)); }
static void free_state(fsb_state *state) { CHECK_OK(fsb_state_free(state)); }

static fsb_status drop_state(fsb_keyed_backend *keyed, const char *name) {
    return fsb_keyed_backend_drop_state(keyed, name, strlen(name), &test_error);
}

static void no_options_are_the_defaults(void) {
    set_up();
    fsb_keyed_backend *keyed = NULL;
    CHECK_OK(fsb_keyed_backend_open(backend, NULL, 0, &keyed, &test_error));
    CHECK_TEXT(states_of(keyed), "{\"max_parallelism\":128,\"key_type\":\"\",\"first_key_group\":0,\"last_key_group\":127,\"states\":[]}");
    free_keyed(keyed);
    free_keyed(open_keyed(backend, "{}"));
    tear_down();
}

static void refuse_options(const char *options, const char *part) {
    fsb_keyed_backend *keyed = NULL;
    REFUSED(try_open_keyed(backend, options, &keyed), INVALID_OPTION, part);
    CHECK(keyed == NULL);
}

static void wrong_options_are_named(void) {
    set_up();
    refuse_options("{", "options");
    refuse_options("[]", "options");
    refuse_options("{\"colour\":1}", "colour");
    refuse_options("{\"max_parallelism\":\"128\"}", "string");
    refuse_options("{\"max_parallelism\":32769}", "32768");
    refuse_options("{\"max_parallelism\":-1}", "-1");
    refuse_options("{\"first_key_group\":128}", "128");
    refuse_options("{\"first_key_group\":5,\"last_key_group\":4}", "5..=4");
    refuse_options("{\"last_key_group\":128}", "128");
    refuse_options("{\"row_cache_bytes\":-1}", "-1");
    refuse_options("{\"clock\":\"sundial\"}", "sundial");
    refuse_options("{\"key_type\":null}", "null");
    free_keyed(open_keyed(backend, "{\"max_parallelism\":7,\"first_key_group\":3,\"last_key_group\":6}"));
    tear_down();
}

static void refuse_another(const char *options, const char *part) {
    fsb_keyed_backend *keyed = NULL;
    REFUSED(try_open_keyed(backend, options, &keyed), STATE_MISMATCH, part);
    CHECK(keyed == NULL);
}

/* Max parallelism and key type are for the life of the state; who names none takes what is there. */
static void the_first_opening_fixes_max_parallelism_and_key_type(void) {
    set_up();
    free_keyed(open_keyed(backend, "{\"max_parallelism\":300,\"key_type\":\"string\"}"));
    for (int round = 0; round < 2; round++) {
        refuse_another("{\"max_parallelism\":301}", "300");
        refuse_another("{\"max_parallelism\":128,\"key_type\":\"string\"}", "128");
        refuse_another("{\"key_type\":\"long\"}", "string");
        fsb_keyed_backend *keyed = open_keyed(backend, "{}");
        CHECK_CONTAINS(states_of(keyed), "\"max_parallelism\":300,\"key_type\":\"string\"");
        CHECK_CONTAINS(states_of(keyed), "\"last_key_group\":299");
        free_keyed(keyed);
        free_keyed(open_keyed(backend, "{\"max_parallelism\":300,\"key_type\":\"string\"}"));
        reopen();
    }
    tear_down();
}

static void refuse_range(const char *options, const char *part) {
    fsb_keyed_backend *keyed = NULL;
    REFUSED(try_open_keyed(backend, options, &keyed), IN_USE, part);
    CHECK(keyed == NULL);
}

static void ranges_may_not_overlap(void) {
    set_up();
    fsb_keyed_backend *low = open_keyed(backend, "{\"first_key_group\":10,\"last_key_group\":19}");
    fsb_keyed_backend *high = open_keyed(backend, "{\"first_key_group\":20,\"last_key_group\":29}");
    refuse_range("{}", "10..=19");
    refuse_range("{\"first_key_group\":0,\"last_key_group\":10}", "10..=19");
    refuse_range("{\"first_key_group\":19,\"last_key_group\":19}", "10..=19");
    refuse_range("{\"first_key_group\":29,\"last_key_group\":127}", "20..=29");
    free_keyed(open_keyed(backend, "{\"first_key_group\":0,\"last_key_group\":9}"));
    free_keyed(low);
    free_keyed(open_keyed(backend, "{\"first_key_group\":0,\"last_key_group\":19}"));
    free_keyed(high);
    free_keyed(open_keyed(backend, "{}"));
    tear_down();
}

/* A state keeps its keyed backend, and with it the range, for as long as it lives. */
static void a_state_keeps_the_range_taken(void) {
    set_up();
    fsb_keyed_backend *keyed = open_keyed(backend, "{}");
    fsb_state *state = open_state(keyed, VALUE);
    set_key(keyed, "key");
    free_keyed(keyed);
    put_value(state, "still served");
    refuse_range("{}", "0..=127");
    free_state(state);
    keyed = open_keyed(backend, "{}");
    state = open_state(keyed, VALUE);
    set_key(keyed, "key");
    CHECK_TEXT(value_of(state), "still served");
    free_state(state);
    free_keyed(keyed);
    tear_down();
}

/* Two subtasks on one backend: each sees its own keys and no others. */
static void neighbours_see_their_own_keys_only(void) {
    set_up();
    fsb_keyed_backend *halves[2] = {open_keyed(backend, "{\"last_key_group\":63}"), open_keyed(backend, "{\"first_key_group\":64}")};
    fsb_state *states[2] = {open_state(halves[0], VALUE), open_state(halves[1], VALUE)};
    unsigned written[2] = {0, 0};
    for (int number = 0; number < 100; number++) {
        char key[16];
        snprintf(key, sizeof key, "%d", number);
        const int half = key_group_of(key, 128) >= 64;
        set_key(halves[half], key);
        put_value(states[half], "here");
        written[half]++;
    }
    for (int half = 0; half < 2; half++) {
        unsigned found = 0;
        for (const char *at = scanned(states[half], FSB_SCAN_KEYS, 0); *at != '\0'; at++) found += *at == ';';
        CHECK_U64(found, written[half]);
        free_state(states[half]);
        free_keyed(halves[half]);
    }
    tear_down();
}

/* The library's own families come by themselves, a family that the caller names is the caller's. */
static void families_are_found_or_made(void) {
    fsb_backend *small = open_small();
    fsb_keyed_backend *keyed = open_keyed(small, "{}");
    CHECK_TEXT(family_names(small), "[\"checkpoint\",\"default\",\"timer_state\",\"user_state\"]");
    fsb_state *state = NULL;
    REFUSED(try_open_state(keyed, "{\"name\":\"own\",\"kind\":\"map\",\"column_family\":\"mine\"}", &state), COLUMN_FAMILY_NOT_FOUND, "mine");
    free_keyed(keyed);
    CHECK(state == NULL);
    REFUSED(try_open_keyed(small, "{\"column_family\":\"mine\"}", &keyed), COLUMN_FAMILY_NOT_FOUND, "mine");
    CHECK_OK(fsb_column_family_free(create_family(small, "mine", NULL)));
    keyed = open_keyed(small, "{\"column_family\":\"mine\"}");
    state = open_state(keyed, VALUE);
    set_key(keyed, "key");
    put_value(state, "in mine");
    fsb_column_family *mine = family_of(small, "mine");
    CHECK_TEXT(family_property(mine, "rocksdb.estimate-num-keys"), "1");
    CHECK_OK(fsb_column_family_free(mine));
    free_state(state);
    free_keyed(keyed);
    close_and_free(small);
}

static void key_and_namespace_are_chosen_apart(void) {
    set_up();
    fsb_keyed_backend *keyed = open_keyed(backend, "{}");
    fsb_state *state = open_state(keyed, VALUE);
    set_namespace(keyed, "window"); /* before any key */
    set_key(keyed, "a");
    put_value(state, "a in window");
    set_key(keyed, "b");
    CHECK_TEXT(value_of(state), "(absent)");
    put_value(state, "b in window");
    set_namespace(keyed, "");
    CHECK_TEXT(value_of(state), "(absent)");
    put_value(state, "b in void");
    CHECK_OK(fsb_keyed_backend_clear_current_key(keyed, &test_error));
    CHECK_OK(fsb_keyed_backend_clear_current_key(keyed, &test_error));
    set_namespace(keyed, "window");
    REFUSED(try_put_value(state, "nowhere"), NO_CURRENT_KEY, "key");
    set_key(keyed, "a");
    CHECK_TEXT(value_of(state), "a in window");
    set_key_and_namespace(keyed, "b", "");
    CHECK_TEXT(value_of(state), "b in void");
    free_state(state);
    free_keyed(keyed);
    tear_down();
}

static void refuse_state(fsb_keyed_backend *keyed, const char *descriptor, fsb_status status, const char *part) {
    fsb_state *state = NULL;
    CHECK_REFUSED(try_open_state(keyed, descriptor, &state), status, part);
    CHECK(state == NULL);
}

static void wrong_descriptors_are_named(void) {
    static const char *const wrong[][2] = {
        {"", "descriptor"},
        {"{", "descriptor"},
        {"{\"kind\":\"value\"}", "name"},
        {"{\"name\":\"x\"}", "kind"},
        {"{\"name\":\"x\",\"kind\":\"heap\"}", "heap"},
        {"{\"name\":\"x\",\"kind\":\"value\",\"colour\":1}", "colour"},
        {"{\"name\":\"x\",\"name\":\"y\",\"kind\":\"value\"}", "name"},
        {"{\"name\":\"\",\"kind\":\"value\"}", "1 to 255"},
        {"{\"name\":\"a\\u0000b\",\"kind\":\"value\"}", "NUL"},
        {"{\"name\":\"default\",\"kind\":\"value\"}", "default"},
        {"{\"name\":\"x\",\"kind\":\"union\"}", "operator"},
        {"{\"name\":\"x\",\"kind\":\"broadcast\"}", "operator"},
        {"{\"name\":\"x\",\"kind\":\"list\",\"map_key_type\":\"i64\"}", "map_key_type"},
        {"{\"name\":\"x\",\"kind\":\"value\",\"aggregate\":\"sum_i64\"}", "aggregate"},
        {"{\"name\":\"x\",\"kind\":\"reducing\",\"aggregate\":\"count\"}", "aggregating"},
        {"{\"name\":\"x\",\"kind\":\"reducing\",\"aggregate\":\"median\"}", "median"},
        {"{\"name\":\"x\",\"kind\":\"value\",\"ttl\":{}}", "millis"},
        {"{\"name\":\"x\",\"kind\":\"value\",\"ttl\":{\"millis\":0}}", "ttl.millis"},
        {"{\"name\":\"x\",\"kind\":\"value\",\"ttl\":{\"millis\":1,\"update\":\"never\"}}", "never"},
    };
    set_up();
    fsb_keyed_backend *keyed = open_keyed(backend, "{}");
    for (size_t at = 0; at < COUNT_OF(wrong); at++) refuse_state(keyed, wrong[at][0], FSB_STATUS_INVALID_OPTION, wrong[at][1]);
    CHECK_CONTAINS(states_of(keyed), "\"states\":[]");
    free_keyed(keyed);
    tear_down();
}

static void a_name_may_have_255_bytes(void) {
    char descriptor[512], name[257];
    set_up();
    fsb_keyed_backend *keyed = open_keyed(backend, "{}");
    memset(name, 'n', sizeof name - 1);
    name[256] = '\0';
    snprintf(descriptor, sizeof descriptor, "{\"name\":\"%s\",\"kind\":\"value\"}", name);
    refuse_state(keyed, descriptor, FSB_STATUS_INVALID_OPTION, "256");
    snprintf(descriptor, sizeof descriptor, "{\"name\":\"%s\",\"kind\":\"value\"}", name + 1);
    free_state(open_state(keyed, descriptor));
    free_state(open_state(keyed, "{\"name\":\"prüfung/Ω 1\",\"kind\":\"value\"}"));
    CHECK_CONTAINS(states_of(keyed), "prüfung/Ω 1");
    free_keyed(keyed);
    tear_down();
}

/* All states of this file in one table: the descriptor that registers, others that do not fit it, and what the refusals name. */
static void a_state_is_what_it_was_registered_as(void) {
    static const char *const others[][2] = {
        {"{\"name\":\"tails\",\"kind\":\"value\",\"value_type\":\"long\"}", "map"},
        {"{\"name\":\"tails\",\"kind\":\"map\",\"value_type\":\"double\",\"map_key_type\":\"text\"}", "value_type 'long'"},
        {"{\"name\":\"tails\",\"kind\":\"map\",\"value_type\":\"long\",\"map_key_type\":\"bytes\"}", "map_key_type 'text'"},
        {"{\"name\":\"tails\",\"kind\":\"map\",\"value_type\":\"long\",\"map_key_type\":\"text\",\"namespace_type\":\"window\"}", "namespace_type"},
        {"{\"name\":\"tails\",\"kind\":\"map\",\"value_type\":\"long\",\"map_key_type\":\"text\",\"column_family\":\"operator_state\"}",
         "column_family"},
        {"{\"name\":\"sum\",\"kind\":\"reducing\",\"aggregate\":\"max_i64\"}", "aggregate"},
        {"{\"name\":\"sum\",\"kind\":\"reducing\"}", "aggregate"},
        {"{\"name\":\"sum\",\"kind\":\"aggregating\",\"aggregate\":\"sum_i64\"}", "reducing"},
    };
    static const char tails[] = "{\"name\":\"tails\",\"kind\":\"map\",\"value_type\":\"long\",\"map_key_type\":\"text\"}";
    static const char sum[] = "{\"name\":\"sum\",\"kind\":\"reducing\",\"aggregate\":\"sum_i64\"}";
    set_up();
    fsb_keyed_backend *keyed = open_keyed(backend, "{}");
    free_state(open_state(keyed, tails));
    free_state(open_state(keyed, sum));
    for (int round = 0; round < 2; round++) {
        for (size_t at = 0; at < COUNT_OF(others); at++) refuse_state(keyed, others[at][0], FSB_STATUS_STATE_MISMATCH, others[at][1]);
        fsb_state *one = open_state(keyed, tails), *same = open_state(keyed, tails);
        CHECK(one != same);
        free_state(one);
        free_state(same);
        free_keyed(keyed);
        reopen();
        keyed = open_keyed(backend, "{}");
    }
    free_keyed(keyed);
    tear_down();
}

static void the_listing_names_every_state(void) {
    set_up();
    fsb_keyed_backend *keyed = open_keyed(backend, "{\"first_key_group\":3,\"last_key_group\":4}");
    free_state(open_state(keyed, "{\"name\":\"b\",\"kind\":\"list\",\"value_type\":\"long\"}"));
    free_state(open_state(keyed, "{\"name\":\"a\",\"kind\":\"aggregating\",\"aggregate\":\"average_i64\",\"ttl\":{\"millis\":5}}"));
    free_state(open_operator(backend, "{\"name\":\"offsets\",\"kind\":\"list\"}"));
    const char *json = states_of(keyed);
    CHECK_CONTAINS(json, "\"first_key_group\":3,\"last_key_group\":4");
    CHECK_CONTAINS(json, "\"name\":\"a\",\"kind\":\"aggregating\"");
    CHECK_CONTAINS(json, "\"aggregate\":\"average_i64\"");
    CHECK_CONTAINS(json, "\"millis\":5,\"update\":\"on_create_and_write\",\"visibility\":\"never_return_expired\",\"time\":\"processing\"");
    CHECK_CONTAINS(json, "\"name\":\"b\",\"kind\":\"list\"");
    CHECK_CONTAINS(json, "\"state_id\":");
    CHECK(strstr(json, "offsets") == NULL);
    CHECK(strstr(json, "\"name\":\"a\"") < strstr(json, "\"name\":\"b\""));
    free_keyed(keyed);
    tear_down();
}

/* A ttl is no part of what a state is: who opens it when nobody has it open may change it. */
static void a_ttl_may_change_between_openings(void) {
    static const char with[] = "{\"name\":\"value\",\"kind\":\"value\",\"ttl\":{\"millis\":10}}";
    static const char longer[] = "{\"name\":\"value\",\"kind\":\"value\",\"ttl\":{\"millis\":20}}";
    set_up();
    fsb_keyed_backend *keyed = open_keyed(backend, "{}");
    fsb_state *state = open_state(keyed, VALUE);
    refuse_state(keyed, with, FSB_STATUS_STATE_MISMATCH, "ttl");
    free_state(state);
    state = open_state(keyed, with);
    refuse_state(keyed, VALUE, FSB_STATUS_STATE_MISMATCH, "ttl");
    refuse_state(keyed, longer, FSB_STATUS_STATE_MISMATCH, "ttl");
    free_state(open_state(keyed, with));
    free_state(state);
    free_state(open_state(keyed, longer));
    free_state(open_state(keyed, VALUE));
    free_keyed(keyed);
    tear_down();
}

static void a_dropped_state_leaves_neither_rows_nor_name(void) {
    set_up();
    fsb_keyed_backend *keyed = open_keyed(backend, "{}");
    fsb_state *state = open_state(keyed, VALUE), *other = open_state(keyed, "{\"name\":\"other\",\"kind\":\"value\"}");
    for (int number = 0; number < 300; number++) {
        char key[16];
        snprintf(key, sizeof key, "%d", number);
        set_key(keyed, key);
        put_value(state, "gone soon");
        put_value(other, "kept");
    }
    REFUSED(drop_state(keyed, "nothing"), STATE_NOT_FOUND, "nothing");
    REFUSED(drop_state(keyed, "value"), IN_USE, "value");
    CHECK_TEXT(value_of(state), "gone soon");
    free_state(state);
    CHECK_OK(drop_state(keyed, "value"));
    REFUSED(drop_state(keyed, "value"), STATE_NOT_FOUND, "value");
    CHECK(strstr(states_of(keyed), "\"name\":\"value\"") == NULL);
    state = open_state(keyed, "{\"name\":\"value\",\"kind\":\"map\"}");
    CHECK_TEXT(scanned(state, FSB_SCAN_KEYS_AND_NAMESPACES, 0), "");
    CHECK(is_empty(state));
    CHECK_TEXT(value_of(other), "kept");
    free_state(state);
    free_state(other);
    free_keyed(keyed);
    tear_down();
}

/* A walk keeps its state in use as well, and a second handle does. */
static void a_state_in_any_use_cannot_be_dropped(void) {
    set_up();
    fsb_keyed_backend *keyed = open_keyed(backend, "{}");
    fsb_state *one = open_state(keyed, "{\"name\":\"map\",\"kind\":\"map\"}"), *two = open_state(keyed, "{\"name\":\"map\",\"kind\":\"map\"}");
    set_key(keyed, "key");
    map_put(one, "a", "1");
    fsb_state_scan *scan = open_scan(two, FSB_SCAN_ENTRIES, 0);
    free_state(one);
    REFUSED(drop_state(keyed, "map"), IN_USE, "map");
    free_state(two);
    REFUSED(drop_state(keyed, "map"), IN_USE, "map");
    CHECK_TEXT(rest_of_scan(scan, 0, 64), "a=1;");
    CHECK_OK(fsb_state_scan_free(scan));
    CHECK_OK(drop_state(keyed, "map"));
    free_keyed(keyed);
    tear_down();
}

#define IN_MINE "{\"name\":\"value\",\"kind\":\"value\",\"column_family\":\"mine\"}"

/* Opens the state, says what is there, and writes. */
static void expect_and_put(fsb_keyed_backend *keyed, const char *descriptor, const char *expected, const char *value) {
    fsb_state *state = open_state(keyed, descriptor);
    set_key(keyed, "key");
    CHECK_TEXT(value_of(state), expected);
    put_value(state, value);
    free_state(state);
}

static fsb_keyed_backend *with_family_mine(void) {
    set_up();
    CHECK_OK(fsb_column_family_free(create_family(backend, "mine", NULL)));
    fsb_keyed_backend *keyed = open_keyed(backend, "{}");
    expect_and_put(keyed, IN_MINE, "(absent)", "in mine");
    return keyed;
}

/* Also when the state was not opened since the folder was. */
static void a_state_in_its_own_family_is_dropped_there(void) {
    free_keyed(with_family_mine());
    reopen();
    fsb_keyed_backend *keyed = open_keyed(backend, "{}");
    CHECK_OK(drop_state(keyed, "value"));
    expect_and_put(keyed, IN_MINE, "(absent)", "again");
    CHECK_OK(drop_state(keyed, "value"));
    free_keyed(keyed);
    tear_down();
}

/* A name that is free again takes no family along. */
static void a_state_registered_anew_is_where_it_says(void) {
    fsb_keyed_backend *keyed = with_family_mine();
    CHECK_OK(drop_state(keyed, "value"));
    expect_and_put(keyed, VALUE, "(absent)", "in the family of all");
    free_keyed(keyed);
    reopen();
    keyed = open_keyed(backend, "{}");
    expect_and_put(keyed, VALUE, "in the family of all", "");
    free_keyed(keyed);
    tear_down();
}

static void a_state_whose_family_was_dropped_is_forgotten(void) {
    fsb_keyed_backend *keyed = with_family_mine();
    CHECK_OK(fsb_backend_drop_column_family(backend, "mine", 4, &test_error));
    refuse_state(keyed, IN_MINE, FSB_STATUS_COLUMN_FAMILY_NOT_FOUND, "mine");
    CHECK_OK(drop_state(keyed, "value"));
    expect_and_put(keyed, VALUE, "(absent)", "in the family of all");
    free_keyed(keyed);
    tear_down();
}

static fsb_statistics figures(void) {
    fsb_statistics measured;
    memset(&measured, 0, sizeof measured);
    measured.struct_size = sizeof measured;
    CHECK_OK(fsb_backend_statistics(backend, &measured, &test_error));
    return measured;
}

static void the_row_cache_is_measured(void) {
    backend = open_at(path_of("data"), ",\"wal\":\"disabled\"");
    fsb_keyed_backend *keyed = open_keyed(backend, "{\"row_cache_bytes\":1048576}");
    fsb_state *state = open_state(keyed, VALUE);
    set_key(keyed, "key");
    CHECK_TEXT(value_of(state), "(absent)");
    const fsb_statistics before = figures();
    put_value(state, "hot");
    for (int round = 0; round < 10; round++) CHECK_TEXT(value_of(state), "hot");
    const fsb_statistics after = figures();
    CHECK_U64(after.row_cache_hits - before.row_cache_hits, 10);
    CHECK_U64(after.row_cache_misses, before.row_cache_misses);
    CHECK(after.row_cache_bytes > 0 && after.row_cache_bytes <= after.row_cache_capacity_bytes);
    CHECK_U64(after.row_cache_capacity_bytes, 1048576);
    CHECK(after.memory_usage_bytes >= after.row_cache_bytes);
    CHECK_U64(after.rows_read - before.rows_read, 10);
    CHECK_U64(after.rows_written - before.rows_written, 1);
    free_state(state);
    free_keyed(keyed);
    const fsb_statistics freed = figures();
    CHECK_U64(freed.row_cache_capacity_bytes + freed.row_cache_bytes, 0);
    CHECK_U64(freed.row_cache_hits, after.row_cache_hits);
    tear_down();
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"no_options_are_the_defaults", no_options_are_the_defaults, NULL},
        {"wrong_options_are_named", wrong_options_are_named, NULL},
        {"the_first_opening_fixes_max_parallelism_and_key_type", the_first_opening_fixes_max_parallelism_and_key_type, NULL},
        {"ranges_may_not_overlap", ranges_may_not_overlap, NULL},
        {"a_state_keeps_the_range_taken", a_state_keeps_the_range_taken, NULL},
        {"neighbours_see_their_own_keys_only", neighbours_see_their_own_keys_only, NULL},
        {"families_are_found_or_made", families_are_found_or_made, NULL},
        {"key_and_namespace_are_chosen_apart", key_and_namespace_are_chosen_apart, NULL},
        {"wrong_descriptors_are_named", wrong_descriptors_are_named, NULL},
        {"a_name_may_have_255_bytes", a_name_may_have_255_bytes, NULL},
        {"a_state_is_what_it_was_registered_as", a_state_is_what_it_was_registered_as, NULL},
        {"the_listing_names_every_state", the_listing_names_every_state, NULL},
        {"a_ttl_may_change_between_openings", a_ttl_may_change_between_openings, NULL},
        {"a_dropped_state_leaves_neither_rows_nor_name", a_dropped_state_leaves_neither_rows_nor_name, NULL},
        {"a_state_in_any_use_cannot_be_dropped", a_state_in_any_use_cannot_be_dropped, NULL},
        {"a_state_in_its_own_family_is_dropped_there", a_state_in_its_own_family_is_dropped_there, NULL},
        {"a_state_registered_anew_is_where_it_says", a_state_registered_anew_is_where_it_says, NULL},
        {"a_state_whose_family_was_dropped_is_forgotten", a_state_whose_family_was_dropped_is_forgotten, NULL},
        {"the_row_cache_is_measured", the_row_cache_is_measured, NULL},
    };
    return run_tests(tests, COUNT_OF(tests), argc, argv);
}
