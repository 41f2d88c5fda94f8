/* Structs of callers with another header: an older one has fewer fields than the library, a newer one has more. */
#include "live_set.h"

#include <stdbool.h>

/* What the structs had in the first version of the ABI. */
enum { FIRST_DETAILS = 40, FIRST_LIVE = 72, FIRST_OPTIONS = 64, FIRST_RECOVERY = 40, FIRST_STATISTICS = 248, FIRST_PRESSURE = 104, FIRST_HISTOGRAM = 80 };

enum { UNTOUCHED = 0xA5 };

static handle_set set;

/* Room for a struct that is larger than any the library knows. */
typedef union caller_struct {
    uint8_t room[1024];
    uint32_t struct_size;
    fsb_error_details details;
    fsb_live_objects live;
    fsb_recovery recovery;
    fsb_statistics statistics;
    fsb_pressure pressure;
    fsb_histogram histogram;
    fsb_iterator_options options;
} caller_struct;

static fsb_status describe(caller_struct *out) { return fsb_error_describe((fsb_error *)set.of[KIND_ERROR], &out->details); }
static fsb_status count(caller_struct *out) { return fsb_live_objects_count(&out->live); }
static fsb_status recovery(caller_struct *out) { return fsb_backend_recovery(BACKEND_OF(&set), &out->recovery, &test_error); }
static fsb_status statistics(caller_struct *out) { return fsb_backend_statistics(BACKEND_OF(&set), &out->statistics, &test_error); }

static fsb_status pressure(caller_struct *out) { return fsb_backend_pressure(BACKEND_OF(&set), &out->pressure, &test_error); }
static fsb_status histogram(caller_struct *out) {
    return fsb_backend_histogram(BACKEND_OF(&set), "rocksdb.db.get.micros", 21, &out->histogram, &test_error);
}

/* A function that fills a struct, with what the struct had at first and has now. */
typedef struct filler {
    fsb_status (*fill)(caller_struct *out);
    uint32_t first, now;
} filler;

static const filler fillers[] = {
    {describe, FIRST_DETAILS, sizeof(fsb_error_details)},
    {count, FIRST_LIVE, sizeof(fsb_live_objects)},
    {recovery, FIRST_RECOVERY, sizeof(fsb_recovery)},
    {statistics, FIRST_STATISTICS, sizeof(fsb_statistics)},
    {pressure, FIRST_PRESSURE, sizeof(fsb_pressure)},
    {histogram, FIRST_HISTOGRAM, sizeof(fsb_histogram)},
};

static void set_up(void) { set = live_set(path_of("data")); }
static void tear_down(void) { free_set(&set); }

static bool is_untouched(const uint8_t *bytes, size_t count) {
    for (size_t byte = 0; byte < count; byte++)
        if (bytes[byte] != UNTOUCHED) return false;
    return true;
}

/* Has `stated` bytes filled and expects that `written` were. */
static caller_struct filled(const filler *filler, uint32_t stated, uint32_t written) {
    caller_struct out;
    memset(&out, UNTOUCHED, sizeof out);
    out.struct_size = stated;
    CHECK_OK(filler->fill(&out));
    CHECK_U64(out.struct_size, written);
    CHECK(is_untouched(out.room + written, sizeof out.room - written));
    return out;
}

static void structs_of_an_older_caller_are_filled_as_far_as_they_go(void) {
    set_up();
    for (const filler *filler = fillers; filler < fillers + COUNT_OF(fillers); filler++) {
        for (uint32_t stated = filler->first; stated <= filler->now; stated++) {
            caller_struct out = filled(filler, stated, stated);
            CHECK(!is_untouched(out.room + stated - 8, 8));
        }
    }
    tear_down();
}

static void structs_of_a_newer_caller_are_filled_as_far_as_they_are_known(void) {
    set_up();
    for (const filler *filler = fillers; filler < fillers + COUNT_OF(fillers); filler++) {
        filled(filler, filler->now + 1, filler->now);
        filled(filler, sizeof(caller_struct), filler->now);
        filled(filler, UINT32_MAX, filler->now);
    }
    tear_down();
}

static fsb_status open_iterator(const caller_struct *in, size_t *row_count) {
    uint8_t page[256];
    size_t length = 0;
    fsb_iterator *iterator = NULL;
    fsb_status status = fsb_column_family_iterator(FAMILY_OF(&set), &in->options, &iterator, &test_error);
    if (status != FSB_STATUS_OK) return status;
    CHECK_OK(fsb_iterator_next_page(iterator, page, sizeof page, &length, row_count, &test_error));
    CHECK_OK(fsb_iterator_free(iterator));
    return FSB_STATUS_OK;
}

/* Options that end before the first row, of a caller that states `stated` bytes. */
static caller_struct options_of(uint32_t stated) {
    caller_struct in;
    memset(&in, 0, sizeof in);
    in.struct_size = stated;
    in.options.upper = bytes("a");
    in.options.upper_length = 1;
    return in;
}

static void options_of_an_older_caller_are_read_without_what_lies_behind_them(void) {
    set_up();
    for (uint32_t stated = FIRST_OPTIONS; stated <= sizeof(fsb_iterator_options); stated++) {
        size_t row_count = 7;
        caller_struct in = options_of(stated);
        memset(in.room + stated, UNTOUCHED, sizeof in.room - stated);
        CHECK_OK(open_iterator(&in, &row_count));
        CHECK_U64(row_count, 0);
    }
    tear_down();
}

static void options_of_a_newer_caller_are_read_when_the_unknown_is_zero(void) {
    set_up();
    size_t row_count = 7;
    caller_struct in = options_of(sizeof in);
    CHECK_OK(open_iterator(&in, &row_count));
    CHECK_U64(row_count, 0);
    in.room[sizeof in.room - 1] = 1;
    CHECK_REFUSED(open_iterator(&in, &row_count), FSB_STATUS_INVALID_ARGUMENT, "the rest be zero");
    in = options_of(UINT32_MAX);
    CHECK_REFUSED(open_iterator(&in, &row_count), FSB_STATUS_INVALID_ARGUMENT, "struct_size");
    tear_down();
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"structs_of_an_older_caller_are_filled_as_far_as_they_go", structs_of_an_older_caller_are_filled_as_far_as_they_go, NULL},
        {"structs_of_a_newer_caller_are_filled_as_far_as_they_are_known", structs_of_a_newer_caller_are_filled_as_far_as_they_are_known, NULL},
        {"options_of_an_older_caller_are_read_without_what_lies_behind_them",
         options_of_an_older_caller_are_read_without_what_lies_behind_them, NULL},
        {"options_of_a_newer_caller_are_read_when_the_unknown_is_zero", options_of_a_newer_caller_are_read_when_the_unknown_is_zero, NULL},
    };
    return run_tests(tests, COUNT_OF(tests), argc, argv);
}
