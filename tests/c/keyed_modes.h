/* Tests that must hold however rows reach the engine: each runs once for every mode, on the job `opened` that it sets up. */
#ifndef FSB_TESTS_KEYED_MODES_H
#define FSB_TESTS_KEYED_MODES_H

#include "keyed.h"

typedef struct mode {
    const char *name, *backend, *keyed;
} mode;

static const mode modes[] = {
    {"written_through", "", "{\"clock\":\"manual\"}"},
    {"written_back", ",\"wal\":\"disabled\"", "{\"clock\":\"manual\"}"},
    {"evicted", ",\"wal\":\"disabled\",\"write_buffer_size_bytes\":65536", "{\"clock\":\"manual\",\"row_cache_bytes\":8192}"},
    {"without_cache", "", "{\"clock\":\"manual\",\"row_cache_bytes\":0}"},
};

static job opened;

static inline void open_mode(void) {
    const mode *chosen = (const mode *)test_context;
    opened.backend = open_at(path_of("data"), chosen->backend);
    opened.keyed = open_keyed(opened.backend, chosen->keyed);
}

static inline void close_mode(void) { close_job(&opened); }

static inline void flush_and_compact(void) {
    fsb_column_family *family = family_of(opened.backend, "user_state");
    CHECK_OK(fsb_backend_flush(opened.backend, &test_error));
    CHECK_OK(fsb_column_family_compact(family, NULL, 0, NULL, 0, &test_error));
    CHECK_OK(fsb_column_family_free(family));
}

/* Frees the state, and reopens folder, keyed backend and state. */
static inline fsb_state *reopen_with(fsb_state *state, const char *descriptor) {
    CHECK_OK(fsb_state_free(state));
    close_mode();
    open_mode();
    return open_state(opened.keyed, descriptor);
}

static inline uint32_t random_below(uint64_t *random, uint32_t limit) {
    *random = *random * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*random >> 33) % limit;
}

static inline int run_in_every_mode(const test_case *tests, size_t count, int argc, char **argv) {
    static test_case all[256];
    static char names[256][128];
    size_t made = 0;
    for (size_t at = 0; at < count; at++) {
        for (size_t number = 0; number < COUNT_OF(modes); number++, made++) {
            if (made == COUNT_OF(all)) abort();
            snprintf(names[made], sizeof names[made], "%s_%s", tests[at].name, modes[number].name);
            all[made] = (test_case){names[made], tests[at].run, &modes[number]};
        }
    }
    return run_tests(all, made, argc, argv);
}

#endif
