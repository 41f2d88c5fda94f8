/* Savepoints through the C ABI: read out of one backend and written into another one, verified, refused, freed half-way. */
#include "keyed.h"

#define KEYS 50

static uint8_t savepoint[1 << 20];
static size_t savepoint_length;

static fsb_keyed_backend *keyed_of(const fsb_backend *backend) {
    fsb_keyed_backend *keyed = NULL;
    CHECK_OK(fsb_keyed_backend_open(backend, NULL, 0, &keyed, &test_error));
    return keyed;
}

static fsb_state *state_of(fsb_keyed_backend *keyed) {
    static const char descriptor[] = "{\"name\":\"count\",\"kind\":\"value\"}";
    fsb_state *state = NULL;
    CHECK_OK(fsb_state_open(keyed, descriptor, sizeof descriptor - 1, &state, &test_error));
    return state;
}

static void set_number(fsb_keyed_backend *keyed, uint32_t number) {
    CHECK_OK(fsb_keyed_backend_set_current_key(keyed, (const uint8_t *)&number, sizeof number, NULL, &test_error));
}

static void fill(const fsb_backend *backend) {
    fsb_keyed_backend *keyed = keyed_of(backend);
    fsb_state *state = state_of(keyed);
    for (uint32_t number = 0; number < KEYS; number++) {
        set_number(keyed, number);
        CHECK_OK(fsb_state_put(state, (const uint8_t *)&number, sizeof number, &test_error));
    }
    CHECK_OK(fsb_state_free(state));
    CHECK_OK(fsb_keyed_backend_free(keyed));
}

static void check_filled(const fsb_backend *backend, int is_there) {
    fsb_keyed_backend *keyed = keyed_of(backend);
    fsb_state *state = state_of(keyed);
    for (uint32_t number = 0; number < KEYS; number++) {
        uint32_t found = UINT32_MAX;
        size_t length = 0;
        set_number(keyed, number);
        fsb_status status = fsb_state_get(state, (uint8_t *)&found, sizeof found, &length, &test_error);
        CHECK_STATUS(status, is_there ? FSB_STATUS_OK : FSB_STATUS_NOT_FOUND);
        if (is_there) CHECK_U64(found, number);
    }
    CHECK_OK(fsb_state_free(state));
    CHECK_OK(fsb_keyed_backend_free(keyed));
}

static void export_all(const fsb_backend *backend) {
    fsb_savepoint_export *export = NULL;
    size_t length = 0;
    CHECK_OK(fsb_backend_export_savepoint(backend, NULL, 0, &export, &test_error));
    savepoint_length = 0;
    do {
        CHECK_OK(fsb_savepoint_export_read(export, savepoint + savepoint_length, 100, &length, &test_error));
        savepoint_length += length;
    } while (length > 0);
    CHECK_OK(fsb_savepoint_export_free(export));
}

static fsb_savepoint_import *import_of(const fsb_backend *backend, const char *how) {
    fsb_savepoint_import *import = NULL;
    CHECK_OK(fsb_backend_import_savepoint(backend, how, strlen(how), &import, &test_error));
    return import;
}

static fsb_backend *filled(void) {
    fsb_backend *backend = open_at(path_of("source"), "");
    fill(backend);
    export_all(backend);
    return backend;
}

static void what_goes_out_comes_in_and_counts_at_its_end(void) {
    fsb_backend *source = filled(), *target = open_at(path_of("target"), "");
    fsb_savepoint_import *import = import_of(target, "{\"name\":\"mine\"}");
    for (size_t at = 0; at < savepoint_length; at += 77) {
        size_t length = savepoint_length - at < 77 ? savepoint_length - at : 77;
        CHECK_OK(fsb_savepoint_import_write(import, savepoint + at, length, &test_error));
    }
    CHECK_OK(fsb_savepoint_import_finish(import, &test_error));
    CHECK_REFUSED(fsb_savepoint_import_finish(import, &test_error), FSB_STATUS_INVALID_ARGUMENT, "has ended");
    CHECK_REFUSED(fsb_savepoint_import_write(import, savepoint, 1, &test_error), FSB_STATUS_INVALID_ARGUMENT, "has ended");
    CHECK_OK(fsb_savepoint_import_free(import));
    check_filled(target, 1);
    close_and_free(target);
    close_and_free(source);
}

static void what_is_freed_half_way_or_damaged_leaves_nothing(void) {
    fsb_backend *source = filled(), *target = open_at(path_of("target"), "");
    fsb_savepoint_import *import = import_of(target, "{\"name\":\"mine\"}");
    CHECK_OK(fsb_savepoint_import_write(import, savepoint, savepoint_length - 1, &test_error));
    CHECK_OK(fsb_savepoint_import_free(import));
    check_filled(target, 0);
    import = import_of(target, "{\"name\":\"mine\"}");
    CHECK_OK(fsb_savepoint_import_write(import, savepoint, savepoint_length - 1, &test_error));
    CHECK_REFUSED(fsb_savepoint_import_finish(import, &test_error), FSB_STATUS_CORRUPTION, "savepoint 'mine' is damaged");
    CHECK_OK(fsb_savepoint_import_free(import));
    import = import_of(target, "{\"name\":\"mine\"}");
    savepoint[savepoint_length / 2] ^= 1;
    CHECK_REFUSED(fsb_savepoint_import_write(import, savepoint, savepoint_length, &test_error), FSB_STATUS_CORRUPTION, "savepoint 'mine' is damaged");
    CHECK_OK(fsb_savepoint_import_free(import));
    check_filled(target, 0);
    close_and_free(target);
    close_and_free(source);
}

