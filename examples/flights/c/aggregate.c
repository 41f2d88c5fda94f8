#include "aggregate.h"

#include <math.h>
#include <stdio.h>

static const char *const FIELD_NAMES[AGGREGATE_FIELDS] = {
    "flights", "cancelled", "departed", "sum of departure delay", "largest departure delay",
    "arrived", "sum of arrival delay", "largest arrival delay", "day of the worst arrival",
    "flight of the worst arrival", "air minutes", "miles",
};

static const struct {
    const char *prefix, *plural;
} KINDS[KEY_KINDS] = {
    [ROUTE] = {"route/", "routes"},
    [CARRIER_KEY] = {"carrier/", "carriers"},
    [AIRCRAFT] = {"aircraft/", "aircraft"},
};

static void add_departure(int64_t *fields, int64_t delay)
{
    if (fields[DEPARTED] == 0 || delay > fields[DEPARTURE_DELAY_MAX])
        fields[DEPARTURE_DELAY_MAX] = delay;
    fields[DEPARTED]++;
    fields[DEPARTURE_DELAY_SUM] += delay;
}

static void add_arrival(int64_t *fields, const struct flight *flight)
{
    int64_t delay = flight->arrival_delay.value;
    if (fields[ARRIVED] == 0 || delay > fields[ARRIVAL_DELAY_MAX]) {
        fields[ARRIVAL_DELAY_MAX] = delay;
        fields[WORST_DAY] = flight->day;
        fields[WORST_FLIGHT] = flight->number;
    }
    fields[ARRIVED]++;
    fields[ARRIVAL_DELAY_SUM] += delay;
}

void aggregate_add(struct aggregate *aggregate, const struct flight *flight)
{
    int64_t *fields = aggregate->fields;
    fields[FLIGHTS]++;
    if (flight->cancelled)
        fields[CANCELLED]++;
    else
        fields[MILES] += flight->miles;
    if (flight->departure_delay.known)
        add_departure(fields, flight->departure_delay.value);
    if (flight->arrival_delay.known)
        add_arrival(fields, flight);
    if (flight->air_time.known)
        fields[AIR_MINUTES] += flight->air_time.value;
}

void aggregate_pack(const struct aggregate *aggregate, struct packed *packed)
{
    packed_u8(packed, AGGREGATE_FORMAT);
    for (int field = 0; field < AGGREGATE_FIELDS; field++)
        packed_u64(packed, (uint64_t)aggregate->fields[field]);
}

bool aggregate_unpack(struct aggregate *aggregate, const uint8_t *bytes, size_t length)
{
    if (length != AGGREGATE_BYTES || bytes[0] != AGGREGATE_FORMAT)
        return false;
    for (int field = 0; field < AGGREGATE_FIELDS; field++)
        aggregate->fields[field] = (int64_t)unpack_u64(bytes + 1 + 8 * field);
    return true;
}

const char *aggregate_field_name(enum aggregate_field field)
{
    return FIELD_NAMES[field];
}

static double mean(int64_t sum, int64_t count)
{
    return count == 0 ? (double)NAN : (double)sum / (double)count;
}

double aggregate_mean_departure_delay(const struct aggregate *aggregate)
{
    return mean(aggregate->fields[DEPARTURE_DELAY_SUM], aggregate->fields[DEPARTED]);
}

double aggregate_mean_arrival_delay(const struct aggregate *aggregate)
{
    return mean(aggregate->fields[ARRIVAL_DELAY_SUM], aggregate->fields[ARRIVED]);
}

const char *key_prefix(enum key_kind kind)
{
    return KINDS[kind].prefix;
}

const char *key_kind_plural(enum key_kind kind)
{
    return KINDS[kind].plural;
}

size_t flight_keys(const struct flight *flight, char keys[KEY_KINDS][KEY_CAPACITY])
{
    snprintf(keys[ROUTE], KEY_CAPACITY, "%s%s-%s", KINDS[ROUTE].prefix, flight->origin, flight->destination);
    snprintf(keys[CARRIER_KEY], KEY_CAPACITY, "%s%s", KINDS[CARRIER_KEY].prefix, flight->carrier);
    if (flight->aircraft[0] == '\0')
        return AIRCRAFT;
    snprintf(keys[AIRCRAFT], KEY_CAPACITY, "%s%s", KINDS[AIRCRAFT].prefix, flight->aircraft);
    return KEY_KINDS;
}
