/* Options that are wrong: the message names the field and the range, and the folder is not touched. */
#include "fixture.h"

typedef struct bad_option {
    const char *json; /* stands after the data directory */
    const char *field, *hint;
} bad_option;

static const bad_option unknown[] = {
    {",\"no_such_option\":1", "no_such_option", ""},
    {",\"max_background_job\":1", "max_background_job", "max_background_jobs"},
    {",\"Wal\":\"enabled\"", "Wal", ""},
    {",\"column_family_options\":{\"default\":{\"block_size\":1}}", "block_size", "block_size_bytes"},
    {",\"column_family_options\":{\"default\":{\"max_open_files\":-1}}", "max_open_files", ""},
};

static const bad_option out_of_range[] = {
    {",\"max_background_jobs\":0", "max_background_jobs", "1 to 1024"},
    {",\"max_background_jobs\":1025", "max_background_jobs", "1 to 1024"},
    {",\"max_subcompactions\":0", "max_subcompactions", "1 to 1024"},
    {",\"max_subcompactions\":1025", "max_subcompactions", "1 to 1024"},
    {",\"max_open_files\":0", "max_open_files", "16"},
    {",\"max_open_files\":15", "max_open_files", "16"},
    {",\"max_open_files\":-2", "max_open_files", "-1"},
    {",\"write_buffer_size_bytes\":0", "write_buffer_size_bytes", "65536"},
    {",\"write_buffer_size_bytes\":65535", "write_buffer_size_bytes", "65536"},
    {",\"write_buffer_size_bytes\":1099511627777", "write_buffer_size_bytes", "1099511627776"},
    {",\"max_write_buffer_number\":1", "max_write_buffer_number", "64"},
    {",\"max_write_buffer_number\":65", "max_write_buffer_number", "64"},
    {",\"block_size_bytes\":255", "block_size_bytes", "256"},
    {",\"block_size_bytes\":4194305", "block_size_bytes", "4194304"},
    {",\"bloom_filter_bits_per_key\":0.5", "bloom_filter_bits_per_key", "64"},
    {",\"bloom_filter_bits_per_key\":65", "bloom_filter_bits_per_key", "64"},
    {",\"bloom_filter_bits_per_key\":-1", "bloom_filter_bits_per_key", "0"},
    {",\"column_family_options\":{\"default\":{\"block_size_bytes\":1}}", "block_size_bytes", "default"},
};

static const bad_option wrong_choice[] = {
    {",\"wal\":\"on\"", "wal", "disabled"},
    {",\"wal\":\"Enabled\"", "wal", "enabled"},
    {",\"wal_recovery\":\"best\"", "wal_recovery", "point_in_time"},
    {",\"integrity\":\"low\"", "integrity", "standard"},
    {",\"compression\":\"gzip\"", "compression", "lz4"},
    {",\"compression_per_level\":[\"lz4\",\"none\",\"rar\"]", "compression_per_level", "zstd"},
    {",\"bottommost_compression\":\"\"", "bottommost_compression", "zstd"},
    {",\"log_level\":\"verbose\"", "log_level", "info"},
    {",\"event_log_level\":\"fatal\"", "event_log_level", "error"},
    {",\"event_log_queue_level\":2", "event_log_queue_level", "warn"},
    {",\"event_log_rotation\":\"weekly\"", "event_log_rotation", "daily"},
    {",\"event_log_file_count\":0", "event_log_file_count", "from 1 to 1000"},
    {",\"event_log_queue_records\":65537", "event_log_queue_records", "from 0 to 65536"},
    {",\"event_log_directory\":\"\"", "event_log_directory", ""},
    {",\"event_log_directory\":true", "event_log_directory", ""},
};

static const bad_option wrong_type[] = {
    {",\"max_background_jobs\":\"4\"", "max_background_jobs", ""},
    {",\"max_background_jobs\":4.5", "max_background_jobs", ""},
    {",\"max_background_jobs\":null", "max_background_jobs", ""},
    {",\"max_background_jobs\":99999999999999999999999", "max_background_jobs", ""},
    {",\"block_cache_size_bytes\":-1", "block_cache_size_bytes", ""},
    {",\"create_if_missing\":1", "create_if_missing", ""},
    {",\"enable_statistics\":\"true\"", "enable_statistics", ""},
    {",\"column_families\":\"default\"", "column_families", ""},
    {",\"column_families\":[1]", "column_families", ""},
    {",\"column_family_options\":[]", "column_family_options", ""},
    {",\"column_family_options\":{\"default\":4}", "default", ""},
    {",\"wal\":true", "wal", ""},
    {",\"log_directory\":7", "log_directory", ""},
};

