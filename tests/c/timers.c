/* Timers: registered, deleted, looked at and popped, in order, per key and per namespace, over close and reopen; and their misuse. */
#include "packed.h"

#include <pthread.h>

#define HEADER_BYTES 24

typedef struct timer {
    uint8_t time;
    int64_t at;
    const char *key, *name_space;
} timer;

static fsb_backend *backend;
static fsb_keyed_backend *keyed;
static fsb_timer_service *service;
static uint8_t page[65536];

static fsb_timer_service *service_of(const char *name) {
    fsb_timer_service *opened = NULL;
    CHECK_OK(fsb_timer_service_open(keyed, name, strlen(name), &opened, &test_error));
    CHECK(opened != NULL);
    return opened;
}

/* Opens the backend `data` with keyed state for the key groups that `options` names, and the timers `window`. */
static void set_up_with(const char *wal, const char *options) {
    char more[128];
    snprintf(more, sizeof more, ",\"wal\":\"%s\"", wal);
    backend = open_at(path_of("data"), more);
    CHECK_OK(fsb_keyed_backend_open(backend, options, strlen(options), &keyed, &test_error));
    service = service_of("window");
}

static void set_up(void) { set_up_with("enabled", "{}"); }

static void tear_down(void) {
    CHECK_OK(fsb_timer_service_free(service));
    CHECK_OK(fsb_keyed_backend_free(keyed));
    close_and_free(backend);
}

static void reopen(const char *wal) {
    tear_down();
    set_up_with(wal, "{}");
}

static void pack_with_hash(packed *timers, timer it, const int32_t *hash) {
    const uint8_t head[4] = {it.time, hash != NULL, 0, 0};
    packed_bytes(timers, head, sizeof head);
    packed_u32(timers, hash == NULL ? 0 : (uint32_t)*hash);
    packed_u32(timers, (uint32_t)(uint64_t)it.at);
    packed_u32(timers, (uint32_t)((uint64_t)it.at >> 32));
    packed_u32(timers, (uint32_t)strlen(it.key));
    packed_u32(timers, (uint32_t)strlen(it.name_space));
    packed_bytes(timers, it.key, strlen(it.key));
    packed_bytes(timers, it.name_space, strlen(it.name_space));
}

static void pack(packed *timers, timer it) { pack_with_hash(timers, it, NULL); }

static fsb_status try_register(const packed *timers) {
    return fsb_timer_service_register(service, timers->data, timers->length, &test_error);
}

static void change(fsb_status (*call)(fsb_timer_service *, const uint8_t *, size_t, fsb_error **), const timer *timers, size_t count) {
    packed all = {0};
    for (size_t each = 0; each < count; each++) pack(&all, timers[each]);
    CHECK_OK(call(service, all.data, all.length, &test_error));
    packed_free(&all);
}

#define REGISTER(...) \
    change(fsb_timer_service_register, (const timer[]){__VA_ARGS__}, sizeof((const timer[]){__VA_ARGS__}) / sizeof(timer))
#define DELETE(...) change(fsb_timer_service_delete, (const timer[]){__VA_ARGS__}, sizeof((const timer[]){__VA_ARGS__}) / sizeof(timer))
#define EVENT(at, key) {FSB_TIME_EVENT, at, key, ""}

static fsb_timer_query due_up_to(int64_t up_to, uint8_t remove) {
    fsb_timer_query query;
    memset(&query, 0, sizeof query);
    query.struct_size = sizeof query;
    query.time = FSB_TIME_EVENT;
    query.remove = remove;
    query.up_to = up_to;
    return query;
}

/* Writes the timers of a page as `at/key/namespace ` each. */
static const char *text_of(size_t length, size_t count) {
    static char text[8192];
    size_t at = 0, written = 0;
    text[0] = '\0';
    for (size_t each = 0; each < count; each++) {
        CHECK(at + HEADER_BYTES <= length);
        const uint8_t *record = page + at;
        int64_t timestamp = (int64_t)((uint64_t)read_u32(record + 12) << 32 | read_u32(record + 8));
        uint32_t key = read_u32(record + 16), name_space = read_u32(record + 20);
        CHECK(record[1] == 0 && record[2] == 0 && record[3] == 0 && read_u32(record + 4) == 0);
        at += HEADER_BYTES + key + name_space;
        CHECK(at <= length);
        written += (size_t)snprintf(text + written, sizeof text - written, "%" PRId64 "/%.*s/%.*s ", timestamp, (int)key,
                                    (const char *)record + HEADER_BYTES, (int)name_space, (const char *)record + HEADER_BYTES + key);
        CHECK(written < sizeof text);
    }
    CHECK_U64(at, length);
    return text;
}

