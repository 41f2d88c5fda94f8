/* Iterators: pages forwards and backwards, bounds, prefix, seeks, snapshots, tiny and exactly fitting buffers. */
#include "one_family.h"

#define ROWS 100
#define ROW_BYTES (8 + 4 + 6)

static uint8_t page[8192];

/* Rows k000 … k099 with the values v000.. of 6 bytes, the even ones on disk. */
static void set_up_rows(void) {
    set_up();
    for (int odd = 0; odd < 2; odd++) {
        for (int row = odd; row < ROWS; row += 2) {
            char key[16], value[16];
            snprintf(key, sizeof key, "k%03d", row);
            snprintf(value, sizeof value, "v%03d--", row);
            put(family, key, value);
        }
        if (odd == 0) CHECK_OK(fsb_backend_flush(backend, &test_error));
    }
}

static fsb_iterator_options all_rows(void) {
    fsb_iterator_options options;
    memset(&options, 0, sizeof options);
    options.struct_size = sizeof options;
    options.fill_cache = 1;
    return options;
}

static fsb_iterator *iterate(const fsb_iterator_options *options) {
    fsb_iterator *iterator = NULL;
    CHECK_OK(fsb_column_family_iterator(family, options, &iterator, &test_error));
    CHECK(iterator != NULL);
    return iterator;
}

static fsb_status turn_page(fsb_iterator *iterator, int step, size_t capacity, size_t *length, size_t *rows) {
    return step > 0 ? fsb_iterator_next_page(iterator, page, capacity, length, rows, &test_error)
                    : fsb_iterator_prev_page(iterator, page, capacity, length, rows, &test_error);
}

static void check_row_is(page_row row, int number) {
    char key[16], value[16];
    snprintf(key, sizeof key, "k%03d", number);
    snprintf(value, sizeof value, "v%03d--", number);
    CHECK_BYTES(row.key, row.key_length, key, 4);
    CHECK_BYTES(row.value, row.value_length, value, 6);
}

/* Pages of `capacity` bytes hold the rows `first`, `first + step` … and end after `count` rows. */
static void check_rows(fsb_iterator *iterator, int first, int step, int count, size_t capacity) {
    int expected = first, seen = 0;
    for (;;) {
        size_t length = 0, rows = 0, at = 0;
        CHECK_OK(turn_page(iterator, step, capacity, &length, &rows));
        if (rows == 0) break;
        CHECK(length <= capacity);
        for (size_t row = 0; row < rows; row++, seen++, expected += step) check_row_is(page_next(page, length, &at), expected);
        CHECK_U64(at, length);
        if (seen < count) CHECK_U64(rows, capacity / ROW_BYTES < (size_t)count ? capacity / ROW_BYTES : (size_t)count);
    }
    CHECK_U64(seen, count);
}

static void check_end(fsb_iterator *iterator, int step) {
    size_t length = 99, rows = 99;
    CHECK_OK(turn_page(iterator, step, sizeof page, &length, &rows));
    CHECK_U64(length, 0);
    CHECK_U64(rows, 0);
}

static void pages_of_any_size_hold_every_row_once(void) {
    static const size_t capacities[] = {ROW_BYTES, ROW_BYTES + 1, 2 * ROW_BYTES, 7 * ROW_BYTES + 5, ROWS * ROW_BYTES, 8192};
    set_up_rows();
    for (size_t at = 0; at < COUNT_OF(capacities); at++) {
        fsb_iterator *iterator = iterate(NULL);
        check_rows(iterator, 0, 1, ROWS, capacities[at]);
        CHECK_OK(fsb_iterator_seek_to_last(iterator, &test_error));
        check_rows(iterator, ROWS - 1, -1, ROWS, capacities[at]);
        CHECK_OK(fsb_iterator_free(iterator));
    }
    tear_down();
}

