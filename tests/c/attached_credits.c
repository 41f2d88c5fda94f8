/* Credit pools attached to a backend: the limit follows its engine, the wait for credits is told, either may end first, from any thread. */
#include "fixture.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

enum { CAPACITY = 100, LARGEST = 10, FLOOR = 2 * LARGEST };

static fsb_backend *backend;
static fsb_credit_pool *pool;
static fsb_credit_channel *channel;

static fsb_credit_pool *create_pool(void) {
    const char *options = "{\"capacity\":100,\"largest_request\":10}";
    fsb_credit_pool *created = NULL;
    CHECK_OK(fsb_credit_pool_create(options, strlen(options), &created, &test_error));
    return created;
}

static fsb_backend *open_with(const char *more) {
    char options[256];
    snprintf(options, sizeof options,
             ",\"column_families\":[\"default\"],\"disable_auto_compactions\":true,\"compression\":\"none\","
             "\"pressure_write_latency_reference_millis\":3600000%s",
             more);
    return open_at(path_of("data"), options);
}

static fsb_backend *open_backend(void) { return open_with(""); }

static void set_up(void) {
    backend = open_backend();
    pool = create_pool();
    CHECK_OK(fsb_credit_channel_open(pool, "source", 6, 0, &channel, &test_error));
}

static void free_pool(void) {
    CHECK_OK(fsb_credit_channel_free(channel));
    CHECK_OK(fsb_credit_pool_free(pool));
}

static fsb_status attach(void) { return fsb_credit_pool_attach(pool, backend, &test_error); }
static fsb_status detach(void) { return fsb_credit_pool_detach(pool, &test_error); }

static fsb_credit_figures figures(void) {
    fsb_credit_figures now;
    now.struct_size = sizeof now;
    CHECK_OK(fsb_credit_pool_figures(pool, &now, &test_error));
    return now;
}

static fsb_pressure pressure(void) {
    fsb_pressure now;
    now.struct_size = sizeof now;
    CHECK_OK(fsb_backend_pressure(backend, &now, &test_error));
    return now;
}

/* Uses all there is until the limit is `limit`: what is not used does not grow. */
static void use_until_limit_is(uint64_t limit) {
    while (figures().limit != limit) {
        uint64_t granted = 0;
        CHECK_OK(fsb_credit_channel_request(channel, CAPACITY, &granted, &test_error));
        if (granted > 0) CHECK_OK(fsb_credit_channel_replenish(channel, granted, &test_error));
    }
}

/* Two files in level 0 that overlap, so that none can just be moved down. Their compaction, once it is allowed, takes seconds: so long a
 * stop lasts at least. */
static void reopen_with_level0_files(void) {
    static char value[60000];
    fsb_column_family *family = family_of(backend, "default");
    memset(value, 'v', sizeof value - 1);
    for (int file = 0; file < 2; file++) {
        put(family, "a", "");
        put(family, file == 0 ? "b" : "c", value);
        put(family, "z", "");
        CHECK_OK(fsb_backend_flush(backend, &test_error));
    }
    CHECK_OK(fsb_column_family_free(family));
    close_and_free(backend);
    backend = open_with(",\"rate_limiter_bytes_per_second\":24000");
}

static void set_triggers(fsb_column_family *family, const char *json) {
    CHECK_OK(fsb_column_family_set_options(family, json, strlen(json), &test_error));
}

static void the_limit_falls_when_the_engine_stops_and_comes_back_when_it_goes_on(void) {
    set_up();
    reopen_with_level0_files();
    fsb_column_family *family = family_of(backend, "default");
    CHECK_OK(attach());
    CHECK_U64(figures().limit, CAPACITY);
    set_triggers(family, "{\"disable_auto_compactions\":false,\"level0_file_num_compaction_trigger\":2,\"level0_slowdown_writes_trigger\":2,"
                         "\"level0_stop_writes_trigger\":2}");
    use_until_limit_is(FLOOR);
    CHECK_U64(figures().is_probing, 1);
    set_triggers(family, "{\"disable_auto_compactions\":true,\"level0_slowdown_writes_trigger\":20,\"level0_stop_writes_trigger\":36}");
    use_until_limit_is(CAPACITY);
    CHECK_U64(figures().is_probing, 0);
    CHECK_OK(detach());
    CHECK_OK(fsb_column_family_free(family));
    free_pool();
    close_and_free(backend);
}