static const char *due(const fsb_timer_query *query) {
    size_t length = 0, count = 0;
    CHECK_OK(fsb_timer_service_due(service, query, page, sizeof page, &length, &count, &test_error));
    return text_of(length, count);
}

static const char *pop(int64_t up_to) {
    fsb_timer_query query = due_up_to(up_to, 1);
    return due(&query);
}

static const char *look(int64_t up_to) {
    fsb_timer_query query = due_up_to(up_to, 0);
    return due(&query);
}

static uint64_t count_of(uint8_t time) {
    uint64_t count = UINT64_MAX;
    CHECK_OK(fsb_timer_service_count(service, time, &count, &test_error));
    return count;
}

static int64_t next_of(uint8_t time) {
    int64_t timestamp = 0;
    CHECK_OK(fsb_timer_service_next(service, time, &timestamp, &test_error));
    return timestamp;
}

static void timers_come_back_in_order_and_once(void) {
    set_up();
    REGISTER(EVENT(5, "b"), EVENT(-3, "z"), EVENT(INT64_MAX, "last"), EVENT(INT64_MIN, "first"), EVENT(5, "b"));
    REGISTER(EVENT(-3, "z"));
    CHECK_U64(count_of(FSB_TIME_EVENT), 4);
    CHECK(next_of(FSB_TIME_EVENT) == INT64_MIN);
    CHECK_TEXT(look(4), "-9223372036854775808/first/ -3/z/ ");
    CHECK_TEXT(pop(4), "-9223372036854775808/first/ -3/z/ ");
    CHECK_TEXT(pop(4), "");
    CHECK(next_of(FSB_TIME_EVENT) == 5);
    CHECK_TEXT(pop(INT64_MAX), "5/b/ 9223372036854775807/last/ ");
    CHECK_U64(count_of(FSB_TIME_EVENT), 0);
    tear_down();
}

static void times_and_services_do_not_mix(void) {
    set_up();
    fsb_timer_service *window = service, *other = service_of("other"), *again = service_of("window");
    REGISTER(EVENT(1, "k"), {FSB_TIME_PROCESSING, 2, "k", ""});
    service = other;
    REGISTER(EVENT(7, "k"));
    CHECK(next_of(FSB_TIME_EVENT) == 7);
    int64_t untouched = 99;
    CHECK_ANSWER(fsb_timer_service_next(service, FSB_TIME_PROCESSING, &untouched, &test_error), FSB_STATUS_NOT_FOUND);
    CHECK(untouched == 99);
    service = again;
    CHECK(next_of(FSB_TIME_EVENT) == 1 && next_of(FSB_TIME_PROCESSING) == 2);
    CHECK_TEXT(pop(9), "1/k/ ");
    service = window;
    CHECK_U64(count_of(FSB_TIME_EVENT), 0);
    CHECK_U64(count_of(FSB_TIME_PROCESSING), 1);
    CHECK_U64(live_objects().timer_services, 3);
    CHECK_OK(fsb_timer_service_free(other));
    CHECK_OK(fsb_timer_service_free(again));
    tear_down();
}

static void deleted_timers_do_not_come_back(void) {
    set_up();
    REGISTER(EVENT(1, "a"), EVENT(2, "a"), EVENT(3, "a"));
    DELETE(EVENT(2, "a"), EVENT(9, "a"), {FSB_TIME_PROCESSING, 1, "a", ""}, {FSB_TIME_EVENT, 3, "a", "window"});
    CHECK_OK(fsb_timer_service_delete(service, NULL, 0, &test_error));
    CHECK_TEXT(look(9), "1/a/ 3/a/ ");
    tear_down();
}

