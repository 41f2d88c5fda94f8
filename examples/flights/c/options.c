#include "options.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "failure.h"

static const char USAGE[] =
    "Streams the flights of January 2013 through the state backend, kills the job half-way with SIGKILL, starts it\n"
    "again, and compares what the state holds at the end with a plain recomputation.\n"
    "\n"
    "usage: flights [options]\n"
    "  --data DIR         folder of flights-2013-01.csv and airlines.csv (default: examples/flights/data)\n"
    "  --state DIR        folder of the state, kept at the end; a job found in it goes on\n"
    "                     (default: a fresh temporary folder, removed at the end)\n"
    "  --kill-at PERCENT  kill when so much of the file is taken up, 1 to 99 (default: 50)\n"
    "  --seed N           draw the row of the kill from this seed instead\n"
    "  --slow             about ten seconds instead of a few, to watch it\n"
    "  --help             this text\n"
    "\n"
    "exit code: 0 the state equals the recomputation, 1 it differs or something failed, 2 wrong usage\n";

static uint64_t parse_number(const char *option, const char *text, uint64_t least, uint64_t most)
{
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || *text == '-' || value < least || value > most)
        fail_usage("%s takes a whole number from %llu to %llu, not \"%s\".", option, (unsigned long long)least,
                   (unsigned long long)most, text);
    return value;
}

/* Takes an option with a value; false when there is none of this name. */
static bool parse_valued(struct options *options, const char *name, const char *value)
{
    if (strcmp(name, "--data") == 0)
        options->data_folder = value;
    else if (strcmp(name, "--state") == 0)
        options->state_folder = value;
    else if (strcmp(name, "--kill-at") == 0)
        options->kill_at_percent = parse_number(name, value, 1, 99);
    else if (strcmp(name, "--seed") == 0) {
        options->seed = parse_number(name, value, 0, UINT64_MAX);
        options->seeded = true;
    } else
        return false;
    return true;
}

/* Takes an option without a value; false when there is none of this name. */
static bool parse_flag(struct options *options, const char *name)
{
    if (strcmp(name, "--help") == 0) {
        fputs(USAGE, stdout);
        exit(EXIT_SUCCESS);
    }
    if (strcmp(name, "--slow") == 0)
        options->slow = true;
    else if (strcmp(name, "--worker") == 0)
        options->worker = true;
    else
        return false;
    return true;
}

struct options options_parse(int count, char **arguments)
{
    struct options options = {.data_folder = "examples/flights/data", .kill_at_percent = 50};
    for (int at = 1; at < count; at++) {
        if (parse_flag(&options, arguments[at]))
            continue;
        const char *value = at + 1 < count ? arguments[at + 1] : NULL;
        if (!parse_valued(&options, arguments[at], value == NULL ? "1" : value))
            fail_usage("there is no option \"%s\".", arguments[at]);
        if (value == NULL || *value == '\0')
            fail_usage("%s needs a value.", arguments[at]);
        at++;
    }
    return options;
}
