/* Every argument that is no handle, given wrongly: null with a length, null outputs, huge lengths, text that is none, struct sizes. */
#include "live_set.h"

#include <pthread.h>

/* Those of an open set of handles. */
#define FAMILIES "[\"checkpoint\",\"default\",\"timer_state\",\"user_state\"]"
#define REFUSED(call, name) CHECK_REFUSED(call, FSB_STATUS_INVALID_ARGUMENT, name)
#define TOO_LONG(call, name) CHECK_REFUSED(call, FSB_STATUS_LIMIT_EXCEEDED, name)

static const size_t huge_lengths[] = {(size_t)1 << 32, (size_t)1 << 40, SIZE_MAX / 2, SIZE_MAX / 2 + 1, SIZE_MAX};

static handle_set set;
static fsb_backend *backend;
static fsb_column_family *family;
static fsb_iterator *iterator;

static void set_up(void) {
    set = live_set(path_of("data"));
    backend = BACKEND_OF(&set);
    family = FAMILY_OF(&set);
    iterator = ITERATOR_OF(&set);
}

static void tear_down(void) {
    CHECK_ROW(family, "key", "value");
    free_set(&set);
}

static fsb_status open_iterator(const uint8_t *lower, size_t lower_length, const uint8_t *upper, size_t upper_length, const uint8_t *prefix,
                                size_t prefix_length) {
    fsb_iterator_options options;
    memset(&options, 0, sizeof options);
    options.struct_size = sizeof options;
    options.lower = lower, options.lower_length = lower_length;
    options.upper = upper, options.upper_length = upper_length;
    options.prefix = prefix, options.prefix_length = prefix_length;
    fsb_iterator *unused = NULL;
    fsb_status status = fsb_column_family_iterator(family, &options, &unused, &test_error);
    if (status != FSB_STATUS_OK) CHECK(unused == NULL);
    fsb_iterator_free(unused);
    return status;
}

static void null_bytes_with_a_length_are_refused(void) {
    set_up();
    uint8_t out[8], present;
    size_t length;
    fsb_buffer *buffer;
    fsb_view *view;
    REFUSED(fsb_backend_write(backend, NULL, 16, &test_error), "batch");
    REFUSED(fsb_column_family_put(family, NULL, 1, KEY, &test_error), "key");
    REFUSED(fsb_column_family_put(family, KEY, NULL, 1, &test_error), "value");
    REFUSED(fsb_column_family_delete(family, NULL, 1, &test_error), "key");
    REFUSED(fsb_column_family_delete_range(family, NULL, 1, KEY, &test_error), "begin");
    REFUSED(fsb_column_family_delete_range(family, KEY, NULL, 1, &test_error), "end");
    REFUSED(fsb_column_family_get(family, NULL, NULL, 1, out, sizeof out, &length, &test_error), "key");
    REFUSED(fsb_column_family_get(family, NULL, KEY, NULL, 8, &length, &test_error), "buffer");
    REFUSED(fsb_column_family_get_owned(family, NULL, NULL, 1, &buffer, &test_error), "key");
    REFUSED(fsb_column_family_get_view(family, NULL, NULL, 1, &view, &test_error), "key");
    REFUSED(fsb_column_family_contains(family, NULL, NULL, 1, &present, &test_error), "key");
    REFUSED(fsb_column_family_multi_get(family, NULL, NULL, 4, out, sizeof out, &length, &test_error), "keys");
    REFUSED(fsb_column_family_compact(family, NULL, 1, NULL, 0, &test_error), "begin");
    REFUSED(fsb_column_family_compact(family, NULL, 0, NULL, 1, &test_error), "end");
    REFUSED(fsb_iterator_seek(iterator, NULL, 1, &test_error), "key");
    REFUSED(fsb_iterator_seek_for_prev(iterator, NULL, 1, &test_error), "key");
    REFUSED(open_iterator(NULL, 1, NULL, 0, NULL, 0), "lower");
    REFUSED(open_iterator(NULL, 0, NULL, 1, NULL, 0), "upper");
    REFUSED(open_iterator(NULL, 0, NULL, 0, NULL, 1), "prefix");
    tear_down();
}

