/* Damage to the files of a data folder, and copies of the folder to damage. */
#ifndef FSB_TESTS_DAMAGE_H
#define FSB_TESTS_DAMAGE_H

#include "fixture.h"

#include <dirent.h>
#include <fcntl.h>

typedef enum damage_kind { DAMAGE_FLIP, DAMAGE_ZERO, DAMAGE_TRUNCATE, DAMAGE_REMOVE, DAMAGE_KINDS } damage_kind;

/* One act: `at` is the place as a part of 16 of the file's size. */
typedef struct damage {
    damage_kind kind;
    unsigned at;
} damage;

static inline void copy_file(const char *from, const char *to) {
    static char room[1 << 16];
    int source = open(from, O_RDONLY | O_CLOEXEC), target = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    CHECK(source >= 0 && target >= 0);
    for (ssize_t got = read(source, room, sizeof room); got > 0; got = read(source, room, sizeof room))
        CHECK(write(target, room, (size_t)got) == got);
    close(source);
    close(target);
}

/* The names of the files in `folder`, sorted; at most `capacity`. */
static inline size_t list_files(const char *folder, char (*names)[256], size_t capacity) {
    struct dirent **entries = NULL;
    size_t count = 0;
    int found = scandir(folder, &entries, NULL, alphasort);
    CHECK(found >= 0);
    for (int at = 0; at < found; at++) {
        if (entries[at]->d_type == DT_REG) {
            CHECK(count < capacity);
            snprintf(names[count++], 256, "%s", entries[at]->d_name);
        }
        free(entries[at]);
    }
    free(entries);
    return count;
}

/* Makes `to` a fresh copy of the files in `from`. */
static inline void copy_folder(const char *from, const char *to) {
    static char names[256][256];
    char source[1024], target[1024];
    test_remove_tree(to);
    CHECK_U64(mkdir(to, 0700), 0);
    size_t count = list_files(from, names, COUNT_OF(names));
    for (size_t at = 0; at < count; at++) {
        snprintf(source, sizeof source, "%.700s/%.255s", from, names[at]);
        snprintf(target, sizeof target, "%.700s/%.255s", to, names[at]);
        copy_file(source, target);
    }
}

static inline void overwrite(const char *path, off_t at, const void *data, size_t length) {
    int file = open(path, O_WRONLY | O_CLOEXEC);
    CHECK(file >= 0);
    CHECK(pwrite(file, data, length, at) == (ssize_t)length);
    close(file);
}

static inline void flip_byte(const char *path, off_t at) {
    unsigned char byte = 0;
    int file = open(path, O_RDWR | O_CLOEXEC);
    CHECK(file >= 0);
    CHECK(pread(file, &byte, 1, at) == 1);
    byte ^= 0x40;
    CHECK(pwrite(file, &byte, 1, at) == 1);
    close(file);
}

/* Damages the file at `path`; an empty file has nothing to damage and answers 0. */
static inline int apply_damage(const char *path, damage act) {
    static const char zeros[64];
    struct stat entry;
    CHECK_U64(stat(path, &entry), 0);
    if (act.kind == DAMAGE_REMOVE) return unlink(path) == 0;
    if (entry.st_size == 0) return 0;
    off_t at = (entry.st_size - 1) * (off_t)act.at / 16;
    if (act.kind == DAMAGE_FLIP) flip_byte(path, at);
    else if (act.kind == DAMAGE_TRUNCATE) CHECK_U64(truncate(path, at), 0);
    else overwrite(path, at, zeros, entry.st_size - at < 64 ? (size_t)(entry.st_size - at) : sizeof zeros);
    return 1;
}

#endif
