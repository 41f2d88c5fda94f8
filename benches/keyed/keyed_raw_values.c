#define _POSIX_C_SOURCE 199309L
#include <stdbool.h>
#include <time.h>

#include "../workload.h"
#include "keyed_raw.h"

/* The lifetime that the states with a ttl have. */
#define TTL_MILLIS INT64_C(86400000)

/* The value of a key, 0 for one without. */
static int64_t get(const struct keyed_raw *raw, const uint8_t *row_key, size_t row_key_length) {
  uint8_t row[ROW_BYTES];
  return raw_read(raw, row_key, row_key_length, row, sizeof row) ? load_number(row + 1) : 0;
}

static void put(const struct keyed_raw *raw, const uint8_t *row_key, size_t row_key_length, int64_t value) {
  uint8_t row[ROW_BYTES] = {PLAIN_ROW};
  store_number(row + 1, value);
  raw_write(raw, row_key, row_key_length, row, sizeof row);
}

uint64_t raw_value_get(void *state, const struct sequence *sequence) {
  uint64_t sum = 0;
  for (size_t at = 0; at < sequence->count; at++) {
    uint8_t row_key[PREFIX_BYTES];
    sum += (uint64_t)get(state, row_key, raw_row_key(row_key, VALUE, key_at(sequence, at)));
  }
  return sum;
}

uint64_t raw_value_update(void *state, const struct sequence *sequence) {
  for (size_t at = 0; at < sequence->count; at++) {
    uint8_t row_key[PREFIX_BYTES];
    put(state, row_key, raw_row_key(row_key, VALUE, key_at(sequence, at)), value_at(sequence, at));
  }
  return sequence->count;
}

uint64_t raw_value_read_modify_write(void *state, const struct sequence *sequence) {
  uint64_t sum = 0;
  for (size_t at = 0; at < sequence->count; at++) {
    uint8_t row_key[PREFIX_BYTES];
    size_t length = raw_row_key(row_key, VALUE, key_at(sequence, at));
    int64_t value = get(state, row_key, length);
    put(state, row_key, length, modified(value, value_at(sequence, at)));
    sum += (uint64_t)value;
  }
  return sum;
}

static int64_t now_millis(void) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Reads rows with a write time, big-endian in front of the value, and passes expired ones over; `refresh` writes them again as of now. */
static uint64_t get_stamped(const struct keyed_raw *raw, enum keyed_state state, const struct sequence *sequence, bool refresh) {
  uint64_t sum = 0;
  for (size_t at = 0; at < sequence->count; at++) {
    uint8_t row_key[PREFIX_BYTES], row[STAMPED_ROW_BYTES];
    size_t length = raw_row_key(row_key, state, key_at(sequence, at));
    if (!raw_read(raw, row_key, length, row, sizeof row)) continue;
    int64_t now = now_millis(), written = (int64_t)((uint64_t)load_number(row + 1) ^ UINT64_C(1) << 63);
    if (written + TTL_MILLIS <= now) continue;
    sum += (uint64_t)load_number(row + 1 + 8);
    if (!refresh || written == now) continue;
    store_big_endian(row + 1, (uint64_t)now);
    raw_write(raw, row_key, length, row, sizeof row);
  }
  return sum;
}

uint64_t raw_value_get_ttl(void *state, const struct sequence *sequence) {
  return get_stamped(state, VALUE_TTL, sequence, false);
}

uint64_t raw_value_get_ttl_read(void *state, const struct sequence *sequence) {
  return get_stamped(state, VALUE_TTL_READ, sequence, true);
}

/* The accumulator is little-endian, as everything that the library computes with. */
uint64_t raw_sum_add(void *state, const struct sequence *sequence) {
  const struct keyed_raw *raw = state;
  for (size_t at = 0; at < sequence->count; at++) {
    uint8_t row_key[PREFIX_BYTES], row[ROW_BYTES] = {PLAIN_ROW};
    size_t length = raw_row_key(row_key, SUM, key_at(sequence, at));
    int64_t sum = 0;
    if (raw_read(raw, row_key, length, row, sizeof row)) memcpy(&sum, row + 1, sizeof sum);
    sum = modified(sum, value_at(sequence, at));
    memcpy(row + 1, &sum, sizeof sum);
    raw_write(raw, row_key, length, row, sizeof row);
  }
  return sequence->count;
}
