#include "airline.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "failure.h"

/* Takes "code,name" apart; false when the line is none, or too long. */
static bool add_line(struct airlines *airlines, const char *line)
{
    const char *comma = strchr(line, ',');
    if (comma == NULL || airlines->count == AIRLINE_LIMIT)
        return false;
    struct airline *added = &airlines->entries[airlines->count];
    size_t code_length = (size_t)(comma - line), name_length = strcspn(comma + 1, "\n");
    if (code_length >= sizeof added->code || name_length >= sizeof added->name)
        return false;
    memcpy(added->code, line, code_length);
    memcpy(added->name, comma + 1, name_length);
    added->code[code_length] = added->name[name_length] = '\0';
    airlines->count++;
    return true;
}

void airlines_read(struct airlines *airlines, const char *folder)
{
    char path[4096], line[256];
    snprintf(path, sizeof path, "%s/airlines.csv", folder);
    FILE *file = fopen(path, "r");
    if (file == NULL)
        fail("cannot open %s: %s (--data DIR names the folder that holds it).", path, strerror(errno));
    airlines->count = 0;
    if (fgets(line, sizeof line, file) == NULL || strcmp(line, "carrier,name\n") != 0)
        fail("%s is not the expected file: its first line should be \"carrier,name\".", path);
    while (fgets(line, sizeof line, file) != NULL)
        if (!add_line(airlines, line))
            fail("%s: line %zu is not \"code,name\", or is too long, or one too many.", path, airlines->count + 2);
    fclose(file);
}

const char *airlines_name(const struct airlines *airlines, const char *code)
{
    for (size_t slot = 0; slot < airlines->count; slot++)
        if (strcmp(airlines->entries[slot].code, code) == 0)
            return airlines->entries[slot].name;
    return code;
}
