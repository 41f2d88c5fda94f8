/* The raw side of the keyed comparison: the same rows, read and written by the RocksDB C API. */
#include "keyed_raw.h"

#include <stdbool.h>
#include <stdlib.h>

static void *open_raw(const char *folder, uint64_t cache_bytes) {
  struct keyed_raw *raw = calloc(1, sizeof *raw);
  (void)cache_bytes;
  raw_database_open(&raw->database, folder);
  raw->db = raw->database.db;
  raw->family = raw_database_family(&raw->database, "user_state");
  raw->timer_family = raw_database_family(&raw->database, "timer_state");
  raw->read_options = rocksdb_readoptions_create();
  raw->scan_options = rocksdb_readoptions_create();
  raw->write_options = rocksdb_writeoptions_create();
  rocksdb_writeoptions_disable_WAL(raw->write_options, true);
  raw->batch = rocksdb_writebatch_create();
  raw_find_queues(raw);
  return raw;
}

static void close_raw(void *state) {
  struct keyed_raw *raw = state;
  rocksdb_writebatch_destroy(raw->batch);
  rocksdb_writeoptions_destroy(raw->write_options);
  rocksdb_readoptions_destroy(raw->scan_options);
  rocksdb_readoptions_destroy(raw->read_options);
  raw_database_close(&raw->database);
  free(raw);
}

static void settle(void *state) {
  struct keyed_raw *raw = state;
  raw_database_compact(&raw->database, raw->family);
}

static const operation operations[KEYED_OPERATION_COUNT] = {
    [VALUE_GET] = raw_value_get,
    [VALUE_UPDATE] = raw_value_update,
    [VALUE_READ_MODIFY_WRITE] = raw_value_read_modify_write,
    [VALUE_GET_TTL] = raw_value_get_ttl,
    [VALUE_GET_TTL_READ] = raw_value_get_ttl_read,
    [SUM_ADD] = raw_sum_add,
    [LIST_ADD] = raw_list_add,
    [LIST_ADD_ALL] = raw_list_add_all,
    [LIST_UPDATE] = raw_list_update,
    [LIST_GET] = raw_list_get,
    [LIST_GET_TTL] = raw_list_get_ttl,
    [LIST_ITERATE] = raw_list_iterate,
    [MAP_GET] = raw_map_get,
    [MAP_GET_TTL] = raw_map_get_ttl,
    [MAP_CONTAINS] = raw_map_contains,
    [MAP_PUT] = raw_map_put,
    [MAP_PUT_ALL] = raw_map_put_all,
    [MAP_IS_EMPTY] = raw_map_is_empty,
    [MAP_KEYS_OF] = raw_map_keys,
    [MAP_ITERATE] = raw_map_iterate,
    [LARGE_MAP_ITERATE] = raw_large_map_iterate,
    [TIMERS_SOON] = raw_timers_soon,
    [TIMERS_STANDING] = raw_timers_standing,
};

const struct side keyed_raw_side = {
    .name = "raw",
    .field = "raw_c_ns",
    .open = open_raw,
    .close = close_raw,
    .settle = settle,
    .run = operations,
};
