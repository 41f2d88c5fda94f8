#include "keyed_ours.h"

/* 0 for a key without a value. */
static int64_t get(fsb_state *state) {
  uint8_t value[NUMBER_BYTES];
  size_t length = 0;
  fsb_error *error = NULL;
  fsb_status status = fsb_state_get(state, value, sizeof value, &length, &error);
  if (status == FSB_STATUS_OK) return load_number(value);
  if (status != FSB_STATUS_NOT_FOUND) check(status, &error);
  return 0;
}

static void put(fsb_state *state, int64_t number) {
  uint8_t value[NUMBER_BYTES];
  fsb_error *error = NULL;
  store_number(value, number);
  fsb_status status = fsb_state_put(state, value, sizeof value, &error);
  if (status != FSB_STATUS_OK) check(status, &error);
}

static void add(fsb_state *state, int64_t number) {
  fsb_error *error = NULL;
  fsb_status status = fsb_state_add_i64(state, number, &error);
  if (status != FSB_STATUS_OK) check(status, &error);
}

static uint64_t get_all(const struct keyed_ours *ours, enum keyed_state state, const struct sequence *sequence) {
  uint64_t sum = 0;
  for (size_t at = 0; at < sequence->count; at++) {
    set_key(ours, key_at(sequence, at));
    sum += (uint64_t)get(ours->states[state]);
  }
  return sum;
}

uint64_t ours_value_get(void *state, const struct sequence *sequence) {
  return get_all(state, VALUE, sequence);
}

uint64_t ours_value_get_ttl(void *state, const struct sequence *sequence) {
  return get_all(state, VALUE_TTL, sequence);
}

uint64_t ours_value_get_ttl_read(void *state, const struct sequence *sequence) {
  return get_all(state, VALUE_TTL_READ, sequence);
}

void ours_load_values(struct keyed_ours *ours, enum keyed_state state, const struct sequence *sequence) {
  for (size_t at = 0; at < sequence->count; at++) {
    set_key(ours, key_at(sequence, at));
    put(ours->states[state], value_at(sequence, at));
  }
}

uint64_t ours_value_update(void *state, const struct sequence *sequence) {
  ours_load_values(state, VALUE, sequence);
  return sequence->count;
}

uint64_t ours_value_read_modify_write(void *state, const struct sequence *sequence) {
  const struct keyed_ours *ours = state;
  uint64_t sum = 0;
  for (size_t at = 0; at < sequence->count; at++) {
    set_key(ours, key_at(sequence, at));
    int64_t value = get(ours->states[VALUE]);
    put(ours->states[VALUE], modified(value, value_at(sequence, at)));
    sum += (uint64_t)value;
  }
  return sum;
}

/* Small numbers: a sum that leaves its range is refused. */
void ours_load_sums(struct keyed_ours *ours, const struct sequence *sequence) {
  for (size_t at = 0; at < sequence->count; at++) {
    set_key(ours, key_at(sequence, at));
    add(ours->states[SUM], modified(0, value_at(sequence, at)));
  }
}

uint64_t ours_sum_add(void *state, const struct sequence *sequence) {
  ours_load_sums(state, sequence);
  return sequence->count;
}
