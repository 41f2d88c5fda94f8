/* What the killed writers do and what must be there afterwards.
 *
 * Each writer works through its own endless row of operations. Operation number n follows from the seed, the writer and the state
 * before it, so that the process that judges knows every operation without being told, and the value of a row names its operation.
 */
#ifndef FSB_TESTS_KILL_MODEL_H
#define FSB_TESTS_KILL_MODEL_H

#include "packed.h"

enum { WRITERS = 2, KEYS = 256, FIXED_FAMILIES = 3, FAMILIES = 5, MOST_RECORDS = 12, MOST_VALUE_BYTES = 1200 };

static const char *const model_families[FAMILIES] = {"default", "first", "second", "coming_and_going", "coming_too"};

/* The rows of one writer: 0 is absent, anything else the number of the operation that wrote the row, plus one. */
typedef struct model {
    uint64_t rows[FAMILIES][KEYS];
    uint8_t exists[FAMILIES];
} model;

typedef enum operation_kind {
    OPERATION_PUT,
    OPERATION_DELETE,
    OPERATION_BATCH,
    OPERATION_FLUSH,
    OPERATION_MAKE_FAMILY,
    OPERATION_DROP_FAMILY
} operation_kind;

/* Keys `first` up to and without `end`; only a delete range has more than one. */
typedef struct record {
    uint8_t kind;
    unsigned family, first, end;
} record;

typedef struct operation {
    operation_kind kind;
    unsigned count; /* of records */
    record records[MOST_RECORDS];
} operation;

static inline uint64_t mix(uint64_t number) {
    number = (number ^ number >> 30) * 0xBF58476D1CE4E5B9u;
    number = (number ^ number >> 27) * 0x94D049BB133111EBu;
    return number ^ number >> 31;
}

static inline unsigned draw(uint64_t *random, unsigned limit) {
    *random += 0x9E3779B97F4A7C15u;
    return (unsigned)(mix(*random) % limit);
}

static inline void model_start(model *start) {
    memset(start, 0, sizeof *start);
    for (unsigned family = 0; family < FIXED_FAMILIES; family++) start->exists[family] = 1;
}

static inline unsigned draw_family(uint64_t *random, const model *before) {
    unsigned family = draw(random, FAMILIES);
    return before->exists[family] ? family : draw(random, FIXED_FAMILIES);
}

static inline record draw_record(uint64_t *random, const model *before, uint8_t kind) {
    record drawn = {kind, draw_family(random, before), draw(random, KEYS), 0};
    drawn.end = drawn.first + 1;
    if (kind == RECORD_DELETE_RANGE) drawn.end += draw(random, 20);
    if (drawn.end > KEYS) drawn.end = KEYS;
    return drawn;
}

static inline void draw_batch(uint64_t *random, const model *before, operation *batch) {
    static const uint8_t kinds[] = {RECORD_PUT, RECORD_PUT, RECORD_PUT, RECORD_PUT, RECORD_PUT, RECORD_DELETE, RECORD_DELETE_RANGE};
    batch->count = 2 + draw(random, MOST_RECORDS - 1);
    for (unsigned at = 0; at < batch->count; at++) batch->records[at] = draw_record(random, before, kinds[draw(random, COUNT_OF(kinds))]);
}

/* Families come and go by the hand of the first writer alone, so that no other writes into one that is gone. */
static inline void draw_family_change(uint64_t *random, const model *before, operation *change) {
    unsigned family = FIXED_FAMILIES + draw(random, FAMILIES - FIXED_FAMILIES);
    change->kind = before->exists[family] ? OPERATION_DROP_FAMILY : OPERATION_MAKE_FAMILY;
    change->count = 1;
    change->records[0] = (record){0, family, 0, KEYS};
}

static inline operation operation_at(uint64_t seed, unsigned writer, uint64_t number, const model *before) {
    uint64_t random = mix(mix(seed + 1) ^ mix(number * WRITERS + writer + 7));
    operation drawn = {OPERATION_PUT, 1, {{0, 0, 0, 0}}};
    unsigned lot = draw(&random, 1000);
    if (lot < 2 && writer == 0) draw_family_change(&random, before, &drawn);
    else if (lot < 4) drawn.kind = OPERATION_FLUSH, drawn.count = 0;
    else if (lot < 400) drawn.kind = OPERATION_BATCH, draw_batch(&random, before, &drawn);
    else if (lot < 500) drawn.kind = OPERATION_DELETE, drawn.records[0] = draw_record(&random, before, RECORD_DELETE);
    else drawn.records[0] = draw_record(&random, before, RECORD_PUT);
    return drawn;
}

static inline void model_apply(model *state, const operation *done, uint64_t number) {
    for (unsigned at = 0; at < done->count; at++) {
        const record *one = &done->records[at];
        for (unsigned key = one->first; key < one->end; key++)
            state->rows[one->family][key] = one->kind == RECORD_PUT ? number + 1 : 0;
        if (done->kind == OPERATION_MAKE_FAMILY) state->exists[one->family] = 1;
        if (done->kind == OPERATION_DROP_FAMILY) state->exists[one->family] = 0;
    }
}

/* The end of a range may be `KEYS`, which sorts behind every key. */
static inline size_t model_key(unsigned writer, unsigned key, char *text) { return (size_t)snprintf(text, 32, "w%u-%04u", writer, key); }

/* Fills `value` with what operation `number` writes there: its own address, then noise, up to `MOST_VALUE_BYTES`. */
static inline size_t model_value(unsigned writer, uint64_t number, unsigned family, unsigned key, char *value) {
    uint64_t random = mix(number * 31 + writer) ^ mix(family * 1000u + key);
    size_t length = (size_t)snprintf(value, 96, "%" PRIu64 " %u %u %u ", number, writer, family, key);
    size_t whole = length + draw(&random, draw(&random, 8) == 0 ? MOST_VALUE_BYTES - 96 : 120);
    while (length < whole) value[length++] = (char)('a' + draw(&random, 26));
    return length;
}

#endif