static void a_wait_for_credits_is_told_while_attached(void) {
    set_up();
    uint64_t granted = 0;
    CHECK_OK(attach());
    CHECK(pressure().queue_wait_share == 0);
    CHECK_OK(fsb_credit_channel_request(channel, CAPACITY, &granted, &test_error));
    CHECK_OK(fsb_credit_channel_post(channel, 1, FSB_NO_DEADLINE, 1, &test_error));
    while (pressure().queue_wait_share < 1) sched_yield();
    CHECK(pressure().effective == 1);
    CHECK(pressure().level < 0.5);
    CHECK_U64(figures().limit, CAPACITY);
    CHECK_OK(detach());
    CHECK(pressure().queue_wait_share == 0);
    free_pool();
    close_and_free(backend);
}

static void a_pool_follows_one_backend(void) {
    set_up();
    CHECK_OK(detach());
    CHECK_OK(attach());
    CHECK_REFUSED(attach(), FSB_STATUS_IN_USE, path_of("data"));
    fsb_backend *other = open_at(path_of("other"), ",\"column_families\":[\"default\"]");
    CHECK_REFUSED(fsb_credit_pool_attach(pool, other, &test_error), FSB_STATUS_IN_USE, path_of("data"));
    CHECK_OK(detach());
    CHECK_OK(detach());
    CHECK_OK(fsb_credit_pool_attach(pool, other, &test_error));
    fsb_credit_pool *another = create_pool();
    CHECK_OK(fsb_credit_pool_attach(another, other, &test_error));
    CHECK_OK(fsb_credit_pool_free(another));
    free_pool();
    close_and_free(other);
    close_and_free(backend);
}

static void a_closed_backend_leaves_the_floor(void) {
    set_up();
    CHECK_OK(attach());
    CHECK_OK(fsb_backend_close(backend, 60000, &test_error));
    CHECK_REFUSED(fsb_credit_pool_attach(pool, backend, &test_error), FSB_STATUS_CLOSED, "closed");
    CHECK_OK(fsb_backend_free(backend));
    while (figures().limit != FLOOR) sched_yield();
    CHECK_U64(figures().is_probing, 0);
    CHECK_OK(fsb_credit_channel_acquire(channel, LARGEST, 0, 0, &test_error));
    backend = open_backend();
    CHECK_REFUSED(attach(), FSB_STATUS_IN_USE, "detach");
    CHECK_OK(detach());
    CHECK_U64(figures().limit, FLOOR);
    CHECK_OK(attach());
    use_until_limit_is(CAPACITY);
    close_and_free(backend);
    free_pool();
}

static void a_pool_freed_while_attached_lets_go(void) {
    set_up();
    CHECK_OK(attach());
    CHECK_OK(fsb_credit_pool_free(pool));
    CHECK_STATUS(fsb_credit_pool_detach(pool, NULL), FSB_STATUS_INVALID_HANDLE);
    CHECK_STATUS(fsb_credit_pool_attach(pool, backend, NULL), FSB_STATUS_INVALID_HANDLE);
    CHECK(pressure().queue_wait_share == 0);
    CHECK_OK(fsb_backend_close(backend, 0, &test_error));
    CHECK_OK(fsb_backend_free(backend));
    CHECK_OK(fsb_credit_channel_free(channel));
    close_and_free(open_backend());
}

enum { THREADS = 3, ROUNDS = 24, STANDING = 1000 };
static _Atomic(fsb_backend *) shared_backend;
static atomic_ulong attached;
static atomic_bool ended;

