/* One valid call of every export, in a table: what the handle, panic and lifetime tests run over.
 *
 * A call takes its handles from a `handle_set` and frees whatever it is given, so it can be repeated. `needs` and `optional` are bits
 * of the handle kinds that it hands over; `exports_match_header` holds both to the header.
 */
#ifndef FSB_TESTS_EXPORT_CALLS_H
#define FSB_TESTS_EXPORT_CALLS_H

#include "keyed.h"

#include <stdatomic.h>

typedef enum handle_kind {
    KIND_BACKEND,
    KIND_FAMILY,
    KIND_ITERATOR,
    KIND_SNAPSHOT,
    KIND_RESOURCES,
    KIND_BUFFER,
    KIND_VIEW,
    KIND_ERROR,
    KIND_KEYED,
    KIND_SUM,
    KIND_MEAN,
    KIND_LIST,
    KIND_MAP,
    KIND_SCAN,
    KIND_TIMERS,
    KIND_POOL,
    KIND_CHANNEL,
    KIND_STORE,
    KIND_CHECKPOINT,
    KIND_EXPORT,
    KIND_IMPORT,
    KIND_COUNT
} handle_kind;

/* The C type of each kind of handle. A state of each kind is one here, because no state serves all functions. */
static const char *const kind_types[KIND_COUNT] = {
    "fsb_backend", "fsb_column_family", "fsb_iterator", "fsb_snapshot", "fsb_resources", "fsb_buffer",     "fsb_view",         "fsb_error",
    "fsb_keyed_backend", "fsb_state",   "fsb_state",    "fsb_state",    "fsb_state",     "fsb_state_scan", "fsb_timer_service",
    "fsb_credit_pool",   "fsb_credit_channel", "fsb_checkpoint_store", "fsb_checkpoint",
    "fsb_savepoint_export", "fsb_savepoint_import",
};

typedef struct handle_set {
    void *of[KIND_COUNT];
    int32_t hash; /* places a key in the key groups of the keyed backend */
} handle_set;

enum {
    NONE = 0,
    BACKEND = 1 << KIND_BACKEND,
    FAMILY = 1 << KIND_FAMILY,
    ITERATOR = 1 << KIND_ITERATOR,
    SNAPSHOT = 1 << KIND_SNAPSHOT,
    RESOURCES = 1 << KIND_RESOURCES,
    BUFFER = 1 << KIND_BUFFER,
    VIEW = 1 << KIND_VIEW,
    ERROR_OBJECT = 1 << KIND_ERROR,
    KEYED = 1 << KIND_KEYED,
    SUM = 1 << KIND_SUM,
    MEAN = 1 << KIND_MEAN,
    LIST = 1 << KIND_LIST,
    MAP = 1 << KIND_MAP,
    SCAN = 1 << KIND_SCAN,
    TIMERS = 1 << KIND_TIMERS,
    POOL = 1 << KIND_POOL,
    CHANNEL = 1 << KIND_CHANNEL,
    STORE = 1 << KIND_STORE,
    CHECKPOINT = 1 << KIND_CHECKPOINT,
    EXPORT = 1 << KIND_EXPORT,
    IMPORT = 1 << KIND_IMPORT,
    OF_KEYED_STATE = KEYED | SUM | MEAN | LIST | MAP | SCAN | TIMERS,
    OF_A_BACKEND = BACKEND | FAMILY | ITERATOR | SNAPSHOT | EXPORT | IMPORT | OF_KEYED_STATE
};

/* What a call is, beside its handles. */
enum {
    FAILS_WITH_ERROR = 1, /* has an `fsb_error **` */
    CONSTANT = 2,         /* only hands out a constant: no handle, no way to fail */
    FREES = 4,            /* ends its handle; null is fine */
    CLOSES = 8,           /* ends what hangs on its handle */
    OPENS = 16,           /* opens a backend of its own */
    SLOW = 32,            /* waits for the disk: random walks make it less often */
    OUTLIVES_CLOSE = 64   /* goes on until its backend is freed */
};

typedef struct export_call {
    const char *name;
    unsigned needs, optional, traits;
    fsb_status (*call)(const handle_set *handles, fsb_error **error);
} export_call;

#define CALL(name) static inline fsb_status call_##name(const handle_set *h, fsb_error **error)
#define UNUSED_PARAMETERS (void)h, (void)error
#define BACKEND_OF(h) ((fsb_backend *)(h)->of[KIND_BACKEND])
#define FAMILY_OF(h) ((fsb_column_family *)(h)->of[KIND_FAMILY])
#define ITERATOR_OF(h) ((fsb_iterator *)(h)->of[KIND_ITERATOR])
#define SNAPSHOT_OF(h) ((fsb_snapshot *)(h)->of[KIND_SNAPSHOT])
#define POOL_OF(h) ((fsb_credit_pool *)(h)->of[KIND_POOL])
#define CHANNEL_OF(h) ((fsb_credit_channel *)(h)->of[KIND_CHANNEL])
#define STORE_OF(h) ((fsb_checkpoint_store *)(h)->of[KIND_STORE])
#define CHECKPOINT_OF(h) ((fsb_checkpoint *)(h)->of[KIND_CHECKPOINT])
#define EXPORT_OF(h) ((fsb_savepoint_export *)(h)->of[KIND_EXPORT])
#define IMPORT_OF(h) ((fsb_savepoint_import *)(h)->of[KIND_IMPORT])
#define KEY bytes("key"), 3

/* Options of a backend that serves all the calls: with figures and events. */
#define FOR_ALL_CALLS ",\"enable_statistics\":true,\"event_log_queue_records\":64"

/* A family name that no other call of this process uses. */
static inline int fresh_name(char *name, size_t capacity) {
    static atomic_uint next;
    return snprintf(name, capacity, "made_%u", atomic_fetch_add(&next, 1));
}

