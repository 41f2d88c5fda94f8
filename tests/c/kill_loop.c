/* Kills a writing process again and again at random moments, while it opens, recovers, writes, flushes, compacts and closes, and
 * proves each time that no acknowledged write is lost and nothing unacknowledged is half applied.
 *
 * usage: kill_loop [--kills N] [--seed S]
 *
 * The writing process has two writers with rows of their own in shared families. Before an operation it counts it as attempted and
 * after its answer as acknowledged, in memory that outlives it. Whoever opens next compares all rows of all families: each writer's
 * must be those of its acknowledged operations, or of these and the one in flight, whole.
 */
#include "kill_model.h"

#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#define OPTIONS                                                                                                              \
    ",\"wal\":\"enabled\",\"column_families\":[\"default\",\"first\",\"second\"],\"write_buffer_size_bytes\":65536,"         \
    "\"max_write_buffer_number\":4,\"target_file_size_base_bytes\":262144,\"max_bytes_for_level_base_bytes\":1048576"
#define MILLISECOND 1000000u
#define CHILD_HANG_SECONDS 300

typedef enum phase { PHASE_OPENING, PHASE_COMPARING, PHASE_WRITING, PHASE_CLOSING, PHASES } phase;

/* What outlives a killed process. */
typedef struct ledger {
    _Atomic uint64_t attempted[WRITERS], acknowledged[WRITERS];
    _Atomic int phase;
} ledger;

/* How one process shall end: killed `delay` nanoseconds after it has reached a phase, or by itself when it is not killed at all. */
typedef struct plan {
    phase from;
    uint64_t delay;
    uint64_t operations; /* of each writer before it closes */
    int kill;
} plan;

static struct {
    uint64_t kills, seed;
} wanted = {60, 0};

static ledger *shared;
static model models[WRITERS]; /* of the acknowledged operations; a forked process goes on with its copy */
static uint64_t applied[WRITERS];
static fsb_backend *backend;
static fsb_column_family *families[FAMILIES];
static plan current;
static int signals[2];

/* ---- the process that is killed ---- */

static void enter(phase next) {
    const char mark = (char)next;
    atomic_store(&shared->phase, next);
    CHECK(write(signals[1], &mark, 1) == 1);
}

static void add_record(packed *batch, unsigned writer, uint64_t number, const record *one) {
    char key[32], value[MOST_VALUE_BYTES], end[32];
    size_t length = 0;
    model_key(writer, one->first, key);
    if (one->kind == RECORD_PUT) length = model_value(writer, number, one->family, one->first, value);
    if (one->kind == RECORD_DELETE_RANGE) length = model_key(writer, one->end, end);
    batch_record(batch, one->kind, id_of(families[one->family]), key, strlen(key), one->kind == RECORD_PUT ? value : end, length);
}

static void write_batch(unsigned writer, uint64_t number, const operation *todo) {
    packed batch = {NULL, 0, 0};
    for (unsigned at = 0; at < todo->count; at++) add_record(&batch, writer, number, &todo->records[at]);
    CHECK_OK(try_write(backend, &batch));
    packed_free(&batch);
}

static void write_row(unsigned writer, uint64_t number, const record *one) {
    char key[32], value[MOST_VALUE_BYTES];
    size_t key_length = model_key(writer, one->first, key), length = model_value(writer, number, one->family, one->first, value);
    CHECK_OK(fsb_column_family_put(families[one->family], bytes(key), key_length, bytes(value), length, &test_error));
}

static void drop_family(unsigned family) {
    CHECK_OK(fsb_backend_drop_column_family(backend, model_families[family], strlen(model_families[family]), &test_error));
    CHECK_OK(fsb_column_family_free(families[family]));
    families[family] = NULL;
}

