/* The backend's statistics as lines for people. */
#ifndef FLIGHTS_STATISTICS_H
#define FLIGHTS_STATISTICS_H

#include "flink_state_backend.h"

/* Hands every line to `line`, without its end; a value that was not measured says so. */
void statistics_describe(const fsb_backend *backend, void (*line)(const char *text));

#endif
