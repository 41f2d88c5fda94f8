/* Flights: a stream job that keeps its state in the backend, dies half-way and comes back.
 *
 * The program is two programs: the supervisor, which you start, and the worker, which it starts, kills and starts again. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "airline.h"
#include "check.h"
#include "failure.h"
#include "figures.h"
#include "job.h"
#include "options.h"
#include "progress.h"
#include "report.h"
#include "state.h"
#include "state_folder.h"
#include "supervisor.h"
#include "terminal.h"
#include "totals.h"

/* The path of this program: the worker is the same one. */
static const char *program_path(const char *invoked_as)
{
    static char path[4096];
    ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
    return length > 0 ? path : invoked_as;
}

static void introduce(const struct run *run)
{
    printf("%sFlights from New York, January 2013%s: %s rows in the order of the timetable.\n", terminal_paint(BOLD),
           terminal_paint(PLAIN), figure_count((int64_t)run->flights->count).text);
    printf("The state backend (engine: RocksDB %s) keeps state for every route, carrier and\n"
           "aircraft; a timer reports each day when it is over, and an aircraft that is not seen\n"
           "for %d days is forgotten. A checkpoint is made every %s rows.\n",
           fsb_engine_version(), (int)DAYS_TO_LIVE, figure_count(ROWS_PER_CHECKPOINT).text);
    printf("State folder: %s\n\n", run->state_folder);
    fflush(stdout);
}

/* Reads back what the finished job has left. */
static void read_state(struct table *stored, const struct run *run)
{
    struct state state;
    struct position position;
    state_open(&state, run->state_folder);
    position = state_position(&state, run->flights->source_bytes);
    state_advance(&state, position.watermark);
    totals_read(stored, &state);
    state_close(&state);
}

static bool check(const struct table *stored, const struct run *run)
{
    struct table recomputed = {0};
    printf("\n%sThe state against a plain recomputation from the file, in memory:%s\n", terminal_paint(BOLD), terminal_paint(PLAIN));
    totals_recompute(&recomputed, run->flights);
    bool equal = check_equal(stored, &recomputed);
    table_free(&recomputed);
    return equal;
}

static enum exit_code demonstrate(struct run *run)
{
    static struct airlines airlines;
    struct table stored = {0};
    airlines_read(&airlines, run->options->data_folder);
    introduce(run);
    double started = progress_now();
    supervise(run);
    printf("All %s rows are in the state after %.1f s.\n", figure_count((int64_t)run->flights->count).text, progress_now() - started);
    read_state(&stored, run);
    bool equal = check(&stored, run);
    report_print(&stored, run->flights, &airlines);
    printf("\n%sCheckpoints (what was stored for each, of what it holds)%s\n%s  %4s %7s %10s %10s %5s %9s%s\n%s", terminal_paint(BOLD),
           terminal_paint(PLAIN), terminal_paint(DIM), "id", "row", "new", "all", "", "time", terminal_paint(PLAIN), run->checkpoints);
    printf("\n%sStatistics of the worker that finished%s\n%s", terminal_paint(BOLD), terminal_paint(PLAIN), run->statistics);
    table_free(&stored);
    printf("\n%s%s%s\n", terminal_paint(equal ? GREEN : RED),
           equal ? "The state equals the recomputation." : "The state DIFFERS from the recomputation.", terminal_paint(PLAIN));
    return equal ? EXIT_EQUAL : EXIT_FAILED;
}

int main(int count, char **arguments)
{
    struct options options = options_parse(count, arguments);
    if (options.worker) {
        job_run(&options);
        return EXIT_EQUAL;
    }
    static struct run run;
    struct flights flights;
    flights_read(&flights, options.data_folder);
    run.program = program_path(arguments[0]);
    run.options = &options;
    run.flights = &flights;
    run.state_folder = state_folder_prepare(options.state_folder);
    enum exit_code code = demonstrate(&run);
    flights_free(&flights);
    return code;
}
