#include "check.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "figures.h"
#include "terminal.h"

enum { SHOWN_DIFFERENCES = 10 };

struct comparison {
    uint64_t keys, differences;
};

/* Counts a difference; true when it is to be printed. */
static bool note_difference(struct comparison *comparison)
{
    return comparison->differences++ < SHOWN_DIFFERENCES;
}

static void compare_fields(struct comparison *comparison, const struct table_entry *expected, const struct aggregate *stored)
{
    const struct field *fields = fields_of(expected->kind);
    for (int field = 0; fields[field].name != NULL; field++) {
        int64_t right = expected->aggregate.fields[field], held = stored->fields[field];
        if (right != held && note_difference(comparison))
            printf("    %s: %s is %" PRId64 " in the state, %" PRId64 " recomputed\n", expected->key, fields[field].name, held,
                   right);
    }
}

static void compare_recomputed(struct comparison *comparison, const struct table *stored, const struct table_entry *expected)
{
    const struct aggregate *held = table_find(stored, expected->key);
    comparison->keys++;
    if (held != NULL)
        compare_fields(comparison, expected, held);
    else if (note_difference(comparison))
        printf("    %s is missing in the state\n", expected->key);
}

static struct comparison compare_kind(enum key_kind kind, const struct table *stored, const struct table *recomputed)
{
    struct comparison comparison = {0};
    for (size_t entry = 0; entry < recomputed->count; entry++)
        if (recomputed->entries[entry].kind == kind)
            compare_recomputed(&comparison, stored, &recomputed->entries[entry]);
    for (size_t entry = 0; entry < stored->count; entry++) {
        const char *key = stored->entries[entry].key;
        if (stored->entries[entry].kind == kind && table_find(recomputed, key) == NULL && note_difference(&comparison))
            printf("    %s is in the state and should not be\n", key);
    }
    return comparison;
}

static int field_count(enum key_kind kind)
{
    int count = 0;
    while (fields_of(kind)[count].name != NULL)
        count++;
    return count;
}

static void print_verdict(enum key_kind kind, struct comparison comparison)
{
    bool equal = comparison.differences == 0;
    printf("  %s%s%s %6s %-13s ", terminal_paint(equal ? GREEN : RED), equal ? "✓" : "✗", terminal_paint(PLAIN),
           figure_count((int64_t)comparison.keys).text, key_kind_plural(kind));
    if (!equal)
        printf("differences: %s\n", figure_count((int64_t)comparison.differences).text);
    else if (field_count(kind) == 1)
        printf("equal\n");
    else
        printf("equal in all %d fields\n", field_count(kind));
}

bool check_equal(const struct table *stored, const struct table *recomputed)
{
    bool equal = true;
    for (enum key_kind kind = 0; kind < KEY_KINDS; kind++) {
        struct comparison comparison = compare_kind(kind, stored, recomputed);
        print_verdict(kind, comparison);
        equal = equal && comparison.differences == 0;
    }
    return equal;
}
