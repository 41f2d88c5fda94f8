/* Event time: milliseconds since 1970 in the clock of the timetable, New York's. */
#ifndef FLIGHTS_EVENT_TIME_H
#define FLIGHTS_EVENT_TIME_H

#include <stdint.h>

#define MILLIS_PER_DAY INT64_C(86400000)

/* The watermark before the first row. */
#define NO_WATERMARK INT64_MIN

/* The time of "2013, 1, 5, 1745": a quarter to six in the evening. */
int64_t event_time(int64_t year, int64_t month, int64_t day, int64_t hour_and_minute);

/* The midnight at which the day of a time begins. */
int64_t day_of(int64_t time);

/* The date of a time. */
struct date {
    int year, month, day;
    const char *month_name; /* "Jan" */
};
struct date date_of(int64_t time);

#endif
