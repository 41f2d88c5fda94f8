#include "workload.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint64_t scramble(uint64_t value) {
  value += 0x9e3779b97f4a7c15u;
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
  return value ^ (value >> 31);
}

void store_big_endian(uint8_t *target, uint64_t value) {
  for (int byte = 0; byte < 8; byte++) target[byte] = (uint8_t)(value >> (56 - 8 * byte));
}

void workload_key(uint8_t key[KEY_BYTES], uint64_t row) {
  store_big_endian(key, scramble(row));
  store_big_endian(key + 8, row);
}

void workload_value(uint8_t value[VALUE_BYTES], uint64_t row, uint64_t version) {
  uint64_t state = row ^ (version << 40);
  for (size_t at = 0; at < VALUE_BYTES / 2; at += 8) {
    state = scramble(state);
    size_t left = VALUE_BYTES / 2 - at;
    memcpy(value + at, &state, left < 8 ? left : 8);
  }
  memset(value + VALUE_BYTES / 2, (int)(row & 0x7f), VALUE_BYTES / 2);
}

struct sequence sequence_create(void) {
  struct sequence sequence = {0, malloc((size_t)MAX_SEQUENCE * KEY_BYTES), malloc((size_t)MAX_SEQUENCE * VALUE_BYTES), 0};
  if (!sequence.keys || !sequence.values) {
    fprintf(stderr, "bench: no memory for the key sequences\n");
    exit(1);
  }
  return sequence;
}

void sequence_free(struct sequence *sequence) {
  free(sequence->keys);
  free(sequence->values);
}

static void set_row(struct sequence *sequence, size_t at, uint64_t row, uint64_t version) {
  workload_key(sequence->keys + at * KEY_BYTES, row);
  workload_value(sequence->values + at * VALUE_BYTES, row, version);
}

void sequence_draw(struct sequence *sequence, int kind, size_t count, uint64_t seed) {
  uint64_t first = kind == ABSENT_ROWS ? ROW_COUNT : 0;
  uint64_t domain = kind == WRITTEN_ROWS ? WRITTEN_ROW_COUNT : ROW_COUNT;
  sequence->count = count;
  for (size_t at = 0; at < count; at++) set_row(sequence, at, first + scramble(scramble(seed) + at) % domain, seed);
}

void sequence_load(struct sequence *sequence, uint64_t first, size_t count) {
  sequence->count = count;
  for (size_t at = 0; at < count; at++) set_row(sequence, at, first + at, 0);
}

uint64_t touch_rows(const uint8_t *page, size_t length) {
  uint64_t sum = 0;
  for (const uint8_t *at = page; at < page + length;) {
    uint32_t lengths[2];
    memcpy(lengths, at, PAGE_HEADER_BYTES);
    at += PAGE_HEADER_BYTES;
    sum += touch(at, lengths[0]) + touch(at + lengths[0], lengths[1]);
    at += lengths[0] + lengths[1];
  }
  return sum;
}