static void timers_of_one_key_or_namespace_are_picked(void) {
    set_up();
    REGISTER({FSB_TIME_EVENT, 1, "a", "x"}, {FSB_TIME_EVENT, 2, "b", "x"}, {FSB_TIME_EVENT, 3, "a", "y"}, {FSB_TIME_EVENT, 4, "a", ""});
    fsb_timer_query query = due_up_to(9, 0);
    query.has_key = 1;
    query.key = bytes("a");
    query.key_length = 1;
    CHECK_TEXT(due(&query), "1/a/x 3/a/y 4/a/ ");
    query.has_namespace = 1;
    query.remove = 1;
    CHECK_TEXT(due(&query), "4/a/ ");
    query.has_key = 0;
    query.name_space = bytes("x");
    query.name_space_length = 1;
    CHECK_TEXT(due(&query), "1/a/x 2/b/x ");
    CHECK_TEXT(due(&query), "");
    CHECK_TEXT(pop(9), "3/a/y ");
    tear_down();
}

/* Java's "key".hashCode() places the key elsewhere than the default hash does. */
static void a_key_placed_by_its_own_hash_is_found_by_it(void) {
    set_up();
    int32_t hash = 106079;
    uint32_t own = 0, usual = 0;
    CHECK_OK(fsb_key_group_of(bytes("key"), 3, &hash, 128, &own, &test_error));
    CHECK_OK(fsb_key_group_of(bytes("key"), 3, NULL, 128, &usual, &test_error));
    CHECK(own != usual);
    packed timers = {0};
    pack_with_hash(&timers, (timer)EVENT(1, "key"), &hash);
    CHECK_OK(try_register(&timers));
    fsb_timer_query query = due_up_to(9, 0);
    query.has_key = 1;
    query.key = bytes("key");
    query.key_length = 3;
    CHECK_TEXT(due(&query), "");
    query.hash = &hash;
    CHECK_TEXT(due(&query), "1/key/ ");
    DELETE(EVENT(1, "key"));
    CHECK_U64(count_of(FSB_TIME_EVENT), 1);
    CHECK_OK(fsb_timer_service_delete(service, timers.data, timers.length, &test_error));
    CHECK_U64(count_of(FSB_TIME_EVENT), 0);
    packed_free(&timers);
    tear_down();
}

static void a_page_too_short_for_the_first_timer_leaves_it(void) {
    set_up();
    REGISTER(EVENT(1, "a longer key"), EVENT(2, "b"));
    fsb_timer_query query = due_up_to(9, 1);
    size_t length = 0, count = 99;
    CHECK_ANSWER(fsb_timer_service_due(service, &query, NULL, 0, &length, &count, &test_error), FSB_STATUS_BUFFER_TOO_SMALL);
    CHECK_U64(length, HEADER_BYTES + 12);
    CHECK_U64(count, 99);
    CHECK_ANSWER(fsb_timer_service_due(service, &query, page, length - 1, &length, &count, &test_error), FSB_STATUS_BUFFER_TOO_SMALL);
    CHECK_U64(count_of(FSB_TIME_EVENT), 2);
    CHECK_OK(fsb_timer_service_due(service, &query, page, length, &length, &count, &test_error));
    CHECK_TEXT(text_of(length, count), "1/a longer key/ ");
    CHECK_TEXT(pop(9), "2/b/ ");
    tear_down();
}

static void more_timers_than_memory_holds_come_back_over_a_reopen(void) {
    enum { TIMERS = 20000, BATCH = 500 };
    const char *modes[] = {"disabled", "enabled"};
    for (size_t mode = 0; mode < COUNT_OF(modes); mode++) {
        set_up_with(modes[mode], "{}");
        for (int first = 0; first < TIMERS; first += BATCH) {
            packed timers = {0};
            for (int each = first; each < first + BATCH; each++) {
                char key[16];
                snprintf(key, sizeof key, "k%d", each % 3);
                pack(&timers, (timer)EVENT(each * 7919 % TIMERS, key));
            }
            CHECK_OK(try_register(&timers));
            packed_free(&timers);
        }
        reopen(modes[mode]);
        CHECK_U64(count_of(FSB_TIME_EVENT), TIMERS);
        fsb_timer_query query = due_up_to(INT64_MAX, 1);
        int64_t expected = 0;
        size_t length = 0, count = 1;
        while (count != 0) {
            size_t at = 0;
            CHECK_OK(fsb_timer_service_due(service, &query, page, 4096, &length, &count, &test_error));
            for (size_t each = 0; each < count; each++, at += HEADER_BYTES + read_u32(page + at + 16))
                CHECK_U64(read_u32(page + at + 8), expected++);
        }
        CHECK_U64(expected, TIMERS);
        reopen(modes[mode]);
        CHECK_U64(count_of(FSB_TIME_EVENT), 0);
        tear_down();
    }
}

