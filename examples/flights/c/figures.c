#include "figures.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "flink_state_backend.h"

static const struct figure NOT_MEASURED = {"not measured"};

struct figure figure_count(int64_t value)
{
    char digits[24];
    struct figure figure = {{0}};
    snprintf(digits, sizeof digits, "%" PRId64, value);
    size_t length = strlen(digits), written = 0;
    for (size_t at = 0; at < length; at++) {
        size_t left = length - at;
        if (at > 0 && digits[at - 1] != '-' && left % 3 == 0)
            figure.text[written++] = ',';
        figure.text[written++] = digits[at];
    }
    return figure;
}

struct figure figure_bytes(uint64_t bytes)
{
    static const char *const UNITS[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    if (bytes == FSB_NOT_MEASURED)
        return NOT_MEASURED;
    double value = (double)bytes;
    size_t unit = 0;
    for (; value >= 1024 && unit < 4; unit++)
        value /= 1024;
    struct figure figure;
    snprintf(figure.text, sizeof figure.text, unit == 0 ? "%.0f %s" : "%.1f %s", value, UNITS[unit]);
    return figure;
}

struct figure figure_counter(uint64_t value)
{
    return value == FSB_NOT_MEASURED ? NOT_MEASURED : figure_count((int64_t)value);
}

struct figure figure_rate(double per_second)
{
    if (isnan(per_second))
        return NOT_MEASURED;
    struct figure figure = figure_count((int64_t)(per_second + 0.5));
    strcat(figure.text, "/s");
    return figure;
}

struct figure figure_latency(double milliseconds)
{
    if (isnan(milliseconds))
        return NOT_MEASURED;
    struct figure figure;
    if (milliseconds < 1)
        snprintf(figure.text, sizeof figure.text, "%.1f µs", milliseconds * 1000);
    else
        snprintf(figure.text, sizeof figure.text, "%.2f ms", milliseconds);
    return figure;
}

struct figure figure_percent(double percent)
{
    if (isnan(percent))
        return NOT_MEASURED;
    struct figure figure;
    snprintf(figure.text, sizeof figure.text, "%.0f %%", percent);
    return figure;
}

struct figure figure_minutes(double minutes)
{
    struct figure figure = {"-"};
    if (!isnan(minutes))
        snprintf(figure.text, sizeof figure.text, "%.1f", minutes);
    return figure;
}
