/* Column families: missing ones are created, unknown ones on disk are opened, and they come and go at run time. */
#include "packed.h"

static void missing_families_are_created_and_unknown_ones_opened(void) {
    fsb_backend *backend = open_at(path_of("data"), ",\"column_families\":[\"mine\"]");
    fsb_column_family *mine = family_of(backend, "mine");
    put(mine, "key", "value");
    CHECK_OK(fsb_column_family_free(mine));
    close_and_free(backend);
    backend = open_at(path_of("data"), ",\"column_families\":[\"later\"]");
    CHECK_CONTAINS(family_names(backend), "\"default\"");
    CHECK_CONTAINS(family_names(backend), "\"mine\"");
    CHECK_CONTAINS(family_names(backend), "\"later\"");
    mine = family_of(backend, "mine");
    CHECK_ROW(mine, "key", "value");
    CHECK_OK(fsb_column_family_free(mine));
    close_and_free(backend);
}

static void families_come_and_go_at_run_time(void) {
    fsb_backend *backend = open_small();
    fsb_column_family *made = create_family(backend, "made", "{\"compression\":\"none\"}"), *none = NULL;
    put(made, "key", "value");
    CHECK_TEXT(family_names(backend), "[\"default\",\"made\"]");
    CHECK_REFUSED(fsb_backend_create_column_family(backend, "made", 4, NULL, 0, &none, &test_error), FSB_STATUS_COLUMN_FAMILY_EXISTS,
                  "made");
    CHECK_OK(fsb_backend_drop_column_family(backend, "made", 4, &test_error));
    CHECK_TEXT(family_names(backend), "[\"default\"]");
    CHECK_REFUSED(fsb_backend_column_family(backend, "made", 4, &none, &test_error), FSB_STATUS_COLUMN_FAMILY_NOT_FOUND, "made");
    CHECK_REFUSED(fsb_backend_drop_column_family(backend, "made", 4, &test_error), FSB_STATUS_COLUMN_FAMILY_NOT_FOUND, "made");
    CHECK_REFUSED(try_put(made, "key", "value"), FSB_STATUS_COLUMN_FAMILY_DROPPED, "made");
    CHECK_OK(fsb_column_family_free(made));
    close_and_free(backend);
    backend = open_small();
    CHECK_TEXT(family_names(backend), "[\"default\"]");
    close_and_free(backend);
}

static void a_family_made_again_is_empty_and_another_one(void) {
    fsb_backend *backend = open_small();
    fsb_column_family *old = create_family(backend, "made", NULL);
    put(old, "key", "old");
    CHECK_OK(fsb_backend_drop_column_family(backend, "made", 4, &test_error));
    fsb_column_family *new = create_family(backend, "made", NULL);
    check_absent(new, "key");
    CHECK(id_of(new) != 0);
    put(new, "key", "new");
    CHECK_REFUSED(try_put(old, "key", "old"), FSB_STATUS_COLUMN_FAMILY_DROPPED, "made");
    CHECK_ROW(new, "key", "new");
    CHECK_OK(fsb_column_family_free(old));
    CHECK_OK(fsb_column_family_free(new));
    close_and_free(backend);
}

static void every_call_on_a_dropped_family_says_so(void) {
    fsb_backend *backend = open_small();
    fsb_column_family *family = create_family(backend, "gone", NULL);
    uint8_t out[8], present = 0;
    size_t length = 0;
    fsb_iterator *iterator = NULL;
    put(family, "key", "value");
    CHECK_OK(fsb_backend_drop_column_family(backend, "gone", 4, &test_error));
    CHECK_REFUSED(fsb_column_family_get(family, NULL, bytes("key"), 3, out, sizeof out, &length, &test_error),
                  FSB_STATUS_COLUMN_FAMILY_DROPPED, "gone");
    CHECK_REFUSED(fsb_column_family_contains(family, NULL, bytes("key"), 3, &present, &test_error), FSB_STATUS_COLUMN_FAMILY_DROPPED,
                  "gone");
    CHECK_REFUSED(fsb_column_family_delete(family, bytes("key"), 3, &test_error), FSB_STATUS_COLUMN_FAMILY_DROPPED, "gone");
    CHECK_REFUSED(fsb_column_family_iterator(family, NULL, &iterator, &test_error), FSB_STATUS_COLUMN_FAMILY_DROPPED, "gone");
    CHECK_REFUSED(fsb_column_family_flush(family, &test_error), FSB_STATUS_COLUMN_FAMILY_DROPPED, "gone");
    CHECK_OK(fsb_column_family_free(family));
    close_and_free(backend);
}

