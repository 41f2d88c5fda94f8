/* Every export against every handle that is none: null, freed, foreign, of another type, and of a closed backend. */
#include "header_exports.h"
#include "live_set.h"

static handle_set freed_set(void) {
    handle_set set = live_set(path_of("freed"));
    free_set(&set);
    return set;
}

static void expect_invalid(const export_call *row, const handle_set *set, handle_kind kind, const char *what) {
    fsb_error *error = NULL;
    fsb_status status = row->call(set, &error);
    if (status != FSB_STATUS_INVALID_HANDLE)
        test_fail(__FILE__, __LINE__, "%s answered %s to %s handle %p of kind %d", row->name, fsb_status_name(status), what, set->of[kind],
                  (int)kind);
    if ((row->traits & FAILS_WITH_ERROR) && (error == NULL || fsb_error_message(error)[0] == '\0'))
        test_fail(__FILE__, __LINE__, "%s refused %s handle without a message", row->name, what);
    CHECK_STATUS(fsb_error_free(error), FSB_STATUS_OK);
    CHECK_STATUS(row->call(set, NULL), FSB_STATUS_INVALID_HANDLE);
}

static void expect_invalid_handle(const export_call *row, handle_set set, handle_kind kind, void *handle, const char *what) {
    set.of[kind] = handle;
    expect_invalid(row, &set, kind, what);
}

static void try_null(const export_call *row, handle_set set, handle_kind kind) {
    set.of[kind] = NULL;
    if (row->traits & FREES) CHECK_STATUS(row->call(&set, NULL), FSB_STATUS_OK);
    else if (row->optional & 1u << kind) CHECK_OK(row->call(&set, &test_error));
    else expect_invalid(row, &set, kind, "a null");
}

static void try_addresses(const export_call *row, const handle_set *set, handle_kind kind) {
    int on_stack = 0;
    void *on_heap = malloc(64);
    expect_invalid_handle(row, *set, kind, &on_stack, "a stack address as");
    expect_invalid_handle(row, *set, kind, on_heap, "a heap address as");
    free(on_heap);
    for (uintptr_t number = 1; number <= 64; number++) expect_invalid_handle(row, *set, kind, (void *)number, "a small number as");
    expect_invalid_handle(row, *set, kind, (void *)UINTPTR_MAX, "all ones as");
    expect_invalid_handle(row, *set, kind, (void *)(UINTPTR_MAX - 1), "nearly all ones as");
}

static int is_same_type(handle_kind left, handle_kind right) { return strcmp(kind_types[left], kind_types[right]) == 0; }

static int is_live(const handle_set *set, handle_kind kind, const void *handle) {
    for (int other = 0; other < KIND_COUNT; other++)
        if (set->of[other] == handle && is_same_type((handle_kind)other, kind)) return 1;
    return 0;
}

/* The live ticket with one bit turned is another slot, generation or type; that of a state may be another live state. */
static void try_neighbours(const export_call *row, const handle_set *set, handle_kind kind) {
    for (unsigned bit = 0; bit < 8 * sizeof(uintptr_t); bit++) {
        void *neighbour = (void *)((uintptr_t)set->of[kind] ^ (uintptr_t)1 << bit);
        if (neighbour == NULL || is_live(set, kind, neighbour)) continue;
        expect_invalid_handle(row, *set, kind, neighbour, "a neighbour of the live");
    }
}

static void try_other_kinds(const export_call *row, const handle_set *set, const handle_set *freed, handle_kind kind) {
    for (int other = 0; other < KIND_COUNT; other++) {
        expect_invalid_handle(row, *set, kind, freed->of[other], other == (int)kind ? "a freed" : "a freed and foreign");
        if (is_same_type((handle_kind)other, kind)) continue;
        expect_invalid_handle(row, *set, kind, set->of[other], "a live handle of another type as");
    }
}

