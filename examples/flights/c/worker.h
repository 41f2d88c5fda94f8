/* A worker: the job in a child process, seen from its supervisor. At most one runs at a time; it never outlives the
 * supervisor. */
#ifndef FLIGHTS_WORKER_H
#define FLIGHTS_WORKER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#include "aggregate.h"
#include "options.h"

enum report_kind { REPORT_START, REPORT_ROW, REPORT_CHECKPOINT, REPORT_DAY, REPORT_STATISTIC, REPORT_END };

struct report {
    enum report_kind kind;
    uint64_t row;               /* of REPORT_START, REPORT_ROW and REPORT_CHECKPOINT */
    uint64_t id, new_bytes, total_bytes, micros; /* of REPORT_CHECKPOINT */
    int64_t day;                /* of REPORT_DAY, with: */
    struct aggregate aggregate;
    char text[256];             /* of REPORT_STATISTIC */
};

struct worker {
    pid_t process;
    int credits;   /* write end: one byte allows one batch */
    FILE *reports; /* read end */
};

/* To be called once: makes Ctrl-C and SIGTERM end worker and program in an orderly way. */
void worker_prepare(void);

/* Starts `program` again with --worker. */
void worker_start(struct worker *worker, const char *program, const char *data_folder, const char *state_folder);

void worker_grant(struct worker *worker, uint64_t batches);

/* Waits for the next report; REPORT_END when the worker has ended, whatever the reason. */
struct report worker_next_report(struct worker *worker);

void worker_kill(struct worker *worker);

/* Waits for the end of the process, to be called after REPORT_END; returns what waitpid() says. */
int worker_reap(struct worker *worker);

#endif