static void a_drained_timer_is_in_the_family(void) {
    set_up_with("disabled", "{}");
    fsb_column_family *family = family_of(backend, "timer_state");
    const char *rows = "rocksdb.num-entries-active-mem-table";
    uint64_t before = strtoull(family_property(family, rows), NULL, 10);
    REGISTER(EVENT(1, "a"), EVENT(2, "a"));
    CHECK_U64(strtoull(family_property(family, rows), NULL, 10), before);
    CHECK_OK(fsb_keyed_backend_drain(keyed, &test_error));
    CHECK_U64(strtoull(family_property(family, rows), NULL, 10), before + 2);
    CHECK_OK(fsb_column_family_free(family));
    tear_down();
}

static void malformed_timers_register_nothing(void) {
    set_up();
    packed timers = {0};
    pack(&timers, (timer)EVENT(1, "good"));
    size_t good = timers.length;
    pack(&timers, (timer)EVENT(2, "cut"));
    timers.length--;
    CHECK_REFUSED(try_register(&timers), FSB_STATUS_INVALID_ARGUMENT, "timer 1");
    timers.length = good + 5;
    CHECK_REFUSED(try_register(&timers), FSB_STATUS_INVALID_ARGUMENT, "header");
    timers.length = good;
    timers.data[0] = 3;
    CHECK_REFUSED(try_register(&timers), FSB_STATUS_INVALID_ARGUMENT, "time");
    timers.data[0] = FSB_TIME_EVENT;
    timers.data[2] = 1;
    CHECK_REFUSED(try_register(&timers), FSB_STATUS_INVALID_ARGUMENT, "timer 0");
    CHECK_REFUSED(fsb_timer_service_delete(service, timers.data, timers.length, &test_error), FSB_STATUS_INVALID_ARGUMENT, "timer 0");
    CHECK_REFUSED(fsb_timer_service_register(service, NULL, 1, &test_error), FSB_STATUS_INVALID_ARGUMENT, "null");
    CHECK_U64(count_of(FSB_TIME_EVENT), 0);
    packed_free(&timers);
    tear_down();
}

static void a_timer_of_another_subtask_is_refused_with_all_beside_it(void) {
    set_up_with("enabled", "{\"max_parallelism\":128,\"first_key_group\":0,\"last_key_group\":63}");
    int32_t inside = 0, outside = 0;
    for (uint32_t group = 64; group >= 64; inside++)
        CHECK_OK(fsb_key_group_of(bytes("k"), 1, &inside, 128, &group, &test_error));
    inside--;
    for (uint32_t group = 0; group < 64; outside++)
        CHECK_OK(fsb_key_group_of(bytes("k"), 1, &outside, 128, &group, &test_error));
    outside--;
    packed timers = {0};
    pack_with_hash(&timers, (timer)EVENT(1, "k"), &inside);
    CHECK_OK(try_register(&timers));
    pack_with_hash(&timers, (timer)EVENT(2, "k"), &inside);
    pack_with_hash(&timers, (timer)EVENT(3, "k"), &outside);
    CHECK_REFUSED(try_register(&timers), FSB_STATUS_KEY_GROUP_OUT_OF_RANGE, "key group");
    CHECK_REFUSED(fsb_timer_service_delete(service, timers.data, timers.length, &test_error), FSB_STATUS_KEY_GROUP_OUT_OF_RANGE, "key group");
    CHECK_TEXT(look(9), "1/k/ ");
    packed_free(&timers);
    tear_down();
}

