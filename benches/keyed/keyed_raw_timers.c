#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "keyed_raw.h"

/* Timers lie under key group, queue and time, so that those of a group sort as they are due. */
enum { TIME_AT = HEAD_BYTES, OWNER_AT = TIME_AT + NUMBER_BYTES, TIMER_BYTES = OWNER_AT + 2 * NUMBER_BYTES + 2 + 2 };

static void set_head(uint8_t *target, uint32_t key_group, uint32_t queue, int64_t timestamp) {
  target[0] = (uint8_t)(key_group >> 8);
  target[1] = (uint8_t)key_group;
  store_big_endian_32(target + 2, queue);
  store_number(target + TIME_AT, timestamp);
}

static void write_batch(const struct keyed_raw *raw) {
  char *error = NULL;
  rocksdb_write(raw->db, raw->write_options, raw->batch, &error);
  raw_check(error);
  rocksdb_writebatch_clear(raw->batch);
}

static void set_timers(const struct keyed_raw *raw, uint32_t queue, const struct sequence *sequence) {
  for (size_t at = 0; at < sequence->count; at++) {
    uint8_t row_key[TIMER_BYTES];
    set_head(row_key, raw_key_group(key_at(sequence, at)), queue, value_at(sequence, at));
    size_t length = OWNER_AT + raw_frame(row_key + OWNER_AT, key_at(sequence, at));
    memset(row_key + length, 0, 2);
    rocksdb_writebatch_put_cf(raw->batch, raw->timer_family, (const char *)row_key, length + 2, NULL, 0);
    if ((at + 1) % TIMERS_IN_CALL == 0) write_batch(raw);
  }
}

/* The key in the frame behind the time, with its zeros as they were. */
static int64_t owner(const char *row_key) {
  uint8_t key[NUMBER_BYTES];
  const char *from = row_key + OWNER_AT;
  for (int at = 0; at < NUMBER_BYTES; at++) {
    key[at] = (uint8_t)*from++;
    if (!key[at]) from++;
  }
  return load_number(key);
}

/* Takes the timers of one group that are due, beginning where the last walk ended: what lies before is gone. */
static uint64_t pop_group(const struct keyed_raw *raw, rocksdb_iterator_t *timers, const uint8_t *from, const uint8_t *bound) {
  uint64_t sum = 0;
  rocksdb_iter_seek(timers, (const char *)from, OWNER_AT);
  for (; rocksdb_iter_valid(timers); rocksdb_iter_next(timers)) {
    rocksdb_slice_t row_key = rocksdb_iter_key_slice(timers);
    if (memcmp(row_key.data, bound, OWNER_AT) >= 0) break;
    sum += (uint64_t)load_number(row_key.data + TIME_AT) + (uint64_t)owner(row_key.data);
    rocksdb_writebatch_delete_cf(raw->batch, raw->timer_family, row_key.data, row_key.size);
  }
  return sum;
}

/* Group by group, so not in the order of time over all groups, which the engine alone does not have. */
static uint64_t pop(struct keyed_raw *raw, enum keyed_timers service, int64_t until) {
  uint64_t sum = 0;
  rocksdb_iterator_t *timers = rocksdb_create_iterator_cf(raw->db, raw->read_options, raw->timer_family);
  for (uint32_t key_group = 0; key_group < MAX_PARALLELISM; key_group++) {
    uint8_t from[OWNER_AT], bound[OWNER_AT];
    set_head(from, key_group, raw->queues[service], raw->popped_until[service] + 1);
    set_head(bound, key_group, raw->queues[service], until + 1);
    sum += pop_group(raw, timers, from, bound);
    if (rocksdb_writebatch_count(raw->batch) >= TIMERS_IN_CALL) write_batch(raw);
  }
  write_batch(raw);
  rocksdb_iter_destroy(timers);
  raw->popped_until[service] = until;
  return sum;
}

uint64_t raw_timers_soon(void *state, const struct sequence *sequence) {
  struct keyed_raw *raw = state;
  set_timers(raw, raw->queues[SOON], sequence);
  return pop(raw, SOON, sequence->until);
}

uint64_t raw_timers_standing(void *state, const struct sequence *sequence) {
  struct keyed_raw *raw = state;
  set_timers(raw, raw->queues[STANDING], sequence);
  return pop(raw, STANDING, sequence->until);
}

/* Our library keeps the name of each queue under its id, in rows that begin with two bytes 0xff: the name, a zero and the kind of time,
 * behind one byte of format. */
static uint32_t find_queue(rocksdb_iterator_t *rows, const char *name) {
  for (rocksdb_iter_seek(rows, "\xff\xff", 2); rocksdb_iter_valid(rows); rocksdb_iter_next(rows)) {
    rocksdb_slice_t key = rocksdb_iter_key_slice(rows), value = rocksdb_iter_value_slice(rows);
    const uint8_t *id = (const uint8_t *)key.data + 2;
    size_t length = strlen(name);
    if (value.size < length + 3 || memcmp(value.data + 1, name, length + 1) || value.data[length + 2] != 1) continue;
    return (uint32_t)id[0] << 24 | (uint32_t)id[1] << 16 | (uint32_t)id[2] << 8 | id[3];
  }
  fprintf(stderr, "bench: raw side: the folder has no timers `%s`\n", name);
  exit(1);
}

void raw_find_queues(struct keyed_raw *raw) {
  rocksdb_iterator_t *rows = rocksdb_create_iterator_cf(raw->db, raw->read_options, raw->timer_family);
  raw->queues[SOON] = find_queue(rows, SOON_NAME);
  raw->queues[STANDING] = find_queue(rows, STANDING_NAME);
  rocksdb_iter_destroy(rows);
}