static void null_text_with_a_length_is_refused(void) {
    set_up();
    fsb_backend *other;
    fsb_resources *resources;
    fsb_column_family *made;
    fsb_buffer *buffer;
    REFUSED(fsb_backend_open(NULL, 2, NULL, &other, &test_error), "options");
    REFUSED(fsb_resources_create(NULL, 2, &resources, &test_error), "options");
    REFUSED(fsb_backend_set_options(backend, NULL, 2, &test_error), "options");
    REFUSED(fsb_column_family_set_options(family, NULL, 2, &test_error), "options");
    REFUSED(fsb_backend_create_column_family(backend, "made", 4, NULL, 2, &made, &test_error), "options");
    REFUSED(fsb_backend_create_column_family(backend, NULL, 4, NULL, 0, &made, &test_error), "name");
    REFUSED(fsb_backend_column_family(backend, NULL, 4, &made, &test_error), "name");
    REFUSED(fsb_backend_drop_column_family(backend, NULL, 4, &test_error), "name");
    REFUSED(fsb_backend_property(backend, NULL, 4, &buffer, &test_error), "name");
    REFUSED(fsb_column_family_property(family, NULL, 4, &buffer, &test_error), "name");
    tear_down();
}

static void null_outputs_of_objects_are_refused(void) {
    set_up();
    REFUSED(fsb_options_default_json(NULL, &test_error), "json");
    REFUSED(fsb_resources_create("{}", 2, NULL, &test_error), "resources");
    REFUSED(fsb_backend_open("{}", 2, NULL, NULL, &test_error), "backend");
    REFUSED(fsb_backend_options_json(backend, NULL, &test_error), "json");
    REFUSED(fsb_backend_column_family(backend, "default", 7, NULL, &test_error), "family");
    REFUSED(fsb_backend_create_column_family(backend, "made", 4, NULL, 0, NULL, &test_error), "family");
    CHECK_TEXT(family_names(backend), FAMILIES);
    REFUSED(fsb_backend_list_column_families(backend, NULL, &test_error), "json");
    REFUSED(fsb_backend_list_statistics(backend, NULL, &test_error), "json");
    REFUSED(fsb_backend_snapshot(backend, NULL, &test_error), "snapshot");
    REFUSED(fsb_backend_property(backend, "rocksdb.stats", 13, NULL, &test_error), "value");
    REFUSED(fsb_column_family_name(family, NULL, &test_error), "name");
    REFUSED(fsb_column_family_get_owned(family, NULL, KEY, NULL, &test_error), "value");
    REFUSED(fsb_column_family_get_view(family, NULL, KEY, NULL, &test_error), "value");
    REFUSED(fsb_column_family_iterator(family, NULL, NULL, &test_error), "iterator");
    REFUSED(fsb_column_family_property(family, "rocksdb.stats", 13, NULL, &test_error), "value");
    tear_down();
}

