#include "journal.h"

#include <inttypes.h>
#include <string.h>

#include "failure.h"

/* A record: `row | field | old value | key`. */
enum { HEAD_BYTES = 3 * ORDERED_BYTES };

static void pack_record(struct packed *records, int64_t row, int field, int64_t old, const char *key)
{
    packed_u32(records, (uint32_t)(HEAD_BYTES + strlen(key)));
    packed_ordered(records, row);
    packed_ordered(records, field);
    packed_ordered(records, old);
    packed_bytes(records, key, strlen(key));
}

void journal_write(struct state *state, int64_t row, const struct table *touched)
{
    fsb_error *error = NULL;
    packed_clear(&state->read);
    for (size_t at = 0; at < touched->count; at++) {
        const struct table_entry *entry = &touched->entries[at];
        state_select(state, entry->kind, entry->key);
        struct aggregate aggregate = state_aggregate(state, entry->kind);
        const struct field *fields = fields_of(entry->kind);
        for (int field = 0; fields[field].name != NULL; field++)
            if (!fields[field].is_greatest)
                pack_record(&state->read, row, field, aggregate.fields[field], entry->key);
    }
    require(fsb_state_update_elements(state->journal, state->read.data, state->read.length, &error), &error, "write the journal");
}

static void put_back(struct state *state, const char *key, int64_t field, int64_t old)
{
    enum key_kind kind = key_kind_of(key);
    if (kind >= AGGREGATED_KINDS || field < 0 || field >= AGGREGATE_FIELDS || state->aggregates[kind][field] == NULL)
        fail("the journal in the state names field %" PRId64 " of %s, which this job does not have.", field, key);
    fsb_state *sum = state->aggregates[kind][field];
    fsb_error *error = NULL;
    state_select(state, kind, key);
    require(fsb_state_clear(sum, &error), &error, "clear a sum");
    if (old != 0)
        require(fsb_state_add_i64(sum, old, &error), &error, "put a sum back");
}

/* Reads the journal into `state->read`; its length is 0 when there is none. */
static void read_journal(struct state *state)
{
    struct packed *records = &state->read;
    fsb_error *error = NULL;
    fsb_status status;
    packed_clear(records);
    do {
        packed_reserve(records, records->length);
        status = fsb_state_get(state->journal, records->data, records->capacity, &records->length, &error);
    } while (status == FSB_STATUS_BUFFER_TOO_SMALL);
    if (status != FSB_STATUS_NOT_FOUND)
        require(status, &error, "read the journal");
}

uint64_t journal_roll_back(struct state *state, int64_t row)
{
    uint64_t keys = 0;
    read_journal(state);
    const uint8_t *at = state->read.data, *end = at + state->read.length;
    while (at < end) {
        char key[KEY_CAPACITY] = {0};
        uint32_t length = unpack_u32(at);
        const uint8_t *record = at + 4;
        if (length < HEAD_BYTES || length - HEAD_BYTES >= sizeof key)
            fail("a record of the journal in the state has %" PRIu32 " bytes, which this job does not write.", length);
        memcpy(key, record + HEAD_BYTES, length - HEAD_BYTES);
        int64_t field = unpack_ordered(record + ORDERED_BYTES);
        if (unpack_ordered(record) == row) {
            put_back(state, key, field, unpack_ordered(record + 2 * ORDERED_BYTES));
            keys += field == FLIGHTS;
        }
        at = record + length;
    }
    return keys;
}