static void the_end_is_an_empty_page_as_often_as_asked(void) {
    set_up_rows();
    fsb_iterator *iterator = iterate(NULL);
    check_rows(iterator, 0, 1, ROWS, sizeof page);
    check_end(iterator, 1);
    check_end(iterator, 1);
    CHECK_OK(fsb_iterator_seek_to_first(iterator, &test_error));
    check_rows(iterator, 0, 1, ROWS, sizeof page);
    CHECK_OK(fsb_iterator_free(iterator));
    tear_down();
}

static void an_empty_family_has_no_rows(void) {
    backend = open_small();
    family = family_of(backend, "default");
    fsb_iterator *iterator = iterate(NULL);
    check_end(iterator, 1);
    CHECK_OK(fsb_iterator_seek_to_last(iterator, &test_error));
    check_end(iterator, -1);
    CHECK_OK(fsb_iterator_seek(iterator, bytes("k"), 1, &test_error));
    check_end(iterator, 1);
    CHECK_OK(fsb_iterator_free(iterator));
    tear_down();
}

static void a_row_that_does_not_fit_keeps_the_position(void) {
    set_up_rows();
    fsb_iterator *iterator = iterate(NULL);
    for (size_t capacity = 0; capacity < ROW_BYTES; capacity++) {
        size_t length = 0, rows = 0;
        CHECK_ANSWER(turn_page(iterator, 1, capacity, &length, &rows), FSB_STATUS_BUFFER_TOO_SMALL);
        CHECK_U64(length, ROW_BYTES);
        CHECK_ANSWER(turn_page(iterator, -1, capacity, &length, &rows), FSB_STATUS_BUFFER_TOO_SMALL);
        CHECK_U64(length, ROW_BYTES);
    }
    check_rows(iterator, 0, 1, ROWS, sizeof page);
    CHECK_OK(fsb_iterator_free(iterator));
    tear_down();
}

/* A page ends in front of a row that does not fit any more; the next call says how much that row needs. */
static void a_large_row_between_small_ones(void) {
    set_up_rows();
    char large[3000];
    memset(large, 'L', sizeof large - 1);
    large[sizeof large - 1] = '\0';
    put(family, "k050", large);
    fsb_iterator *iterator = iterate(NULL);
    size_t length = 0, rows = 0, at = 0;
    CHECK_OK(turn_page(iterator, 1, 2000, &length, &rows));
    CHECK_U64(rows, 50);
    CHECK_ANSWER(turn_page(iterator, 1, 2000, &length, &rows), FSB_STATUS_BUFFER_TOO_SMALL);
    CHECK_U64(length, 8 + 4 + sizeof large - 1);
    CHECK_OK(turn_page(iterator, 1, length, &length, &rows));
    CHECK_U64(rows, 1);
    page_row row = page_next(page, length, &at);
    CHECK_BYTES(row.value, row.value_length, large, sizeof large - 1);
    check_rows(iterator, 51, 1, 49, 2000);
    CHECK_OK(fsb_iterator_free(iterator));
    tear_down();
}

static void seeks_find_the_row_at_or_beside_the_key(void) {
    set_up_rows();
    fsb_iterator *iterator = iterate(NULL);
    CHECK_OK(fsb_iterator_seek(iterator, bytes("k040"), 4, &test_error));
    check_rows(iterator, 40, 1, 60, sizeof page);
    CHECK_OK(fsb_iterator_seek(iterator, bytes("k040x"), 5, &test_error));
    check_rows(iterator, 41, 1, 59, sizeof page);
    CHECK_OK(fsb_iterator_seek_for_prev(iterator, bytes("k040"), 4, &test_error));
    check_rows(iterator, 40, -1, 41, sizeof page);
    CHECK_OK(fsb_iterator_seek_for_prev(iterator, bytes("k040x"), 5, &test_error));
    check_rows(iterator, 40, -1, 41, sizeof page);
    CHECK_OK(fsb_iterator_seek(iterator, NULL, 0, &test_error));
    check_rows(iterator, 0, 1, ROWS, sizeof page);
    CHECK_OK(fsb_iterator_seek(iterator, bytes("z"), 1, &test_error));
    check_end(iterator, 1);
    CHECK_OK(fsb_iterator_seek_for_prev(iterator, bytes("a"), 1, &test_error));
    check_end(iterator, -1);
    CHECK_OK(fsb_iterator_free(iterator));
    tear_down();
}

