/* One live handle of every kind, all of one backend, and their end in any order. */
#ifndef FSB_TESTS_LIVE_SET_H
#define FSB_TESTS_LIVE_SET_H

#include "export_calls.h"

static inline void *live_iterator(const fsb_column_family *family) {
    fsb_iterator *iterator = NULL;
    CHECK_OK(fsb_column_family_iterator(family, NULL, &iterator, &test_error));
    return iterator;
}

static inline void *live_view(const fsb_column_family *family) {
    fsb_view *view = NULL;
    CHECK_OK(fsb_column_family_get_view(family, NULL, KEY, &view, &test_error));
    return view;
}

static inline void *live_buffer(void) {
    fsb_buffer *buffer = NULL;
    CHECK_OK(fsb_options_default_json(&buffer, &test_error));
    return buffer;
}

static inline void *live_resources(void) {
    fsb_resources *resources = NULL;
    CHECK_OK(fsb_resources_create("{}", 2, &resources, &test_error));
    return resources;
}

static inline fsb_credit_pool *live_pool(void) {
    static const char json[] = "{\"capacity\":100}";
    fsb_credit_pool *pool = NULL;
    CHECK_OK(fsb_credit_pool_create(json, sizeof json - 1, &pool, &test_error));
    return pool;
}

static inline fsb_credit_channel *live_channel(const fsb_credit_pool *pool) {
    fsb_credit_channel *channel = NULL;
    CHECK_OK(fsb_credit_channel_open(pool, "live", 4, 0, &channel, &test_error));
    return channel;
}

static inline fsb_checkpoint_store *live_store(void) {
    fsb_checkpoint_store *store = NULL;
    CHECK_OK(fresh_store(&store, &test_error));
    return store;
}

static inline fsb_checkpoint *live_checkpoint(fsb_backend *backend, fsb_checkpoint_store *store) {
    fsb_checkpoint *checkpoint = NULL;
    CHECK_OK(begin_checkpoint(backend, store, &checkpoint, &test_error));
    CHECK_OK(wait_for_checkpoint(checkpoint, &test_error));
    return checkpoint;
}

static inline fsb_savepoint_export *live_export(const fsb_backend *backend) {
    fsb_savepoint_export *savepoint = NULL;
    CHECK_OK(begin_export(backend, &savepoint, &test_error));
    return savepoint;
}

static inline fsb_savepoint_import *live_import(const fsb_backend *backend) {
    fsb_savepoint_import *savepoint = NULL;
    CHECK_OK(fsb_backend_import_savepoint(backend, NULL, 0, &savepoint, &test_error));
    return savepoint;
}

static inline void *live_error(void) {
    fsb_resources *resources = NULL;
    fsb_error *error = NULL;
    CHECK_STATUS(fsb_resources_create("{", 1, &resources, &error), FSB_STATUS_INVALID_OPTION);
    return error;
}

/* Keyed state over the key group of a lane: a state of each kind with a row, a walk, and a timer. What the backend refuses stays null. */
static inline void open_lane(handle_set *set, fsb_backend *backend, uint32_t lane) {
    set->hash = hash_of_lane(lane);
    open_group(backend, lane, (fsb_keyed_backend **)&set->of[KIND_KEYED], NULL);
    fsb_keyed_backend_set_current_key(KEYED_OF(set), KEY, &set->hash, NULL);
    for (int kind = KIND_SUM; kind <= KIND_MAP; kind++)
        open_described(KEYED_OF(set), (handle_kind)kind, (fsb_state **)&set->of[kind], NULL);
    fsb_timer_service_open(KEYED_OF(set), "timers", 6, (fsb_timer_service **)&set->of[KIND_TIMERS], NULL);
    call_state_add_i64(set, NULL);
    call_state_add_f64(set, NULL);
    call_state_add_elements(set, NULL);
    call_state_map_put(set, NULL);
    call_timer_service_register(set, NULL);
    fsb_state_scan_open(MAP_OF(set), FSB_SCAN_ENTRIES, 0, (fsb_state_scan **)&set->of[KIND_SCAN], NULL);
}

