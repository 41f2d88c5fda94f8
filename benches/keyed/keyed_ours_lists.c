#include <string.h>

#include "keyed_ours.h"

enum { ELEMENT_BYTES = 4 + NUMBER_BYTES, MAX_ELEMENTS = 4 * LONG_LIST_ELEMENTS };

/* Packs elements as records `u32 length | bytes` and answers their size. */
static size_t pack(uint8_t *target, int64_t drawn, int elements) {
  const uint32_t length = NUMBER_BYTES;
  for (int at = 0; at < elements; at++, target += ELEMENT_BYTES) {
    memcpy(target, &length, sizeof length);
    store_number(target + sizeof length, derived(drawn, at));
  }
  return (size_t)elements * ELEMENT_BYTES;
}

static void add(fsb_state *state, int64_t drawn, int elements) {
  uint8_t packed[LONG_LIST_ELEMENTS * ELEMENT_BYTES];
  fsb_error *error = NULL;
  fsb_status status = fsb_state_add_elements(state, packed, pack(packed, drawn, elements), &error);
  if (status != FSB_STATUS_OK) check(status, &error);
}

static uint64_t touch_elements(const uint8_t *packed, size_t length) {
  uint64_t sum = 0;
  for (const uint8_t *at = packed; at < packed + length;) {
    uint32_t element_length;
    memcpy(&element_length, at, sizeof element_length);
    sum += (uint64_t)load_number(at + sizeof element_length);
    at += sizeof element_length + element_length;
  }
  return sum;
}

static uint64_t get_all(const struct keyed_ours *ours, enum keyed_state state, const struct sequence *sequence) {
  uint8_t packed[MAX_ELEMENTS * ELEMENT_BYTES];
  uint64_t sum = 0;
  for (size_t at = 0; at < sequence->count; at++) {
    size_t length = 0;
    fsb_error *error = NULL;
    set_key(ours, key_at(sequence, at));
    check(fsb_state_get(ours->states[state], packed, sizeof packed, &length, &error), &error);
    sum += touch_elements(packed, length);
  }
  return sum;
}

void ours_load_lists(struct keyed_ours *ours, enum keyed_state state, const struct sequence *sequence, int elements) {
  for (size_t at = 0; at < sequence->count; at++) {
    set_key(ours, key_at(sequence, at));
    add(ours->states[state], value_at(sequence, at), elements);
  }
}

uint64_t ours_list_add(void *state, const struct sequence *sequence) {
  ours_load_lists(state, LIST, sequence, 1);
  return sequence->count;
}

uint64_t ours_list_add_all(void *state, const struct sequence *sequence) {
  ours_load_lists(state, LIST, sequence, LONG_LIST_ELEMENTS);
  return sequence->count;
}

uint64_t ours_list_update(void *state, const struct sequence *sequence) {
  const struct keyed_ours *ours = state;
  for (size_t at = 0; at < sequence->count; at++) {
    uint8_t packed[ELEMENT_BYTES];
    fsb_error *error = NULL;
    set_key(ours, key_at(sequence, at));
    check(fsb_state_update_elements(ours->states[LIST], packed, pack(packed, value_at(sequence, at), 1), &error), &error);
  }
  return sequence->count;
}

uint64_t ours_list_get(void *state, const struct sequence *sequence) {
  return get_all(state, LIST, sequence);
}

uint64_t ours_list_get_ttl(void *state, const struct sequence *sequence) {
  return get_all(state, LIST_TTL, sequence);
}

uint64_t ours_list_iterate(void *state, const struct sequence *sequence) {
  return get_all(state, LONG_LIST, sequence);
}
