/* The daily reports as they come in, one line each. */
#ifndef FLIGHTS_DIARY_H
#define FLIGHTS_DIARY_H

#include "aggregate.h"

enum { DIARY_LIMIT = 366 };

/* The days that have been printed. */
struct diary {
    size_t count;
    struct {
        int64_t day;
        struct aggregate report;
    } entries[DIARY_LIMIT];
};

/* Whether the report is to be printed: it is not when it has been. Then it must be the same still; otherwise the program ends. */
bool diary_take(struct diary *diary, int64_t day, const struct aggregate *report);

/* Prints "  1 Jan ...". */
void diary_print(int64_t day, const struct aggregate *report, const struct flights *flights);

#endif
