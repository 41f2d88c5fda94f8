#include "totals.h"

#include <stdio.h>
#include <string.h>

#include "daily.h"
#include "event_time.h"
#include "failure.h"

/* --- out of the state --------------------------------------------------------------------------------------------- */

struct reading {
    struct table *totals;
    struct state *state;
    enum key_kind kind;
    const char *aircraft; /* whose destinations are read */
};

/* "carrier/" and "UA" in a key of a table. */
static void compose_key(char key[KEY_CAPACITY], enum key_kind kind, const uint8_t *name, size_t name_length)
{
    int length = snprintf(key, KEY_CAPACITY, "%s%.*s", key_prefix(kind), (int)name_length, (const char *)name);
    if (length >= KEY_CAPACITY)
        fail("the state holds a key of %zu bytes, longer than any of this job.", name_length);
}

static void take_destination(void *context, const uint8_t *airport, size_t airport_length, const uint8_t *value, size_t value_length)
{
    const struct reading *reading = context;
    char name[KEY_CAPACITY], key[KEY_CAPACITY];
    if (value_length != ORDERED_BYTES)
        fail("a destination of %s in the state is none of this job.", reading->aircraft);
    int length = snprintf(name, sizeof name, "%s/%.*s", reading->aircraft, (int)airport_length, (const char *)airport);
    compose_key(key, DESTINATION, (const uint8_t *)name, (size_t)length);
    table_at(reading->totals, DESTINATION, key)->aggregate.fields[FLIGHTS] = unpack_ordered(value);
}

static void take_key(void *context, const uint8_t *name, size_t name_length, const uint8_t *value, size_t value_length)
{
    const struct reading *reading = context;
    char key[KEY_CAPACITY];
    (void)value, (void)value_length;
    compose_key(key, reading->kind, name, name_length);
    state_select(reading->state, reading->kind, key);
    table_at(reading->totals, reading->kind, key)->aggregate = state_aggregate(reading->state, reading->kind);
    if (reading->kind != AIRCRAFT)
        return;
    struct reading destinations = *reading;
    destinations.aircraft = key + strlen(key_prefix(AIRCRAFT));
    state_scan(reading->state->destinations, FSB_SCAN_ENTRIES, take_destination, &destinations);
}

static void take_report(void *context, int64_t day, const struct aggregate *report)
{
    char key[KEY_CAPACITY];
    day_key(day, key);
    table_at(context, DAY, key)->aggregate = *report;
}

void totals_read(struct table *totals, struct state *state)
{
    struct reading reading = {.totals = totals, .state = state};
    for (reading.kind = ROUTE; reading.kind <= AIRCRAFT; reading.kind++) {
        state_select_city(state); /* the namespace of the keys that the walk is over is the void one */
        state_scan(state->aggregates[reading.kind][FLIGHTS], FSB_SCAN_KEYS, take_key, &reading);
    }
    daily_each(state, NO_WATERMARK, take_report, totals);
}

/* --- out of the file ---------------------------------------------------------------------------------------------- */

/* The rule of the ttl: what was written so long ago is gone. */
static bool has_expired(int64_t written, int64_t watermark)
{
    return written + DAYS_TO_LIVE * MILLIS_PER_DAY <= watermark;
}

static void add_flight(struct table *totals, const struct flight *flight)
{
    int64_t watermark = flight->scheduled - 1;
    char key[KEY_CAPACITY];
    for (enum key_kind kind = 0; kind < KEY_KINDS; kind++) {
        if (!flight_key(kind, flight, key))
            continue;
        size_t before = totals->count;
        struct table_entry *entry = table_at(totals, kind, key);
        if (kind == DESTINATION && totals->count == before && has_expired(entry->written, watermark))
            entry->aggregate = aggregate_of_nothing(kind);
        aggregate_add(&entry->aggregate, kind, flight);
        entry->written = watermark;
    }
}

void totals_recompute(struct table *totals, const struct flights *flights)
{
    struct table all = {0};
    for (size_t row = 0; row < flights->count; row++)
        add_flight(&all, &flights->rows[row]);
    int64_t end = day_of(flights->rows[flights->count - 1].scheduled) + MILLIS_PER_DAY - 1;
    for (size_t at = 0; at < all.count; at++) {
        const struct table_entry *entry = &all.entries[at];
        bool expired = has_expired(entry->written, end);
        if (entry->kind == DESTINATION && expired)
            continue;
        struct aggregate *kept = &table_at(totals, entry->kind, entry->key)->aggregate;
        *kept = entry->aggregate;
        if (entry->kind == AIRCRAFT && expired)
            kept->fields[AIRCRAFT_SEEN] = NOTHING;
    }
    table_free(&all);
}
