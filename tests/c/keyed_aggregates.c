/* Reducing and aggregating state: native sums, least, greatest, means and counts in one call; the caller's own by get and put. */
#include "keyed_modes.h"

#include <math.h>

#define REFUSED(call, status, part) CHECK_REFUSED(call, FSB_STATUS_##status, part)

static fsb_state *open_aggregate(const char *kind, const char *aggregate) {
    char descriptor[128];
    snprintf(descriptor, sizeof descriptor, "{\"name\":\"%s\",\"kind\":\"%s\",\"aggregate\":\"%s\"}", aggregate, kind, aggregate);
    return open_state(opened.keyed, descriptor);
}

static void free_state(fsb_state *state) { CHECK_OK(fsb_state_free(state)); }

static void set_up(void) {
    open_mode();
    set_key(opened.keyed, "key");
}

static void tear_down(void) { close_mode(); }

static void reopen(void) {
    close_mode();
    set_up();
}

static void add_i64(fsb_state *state, int64_t value) { CHECK_OK(fsb_state_add_i64(state, value, &test_error)); }
static void add_f64(fsb_state *state, double value) { CHECK_OK(fsb_state_add_f64(state, value, &test_error)); }

static int64_t result_i64(fsb_state *state) {
    int64_t result = 0;
    CHECK_OK(fsb_state_result_i64(state, &result, &test_error));
    return result;
}

static double result_f64(fsb_state *state) {
    double result = 0;
    CHECK_OK(fsb_state_result_f64(state, &result, &test_error));
    return result;
}

static void expect_nothing_added(fsb_state *state, int integers) {
    int64_t integer = 77;
    double number = 77;
    CHECK(is_empty(state));
    if (integers) CHECK_ANSWER(fsb_state_result_i64(state, &integer, &test_error), FSB_STATUS_NOT_FOUND);
    else CHECK_ANSWER(fsb_state_result_f64(state, &number, &test_error), FSB_STATUS_NOT_FOUND);
    CHECK(integer == 77 && number == 77);
}

static const int64_t integers[] = {3, -7, 40, 0, 2, -7};

static void aggregates_of_integers(void) {
    static const struct {
        const char *kind, *aggregate;
        int64_t result;
    } cases[] = {{"reducing", "sum_i64", 31}, {"reducing", "min_i64", -7}, {"aggregating", "max_i64", 40}, {"aggregating", "count", 6}};
    set_up();
    for (size_t at = 0; at < COUNT_OF(cases); at++) {
        fsb_state *state = open_aggregate(cases[at].kind, cases[at].aggregate);
        expect_nothing_added(state, 1);
        for (size_t number = 0; number < COUNT_OF(integers); number++) add_i64(state, integers[number]);
        CHECK(result_i64(state) == cases[at].result);
        free_state(state);
        reopen();
        state = open_aggregate(cases[at].kind, cases[at].aggregate);
        CHECK(result_i64(state) == cases[at].result && !is_empty(state));
        clear_state(state);
        expect_nothing_added(state, 1);
        free_state(state);
    }
    tear_down();
}

static void aggregates_of_doubles(void) {
    static const double numbers[] = {2.5, -1, 0.25, 8};
    static const struct {
        const char *kind, *aggregate;
        double result;
    } cases[] = {
        {"reducing", "sum_f64", 9.75}, {"aggregating", "min_f64", -1}, {"reducing", "max_f64", 8}, {"aggregating", "average_f64", 2.4375}};
    set_up();
    for (size_t at = 0; at < COUNT_OF(cases); at++) {
        fsb_state *state = open_aggregate(cases[at].kind, cases[at].aggregate);
        expect_nothing_added(state, 0);
        for (size_t number = 0; number < COUNT_OF(numbers); number++) add_f64(state, numbers[number]);
        CHECK(result_f64(state) == cases[at].result);
        free_state(state);
        reopen();
        state = open_aggregate(cases[at].kind, cases[at].aggregate);
        CHECK(result_f64(state) == cases[at].result);
        free_state(state);
    }
    tear_down();
}

/* As Java's Math.min and Math.max: one that is no number makes the result none. Zeros and infinities are numbers. */
static void numbers_that_are_none_stay(void) {
    set_up();
    fsb_state *least = open_aggregate("reducing", "min_f64"), *greatest = open_aggregate("reducing", "max_f64");
    fsb_state *sum = open_aggregate("reducing", "sum_f64");
    add_f64(least, INFINITY);
    add_f64(greatest, -INFINITY);
    add_f64(sum, INFINITY);
    CHECK(result_f64(least) == INFINITY && result_f64(greatest) == -INFINITY && result_f64(sum) == INFINITY);
    add_f64(least, 4);
    add_f64(greatest, 4);
    CHECK(result_f64(least) == 4 && result_f64(greatest) == 4);
    add_f64(least, NAN);
    add_f64(greatest, NAN);
    add_f64(sum, -INFINITY);
    add_f64(least, 1);
    add_f64(greatest, 9);
    CHECK(isnan(result_f64(least)) && isnan(result_f64(greatest)) && isnan(result_f64(sum)));
    free_state(least);
    free_state(greatest);
    free_state(sum);
    tear_down();
}

