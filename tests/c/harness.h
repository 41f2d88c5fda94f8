/* Harness of the C and C++ test programs: checks that print both values, one process and one folder per test, one line per result.
 *
 * A program lists its tests in an array of `test_case` and returns `run_tests(...)` from main. Every test runs in a process of its
 * own, so a crash or a hang is the failure of that test alone, and it ends with the library's live-object counters at zero.
 * Names on the command line select tests. Compile with -D_GNU_SOURCE.
 */
#ifndef FSB_TESTS_HARNESS_H
#define FSB_TESTS_HARNESS_H

#include <flink_state_backend.h>

#include <ftw.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define TEST_HANG_SECONDS 600
#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

typedef struct test_case {
    const char *name;
    void (*run)(void);
    const void *context; /* handed to the test as `test_context` */
} test_case;

/* The first failure of the running test, in memory shared with the process that reports it. */
typedef struct test_report {
    char failure[2048];
} test_report;

static test_report *test_shared_report;
static const void *test_context;
static char test_folder[512];
static __thread fsb_error *test_error; /* what the calls inside CHECK_OK and CHECK_REFUSED hand over as `&test_error` */

/* Ends the running test, from any of its threads and processes. */
__attribute__((noreturn, format(printf, 3, 4))) static inline void test_fail(const char *file, int line, const char *format, ...) {
    if (test_shared_report->failure[0] == '\0') {
        char sentence[1600];
        va_list arguments;
        va_start(arguments, format);
        vsnprintf(sentence, sizeof sentence, format, arguments);
        va_end(arguments);
        snprintf(test_shared_report->failure, sizeof test_shared_report->failure, "%s (%s:%d)", sentence, file, line);
    }
    _exit(1);
}

/* Forks a process that ends at the latest with this one. Once this one has used the library, whose threads no
 * fork takes along, the new one can do no more than wait. */
static inline pid_t test_fork(void) {
    fflush(stdout);
    pid_t child = fork();
    if (child == 0) prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (child >= 0) return child;
    perror("fork");
    exit(1);
}

/* Prints a line about how the test was made, for example which means a machine allowed. */
__attribute__((format(printf, 1, 2))) static inline void test_note(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fputs("note: ", stdout);
    vprintf(format, arguments);
    va_end(arguments);
    putchar('\n');
    fflush(stdout);
}

