/* Writes at 80 % and at 200 % of what a slowed-down engine takes in: admitted by a credit pool, beside plain RocksDB, whose writes wait inside
 * the engine. And what a request for credits costs.
 *
 *   flow FOLDER    prints a table
 *
 * Open loop: batches arrive by the clock, whether or not those before have been served, and the time of each counts from its arrival.
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <flink_state_backend.h>

#include "../raw_database.h"

enum { CLIENTS = 64, ROWS = 16, KEY_BYTES = 16, VALUE_BYTES = 1008, RECORD_BYTES = 16 + KEY_BYTES + VALUE_BYTES, BATCH_BYTES = ROWS * RECORD_BYTES };
enum { DEADLINE_MILLIS = 500, FILL_SECONDS = 12, CAPACITY_SECONDS = 10, LOAD_SECONDS = 20, MOST_CALLS = 1 << 20, REQUESTS = 10000000 };

/* Flushes and compactions together write 8 MiB a second; small memtables and low triggers, so that this is felt within seconds. */
#define BYTES_PER_SECOND (8 << 20)
#define OPTIONS                                                                                                                             \
  "{\"data_directory\":\"%s\",\"wal\":\"disabled\",\"column_families\":[\"default\"],\"compression\":\"none\",\"rate_limiter_bytes_per_second\":%d," \
  "\"write_buffer_size_bytes\":1048576,\"max_write_buffer_number\":6,\"level0_file_num_compaction_trigger\":4,\"level0_slowdown_writes_trigger\":8,"                      \
  "\"level0_stop_writes_trigger\":12,\"target_file_size_base_bytes\":2097152,\"max_bytes_for_level_base_bytes\":8388608}"

/* How a call ended. */
enum { WRITTEN, LATE, END_COUNT };

struct side {
  const char *name;
  fsb_backend *backend;
  fsb_column_family *family;
  uint32_t family_id;
  fsb_credit_pool *pool;
  fsb_credit_channel *channel;
  struct raw_database raw;
  rocksdb_column_family_handle_t *raw_family;
  rocksdb_writeoptions_t *raw_write;
  rocksdb_ratelimiter_t *raw_limiter;
};

/* Calls by the clock, from a start on; `stop` ends them. */
struct run {
  struct side *side;
  double calls_per_second; /* 0: each client calls again at once */
  double start, end;
  uint32_t next;
  uint32_t counts[END_COUNT];
  uint32_t overdue; /* answered after the deadline */
  double *since_arrival, *in_engine;
};

static void stop(const char *what) {
  fprintf(stderr, "flow: %s\n", what);
  exit(1);
}

static void check(fsb_status status, const char *what) {
  if (status == FSB_STATUS_OK) return;
  fprintf(stderr, "flow: %s answered %s\n", what, fsb_status_name(status));
  exit(1);
}

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void sleep_until(double moment) {
  struct timespec time = {(time_t)moment, (long)((moment - (double)(time_t)moment) * 1e9)};
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL) != 0) continue;
}

