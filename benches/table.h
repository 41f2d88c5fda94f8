/* What every comparison does with its seats: open them, measure rows on them, print the results. */
#ifndef BENCH_TABLE_H
#define BENCH_TABLE_H

#include "rounds.h"

/* Opens ROOT/MODE/NAME for every side, in an order that turns with the seed: where an engine's memory lies can favour one of them. */
void table_open(struct table *table, const char *root, const char *mode, uint64_t setting, uint64_t seed);
void table_close(const struct table *table);

/* Measures the rows one after the other and prints one JSON object for each to standard output. */
void table_measure(struct table *table, const struct row *rows, size_t count, uint64_t seed);

#endif
