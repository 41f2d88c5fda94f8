/* Aggregates by key, in memory: the keys that one batch touches, what a scan brought, or the plain recomputation. */
#ifndef FLIGHTS_TABLE_H
#define FLIGHTS_TABLE_H

#include "aggregate.h"

struct table_entry {
    char key[KEY_CAPACITY];
    struct aggregate aggregate;
};

struct table {
    struct table_entry *entries; /* in the order of their first use */
    size_t count, capacity;
    size_t *slots; /* open addressing: index into `entries` + 1, 0 when free */
    size_t slot_count;
};

/* The aggregate of the key, all zero when the key is new; valid until the next call with a new key. */
struct aggregate *table_at(struct table *table, const char *key);

/* NULL when the table does not hold the key. */
const struct aggregate *table_find(const struct table *table, const char *key);

/* Adds the flight to the aggregates of all its keys. */
void table_add_flight(struct table *table, const struct flight *flight);

/* Empties the table and keeps its memory. */
void table_clear(struct table *table);
void table_free(struct table *table);

#endif
