#include <stdbool.h>

#include "keyed_raw.h"

/* The row key of an entry; the key of the map goes raw to the end. */
static size_t entry_key(uint8_t *target, enum keyed_state state, const uint8_t *key, int64_t map_key) {
  size_t length = raw_row_key(target, state, key);
  store_number(target + length, map_key);
  return length + NUMBER_BYTES;
}

static uint64_t get_all(const struct keyed_raw *raw, enum keyed_state state, const struct sequence *sequence) {
  uint64_t sum = 0;
  for (size_t at = 0; at < sequence->count; at++) {
    uint8_t row_key[ROW_KEY_BYTES], row[STAMPED_ROW_BYTES];
    size_t length = entry_key(row_key, state, key_at(sequence, at), map_key_of(value_at(sequence, at), MAP_ENTRIES));
    size_t row_length = raw_read(raw, row_key, length, row, sizeof row);
    sum += (uint64_t)load_number(row + row_length - NUMBER_BYTES);
  }
  return sum;
}

uint64_t raw_map_get(void *state, const struct sequence *sequence) {
  return get_all(state, MAP, sequence);
}

uint64_t raw_map_get_ttl(void *state, const struct sequence *sequence) {
  return get_all(state, MAP_TTL, sequence);
}

/* A buffer without room finds the row and copies nothing. */
uint64_t raw_map_contains(void *state, const struct sequence *sequence) {
  uint64_t sum = 0;
  for (size_t at = 0; at < sequence->count; at++) {
    uint8_t row_key[ROW_KEY_BYTES];
    size_t length = entry_key(row_key, MAP, key_at(sequence, at), map_key_of(value_at(sequence, at), 2 * MAP_ENTRIES));
    sum += raw_read(state, row_key, length, NULL, 0) > 0;
  }
  return sum;
}

uint64_t raw_map_put(void *state, const struct sequence *sequence) {
  for (size_t at = 0; at < sequence->count; at++) {
    uint8_t row_key[ROW_KEY_BYTES], row[ROW_BYTES] = {PLAIN_ROW};
    size_t length = entry_key(row_key, MAP, key_at(sequence, at), map_key_of(value_at(sequence, at), MAP_ENTRIES));
    store_number(row + 1, value_at(sequence, at));
    raw_write(state, row_key, length, row, sizeof row);
  }
  return sequence->count;
}

uint64_t raw_map_put_all(void *state, const struct sequence *sequence) {
  const struct keyed_raw *raw = state;
  for (size_t at = 0; at < sequence->count; at++) {
    uint8_t row_key[ROW_KEY_BYTES], row[ROW_BYTES] = {PLAIN_ROW};
    size_t length = raw_row_key(row_key, MAP, key_at(sequence, at));
    char *error = NULL;
    rocksdb_writebatch_clear(raw->batch);
    for (int index = 0; index < MAP_ENTRIES; index++) {
      store_number(row_key + length, index);
      store_number(row + 1, derived(value_at(sequence, at), index));
      rocksdb_writebatch_put_cf(raw->batch, raw->family, (const char *)row_key, length + NUMBER_BYTES, (const char *)row, sizeof row);
    }
    rocksdb_write(raw->db, raw->write_options, raw->batch, &error);
    if (error) raw_check(error);
  }
  return sequence->count;
}

/* An iterator over one map, at its first entry. The upper bound, which must outlive it, ends the walk in the engine: the void namespace at
 * the end of the prefix is two zeros. */
static rocksdb_iterator_t *entries_of(const struct keyed_raw *raw, const uint8_t *prefix, uint8_t *bound, size_t length) {
  memcpy(bound, prefix, length);
  bound[length - 1] = 1;
  rocksdb_readoptions_set_iterate_upper_bound(raw->scan_options, (const char *)bound, length);
  rocksdb_iterator_t *entries = rocksdb_create_iterator_cf(raw->db, raw->scan_options, raw->family);
  rocksdb_iter_seek(entries, (const char *)prefix, length);
  return entries;
}

static void end(rocksdb_iterator_t *entries) {
  char *error = NULL;
  rocksdb_iter_get_error(entries, &error);
  raw_check(error);
  rocksdb_iter_destroy(entries);
}

uint64_t raw_map_is_empty(void *state, const struct sequence *sequence) {
  uint64_t sum = 0;
  for (size_t at = 0; at < sequence->count; at++) {
    uint8_t prefix[PREFIX_BYTES], bound[PREFIX_BYTES];
    rocksdb_iterator_t *entries = entries_of(state, prefix, bound, raw_row_key(prefix, MAP, key_at(sequence, at)));
    sum += !rocksdb_iter_valid(entries);
    end(entries);
  }
  return sum;
}

/* Sum of the map keys and, if asked for, of the values, looked at where the engine holds them. */
static uint64_t iterate_all(const struct keyed_raw *raw, enum keyed_state state, const struct sequence *sequence, bool values) {
  uint64_t sum = 0;
  for (size_t at = 0; at < sequence->count; at++) {
    uint8_t prefix[PREFIX_BYTES], bound[PREFIX_BYTES];
    size_t length = raw_row_key(prefix, state, key_at(sequence, at));
    rocksdb_iterator_t *entries = entries_of(raw, prefix, bound, length);
    for (; rocksdb_iter_valid(entries); rocksdb_iter_next(entries)) {
      sum += (uint64_t)load_number(rocksdb_iter_key_slice(entries).data + length);
      if (values) sum += (uint64_t)load_number(rocksdb_iter_value_slice(entries).data + 1);
    }
    end(entries);
  }
  return sum;
}

uint64_t raw_map_keys(void *state, const struct sequence *sequence) {
  return iterate_all(state, MAP, sequence, false);
}

uint64_t raw_map_iterate(void *state, const struct sequence *sequence) {
  return iterate_all(state, MAP, sequence, true);
}

uint64_t raw_large_map_iterate(void *state, const struct sequence *sequence) {
  return iterate_all(state, LARGE_MAP, sequence, true);
}
