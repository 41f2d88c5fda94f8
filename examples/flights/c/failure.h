/* How the program ends when it cannot go on: one sentence on standard error and an exit code. */
#ifndef FLIGHTS_FAILURE_H
#define FLIGHTS_FAILURE_H

#include "flink_state_backend.h"

enum exit_code { EXIT_EQUAL = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_INTERRUPTED = 130 };

/* Prints "flights: <sentence>" and exits with EXIT_FAILED. */
_Noreturn void fail(const char *format, ...);

/* The same for a mistake on the command line: points to --help and exits with EXIT_USAGE. */
_Noreturn void fail_usage(const char *format, ...);

/* Returns when `status` is FSB_STATUS_OK; otherwise says what was being done and what the backend answered, and exits.
 * `*error` may be NULL; it is a pointer to the pointer, so that one call can fill it in and another, around that, read it. */
void require(fsb_status status, fsb_error **error, const char *doing);

/* The same for memory: returns `memory`, or exits when it is NULL. */
void *require_memory(void *memory);

#endif