/* Constants, counters and objects without a backend. */
CALL(abi_version) { UNUSED_PARAMETERS; return fsb_abi_version() == FSB_ABI_VERSION ? FSB_STATUS_OK : FSB_STATUS_UNSUPPORTED; }
CALL(version) { UNUSED_PARAMETERS; return fsb_version()[0] != '\0' ? FSB_STATUS_OK : FSB_STATUS_UNSUPPORTED; }
CALL(engine_version) { UNUSED_PARAMETERS; return fsb_engine_version()[0] != '\0' ? FSB_STATUS_OK : FSB_STATUS_UNSUPPORTED; }
CALL(status_name) { UNUSED_PARAMETERS; return strcmp(fsb_status_name(FSB_STATUS_OK), "OK") == 0 ? FSB_STATUS_OK : FSB_STATUS_UNSUPPORTED; }
CALL(live_objects_count) {
    UNUSED_PARAMETERS;
    fsb_live_objects live;
    memset(&live, 0, sizeof live);
    live.struct_size = sizeof live;
    return fsb_live_objects_count(&live);
}
CALL(error_describe) {
    (void)error;
    fsb_error_details details;
    memset(&details, 0, sizeof details);
    details.struct_size = sizeof details;
    return fsb_error_describe((fsb_error *)h->of[KIND_ERROR], &details);
}
/* Its answer to an invalid handle is the empty text. */
CALL(error_message) {
    (void)error;
    return fsb_error_message((fsb_error *)h->of[KIND_ERROR])[0] == '\0' ? FSB_STATUS_INVALID_HANDLE : FSB_STATUS_OK;
}
CALL(error_free) { (void)error; return fsb_error_free((fsb_error *)h->of[KIND_ERROR]); }
CALL(buffer_data) {
    (void)error;
    const uint8_t *data = NULL;
    size_t length = 0;
    return fsb_buffer_data((fsb_buffer *)h->of[KIND_BUFFER], &data, &length);
}
CALL(buffer_free) { (void)error; return fsb_buffer_free((fsb_buffer *)h->of[KIND_BUFFER]); }
CALL(view_data) {
    (void)error;
    const uint8_t *data = NULL;
    size_t length = 0;
    return fsb_view_data((fsb_view *)h->of[KIND_VIEW], &data, &length);
}
CALL(view_free) { (void)error; return fsb_view_free((fsb_view *)h->of[KIND_VIEW]); }
CALL(options_default_json) {
    (void)h;
    fsb_buffer *json = NULL;
    fsb_status status = fsb_options_default_json(&json, error);
    fsb_buffer_free(json);
    return status;
}
CALL(options_check) {
    (void)h;
    static const char json[] = "{\"data_directory\":\"checked\"}";
    return fsb_options_check(json, sizeof json - 1, error);
}
CALL(resources_create) {
    (void)h;
    static const char json[] = "{\"block_cache_size_bytes\":1048576}";
    fsb_resources *resources = NULL;
    fsb_status status = fsb_resources_create(json, sizeof json - 1, &resources, error);
    fsb_resources_free(resources);
    return status;
}
CALL(resources_free) { (void)error; return fsb_resources_free((fsb_resources *)h->of[KIND_RESOURCES]); }

