/* Names of the airlines by carrier code, from airlines.csv. */
#ifndef FLIGHTS_AIRLINE_H
#define FLIGHTS_AIRLINE_H

#include <stddef.h>

enum { AIRLINE_LIMIT = 64 };

struct airline {
    char code[8], name[56];
};

struct airlines {
    size_t count;
    struct airline entries[AIRLINE_LIMIT];
};

void airlines_read(struct airlines *airlines, const char *folder);

/* The name of the carrier; the code itself when the file does not name it. */
const char *airlines_name(const struct airlines *airlines, const char *code);

#endif
