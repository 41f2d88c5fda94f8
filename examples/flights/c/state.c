#include "state.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "event_time.h"
#include "failure.h"

enum {
    CLOSE_TIMEOUT_MILLIS = 10000,
    CHECKPOINT_TIMEOUT_MILLIS = 60000,
    FIGURES_INTERVAL_MILLIS = 200,
    PAGE_BYTES = 64 * 1024,
    POSITION_BYTES = 3 * ORDERED_BYTES,
};

/* --- opening and closing ------------------------------------------------------------------------------------------ */

static void pack_text(struct packed *json, const char *text)
{
    packed_bytes(json, text, strlen(text));
}

static void pack_json_string(struct packed *json, const char *text)
{
    static const char DIGITS[] = "0123456789abcdef";
    packed_u8(json, '"');
    for (; *text != '\0'; text++) {
        unsigned char byte = (unsigned char)*text;
        if (byte == '"' || byte == '\\')
            packed_bytes(json, (char[]){'\\', *text}, 2);
        else if (byte < 0x20)
            packed_bytes(json, (char[]){'\\', 'u', '0', '0', DIGITS[byte >> 4], DIGITS[byte & 15]}, 6);
        else
            packed_u8(json, byte);
    }
    packed_u8(json, '"');
}

static void open_checkpoints(struct state *state, const char *folder)
{
    char path[4096];
    struct packed *json = &state->written;
    fsb_error *error = NULL;
    snprintf(path, sizeof path, "%s/checkpoints", folder);
    packed_clear(json);
    pack_text(json, "{\"directory\":");
    pack_json_string(json, path);
    pack_text(json, "}");
    fsb_status status = fsb_checkpoint_store_open((const char *)json->data, json->length, &state->checkpoints, &error);
    require(status, &error, "open the checkpoints");
}

/* The greatest id in a list of checkpoints, which is in the order of the ids. */
static uint64_t last_id_in(const char *list, size_t length)
{
    static const char NAME[] = "\"id\":";
    uint64_t id = 0;
    for (size_t at = 0; at + sizeof NAME <= length; at++)
        if (memcmp(list + at, NAME, sizeof NAME - 1) == 0)
            id = strtoull(list + at + sizeof NAME - 1, NULL, 10);
    return id;
}

static uint64_t newest_checkpoint(const struct state *state)
{
    fsb_buffer *list = NULL;
    const uint8_t *text = NULL;
    size_t length = 0;
    fsb_error *error = NULL;
    require(fsb_checkpoint_store_list(state->checkpoints, &list, &error), &error, "list the checkpoints");
    require(fsb_buffer_data(list, &text, &length), &error, "read the list of checkpoints");
    uint64_t id = last_id_in((const char *)text, length);
    fsb_buffer_free(list);
    return id;
}

/* Without a log, Flink's mode, what survives the death of the process is the newest checkpoint. The write buffers are small, so that
 * this small job flushes and compacts while it runs. */
static void open_backend(struct state *state, const char *folder)
{
    static const char RESTORE[] = "{\"mode\":\"claim\",\"or_empty\":true}";
    struct packed *json = &state->written;
    fsb_error *error = NULL;
    packed_clear(json);
    pack_text(json, "{\"data_directory\":");
    pack_json_string(json, folder);
    pack_text(json, ",\"wal\":\"disabled\",\"write_buffer_size_bytes\":4194304,\"block_cache_size_bytes\":33554432}");
    fsb_status status = fsb_backend_restore((const char *)json->data, json->length, NULL, state->checkpoints, RESTORE, strlen(RESTORE),
                                            &state->backend, &error);
    require(status, &error, "open the state");
}

static fsb_state *open_keyed(struct state *state, const char *name, const char *rest)
{
    char descriptor[512];
    fsb_state *opened = NULL;
    fsb_error *error = NULL;
    int length = snprintf(descriptor, sizeof descriptor, "{\"name\":\"%s\",%s}", name, rest);
    require(fsb_state_open(state->keyed, descriptor, (size_t)length, &opened, &error), &error, "open a keyed state");
    return opened;
}

