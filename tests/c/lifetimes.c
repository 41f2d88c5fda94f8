/* Handles freed in every order, and a long random walk of calls and frees: nothing leaks, and what is gone stays gone. */
#include "live_set.h"

#define CALLS 100000
#define SLOTS 12
#define SEED_VARIABLE "FSB_TEST_SEED"

static const handle_kind of_one_backend[] = {KIND_BACKEND, KIND_FAMILY, KIND_ITERATOR, KIND_SNAPSHOT, KIND_VIEW};
static const handle_kind of_keyed_state[] = {KIND_BACKEND, KIND_KEYED, KIND_MAP, KIND_SCAN, KIND_TIMERS};
#define ORDERED COUNT_OF(of_one_backend)
_Static_assert(ORDERED == COUNT_OF(of_keyed_state), "one row of kinds is longer");

static void check_what_is_left(const handle_set *set) {
    if (set->of[KIND_FAMILY] != NULL) CHECK_ROW(FAMILY_OF(set), "key", "value");
    if (set->of[KIND_ITERATOR] != NULL) CHECK_OK(fsb_iterator_seek_to_first(ITERATOR_OF(set), &test_error));
    if (set->of[KIND_KEYED] != NULL) CHECK_OK(call_keyed_backend_set_current_key(set, &test_error));
    if (set->of[KIND_MAP] != NULL) CHECK_TEXT(map_value(MAP_OF(set), "key"), "value");
    if (set->of[KIND_SCAN] != NULL) CHECK_OK(call_state_scan_next_page(set, &test_error));
    if (set->of[KIND_TIMERS] != NULL) CHECK_OK(call_timer_service_next(set, &test_error));
}

static handle_set ordered_set(int keyed) {
    handle_set set;
    memset(&set, 0, sizeof set);
    set.of[KIND_BACKEND] = open_small();
    if (!keyed) {
        live_children(&set);
        return set;
    }
    live_keyed_state(&set);
    for (int kind = KIND_SUM; kind <= KIND_LIST; kind++) {
        CHECK_OK(fsb_state_free((fsb_state *)set.of[kind]));
        set.of[kind] = NULL;
    }
    return set;
}

/* Frees what `order` says and expects that the rest still works, at every step. */
static void free_in_order(const handle_kind *order) {
    int keyed = 0;
    for (size_t at = 0; at < ORDERED; at++) keyed |= order[at] == KIND_KEYED;
    handle_set set = ordered_set(keyed);
    for (size_t at = 0; at < ORDERED; at++) {
        CHECK_STATUS(free_handle(order[at], set.of[order[at]]), FSB_STATUS_OK);
        CHECK_STATUS(free_handle(order[at], set.of[order[at]]), FSB_STATUS_INVALID_HANDLE);
        set.of[order[at]] = NULL;
        check_what_is_left(&set);
    }
    check_no_live_objects(__FILE__, __LINE__);
}

static void permute(handle_kind *order, size_t fixed) {
    if (fixed == ORDERED) {
        free_in_order(order);
        return;
    }
    for (size_t at = fixed; at < ORDERED; at++) {
        handle_kind chosen = order[at];
        order[at] = order[fixed], order[fixed] = chosen;
        permute(order, fixed + 1);
        order[fixed] = order[at], order[at] = chosen;
    }
}

