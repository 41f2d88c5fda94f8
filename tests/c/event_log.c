/* The event log: packed records, a queue that is full, the events of a close, folders that cannot be written, files that roll, forks. */
#include "own_disk.h"
#include "packed.h"

#include <dirent.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/inotify.h>
#include <sys/syscall.h>
#include <time.h>

#define HEADER_BYTES 16
#define QUEUE ",\"column_families\":[],\"event_log_queue_records\":1000"

enum { THREADS = 3, FORKS = 25, MINUTES = 5 };

static fsb_backend *backend;
static uint8_t page[65536];

/* Seconds since 1970 at which the clock of the whole process stands; 0 while it goes. */
static atomic_llong stopped_at;

/* In place of the C library's, also for the library. */
int clock_gettime(clockid_t id, struct timespec *now) {
    long long seconds = atomic_load(&stopped_at);
    if (id == CLOCK_REALTIME && seconds != 0) {
        now->tv_sec = seconds, now->tv_nsec = 0;
        return 0;
    }
    return (int)syscall(SYS_clock_gettime, id, now);
}

typedef struct event {
    uint8_t level, source;
    int64_t micros;
    size_t length;
    const char *message;
} event;

typedef struct drained {
    size_t length, records;
    uint64_t dropped;
} drained;

static drained drain(void) {
    drained all = {0, 0, 0};
    CHECK_OK(fsb_backend_drain_events(backend, page, sizeof page, &all.length, &all.records, &all.dropped, &test_error));
    return all;
}

static event event_at(size_t *at, size_t length) {
    event next;
    CHECK(*at + HEADER_BYTES <= length);
    next.level = page[*at], next.source = page[*at + 1];
    CHECK(next.level <= FSB_EVENT_ERROR && next.source <= FSB_EVENT_OF_ENGINE);
    CHECK_U64(page[*at + 2] | page[*at + 3], 0);
    next.length = read_u32(page + *at + 4);
    next.micros = (int64_t)((uint64_t)read_u32(page + *at + 8) | (uint64_t)read_u32(page + *at + 12) << 32);
    next.message = (const char *)page + *at + HEADER_BYTES;
    *at += HEADER_BYTES + next.length;
    CHECK(*at <= length);
    return next;
}

static int says(const event *it, const char *text) { return memmem(it->message, it->length, text, strlen(text)) != NULL; }

/* How many of the events in the page hold the text; the page must be whole. */
static unsigned saying(const drained *all, uint8_t source, const char *text) {
    unsigned found = 0;
    size_t at = 0, records = 0;
    for (; at < all->length; records++) {
        event next = event_at(&at, all->length);
        found += next.source == source && says(&next, text);
    }
    CHECK_U64(records, all->records);
    return found;
}

static void put_and_flush(void) {
    fsb_column_family *family = family_of(backend, "default");
    put(family, "key", "value");
    CHECK_OK(fsb_backend_flush(backend, &test_error));
    CHECK_OK(fsb_column_family_free(family));
}

static fsb_backend *open_logging(const char *directory, const char *more) {
    char options[1400];
    snprintf(options, sizeof options, ",\"column_families\":[],\"event_log_directory\":\"%s\"%s", directory, more);
    return open_at(path_of("data"), options);
}

static void events_come_as_packed_records_in_order(void) {
    struct timespec before, after;
    CHECK_U64(clock_gettime(CLOCK_REALTIME, &before), 0);
    backend = open_at(path_of("data"), QUEUE);
    drained all = drain();
    CHECK_U64(clock_gettime(CLOCK_REALTIME, &after), 0);
    CHECK_U64(all.dropped, 0);
    CHECK_U64(saying(&all, FSB_EVENT_OF_BACKEND, "opened by flink_state_backend "), 1);
    CHECK(saying(&all, FSB_EVENT_OF_ENGINE, "MANIFEST") > 0);
    int64_t last = before.tv_sec * INT64_C(1000000) + before.tv_nsec / 1000;
    for (size_t at = 0; at < all.length;) {
        event next = event_at(&at, all.length);
        CHECK(next.micros >= last && next.level >= FSB_EVENT_INFO && next.length > 0);
        last = next.micros;
    }
    CHECK(last <= after.tv_sec * INT64_C(1000000) + after.tv_nsec / 1000);
    CHECK_U64(drain().records, 0);
    close_and_free(backend);
}