static fsb_state *open_operator(struct state *state, const char *descriptor)
{
    fsb_state *opened = NULL;
    fsb_error *error = NULL;
    fsb_status status =
        fsb_operator_state_open(state->backend, descriptor, strlen(descriptor), &opened, &error);
    require(status, &error, "open an operator state");
    return opened;
}

/* The ttl of what an aircraft that is not seen any more leaves behind. */
static const char *ttl_json(void)
{
    static char json[160];
    snprintf(json, sizeof json,
             ",\"ttl\":{\"millis\":%" PRId64 ",\"update\":\"on_create_and_write\",\"visibility\":\"never_return_expired\","
             "\"time\":\"event\"}",
             DAYS_TO_LIVE * MILLIS_PER_DAY);
    return json;
}

static void open_aggregates(struct state *state, enum key_kind kind)
{
    char rest[320];
    const struct field *fields = fields_of(kind);
    for (int field = 0; fields[field].name != NULL; field++) {
        snprintf(rest, sizeof rest, "\"kind\":\"reducing\",\"value_type\":\"i64\",\"aggregate\":\"%s\"%s%s",
                 fields[field].is_greatest ? "max_i64" : "sum_i64", kind == DAY ? ",\"namespace_type\":\"time-window\"" : "",
                 fields[field].expires ? ttl_json() : "");
        state->aggregates[kind][field] = open_keyed(state, fields[field].state, rest);
    }
}

static void open_states(struct state *state)
{
    char destinations[320];
    for (enum key_kind kind = 0; kind < AGGREGATED_KINDS; kind++)
        open_aggregates(state, kind);
    snprintf(destinations, sizeof destinations, "\"kind\":\"map\",\"map_key_type\":\"string\",\"value_type\":\"i64\"%s",
             ttl_json());
    state->destinations = open_keyed(state, "aircraft.destinations", destinations);
    state->reports = open_keyed(state, "day.reports",
                                "\"kind\":\"map\",\"map_key_type\":\"i64\",\"value_type\":\"((i64,i64,i64),(i64,i64,i64))\"");
    state->position = open_operator(state, "{\"name\":\"position\",\"kind\":\"list\",\"value_type\":\"(i64,i64,i64)\"}");
}

void state_open(struct state *state, const char *folder)
{
    static const char KEYED[] = "{\"max_parallelism\":128,\"key_type\":\"string\"}", TIMERS[] = "daily-report";
    *state = (struct state){.watermark = NO_WATERMARK};
    fsb_error *error = NULL;
    open_checkpoints(state, folder);
    state->last_checkpoint = newest_checkpoint(state);
    open_backend(state, folder);
    require(fsb_keyed_backend_open(state->backend, KEYED, strlen(KEYED), &state->keyed, &error), &error, "open the keyed state");
    open_states(state);
    fsb_status status = fsb_timer_service_open(state->keyed, TIMERS, strlen(TIMERS), &state->timers, &error);
    require(status, &error, "open the timers");
}

void state_publish_figures(struct state *state)
{
    fsb_error *error = NULL;
    require(fsb_backend_publish_figures(state->backend, FIGURES_INTERVAL_MILLIS, &error), &error, "publish the figures");
}

void state_close(struct state *state)
{
    fsb_error *error = NULL;
    for (enum key_kind kind = 0; kind < AGGREGATED_KINDS; kind++)
        for (int field = 0; field < AGGREGATE_FIELDS; field++)
            fsb_state_free(state->aggregates[kind][field]);
    fsb_state_free(state->destinations);
    fsb_state_free(state->reports);
    fsb_state_free(state->position);
    fsb_timer_service_free(state->timers);
    fsb_keyed_backend_free(state->keyed);
    require(fsb_backend_close(state->backend, CLOSE_TIMEOUT_MILLIS, &error), &error, "close the state");
    fsb_backend_free(state->backend);
    fsb_checkpoint_store_free(state->checkpoints);
    packed_free(&state->written);
}

