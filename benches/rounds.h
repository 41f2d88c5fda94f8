/* Interleaved rounds: the sides take turns on the same work, and the median of the rounds counts. */
#ifndef BENCH_ROUNDS_H
#define BENCH_ROUNDS_H

#include "side.h"

enum { MAX_SEATS = 8, MAX_ROUNDS = 64, MAX_SEQUENCE = 100000 };

/* One row of the result. */
struct row {
  const char *name;
  /* Number of the operation, and of the kind of sequence that it works on; the comparison knows what they mean. */
  int operation, kind;
  /* Keys in a round, and the calls that they take. */
  size_t count, calls;
  /* What a round's time is divided by: calls, keys or rows. */
  size_t units;
  int rounds;
  /* Rounds that write: all seats are settled before the first and then whenever so many have passed; 0 for never. */
  int rounds_between_settling;
  /* Rounds that warm caches and branch predictors and are not counted; 0 for two of them. */
  int warm_up_rounds;
};

/* A side with the folder that it has opened. */
struct seat {
  const struct side *side;
  void *state;
};

/* The seats of one process, and how the sequences of their rounds are drawn: the same seed and round give the same sequence. */
struct table {
  struct seat seats[MAX_SEATS];
  int seat_count;
  struct sequence sequence;
  void (*draw)(struct sequence *sequence, const struct row *row, uint64_t seed, int round);
};

/* Median nanoseconds per unit, and bytes allocated on a garbage-collected heap per call. NaN where not measured. */
struct result {
  double nanos;
  double allocated_bytes;
};

/* Runs the row on all seats, in turns and in changing order. Ends the program when the seats do not read the same bytes:
 * then they did not do the same work. */
void measure(const struct row *row, struct table *table, uint64_t seed, struct result *results);

#endif
