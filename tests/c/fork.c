/* A process forked from one with an open backend, or with a credit pool alone: every call on what it inherited answers FORKED and takes no
 * lock, whatever the other threads of the parent were doing; the parent goes on. */
#include "live_set.h"

#include <pthread.h>
#include <stdbool.h>

enum { THREADS = 4, FORKS = 50 };

static handle_set set;
static atomic_bool ended;

static void set_up(void) { set = live_set(path_of("data")); }

static void tear_down(void) {
    CHECK_ROW(FAMILY_OF(&set), "key", "value");
    free_set(&set);
}

/* Holds the locks of the table of handles, of the engine and of malloc again and again. */
static void *hammer(void *argument) {
    while (!atomic_load(&ended)) {
        CHECK_STATUS(fsb_buffer_free((fsb_buffer *)live_buffer()), FSB_STATUS_OK);
        CHECK_STATUS(fsb_iterator_free((fsb_iterator *)live_iterator(FAMILY_OF(&set))), FSB_STATUS_OK);
        put(FAMILY_OF(&set), "other", "value");
    }
    return argument;
}

static void check_error_of_fork(fsb_error *error) {
    CHECK(error != NULL);
    CHECK_CONTAINS(fsb_error_message(error), "forked");
    fsb_error_details details;
    memset(&details, 0, sizeof details);
    details.struct_size = sizeof details;
    CHECK_STATUS(fsb_error_describe(error, &details), FSB_STATUS_OK);
    CHECK_STATUS(details.status, FSB_STATUS_FORKED);
    CHECK_TEXT(details.message, fsb_error_message(error));
    CHECK_U64(details.message_length, strlen(details.message));
    CHECK_STATUS(fsb_error_free(error), FSB_STATUS_OK);
}

static void check_forked_call(const export_call *row) {
    /* A message is no status; that of an inherited error is empty. */
    bool is_text = strcmp(row->name, "fsb_error_message") == 0;
    fsb_error *error = NULL;
    fsb_status status = row->call(&set, &error), expected = is_text ? FSB_STATUS_INVALID_HANDLE : FSB_STATUS_FORKED;
    if (row->traits & CONSTANT) expected = FSB_STATUS_OK;
    if (status != expected)
        test_fail(__FILE__, __LINE__, "%s answered %s in a forked process and should answer %s", row->name, fsb_status_name(status),
                  fsb_status_name(expected));
    if (row->traits & FAILS_WITH_ERROR) check_error_of_fork(error);
}

static void check_every_call(void) {
    for (size_t at = 0; at < COUNT_OF(export_calls); at++) check_forked_call(&export_calls[at]);
}

static void run_in_child(void (*body)(void)) {
    int status = 0;
    pid_t child = test_fork();
    if (child == 0) {
        body();
        _exit(0);
    }
    CHECK(waitpid(child, &status, 0) == child);
    CHECK_U64(status, 0);
}

static void check_in_grandchild(void) { run_in_child(check_every_call); }

static void every_call_in_a_forked_process_answers_forked(void) {
    set_up();
    run_in_child(check_every_call);
    tear_down();
}

static void a_process_forked_by_a_forked_one_is_forked(void) {
    set_up();
    run_in_child(check_in_grandchild);
    tear_down();
}

static void no_lock_of_another_thread_is_waited_for(void) {
    pthread_t threads[THREADS];
    set_up();
    for (size_t at = 0; at < COUNT_OF(threads); at++) CHECK(pthread_create(&threads[at], NULL, hammer, NULL) == 0);
    for (int round = 0; round < FORKS; round++) run_in_child(check_every_call);
    atomic_store(&ended, true);
    for (size_t at = 0; at < COUNT_OF(threads); at++) CHECK(pthread_join(threads[at], NULL) == 0);
    tear_down();
}

