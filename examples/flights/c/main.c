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
           terminal_paint(PLAIN), figure_count((int64_t)run->total_rows).text);
    printf("The state backend (engine: RocksDB %s) holds a running aggregate for every\n"
           "route, carrier and aircraft; every %d rows, one atomic batch updates them and\n"
           "the position of the stream.\n",
           fsb_engine_version(), ROWS_PER_BATCH);
    printf("State folder: %s\n\n", run->state_folder);
    fflush(stdout);
}

/* Reads back what the finished job has left. */
static void read_state(struct table *stored, const struct run *run)
{
    struct state state;
    state_open(&state, run->state_folder);
    for (enum key_kind kind = 0; kind < KEY_KINDS; kind++)
        state_scan(&state, key_prefix(kind), stored);
    state_close(&state);
}

static bool check(const struct table *stored, const struct run *run)
{
    struct table recomputed = {0};
    printf("\n%sThe state against a plain recomputation from the file, in memory:%s\n", terminal_paint(BOLD), terminal_paint(PLAIN));
    recompute(&recomputed, run->options->data_folder);
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
    printf("All %s rows are in the state after %.1f s.\n", figure_count((int64_t)run->total_rows).text, progress_now() - started);
    read_state(&stored, run);
    bool equal = check(&stored, run);
    report_print(&stored, &airlines);
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
    struct run run = {.program = program_path(arguments[0]), .options = &options, .total_rows = flight_count(options.data_folder)};
    run.state_folder = state_folder_prepare(options.state_folder);
    return demonstrate(&run);
}