static void bounds_cut_both_ends(void) {
    set_up_rows();
    fsb_iterator_options options = all_rows();
    options.lower = bytes("k010"), options.lower_length = 4;
    options.upper = bytes("k020"), options.upper_length = 4;
    fsb_iterator *iterator = iterate(&options);
    check_rows(iterator, 10, 1, 10, sizeof page);
    CHECK_OK(fsb_iterator_seek_to_last(iterator, &test_error));
    check_rows(iterator, 19, -1, 10, 3 * ROW_BYTES);
    CHECK_OK(fsb_iterator_seek(iterator, bytes("a"), 1, &test_error));
    check_rows(iterator, 10, 1, 10, sizeof page);
    CHECK_OK(fsb_iterator_seek_for_prev(iterator, bytes("z"), 1, &test_error));
    check_rows(iterator, 19, -1, 10, sizeof page);
    CHECK_OK(fsb_iterator_free(iterator));
    options.lower = bytes("k020");
    iterator = iterate(&options);
    check_end(iterator, 1);
    CHECK_OK(fsb_iterator_free(iterator));
    tear_down();
}

static void bounds_are_copied(void) {
    set_up_rows();
    char lower[] = "k090";
    fsb_iterator_options options = all_rows();
    options.lower = bytes(lower), options.lower_length = 4;
    fsb_iterator *iterator = iterate(&options);
    memset(lower, 'z', 4);
    CHECK_OK(fsb_iterator_seek_to_first(iterator, &test_error));
    check_rows(iterator, 90, 1, 10, sizeof page);
    CHECK_OK(fsb_iterator_free(iterator));
    tear_down();
}

static void a_prefix_combines_with_the_bounds(void) {
    set_up_rows();
    fsb_iterator_options options = all_rows();
    options.prefix = bytes("k03"), options.prefix_length = 3;
    fsb_iterator *iterator = iterate(&options);
    check_rows(iterator, 30, 1, 10, sizeof page);
    CHECK_OK(fsb_iterator_seek_to_last(iterator, &test_error));
    check_rows(iterator, 39, -1, 10, sizeof page);
    CHECK_OK(fsb_iterator_free(iterator));
    options.lower = bytes("k035"), options.lower_length = 4;
    options.upper = bytes("k038"), options.upper_length = 4;
    iterator = iterate(&options);
    check_rows(iterator, 35, 1, 3, sizeof page);
    CHECK_OK(fsb_iterator_free(iterator));
    options.prefix = bytes("x"), options.prefix_length = 1;
    iterator = iterate(&options);
    check_end(iterator, 1);
    CHECK_OK(fsb_iterator_free(iterator));
    tear_down();
}

/* A prefix of 0xFF bytes alone has no upper neighbour. */
static void a_prefix_of_all_ones_ends_with_the_family(void) {
    set_up_rows();
    CHECK_OK(fsb_column_family_put(family, bytes("\xff\xff\x01"), 3, bytes("in"), 2, &test_error));
    CHECK_OK(fsb_column_family_put(family, bytes("\xff\x01"), 2, bytes("out"), 3, &test_error));
    fsb_iterator_options options = all_rows();
    options.prefix = bytes("\xff\xff"), options.prefix_length = 2;
    fsb_iterator *iterator = iterate(&options);
    size_t length = 0, rows = 0, at = 0;
    CHECK_OK(turn_page(iterator, 1, sizeof page, &length, &rows));
    CHECK_U64(rows, 1);
    page_row row = page_next(page, length, &at);
    CHECK_BYTES(row.value, row.value_length, "in", 2);
    CHECK_OK(fsb_iterator_free(iterator));
    tear_down();
}

