#include "job.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "daily.h"
#include "event_time.h"
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
    int64_t reported_day; /* the last day whose report the supervisor has */
};

/* Writes one report in one piece; waits while the pipe is full. */
static void report(const char *line)
{
    size_t length = strlen(line);
    if (write(STDOUT_FILENO, line, length) != (ssize_t)length)
        fail("the supervisor does not read the reports any more.");
}

static void report_start(int64_t row)
{
    char line[64];
    snprintf(line, sizeof line, "start %" PRId64 "\n", row);
    report(line);
}

static void report_row(int64_t row)
{
    char line[64];
    snprintf(line, sizeof line, "row %" PRId64 "\n", row);
    report(line);
}

static void report_checkpoint(int64_t row, const fsb_checkpoint_report *made)
{
    char line[160];
    snprintf(line, sizeof line, "checkpoint %" PRIu64 " %" PRId64 " %" PRIu64 " %" PRIu64 " %" PRIu64 "\n", made->id, row, made->new_bytes,
             made->total_bytes, made->sync_micros + made->async_micros);
    report(line);
}

static void report_day(void *context, int64_t day, const struct aggregate *aggregate)
{
    struct job *job = context;
    char line[256];
    int length = snprintf(line, sizeof line, "day %" PRId64, day);
    for (int field = 0; field < AGGREGATE_FIELDS; field++)
        length += snprintf(line + length, sizeof line - (size_t)length, " %" PRId64, aggregate->fields[field]);
    snprintf(line + length, sizeof line - (size_t)length, "\n");
    report(line);
    job->reported_day = day;
}

/* Sends the reports that the state has and the supervisor has not. */
static void report_days(struct job *job)
{
    daily_each(&job->state, job->reported_day, report_day, job);
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
    job->reported_day = NO_WATERMARK;
    state_open(&job->state, options->state_folder);
    state_publish_figures(&job->state);
    flight_reader_open(&job->reader, options->data_folder);
    job->position = state_position(&job->state, flight_reader_bytes(&job->reader));
    if (job->position.watermark != NO_WATERMARK)
        state_advance(&job->state, job->position.watermark);
    flight_reader_skip(&job->reader, (uint64_t)job->position.row);
    report_start(job->position.row);
    report_days(job);
}

static void job_close(struct job *job)
{
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

/* Lets event time go on: rows come in the order of the timetable, so that none before the minute of this one follows. */
static void advance(struct job *job, int64_t watermark)
{
    if (watermark <= job->state.watermark)
        return;
    state_advance(&job->state, watermark);
    daily_fire(&job->state);
    job->position.watermark = job->state.watermark;
}

static void process_row(struct job *job, const struct flight *flight)
{
    char key[KEY_CAPACITY];
    advance(job, flight->scheduled - 1);
    daily_register(&job->state, flight);
    for (enum key_kind kind = 0; kind < AGGREGATED_KINDS; kind++) {
        if (!flight_key(kind, flight, key))
            continue;
        state_select(&job->state, kind, key);
        state_add(&job->state, kind, flight);
        if (kind == AIRCRAFT)
            state_add_destination(&job->state, flight);
    }
}

static void process_batch(struct job *job)
{
    for (size_t row = 0; row < job->row_count; row++)
        process_row(job, &job->rows[row]);
    job->position.row += (int64_t)job->row_count;
}

/* Makes a checkpoint of the state as of the position, and waits for it. */
static void make_checkpoint(struct job *job)
{
    fsb_checkpoint_report made = state_checkpoint(&job->state, job->position);
    report_checkpoint(job->position.row, &made);
}

/* The month is over: the last day is due as well. */
static void finish(struct job *job)
{
    advance(job, day_of(job->position.watermark) + MILLIS_PER_DAY - 1);
    report_days(job);
    make_checkpoint(job);
    state_compact(&job->state);
    statistics_describe(job->state.backend, report_statistic);
}

void job_run(const struct options *options)
{
    static struct job job;
    signal(SIGPIPE, SIG_IGN);
    if (options->state_folder == NULL)
        fail_usage("--worker needs --state.");
    job_open(&job, options);
    while (read_rows(&job)) {
        await_credit();
        process_batch(&job);
        report_row(job.position.row);
        report_days(&job);
        if (job.position.row % ROWS_PER_CHECKPOINT == 0)
            make_checkpoint(&job);
    }
    finish(&job);
    job_close(&job);
}