static void every_order_of_freeing_is_safe(void) {
    handle_kind order[ORDERED];
    memcpy(order, test_context, sizeof order);
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

/* Keyed backends have the key groups of their slots, which are taken for as long as states of them live. */
static void *make_keyed(fsb_backend *backend, uint32_t lane) {
    fsb_keyed_backend *made = NULL;
    const int32_t hash = hash_of_lane(lane);
    open_group(backend, lane, &made, NULL);
    fsb_keyed_backend_set_current_key(made, KEY, &hash, NULL);
    return made;
}

static void *make_state(handle_kind kind) {
    fsb_state *made = NULL;
    open_described((fsb_keyed_backend *)live_of(KIND_KEYED), kind, &made, NULL);
    return made;
}

/* Of the keyed backend in the slot of the same number, so that one hash suits both. */
static void *make_timers(uint32_t number) {
    fsb_timer_service *made = NULL;
    slot *keyed = &slots[KIND_KEYED][number];
    if (keyed->live) fsb_timer_service_open((fsb_keyed_backend *)keyed->handle, "timers", 6, &made, NULL);
    return made;
}

/* Now and then: each one flushes and copies. */
static void *make_checkpoint(fsb_backend *backend) {
    if (backend == NULL || below(20) != 0) return NULL;
    fsb_checkpoint_store *store = live_store();
    fsb_checkpoint *made = live_checkpoint(backend, store);
    fsb_checkpoint_store_free(store);
    return made;
}

static void *make_handle(handle_kind kind, uint32_t number) {
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
    case KIND_KEYED: return make_keyed(backend, number);
    case KIND_SCAN: fsb_state_scan_open((fsb_state *)live_of(KIND_MAP), FSB_SCAN_ENTRIES, 0, (fsb_state_scan **)&made, NULL); break;
    case KIND_TIMERS: return make_timers(number);
    case KIND_POOL: return live_pool();
    case KIND_CHANNEL: fsb_credit_channel_open((fsb_credit_pool *)live_of(KIND_POOL), "made", 4, 0, (fsb_credit_channel **)&made, NULL); break;
    case KIND_STORE: return live_store();
    case KIND_CHECKPOINT: return make_checkpoint(backend);
    case KIND_EXPORT: begin_export(backend, (fsb_savepoint_export **)&made, NULL); break;
    case KIND_IMPORT: fsb_backend_import_savepoint(backend, NULL, 0, (fsb_savepoint_import **)&made, NULL); break;
    default: return make_state(kind);
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
    const uint32_t number = below(SLOTS);
    slot *chosen = &slots[kind][number];
    if (kind == KIND_BACKEND) return;
    if (chosen->live || below(4) == 0) {
        free_slot(kind, chosen);
        return;
    }
    chosen->handle = make_handle(kind, number);
    chosen->live = chosen->handle != NULL;
}

static handle_set random_set(void) {
    const uint32_t lane = below(SLOTS);
    handle_set set;
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        const int of_lane = kind == KIND_KEYED || kind == KIND_TIMERS;
        set.of[kind] = slots[kind][of_lane ? lane : below(SLOTS)].handle;
    }
    set.hash = hash_of_lane(lane);
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
    handle_set set = random_set();
    int live = is_live(row, &set);
    fsb_status status = row->call(&set, NULL);
    fsb_status expected = live ? FSB_STATUS_OK : FSB_STATUS_INVALID_HANDLE;
    /* A channel outlives its pool: it is closed then, and nothing is out that could be given back. */
    int closed = (row->needs & CHANNEL) && (status == FSB_STATUS_CLOSED || status == FSB_STATUS_INVALID_ARGUMENT);
    if (status != expected && !(live && (status == FSB_STATUS_NOT_FOUND || closed)))
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
    slots[KIND_BACKEND][0] = (slot){open_at(path_of("data"), ",\"column_families\":[\"default\"]" FOR_ALL_CALLS), 1};
    for (unsigned call = 0; call < CALLS; call++) {
        if (below(3) == 0) make_or_free();
        else call_something();
    }
    free_everything();
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"every_order_of_freeing_is_safe", every_order_of_freeing_is_safe, of_one_backend},
        {"every_order_of_freeing_keyed_state_is_safe", every_order_of_freeing_is_safe, of_keyed_state},
        {"a_random_walk_of_calls_and_frees", a_random_walk_of_calls_and_frees, NULL},
    };
    return run_tests(tests, COUNT_OF(tests), argc, argv);
}
