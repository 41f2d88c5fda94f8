/* The raw side of the keyed comparison: what its files share. Rows are those of our library, composed here. */
#ifndef BENCH_KEYED_RAW_H
#define BENCH_KEYED_RAW_H

#include <string.h>

#include "../raw_database.h"
#include "keyed.h"
#include "keyed_workload.h"

enum {
  HEAD_BYTES = 6,
  /* A key of nothing but zeros takes twice its length; a frame ends with two bytes, also that of the empty namespace. */
  PREFIX_BYTES = HEAD_BYTES + 2 * NUMBER_BYTES + 2 + 2,
  ROW_KEY_BYTES = PREFIX_BYTES + NUMBER_BYTES,
  PLAIN_ROW = 0x01,
  STAMPED_ROW = 0x11,
  /* A row without and with a write time. */
  ROW_BYTES = 1 + NUMBER_BYTES,
  STAMPED_ROW_BYTES = 1 + 8 + NUMBER_BYTES
};

struct keyed_raw {
  struct raw_database database;
  rocksdb_t *db;
  rocksdb_column_family_handle_t *family;
  rocksdb_column_family_handle_t *timer_family;
  uint32_t queues[TIMER_SERVICE_COUNT];
  int64_t popped_until[TIMER_SERVICE_COUNT];
  rocksdb_readoptions_t *read_options;
  /* With an upper bound, set before each scan. */
  rocksdb_readoptions_t *scan_options;
  rocksdb_writeoptions_t *write_options;
  rocksdb_writebatch_t *batch;
};

static inline void store_big_endian_32(uint8_t *target, uint32_t value) {
  for (int byte = 0; byte < 4; byte++) target[byte] = (uint8_t)(value >> (24 - 8 * byte));
}

/* Key group of a key: murmur3 of its bytes. */
uint32_t raw_key_group(const uint8_t *key);

/* Writes the frame of a key and answers its length: zeros are escaped, two zeros end it. */
size_t raw_frame(uint8_t *target, const uint8_t *key);

/* Writes the row key of a key in a state, without a map key, and answers its length. */
size_t raw_row_key(uint8_t *target, enum keyed_state state, const uint8_t *key);

/* Reads a row into the buffer and answers its length, 0 when it is not there. */
size_t raw_read(const struct keyed_raw *raw, const uint8_t *row_key, size_t row_key_length, uint8_t *row, size_t capacity);

void raw_write(const struct keyed_raw *raw, const uint8_t *row_key, size_t row_key_length, const uint8_t *row, size_t length);

/* The operations, in keyed_raw_values.c, keyed_raw_lists.c, keyed_raw_maps.c and keyed_raw_timers.c. */
uint64_t raw_value_get(void *state, const struct sequence *sequence);
uint64_t raw_value_get_ttl(void *state, const struct sequence *sequence);
uint64_t raw_value_get_ttl_read(void *state, const struct sequence *sequence);
uint64_t raw_value_update(void *state, const struct sequence *sequence);
uint64_t raw_value_read_modify_write(void *state, const struct sequence *sequence);
uint64_t raw_sum_add(void *state, const struct sequence *sequence);
uint64_t raw_list_add(void *state, const struct sequence *sequence);
uint64_t raw_list_add_all(void *state, const struct sequence *sequence);
uint64_t raw_list_update(void *state, const struct sequence *sequence);
uint64_t raw_list_get(void *state, const struct sequence *sequence);
uint64_t raw_list_get_ttl(void *state, const struct sequence *sequence);
uint64_t raw_list_iterate(void *state, const struct sequence *sequence);
uint64_t raw_map_get(void *state, const struct sequence *sequence);
uint64_t raw_map_get_ttl(void *state, const struct sequence *sequence);
uint64_t raw_map_contains(void *state, const struct sequence *sequence);
uint64_t raw_map_put(void *state, const struct sequence *sequence);
uint64_t raw_map_put_all(void *state, const struct sequence *sequence);
uint64_t raw_map_is_empty(void *state, const struct sequence *sequence);
uint64_t raw_map_keys(void *state, const struct sequence *sequence);
uint64_t raw_map_iterate(void *state, const struct sequence *sequence);
uint64_t raw_large_map_iterate(void *state, const struct sequence *sequence);
uint64_t raw_timers_soon(void *state, const struct sequence *sequence);
uint64_t raw_timers_standing(void *state, const struct sequence *sequence);

/* Finds the ids under which our library keeps its timers. */
void raw_find_queues(struct keyed_raw *raw);

#endif
