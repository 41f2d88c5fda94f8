#include "flight.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "event_time.h"
#include "failure.h"

static const char FILE_NAME[] = "flights-2013-01.csv";
static const char HEADER[] = "year,month,day,sched_dep_time,dep_time,dep_delay,arr_delay,"
                             "carrier,flight,tailnum,origin,dest,air_time,distance";

enum column {
    YEAR, MONTH, DAY, SCHEDULED_DEPARTURE, DEPARTURE, DEPARTURE_DELAY, ARRIVAL_DELAY,
    CARRIER, FLIGHT, TAIL_NUMBER, ORIGIN, DESTINATION, AIR_TIME, DISTANCE, COLUMNS
};

enum { LINE_CAPACITY = 256 };

static _Noreturn void fail_row(const struct flight_reader *reader, const char *what)
{
    fail("%s, line %" PRIu64 ": %s.", reader->path, reader->line, what);
}

/* Reads one line without its end into `line`; false at the end of the file. */
static bool read_line(struct flight_reader *reader, char *line)
{
    if (fgets(line, LINE_CAPACITY, reader->file) == NULL) {
        if (ferror(reader->file))
            fail("cannot read %s: %s.", reader->path, strerror(errno));
        return false;
    }
    reader->line++;
    size_t length = strcspn(line, "\n");
    if (line[length] != '\n')
        fail_row(reader, "the line is too long or has no end");
    line[length] = '\0';
    return true;
}

static void split(const struct flight_reader *reader, char *line, char *fields[COLUMNS])
{
    fields[0] = line;
    for (int column = 1; column < COLUMNS; column++) {
        char *comma = strchr(fields[column - 1], ',');
        if (comma == NULL)
            fail_row(reader, "the row has fewer fields than the header");
        *comma = '\0';
        fields[column] = comma + 1;
    }
    if (strchr(fields[COLUMNS - 1], ',') != NULL)
        fail_row(reader, "the row has more fields than the header");
}

static int64_t whole_number(const struct flight_reader *reader, const char *field)
{
    char *end;
    errno = 0;
    long long value = strtoll(field, &end, 10);
    if (errno != 0 || end == field || *end != '\0')
        fail_row(reader, "a field that should be a whole number is none");
    return value;
}

static struct minutes minutes_or_unknown(const struct flight_reader *reader, const char *field)
{
    if (*field == '\0')
        return (struct minutes){.known = false};
    return (struct minutes){.known = true, .value = whole_number(reader, field)};
}

static void copy_code(const struct flight_reader *reader, const char *field, char *code)
{
    size_t length = strlen(field);
    if (length >= FLIGHT_CODE_CAPACITY)
        fail_row(reader, "a code is longer than 15 characters");
    memcpy(code, field, length + 1);
}

void flight_reader_open(struct flight_reader *reader, const char *folder)
{
    snprintf(reader->path, sizeof reader->path, "%s/%s", folder, FILE_NAME);
    reader->line = 0;
    reader->file = fopen(reader->path, "r");
    if (reader->file == NULL)
        fail("cannot open %s: %s (--data DIR names the folder that holds it).", reader->path, strerror(errno));
    char line[LINE_CAPACITY];
    if (!read_line(reader, line) || strcmp(line, HEADER) != 0)
        fail("%s is not the expected file: its first line should be \"%s\".", reader->path, HEADER);
}

void flight_reader_close(struct flight_reader *reader)
{
    fclose(reader->file);
}

bool flight_reader_next(struct flight_reader *reader, struct flight *flight)
{
    char line[LINE_CAPACITY], *fields[COLUMNS];
    if (!read_line(reader, line))
        return false;
    split(reader, line, fields);
    flight->row = (int64_t)reader->line - 2;
    flight->scheduled = event_time(whole_number(reader, fields[YEAR]), whole_number(reader, fields[MONTH]),
                                   whole_number(reader, fields[DAY]), whole_number(reader, fields[SCHEDULED_DEPARTURE]));
    flight->number = whole_number(reader, fields[FLIGHT]);
    flight->miles = whole_number(reader, fields[DISTANCE]);
    flight->cancelled = *fields[DEPARTURE] == '\0';
    flight->departure_delay = minutes_or_unknown(reader, fields[DEPARTURE_DELAY]);
    flight->arrival_delay = minutes_or_unknown(reader, fields[ARRIVAL_DELAY]);
    flight->air_time = minutes_or_unknown(reader, fields[AIR_TIME]);
    copy_code(reader, fields[CARRIER], flight->carrier);
    copy_code(reader, fields[TAIL_NUMBER], flight->aircraft);
    copy_code(reader, fields[ORIGIN], flight->origin);
    copy_code(reader, fields[DESTINATION], flight->destination);
    return true;
}

void flight_reader_skip(struct flight_reader *reader, uint64_t rows)
{
    char line[LINE_CAPACITY];
    for (uint64_t row = 0; row < rows; row++)
        if (!read_line(reader, line))
            fail("%s has only %" PRIu64 " rows; the state already counts %" PRIu64 ".", reader->path, row, rows);
}

int64_t flight_reader_bytes(struct flight_reader *reader)
{
    struct stat about;
    if (fstat(fileno(reader->file), &about) != 0)
        fail("cannot look at %s: %s.", reader->path, strerror(errno));
    return (int64_t)about.st_size;
}

void flights_read(struct flights *flights, const char *folder)
{
    struct flight_reader reader;
    struct flight flight;
    size_t capacity = 0;
    *flights = (struct flights){0};
    flight_reader_open(&reader, folder);
    while (flight_reader_next(&reader, &flight)) {
        if (flights->count == capacity) {
            capacity = capacity == 0 ? 4096 : capacity * 2;
            flights->rows = require_memory(realloc(flights->rows, capacity * sizeof *flights->rows));
        }
        flights->rows[flights->count++] = flight;
    }
    flights->source_bytes = flight_reader_bytes(&reader);
    flight_reader_close(&reader);
    if (flights->count == 0)
        fail("%s has no rows.", reader.path);
}

void flights_free(struct flights *flights)
{
    free(flights->rows);
    *flights = (struct flights){0};
}