static void null_outputs_of_numbers_are_refused(void) {
    set_up();
    uint8_t out[64];
    size_t length = 0, rows = 0;
    uint64_t sequence = 0;
    const uint8_t *data = NULL;
    REFUSED(fsb_backend_statistics(backend, NULL, &test_error), "statistics");
    REFUSED(fsb_backend_recovery(backend, NULL, &test_error), "recovery");
    REFUSED(fsb_backend_pressure(backend, NULL, &test_error), "pressure");
    REFUSED(fsb_backend_ticker(backend, "rocksdb.stall.micros", 20, NULL, &test_error), "count");
    REFUSED(fsb_backend_histogram(backend, "rocksdb.db.get.micros", 21, NULL, &test_error), "histogram");
    REFUSED(fsb_backend_ticker(backend, NULL, 20, &sequence, &test_error), "ticker name");
    REFUSED(fsb_backend_ticker(backend, "\xff", 1, &sequence, &test_error), "ticker name");
    REFUSED(fsb_snapshot_sequence(SNAPSHOT_OF(&set), NULL, &test_error), "sequence");
    REFUSED(fsb_column_family_id(family, NULL, &test_error), "id");
    REFUSED(fsb_column_family_get(family, NULL, KEY, out, sizeof out, NULL, &test_error), "length");
    REFUSED(fsb_column_family_contains(family, NULL, KEY, NULL, &test_error), "present");
    REFUSED(fsb_column_family_multi_get(family, NULL, bytes("\3\0\0\0key"), 7, out, sizeof out, NULL, &test_error), "length");
    REFUSED(fsb_iterator_next_page(iterator, out, sizeof out, NULL, &rows, &test_error), "length");
    REFUSED(fsb_iterator_next_page(iterator, out, sizeof out, &length, NULL, &test_error), "row_count");
    REFUSED(fsb_iterator_next_page(iterator, NULL, 8, &length, &rows, &test_error), "buffer");
    REFUSED(fsb_iterator_prev_page(iterator, out, sizeof out, NULL, &rows, &test_error), "length");
    REFUSED(fsb_iterator_prev_page(iterator, out, sizeof out, &length, NULL, &test_error), "row_count");
    REFUSED(fsb_iterator_prev_page(iterator, NULL, 8, &length, &rows, &test_error), "buffer");
    CHECK_STATUS(fsb_live_objects_count(NULL), FSB_STATUS_INVALID_ARGUMENT);
    CHECK_STATUS(fsb_error_describe((fsb_error *)set.of[KIND_ERROR], NULL), FSB_STATUS_INVALID_ARGUMENT);
    CHECK_STATUS(fsb_buffer_data((fsb_buffer *)set.of[KIND_BUFFER], NULL, &length), FSB_STATUS_INVALID_ARGUMENT);
    CHECK_STATUS(fsb_buffer_data((fsb_buffer *)set.of[KIND_BUFFER], &data, NULL), FSB_STATUS_INVALID_ARGUMENT);
    CHECK_STATUS(fsb_view_data((fsb_view *)set.of[KIND_VIEW], NULL, &length), FSB_STATUS_INVALID_ARGUMENT);
    CHECK_STATUS(fsb_view_data((fsb_view *)set.of[KIND_VIEW], &data, NULL), FSB_STATUS_INVALID_ARGUMENT);
    tear_down();
}

/* A length above the limit is refused before one byte behind the pointer is read. */
static void keys_and_values_above_the_limit_are_refused(void) {
    set_up();
    uint8_t out[8], present;
    size_t length;
    for (size_t at = 0; at <= COUNT_OF(huge_lengths); at++) {
        const size_t huge = at == 0 ? FSB_MAX_KEY_BYTES + 1u : huge_lengths[at - 1];
        TOO_LONG(fsb_column_family_put(family, bytes("k"), huge, KEY, &test_error), "65536");
        TOO_LONG(fsb_column_family_delete(family, bytes("k"), huge, &test_error), "65536");
        TOO_LONG(fsb_column_family_delete_range(family, bytes("k"), huge, KEY, &test_error), "65536");
        TOO_LONG(fsb_column_family_delete_range(family, KEY, bytes("k"), huge, &test_error), "65536");
        TOO_LONG(fsb_column_family_get(family, NULL, bytes("k"), huge, out, sizeof out, &length, &test_error), "65536");
        TOO_LONG(fsb_column_family_contains(family, NULL, bytes("k"), huge, &present, &test_error), "65536");
        TOO_LONG(fsb_iterator_seek(iterator, bytes("k"), huge, &test_error), "65536");
        TOO_LONG(fsb_iterator_seek_for_prev(iterator, bytes("k"), huge, &test_error), "65536");
        TOO_LONG(fsb_column_family_compact(family, bytes("k"), huge, NULL, 0, &test_error), "65536");
        TOO_LONG(open_iterator(bytes("k"), huge, NULL, 0, NULL, 0), "65536");
        TOO_LONG(open_iterator(NULL, 0, bytes("k"), huge, NULL, 0), "65536");
        TOO_LONG(open_iterator(NULL, 0, NULL, 0, bytes("k"), huge), "65536");
    }
    TOO_LONG(fsb_column_family_put(family, KEY, bytes("v"), FSB_MAX_VALUE_BYTES + 1u, &test_error), "67108864");
    TOO_LONG(fsb_column_family_put(family, KEY, bytes("v"), SIZE_MAX, &test_error), "67108864");
    tear_down();
}

