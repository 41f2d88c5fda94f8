/* The comparison of keyed state: Flink's state benchmark shapes, and what a row cache makes of them. */
#ifndef BENCH_KEYED_H
#define BENCH_KEYED_H

#include "../side.h"

/* Keys and values are 64-bit integers in 8 bytes, as in Flink's benchmarks; so are list elements, map keys and map values. */
enum { NUMBER_BYTES = 8 };

enum {
  /* Keys that have a value, a sum and a list of one element. */
  KEY_COUNT = 1000000,
  /* The first keys: those that are used over and over. */
  HOT_KEY_COUNT = 2000,
  /* The first keys have a map as well, and the very first ones a list of many elements. */
  MAP_COUNT = 100000,
  MAP_ENTRIES = 10,
  LONG_LIST_COUNT = 10000,
  LONG_LIST_ELEMENTS = 100,
  /* Entries of the one large map, of the first key. */
  LARGE_MAP_ENTRIES = 100000,
  /* Timers that are waiting at any time, for the rows that have a crowd of them, and timers in one call. */
  STANDING_TIMERS = 1000000,
  TIMERS_IN_CALL = 1000,
  MAX_PARALLELISM = 128
};

enum keyed_state { VALUE, VALUE_TTL, VALUE_TTL_READ, SUM, LIST, LIST_TTL, LONG_LIST, MAP, MAP_TTL, LARGE_MAP, STATE_COUNT };

/* Timer services. Timers of the one are due soon, those of the other wait in a crowd. */
enum keyed_timers { SOON, STANDING, TIMER_SERVICE_COUNT };

#define SOON_NAME "soon"
#define STANDING_NAME "standing"

/* What the library registers of a state, and what it derives from its name: the low half of XXH3 of it. */
struct state_declaration {
  const char *descriptor;
  uint32_t id;
};

extern const struct state_declaration state_declarations[STATE_COUNT];

enum keyed_operation {
  VALUE_GET,
  VALUE_UPDATE,
  VALUE_READ_MODIFY_WRITE,
  VALUE_GET_TTL,
  VALUE_GET_TTL_READ,
  SUM_ADD,
  LIST_ADD,
  LIST_ADD_ALL,
  LIST_UPDATE,
  LIST_GET,
  LIST_GET_TTL,
  LIST_ITERATE,
  MAP_GET,
  MAP_GET_TTL,
  MAP_CONTAINS,
  MAP_PUT,
  MAP_PUT_ALL,
  MAP_IS_EMPTY,
  MAP_KEYS_OF,
  MAP_ITERATE,
  LARGE_MAP_ITERATE,
  TIMERS_SOON,
  TIMERS_STANDING,
  KEYED_OPERATION_COUNT
};

/* The library's C ABI. The setting is the size of the row cache in bytes. */
extern const struct side keyed_ours_side;

/* The same without the row cache, whatever the setting says. */
extern const struct side keyed_uncached_side;

/* Reads of `keyed_ours_side` with the states that have no ttl, for a seat that shares the state of that side. */
extern const struct side keyed_without_ttl_side;

/* The RocksDB C API with the least that does the same on the same rows. */
extern const struct side keyed_raw_side;

/* Creates the folder through our library, loads all states and timers, flushes and compacts. */
void keyed_load(const char *folder);

/* Bytes that the row cache takes to hold so many values, of keys that were loaded. */
uint64_t keyed_cache_bytes(const char *folder, size_t value_count);

/* Bounds and sizes of a row cache, in bytes; reported by the library, and what the C library's allocator handed out for it, 0 where that
 * cannot be told. */
struct cache_memory {
  uint64_t bound, reported, measured;
};

/* Fills a row cache by reads and writes of more rows than it has room for. */
struct cache_memory keyed_cache_memory(const char *folder, uint64_t bound);

#endif
