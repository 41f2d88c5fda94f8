/* The job itself, in a process of its own that may be killed at any moment.
 *
 * Protocol with its supervisor: every byte on standard input is a credit for one batch. Every line on standard output
 * is a report: "start ROW" (where the state says to go on), "row ROW" (a batch up to this row is acknowledged by the
 * backend), "stat TEXT" (a line of statistics, at the end). */
#ifndef FLIGHTS_JOB_H
#define FLIGHTS_JOB_H

#include "options.h"

enum { ROWS_PER_BATCH = 64 };

void job_run(const struct options *options);

#endif
