/* The part of export_calls.h for keyed and operator state, which includes it. */
#ifndef FSB_TESTS_KEYED_CALLS_H
#define FSB_TESTS_KEYED_CALLS_H

#define KEYED_OF(h) ((fsb_keyed_backend *)(h)->of[KIND_KEYED])
#define SUM_OF(h) ((fsb_state *)(h)->of[KIND_SUM])
#define MEAN_OF(h) ((fsb_state *)(h)->of[KIND_MEAN])
#define LIST_OF(h) ((fsb_state *)(h)->of[KIND_LIST])
#define MAP_OF(h) ((fsb_state *)(h)->of[KIND_MAP])
#define SCAN_OF(h) ((fsb_state_scan *)(h)->of[KIND_SCAN])
#define TIMERS_OF(h) ((fsb_timer_service *)(h)->of[KIND_TIMERS])

/* Keyed backends of one process share its backends: each set of handles has one key group of its own, below LANES. */
enum { LANES = 64, GROUPS = 32768 };

/* Opens keyed state over one key group; null when refused. */
static inline fsb_status open_group(fsb_backend *backend, uint32_t group, fsb_keyed_backend **keyed, fsb_error **error) {
    char json[128];
    int length = snprintf(json, sizeof json, "{\"max_parallelism\":%d,\"first_key_group\":%" PRIu32 ",\"last_key_group\":%" PRIu32 "}",
                          GROUPS, group, group);
    return fsb_keyed_backend_open(backend, json, (size_t)length, keyed, error);
}

/* A key group that no other call of this process uses. */
static inline uint32_t fresh_group(void) {
    static atomic_uint next;
    return LANES + atomic_fetch_add(&next, 1) % (GROUPS - LANES);
}

static inline int32_t hash_of_lane(uint32_t lane) {
    static _Atomic int32_t hashes[LANES];
    int32_t hash = atomic_load(&hashes[lane]);
    if (hash == 0) atomic_store(&hashes[lane], hash = hash_of_group(lane, GROUPS));
    return hash;
}

static inline fsb_status open_described(fsb_keyed_backend *keyed, handle_kind kind, fsb_state **state, fsb_error **error) {
    static const char *const descriptors[KIND_COUNT] = {
        [KIND_SUM] = "{\"name\":\"sum\",\"kind\":\"reducing\",\"aggregate\":\"sum_i64\"}",
        [KIND_MEAN] = "{\"name\":\"mean\",\"kind\":\"aggregating\",\"aggregate\":\"average_f64\"}",
        [KIND_LIST] = "{\"name\":\"list\",\"kind\":\"list\"}",
        [KIND_MAP] = "{\"name\":\"map\",\"kind\":\"map\"}",
    };
    return fsb_state_open(keyed, descriptors[kind], strlen(descriptors[kind]), state, error);
}

/* Key groups. */
CALL(key_group_of) {
    (void)h;
    uint32_t group = 0;
    return fsb_key_group_of(KEY, NULL, 128, &group, error);
}
CALL(key_group_range) {
    (void)h;
    uint32_t first = 0, last = 0;
    return fsb_key_group_range(128, 3, 1, &first, &last, error);
}
CALL(key_group_default_max_parallelism) {
    (void)h;
    uint32_t max_parallelism = 0;
    return fsb_key_group_default_max_parallelism(3, &max_parallelism, error);
}

/* A keyed backend. */
CALL(keyed_backend_open) {
    fsb_keyed_backend *keyed = NULL;
    fsb_status status = open_group(BACKEND_OF(h), fresh_group(), &keyed, error);
    fsb_keyed_backend_free(keyed);
    return status;
}
CALL(keyed_backend_set_current_key) { return fsb_keyed_backend_set_current_key(KEYED_OF(h), KEY, &h->hash, error); }
CALL(keyed_backend_clear_current_key) {
    fsb_status status = fsb_keyed_backend_clear_current_key(KEYED_OF(h), error);
    if (status == FSB_STATUS_OK) fsb_keyed_backend_set_current_key(KEYED_OF(h), KEY, &h->hash, NULL);
    return status;
}
CALL(keyed_backend_set_namespace) { return fsb_keyed_backend_set_namespace(KEYED_OF(h), NULL, 0, error); }
CALL(keyed_backend_set_time) { return fsb_keyed_backend_set_time(KEYED_OF(h), FSB_TIME_EVENT, 1, error); }
CALL(keyed_backend_drain) { return fsb_keyed_backend_drain(KEYED_OF(h), error); }
CALL(keyed_backend_states_json) {
    fsb_buffer *json = NULL;
    fsb_status status = fsb_keyed_backend_states_json(KEYED_OF(h), &json, error);
    fsb_buffer_free(json);
    return status;
}
CALL(keyed_backend_drop_state) {
    char name[32], json[96];
    size_t length = (size_t)fresh_name(name, sizeof name);
    int json_length = snprintf(json, sizeof json, "{\"name\":\"%s\",\"kind\":\"value\"}", name);
    fsb_state *state = NULL;
    fsb_state_open(KEYED_OF(h), json, (size_t)json_length, &state, NULL);
    fsb_state_free(state);
    return fsb_keyed_backend_drop_state(KEYED_OF(h), name, length, error);
}
CALL(keyed_backend_free) { (void)error; return fsb_keyed_backend_free(KEYED_OF(h)); }

