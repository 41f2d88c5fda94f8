/* The daily report: a timer in event time, due when the last minute of a day has passed. */
#ifndef FLIGHTS_DAILY_H
#define FLIGHTS_DAILY_H

#include "state.h"

/* Sees to it that the day of the flight will be reported; a timer that is registered stays one. */
void daily_register(struct state *state, const struct flight *flight);

/* Reports the days that end before the watermark: their aggregates become a report, and go. */
void daily_fire(struct state *state);

/* Hands every report after that of the day `after` to `take`, in the order of the days. */
typedef void (*report_taker)(void *context, int64_t day, const struct aggregate *report);
void daily_each(struct state *state, int64_t after, report_taker take, void *context);

#endif