/* A backend. */
CALL(backend_open) {
    char json[1024];
    int length = snprintf(json, sizeof json, "{\"data_directory\":\"%s\",\"column_families\":[]}", path_of("opened"));
    fsb_backend *backend = NULL;
    fsb_status status = fsb_backend_open(json, (size_t)length, (fsb_resources *)h->of[KIND_RESOURCES], &backend, error);
    fsb_backend_free(backend);
    return status;
}
CALL(backend_options_json) {
    fsb_buffer *json = NULL;
    fsb_status status = fsb_backend_options_json(BACKEND_OF(h), &json, error);
    fsb_buffer_free(json);
    return status;
}
CALL(backend_close) { return fsb_backend_close(BACKEND_OF(h), 60000, error); }
CALL(backend_free) { (void)error; return fsb_backend_free(BACKEND_OF(h)); }
CALL(backend_column_family) {
    fsb_column_family *family = NULL;
    fsb_status status = fsb_backend_column_family(BACKEND_OF(h), "default", 7, &family, error);
    fsb_column_family_free(family);
    return status;
}
CALL(backend_create_column_family) {
    char name[32];
    size_t length = (size_t)fresh_name(name, sizeof name);
    fsb_column_family *family = NULL;
    fsb_status status = fsb_backend_create_column_family(BACKEND_OF(h), name, length, NULL, 0, &family, error);
    fsb_column_family_free(family);
    if (status == FSB_STATUS_OK) fsb_backend_drop_column_family(BACKEND_OF(h), name, length, NULL);
    return status;
}
CALL(backend_drop_column_family) {
    char name[32];
    size_t length = (size_t)fresh_name(name, sizeof name);
    fsb_column_family *family = NULL;
    fsb_backend_create_column_family(BACKEND_OF(h), name, length, NULL, 0, &family, NULL);
    fsb_column_family_free(family);
    return fsb_backend_drop_column_family(BACKEND_OF(h), name, length, error);
}
CALL(backend_list_column_families) {
    fsb_buffer *json = NULL;
    fsb_status status = fsb_backend_list_column_families(BACKEND_OF(h), &json, error);
    fsb_buffer_free(json);
    return status;
}
CALL(backend_write) {
    static const uint8_t batch[] = {RECORD_PUT, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 5, 0, 0, 0, 'k', 'e', 'y', 'v', 'a', 'l', 'u', 'e'};
    return fsb_backend_write(BACKEND_OF(h), batch, sizeof batch, error);
}
CALL(backend_try_write) {
    static const uint8_t batch[] = {RECORD_PUT, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 5, 0, 0, 0, 'k', 'e', 'y', 'v', 'a', 'l', 'u', 'e'};
    return fsb_backend_try_write(BACKEND_OF(h), batch, sizeof batch, error);
}
CALL(backend_snapshot) {
    fsb_snapshot *snapshot = NULL;
    fsb_status status = fsb_backend_snapshot(BACKEND_OF(h), &snapshot, error);
    fsb_snapshot_free(snapshot);
    return status;
}
CALL(backend_flush) { return fsb_backend_flush(BACKEND_OF(h), error); }
CALL(backend_sync_wal) { return fsb_backend_sync_wal(BACKEND_OF(h), error); }
CALL(backend_set_options) {
    static const char json[] = "{\"max_background_jobs\":3}";
    return fsb_backend_set_options(BACKEND_OF(h), json, sizeof json - 1, error);
}
CALL(backend_property) {
    static const char name[] = "rocksdb.cur-size-all-mem-tables";
    fsb_buffer *value = NULL;
    fsb_status status = fsb_backend_property(BACKEND_OF(h), name, sizeof name - 1, &value, error);
    fsb_buffer_free(value);
    return status;
}
CALL(backend_statistics) {
    fsb_statistics statistics;
    memset(&statistics, 0, sizeof statistics);
    statistics.struct_size = sizeof statistics;
    return fsb_backend_statistics(BACKEND_OF(h), &statistics, error);
}
CALL(backend_pressure) {
    fsb_pressure pressure;
    memset(&pressure, 0, sizeof pressure);
    pressure.struct_size = sizeof pressure;
    return fsb_backend_pressure(BACKEND_OF(h), &pressure, error);
}
CALL(backend_drain_events) {
    static __thread uint8_t page[66000]; /* one line of the engine's is up to 64 KiB */
    size_t length = 0, records = 0;
    uint64_t dropped = 0;
    return fsb_backend_drain_events(BACKEND_OF(h), page, sizeof page, &length, &records, &dropped, error);
}
CALL(backend_list_statistics) {
    fsb_buffer *json = NULL;
    fsb_status status = fsb_backend_list_statistics(BACKEND_OF(h), &json, error);
    fsb_buffer_free(json);
    return status;
}
CALL(backend_publish_figures) { return fsb_backend_publish_figures(BACKEND_OF(h), 3600000, error); }
CALL(backend_ticker) {
    static const char name[] = "rocksdb.number.keys.written";
    uint64_t count = 0;
    return fsb_backend_ticker(BACKEND_OF(h), name, sizeof name - 1, &count, error);
}
CALL(backend_histogram) {
    static const char name[] = "rocksdb.db.get.micros";
    fsb_histogram histogram;
    memset(&histogram, 0, sizeof histogram);
    histogram.struct_size = sizeof histogram;
    return fsb_backend_histogram(BACKEND_OF(h), name, sizeof name - 1, &histogram, error);
}
CALL(backend_recovery) {
    fsb_recovery recovery;
    memset(&recovery, 0, sizeof recovery);
    recovery.struct_size = sizeof recovery;
    return fsb_backend_recovery(BACKEND_OF(h), &recovery, error);
}
CALL(backend_verify_checksums) { return fsb_backend_verify_checksums(BACKEND_OF(h), error); }
CALL(snapshot_sequence) {
    uint64_t sequence = 0;
    return fsb_snapshot_sequence(SNAPSHOT_OF(h), &sequence, error);
}
CALL(snapshot_free) { (void)error; return fsb_snapshot_free(SNAPSHOT_OF(h)); }

/* Credits. Each call leaves as many out as it found. */
CALL(credit_pool_create) {
    (void)h;
    static const char json[] = "{\"capacity\":10}";
    fsb_credit_pool *pool = NULL;
    fsb_status status = fsb_credit_pool_create(json, sizeof json - 1, &pool, error);
    fsb_credit_pool_free(pool);
    return status;
}
CALL(credit_pool_set_limit) { return fsb_credit_pool_set_limit(POOL_OF(h), 100, error); }
CALL(credit_pool_attach) {
    fsb_status status = fsb_credit_pool_attach(POOL_OF(h), BACKEND_OF(h), error);
    if (status == FSB_STATUS_OK) fsb_credit_pool_detach(POOL_OF(h), NULL);
    return status;
}
CALL(credit_pool_detach) { return fsb_credit_pool_detach(POOL_OF(h), error); }
CALL(credit_pool_figures) {
    fsb_credit_figures figures;
    memset(&figures, 0, sizeof figures);
    figures.struct_size = sizeof figures;
    return fsb_credit_pool_figures(POOL_OF(h), &figures, error);
}
CALL(credit_pool_next_completions) {
    fsb_credit_channel *channel = NULL;
    fsb_credit_completion ended;
    size_t count = 0;
    fsb_credit_channel_open(POOL_OF(h), "posted", 6, 0, &channel, NULL);
    fsb_credit_channel_post(channel, 1, 0, 1, NULL);
    fsb_status status = fsb_credit_pool_next_completions(POOL_OF(h), 0, &ended, 1, &count, error);
    fsb_credit_channel_free(channel);
    return status;
}
CALL(credit_pool_close) { return fsb_credit_pool_close(POOL_OF(h), error); }
CALL(credit_pool_free) { (void)error; return fsb_credit_pool_free(POOL_OF(h)); }
CALL(backoff_delay) {
    (void)h;
    uint64_t delay = 0;
    return fsb_backoff_delay(3, 10, 1000, 42, &delay, error);
}
CALL(credit_channel_open) {
    fsb_credit_channel *channel = NULL;
    fsb_status status = fsb_credit_channel_open(POOL_OF(h), "opened", 6, 0, &channel, error);
    fsb_credit_channel_free(channel);
    return status;
}
CALL(credit_channel_request) {
    uint64_t granted = 0;
    fsb_status status = fsb_credit_channel_request(CHANNEL_OF(h), 1, &granted, error);
    if (granted != 0) fsb_credit_channel_replenish(CHANNEL_OF(h), granted, NULL);
    return status;
}
CALL(credit_channel_acquire) {
    fsb_status status = fsb_credit_channel_acquire(CHANNEL_OF(h), 1, 60000, 1, error);
    if (status == FSB_STATUS_OK) fsb_credit_channel_replenish(CHANNEL_OF(h), 1, NULL);
    return status;
}
/* Too late to be granted, or at once: either way there is one completion. */
CALL(credit_channel_post) {
    fsb_status status = fsb_credit_channel_post(CHANNEL_OF(h), 1, 0, 1, error);
    fsb_credit_completion ended;
    size_t count = 0;
    if (status == FSB_STATUS_OK) fsb_credit_pool_next_completions(POOL_OF(h), 0, &ended, 1, &count, NULL);
    if (status == FSB_STATUS_OK) fsb_credit_channel_replenish(CHANNEL_OF(h), 1, NULL);
    return status;
}
CALL(credit_channel_cancel) {
    size_t cancelled = 0;
    return fsb_credit_channel_cancel(CHANNEL_OF(h), 1, &cancelled, error);
}
CALL(credit_channel_replenish) {
    uint64_t granted = 0;
    fsb_credit_channel_request(CHANNEL_OF(h), 1, &granted, NULL);
    return fsb_credit_channel_replenish(CHANNEL_OF(h), 1, error);
}
CALL(credit_channel_refund) {
    uint64_t granted = 0;
    fsb_credit_channel_request(CHANNEL_OF(h), 1, &granted, NULL);
    return fsb_credit_channel_refund(CHANNEL_OF(h), 1, error);
}
CALL(credit_channel_free) { (void)error; return fsb_credit_channel_free(CHANNEL_OF(h)); }

