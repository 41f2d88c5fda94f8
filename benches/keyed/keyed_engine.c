#include <stdio.h>

#include "../engine.h"
#include "../table.h"
#include "../workload.h"
#include "keyed.h"
#include "keyed_workload.h"

/* The library's default row cache: room for all that is hot and for a part of the rest. It is empty when the first two rows begin, which read
 * equal values with and without a ttl. Reads come before writes, which would leave some rows in memtables on the sides that do not hold
 * them back. */
static const struct row read_rows[] = {
    {"value_get_ttl", VALUE_GET_TTL, ANY_KEYS, 5000, 5000, 5000, 40, 0, 10},
    {"value_get_ttl_hot", VALUE_GET_TTL, HOT_KEYS, 10000, 10000, 10000, 40, 0, 0},
    {"value_get_ttl_read_hot", VALUE_GET_TTL_READ, HOT_KEYS, 10000, 10000, 10000, 30, 0, 0},
    {"list_get_ttl", LIST_GET_TTL, ANY_KEYS, 5000, 5000, 5000, 30, 0, 0},
    {"map_get_ttl", MAP_GET_TTL, MAP_KEYS, 5000, 5000, 5000, 30, 0, 0},
    {"value_get", VALUE_GET, ANY_KEYS, 5000, 5000, 5000, 30, 0, 10},
    {"value_get_hot", VALUE_GET, HOT_KEYS, 10000, 10000, 10000, 30, 0, 0},
    {"list_get", LIST_GET, ANY_KEYS, 5000, 5000, 5000, 30, 0, 0},
    {"list_get_iterate_100", LIST_ITERATE, LONG_LIST_KEYS, 2000, 2000, 2000, 30, 0, 0},
    {"map_get", MAP_GET, MAP_KEYS, 5000, 5000, 5000, 30, 0, 0},
    {"map_contains", MAP_CONTAINS, MAP_KEYS, 5000, 5000, 5000, 30, 0, 0},
    {"map_is_empty", MAP_IS_EMPTY, MAP_KEYS, 2000, 2000, 2000, 30, 0, 0},
    {"map_keys", MAP_KEYS_OF, MAP_KEYS, 1000, 1000, 1000 * MAP_ENTRIES, 30, 0, 0},
    {"map_iterate", MAP_ITERATE, MAP_KEYS, 1000, 1000, 1000 * MAP_ENTRIES, 30, 0, 0},
    {"map_iterate_100k", LARGE_MAP_ITERATE, LARGE_MAP_KEY, 1, 1, LARGE_MAP_ENTRIES, 12, 0, 0},
};
static const struct row write_rows[] = {
    {"value_update", VALUE_UPDATE, ANY_KEYS, 5000, 5000, 5000, 30, 100, 0},
    {"value_update_hot", VALUE_UPDATE, HOT_KEYS, 10000, 10000, 10000, 30, 0, 0},
    {"value_get_update_hot", VALUE_READ_MODIFY_WRITE, HOT_KEYS, 10000, 10000, 10000, 30, 0, 0},
    {"value_add", VALUE_UPDATE, NEW_KEYS, 5000, 5000, 5000, 30, 0, 0},
    {"reducing_add", SUM_ADD, ANY_KEYS, 5000, 5000, 5000, 30, 0, 0},
    {"reducing_add_hot", SUM_ADD, HOT_KEYS, 10000, 10000, 10000, 30, 0, 0},
    {"list_add", LIST_ADD, ANY_KEYS, 5000, 5000, 5000, 30, 100, 0},
    {"list_add_all_100", LIST_ADD_ALL, ANY_KEYS, 500, 500, 500, 30, 0, 0},
    {"list_update", LIST_UPDATE, ANY_KEYS, 5000, 5000, 5000, 30, 0, 0},
    {"map_put", MAP_PUT, MAP_KEYS, 5000, 5000, 5000, 30, 0, 0},
    {"map_put_all_10", MAP_PUT_ALL, MAP_KEYS, 1000, 1000, 1000, 30, 0, 0},
};
/* Each step sets as many timers as come due. */
static const struct row timer_rows[] = {
    {"timers_soon", TIMERS_SOON, SOON_TIMERS, 20000, 20000, 20000, 20, 0, 0},
    {"timers_1m_waiting", TIMERS_STANDING, STANDING_TIMERS_STEP, 20000, 20000, 20000, 20, 0, 0},
};
/* A row cache with room for a tenth of the values, and no row cache beside it. The caches hold what they will go on to hold when measuring begins. */
static const struct row cache_rows[] = {
    {"cache_zipf_get_update", VALUE_READ_MODIFY_WRITE, ZIPF_KEYS, 10000, 10000, 10000, 30, 100, 150},
    {"cache_uniform_get", VALUE_GET, ANY_KEYS, 5000, 5000, 5000, 40, 100, 50},
    {"cache_uniform_get_update", VALUE_READ_MODIFY_WRITE, ANY_KEYS, 5000, 5000, 5000, 40, 0, 50},
};

#define COUNT_OF(rows) (sizeof(rows) / sizeof *(rows))

enum { DEFAULT_CACHE_BYTES = 16 << 20 };

static struct table table_of(const struct side *third, const struct side *guests, int guest_count) {
  struct table table = {
      .seats = {{&keyed_ours_side, NULL}, {&keyed_raw_side, NULL}}, .seat_count = 2, .sequence = sequence_create(), .draw = keyed_draw};
  if (third) table.seats[table.seat_count++].side = third;
  for (int guest = 0; guest < guest_count; guest++) table.seats[table.seat_count++].side = &guests[guest];
  return table;
}

static void measure_shapes(const char *root, uint64_t seed, const struct side *guests, int guest_count) {
  struct table table = table_of(NULL, guests, guest_count);
  table_open(&table, root, "shapes", DEFAULT_CACHE_BYTES, seed);
  /* The states without a ttl are those of our side. */
  struct table with_ttl = table;
  with_ttl.seats[with_ttl.seat_count++] = (struct seat){&keyed_without_ttl_side, table.seats[0].state};
  table_measure(&with_ttl, read_rows, COUNT_OF(read_rows), seed);
  table_measure(&table, write_rows, COUNT_OF(write_rows), seed);
  table_measure(&table, timer_rows, COUNT_OF(timer_rows), seed);
  table_close(&table);
  sequence_free(&table.sequence);
}

static void measure_cache(const char *root, uint64_t seed, uint64_t cache_bytes, const struct side *guests, int guest_count) {
  struct table table = table_of(&keyed_uncached_side, guests, guest_count);
  table_open(&table, root, "cache", cache_bytes, seed);
  table_measure(&table, cache_rows, COUNT_OF(cache_rows), seed);
  table_close(&table);
  sequence_free(&table.sequence);
}

static void measure_cache_memory(const char *folder, uint64_t bound) {
  struct cache_memory memory = keyed_cache_memory(folder, bound);
  printf("{\"name\":\"cache_memory\",\"bound_bytes\":%llu,\"reported_bytes\":%llu,\"measured_bytes\":%llu}\n", (unsigned long long)memory.bound,
         (unsigned long long)memory.reported, (unsigned long long)memory.measured);
}

void engine_measure_keyed(const char *root, uint64_t seed, const struct side *guests, int guest_count) {
  char folder[1024];
  snprintf(folder, sizeof folder, "%s/cache/ours", root);
  uint64_t cache_bytes = keyed_cache_bytes(folder, KEY_COUNT / 10);
  measure_shapes(root, seed, guests, guest_count);
  measure_cache(root, seed, cache_bytes, guests, guest_count);
  measure_cache_memory(folder, cache_bytes);
}
