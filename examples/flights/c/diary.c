#include "diary.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "event_time.h"
#include "failure.h"
#include "figures.h"
#include "terminal.h"

enum { BAR_CELLS = 12, MINUTES_PER_CELL = 4 };

bool diary_take(struct diary *diary, int64_t day, const struct aggregate *report)
{
    struct date date = date_of(day);
    for (size_t at = 0; at < diary->count; at++) {
        if (diary->entries[at].day != day)
            continue;
        if (memcmp(&diary->entries[at].report, report, sizeof *report) != 0)
            fail("the report of %d %s in the state is not the one that was printed.", date.day, date.month_name);
        return false;
    }
    if (diary->count == DIARY_LIMIT)
        fail("the file has more than %d days.", DIARY_LIMIT);
    diary->entries[diary->count].day = day;
    diary->entries[diary->count++].report = *report;
    return true;
}

/* The worst arrival with its flight: "853  MQ 3944". */
static void print_worst(int64_t worst, const struct flights *flights)
{
    if (worst == NOTHING || (size_t)worst_row(worst) >= flights->count) {
        printf("%6s", "-");
        return;
    }
    const struct flight *flight = &flights->rows[worst_row(worst)];
    printf("%6s  %s %lld", figure_count(worst_delay(worst)).text, flight->carrier, (long long)flight->number);
}

void diary_print(int64_t day, const struct aggregate *report, const struct flights *flights)
{
    char bar[3 * BAR_CELLS + 1];
    struct date date = date_of(day);
    double delay = aggregate_mean_arrival_delay(report);
    int eighths = isnan(delay) || delay < 0 ? 0 : (int)(delay * 8 / MINUTES_PER_CELL + 0.5);
    terminal_bar(bar, BAR_CELLS, eighths < 8 * BAR_CELLS ? eighths : 8 * BAR_CELLS, " ");
    printf("  %2d %s %7s flights %5s cancelled  arrival %6s %s%s%s worst ", date.day, date.month_name,
           figure_count(report->fields[FLIGHTS]).text, figure_count(report->fields[CANCELLED]).text, figure_minutes(delay).text,
           terminal_paint(terminal_delay_paint(delay)), bar, terminal_paint(PLAIN));
    print_worst(report->fields[WORST], flights);
    putchar('\n');
    fflush(stdout);
}
