/* Keyed state as the tests open, write and expect it. Contents are spelled as text: lists "a;b;", maps "key=value;null!;", keys with
 * their namespaces "key=namespace;", each record ended by a semicolon. Every function without `try_` ends the test on a refusal. */
#ifndef FSB_TESTS_KEYED_H
#define FSB_TESTS_KEYED_H

#include "packed.h"

#define NULL_VALUE UINT32_MAX
#define MAX_PART_BYTES (12u << 10) /* of a key, a namespace and a map key, as documented */
#define TEXT_BYTES 65536

/* The backend and the keyed backend of a test. */
typedef struct job {
    fsb_backend *backend;
    fsb_keyed_backend *keyed;
} job;

static inline fsb_status try_open_keyed(const fsb_backend *backend, const char *options, fsb_keyed_backend **keyed) {
    return fsb_keyed_backend_open(backend, options, strlen(options), keyed, &test_error);
}

static inline fsb_keyed_backend *open_keyed(const fsb_backend *backend, const char *options) {
    fsb_keyed_backend *keyed = NULL;
    CHECK_OK(try_open_keyed(backend, options, &keyed));
    CHECK(keyed != NULL);
    return keyed;
}

/* Opens the backend `data` of the test's folder with the options of `more`, and keyed state over all key groups. */
static inline job open_job(const char *more) {
    job opened;
    opened.backend = open_at(path_of("data"), more);
    opened.keyed = open_keyed(opened.backend, "{\"clock\":\"manual\"}");
    return opened;
}

static inline void close_job(const job *open) {
    CHECK_OK(fsb_keyed_backend_free(open->keyed));
    close_and_free(open->backend);
}

static inline fsb_status try_open_state(fsb_keyed_backend *keyed, const char *descriptor, fsb_state **state) {
    return fsb_state_open(keyed, descriptor, strlen(descriptor), state, &test_error);
}

static inline fsb_state *open_state(fsb_keyed_backend *keyed, const char *descriptor) {
    fsb_state *state = NULL;
    CHECK_OK(try_open_state(keyed, descriptor, &state));
    CHECK(state != NULL);
    return state;
}

static inline fsb_status try_open_operator(const fsb_backend *backend, const char *descriptor, fsb_state **state) {
    return fsb_operator_state_open(backend, descriptor, strlen(descriptor), state, &test_error);
}

static inline fsb_state *open_operator(const fsb_backend *backend, const char *descriptor) {
    fsb_state *state = NULL;
    CHECK_OK(try_open_operator(backend, descriptor, &state));
    CHECK(state != NULL);
    return state;
}

static inline fsb_status try_set_key(fsb_keyed_backend *keyed, const char *key) {
    return fsb_keyed_backend_set_current_key(keyed, bytes(key), strlen(key), NULL, &test_error);
}

static inline void set_key(fsb_keyed_backend *keyed, const char *key) { CHECK_OK(try_set_key(keyed, key)); }

static inline void set_namespace(fsb_keyed_backend *keyed, const char *name_space) {
    CHECK_OK(fsb_keyed_backend_set_namespace(keyed, bytes(name_space), strlen(name_space), &test_error));
}

static inline void set_key_and_namespace(fsb_keyed_backend *keyed, const char *key, const char *name_space) {
    set_key(keyed, key);
    set_namespace(keyed, name_space);
}

static inline void drain(fsb_keyed_backend *keyed) { CHECK_OK(fsb_keyed_backend_drain(keyed, &test_error)); }

static inline uint32_t key_group_of(const char *key, uint32_t max_parallelism) {
    uint32_t group = UINT32_MAX;
    CHECK_OK(fsb_key_group_of(bytes(key), strlen(key), NULL, max_parallelism, &group, &test_error));
    return group;
}

/* A hash of the caller's that places a key in `group`. */
static inline int32_t hash_of_group(uint32_t group, uint32_t max_parallelism) {
    for (int32_t hash = 0;; hash++) {
        uint32_t found = UINT32_MAX;
        CHECK_OK(fsb_key_group_of(NULL, 0, &hash, max_parallelism, &found, &test_error));
        if (found == group) return hash;
    }
}

/* ---- values ---- */

