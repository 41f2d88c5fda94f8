/* Credits: requested, waited for, posted, given back, refused; threads that wait and are ended; a stalled engine; misuse. */
#include "fixture.h"

#include <pthread.h>

static fsb_credit_pool *pool;
static fsb_credit_channel *channel;

static fsb_status try_create(const char *options) { return fsb_credit_pool_create(options, strlen(options), &pool, &test_error); }

static fsb_credit_channel *open_channel(const char *name, uint64_t exclusive) {
    fsb_credit_channel *opened = NULL;
    CHECK_OK(fsb_credit_channel_open(pool, name, strlen(name), exclusive, &opened, &test_error));
    CHECK(opened != NULL);
    return opened;
}

/* A pool of ten credits, of which one call may wait for five, and the channel `source`. */
static void set_up(void) {
    CHECK_OK(try_create("{\"capacity\":10,\"largest_request\":5}"));
    channel = open_channel("source", 0);
}

static void tear_down(void) {
    CHECK_OK(fsb_credit_channel_free(channel));
    CHECK_OK(fsb_credit_pool_free(pool));
}

static fsb_credit_figures figures(void) {
    fsb_credit_figures now;
    memset(&now, 0, sizeof now);
    now.struct_size = sizeof now;
    CHECK_OK(fsb_credit_pool_figures(pool, &now, &test_error));
    return now;
}

static uint64_t request_of(const fsb_credit_channel *from, uint64_t credits) {
    uint64_t granted = UINT64_MAX;
    CHECK_OK(fsb_credit_channel_request(from, credits, &granted, &test_error));
    return granted;
}

static void replenish(uint64_t credits) { CHECK_OK(fsb_credit_channel_replenish(channel, credits, &test_error)); }

static fsb_status acquire(uint64_t credits, int64_t timeout_millis) {
    return fsb_credit_channel_acquire(channel, credits, timeout_millis, 7, &test_error);
}

static void post(uint64_t credits, int64_t timeout_millis, uint64_t number) {
    CHECK_OK(fsb_credit_channel_post(channel, credits, timeout_millis, number, &test_error));
}

static void requests_share_what_there_is_and_own_credits_are_not_lent(void) {
    set_up();
    fsb_credit_channel *owner = open_channel("owner", 3);
    CHECK_U64(request_of(channel, 100), 7);
    CHECK_U64(request_of(channel, 1), 0);
    CHECK_U64(request_of(owner, 100), 3);
    fsb_credit_figures now = figures();
    CHECK_U64(now.capacity, 10);
    CHECK_U64(now.limit, 10);
    CHECK_U64(now.outstanding, 10);
    CHECK_U64(now.channels, 2);
    CHECK_U64(now.granted_calls, 2);
    CHECK_U64(now.granted_credits, 10);
    CHECK_U64(now.refused_calls, 1);
    replenish(7);
    CHECK_OK(fsb_credit_channel_free(owner));
    CHECK_U64(figures().outstanding, 0);
    tear_down();
}

static void a_lower_limit_is_a_debt(void) {
    set_up();
    CHECK_U64(request_of(channel, 8), 8);
    CHECK_OK(fsb_credit_pool_set_limit(pool, 4, &test_error));
    CHECK_U64(figures().limit, 4);
    replenish(4);
    CHECK_U64(request_of(channel, 1), 0);
    replenish(1);
    CHECK_U64(request_of(channel, 9), 1);
    CHECK_OK(fsb_credit_pool_set_limit(pool, UINT64_MAX, &test_error));
    CHECK_U64(figures().limit, 10);
    CHECK_U64(request_of(channel, 9), 6);
    tear_down();
}

static void a_wait_without_time_answers_at_once(void) {
    set_up();
    CHECK_OK(acquire(5, 0));
    CHECK_OK(acquire(5, FSB_NO_DEADLINE));
    CHECK_ANSWER(acquire(1, 0), FSB_STATUS_TIMED_OUT);
    CHECK_ANSWER(acquire(1, 1), FSB_STATUS_TIMED_OUT);
    CHECK_U64(figures().timed_out_calls, 2);
    CHECK_U64(figures().outstanding, 10);
    tear_down();
}

