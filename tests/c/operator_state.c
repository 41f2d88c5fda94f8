/* Operator state: lists, union lists and broadcast maps that belong to a subtask and need no key. */
#include "keyed.h"

#define OFFSETS "{\"name\":\"offsets\",\"kind\":\"list\",\"value_type\":\"long\"}"
#define MEMBERS "{\"name\":\"members\",\"kind\":\"union\"}"
#define RULES "{\"name\":\"rules\",\"kind\":\"broadcast\",\"map_key_type\":\"text\"}"
#define REFUSED(call, status, part) CHECK_REFUSED(call, FSB_STATUS_##status, part)

static fsb_backend *backend;
static fsb_state *offsets, *members, *rules;

static const char *options(void) { return (const char *)test_context; }

static void set_up(void) {
    backend = open_at(path_of("data"), options());
    offsets = open_operator(backend, OFFSETS);
    members = open_operator(backend, MEMBERS);
    rules = open_operator(backend, RULES);
}

static void free_state(fsb_state *state) { CHECK_OK(fsb_state_free(state)); }

static void tear_down(void) {
    free_state(offsets);
    free_state(members);
    free_state(rules);
    close_and_free(backend);
}

static void reopen(void) {
    tear_down();
    set_up();
}

/* Both kinds of list differ only in what a rescale makes of them. */
static void lists_need_no_key(void) {
    set_up();
    for (int of_union = 0; of_union < 2; of_union++) {
        fsb_state *state = of_union ? members : offsets;
        CHECK(is_empty(state));
        add_elements(state, "1;2;");
        add_elements(state, ";3;");
        CHECK_TEXT(elements_of(state), "1;2;;3;");
        CHECK_TEXT(scanned(state, FSB_SCAN_ENTRIES, 1), "1;2;;3;");
        update_elements(state, "4;");
        add_elements(state, "5;");
    }
    reopen();
    CHECK_TEXT(elements_of(offsets), "4;5;");
    clear_state(members);
    CHECK(is_empty(members) && !is_empty(offsets));
    update_elements(offsets, "");
    reopen();
    CHECK(is_empty(members) && is_empty(offsets));
    tear_down();
}

static void a_broadcast_map_needs_no_key(void) {
    set_up();
    CHECK(is_empty(rules));
    map_put_all(rules, "a=1;b!;");
    map_put(rules, "", "of the empty key");
    map_put(rules, "c", "3");
    map_remove(rules, "a");
    reopen();
    CHECK_TEXT(entries_of(rules), "=of the empty key;b!;c=3;");
    CHECK_TEXT(map_value(rules, "b"), "(null)");
    CHECK(map_contains(rules, "c") && !map_contains(rules, "a") && !is_empty(rules));
    clear_state(rules);
    CHECK_TEXT(entries_of(rules), "");
    reopen();
    CHECK(is_empty(rules));
    tear_down();
}

static void walks_are_strict_and_change_the_map(void) {
    set_up();
    map_put_all(rules, "a=1;b=2;");
    fsb_state_scan *scan = open_scan(rules, FSB_SCAN_ENTRIES, 1);
    CHECK_OK(fsb_state_scan_remove(scan, bytes("a"), 1, &test_error));
    CHECK_OK(fsb_state_scan_replace(scan, bytes("b"), 1, bytes("two"), 3, 0, &test_error));
    CHECK_TEXT(rest_of_scan(scan, 0, 100), "a=1;b=2;");
    CHECK_TEXT(entries_of(rules), "b=two;");
    map_put(rules, "c", "3");
    size_t length = 0, rows = 0;
    REFUSED(fsb_state_scan_next_page(scan, NULL, 0, &length, &rows, &test_error), MODIFIED, "rules");
    CHECK_OK(fsb_state_scan_free(scan));
    tear_down();
}

static void states_do_not_see_each_other(void) {
    set_up();
    fsb_state *other = open_operator(backend, "{\"name\":\"offset\",\"kind\":\"list\"}"), *same = open_operator(backend, OFFSETS);
    fsb_keyed_backend *keyed = open_keyed(backend, "{\"max_parallelism\":1}");
    fsb_state *in_keyed = open_state(keyed, "{\"name\":\"offsets\",\"kind\":\"list\"}");
    CHECK_OK(fsb_keyed_backend_set_current_key(keyed, NULL, 0, NULL, &test_error));
    add_elements(offsets, "1;");
    add_elements(same, "2;");
    add_elements(in_keyed, "keyed;");
    map_put(rules, "offsets", "3");
    CHECK(is_empty(other) && is_empty(members));
    CHECK_TEXT(elements_of(same), "1;2;");
    CHECK_TEXT(elements_of(in_keyed), "keyed;");
    clear_state(in_keyed);
    clear_state(rules);
    CHECK_TEXT(elements_of(offsets), "1;2;");
    free_state(other);
    free_state(same);
    free_state(in_keyed);
    CHECK_OK(fsb_keyed_backend_free(keyed));
    tear_down();
}

static void a_backend_without_the_families_gets_them(void) {
    fsb_backend *small = open_small();
    fsb_state *state = open_operator(small, OFFSETS);
    CHECK_TEXT(family_names(small), "[\"checkpoint\",\"default\",\"operator_state\"]");
    free_state(state);
    close_and_free(small);
}

static void refuse_state(const char *descriptor, fsb_status status, const char *part) {
    fsb_state *state = NULL;
    CHECK_REFUSED(try_open_operator(backend, descriptor, &state), status, part);
    CHECK(state == NULL);
}

