/* How far the stream is: a line for each day that is over, and below them, on a terminal, one that is rewritten. */
#ifndef FLIGHTS_PROGRESS_H
#define FLIGHTS_PROGRESS_H

#include <stdint.h>

struct progress {
    uint64_t total_rows, first_row, row;
    double started, shown; /* seconds of the monotonic clock */
};

/* Seconds of the monotonic clock. */
double progress_now(void);

void progress_start(struct progress *progress, uint64_t total_rows, uint64_t first_row);

/* Shows the row on a terminal, at most 20 times per second. */
void progress_update(struct progress *progress, uint64_t row);

/* Makes room for a line that stays. */
void progress_interrupt(struct progress *progress);

/* Shows the last row and leaves the line. */
void progress_end(struct progress *progress);

#endif
