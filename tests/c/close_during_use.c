/* Closing and freeing a backend under eight threads of mixed calls: every call answers, nothing crashes, hangs or leaks. */
#include "live_set.h"

#include <pthread.h>

#define THREADS 8

typedef enum ending { CLOSE_IT, FREE_IT, CLOSE_WITH_SHORT_DEADLINES } ending;

typedef struct worker {
    fsb_backend *backend;
    uint32_t lane;
    uint32_t random;
    unsigned served;
    pthread_barrier_t *start;
} worker;

static uint32_t next_random(uint32_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 17;
    return *state ^= *state << 5;
}

/* The handles of one thread, keyed state in the key group of its lane; NULL where the backend is closed already. */
static handle_set own_handles(fsb_backend *backend, uint32_t lane) {
    handle_set set;
    memset(&set, 0, sizeof set);
    set.of[KIND_BACKEND] = backend;
    set.of[KIND_POOL] = live_pool();
    fsb_backend_column_family(backend, "default", 7, (fsb_column_family **)&set.of[KIND_FAMILY], NULL);
    fsb_column_family_iterator(FAMILY_OF(&set), NULL, (fsb_iterator **)&set.of[KIND_ITERATOR], NULL);
    fsb_backend_snapshot(backend, (fsb_snapshot **)&set.of[KIND_SNAPSHOT], NULL);
    begin_export(backend, (fsb_savepoint_export **)&set.of[KIND_EXPORT], NULL);
    fsb_backend_import_savepoint(backend, NULL, 0, (fsb_savepoint_import **)&set.of[KIND_IMPORT], NULL);
    open_lane(&set, backend, lane);
    return set;
}

static void free_own_handles(handle_set *set) {
    set->of[KIND_BACKEND] = NULL;
    for (int kind = KIND_COUNT - 1; kind >= 0; kind--) CHECK_STATUS(free_handle((handle_kind)kind, set->of[kind]), FSB_STATUS_OK);
}

static const export_call *random_call(uint32_t *random) {
    for (;;) {
        const export_call *row = &export_calls[next_random(random) % COUNT_OF(export_calls)];
        if ((row->traits & SLOW) && next_random(random) % 8 != 0) continue;
        if ((row->needs & OF_A_BACKEND) && !(row->traits & (FREES | CLOSES | OPENS))) return row;
    }
}

static int has_handles(const export_call *row, const handle_set *set) {
    for (int kind = 0; kind < KIND_COUNT; kind++)
        if ((row->needs & 1u << kind) && set->of[kind] == NULL) return 0;
    return 1;
}

/* Calls until the backend is gone. CLOSED may come from any call, INVALID_HANDLE from the freed backend handle alone. */
static void *work(void *argument) {
    worker *self = (worker *)argument;
    handle_set set = own_handles(self->backend, self->lane);
    pthread_barrier_wait(self->start);
    for (;;) {
        const export_call *row = random_call(&self->random);
        if (!has_handles(row, &set)) break;
        fsb_status status = row->call(&set, NULL);
        if (status == FSB_STATUS_CLOSED || (status == FSB_STATUS_INVALID_HANDLE && (row->needs & BACKEND))) break;
        if (status != FSB_STATUS_OK && status != FSB_STATUS_NOT_FOUND)
            test_fail(__FILE__, __LINE__, "%s answered %s while the backend closes", row->name, fsb_status_name(status));
        self->served++;
    }
    free_own_handles(&set);
    return NULL;
}

static void end_backend(fsb_backend *backend, ending how) {
    fsb_status status = how == FREE_IT ? FSB_STATUS_OK : FSB_STATUS_TIMED_OUT;
    while (status == FSB_STATUS_TIMED_OUT) {
        status = fsb_backend_close(backend, how == CLOSE_IT ? 60000 : 1, NULL);
        if (how == CLOSE_IT) CHECK_STATUS(status, FSB_STATUS_OK);
    }
    CHECK_STATUS(status, FSB_STATUS_OK);
    CHECK_STATUS(fsb_backend_free(backend), FSB_STATUS_OK);
}