static void perform(unsigned writer, uint64_t number, const operation *todo) {
    const record *one = &todo->records[0];
    char key[32];
    switch (todo->kind) {
    case OPERATION_PUT: write_row(writer, number, one); break;
    case OPERATION_BATCH: write_batch(writer, number, todo); break;
    case OPERATION_FLUSH: CHECK_OK(fsb_backend_flush(backend, &test_error)); break;
    case OPERATION_MAKE_FAMILY: families[one->family] = create_family(backend, model_families[one->family], NULL); break;
    case OPERATION_DROP_FAMILY: drop_family(one->family); break;
    case OPERATION_DELETE:
        model_key(writer, one->first, key);
        delete_key(families[one->family], key);
        break;
    }
}

static void *write_rows(void *argument) {
    unsigned writer = *(const unsigned *)argument;
    for (uint64_t done = 0; done < current.operations; done++) {
        uint64_t number = atomic_load(&shared->acknowledged[writer]);
        operation todo = operation_at(wanted.seed, writer, number, &models[writer]);
        atomic_store(&shared->attempted[writer], number + 1);
        perform(writer, number, &todo);
        model_apply(&models[writer], &todo, number);
        atomic_store(&shared->acknowledged[writer], number + 1);
    }
    return NULL;
}

static void run_writers(void) {
    static const unsigned numbers[WRITERS] = {0, 1};
    pthread_t threads[WRITERS];
    for (int at = 0; at < WRITERS; at++) CHECK_U64(pthread_create(&threads[at], NULL, write_rows, (void *)&numbers[at]), 0);
    for (int at = 0; at < WRITERS; at++) CHECK_U64(pthread_join(threads[at], NULL), 0);
}

/* ---- the comparison, in the process that opens next ---- */

static model found[WRITERS];

static void find_row(unsigned family, const page_row *row) {
    char key[32] = "", expected[MOST_VALUE_BYTES];
    unsigned writer = 0, number_of_key = 0;
    CHECK(row->key_length < sizeof key);
    memcpy(key, row->key, row->key_length);
    CHECK_U64(sscanf(key, "w%u-%u", &writer, &number_of_key), 2);
    CHECK(writer < WRITERS && number_of_key < KEYS);
    uint64_t number = strtoull((const char *)row->value, NULL, 10);
    size_t length = model_value(writer, number, family, number_of_key, expected);
    CHECK_BYTES(row->value, row->value_length, expected, length);
    found[writer].rows[family][number_of_key] = number + 1;
}

static void find_rows(unsigned family) {
    static uint8_t page[1 << 17];
    size_t length = 0, rows = 0;
    fsb_iterator *iterator = NULL;
    CHECK_OK(fsb_column_family_iterator(families[family], NULL, &iterator, &test_error));
    do {
        size_t at = 0;
        CHECK_OK(fsb_iterator_next_page(iterator, page, sizeof page - 1, &length, &rows, &test_error));
        page[length] = '\0';
        while (at < length) {
            page_row row = page_next(page, length, &at);
            find_row(family, &row);
        }
    } while (rows != 0);
    CHECK_OK(fsb_iterator_free(iterator));
}

static void find_everything(void) {
    char quoted[64];
    const char *names = family_names(backend);
    for (unsigned writer = 0; writer < WRITERS; writer++) model_start(&found[writer]);
    for (unsigned family = 0; family < FAMILIES; family++) {
        snprintf(quoted, sizeof quoted, "\"%s\"", model_families[family]);
        if (strstr(names, quoted) == NULL) continue;
        found[0].exists[family] = 1;
        families[family] = family_of(backend, model_families[family]);
        find_rows(family);
    }
}

