#include "table.h"

#include <stdlib.h>
#include <string.h>

#include "failure.h"

/* FNV-1a, 64 bits. */
static uint64_t hash(const char *key)
{
    uint64_t value = 14695981039346656037u;
    for (; *key != '\0'; key++)
        value = (value ^ (uint8_t)*key) * 1099511628211u;
    return value;
}

/* The slot that holds the key, or the free one where it belongs. */
static size_t slot_of(const struct table *table, const char *key)
{
    size_t slot = (size_t)hash(key) & (table->slot_count - 1);
    while (table->slots[slot] != 0 && strcmp(table->entries[table->slots[slot] - 1].key, key) != 0)
        slot = (slot + 1) & (table->slot_count - 1);
    return slot;
}

/* Doubles the table; half of the slots stay free. */
static void grow(struct table *table)
{
    table->capacity = table->capacity == 0 ? 256 : table->capacity * 2;
    table->slot_count = table->capacity * 2;
    table->entries = require_memory(realloc(table->entries, table->capacity * sizeof *table->entries));
    free(table->slots);
    table->slots = require_memory(calloc(table->slot_count, sizeof *table->slots));
    for (size_t entry = 0; entry < table->count; entry++)
        table->slots[slot_of(table, table->entries[entry].key)] = entry + 1;
}

struct table_entry *table_at(struct table *table, enum key_kind kind, const char *key)
{
    if (table->count == table->capacity)
        grow(table);
    size_t slot = slot_of(table, key);
    if (table->slots[slot] == 0) {
        struct table_entry *added = &table->entries[table->count++];
        *added = (struct table_entry){.kind = kind, .aggregate = aggregate_of_nothing(kind)};
        memcpy(added->key, key, strlen(key) + 1);
        table->slots[slot] = table->count;
    }
    return &table->entries[table->slots[slot] - 1];
}

const struct aggregate *table_find(const struct table *table, const char *key)
{
    if (table->count == 0)
        return NULL;
    size_t entry = table->slots[slot_of(table, key)];
    return entry == 0 ? NULL : &table->entries[entry - 1].aggregate;
}

void table_free(struct table *table)
{
    free(table->entries);
    free(table->slots);
    *table = (struct table){0};
}
