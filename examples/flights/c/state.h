/* The state of the job in the backend: aggregates in the column family `user_state`, the position of the stream in
 * `operator_state`. One batch changes both or neither, so they never contradict each other. */
#ifndef FLIGHTS_STATE_H
#define FLIGHTS_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "flink_state_backend.h"
#include "packed.h"
#include "table.h"

/* How far the stream has been taken up. */
struct position {
    uint64_t row;          /* rows of the file whose effect is in the state */
    uint64_t source_bytes; /* length of that file: a state is not continued with another input */
};

struct state {
    fsb_backend *backend;
    fsb_column_family *user_state, *operator_state;
    uint32_t user_state_id, operator_state_id; /* as the records of a batch name them */
    struct packed keys, values, batch;         /* reused by every call */
};

/* Opens the backend on `folder`, which is created when missing. Every failure ends the program with one sentence. */
void state_open(struct state *state, const char *folder);
void state_close(struct state *state);

/* The stored position; row 0 of `source_bytes` when the state is new. Fails when it belongs to another input. */
struct position state_position(struct state *state, uint64_t source_bytes);

/* Replaces every aggregate of `touched` by the stored one, all in one call; a key without one keeps what it has. */
void state_load(struct state *state, struct table *touched);

/* Writes all aggregates of `touched` and the position in one atomic batch. */
void state_store(struct state *state, const struct table *touched, struct position position);

/* Adds every stored aggregate whose key starts with `prefix` to `table`. */
void state_scan(struct state *state, const char *prefix, struct table *table);

#endif
