/* Rows, keys and key sequences that every side of the benchmark sees alike. */
#ifndef BENCH_WORKLOAD_H
#define BENCH_WORKLOAD_H

#include "rounds.h"

enum {
  KEY_BYTES = 16,
  VALUE_BYTES = 100,
  ROW_COUNT = 1000000,
  WRITTEN_ROW_COUNT = 100000,
  BATCH_ROWS = 1000,
  MULTI_GET_KEYS = 100
};

/* Which rows a sequence draws: rows that were loaded, as many that were not, or the few that the write family takes. */
enum sequence_kind { PRESENT_ROWS, ABSENT_ROWS, WRITTEN_ROWS };

/* SplitMix64: a bijection of the 64-bit integers, so scrambled row numbers never collide. */
uint64_t scramble(uint64_t value);

void store_big_endian(uint8_t *target, uint64_t value);

/* Writes the key of a row: a scrambled row number, then the row number, both big-endian. Rows lie scattered over the key space. */
void workload_key(uint8_t key[KEY_BYTES], uint64_t row);

/* Writes the value of a row: 50 random bytes and 50 that compress. `version` tells later writes of one row apart. */
void workload_value(uint8_t value[VALUE_BYTES], uint64_t row, uint64_t version);

/* Allocates room for sequences of up to MAX_SEQUENCE rows; ends the program when there is none. */
struct sequence sequence_create(void);
void sequence_free(struct sequence *sequence);

/* Fills the sequence with `count` random rows of a `sequence_kind`; the same seed gives the same sequence. */
void sequence_draw(struct sequence *sequence, int kind, size_t count, uint64_t seed);

/* Fills the sequence with the loaded rows from `first` on, in order of their number. */
void sequence_load(struct sequence *sequence, uint64_t first, size_t count);

/* Bytes before the key of a row in a page: two lengths. */
enum { PAGE_HEADER_BYTES = 8 };

/* What a consumer does with one row or value: looks at its length, its first and its last byte. */
static inline uint64_t touch(const void *bytes, size_t length) {
  const uint8_t *data = bytes;
  return length + data[0] + data[length - 1];
}

/* The same for all rows `u32 key length | u32 value length | key | value` of a page. */
uint64_t touch_rows(const uint8_t *page, size_t length);

#endif