/* Checkpoints. Ids grow over the whole process, as a store wants them to. */
static inline uint64_t fresh_id(void) {
    static atomic_uint_fast64_t last;
    return atomic_fetch_add(&last, 1) + 1;
}
/* A store in a folder of its own, so that it may write there. */
static inline fsb_status fresh_store(fsb_checkpoint_store **store, fsb_error **error) {
    char json[1024], name[32];
    fresh_name(name, sizeof name);
    int length = snprintf(json, sizeof json, "{\"directory\":\"%s-%s\",\"max_concurrent\":16}", path_of("checkpoints"), name);
    return fsb_checkpoint_store_open(json, (size_t)length, store, error);
}
static inline fsb_status begin_checkpoint(fsb_backend *backend, fsb_checkpoint_store *store, fsb_checkpoint **begun, fsb_error **error) {
    return fsb_backend_begin_checkpoint(backend, store, fresh_id(), 60000, 1, begun, error);
}
static inline fsb_status wait_for_checkpoint(fsb_checkpoint *checkpoint, fsb_error **error) {
    fsb_checkpoint_report report;
    memset(&report, 0, sizeof report);
    report.struct_size = sizeof report;
    return fsb_checkpoint_wait(checkpoint, 60000, &report, error);
}
CALL(checkpoint_store_open) {
    (void)h;
    fsb_checkpoint_store *store = NULL;
    fsb_status status = fresh_store(&store, error);
    fsb_checkpoint_store_free(store);
    return status;
}
CALL(checkpoint_store_list) {
    fsb_buffer *json = NULL;
    fsb_status status = fsb_checkpoint_store_list(STORE_OF(h), &json, error);
    fsb_buffer_free(json);
    return status;
}
CALL(checkpoint_store_verify) {
    uint64_t files, read;
    fsb_status status = fsb_checkpoint_store_verify(STORE_OF(h), 1, &files, &read, error);
    if (status != FSB_STATUS_CHECKPOINT_NOT_FOUND) return status;
    if (error != NULL) fsb_error_free(*error), *error = NULL;
    return FSB_STATUS_OK;
}
CALL(checkpoint_store_discard) { return fsb_checkpoint_store_discard(STORE_OF(h), UINT64_MAX, error); }
CALL(checkpoint_store_collect) {
    uint64_t files, removed;
    return fsb_checkpoint_store_collect(STORE_OF(h), &files, &removed, error);
}
static inline fsb_status put_snapshot(const handle_set *h, fsb_error **error) {
    return fsb_checkpoint_store_put_snapshot(STORE_OF(h), "name", 4, (const uint8_t *)"data", 4, error);
}
CALL(checkpoint_store_put_snapshot) { return put_snapshot(h, error); }
CALL(checkpoint_store_get_snapshot) {
    fsb_buffer *found = NULL;
    fsb_status status = fsb_checkpoint_store_get_snapshot(STORE_OF(h), "name", 4, &found, error);
    fsb_buffer_free(found);
    /* Not there until somebody has put it. */
    return status == FSB_STATUS_NOT_FOUND ? put_snapshot(h, error) : status;
}
CALL(checkpoint_store_delete_snapshot) { return fsb_checkpoint_store_delete_snapshot(STORE_OF(h), "name", 4, error); }
CALL(checkpoint_store_free) { (void)error; return fsb_checkpoint_store_free(STORE_OF(h)); }
CALL(backend_begin_checkpoint) {
    fsb_checkpoint *begun = NULL;
    fsb_status status = begin_checkpoint(BACKEND_OF(h), STORE_OF(h), &begun, error);
    if (status == FSB_STATUS_OK) status = wait_for_checkpoint(begun, error);
    fsb_checkpoint_free(begun);
    return status;
}
CALL(checkpoint_wait) { return wait_for_checkpoint(CHECKPOINT_OF(h), error); }
CALL(checkpoint_read_progress) {
    fsb_checkpoint_progress progress;
    memset(&progress, 0, sizeof progress);
    progress.struct_size = sizeof progress;
    return fsb_checkpoint_read_progress(CHECKPOINT_OF(h), &progress, error);
}
CALL(checkpoint_cancel) {
    /* One that has ended: the others wait for it. */
    fsb_status status = wait_for_checkpoint(CHECKPOINT_OF(h), error);
    return status == FSB_STATUS_OK ? fsb_checkpoint_cancel(CHECKPOINT_OF(h), error) : status;
}
CALL(checkpoint_free) { (void)error; return fsb_checkpoint_free(CHECKPOINT_OF(h)); }
CALL(backend_notify_checkpoint_complete) { return fsb_backend_notify_checkpoint_complete(BACKEND_OF(h), UINT64_MAX, error); }
CALL(backend_notify_checkpoint_aborted) { return fsb_backend_notify_checkpoint_aborted(BACKEND_OF(h), UINT64_MAX, error); }
CALL(backend_restore) {
    char json[1024];
    int length = snprintf(json, sizeof json, "{\"data_directory\":\"%s\",\"column_families\":[]}", path_of("restored"));
    fsb_backend *backend = NULL;
    fsb_status status =
        fsb_backend_restore(json, (size_t)length, (fsb_resources *)h->of[KIND_RESOURCES], STORE_OF(h), NULL, 0, &backend, error);
    fsb_backend_free(backend);
    return status;
}
CALL(backend_rescale) {
    char json[1024];
    int length = snprintf(json, sizeof json, "{\"data_directory\":\"%s\",\"column_families\":[]}", path_of("rescaled"));
    static const char how[] = "{\"parallelism\":32768,\"subtask\":0}"; /* as many as the live set has key groups */
    const fsb_checkpoint_store *stores[] = {STORE_OF(h)};
    fsb_backend *backend = NULL;
    fsb_status status = fsb_backend_rescale(json, (size_t)length, (fsb_resources *)h->of[KIND_RESOURCES], stores, 1, how, sizeof how - 1,
                                            &backend, error);
    fsb_backend_free(backend);
    return status;
}

