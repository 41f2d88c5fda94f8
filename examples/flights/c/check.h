/* The proof: what the state holds against a plain recomputation from the file. */
#ifndef FLIGHTS_CHECK_H
#define FLIGHTS_CHECK_H

#include <stdbool.h>

#include "table.h"

/* Compares every field of every key, prints how many keys of each kind were compared or what differs; true when equal. */
bool check_equal(const struct table *stored, const struct table *recomputed);

#endif
