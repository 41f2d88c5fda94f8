/* Interleaved rounds: the sides take turns on the same work, and the median of the rounds counts. */
#ifndef BENCH_ROUNDS_H
#define BENCH_ROUNDS_H

#include "side.h"

enum { MAX_SEATS = 8, MAX_ROUNDS = 64 };

/* One row of the table. */
struct row {
  const char *name;
  enum operation operation;
  enum sequence_kind kind;
  /* Keys in a round, and the calls that they take. */
  size_t count, calls;
  /* What a round's time is divided by: calls, keys or rows. */
  size_t units;
  int rounds;
};

/* A side with the folder that it has opened. */
struct seat {
  const struct side *side;
  void *state;
};

/* Median nanoseconds per unit, and bytes allocated on a garbage-collected heap per call. NaN where not measured. */
struct result {
  double nanos;
  double allocated_bytes;
};

/* Runs the row on all seats, in turns and in changing order. Ends the program when the seats do not read the same bytes:
 * then they did not do the same work. */
void measure(const struct row *row, const struct seat *seats, int seat_count, uint64_t seed, struct result *results);

#endif
