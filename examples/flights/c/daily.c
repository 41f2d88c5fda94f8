#include "daily.h"

#include <string.h>

#include "event_time.h"
#include "failure.h"

enum {
    TIMER_HEAD_BYTES = 24,
    TIMESTAMP_AT = 8,
    KEY_LENGTH_AT = 16,
    NAMESPACE_LENGTH_AT = 20,
    TIMER_PAGE_BYTES = 4096,
    REPORT_BYTES = AGGREGATE_FIELDS * ORDERED_BYTES,
};

/* A timer: `u8 time | u8 has_hash | u16 zero | i32 hash | i64 timestamp | u32 key length | u32 namespace length | key | namespace`. */
void daily_register(struct state *state, const struct flight *flight)
{
    struct packed *timer = &state->written;
    fsb_error *error = NULL;
    int64_t day = day_of(flight->scheduled), end = day + MILLIS_PER_DAY;
    packed_clear(timer);
    packed_u8(timer, FSB_TIME_EVENT);
    packed_bytes(timer, (uint8_t[7]){0}, 7);
    packed_u64(timer, (uint64_t)(end - 1));
    packed_u32(timer, (uint32_t)strlen(CITY));
    packed_u32(timer, 2 * ORDERED_BYTES);
    packed_bytes(timer, CITY, strlen(CITY));
    packed_ordered(timer, day);
    packed_ordered(timer, end);
    require(fsb_timer_service_register(state->timers, timer->data, timer->length, &error), &error, "register a timer");
}

static void keep_report(struct state *state, int64_t day, const struct aggregate *aggregate)
{
    struct packed *packed = &state->written;
    fsb_error *error = NULL;
    state_select_city(state);
    packed_clear(packed);
    packed_ordered(packed, day);
    for (int field = 0; field < AGGREGATE_FIELDS; field++)
        packed_ordered(packed, aggregate->fields[field]);
    const uint8_t *map_key = packed->data, *report = packed->data + ORDERED_BYTES;
    fsb_status status = fsb_state_map_put(state->reports, map_key, ORDERED_BYTES, report, REPORT_BYTES, 0, &error);
    require(status, &error, "write a report");
}

/* What the timer of a day does. */
static void close_day(struct state *state, int64_t day)
{
    char key[KEY_CAPACITY];
    day_key(day, key);
    state_select(state, DAY, key);
    struct aggregate aggregate = state_aggregate(state, DAY);
    keep_report(state, day, &aggregate);
    state_select(state, DAY, key);
    state_clear(state, DAY);
}

/* Fires the timers of a page; returns its length in bytes. */
static size_t fire_page(struct state *state, uint8_t *page, size_t capacity)
{
    fsb_timer_query query = {.struct_size = sizeof query, .time = FSB_TIME_EVENT, .up_to = state->watermark};
    fsb_error *error = NULL;
    size_t length = 0, count = 0;
    require(fsb_timer_service_due(state->timers, &query, page, capacity, &length, &count, &error), &error, "look for due timers");
    const uint8_t *timer = page;
    for (size_t at = 0; at < count; at++) {
        close_day(state, day_of((int64_t)unpack_u64(timer + TIMESTAMP_AT)));
        timer += TIMER_HEAD_BYTES + unpack_u32(timer + KEY_LENGTH_AT) + unpack_u32(timer + NAMESPACE_LENGTH_AT);
    }
    return length;
}

/* The timers of a page are looked at, fire, and are deleted then. */
void daily_fire(struct state *state)
{
    uint8_t page[TIMER_PAGE_BYTES];
    fsb_error *error = NULL;
    for (size_t length = fire_page(state, page, sizeof page); length > 0; length = fire_page(state, page, sizeof page))
        require(fsb_timer_service_delete(state->timers, page, length, &error), &error, "delete timers that have fired");
}

/* What `daily_each` hands on. */
struct walk {
    int64_t after;
    report_taker take;
    void *context;
};

static void take_report(void *context, const uint8_t *key, size_t key_length, const uint8_t *value, size_t value_length)
{
    const struct walk *walk = context;
    struct aggregate aggregate;
    if (key_length != ORDERED_BYTES || value_length != REPORT_BYTES)
        fail("the state holds a report that is none of this job.");
    for (int field = 0; field < AGGREGATE_FIELDS; field++)
        aggregate.fields[field] = unpack_ordered(value + field * ORDERED_BYTES);
    int64_t day = unpack_ordered(key);
    if (day > walk->after)
        walk->take(walk->context, day, &aggregate);
}

void daily_each(struct state *state, int64_t after, report_taker take, void *context)
{
    struct walk walk = {after, take, context};
    state_select_city(state);
    state_scan(state->reports, FSB_SCAN_ENTRIES, take_report, &walk);
}
