/* The one backend of a test, with its family `default`. */
#ifndef FSB_TESTS_ONE_FAMILY_H
#define FSB_TESTS_ONE_FAMILY_H

#include "packed.h"

static fsb_backend *backend;
static fsb_column_family *family;

static inline void set_up(void) {
    backend = open_small();
    family = family_of(backend, "default");
}

static inline void tear_down(void) {
    CHECK_OK(fsb_column_family_free(family));
    close_and_free(backend);
}

#endif
