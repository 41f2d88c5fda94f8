/* Keys, values and sequences of the keyed comparison. */
#ifndef BENCH_KEYED_WORKLOAD_H
#define BENCH_KEYED_WORKLOAD_H

#include "../rounds.h"
#include "keyed.h"

/* Which keys a sequence draws: any of those loaded; of the hot ones; of those loaded, as skewed as YCSB has it (zipf 0.99); keys that are
 * not there yet; those with maps; those with long lists; the one with the large map; keys of timers, with timestamps as values. */
enum key_kind { ANY_KEYS, HOT_KEYS, ZIPF_KEYS, NEW_KEYS, MAP_KEYS, LONG_LIST_KEYS, LARGE_MAP_KEY, SOON_TIMERS, STANDING_TIMERS_STEP };

/* Fills the sequence for a round of a row. A value is a random number, from which an operation derives what else it needs. */
void keyed_draw(struct sequence *sequence, const struct row *row, uint64_t seed, int round);

/* Fills the sequence with the keys from number `first` on, in order; their values are what is loaded. */
void keyed_load_sequence(struct sequence *sequence, uint64_t first, size_t count);

/* Fills the sequence with timers as they are waiting before the first round. */
void keyed_load_timers(struct sequence *sequence, uint64_t first, size_t count);

/* Numbers in the form of the C# API's serializer: big-endian, the sign flipped, so that they sort as they count. */
static inline void store_number(uint8_t *target, int64_t number) {
  uint64_t bits = (uint64_t)number ^ (UINT64_C(1) << 63);
  for (int byte = 0; byte < NUMBER_BYTES; byte++) target[byte] = (uint8_t)(bits >> (56 - 8 * byte));
}

static inline int64_t load_number(const void *bytes) {
  const uint8_t *from = bytes;
  uint64_t bits = 0;
  for (int byte = 0; byte < NUMBER_BYTES; byte++) bits = bits << 8 | from[byte];
  return (int64_t)(bits ^ (UINT64_C(1) << 63));
}

static inline const uint8_t *key_at(const struct sequence *sequence, size_t at) {
  return sequence->keys + at * NUMBER_BYTES;
}

static inline int64_t value_at(const struct sequence *sequence, size_t at) {
  return load_number(sequence->values + at * NUMBER_BYTES);
}

/* What read-modify-write makes of a value. */
static inline int64_t modified(int64_t before, int64_t drawn) {
  return (int64_t)((uint64_t)before + ((uint64_t)drawn & 0xff));
}

/* The map key that an operation takes of a map with `count` keys; it is there when below MAP_ENTRIES. */
static inline int64_t map_key_of(int64_t drawn, int count) {
  return (int64_t)((uint64_t)drawn % (uint64_t)count);
}

/* The value or element of that number that an operation derives from the one drawn. */
static inline int64_t derived(int64_t drawn, int index) {
  return (int64_t)((uint64_t)drawn + (uint64_t)index);
}

#endif
