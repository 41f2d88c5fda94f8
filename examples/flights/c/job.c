#include "job.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "failure.h"
#include "flight.h"
#include "state.h"
#include "statistics.h"

struct job {
    struct state state;
    struct flight_reader reader;
    struct position position;
    struct flight rows[ROWS_PER_BATCH];
    size_t row_count;
    struct table touched; /* the keys of one batch; what they hold is read from the state and goes back to it */
};

/* Writes one report in one piece; waits while the pipe is full. */
static void report(const char *line)
{
    size_t length = strlen(line);
    if (write(STDOUT_FILENO, line, length) != (ssize_t)length)
        fail("the supervisor does not read the reports any more.");
}

static void report_row(const char *kind, uint64_t row)
{
    char line[64];
    snprintf(line, sizeof line, "%s %" PRIu64 "\n", kind, row);
    report(line);
}

static void report_statistic(const char *text)
{
    char line[256];
    snprintf(line, sizeof line, "stat %s\n", text);
    report(line);
}

static void await_credit(void)
{
    char credit;
    ssize_t taken;
    do
        taken = read(STDIN_FILENO, &credit, 1);
    while (taken < 0 && errno == EINTR);
    if (taken != 1)
        fail("the supervisor is gone: no more credits.");
}

static void job_open(struct job *job, const struct options *options)
{
    memset(job, 0, sizeof *job);
    state_open(&job->state, options->state_folder);
    flight_reader_open(&job->reader, options->data_folder);
    job->position = state_position(&job->state, flight_reader_bytes(&job->reader));
    flight_reader_skip(&job->reader, job->position.row);
}

static void job_close(struct job *job)
{
    table_free(&job->touched);
    flight_reader_close(&job->reader);
    state_close(&job->state);
}

/* Reads the rows of the next batch; false at the end of the stream. */
static bool read_rows(struct job *job)
{
    job->row_count = 0;
    while (job->row_count < ROWS_PER_BATCH && flight_reader_next(&job->reader, &job->rows[job->row_count]))
        job->row_count++;
    return job->row_count > 0;
}

static void touch_keys(struct job *job)
{
    char keys[KEY_KINDS][KEY_CAPACITY];
    table_clear(&job->touched);
    for (size_t row = 0; row < job->row_count; row++) {
        size_t count = flight_keys(&job->rows[row], keys);
        for (size_t key = 0; key < count; key++)
            table_at(&job->touched, keys[key]);
    }
}

/* Reads what the state holds for the keys of the batch, adds the rows, and writes it back with the new position. */
static void process_batch(struct job *job)
{
    touch_keys(job);
    state_load(&job->state, &job->touched);
    for (size_t row = 0; row < job->row_count; row++)
        table_add_flight(&job->touched, &job->rows[row]);
    job->position.row += job->row_count;
    state_store(&job->state, &job->touched, job->position);
}

void job_run(const struct options *options)
{
    static struct job job;
    signal(SIGPIPE, SIG_IGN);
    if (options->state_folder == NULL)
        fail_usage("--worker needs --state.");
    job_open(&job, options);
    report_row("start", job.position.row);
    while (read_rows(&job)) {
        await_credit();
        process_batch(&job);
        report_row("row", job.position.row);
    }
    statistics_describe(job.state.backend, report_statistic);
    job_close(&job);
}
