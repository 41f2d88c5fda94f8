/* Aggregates by key, in memory: what a scan brought, or the plain recomputation. */
#ifndef FLIGHTS_TABLE_H
#define FLIGHTS_TABLE_H

#include "aggregate.h"

struct table_entry {
    enum key_kind kind;
    char key[KEY_CAPACITY];
    struct aggregate aggregate;
    int64_t written; /* of the recomputation: the watermark when it was written last */
};

struct table {
    struct table_entry *entries; /* in the order of their first use */
    size_t count, capacity;
    size_t *slots; /* open addressing: index into `entries` + 1, 0 when free */
    size_t slot_count;
};

/* The entry of the key, with an aggregate of nothing when the key is new; valid until the next call with a new key. */
struct table_entry *table_at(struct table *table, enum key_kind kind, const char *key);

/* NULL when the table does not hold the key. */
const struct aggregate *table_find(const struct table *table, const char *key);

void table_free(struct table *table);

#endif