#define CHECK(condition) ((condition) ? (void)0 : test_fail(__FILE__, __LINE__, "`%s` does not hold", #condition))
#define CHECK_U64(actual, expected) check_u64(__FILE__, __LINE__, #actual, (uint64_t)(actual), (uint64_t)(expected))
#define CHECK_TEXT(actual, expected) check_text(__FILE__, __LINE__, #actual, (actual), (expected))
#define CHECK_CONTAINS(text, part) check_contains(__FILE__, __LINE__, #text, (text), (part))
#define CHECK_BYTES(actual, actual_length, expected, expected_length) \
    check_bytes(__FILE__, __LINE__, #actual, (actual), (actual_length), (expected), (expected_length))
#define CHECK_STATUS(actual, expected) check_status(__FILE__, __LINE__, #actual, (actual), (expected))
/* The call, made with `&test_error`, succeeds and leaves no error object. */
#define CHECK_OK(call) check_ok(__FILE__, __LINE__, #call, (call))
/* The call, made with `&test_error`, answers `expected` without an error object. */
#define CHECK_ANSWER(call, expected) check_answer(__FILE__, __LINE__, #call, (call), (expected))
/* The call, made with `&test_error`, fails with `expected` and one sentence that holds `part`. */
#define CHECK_REFUSED(call, expected, part) check_refused(__FILE__, __LINE__, #call, (call), (expected), (part))

static inline void check_u64(const char *file, int line, const char *text, uint64_t actual, uint64_t expected) {
    if (actual != expected) test_fail(file, line, "`%s` is %" PRIu64 " and should be %" PRIu64, text, actual, expected);
}

static inline void check_text(const char *file, int line, const char *text, const char *actual, const char *expected) {
    if (strcmp(actual, expected) != 0) test_fail(file, line, "`%s` is \"%s\" and should be \"%s\"", text, actual, expected);
}

static inline void check_contains(const char *file, int line, const char *text, const char *actual, const char *part) {
    if (strstr(actual, part) == NULL) test_fail(file, line, "`%s` is \"%s\" and should hold \"%s\"", text, actual, part);
}

static inline void check_bytes(const char *file, int line, const char *text, const void *actual, size_t actual_length, const void *expected,
                               size_t expected_length) {
    if (actual_length != expected_length)
        test_fail(file, line, "`%s` has %zu bytes and should have %zu", text, actual_length, expected_length);
    const unsigned char *left = (const unsigned char *)actual, *right = (const unsigned char *)expected;
    for (size_t at = 0; at < actual_length; at++)
        if (left[at] != right[at]) test_fail(file, line, "`%s` has byte %u at %zu and should have %u", text, left[at], at, right[at]);
}

static inline const char *test_error_text(void) { return test_error == NULL ? "no error object" : fsb_error_message(test_error); }

static inline void test_error_drop(void) {
    fsb_error_free(test_error);
    test_error = NULL;
}

static inline void check_status(const char *file, int line, const char *text, fsb_status actual, fsb_status expected) {
    if (actual != expected)
        test_fail(file, line, "`%s` answered %s (%d) and should answer %s (%d): %s", text, fsb_status_name(actual), actual,
                  fsb_status_name(expected), expected, test_error_text());
}

static inline void check_answer(const char *file, int line, const char *text, fsb_status actual, fsb_status expected) {
    check_status(file, line, text, actual, expected);
    if (test_error != NULL) test_fail(file, line, "`%s` is an answer and left an error object: %s", text, test_error_text());
}

static inline void check_ok(const char *file, int line, const char *text, fsb_status actual) {
    check_answer(file, line, text, actual, FSB_STATUS_OK);
}

/* The message is one line of text, NUL-terminated, and the details agree with the status that the call answered. */
static inline void check_error_object(const char *file, int line, const char *text, fsb_status status) {
    fsb_error_details details;
    memset(&details, 0, sizeof details);
    details.struct_size = sizeof details;
    if (test_error == NULL) test_fail(file, line, "`%s` failed without an error object", text);
    if (fsb_error_describe(test_error, &details) != FSB_STATUS_OK) test_fail(file, line, "the error of `%s` cannot be described", text);
    if (details.status != status) test_fail(file, line, "the error of `%s` carries status %d instead of %d", text, details.status, status);
    if (details.message_length == 0 || strlen(details.message) != details.message_length || strchr(details.message, '\n') != NULL)
        test_fail(file, line, "the error of `%s` is no line of text: \"%s\"", text, details.message);
}

static inline void check_refused(const char *file, int line, const char *text, fsb_status actual, fsb_status expected, const char *part) {
    check_status(file, line, text, actual, expected);
    check_error_object(file, line, text, expected);
    check_contains(file, line, text, fsb_error_message(test_error), part);
    test_error_drop();
}

static inline void check_no_live_objects(const char *file, int line) {
    fsb_live_objects live;
    memset(&live, 0, sizeof live);
    live.struct_size = sizeof live;
    check_status(file, line, "fsb_live_objects_count(&live)", fsb_live_objects_count(&live), FSB_STATUS_OK);
    const uint64_t counts[] = {live.backends, live.column_families, live.iterators,      live.snapshots, live.resources,   live.buffers,
                               live.views,    live.errors,          live.keyed_backends, live.states,    live.state_scans, live.timer_services,
                               live.credit_pools, live.credit_channels, live.checkpoint_stores, live.checkpoints,
                               live.savepoint_exports, live.savepoint_imports};
    const char *const names[] = {"backends", "column families", "iterators",      "snapshots", "resources",   "buffers",
                                 "views",    "errors",          "keyed backends", "states",    "state scans", "timer services",
                                 "credit pools", "credit channels", "checkpoint stores", "checkpoints",
                                 "savepoint exports", "savepoint imports"};
    for (size_t kind = 0; kind < COUNT_OF(counts); kind++)
        if (counts[kind] != 0) test_fail(file, line, "%" PRIu64 " %s are still alive", counts[kind], names[kind]);
}

static inline int test_remove_entry(const char *path, const struct stat *entry, int kind, struct FTW *walk) {
    (void)entry, (void)kind, (void)walk;
    return remove(path);
}

static inline void test_remove_tree(const char *path) { nftw(path, test_remove_entry, 32, FTW_DEPTH | FTW_PHYS); }

static inline void test_make_folder(void) {
    const char *parent = getenv("TMPDIR");
    snprintf(test_folder, sizeof test_folder, "%s/fsb-test-XXXXXX", parent == NULL || parent[0] == '\0' ? "/tmp" : parent);
    if (mkdtemp(test_folder) == NULL) {
        perror(test_folder);
        exit(1);
    }
}

/* Runs one test in this process, which ends as an ordinary program does, with the library's own teardown. */
__attribute__((noreturn)) static inline void test_run_here(const test_case *test) {
    alarm(TEST_HANG_SECONDS);
    test_context = test->context;
    test->run();
    check_no_live_objects(__FILE__, __LINE__);
    exit(0);
}

static inline int test_passed(const test_case *test, int status) {
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
        printf("ok %s\n", test->name);
        return 1;
    }
    if (test_shared_report->failure[0] != '\0')
        printf("FAILED %s: %s\n", test->name, test_shared_report->failure);
    else if (WIFSIGNALED(status))
        printf("FAILED %s: the process was ended by signal %d (%s)\n", test->name, WTERMSIG(status), strsignal(WTERMSIG(status)));
    else
        printf("FAILED %s: the process ended with exit code %d\n", test->name, WEXITSTATUS(status));
    return 0;
}

static inline int test_run(const test_case *test) {
    int status = 0;
    test_make_folder();
    test_shared_report->failure[0] = '\0';
    pid_t child = test_fork();
    if (child == 0) test_run_here(test);
    while (waitpid(child, &status, 0) != child) continue;
    test_remove_tree(test_folder);
    return test_passed(test, status);
}

static inline int test_selected(const test_case *test, int argc, char **argv) {
    for (int at = 1; at < argc; at++)
        if (strcmp(argv[at], test->name) == 0) return 1;
    return argc < 2;
}

static inline int run_tests(const test_case *tests, size_t count, int argc, char **argv) {
    unsigned passed = 0, failed = 0;
    void *shared = mmap(NULL, sizeof(test_report), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) {
        perror("mmap");
        return 1;
    }
    test_shared_report = (test_report *)shared;
    for (size_t at = 0; at < count; at++) {
        if (!test_selected(&tests[at], argc, argv)) continue;
        if (test_run(&tests[at])) passed++;
        else failed++;
        fflush(stdout);
    }
    printf("%u passed, %u failed\n", passed, failed);
    return failed != 0 || passed == 0;
}

#endif
