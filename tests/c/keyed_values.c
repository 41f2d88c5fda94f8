/* Value state: get, put, clear and defaults left to the caller, for each key and namespace, however rows reach the engine. */
#include "keyed_modes.h"

#define VALUE "{\"name\":\"value\",\"kind\":\"value\"}"

static fsb_state *state;

static void set_up(void) {
    open_mode();
    state = open_state(opened.keyed, VALUE);
    set_key(opened.keyed, "key");
}

static void tear_down(void) {
    CHECK_OK(fsb_state_free(state));
    close_mode();
}

static void reopen(void) {
    state = reopen_with(state, VALUE);
    set_key(opened.keyed, "key");
}

static void put_get_overwrite_clear(void) {
    set_up();
    CHECK(is_empty(state));
    CHECK_TEXT(value_of(state), "(absent)");
    put_value(state, "one");
    CHECK_TEXT(value_of(state), "one");
    put_value(state, "longer than one");
    CHECK_TEXT(value_of(state), "longer than one");
    put_value(state, "2");
    CHECK(!is_empty(state));
    reopen();
    CHECK_TEXT(value_of(state), "2");
    clear_state(state);
    CHECK_TEXT(value_of(state), "(absent)");
    CHECK(is_empty(state));
    clear_state(state);
    reopen();
    CHECK_TEXT(value_of(state), "(absent)");
    put_value(state, "back");
    CHECK_TEXT(value_of(state), "back");
    tear_down();
}

/* A value of no bytes is a value. */
static void an_empty_value_is_no_absent_one(void) {
    set_up();
    CHECK_OK(fsb_state_put(state, NULL, 0, &test_error));
    for (int round = 0; round < 2; round++) {
        size_t length = 99;
        CHECK(!is_empty(state));
        CHECK_OK(fsb_state_get(state, NULL, 0, &length, &test_error));
        CHECK_U64(length, 0);
        reopen();
    }
    tear_down();
}

static void keys_and_namespaces_have_values_of_their_own(void) {
    static const char *const parts[] = {"", "a", "ab", "b"};
    char value[32];
    set_up();
    for (int round = 0; round < 3; round++) {
        for (size_t key = 0; key < COUNT_OF(parts); key++) {
            for (size_t name_space = 0; name_space < COUNT_OF(parts); name_space++) {
                set_key_and_namespace(opened.keyed, parts[key], parts[name_space]);
                snprintf(value, sizeof value, "%zu in %zu", key, name_space);
                if (round == 0) put_value(state, value);
                CHECK_TEXT(value_of(state), value);
            }
        }
        if (round == 1) reopen();
    }
    tear_down();
}

static void clearing_one_leaves_the_others(void) {
    set_up();
    put_value(state, "kept");
    set_namespace(opened.keyed, "window");
    put_value(state, "kept too");
    set_key_and_namespace(opened.keyed, "ke", "");
    put_value(state, "cleared");
    clear_state(state);
    CHECK_TEXT(value_of(state), "(absent)");
    set_key(opened.keyed, "key");
    CHECK_TEXT(value_of(state), "kept");
    set_namespace(opened.keyed, "window");
    CHECK_TEXT(value_of(state), "kept too");
    tear_down();
}

static void states_do_not_see_each_other(void) {
    set_up();
    fsb_state *other = open_state(opened.keyed, "{\"name\":\"other\",\"kind\":\"value\"}");
    fsb_state *same = open_state(opened.keyed, VALUE);
    put_value(state, "mine");
    CHECK_TEXT(value_of(other), "(absent)");
    CHECK_TEXT(value_of(same), "mine");
    put_value(other, "other");
    put_value(same, "ours");
    CHECK_TEXT(value_of(state), "ours");
    clear_state(other);
    CHECK_TEXT(value_of(same), "ours");
    CHECK_OK(fsb_state_free(other));
    CHECK_OK(fsb_state_free(same));
    tear_down();
}

/* The caller's buffer is filled whole or not at all, and the size is told either way. */
static void a_short_buffer_is_left_alone(void) {
    uint8_t buffer[8] = "untouch";
    set_up();
    put_value(state, "1234");
    for (size_t capacity = 0; capacity < 6; capacity++) {
        size_t length = 99;
        fsb_status status = fsb_state_get(state, capacity == 0 ? NULL : buffer, capacity, &length, &test_error);
        CHECK_ANSWER(status, capacity < 4 ? FSB_STATUS_BUFFER_TOO_SMALL : FSB_STATUS_OK);
        CHECK_U64(length, 4);
        CHECK_TEXT((const char *)buffer, capacity < 4 ? "untouch" : "1234uch");
    }
    clear_state(state);
    size_t length = 99;
    CHECK_ANSWER(fsb_state_get(state, buffer, sizeof buffer, &length, &test_error), FSB_STATUS_NOT_FOUND);
    CHECK_U64(length, 99);
    tear_down();
}