static void sizes_over_the_limits_are_refused(void) {
    set_up();
    static char key[12290];
    memset(key, 'k', sizeof key - 1);
    packed timers = {0};
    pack(&timers, (timer)EVENT(1, key));
    CHECK_REFUSED(try_register(&timers), FSB_STATUS_LIMIT_EXCEEDED, "key");
    timers.length = 0;
    pack(&timers, (timer){FSB_TIME_EVENT, 1, "k", key});
    CHECK_REFUSED(try_register(&timers), FSB_STATUS_LIMIT_EXCEEDED, "namespace");
    key[12288] = '\0';
    timers.length = 0;
    pack(&timers, (timer){FSB_TIME_EVENT, 1, key, key});
    CHECK_OK(try_register(&timers));
    CHECK_U64(count_of(FSB_TIME_EVENT), 1);
    fsb_timer_query query = due_up_to(9, 1);
    query.has_key = 1;
    query.key = page;
    query.key_length = 12289;
    size_t length = 0, count = 0;
    CHECK_REFUSED(fsb_timer_service_due(service, &query, page, sizeof page, &length, &count, &test_error), FSB_STATUS_LIMIT_EXCEEDED, "key");
    packed_free(&timers);
    tear_down();
}

static void wrong_arguments_are_refused_by_name(void) {
    set_up();
    uint64_t count = 0;
    int64_t timestamp = 0;
    size_t length = 0, timers = 0;
    CHECK_REFUSED(fsb_timer_service_next(service, 0, &timestamp, &test_error), FSB_STATUS_INVALID_ARGUMENT, "FSB_TIME_EVENT");
    CHECK_REFUSED(fsb_timer_service_next(service, FSB_TIME_EVENT, NULL, &test_error), FSB_STATUS_INVALID_ARGUMENT, "timestamp");
    CHECK_REFUSED(fsb_timer_service_count(service, 3, &count, &test_error), FSB_STATUS_INVALID_ARGUMENT, "FSB_TIME_EVENT");
    CHECK_REFUSED(fsb_timer_service_count(service, FSB_TIME_EVENT, NULL, &test_error), FSB_STATUS_INVALID_ARGUMENT, "count");
    fsb_timer_query query = due_up_to(1, 1);
#define DUE(query, buffer, capacity, length, timers) fsb_timer_service_due(service, query, buffer, capacity, length, timers, &test_error)
    CHECK_REFUSED(DUE(NULL, page, 100, &length, &timers), FSB_STATUS_INVALID_ARGUMENT, "query");
    CHECK_REFUSED(DUE(&query, NULL, 100, &length, &timers), FSB_STATUS_INVALID_ARGUMENT, "buffer");
    CHECK_REFUSED(DUE(&query, page, 100, NULL, &timers), FSB_STATUS_INVALID_ARGUMENT, "length");
    CHECK_REFUSED(DUE(&query, page, 100, &length, NULL), FSB_STATUS_INVALID_ARGUMENT, "timer_count");
    query.struct_size = 8;
    CHECK_REFUSED(DUE(&query, page, 100, &length, &timers), FSB_STATUS_INVALID_ARGUMENT, "struct_size");
    query = due_up_to(1, 1);
    query.time = 9;
    CHECK_REFUSED(DUE(&query, page, 100, &length, &timers), FSB_STATUS_INVALID_ARGUMENT, "FSB_TIME_EVENT");
    query = due_up_to(1, 1);
    query.has_key = 1;
    query.key_length = 1;
    CHECK_REFUSED(DUE(&query, page, 100, &length, &timers), FSB_STATUS_INVALID_ARGUMENT, "key");
    query.has_key = 0;
    query.has_namespace = 1;
    query.name_space_length = 1;
    CHECK_REFUSED(DUE(&query, page, 100, &length, &timers), FSB_STATUS_INVALID_ARGUMENT, "namespace");
    tear_down();
}

static void names_are_checked(void) {
    set_up();
    fsb_timer_service *opened = NULL;
    char name[300];
    memset(name, 'n', sizeof name);
    CHECK_REFUSED(fsb_timer_service_open(keyed, NULL, 0, &opened, &test_error), FSB_STATUS_INVALID_ARGUMENT, "1 to 255");
    CHECK_REFUSED(fsb_timer_service_open(keyed, name, 256, &opened, &test_error), FSB_STATUS_LIMIT_EXCEEDED, "256");
    CHECK_REFUSED(fsb_timer_service_open(keyed, "\xff", 1, &opened, &test_error), FSB_STATUS_INVALID_ARGUMENT, "UTF-8");
    CHECK_REFUSED(fsb_timer_service_open(keyed, name, 1, NULL, &test_error), FSB_STATUS_INVALID_ARGUMENT, "service");
    CHECK(opened == NULL);
    CHECK_OK(fsb_timer_service_open(keyed, name, 255, &opened, &test_error));
    CHECK_OK(fsb_timer_service_free(opened));
    tear_down();
}

