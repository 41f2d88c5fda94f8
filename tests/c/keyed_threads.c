/* Threads: a keyed backend with all that hangs on it serves one at a time and says so; other backends and the backend's own calls do not
 * count, and nobody waits or loses a write. */
#include "keyed_modes.h"

#include <pthread.h>
#include <stdatomic.h>

#define SUM "{\"name\":\"sum\",\"kind\":\"reducing\",\"aggregate\":\"sum_i64\"}"
#define LIST "{\"name\":\"list\",\"kind\":\"list\"}"
#define THREADS 2
#define LEAST_CALLS 2000

static fsb_state *sum, *list;
static atomic_int stop;

static void set_up(void) {
    open_mode();
    sum = open_state(opened.keyed, SUM);
    list = open_state(opened.keyed, LIST);
    set_key(opened.keyed, "key");
}

static void tear_down(void) {
    CHECK_OK(fsb_state_free(sum));
    CHECK_OK(fsb_state_free(list));
    close_mode();
}

/* What one thread calls again and again, and how that was answered. */
typedef struct worker {
    fsb_status (*call)(void *argument, fsb_error **error);
    void *argument;
    uint64_t served, refused;
} worker;

/* Sets `stop` once both threads have met one another and were served. */
static atomic_int met;

static void *call_until_stopped(void *argument) {
    worker *self = (worker *)argument;
    int told = 0;
    while (!atomic_load(&stop)) {
        fsb_status status = self->call(self->argument, &test_error);
        if (status == FSB_STATUS_OK) self->served++;
        else CHECK_REFUSED(status, FSB_STATUS_IN_USE, "thread"), self->refused++;
        if (!told && self->served > LEAST_CALLS) told = 1, atomic_fetch_add(&met, 1);
        if (self->refused > 0) atomic_fetch_or(&met, 1 << 16);
        if (atomic_load(&met) == (1 << 16) + THREADS) atomic_store(&stop, 1);
    }
    return NULL;
}

static void run_workers(worker *workers) {
    pthread_t threads[THREADS];
    for (int at = 0; at < THREADS; at++) CHECK_U64(pthread_create(&threads[at], NULL, call_until_stopped, &workers[at]), 0);
    for (int at = 0; at < THREADS; at++) CHECK_U64(pthread_join(threads[at], NULL), 0);
}

static fsb_status call_add(void *argument, fsb_error **error) { return fsb_state_add_i64((fsb_state *)argument, 1, error); }

static fsb_status call_add_element(void *argument, fsb_error **error) {
    static const uint8_t element[] = {1, 0, 0, 0, 'x'};
    return fsb_state_add_elements((fsb_state *)argument, element, sizeof element, error);
}

/* Two threads on one state: each call is served whole or refused, so that the sum is the number of those served. */
static void two_threads_on_a_state_are_told(void) {
    set_up();
    worker workers[THREADS] = {{call_add, sum, 0, 0}, {call_add, sum, 0, 0}};
    run_workers(workers);
    int64_t result = 0;
    CHECK_OK(fsb_state_result_i64(sum, &result, &test_error));
    CHECK_U64(result, workers[0].served + workers[1].served);
    tear_down();
}

/* Two states of one keyed backend are one thread's as well. */
static void two_threads_on_two_states_are_told(void) {
    size_t length = 0;
    set_up();
    worker workers[THREADS] = {{call_add, sum, 0, 0}, {call_add_element, list, 0, 0}};
    run_workers(workers);
    int64_t result = 0;
    CHECK_OK(fsb_state_result_i64(sum, &result, &test_error));
    CHECK_U64(result, workers[0].served);
    CHECK_ANSWER(fsb_state_get(list, NULL, 0, &length, &test_error), FSB_STATUS_BUFFER_TOO_SMALL);
    CHECK_U64(length, 5 * workers[1].served);
    tear_down();
}

static void two_threads_on_an_operator_state_are_told(void) {
    size_t length = 0;
    set_up();
    fsb_state *operator_list = open_operator(opened.backend, "{\"name\":\"offsets\",\"kind\":\"list\"}");
    worker workers[THREADS] = {{call_add_element, operator_list, 0, 0}, {call_add_element, operator_list, 0, 0}};
    run_workers(workers);
    CHECK_ANSWER(fsb_state_get(operator_list, NULL, 0, &length, &test_error), FSB_STATUS_BUFFER_TOO_SMALL);
    CHECK_U64(length, 5 * (workers[0].served + workers[1].served));
    CHECK_OK(fsb_state_free(operator_list));
    tear_down();
}

static fsb_status call_set_key(void *argument, fsb_error **error) {
    return fsb_keyed_backend_set_current_key((fsb_keyed_backend *)argument, bytes("key"), 3, NULL, error);
}

static fsb_status call_scan(void *argument, fsb_error **error) {
    uint8_t page[64];
    size_t length = 0, rows = 0;
    return fsb_state_scan_next_page((fsb_state_scan *)argument, page, sizeof page, &length, &rows, error);
}