/* A sum of integers is refused where it leaves their range; the mean is that of the exact sum. */
static void a_sum_out_of_range_changes_nothing(void) {
    set_up();
    fsb_state *sum = open_aggregate("reducing", "sum_i64"), *mean = open_aggregate("aggregating", "average_i64");
    add_i64(sum, INT64_MAX - 1);
    REFUSED(fsb_state_add_i64(sum, 2, &test_error), OVERFLOW, "sum_i64");
    CHECK(result_i64(sum) == INT64_MAX - 1);
    add_i64(sum, 1);
    REFUSED(fsb_state_add_i64(sum, 1, &test_error), OVERFLOW, "sum_i64");
    CHECK(result_i64(sum) == INT64_MAX);
    set_key(opened.keyed, "below");
    add_i64(sum, INT64_MIN);
    REFUSED(fsb_state_add_i64(sum, -1, &test_error), OVERFLOW, "sum_i64");
    CHECK(result_i64(sum) == INT64_MIN);
    for (int round = 0; round < 4; round++) add_i64(mean, round < 2 ? INT64_MAX : INT64_MIN);
    CHECK(result_f64(mean) == -0.5);
    free_state(sum);
    free_state(mean);
    tear_down();
}

static void a_count_out_of_range_changes_nothing(void) {
    static const uint8_t most[8] = {0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x7F};
    set_up();
    fsb_state *count = open_aggregate("aggregating", "count");
    CHECK_OK(fsb_state_put(count, most, sizeof most, &test_error));
    REFUSED(fsb_state_add_f64(count, 0, &test_error), OVERFLOW, "count");
    REFUSED(fsb_state_add_i64(count, 0, &test_error), OVERFLOW, "count");
    CHECK(result_i64(count) == INT64_MAX);
    free_state(count);
    tear_down();
}

/* What get hands out, put takes back: accumulators move, for example into another job. */
static void accumulators_come_and_go_as_bytes(void) {
    uint8_t accumulator[24];
    size_t length = 0;
    set_up();
    fsb_state *mean = open_aggregate("aggregating", "average_i64");
    add_i64(mean, 5);
    add_i64(mean, 10);
    CHECK_OK(fsb_state_get(mean, accumulator, sizeof accumulator, &length, &test_error));
    CHECK_U64(length, 24); /* the sum in 16 bytes, the count in 8, little-endian */
    CHECK(accumulator[0] == 15 && accumulator[16] == 2);
    set_key(opened.keyed, "other");
    CHECK_OK(fsb_state_put(mean, accumulator, length, &test_error));
    add_i64(mean, 0);
    CHECK(result_f64(mean) == 5);
    free_state(mean);
    tear_down();
}

static void the_callers_own_function_uses_get_and_put(void) {
    int64_t none = 0;
    set_up();
    fsb_state *longest = open_state(opened.keyed, "{\"name\":\"longest\",\"kind\":\"reducing\"}");
    CHECK_TEXT(value_of(longest), "(absent)");
    put_value(longest, "first");
    put_value(longest, "longest so far");
    CHECK_TEXT(value_of(longest), "longest so far");
    REFUSED(fsb_state_add_i64(longest, 1, &test_error), STATE_MISMATCH, "longest");
    REFUSED(fsb_state_result_i64(longest, &none, &test_error), STATE_MISMATCH, "longest");
    REFUSED(try_merge(longest, "w", "a;"), STATE_MISMATCH, "longest");
    CHECK_TEXT(value_of(longest), "longest so far");
    free_state(longest);
    tear_down();
}

/* ---- merging namespaces ---- */

static void add_in(fsb_state *state, const char *name_space, int64_t value) {
    set_namespace(opened.keyed, name_space);
    add_i64(state, value);
}

static void expect_in(fsb_state *state, const char *name_space, int64_t expected) {
    set_namespace(opened.keyed, name_space);
    CHECK(result_i64(state) == expected);
}

static void expect_empty_in(fsb_state *state, const char *name_space) {
    set_namespace(opened.keyed, name_space);
    CHECK(is_empty(state));
}

