#include "progress.h"

#include <stdio.h>
#include <time.h>

#include "figures.h"
#include "terminal.h"

enum { BAR_CELLS = 36 };

static const double SECONDS_BETWEEN_UPDATES = 1.0 / 20;

double progress_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void print_row(const struct progress *progress)
{
    char bar[3 * BAR_CELLS + 1];
    double share = (double)progress->row / (double)progress->total_rows;
    double seconds = progress_now() - progress->started;
    double rate = seconds > 0 ? (double)(progress->row - progress->first_row) / seconds : 0;
    terminal_bar(bar, BAR_CELLS, (int)(share * BAR_CELLS * 8), "░");
    printf("  %s%s%s %3d %%  %7s rows  %9s", terminal_paint(CYAN), bar, terminal_paint(PLAIN), (int)(share * 100),
           figure_count((int64_t)progress->row).text, figure_rate(rate).text);
}

void progress_start(struct progress *progress, uint64_t total_rows, uint64_t first_row)
{
    *progress = (struct progress){.total_rows = total_rows, .first_row = first_row, .row = first_row, .started = progress_now()};
}

void progress_update(struct progress *progress, uint64_t row)
{
    double now = progress_now();
    progress->row = row;
    if (!terminal_is_live() || now - progress->shown < SECONDS_BETWEEN_UPDATES)
        return;
    progress_interrupt(progress);
    progress->shown = now;
    print_row(progress);
    fflush(stdout);
}

void progress_interrupt(struct progress *progress)
{
    if (!terminal_is_live())
        return;
    fputs("\r\033[K", stdout);
    progress->shown = 0;
}

void progress_end(struct progress *progress)
{
    progress_interrupt(progress);
    print_row(progress);
    putchar('\n');
    fflush(stdout);
}
