/* The raw side: the same operations by the RocksDB C API, with the best primitive that it has for each. */
#include <stdlib.h>
#include <string.h>

#include "plain.h"
#include "raw_database.h"

struct raw {
  struct raw_database database;
  rocksdb_t *db;
  rocksdb_column_family_handle_t *read_family;
  rocksdb_column_family_handle_t *write_family;
  rocksdb_readoptions_t *read_options;
  rocksdb_writeoptions_t *write_options;
  rocksdb_writebatch_t *batch;
};

static void *raw_open(const char *folder, uint64_t setting) {
  struct raw *raw = calloc(1, sizeof *raw);
  raw_database_open(&raw->database, folder);
  raw->db = raw->database.db;
  raw->read_family = raw_database_family(&raw->database, READ_FAMILY);
  raw->write_family = raw_database_family(&raw->database, WRITE_FAMILY);
  raw->read_options = rocksdb_readoptions_create();
  raw->write_options = rocksdb_writeoptions_create();
  rocksdb_writeoptions_disable_WAL(raw->write_options, setting == WITHOUT_WAL);
  raw->batch = rocksdb_writebatch_create();
  return raw;
}

static void raw_close(void *state) {
  struct raw *raw = state;
  rocksdb_writebatch_destroy(raw->batch);
  rocksdb_writeoptions_destroy(raw->write_options);
  rocksdb_readoptions_destroy(raw->read_options);
  raw_database_close(&raw->database);
  free(raw);
}

/* rocksdb_get_into_buffer_cf: one copy into the caller's memory, nothing allocated; what fsb_column_family_get does. */
static uint64_t raw_get(void *state, const struct sequence *sequence) {
  struct raw *raw = state;
  uint64_t sum = 0;
  for (size_t at = 0; at < sequence->count; at++) {
    char value[VALUE_BYTES * 2];
    size_t length = 0;
    unsigned char found = 0;
    char *error = NULL;
    rocksdb_get_into_buffer_cf(raw->db, raw->read_options, raw->read_family, (const char *)sequence->keys + at * KEY_BYTES,
                               KEY_BYTES, value, sizeof value, &length, &found, &error);
    if (error) raw_check(error);
    if (found) sum += touch(value, length);
  }
  return sum;
}

/* rocksdb_get_cf: the answer is malloc'ed, to be freed by the caller. */
static uint64_t raw_get_owned(void *state, const struct sequence *sequence) {
  struct raw *raw = state;
  uint64_t sum = 0;
  for (size_t at = 0; at < sequence->count; at++) {
    size_t length = 0;
    char *error = NULL;
    char *value = rocksdb_get_cf(raw->db, raw->read_options, raw->read_family,
                                 (const char *)sequence->keys + at * KEY_BYTES, KEY_BYTES, &length, &error);
    if (error) raw_check(error);
    if (value) sum += touch(value, length);
    rocksdb_free(value);
  }
  return sum;
}

/* rocksdb_get_into_buffer_cf with no buffer: finds the row and copies nothing. */
static uint64_t raw_contains(void *state, const struct sequence *sequence) {
  struct raw *raw = state;
  uint64_t sum = 0;
  for (size_t at = 0; at < sequence->count; at++) {
    size_t length = 0;
    unsigned char found = 0;
    char *error = NULL;
    rocksdb_get_into_buffer_cf(raw->db, raw->read_options, raw->read_family, (const char *)sequence->keys + at * KEY_BYTES,
                               KEY_BYTES, NULL, 0, &length, &found, &error);
    if (error) raw_check(error);
    sum += found;
  }
  return sum;
}

static uint64_t touch_values(rocksdb_pinnableslice_t *const *values, char *const *errors) {
  uint64_t sum = 0;
  for (size_t at = 0; at < MULTI_GET_KEYS; at++) {
    if (errors[at]) raw_check(errors[at]);
    if (!values[at]) continue;
    size_t length = 0;
    const char *value = rocksdb_pinnableslice_value(values[at], &length);
    sum += touch(value, length);
    rocksdb_pinnableslice_destroy(values[at]);
  }
  return sum;
}

/* rocksdb_batched_multi_get_cf_slice: values stay pinned where they are and are looked at there. */
static uint64_t raw_multi_get(void *state, const struct sequence *sequence) {
  struct raw *raw = state;
  uint64_t sum = 0;
  for (size_t first = 0; first < sequence->count; first += MULTI_GET_KEYS) {
    rocksdb_slice_t keys[MULTI_GET_KEYS];
    rocksdb_pinnableslice_t *values[MULTI_GET_KEYS];
    char *errors[MULTI_GET_KEYS];
    for (size_t at = 0; at < MULTI_GET_KEYS; at++)
      keys[at] = (rocksdb_slice_t){(const char *)sequence->keys + (first + at) * KEY_BYTES, KEY_BYTES};
    rocksdb_batched_multi_get_cf_slice(raw->db, raw->read_options, raw->read_family, MULTI_GET_KEYS, keys, values, errors, false);
    sum += touch_values(values, errors);
  }
  return sum;
}