/* A source that is missing, comes twice, or is the target itself adds nothing. */
static void sources_are_merged_into_the_target_and_cleared(void) {
    set_up();
    fsb_state *sum = open_aggregate("reducing", "sum_i64"), *least = open_aggregate("reducing", "min_i64");
    for (int round = 0; round < 2; round++) {
        fsb_state *state = round == 0 ? sum : least;
        add_in(state, "a", 1);
        add_in(state, "b", 20);
        add_in(state, "c", 300);
        add_in(state, "", 4000);
        set_namespace(opened.keyed, "elsewhere");
        CHECK_OK(try_merge(state, "a", "b;none;a;b;;"));
        expect_in(state, "a", round == 0 ? 4021 : 1);
        expect_in(state, "c", 300);
        expect_empty_in(state, "b");
        expect_empty_in(state, "");
        CHECK_OK(try_merge(state, "fresh", "a;c;"));
        expect_in(state, "fresh", round == 0 ? 4321 : 1);
        expect_empty_in(state, "a");
        CHECK_OK(try_merge(state, "fresh", ""));
        CHECK_OK(try_merge(state, "fresh", "fresh;"));
        expect_in(state, "fresh", round == 0 ? 4321 : 1);
        CHECK_OK(try_merge(state, "nothing", "none;"));
        expect_empty_in(state, "nothing");
    }
    free_state(sum);
    free_state(least);
    tear_down();
}

static void means_and_counts_merge(void) {
    set_up();
    fsb_state *mean = open_aggregate("aggregating", "average_f64"), *count = open_aggregate("aggregating", "count");
    for (int round = 0; round < 6; round++) {
        set_namespace(opened.keyed, round < 2 ? "short" : "long");
        add_f64(mean, round < 2 ? 10 : 1);
        add_f64(count, NAN);
    }
    CHECK_OK(try_merge(mean, "all", "short;long;"));
    CHECK_OK(try_merge(count, "all", "short;long;"));
    set_namespace(opened.keyed, "all");
    CHECK(result_f64(mean) == 4 && result_i64(count) == 6);
    free_state(mean);
    free_state(count);
    tear_down();
}

/* All or nothing: also the sources merged before the one that is too much stay. */
static void a_merge_out_of_range_changes_nothing(void) {
    set_up();
    fsb_state *sum = open_aggregate("reducing", "sum_i64");
    add_in(sum, "a", INT64_MAX);
    add_in(sum, "b", -1);
    add_in(sum, "c", 2);
    REFUSED(try_merge(sum, "a", "b;c;"), OVERFLOW, "sum_i64");
    expect_in(sum, "a", INT64_MAX);
    expect_in(sum, "b", -1);
    expect_in(sum, "c", 2);
    free_state(sum);
    tear_down();
}

enum { COUNTERS = 3000 };

/* Many counters in a cache that cannot hold them all. */
static void many_counters_agree_with_a_model(void) {
    static int64_t model[COUNTERS];
    uint64_t random = 9;
    char key[24];
    set_up();
    fsb_state *sum = open_aggregate("reducing", "sum_i64");
    for (int addition = 0; addition < 40000; addition++) {
        const uint32_t chosen = random_below(&random, random_below(&random, COUNTERS) + 1);
        snprintf(key, sizeof key, "%" PRIu32, chosen);
        set_key(opened.keyed, key);
        add_i64(sum, addition);
        model[chosen] += addition;
        if (addition % 15000 == 10000) flush_and_compact();
    }
    for (int round = 0; round < 2; round++) {
        for (uint32_t counter = 0; counter < COUNTERS; counter++) {
            snprintf(key, sizeof key, "%" PRIu32, counter);
            set_key(opened.keyed, key);
            if (is_empty(sum)) CHECK(model[counter] == 0);
            else CHECK(result_i64(sum) == model[counter]);
        }
        sum = reopen_with(sum, "{\"name\":\"sum_i64\",\"kind\":\"reducing\",\"aggregate\":\"sum_i64\"}");
    }
    free_state(sum);
    tear_down();
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"aggregates_of_integers", aggregates_of_integers, NULL},
        {"aggregates_of_doubles", aggregates_of_doubles, NULL},
        {"numbers_that_are_none_stay", numbers_that_are_none_stay, NULL},
        {"a_sum_out_of_range_changes_nothing", a_sum_out_of_range_changes_nothing, NULL},
        {"a_count_out_of_range_changes_nothing", a_count_out_of_range_changes_nothing, NULL},
        {"accumulators_come_and_go_as_bytes", accumulators_come_and_go_as_bytes, NULL},
        {"the_callers_own_function_uses_get_and_put", the_callers_own_function_uses_get_and_put, NULL},
        {"sources_are_merged_into_the_target_and_cleared", sources_are_merged_into_the_target_and_cleared, NULL},
        {"means_and_counts_merge", means_and_counts_merge, NULL},
        {"a_merge_out_of_range_changes_nothing", a_merge_out_of_range_changes_nothing, NULL},
        {"many_counters_agree_with_a_model", many_counters_agree_with_a_model, NULL},
    };
    return run_in_every_mode(tests, COUNT_OF(tests), argc, argv);
}
