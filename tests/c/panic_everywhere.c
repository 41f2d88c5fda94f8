/* A panic injected into every export: it comes back as a status with its text, poisons its own backend alone, and leaks nothing.
 *
 * Links the library built with the feature `test-hooks`, whose two additional exports stand in no header.
 */
#include "header_exports.h"
#include "live_set.h"

/* Makes the next call of the export `export_name` panic inside its guard, in whichever thread. */
fsb_status fsb_test_arm_panic(const char *export_name, size_t length);
/* Takes back what was armed and has not happened. */
fsb_status fsb_test_disarm(void);

/* Exports that hand out a constant: nothing inside them can panic, and their answer has no room for a status. */
static int is_exempt(const export_call *row) { return (row->traits & CONSTANT) != 0; }

static void arm(const export_call *row) { CHECK_STATUS(fsb_test_arm_panic(row->name, strlen(row->name)), FSB_STATUS_OK); }

/* `fsb_error_message` has no status: its answer to a panic is the empty text, which its row reads as an invalid handle. */
static fsb_status panic_status(const export_call *row) {
    return strcmp(row->name, "fsb_error_message") == 0 ? FSB_STATUS_INVALID_HANDLE : FSB_STATUS_PANIC;
}

/* The process's panic hook, which is not the library's to change, writes about every panic; a test's output has no place for it. */
static void hide_panic_hook(void) {
    if (freopen(path_of("panics"), "w", stderr) == NULL) test_fail(__FILE__, __LINE__, "standard error cannot be redirected");
}

static void expect_panic(const export_call *row, const handle_set *set) {
    fsb_error *error = NULL;
    hide_panic_hook();
    arm(row);
    fsb_status status = row->call(set, &error);
    CHECK_STATUS(fsb_test_disarm(), FSB_STATUS_OK);
    if (status != panic_status(row))
        test_fail(__FILE__, __LINE__, "%s panicked and answered %s", row->name, fsb_status_name(status));
    if (row->traits & FAILS_WITH_ERROR) {
        CHECK(error != NULL);
        CHECK_CONTAINS(fsb_error_message(error), row->name);
    }
    CHECK_STATUS(fsb_error_free(error), FSB_STATUS_OK);
}

static int poisons(const export_call *row) { return (row->needs & (OF_A_BACKEND | VIEW)) != 0; }

static void check_after(const export_call *row, const handle_set *set) {
    fsb_status status = try_put(FAMILY_OF(set), "after", "panic");
    if (!poisons(row)) {
        CHECK_OK(status);
        return;
    }
    CHECK_REFUSED(status, FSB_STATUS_POISONED, "panicked");
    CHECK_REFUSED(fsb_backend_flush(BACKEND_OF(set), &test_error), FSB_STATUS_POISONED, "panicked");
    CHECK_REFUSED(fsb_iterator_seek_to_first(ITERATOR_OF(set), &test_error), FSB_STATUS_POISONED, "panicked");
}

/* A free that panicked may have freed or not; free it again, and the counters tell whether something is left. */
static void free_after(const export_call *row, const handle_set *set) {
    for (int kind = KIND_COUNT - 1; kind >= 0; kind--) {
        fsb_status status = free_handle((handle_kind)kind, set->of[kind]);
        int may_be_gone = (row->traits & FREES) && (row->needs & 1u << kind);
        if (status != FSB_STATUS_OK && !(may_be_gone && status == FSB_STATUS_INVALID_HANDLE))
            test_fail(__FILE__, __LINE__, "freeing kind %d after a panic in %s answered %s", kind, row->name, fsb_status_name(status));
    }
}

static void check_row_after_reopening(void) {
    fsb_backend *backend = open_at(path_of("victim"), "");
    fsb_column_family *family = family_of(backend, "default");
    CHECK_ROW(family, "key", "value");
    CHECK_OK(fsb_column_family_free(family));
    close_and_free(backend);
}

static void panics_and_lives_on(void) {
    const export_call *row = (const export_call *)test_context;
    fsb_backend *bystander = open_at(path_of("bystander"), ",\"column_families\":[]");
    fsb_column_family *family = family_of(bystander, "default");
    handle_set set = live_set(path_of("victim"));
    expect_panic(row, &set);
    check_after(row, &set);
    put(family, "key", "value");
    CHECK_ROW(family, "key", "value");
    free_after(row, &set);
    check_row_after_reopening();
    CHECK_OK(fsb_column_family_free(family));
    close_and_free(bystander);
}

static void a_poisoned_backend_is_freed_instead_of_closed(void) {
    handle_set set = live_set(path_of("victim"));
    expect_panic(export_named("fsb_column_family_put", strlen("fsb_column_family_put")), &set);
    CHECK_REFUSED(fsb_backend_close(BACKEND_OF(&set), 60000, &test_error), FSB_STATUS_POISONED, "panicked");
    free_set(&set);
    check_row_after_reopening();
}

int main(int argc, char **argv) {
    setenv("RUST_BACKTRACE", "0", 1);
    test_case tests[COUNT_OF(export_calls) + 2] = {
        {"every_export_has_its_row", exports_match_header, NULL},
        {"a_poisoned_backend_is_freed_instead_of_closed", a_poisoned_backend_is_freed_instead_of_closed, NULL},
    };
    static char names[COUNT_OF(export_calls)][96];
    size_t count = 2;
    for (size_t at = 0; at < COUNT_OF(export_calls); at++) {
        if (is_exempt(&export_calls[at])) continue;
        snprintf(names[at], sizeof names[at], "%s_panics_and_lives_on", export_calls[at].name);
        tests[count++] = (test_case){names[at], panics_and_lives_on, &export_calls[at]};
    }
    return run_tests(tests, count, argc, argv);
}
