#include "state_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "failure.h"

static char temporary[4096];

static bool is_real_entry(const struct dirent *entry)
{
    return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

/* Empties the open folder, sub-folders first; closes it. */
static void empty_folder(int folder)
{
    DIR *list = fdopendir(folder);
    if (list == NULL) {
        close(folder);
        return;
    }
    for (struct dirent *entry = readdir(list); entry != NULL; entry = readdir(list)) {
        if (!is_real_entry(entry) || unlinkat(folder, entry->d_name, 0) == 0)
            continue;
        int child = openat(folder, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (child >= 0) {
            empty_folder(child);
            unlinkat(folder, entry->d_name, AT_REMOVEDIR);
        }
    }
    closedir(list);
}

static void remove_temporary(void)
{
    int folder = open(temporary, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (folder >= 0)
        empty_folder(folder);
    if (rmdir(temporary) != 0)
        fprintf(stderr, "flights: could not remove %s: %s.\n", temporary, strerror(errno));
}

const char *state_folder_prepare(const char *wanted)
{
    if (wanted != NULL)
        return wanted;
    const char *parent = getenv("TMPDIR");
    snprintf(temporary, sizeof temporary, "%s/flights-state-XXXXXX", parent != NULL && *parent != '\0' ? parent : "/tmp");
    if (mkdtemp(temporary) == NULL)
        fail("cannot create a temporary folder like %s: %s.", temporary, strerror(errno));
    atexit(remove_temporary);
    return temporary;
}