static void batches_names_and_documents_above_the_limit_are_refused(void) {
    set_up();
    uint8_t out[8];
    size_t length;
    fsb_backend *other;
    fsb_resources *resources;
    fsb_column_family *made;
    fsb_buffer *value;
    TOO_LONG(fsb_backend_write(backend, bytes("b"), FSB_MAX_BATCH_BYTES + 1u, &test_error), "268435456");
    TOO_LONG(fsb_backend_write(backend, bytes("b"), SIZE_MAX, &test_error), "268435456");
    TOO_LONG(fsb_column_family_multi_get(family, NULL, bytes("b"), SIZE_MAX, out, sizeof out, &length, &test_error), "keys");
    TOO_LONG(fsb_backend_create_column_family(backend, "n", FSB_MAX_NAME_BYTES + 1u, NULL, 0, &made, &test_error), "255");
    TOO_LONG(fsb_backend_column_family(backend, "n", SIZE_MAX, &made, &test_error), "255");
    TOO_LONG(fsb_backend_drop_column_family(backend, "n", SIZE_MAX, &test_error), "255");
    TOO_LONG(fsb_backend_property(backend, "n", SIZE_MAX, &value, &test_error), "255");
    TOO_LONG(fsb_column_family_property(family, "n", SIZE_MAX, &value, &test_error), "255");
    for (size_t at = 0; at < COUNT_OF(huge_lengths); at++) {
        const size_t huge = huge_lengths[at];
        TOO_LONG(fsb_backend_open("{}", huge, NULL, &other, &test_error), "options");
        TOO_LONG(fsb_resources_create("{}", huge, &resources, &test_error), "options");
        TOO_LONG(fsb_backend_set_options(backend, "{}", huge, &test_error), "options");
        TOO_LONG(fsb_column_family_set_options(family, "{}", huge, &test_error), "options");
        TOO_LONG(fsb_backend_create_column_family(backend, "made", 4, "{}", huge, &made, &test_error), "options");
    }
    tear_down();
}

static void largest_key_value_and_name_are_served(void) {
    set_up();
    char name[FSB_MAX_NAME_BYTES];
    uint8_t *key = (uint8_t *)calloc(1, FSB_MAX_KEY_BYTES), *value = (uint8_t *)calloc(1, FSB_MAX_VALUE_BYTES);
    CHECK(key != NULL && value != NULL);
    memset(name, 'n', sizeof name);
    value[FSB_MAX_VALUE_BYTES - 1] = 7;
    CHECK_OK(fsb_column_family_put(family, key, FSB_MAX_KEY_BYTES, value, FSB_MAX_VALUE_BYTES, &test_error));
    size_t length = 0;
    memset(value, 1, FSB_MAX_VALUE_BYTES);
    CHECK_OK(fsb_column_family_get(family, NULL, key, FSB_MAX_KEY_BYTES, value, FSB_MAX_VALUE_BYTES, &length, &test_error));
    CHECK_U64(length, FSB_MAX_VALUE_BYTES);
    CHECK_U64(value[FSB_MAX_VALUE_BYTES - 1], 7);
    fsb_column_family *made = NULL;
    CHECK_OK(fsb_backend_create_column_family(backend, name, sizeof name, NULL, 0, &made, &test_error));
    CHECK_OK(fsb_column_family_free(made));
    free(key);
    free(value);
    tear_down();
}

