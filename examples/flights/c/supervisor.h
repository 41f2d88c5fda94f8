/* Runs the job to its end, with one SIGKILL on the way. */
#ifndef FLIGHTS_SUPERVISOR_H
#define FLIGHTS_SUPERVISOR_H

#include "diary.h"
#include "options.h"

struct run {
    const char *program, *state_folder;
    const struct options *options;
    const struct flights *flights;
    /* results */
    struct diary diary;
    char checkpoints[4096]; /* lines of a table */
    char statistics[4096]; /* lines of the worker that reached the end */
};

/* Returns when the stream is at its end; a failure ends the program. */
void supervise(struct run *run);

#endif
