#define _POSIX_C_SOURCE 199309L
#include "rounds.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { DEFAULT_WARM_UP_ROUNDS = 2 };

/* What the rounds of one seat gave. */
struct record {
  double nanos[MAX_ROUNDS];
  uint64_t allocated_bytes;
  uint64_t sum;
};

/* CPU time of this thread, system calls included: what other programs take of the machine does not count. */
static uint64_t now_nanos(void) {
  struct timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
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

static int warm_up_rounds(const struct row *row) {
  return row->warm_up_rounds ? row->warm_up_rounds : DEFAULT_WARM_UP_ROUNDS;
}

static void run_once(const struct row *row, const struct seat *seat, const struct sequence *sequence, int round, struct record *record) {
  uint64_t allocated = allocated_bytes(seat->side);
  uint64_t start = now_nanos();
  record->sum = seat->side->run[row->operation](seat->state, sequence);
  uint64_t nanos = now_nanos() - start;
  if (round < warm_up_rounds(row)) return;
  record->nanos[round - warm_up_rounds(row)] = (double)nanos / (double)row->units;
  record->allocated_bytes += allocated_bytes(seat->side) - allocated;
}

static bool has(const struct seat *seat, const struct row *row) {
  return seat->side->run[row->operation] != NULL;
}

static void settle(const struct row *row, const struct table *table, int round) {
  if (!row->rounds_between_settling || round % row->rounds_between_settling) return;
  for (int seat = 0; seat < table->seat_count; seat++)
    if (table->seats[seat].side->settle) table->seats[seat].side->settle(table->seats[seat].state);
}

/* The seat that plays at a turn of a round: each round starts with another seat, and every second one goes backwards. */
static int seat_at(int turn, int round, int seat_count) {
  int step = round % 2 ? seat_count - turn : turn;
  return (step + round / 2) % seat_count;
}

static void require_same_work(const struct row *row, const struct table *table, const struct record *records) {
  const struct record *first = NULL;
  for (int seat = 0; seat < table->seat_count; seat++) {
    if (!has(&table->seats[seat], row)) continue;
    if (!first) first = &records[seat];
    if (records[seat].sum == first->sum) continue;
    fprintf(stderr, "bench: %s: side `%s` read other bytes than the side before it\n", row->name, table->seats[seat].side->name);
    exit(1);
  }
}

static struct result conclude(const struct row *row, const struct seat *seat, struct record *record) {
  if (!has(seat, row)) return (struct result){NAN, NAN};
  double calls = (double)row->calls * row->rounds;
  return (struct result){median(record->nanos, row->rounds), seat->side->allocated_bytes ? (double)record->allocated_bytes / calls : NAN};
}

void measure(const struct row *row, struct table *table, uint64_t seed, struct result *results) {
  struct record records[MAX_SEATS] = {0};
  for (int round = 0; round < row->rounds + warm_up_rounds(row); round++) {
    settle(row, table, round);
    table->draw(&table->sequence, row, seed, round);
    for (int turn = 0; turn < table->seat_count; turn++) {
      int seat = seat_at(turn, round, table->seat_count);
      if (has(&table->seats[seat], row)) run_once(row, &table->seats[seat], &table->sequence, round, &records[seat]);
    }
    require_same_work(row, table, records);
  }
  for (int seat = 0; seat < table->seat_count; seat++) results[seat] = conclude(row, &table->seats[seat], &records[seat]);
}