static void a_level_leaves_the_rest_out(void) {
    backend = open_at(path_of("data"), QUEUE ",\"event_log_queue_level\":\"warn\"");
    put_and_flush();
    CHECK_U64(drain().records, 0);
    close_and_free(backend);
}

static void a_page_too_short_takes_nothing(void) {
    size_t length = 7, records = 7, first;
    uint64_t dropped = 7;
    backend = open_at(path_of("data"), QUEUE);
    CHECK_ANSWER(fsb_backend_drain_events(backend, NULL, 0, &first, &records, &dropped, &test_error), FSB_STATUS_BUFFER_TOO_SMALL);
    CHECK(first > HEADER_BYTES);
    CHECK_ANSWER(fsb_backend_drain_events(backend, page, first - 1, &length, &records, &dropped, &test_error), FSB_STATUS_BUFFER_TOO_SMALL);
    CHECK_U64(length, first);
    CHECK_U64(records, 7);
    CHECK_U64(dropped, 7);
    CHECK_OK(fsb_backend_drain_events(backend, page, first, &length, &records, &dropped, &test_error));
    CHECK_U64(records, 1);
    CHECK_U64(length, first);
    close_and_free(backend);
}

static void a_full_queue_counts_what_it_drops(void) {
    backend = open_at(path_of("data"), ",\"event_log_queue_records\":2,\"event_log_queue_level\":\"debug\"");
    drained all = drain();
    CHECK_U64(all.records, 2);
    CHECK(all.dropped > 100);
    CHECK_U64(drain().dropped, 0);
    close_and_free(backend);
}

static void the_events_of_a_close_wait_until_the_handle_is_freed(void) {
    size_t length, records;
    uint64_t dropped;
    backend = open_at(path_of("data"), QUEUE);
    drain();
    CHECK_OK(fsb_backend_close(backend, 60000, &test_error));
    CHECK_REFUSED(fsb_backend_flush(backend, &test_error), FSB_STATUS_CLOSED, "closed");
    drained all = drain();
    CHECK_U64(saying(&all, FSB_EVENT_OF_BACKEND, "closed"), 1);
    CHECK(saying(&all, FSB_EVENT_OF_ENGINE, "Shutdown") > 0);
    CHECK_OK(fsb_backend_close(backend, 60000, &test_error));
    CHECK_U64(drain().records, 0);
    CHECK_OK(fsb_backend_free(backend));
    CHECK_REFUSED(fsb_backend_drain_events(backend, page, sizeof page, &length, &records, &dropped, &test_error),
                  FSB_STATUS_INVALID_HANDLE, "backend");
}

static void bad_input_is_refused(void) {
    size_t length, records;
    uint64_t dropped;
    backend = open_small();
    CHECK_REFUSED(fsb_backend_drain_events(backend, page, sizeof page, &length, &records, &dropped, &test_error),
                  FSB_STATUS_INVALID_OPTION, "'event_log_queue_records'");
    close_and_free(backend);
    backend = open_at(path_of("data"), QUEUE);
    CHECK_REFUSED(fsb_backend_drain_events(backend, NULL, 8, &length, &records, &dropped, &test_error), FSB_STATUS_INVALID_ARGUMENT, "buffer");
    CHECK_REFUSED(fsb_backend_drain_events(backend, page, 8, NULL, &records, &dropped, &test_error), FSB_STATUS_INVALID_ARGUMENT, "length");
    CHECK_REFUSED(fsb_backend_drain_events(backend, page, 8, &length, NULL, &dropped, &test_error), FSB_STATUS_INVALID_ARGUMENT,
                  "record_count");
    CHECK_REFUSED(fsb_backend_drain_events(backend, page, 8, &length, &records, NULL, &test_error), FSB_STATUS_INVALID_ARGUMENT,
                  "dropped_count");
    drained all = drain();
    CHECK_U64(saying(&all, FSB_EVENT_OF_BACKEND, "opened by "), 1);
    close_and_free(backend);
}

