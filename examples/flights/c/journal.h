/* How a batch that a kill cuts off is taken back.
 *
 * Each change of a state is durable by itself: with the log enabled what survives a kill is exactly what was acknowledged, in its
 * order. But a batch is some thousand changes, and a sum does not show whether a row is in it already. So, in this order:
 *
 *   1. The journal: the present values of all sums that the batch is about to change, in one write.
 *   2. The changes, row by row.
 *   3. The position after the batch, in one write, last. This is the moment at which the batch counts.
 *
 * A worker that finds a journal of its own position has a batch half done: it puts the old values back and begins the batch again.
 * Everything else that a batch changes may be done twice, because it comes out the same: a greatest value, a destination (which
 * remembers its last row), a timer (registered twice it is one), a report (which is made once). So the state is as if every row had
 * been there exactly once. In a Flink job a checkpoint does this, for the states of all tasks at one moment of the stream. */
#ifndef FLIGHTS_JOURNAL_H
#define FLIGHTS_JOURNAL_H

#include "state.h"
#include "table.h"

/* Step 1, for the keys that the rows of the batch touch. */
void journal_write(struct state *state, int64_t row, const struct table *touched);

/* Takes back what was changed beyond `row`; returns of how many keys. Repeating it, after another kill, changes nothing. */
uint64_t journal_roll_back(struct state *state, int64_t row);

#endif