static void a_closed_backend_ends_both_ways(void) {
    fsb_backend *source = filled(), *target = open_at(path_of("target"), "");
    fsb_savepoint_export *export = NULL;
    uint8_t piece[8];
    size_t length = 0;
    CHECK_OK(fsb_backend_export_savepoint(source, NULL, 0, &export, &test_error));
    fsb_savepoint_import *import = import_of(target, "");
    CHECK_OK(fsb_savepoint_import_write(import, savepoint, savepoint_length - 1, &test_error));
    close_and_free(source);
    close_and_free(target);
    CHECK_STATUS(fsb_savepoint_export_read(export, piece, sizeof piece, &length, NULL), FSB_STATUS_CLOSED);
    CHECK_STATUS(fsb_savepoint_import_write(import, savepoint, 1, NULL), FSB_STATUS_CLOSED);
    CHECK_OK(fsb_savepoint_export_free(export));
    CHECK_OK(fsb_savepoint_import_free(import));
    target = open_at(path_of("target"), "");
    check_filled(target, 0);
    close_and_free(target);
}

static void options_and_arguments_are_checked(void) {
    fsb_backend *source = filled();
    fsb_savepoint_export *export = NULL;
    fsb_savepoint_import *import = NULL;
    size_t length;
#define EXPORT_WITH(how) fsb_backend_export_savepoint(source, how, strlen(how), &export, &test_error)
#define IMPORT_WITH(how) fsb_backend_import_savepoint(source, how, strlen(how), &import, &test_error)
    CHECK_REFUSED(EXPORT_WITH("{\"color\":1}"), FSB_STATUS_INVALID_OPTION, "color");
    CHECK_REFUSED(EXPORT_WITH("[]"), FSB_STATUS_INVALID_OPTION, "no JSON object");
    CHECK_REFUSED(EXPORT_WITH("{\"states\":[\"none\"]}"), FSB_STATUS_STATE_NOT_FOUND, "'none'");
    CHECK_REFUSED(IMPORT_WITH("{\"subtask\":1}"), FSB_STATUS_INVALID_OPTION, "'subtask'");
    CHECK_REFUSED(IMPORT_WITH("{\"first_key_group\":1}"), FSB_STATUS_INVALID_OPTION, "'last_key_group'");
    CHECK_REFUSED(fsb_backend_export_savepoint(source, NULL, 0, NULL, &test_error), FSB_STATUS_INVALID_ARGUMENT, "exporting");
    CHECK_REFUSED(fsb_backend_import_savepoint(source, NULL, 0, NULL, &test_error), FSB_STATUS_INVALID_ARGUMENT, "importing");
    CHECK_OK(EXPORT_WITH("{\"states\":[\"count\"]}"));
    CHECK_REFUSED(fsb_savepoint_export_read(export, savepoint, 0, &length, &test_error), FSB_STATUS_INVALID_ARGUMENT, "no room");
    CHECK_REFUSED(fsb_savepoint_export_read(export, NULL, 8, &length, &test_error), FSB_STATUS_INVALID_ARGUMENT, "buffer");
    CHECK_REFUSED(fsb_savepoint_export_read(export, savepoint, 8, NULL, &test_error), FSB_STATUS_INVALID_ARGUMENT, "length");
    CHECK_OK(fsb_savepoint_export_free(export));
    import = import_of(source, "");
    CHECK_REFUSED(fsb_savepoint_import_write(import, NULL, 8, &test_error), FSB_STATUS_INVALID_ARGUMENT, "data");
    CHECK_REFUSED(fsb_savepoint_import_write(import, savepoint, savepoint_length, &test_error), FSB_STATUS_STATE_MISMATCH, "'count' has rows already");
    CHECK_OK(fsb_savepoint_import_free(import));
    check_filled(source, 1);
    close_and_free(source);
}

static void a_file_is_verified(void) {
    fsb_backend *source = filled();
    const char *path = path_of("file");
    uint64_t entries = 0, raw_bytes = 0;
    FILE *file = fopen(path, "wb");
    CHECK(file != NULL && fwrite(savepoint, 1, savepoint_length, file) == savepoint_length && fclose(file) == 0);
    CHECK_OK(fsb_savepoint_verify(path, strlen(path), &entries, &raw_bytes, &test_error));
    CHECK_U64(entries, KEYS);
    CHECK(raw_bytes > KEYS * 4);
    CHECK(truncate(path, (off_t)savepoint_length - 1) == 0);
    CHECK_REFUSED(fsb_savepoint_verify(path, strlen(path), &entries, &raw_bytes, &test_error), FSB_STATUS_CORRUPTION, path);
    const char *none = path_of("none");
    CHECK_REFUSED(fsb_savepoint_verify(none, strlen(none), &entries, &raw_bytes, &test_error), FSB_STATUS_IO, none);
    CHECK_REFUSED(fsb_savepoint_verify(path, strlen(path), NULL, &raw_bytes, &test_error), FSB_STATUS_INVALID_ARGUMENT, "entries");
    CHECK_REFUSED(fsb_savepoint_verify(path, strlen(path), &entries, NULL, &test_error), FSB_STATUS_INVALID_ARGUMENT, "raw_bytes");
    close_and_free(source);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"what_goes_out_comes_in_and_counts_at_its_end", what_goes_out_comes_in_and_counts_at_its_end, NULL},
        {"what_is_freed_half_way_or_damaged_leaves_nothing", what_is_freed_half_way_or_damaged_leaves_nothing, NULL},
        {"a_closed_backend_ends_both_ways", a_closed_backend_ends_both_ways, NULL},
        {"options_and_arguments_are_checked", options_and_arguments_are_checked, NULL},
        {"a_file_is_verified", a_file_is_verified, NULL},
    };
    return run_tests(tests, COUNT_OF(tests), argc, argv);
}