static const bad_option contradiction[] = {
    {",\"column_families\":[\"\"]", "column_families", ""},
    {",\"column_families\":[\"a\\u0000b\"]", "column_families", ""},
    {",\"log_directory\":\"\"", "log_directory", ""},
    {",\"log_directory\":\"a\\u0000b\"", "log_directory", ""},
    {",\"min_write_buffer_number_to_merge\":3,\"max_write_buffer_number\":3", "min_write_buffer_number_to_merge", ""},
    {",\"level0_slowdown_writes_trigger\":40", "level0_slowdown_writes_trigger", ""},
    {",\"soft_pending_compaction_bytes_limit\":274877906945", "soft_pending_compaction_bytes_limit", ""},
    {",\"wal\":\"enabled\",\"wal\":\"sync\"", "wal", "twice"},
    {",\"data_directory\":\"/tmp\"", "data_directory", "twice"},
    {",\"column_family_options\":{\"default\":{},\"default\":{}}", "default", "twice"},
    {",\"column_family_options\":{\"default\":{\"ttl_seconds\":1,\"ttl_seconds\":1}}", "ttl_seconds", ""},
};

static fsb_status check(const char *more) {
    char json[4096];
    int length = snprintf(json, sizeof json, "{\"data_directory\":\"%s\"%s}", path_of("data"), more);
    return fsb_options_check(json, (size_t)length, &test_error);
}

static void options_that_will_do_pass_the_check(void) {
    CHECK_OK(check(",\"wal\":\"disabled\",\"max_background_jobs\":2"));
    CHECK(access(path_of("data"), F_OK) != 0);
    CHECK_REFUSED(fsb_options_check(NULL, 2, &test_error), FSB_STATUS_INVALID_ARGUMENT, "options");
}

static void refuse_open(const bad_option *bad) {
    fsb_backend *backend = NULL;
    fsb_status status = try_open(path_of("data"), bad->json, NULL, &backend);
    const char *message = test_error_text();
    if (status != FSB_STATUS_INVALID_OPTION || strstr(message, bad->field) == NULL || strstr(message, bad->hint) == NULL)
        test_fail(__FILE__, __LINE__, "the options %s answered %s, should name %s and %s, and said: %s", bad->json, fsb_status_name(status),
                  bad->field, bad->hint, message);
    CHECK_REFUSED(status, FSB_STATUS_INVALID_OPTION, bad->field);
    CHECK(backend == NULL);
    CHECK_REFUSED(check(bad->json), FSB_STATUS_INVALID_OPTION, bad->field);
    if (access(path_of("data"), F_OK) == 0) test_fail(__FILE__, __LINE__, "the options %s were refused after a folder was made", bad->json);
}

#define REFUSE_ALL(table) \
    for (size_t at = 0; at < COUNT_OF(table); at++) refuse_open(&(table)[at])

static void unknown_and_misspelt_options_are_named(void) { REFUSE_ALL(unknown); }
static void options_out_of_range_name_their_range(void) { REFUSE_ALL(out_of_range); }
static void choices_name_what_they_choose_from(void) { REFUSE_ALL(wrong_choice); }
static void options_of_a_wrong_type_are_named(void) { REFUSE_ALL(wrong_type); }
static void contradictions_and_duplicates_are_named(void) { REFUSE_ALL(contradiction); }

static void refuse_document(const char *json, const char *part) {
    fsb_backend *backend = NULL;
    CHECK_REFUSED(fsb_backend_open(json, strlen(json), NULL, &backend, &test_error), FSB_STATUS_INVALID_OPTION, part);
    CHECK(backend == NULL);
}

static void documents_that_are_none_are_refused(void) {
    static const char *const documents[] = {"",         " ",  "{",  "[]", "null", "7",
                                            "\"text\"", "{]", "{}{}", "\xEF\xBB\xBF{}", "{\"data_directory\":}"};
    for (size_t at = 0; at < COUNT_OF(documents); at++) refuse_document(documents[at], "");
    refuse_document("{\"data_directory\":\"/tmp/x\"} trailing", "");
    refuse_document("{\"data_directory\":\"/tmp/x\",}", "");
}

/* Every shorter form of a good document is refused, and none of them opens a folder. */
static void every_truncation_is_refused(void) {
    char json[1024];
    fsb_backend *backend = NULL;
    int length = snprintf(json, sizeof json, "{\"data_directory\":\"%s\",\"wal\":\"sync\",\"column_families\":[\"a\"]}", path_of("data"));
    for (int cut = 0; cut < length; cut++)
        CHECK_REFUSED(fsb_backend_open(json, (size_t)cut, NULL, &backend, &test_error), FSB_STATUS_INVALID_OPTION, "");
    CHECK(access(path_of("data"), F_OK) != 0);
}