typedef struct waiter {
    pthread_t thread;
    fsb_credit_channel *channel;
    uint64_t credits;
    fsb_status status;
} waiter;

static void *wait_for_credits(void *argument) {
    waiter *self = (waiter *)argument;
    self->status = fsb_credit_channel_acquire(self->channel, self->credits, FSB_NO_DEADLINE, 7, NULL);
    return NULL;
}

/* Starts a thread that waits, and returns when it does. */
static void start(waiter *self, uint64_t credits) {
    uint64_t before = figures().waiting_calls;
    self->channel = channel;
    self->credits = credits;
    CHECK_U64(pthread_create(&self->thread, NULL, wait_for_credits, self), 0);
    while (figures().waiting_calls == before) sched_yield();
}

static fsb_status status_of(waiter *self) {
    CHECK_U64(pthread_join(self->thread, NULL), 0);
    return self->status;
}

static void waiting_threads_are_served_in_order(void) {
    set_up();
    waiter first, second;
    CHECK_U64(request_of(channel, 10), 10);
    start(&first, 5);
    start(&second, 1);
    replenish(4);
    CHECK_U64(figures().waiting_calls, 2);
    CHECK_U64(figures().waiting_credits, 6);
    CHECK_U64(request_of(channel, 1), 0);
    replenish(2);
    CHECK_STATUS(status_of(&first), FSB_STATUS_OK);
    CHECK_STATUS(status_of(&second), FSB_STATUS_OK);
    CHECK_U64(figures().outstanding, 10);
    CHECK(figures().queue_wait_millis > 0);
    tear_down();
}

static void waiting_threads_are_ended_by_cancel_and_by_free(void) {
    set_up();
    waiter cancelled, freed, closed;
    size_t count = 99;
    CHECK_U64(request_of(channel, 10), 10);
    start(&cancelled, 5);
    CHECK_OK(fsb_credit_channel_cancel(channel, 8, &count, &test_error));
    CHECK_U64(count, 0);
    CHECK_OK(fsb_credit_channel_cancel(channel, 7, &count, &test_error));
    CHECK_U64(count, 1);
    CHECK_STATUS(status_of(&cancelled), FSB_STATUS_CANCELLED);
    start(&freed, 5);
    CHECK_OK(fsb_credit_channel_free(channel));
    CHECK_STATUS(status_of(&freed), FSB_STATUS_CLOSED);
    CHECK_U64(figures().outstanding, 0);
    CHECK_U64(figures().channels, 0);
    channel = open_channel("again", 0);
    CHECK_U64(request_of(channel, 10), 10);
    start(&closed, 5);
    CHECK_OK(fsb_credit_pool_free(pool));
    CHECK_STATUS(status_of(&closed), FSB_STATUS_CLOSED);
    CHECK_REFUSED(acquire(1, 0), FSB_STATUS_CLOSED, "again");
    CHECK_STATUS(fsb_credit_channel_request(channel, 1, &(uint64_t){0}, NULL), FSB_STATUS_CLOSED);
    replenish(10);
    CHECK_OK(fsb_credit_channel_free(channel));
}

static void posted_calls_complete_in_order(void) {
    set_up();
    fsb_credit_completion ended[8];
    size_t count = 99;
    CHECK_ANSWER(fsb_credit_pool_next_completions(pool, 0, ended, 8, &count, &test_error), FSB_STATUS_TIMED_OUT);
    CHECK_U64(count, 99);
    post(5, FSB_NO_DEADLINE, 100);
    post(5, 0, 101);
    post(1, 0, 102);
    post(1, FSB_NO_DEADLINE, 103);
    post(2, FSB_NO_DEADLINE, 104);
    CHECK_OK(fsb_credit_channel_cancel(channel, 103, &count, &test_error));
    CHECK_U64(count, 1);
    replenish(2);
    CHECK_OK(fsb_credit_pool_next_completions(pool, FSB_NO_DEADLINE, ended, 3, &count, &test_error));
    CHECK_U64(count, 3);
    CHECK_OK(fsb_credit_pool_next_completions(pool, FSB_NO_DEADLINE, ended + 3, 5, &count, &test_error));
    CHECK_U64(count, 2);
    const fsb_credit_completion expected[] = {{100, 5, FSB_STATUS_OK, 0},
                                              {101, 5, FSB_STATUS_OK, 0},
                                              {102, 0, FSB_STATUS_TIMED_OUT, 0},
                                              {103, 0, FSB_STATUS_CANCELLED, 0},
                                              {104, 2, FSB_STATUS_OK, 0}};
    for (size_t at = 0; at < COUNT_OF(expected); at++) {
        CHECK_U64(ended[at].number, expected[at].number);
        CHECK_U64(ended[at].credits, expected[at].credits);
        CHECK_STATUS(ended[at].status, expected[at].status);
    }
    CHECK_U64(figures().outstanding, 10);
    tear_down();
}

