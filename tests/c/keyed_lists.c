/* List state: elements in the order of their addition, appended, replaced, cleared and merged, in pages of any size. */
#include "keyed_modes.h"

#define LIST "{\"name\":\"list\",\"kind\":\"list\"}"

static fsb_state *state;

static void set_up(void) {
    open_mode();
    state = open_state(opened.keyed, LIST);
    set_key(opened.keyed, "key");
}

static void tear_down(void) {
    CHECK_OK(fsb_state_free(state));
    close_mode();
}

static void reopen(void) {
    state = reopen_with(state, LIST);
    set_key(opened.keyed, "key");
}

static void elements_stay_in_order(void) {
    set_up();
    CHECK(is_empty(state));
    CHECK_TEXT(elements_of(state), "");
    add_elements(state, "b;a;");
    add_elements(state, "a;");
    CHECK_TEXT(elements_of(state), "b;a;a;");
    flush_and_compact();
    add_elements(state, "c;b;");
    CHECK_TEXT(elements_of(state), "b;a;a;c;b;");
    CHECK(!is_empty(state));
    reopen();
    CHECK_TEXT(elements_of(state), "b;a;a;c;b;");
    CHECK_TEXT(scanned(state, FSB_SCAN_ENTRIES, 1), "b;a;a;c;b;");
    tear_down();
}

/* An element of no bytes is an element, an addition of no elements is none. */
static void empty_elements_count(void) {
    set_up();
    CHECK_OK(fsb_state_add_elements(state, NULL, 0, &test_error));
    CHECK(is_empty(state));
    add_elements(state, ";");
    CHECK(!is_empty(state));
    CHECK_TEXT(elements_of(state), ";");
    add_elements(state, "a;;;");
    CHECK_TEXT(elements_of(state), ";a;;;");
    reopen();
    CHECK_TEXT(scanned(state, FSB_SCAN_ENTRIES, 1), ";a;;;");
    tear_down();
}

static void update_replaces_and_clears(void) {
    set_up();
    update_elements(state, "first;");
    CHECK_TEXT(elements_of(state), "first;");
    add_elements(state, "second;");
    update_elements(state, "third;fourth;");
    CHECK_TEXT(elements_of(state), "third;fourth;");
    add_elements(state, "fifth;");
    flush_and_compact();
    CHECK_TEXT(elements_of(state), "third;fourth;fifth;");
    update_elements(state, "");
    CHECK(is_empty(state));
    add_elements(state, "again;");
    CHECK_TEXT(elements_of(state), "again;");
    clear_state(state);
    clear_state(state);
    CHECK_TEXT(elements_of(state), "");
    reopen();
    CHECK(is_empty(state));
    tear_down();
}

static void keys_and_namespaces_have_lists_of_their_own(void) {
    set_up();
    for (int round = 0; round < 2; round++) {
        set_key_and_namespace(opened.keyed, "key", "");
        if (round == 0) add_elements(state, "key;");
        CHECK_TEXT(elements_of(state), "key;");
        set_namespace(opened.keyed, "w");
        if (round == 0) add_elements(state, "in w;");
        CHECK_TEXT(elements_of(state), "in w;");
        set_key(opened.keyed, "ke");
        if (round == 0) add_elements(state, "ke in w;");
        CHECK_TEXT(elements_of(state), "ke in w;");
        set_namespace(opened.keyed, "");
        CHECK(is_empty(state));
        if (round == 0) reopen();
    }
    set_key_and_namespace(opened.keyed, "key", "w");
    clear_state(state);
    set_namespace(opened.keyed, "");
    CHECK_TEXT(elements_of(state), "key;");
    tear_down();
}

static void a_short_buffer_is_left_alone(void) {
    uint8_t buffer[16] = "untouched";
    set_up();
    add_elements(state, "ab;c;");
    for (size_t capacity = 0; capacity < sizeof buffer; capacity++) {
        size_t length = 99;
        fsb_status status = fsb_state_get(state, buffer, capacity, &length, &test_error);
        CHECK_ANSWER(status, capacity < 11 ? FSB_STATUS_BUFFER_TOO_SMALL : FSB_STATUS_OK);
        CHECK_U64(length, 11);
        if (capacity < 11) CHECK_TEXT((const char *)buffer, "untouched");
        else CHECK_BYTES(buffer, length, "\2\0\0\0ab\1\0\0\0c", 11);
    }
    tear_down();
}

static void pages_of_any_size_hold_the_same(void) {
    set_up();
    add_elements(state, "one;two;;four is longer;five;");
    for (size_t capacity = 18; capacity < 60; capacity++) {
        fsb_state_scan *scan = open_scan(state, FSB_SCAN_ENTRIES, 0);
        CHECK_TEXT(rest_of_scan(scan, 1, capacity), "one;two;;four is longer;five;");
        CHECK_OK(fsb_state_scan_free(scan));
    }
    tear_down();
}