static uint64_t scattered(uint64_t number) {
  number = (number ^ (number >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
  return (number ^ (number >> 27)) * UINT64_C(0x94D049BB133111EB);
}

static void key_of(uint32_t call, int row, uint8_t *key) {
  uint64_t number = scattered((uint64_t)call * ROWS + (uint64_t)row + 1);
  memcpy(key, &number, sizeof number);
  memcpy(key + sizeof number, &call, sizeof call);
  memcpy(key + 12, &row, sizeof row);
}

static void fill_batch(const struct side *side, uint32_t call, uint8_t *batch) {
  for (int row = 0; row < ROWS; row++) {
    uint8_t *record = batch + row * RECORD_BYTES;
    uint32_t head[4] = {1, side->family_id, KEY_BYTES, VALUE_BYTES};
    memcpy(record, head, sizeof head);
    key_of(call, row, record + sizeof head);
    memset(record + sizeof head + KEY_BYTES, 'a' + row, VALUE_BYTES);
  }
}

/* Takes credits and writes, again when the engine refuses, until it is done or the deadline has passed. */
static int write_with_credits(const struct side *side, const uint8_t *batch, double deadline, double *admitted) {
  for (uint32_t attempt = 0;; attempt++) {
    double left = (deadline - now()) * 1000;
    fsb_status status = left < 1 ? FSB_STATUS_TIMED_OUT : fsb_credit_channel_acquire(side->channel, BATCH_BYTES, (int64_t)left, 0, NULL);
    if (status == FSB_STATUS_TIMED_OUT) return LATE;
    check(status, "acquire");
    *admitted = now();
    status = fsb_backend_try_write(side->backend, batch, BATCH_BYTES, NULL);
    if (status == FSB_STATUS_OK) {
      check(fsb_credit_channel_replenish(side->channel, BATCH_BYTES, NULL), "replenish");
      return WRITTEN;
    }
    if (status != FSB_STATUS_STALLED) check(status, "try_write");
    check(fsb_credit_channel_refund(side->channel, BATCH_BYTES, NULL), "refund");
    uint64_t millis = 0;
    check(fsb_backoff_delay(attempt, 5, 100, (uint64_t)(*admitted * 1e9), &millis, NULL), "backoff");
    double again = now() + (double)millis / 1000;
    sleep_until(again < deadline ? again : deadline);
  }
}

static int write_raw(const struct side *side, const uint8_t *batch, double *admitted) {
  char *error = NULL;
  rocksdb_writebatch_t *writes = rocksdb_writebatch_create();
  for (int row = 0; row < ROWS; row++) {
    const char *record = (const char *)batch + row * RECORD_BYTES + 16;
    rocksdb_writebatch_put_cf(writes, side->raw_family, record, KEY_BYTES, record + KEY_BYTES, VALUE_BYTES);
  }
  *admitted = now();
  rocksdb_write(side->raw.db, side->raw_write, writes, &error);
  raw_check(error);
  rocksdb_writebatch_destroy(writes);
  return WRITTEN;
}

static void one_call(struct run *run, uint32_t call, double arrival, uint8_t *batch) {
  double admitted = arrival;
  fill_batch(run->side, call + (uint32_t)(run->start * 1000), batch);
  int end = run->side->pool ? write_with_credits(run->side, batch, arrival + DEADLINE_MILLIS / 1e3, &admitted) : write_raw(run->side, batch, &admitted);
  double answered = now();
  if (answered - arrival > DEADLINE_MILLIS / 1e3 + 0.05) __atomic_add_fetch(&run->overdue, 1, __ATOMIC_RELAXED);
  uint32_t at = __atomic_fetch_add(&run->counts[end], 1, __ATOMIC_RELAXED);
  if (end == WRITTEN && at < MOST_CALLS) {
    run->since_arrival[at] = answered - arrival;
    run->in_engine[at] = answered - admitted;
  }
}

static void *client(void *argument) {
  struct run *run = argument;
  uint8_t *batch = malloc(BATCH_BYTES);
  if (batch == NULL) stop("no memory");
  for (;;) {
    uint32_t call = __atomic_fetch_add(&run->next, 1, __ATOMIC_RELAXED);
    double arrival = run->calls_per_second > 0 ? run->start + call / run->calls_per_second : now();
    if (arrival >= run->end || now() >= run->end + 2 * DEADLINE_MILLIS / 1e3) break;
    if (arrival > now()) sleep_until(arrival);
    one_call(run, call, arrival, batch);
  }
  free(batch);
  return NULL;
}

/* Offers calls for some seconds; 0 a second: as many as are taken. */
static void offer(struct run *run, struct side *side, double calls_per_second, double seconds) {
  pthread_t threads[CLIENTS];
  double *since_arrival = run->since_arrival, *in_engine = run->in_engine;
  double start = now();
  *run = (struct run){.side = side, .calls_per_second = calls_per_second, .start = start, .end = start + seconds, .since_arrival = since_arrival, .in_engine = in_engine};
  for (int at = 0; at < CLIENTS; at++)
    if (pthread_create(&threads[at], NULL, client, run) != 0) stop("no thread");
  for (int at = 0; at < CLIENTS; at++) pthread_join(threads[at], NULL);
}

static void open_ours(struct side *side, const char *folder) {
  char options[2048];
  int length = snprintf(options, sizeof options, OPTIONS, folder, BYTES_PER_SECOND);
  check(fsb_backend_open(options, (size_t)length, NULL, &side->backend, NULL), "open");
  check(fsb_backend_column_family(side->backend, "default", 7, &side->family, NULL), "column family");
  check(fsb_column_family_id(side->family, &side->family_id, NULL), "id");
}

static void close_ours(struct side *side) {
  fsb_column_family_free(side->family);
  check(fsb_backend_close(side->backend, 60000, NULL), "close");
  fsb_backend_free(side->backend);
}

static void open_credits(struct side *side) {
  char options[128];
  int length = snprintf(options, sizeof options, "{\"capacity\":%d,\"largest_request\":%d}", CLIENTS * BATCH_BYTES, BATCH_BYTES);
  check(fsb_credit_pool_create(options, (size_t)length, &side->pool, NULL), "pool");
  check(fsb_credit_channel_open(side->pool, "writers", 7, 0, &side->channel, NULL), "channel");
  check(fsb_credit_pool_attach(side->pool, side->backend, NULL), "attach");
}

/* The same engine options, from a folder that ours has written; the rate limiter is not among what an engine writes down. */
static void open_raw(struct side *side, const char *folder) {
  open_ours(side, folder);
  close_ours(side);
  side->raw_limiter = rocksdb_ratelimiter_create(BYTES_PER_SECOND, 100000, 10);
  raw_database_limit(&side->raw, folder, side->raw_limiter);
  side->raw_family = raw_database_family(&side->raw, "default");
  side->raw_write = rocksdb_writeoptions_create();
  rocksdb_writeoptions_disable_WAL(side->raw_write, 1);
}

static int by_value(const void *left, const void *right) {
  double difference = *(const double *)left - *(const double *)right;
  return (difference > 0) - (difference < 0);
}

static double millis_at(const double *sorted, uint32_t count, double share) {
  return count == 0 ? 0 : sorted[(size_t)((double)(count - 1) * share)] * 1000;
}

static void print_run(struct run *run, double load) {
  uint32_t written = run->counts[WRITTEN];
  qsort(run->since_arrival, written, sizeof *run->since_arrival, by_value);
  qsort(run->in_engine, written, sizeof *run->in_engine, by_value);
  printf("%4.0f %%  %-8s %8u %8u %8u %10.2f %10.2f %10.2f %12.2f %12.2f", load * 100, run->side->name, written, run->counts[LATE], run->overdue,
         millis_at(run->since_arrival, written, 0.5), millis_at(run->since_arrival, written, 0.99), millis_at(run->since_arrival, written, 0.999),
         millis_at(run->in_engine, written, 0.99), millis_at(run->in_engine, written, 0.999));
}

static void print_credits(const struct side *side, uint64_t stops_before) {
  fsb_statistics statistics = {.struct_size = sizeof statistics};
  fsb_credit_figures figures = {.struct_size = sizeof figures};
  check(fsb_backend_statistics(side->backend, &statistics, NULL), "statistics");
  check(fsb_credit_pool_figures(side->pool, &figures, NULL), "figures");
  printf("   engine stops %llu, credits out %llu, refused by the engine %llu", (unsigned long long)(statistics.stop_count - stops_before),
         (unsigned long long)figures.outstanding, (unsigned long long)figures.congestions);
}

static uint64_t stops_of(const struct side *side) {
  fsb_statistics statistics = {.struct_size = sizeof statistics};
  check(fsb_backend_statistics(side->backend, &statistics, NULL), "statistics");
  return statistics.stop_count;
}

static void measure_request(void) {
  struct side side = {.name = "request"};
  uint64_t granted = 0;
  check(fsb_credit_pool_create("{\"capacity\":1000}", 17, &side.pool, NULL), "pool");
  check(fsb_credit_channel_open(side.pool, "alone", 5, 0, &side.channel, NULL), "channel");
  double start = now();
  for (int request = 0; request < REQUESTS; request++) {
    check(fsb_credit_channel_request(side.channel, 1, &granted, NULL), "request");
    check(fsb_credit_channel_replenish(side.channel, granted, NULL), "replenish");
  }
  printf("request and replenish, uncontended: %.1f ns together (goal: at most 100 for a request)\n", (now() - start) / REQUESTS * 1e9);
  fsb_credit_channel_free(side.channel);
  fsb_credit_pool_free(side.pool);
}

int main(int argc, char **argv) {
  char folder[1024];
  if (argc != 2) stop("usage: flow FOLDER");
  struct side plain = {.name = "plain"}, credits = {.name = "credits"};
  struct run run = {.since_arrival = calloc(MOST_CALLS, sizeof(double)), .in_engine = calloc(MOST_CALLS, sizeof(double))};
  measure_request();
  snprintf(folder, sizeof folder, "%s/plain", argv[1]);
  open_raw(&plain, folder);
  snprintf(folder, sizeof folder, "%s/credits", argv[1]);
  open_ours(&credits, folder);
  open_credits(&credits);
  offer(&run, &plain, 0, FILL_SECONDS);
  offer(&run, &plain, 0, CAPACITY_SECONDS);
  double capacity = (double)run.counts[WRITTEN] / (now() - run.start);
  offer(&run, &credits, capacity, FILL_SECONDS);
  printf("capacity of the engine: %.0f batches of %d KiB a second; deadline %d ms, %d clients\n", capacity, BATCH_BYTES >> 10, DEADLINE_MILLIS, CLIENTS);
  printf("%6s  %-8s %8s %8s %8s %10s %10s %10s %12s %12s\n", "load", "side", "written", "late", "overdue", "p50 ms", "p99 ms", "p99.9 ms", "engine p99",
         "engine p99.9");
  for (int at = 0; at < 2; at++) {
    double load = at == 0 ? 0.8 : 2.0;
    offer(&run, &plain, capacity * load, LOAD_SECONDS);
    print_run(&run, load);
    printf("\n");
    uint64_t stops = stops_of(&credits);
    offer(&run, &credits, capacity * load, LOAD_SECONDS);
    print_run(&run, load);
    print_credits(&credits, stops);
    printf("\n");
    fflush(stdout);
  }
  fsb_credit_channel_free(credits.channel);
  fsb_credit_pool_free(credits.pool);
  close_ours(&credits);
  rocksdb_writeoptions_destroy(plain.raw_write);
  raw_database_close(&plain.raw);
  rocksdb_ratelimiter_destroy(plain.raw_limiter);
  return 0;
}
