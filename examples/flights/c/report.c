#include "report.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "event_time.h"
#include "failure.h"
#include "figures.h"
#include "terminal.h"

enum {
    ROUTES_SHOWN = 8,
    AIRCRAFT_SHOWN = 6,
    DESTINATIONS_SHOWN = 6,
    FLIGHTS_FOR_A_BAR = 20, /* a mean over fewer flights says nothing and would set the scale */
    EARLY_CELLS = 17,
    LATE_CELLS = 30,
    NAME_CELLS = 20,
};

/* The entries of one kind, sorted. */
struct ranking {
    const struct table_entry **entries;
    size_t count;
};

static int by_flights(const void *left, const void *right)
{
    const struct table_entry *a = *(const struct table_entry *const *)left, *b = *(const struct table_entry *const *)right;
    int64_t more = b->aggregate.fields[FLIGHTS] - a->aggregate.fields[FLIGHTS];
    return more != 0 ? (more > 0 ? 1 : -1) : strcmp(a->key, b->key);
}

static int by_arrival_delay(const void *left, const void *right)
{
    const struct table_entry *a = *(const struct table_entry *const *)left, *b = *(const struct table_entry *const *)right;
    double more = aggregate_mean_arrival_delay(&b->aggregate) - aggregate_mean_arrival_delay(&a->aggregate);
    return more != 0 ? (more > 0 ? 1 : -1) : strcmp(a->key, b->key);
}

static struct ranking rank(const struct table *table, enum key_kind kind, int64_t least_flights,
                           int (*order)(const void *, const void *))
{
    struct ranking ranking = {.entries = require_memory(malloc((table->count + 1) * sizeof *ranking.entries))};
    for (size_t entry = 0; entry < table->count; entry++) {
        const struct table_entry *candidate = &table->entries[entry];
        if (candidate->kind == kind && candidate->aggregate.fields[FLIGHTS] >= least_flights)
            ranking.entries[ranking.count++] = candidate;
    }
    qsort(ranking.entries, ranking.count, sizeof *ranking.entries, order);
    return ranking;
}

static const char *name_of(const struct table_entry *entry)
{
    return entry->key + strlen(key_prefix(entry->kind));
}

/* Length of the airline's name without its legal form: "ExpressJet Airlines Inc." -> 19. */
static int short_length(const char *name)
{
    static const char *const FORMS[] = {" Inc.", " Co.", " Corporation"};
    for (size_t form = 0; form < sizeof FORMS / sizeof *FORMS; form++) {
        const char *found = strstr(name, FORMS[form]);
        if (found != NULL)
            return (int)(found - name);
    }
    return (int)strlen(name);
}

static void print_name(const char *name)
{
    printf("  %-*.*s", NAME_CELLS, short_length(name), name);
}

static void heading(const char *text)
{
    printf("\n%s%s%s\n", terminal_paint(BOLD), text, terminal_paint(PLAIN));
}

/* --- tables --------------------------------------------------------------------------------------------------------- */

/* The largest arrival delay with the flight that had it: "1,272  HA 51 9 Jan". */
static void print_worst(const struct table_entry *entry, const struct flights *flights)
{
    int64_t worst = entry->aggregate.fields[WORST];
    if (worst == NOTHING || (size_t)worst_row(worst) >= flights->count) {
        printf(" %6s\n", "-");
        return;
    }
    const struct flight *flight = &flights->rows[worst_row(worst)];
    struct date date = date_of(flight->scheduled);
    printf(" %6s  %s %lld %d %s\n", figure_count(worst_delay(worst)).text, flight->carrier, (long long)flight->number, date.day,
           date.month_name);
}

static void print_columns(const struct table_entry *entry)
{
    const int64_t *fields = entry->aggregate.fields;
    printf("%7s %9s %9s %7s", figure_count(fields[FLIGHTS]).text, figure_count(fields[CANCELLED]).text,
           figure_minutes(aggregate_mean_departure_delay(&entry->aggregate)).text,
           figure_minutes(aggregate_mean_arrival_delay(&entry->aggregate)).text);
}

static void print_header(const char *first)
{
    printf("%s  %-*s%7s %9s %9s %7s %6s%s\n", terminal_paint(DIM), NAME_CELLS, first, "flights", "cancelled", "departure",
           "arrival", "worst", terminal_paint(PLAIN));
}

static void print_carriers(const struct table *stored, const struct flights *flights, const struct airlines *airlines)
{
    struct ranking carriers = rank(stored, CARRIER_KEY, 0, by_flights);
    heading("Carriers (mean and worst delays in minutes; below zero is early)");
    print_header("airline");
    for (size_t at = 0; at < carriers.count; at++) {
        print_name(airlines_name(airlines, name_of(carriers.entries[at])));
        print_columns(carriers.entries[at]);
        print_worst(carriers.entries[at], flights);
    }
    free(carriers.entries);
}

