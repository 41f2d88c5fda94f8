#include "supervisor.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "failure.h"
#include "figures.h"
#include "job.h"
#include "progress.h"
#include "terminal.h"
#include "worker.h"

enum { CREDIT_WINDOW = 8 }; /* batches that a worker may be ahead of what the supervisor has read */

static const uint64_t NEVER = UINT64_MAX;

/* One worker from its start to its end. */
struct watch {
    struct worker worker;
    struct progress progress;
    uint64_t first_row, last_row; /* where its state told it to go on; what it last reported */
    uint64_t checkpointed_row;    /* of its last checkpoint, from which the next worker goes on when it is killed */
    uint64_t kill_row, credits;   /* NEVER when it is to live; batches it may still be granted */
    bool killed;
};

/* splitmix64, first output. */
static uint64_t random_number(uint64_t seed)
{
    uint64_t value = seed + 0x9e3779b97f4a7c15u;
    value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
    value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
    return value ^ (value >> 31);
}

static uint64_t choose_kill_row(const struct run *run)
{
    if (!run->options->seeded)
        return run->flights->count * run->options->kill_at_percent / 100;
    uint64_t row = random_number(run->options->seed) % run->flights->count;
    printf("Seed %" PRIu64 " draws row %s for the kill.\n", run->options->seed, figure_count((int64_t)row).text);
    return row;
}

static uint64_t batches_for(uint64_t rows)
{
    return (rows + ROWS_PER_BATCH - 1) / ROWS_PER_BATCH;
}

/* Grants up to `wanted` batches. A worker that is to be killed never gets its last one: it cannot end before. */
static void grant(struct watch *watch, uint64_t wanted)
{
    uint64_t batches = wanted < watch->credits ? wanted : watch->credits;
    watch->credits -= batches;
    worker_grant(&watch->worker, batches);
}

/* Reads the first report, which says where the state tells the worker to go on. */
static void await_start(struct watch *watch, const struct run *run)
{
    struct report report = worker_next_report(&watch->worker);
    if (report.kind != REPORT_START)
        fail("the worker could not start; its own sentence stands above.");
    watch->first_row = watch->last_row = watch->checkpointed_row = report.row;
    watch->credits = batches_for(run->flights->count - report.row);
    progress_start(&watch->progress, run->flights->count, report.row);
}

/* Lowers the kill row to one that the worker can reach while its last batch is withheld. */
static void plan_kill(struct watch *watch)
{
    if (watch->first_row > 0 && watch->first_row >= watch->kill_row)
        watch->kill_row = NEVER;
    if (watch->kill_row == NEVER || watch->credits == 0)
        return;
    watch->credits--;
    uint64_t reachable = watch->first_row + watch->credits * ROWS_PER_BATCH;
    if (watch->kill_row > reachable)
        watch->kill_row = reachable;
}

/* Lets up to 16 milliseconds pass, as many as the clock's last digits say: a few batches and a part of one. */
static void linger(void)
{
    long nanoseconds = (long)((uint64_t)(progress_now() * 1e9) % 16000000);
    nanosleep(&(struct timespec){.tv_nsec = nanoseconds}, NULL);
}

/* Kills the worker while it has credits in hand, at a point within a batch that nobody has chosen. */
static void kill_at_work(struct watch *watch)
{
    grant(watch, CREDIT_WINDOW);
    linger();
    worker_kill(&watch->worker);
    watch->killed = true;
}

static void slow_down(const struct run *run)
{
    if (run->options->slow)
        nanosleep(&(struct timespec){.tv_nsec = 20 * 1000 * 1000}, NULL); /* about 10 s for the 422 batches */
}

static void keep_statistic(struct run *run, const char *text)
{
    size_t length = strlen(run->statistics);
    snprintf(run->statistics + length, sizeof run->statistics - length, "  %s\n", text);
}

