/* Kills the process right before the Nth of the calls, from any thread, that change files. Preloaded into a test program, which says where
 * the counting starts and ends by removing "/FSB_ARM" and "/FSB_DISARM": neither of them exists.
 *
 * FSB_KILL_AT     N, counted from 1; without it nobody is killed
 * FSB_KILL_COUNT  a file that is given the number of calls at the end of the counting
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_int is_armed;
static atomic_long calls;

static void count(void) {
    const char *at = getenv("FSB_KILL_AT");
    if (!atomic_load(&is_armed)) return;
    if (atomic_fetch_add(&calls, 1) + 1 == (at ? atol(at) : 0)) {
        kill(getpid(), SIGKILL);
        for (;;) pause();
    }
}

static void end_counting(void) {
    const char *path = getenv("FSB_KILL_COUNT");
    FILE *file;
    atomic_store(&is_armed, 0);
    if (path && (file = fopen(path, "w"))) {
        fprintf(file, "%ld", atomic_load(&calls));
        fclose(file);
    }
}

/* WRAP(type, name, (parameters), (arguments)): the call, counted first when `when` holds. */
#define WRAP(type, name, parameters, arguments, when)                                                                        \
    type name parameters {                                                                                                   \
        static type(*next) parameters;                                                                                       \
        if (!next) *(void **)&next = dlsym(RTLD_NEXT, #name);                                                                \
        if (when) count();                                                                                                   \
        return next arguments;                                                                                               \
    }

WRAP(ssize_t, write, (int file, const void *bytes, size_t length), (file, bytes, length), file > 2)
WRAP(ssize_t, writev, (int file, const struct iovec *parts, int length), (file, parts, length), file > 2)
WRAP(ssize_t, pwrite, (int file, const void *bytes, size_t length, off_t at), (file, bytes, length, at), 1)
WRAP(ssize_t, pwrite64, (int file, const void *bytes, size_t length, off_t at), (file, bytes, length, at), 1)
WRAP(int, fsync, (int file), (file), 1)
WRAP(int, fdatasync, (int file), (file), 1)
WRAP(int, sync_file_range, (int file, off_t at, off_t length, unsigned flags), (file, at, length, flags), 1)
WRAP(int, fallocate, (int file, int mode, off_t at, off_t length), (file, mode, at, length), 1)
WRAP(int, ftruncate, (int file, off_t length), (file, length), 1)
WRAP(int, ftruncate64, (int file, off_t length), (file, length), 1)
WRAP(int, rename, (const char *from, const char *to), (from, to), 1)
WRAP(int, renameat, (int a, const char *from, int b, const char *to), (a, from, b, to), 1)
WRAP(int, link, (const char *from, const char *to), (from, to), 1)
WRAP(int, linkat, (int a, const char *from, int b, const char *to, int flags), (a, from, b, to, flags), 1)
WRAP(int, unlinkat, (int folder, const char *path, int flags), (folder, path, flags), 1)
WRAP(int, mkdir, (const char *path, mode_t mode), (path, mode), 1)
WRAP(int, rmdir, (const char *path), (path), 1)
WRAP(int, chmod, (const char *path, mode_t mode), (path, mode), 1)
WRAP(int, fchmod, (int file, mode_t mode), (file, mode), 1)

int unlink(const char *path) {
    static int (*next)(const char *);
    if (!next) *(void **)&next = dlsym(RTLD_NEXT, "unlink");
    if (!strcmp(path, "/FSB_ARM")) {
        atomic_store(&is_armed, 1);
    } else if (!strcmp(path, "/FSB_DISARM")) {
        end_counting();
    } else {
        count();
    }
    return next(path);
}

/* A file is opened in order to change it, or made. */
#define WRAP_OPEN(name, parameters, arguments)                                                                               \
    int name parameters {                                                                                                    \
        static int(*next) parameters;                                                                                        \
        mode_t mode = 0;                                                                                                     \
        if (!next) *(void **)&next = dlsym(RTLD_NEXT, #name);                                                                \
        if (flags & (O_CREAT | O_TRUNC)) {                                                                                   \
            va_list more;                                                                                                    \
            va_start(more, flags);                                                                                           \
            mode = va_arg(more, mode_t);                                                                                     \
            va_end(more);                                                                                                    \
            count();                                                                                                         \
        }                                                                                                                    \
        return next arguments;                                                                                               \
    }

WRAP_OPEN(open, (const char *path, int flags, ...), (path, flags, mode))
WRAP_OPEN(open64, (const char *path, int flags, ...), (path, flags, mode))
WRAP_OPEN(openat, (int folder, const char *path, int flags, ...), (folder, path, flags, mode))
WRAP_OPEN(openat64, (int folder, const char *path, int flags, ...), (folder, path, flags, mode))