static void print_routes(const struct table *stored, const struct flights *flights)
{
    struct ranking routes = rank(stored, ROUTE, 0, by_flights);
    heading("Busiest routes");
    print_header("route");
    for (size_t at = 0; at < routes.count && at < ROUTES_SHOWN; at++) {
        print_name(name_of(routes.entries[at]));
        print_columns(routes.entries[at]);
        print_worst(routes.entries[at], flights);
    }
    free(routes.entries);
}

/* Where the aircraft has flown to, as far as that has not expired: "RDU 7, CLE 5, DTW 4 and 3 more". */
static void print_destinations(const struct ranking *destinations, const char *aircraft)
{
    size_t shown = 0, more = 0, length = strlen(aircraft);
    for (size_t at = 0; at < destinations->count; at++) {
        const char *name = name_of(destinations->entries[at]);
        if (strncmp(name, aircraft, length) != 0 || name[length] != '/')
            continue;
        if (shown == DESTINATIONS_SHOWN)
            more++;
        else
            printf("%s%s %s", shown++ == 0 ? "" : ", ", name + length + 1,
                   figure_count(destinations->entries[at]->aggregate.fields[FLIGHTS]).text);
    }
    if (more > 0)
        printf(" and %zu more", more);
    putchar('\n');
}

static size_t count_expired(const struct ranking *aircraft)
{
    size_t expired = 0;
    for (size_t at = 0; at < aircraft->count; at++)
        expired += aircraft->entries[at]->aggregate.fields[AIRCRAFT_SEEN] == NOTHING;
    return expired;
}

static void print_aircraft(const struct table *stored)
{
    struct ranking aircraft = rank(stored, AIRCRAFT, 0, by_flights), destinations = rank(stored, DESTINATION, 0, by_flights);
    heading("Busiest aircraft");
    printf("%s  %-*s%7s %9s  %s%s\n", terminal_paint(DIM), NAME_CELLS, "aircraft", "flights", "miles", "flights to where it still flies",
           terminal_paint(PLAIN));
    for (size_t at = 0; at < aircraft.count && at < AIRCRAFT_SHOWN; at++) {
        const int64_t *fields = aircraft.entries[at]->aggregate.fields;
        print_name(name_of(aircraft.entries[at]));
        printf("%7s %9s  ", figure_count(fields[AIRCRAFT_FLIGHTS]).text, figure_count(fields[AIRCRAFT_MILES]).text);
        print_destinations(&destinations, name_of(aircraft.entries[at]));
    }
    size_t expired = count_expired(&aircraft);
    printf("  Expired: %s of %s aircraft, not seen for %d days when the month ended.\n", figure_count((int64_t)expired).text,
           figure_count((int64_t)aircraft.count).text, (int)DAYS_TO_LIVE);
    free(aircraft.entries);
    free(destinations.entries);
}

/* --- the picture ---------------------------------------------------------------------------------------------------- */

/* Minutes per cell, so that the longest bar on either side just fits. */
static double scale_of(const struct ranking *carriers)
{
    double scale = 0.5;
    for (size_t at = 0; at < carriers->count; at++) {
        double delay = aggregate_mean_arrival_delay(&carriers->entries[at]->aggregate);
        double needed = delay < 0 ? -delay / EARLY_CELLS : delay / LATE_CELLS;
        scale = needed > scale ? needed : scale;
    }
    return scale;
}

/* Bars to the left of the axis end in half cells: there are no finer blocks that fill a cell from the right. */
static void print_early_bar(double cells)
{
    int halves = (int)(cells * 2 + 0.5), full = halves / 2;
    printf("%*s", EARLY_CELLS - full - halves % 2, "");
    fputs(halves % 2 == 1 ? "▐" : "", stdout);
    for (int cell = 0; cell < full; cell++)
        fputs("█", stdout);
}

static void print_bar(const char *name, double delay, double scale)
{
    char bar[3 * LATE_CELLS + 1];
    double cells = delay / scale;
    print_name(name);
    printf(" %s", terminal_paint(terminal_delay_paint(delay)));
    print_early_bar(delay < 0 ? -cells : 0);
    printf("%s│%s", terminal_paint(PLAIN), terminal_paint(terminal_delay_paint(delay)));
    terminal_bar(bar, LATE_CELLS, delay > 0 ? (int)(cells * 8 + 0.5) : 0, "");
    printf("%s%s %.1f\n", bar, terminal_paint(PLAIN), delay);
}

static void print_picture(const struct table *stored, const struct airlines *airlines)
{
    struct ranking carriers = rank(stored, CARRIER_KEY, FLIGHTS_FOR_A_BAR, by_arrival_delay);
    double scale = scale_of(&carriers);
    heading("Mean arrival delay in minutes (carriers with 20 flights or more)");
    for (size_t at = 0; at < carriers.count; at++) {
        double delay = aggregate_mean_arrival_delay(&carriers.entries[at]->aggregate);
        if (!isnan(delay))
            print_bar(airlines_name(airlines, name_of(carriers.entries[at])), delay, scale);
    }
    free(carriers.entries);
}

void report_print(const struct table *stored, const struct flights *flights, const struct airlines *airlines)
{
    print_carriers(stored, flights, airlines);
    print_routes(stored, flights);
    print_aircraft(stored);
    print_picture(stored, airlines);
}
