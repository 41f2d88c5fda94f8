#define _POSIX_C_SOURCE 199309L
#include "rounds.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* Rounds that warm caches and branch predictors and are not counted. */
enum { WARM_UP_ROUNDS = 2 };

/* Rows written to a memtable before it is flushed: a third of its 64 MiB, so that no round waits for a flush. */
enum { ROWS_BETWEEN_SETTLING = 100000 };

/* What the rounds of one seat gave. */
struct record {
  double nanos[MAX_ROUNDS];
  uint64_t allocated_bytes;
  uint64_t sum;
};

static uint64_t now_nanos(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static int compare_doubles(const void *left, const void *right) {
  double a = *(const double *)left, b = *(const double *)right;
  return (a > b) - (a < b);
}

static double median(double *values, int count) {
  qsort(values, (size_t)count, sizeof *values, compare_doubles);
  return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

static uint64_t allocated_bytes(const struct side *side) {
  return side->allocated_bytes ? side->allocated_bytes() : 0;
}

static void run_once(const struct row *row, const struct seat *seat, const struct sequence *sequence, int round, struct record *record) {
  uint64_t allocated = allocated_bytes(seat->side);
  uint64_t start = now_nanos();
  record->sum = seat->side->run[row->operation](seat->state, sequence);
  uint64_t nanos = now_nanos() - start;
  if (round < WARM_UP_ROUNDS) return;
  record->nanos[round - WARM_UP_ROUNDS] = (double)nanos / (double)row->units;
  record->allocated_bytes += allocated_bytes(seat->side) - allocated;
}

static bool has(const struct seat *seat, const struct row *row) {
  return seat->side->run[row->operation] != NULL;
}

static void settle(const struct row *row, const struct seat *seats, int seat_count, int round) {
  if (row->kind != WRITTEN_ROWS || (size_t)round % (ROWS_BETWEEN_SETTLING / row->count)) return;
  for (int seat = 0; seat < seat_count; seat++) seats[seat].side->settle(seats[seat].state);
}

/* The seat that plays at a turn of a round: each round starts with another seat, and every second one goes backwards. */
static int seat_at(int turn, int round, int seat_count) {
  int step = round % 2 ? seat_count - turn : turn;
  return (step + round / 2) % seat_count;
}

static void require_same_work(const struct row *row, const struct seat *seats, int seat_count, const struct record *records) {
  const struct record *first = NULL;
  for (int seat = 0; seat < seat_count; seat++) {
    if (!has(&seats[seat], row)) continue;
    if (!first) first = &records[seat];
    if (records[seat].sum == first->sum) continue;
    fprintf(stderr, "bench: %s: side `%s` read other bytes than the side before it\n", row->name, seats[seat].side->name);
    exit(1);
  }
}

static struct result conclude(const struct row *row, const struct side *side, struct record *record) {
  if (!side->run[row->operation]) return (struct result){NAN, NAN};
  double calls = (double)row->calls * row->rounds;
  return (struct result){median(record->nanos, row->rounds), side->allocated_bytes ? (double)record->allocated_bytes / calls : NAN};
}

void measure(const struct row *row, const struct seat *seats, int seat_count, uint64_t seed, struct result *results) {
  struct record records[MAX_SEATS] = {0};
  struct sequence sequence = sequence_create();
  for (int round = 0; round < row->rounds + WARM_UP_ROUNDS; round++) {
    settle(row, seats, seat_count, round);
    sequence_draw(&sequence, row->kind, row->count, seed * 1000 + (uint64_t)round);
    for (int turn = 0; turn < seat_count; turn++) {
      int seat = seat_at(turn, round, seat_count);
      if (has(&seats[seat], row)) run_once(row, &seats[seat], &sequence, round, &records[seat]);
    }
    require_same_work(row, seats, seat_count, records);
  }
  for (int seat = 0; seat < seat_count; seat++) results[seat] = conclude(row, seats[seat].side, &records[seat]);
  sequence_free(&sequence);
}
