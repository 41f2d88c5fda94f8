/* A backend opened by the library's C ABI, and what every program around it needs. */
#ifndef BENCH_OURS_BACKEND_H
#define BENCH_OURS_BACKEND_H

#include <flink_state_backend.h>

/* Ends the program unless the status is OK. Takes the place of the error, not the error: arguments are evaluated in any order, and the
 * call fills it. */
void check(fsb_status status, fsb_error *const *error);

/* Zeroed memory; ends the program when there is none. */
void *allocate(size_t bytes);

/* All options are the defaults of the library, but for the folder and the WAL mode. */
fsb_backend *open_backend(const char *folder, const char *wal);
void close_backend(fsb_backend *backend);

fsb_column_family *open_family(const fsb_backend *backend, const char *name);

/* Flushes and compacts a family. */
void compact(const fsb_column_family *family);

#endif
