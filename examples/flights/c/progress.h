/* How far the stream is: one line that is rewritten on a terminal, a line per quarter otherwise. */
#ifndef FLIGHTS_PROGRESS_H
#define FLIGHTS_PROGRESS_H

#include <stdint.h>

struct progress {
    uint64_t total_rows, first_row, row;
    double started, shown; /* seconds of the monotonic clock */
    uint64_t quarters;     /* already printed */
    uint64_t logged_row;   /* of the last line that stays; UINT64_MAX: none */
};

/* Seconds of the monotonic clock. */
double progress_now(void);

void progress_start(struct progress *progress, uint64_t total_rows, uint64_t first_row);

/* Shows the row, at most 20 times per second. */
void progress_update(struct progress *progress, uint64_t row);

/* Shows the last row and leaves the line. */
void progress_end(struct progress *progress);

#endif
