/* A program outside the project that uses an installed copy: it writes one row, reads it back and says which version did it.
 *
 * usage: consumer VERSION FOLDER    exit code 0 when the library is of that version and works in that folder
 */
#include <flink_state_backend.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The error by its place: what it holds is known only after the call whose status is the other argument. */
static void check(fsb_status status, fsb_error *const *error)
{
    if (status == FSB_STATUS_OK)
        return;
    fprintf(stderr, "%s: %s\n", fsb_status_name(status), fsb_error_message(*error));
    exit(EXIT_FAILURE);
}

/* Writes a row into the family `default` of a new backend and answers whether it can be read back. */
static int row_survives(const char *folder)
{
    char options[4096], value[16];
    fsb_backend *backend;
    fsb_column_family *family;
    fsb_error *error = NULL;
    size_t length = 0;

    snprintf(options, sizeof options, "{\"data_directory\": \"%s\"}", folder);
    check(fsb_backend_open(options, strlen(options), NULL, &backend, &error), &error);
    check(fsb_backend_column_family(backend, "default", 7, &family, &error), &error);
    check(fsb_column_family_put(family, (const uint8_t *)"key", 3, (const uint8_t *)"value", 5, &error), &error);
    check(fsb_column_family_get(family, NULL, (const uint8_t *)"key", 3, (uint8_t *)value, sizeof value, &length, &error), &error);
    check(fsb_backend_close(backend, 60000, &error), &error);
    fsb_column_family_free(family);
    fsb_backend_free(backend);
    return length == 5 && memcmp(value, "value", 5) == 0;
}

int main(int count, char **arguments)
{
    if (count != 3) {
        fprintf(stderr, "usage: %s VERSION FOLDER\n", arguments[0]);
        return 2;
    }
    if (strcmp(fsb_version(), arguments[1]) != 0) {
        fprintf(stderr, "This is version %s, not %s.\n", fsb_version(), arguments[1]);
        return EXIT_FAILURE;
    }
    if (!row_survives(arguments[2])) {
        fprintf(stderr, "The row was read back with another value.\n");
        return EXIT_FAILURE;
    }
    printf("flink_state_backend %s over RocksDB %s works.\n", fsb_version(), fsb_engine_version());
    return EXIT_SUCCESS;
}
