/* Resources shared between backends: one block cache, one write-buffer manager, one rate limiter. */
#include "fixture.h"

#define CACHE_BYTES (32u << 20)

static fsb_resources *shared_resources(void) {
    static const char json[] = "{\"block_cache_size_bytes\":33554432,\"write_buffer_manager_size_bytes\":8388608}";
    fsb_resources *resources = NULL;
    CHECK_OK(fsb_resources_create(json, sizeof json - 1, &resources, &test_error));
    CHECK(resources != NULL);
    return resources;
}

static fsb_backend *open_sharing(const char *name, const fsb_resources *resources) {
    fsb_backend *backend = NULL;
    CHECK_OK(try_open(path_of(name), ",\"column_families\":[]", resources, &backend));
    return backend;
}

static fsb_statistics statistics_of(const fsb_backend *backend) {
    fsb_statistics statistics;
    memset(&statistics, 0, sizeof statistics);
    statistics.struct_size = sizeof statistics;
    CHECK_OK(fsb_backend_statistics(backend, &statistics, &test_error));
    return statistics;
}

/* Writes 4 MiB that do not compress, flushes and reads them back, so that they pass through the block cache. */
static void fill_cache(const fsb_backend *backend) {
    fsb_column_family *family = family_of(backend, "default");
    uint8_t value[4096];
    uint32_t noise = 1;
    for (uint32_t row = 0; row < 1024; row++) {
        for (size_t at = 0; at < sizeof value; at++) value[at] = (uint8_t)((noise = noise * 1664525u + 1013904223u) >> 24);
        CHECK_OK(fsb_column_family_put(family, (const uint8_t *)&row, sizeof row, value, sizeof value, &test_error));
    }
    CHECK_OK(fsb_column_family_flush(family, &test_error));
    for (uint32_t row = 0; row < 1024; row++) {
        size_t length = 0;
        CHECK_OK(fsb_column_family_get(family, NULL, (const uint8_t *)&row, sizeof row, value, sizeof value, &length, &test_error));
    }
    CHECK_OK(fsb_column_family_free(family));
}

static void two_backends_share_one_cache(void) {
    fsb_resources *resources = shared_resources();
    fsb_backend *busy = open_sharing("busy", resources), *idle = open_sharing("idle", resources);
    CHECK_OK(fsb_resources_free(resources));
    uint64_t before = statistics_of(idle).block_cache_usage_bytes;
    fill_cache(busy);
    CHECK_U64(statistics_of(busy).block_cache_capacity_bytes, CACHE_BYTES);
    CHECK_U64(statistics_of(idle).block_cache_capacity_bytes, CACHE_BYTES);
    CHECK(statistics_of(idle).block_cache_usage_bytes >= before + (2u << 20));
    close_and_free(busy);
    close_and_free(idle);
}

static void backends_of_their_own_share_nothing(void) {
    fsb_backend *busy = open_sharing("busy", NULL), *idle = open_sharing("idle", NULL);
    uint64_t before = statistics_of(idle).block_cache_usage_bytes;
    fill_cache(busy);
    CHECK(statistics_of(idle).block_cache_usage_bytes < before + (1u << 20));
    close_and_free(busy);
    close_and_free(idle);
}

static void resources_freed_first_live_on_in_their_backend(void) {
    fsb_resources *resources = shared_resources();
    fsb_backend *backend = open_sharing("data", resources);
    CHECK_OK(fsb_resources_free(resources));
    fill_cache(backend);
    CHECK_U64(statistics_of(backend).block_cache_capacity_bytes, CACHE_BYTES);
    fsb_backend *none = NULL;
    CHECK_REFUSED(try_open(path_of("other"), "", resources, &none), FSB_STATUS_INVALID_HANDLE, "");
    close_and_free(backend);
}

static void resources_outlive_their_backend(void) {
    fsb_resources *resources = shared_resources();
    close_and_free(open_sharing("data", resources));
    close_and_free(open_sharing("data", resources));
    CHECK_OK(fsb_resources_free(resources));
}

static void a_cache_size_beside_shared_resources_is_refused(void) {
    fsb_resources *resources = shared_resources();
    fsb_backend *backend = NULL;
    CHECK_REFUSED(try_open(path_of("data"), ",\"block_cache_size_bytes\":1048576", resources, &backend), FSB_STATUS_INVALID_OPTION,
                  "block_cache_size_bytes");
    CHECK_OK(fsb_resources_free(resources));
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"two_backends_share_one_cache", two_backends_share_one_cache, NULL},
        {"backends_of_their_own_share_nothing", backends_of_their_own_share_nothing, NULL},
        {"resources_freed_first_live_on_in_their_backend", resources_freed_first_live_on_in_their_backend, NULL},
        {"resources_outlive_their_backend", resources_outlive_their_backend, NULL},
        {"a_cache_size_beside_shared_resources_is_refused", a_cache_size_beside_shared_resources_is_refused, NULL},
    };
    return run_tests(tests, COUNT_OF(tests), argc, argv);
}
