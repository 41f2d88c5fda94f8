/* Keyed state of a process that is killed: with a log nothing acknowledged is lost, without one the state of the last flush is there, of all
 * kinds of state together.
 *
 * The writing process works through one row of operations. Operation number n follows from n alone, so that who judges knows the state after
 * any number of them; how many were begun, done and flushed stands in memory that outlives the writer. */
#include "keyed_modes.h"

#include <stdatomic.h>

enum { KEYS = 6, ENTRIES = 8, MOST_ELEMENTS = 64, KILLS = 12, OPERATIONS_BETWEEN_FLUSHES = 150 };

typedef struct ledger {
    _Atomic uint64_t begun, done, flush_begun, flushed;
} ledger;

/* What one key has: numbers of the operations that wrote it, plus one. */
typedef struct contents {
    uint64_t value, entries[ENTRIES], elements[MOST_ELEMENTS];
    int64_t sum;
    unsigned element_count;
} contents;

static ledger *shared;
static contents model[KEYS];
static int signals[2];
static fsb_state *value, *list, *map, *sum;

/* ---- operations, on the model and on the state ---- */

typedef enum action { PUT, CLEAR, ADD_ELEMENT, UPDATE_LIST, PUT_ENTRY, PUT_TWO_ENTRIES, REMOVE_ENTRY, CLEAR_MAP, ADD, ACTIONS } action;

typedef struct operation {
    action what;
    uint32_t key, entry;
} operation;

static operation operation_at(uint64_t number) {
    uint64_t random = number * 2654435761u + 17;
    operation drawn;
    drawn.what = (action)random_below(&random, ACTIONS);
    drawn.key = random_below(&random, KEYS);
    drawn.entry = random_below(&random, ENTRIES);
    return drawn;
}

static void apply_to_model(uint64_t number) {
    const operation it = operation_at(number);
    contents *of_key = &model[it.key];
    switch (it.what) {
    case PUT: of_key->value = number + 1; break;
    case CLEAR: of_key->value = 0; break;
    case ADD_ELEMENT:
        if (of_key->element_count < MOST_ELEMENTS) of_key->elements[of_key->element_count++] = number + 1;
        break;
    case UPDATE_LIST: of_key->element_count = 1, of_key->elements[0] = number + 1; break;
    case PUT_TWO_ENTRIES: of_key->entries[(it.entry + 1) % ENTRIES] = number + 1; /* falls through */
    case PUT_ENTRY: of_key->entries[it.entry] = number + 1; break;
    case REMOVE_ENTRY: of_key->entries[it.entry] = 0; break;
    case CLEAR_MAP: memset(of_key->entries, 0, sizeof of_key->entries); break;
    default: of_key->sum += (int64_t)number;
    }
}

static void apply_to_state(uint64_t number) {
    const operation it = operation_at(number);
    char key[16], entry[16], content[32], elements[40], both[96];
    snprintf(key, sizeof key, "key %" PRIu32, it.key);
    snprintf(entry, sizeof entry, "%" PRIu32, it.entry);
    snprintf(content, sizeof content, "%" PRIu64, number + 1);
    snprintf(elements, sizeof elements, "%s;", content);
    snprintf(both, sizeof both, "%s=%s;%" PRIu32 "=%s;", entry, content, (it.entry + 1) % ENTRIES, content);
    set_key(opened.keyed, key);
    switch (it.what) {
    case PUT: put_value(value, content); break;
    case CLEAR: clear_state(value); break;
    case ADD_ELEMENT:
        if (model[it.key].element_count < MOST_ELEMENTS) add_elements(list, elements);
        break;
    case UPDATE_LIST: update_elements(list, elements); break;
    case PUT_ENTRY: map_put(map, entry, content); break;
    case PUT_TWO_ENTRIES: map_put_all(map, both); break;
    case REMOVE_ENTRY: map_remove(map, entry); break;
    case CLEAR_MAP: clear_state(map); break;
    default: CHECK_OK(fsb_state_add_i64(sum, (int64_t)number, &test_error));
    }
}

/* ---- what is found ---- */

static void model_after(uint64_t operations) {
    memset(model, 0, sizeof model);
    for (uint64_t number = 0; number < operations; number++) apply_to_model(number);
}

static const char *expected_elements(const contents *of_key) {
    static text expected;
    text_start(&expected);
    for (unsigned at = 0; at < of_key->element_count; at++) {
        char element[32];
        text_add(&expected, element, (size_t)snprintf(element, sizeof element, "%" PRIu64 ";", of_key->elements[at]));
    }
    return expected.of;
}

static const char *expected_entries(const contents *of_key) {
    static text expected;
    text_start(&expected);
    for (unsigned at = 0; at < ENTRIES; at++) {
        char entry[48];
        if (of_key->entries[at] == 0) continue;
        text_add(&expected, entry, (size_t)snprintf(entry, sizeof entry, "%u=%" PRIu64 ";", at, of_key->entries[at]));
    }
    return expected.of;
}