/* One thread for all posted calls: gives every grant back, and ends with the pool. */
static void *pump(void *argument) {
    uint64_t *granted = (uint64_t *)argument;
    fsb_credit_completion ended[4];
    size_t count = 0;
    while (fsb_credit_pool_next_completions(pool, FSB_NO_DEADLINE, ended, COUNT_OF(ended), &count, NULL) == FSB_STATUS_OK)
        for (size_t at = 0; at < count; at++) {
            if (ended[at].status != FSB_STATUS_OK) continue;
            *granted += 1;
            fsb_credit_channel_replenish(channel, ended[at].credits, NULL);
        }
    return NULL;
}

/* Many more than one call hands out: none is lost by the close, and the pool goes on telling them. */
static void a_closed_pool_hands_out_the_ends_of_all_posted_calls(void) {
    enum { GRANTED = 10, WAITING = 500 };
    set_up();
    fsb_credit_completion ended[64];
    size_t count = 0;
    for (uint64_t number = 0; number < GRANTED + WAITING; number++) post(1, FSB_NO_DEADLINE, number);
    CHECK_OK(fsb_credit_pool_close(pool, &test_error));
    CHECK_OK(fsb_credit_pool_close(pool, &test_error));
    for (uint64_t number = 0; number < GRANTED + WAITING; number += count) {
        CHECK_OK(fsb_credit_pool_next_completions(pool, FSB_NO_DEADLINE, ended, COUNT_OF(ended), &count, &test_error));
        for (size_t at = 0; at < count; at++) {
            CHECK_U64(ended[at].number, number + at);
            CHECK_U64(ended[at].credits, number + at < GRANTED);
            CHECK_STATUS(ended[at].status, number + at < GRANTED ? FSB_STATUS_OK : FSB_STATUS_CLOSED);
        }
    }
    for (int again = 0; again < 2; again++)
        CHECK_REFUSED(fsb_credit_pool_next_completions(pool, FSB_NO_DEADLINE, ended, 1, &count, &test_error), FSB_STATUS_CLOSED, "closed");
    CHECK_U64(figures().outstanding, GRANTED);
    replenish(GRANTED);
    tear_down();
}

/* What waits learns of the close by it, the thread that waits for completions too; what comes later is refused. */
static void a_closed_pool_ends_waits_and_refuses_calls(void) {
    set_up();
    waiter waiting;
    pthread_t thread;
    uint64_t granted = 0;
    fsb_credit_channel *late = NULL;
    CHECK_U64(request_of(channel, 10), 10);
    CHECK_U64(pthread_create(&thread, NULL, pump, &granted), 0);
    start(&waiting, 5);
    CHECK_OK(fsb_credit_pool_close(pool, &test_error));
    CHECK_STATUS(status_of(&waiting), FSB_STATUS_CLOSED);
    CHECK_U64(pthread_join(thread, NULL), 0);
    CHECK_REFUSED(fsb_credit_channel_open(pool, "late", 4, 0, &late, &test_error), FSB_STATUS_CLOSED, "late");
    CHECK_REFUSED(fsb_credit_channel_request(channel, 1, &granted, &test_error), FSB_STATUS_CLOSED, "source");
    CHECK_REFUSED(acquire(1, 0), FSB_STATUS_CLOSED, "source");
    CHECK_REFUSED(fsb_credit_channel_post(channel, 1, 0, 2, &test_error), FSB_STATUS_CLOSED, "source");
    CHECK(late == NULL && granted == 0);
    CHECK_U64(figures().waiting_calls, 0);
    CHECK_U64(figures().outstanding, 10);
    replenish(10);
    CHECK_U64(figures().outstanding, 0);
    tear_down();
}