/* The ending starts once `calls` calls were served on this thread as well, so that it meets all kinds of calls in flight. */
static void make_some_calls(fsb_backend *backend, uint32_t *random, unsigned calls) {
    handle_set set = own_handles(backend, THREADS);
    for (unsigned call = 0; call < calls; call++) {
        fsb_status status = random_call(random)->call(&set, NULL);
        CHECK(status == FSB_STATUS_OK || status == FSB_STATUS_NOT_FOUND);
    }
    free_own_handles(&set);
}

/* Counts what every call asks for. */
static fsb_backend *open_counting(void) { return open_at(path_of("data"), ",\"column_families\":[\"default\"]" FOR_ALL_CALLS); }

static void one_round(ending how, uint32_t seed) {
    pthread_t threads[THREADS];
    worker workers[THREADS];
    pthread_barrier_t start;
    fsb_backend *backend = open_counting();
    pthread_barrier_init(&start, NULL, THREADS + 1);
    for (uint32_t at = 0; at < THREADS; at++) {
        workers[at] = (worker){backend, at, seed * 31 + at + 1, 0, &start};
        CHECK_U64(pthread_create(&threads[at], NULL, work, &workers[at]), 0);
    }
    pthread_barrier_wait(&start);
    make_some_calls(backend, &seed, 20 + seed % 50);
    end_backend(backend, how);
    for (int at = 0; at < THREADS; at++) CHECK_U64(pthread_join(threads[at], NULL), 0);
    pthread_barrier_destroy(&start);
    check_no_live_objects(__FILE__, __LINE__);
}

static void rounds(ending how) {
    for (uint32_t round = 0; round < 8; round++) one_round(how, 1000 + round * 7919);
    close_and_free(open_small());
}

static void closing(void) { rounds(CLOSE_IT); }
static void closing_with_short_deadlines(void) { rounds(CLOSE_WITH_SHORT_DEADLINES); }

/* A freed handle is INVALID_HANDLE; the children of the threads work on until they are freed, so each thread stops by that. */
static void freeing(void) { rounds(FREE_IT); }

/* One closes, who comes meanwhile is told so, and who comes later finds it closed. */
static void *close_it(void *backend) {
    fsb_status status = fsb_backend_close((fsb_backend *)backend, 60000, NULL);
    CHECK(status == FSB_STATUS_OK || status == FSB_STATUS_IN_USE);
    return status == FSB_STATUS_OK ? backend : NULL;
}

static int winners_of(void *(*act)(void *), fsb_backend *backend) {
    pthread_t threads[THREADS];
    int winners = 0;
    for (int at = 0; at < THREADS; at++) CHECK_U64(pthread_create(&threads[at], NULL, act, backend), 0);
    for (int at = 0; at < THREADS; at++) {
        void *won = NULL;
        CHECK_U64(pthread_join(threads[at], &won), 0);
        winners += won != NULL;
    }
    return winners;
}

static void eight_threads_close_at_once(void) {
    fsb_backend *backend = open_small();
    CHECK(winners_of(close_it, backend) >= 1);
    CHECK_OK(fsb_backend_close(backend, 60000, &test_error));
    CHECK_OK(fsb_backend_free(backend));
    close_and_free(open_small());
}

static void *free_it(void *backend) {
    fsb_status status = fsb_backend_free((fsb_backend *)backend);
    CHECK(status == FSB_STATUS_OK || status == FSB_STATUS_INVALID_HANDLE);
    return status == FSB_STATUS_OK ? backend : NULL;
}

static void eight_threads_free_at_once_and_one_wins(void) {
    CHECK_U64(winners_of(free_it, open_small()), 1);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"closing_under_eight_threads", closing, NULL},
        {"closing_with_short_deadlines_under_eight_threads", closing_with_short_deadlines, NULL},
        {"freeing_under_eight_threads", freeing, NULL},
        {"eight_threads_close_at_once", eight_threads_close_at_once, NULL},
        {"eight_threads_free_at_once_and_one_wins", eight_threads_free_at_once_and_one_wins, NULL},
    };
    return run_tests(tests, COUNT_OF(tests), argc, argv);
}