static void a_missing_family_is_named(void) {
    backend = open_at(path_of("data"), "");
    const char *options = "{\"timer_column_family\":\"elsewhere\"}";
    CHECK_OK(fsb_keyed_backend_open(backend, options, strlen(options), &keyed, &test_error));
    CHECK_REFUSED(fsb_timer_service_open(keyed, "window", 6, &service, &test_error), FSB_STATUS_COLUMN_FAMILY_NOT_FOUND, "elsewhere");
    CHECK_OK(fsb_column_family_free(create_family(backend, "elsewhere", NULL)));
    service = service_of("window");
    REGISTER(EVENT(1, "k"));
    CHECK_TEXT(pop(1), "1/k/ ");
    tear_down();
}

static void a_damaged_registration_is_refused(void) {
    set_up();
    fsb_column_family *family = family_of(backend, "checkpoint");
    fsb_iterator *rows = NULL;
    CHECK_OK(fsb_column_family_iterator(family, NULL, &rows, &test_error));
    static const char registered[] = "timers/";
    size_t length = 0, count = 0, at = 0;
    CHECK_OK(fsb_iterator_seek(rows, bytes(registered), sizeof registered - 1, &test_error));
    CHECK_OK(fsb_iterator_next_page(rows, page, sizeof page, &length, &count, &test_error));
    CHECK_U64(count, 2);
    CHECK_OK(fsb_iterator_free(rows));
    while (at < length) {
        page_row row = page_next(page, length, &at);
        page[row.value - page + 1] ^= 1;
        CHECK_OK(fsb_column_family_put(family, row.key, row.key_length, row.value, row.value_length, &test_error));
    }
    CHECK_OK(fsb_column_family_free(family));
    tear_down();
    backend = open_at(path_of("data"), "");
    CHECK_OK(fsb_keyed_backend_open(backend, NULL, 0, &keyed, &test_error));
    CHECK_REFUSED(fsb_timer_service_open(keyed, "window", 6, &service, &test_error), FSB_STATUS_CORRUPTION, "'window'");
    CHECK_OK(fsb_keyed_backend_free(keyed));
    close_and_free(backend);
}

static void a_dropped_family_is_named_by_every_call(void) {
    set_up_with("disabled", "{}");
    REGISTER(EVENT(1, "k"));
    CHECK_OK(fsb_backend_drop_column_family(backend, "timer_state", 11, &test_error));
    packed timers = {0};
    pack(&timers, (timer)EVENT(2, "k"));
    uint64_t count = 0;
    int64_t timestamp = 0;
    size_t length = 0;
    fsb_timer_query query = due_up_to(9, 1);
    fsb_status dropped = FSB_STATUS_COLUMN_FAMILY_DROPPED;
    CHECK_REFUSED(try_register(&timers), dropped, "timer_state");
    CHECK_REFUSED(fsb_timer_service_delete(service, timers.data, timers.length, &test_error), dropped, "timer_state");
    CHECK_REFUSED(fsb_timer_service_next(service, FSB_TIME_EVENT, &timestamp, &test_error), dropped, "timer_state");
    CHECK_REFUSED(fsb_timer_service_count(service, FSB_TIME_EVENT, &count, &test_error), dropped, "timer_state");
    CHECK_REFUSED(fsb_timer_service_due(service, &query, page, sizeof page, &length, &length, &test_error), dropped, "timer_state");
    packed_free(&timers);
    tear_down();
}