/* A state. */
CALL(state_open) {
    fsb_state *state = NULL;
    fsb_status status = open_described(KEYED_OF(h), KIND_SUM, &state, error);
    fsb_state_free(state);
    return status;
}
CALL(operator_state_open) {
    static const char json[] = "{\"name\":\"offsets\",\"kind\":\"union\"}";
    fsb_state *state = NULL;
    fsb_status status = fsb_operator_state_open(BACKEND_OF(h), json, sizeof json - 1, &state, error);
    fsb_state_free(state);
    return status;
}
CALL(state_get) {
    uint8_t value[16];
    size_t length = 0;
    return fsb_state_get(SUM_OF(h), value, sizeof value, &length, error);
}
CALL(state_put) {
    static const uint8_t sum[8] = {1};
    return fsb_state_put(SUM_OF(h), sum, sizeof sum, error);
}
CALL(state_add_i64) { return fsb_state_add_i64(SUM_OF(h), 1, error); }
CALL(state_result_i64) {
    int64_t result = 0;
    return fsb_state_result_i64(SUM_OF(h), &result, error);
}
CALL(state_add_f64) { return fsb_state_add_f64(MEAN_OF(h), 1.5, error); }
CALL(state_result_f64) {
    double result = 0;
    return fsb_state_result_f64(MEAN_OF(h), &result, error);
}
CALL(state_is_empty) {
    uint8_t empty = 0;
    return fsb_state_is_empty(MEAN_OF(h), &empty, error);
}
CALL(state_clear) { return fsb_state_clear(MEAN_OF(h), error); }
CALL(state_free) { (void)error; return fsb_state_free(SUM_OF(h)); }

/* A list. */
static const uint8_t one_item[] = {3, 0, 0, 0, 'k', 'e', 'y'};
CALL(state_add_elements) { return fsb_state_add_elements(LIST_OF(h), one_item, sizeof one_item, error); }
CALL(state_update_elements) { return fsb_state_update_elements(LIST_OF(h), one_item, sizeof one_item, error); }
CALL(state_merge_namespaces) { return fsb_state_merge_namespaces(LIST_OF(h), NULL, 0, one_item, sizeof one_item, error); }

/* A map. */
CALL(state_map_get) {
    uint8_t value[16], null = 0;
    size_t length = 0;
    return fsb_state_map_get(MAP_OF(h), KEY, value, sizeof value, &length, &null, error);
}
CALL(state_map_contains) {
    uint8_t contains = 0;
    return fsb_state_map_contains(MAP_OF(h), KEY, &contains, error);
}
CALL(state_map_put) { return fsb_state_map_put(MAP_OF(h), KEY, bytes("value"), 5, 0, error); }
CALL(state_map_put_all) {
    static const uint8_t entries[] = {3, 0, 0, 0, 5, 0, 0, 0, 'k', 'e', 'y', 'v', 'a', 'l', 'u', 'e'};
    return fsb_state_map_put_all(MAP_OF(h), entries, sizeof entries, error);
}
CALL(state_map_remove) { return fsb_state_map_remove(MAP_OF(h), bytes("other"), 5, error); }
CALL(state_scan_open) {
    fsb_state_scan *scan = NULL;
    fsb_status status = fsb_state_scan_open(MAP_OF(h), FSB_SCAN_ENTRIES, 1, &scan, error);
    fsb_state_scan_free(scan);
    return status;
}

/* A walk. */
CALL(state_scan_next_page) {
    uint8_t page[256];
    size_t length = 0, rows = 0;
    return fsb_state_scan_next_page(SCAN_OF(h), page, sizeof page, &length, &rows, error);
}
CALL(state_scan_remove) { return fsb_state_scan_remove(SCAN_OF(h), bytes("other"), 5, error); }
CALL(state_scan_replace) { return fsb_state_scan_replace(SCAN_OF(h), KEY, bytes("value"), 5, 0, error); }
CALL(state_scan_free) { (void)error; return fsb_state_scan_free(SCAN_OF(h)); }

/* Timers. */
static inline packed one_timer(const handle_set *h, uint32_t at) {
    static const uint8_t head[4] = {FSB_TIME_EVENT, 1, 0, 0};
    packed timer = {NULL, 0, 0};
    packed_bytes(&timer, head, sizeof head);
    packed_u32(&timer, (uint32_t)h->hash);
    packed_u32(&timer, at);
    packed_u32(&timer, 0);
    packed_u32(&timer, 3);
    packed_u32(&timer, 0);
    packed_bytes(&timer, "key", 3);
    return timer;
}
CALL(timer_service_open) {
    fsb_timer_service *service = NULL;
    fsb_status status = fsb_timer_service_open(KEYED_OF(h), "timers", 6, &service, error);
    fsb_timer_service_free(service);
    return status;
}
CALL(timer_service_register) {
    packed timer = one_timer(h, 7);
    fsb_status status = fsb_timer_service_register(TIMERS_OF(h), timer.data, timer.length, error);
    packed_free(&timer);
    return status;
}
CALL(timer_service_delete) {
    packed timer = one_timer(h, 8);
    fsb_status status = fsb_timer_service_delete(TIMERS_OF(h), timer.data, timer.length, error);
    packed_free(&timer);
    return status;
}
CALL(timer_service_next) {
    int64_t timestamp = 0;
    return fsb_timer_service_next(TIMERS_OF(h), FSB_TIME_EVENT, &timestamp, error);
}
CALL(timer_service_count) {
    uint64_t count = 0;
    return fsb_timer_service_count(TIMERS_OF(h), FSB_TIME_EVENT, &count, error);
}
CALL(timer_service_due) {
    uint8_t page[256];
    size_t length = 0, timers = 0;
    fsb_timer_query query;
    memset(&query, 0, sizeof query);
    query.struct_size = sizeof query;
    query.time = FSB_TIME_EVENT;
    query.up_to = 9;
    return fsb_timer_service_due(TIMERS_OF(h), &query, page, sizeof page, &length, &timers, error);
}
CALL(timer_service_free) { (void)error; return fsb_timer_service_free(TIMERS_OF(h)); }

#endif