/* Savepoints. */
static inline fsb_status begin_export(const fsb_backend *backend, fsb_savepoint_export **savepoint, fsb_error **error) {
    static const char how[] = "{\"column_families\":false}"; /* which other calls make and drop */
    return fsb_backend_export_savepoint(backend, how, sizeof how - 1, savepoint, error);
}
/* What a call on an import answers that has no savepoint, or has ended. */
static inline fsb_status of_no_savepoint(fsb_status status, fsb_error **error) {
    if (status != FSB_STATUS_CORRUPTION && status != FSB_STATUS_INVALID_ARGUMENT && status != FSB_STATUS_IO) return status;
    if (error != NULL) fsb_error_free(*error), *error = NULL;
    return FSB_STATUS_OK;
}
CALL(backend_export_savepoint) {
    fsb_savepoint_export *savepoint = NULL;
    fsb_status status = begin_export(BACKEND_OF(h), &savepoint, error);
    fsb_savepoint_export_free(savepoint);
    return status;
}
CALL(savepoint_export_read) {
    uint8_t piece[256];
    size_t length;
    return fsb_savepoint_export_read(EXPORT_OF(h), piece, sizeof piece, &length, error);
}
CALL(savepoint_export_free) { (void)error; return fsb_savepoint_export_free(EXPORT_OF(h)); }
CALL(backend_import_savepoint) {
    fsb_savepoint_import *savepoint = NULL;
    fsb_status status = fsb_backend_import_savepoint(BACKEND_OF(h), NULL, 0, &savepoint, error);
    fsb_savepoint_import_free(savepoint);
    return status;
}
CALL(savepoint_import_write) { return of_no_savepoint(fsb_savepoint_import_write(IMPORT_OF(h), NULL, 0, error), error); }
CALL(savepoint_import_finish) { return of_no_savepoint(fsb_savepoint_import_finish(IMPORT_OF(h), error), error); }
CALL(savepoint_import_free) { (void)error; return fsb_savepoint_import_free(IMPORT_OF(h)); }
CALL(savepoint_verify) {
    (void)h;
    uint64_t entries, raw_bytes;
    const char *path = path_of("no savepoint");
    return of_no_savepoint(fsb_savepoint_verify(path, strlen(path), &entries, &raw_bytes, error), error);
}

