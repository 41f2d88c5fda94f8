/* Checkpoints of a large state of which a hundredth changes, beside RocksDB's own checkpoint and a plain copy of it; restore and rescale of
 * the same state; and what a checkpoint does to the one who writes meanwhile.
 *
 *   checkpoint FOLDER KEYS    prints tables
 *
 * Keyed state: keys of 8 bytes, values of 100 random ones, no log. The raw side opens a copy of the folder with the same engine options.
 */
#define _XOPEN_SOURCE 700
#include <ftw.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include <flink_state_backend.h>

#include "../raw_database.h"

enum { VALUE_BYTES = 100, ROUNDS = 5, SHARE = 100, PATH_BYTES = 1024, WRITE_SECONDS = 5, MOST_WRITES = 1 << 22, MAX_PARALLELISM = 128 };

static const char *root;
static uint32_t key_count;

static void stop(const char *what) {
  fprintf(stderr, "checkpoint: %s\n", what);
  exit(1);
}

static fsb_error *failure;

static void check(fsb_status status) {
  if (status == FSB_STATUS_OK) return;
  stop(failure != NULL ? fsb_error_message(failure) : fsb_status_name(status));
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static const char *in_root(const char *name) {
  static char paths[8][PATH_BYTES];
  static unsigned next;
  char *path = paths[next++ % 8];
  snprintf(path, PATH_BYTES, "%s/%s", root, name);
  return path;
}

static void run(const char *program, const char *from, const char *to) {
  char command[3 * PATH_BYTES];
  snprintf(command, sizeof command, "%s '%s' '%s'", program, from, to);
  if (system(command) != 0) stop(command);
}

static uint64_t random_state = 88172645463325252u;
static uint64_t next_random(void) {
  random_state ^= random_state << 13;
  random_state ^= random_state >> 7;
  return random_state ^= random_state << 17;
}

static void fill(uint8_t *value) {
  for (size_t at = 0; at + 8 <= VALUE_BYTES; at += 8) {
    uint64_t word = next_random();
    memcpy(value + at, &word, 8);
  }
}

/* Our side. */
struct ours {
  fsb_backend *backend;
  fsb_keyed_backend *keyed;
  fsb_state *state;
};

static void use(struct ours *ours, uint32_t first_group, uint32_t last_group, unsigned cache_bytes) {
  char json[256];
  int length = snprintf(json, sizeof json,
                        "{\"max_parallelism\":%d,\"first_key_group\":%u,\"last_key_group\":%u,\"row_cache_bytes\":%u}", MAX_PARALLELISM,
                        first_group, last_group, cache_bytes);
  static const char descriptor[] = "{\"name\":\"value\",\"kind\":\"value\"}";
  check(fsb_keyed_backend_open(ours->backend, json, (size_t)length, &ours->keyed, &failure));
  check(fsb_state_open(ours->keyed, descriptor, sizeof descriptor - 1, &ours->state, &failure));
}

static int options_of(char *json, const char *folder) {
  return snprintf(json, PATH_BYTES + 128, "{\"data_directory\":\"%s\",\"wal\":\"disabled\",\"compression\":\"none\"}", folder);
}

static struct ours open_ours(const char *folder, unsigned cache_bytes) {
  char json[PATH_BYTES + 128];
  struct ours ours;
  check(fsb_backend_open(json, (size_t)options_of(json, folder), NULL, &ours.backend, &failure));
  use(&ours, 0, MAX_PARALLELISM - 1, cache_bytes);
  return ours;
}

static void close_ours(struct ours *ours) {
  fsb_state_free(ours->state);
  fsb_keyed_backend_free(ours->keyed);
  check(fsb_backend_close(ours->backend, 60000, &failure));
  fsb_backend_free(ours->backend);
}

static void put(struct ours *ours, uint64_t key) {
  uint8_t value[VALUE_BYTES];
  fill(value);
  check(fsb_keyed_backend_set_current_key(ours->keyed, (const uint8_t *)&key, sizeof key, NULL, &failure));
  check(fsb_state_put(ours->state, value, sizeof value, &failure));
}

static fsb_checkpoint_store *open_store(const char *name) {
  char json[PATH_BYTES + 64];
  int length = snprintf(json, sizeof json, "{\"directory\":\"%s\",\"num_retained\":3}", in_root(name));
  fsb_checkpoint_store *store;
  check(fsb_checkpoint_store_open(json, (size_t)length, &store, &failure));
  return store;
}

static fsb_checkpoint_report make(const struct ours *ours, const fsb_checkpoint_store *store, uint64_t id) {
  fsb_checkpoint *checkpoint;
  fsb_checkpoint_report report = {.struct_size = sizeof report};
  check(fsb_backend_begin_checkpoint(ours->backend, store, id, 0, 1, &checkpoint, &failure));
  check(fsb_checkpoint_wait(checkpoint, 600000, &report, &failure));
  fsb_checkpoint_free(checkpoint);
  return report;
}

/* The raw side: every SHARE-th of its rows, from another one on in each round. */
struct raw {
  struct raw_database database;
  rocksdb_column_family_handle_t *family;
  rocksdb_writeoptions_t *write;
};

static struct raw open_raw(const char *folder) {
  struct raw raw;
  raw_database_open(&raw.database, folder);
  raw.family = raw_database_family(&raw.database, "user_state");
  raw.write = rocksdb_writeoptions_create();
  rocksdb_writeoptions_disable_WAL(raw.write, 1);
  return raw;
}

struct row_key {
  size_t length;
  char bytes[32];
};

/* As keys come to ours: what is written in order lies in order in the memtable, which its flush then walks faster. */
static void put_in_random_order(struct raw *raw, struct row_key *keys, size_t count) {
  uint8_t value[VALUE_BYTES + 1] = {1};
  for (size_t left = count; left > 0; left--) {
    size_t at = next_random() % left;
    char *error = NULL;
    fill(value + 1);
    rocksdb_put_cf(raw->database.db, raw->write, raw->family, keys[at].bytes, keys[at].length, (const char *)value, sizeof value, &error);
    raw_check(error);
    keys[at] = keys[left - 1];
  }
}

static void change_raw(struct raw *raw, int round) {
  rocksdb_readoptions_t *read = rocksdb_readoptions_create();
  rocksdb_iterator_t *rows = rocksdb_create_iterator_cf(raw->database.db, read, raw->family);
  uint64_t number = 0;
  size_t count = 0;
  struct row_key *changed = malloc((key_count / SHARE + 1) * sizeof *changed);
  for (rocksdb_iter_seek_to_first(rows); rocksdb_iter_valid(rows); rocksdb_iter_next(rows), number++) {
    if (number % SHARE != (uint64_t)round) continue;
    const char *key = rocksdb_iter_key(rows, &changed[count].length);
    if (changed[count].length > sizeof changed->bytes) stop("a row key is longer than expected");
    memcpy(changed[count].bytes, key, changed[count].length);
    count++;
  }
  rocksdb_iter_destroy(rows);
  rocksdb_readoptions_destroy(read);
  put_in_random_order(raw, changed, count);
  free(changed);
}

static double checkpoint_raw(struct raw *raw, const char *folder) {
  char *error = NULL;
  double start = now();
  rocksdb_checkpoint_t *checkpoint = rocksdb_checkpoint_object_create(raw->database.db, &error);
  raw_check(error);
  rocksdb_checkpoint_create(checkpoint, folder, 0, &error);
  raw_check(error);
  rocksdb_checkpoint_object_destroy(checkpoint);
  return now() - start;
}

static uint64_t tree_bytes;
static int add_size(const char *path, const struct stat *entry, int kind, struct FTW *walk) {
  (void)path, (void)walk;
  if (kind == FTW_F) tree_bytes += (uint64_t)entry->st_size;
  return 0;
}
static uint64_t bytes_of(const char *folder) {
  tree_bytes = 0;
  nftw(folder, add_size, 16, FTW_PHYS);
  return tree_bytes;
}

static int by_value(const void *left, const void *right) {
  double a = *(const double *)left, b = *(const double *)right;
  return (a > b) - (a < b);
}

static double median(double *values, size_t count) {
  qsort(values, count, sizeof *values, by_value);
  return values[count / 2];
}

static void compare_checkpoints(unsigned cache_bytes, uint64_t first_id, const fsb_checkpoint_store *store) {
  struct ours ours = open_ours(in_root("ours"), cache_bytes);
  struct raw raw = open_raw(in_root("raw"));
  double ours_sync[ROUNDS], raw_sync[ROUNDS];
  printf("row cache of %u MiB: blocking ms, and what was stored\n", cache_bytes >> 20);
  printf("%8s %10s %10s %12s %12s %12s %14s\n", "round", "ours", "RocksDB", "async ms", "copy ms", "new MiB", "whole copy MiB");
  make(&ours, store, first_id);
  for (int round = 0; round < ROUNDS; round++) {
    change_raw(&raw, round);
    raw_sync[round] = checkpoint_raw(&raw, in_root("raw-checkpoint")) * 1e3;
    double start = now();
    run("cp -r", in_root("raw-checkpoint"), in_root("raw-copy"));
    double copied = now() - start;
    for (uint32_t changed = 0; changed < key_count / SHARE; changed++) put(&ours, next_random() % key_count);
    fsb_checkpoint_report report = make(&ours, store, first_id + 1 + (uint64_t)round);
    ours_sync[round] = (double)report.sync_micros / 1e3;
    printf("%8d %10.1f %10.1f %12.1f %12.1f %12.2f %14.1f\n", round + 1, ours_sync[round], raw_sync[round], (double)report.async_micros / 1e3,
           copied * 1e3, (double)report.new_bytes / 1048576, (double)bytes_of(in_root("raw-copy")) / 1048576);
    run("rm -rf", in_root("raw-checkpoint"), in_root("raw-copy"));
  }
  double mine = median(ours_sync, ROUNDS), theirs = median(raw_sync, ROUNDS);
  printf("median: %.1f and %.1f ms, %.2f times (goal without a row cache: at most 1.2)\n\n", mine, theirs, mine / theirs);
  raw_database_close(&raw.database);
  close_ours(&ours);
}

static fsb_backend *restored(const char *folder, const fsb_checkpoint_store *store, double *seconds) {
  char json[PATH_BYTES + 128];
  fsb_backend *backend;
  double start = now();
  check(fsb_backend_restore(json, (size_t)options_of(json, in_root(folder)), NULL, store, NULL, 0, &backend, &failure));
  *seconds = now() - start;
  return backend;
}

static void close_backend(fsb_backend *backend) {
  check(fsb_backend_close(backend, 60000, &failure));
  fsb_backend_free(backend);
}

static uint64_t newest_of(const fsb_checkpoint_store *store) {
  fsb_buffer *json;
  const uint8_t *text;
  size_t length;
  check(fsb_checkpoint_store_list(store, &json, &failure));
  check(fsb_buffer_data(json, &text, &length));
  uint64_t newest = 0;
  for (const char *at = (const char *)text; (at = strstr(at, "{\"id\":")) != NULL && at < (const char *)text + length; at += 6)
    newest = strtoull(at + 6, NULL, 10);
  fsb_buffer_free(json);
  return newest;
}

static void compare_restore(const fsb_checkpoint_store *store) {
  double whole, start = now();
  uint64_t files, bytes;
  check(fsb_checkpoint_store_verify(store, newest_of(store), &files, &bytes, &failure));
  double verify = now() - start;
  close_backend(restored("restored", store, &whole));
  char json[PATH_BYTES + 128];
  fsb_backend *backend;
  start = now();
  check(fsb_backend_open(json, (size_t)options_of(json, in_root("restored")), NULL, &backend, &failure));
  double opening = now() - start;
  close_backend(backend);
  printf("restore of %.0f MiB: %.0f ms; verify alone %.0f ms, open alone %.0f ms: %.2f times their sum (goal: at most 1.2)\n\n",
         (double)bytes / 1048576, whole * 1e3, verify * 1e3, opening * 1e3, whole / (verify + opening));
}

static fsb_backend *rescaled(const char *folder, const fsb_checkpoint_store *const *stores, size_t count, unsigned parallelism,
                             unsigned subtask, double *seconds) {
  char json[PATH_BYTES + 128], how[128];
  snprintf(how, sizeof how, "{\"parallelism\":%u,\"subtask\":%u}", parallelism, subtask);
  fsb_backend *backend;
  double start = now();
  check(fsb_backend_rescale(json, (size_t)options_of(json, in_root(folder)), NULL, stores, count, how, strlen(how), &backend, &failure));
  *seconds = now() - start;
  return backend;
}

static void join(const char *what, const char *folder, const fsb_checkpoint_store *const *stores, double gigabytes) {
  double seconds;
  close_backend(rescaled(folder, stores, 2, 1, 0, &seconds));
  printf("rescale 2 to 1, %s: %.2f s, %.2f s for each GB (goal: at most 1)\n", what, seconds, seconds / gigabytes);
}

static void compact(const struct ours *ours) {
  fsb_column_family *family;
  check(fsb_backend_column_family(ours->backend, "user_state", 10, &family, &failure));
  check(fsb_column_family_compact(family, NULL, 0, NULL, 0, &failure));
  fsb_column_family_free(family);
}

static void compare_rescale(const fsb_checkpoint_store *store, double gigabytes) {
  static const char *const folders[] = {"out-0", "out-1"}, *const names[] = {"checkpoints-0", "checkpoints-1"};
  const fsb_checkpoint_store *stores[2];
  struct ours ours[2];
  double seconds;
  for (unsigned at = 0; at < 2; at++) {
    ours[at].backend = rescaled(folders[at], &store, 1, 2, at, &seconds);
    printf("rescale 1 to 2, subtask %u: %.2f s, %.2f s for each GB of the checkpoint (goal: at most 1)\n", at, seconds, seconds / gigabytes);
    use(&ours[at], at * MAX_PARALLELISM / 2, (at + 1) * MAX_PARALLELISM / 2 - 1, 0);
    stores[at] = open_store(names[at]);
    make(&ours[at], stores[at], 1);
  }
  join("right after it", "in-0", stores, gigabytes);
  for (unsigned at = 0; at < 2; at++) {
    compact(&ours[at]);
    make(&ours[at], stores[at], 2);
    close_ours(&ours[at]);
  }
  join("once the halves were compacted", "in-1", stores, gigabytes);
  printf("\n");
  for (unsigned at = 0; at < 2; at++) fsb_checkpoint_store_free((fsb_checkpoint_store *)stores[at]);
}

static int has_ended(const fsb_checkpoint *checkpoint) {
  fsb_checkpoint_progress progress = {.struct_size = sizeof progress};
  check(fsb_checkpoint_read_progress(checkpoint, &progress, &failure));
  return progress.is_ended;
}

/* One writer for some seconds; with a store, one checkpoint after the other is under way. */
static void write_for_a_while(const char *what, struct ours *ours, const fsb_checkpoint_store *store, uint64_t first_id) {
  double *times = malloc(MOST_WRITES * sizeof *times), end = now() + WRITE_SECONDS, blocked = 0;
  size_t count = 0;
  uint64_t id = first_id;
  fsb_checkpoint *checkpoint = NULL;
  fsb_checkpoint_report report = {.struct_size = sizeof report};
  while (now() < end && count < MOST_WRITES) {
    if (store != NULL && count % 1024 == 0 && (checkpoint == NULL || has_ended(checkpoint))) {
      fsb_checkpoint_free(checkpoint);
      double start = now();
      check(fsb_backend_begin_checkpoint(ours->backend, store, id++, 0, 1, &checkpoint, &failure));
      double took = now() - start;
      if (took > blocked) blocked = took;
    }
    double start = now();
    put(ours, next_random() % key_count);
    times[count++] = now() - start;
  }
  if (checkpoint != NULL) check(fsb_checkpoint_wait(checkpoint, 600000, &report, &failure));
  fsb_checkpoint_free(checkpoint);
  qsort(times, count, sizeof *times, by_value);
  printf("%-32s %8zu writes %12.1f us p99.9 %10.1f us longest; %3d checkpoints, longest begin %.1f ms\n", what, count,
         times[count - count / 1000 - 1] * 1e6, times[count - 1] * 1e6, (int)(id - first_id), blocked * 1e3);
  free(times);
}

int main(int argc, char **argv) {
  if (argc != 3) stop("usage: checkpoint FOLDER KEYS");
  root = argv[1];
  key_count = (uint32_t)strtoul(argv[2], NULL, 10);
  struct ours ours = open_ours(in_root("ours"), 0);
  for (uint64_t key = 0; key < key_count; key++) put(&ours, key);
  compact(&ours);
  close_ours(&ours);
  run("cp -r", in_root("ours"), in_root("raw"));
  double gigabytes = (double)bytes_of(in_root("ours")) / 1e9;
  printf("%u keys, %.2f GB, a hundredth changed in each round\n\n", key_count, gigabytes);
  fsb_checkpoint_store *store = open_store("checkpoints");
  compare_checkpoints(0, 1, store);
  compare_checkpoints(16 << 20, 100, store);
  compare_restore(store);
  compare_rescale(store, gigabytes);
  ours = open_ours(in_root("ours"), 0);
  write_for_a_while("writes alone", &ours, NULL, 0);
  write_for_a_while("writes beside checkpoints", &ours, store, 1000);
  close_ours(&ours);
  fsb_checkpoint_store_free(store);
  return 0;
}
