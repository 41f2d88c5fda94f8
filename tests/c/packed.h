/* Packed buffers as they cross the boundary: batches and keys on the way in, answers and pages on the way out. */
#ifndef FSB_TESTS_PACKED_H
#define FSB_TESTS_PACKED_H

#include "fixture.h"

enum { RECORD_PUT = 1, RECORD_DELETE = 2, RECORD_DELETE_RANGE = 3, RECORD_HEADER_BYTES = 16 };

typedef struct packed {
    uint8_t *data;
    size_t length, capacity;
} packed;

static inline void packed_free(packed *buffer) {
    free(buffer->data);
    memset(buffer, 0, sizeof *buffer);
}

static inline void packed_bytes(packed *buffer, const void *data, size_t length) {
    if (buffer->length + length > buffer->capacity) {
        buffer->capacity = 2 * buffer->capacity + length + 64;
        buffer->data = (uint8_t *)realloc(buffer->data, buffer->capacity);
        CHECK(buffer->data != NULL);
    }
    if (length != 0) memcpy(buffer->data + buffer->length, data, length);
    buffer->length += length;
}

static inline void packed_u32(packed *buffer, uint32_t number) {
    const uint8_t little_endian[4] = {(uint8_t)number, (uint8_t)(number >> 8), (uint8_t)(number >> 16), (uint8_t)(number >> 24)};
    packed_bytes(buffer, little_endian, sizeof little_endian);
}

static inline uint32_t read_u32(const uint8_t *data) {
    return (uint32_t)data[0] | (uint32_t)data[1] << 8 | (uint32_t)data[2] << 16 | (uint32_t)data[3] << 24;
}

static inline void batch_record(packed *batch, uint8_t kind, uint32_t family, const void *key, size_t key_length, const void *value,
                                size_t value_length) {
    const uint8_t head[4] = {kind, 0, 0, 0};
    packed_bytes(batch, head, sizeof head);
    packed_u32(batch, family);
    packed_u32(batch, (uint32_t)key_length);
    packed_u32(batch, (uint32_t)value_length);
    packed_bytes(batch, key, key_length);
    packed_bytes(batch, value, value_length);
}

static inline void batch_text(packed *batch, uint8_t kind, uint32_t family, const char *key, const char *value) {
    batch_record(batch, kind, family, key, strlen(key), value, strlen(value));
}

static inline fsb_status try_write(const fsb_backend *backend, const packed *batch) {
    return fsb_backend_write(backend, batch->data, batch->length, &test_error);
}

static inline void packed_key(packed *keys, const char *key) {
    packed_u32(keys, (uint32_t)strlen(key));
    packed_bytes(keys, key, strlen(key));
}

/* One row of a page, pointing into it. */
typedef struct page_row {
    const uint8_t *key, *value;
    size_t key_length, value_length;
} page_row;

/* Reads the row at `*at`, which moves past it; a row that leaves the page ends the test. */
static inline page_row page_next(const uint8_t *page, size_t length, size_t *at) {
    page_row row;
    CHECK(*at + 8 <= length);
    row.key_length = read_u32(page + *at);
    row.value_length = read_u32(page + *at + 4);
    CHECK(row.key_length <= length - *at - 8 && row.value_length <= length - *at - 8 - row.key_length);
    row.key = page + *at + 8;
    row.value = row.key + row.key_length;
    *at += 8 + row.key_length + row.value_length;
    return row;
}

#endif