static inline void live_keyed_state(handle_set *set) {
    open_lane(set, BACKEND_OF(set), 0);
    for (int kind = KIND_KEYED; kind <= KIND_TIMERS; kind++) CHECK(set->of[kind] != NULL);
}

/* What hangs on an open backend: its family `default` with the row `key`, an iterator, a snapshot and a view. */
static inline void live_children(handle_set *set) {
    fsb_column_family *family = family_of(BACKEND_OF(set), "default");
    put(family, "key", "value");
    set->of[KIND_FAMILY] = family;
    set->of[KIND_ITERATOR] = live_iterator(family);
    set->of[KIND_SNAPSHOT] = snapshot_of(BACKEND_OF(set));
    set->of[KIND_VIEW] = live_view(family);
}

static inline handle_set live_set(const char *folder) {
    handle_set set;
    memset(&set, 0, sizeof set);
    set.of[KIND_BACKEND] = open_at(folder, ",\"column_families\":[]" FOR_ALL_CALLS);
    live_children(&set);
    live_keyed_state(&set);
    set.of[KIND_RESOURCES] = live_resources();
    set.of[KIND_BUFFER] = live_buffer();
    set.of[KIND_ERROR] = live_error();
    set.of[KIND_POOL] = live_pool();
    set.of[KIND_CHANNEL] = live_channel((fsb_credit_pool *)set.of[KIND_POOL]);
    set.of[KIND_STORE] = live_store();
    set.of[KIND_CHECKPOINT] = live_checkpoint(BACKEND_OF(&set), STORE_OF(&set));
    set.of[KIND_EXPORT] = live_export(BACKEND_OF(&set));
    set.of[KIND_IMPORT] = live_import(BACKEND_OF(&set));
    return set;
}

static inline fsb_status free_handle(handle_kind kind, void *handle) {
    switch (kind) {
    case KIND_BACKEND: return fsb_backend_free((fsb_backend *)handle);
    case KIND_FAMILY: return fsb_column_family_free((fsb_column_family *)handle);
    case KIND_ITERATOR: return fsb_iterator_free((fsb_iterator *)handle);
    case KIND_SNAPSHOT: return fsb_snapshot_free((fsb_snapshot *)handle);
    case KIND_RESOURCES: return fsb_resources_free((fsb_resources *)handle);
    case KIND_BUFFER: return fsb_buffer_free((fsb_buffer *)handle);
    case KIND_VIEW: return fsb_view_free((fsb_view *)handle);
    case KIND_KEYED: return fsb_keyed_backend_free((fsb_keyed_backend *)handle);
    case KIND_SUM:
    case KIND_MEAN:
    case KIND_LIST:
    case KIND_MAP: return fsb_state_free((fsb_state *)handle);
    case KIND_SCAN: return fsb_state_scan_free((fsb_state_scan *)handle);
    case KIND_TIMERS: return fsb_timer_service_free((fsb_timer_service *)handle);
    case KIND_POOL: return fsb_credit_pool_free((fsb_credit_pool *)handle);
    case KIND_CHANNEL: return fsb_credit_channel_free((fsb_credit_channel *)handle);
    case KIND_STORE: return fsb_checkpoint_store_free((fsb_checkpoint_store *)handle);
    case KIND_CHECKPOINT: return fsb_checkpoint_free((fsb_checkpoint *)handle);
    case KIND_EXPORT: return fsb_savepoint_export_free((fsb_savepoint_export *)handle);
    case KIND_IMPORT: return fsb_savepoint_import_free((fsb_savepoint_import *)handle);
    default: return fsb_error_free((fsb_error *)handle);
    }
}

static inline void free_set(const handle_set *set) {
    for (int kind = KIND_COUNT - 1; kind >= 0; kind--) CHECK_STATUS(free_handle((handle_kind)kind, set->of[kind]), FSB_STATUS_OK);
}

#endif
