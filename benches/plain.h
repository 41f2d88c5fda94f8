/* The comparison of plain column families: rows are read, scanned and written by key. */
#ifndef BENCH_PLAIN_H
#define BENCH_PLAIN_H

#include "side.h"
#include "workload.h"

/* Column families of the measured folder: reads go to the loaded one, writes to one that starts almost empty in each round. */
#define READ_FAMILY "default"
#define WRITE_FAMILY "user_state"

enum plain_operation { BOUNDARY, GET, CONTAINS, MULTI_GET, SCAN, PUT, WRITE_BATCH, PLAIN_OPERATION_COUNT };

/* Settings that sides open with. */
enum { WITHOUT_WAL, WITH_WAL };

/* The library's C ABI. */
extern const struct side ours_side;

/* The RocksDB C API, with its best primitive for each operation. */
extern const struct side raw_side;

/* The same with reads that own what they read: rocksdb_get_cf, which answers a malloc'ed copy, and a scan that copies every row. */
extern const struct side raw_owned_side;

/* Creates the folder through our library, loads ROW_COUNT rows into the read family, flushes and compacts it. */
void ours_load(const char *folder, uint64_t setting);

#endif
