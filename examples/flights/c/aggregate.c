#include "aggregate.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "event_time.h"
#include "failure.h"

/* A route, a carrier and a day have the same fields. */
#define DELAY_FIELDS(kind)                                                                                                        \
    {                                                                                                                             \
        [FLIGHTS] = {"flights", kind ".flights", false, false}, [CANCELLED] = {"cancelled", kind ".cancelled", false, false},     \
        [DEPARTURE_DELAY] = {"departure delay", kind ".departure_delay", false, false},                                           \
        [ARRIVED] = {"arrived", kind ".arrived", false, false},                                                                   \
        [ARRIVAL_DELAY] = {"arrival delay", kind ".arrival_delay", false, false}, [WORST] = {"worst", kind ".worst", true, false} \
    }

static const struct {
    const char *prefix, *plural;
    struct field fields[AGGREGATE_FIELDS + 1];
} KINDS[KEY_KINDS] = {
    [ROUTE] = {"route/", "routes", DELAY_FIELDS("route")},
    [CARRIER_KEY] = {"carrier/", "carriers", DELAY_FIELDS("carrier")},
    [AIRCRAFT] = {"aircraft/", "aircraft",
                  {[AIRCRAFT_FLIGHTS] = {"flights", "aircraft.flights", false, false},
                   [AIRCRAFT_MILES] = {"miles", "aircraft.miles", false, false},
                   [AIRCRAFT_SEEN] = {"last seen", "aircraft.seen", true, true}}},
    [DAY] = {"day/", "days", DELAY_FIELDS("day")},
    [DESTINATION] = {"destination/", "destinations", {[FLIGHTS] = {"flights", NULL, false, true}}},
};

static const int64_t ROWS = INT64_C(1) << 32;

const struct field *fields_of(enum key_kind kind)
{
    return KINDS[kind].fields;
}

const char *key_prefix(enum key_kind kind)
{
    return KINDS[kind].prefix;
}

const char *key_kind_plural(enum key_kind kind)
{
    return KINDS[kind].plural;
}

int64_t worst_of(int64_t delay, int64_t row)
{
    return delay * ROWS + (ROWS - 1 - row);
}

int64_t worst_row(int64_t worst)
{
    return ROWS - 1 - (int64_t)((uint64_t)worst % (uint64_t)ROWS);
}

int64_t worst_delay(int64_t worst)
{
    return (worst - (ROWS - 1 - worst_row(worst))) / ROWS;
}

static void add(struct addition *addition, int field, int64_t value)
{
    addition->present[field] = true;
    addition->values[field] = value;
}

static struct addition addition_to_aircraft(const struct flight *flight)
{
    struct addition addition = {0};
    add(&addition, AIRCRAFT_FLIGHTS, 1);
    add(&addition, AIRCRAFT_SEEN, flight->scheduled);
    if (!flight->cancelled)
        add(&addition, AIRCRAFT_MILES, flight->miles);
    return addition;
}

struct addition addition_of(enum key_kind kind, const struct flight *flight)
{
    if (kind == AIRCRAFT)
        return addition_to_aircraft(flight);
    struct addition addition = {0};
    add(&addition, FLIGHTS, 1);
    if (kind == DESTINATION)
        return addition;
    if (flight->cancelled)
        add(&addition, CANCELLED, 1);
    if (flight->departure_delay.known)
        add(&addition, DEPARTURE_DELAY, flight->departure_delay.value);
    if (flight->arrival_delay.known) {
        add(&addition, ARRIVED, 1);
        add(&addition, ARRIVAL_DELAY, flight->arrival_delay.value);
        add(&addition, WORST, worst_of(flight->arrival_delay.value, flight->row));
    }
    return addition;
}

struct aggregate aggregate_of_nothing(enum key_kind kind)
{
    struct aggregate aggregate = {{0}};
    const struct field *fields = fields_of(kind);
    for (int field = 0; fields[field].name != NULL; field++)
        aggregate.fields[field] = fields[field].is_greatest ? NOTHING : 0;
    return aggregate;
}

void aggregate_add(struct aggregate *aggregate, enum key_kind kind, const struct flight *flight)
{
    struct addition addition = addition_of(kind, flight);
    const struct field *fields = fields_of(kind);
    for (int field = 0; fields[field].name != NULL; field++) {
        int64_t *kept = &aggregate->fields[field], added = addition.values[field];
        if (!addition.present[field])
            continue;
        if (!fields[field].is_greatest)
            *kept += added;
        else if (added > *kept)
            *kept = added;
    }
}

static double mean(int64_t sum, int64_t count)
{
    return count == 0 ? (double)NAN : (double)sum / (double)count;
}

double aggregate_mean_departure_delay(const struct aggregate *aggregate)
{
    return mean(aggregate->fields[DEPARTURE_DELAY], aggregate->fields[FLIGHTS] - aggregate->fields[CANCELLED]);
}

double aggregate_mean_arrival_delay(const struct aggregate *aggregate)
{
    return mean(aggregate->fields[ARRIVAL_DELAY], aggregate->fields[ARRIVED]);
}

void day_key(int64_t day, char key[KEY_CAPACITY])
{
    struct date date = date_of(day);
    snprintf(key, KEY_CAPACITY, "%s%04d-%02d-%02d", KINDS[DAY].prefix, date.year, date.month, date.day);
}

bool flight_key(enum key_kind kind, const struct flight *flight, char key[KEY_CAPACITY])
{
    const char *prefix = KINDS[kind].prefix;
    if (kind == ROUTE)
        snprintf(key, KEY_CAPACITY, "%s%s-%s", prefix, flight->origin, flight->destination);
    else if (kind == CARRIER_KEY)
        snprintf(key, KEY_CAPACITY, "%s%s", prefix, flight->carrier);
    else if (kind == DAY)
        day_key(day_of(flight->scheduled), key);
    else if (kind == AIRCRAFT)
        snprintf(key, KEY_CAPACITY, "%s%s", prefix, flight->aircraft);
    else
        snprintf(key, KEY_CAPACITY, "%s%s/%s", prefix, flight->aircraft, flight->destination);
    return flight->aircraft[0] != '\0' || kind == ROUTE || kind == CARRIER_KEY || kind == DAY;
}
