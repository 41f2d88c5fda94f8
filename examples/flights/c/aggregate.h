/* What the job keeps for its keys: aggregates of a few fields, each a native aggregate of the backend. */
#ifndef FLIGHTS_AGGREGATE_H
#define FLIGHTS_AGGREGATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flight.h"

/* What the stream is keyed by. A day is a window of all flights, so its key is the city and its namespace the day. */
enum key_kind { ROUTE, CARRIER_KEY, AIRCRAFT, DAY, AGGREGATED_KINDS, DESTINATION = AGGREGATED_KINDS, KEY_KINDS };

/* The fields of a route, a carrier, a day. */
enum {
    FLIGHTS,         /* rows, cancelled ones included */
    CANCELLED,       /* rows without a departure; all others departed */
    DEPARTURE_DELAY, /* sum over the flights that departed, minutes */
    ARRIVED,         /* rows with an arrival delay */
    ARRIVAL_DELAY,   /* sum over the flights that arrived, minutes */
    WORST,           /* the largest arrival delay and its flight: see `worst_of` */
    AGGREGATE_FIELDS
};

/* The fields of an aircraft. Of a destination of an aircraft there is FLIGHTS alone. */
enum { AIRCRAFT_FLIGHTS = FLIGHTS, AIRCRAFT_MILES, AIRCRAFT_SEEN };

/* An aircraft that has not been seen for so long, in event time, is forgotten: its AIRCRAFT_SEEN and its destinations have a ttl. */
#define DAYS_TO_LIVE INT64_C(7)

/* No value: of a greatest, or of what has expired. A sum without additions is 0. */
#define NOTHING INT64_MIN

struct aggregate {
    int64_t fields[AGGREGATE_FIELDS];
};

struct field {
    const char *name;  /* "flights" */
    const char *state; /* name of the state that keeps it, "route.flights"; NULL when no aggregate does */
    bool is_greatest;  /* the greatest of what is added, instead of the sum */
    bool expires;      /* has the ttl */
};

/* Fields of a kind, from 0; the last has no name. */
const struct field *fields_of(enum key_kind kind);

/* "carrier/", the prefix of a kind's keys in tables; "carriers", for people. */
const char *key_prefix(enum key_kind kind);
const char *key_kind_plural(enum key_kind kind);

/* What a flight adds to the fields of a kind. */
struct addition {
    bool present[AGGREGATE_FIELDS];
    int64_t values[AGGREGATE_FIELDS];
};

struct addition addition_of(enum key_kind kind, const struct flight *flight);

/* An aggregate of no flights, and the plain way to add one. */
struct aggregate aggregate_of_nothing(enum key_kind kind);
void aggregate_add(struct aggregate *aggregate, enum key_kind kind, const struct flight *flight);

/* Means in minutes; NaN when no flight counts. */
double aggregate_mean_departure_delay(const struct aggregate *aggregate);
double aggregate_mean_arrival_delay(const struct aggregate *aggregate);

/* A delay and its row in one number: the greatest of them is the largest delay, and of equal ones the first of the stream. */
int64_t worst_of(int64_t delay, int64_t row);
int64_t worst_delay(int64_t worst);
int64_t worst_row(int64_t worst);

/* Keys in tables: "route/EWR-IAH", "carrier/UA", "aircraft/N14228", "day/2013-01-05", "destination/N14228/IAH". */
enum { KEY_CAPACITY = 48 };

/* Writes the key that the flight has in a kind; false when it has none: without a tail number it belongs to no aircraft. */
bool flight_key(enum key_kind kind, const struct flight *flight, char key[KEY_CAPACITY]);

void day_key(int64_t day, char key[KEY_CAPACITY]);

#endif