/* An element that does not fit stays next; the size that it needs is told. */
static void a_page_that_is_too_small_keeps_its_place(void) {
    uint8_t page[32];
    size_t length = 0, rows = 0;
    set_up();
    add_elements(state, "a;longer;");
    fsb_state_scan *scan = open_scan(state, FSB_SCAN_ENTRIES, 0);
    CHECK_OK(fsb_state_scan_next_page(scan, page, 9, &length, &rows, &test_error));
    CHECK(length == 5 && rows == 1);
    for (int round = 0; round < 2; round++) {
        rows = 77;
        CHECK_ANSWER(fsb_state_scan_next_page(scan, page, 9, &length, &rows, &test_error), FSB_STATUS_BUFFER_TOO_SMALL);
        CHECK(length == 10 && rows == 77);
    }
    CHECK_TEXT(rest_of_scan(scan, 1, length), "longer;");
    CHECK_OK(fsb_state_scan_free(scan));
    tear_down();
}

/* ---- merging namespaces ---- */

static void add_in(const char *name_space, const char *elements) {
    set_namespace(opened.keyed, name_space);
    add_elements(state, elements);
}

static void expect_in(const char *name_space, const char *elements) {
    set_namespace(opened.keyed, name_space);
    CHECK_TEXT(elements_of(state), elements);
}

/* The target keeps its own first, then come the sources in their order, each once. */
static void sources_are_appended_in_order_and_cleared(void) {
    set_up();
    add_in("a", "a1;a2;");
    add_in("b", "b1;");
    add_in("c", "c1;;");
    add_in("", "void;");
    flush_and_compact();
    add_in("c", "c3;");
    set_namespace(opened.keyed, "elsewhere");
    CHECK_OK(try_merge(state, "a", "c;none;a;;b;c;"));
    expect_in("a", "a1;a2;c1;;c3;void;b1;");
    expect_in("b", "");
    expect_in("c", "");
    expect_in("", "");
    CHECK_OK(try_merge(state, "fresh", "a;"));
    expect_in("fresh", "a1;a2;c1;;c3;void;b1;");
    expect_in("a", "");
    CHECK_OK(try_merge(state, "fresh", ""));
    CHECK_OK(try_merge(state, "fresh", "fresh;"));
    set_key(opened.keyed, "other");
    CHECK_OK(try_merge(state, "mine", "fresh;"));
    expect_in("mine", "");
    reopen();
    expect_in("fresh", "a1;a2;c1;;c3;void;b1;");
    tear_down();
}

enum { LISTS = 20, APPENDS = 6000 };

/* Long chains of appends, cut by flushes, compactions and reopening; each element names the append it is from. */
static void many_appends_agree_with_a_model(void) {
    static text model[LISTS];
    uint64_t random = 3;
    char key[16], elements[48];
    set_up();
    for (uint32_t append = 0; append < APPENDS; append++) {
        const uint32_t chosen = random_below(&random, LISTS);
        const int replace = random_below(&random, 300) == 0;
        snprintf(key, sizeof key, "%" PRIu32, chosen);
        set_key(opened.keyed, key);
        snprintf(elements, sizeof elements, random_below(&random, 3) == 0 ? "%" PRIu32 ";" : "%" PRIu32 ";;x;", append);
        if (replace) text_start(&model[chosen]);
        text_add(&model[chosen], elements, strlen(elements));
        if (replace) update_elements(state, elements);
        else add_elements(state, elements);
        if (append % 1500 == 700) flush_and_compact();
        if (append % 3000 == 1200) reopen();
    }
    for (uint32_t list = 0; list < LISTS; list++) {
        snprintf(key, sizeof key, "%" PRIu32, list);
        set_key(opened.keyed, key);
        CHECK_TEXT(elements_of(state), model[list].of);
        CHECK_TEXT(scanned(state, FSB_SCAN_ENTRIES, 1), model[list].of);
    }
    tear_down();
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"elements_stay_in_order", elements_stay_in_order, NULL},
        {"empty_elements_count", empty_elements_count, NULL},
        {"update_replaces_and_clears", update_replaces_and_clears, NULL},
        {"keys_and_namespaces_have_lists_of_their_own", keys_and_namespaces_have_lists_of_their_own, NULL},
        {"a_short_buffer_is_left_alone", a_short_buffer_is_left_alone, NULL},
        {"pages_of_any_size_hold_the_same", pages_of_any_size_hold_the_same, NULL},
        {"a_page_that_is_too_small_keeps_its_place", a_page_that_is_too_small_keeps_its_place, NULL},
        {"sources_are_appended_in_order_and_cleared", sources_are_appended_in_order_and_cleared, NULL},
        {"many_appends_agree_with_a_model", many_appends_agree_with_a_model, NULL},
    };
    return run_in_every_mode(tests, COUNT_OF(tests), argc, argv);
}