static void wrong_descriptors_are_named(void) {
    static const char *const wrong[][2] = {
        {"", "descriptor"},
        {"[\"x\",\"list\"]", "object"},
        {"{\"name\":\"x\"}", "kind"},
        {"{\"name\":\"\",\"kind\":\"list\"}", "1 to 255"},
        {"{\"name\":\"default\",\"kind\":\"list\"}", "default"},
        {"{\"name\":\"x\",\"kind\":\"value\"}", "keyed"},
        {"{\"name\":\"x\",\"kind\":\"map\"}", "keyed"},
        {"{\"name\":\"x\",\"kind\":\"reducing\"}", "keyed"},
        {"{\"name\":\"x\",\"kind\":\"aggregating\"}", "keyed"},
        {"{\"name\":\"x\",\"kind\":\"list\",\"aggregate\":\"count\"}", "aggregate"},
        {"{\"name\":\"x\",\"kind\":\"union\",\"map_key_type\":\"text\"}", "map_key_type"},
        {"{\"name\":\"x\",\"kind\":\"list\",\"column_family\":\"default\"}", "column_family"},
        {"{\"name\":\"x\",\"kind\":\"broadcast\",\"ttl\":{\"millis\":5}}", "ttl"},
    };
    set_up();
    for (size_t at = 0; at < COUNT_OF(wrong); at++) refuse_state(wrong[at][0], FSB_STATUS_INVALID_OPTION, wrong[at][1]);
    tear_down();
}

static void a_state_is_what_it_was_registered_as(void) {
    set_up();
    for (int round = 0; round < 2; round++) {
        refuse_state("{\"name\":\"offsets\",\"kind\":\"union\",\"value_type\":\"long\"}", FSB_STATUS_STATE_MISMATCH, "kind 'list'");
        refuse_state("{\"name\":\"offsets\",\"kind\":\"list\"}", FSB_STATUS_STATE_MISMATCH, "value_type 'long'");
        refuse_state("{\"name\":\"rules\",\"kind\":\"broadcast\",\"map_key_type\":\"long\"}", FSB_STATUS_STATE_MISMATCH, "map_key_type 'text'");
        reopen();
    }
    tear_down();
}

/* Neither has keys nor namespaces, and each kind has its own functions. */
static void functions_of_another_kind_are_refused(void) {
    fsb_state_scan *scan = NULL;
    int64_t none = 0;
    uint8_t contains = 0;
    set_up();
    add_elements(offsets, "1;");
    add_elements(members, "1;");
    map_put(rules, "a", "1");
    fsb_state *const all[] = {offsets, members, rules};
    static const char *const names[] = {"offsets", "members", "rules"};
    for (size_t at = 0; at < COUNT_OF(all); at++) {
        REFUSED(try_put_value(all[at], "x"), STATE_MISMATCH, names[at]);
        REFUSED(fsb_state_add_i64(all[at], 1, &test_error), STATE_MISMATCH, names[at]);
        REFUSED(fsb_state_result_i64(all[at], &none, &test_error), STATE_MISMATCH, names[at]);
        REFUSED(try_merge(all[at], "w", ";"), STATE_MISMATCH, names[at]);
        REFUSED(fsb_state_scan_open(all[at], FSB_SCAN_KEYS, 0, &scan, &test_error), STATE_MISMATCH, names[at]);
        REFUSED(fsb_state_scan_open(all[at], FSB_SCAN_KEYS_AND_NAMESPACES, 0, &scan, &test_error), STATE_MISMATCH, names[at]);
        if (at < 2) REFUSED(fsb_state_map_contains(all[at], bytes("a"), 1, &contains, &test_error), STATE_MISMATCH, names[at]);
        else REFUSED(fsb_state_add_elements(all[at], NULL, 0, &test_error), STATE_MISMATCH, names[at]);
    }
    CHECK(scan == NULL);
    CHECK_TEXT(elements_of(offsets), "1;");
    CHECK_TEXT(elements_of(members), "1;");
    CHECK_TEXT(entries_of(rules), "a=1;");
    tear_down();
}

static void states_live_on_without_the_handle_of_their_backend(void) {
    set_up();
    CHECK_OK(fsb_backend_free(backend));
    add_elements(offsets, "1;");
    CHECK_TEXT(elements_of(offsets), "1;");
    free_state(members);
    free_state(rules);
    free_state(offsets);
    set_up();
    CHECK_TEXT(elements_of(offsets), "1;");
    tear_down();
}

#define IN_BOTH(test) {#test "_with_a_log", test, ""}, {#test "_without_a_log", test, ",\"wal\":\"disabled\""}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        IN_BOTH(lists_need_no_key),
        IN_BOTH(a_broadcast_map_needs_no_key),
        IN_BOTH(walks_are_strict_and_change_the_map),
        IN_BOTH(states_do_not_see_each_other),
        IN_BOTH(states_live_on_without_the_handle_of_their_backend),
        {"a_backend_without_the_families_gets_them", a_backend_without_the_families_gets_them, ""},
        {"wrong_descriptors_are_named", wrong_descriptors_are_named, ""},
        {"a_state_is_what_it_was_registered_as", a_state_is_what_it_was_registered_as, ""},
        {"functions_of_another_kind_are_refused", functions_of_another_kind_are_refused, ""},
    };
    return run_tests(tests, COUNT_OF(tests), argc, argv);
}