/* A column family. */
CALL(column_family_id) {
    uint32_t id = 0;
    return fsb_column_family_id(FAMILY_OF(h), &id, error);
}
CALL(column_family_name) {
    fsb_buffer *name = NULL;
    fsb_status status = fsb_column_family_name(FAMILY_OF(h), &name, error);
    fsb_buffer_free(name);
    return status;
}
CALL(column_family_put) { return fsb_column_family_put(FAMILY_OF(h), KEY, bytes("value"), 5, error); }
CALL(column_family_delete) { return fsb_column_family_delete(FAMILY_OF(h), bytes("other"), 5, error); }
CALL(column_family_delete_range) { return fsb_column_family_delete_range(FAMILY_OF(h), bytes("o"), 1, bytes("p"), 1, error); }
CALL(column_family_get) {
    uint8_t value[16];
    size_t length = 0;
    return fsb_column_family_get(FAMILY_OF(h), SNAPSHOT_OF(h), KEY, value, sizeof value, &length, error);
}
CALL(column_family_get_owned) {
    fsb_buffer *value = NULL;
    fsb_status status = fsb_column_family_get_owned(FAMILY_OF(h), SNAPSHOT_OF(h), KEY, &value, error);
    fsb_buffer_free(value);
    return status;
}
CALL(column_family_get_view) {
    fsb_view *value = NULL;
    fsb_status status = fsb_column_family_get_view(FAMILY_OF(h), SNAPSHOT_OF(h), KEY, &value, error);
    fsb_view_free(value);
    return status;
}
CALL(column_family_contains) {
    uint8_t present = 0;
    return fsb_column_family_contains(FAMILY_OF(h), SNAPSHOT_OF(h), KEY, &present, error);
}
CALL(column_family_multi_get) {
    static const uint8_t keys[] = {3, 0, 0, 0, 'k', 'e', 'y', 4, 0, 0, 0, 'n', 'o', 'n', 'e'};
    uint8_t values[64];
    size_t length = 0;
    return fsb_column_family_multi_get(FAMILY_OF(h), SNAPSHOT_OF(h), keys, sizeof keys, values, sizeof values, &length, error);
}
CALL(column_family_iterator) {
    fsb_iterator_options options;
    memset(&options, 0, sizeof options);
    options.struct_size = sizeof options;
    options.snapshot = SNAPSHOT_OF(h);
    fsb_iterator *iterator = NULL;
    fsb_status status = fsb_column_family_iterator(FAMILY_OF(h), &options, &iterator, error);
    fsb_iterator_free(iterator);
    return status;
}
CALL(column_family_flush) { return fsb_column_family_flush(FAMILY_OF(h), error); }
CALL(column_family_compact) { return fsb_column_family_compact(FAMILY_OF(h), NULL, 0, NULL, 0, error); }
CALL(column_family_set_options) {
    static const char json[] = "{\"write_buffer_size_bytes\":1048576}";
    return fsb_column_family_set_options(FAMILY_OF(h), json, sizeof json - 1, error);
}
CALL(column_family_property) {
    static const char name[] = "rocksdb.estimate-num-keys";
    fsb_buffer *value = NULL;
    fsb_status status = fsb_column_family_property(FAMILY_OF(h), name, sizeof name - 1, &value, error);
    fsb_buffer_free(value);
    return status;
}
CALL(column_family_free) { (void)error; return fsb_column_family_free(FAMILY_OF(h)); }

/* An iterator. */
CALL(iterator_seek_to_first) { return fsb_iterator_seek_to_first(ITERATOR_OF(h), error); }
CALL(iterator_seek_to_last) { return fsb_iterator_seek_to_last(ITERATOR_OF(h), error); }
CALL(iterator_seek) { return fsb_iterator_seek(ITERATOR_OF(h), KEY, error); }
CALL(iterator_seek_for_prev) { return fsb_iterator_seek_for_prev(ITERATOR_OF(h), KEY, error); }
CALL(iterator_next_page) {
    uint8_t page[256];
    size_t length = 0, row_count = 0;
    return fsb_iterator_next_page(ITERATOR_OF(h), page, sizeof page, &length, &row_count, error);
}
CALL(iterator_prev_page) {
    uint8_t page[256];
    size_t length = 0, row_count = 0;
    return fsb_iterator_prev_page(ITERATOR_OF(h), page, sizeof page, &length, &row_count, error);
}
CALL(iterator_free) { (void)error; return fsb_iterator_free(ITERATOR_OF(h)); }

#include "keyed_calls.h"

#define ROW(name, needs, optional, traits) {"fsb_" #name, needs, optional, traits, call_##name}

