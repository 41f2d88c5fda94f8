/* A folder that our library wrote, opened by the RocksDB C API with the same engine options. */
#ifndef BENCH_RAW_DATABASE_H
#define BENCH_RAW_DATABASE_H

#include <stddef.h>

#include <rocksdb/c.h>

struct raw_database {
  rocksdb_t *db;
  rocksdb_cache_t *cache;
  rocksdb_options_t *options;
  rocksdb_options_t **family_options;
  char **family_names;
  size_t family_count;
  rocksdb_column_family_handle_t **families;
};

/* Ends the program when there is an error. */
void raw_check(char *error);

/* Takes every engine option from the OPTIONS file in the folder; the block cache, which is not in it, is of the kind and size that our
 * library creates by default, and lists are appended to by an operator of the raw side's own. */
void raw_database_open(struct raw_database *database, const char *folder);
/* The same with a rate limiter, which stays the caller's. */
void raw_database_limit(struct raw_database *database, const char *folder, rocksdb_ratelimiter_t *limiter);
void raw_database_close(struct raw_database *database);

rocksdb_column_family_handle_t *raw_database_family(const struct raw_database *database, const char *name);

/* Flushes a family. */
void raw_database_flush(const struct raw_database *database, rocksdb_column_family_handle_t *family);

/* Flushes and compacts a family. */
void raw_database_compact(const struct raw_database *database, rocksdb_column_family_handle_t *family);

#endif