static int is_as_expected(const contents *of_key) {
    char expected[32];
    int64_t result = 0;
    snprintf(expected, sizeof expected, of_key->value == 0 ? "(absent)" : "%" PRIu64, of_key->value);
    fsb_status status = fsb_state_result_i64(sum, &result, &test_error);
    CHECK(status == FSB_STATUS_OK || status == FSB_STATUS_NOT_FOUND);
    return strcmp(value_of(value), expected) == 0 && strcmp(elements_of(list), expected_elements(of_key)) == 0 &&
           strcmp(entries_of(map), expected_entries(of_key)) == 0 && result == of_key->sum;
}

/* Whether the state is that after so many operations, over all keys and kinds. */
static int is_state_after(uint64_t operations) {
    char key[16];
    model_after(operations);
    for (uint32_t at = 0; at < KEYS; at++) {
        snprintf(key, sizeof key, "key %" PRIu32, at);
        set_key(opened.keyed, key);
        if (!is_as_expected(&model[at])) return 0;
    }
    return 1;
}

/* With a log the operations done are there, and at most the one in flight besides; without one those of the last flush, or of the one in
 * flight. The ledger goes on from what was found. */
static void compare(int logged) {
    const uint64_t least = logged ? atomic_load(&shared->done) : atomic_load(&shared->flushed);
    const uint64_t most = logged ? atomic_load(&shared->begun) : atomic_load(&shared->flush_begun);
    const uint64_t found = is_state_after(least) ? least : most;
    if (!is_state_after(found))
        test_fail(__FILE__, __LINE__, "the state is neither that after %" PRIu64 " nor that after %" PRIu64 " operations", least, most);
    atomic_store(&shared->begun, found);
    atomic_store(&shared->done, found);
    atomic_store(&shared->flush_begun, found);
    atomic_store(&shared->flushed, found);
}

/* ---- the process that is killed ---- */

static void open_states(void) {
    open_mode();
    value = open_state(opened.keyed, "{\"name\":\"value\",\"kind\":\"value\"}");
    list = open_state(opened.keyed, "{\"name\":\"list\",\"kind\":\"list\"}");
    map = open_state(opened.keyed, "{\"name\":\"map\",\"kind\":\"map\"}");
    sum = open_state(opened.keyed, "{\"name\":\"sum\",\"kind\":\"reducing\",\"aggregate\":\"sum_i64\"}");
}

static void flush(uint64_t operations) {
    atomic_store(&shared->flush_begun, operations);
    CHECK_OK(fsb_backend_flush(opened.backend, &test_error));
    atomic_store(&shared->flushed, operations);
}

/* Writes on and on; tells once it has done `until` operations, upon which it will be killed at any moment. */
__attribute__((noreturn)) static void live_until_killed(int logged, uint64_t until) {
    open_states();
    compare(logged);
    until += atomic_load(&shared->done);
    for (uint64_t number = atomic_load(&shared->done);; number++) {
        atomic_store(&shared->begun, number + 1);
        apply_to_state(number);
        apply_to_model(number);
        atomic_store(&shared->done, number + 1);
        if (number % OPERATIONS_BETWEEN_FLUSHES == 0) flush(number + 1);
        if (number == until) CHECK(write(signals[1], "", 1) == 1);
    }
}

/* ---- the process that kills ---- */

static void run_and_kill(int logged, uint64_t until) {
    int status = 0;
    char mark = 0;
    CHECK_U64(pipe(signals), 0);
    pid_t child = test_fork();
    if (child == 0) live_until_killed(logged, until);
    close(signals[1]);
    if (read(signals[0], &mark, 1) == 1) kill(child, SIGKILL);
    CHECK(waitpid(child, &status, 0) == child);
    close(signals[0]);
    if (test_shared_report->failure[0] != '\0') _exit(1);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void killed_writers_leave_a_whole_state(void) {
    const int logged = strcmp(((const mode *)test_context)->backend, "") == 0;
    void *memory = mmap(NULL, sizeof(ledger), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(memory != MAP_FAILED);
    shared = (ledger *)memory;
    for (uint64_t kills = 0; kills < KILLS; kills++) run_and_kill(logged, 37 * kills % 400);
    open_states();
    compare(logged);
    CHECK(atomic_load(&shared->done) > KILLS);
    fsb_state *const states[] = {value, list, map, sum};
    for (size_t at = 0; at < COUNT_OF(states); at++) CHECK_OK(fsb_state_free(states[at]));
    close_mode();
}

int main(int argc, char **argv) {
    static const test_case tests[] = {{"killed_writers_leave_a_whole_state", killed_writers_leave_a_whole_state, NULL}};
    return run_in_every_mode(tests, COUNT_OF(tests), argc, argv);
}
