/* Our side of the keyed comparison: what its files share. */
#ifndef BENCH_KEYED_OURS_H
#define BENCH_KEYED_OURS_H

#include <flink_state_backend.h>

#include "../ours_backend.h"
#include "keyed.h"
#include "keyed_workload.h"

enum { PAGE_BYTES = 64 << 10 };

struct keyed_ours {
  fsb_backend *backend;
  fsb_column_family *family;
  fsb_keyed_backend *keyed;
  fsb_state *states[STATE_COUNT];
  fsb_timer_service *timers[TIMER_SERVICE_COUNT];
  uint8_t *page;
};

struct keyed_ours *keyed_ours_open(const char *folder, uint64_t cache_bytes);
void keyed_ours_close(struct keyed_ours *ours);

static inline void set_key(const struct keyed_ours *ours, const uint8_t *key) {
  fsb_error *error = NULL;
  fsb_status status = fsb_keyed_backend_set_current_key(ours->keyed, key, NUMBER_BYTES, NULL, &error);
  if (status != FSB_STATUS_OK) check(status, &error);
}

/* The operations, in keyed_ours_values.c, keyed_ours_lists.c, keyed_ours_maps.c and keyed_ours_timers.c. */
uint64_t ours_value_get(void *state, const struct sequence *sequence);
uint64_t ours_value_get_ttl(void *state, const struct sequence *sequence);
uint64_t ours_value_get_ttl_read(void *state, const struct sequence *sequence);
uint64_t ours_value_update(void *state, const struct sequence *sequence);
uint64_t ours_value_read_modify_write(void *state, const struct sequence *sequence);
uint64_t ours_sum_add(void *state, const struct sequence *sequence);
uint64_t ours_list_add(void *state, const struct sequence *sequence);
uint64_t ours_list_add_all(void *state, const struct sequence *sequence);
uint64_t ours_list_update(void *state, const struct sequence *sequence);
uint64_t ours_list_get(void *state, const struct sequence *sequence);
uint64_t ours_list_get_ttl(void *state, const struct sequence *sequence);
uint64_t ours_list_iterate(void *state, const struct sequence *sequence);
uint64_t ours_map_get(void *state, const struct sequence *sequence);
uint64_t ours_map_get_ttl(void *state, const struct sequence *sequence);
uint64_t ours_map_contains(void *state, const struct sequence *sequence);
uint64_t ours_map_put(void *state, const struct sequence *sequence);
uint64_t ours_map_put_all(void *state, const struct sequence *sequence);
uint64_t ours_map_is_empty(void *state, const struct sequence *sequence);
uint64_t ours_map_keys(void *state, const struct sequence *sequence);
uint64_t ours_map_iterate(void *state, const struct sequence *sequence);
uint64_t ours_large_map_iterate(void *state, const struct sequence *sequence);
uint64_t ours_timers_soon(void *state, const struct sequence *sequence);
uint64_t ours_timers_standing(void *state, const struct sequence *sequence);

/* Writes what is loaded, for all keys of a sequence: into one state of values, sums, lists of some elements, or maps of some entries. */
void ours_load_values(struct keyed_ours *ours, enum keyed_state state, const struct sequence *sequence);
void ours_load_sums(struct keyed_ours *ours, const struct sequence *sequence);
void ours_load_lists(struct keyed_ours *ours, enum keyed_state state, const struct sequence *sequence, int elements);
void ours_load_maps(struct keyed_ours *ours, enum keyed_state state, const struct sequence *sequence, int entries);
void ours_load_timers(struct keyed_ours *ours, const struct sequence *sequence);

#endif