/* A line of the table of checkpoints; what does not fit is left out. */
static void take_checkpoint(struct watch *watch, struct run *run, const struct report *report)
{
    size_t length = strlen(run->checkpoints);
    watch->checkpointed_row = report->row;
    snprintf(run->checkpoints + length, sizeof run->checkpoints - length, "  %4" PRIu64 " %7s %10s %10s %5s %6.1f ms\n", report->id,
             figure_count((int64_t)report->row).text, figure_bytes(report->new_bytes).text, figure_bytes(report->total_bytes).text,
             figure_percent(100.0 * (double)report->new_bytes / (double)report->total_bytes).text, (double)report->micros / 1000);
}

static void take_row(struct watch *watch, const struct run *run, uint64_t row)
{
    watch->last_row = row;
    progress_update(&watch->progress, row);
    if (watch->killed)
        return;
    slow_down(run);
    if (row >= watch->kill_row)
        kill_at_work(watch);
    else
        grant(watch, 1);
}

static void take_day(struct watch *watch, struct run *run, const struct report *report)
{
    if (!diary_take(&run->diary, report->day, &report->aggregate))
        return;
    progress_interrupt(&watch->progress);
    diary_print(report->day, &report->aggregate, run->flights);
}

static void require_expected_end(const struct watch *watch, int status)
{
    bool killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
    bool finished = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (!killed && !finished)
        fail("the worker failed; its own sentence stands above.");
    if (watch->killed != killed)
        fail(killed ? "somebody else has killed the worker." : "the worker had ended before it could be killed.");
}

/* Follows a started worker to its end, which it meets at `kill_row` or with the stream. */
static void follow(struct watch *watch, struct run *run)
{
    if (watch->first_row >= watch->kill_row)
        kill_at_work(watch);
    else
        grant(watch, CREDIT_WINDOW);
    for (struct report report = worker_next_report(&watch->worker); report.kind != REPORT_END;
         report = worker_next_report(&watch->worker)) {
        if (report.kind == REPORT_ROW)
            take_row(watch, run, report.row);
        else if (report.kind == REPORT_CHECKPOINT)
            take_checkpoint(watch, run, &report);
        else if (report.kind == REPORT_DAY)
            take_day(watch, run, &report);
        else
            keep_statistic(run, report.text);
    }
    require_expected_end(watch, worker_reap(&watch->worker));
    progress_end(&watch->progress);
}

static void start(struct watch *watch, const struct run *run, uint64_t kill_row)
{
    *watch = (struct watch){.kill_row = kill_row};
    worker_start(&watch->worker, run->program, run->options->data_folder, run->state_folder);
    await_start(watch, run);
    plan_kill(watch);
}

static void say_killed(const struct watch *watch)
{
    printf("%sKilled worker 1 with SIGKILL%s after row %s, %s rows after its last checkpoint.\n\n", terminal_paint(RED),
           terminal_paint(PLAIN), figure_count((int64_t)watch->last_row).text,
           figure_count((int64_t)(watch->last_row - watch->checkpointed_row)).text);
}

static void say_start(const struct watch *watch, int number)
{
    printf("%sWorker %d%s (process %ld): ", terminal_paint(BOLD), number, terminal_paint(PLAIN), (long)watch->worker.process);
    if (watch->first_row == 0)
        puts("the state is new, it starts at row 0.");
    else
        printf("the newest checkpoint says to go on at row %s.\n", figure_count((int64_t)watch->first_row).text);
    fflush(stdout);
}

/* The promise of a checkpoint: it was published before the kill and is there after it. */
static void require_nothing_lost(uint64_t checkpointed, uint64_t restored)
{
    if (restored < checkpointed)
        fail("row %" PRIu64 " was in a checkpoint, but the state says to go on at row %" PRIu64 ": the checkpoint was lost.",
             checkpointed, restored);
}

void supervise(struct run *run)
{
    struct watch watch;
    worker_prepare();
    start(&watch, run, choose_kill_row(run));
    say_start(&watch, 1);
    follow(&watch, run);
    if (!watch.killed)
        return;
    say_killed(&watch);
    uint64_t checkpointed = watch.checkpointed_row;
    start(&watch, run, NEVER);
    require_nothing_lost(checkpointed, watch.first_row);
    say_start(&watch, 2);
    if (watch.first_row > checkpointed)
        puts("  (One checkpoint more was published; only its report did not get out.)");
    follow(&watch, run);
}