static void refuse_directory(const char *directory) {
    char more[1400];
    fsb_backend *refused = NULL;
    snprintf(more, sizeof more, ",\"column_families\":[],\"event_log_directory\":\"%s\"", directory);
    CHECK_REFUSED(try_open(path_of("data"), more, NULL, &refused), FSB_STATUS_IO, directory);
    CHECK(refused == NULL);
    close_and_free(open_small());
}

static void a_directory_that_cannot_be_written_is_refused_by_name(void) {
    become_ordinary_user();
    CHECK(write_file(path_of("file"), "text"));
    refuse_directory(path_of("file"));
    refuse_directory(path_of("file/below"));
    CHECK_U64(mkdir(path_of("locked"), 0500), 0);
    refuse_directory(path_of("locked"));
    refuse_directory(path_of("locked/below"));
    CHECK_U64(chmod(path_of("locked"), 0700), 0);
}

static void a_read_only_file_system_is_refused_by_name(void) {
    if (!mount_own_disk(path_of("disk"), 1u << 20)) {
        test_note("this machine lets no test mount a file system; folders without write permission stand for a read-only one");
        return;
    }
    make_own_disk_read_only(path_of("disk"));
    refuse_directory(path_of("disk"));
    refuse_directory(path_of("disk/below"));
}

static void a_directory_is_made_for_its_owner_only(void) {
    struct stat made;
    close_and_free(open_logging(path_of("logs/events"), ""));
    CHECK_U64(stat(path_of("logs/events"), &made), 0);
    CHECK_U64(made.st_mode & 0777, 0700);
}

/* The text of all files of the event log, at most what fits. */
static const char *logged(const char *directory) {
    static char text[1 << 20];
    char path[1400];
    size_t length = 0;
    DIR *listing = opendir(directory);
    CHECK(listing != NULL);
    for (struct dirent *entry; (entry = readdir(listing)) != NULL;) {
        if (strncmp(entry->d_name, "fsb-events-", 11) != 0) continue;
        snprintf(path, sizeof path, "%s/%s", directory, entry->d_name);
        FILE *file = fopen(path, "r");
        CHECK(file != NULL);
        length += fread(text + length, 1, sizeof text - 1 - length, file);
        fclose(file);
    }
    closedir(listing);
    text[length] = '\0';
    return text;
}

static void a_full_disk_under_the_log_holds_nothing_up(void) {
    if (!mount_own_disk(path_of("disk"), 1u << 20)) {
        test_note("this machine lets no test mount a file system; a full disk was not tried");
        return;
    }
    static char filling[1 << 20];
    backend = open_logging(path_of("disk"), "");
    FILE *filler = fopen(path_of("disk/filler"), "w");
    CHECK(filler != NULL);
    CHECK(fwrite(filling, 1, sizeof filling, filler) != sizeof filling || fflush(filler) != 0);
    /* More than the last block of the log has room for. */
    for (int round = 0; round < 10; round++) put_and_flush();
    close_and_free(backend);
    CHECK(strstr(logged(path_of("disk")), " backend closed\n") == NULL);
    CHECK_U64(unlink(path_of("disk/filler")), 0);
    fclose(filler);
    close_and_free(open_logging(path_of("disk"), ""));
    CHECK_CONTAINS(logged(path_of("disk")), " backend closed\n");
}

/* Files of the event log whose names hold the text. */
static unsigned file_count(const char *directory, const char *part) {
    unsigned count = 0;
    DIR *listing = opendir(directory);
    CHECK(listing != NULL);
    for (struct dirent *entry; (entry = readdir(listing)) != NULL;)
        count += strncmp(entry->d_name, "fsb-events-", 11) == 0 && strstr(entry->d_name, part) != NULL;
    closedir(listing);
    return count;
}

/* Waits until the file system's clock, which goes in steps, has gone on: files are deleted by the time of their creation. */
static void next_tick(void) {
    struct stat first, now;
    CHECK(write_file(path_of("tick"), "x"));
    CHECK_U64(stat(path_of("tick"), &first), 0);
    do {
        CHECK(write_file(path_of("tick"), "x"));
        CHECK_U64(stat(path_of("tick"), &now), 0);
    } while (now.st_mtim.tv_sec == first.st_mtim.tv_sec && now.st_mtim.tv_nsec == first.st_mtim.tv_nsec);
}