/* Attaches a pool of its own to whatever backend there is; every fourth one is freed while attached. */
static void *attach_and_leave(void *argument) {
    for (unsigned turn = 0; !atomic_load(&ended); turn++) {
        fsb_credit_pool *own = create_pool();
        fsb_status status = fsb_credit_pool_attach(own, atomic_load(&shared_backend), NULL);
        CHECK(status == FSB_STATUS_OK || status == FSB_STATUS_CLOSED || status == FSB_STATUS_INVALID_HANDLE);
        if (status == FSB_STATUS_OK) atomic_fetch_add(&attached, 1);
        if (turn % 4 != 0) CHECK_OK(fsb_credit_pool_detach(own, &test_error));
        CHECK_OK(fsb_credit_pool_free(own));
    }
    return argument;
}

/* A pool for all threads, of which one at a time finds it free. */
static void *share_a_pool(void *argument) {
    while (!atomic_load(&ended)) {
        fsb_status status = fsb_credit_pool_attach(pool, atomic_load(&shared_backend), NULL);
        CHECK(status == FSB_STATUS_OK || status == FSB_STATUS_CLOSED || status == FSB_STATUS_INVALID_HANDLE || status == FSB_STATUS_IN_USE);
        CHECK_OK(detach());
    }
    return argument;
}

/* Every third one is freed without a close: it closes with the last call in flight, so that the next one needs a folder of its own. With
 * many families a look at the pressure takes long. */
static void replace_backend(int round) {
    static const char families[] = "abcdefghijklmnopqrst";
    char folder[32], options[256] = ",\"column_families\":[\"default\"";
    for (const char *family = families; *family != '\0'; family++)
        snprintf(options + strlen(options), sizeof options - strlen(options), ",\"%c\"", *family);
    snprintf(folder, sizeof folder, "data-%d", (round + 1) / 3);
    if (round % 3 != 2) CHECK_OK(fsb_backend_close(backend, 60000, &test_error));
    CHECK_OK(fsb_backend_free(backend));
    backend = open_at(path_of(folder), strcat(options, "]"));
    atomic_store(&shared_backend, backend);
}

static fsb_credit_pool *standing[STANDING];

/* So many that it is likely that the backend is being looked at for one of them when it closes. */
static void attach_standing_pools(void) {
    for (int at = 0; at < STANDING; at++) {
        CHECK_OK(fsb_credit_pool_detach(standing[at], &test_error));
        CHECK_OK(fsb_credit_pool_attach(standing[at], backend, &test_error));
    }
}

static void backends_close_and_are_freed_under_threads_that_attach(void) {
    pthread_t threads[2 * THREADS];
    set_up();
    for (int at = 0; at < STANDING; at++) standing[at] = create_pool();
    atomic_store(&shared_backend, backend);
    for (int at = 0; at < 2 * THREADS; at++)
        CHECK_U64(pthread_create(&threads[at], NULL, at < THREADS ? attach_and_leave : share_a_pool, NULL), 0);
    for (int round = 0; round < ROUNDS; round++) {
        unsigned long before = atomic_load(&attached);
        while (atomic_load(&attached) < before + THREADS) sched_yield();
        attach_standing_pools();
        replace_backend(round);
    }
    atomic_store(&ended, true);
    for (int at = 0; at < 2 * THREADS; at++) CHECK_U64(pthread_join(threads[at], NULL), 0);
    for (int at = 0; at < STANDING; at++) CHECK_OK(fsb_credit_pool_free(standing[at]));
    free_pool();
    close_and_free(backend);
}

int main(int argc, char **argv) {
    const test_case tests[] = {
        {"the_limit_falls_when_the_engine_stops_and_comes_back_when_it_goes_on", the_limit_falls_when_the_engine_stops_and_comes_back_when_it_goes_on, NULL},
        {"a_wait_for_credits_is_told_while_attached", a_wait_for_credits_is_told_while_attached, NULL},
        {"a_pool_follows_one_backend", a_pool_follows_one_backend, NULL},
        {"a_closed_backend_leaves_the_floor", a_closed_backend_leaves_the_floor, NULL},
        {"a_pool_freed_while_attached_lets_go", a_pool_freed_while_attached_lets_go, NULL},
        {"backends_close_and_are_freed_under_threads_that_attach", backends_close_and_are_freed_under_threads_that_attach, NULL},
    };
    return run_tests(tests, COUNT_OF(tests), argc, argv);
}