static const export_call export_calls[] = {
    ROW(abi_version, NONE, NONE, CONSTANT),
    ROW(version, NONE, NONE, CONSTANT),
    ROW(engine_version, NONE, NONE, CONSTANT),
    ROW(status_name, NONE, NONE, CONSTANT),
    ROW(live_objects_count, NONE, NONE, NONE),
    ROW(error_describe, ERROR_OBJECT, NONE, NONE),
    ROW(error_message, ERROR_OBJECT, NONE, NONE),
    ROW(error_free, ERROR_OBJECT, NONE, FREES),
    ROW(buffer_data, BUFFER, NONE, NONE),
    ROW(buffer_free, BUFFER, NONE, FREES),
    ROW(view_data, VIEW, NONE, NONE),
    ROW(view_free, VIEW, NONE, FREES),
    ROW(options_default_json, NONE, NONE, FAILS_WITH_ERROR),
    ROW(options_check, NONE, NONE, FAILS_WITH_ERROR),
    ROW(resources_create, NONE, NONE, FAILS_WITH_ERROR),
    ROW(resources_free, RESOURCES, NONE, FREES),
    ROW(backend_open, NONE, RESOURCES, FAILS_WITH_ERROR | OPENS),
    ROW(backend_options_json, BACKEND, NONE, FAILS_WITH_ERROR),
    ROW(backend_close, BACKEND, NONE, FAILS_WITH_ERROR | CLOSES),
    ROW(backend_free, BACKEND, NONE, FREES),
    ROW(backend_column_family, BACKEND, NONE, FAILS_WITH_ERROR),
    ROW(backend_create_column_family, BACKEND, NONE, FAILS_WITH_ERROR | SLOW),
    ROW(backend_drop_column_family, BACKEND, NONE, FAILS_WITH_ERROR | SLOW),
    ROW(backend_list_column_families, BACKEND, NONE, FAILS_WITH_ERROR),
    ROW(backend_write, BACKEND, NONE, FAILS_WITH_ERROR),
    ROW(backend_try_write, BACKEND, NONE, FAILS_WITH_ERROR),
    ROW(backend_snapshot, BACKEND, NONE, FAILS_WITH_ERROR),
    ROW(backend_flush, BACKEND, NONE, FAILS_WITH_ERROR | SLOW),
    ROW(backend_sync_wal, BACKEND, NONE, FAILS_WITH_ERROR | SLOW),
    ROW(backend_set_options, BACKEND, NONE, FAILS_WITH_ERROR | SLOW),
    ROW(backend_property, BACKEND, NONE, FAILS_WITH_ERROR),
    ROW(backend_statistics, BACKEND, NONE, FAILS_WITH_ERROR),
    ROW(backend_pressure, BACKEND, NONE, FAILS_WITH_ERROR),
    ROW(backend_drain_events, BACKEND, NONE, FAILS_WITH_ERROR | OUTLIVES_CLOSE),
    ROW(backend_list_statistics, BACKEND, NONE, FAILS_WITH_ERROR),
    ROW(backend_publish_figures, BACKEND, NONE, FAILS_WITH_ERROR),
    ROW(backend_ticker, BACKEND, NONE, FAILS_WITH_ERROR),
    ROW(backend_histogram, BACKEND, NONE, FAILS_WITH_ERROR),
    ROW(backend_recovery, BACKEND, NONE, FAILS_WITH_ERROR),
    ROW(backend_verify_checksums, BACKEND, NONE, FAILS_WITH_ERROR | SLOW),
    ROW(snapshot_sequence, SNAPSHOT, NONE, FAILS_WITH_ERROR),
    ROW(snapshot_free, SNAPSHOT, NONE, FREES),
    ROW(column_family_id, FAMILY, NONE, FAILS_WITH_ERROR),
    ROW(column_family_name, FAMILY, NONE, FAILS_WITH_ERROR),
    ROW(column_family_put, FAMILY, NONE, FAILS_WITH_ERROR),
    ROW(column_family_delete, FAMILY, NONE, FAILS_WITH_ERROR),
    ROW(column_family_delete_range, FAMILY, NONE, FAILS_WITH_ERROR),
    ROW(column_family_get, FAMILY, SNAPSHOT, FAILS_WITH_ERROR),
    ROW(column_family_get_owned, FAMILY, SNAPSHOT, FAILS_WITH_ERROR),
    ROW(column_family_get_view, FAMILY, SNAPSHOT, FAILS_WITH_ERROR),
    ROW(column_family_contains, FAMILY, SNAPSHOT, FAILS_WITH_ERROR),
    ROW(column_family_multi_get, FAMILY, SNAPSHOT, FAILS_WITH_ERROR),
    ROW(column_family_iterator, FAMILY, SNAPSHOT, FAILS_WITH_ERROR),
    ROW(column_family_flush, FAMILY, NONE, FAILS_WITH_ERROR | SLOW),
    ROW(column_family_compact, FAMILY, NONE, FAILS_WITH_ERROR | SLOW),
    ROW(column_family_set_options, FAMILY, NONE, FAILS_WITH_ERROR | SLOW),
    ROW(column_family_property, FAMILY, NONE, FAILS_WITH_ERROR),
    ROW(column_family_free, FAMILY, NONE, FREES),
    ROW(iterator_seek_to_first, ITERATOR, NONE, FAILS_WITH_ERROR),
    ROW(iterator_seek_to_last, ITERATOR, NONE, FAILS_WITH_ERROR),
    ROW(iterator_seek, ITERATOR, NONE, FAILS_WITH_ERROR),
    ROW(iterator_seek_for_prev, ITERATOR, NONE, FAILS_WITH_ERROR),
    ROW(iterator_next_page, ITERATOR, NONE, FAILS_WITH_ERROR),
    ROW(iterator_prev_page, ITERATOR, NONE, FAILS_WITH_ERROR),
    ROW(iterator_free, ITERATOR, NONE, FREES),
    ROW(key_group_of, NONE, NONE, FAILS_WITH_ERROR),
    ROW(key_group_range, NONE, NONE, FAILS_WITH_ERROR),
    ROW(key_group_default_max_parallelism, NONE, NONE, FAILS_WITH_ERROR),
    ROW(keyed_backend_open, BACKEND, NONE, FAILS_WITH_ERROR),
    ROW(keyed_backend_set_current_key, KEYED, NONE, FAILS_WITH_ERROR),
    ROW(keyed_backend_clear_current_key, KEYED, NONE, FAILS_WITH_ERROR),
    ROW(keyed_backend_set_namespace, KEYED, NONE, FAILS_WITH_ERROR),
    ROW(keyed_backend_set_time, KEYED, NONE, FAILS_WITH_ERROR),
    ROW(keyed_backend_drain, KEYED, NONE, FAILS_WITH_ERROR),
    ROW(keyed_backend_states_json, KEYED, NONE, FAILS_WITH_ERROR),
    ROW(keyed_backend_drop_state, KEYED, NONE, FAILS_WITH_ERROR),
    ROW(keyed_backend_free, KEYED, NONE, FREES),
    ROW(state_open, KEYED, NONE, FAILS_WITH_ERROR),
    ROW(operator_state_open, BACKEND, NONE, FAILS_WITH_ERROR),
    ROW(state_get, SUM, NONE, FAILS_WITH_ERROR),
    ROW(state_put, SUM, NONE, FAILS_WITH_ERROR),
    ROW(state_add_i64, SUM, NONE, FAILS_WITH_ERROR),
    ROW(state_result_i64, SUM, NONE, FAILS_WITH_ERROR),
    ROW(state_add_f64, MEAN, NONE, FAILS_WITH_ERROR),
    ROW(state_result_f64, MEAN, NONE, FAILS_WITH_ERROR),
    ROW(state_is_empty, MEAN, NONE, FAILS_WITH_ERROR),
    ROW(state_clear, MEAN, NONE, FAILS_WITH_ERROR),
    ROW(state_free, SUM, NONE, FREES),
    ROW(state_add_elements, LIST, NONE, FAILS_WITH_ERROR),
    ROW(state_update_elements, LIST, NONE, FAILS_WITH_ERROR),
    ROW(state_merge_namespaces, LIST, NONE, FAILS_WITH_ERROR),
    ROW(state_map_get, MAP, NONE, FAILS_WITH_ERROR),
    ROW(state_map_contains, MAP, NONE, FAILS_WITH_ERROR),
    ROW(state_map_put, MAP, NONE, FAILS_WITH_ERROR),
    ROW(state_map_put_all, MAP, NONE, FAILS_WITH_ERROR),
    ROW(state_map_remove, MAP, NONE, FAILS_WITH_ERROR),
    ROW(state_scan_open, MAP, NONE, FAILS_WITH_ERROR),
    ROW(state_scan_next_page, SCAN, NONE, FAILS_WITH_ERROR),
    ROW(state_scan_remove, SCAN, NONE, FAILS_WITH_ERROR),
    ROW(state_scan_replace, SCAN, NONE, FAILS_WITH_ERROR),
    ROW(state_scan_free, SCAN, NONE, FREES),
    ROW(timer_service_open, KEYED, NONE, FAILS_WITH_ERROR),
    ROW(timer_service_register, TIMERS, NONE, FAILS_WITH_ERROR),
    ROW(timer_service_delete, TIMERS, NONE, FAILS_WITH_ERROR),
    ROW(timer_service_next, TIMERS, NONE, FAILS_WITH_ERROR),
    ROW(timer_service_count, TIMERS, NONE, FAILS_WITH_ERROR),
    ROW(timer_service_due, TIMERS, NONE, FAILS_WITH_ERROR),
    ROW(timer_service_free, TIMERS, NONE, FREES),
    ROW(credit_pool_create, NONE, NONE, FAILS_WITH_ERROR),
    ROW(credit_pool_set_limit, POOL, NONE, FAILS_WITH_ERROR),
    ROW(credit_pool_attach, POOL | BACKEND, NONE, FAILS_WITH_ERROR),
    ROW(credit_pool_detach, POOL, NONE, FAILS_WITH_ERROR),
    ROW(credit_pool_figures, POOL, NONE, FAILS_WITH_ERROR),
    ROW(credit_pool_next_completions, POOL, NONE, FAILS_WITH_ERROR),
    ROW(credit_pool_close, POOL, NONE, FAILS_WITH_ERROR | CLOSES),
    ROW(credit_pool_free, POOL, NONE, FREES),
    ROW(backoff_delay, NONE, NONE, FAILS_WITH_ERROR),
    ROW(credit_channel_open, POOL, NONE, FAILS_WITH_ERROR),
    ROW(credit_channel_request, CHANNEL, NONE, FAILS_WITH_ERROR),
    ROW(credit_channel_acquire, CHANNEL, NONE, FAILS_WITH_ERROR),
    ROW(credit_channel_post, CHANNEL, NONE, FAILS_WITH_ERROR),
    ROW(credit_channel_cancel, CHANNEL, NONE, FAILS_WITH_ERROR),
    ROW(credit_channel_replenish, CHANNEL, NONE, FAILS_WITH_ERROR),
    ROW(credit_channel_refund, CHANNEL, NONE, FAILS_WITH_ERROR),
    ROW(credit_channel_free, CHANNEL, NONE, FREES),
    ROW(checkpoint_store_open, NONE, NONE, FAILS_WITH_ERROR),
    ROW(checkpoint_store_list, STORE, NONE, FAILS_WITH_ERROR),
    ROW(checkpoint_store_verify, STORE, NONE, FAILS_WITH_ERROR),
    ROW(checkpoint_store_discard, STORE, NONE, FAILS_WITH_ERROR),
    ROW(checkpoint_store_collect, STORE, NONE, FAILS_WITH_ERROR),
    ROW(checkpoint_store_put_snapshot, STORE, NONE, FAILS_WITH_ERROR | SLOW),
    ROW(checkpoint_store_get_snapshot, STORE, NONE, FAILS_WITH_ERROR),
    ROW(checkpoint_store_delete_snapshot, STORE, NONE, FAILS_WITH_ERROR | SLOW),
    ROW(checkpoint_store_free, STORE, NONE, FREES),
    ROW(backend_begin_checkpoint, BACKEND | STORE, NONE, FAILS_WITH_ERROR | SLOW),
    ROW(checkpoint_wait, CHECKPOINT, NONE, FAILS_WITH_ERROR),
    ROW(checkpoint_read_progress, CHECKPOINT, NONE, FAILS_WITH_ERROR),
    ROW(checkpoint_cancel, CHECKPOINT, NONE, FAILS_WITH_ERROR),
    ROW(checkpoint_free, CHECKPOINT, NONE, FREES),
    ROW(backend_notify_checkpoint_complete, BACKEND, NONE, FAILS_WITH_ERROR),
    ROW(backend_notify_checkpoint_aborted, BACKEND, NONE, FAILS_WITH_ERROR),
    ROW(backend_export_savepoint, BACKEND, NONE, FAILS_WITH_ERROR),
    ROW(savepoint_export_read, EXPORT, NONE, FAILS_WITH_ERROR),
    ROW(savepoint_export_free, EXPORT, NONE, FREES),
    ROW(backend_import_savepoint, BACKEND, NONE, FAILS_WITH_ERROR),
    ROW(savepoint_import_write, IMPORT, NONE, FAILS_WITH_ERROR),
    ROW(savepoint_import_finish, IMPORT, NONE, FAILS_WITH_ERROR),
    ROW(savepoint_import_free, IMPORT, NONE, FREES),
    ROW(savepoint_verify, NONE, NONE, FAILS_WITH_ERROR),
    ROW(backend_restore, STORE, RESOURCES, FAILS_WITH_ERROR | OPENS),
    ROW(backend_rescale, STORE, RESOURCES, FAILS_WITH_ERROR | OPENS),
};

#endif
