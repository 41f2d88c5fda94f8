#include <stdbool.h>
#include <string.h>

#include "keyed_ours.h"

enum { ENTRY_BYTES = 8 + 2 * NUMBER_BYTES, ENTRIES_IN_CALL = 1000 };

static uint64_t get_all(const struct keyed_ours *ours, enum keyed_state state, const struct sequence *sequence) {
  uint64_t sum = 0;
  for (size_t at = 0; at < sequence->count; at++) {
    uint8_t map_key[NUMBER_BYTES], value[NUMBER_BYTES], is_null = 0;
    size_t length = 0;
    fsb_error *error = NULL;
    set_key(ours, key_at(sequence, at));
    store_number(map_key, map_key_of(value_at(sequence, at), MAP_ENTRIES));
    fsb_status status =
        fsb_state_map_get(ours->states[state], map_key, sizeof map_key, value, sizeof value, &length, &is_null, &error);
    if (status != FSB_STATUS_OK) check(status, &error);
    sum += (uint64_t)load_number(value);
  }
  return sum;
}

uint64_t ours_map_get(void *state, const struct sequence *sequence) {
  return get_all(state, MAP, sequence);
}

uint64_t ours_map_get_ttl(void *state, const struct sequence *sequence) {
  return get_all(state, MAP_TTL, sequence);
}

/* Every second key is not there. */
uint64_t ours_map_contains(void *state, const struct sequence *sequence) {
  const struct keyed_ours *ours = state;
  uint64_t sum = 0;
  for (size_t at = 0; at < sequence->count; at++) {
    uint8_t map_key[NUMBER_BYTES], contains = 0;
    fsb_error *error = NULL;
    set_key(ours, key_at(sequence, at));
    store_number(map_key, map_key_of(value_at(sequence, at), 2 * MAP_ENTRIES));
    fsb_status status = fsb_state_map_contains(ours->states[MAP], map_key, sizeof map_key, &contains, &error);
    if (status != FSB_STATUS_OK) check(status, &error);
    sum += contains;
  }
  return sum;
}

uint64_t ours_map_put(void *state, const struct sequence *sequence) {
  const struct keyed_ours *ours = state;
  for (size_t at = 0; at < sequence->count; at++) {
    uint8_t map_key[NUMBER_BYTES], value[NUMBER_BYTES];
    fsb_error *error = NULL;
    set_key(ours, key_at(sequence, at));
    store_number(map_key, map_key_of(value_at(sequence, at), MAP_ENTRIES));
    store_number(value, value_at(sequence, at));
    fsb_status status = fsb_state_map_put(ours->states[MAP], map_key, sizeof map_key, value, sizeof value, 0, &error);
    if (status != FSB_STATUS_OK) check(status, &error);
  }
  return sequence->count;
}

/* Puts entries with the map keys from `first` on, in one call. */
static void put_entries(fsb_state *state, int64_t drawn, int first, int entries) {
  const uint32_t lengths[2] = {NUMBER_BYTES, NUMBER_BYTES};
  uint8_t packed[ENTRIES_IN_CALL * ENTRY_BYTES], *end = packed;
  fsb_error *error = NULL;
  for (int index = first; index < first + entries; index++, end += ENTRY_BYTES) {
    memcpy(end, lengths, sizeof lengths);
    store_number(end + sizeof lengths, index);
    store_number(end + sizeof lengths + NUMBER_BYTES, derived(drawn, index));
  }
  check(fsb_state_map_put_all(state, packed, (size_t)(end - packed), &error), &error);
}

void ours_load_maps(struct keyed_ours *ours, enum keyed_state state, const struct sequence *sequence, int entries) {
  for (size_t at = 0; at < sequence->count; at++) {
    set_key(ours, key_at(sequence, at));
    for (int first = 0; first < entries; first += ENTRIES_IN_CALL) {
      int left = entries - first;
      put_entries(ours->states[state], value_at(sequence, at), first, left < ENTRIES_IN_CALL ? left : ENTRIES_IN_CALL);
    }
  }
}

uint64_t ours_map_put_all(void *state, const struct sequence *sequence) {
  ours_load_maps(state, MAP, sequence, MAP_ENTRIES);
  return sequence->count;
}

uint64_t ours_map_is_empty(void *state, const struct sequence *sequence) {
  const struct keyed_ours *ours = state;
  uint64_t sum = 0;
  for (size_t at = 0; at < sequence->count; at++) {
    uint8_t is_empty = 0;
    fsb_error *error = NULL;
    set_key(ours, key_at(sequence, at));
    check(fsb_state_is_empty(ours->states[MAP], &is_empty, &error), &error);
    sum += is_empty;
  }
  return sum;
}

/* Sum of the map keys of a page and, if asked for, of the values. */
static uint64_t touch_entries(const uint8_t *page, size_t length, bool values) {
  uint64_t sum = 0;
  for (const uint8_t *at = page; at < page + length;) {
    uint32_t lengths[2];
    memcpy(lengths, at, sizeof lengths);
    at += sizeof lengths;
    sum += (uint64_t)load_number(at);
    if (values) sum += (uint64_t)load_number(at + lengths[0]);
    at += lengths[0] + lengths[1];
  }
  return sum;
}

static uint64_t iterate(const struct keyed_ours *ours, enum keyed_state state, bool values) {
  uint64_t sum = 0;
  fsb_error *error = NULL;
  fsb_state_scan *scan = NULL;
  size_t length = 0, entries = 0;
  check(fsb_state_scan_open(ours->states[state], FSB_SCAN_ENTRIES, 0, &scan, &error), &error);
  do {
    check(fsb_state_scan_next_page(scan, ours->page, PAGE_BYTES, &length, &entries, &error), &error);
    sum += touch_entries(ours->page, length, values);
  } while (entries > 0);
  check(fsb_state_scan_free(scan), NULL);
  return sum;
}

static uint64_t iterate_all(const struct keyed_ours *ours, enum keyed_state state, const struct sequence *sequence, bool values) {
  uint64_t sum = 0;
  for (size_t at = 0; at < sequence->count; at++) {
    set_key(ours, key_at(sequence, at));
    sum += iterate(ours, state, values);
  }
  return sum;
}

uint64_t ours_map_keys(void *state, const struct sequence *sequence) {
  return iterate_all(state, MAP, sequence, false);
}

uint64_t ours_map_iterate(void *state, const struct sequence *sequence) {
  return iterate_all(state, MAP, sequence, true);
}

uint64_t ours_large_map_iterate(void *state, const struct sequence *sequence) {
  return iterate_all(state, LARGE_MAP, sequence, true);
}
