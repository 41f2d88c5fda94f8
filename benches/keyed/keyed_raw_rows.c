#include <stdbool.h>

#include "../workload.h"
#include "keyed_raw.h"

static uint32_t rotated(uint32_t value, int bits) {
  return value << bits | value >> (32 - bits);
}

/* MurmurHash3_x86_32 with seed 0, of 8 bytes. */
uint32_t raw_key_group(const uint8_t *key) {
  uint32_t hash = 0;
  for (int at = 0; at < NUMBER_BYTES; at += 4) {
    uint32_t word = (uint32_t)key[at] | (uint32_t)key[at + 1] << 8 | (uint32_t)key[at + 2] << 16 | (uint32_t)key[at + 3] << 24;
    hash ^= rotated(word * 0xcc9e2d51u, 15) * 0x1b873593u;
    hash = rotated(hash, 13) * 5 + 0xe6546b64u;
  }
  hash ^= NUMBER_BYTES;
  hash = (hash ^ hash >> 16) * 0x85ebca6bu;
  hash = (hash ^ hash >> 13) * 0xc2b2ae35u;
  return (hash ^ hash >> 16) % MAX_PARALLELISM;
}

static bool has_zero(const uint8_t *key) {
  uint64_t word;
  memcpy(&word, key, sizeof word);
  return (word - UINT64_C(0x0101010101010101)) & ~word & UINT64_C(0x8080808080808080);
}

size_t raw_frame(uint8_t *target, const uint8_t *key) {
  uint8_t *end = target;
  if (!has_zero(key)) {
    memcpy(end, key, NUMBER_BYTES);
    end += NUMBER_BYTES;
  } else {
    for (int at = 0; at < NUMBER_BYTES; at++) {
      *end++ = key[at];
      if (!key[at]) *end++ = 0xff;
    }
  }
  memset(end, 0, 2);
  return (size_t)(end + 2 - target);
}

size_t raw_row_key(uint8_t *target, enum keyed_state state, const uint8_t *key) {
  uint32_t key_group = raw_key_group(key);
  target[0] = (uint8_t)(key_group >> 8);
  target[1] = (uint8_t)key_group;
  store_big_endian_32(target + 2, state_declarations[state].id);
  size_t length = HEAD_BYTES + raw_frame(target + HEAD_BYTES, key);
  memset(target + length, 0, 2);
  return length + 2;
}

size_t raw_read(const struct keyed_raw *raw, const uint8_t *row_key, size_t row_key_length, uint8_t *row, size_t capacity) {
  size_t length = 0;
  unsigned char found = 0;
  char *error = NULL;
  rocksdb_get_into_buffer_cf(raw->db, raw->read_options, raw->family, (const char *)row_key, row_key_length, (char *)row, capacity, &length,
                             &found, &error);
  if (error) raw_check(error);
  return found ? length : 0;
}

void raw_write(const struct keyed_raw *raw, const uint8_t *row_key, size_t row_key_length, const uint8_t *row, size_t length) {
  char *error = NULL;
  rocksdb_put_cf(raw->db, raw->write_options, raw->family, (const char *)row_key, row_key_length, (const char *)row, length, &error);
  if (error) raw_check(error);
}
