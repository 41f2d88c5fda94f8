/* Data folders that cannot be used: files, unreadable and read-only folders, broken links, folders that vanish, too few file handles. */
#include "own_disk.h"

#include <sys/resource.h>

static void refuse_folder(const char *folder) {
    fsb_backend *backend = NULL;
    CHECK_REFUSED(try_open(folder, ",\"column_families\":[]", NULL, &backend), FSB_STATUS_FOLDER_UNUSABLE, folder);
    CHECK(backend == NULL);
}

static void fill_small(void) {
    fsb_backend *backend = open_small();
    fsb_column_family *family = family_of(backend, "default");
    put(family, "key", "value");
    CHECK_OK(fsb_column_family_free(family));
    close_and_free(backend);
}

static void check_small(void) {
    fsb_backend *backend = open_small();
    fsb_column_family *family = family_of(backend, "default");
    CHECK_ROW(family, "key", "value");
    CHECK_OK(fsb_column_family_free(family));
    close_and_free(backend);
}

static void a_file_is_no_folder(void) {
    CHECK(write_file(path_of("file"), "text"));
    refuse_folder(path_of("file"));
    refuse_folder(path_of("file/below"));
}

static void a_folder_without_write_permission(void) {
    become_ordinary_user();
    fill_small();
    CHECK_U64(chmod(path_of("data"), 0500), 0);
    refuse_folder(path_of("data"));
    CHECK_U64(chmod(path_of("data"), 0700), 0);
    check_small();
}

static void a_folder_without_any_permission(void) {
    become_ordinary_user();
    fill_small();
    CHECK_U64(chmod(path_of("data"), 0), 0);
    refuse_folder(path_of("data"));
    refuse_folder(path_of("data/below"));
    CHECK_U64(chmod(path_of("data"), 0700), 0);
    check_small();
}

static void a_parent_without_write_permission(void) {
    become_ordinary_user();
    CHECK_U64(mkdir(path_of("parent"), 0500), 0);
    refuse_folder(path_of("parent/data"));
    CHECK_U64(chmod(path_of("parent"), 0700), 0);
}

static void a_file_of_the_folder_without_permission(void) {
    become_ordinary_user();
    fill_small();
    fsb_backend *backend = NULL;
    CHECK_U64(chmod(path_of("data/CURRENT"), 0), 0);
    fsb_status status = try_open(path_of("data"), "", NULL, &backend);
    CHECK(status == FSB_STATUS_IO || status == FSB_STATUS_FOLDER_UNUSABLE);
    CHECK_CONTAINS(test_error_text(), "CURRENT");
    test_error_drop();
    CHECK_U64(chmod(path_of("data/CURRENT"), 0600), 0);
    check_small();
}

static void a_read_only_file_system(void) {
    if (!mount_own_disk(path_of("disk"), 64u << 20)) {
        test_note("this machine lets no test mount a file system; folders without write permission stand for a read-only one");
        a_folder_without_write_permission();
        return;
    }
    close_and_free(open_at(path_of("disk/data"), ""));
    make_own_disk_read_only(path_of("disk"));
    refuse_folder(path_of("disk/data"));
    refuse_folder(path_of("disk/other"));
}

static void broken_and_circular_links(void) {
    CHECK_U64(symlink("nowhere", path_of("broken")), 0);
    CHECK_U64(symlink("circle", path_of("circle")), 0);
    refuse_folder(path_of("circle"));
    fsb_backend *backend = NULL;
    fsb_status status = try_open(path_of("broken"), "", NULL, &backend);
    if (status == FSB_STATUS_OK) close_and_free(backend);
    else CHECK_REFUSED(status, FSB_STATUS_FOLDER_UNUSABLE, path_of("broken"));
}

static void a_path_longer_than_the_system_takes(void) {
    static char folder[6000];
    snprintf(folder, sizeof folder, "%s/", test_folder);
    memset(folder + strlen(folder), 'x', 5000);
    refuse_folder(folder);
}

static void a_folder_that_vanishes_while_open(void) {
    fsb_backend *backend = open_small();
    fsb_column_family *family = family_of(backend, "default");
    put(family, "key", "value");
    test_remove_tree(path_of("data"));
    fsb_status status = fsb_backend_flush(backend, &test_error);
    if (status != FSB_STATUS_OK) CHECK_CONTAINS(test_error_text(), "data");
    test_error_drop();
    CHECK_ROW(family, "key", "value");
    CHECK_OK(fsb_column_family_free(family));
    fsb_backend_close(backend, 60000, NULL);
    CHECK_OK(fsb_backend_free(backend));
}

static void too_few_file_handles(void) {
    fill_small();
    struct rlimit limit, old;
    fsb_backend *backend = NULL;
    CHECK_U64(getrlimit(RLIMIT_NOFILE, &old), 0);
    for (rlim_t files = 3; files < 24; files++) {
        limit = old;
        limit.rlim_cur = files;
        CHECK_U64(setrlimit(RLIMIT_NOFILE, &limit), 0);
        fsb_status status = try_open(path_of("data"), "", NULL, &backend);
        CHECK_U64(setrlimit(RLIMIT_NOFILE, &old), 0);
        if (status == FSB_STATUS_OK) fsb_backend_free(backend);
        else CHECK_CONTAINS(test_error_text(), path_of("data"));
        test_error_drop();
    }
    check_small();
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"a_file_is_no_folder", a_file_is_no_folder, NULL},
        {"a_folder_without_write_permission", a_folder_without_write_permission, NULL},
        {"a_folder_without_any_permission", a_folder_without_any_permission, NULL},
        {"a_parent_without_write_permission", a_parent_without_write_permission, NULL},
        {"a_file_of_the_folder_without_permission", a_file_of_the_folder_without_permission, NULL},
        {"a_read_only_file_system", a_read_only_file_system, NULL},
        {"broken_and_circular_links", broken_and_circular_links, NULL},
        {"a_path_longer_than_the_system_takes", a_path_longer_than_the_system_takes, NULL},
        {"a_folder_that_vanishes_while_open", a_folder_that_vanishes_while_open, NULL},
        {"too_few_file_handles", too_few_file_handles, NULL},
    };
    return run_tests(tests, COUNT_OF(tests), argc, argv);
}
