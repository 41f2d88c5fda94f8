/* One owner per data folder: this or another process, through links and other spellings of its path, before and after the owner dies. */
#include "fixture.h"

typedef struct owner {
    pid_t process;
    int opened; /* readable once the owner has opened the folder */
} owner;

/* Waits for its end, which comes at the latest with the end of the test. */
__attribute__((noreturn)) static void wait_until_killed(void) {
    for (;;) pause();
}

__attribute__((noreturn)) static void own_until_killed(int opened) {
    fsb_backend *backend = open_small();
    fsb_column_family *family = family_of(backend, "default");
    put(family, "key", "value");
    CHECK(write(opened, "!", 1) == 1);
    wait_until_killed();
}

static owner start_owner(void) {
    int ends[2];
    char mark = 0;
    CHECK_U64(pipe(ends), 0);
    owner other = {test_fork(), ends[0]};
    if (other.process == 0) own_until_killed(ends[1]);
    close(ends[1]);
    CHECK(read(other.opened, &mark, 1) == 1);
    return other;
}

static void kill_owner(owner other) {
    int status = 0;
    CHECK_U64(kill(other.process, SIGKILL), 0);
    CHECK(waitpid(other.process, &status, 0) == other.process);
    close(other.opened);
}

static void refuse(const char *folder, const char *holder) {
    fsb_backend *second = NULL;
    CHECK_REFUSED(try_open(folder, "", NULL, &second), FSB_STATUS_FOLDER_IN_USE, holder);
    CHECK(second == NULL);
}

static void refuse_because_of(const owner *other, const char *folder) {
    char holder[32];
    snprintf(holder, sizeof holder, "process %d", (int)other->process);
    refuse(folder, holder);
}

static void refuse_because_of_this_process(const char *folder) { refuse(folder, "this process"); }

static void another_process_is_named_and_its_death_frees_the_folder(void) {
    owner other = start_owner();
    refuse_because_of(&other, path_of("data"));
    refuse_because_of(&other, path_of("data"));
    kill_owner(other);
    fsb_backend *backend = open_small();
    fsb_column_family *family = family_of(backend, "default");
    CHECK_ROW(family, "key", "value");
    CHECK_OK(fsb_column_family_free(family));
    close_and_free(backend);
}

static void another_process_is_found_through_a_link(void) {
    owner other = start_owner();
    CHECK_U64(symlink(path_of("data"), path_of("link")), 0);
    refuse_because_of(&other, path_of("link"));
    kill_owner(other);
}

static void this_process_is_found_under_every_spelling(void) {
    char spelling[2048];
    fsb_backend *backend = open_small();
    CHECK_U64(symlink(path_of("data"), path_of("link")), 0);
    CHECK_U64(symlink("link", path_of("link_to_link")), 0);
    CHECK_U64(chdir(test_folder), 0);
    refuse_because_of_this_process(path_of("data"));
    refuse_because_of_this_process(path_of("link"));
    refuse_because_of_this_process(path_of("link_to_link"));
    refuse_because_of_this_process("data");
    refuse_because_of_this_process("./data/");
    snprintf(spelling, sizeof spelling, "%s/./data/../data//", test_folder);
    refuse_because_of_this_process(spelling);
    snprintf(spelling, sizeof spelling, "%s/data/../link", test_folder);
    refuse_because_of_this_process(spelling);
    close_and_free(backend);
    close_and_free(open_at(path_of("link"), ""));
}

/* A refused open must not free the lock or delete a file of the owner. */
static void the_owner_works_on_after_refusals(void) {
    fsb_backend *backend = open_small();
    fsb_column_family *family = family_of(backend, "default");
    for (int attempt = 0; attempt < 10; attempt++) refuse_because_of_this_process(path_of("data"));
    put(family, "key", "value");
    CHECK_OK(fsb_backend_flush(backend, &test_error));
    CHECK_OK(fsb_column_family_free(family));
    close_and_free(backend);
}

static void a_child_kept_open(void) {
    fsb_backend *first = open_small();
    fsb_column_family *family = family_of(first, "default");
    CHECK_OK(fsb_backend_free(first));
    refuse_because_of_this_process(path_of("data"));
    CHECK_OK(fsb_column_family_free(family));
    close_and_free(open_small());
}

/* A forked process that outlives the close must not keep the folder by the lock it inherited. */
static void a_forked_process_does_not_keep_the_folder(void) {
    fsb_backend *backend = open_small();
    pid_t child = test_fork();
    if (child == 0) wait_until_killed();
    close_and_free(backend);
    close_and_free(open_small());
    kill_owner((owner){child, dup(STDERR_FILENO)});
}

/* The engine's threads do not come along, so an open there would wait for them for ever. */
static void a_forked_process_is_told_that_it_cannot_open(void) {
    int status = 0;
    fsb_backend *backend = open_small();
    pid_t child = test_fork();
    if (child == 0) {
        fsb_backend *own = NULL;
        CHECK_REFUSED(try_open(path_of("own"), "", NULL, &own), FSB_STATUS_FORKED, "fork");
        _exit(0);
    }
    CHECK(waitpid(child, &status, 0) == child);
    CHECK_U64(status, 0);
    close_and_free(backend);
}

static void a_failed_open_leaves_the_folder_free(void) {
    fsb_backend *backend = NULL;
    close_and_free(open_small());
    CHECK_U64(truncate(path_of("data/CURRENT"), 0), 0);
    for (int attempt = 0; attempt < 3; attempt++) {
        fsb_status status = try_open(path_of("data"), "", NULL, &backend);
        CHECK(status != FSB_STATUS_OK && status != FSB_STATUS_FOLDER_IN_USE);
        test_error_drop();
    }
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"another_process_is_named_and_its_death_frees_the_folder", another_process_is_named_and_its_death_frees_the_folder, NULL},
        {"another_process_is_found_through_a_link", another_process_is_found_through_a_link, NULL},
        {"this_process_is_found_under_every_spelling", this_process_is_found_under_every_spelling, NULL},
        {"the_owner_works_on_after_refusals", the_owner_works_on_after_refusals, NULL},
        {"a_child_handle_keeps_the_folder_in_use", a_child_kept_open, NULL},
        {"a_forked_process_does_not_keep_the_folder", a_forked_process_does_not_keep_the_folder, NULL},
        {"a_forked_process_is_told_that_it_cannot_open", a_forked_process_is_told_that_it_cannot_open, NULL},
        {"a_failed_open_leaves_the_folder_free", a_failed_open_leaves_the_folder_free, NULL},
    };
    return run_tests(tests, COUNT_OF(tests), argc, argv);
}
