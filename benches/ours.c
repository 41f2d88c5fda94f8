/* Our side: the same operations by the library's C ABI. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <flink_state_backend.h>

#include "ours_backend.h"
#include "plain.h"

enum {
  SCAN_PAGE_BYTES = 32 << 10,
  BATCH_RECORD_BYTES = 16 + KEY_BYTES + VALUE_BYTES,
  KEY_RECORD_BYTES = 4 + KEY_BYTES,
  VALUE_RECORD_BYTES = 4 + VALUE_BYTES
};

struct ours {
  fsb_backend *backend;
  fsb_column_family *read_family;
  fsb_column_family *write_family;
  uint32_t write_family_id;
  uint8_t *batch;
  uint8_t *page;
};

static void *ours_open(const char *folder, uint64_t setting) {
  struct ours *ours = allocate(sizeof *ours);
  fsb_error *error = NULL;
  ours->backend = open_backend(folder, setting == WITH_WAL ? "enabled" : "disabled");
  ours->read_family = open_family(ours->backend, READ_FAMILY);
  ours->write_family = open_family(ours->backend, WRITE_FAMILY);
  check(fsb_column_family_id(ours->write_family, &ours->write_family_id, &error), &error);
  ours->batch = allocate((size_t)BATCH_ROWS * BATCH_RECORD_BYTES);
  ours->page = allocate(SCAN_PAGE_BYTES);
  return ours;
}

static void ours_close(void *state) {
  struct ours *ours = state;
  close_backend(ours->backend);
  fsb_column_family_free(ours->read_family);
  fsb_column_family_free(ours->write_family);
  free(ours->batch);
  free(ours->page);
  free(ours);
}

static uint64_t ours_get(void *state, const struct sequence *sequence) {
  struct ours *ours = state;
  uint64_t sum = 0;
  for (size_t at = 0; at < sequence->count; at++) {
    uint8_t value[VALUE_BYTES * 2];
    size_t length = 0;
    fsb_error *error = NULL;
    fsb_status status = fsb_column_family_get(ours->read_family, NULL, sequence->keys + at * KEY_BYTES, KEY_BYTES, value,
                                              sizeof value, &length, &error);
    if (status == FSB_STATUS_OK)
      sum += touch(value, length);
    else if (status != FSB_STATUS_NOT_FOUND)
      check(status, &error);
  }
  return sum;
}

static uint64_t ours_contains(void *state, const struct sequence *sequence) {
  struct ours *ours = state;
  uint64_t sum = 0;
  for (size_t at = 0; at < sequence->count; at++) {
    uint8_t present = 0;
    fsb_error *error = NULL;
    fsb_status status =
        fsb_column_family_contains(ours->read_family, NULL, sequence->keys + at * KEY_BYTES, KEY_BYTES, &present, &error);
    if (status != FSB_STATUS_OK) check(status, &error);
    sum += present;
  }
  return sum;
}

/* Walks an answer of fsb_column_family_multi_get: per key a length and, unless absent, the value. */
static uint64_t touch_values(const uint8_t *answer, size_t length) {
  uint64_t sum = 0;
  for (const uint8_t *at = answer; at < answer + length;) {
    uint32_t value_length;
    memcpy(&value_length, at, sizeof value_length);
    at += sizeof value_length;
    if (value_length == FSB_ABSENT) continue;
    sum += touch(at, value_length);
    at += value_length;
  }
  return sum;
}

static uint64_t ours_multi_get(void *state, const struct sequence *sequence) {
  struct ours *ours = state;
  uint64_t sum = 0;
  const uint32_t key_length = KEY_BYTES;
  for (size_t first = 0; first < sequence->count; first += MULTI_GET_KEYS) {
    uint8_t keys[MULTI_GET_KEYS * KEY_RECORD_BYTES];
    uint8_t answer[MULTI_GET_KEYS * VALUE_RECORD_BYTES];
    size_t length = 0;
    fsb_error *error = NULL;
    for (size_t at = 0; at < MULTI_GET_KEYS; at++) {
      memcpy(keys + at * KEY_RECORD_BYTES, &key_length, 4);
      memcpy(keys + at * KEY_RECORD_BYTES + 4, sequence->keys + (first + at) * KEY_BYTES, KEY_BYTES);
    }
    check(fsb_column_family_multi_get(ours->read_family, NULL, keys, sizeof keys, answer, sizeof answer, &length, &error), &error);
    sum += touch_values(answer, length);
  }
  return sum;
}

