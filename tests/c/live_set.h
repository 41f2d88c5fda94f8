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

static inline void *live_error(void) {
    fsb_resources *resources = NULL;
    fsb_error *error = NULL;
    CHECK_STATUS(fsb_resources_create("{", 1, &resources, &error), FSB_STATUS_INVALID_OPTION);
    return error;
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
    set.of[KIND_BACKEND] = open_at(folder, ",\"column_families\":[]");
    live_children(&set);
    set.of[KIND_RESOURCES] = live_resources();
    set.of[KIND_BUFFER] = live_buffer();
    set.of[KIND_ERROR] = live_error();
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
    default: return fsb_error_free((fsb_error *)handle);
    }
}

static inline void free_set(const handle_set *set) {
    for (int kind = KIND_COUNT - 1; kind >= 0; kind--) CHECK_STATUS(free_handle((handle_kind)kind, set->of[kind]), FSB_STATUS_OK);
}

#endif
