#include "worker.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "failure.h"

static volatile sig_atomic_t interrupted;
static pid_t running; /* 0 when no worker runs */

static void note_interrupt(int signal_number)
{
    (void)signal_number;
    interrupted = 1;
}

static void end_running_worker(void)
{
    if (running == 0)
        return;
    kill(running, SIGKILL);
    waitpid(running, NULL, 0);
}

void worker_prepare(void)
{
    struct sigaction action = {.sa_handler = note_interrupt}; /* no SA_RESTART: waiting for a report must end */
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    atexit(end_running_worker);
}

/* A pipe whose ends do not leak into other programs. */
static void open_pipe(int ends[2])
{
    if (pipe(ends) != 0)
        fail("cannot create a pipe: %s.", strerror(errno));
    fcntl(ends[0], F_SETFD, FD_CLOEXEC);
    fcntl(ends[1], F_SETFD, FD_CLOEXEC);
}

static _Noreturn void become_worker(const char *program, const char *data_folder, const char *state_folder, int credits, int reports)
{
    dup2(credits, STDIN_FILENO);
    dup2(reports, STDOUT_FILENO);
    execlp(program, program, "--worker", "--data", data_folder, "--state", state_folder, (char *)NULL);
    dprintf(STDERR_FILENO, "flights: cannot start %s as worker: %s.\n", program, strerror(errno));
    _exit(EXIT_FAILED); /* not exit(): the temporary folder is the supervisor's */
}

void worker_start(struct worker *worker, const char *program, const char *data_folder, const char *state_folder)
{
    int credits[2], reports[2];
    open_pipe(credits);
    open_pipe(reports);
    fflush(stdout);
    worker->process = fork();
    if (worker->process < 0)
        fail("cannot start a process: %s.", strerror(errno));
    if (worker->process == 0)
        become_worker(program, data_folder, state_folder, credits[0], reports[1]);
    running = worker->process;
    close(credits[0]);
    close(reports[1]);
    worker->credits = credits[1];
    worker->reports = require_memory(fdopen(reports[0], "r"));
}

void worker_grant(struct worker *worker, uint64_t batches)
{
    static const char CREDITS[64];
    while (batches > 0) {
        size_t some = batches < sizeof CREDITS ? (size_t)batches : sizeof CREDITS;
        if (write(worker->credits, CREDITS, some) < 0)
            return; /* the worker has ended: its last reports and its exit code tell why */
        batches -= some;
    }
}

/* Takes the fields of a day out of a report; false when it is none. */
static bool parse_day(struct report *report, const char *line)
{
    int taken = 0;
    if (sscanf(line, "day %" SCNd64 "%n", &report->day, &taken) != 1)
        return false;
    for (int field = 0; field < AGGREGATE_FIELDS; field++) {
        int more = 0;
        if (sscanf(line + taken, "%" SCNd64 "%n", &report->aggregate.fields[field], &more) != 1)
            return false;
        taken += more;
    }
    return true;
}

static struct report parse_report(const char *line)
{
    struct report report = {.kind = REPORT_END};
    if (sscanf(line, "start %" SCNu64, &report.row) == 1)
        report.kind = REPORT_START;
    else if (sscanf(line, "checkpoint %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64, &report.id, &report.row,
                    &report.new_bytes, &report.total_bytes, &report.micros) == 5)
        report.kind = REPORT_CHECKPOINT;
    else if (parse_day(&report, line))
        report.kind = REPORT_DAY;
    else if (sscanf(line, "row %" SCNu64, &report.row) == 1)
        report.kind = REPORT_ROW;
    else if (strncmp(line, "stat ", 5) == 0) {
        report.kind = REPORT_STATISTIC;
        snprintf(report.text, sizeof report.text, "%.*s", (int)strcspn(line + 5, "\n"), line + 5);
    } else
        fail("the worker sent a report that is none: %s", line);
    return report;
}

struct report worker_next_report(struct worker *worker)
{
    char line[256];
    bool received = fgets(line, sizeof line, worker->reports) != NULL;
    if (interrupted) {
        fputs("\nflights: interrupted.\n", stderr);
        exit(EXIT_INTERRUPTED);
    }
    return received ? parse_report(line) : (struct report){.kind = REPORT_END};
}

void worker_kill(struct worker *worker)
{
    kill(worker->process, SIGKILL);
}

int worker_reap(struct worker *worker)
{
    int status = 0;
    waitpid(worker->process, &status, 0);
    running = 0;
    close(worker->credits);
    fclose(worker->reports);
    return status;
}