/* --- the position ------------------------------------------------------------------------------------------------- */

struct position state_position(struct state *state, int64_t source_bytes)
{
    uint8_t stored[4 + POSITION_BYTES];
    size_t length = 0;
    fsb_error *error = NULL;
    fsb_status status = fsb_state_get(state->position, stored, sizeof stored, &length, &error);
    if (status == FSB_STATUS_NOT_FOUND)
        return (struct position){.row = 0, .source_bytes = source_bytes, .watermark = NO_WATERMARK};
    if (status == FSB_STATUS_BUFFER_TOO_SMALL || (status == FSB_STATUS_OK && length != sizeof stored))
        fail("the position in the state is %zu bytes long and should be %zu.", length, sizeof stored);
    require(status, &error, "read the position");
    const uint8_t *at = stored + 4;
    struct position position = {unpack_ordered(at), unpack_ordered(at + ORDERED_BYTES), unpack_ordered(at + 2 * ORDERED_BYTES)};
    if (position.source_bytes != source_bytes)
        fail("the state belongs to an input of %" PRId64 " bytes, this one has %" PRId64 ": use another state folder.",
             position.source_bytes, source_bytes);
    return position;
}

static void put_position(struct state *state, struct position position)
{
    struct packed *element = &state->written;
    fsb_error *error = NULL;
    packed_clear(element);
    packed_u32(element, POSITION_BYTES);
    packed_ordered(element, position.row);
    packed_ordered(element, position.source_bytes);
    packed_ordered(element, position.watermark);
    require(fsb_state_update_elements(state->position, element->data, element->length, &error), &error, "write the position");
}

fsb_checkpoint_report state_checkpoint(struct state *state, struct position position)
{
    fsb_checkpoint_report made = {.struct_size = sizeof made};
    fsb_checkpoint *checkpoint = NULL;
    fsb_error *error = NULL;
    put_position(state, position);
    fsb_status status =
        fsb_backend_begin_checkpoint(state->backend, state->checkpoints, ++state->last_checkpoint, 0, 1, &checkpoint, &error);
    require(status, &error, "begin a checkpoint");
    require(fsb_checkpoint_wait(checkpoint, CHECKPOINT_TIMEOUT_MILLIS, &made, &error), &error, "make a checkpoint");
    fsb_checkpoint_free(checkpoint);
    return made;
}

/* --- time and keys ------------------------------------------------------------------------------------------------ */

void state_advance(struct state *state, int64_t watermark)
{
    fsb_error *error = NULL;
    require(fsb_keyed_backend_set_time(state->keyed, FSB_TIME_EVENT, watermark, &error), &error, "advance the watermark");
    state->watermark = watermark;
}

/* "2013-01-05" -> the midnight at which that day begins. */
static int64_t day_in(const char *date)
{
    int year = 0, month = 0, day = 0;
    if (sscanf(date, "%d-%d-%d", &year, &month, &day) != 3)
        fail("\"%s\" in the state is no day of this job.", date);
    return event_time(year, month, day, 0);
}

static void set_current(struct state *state, const struct packed *window, const char *key)
{
    fsb_error *error = NULL;
    require(fsb_keyed_backend_set_namespace(state->keyed, window->data, window->length, &error), &error, "set the namespace");
    fsb_status status = fsb_keyed_backend_set_current_key(state->keyed, (const uint8_t *)key, strlen(key), NULL, &error);
    require(status, &error, "set the current key");
}

void state_select(struct state *state, enum key_kind kind, const char *key)
{
    const char *name = key + strlen(key_prefix(kind));
    struct packed *window = &state->written;
    packed_clear(window);
    if (kind == DAY) {
        packed_ordered(window, day_in(name));
        packed_ordered(window, day_in(name) + MILLIS_PER_DAY);
    }
    set_current(state, window, kind == DAY ? CITY : name);
}

void state_select_city(struct state *state)
{
    packed_clear(&state->written);
    set_current(state, &state->written, CITY);
}