/* Names the first difference and counts all, so that a failure says how much is lost. */
__attribute__((noreturn)) static void report_loss(unsigned writer, uint64_t acknowledged, uint64_t attempted) {
    char first[256] = "a family is missing or too many";
    unsigned lost = 0;
    for (unsigned family = 0; family < FAMILIES; family++) {
        for (unsigned key = 0; key < KEYS; key++) {
            uint64_t is = found[writer].rows[family][key], should = models[writer].rows[family][key];
            if (is != should && lost++ == 0)
                snprintf(first, sizeof first, "key %u of %s is of operation %" PRId64 " and should be of %" PRId64, key,
                         model_families[family], (int64_t)is - 1, (int64_t)should - 1);
        }
    }
    test_fail(__FILE__, __LINE__,
              "writer %u: %u rows differ after %" PRIu64 " acknowledged and %" PRIu64 " attempted operations, the first: %s; seed %" PRIu64,
              writer, lost, acknowledged, attempted, first, wanted.seed);
}

static int is_found(unsigned writer) { return memcmp(&found[writer], &models[writer], sizeof(model)) == 0; }

/* The rows are those of the acknowledged operations, or of these and the one in flight, which then counts as acknowledged. */
static void compare(unsigned writer) {
    uint64_t acknowledged = atomic_load(&shared->acknowledged[writer]), attempted = atomic_load(&shared->attempted[writer]);
    if (is_found(writer)) return;
    if (attempted == acknowledged) report_loss(writer, acknowledged, attempted);
    model without = models[writer];
    operation in_flight = operation_at(wanted.seed, writer, acknowledged, &models[writer]);
    model_apply(&models[writer], &in_flight, acknowledged);
    if (!is_found(writer)) {
        models[writer] = without;
        report_loss(writer, acknowledged, attempted);
    }
    atomic_store(&shared->acknowledged[writer], acknowledged + 1);
}

static void close_backend(void) {
    for (unsigned family = 0; family < FAMILIES; family++) CHECK_OK(fsb_column_family_free(families[family]));
    close_and_free(backend);
}

__attribute__((noreturn)) static void live_until_killed(void) {
    alarm(CHILD_HANG_SECONDS);
    enter(PHASE_OPENING);
    backend = open_at(path_of("data"), OPTIONS);
    enter(PHASE_COMPARING);
    find_everything();
    for (unsigned writer = 0; writer < WRITERS; writer++) compare(writer);
    enter(PHASE_WRITING);
    run_writers();
    enter(PHASE_CLOSING);
    close_backend();
    _exit(0);
}

/* ---- the process that kills ---- */

static plan draw_plan(uint64_t *random) {
    const unsigned lot = draw(random, 100);
    plan drawn = {PHASE_WRITING, (uint64_t)draw(random, 30 * MILLISECOND), UINT64_MAX, 1};
    if (lot < 15) drawn.from = PHASE_OPENING;
    else if (lot < 20) drawn.from = PHASE_COMPARING, drawn.delay /= 10;
    else if (lot < 35) drawn.from = PHASE_CLOSING, drawn.operations = draw(random, 2000), drawn.delay /= 6;
    return drawn;
}

static void wait_for(phase awaited) {
    char mark = 0;
    while (read(signals[0], &mark, 1) == 1)
        if (mark == (char)awaited) return;
}

static void pass(uint64_t nanoseconds) {
    struct timespec time = {(time_t)(nanoseconds / 1000000000u), (long)(nanoseconds % 1000000000u)};
    nanosleep(&time, NULL);
}

/* Brings the models up to the acknowledged operations, which the ended process has counted. */
static void catch_up(unsigned writer) {
    for (const uint64_t end = atomic_load(&shared->acknowledged[writer]); applied[writer] < end; applied[writer]++) {
        operation done = operation_at(wanted.seed, writer, applied[writer], &models[writer]);
        model_apply(&models[writer], &done, applied[writer]);
    }
}

/* Ends the loop with the folder that shows the failure kept beside the test's own, which is removed. */
__attribute__((noreturn)) static void keep_evidence(void) {
    char kept[1024];
    snprintf(kept, sizeof kept, "%s-failed", test_folder);
    if (rename(path_of("data"), kept) == 0) test_note("the data folder is kept as %s", kept);
    _exit(1);
}

