/* What the state has to tell, for people. */
#ifndef FLIGHTS_REPORT_H
#define FLIGHTS_REPORT_H

#include "airline.h"
#include "table.h"

/* Prints the carriers, the busiest routes and the picture of mean arrival delays from the aggregates of the state. */
void report_print(const struct table *stored, const struct airlines *airlines);

#endif
