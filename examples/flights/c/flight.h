/* One row of the stream: a flight that was scheduled to leave New York. */
#ifndef FLIGHTS_FLIGHT_H
#define FLIGHTS_FLIGHT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { FLIGHT_CODE_CAPACITY = 16 };

/* Minutes that may be unknown: a cancelled flight has no delay. */
struct minutes {
    bool known;
    int64_t value;
};

struct flight {
    int64_t row;       /* of the stream, from 0 */
    int64_t scheduled; /* departure by the timetable, in event time */
    int64_t number, miles;
    bool cancelled;
    struct minutes departure_delay, arrival_delay, air_time;
    char carrier[FLIGHT_CODE_CAPACITY], origin[FLIGHT_CODE_CAPACITY], destination[FLIGHT_CODE_CAPACITY];
    char aircraft[FLIGHT_CODE_CAPACITY]; /* tail number; empty when unknown */
};

/* Reads flights-2013-01.csv row by row. Every damaged row ends the program with a sentence that names file and line. */
struct flight_reader {
    FILE *file;
    char path[4096];
    uint64_t line; /* of the file, from 1, header included */
};

/* All rows in memory. */
struct flights {
    struct flight *rows;
    size_t count;
    int64_t source_bytes;
};

void flight_reader_open(struct flight_reader *reader, const char *folder);
void flight_reader_close(struct flight_reader *reader);

/* False at the end of the file; `flight` is then untouched. */
bool flight_reader_next(struct flight_reader *reader, struct flight *flight);

/* Leaves out the first `rows` rows; fails when the file has fewer. */
void flight_reader_skip(struct flight_reader *reader, uint64_t rows);

/* Length of the whole file: it tells one input from another. */
int64_t flight_reader_bytes(struct flight_reader *reader);

/* Reads the whole file of `folder`, which must have rows. */
void flights_read(struct flights *flights, const char *folder);
void flights_free(struct flights *flights);

#endif
