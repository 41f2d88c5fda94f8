#include "keyed_workload.h"

#include <math.h>
#include <stdbool.h>

#include "../workload.h"

/* Exponent of the skew: YCSB's. */
#define ZIPF_EXPONENT 0.99

/* Time goes on by this many milliseconds in a round of timers. */
enum { STEP_MILLIS = 20000 };

/* A waiting timer is due after this time on average, at twice this time at the latest: as many timers wait as are set in it. */
#define MEAN_DELAY_MILLIS ((int64_t)STANDING_TIMERS)

static void set(struct sequence *sequence, size_t at, uint64_t key, int64_t value) {
  store_number(sequence->keys + at * NUMBER_BYTES, (int64_t)scramble(key));
  store_number(sequence->values + at * NUMBER_BYTES, value);
}

/* Between 0 and 1, 1 excluded. */
static double fraction(uint64_t random) {
  return (double)(random >> 11) * 0x1p-53;
}

static double zeta(uint64_t count) {
  double sum = 0;
  for (uint64_t rank = 1; rank <= count; rank++) sum += pow((double)rank, -ZIPF_EXPONENT);
  return sum;
}

/* Rank of a key, 0 being drawn most often: Gray et al., Quickly generating billion-record synthetic databases, as in YCSB. */
static uint64_t zipf_rank(uint64_t random) {
  static double whole, eta;
  if (whole == 0) {
    whole = zeta(KEY_COUNT);
    eta = (1 - pow(2.0 / KEY_COUNT, 1 - ZIPF_EXPONENT)) / (1 - zeta(2) / whole);
  }
  double at = fraction(random), share = at * whole;
  if (share < 1) return 0;
  if (share < 1 + pow(0.5, ZIPF_EXPONENT)) return 1;
  uint64_t rank = (uint64_t)(KEY_COUNT * pow(eta * at - eta + 1, 1 / (1 - ZIPF_EXPONENT)));
  return rank < KEY_COUNT ? rank : KEY_COUNT - 1;
}

/* A key that no other round or process of the same folder draws. */
static uint64_t new_key(uint64_t seed, int round, size_t at) {
  return ((seed + 1) * 1000 + (uint64_t)round) * MAX_SEQUENCE + at + KEY_COUNT;
}

static uint64_t drawn_key(int kind, uint64_t random) {
  switch (kind) {
    case HOT_KEYS: return random % HOT_KEY_COUNT;
    case ZIPF_KEYS: return zipf_rank(random);
    case MAP_KEYS: return random % MAP_COUNT;
    case LONG_LIST_KEYS: return random % LONG_LIST_COUNT;
    case LARGE_MAP_KEY: return 0;
    default: return random % KEY_COUNT;
  }
}

/* When a timer is due that is set in a round, which begins at `now`. */
static int64_t timestamp(int kind, int64_t now, uint64_t random) {
  int64_t longest = kind == SOON_TIMERS ? STEP_MILLIS : 2 * MEAN_DELAY_MILLIS;
  return now + 1 + (int64_t)(random % (uint64_t)longest);
}

void keyed_draw(struct sequence *sequence, const struct row *row, uint64_t seed, int round) {
  bool timers = row->kind == SOON_TIMERS || row->kind == STANDING_TIMERS_STEP;
  uint64_t stream = scramble(scramble(seed * 1000 + (uint64_t)round) + (uint64_t)row->operation);
  int64_t now = (int64_t)round * STEP_MILLIS;
  sequence->count = row->count;
  sequence->until = now + STEP_MILLIS;
  for (size_t at = 0; at < row->count; at++) {
    uint64_t random = scramble(stream + 2 * at), other = scramble(stream + 2 * at + 1);
    uint64_t key = row->kind == NEW_KEYS ? new_key(seed, round, at) : drawn_key(row->kind, random);
    set(sequence, at, key, timers ? timestamp(row->kind, now, other) : (int64_t)other);
  }
}

void keyed_load_sequence(struct sequence *sequence, uint64_t first, size_t count) {
  sequence->count = count;
  for (size_t at = 0; at < count; at++) set(sequence, at, first + at, (int64_t)scramble(~(first + at)));
}

/* Of timers set at an even pace in the past, those due late wait as likely as not for longer: the earlier of two random times. */
void keyed_load_timers(struct sequence *sequence, uint64_t first, size_t count) {
  sequence->count = count;
  for (size_t at = 0; at < count; at++) {
    uint64_t number = first + at, one = scramble(2 * number) % KEY_COUNT;
    int64_t due = timestamp(STANDING_TIMERS_STEP, 0, scramble(3 * number)), other = timestamp(STANDING_TIMERS_STEP, 0, scramble(5 * number + 1));
    set(sequence, at, one, due < other ? due : other);
  }
}
