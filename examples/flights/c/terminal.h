/* What standard output can show. */
#ifndef FLIGHTS_TERMINAL_H
#define FLIGHTS_TERMINAL_H

#include <stdbool.h>

enum paint { PLAIN, BOLD, DIM, RED, GREEN, YELLOW, CYAN };

/* Whether standard output is a terminal, on which a line can be rewritten. */
bool terminal_is_live(void);

/* The escape sequence that switches to the paint; "" when standard output is no terminal or NO_COLOR is set. */
const char *terminal_paint(enum paint paint);

/* The paint of a mean delay in minutes. */
enum paint terminal_delay_paint(double minutes);

/* Fills `bar`, which needs 3 bytes per cell and one more, with `cells` cells, the first `eighths` / 8 of them full. */
void terminal_bar(char *bar, int cells, int eighths, const char *empty_cell);

#endif
