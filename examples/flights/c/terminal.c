#include "terminal.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool terminal_is_live(void)
{
    return isatty(STDOUT_FILENO) == 1;
}

const char *terminal_paint(enum paint paint)
{
    static const char *const SEQUENCES[] = {
        [PLAIN] = "\033[0m", [BOLD] = "\033[1m", [DIM] = "\033[2m", [RED] = "\033[31m",
        [GREEN] = "\033[32m", [YELLOW] = "\033[33m", [CYAN] = "\033[36m",
    };
    const char *no_colour = getenv("NO_COLOR");
    bool coloured = terminal_is_live() && (no_colour == NULL || *no_colour == '\0');
    return coloured ? SEQUENCES[paint] : "";
}

enum paint terminal_delay_paint(double minutes)
{
    return minutes < 0 ? GREEN : minutes < 10 ? PLAIN : minutes < 20 ? YELLOW : RED;
}

void terminal_bar(char *bar, int cells, int eighths, const char *empty_cell)
{
    static const char *const PARTS[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    *bar = '\0';
    int full = eighths / 8;
    for (int cell = 0; cell < cells; cell++) {
        if (cell < full)
            strcat(bar, "█");
        else if (cell == full && eighths % 8 != 0)
            strcat(bar, PARTS[eighths % 8]);
        else
            strcat(bar, empty_cell);
    }
}
