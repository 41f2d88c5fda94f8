/* Handles freed in every order, and a long random walk of calls and frees: nothing leaks, and what is gone stays gone. */
#include "live_set.h"

#define CALLS 100000
#define SLOTS 12
#define SEED_VARIABLE "FSB_TEST_SEED"

static const handle_kind of_one_backend[] = {KIND_BACKEND, KIND_FAMILY, KIND_ITERATOR, KIND_SNAPSHOT, KIND_VIEW};

/* Frees what `order` says and expects that the rest still works, at every step. */
static void free_in_order(const handle_kind *order) {
    handle_set set;
    memset(&set, 0, sizeof set);
    set.of[KIND_BACKEND] = open_small();
    live_children(&set);
    for (size_t at = 0; at < COUNT_OF(of_one_backend); at++) {
        CHECK_STATUS(free_handle(order[at], set.of[order[at]]), FSB_STATUS_OK);
        CHECK_STATUS(free_handle(order[at], set.of[order[at]]), FSB_STATUS_INVALID_HANDLE);
        set.of[order[at]] = NULL;
        if (set.of[KIND_FAMILY] != NULL) CHECK_ROW(FAMILY_OF(&set), "key", "value");
        if (set.of[KIND_ITERATOR] != NULL) CHECK_OK(fsb_iterator_seek_to_first(ITERATOR_OF(&set), &test_error));
    }
    check_no_live_objects(__FILE__, __LINE__);
}

static void permute(handle_kind *order, size_t fixed) {
    if (fixed == COUNT_OF(of_one_backend)) {
        free_in_order(order);
        return;
    }
    for (size_t at = fixed; at < COUNT_OF(of_one_backend); at++) {
        handle_kind chosen = order[at];
        order[at] = order[fixed], order[fixed] = chosen;
        permute(order, fixed + 1);
        order[fixed] = order[at], order[at] = chosen;
    }
}

static void every_order_of_freeing_is_safe(void) {
    handle_kind order[COUNT_OF(of_one_backend)];
    memcpy(order, of_one_backend, sizeof order);
    permute(order, 0);
}

static uint64_t random_state;

static uint32_t below(uint32_t limit) {
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(random_state >> 33) % limit;
}

/* The walk's handles: a few of each kind, each live, or freed and remembered as such. */
typedef struct slot {
    void *handle;
    int live;
} slot;

static slot slots[KIND_COUNT][SLOTS];

static void *live_of(handle_kind kind) {
    for (unsigned tries = 0; tries < SLOTS; tries++) {
        slot *found = &slots[kind][below(SLOTS)];
        if (found->live) return found->handle;
    }
    return NULL;
}

static void *make_handle(handle_kind kind) {
    void *made = NULL;
    fsb_backend *backend = (fsb_backend *)live_of(KIND_BACKEND);
    fsb_column_family *family = (fsb_column_family *)live_of(KIND_FAMILY);
    switch (kind) {
    case KIND_FAMILY: fsb_backend_column_family(backend, "default", 7, (fsb_column_family **)&made, NULL); break;
    case KIND_ITERATOR: fsb_column_family_iterator(family, NULL, (fsb_iterator **)&made, NULL); break;
    case KIND_SNAPSHOT: fsb_backend_snapshot(backend, (fsb_snapshot **)&made, NULL); break;
    case KIND_RESOURCES: fsb_resources_create("{}", 2, (fsb_resources **)&made, NULL); break;
    case KIND_BUFFER: fsb_column_family_get_owned(family, NULL, KEY, (fsb_buffer **)&made, NULL); break;
    case KIND_VIEW: fsb_column_family_get_view(family, NULL, KEY, (fsb_view **)&made, NULL); break;
    case KIND_ERROR: fsb_backend_flush(NULL, (fsb_error **)&made); break;
    default: break;
    }
    return made;
}

static void free_slot(handle_kind kind, slot *chosen) {
    if (chosen->handle == NULL) return;
    CHECK_STATUS(free_handle(kind, chosen->handle), chosen->live ? FSB_STATUS_OK : FSB_STATUS_INVALID_HANDLE);
    chosen->live = 0;
}

static void make_or_free(void) {
    handle_kind kind = (handle_kind)below(KIND_COUNT);
    slot *chosen = &slots[kind][below(SLOTS)];
    if (kind == KIND_BACKEND) return;
    if (chosen->live || below(4) == 0) {
        free_slot(kind, chosen);
        return;
    }
    chosen->handle = make_handle(kind);
    chosen->live = chosen->handle != NULL;
}

static handle_set random_set(int *all_live) {
    handle_set set;
    *all_live = 1;
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        slot *chosen = &slots[kind][below(SLOTS)];
        set.of[kind] = chosen->handle;
        if (!chosen->live) *all_live = 0;
    }
    return set;
}

static int is_live(const export_call *row, const handle_set *set) {
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        if (!((row->needs | row->optional) & 1u << kind) || ((row->optional & 1u << kind) && set->of[kind] == NULL)) continue;
        int found = 0;
        for (int at = 0; at < SLOTS; at++) found |= slots[kind][at].live && slots[kind][at].handle == set->of[kind];
        if (!found) return 0;
    }
    return 1;
}

/* Makes one call with handles that may be gone: live ones are served, others refused. */
static void call_something(void) {
    const export_call *row = &export_calls[below(COUNT_OF(export_calls))];
    if ((row->traits & (FREES | CLOSES | OPENS | CONSTANT)) || ((row->traits & SLOW) && below(100) != 0)) return;
    int all_live = 0;
    handle_set set = random_set(&all_live);
    int live = is_live(row, &set);
    fsb_status status = row->call(&set, NULL);
    fsb_status expected = live ? FSB_STATUS_OK : FSB_STATUS_INVALID_HANDLE;
    if (status != expected && !(live && status == FSB_STATUS_NOT_FOUND))
        test_fail(__FILE__, __LINE__, "%s answered %s and should answer %s", row->name, fsb_status_name(status), fsb_status_name(expected));
}

static uint64_t chosen_seed(void) {
    const char *text = getenv(SEED_VARIABLE);
    return text == NULL ? 20130101u : strtoull(text, NULL, 10);
}

static void free_everything(void) {
    for (unsigned freed = 0; freed < 40 * KIND_COUNT * SLOTS; freed++) {
        handle_kind kind = (handle_kind)below(KIND_COUNT);
        free_slot(kind, &slots[kind][below(SLOTS)]);
    }
    for (int kind = 0; kind < KIND_COUNT; kind++)
        for (int at = 0; at < SLOTS; at++)
            if (slots[kind][at].live) free_slot((handle_kind)kind, &slots[kind][at]);
}

static void a_random_walk_of_calls_and_frees(void) {
    random_state = chosen_seed();
    test_note("seed %" PRIu64 ", another one by %s", random_state, SEED_VARIABLE);
    slots[KIND_BACKEND][0] = (slot){open_small(), 1};
    for (unsigned call = 0; call < CALLS; call++) {
        if (below(3) == 0) make_or_free();
        else call_something();
    }
    free_everything();
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"every_order_of_freeing_is_safe", every_order_of_freeing_is_safe, NULL},
        {"a_random_walk_of_calls_and_frees", a_random_walk_of_calls_and_frees, NULL},
    };
    return run_tests(tests, COUNT_OF(tests), argc, argv);
}
