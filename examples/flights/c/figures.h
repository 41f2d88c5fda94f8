/* Numbers as people write them. Every function writes into a small `figure`, returned by value. */
#ifndef FLIGHTS_FIGURES_H
#define FLIGHTS_FIGURES_H

#include <stdint.h>

struct figure {
    char text[48];
};

/* 27004 -> "27,004" */
struct figure figure_count(int64_t value);

/* 1502317 -> "1.4 MiB"; "not measured" for FSB_NOT_MEASURED */
struct figure figure_bytes(uint64_t bytes);

/* 27004 -> "27,004"; "not measured" for FSB_NOT_MEASURED */
struct figure figure_counter(uint64_t value);

/* "41,207/s", "12.3 µs", "35 %"; "not measured" for NaN */
struct figure figure_rate(double per_second);
struct figure figure_latency(double milliseconds);
struct figure figure_percent(double percent);

/* Minutes with one decimal, "12.3"; "-" for NaN */
struct figure figure_minutes(double minutes);

#endif
