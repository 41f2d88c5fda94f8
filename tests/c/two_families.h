/* The one backend of a test, with two families of its own. */
#ifndef FSB_TESTS_TWO_FAMILIES_H
#define FSB_TESTS_TWO_FAMILIES_H

#include "packed.h"

static fsb_backend *backend;
static fsb_column_family *first, *second;

static inline void set_up(void) {
    backend = open_at(path_of("data"), ",\"column_families\":[\"first\",\"second\"]");
    first = family_of(backend, "first");
    second = family_of(backend, "second");
}

static inline void tear_down(void) {
    CHECK_OK(fsb_column_family_free(first));
    CHECK_OK(fsb_column_family_free(second));
    close_and_free(backend);
}

#endif