/* A pool of one credit with its channel, and no backend. */
static void set_up_credits(void) {
    fsb_credit_pool *pool = NULL;
    CHECK_OK(fsb_credit_pool_create("{\"capacity\":1}", 14, &pool, &test_error));
    set.of[KIND_POOL] = pool;
    set.of[KIND_CHANNEL] = live_channel(pool);
}

static void tear_down_credits(void) {
    CHECK_OK(fsb_credit_channel_free(CHANNEL_OF(&set)));
    CHECK_OK(fsb_credit_pool_free(POOL_OF(&set)));
}

static void a_process_forked_from_one_with_a_pool_alone_is_forked(void) {
    uint64_t granted = 0;
    set_up_credits();
    run_in_child(check_every_call);
    CHECK_OK(fsb_credit_channel_request(CHANNEL_OF(&set), 1, &granted, &test_error));
    CHECK_U64(granted, 1);
    tear_down_credits();
}

/* Holds the lock of the pool again and again, and waits in its queue in between. */
static void *hammer_credits(void *argument) {
    while (!atomic_load(&ended)) {
        CHECK_STATUS(fsb_credit_channel_acquire(CHANNEL_OF(&set), 1, FSB_NO_DEADLINE, 1, NULL), FSB_STATUS_OK);
        CHECK_STATUS(fsb_credit_channel_replenish(CHANNEL_OF(&set), 1, NULL), FSB_STATUS_OK);
        CHECK_STATUS(call_credit_pool_figures(&set, NULL), FSB_STATUS_OK);
    }
    return argument;
}

static void *wait_for_completions(void *argument) {
    fsb_credit_completion completion;
    size_t count = 0;
    CHECK_STATUS(fsb_credit_pool_next_completions(POOL_OF(&set), FSB_NO_DEADLINE, &completion, 1, &count, NULL), FSB_STATUS_CLOSED);
    return argument;
}

static void no_lock_of_a_pool_is_waited_for(void) {
    pthread_t threads[THREADS], pump;
    set_up_credits();
    CHECK(pthread_create(&pump, NULL, wait_for_completions, NULL) == 0);
    for (size_t at = 0; at < COUNT_OF(threads); at++) CHECK(pthread_create(&threads[at], NULL, hammer_credits, NULL) == 0);
    for (int round = 0; round < FORKS; round++) run_in_child(check_every_call);
    atomic_store(&ended, true);
    for (size_t at = 0; at < COUNT_OF(threads); at++) CHECK(pthread_join(threads[at], NULL) == 0);
    CHECK_OK(fsb_credit_pool_close(POOL_OF(&set), &test_error));
    CHECK(pthread_join(pump, NULL) == 0);
    tear_down_credits();
}

static void the_error_of_a_forked_process_is_none_in_another(void) {
    set_up();
    fsb_error *foreign = (fsb_error *)(((uintptr_t)set.of[KIND_ERROR] >> 60 << 60) | ((1u << 20) - 1));
    CHECK_TEXT(fsb_error_message(foreign), "");
    CHECK_STATUS(fsb_error_free(foreign), FSB_STATUS_INVALID_HANDLE);
    tear_down();
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"every_call_in_a_forked_process_answers_forked", every_call_in_a_forked_process_answers_forked, NULL},
        {"a_process_forked_by_a_forked_one_is_forked", a_process_forked_by_a_forked_one_is_forked, NULL},
        {"no_lock_of_another_thread_is_waited_for", no_lock_of_another_thread_is_waited_for, NULL},
        {"a_process_forked_from_one_with_a_pool_alone_is_forked", a_process_forked_from_one_with_a_pool_alone_is_forked, NULL},
        {"no_lock_of_a_pool_is_waited_for", no_lock_of_a_pool_is_waited_for, NULL},
        {"the_error_of_a_forked_process_is_none_in_another", the_error_of_a_forked_process_is_none_in_another, NULL},
    };
    return run_tests(tests, COUNT_OF(tests), argc, argv);
}