static void freed_closed_and_foreign_handles_are_told(void) {
    set_up();
    fsb_timer_service *freed = service_of("other");
    int64_t timestamp = 0;
    CHECK_OK(fsb_timer_service_free(freed));
    CHECK_STATUS(fsb_timer_service_free(freed), FSB_STATUS_INVALID_HANDLE);
    CHECK_OK(fsb_timer_service_free(NULL));
    CHECK_REFUSED(fsb_timer_service_next(freed, FSB_TIME_EVENT, &timestamp, &test_error), FSB_STATUS_INVALID_HANDLE, "timer service");
    fsb_timer_service *foreign = (fsb_timer_service *)(void *)keyed;
    CHECK_REFUSED(fsb_timer_service_next(foreign, FSB_TIME_EVENT, &timestamp, &test_error), FSB_STATUS_INVALID_HANDLE, "timer service");
    CHECK_OK(fsb_keyed_backend_free(keyed));
    REGISTER(EVENT(1, "k"));
    CHECK_OK(fsb_backend_close(backend, 60000, &test_error));
    CHECK_REFUSED(fsb_timer_service_next(service, FSB_TIME_EVENT, &timestamp, &test_error), FSB_STATUS_CLOSED, "closed");
    CHECK_OK(fsb_backend_free(backend));
    CHECK_OK(fsb_timer_service_free(service));
    set_up();
    CHECK_TEXT(pop(9), "1/k/ ");
    tear_down();
}

/* Two threads on one service: each call succeeds or answers IN_USE, and what succeeded is there. */
typedef struct worker {
    int64_t first;
    uint64_t registered;
} worker;

static void *register_many(void *context) {
    worker *self = (worker *)context;
    for (int64_t at = self->first; at < self->first + 2000; at++) {
        packed timers = {0};
        pack(&timers, (timer)EVENT(at, "k"));
        fsb_status status = fsb_timer_service_register(service, timers.data, timers.length, NULL);
        CHECK(status == FSB_STATUS_OK || status == FSB_STATUS_IN_USE);
        self->registered += status == FSB_STATUS_OK;
        packed_free(&timers);
    }
    return NULL;
}

static void two_threads_do_not_race(void) {
    set_up_with("disabled", "{}");
    worker workers[2] = {{0, 0}, {1000000, 0}};
    pthread_t threads[2];
    for (int each = 0; each < 2; each++) CHECK(pthread_create(&threads[each], NULL, register_many, &workers[each]) == 0);
    for (int each = 0; each < 2; each++) CHECK(pthread_join(threads[each], NULL) == 0);
    CHECK_U64(count_of(FSB_TIME_EVENT), workers[0].registered + workers[1].registered);
    tear_down();
}

static void timers_count_in_the_memory_of_the_backend(void) {
    set_up_with("disabled", "{}");
    fsb_statistics before, after;
    before.struct_size = after.struct_size = sizeof before;
    CHECK_OK(fsb_backend_statistics(backend, &before, &test_error));
    for (int64_t at = 0; at < 500; at++) REGISTER(EVENT(at, "k"));
    CHECK_OK(fsb_backend_statistics(backend, &after, &test_error));
    CHECK(after.memory_usage_bytes >= before.memory_usage_bytes + 500 * 24);
    CHECK_U64(after.rows_written, before.rows_written + 500);
    tear_down();
}

#define TEST(name) {#name, name, NULL}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        TEST(timers_come_back_in_order_and_once),
        TEST(times_and_services_do_not_mix),
        TEST(deleted_timers_do_not_come_back),
        TEST(timers_of_one_key_or_namespace_are_picked),
        TEST(a_key_placed_by_its_own_hash_is_found_by_it),
        TEST(a_page_too_short_for_the_first_timer_leaves_it),
        TEST(more_timers_than_memory_holds_come_back_over_a_reopen),
        TEST(a_drained_timer_is_in_the_family),
        TEST(malformed_timers_register_nothing),
        TEST(a_timer_of_another_subtask_is_refused_with_all_beside_it),
        TEST(sizes_over_the_limits_are_refused),
        TEST(wrong_arguments_are_refused_by_name),
        TEST(names_are_checked),
        TEST(a_missing_family_is_named),
        TEST(a_damaged_registration_is_refused),
        TEST(a_dropped_family_is_named_by_every_call),
        TEST(freed_closed_and_foreign_handles_are_told),
        TEST(two_threads_do_not_race),
        TEST(timers_count_in_the_memory_of_the_backend),
    };
    return run_tests(tests, COUNT_OF(tests), argc, argv);
}
