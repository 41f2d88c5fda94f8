#include <stdbool.h>

#include "keyed_raw.h"

/* An element: format byte, length (u32, little-endian), bytes; a write time behind the format byte under a ttl. */
enum { CHUNK_BYTES = 1 + 4 + NUMBER_BYTES, TIME_BYTES = 8, MAX_CHUNKS = 4 * LONG_LIST_ELEMENTS };

static size_t compose(uint8_t *target, int64_t drawn, int elements) {
  const uint32_t length = NUMBER_BYTES;
  for (int at = 0; at < elements; at++, target += CHUNK_BYTES) {
    target[0] = PLAIN_ROW;
    memcpy(target + 1, &length, sizeof length);
    store_number(target + 1 + sizeof length, derived(drawn, at));
  }
  return (size_t)elements * CHUNK_BYTES;
}

/* Appends elements by a merge. */
static uint64_t add(const struct keyed_raw *raw, const struct sequence *sequence, int elements) {
  for (size_t at = 0; at < sequence->count; at++) {
    uint8_t row_key[PREFIX_BYTES], chunks[LONG_LIST_ELEMENTS * CHUNK_BYTES];
    size_t length = raw_row_key(row_key, LIST, key_at(sequence, at));
    char *error = NULL;
    rocksdb_merge_cf(raw->db, raw->write_options, raw->family, (const char *)row_key, length, (const char *)chunks,
                     compose(chunks, value_at(sequence, at), elements), &error);
    if (error) raw_check(error);
  }
  return sequence->count;
}

uint64_t raw_list_add(void *state, const struct sequence *sequence) {
  return add(state, sequence, 1);
}

uint64_t raw_list_add_all(void *state, const struct sequence *sequence) {
  return add(state, sequence, LONG_LIST_ELEMENTS);
}

uint64_t raw_list_update(void *state, const struct sequence *sequence) {
  for (size_t at = 0; at < sequence->count; at++) {
    uint8_t row_key[PREFIX_BYTES], chunk[CHUNK_BYTES];
    compose(chunk, value_at(sequence, at), 1);
    raw_write(state, row_key, raw_row_key(row_key, LIST, key_at(sequence, at)), chunk, sizeof chunk);
  }
  return sequence->count;
}

static uint64_t touch_chunks(const uint8_t *chunks, size_t length) {
  uint64_t sum = 0;
  for (const uint8_t *at = chunks; at < chunks + length;) {
    uint32_t element_length;
    at += *at == STAMPED_ROW ? 1 + TIME_BYTES : 1;
    memcpy(&element_length, at, sizeof element_length);
    sum += (uint64_t)load_number(at + sizeof element_length);
    at += sizeof element_length + element_length;
  }
  return sum;
}

static uint64_t get_all(const struct keyed_raw *raw, enum keyed_state state, const struct sequence *sequence) {
  uint8_t chunks[MAX_CHUNKS * CHUNK_BYTES];
  uint64_t sum = 0;
  for (size_t at = 0; at < sequence->count; at++) {
    uint8_t row_key[PREFIX_BYTES];
    size_t length = raw_row_key(row_key, state, key_at(sequence, at));
    sum += touch_chunks(chunks, raw_read(raw, row_key, length, chunks, sizeof chunks));
  }
  return sum;
}

uint64_t raw_list_get(void *state, const struct sequence *sequence) {
  return get_all(state, LIST, sequence);
}

uint64_t raw_list_get_ttl(void *state, const struct sequence *sequence) {
  return get_all(state, LIST_TTL, sequence);
}

uint64_t raw_list_iterate(void *state, const struct sequence *sequence) {
  return get_all(state, LONG_LIST, sequence);
}
