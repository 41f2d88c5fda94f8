/* Our side of the keyed comparison: opening, loading, and the row cache's memory. */
#include "keyed_ours.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../workload.h"

/* Writes go in batches while loading. */
enum { LOADING_CACHE_BYTES = 64 << 20 };

static fsb_keyed_backend *open_keyed(const fsb_backend *backend, uint64_t cache_bytes) {
  char options[200];
  fsb_error *error = NULL;
  fsb_keyed_backend *keyed = NULL;
  int length = snprintf(options, sizeof options, "{\"max_parallelism\":%d,\"key_type\":\"i64\",\"row_cache_bytes\":%llu}", MAX_PARALLELISM,
                        (unsigned long long)cache_bytes);
  check(fsb_keyed_backend_open(backend, options, (size_t)length, &keyed, &error), &error);
  return keyed;
}

static fsb_timer_service *open_timers(fsb_keyed_backend *keyed, const char *name) {
  fsb_error *error = NULL;
  fsb_timer_service *service = NULL;
  check(fsb_timer_service_open(keyed, name, strlen(name), &service, &error), &error);
  return service;
}

/* Opens keyed state on the open backend. */
static void attach(struct keyed_ours *ours, uint64_t cache_bytes) {
  ours->keyed = open_keyed(ours->backend, cache_bytes);
  for (int state = 0; state < STATE_COUNT; state++) {
    const char *descriptor = state_declarations[state].descriptor;
    fsb_error *error = NULL;
    check(fsb_state_open(ours->keyed, descriptor, strlen(descriptor), &ours->states[state], &error), &error);
  }
  ours->timers[SOON] = open_timers(ours->keyed, SOON_NAME);
  ours->timers[STANDING] = open_timers(ours->keyed, STANDING_NAME);
}

static void detach(struct keyed_ours *ours) {
  for (int service = 0; service < TIMER_SERVICE_COUNT; service++) check(fsb_timer_service_free(ours->timers[service]), NULL);
  for (int state = 0; state < STATE_COUNT; state++) check(fsb_state_free(ours->states[state]), NULL);
  check(fsb_keyed_backend_free(ours->keyed), NULL);
}

struct keyed_ours *keyed_ours_open(const char *folder, uint64_t cache_bytes) {
  struct keyed_ours *ours = allocate(sizeof *ours);
  ours->backend = open_backend(folder, "disabled");
  ours->family = open_family(ours->backend, "user_state");
  ours->page = allocate(PAGE_BYTES);
  attach(ours, cache_bytes);
  return ours;
}

void keyed_ours_close(struct keyed_ours *ours) {
  detach(ours);
  fsb_column_family_free(ours->family);
  close_backend(ours->backend);
  free(ours->page);
  free(ours);
}

static void *open_cached(const char *folder, uint64_t cache_bytes) {
  return keyed_ours_open(folder, cache_bytes);
}

static void *open_uncached(const char *folder, uint64_t cache_bytes) {
  (void)cache_bytes;
  return keyed_ours_open(folder, 0);
}

static void close_ours(void *state) {
  keyed_ours_close(state);
}

static void settle(void *state) {
  compact(((struct keyed_ours *)state)->family);
}

static void load_some(struct keyed_ours *ours, struct sequence *sequence) {
  keyed_load_sequence(sequence, 0, HOT_KEY_COUNT);
  ours_load_values(ours, VALUE_TTL_READ, sequence);
  keyed_load_sequence(sequence, 0, LONG_LIST_COUNT);
  ours_load_lists(ours, LONG_LIST, sequence, LONG_LIST_ELEMENTS);
  keyed_load_sequence(sequence, 0, MAP_COUNT);
  ours_load_maps(ours, MAP, sequence, MAP_ENTRIES);
  ours_load_maps(ours, MAP_TTL, sequence, MAP_ENTRIES);
  keyed_load_sequence(sequence, 0, 1);
  ours_load_maps(ours, LARGE_MAP, sequence, LARGE_MAP_ENTRIES);
}

static void load_all(struct keyed_ours *ours, struct sequence *sequence) {
  for (uint64_t first = 0; first < KEY_COUNT; first += MAX_SEQUENCE) {
    keyed_load_sequence(sequence, first, MAX_SEQUENCE);
    ours_load_values(ours, VALUE, sequence);
    ours_load_values(ours, VALUE_TTL, sequence);
    ours_load_sums(ours, sequence);
    ours_load_lists(ours, LIST, sequence, 1);
    ours_load_lists(ours, LIST_TTL, sequence, 1);
  }
  for (uint64_t first = 0; first < STANDING_TIMERS; first += MAX_SEQUENCE) {
    keyed_load_timers(sequence, first, MAX_SEQUENCE);
    ours_load_timers(ours, sequence);
  }
}

void keyed_load(const char *folder) {
  struct keyed_ours *ours = keyed_ours_open(folder, LOADING_CACHE_BYTES);
  struct sequence sequence = sequence_create();
  fsb_error *error = NULL;
  load_some(ours, &sequence);
  load_all(ours, &sequence);
  check(fsb_keyed_backend_drain(ours->keyed, &error), &error);
  fsb_column_family *timers = open_family(ours->backend, "timer_state");
  compact(timers);
  compact(ours->family);
  fsb_column_family_free(timers);
  sequence_free(&sequence);
  keyed_ours_close(ours);
}

