/* Backends, families and rows as the tests open, write and expect them. Every function here ends the test when the library refuses. */
#ifndef FSB_TESTS_FIXTURE_H
#define FSB_TESTS_FIXTURE_H

#include "harness.h"

/* Joins the test's own folder and `name`; the text is valid until the eighth call after this one. */
static inline const char *path_of(const char *name) {
    static __thread char paths[8][1024];
    static __thread unsigned next;
    char *path = paths[next++ % COUNT_OF(paths)];
    snprintf(path, sizeof paths[0], "%s/%s", test_folder, name);
    return path;
}

/* Tries to open `folder` with the options of `more`, which is empty or starts with a comma. */
static inline fsb_status try_open(const char *folder, const char *more, const fsb_resources *resources, fsb_backend **backend) {
    char json[8192];
    int length = snprintf(json, sizeof json, "{\"data_directory\":\"%s\"%s}", folder, more);
    CHECK(length > 0 && (size_t)length < sizeof json);
    return fsb_backend_open(json, (size_t)length, resources, backend, &test_error);
}

static inline fsb_backend *open_at(const char *folder, const char *more) {
    fsb_backend *backend = NULL;
    CHECK_OK(try_open(folder, more, NULL, &backend));
    CHECK(backend != NULL);
    return backend;
}

/* Opens the backend `data` of the test's folder with the one family `default`. */
static inline fsb_backend *open_small(void) { return open_at(path_of("data"), ",\"column_families\":[\"default\"]"); }

static inline void close_and_free(fsb_backend *backend) {
    CHECK_OK(fsb_backend_close(backend, 60000, &test_error));
    CHECK_OK(fsb_backend_free(backend));
}

static inline fsb_column_family *family_of(const fsb_backend *backend, const char *name) {
    fsb_column_family *family = NULL;
    CHECK_OK(fsb_backend_column_family(backend, name, strlen(name), &family, &test_error));
    CHECK(family != NULL);
    return family;
}

static inline fsb_column_family *create_family(const fsb_backend *backend, const char *name, const char *options) {
    fsb_column_family *family = NULL;
    size_t length = options == NULL ? 0 : strlen(options);
    CHECK_OK(fsb_backend_create_column_family(backend, name, strlen(name), options, length, &family, &test_error));
    CHECK(family != NULL);
    return family;
}

static inline uint32_t id_of(const fsb_column_family *family) {
    uint32_t id = UINT32_MAX;
    CHECK_OK(fsb_column_family_id(family, &id, &test_error));
    return id;
}

static inline const uint8_t *bytes(const char *text) { return (const uint8_t *)text; }

static inline fsb_status try_put(const fsb_column_family *family, const char *key, const char *value) {
    return fsb_column_family_put(family, bytes(key), strlen(key), bytes(value), strlen(value), &test_error);
}

static inline void put(const fsb_column_family *family, const char *key, const char *value) { CHECK_OK(try_put(family, key, value)); }

static inline void delete_key(const fsb_column_family *family, const char *key) {
    CHECK_OK(fsb_column_family_delete(family, bytes(key), strlen(key), &test_error));
}

/* The value of `key` as text, or NULL when it is absent; valid until the next call. */
static inline const char *get_at(const fsb_column_family *family, const fsb_snapshot *snapshot, const char *key) {
    static __thread char value[4096];
    size_t length = 0;
    fsb_status status =
        fsb_column_family_get(family, snapshot, bytes(key), strlen(key), (uint8_t *)value, sizeof value - 1, &length, &test_error);
    if (status == FSB_STATUS_NOT_FOUND) return NULL;
    CHECK_OK(status);
    value[length] = '\0';
    return value;
}

static inline const char *get(const fsb_column_family *family, const char *key) { return get_at(family, NULL, key); }

#define CHECK_ROW(family, key, expected) check_row(__FILE__, __LINE__, get(family, key), key, expected)

static inline void check_row(const char *file, int line, const char *actual, const char *key, const char *expected) {
    if (actual == NULL) test_fail(file, line, "key \"%s\" is absent and should be \"%s\"", key, expected);
    if (strcmp(actual, expected) != 0) test_fail(file, line, "key \"%s\" is \"%s\" and should be \"%s\"", key, actual, expected);
}

static inline void check_absent(const fsb_column_family *family, const char *key) {
    const char *value = get(family, key);
    if (value != NULL) test_fail(__FILE__, __LINE__, "key \"%s\" is \"%s\" and should be absent", key, value);
}

/* The text of an owned buffer, which is freed; valid until the next call. */
static inline const char *take_text(fsb_buffer *buffer) {
    static __thread char text[65536];
    const uint8_t *data = NULL;
    size_t length = 0;
    CHECK_OK(fsb_buffer_data(buffer, &data, &length));
    CHECK(length < sizeof text);
    memcpy(text, data, length);
    text[length] = '\0';
    CHECK_OK(fsb_buffer_free(buffer));
    return text;
}

static inline const char *backend_options(const fsb_backend *backend) {
    fsb_buffer *json = NULL;
    CHECK_OK(fsb_backend_options_json(backend, &json, &test_error));
    return take_text(json);
}

static inline const char *family_names(const fsb_backend *backend) {
    fsb_buffer *json = NULL;
    CHECK_OK(fsb_backend_list_column_families(backend, &json, &test_error));
    return take_text(json);
}

static inline const char *backend_property(const fsb_backend *backend, const char *name) {
    fsb_buffer *value = NULL;
    CHECK_OK(fsb_backend_property(backend, name, strlen(name), &value, &test_error));
    return take_text(value);
}

static inline const char *family_property(const fsb_column_family *family, const char *name) {
    fsb_buffer *value = NULL;
    CHECK_OK(fsb_column_family_property(family, name, strlen(name), &value, &test_error));
    return take_text(value);
}

static inline fsb_snapshot *snapshot_of(const fsb_backend *backend) {
    fsb_snapshot *snapshot = NULL;
    CHECK_OK(fsb_backend_snapshot(backend, &snapshot, &test_error));
    CHECK(snapshot != NULL);
    return snapshot;
}

static inline fsb_live_objects live_objects(void) {
    fsb_live_objects live;
    memset(&live, 0, sizeof live);
    live.struct_size = sizeof live;
    CHECK_OK(fsb_live_objects_count(&live));
    return live;
}

#endif
