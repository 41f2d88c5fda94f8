/* Published figures: a file that other processes read, written again and again, gone with the backend. */
#include "packed.h"

#include <errno.h>
#include <sched.h>

static fsb_backend *backend;

static void publish(uint64_t interval) { CHECK_OK(fsb_backend_publish_figures(backend, interval, &test_error)); }

static const char *file(void) { return path_of("data/FSB_FIGURES"); }

static int is_published(void) { return access(file(), F_OK) == 0; }

/* The text of the file, whole at any time. */
static const char *published(void) {
    static char text[16384];
    FILE *in = fopen(file(), "r");
    CHECK(in != NULL);
    size_t length = fread(text, 1, sizeof text - 1, in);
    fclose(in);
    CHECK(length > 2 && text[0] == '{' && text[length - 1] == '}');
    text[length] = '\0';
    return text;
}

/* The number behind `"name":` in the file. */
static double number(const char *name) {
    char field[64];
    snprintf(field, sizeof field, "\"%s\":", name);
    const char *found = strstr(published(), field);
    CHECK(found != NULL);
    return strtod(found + strlen(field), NULL);
}

/* Returns once the file has been written after this call. */
static void await_next(void) {
    double before = number("written_at_millis");
    while (number("written_at_millis") == before) sched_yield();
}

static void figures_are_those_of_the_backend(void) {
    backend = open_small();
    fsb_column_family *family = family_of(backend, "default");
    put(family, "key", "value");
    CHECK(!is_published());
    publish(3600000);
    CHECK_U64((uint64_t)number("process"), (uint64_t)getpid());
    CHECK_U64((uint64_t)number("rows_written"), 1);
    CHECK_U64((uint64_t)number("interval_millis"), 3600000);
    CHECK_OK(fsb_column_family_free(family));
    close_and_free(backend);
}

static void figures_are_written_again_and_again(void) {
    backend = open_small();
    fsb_column_family *family = family_of(backend, "default");
    publish(100);
    for (int round = 1; round <= 3; round++) {
        put(family, "key", "value");
        await_next();
        await_next();
        CHECK_U64((uint64_t)number("rows_written"), (uint64_t)round);
    }
    CHECK_OK(fsb_column_family_free(family));
    close_and_free(backend);
}

static void several_backends_share_the_thread(void) {
    fsb_backend *other = open_at(path_of("other"), "");
    CHECK_OK(fsb_backend_publish_figures(other, 100, &test_error));
    backend = open_small();
    publish(3600000);
    publish(100);
    await_next();
    close_and_free(other);
    await_next();
    close_and_free(backend);
    backend = open_small();
    publish(100);
    await_next();
    close_and_free(backend);
}

static void the_file_goes_with_the_backend(void) {
    backend = open_small();
    publish(100);
    CHECK(is_published());
    close_and_free(backend);
    CHECK(!is_published());
    backend = open_small();
    publish(100);
    CHECK_OK(fsb_backend_free(backend));
    CHECK(!is_published());
}

static void publishing_ends_on_demand(void) {
    backend = open_small();
    publish(100);
    publish(0);
    CHECK(!is_published());
    publish(0);
    publish(3600000);
    CHECK(is_published());
    close_and_free(backend);
}

static void intervals_out_of_range_are_refused(void) {
    static const uint64_t intervals[] = {1, 99, 3600001, UINT64_MAX};
    backend = open_small();
    for (size_t at = 0; at < COUNT_OF(intervals); at++) {
        CHECK_REFUSED(fsb_backend_publish_figures(backend, intervals[at], &test_error), FSB_STATUS_INVALID_ARGUMENT, "interval_millis");
        CHECK(!is_published());
    }
    close_and_free(backend);
}

static void a_file_that_cannot_be_written_is_named(void) {
    backend = open_small();
    CHECK(mkdir(file(), 0700) == 0);
    CHECK_REFUSED(fsb_backend_publish_figures(backend, 100, &test_error), FSB_STATUS_IO, "FSB_FIGURES");
    close_and_free(backend);
    CHECK(rmdir(file()) == 0);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"figures_are_those_of_the_backend", figures_are_those_of_the_backend, NULL},
        {"figures_are_written_again_and_again", figures_are_written_again_and_again, NULL},
        {"several_backends_share_the_thread", several_backends_share_the_thread, NULL},
        {"the_file_goes_with_the_backend", the_file_goes_with_the_backend, NULL},
        {"publishing_ends_on_demand", publishing_ends_on_demand, NULL},
        {"intervals_out_of_range_are_refused", intervals_out_of_range_are_refused, NULL},
        {"a_file_that_cannot_be_written_is_named", a_file_that_cannot_be_written_is_named, NULL},
    };
    return run_tests(tests, COUNT_OF(tests), argc, argv);
}