static void one_pump_serves_many_posted_calls(void) {
    enum { CALLS = 20000 };
    set_up();
    pthread_t thread;
    uint64_t granted = 0;
    CHECK_U64(pthread_create(&thread, NULL, pump, &granted), 0);
    for (uint64_t number = 0; number < CALLS; number++) post(1 + number % 5, FSB_NO_DEADLINE, number);
    while (figures().granted_calls < CALLS || figures().outstanding != 0) sched_yield();
    CHECK_OK(fsb_credit_pool_free(pool));
    CHECK_U64(pthread_join(thread, NULL), 0);
    CHECK_U64(granted, CALLS);
    CHECK_OK(fsb_credit_channel_free(channel));
}

/* The deadline of a posted call is kept by the thread that waits for completions, without another event. */
static void the_pump_keeps_deadlines(void) {
    set_up();
    fsb_credit_completion ended;
    size_t count = 0;
    CHECK_U64(request_of(channel, 10), 10);
    post(1, 20, 1);
    CHECK_OK(fsb_credit_pool_next_completions(pool, FSB_NO_DEADLINE, &ended, 1, &count, &test_error));
    CHECK_STATUS(ended.status, FSB_STATUS_TIMED_OUT);
    tear_down();
}

enum { WORKERS = 4, ROUNDS = 20000 };
static uint64_t in_use, most_in_use;

static void *work(void *argument) {
    (void)argument;
    for (int round = 0; round < ROUNDS; round++) {
        uint64_t credits = 1 + (uint64_t)round % 5;
        if (fsb_credit_channel_acquire(channel, credits, FSB_NO_DEADLINE, 0, NULL) != FSB_STATUS_OK) return (void *)"not granted";
        uint64_t now = __atomic_add_fetch(&in_use, credits, __ATOMIC_SEQ_CST), most = __atomic_load_n(&most_in_use, __ATOMIC_SEQ_CST);
        while (now > most && !__atomic_compare_exchange_n(&most_in_use, &most, now, 0, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST)) continue;
        __atomic_sub_fetch(&in_use, credits, __ATOMIC_SEQ_CST);
        if (fsb_credit_channel_replenish(channel, credits, NULL) != FSB_STATUS_OK) return (void *)"not taken back";
    }
    return NULL;
}

static void threads_never_have_more_out_than_there_is(void) {
    set_up();
    pthread_t threads[WORKERS];
    for (int at = 0; at < WORKERS; at++) CHECK_U64(pthread_create(&threads[at], NULL, work, NULL), 0);
    for (int at = 0; at < WORKERS; at++) {
        void *failure = NULL;
        CHECK_U64(pthread_join(threads[at], &failure), 0);
        CHECK(failure == NULL);
    }
    CHECK(most_in_use > 0 && most_in_use <= 10);
    CHECK_U64(figures().outstanding, 0);
    CHECK_U64(figures().granted_calls, WORKERS * ROUNDS);
    tear_down();
}

/* Flushes too slow for the writes: the engine would have them wait. */
static void a_write_refused_by_a_stalled_engine_gives_its_credits_back(void) {
    static uint8_t batch[16 + 8 + 4096];
    set_up();
    fsb_backend *backend = open_at(path_of("data"), ",\"column_families\":[],\"write_buffer_size_bytes\":65536,\"max_write_buffer_number\":2,"
                                                    "\"rate_limiter_bytes_per_second\":32768,\"compression\":\"none\"");
    batch[0] = 1;
    batch[8] = 8;
    batch[13] = 4096 >> 8;
    fsb_status status = FSB_STATUS_OK;
    for (uint64_t row = 0; row < 1000 && status == FSB_STATUS_OK; row++) {
        memcpy(batch + 16, &row, sizeof row);
        CHECK_U64(request_of(channel, 1), 1);
        status = fsb_backend_try_write(backend, batch, sizeof batch, &test_error);
        if (status == FSB_STATUS_OK) replenish(1);
    }
    CHECK_REFUSED(status, FSB_STATUS_STALLED, "data");
    CHECK_OK(fsb_credit_channel_refund(channel, 1, &test_error));
    CHECK_U64(figures().congestions, 1);
    CHECK_U64(figures().outstanding, 0);
    close_and_free(backend);
    tear_down();
}