static inline fsb_status try_put_value(fsb_state *state, const char *value) {
    return fsb_state_put(state, bytes(value), strlen(value), &test_error);
}

static inline void put_value(fsb_state *state, const char *value) { CHECK_OK(try_put_value(state, value)); }

static inline fsb_status try_clear(fsb_state *state) { return fsb_state_clear(state, &test_error); }
static inline void clear_state(fsb_state *state) { CHECK_OK(try_clear(state)); }

static inline int is_empty(fsb_state *state) {
    uint8_t empty = 2;
    CHECK_OK(fsb_state_is_empty(state, &empty, &test_error));
    CHECK(empty < 2);
    return empty;
}

/* The value as text, or "(absent)"; valid until the next call. */
static inline const char *value_of(fsb_state *state) {
    static __thread char value[TEXT_BYTES];
    size_t length = 0;
    fsb_status status = fsb_state_get(state, (uint8_t *)value, sizeof value - 1, &length, &test_error);
    if (status == FSB_STATUS_NOT_FOUND) return "(absent)";
    CHECK_OK(status);
    value[length] = '\0';
    return value;
}

/* ---- records as text ---- */

static inline packed packed_items(const char *text) {
    packed items = {NULL, 0, 0};
    for (const char *end = strchr(text, ';'); end != NULL; text = end + 1, end = strchr(text, ';')) {
        packed_u32(&items, (uint32_t)(end - text));
        packed_bytes(&items, text, (size_t)(end - text));
    }
    return items;
}

static inline packed packed_entries(const char *text) {
    packed entries = {NULL, 0, 0};
    for (const char *end = strchr(text, ';'); end != NULL; text = end + 1, end = strchr(text, ';')) {
        const char *mark = text + strcspn(text, "=!");
        const size_t key_length = (size_t)(mark - text), value_length = *mark == '!' ? 0 : (size_t)(end - mark - 1);
        packed_u32(&entries, (uint32_t)key_length);
        packed_u32(&entries, *mark == '!' ? NULL_VALUE : (uint32_t)value_length);
        packed_bytes(&entries, text, key_length);
        packed_bytes(&entries, mark + 1, value_length);
    }
    return entries;
}

typedef struct text {
    char of[TEXT_BYTES];
    size_t length;
} text;

static inline void text_start(text *target) { target->length = 0, target->of[0] = '\0'; }

static inline void text_add(text *target, const void *data, size_t length) {
    CHECK(target->length + length < sizeof target->of);
    memcpy(target->of + target->length, data, length);
    target->length += length;
    target->of[target->length] = '\0';
}

/* Adds the records `u32 length | bytes` of a buffer and returns their number. */
static inline size_t text_add_items(text *target, const uint8_t *data, size_t length) {
    size_t count = 0;
    for (size_t at = 0; at < length; count++) {
        CHECK(at + 4 <= length && read_u32(data + at) <= length - at - 4);
        text_add(target, data + at + 4, read_u32(data + at));
        text_add(target, ";", 1);
        at += 4 + read_u32(data + at);
    }
    return count;
}

/* Adds the records `u32 key length | u32 value length | key | value` of a buffer and returns their number. */
static inline size_t text_add_entries(text *target, const uint8_t *data, size_t length) {
    size_t count = 0;
    for (size_t at = 0; at < length; count++) {
        CHECK(at + 8 <= length);
        const int null = read_u32(data + at + 4) == NULL_VALUE;
        const size_t key_length = read_u32(data + at), value_length = null ? 0 : read_u32(data + at + 4);
        CHECK(key_length <= length - at - 8 && value_length <= length - at - 8 - key_length);
        text_add(target, data + at + 8, key_length);
        text_add(target, null ? "!" : "=", 1);
        text_add(target, data + at + 8 + key_length, value_length);
        text_add(target, ";", 1);
        at += 8 + key_length + value_length;
    }
    return count;
}

/* ---- lists ---- */

static inline void add_elements(fsb_state *state, const char *elements) {
    packed items = packed_items(elements);
    CHECK_OK(fsb_state_add_elements(state, items.data, items.length, &test_error));
    packed_free(&items);
}

