/* One side of a comparison: a state folder opened through one interface, and the same operations on it. */
#ifndef BENCH_SIDE_H
#define BENCH_SIDE_H

#include <stdbool.h>
#include <stdint.h>

#include "workload.h"

/* Column families of the measured folder: reads go to the loaded one, writes to one that starts almost empty in each round. */
#define READ_FAMILY "default"
#define WRITE_FAMILY "user_state"

enum operation { BOUNDARY, GET, CONTAINS, MULTI_GET, SCAN, PUT, WRITE_BATCH, OPERATION_COUNT };

/* Sides written in other languages fill this struct with function pointers: keep its layout in step with them. */
struct side {
  /* Names the side's copy of the folder. */
  const char *name;
  /* Field of the summary that gets the side's nanoseconds. */
  const char *field;
  /* Opens an existing folder. Errors end the program with a message: a benchmark has nothing to go back to. */
  void *(*open)(const char *folder, bool wal);
  void (*close)(void *state);
  /* Flushes and compacts the write family, so that the next rounds find an empty memtable and an idle engine. */
  void (*settle)(void *state);
  /* Bytes that the calling thread has allocated on a garbage-collected heap so far; null where there is no such heap. */
  uint64_t (*allocated_bytes)(void);
  /* Runs one operation over the whole sequence and answers a checksum of what it read, the same on every side.
   * Null for an operation that the side does not have. */
  uint64_t (*run[OPERATION_COUNT])(void *state, const struct sequence *sequence);
};

/* The library's C ABI. */
extern const struct side ours_side;

/* The RocksDB C API, with its best primitive for each operation. */
extern const struct side raw_side;

/* The same with reads that own what they read: rocksdb_get_cf, which answers a malloc'ed copy, and a scan that copies every row. */
extern const struct side raw_owned_side;

/* Creates the folder through our library, loads ROW_COUNT rows into the read family, flushes and compacts it. */
void ours_load(const char *folder, bool wal);

#endif