static void text_that_is_not_utf8_is_refused(void) {
    static const char bad[] = "de\xff" "ault";
    const size_t length = sizeof bad - 1;
    set_up();
    fsb_backend *other;
    fsb_resources *resources;
    fsb_column_family *made;
    fsb_buffer *value;
    REFUSED(fsb_backend_open(bad, length, NULL, &other, &test_error), "UTF-8");
    REFUSED(fsb_resources_create(bad, length, &resources, &test_error), "UTF-8");
    REFUSED(fsb_backend_set_options(backend, bad, length, &test_error), "UTF-8");
    REFUSED(fsb_column_family_set_options(family, bad, length, &test_error), "UTF-8");
    REFUSED(fsb_backend_create_column_family(backend, bad, length, NULL, 0, &made, &test_error), "UTF-8");
    REFUSED(fsb_backend_create_column_family(backend, "made", 4, bad, length, &made, &test_error), "UTF-8");
    REFUSED(fsb_backend_column_family(backend, bad, length, &made, &test_error), "UTF-8");
    REFUSED(fsb_backend_drop_column_family(backend, bad, length, &test_error), "UTF-8");
    REFUSED(fsb_backend_property(backend, bad, length, &value, &test_error), "UTF-8");
    REFUSED(fsb_column_family_property(family, bad, length, &value, &test_error), "UTF-8");
    tear_down();
}

/* A NUL inside a text is part of it: never the end of a shorter name that exists. */
static void a_nul_inside_a_text_never_ends_it(void) {
    set_up();
    fsb_column_family *made;
    fsb_buffer *value = NULL;
    REFUSED(fsb_backend_create_column_family(backend, "made\0up", 7, NULL, 0, &made, &test_error), "name");
    CHECK_REFUSED(fsb_backend_column_family(backend, "default\0", 8, &made, &test_error), FSB_STATUS_COLUMN_FAMILY_NOT_FOUND, "default");
    CHECK_REFUSED(fsb_backend_drop_column_family(backend, "default\0", 8, &test_error), FSB_STATUS_COLUMN_FAMILY_NOT_FOUND, "default");
    CHECK_ANSWER(fsb_backend_property(backend, "rocksdb.stats\0", 14, &value, &test_error), FSB_STATUS_NOT_FOUND);
    CHECK_ANSWER(fsb_column_family_property(family, "rocksdb.stats\0", 14, &value, &test_error), FSB_STATUS_NOT_FOUND);
    CHECK_TEXT(family_names(backend), FAMILIES);
    tear_down();
}

/* A struct smaller than the library's first version of it is refused and left as it was. */
static void wrong_struct_sizes_are_refused(void) {
    set_up();
    union {
        uint8_t room[512];
        uint32_t struct_size;
        fsb_error_details details;
        fsb_live_objects live;
        fsb_recovery recovery;
        fsb_statistics statistics;
        fsb_pressure pressure;
        fsb_histogram histogram;
        fsb_iterator_options options;
    } out;
    static const uint32_t sizes[] = {0, 1, 4, 8, 16, 39};
    fsb_iterator *unused = NULL;
    for (size_t at = 0; at < COUNT_OF(sizes); at++) {
        memset(&out, 0xA5, sizeof out);
        out.struct_size = sizes[at];
        CHECK_STATUS(fsb_error_describe((fsb_error *)set.of[KIND_ERROR], &out.details), FSB_STATUS_INVALID_ARGUMENT);
        CHECK_STATUS(fsb_live_objects_count(&out.live), FSB_STATUS_INVALID_ARGUMENT);
        REFUSED(fsb_backend_recovery(backend, &out.recovery, &test_error), "struct_size");
        REFUSED(fsb_backend_statistics(backend, &out.statistics, &test_error), "struct_size");
        REFUSED(fsb_backend_pressure(backend, &out.pressure, &test_error), "struct_size");
        REFUSED(fsb_backend_histogram(backend, "rocksdb.db.get.micros", 21, &out.histogram, &test_error), "struct_size");
        REFUSED(fsb_column_family_iterator(family, &out.options, &unused, &test_error), "struct_size");
        CHECK_U64(out.struct_size, sizes[at]);
        for (size_t byte = sizeof(uint32_t); byte < sizeof out.room; byte++) CHECK_U64(out.room[byte], 0xA5);
    }
    tear_down();
}

