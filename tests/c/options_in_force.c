/* Options that are right: the document in force shows them, the engine's OPTIONS file too, and some change at run time. */
#include "fixture.h"

#include <glob.h>

typedef struct option_in_force {
    const char *json; /* as given, without the braces */
    const char *line; /* as the engine's OPTIONS file writes it */
} option_in_force;

static const option_in_force options[] = {
    {"\"max_background_jobs\":7", "max_background_jobs=7"},
    {"\"max_subcompactions\":3", "max_subcompactions=3"},
    {"\"max_open_files\":321", "max_open_files=321"},
    {"\"bytes_per_sync\":2097152", "bytes_per_sync=2097152"},
    {"\"delayed_write_rate_bytes_per_second\":12345678", "delayed_write_rate=12345678"},
    {"\"log_file_count\":9", "keep_log_file_num=9"},
    {"\"log_file_max_size_bytes\":1048577", "max_log_file_size=1048577"},
    {"\"write_buffer_size_bytes\":1234567", "write_buffer_size=1234567"},
    {"\"max_write_buffer_number\":6", "max_write_buffer_number=6"},
    {"\"min_write_buffer_number_to_merge\":2", "min_write_buffer_number_to_merge=2"},
    {"\"block_size_bytes\":16384", "block_size=16384"},
    {"\"cache_index_and_filter_blocks\":false", "cache_index_and_filter_blocks=false"},
    {"\"compression\":\"zstd\"", "compression=kZSTD"},
    {"\"bottommost_compression\":\"snappy\"", "bottommost_compression=kSnappyCompression"},
    {"\"target_file_size_base_bytes\":2345678", "target_file_size_base=2345678"},
    {"\"max_bytes_for_level_base_bytes\":34567890", "max_bytes_for_level_base=34567890"},
    {"\"level0_file_num_compaction_trigger\":5", "level0_file_num_compaction_trigger=5"},
    {"\"level0_slowdown_writes_trigger\":21", "level0_slowdown_writes_trigger=21"},
    {"\"level0_stop_writes_trigger\":37", "level0_stop_writes_trigger=37"},
    {"\"soft_pending_compaction_bytes_limit\":12345678901", "soft_pending_compaction_bytes_limit=12345678901"},
    {"\"hard_pending_compaction_bytes_limit\":345678901234", "hard_pending_compaction_bytes_limit=345678901234"},
    {"\"level_compaction_dynamic_level_bytes\":false", "level_compaction_dynamic_level_bytes=false"},
    {"\"disable_auto_compactions\":true", "disable_auto_compactions=true"},
    {"\"periodic_compaction_seconds\":86401", "periodic_compaction_seconds=86401"},
};

static size_t read_options_file(const char *folder, char *text, size_t capacity) {
    char pattern[1024];
    glob_t found;
    snprintf(pattern, sizeof pattern, "%s/OPTIONS-*", folder);
    CHECK_U64(glob(pattern, 0, NULL, &found), 0);
    FILE *file = fopen(found.gl_pathv[found.gl_pathc - 1], "rb");
    CHECK(file != NULL);
    size_t length = fread(text, 1, capacity - 1, file);
    text[length] = '\0';
    fclose(file);
    globfree(&found);
    return length;
}

static void check_engine_file(const char *folder, const char *line) {
    static char text[1 << 20];
    read_options_file(folder, text, sizeof text);
    if (strstr(text, line) == NULL) test_fail(__FILE__, __LINE__, "the engine's OPTIONS file of %s lacks \"%s\"", folder, line);
}

/* Removes the blanks of a document, so that it can be searched for `"name":value`. */
static void without_blanks(const char *json, char *packed, size_t capacity) {
    size_t length = 0;
    for (; *json != '\0' && length + 1 < capacity; json++)
        if (strchr(" \t\r\n", *json) == NULL) packed[length++] = *json;
    packed[length] = '\0';
}

static void check_in_force(const fsb_backend *backend, const char *field) {
    static char packed[65536];
    without_blanks(backend_options(backend), packed, sizeof packed);
    if (strstr(packed, field) == NULL) test_fail(__FILE__, __LINE__, "the options in force lack %s: %s", field, packed);
}

static void every_option_reaches_the_engine(void) {
    for (size_t at = 0; at < COUNT_OF(options); at++) {
        char folder[1024], more[1024];
        snprintf(folder, sizeof folder, "%s/option-%zu", test_folder, at);
        snprintf(more, sizeof more, ",\"column_families\":[],%s", options[at].json);
        fsb_backend *backend = open_at(folder, more);
        check_in_force(backend, options[at].json);
        check_engine_file(folder, options[at].line);
        close_and_free(backend);
    }
}

