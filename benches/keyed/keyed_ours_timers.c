#include <string.h>

#include "keyed_ours.h"

enum { HEADER_BYTES = 24, RECORD_BYTES = HEADER_BYTES + NUMBER_BYTES, TIMESTAMP_AT = 8, KEY_LENGTH_AT = 16 };

static void pack(uint8_t *target, int64_t timestamp, const uint8_t *key) {
  const uint32_t key_length = NUMBER_BYTES;
  memset(target, 0, HEADER_BYTES);
  target[0] = FSB_TIME_EVENT;
  memcpy(target + TIMESTAMP_AT, &timestamp, sizeof timestamp);
  memcpy(target + KEY_LENGTH_AT, &key_length, sizeof key_length);
  memcpy(target + HEADER_BYTES, key, NUMBER_BYTES);
}

static void set_timers(fsb_timer_service *service, const struct sequence *sequence) {
  uint8_t packed[TIMERS_IN_CALL * RECORD_BYTES];
  for (size_t first = 0; first < sequence->count; first += TIMERS_IN_CALL) {
    fsb_error *error = NULL;
    for (size_t at = 0; at < TIMERS_IN_CALL; at++)
      pack(packed + at * RECORD_BYTES, value_at(sequence, first + at), key_at(sequence, first + at));
    check(fsb_timer_service_register(service, packed, sizeof packed, &error), &error);
  }
}

static uint64_t touch_timers(const uint8_t *page, size_t count) {
  uint64_t sum = 0;
  for (const uint8_t *at = page; count > 0; count--, at += RECORD_BYTES) {
    int64_t timestamp;
    memcpy(&timestamp, at + TIMESTAMP_AT, sizeof timestamp);
    sum += (uint64_t)timestamp + (uint64_t)load_number(at + HEADER_BYTES);
  }
  return sum;
}

static uint64_t pop(const struct keyed_ours *ours, fsb_timer_service *service, int64_t until) {
  const fsb_timer_query due = {.struct_size = sizeof due, .time = FSB_TIME_EVENT, .remove = 1, .up_to = until};
  uint64_t sum = 0;
  size_t length = 0, count = 0;
  do {
    fsb_error *error = NULL;
    check(fsb_timer_service_due(service, &due, ours->page, PAGE_BYTES, &length, &count, &error), &error);
    sum += touch_timers(ours->page, count);
  } while (count > 0);
  return sum;
}

static uint64_t step(const struct keyed_ours *ours, enum keyed_timers service, const struct sequence *sequence) {
  set_timers(ours->timers[service], sequence);
  return pop(ours, ours->timers[service], sequence->until);
}

void ours_load_timers(struct keyed_ours *ours, const struct sequence *sequence) {
  set_timers(ours->timers[STANDING], sequence);
}

uint64_t ours_timers_soon(void *state, const struct sequence *sequence) {
  return step(state, SOON, sequence);
}

uint64_t ours_timers_standing(void *state, const struct sequence *sequence) {
  return step(state, STANDING, sequence);
}