/* Runs one process to its end. Returns whether it was killed; one that ended by itself had closed before. */
static int run_child(plan next) {
    int status = 0;
    current = next;
    CHECK_U64(pipe(signals), 0);
    pid_t child = test_fork();
    if (child == 0) live_until_killed();
    close(signals[1]);
    if (next.kill) {
        wait_for(next.from);
        pass(next.delay);
        kill(child, SIGKILL);
    }
    CHECK(waitpid(child, &status, 0) == child);
    close(signals[0]);
    if (test_shared_report->failure[0] != '\0') keep_evidence();
    if (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL)
        test_fail(__FILE__, __LINE__, "the writing process was ended by signal %d; seed %" PRIu64, WTERMSIG(status), wanted.seed);
    for (unsigned writer = 0; writer < WRITERS; writer++) catch_up(writer);
    return WIFSIGNALED(status);
}

static uint64_t acknowledged_operations(void) {
    uint64_t sum = 0;
    for (unsigned writer = 0; writer < WRITERS; writer++) sum += atomic_load(&shared->acknowledged[writer]);
    return sum;
}

static void print_progress(uint64_t kills, const uint64_t *in_phase) {
    printf("kills %" PRIu64 " of %" PRIu64 " (opening %" PRIu64 ", comparing %" PRIu64 ", writing %" PRIu64 ", closing %" PRIu64
           "), acknowledged operations %" PRIu64 ", lost 0\n",
           kills, wanted.kills, in_phase[PHASE_OPENING], in_phase[PHASE_COMPARING], in_phase[PHASE_WRITING], in_phase[PHASE_CLOSING],
           acknowledged_operations());
    fflush(stdout);
}

static void prepare(void) {
    void *memory = mmap(NULL, sizeof(ledger), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    CHECK(memory != MAP_FAILED);
    shared = (ledger *)memory;
    for (unsigned writer = 0; writer < WRITERS; writer++) model_start(&models[writer]);
    alarm(0);
    printf("seed %" PRIu64 "\n", wanted.seed);
}

static void killed_writers_lose_nothing(void) {
    uint64_t kills = 0, in_phase[PHASES] = {0}, random = wanted.seed;
    prepare();
    while (kills < wanted.kills) {
        if (!run_child(draw_plan(&random))) continue;
        in_phase[atomic_load(&shared->phase)]++;
        if (++kills % 50 == 0) print_progress(kills, in_phase);
    }
    const plan last = {PHASE_CLOSING, 0, 100, 0};
    CHECK(!run_child(last) && !run_child(last));
    print_progress(kills, in_phase);
    printf("kills %" PRIu64 ", acknowledged operations %" PRIu64 ", lost 0, seed %" PRIu64 "\n", kills, acknowledged_operations(),
           wanted.seed);
    fflush(stdout);
}

static int read_arguments(int argc, char **argv) {
    wanted.seed = (uint64_t)time(NULL) * 1000003u + (uint64_t)getpid();
    for (int at = 1; at < argc; at += 2) {
        uint64_t *target = strcmp(argv[at], "--kills") == 0 ? &wanted.kills : strcmp(argv[at], "--seed") == 0 ? &wanted.seed : NULL;
        char *end = NULL;
        if (target == NULL || at + 1 == argc) return 0;
        *target = strtoull(argv[at + 1], &end, 10);
        if (*end != '\0' || end == argv[at + 1]) return 0;
    }
    return 1;
}

int main(int argc, char **argv) {
    static const test_case tests[] = {{"killed_writers_lose_nothing", killed_writers_lose_nothing, NULL}};
    if (!read_arguments(argc, argv)) {
        fprintf(stderr, "usage: %s [--kills N] [--seed S]\n", argv[0]);
        return 2;
    }
    return run_tests(tests, COUNT_OF(tests), 1, argv);
}