static void the_document_in_force_opens_the_same_backend_again(void) {
    char json[65536];
    fsb_backend *backend = open_at(path_of("data"), ",\"wal\":\"sync\",\"column_families\":[\"mine\"],\"compression\":\"none\"");
    snprintf(json, sizeof json, "%s", backend_options(backend));
    close_and_free(backend);
    CHECK_OK(fsb_backend_open(json, strlen(json), NULL, &backend, &test_error));
    CHECK_TEXT(backend_options(backend), json);
    close_and_free(backend);
}

static void the_log_has_a_folder_of_its_own(void) {
    char more[1024], file[1200];
    snprintf(more, sizeof more, ",\"log_directory\":\"%s\",\"column_families\":[]", path_of("logs"));
    fsb_backend *backend = open_at(path_of("data"), more);
    snprintf(file, sizeof file, "%s/*LOG*", path_of("logs"));
    glob_t found;
    CHECK_U64(glob(file, 0, NULL, &found), 0);
    globfree(&found);
    CHECK(access(path_of("data/LOG"), F_OK) != 0);
    close_and_free(backend);
}

static void options_change_at_run_time(void) {
    static const char jobs[] = "{\"max_background_jobs\":8}";
    static const char buffers[] = "{\"write_buffer_size_bytes\":2097152,\"max_write_buffer_number\":5}";
    fsb_backend *backend = open_small();
    fsb_column_family *family = family_of(backend, "default");
    CHECK_OK(fsb_backend_set_options(backend, jobs, sizeof jobs - 1, &test_error));
    CHECK_OK(fsb_column_family_set_options(family, buffers, sizeof buffers - 1, &test_error));
    check_in_force(backend, "\"max_background_jobs\":8");
    check_engine_file(path_of("data"), "max_background_jobs=8");
    check_engine_file(path_of("data"), "write_buffer_size=2097152");
    check_engine_file(path_of("data"), "max_write_buffer_number=5");
    CHECK_OK(fsb_column_family_free(family));
    close_and_free(backend);
}

/* A refused document changes nothing, also not by the part of it that is right. */
static void a_refused_change_changes_nothing(void) {
    static const char half[] = "{\"max_background_jobs\":8,\"max_subcompactions\":0}";
    fsb_backend *backend = open_small();
    CHECK_REFUSED(fsb_backend_set_options(backend, half, sizeof half - 1, &test_error), FSB_STATUS_INVALID_OPTION, "max_subcompactions");
    check_in_force(backend, "\"max_background_jobs\":4");
    check_engine_file(path_of("data"), "max_background_jobs=4");
    close_and_free(backend);
}

static void compression_stands_per_level(void) {
    fsb_backend *backend = open_at(path_of("data"), ",\"compression_per_level\":[\"none\",\"lz4\",\"zstd\"]");
    check_engine_file(path_of("data"), "compression_per_level=kNoCompression:kLZ4Compression:kZSTD");
    close_and_free(backend);
}

static void every_choice_opens(void) {
    static const char *const choices[] = {
        ",\"wal\":\"sync\"",
        ",\"wal\":\"disabled\"",
        ",\"wal_recovery\":\"absolute\"",
        ",\"integrity\":\"high\"",
        ",\"compression\":\"snappy\"",
        ",\"compression\":\"lz4hc\"",
        ",\"enable_statistics\":true",
        ",\"bloom_filter_bits_per_key\":0",
        ",\"log_level\":\"error\"",
        ",\"max_open_files\":16",
        ",\"block_cache_size_bytes\":0",
        ",\"write_buffer_manager_size_bytes\":1048576",
        ",\"rate_limiter_bytes_per_second\":100000000",
    };
    for (size_t at = 0; at < COUNT_OF(choices); at++) {
        char folder[1024];
        snprintf(folder, sizeof folder, "%s/choice-%zu", test_folder, at);
        fsb_backend *backend = open_at(folder, choices[at]);
        fsb_column_family *family = family_of(backend, "user_state");
        put(family, "key", "value");
        CHECK_OK(fsb_backend_flush(backend, &test_error));
        CHECK_ROW(family, "key", "value");
        CHECK_OK(fsb_column_family_free(family));
        close_and_free(backend);
    }
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"every_option_reaches_the_engine", every_option_reaches_the_engine, NULL},
        {"the_document_in_force_opens_the_same_backend_again", the_document_in_force_opens_the_same_backend_again, NULL},
        {"the_log_has_a_folder_of_its_own", the_log_has_a_folder_of_its_own, NULL},
        {"options_change_at_run_time", options_change_at_run_time, NULL},
        {"a_refused_change_changes_nothing", a_refused_change_changes_nothing, NULL},
        {"compression_stands_per_level", compression_stands_per_level, NULL},
        {"every_choice_opens", every_choice_opens, NULL},
    };
    return run_tests(tests, COUNT_OF(tests), argc, argv);
}