static void refuses_every_wrong_handle(void) {
    const export_call *row = (const export_call *)test_context;
    handle_set freed = freed_set(), set = live_set(path_of("live"));
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        if (!((row->needs | row->optional) & 1u << kind)) continue;
        try_null(row, set, (handle_kind)kind);
        try_addresses(row, &set, (handle_kind)kind);
        try_neighbours(row, &set, (handle_kind)kind);
        try_other_kinds(row, &set, &freed, (handle_kind)kind);
    }
    if (row->traits & CLOSES) CHECK_STATUS(fsb_view_free((fsb_view *)set.of[KIND_VIEW]), FSB_STATUS_OK), set.of[KIND_VIEW] = NULL;
    CHECK_OK(row->call(&set, row->traits & FAILS_WITH_ERROR ? &test_error : NULL));
    for (int kind = 0; kind < KIND_COUNT; kind++)
        if ((row->traits & FREES) && (row->needs & 1u << kind)) set.of[kind] = NULL;
    free_set(&set);
}

static void freeing_twice_is_refused_and_null_is_fine(void) {
    handle_set freed = freed_set();
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        CHECK_STATUS(free_handle((handle_kind)kind, freed.of[kind]), FSB_STATUS_INVALID_HANDLE);
        CHECK_STATUS(free_handle((handle_kind)kind, NULL), FSB_STATUS_OK);
    }
}

/* A slot that is used again must not serve the ticket of its former owner. */
static void a_reused_slot_refuses_the_former_ticket(void) {
    fsb_backend *backend = open_small();
    fsb_column_family *first = family_of(backend, "default");
    CHECK_OK(fsb_column_family_free(first));
    for (int round = 0; round < 10000; round++) {
        fsb_column_family *next = family_of(backend, "default");
        CHECK(next != first);
        CHECK_STATUS(fsb_column_family_free(first), FSB_STATUS_INVALID_HANDLE);
        CHECK_OK(fsb_column_family_free(next));
    }
    close_and_free(backend);
}

static void check_closed_call(const export_call *row, const handle_set *set) {
    fsb_error *error = NULL;
    fsb_status status = row->call(set, &error);
    fsb_status expected = row->traits & (CLOSES | OUTLIVES_CLOSE) ? FSB_STATUS_OK : FSB_STATUS_CLOSED;
    if (status != expected)
        test_fail(__FILE__, __LINE__, "%s answered %s on a closed backend and should answer %s", row->name, fsb_status_name(status),
                  fsb_status_name(expected));
    CHECK((error != NULL) == (status == FSB_STATUS_CLOSED));
    CHECK_STATUS(fsb_error_free(error), FSB_STATUS_OK);
}

static void every_call_on_a_closed_backend_answers_closed(void) {
    handle_set set = live_set(path_of("data"));
    CHECK_STATUS(fsb_view_free((fsb_view *)set.of[KIND_VIEW]), FSB_STATUS_OK);
    set.of[KIND_VIEW] = NULL;
    CHECK_OK(fsb_backend_close(BACKEND_OF(&set), 60000, &test_error));
    for (size_t at = 0; at < COUNT_OF(export_calls); at++)
        if ((export_calls[at].needs & OF_A_BACKEND) && !(export_calls[at].traits & FREES)) check_closed_call(&export_calls[at], &set);
    free_set(&set);
}

int main(int argc, char **argv) {
    test_case tests[COUNT_OF(export_calls) + 4] = {
        {"every_export_has_its_row", exports_match_header, NULL},
        {"freeing_twice_is_refused_and_null_is_fine", freeing_twice_is_refused_and_null_is_fine, NULL},
        {"a_reused_slot_refuses_the_former_ticket", a_reused_slot_refuses_the_former_ticket, NULL},
        {"every_call_on_a_closed_backend_answers_closed", every_call_on_a_closed_backend_answers_closed, NULL},
    };
    static char names[COUNT_OF(export_calls)][96];
    size_t count = 4;
    for (size_t at = 0; at < COUNT_OF(export_calls); at++) {
        if ((export_calls[at].needs | export_calls[at].optional) == NONE) continue;
        snprintf(names[at], sizeof names[at], "%s_refuses_every_wrong_handle", export_calls[at].name);
        tests[count++] = (test_case){names[at], refuses_every_wrong_handle, &export_calls[at]};
    }
    return run_tests(tests, count, argc, argv);
}
