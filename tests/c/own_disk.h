/* Small file systems that one test mounts for itself, in a mount namespace that ends with its process. */
#ifndef FSB_TESTS_OWN_DISK_H
#define FSB_TESTS_OWN_DISK_H

#include "fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>

static inline int write_file(const char *path, const char *text) {
    int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    if (file < 0) return 0;
    int written = write(file, text, strlen(text)) == (ssize_t)strlen(text);
    close(file);
    return written;
}

/* Becomes root of a user namespace, which any user may where the machine allows it. */
static inline int become_namespace_root(void) {
    char map[64];
    unsigned user = geteuid(), group = getegid();
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) return 0;
    if (!write_file("/proc/self/setgroups", "deny")) return 0;
    snprintf(map, sizeof map, "0 %u 1", user);
    if (!write_file("/proc/self/uid_map", map)) return 0;
    snprintf(map, sizeof map, "0 %u 1", group);
    return write_file("/proc/self/gid_map", map);
}

/* Mounts an empty file system of `bytes` at `path`. Returns 0 when this machine lets no test mount anything. */
static inline int mount_own_disk(const char *path, size_t bytes) {
    char size[32];
    int own_mounts = geteuid() == 0 && unshare(CLONE_NEWNS) == 0;
    if (!own_mounts && !become_namespace_root()) return 0;
    if (mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) != 0) return 0;
    snprintf(size, sizeof size, "size=%zu", bytes);
    return mkdir(path, 0700) == 0 && mount("none", path, "tmpfs", 0, size) == 0;
}

static inline void resize_own_disk(const char *path, size_t bytes) {
    char size[32];
    snprintf(size, sizeof size, "size=%zu", bytes);
    CHECK_U64(mount("none", path, "tmpfs", MS_REMOUNT, size), 0);
}

static inline void make_own_disk_read_only(const char *path) { CHECK_U64(mount("none", path, "tmpfs", MS_REMOUNT | MS_RDONLY, NULL), 0); }

/* From here on the test's process is no root, so that file modes hold for it as well. */
static inline void become_ordinary_user(void) {
    if (geteuid() != 0) return;
    CHECK_U64(chown(test_folder, 65534, 65534), 0);
    CHECK_U64(setgid(65534), 0);
    CHECK_U64(setuid(65534), 0);
}

#endif