static void a_value_may_have_any_bytes_and_a_megabyte(void) {
    const size_t length = 1 << 20;
    uint8_t *written = malloc(length), *read = malloc(length);
    CHECK(written != NULL && read != NULL);
    for (size_t at = 0; at < length; at++) written[at] = (uint8_t)(at * 31 >> 3);
    set_up();
    for (size_t part = 1; part <= length; part *= 16) {
        size_t found = 0;
        CHECK_OK(fsb_state_put(state, written, part, &test_error));
        CHECK_OK(fsb_state_get(state, read, length, &found, &test_error));
        CHECK_BYTES(read, found, written, part);
    }
    reopen();
    size_t found = 0;
    CHECK_OK(fsb_state_get(state, read, length, &found, &test_error));
    CHECK_BYTES(read, found, written, length);
    free(written);
    free(read);
    tear_down();
}

enum { KEYS = 400, NAMESPACES = 3 };

/* Operation number of the last put, plus one, by key and namespace; 0 where nothing is. */
static uint32_t model[KEYS][NAMESPACES];

static void choose(uint32_t key, uint32_t name_space) {
    char text[24];
    snprintf(text, sizeof text, "key %" PRIu32, key);
    set_key(opened.keyed, text);
    snprintf(text, sizeof text, "window %" PRIu32, name_space);
    set_namespace(opened.keyed, name_space == 0 ? "" : text);
}

/* A value of up to 300 bytes that names its operation. */
static const char *value_at(uint32_t operation) {
    static char value[320];
    int length = snprintf(value, sizeof value, "%" PRIu32 " ", operation);
    memset(value + length, 'x', operation % 300);
    value[length + (int)(operation % 300)] = '\0';
    return value;
}

static void expect_model(void) {
    for (uint32_t key = 0; key < KEYS; key++) {
        for (uint32_t name_space = 0; name_space < NAMESPACES; name_space++) {
            choose(key, name_space);
            CHECK_TEXT(value_of(state), model[key][name_space] == 0 ? "(absent)" : value_at(model[key][name_space] - 1));
        }
    }
}

static void operate(uint64_t *random, uint32_t operation) {
    const uint32_t key = random_below(random, KEYS), name_space = random_below(random, NAMESPACES);
    uint32_t *row = &model[key][name_space];
    choose(key, name_space);
    if (random_below(random, 4) == 0) {
        clear_state(state);
        *row = 0;
    } else if (random_below(random, 3) == 0) {
        CHECK_TEXT(value_of(state), *row == 0 ? "(absent)" : value_at(*row - 1));
    } else {
        put_value(state, value_at(operation));
        *row = operation + 1;
    }
}

static void many_operations_agree_with_a_model(void) {
    uint64_t random = 4;
    set_up();
    for (uint32_t operation = 0; operation < 20000; operation++) {
        operate(&random, operation);
        if (operation % 5000 == 1000) drain(opened.keyed);
        if (operation % 5000 == 2000) flush_and_compact();
        if (operation % 5000 == 3000) expect_model();
        if (operation % 5000 == 4000) reopen();
    }
    expect_model();
    tear_down();
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"put_get_overwrite_clear", put_get_overwrite_clear, NULL},
        {"an_empty_value_is_no_absent_one", an_empty_value_is_no_absent_one, NULL},
        {"keys_and_namespaces_have_values_of_their_own", keys_and_namespaces_have_values_of_their_own, NULL},
        {"clearing_one_leaves_the_others", clearing_one_leaves_the_others, NULL},
        {"states_do_not_see_each_other", states_do_not_see_each_other, NULL},
        {"a_short_buffer_is_left_alone", a_short_buffer_is_left_alone, NULL},
        {"a_value_may_have_any_bytes_and_a_megabyte", a_value_may_have_any_bytes_and_a_megabyte, NULL},
        {"many_operations_agree_with_a_model", many_operations_agree_with_a_model, NULL},
    };
    return run_in_every_mode(tests, COUNT_OF(tests), argc, argv);
}