/* Every kind of handle of one keyed backend, each against adding to a sum. */
static void every_handle_is_one_threads(void) {
    set_up();
    fsb_state_scan *scan = open_scan(list, FSB_SCAN_KEYS, 0);
    worker others[] = {{call_set_key, opened.keyed, 0, 0}, {call_scan, scan, 0, 0}};
    for (size_t at = 0; at < COUNT_OF(others); at++) {
        worker workers[THREADS] = {{call_add, sum, 0, 0}, others[at]};
        atomic_store(&stop, 0);
        atomic_store(&met, 0);
        run_workers(workers);
    }
    CHECK_OK(fsb_state_scan_free(scan));
    tear_down();
}

/* ---- what does not count ---- */

static void *count_alone(void *argument) {
    for (int call = 0; call < 20000; call++) CHECK_OK(fsb_state_add_i64((fsb_state *)argument, 1, &test_error));
    atomic_fetch_add(&met, 1);
    return NULL;
}

static void expect_sum(fsb_state *state, int64_t expected) {
    int64_t result = 0;
    CHECK_OK(fsb_state_result_i64(state, &result, &test_error));
    CHECK_U64(result, expected);
}

/* Calls that may come from any thread while another one works. */
static void visit(int round) {
    fsb_snapshot *snapshot = NULL;
    fsb_buffer *json = NULL;
    fsb_statistics statistics;
    statistics.struct_size = sizeof statistics;
    CHECK_OK(fsb_backend_statistics(opened.backend, &statistics, &test_error));
    CHECK_OK(fsb_keyed_backend_states_json(opened.keyed, &json, &test_error));
    CHECK_OK(fsb_buffer_free(json));
    CHECK_OK(fsb_keyed_backend_set_time(opened.keyed, FSB_TIME_EVENT, round, &test_error));
    CHECK_OK(fsb_backend_snapshot(opened.backend, &snapshot, &test_error));
    CHECK_OK(fsb_snapshot_free(snapshot));
    if (round % 64 == 0) CHECK_OK(fsb_backend_flush(opened.backend, &test_error));
}

/* Flushes, snapshots and figures of the backend look into the row cache: the thread that works there notices nothing. */
static void calls_of_the_backend_do_not_count(void) {
    pthread_t thread;
    set_up();
    CHECK_U64(pthread_create(&thread, NULL, count_alone, sum), 0);
    for (int round = 0; atomic_load(&met) == 0; round++) visit(round);
    CHECK_U64(pthread_join(thread, NULL), 0);
    expect_sum(sum, 20000);
    tear_down();
}

static void threads_with_keyed_backends_of_their_own_do_not_meet(void) {
    enum { MANY = 4 };
    pthread_t threads[MANY];
    fsb_keyed_backend *keyed[MANY];
    fsb_state *sums[MANY];
    const mode *chosen = (const mode *)test_context;
    fsb_backend *backend = open_at(path_of("data"), chosen->backend);
    for (int at = 0; at < MANY; at++) {
        char options[96];
        const int32_t hash = hash_of_group((uint32_t)at, MANY);
        snprintf(options, sizeof options, "{\"max_parallelism\":%d,\"first_key_group\":%d,\"last_key_group\":%d}", MANY, at, at);
        keyed[at] = open_keyed(backend, options);
        sums[at] = open_state(keyed[at], SUM);
        CHECK_OK(fsb_keyed_backend_set_current_key(keyed[at], bytes("key"), 3, &hash, &test_error));
    }
    for (int at = 0; at < MANY; at++) CHECK_U64(pthread_create(&threads[at], NULL, count_alone, sums[at]), 0);
    for (int at = 0; at < MANY; at++) CHECK_U64(pthread_join(threads[at], NULL), 0);
    for (int at = 0; at < MANY; at++) {
        expect_sum(sums[at], 20000);
        CHECK_OK(fsb_state_free(sums[at]));
        CHECK_OK(fsb_keyed_backend_free(keyed[at]));
    }
    close_and_free(backend);
}

/* One thread after the other, with the key that the first one chose. */
static void a_keyed_backend_goes_from_thread_to_thread(void) {
    pthread_t thread;
    set_up();
    for (int round = 1; round <= 3; round++) {
        CHECK_U64(pthread_create(&thread, NULL, count_alone, sum), 0);
        CHECK_U64(pthread_join(thread, NULL), 0);
        expect_sum(sum, 20000 * round);
    }
    tear_down();
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"two_threads_on_a_state_are_told", two_threads_on_a_state_are_told, NULL},
        {"two_threads_on_two_states_are_told", two_threads_on_two_states_are_told, NULL},
        {"two_threads_on_an_operator_state_are_told", two_threads_on_an_operator_state_are_told, NULL},
        {"every_handle_is_one_threads", every_handle_is_one_threads, NULL},
        {"calls_of_the_backend_do_not_count", calls_of_the_backend_do_not_count, NULL},
        {"threads_with_keyed_backends_of_their_own_do_not_meet", threads_with_keyed_backends_of_their_own_do_not_meet, NULL},
        {"a_keyed_backend_goes_from_thread_to_thread", a_keyed_backend_goes_from_thread_to_thread, NULL},
    };
    return run_in_every_mode(tests, COUNT_OF(tests), argc, argv);
}
