/* The state of the job in the backend.
 *
 *   keyed by    state                                             kind
 *   route       route.flights, .cancelled, .departure_delay,      reducing: sums, and the greatest of `worst`,
 *               .arrived, .arrival_delay, .worst                  all of them native aggregates: one call adds a value
 *   carrier     carrier.flights and so on                         the same
 *   aircraft    aircraft.flights, aircraft.miles                  reducing: sums
 *               aircraft.seen                                     reducing: the latest departure, with a ttl in event time
 *               aircraft.destinations                             map: airport -> flights, with that ttl
 *   city        day.flights and so on, in the namespace of a day  as of a route; gone when the day has been reported
 *               day.reports                                       map: day -> its report
 *               timers "daily-report"                             one a day, in event time
 *   (operator)  position                                          list of one: where the stream is
 *
 * Nothing of it is durable before a checkpoint, and a checkpoint holds all of it as of one moment: the sums, the timers and how far
 * the stream had been read. Whoever opens the state opens the newest one, so that every row after its position is read again, and
 * counts once. */
#ifndef FLIGHTS_STATE_H
#define FLIGHTS_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "aggregate.h"
#include "flink_state_backend.h"
#include "packed.h"

/* How far the stream has been taken up. */
struct position {
    int64_t row;          /* rows of the file whose effect is in the state */
    int64_t source_bytes; /* length of that file: a state is not continued with another input */
    int64_t watermark;    /* event time that has been reached */
};

struct state {
    fsb_backend *backend;
    fsb_checkpoint_store *checkpoints; /* in the folder of the state */
    uint64_t last_checkpoint;          /* its id; 0 when there is none */
    fsb_keyed_backend *keyed;
    fsb_state *aggregates[AGGREGATED_KINDS][AGGREGATE_FIELDS];
    fsb_state *destinations, *reports;
    fsb_state *position;
    fsb_timer_service *timers;
    int64_t watermark;
    struct packed written; /* reused by every call */
};

/* Opens the newest checkpoint in `folder`, or an empty state where there is none. Every failure ends the program with one sentence. */
void state_open(struct state *state, const char *folder);
/* Has the backend write its figures into its folder, for `make top`. */
void state_publish_figures(struct state *state);
void state_close(struct state *state);

/* The stored position; row 0 of `source_bytes` when the state is new. Fails when it belongs to another input. */
struct position state_position(struct state *state, int64_t source_bytes);
/* Makes a checkpoint of the state as of the position, and waits until it is published. */
fsb_checkpoint_report state_checkpoint(struct state *state, struct position position);

/* Lets event time reach `watermark`, which may not be before the last one. */
void state_advance(struct state *state, int64_t watermark);

/* Makes a key of a table the current one, with its namespace: the calls below are about that. */
void state_select(struct state *state, enum key_kind kind, const char *key);

/* The key of all flights together, whose namespaces are the days, and the call that makes it current, in no namespace. */
#define CITY "New York"
void state_select_city(struct state *state);

void state_add(struct state *state, enum key_kind kind, const struct flight *flight);
struct aggregate state_aggregate(struct state *state, enum key_kind kind);
void state_clear(struct state *state, enum key_kind kind);

/* Counts a flight for its destination: the aircraft must be current. */
void state_add_destination(struct state *state, const struct flight *flight);

/* Writes everything into table files and leaves out what has expired. */
void state_compact(struct state *state);

/* Hands every record of a page of a scan to `take`, in its order. */
typedef void (*record_taker)(void *context, const uint8_t *key, size_t key_length, const uint8_t *value, size_t value_length);
void state_scan(fsb_state *scanned, uint8_t what, record_taker take, void *context);

#endif
