/* The functions that the header declares, read from its text, so that no table of calls can miss one.
 *
 * FSB_HEADER names the header; without it the programs run from the project's root and read include/flink_state_backend.h.
 */
#ifndef FSB_TESTS_HEADER_EXPORTS_H
#define FSB_TESTS_HEADER_EXPORTS_H

#include "export_calls.h"

#include <ctype.h>

/* Overwrites comments and preprocessor lines with blanks. */
static inline void header_blank_comments(char *text) {
    for (char *at = text; *at != '\0'; at++) {
        const char *end = NULL;
        if (at[0] == '/' && at[1] == '*') end = strstr(at, "*/");
        else if ((at[0] == '/' && at[1] == '/') || (at[0] == '#' && (at == text || at[-1] == '\n'))) end = strchr(at, '\n');
        else continue;
        end = end == NULL ? at + strlen(at) : end + 1 + (*end == '*');
        memset(at, ' ', (size_t)(end - at));
    }
}

static inline char *header_text(void) {
    const char *path = getenv("FSB_HEADER");
    if (path == NULL || path[0] == '\0') path = "include/flink_state_backend.h";
    FILE *file = fopen(path, "rb");
    if (file == NULL) test_fail(__FILE__, __LINE__, "the header %s cannot be read: set FSB_HEADER or run from the project's root", path);
    char *text = (char *)calloc(1, 1 << 20);
    CHECK(text != NULL);
    size_t length = fread(text, 1, (1 << 20) - 1, file);
    CHECK(length > 0 && length < (1 << 20) - 1);
    fclose(file);
    header_blank_comments(text);
    return text;
}

/* Finds the next `fsb_name(` from `*at` on; `*at` moves to the bracket. Returns the name's length, 0 at the end. */
static inline size_t header_next_function(const char **at, const char **name) {
    for (const char *found = strstr(*at, "fsb_"); found != NULL; found = strstr(found + 1, "fsb_")) {
        size_t length = strspn(found, "abcdefghijklmnopqrstuvwxyz0123456789_");
        const char *bracket = found + length + strspn(found + length, " \t\r\n");
        if (*bracket != '(' || isalnum((unsigned char)found[-1]) || found[-1] == '_') continue;
        *name = found;
        *at = bracket;
        return length;
    }
    return 0;
}

/* Whether the parameters hand a handle of `type` over, that is whether `type *` stands there without a second star. */
static inline int header_takes(const char *parameters, const char *type) {
    const char *end = strchr(parameters, ')');
    size_t length = strlen(type);
    for (const char *at = strstr(parameters, type); at != NULL && at < end; at = strstr(at + 1, type)) {
        const char *star = at + length + strspn(at + length, " \t\r\n");
        if (star[0] == '*' && star[1 + strspn(star + 1, " ")] != '*') return 1;
    }
    return 0;
}

/* Whether the row hands a handle of `type` over, in whichever way the function takes it. */
static inline int row_hands_over(const export_call *row, const char *type) {
    for (int kind = 0; kind < KIND_COUNT; kind++)
        if (((row->needs | row->optional) & 1u << kind) && strcmp(kind_types[kind], type) == 0) return 1;
    return 0;
}

static inline void check_handles(const export_call *row, const char *parameters) {
    for (int kind = 0; kind < KIND_COUNT; kind++) {
        int takes = header_takes(parameters, kind_types[kind]);
        if (kind == KIND_SNAPSHOT) takes |= header_takes(parameters, "fsb_iterator_options");
        if (takes != row_hands_over(row, kind_types[kind]))
            test_fail(__FILE__, __LINE__, "the header and export_calls differ about %s taking a %s", row->name, kind_types[kind]);
    }
}

static inline const export_call *export_named(const char *name, size_t length) {
    for (size_t at = 0; at < COUNT_OF(export_calls); at++)
        if (strlen(export_calls[at].name) == length && strncmp(export_calls[at].name, name, length) == 0) return &export_calls[at];
    return NULL;
}

static inline void check_export(const char *name, size_t length, const char *parameters) {
    const export_call *row = export_named(name, length);
    if (row == NULL) test_fail(__FILE__, __LINE__, "%.*s is declared in the header and has no row in export_calls", (int)length, name);
    check_handles(row, parameters);
    const char *end = strchr(parameters, ')'), *error = strstr(parameters, "fsb_error **");
    if ((error != NULL && error < end) != ((row->traits & FAILS_WITH_ERROR) != 0))
        test_fail(__FILE__, __LINE__, "export_calls is wrong about the error parameter of %s", row->name);
}

/* Every function of the header has its row, with the right handles, and no row is without a function. */
static inline void exports_match_header(void) {
    char *text = header_text();
    const char *at = text, *name = NULL;
    size_t count = 0;
    for (size_t length = header_next_function(&at, &name); length != 0; length = header_next_function(&at, &name)) {
        check_export(name, length, at);
        count++;
    }
    free(text);
    CHECK_U64(count, COUNT_OF(export_calls));
}

#endif
