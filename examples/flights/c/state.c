#include "state.h"

#include <inttypes.h>
#include <string.h>

#include "failure.h"

enum { BATCH_PUT = 1, CLOSE_TIMEOUT_MILLIS = 10000, PAGE_BYTES = 64 * 1024 };

static const char POSITION_KEY[] = "stream/position";

/* --- opening and closing ------------------------------------------------------------------------------------------ */

static void pack_text(struct packed *json, const char *text)
{
    packed_bytes(json, text, strlen(text));
}

static void pack_json_string(struct packed *json, const char *text)
{
    static const char DIGITS[] = "0123456789abcdef";
    packed_u8(json, '"');
    for (; *text != '\0'; text++) {
        unsigned char byte = (unsigned char)*text;
        if (byte == '"' || byte == '\\')
            packed_bytes(json, (char[]){'\\', *text}, 2);
        else if (byte < 0x20)
            packed_bytes(json, (char[]){'\\', 'u', '0', '0', DIGITS[byte >> 4], DIGITS[byte & 15]}, 6);
        else
            packed_u8(json, byte);
    }
    packed_u8(json, '"');
}

/* The write buffers are small, so that this small job flushes and compacts while it runs. */
static void pack_open_options(struct packed *json, const char *folder)
{
    pack_text(json, "{\"data_directory\":");
    pack_json_string(json, folder);
    pack_text(json, ",\"wal\":\"enabled\",\"column_families\":[\"user_state\",\"operator_state\"],"
                    "\"write_buffer_size_bytes\":1048576,\"block_cache_size_bytes\":33554432}");
}

static fsb_column_family *open_family(struct state *state, const char *name, uint32_t *id)
{
    fsb_column_family *family = NULL;
    fsb_error *error = NULL;
    fsb_status status = fsb_backend_column_family(state->backend, name, strlen(name), &family, &error);
    require(status, error, "find a column family");
    status = fsb_column_family_id(family, id, &error);
    require(status, error, "learn the id of a column family");
    return family;
}

void state_open(struct state *state, const char *folder)
{
    *state = (struct state){0};
    fsb_error *error = NULL;
    pack_open_options(&state->batch, folder);
    fsb_status status = fsb_backend_open((const char *)state->batch.data, state->batch.length, NULL, &state->backend, &error);
    require(status, error, "open the state");
    state->user_state = open_family(state, "user_state", &state->user_state_id);
    state->operator_state = open_family(state, "operator_state", &state->operator_state_id);
}

void state_close(struct state *state)
{
    fsb_error *error = NULL;
    fsb_column_family_free(state->user_state);
    fsb_column_family_free(state->operator_state);
    fsb_status status = fsb_backend_close(state->backend, CLOSE_TIMEOUT_MILLIS, &error);
    require(status, error, "close the state");
    fsb_backend_free(state->backend);
    packed_free(&state->keys);
    packed_free(&state->values);
    packed_free(&state->batch);
}

/* --- the position ------------------------------------------------------------------------------------------------- */

struct position state_position(struct state *state, uint64_t source_bytes)
{
    uint8_t stored[16];
    size_t length = 0;
    fsb_error *error = NULL;
    fsb_status status = fsb_column_family_get(state->operator_state, NULL, (const uint8_t *)POSITION_KEY,
                                              strlen(POSITION_KEY), stored, sizeof stored, &length, &error);
    if (status == FSB_STATUS_NOT_FOUND)
        return (struct position){.row = 0, .source_bytes = source_bytes};
    if (status == FSB_STATUS_BUFFER_TOO_SMALL || (status == FSB_STATUS_OK && length != sizeof stored))
        fail("the position in the state is %zu bytes long and should be %zu.", length, sizeof stored);
    require(status, error, "read the position");
    struct position position = {.row = unpack_u64(stored), .source_bytes = unpack_u64(stored + 8)};
    if (position.source_bytes != source_bytes)
        fail("the state belongs to an input of %" PRIu64 " bytes, this one has %" PRIu64 ": use another state folder.",
             position.source_bytes, source_bytes);
    return position;
}

/* --- a batch of keys: one call to read, one call to write ----------------------------------------------------------- */

static void pack_keys(struct packed *keys, const struct table *touched)
{
    packed_clear(keys);
    for (size_t entry = 0; entry < touched->count; entry++) {
        const char *key = touched->entries[entry].key;
        packed_u32(keys, (uint32_t)strlen(key));
        packed_bytes(keys, key, strlen(key));
    }
}

