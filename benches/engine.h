/* The benchmark as a library: a program written in another language hands its sides over and has them measured beside ours. */
#ifndef BENCH_ENGINE_H
#define BENCH_ENGINE_H

#include "side.h"

#define BENCH_EXPORT __attribute__((visibility("default")))

/* Measures our C ABI, the raw C API and `guest_count` more sides in one process, on the folders ROOT/wal/NAME and ROOT/nowal/NAME,
 * and prints one JSON object per row to standard output. The order in which the sides open their folders turns with the seed. */
BENCH_EXPORT void engine_measure(const char *root, uint64_t seed, const struct side *guests, int guest_count);

/* The same for keyed state, on the folders ROOT/shapes/NAME and ROOT/cache/NAME. */
BENCH_EXPORT void engine_measure_keyed(const char *root, uint64_t seed, const struct side *guests, int guest_count);

#endif
