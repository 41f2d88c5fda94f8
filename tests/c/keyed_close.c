/* The end of keyed state: orders of closing and freeing, a family that goes, closing under calls, when rows held back reach the engine, and
 * what is found by those who open next. */
#include "keyed_modes.h"

#include <pthread.h>
#include <stdatomic.h>

#define VALUE "{\"name\":\"value\",\"kind\":\"value\"}"
#define REFUSED(call, status, part) CHECK_REFUSED(call, FSB_STATUS_##status, part)

static fsb_state *state;

static void set_up(void) {
    open_mode();
    state = open_state(opened.keyed, VALUE);
    set_key(opened.keyed, "key");
}

static void tear_down(void) {
    CHECK_OK(fsb_state_free(state));
    close_mode();
}

static void expect_after_reopening(const char *expected) {
    set_up();
    CHECK_TEXT(value_of(state), expected);
    tear_down();
}

/* ---- orders ---- */

static void free_backend(void) { CHECK_OK(fsb_backend_free(opened.backend)); }
static void free_keyed(void) { CHECK_OK(fsb_keyed_backend_free(opened.keyed)); }
static void free_the_state(void) { CHECK_OK(fsb_state_free(state)); }

/* Whatever is freed last takes the rows along, and closes the folder. */
static void rows_are_there_after_every_order_of_freeing(void) {
    static void (*const steps[])(void) = {free_backend, free_keyed, free_the_state};
    static const int orders[][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    for (size_t order = 0; order < COUNT_OF(orders); order++) {
        char value[16];
        snprintf(value, sizeof value, "order %zu", order);
        set_up();
        put_value(state, value);
        for (int step = 0; step < 3; step++) steps[orders[order][step]]();
        check_no_live_objects(__FILE__, __LINE__);
        expect_after_reopening(value);
    }
}

static void closing_first_is_told_to_every_handle(void) {
    size_t length = 0, rows = 0;
    set_up();
    fsb_state *map = open_state(opened.keyed, "{\"name\":\"map\",\"kind\":\"map\"}");
    put_value(state, "kept");
    map_put(map, "a", "1");
    fsb_state_scan *scan = open_scan(map, FSB_SCAN_ENTRIES, 1);
    CHECK_OK(fsb_backend_close(opened.backend, 60000, &test_error));
    REFUSED(try_put_value(state, "too late"), CLOSED, "closed");
    REFUSED(try_set_key(opened.keyed, "key"), CLOSED, "closed");
    REFUSED(fsb_keyed_backend_drain(opened.keyed, &test_error), CLOSED, "closed");
    REFUSED(fsb_state_scan_next_page(scan, NULL, 0, &length, &rows, &test_error), CLOSED, "closed");
    CHECK_OK(fsb_state_scan_free(scan));
    CHECK_OK(fsb_state_free(map));
    tear_down();
    expect_after_reopening("kept");
}

/* ---- rows held back ---- */

/* Rows of the family without asking for them; exact as long as none is written over or deleted. */
static unsigned long rows_in_engine(void) {
    fsb_column_family *family = family_of(opened.backend, "user_state");
    const char *rows = family_property(family, "rocksdb.estimate-num-keys");
    CHECK_OK(fsb_column_family_free(family));
    return strtoul(rows, NULL, 10);
}

static void by_drain(void) { drain(opened.keyed); }
static void by_flush(void) { CHECK_OK(fsb_backend_flush(opened.backend, &test_error)); }
static void by_snapshot(void) { CHECK_OK(fsb_snapshot_free(snapshot_of(opened.backend))); }
static void by_scan(void) { CHECK(strlen(scanned(state, FSB_SCAN_KEYS, 0)) > 0); }

static void by_iterator(void) {
    fsb_column_family *family = family_of(opened.backend, "user_state");
    fsb_iterator *iterator = NULL;
    CHECK_OK(fsb_column_family_iterator(family, NULL, &iterator, &test_error));
    CHECK_OK(fsb_iterator_free(iterator));
    CHECK_OK(fsb_column_family_free(family));
}

static void by_family_flush(void) {
    fsb_column_family *family = family_of(opened.backend, "user_state");
    CHECK_OK(fsb_column_family_flush(family, &test_error));
    CHECK_OK(fsb_column_family_free(family));
}

static void by_family_drop(void) {
    CHECK_OK(fsb_column_family_free(create_family(opened.backend, "other", NULL)));
    CHECK_OK(fsb_backend_drop_column_family(opened.backend, "other", 5, &test_error));
}

static void by_freeing(void) {
    CHECK_OK(fsb_state_free(state));
    CHECK_OK(fsb_keyed_backend_free(opened.keyed));
    opened.keyed = open_keyed(opened.backend, "{}");
    state = open_state(opened.keyed, VALUE);
}

/* A new key each time. Without a log the write of a row that was read twice waits in the row cache until one of these brings it to the
 * engine; with one it never waits. */
static void rows_held_back_are_written_out(void) {
    static void (*const ways[])(void) = {by_drain,        by_flush,       by_snapshot,    by_scan,
                                         by_iterator,     by_family_flush, by_family_drop, by_freeing};
    const int held_back = strcmp(((const mode *)test_context)->name, "written_back") == 0;
    for (size_t way = 0; way < COUNT_OF(ways); way++) {
        char key[16];
        snprintf(key, sizeof key, "way %zu", way);
        set_up();
        set_key(opened.keyed, key);
        for (int read = 0; read < 2; read++) CHECK_TEXT(value_of(state), "(absent)");
        put_value(state, key);
        if (held_back) CHECK_U64(rows_in_engine(), way);
        ways[way]();
        CHECK_U64(rows_in_engine(), way + 1);
        tear_down();
        set_up();
        set_key(opened.keyed, key);
        CHECK_TEXT(value_of(state), key);
        tear_down();
    }
}

/* ---- the family goes ---- */

/* Every call says so, nothing that waits for the family holds up the others, and flush and close are as before. */
static void a_dropped_family_is_told_and_harms_no_other(void) {
    uint8_t value[16];
    size_t length = 0;
    fsb_state_scan *scan = NULL;
    set_up();
    fsb_state *map = open_state(opened.keyed, "{\"name\":\"map\",\"kind\":\"map\"}");
    fsb_column_family *family = family_of(opened.backend, "default");
    put_value(state, "gone soon");
    map_put(map, "a", "1");
    put(family, "plain", "kept");
    CHECK_OK(fsb_backend_drop_column_family(opened.backend, "user_state", 10, &test_error));
    REFUSED(fsb_state_get(state, value, sizeof value, &length, &test_error), COLUMN_FAMILY_DROPPED, "user_state");
    REFUSED(try_put_value(state, "too late"), COLUMN_FAMILY_DROPPED, "user_state");
    REFUSED(try_clear(state), COLUMN_FAMILY_DROPPED, "user_state");
    REFUSED(try_map_put(map, "b", "2"), COLUMN_FAMILY_DROPPED, "user_state");
    REFUSED(try_clear(map), COLUMN_FAMILY_DROPPED, "user_state");
    packed entries = packed_entries("b=2;");
    REFUSED(fsb_state_map_put_all(map, entries.data, entries.length, &test_error), COLUMN_FAMILY_DROPPED, "user_state");
    packed_free(&entries);
    REFUSED(fsb_state_scan_open(map, FSB_SCAN_ENTRIES, 0, &scan, &test_error), COLUMN_FAMILY_DROPPED, "user_state");
    drain(opened.keyed);
    by_flush();
    by_snapshot();
    put(family, "plain", "kept too");
    CHECK_OK(fsb_column_family_free(family));
    CHECK_OK(fsb_state_free(map));
    tear_down();
    expect_after_reopening("(absent)");
}

/* ---- closing under calls ---- */

enum { WRITERS = 4 };

typedef struct writer {
    fsb_keyed_backend *keyed;
    fsb_state *sum;
    int64_t acknowledged;
} writer;

static atomic_int writing;

static void *add_until_closed(void *argument) {
    writer *self = (writer *)argument;
    fsb_status status = FSB_STATUS_OK;
    for (; status == FSB_STATUS_OK; self->acknowledged += status == FSB_STATUS_OK) {
        status = fsb_state_add_i64(self->sum, 1, NULL);
        if (self->acknowledged == 500) atomic_fetch_add(&writing, 1);
    }
    CHECK_STATUS(status, FSB_STATUS_CLOSED);
    return NULL;
}

static writer open_writer(fsb_backend *backend, int number) {
    char options[96];
    const int32_t hash = hash_of_group((uint32_t)number, WRITERS);
    writer made = {NULL, NULL, 0};
    snprintf(options, sizeof options, "{\"max_parallelism\":%d,\"first_key_group\":%d,\"last_key_group\":%d}", WRITERS, number, number);
    made.keyed = open_keyed(backend, options);
    made.sum = open_state(made.keyed, "{\"name\":\"sum\",\"kind\":\"reducing\",\"aggregate\":\"sum_i64\"}");
    CHECK_OK(fsb_keyed_backend_set_current_key(made.keyed, bytes("key"), 3, &hash, &test_error));
    return made;
}

static void free_writer(const writer *open) {
    CHECK_OK(fsb_state_free(open->sum));
    CHECK_OK(fsb_keyed_backend_free(open->keyed));
}

static void expect_acknowledged(fsb_backend *backend, const int64_t *acknowledged) {
    for (int at = 0; at < WRITERS; at++) {
        int64_t found = 0;
        writer reader = open_writer(backend, at);
        CHECK_OK(fsb_state_result_i64(reader.sum, &found, &test_error));
        CHECK_U64(found, acknowledged[at]);
        free_writer(&reader);
    }
}

/* Each writer counts what was acknowledged: exactly that is found afterwards. */
static void closing_under_writers_keeps_what_was_acknowledged(void) {
    const mode *chosen = (const mode *)test_context;
    pthread_t threads[WRITERS];
    writer writers[WRITERS];
    int64_t acknowledged[WRITERS] = {0};
    for (int round = 0; round < 3; round++) {
        fsb_backend *backend = open_at(path_of("data"), chosen->backend);
        atomic_store(&writing, 0);
        for (int at = 0; at < WRITERS; at++) {
            writers[at] = open_writer(backend, at);
            CHECK_U64(pthread_create(&threads[at], NULL, add_until_closed, &writers[at]), 0);
        }
        while (atomic_load(&writing) < WRITERS) sched_yield();
        CHECK_OK(fsb_backend_close(backend, 60000, &test_error));
        for (int at = 0; at < WRITERS; at++) {
            CHECK_U64(pthread_join(threads[at], NULL), 0);
            acknowledged[at] += writers[at].acknowledged;
            free_writer(&writers[at]);
        }
        CHECK_OK(fsb_backend_free(backend));
        backend = open_at(path_of("data"), chosen->backend);
        expect_acknowledged(backend, acknowledged);
        close_and_free(backend);
    }
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"rows_are_there_after_every_order_of_freeing", rows_are_there_after_every_order_of_freeing, NULL},
        {"closing_first_is_told_to_every_handle", closing_first_is_told_to_every_handle, NULL},
        {"rows_held_back_are_written_out", rows_held_back_are_written_out, NULL},
        {"a_dropped_family_is_told_and_harms_no_other", a_dropped_family_is_told_and_harms_no_other, NULL},
        {"closing_under_writers_keeps_what_was_acknowledged", closing_under_writers_keeps_what_was_acknowledged, NULL},
    };
    return run_in_every_mode(tests, COUNT_OF(tests), argc, argv);
}