static void a_snapshot_holds_the_rows_still(void) {
    set_up_rows();
    fsb_iterator_options options = all_rows();
    fsb_snapshot *snapshot = snapshot_of(backend);
    options.snapshot = snapshot;
    put(family, "k000", "changed");
    delete_key(family, "k050");
    put(family, "k0505", "added");
    fsb_iterator *iterator = iterate(&options);
    CHECK_OK(fsb_snapshot_free(snapshot));
    check_rows(iterator, 0, 1, ROWS, sizeof page);
    CHECK_OK(fsb_iterator_free(iterator));
    tear_down();
}

/* Without a snapshot the iterator reads what was there when it was made. */
static void rows_written_later_stay_out_of_an_iterator(void) {
    set_up_rows();
    fsb_iterator *iterator = iterate(NULL);
    put(family, "k000", "changed");
    CHECK_OK(fsb_column_family_delete_range(family, bytes("k"), 1, bytes("l"), 1, &test_error));
    CHECK_OK(fsb_backend_flush(backend, &test_error));
    check_rows(iterator, 0, 1, ROWS, 5 * ROW_BYTES);
    CHECK_OK(fsb_iterator_free(iterator));
    tear_down();
}

static void an_iterator_outlives_the_handles_of_its_parents(void) {
    set_up_rows();
    fsb_iterator *iterator = iterate(NULL);
    CHECK_OK(fsb_column_family_free(family));
    CHECK_OK(fsb_backend_free(backend));
    check_rows(iterator, 0, 1, ROWS, sizeof page);
    CHECK_OK(fsb_iterator_free(iterator));
    close_and_free(open_small());
}

static void crossed_bounds_hold_no_rows(void) {
    set_up_rows();
    fsb_iterator_options options = all_rows();
    options.lower = bytes("k050"), options.lower_length = 4;
    options.upper = bytes("k010"), options.upper_length = 4;
    fsb_iterator *iterator = NULL;
    fsb_status status = fsb_column_family_iterator(family, &options, &iterator, &test_error);
    if (status == FSB_STATUS_OK) check_end(iterator, 1);
    else CHECK_STATUS(status, FSB_STATUS_INVALID_ARGUMENT);
    test_error_drop();
    CHECK_OK(fsb_iterator_free(iterator));
    tear_down();
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"pages_of_any_size_hold_every_row_once", pages_of_any_size_hold_every_row_once, NULL},
        {"the_end_is_an_empty_page_as_often_as_asked", the_end_is_an_empty_page_as_often_as_asked, NULL},
        {"an_empty_family_has_no_rows", an_empty_family_has_no_rows, NULL},
        {"a_row_that_does_not_fit_keeps_the_position", a_row_that_does_not_fit_keeps_the_position, NULL},
        {"a_large_row_between_small_ones", a_large_row_between_small_ones, NULL},
        {"seeks_find_the_row_at_or_beside_the_key", seeks_find_the_row_at_or_beside_the_key, NULL},
        {"bounds_cut_both_ends", bounds_cut_both_ends, NULL},
        {"bounds_are_copied", bounds_are_copied, NULL},
        {"a_prefix_combines_with_the_bounds", a_prefix_combines_with_the_bounds, NULL},
        {"a_prefix_of_all_ones_ends_with_the_family", a_prefix_of_all_ones_ends_with_the_family, NULL},
        {"a_snapshot_holds_the_rows_still", a_snapshot_holds_the_rows_still, NULL},
        {"rows_written_later_stay_out_of_an_iterator", rows_written_later_stay_out_of_an_iterator, NULL},
        {"an_iterator_outlives_the_handles_of_its_parents", an_iterator_outlives_the_handles_of_its_parents, NULL},
        {"crossed_bounds_hold_no_rows", crossed_bounds_hold_no_rows, NULL},
    };
    return run_tests(tests, COUNT_OF(tests), argc, argv);
}