static void options_out_of_range_are_refused_by_name(void) {
    static const char *const wrong[][2] = {
        {"{}", "capacity"},
        {"{\"capacity\":0}", "capacity"},
        {"{\"capacity\":-1}", "capacity"},
        {"{\"capacity\":1.5}", "capacity"},
        {"{\"capacity\":9223372036854775808}", "capacity"},
        {"{\"capacity\":1e300}", "capacity"},
        {"{\"capacity\":NaN}", "JSON"},
        {"{\"capacity\":10,\"largest_request\":6}", "largest_request"},
        {"{\"capacity\":10,\"largest_request\":-1}", "largest_request"},
        {"{\"capasity\":10}", "capacity"},
        {"{\"capacity\":10,\"capacity\":10}", "capacity"},
    };
    for (size_t at = 0; at < COUNT_OF(wrong); at++) CHECK_REFUSED(try_create(wrong[at][0]), FSB_STATUS_INVALID_OPTION, wrong[at][1]);
    CHECK_OK(try_create("{\"capacity\":9223372036854775807}"));
    CHECK_U64(figures().limit, INT64_MAX);
    CHECK_OK(fsb_credit_pool_free(pool));
}

static void arguments_out_of_range_are_refused_by_name(void) {
    set_up();
    fsb_credit_completion ended;
    uint64_t granted = 0, delay = 0;
    size_t count = 0;
    fsb_credit_channel *other = NULL;
    CHECK_REFUSED(fsb_credit_channel_request(channel, 0, &granted, &test_error), FSB_STATUS_INVALID_ARGUMENT, "0 credits");
    CHECK_REFUSED(fsb_credit_channel_request(channel, 1, NULL, &test_error), FSB_STATUS_INVALID_ARGUMENT, "granted");
    CHECK_U64(figures().outstanding, 0);
    CHECK_REFUSED(acquire(0, 0), FSB_STATUS_INVALID_ARGUMENT, "0 credits");
    CHECK_REFUSED(acquire(6, 0), FSB_STATUS_INVALID_ARGUMENT, "largest_request");
    CHECK_REFUSED(acquire(UINT64_MAX, 0), FSB_STATUS_INVALID_ARGUMENT, "source");
    CHECK_REFUSED(acquire(1, -1), FSB_STATUS_INVALID_ARGUMENT, "-1");
    CHECK_REFUSED(fsb_credit_channel_post(channel, 1, INT64_MIN, 1, &test_error), FSB_STATUS_INVALID_ARGUMENT, "timeout_millis");
    CHECK_REFUSED(fsb_credit_pool_next_completions(pool, -1, &ended, 1, &count, &test_error), FSB_STATUS_INVALID_ARGUMENT, "timeout_millis");
    CHECK_REFUSED(fsb_credit_pool_next_completions(pool, 0, &ended, 0, &count, &test_error), FSB_STATUS_INVALID_ARGUMENT, "capacity");
    CHECK_REFUSED(fsb_credit_pool_next_completions(pool, 0, NULL, 1, &count, &test_error), FSB_STATUS_INVALID_ARGUMENT, "completions");
    CHECK_REFUSED(fsb_credit_channel_open(pool, "greedy", 6, 6, &other, &test_error), FSB_STATUS_INVALID_ARGUMENT, "greedy");
    CHECK_REFUSED(fsb_credit_channel_open(pool, "greedy", 6, UINT64_MAX, &other, &test_error), FSB_STATUS_INVALID_ARGUMENT, "greedy");
    CHECK_REFUSED(fsb_credit_channel_open(pool, "\xff", 1, 0, &other, &test_error), FSB_STATUS_INVALID_ARGUMENT, "UTF-8");
    CHECK_REFUSED(fsb_backoff_delay(0, 0, 10, 1, &delay, &test_error), FSB_STATUS_INVALID_ARGUMENT, "base_millis");
    CHECK_REFUSED(fsb_backoff_delay(0, 20, 10, 1, &delay, &test_error), FSB_STATUS_INVALID_ARGUMENT, "cap_millis");
    CHECK(other == NULL && delay == 0);
    tear_down();
}