/* The slice getters of the iterator, no bounds, every row looked at where the engine holds it. */
static uint64_t raw_scan(void *state, const struct sequence *sequence) {
  struct raw *raw = state;
  uint64_t sum = 0;
  (void)sequence;
  rocksdb_iterator_t *rows = rocksdb_create_iterator_cf(raw->db, raw->read_options, raw->read_family);
  for (rocksdb_iter_seek_to_first(rows); rocksdb_iter_valid(rows); rocksdb_iter_next(rows)) {
    rocksdb_slice_t key = rocksdb_iter_key_slice(rows);
    rocksdb_slice_t value = rocksdb_iter_value_slice(rows);
    sum += touch(key.data, key.size) + touch(value.data, value.size);
  }
  char *error = NULL;
  rocksdb_iter_get_error(rows, &error);
  raw_check(error);
  rocksdb_iter_destroy(rows);
  return sum;
}

static size_t append_row(uint8_t *target, rocksdb_slice_t key, rocksdb_slice_t value) {
  const uint32_t lengths[2] = {(uint32_t)key.size, (uint32_t)value.size};
  memcpy(target, lengths, PAGE_HEADER_BYTES);
  memcpy(target + PAGE_HEADER_BYTES, key.data, key.size);
  memcpy(target + PAGE_HEADER_BYTES + key.size, value.data, value.size);
  return PAGE_HEADER_BYTES + key.size + value.size;
}

/* The same with every row copied into memory of the consumer, in the form of our pages: what it takes to keep rows, because the engine
 * takes them back with the next step. */
static uint64_t raw_scan_owned(void *state, const struct sequence *sequence) {
  struct raw *raw = state;
  uint64_t sum = 0;
  uint8_t page[32 << 10];
  size_t used = 0;
  (void)sequence;
  rocksdb_iterator_t *rows = rocksdb_create_iterator_cf(raw->db, raw->read_options, raw->read_family);
  for (rocksdb_iter_seek_to_first(rows); rocksdb_iter_valid(rows); rocksdb_iter_next(rows)) {
    rocksdb_slice_t key = rocksdb_iter_key_slice(rows);
    rocksdb_slice_t value = rocksdb_iter_value_slice(rows);
    if (used + PAGE_HEADER_BYTES + key.size + value.size > sizeof page) {
      sum += touch_rows(page, used);
      used = 0;
    }
    used += append_row(page + used, key, value);
  }
  sum += touch_rows(page, used);
  char *error = NULL;
  rocksdb_iter_get_error(rows, &error);
  raw_check(error);
  rocksdb_iter_destroy(rows);
  return sum;
}

static uint64_t raw_put(void *state, const struct sequence *sequence) {
  struct raw *raw = state;
  for (size_t at = 0; at < sequence->count; at++) {
    char *error = NULL;
    rocksdb_put_cf(raw->db, raw->write_options, raw->write_family, (const char *)sequence->keys + at * KEY_BYTES, KEY_BYTES,
                   (const char *)sequence->values + at * VALUE_BYTES, VALUE_BYTES, &error);
    if (error) raw_check(error);
  }
  return sequence->count;
}

/* One write batch for all rounds, cleared and filled again: its memory is allocated once. */
static uint64_t raw_write_batch(void *state, const struct sequence *sequence) {
  struct raw *raw = state;
  for (size_t first = 0; first < sequence->count; first += BATCH_ROWS) {
    rocksdb_writebatch_clear(raw->batch);
    for (size_t at = first; at < first + BATCH_ROWS; at++)
      rocksdb_writebatch_put_cf(raw->batch, raw->write_family, (const char *)sequence->keys + at * KEY_BYTES, KEY_BYTES,
                                (const char *)sequence->values + at * VALUE_BYTES, VALUE_BYTES);
    char *error = NULL;
    rocksdb_write(raw->db, raw->write_options, raw->batch, &error);
    raw_check(error);
  }
  return sequence->count;
}

static void raw_settle(void *state) {
  struct raw *raw = state;
  raw_database_compact(&raw->database, raw->write_family);
}

#define WITH_READS(get, scan)                                                                                             \
  {[CONTAINS] = raw_contains, [MULTI_GET] = raw_multi_get, [PUT] = raw_put, [WRITE_BATCH] = raw_write_batch, [GET] = get, [SCAN] = scan}

static const operation operations[PLAIN_OPERATION_COUNT] = WITH_READS(raw_get, raw_scan);
static const operation owned_operations[PLAIN_OPERATION_COUNT] = WITH_READS(raw_get_owned, raw_scan_owned);

const struct side raw_side = {
    .name = "raw",
    .field = "raw_c_ns",
    .open = raw_open,
    .close = raw_close,
    .settle = raw_settle,
    .run = operations,
};

const struct side raw_owned_side = {
    .name = "control",
    .field = "control_ns",
    .open = raw_open,
    .close = raw_close,
    .settle = raw_settle,
    .run = owned_operations,
};