/* An iterator made before the drop goes on to read its rows. */
static void an_iterator_survives_the_drop_of_its_family(void) {
    fsb_backend *backend = open_small();
    fsb_column_family *family = create_family(backend, "gone", NULL);
    fsb_iterator *iterator = NULL;
    uint8_t page[64];
    size_t length = 0, rows = 0, at = 0;
    put(family, "key", "value");
    CHECK_OK(fsb_column_family_iterator(family, NULL, &iterator, &test_error));
    CHECK_OK(fsb_backend_drop_column_family(backend, "gone", 4, &test_error));
    CHECK_OK(fsb_column_family_free(family));
    fsb_status status = fsb_iterator_next_page(iterator, page, sizeof page, &length, &rows, &test_error);
    if (status == FSB_STATUS_OK) {
        page_row row = page_next(page, length, &at);
        CHECK_BYTES(row.value, row.value_length, "value", 5);
    } else {
        CHECK_REFUSED(status, FSB_STATUS_COLUMN_FAMILY_DROPPED, "gone");
    }
    CHECK_OK(fsb_iterator_free(iterator));
    close_and_free(backend);
}

static void the_default_family_cannot_be_dropped(void) {
    fsb_backend *backend = open_small();
    CHECK_REFUSED(fsb_backend_drop_column_family(backend, "default", 7, &test_error), FSB_STATUS_INVALID_ARGUMENT, "default");
    CHECK_TEXT(family_names(backend), "[\"default\"]");
    close_and_free(backend);
}

static void unknown_and_empty_names_are_refused(void) {
    fsb_backend *backend = open_small();
    fsb_column_family *none = NULL;
    CHECK_REFUSED(fsb_backend_column_family(backend, "Default", 7, &none, &test_error), FSB_STATUS_COLUMN_FAMILY_NOT_FOUND, "Default");
    CHECK_REFUSED(fsb_backend_column_family(backend, "", 0, &none, &test_error), FSB_STATUS_COLUMN_FAMILY_NOT_FOUND, "''");
    CHECK_REFUSED(fsb_backend_create_column_family(backend, "", 0, NULL, 0, &none, &test_error), FSB_STATUS_INVALID_ARGUMENT, "name");
    CHECK(none == NULL);
    close_and_free(backend);
}

static void a_refused_family_is_not_created(void) {
    static const char options[] = "{\"write_buffer_size_bytes\":1}";
    fsb_backend *backend = open_small();
    fsb_column_family *none = NULL;
    CHECK_REFUSED(fsb_backend_create_column_family(backend, "made", 4, options, sizeof options - 1, &none, &test_error),
                  FSB_STATUS_INVALID_OPTION, "write_buffer_size_bytes");
    CHECK_TEXT(family_names(backend), "[\"default\"]");
    close_and_free(backend);
}

static void names_and_ids_are_told(void) {
    fsb_backend *backend = open_small();
    fsb_column_family *family = family_of(backend, "default"), *made = create_family(backend, "prüfung", NULL);
    fsb_buffer *name = NULL;
    CHECK_U64(id_of(family), 0);
    CHECK(id_of(made) != 0);
    CHECK_OK(fsb_column_family_name(made, &name, &test_error));
    CHECK_TEXT(take_text(name), "prüfung");
    CHECK_CONTAINS(family_names(backend), "\"prüfung\"");
    CHECK_OK(fsb_column_family_free(made));
    CHECK_OK(fsb_column_family_free(family));
    close_and_free(backend);
}

static void options_stand_per_family(void) {
    fsb_backend *backend =
        open_at(path_of("data"), ",\"write_buffer_size_bytes\":8388608,\"column_families\":[\"a\",\"b\"],\"column_family_options\":"
                                 "{\"a\":{\"write_buffer_size_bytes\":1048576}}");
    CHECK_CONTAINS(backend_options(backend), "8388608");
    CHECK_CONTAINS(backend_options(backend), "1048576");
    close_and_free(backend);
}

static void fifty_families_survive_reopening(void) {
    char name[16];
    for (int round = 0; round < 2; round++) {
        fsb_backend *backend = open_small();
        for (int number = 0; number < 50; number++) {
            snprintf(name, sizeof name, "family-%d", number);
            fsb_column_family *family = round == 0 ? create_family(backend, name, NULL) : family_of(backend, name);
            if (round == 0) put(family, "name", name);
            CHECK_ROW(family, "name", name);
            CHECK_OK(fsb_column_family_free(family));
        }
        close_and_free(backend);
    }
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"missing_families_are_created_and_unknown_ones_opened", missing_families_are_created_and_unknown_ones_opened, NULL},
        {"families_come_and_go_at_run_time", families_come_and_go_at_run_time, NULL},
        {"a_family_made_again_is_empty_and_another_one", a_family_made_again_is_empty_and_another_one, NULL},
        {"every_call_on_a_dropped_family_says_so", every_call_on_a_dropped_family_says_so, NULL},
        {"an_iterator_survives_the_drop_of_its_family", an_iterator_survives_the_drop_of_its_family, NULL},
        {"the_default_family_cannot_be_dropped", the_default_family_cannot_be_dropped, NULL},
        {"unknown_and_empty_names_are_refused", unknown_and_empty_names_are_refused, NULL},
        {"a_refused_family_is_not_created", a_refused_family_is_not_created, NULL},
        {"names_and_ids_are_told", names_and_ids_are_told, NULL},
        {"options_stand_per_family", options_stand_per_family, NULL},
        {"fifty_families_survive_reopening", fifty_families_survive_reopening, NULL},
    };
    return run_tests(tests, COUNT_OF(tests), argc, argv);
}