static void the_data_directory_is_required(void) {
    refuse_document("{}", "data_directory");
    refuse_document("{\"data_directory\":\"\"}", "data_directory");
    refuse_document("{\"data_directory\":null}", "data_directory");
    refuse_document("{\"data_directory\":\"/tmp/a\\u0000b\"}", "data_directory");
    refuse_document("{\"data_directory\":7}", "data_directory");
}

static void deep_nesting_does_not_overflow_the_stack(void) {
    static char json[200001];
    fsb_backend *backend = NULL;
    memset(json, '[', sizeof json - 1);
    CHECK_REFUSED(fsb_backend_open(json, sizeof json - 1, NULL, &backend, &test_error), FSB_STATUS_INVALID_OPTION, "");
}

static void refuse_resources(const char *json, const char *part) {
    fsb_resources *resources = NULL;
    CHECK_REFUSED(fsb_resources_create(json, strlen(json), &resources, &test_error), FSB_STATUS_INVALID_OPTION, part);
    CHECK(resources == NULL);
}

static void resources_refuse_wrong_options(void) {
    refuse_resources("{\"block_cache_size\":1}", "block_cache_size");
    refuse_resources("{\"block_cache_size_bytes\":-1}", "block_cache_size_bytes");
    refuse_resources("{\"block_cache_size_bytes\":\"64MB\"}", "block_cache_size_bytes");
    refuse_resources("{\"rate_limiter_bytes_per_second\":1,\"rate_limiter_bytes_per_second\":1}", "rate_limiter_bytes_per_second");
    refuse_resources("{\"data_directory\":\"/tmp\"}", "data_directory");
}

static void refuse_at_run_time(const fsb_backend *backend, const fsb_column_family *family, const char *json, const char *part) {
    if (family == NULL) CHECK_REFUSED(fsb_backend_set_options(backend, json, strlen(json), &test_error), FSB_STATUS_INVALID_OPTION, part);
    else CHECK_REFUSED(fsb_column_family_set_options(family, json, strlen(json), &test_error), FSB_STATUS_INVALID_OPTION, part);
}

static void run_time_options_are_checked_as_well(void) {
    fsb_backend *backend = open_small();
    fsb_column_family *family = family_of(backend, "default");
    refuse_at_run_time(backend, NULL, "{\"max_background_jobs\":0}", "1 to 1024");
    refuse_at_run_time(backend, NULL, "{\"max_background_job\":4}", "max_background_job");
    refuse_at_run_time(backend, NULL, "{\"data_directory\":\"/tmp\"}", "data_directory");
    refuse_at_run_time(backend, NULL, "{\"wal\":\"sync\"}", "wal");
    refuse_at_run_time(backend, NULL, "{\"max_background_jobs\":4", "");
    refuse_at_run_time(backend, family, "{\"write_buffer_size_bytes\":1}", "65536");
    refuse_at_run_time(backend, family, "{\"write_buffer_size\":65536}", "write_buffer_size");
    refuse_at_run_time(backend, family, "{\"max_background_jobs\":4}", "max_background_jobs");
    refuse_at_run_time(backend, family, "[]", "");
    CHECK_OK(fsb_column_family_free(family));
    close_and_free(backend);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"options_that_will_do_pass_the_check", options_that_will_do_pass_the_check, NULL},
        {"unknown_and_misspelt_options_are_named", unknown_and_misspelt_options_are_named, NULL},
        {"options_out_of_range_name_their_range", options_out_of_range_name_their_range, NULL},
        {"choices_name_what_they_choose_from", choices_name_what_they_choose_from, NULL},
        {"options_of_a_wrong_type_are_named", options_of_a_wrong_type_are_named, NULL},
        {"contradictions_and_duplicates_are_named", contradictions_and_duplicates_are_named, NULL},
        {"documents_that_are_none_are_refused", documents_that_are_none_are_refused, NULL},
        {"every_truncation_is_refused", every_truncation_is_refused, NULL},
        {"the_data_directory_is_required", the_data_directory_is_required, NULL},
        {"deep_nesting_does_not_overflow_the_stack", deep_nesting_does_not_overflow_the_stack, NULL},
        {"resources_refuse_wrong_options", resources_refuse_wrong_options, NULL},
        {"run_time_options_are_checked_as_well", run_time_options_are_checked_as_well, NULL},
    };
    return run_tests(tests, COUNT_OF(tests), argc, argv);
}