/* --- aggregates --------------------------------------------------------------------------------------------------- */

void state_add(struct state *state, enum key_kind kind, const struct flight *flight)
{
    struct addition addition = addition_of(kind, flight);
    fsb_error *error = NULL;
    for (int field = 0; fields_of(kind)[field].name != NULL; field++) {
        if (!addition.present[field])
            continue;
        fsb_status status = fsb_state_add_i64(state->aggregates[kind][field], addition.values[field], &error);
        require(status, &error, "add to an aggregate");
    }
}

struct aggregate state_aggregate(struct state *state, enum key_kind kind)
{
    struct aggregate aggregate = aggregate_of_nothing(kind);
    fsb_error *error = NULL;
    for (int field = 0; fields_of(kind)[field].name != NULL; field++) {
        fsb_status status = fsb_state_result_i64(state->aggregates[kind][field], &aggregate.fields[field], &error);
        if (status != FSB_STATUS_NOT_FOUND)
            require(status, &error, "read an aggregate");
    }
    return aggregate;
}

void state_clear(struct state *state, enum key_kind kind)
{
    fsb_error *error = NULL;
    for (int field = 0; fields_of(kind)[field].name != NULL; field++)
        require(fsb_state_clear(state->aggregates[kind][field], &error), &error, "clear an aggregate");
}

void state_add_destination(struct state *state, const struct flight *flight)
{
    const uint8_t *airport = (const uint8_t *)flight->destination;
    uint8_t stored[ORDERED_BYTES], is_null = 0;
    size_t airport_length = strlen(flight->destination), length = 0;
    fsb_error *error = NULL;
    fsb_status status =
        fsb_state_map_get(state->destinations, airport, airport_length, stored, sizeof stored, &length, &is_null, &error);
    if (status != FSB_STATUS_NOT_FOUND)
        require(status, &error, "read a destination");
    int64_t flights = status == FSB_STATUS_OK ? unpack_ordered(stored) : 0;
    struct packed *entry = &state->written;
    packed_clear(entry);
    packed_ordered(entry, flights + 1);
    status = fsb_state_map_put(state->destinations, airport, airport_length, entry->data, entry->length, 0, &error);
    require(status, &error, "write a destination");
}

/* --- everything at once ------------------------------------------------------------------------------------------- */

void state_compact(struct state *state)
{
    static const char FAMILY[] = "user_state";
    fsb_column_family *family = NULL;
    fsb_error *error = NULL;
    require(fsb_backend_column_family(state->backend, FAMILY, strlen(FAMILY), &family, &error), &error, "find a column family");
    require(fsb_column_family_compact(family, NULL, 0, NULL, 0, &error), &error, "compact the state");
    fsb_column_family_free(family);
}

/* Takes the records of one page: `u32 key length | u32 value length | key | value`. */
static void take_page(const uint8_t *at, size_t records, record_taker take, void *context)
{
    for (size_t record = 0; record < records; record++) {
        uint32_t key_length = unpack_u32(at), value_length = unpack_u32(at + 4);
        take(context, at + 8, key_length, at + 8 + key_length, value_length);
        at += 8 + key_length + value_length;
    }
}

void state_scan(fsb_state *scanned, uint8_t what, record_taker take, void *context)
{
    fsb_state_scan *scan = NULL;
    fsb_error *error = NULL;
    uint8_t page[PAGE_BYTES];
    size_t length = 0, records = 0;
    require(fsb_state_scan_open(scanned, what, 0, &scan, &error), &error, "scan the state");
    do {
        fsb_status status = fsb_state_scan_next_page(scan, page, sizeof page, &length, &records, &error);
        if (status == FSB_STATUS_BUFFER_TOO_SMALL)
            fail("the state holds a record of %zu bytes, longer than any of this job.", length);
        require(status, &error, "read a page of the state");
        take_page(page, records, take, context);
    } while (records > 0);
    fsb_state_scan_free(scan);
}