static void more_than_is_out_is_not_taken_back(void) {
    set_up();
    CHECK_U64(request_of(channel, 4), 4);
    CHECK_REFUSED(fsb_credit_channel_replenish(channel, 5, &test_error), FSB_STATUS_INVALID_ARGUMENT, "'source'");
    CHECK_REFUSED(fsb_credit_channel_replenish(channel, 5, &test_error), FSB_STATUS_INVALID_ARGUMENT, "5 credits and has 4");
    CHECK_REFUSED(fsb_credit_channel_replenish(channel, UINT64_MAX, &test_error), FSB_STATUS_INVALID_ARGUMENT, "4");
    CHECK_REFUSED(fsb_credit_channel_replenish(channel, 0, &test_error), FSB_STATUS_INVALID_ARGUMENT, "0 credits");
    CHECK_REFUSED(fsb_credit_channel_refund(channel, 5, &test_error), FSB_STATUS_INVALID_ARGUMENT, "4");
    CHECK_U64(figures().outstanding, 4);
    CHECK_U64(figures().congestions, 0);
    tear_down();
}

static void delays_double_and_stay_below_the_cap(void) {
    for (uint32_t attempt = 0; attempt < 200; attempt++) {
        uint64_t delay = 0, whole = attempt < 7 ? (uint64_t)10 << attempt : 1000;
        CHECK_OK(fsb_backoff_delay(attempt, 10, 1000, attempt, &delay, &test_error));
        CHECK(delay >= (whole < 1000 ? whole : 1000) / 2 && delay <= (whole < 1000 ? whole : 1000));
    }
}

int main(int argc, char **argv) {
    const test_case tests[] = {
        {"requests_share_what_there_is_and_own_credits_are_not_lent", requests_share_what_there_is_and_own_credits_are_not_lent, NULL},
        {"a_lower_limit_is_a_debt", a_lower_limit_is_a_debt, NULL},
        {"a_wait_without_time_answers_at_once", a_wait_without_time_answers_at_once, NULL},
        {"waiting_threads_are_served_in_order", waiting_threads_are_served_in_order, NULL},
        {"waiting_threads_are_ended_by_cancel_and_by_free", waiting_threads_are_ended_by_cancel_and_by_free, NULL},
        {"posted_calls_complete_in_order", posted_calls_complete_in_order, NULL},
        {"a_closed_pool_hands_out_the_ends_of_all_posted_calls", a_closed_pool_hands_out_the_ends_of_all_posted_calls, NULL},
        {"a_closed_pool_ends_waits_and_refuses_calls", a_closed_pool_ends_waits_and_refuses_calls, NULL},
        {"one_pump_serves_many_posted_calls", one_pump_serves_many_posted_calls, NULL},
        {"the_pump_keeps_deadlines", the_pump_keeps_deadlines, NULL},
        {"threads_never_have_more_out_than_there_is", threads_never_have_more_out_than_there_is, NULL},
        {"a_write_refused_by_a_stalled_engine_gives_its_credits_back", a_write_refused_by_a_stalled_engine_gives_its_credits_back, NULL},
        {"options_out_of_range_are_refused_by_name", options_out_of_range_are_refused_by_name, NULL},
        {"arguments_out_of_range_are_refused_by_name", arguments_out_of_range_are_refused_by_name, NULL},
        {"more_than_is_out_is_not_taken_back", more_than_is_out_is_not_taken_back, NULL},
        {"delays_double_and_stay_below_the_cap", delays_double_and_stay_below_the_cap, NULL},
    };
    return run_tests(tests, COUNT_OF(tests), argc, argv);
}
