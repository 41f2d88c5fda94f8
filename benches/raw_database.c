#include "raw_database.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Capacity of the block cache that our library creates by default. */
#define BLOCK_CACHE_BYTES ((size_t)256 << 20)

void raw_check(char *error) {
  if (!error) return;
  fprintf(stderr, "bench: raw side: %s\n", error);
  exit(1);
}

rocksdb_column_family_handle_t *raw_database_family(const struct raw_database *database, const char *name) {
  for (size_t at = 0; at < database->family_count; at++)
    if (!strcmp(database->family_names[at], name)) return database->families[at];
  fprintf(stderr, "bench: raw side: the folder has no column family `%s`\n", name);
  exit(1);
}

/* Operands one after the other, behind the value if there is one. */
static char *concatenated(const char *first, size_t first_length, const char *const *operands, const size_t *lengths, int count,
                          size_t *length) {
  *length = first_length;
  for (int at = 0; at < count; at++) *length += lengths[at];
  char *joined = malloc(*length), *end = joined;
  if (first_length) memcpy(end, first, first_length);
  end += first_length;
  for (int at = 0; at < count; end += lengths[at], at++) memcpy(end, operands[at], lengths[at]);
  return joined;
}

static char *full_merge(void *state, const char *key, size_t key_length, const char *value, size_t value_length,
                        const char *const *operands, const size_t *lengths, int count, unsigned char *success, size_t *length) {
  (void)state, (void)key, (void)key_length;
  *success = 1;
  return concatenated(value, value ? value_length : 0, operands, lengths, count, length);
}

static char *partial_merge(void *state, const char *key, size_t key_length, const char *const *operands, const size_t *lengths, int count,
                           unsigned char *success, size_t *length) {
  (void)state, (void)key, (void)key_length;
  *success = 1;
  return concatenated(NULL, 0, operands, lengths, count, length);
}

/* The operator has no state of its own; the engine asks for it all the same. */
static void destroy_nothing(void *state) {
  (void)state;
}

static void free_joined(void *state, const char *joined, size_t length) {
  (void)state, (void)length;
  free((void *)joined);
}

static const char *operator_name(void *state) {
  (void)state;
  return "fsb.ListAppend";
}

static void load_options(struct raw_database *database, const char *folder) {
  char *error = NULL;
  rocksdb_env_t *env = rocksdb_create_default_env();
  database->cache = rocksdb_cache_create_hyper_clock(BLOCK_CACHE_BYTES, 0);
  rocksdb_load_latest_options(folder, env, false, database->cache, &database->options, &database->family_count, &database->family_names,
                              &database->family_options, &error);
  raw_check(error);
  rocksdb_env_destroy(env);
  rocksdb_options_set_wal_dir(database->options, folder);
  rocksdb_options_set_db_log_dir(database->options, "");
  for (size_t at = 0; at < database->family_count; at++)
    rocksdb_options_set_merge_operator(
        database->family_options[at],
        rocksdb_mergeoperator_create(NULL, destroy_nothing, full_merge, partial_merge, free_joined, operator_name));
}

static void open_loaded(struct raw_database *database, const char *folder) {
  char *error = NULL;
  database->families = calloc(database->family_count, sizeof *database->families);
  database->db = rocksdb_open_column_families(database->options, folder, (int)database->family_count,
                                              (const char *const *)database->family_names,
                                              (const rocksdb_options_t *const *)database->family_options, database->families, &error);
  raw_check(error);
}

void raw_database_open(struct raw_database *database, const char *folder) {
  load_options(database, folder);
  open_loaded(database, folder);
}

void raw_database_limit(struct raw_database *database, const char *folder, rocksdb_ratelimiter_t *limiter) {
  load_options(database, folder);
  rocksdb_options_set_ratelimiter(database->options, limiter);
  open_loaded(database, folder);
}

void raw_database_close(struct raw_database *database) {
  for (size_t at = 0; at < database->family_count; at++) rocksdb_column_family_handle_destroy(database->families[at]);
  free(database->families);
  rocksdb_close(database->db);
  rocksdb_load_latest_options_destroy(database->options, database->family_names, database->family_options, database->family_count);
  rocksdb_cache_destroy(database->cache);
}

void raw_database_flush(const struct raw_database *database, rocksdb_column_family_handle_t *family) {
  char *error = NULL;
  rocksdb_flushoptions_t *flush = rocksdb_flushoptions_create();
  rocksdb_flush_cf(database->db, flush, family, &error);
  raw_check(error);
  rocksdb_flushoptions_destroy(flush);
}

void raw_database_compact(const struct raw_database *database, rocksdb_column_family_handle_t *family) {
  raw_database_flush(database, family);
  rocksdb_compact_range_cf(database->db, family, NULL, 0, NULL, 0);
}
