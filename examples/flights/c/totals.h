/* What the state holds when the job has ended, and the same by plain recomputation. */
#ifndef FLIGHTS_TOTALS_H
#define FLIGHTS_TOTALS_H

#include "state.h"
#include "table.h"

/* Reads the aggregates of all keys, the destinations of all aircraft and the daily reports. */
void totals_read(struct table *totals, struct state *state);

/* Recomputes all of that in memory, without the backend: expiry and reports as well. */
void totals_recompute(struct table *totals, const struct flights *flights);

#endif