static inline void update_elements(fsb_state *state, const char *elements) {
    packed items = packed_items(elements);
    CHECK_OK(fsb_state_update_elements(state, items.data, items.length, &test_error));
    packed_free(&items);
}

/* The elements, "" when there are none; valid until the next call. */
static inline const char *elements_of(fsb_state *state) {
    static __thread text elements;
    static __thread uint8_t data[TEXT_BYTES];
    size_t length = 0;
    text_start(&elements);
    fsb_status status = fsb_state_get(state, data, sizeof data, &length, &test_error);
    if (status == FSB_STATUS_NOT_FOUND) return elements.of;
    CHECK_OK(status);
    text_add_items(&elements, data, length);
    return elements.of;
}

static inline fsb_status try_merge(fsb_state *state, const char *target, const char *sources) {
    packed items = packed_items(sources);
    fsb_status status = fsb_state_merge_namespaces(state, bytes(target), strlen(target), items.data, items.length, &test_error);
    packed_free(&items);
    return status;
}

/* ---- maps ---- */

static inline fsb_status try_map_put(fsb_state *state, const char *key, const char *value) {
    const size_t length = value == NULL ? 0 : strlen(value);
    return fsb_state_map_put(state, bytes(key), strlen(key), bytes(value), length, value == NULL, &test_error);
}

/* Writes an entry; NULL is the null value. */
static inline void map_put(fsb_state *state, const char *key, const char *value) { CHECK_OK(try_map_put(state, key, value)); }

static inline void map_put_all(fsb_state *state, const char *entries) {
    packed all = packed_entries(entries);
    CHECK_OK(fsb_state_map_put_all(state, all.data, all.length, &test_error));
    packed_free(&all);
}

static inline void map_remove(fsb_state *state, const char *key) {
    CHECK_OK(fsb_state_map_remove(state, bytes(key), strlen(key), &test_error));
}

static inline int map_contains(fsb_state *state, const char *key) {
    uint8_t contains = 2;
    CHECK_OK(fsb_state_map_contains(state, bytes(key), strlen(key), &contains, &test_error));
    CHECK(contains < 2);
    return contains;
}

/* The value of an entry as text, "(null)" or "(absent)"; valid until the next call. */
static inline const char *map_value(fsb_state *state, const char *key) {
    static __thread char value[TEXT_BYTES];
    size_t length = 0;
    uint8_t null = 2;
    fsb_status status =
        fsb_state_map_get(state, bytes(key), strlen(key), (uint8_t *)value, sizeof value - 1, &length, &null, &test_error);
    if (status == FSB_STATUS_NOT_FOUND) return "(absent)";
    CHECK_OK(status);
    value[length] = '\0';
    CHECK(null == 0 || (null == 1 && length == 0));
    return null ? "(null)" : value;
}

/* ---- walks ---- */

static inline fsb_state_scan *open_scan(fsb_state *state, uint8_t what, int strict) {
    fsb_state_scan *scan = NULL;
    CHECK_OK(fsb_state_scan_open(state, what, (uint8_t)strict, &scan, &test_error));
    CHECK(scan != NULL);
    return scan;
}

/* What is left of a walk, in pages of `capacity` bytes; `lists` tells which records it has. Valid until the next call. */
static inline const char *rest_of_scan(fsb_state_scan *scan, int lists, size_t capacity) {
    static __thread text found;
    static __thread uint8_t page[TEXT_BYTES];
    size_t length = 0, rows = 1;
    text_start(&found);
    CHECK(capacity <= sizeof page);
    while (rows != 0) {
        CHECK_OK(fsb_state_scan_next_page(scan, page, capacity, &length, &rows, &test_error));
        size_t count = lists ? text_add_items(&found, page, length) : text_add_entries(&found, page, length);
        CHECK_U64(count, rows);
    }
    return found.of;
}

static inline const char *scanned(fsb_state *state, uint8_t what, int lists) {
    fsb_state_scan *scan = open_scan(state, what, 0);
    const char *found = rest_of_scan(scan, lists, TEXT_BYTES);
    CHECK_OK(fsb_state_scan_free(scan));
    return found;
}

/* The entries of a map, in their order. */
static inline const char *entries_of(fsb_state *state) { return scanned(state, FSB_SCAN_ENTRIES, 0); }

#endif