/* A failed call leaves its outputs as they were. */
static void outputs_stay_untouched_on_failure(void) {
    set_up();
    uint8_t out[8], present = 9;
    size_t length = 99, rows = 99;
    fsb_buffer *const no_buffer = (fsb_buffer *)(uintptr_t)77;
    fsb_buffer *buffer = no_buffer;
    memset(out, 0x5A, sizeof out);
    CHECK_ANSWER(fsb_column_family_get(family, NULL, bytes("none"), 4, out, sizeof out, &length, &test_error), FSB_STATUS_NOT_FOUND);
    CHECK_ANSWER(fsb_column_family_get_owned(family, NULL, bytes("none"), 4, &buffer, &test_error), FSB_STATUS_NOT_FOUND);
    REFUSED(fsb_column_family_contains(family, NULL, NULL, 4, &present, &test_error), "key");
    REFUSED(fsb_column_family_multi_get(family, NULL, bytes("\3\0"), 2, out, sizeof out, &length, &test_error), "keys");
    CHECK_U64(length, 99);
    CHECK(buffer == no_buffer);
    CHECK_U64(present, 9);
    CHECK_ANSWER(fsb_column_family_get(family, NULL, KEY, out, 2, &length, &test_error), FSB_STATUS_BUFFER_TOO_SMALL);
    CHECK_U64(length, 5);
    CHECK_ANSWER(fsb_iterator_next_page(iterator, out, 2, &length, &rows, &test_error), FSB_STATUS_BUFFER_TOO_SMALL);
    CHECK_U64(length, 16);
    CHECK_U64(rows, 99);
    CHECK_BYTES(out, sizeof out, "\x5A\x5A\x5A\x5A\x5A\x5A\x5A\x5A", 8);
    tear_down();
}

static void *page_forever(void *served) {
    uint8_t page[64];
    size_t length, rows;
    for (int turn = 0; turn < 20000; turn++) {
        fsb_status status = turn % 2 == 0 ? fsb_iterator_seek_to_first(iterator, NULL)
                                          : fsb_iterator_next_page(iterator, page, sizeof page, &length, &rows, NULL);
        if (status != FSB_STATUS_OK && status != FSB_STATUS_IN_USE)
            test_fail(__FILE__, __LINE__, "a shared iterator answered %s", fsb_status_name(status));
        *(unsigned *)served += status == FSB_STATUS_OK;
    }
    return NULL;
}

static void one_iterator_from_two_threads_is_served_or_in_use(void) {
    set_up();
    pthread_t threads[2];
    unsigned served[2] = {0, 0};
    for (int at = 0; at < 2; at++) CHECK_U64(pthread_create(&threads[at], NULL, page_forever, &served[at]), 0);
    for (int at = 0; at < 2; at++) CHECK_U64(pthread_join(threads[at], NULL), 0);
    CHECK(served[0] + served[1] > 0);
    CHECK_OK(fsb_iterator_seek_to_first(iterator, &test_error));
    tear_down();
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"null_bytes_with_a_length_are_refused", null_bytes_with_a_length_are_refused, NULL},
        {"null_text_with_a_length_is_refused", null_text_with_a_length_is_refused, NULL},
        {"null_outputs_of_objects_are_refused", null_outputs_of_objects_are_refused, NULL},
        {"null_outputs_of_numbers_are_refused", null_outputs_of_numbers_are_refused, NULL},
        {"keys_and_values_above_the_limit_are_refused", keys_and_values_above_the_limit_are_refused, NULL},
        {"batches_names_and_documents_above_the_limit_are_refused", batches_names_and_documents_above_the_limit_are_refused, NULL},
        {"largest_key_value_and_name_are_served", largest_key_value_and_name_are_served, NULL},
        {"text_that_is_not_utf8_is_refused", text_that_is_not_utf8_is_refused, NULL},
        {"a_nul_inside_a_text_never_ends_it", a_nul_inside_a_text_never_ends_it, NULL},
        {"wrong_struct_sizes_are_refused", wrong_struct_sizes_are_refused, NULL},
        {"outputs_stay_untouched_on_failure", outputs_stay_untouched_on_failure, NULL},
        {"one_iterator_from_two_threads_is_served_or_in_use", one_iterator_from_two_threads_is_served_or_in_use, NULL},
    };
    return run_tests(tests, COUNT_OF(tests), argc, argv);
}