static void files_roll_by_the_clock_and_old_ones_are_deleted(void) {
    char events[4096], file[64];
    atomic_store(&stopped_at, 1800000000); /* 2027-01-15 08:00:00 */
    backend = open_logging(path_of("events"), ",\"event_log_rotation\":\"minutely\",\"event_log_file_count\":2");
    int watch = inotify_init1(IN_CLOEXEC);
    CHECK(watch >= 0 && inotify_add_watch(watch, path_of("events"), IN_CREATE) >= 0);
    for (int minute = 1; minute <= MINUTES; minute++) {
        next_tick();
        atomic_fetch_add(&stopped_at, 60);
        put_and_flush();
        /* Until the thread that writes has begun the file. */
        CHECK(read(watch, events, sizeof events) > 0);
    }
    close(watch);
    close_and_free(backend);
    CHECK_U64(file_count(path_of("events"), ""), 3);
    for (int minute = MINUTES - 2; minute <= MINUTES; minute++) {
        snprintf(file, sizeof file, ".2027-01-15-08-%02d.log", minute);
        CHECK_U64(file_count(path_of("events"), file), 1);
    }
    CHECK_CONTAINS(logged(path_of("events")), "2027-01-15T08:05:00.000000Z INFO");
}

static atomic_int ended;

static void *work(void *argument) {
    while (!atomic_load(&ended)) put_and_flush();
    return argument;
}

static void check_forked(void) {
    size_t length, records;
    uint64_t dropped;
    CHECK_REFUSED(fsb_backend_drain_events(backend, page, sizeof page, &length, &records, &dropped, &test_error), FSB_STATUS_FORKED, "forked");
    CHECK_REFUSED(fsb_backend_flush(backend, &test_error), FSB_STATUS_FORKED, "forked");
    CHECK_STATUS(fsb_backend_free(backend), FSB_STATUS_FORKED);
}

static void a_forked_process_waits_for_nothing(void) {
    pthread_t threads[THREADS];
    backend = open_logging(path_of("events"), ",\"event_log_level\":\"debug\",\"event_log_queue_records\":10");
    for (size_t at = 0; at < COUNT_OF(threads); at++) CHECK(pthread_create(&threads[at], NULL, work, NULL) == 0);
    for (int round = 0; round < FORKS; round++) {
        int status = 0;
        pid_t child = test_fork();
        if (child == 0) {
            check_forked();
            _exit(0);
        }
        CHECK(waitpid(child, &status, 0) == child);
        CHECK_U64(status, 0);
        drain();
    }
    atomic_store(&ended, 1);
    for (size_t at = 0; at < COUNT_OF(threads); at++) CHECK(pthread_join(threads[at], NULL) == 0);
    close_and_free(backend);
    CHECK_CONTAINS(logged(path_of("events")), " backend opened by ");
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"events_come_as_packed_records_in_order", events_come_as_packed_records_in_order, NULL},
        {"a_level_leaves_the_rest_out", a_level_leaves_the_rest_out, NULL},
        {"a_page_too_short_takes_nothing", a_page_too_short_takes_nothing, NULL},
        {"a_full_queue_counts_what_it_drops", a_full_queue_counts_what_it_drops, NULL},
        {"the_events_of_a_close_wait_until_the_handle_is_freed", the_events_of_a_close_wait_until_the_handle_is_freed, NULL},
        {"bad_input_is_refused", bad_input_is_refused, NULL},
        {"a_directory_that_cannot_be_written_is_refused_by_name", a_directory_that_cannot_be_written_is_refused_by_name, NULL},
        {"a_read_only_file_system_is_refused_by_name", a_read_only_file_system_is_refused_by_name, NULL},
        {"a_directory_is_made_for_its_owner_only", a_directory_is_made_for_its_owner_only, NULL},
        {"a_full_disk_under_the_log_holds_nothing_up", a_full_disk_under_the_log_holds_nothing_up, NULL},
        {"files_roll_by_the_clock_and_old_ones_are_deleted", files_roll_by_the_clock_and_old_ones_are_deleted, NULL},
        {"a_forked_process_waits_for_nothing", a_forked_process_waits_for_nothing, NULL},
    };
    return run_tests(tests, COUNT_OF(tests), argc, argv);
}
