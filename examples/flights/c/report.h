/* What the state has to tell, for people. */
#ifndef FLIGHTS_REPORT_H
#define FLIGHTS_REPORT_H

#include "airline.h"
#include "table.h"

/* Prints the carriers, the busiest routes and aircraft, and the picture of mean arrival delays, from the state; the flights of the
 * file only tell what flight a row was. */
void report_print(const struct table *stored, const struct flights *flights, const struct airlines *airlines);

#endif