static fsb_statistics statistics_of(const struct keyed_ours *ours) {
  fsb_statistics statistics = {.struct_size = sizeof statistics};
  fsb_error *error = NULL;
  check(fsb_backend_statistics(ours->backend, &statistics, &error), &error);
  return statistics;
}

/* Runs an operation on the keys from the first on, in order. */
static void run(struct keyed_ours *ours, operation operation, struct sequence *sequence, size_t count) {
  for (size_t done = 0; done < count; done += sequence->count) {
    size_t left = count - done;
    keyed_load_sequence(sequence, done, left < MAX_SEQUENCE ? left : MAX_SEQUENCE);
    operation(ours, sequence);
  }
}

uint64_t keyed_cache_bytes(const char *folder, size_t value_count) {
  struct keyed_ours *ours = keyed_ours_open(folder, (uint64_t)1 << 30);
  struct sequence sequence = sequence_create();
  run(ours, ours_value_get, &sequence, value_count);
  uint64_t bytes = statistics_of(ours).row_cache_bytes;
  sequence_free(&sequence);
  keyed_ours_close(ours);
  return bytes;
}

/* Bytes that the allocator has handed out, over all its arenas and mappings, but for those of memtables. */
static uint64_t allocated_bytes(const struct keyed_ours *ours) {
  struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd - statistics_of(ours).memtable_bytes;
}

static void note(struct cache_memory *memory, const struct keyed_ours *ours, uint64_t before) {
  uint64_t measured = allocated_bytes(ours) - before, reported = statistics_of(ours).row_cache_bytes;
  if (measured > memory->measured) memory->measured = measured;
  if (reported > memory->reported) memory->reported = reported;
}

/* The engine's block cache is filled beforehand through a keyed backend without a row cache, so that only the row cache grows: first it fills,
 * then it has to choose. */
struct cache_memory keyed_cache_memory(const char *folder, uint64_t bound) {
  struct keyed_ours *ours = keyed_ours_open(folder, 0);
  struct sequence sequence = sequence_create();
  struct cache_memory memory = {.bound = bound};
  run(ours, ours_value_get, &sequence, KEY_COUNT);
  detach(ours);
  uint64_t before = allocated_bytes(ours);
  attach(ours, bound);
  for (size_t count = KEY_COUNT / 20; count <= KEY_COUNT / 4; count += KEY_COUNT / 20) {
    run(ours, ours_value_get, &sequence, count);
    note(&memory, ours, before);
    run(ours, ours_value_read_modify_write, &sequence, count);
    note(&memory, ours, before);
  }
  sequence_free(&sequence);
  keyed_ours_close(ours);
  return memory;
}

static const operation operations[KEYED_OPERATION_COUNT] = {
    [VALUE_GET] = ours_value_get,
    [VALUE_UPDATE] = ours_value_update,
    [VALUE_READ_MODIFY_WRITE] = ours_value_read_modify_write,
    [VALUE_GET_TTL] = ours_value_get_ttl,
    [VALUE_GET_TTL_READ] = ours_value_get_ttl_read,
    [SUM_ADD] = ours_sum_add,
    [LIST_ADD] = ours_list_add,
    [LIST_ADD_ALL] = ours_list_add_all,
    [LIST_UPDATE] = ours_list_update,
    [LIST_GET] = ours_list_get,
    [LIST_GET_TTL] = ours_list_get_ttl,
    [LIST_ITERATE] = ours_list_iterate,
    [MAP_GET] = ours_map_get,
    [MAP_GET_TTL] = ours_map_get_ttl,
    [MAP_CONTAINS] = ours_map_contains,
    [MAP_PUT] = ours_map_put,
    [MAP_PUT_ALL] = ours_map_put_all,
    [MAP_IS_EMPTY] = ours_map_is_empty,
    [MAP_KEYS_OF] = ours_map_keys,
    [MAP_ITERATE] = ours_map_iterate,
    [LARGE_MAP_ITERATE] = ours_large_map_iterate,
    [TIMERS_SOON] = ours_timers_soon,
    [TIMERS_STANDING] = ours_timers_standing,
};

static const operation without_ttl[KEYED_OPERATION_COUNT] = {
    [VALUE_GET_TTL] = ours_value_get,
    [VALUE_GET_TTL_READ] = ours_value_get,
    [LIST_GET_TTL] = ours_list_get,
    [MAP_GET_TTL] = ours_map_get,
};

const struct side keyed_ours_side = {
    .name = "ours",
    .field = "ours_ns",
    .open = open_cached,
    .close = close_ours,
    .settle = settle,
    .run = operations,
};

const struct side keyed_uncached_side = {
    .name = "uncached",
    .field = "ours_without_ns",
    .open = open_uncached,
    .close = close_ours,
    .settle = settle,
    .run = operations,
};

const struct side keyed_without_ttl_side = {
    .name = "without ttl",
    .field = "ours_without_ns",
    .run = without_ttl,
};
