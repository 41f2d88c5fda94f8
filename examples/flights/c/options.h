/* The command line. */
#ifndef FLIGHTS_OPTIONS_H
#define FLIGHTS_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

struct options {
    const char *data_folder;
    const char *state_folder; /* NULL: a fresh temporary folder, removed at the end */
    uint64_t kill_at_percent; /* 1..99 */
    bool seeded;              /* the row of the kill is drawn from `seed` */
    uint64_t seed;
    bool slow;
    bool worker;              /* this process is the job itself, started by its supervisor */
};

/* Prints the usage and exits for --help; exits with one sentence for a mistake. */
struct options options_parse(int count, char **arguments);

#endif