static void unpack_values(const struct packed *values, struct table *touched)
{
    const uint8_t *at = values->data;
    for (size_t entry = 0; entry < touched->count; entry++) {
        uint32_t length = unpack_u32(at);
        at += 4;
        if (length == FSB_ABSENT)
            continue;
        if (!aggregate_unpack(&touched->entries[entry].aggregate, at, length))
            fail("the value of %s in the state is not an aggregate of this job.", touched->entries[entry].key);
        at += length;
    }
}

void state_load(struct state *state, struct table *touched)
{
    pack_keys(&state->keys, touched);
    packed_reserve(&state->values, touched->count * (4 + AGGREGATE_BYTES));
    fsb_error *error = NULL;
    fsb_status status = fsb_column_family_multi_get(state->user_state, NULL, state->keys.data, state->keys.length,
                                                    state->values.data, state->values.capacity, &state->values.length, &error);
    if (status == FSB_STATUS_BUFFER_TOO_SMALL)
        fail("the state holds values that are longer than an aggregate of this job.");
    require(status, error, "read the aggregates of a batch");
    unpack_values(&state->values, touched);
}

static void pack_put(struct packed *batch, uint32_t family, const char *key, size_t value_length)
{
    packed_u8(batch, BATCH_PUT);
    packed_bytes(batch, (uint8_t[3]){0}, 3);
    packed_u32(batch, family);
    packed_u32(batch, (uint32_t)strlen(key));
    packed_u32(batch, (uint32_t)value_length);
    packed_bytes(batch, key, strlen(key));
}

void state_store(struct state *state, const struct table *touched, struct position position)
{
    struct packed *batch = &state->batch;
    packed_clear(batch);
    for (size_t entry = 0; entry < touched->count; entry++) {
        pack_put(batch, state->user_state_id, touched->entries[entry].key, AGGREGATE_BYTES);
        aggregate_pack(&touched->entries[entry].aggregate, batch);
    }
    pack_put(batch, state->operator_state_id, POSITION_KEY, 16);
    packed_u64(batch, position.row);
    packed_u64(batch, position.source_bytes);
    fsb_error *error = NULL;
    fsb_status status = fsb_backend_write(state->backend, batch->data, batch->length, &error);
    require(status, error, "write a batch");
}

/* --- scanning ------------------------------------------------------------------------------------------------------- */

static fsb_iterator *open_scan(struct state *state, const char *prefix)
{
    fsb_iterator_options options = {.struct_size = sizeof options, .fill_cache = 1,
                                    .prefix = (const uint8_t *)prefix, .prefix_length = strlen(prefix)};
    fsb_iterator *iterator = NULL;
    fsb_error *error = NULL;
    require(fsb_column_family_iterator(state->user_state, &options, &iterator, &error), error, "scan the state");
    return iterator;
}

/* Takes the rows of one page: `u32 key length | u32 value length | key | value`. */
static void unpack_page(const uint8_t *at, size_t rows, struct table *table)
{
    char key[KEY_CAPACITY];
    for (size_t row = 0; row < rows; row++) {
        uint32_t key_length = unpack_u32(at), value_length = unpack_u32(at + 4);
        if (key_length >= sizeof key)
            fail("the state holds a key of %" PRIu32 " bytes, longer than any of this job.", key_length);
        memcpy(key, at + 8, key_length);
        key[key_length] = '\0';
        if (!aggregate_unpack(table_at(table, key), at + 8 + key_length, value_length))
            fail("the value of %s in the state is not an aggregate of this job.", key);
        at += 8 + key_length + value_length;
    }
}

void state_scan(struct state *state, const char *prefix, struct table *table)
{
    fsb_iterator *iterator = open_scan(state, prefix);
    packed_reserve(&state->values, PAGE_BYTES);
    size_t length = 0, rows = 0;
    do {
        fsb_error *error = NULL;
        fsb_status status = fsb_iterator_next_page(iterator, state->values.data, state->values.capacity, &length, &rows, &error);
        if (status == FSB_STATUS_BUFFER_TOO_SMALL)
            fail("the state holds a row of %zu bytes, longer than any of this job.", length);
        require(status, error, "read a page of the state");
        unpack_page(state->values.data, rows, table);
    } while (rows > 0);
    fsb_iterator_free(iterator);
}
