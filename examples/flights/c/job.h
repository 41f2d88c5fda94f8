/* The job itself, in a process of its own that may be killed at any moment.
 *
 * Protocol with its supervisor: every byte on standard input is a credit for one batch. Every line on standard output
 * is a report: "start ROW" (where the state says to go on), "row ROW" (a batch up to this row is in the state),
 * "checkpoint ID ROW NEW_BYTES TOTAL_BYTES MICROS" (a checkpoint up to this row is published), "day TIME FIELDS..." (the
 * report of a day, as the state keeps it; at the start all there are), "stat TEXT" (a line of statistics, at the end). */
#ifndef FLIGHTS_JOB_H
#define FLIGHTS_JOB_H

#include "options.h"

enum { ROWS_PER_BATCH = 64, ROWS_PER_CHECKPOINT = 40 * ROWS_PER_BATCH };

void job_run(const struct options *options);

#endif
