/* The running aggregate of one key, its stored form, and the keys that a flight belongs to. */
#ifndef FLIGHTS_AGGREGATE_H
#define FLIGHTS_AGGREGATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flight.h"
#include "packed.h"

enum aggregate_field {
    FLIGHTS,              /* rows, cancelled ones included */
    CANCELLED,            /* rows without a departure */
    DEPARTED,             /* rows with a departure delay: what its sum is divided by */
    DEPARTURE_DELAY_SUM,  /* minutes */
    DEPARTURE_DELAY_MAX,  /* minutes, meaningful when DEPARTED > 0 */
    ARRIVED,              /* rows with an arrival delay: what its sum is divided by */
    ARRIVAL_DELAY_SUM,    /* minutes */
    ARRIVAL_DELAY_MAX,    /* minutes, meaningful when ARRIVED > 0; the first flight of the stream that reached it: */
    WORST_DAY,            /*   its day of the month */
    WORST_FLIGHT,         /*   its flight number */
    AIR_MINUTES,          /* minutes in the air, where known */
    MILES,                /* of the flights that departed */
    AGGREGATE_FIELDS
};

struct aggregate {
    int64_t fields[AGGREGATE_FIELDS];
};

/* Stored form: format byte 1, then every field as 8 bytes, little-endian. */
enum { AGGREGATE_FORMAT = 1, AGGREGATE_BYTES = 1 + 8 * AGGREGATE_FIELDS };

void aggregate_add(struct aggregate *aggregate, const struct flight *flight);
void aggregate_pack(const struct aggregate *aggregate, struct packed *packed);

/* False when the bytes are not an aggregate of this format. */
bool aggregate_unpack(struct aggregate *aggregate, const uint8_t *bytes, size_t length);

const char *aggregate_field_name(enum aggregate_field field);

/* Means in minutes; NaN when no flight counts. */
double aggregate_mean_departure_delay(const struct aggregate *aggregate);
double aggregate_mean_arrival_delay(const struct aggregate *aggregate);

/* The kinds of key; each has a prefix of its own in the column family. */
enum key_kind { ROUTE, CARRIER_KEY, AIRCRAFT, KEY_KINDS };
enum { KEY_CAPACITY = 48 };

const char *key_prefix(enum key_kind kind);
const char *key_kind_plural(enum key_kind kind);

/* Writes the keys of the flight, e.g. "route/EWR-IAH", "carrier/UA", "aircraft/N14228"; returns how many: a flight
 * without a tail number belongs to no aircraft. */
size_t flight_keys(const struct flight *flight, char keys[KEY_KINDS][KEY_CAPACITY]);

#endif