static uint64_t ours_scan(void *state, const struct sequence *sequence) {
  struct ours *ours = state;
  uint64_t sum = 0;
  fsb_error *error = NULL;
  fsb_iterator *rows = NULL;
  size_t length = 0, row_count = 0;
  (void)sequence;
  check(fsb_column_family_iterator(ours->read_family, NULL, &rows, &error), &error);
  do {
    check(fsb_iterator_next_page(rows, ours->page, SCAN_PAGE_BYTES, &length, &row_count, &error), &error);
    sum += touch_rows(ours->page, length);
  } while (row_count > 0);
  check(fsb_iterator_free(rows), NULL);
  return sum;
}

static uint64_t ours_put(void *state, const struct sequence *sequence) {
  struct ours *ours = state;
  for (size_t at = 0; at < sequence->count; at++) {
    fsb_error *error = NULL;
    fsb_status status = fsb_column_family_put(ours->write_family, sequence->keys + at * KEY_BYTES, KEY_BYTES,
                                              sequence->values + at * VALUE_BYTES, VALUE_BYTES, &error);
    if (status != FSB_STATUS_OK) check(status, &error);
  }
  return sequence->count;
}

/* Appends the record of one put to a batch and answers the end of it. */
static uint8_t *append_put(uint8_t *target, uint32_t family_id, const uint8_t *key, const uint8_t *value) {
  const uint32_t header[4] = {1, family_id, KEY_BYTES, VALUE_BYTES};
  memcpy(target, header, sizeof header);
  memcpy(target + 16, key, KEY_BYTES);
  memcpy(target + 16 + KEY_BYTES, value, VALUE_BYTES);
  return target + BATCH_RECORD_BYTES;
}

static void write_rows(struct ours *ours, uint32_t family_id, const struct sequence *sequence) {
  for (size_t first = 0; first < sequence->count; first += BATCH_ROWS) {
    uint8_t *end = ours->batch;
    fsb_error *error = NULL;
    for (size_t at = first; at < first + BATCH_ROWS; at++)
      end = append_put(end, family_id, sequence->keys + at * KEY_BYTES, sequence->values + at * VALUE_BYTES);
    check(fsb_backend_write(ours->backend, ours->batch, (size_t)(end - ours->batch), &error), &error);
  }
}

static uint64_t ours_write_batch(void *state, const struct sequence *sequence) {
  struct ours *ours = state;
  write_rows(ours, ours->write_family_id, sequence);
  return sequence->count;
}

static void ours_settle(void *state) {
  compact(((struct ours *)state)->write_family);
}

void ours_load(const char *folder, uint64_t setting) {
  struct ours *ours = ours_open(folder, setting);
  struct sequence rows = sequence_create();
  uint32_t family_id = 0;
  fsb_error *error = NULL;
  check(fsb_column_family_id(ours->read_family, &family_id, &error), &error);
  for (uint64_t first = 0; first < ROW_COUNT; first += MAX_SEQUENCE) {
    sequence_load(&rows, first, MAX_SEQUENCE);
    write_rows(ours, family_id, &rows);
  }
  compact(ours->read_family);
  sequence_free(&rows);
  ours_close(ours);
}

/* The cheapest call through handle check and guard: it does nothing in the engine. */
static uint64_t ours_boundary(void *state, const struct sequence *sequence) {
  struct ours *ours = state;
  uint64_t sum = 0;
  for (size_t call = 0; call < sequence->count; call++) {
    uint32_t id = 0;
    fsb_error *error = NULL;
    fsb_status status = fsb_column_family_id(ours->write_family, &id, &error);
    if (status != FSB_STATUS_OK) check(status, &error);
    sum += id;
  }
  return sum;
}

static const operation operations[PLAIN_OPERATION_COUNT] = {
    [BOUNDARY] = ours_boundary, [GET] = ours_get, [CONTAINS] = ours_contains,      [MULTI_GET] = ours_multi_get,
    [SCAN] = ours_scan,         [PUT] = ours_put, [WRITE_BATCH] = ours_write_batch};

const struct side ours_side = {
    .name = "ours",
    .field = "ours_ns",
    .open = ours_open,
    .close = ours_close,
    .settle = ours_settle,
    .run = operations,
};
