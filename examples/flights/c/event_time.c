#include "event_time.h"

#include <time.h>

/* Days since 1970 of a date of the Gregorian calendar (Howard Hinnant, "chrono-compatible low-level date algorithms"). */
static int64_t days_from_date(int64_t year, int64_t month, int64_t day)
{
    int64_t from_march = (month + 9) % 12;
    int64_t count = month <= 2 ? year - 1 : year;
    int64_t era = count / 400, year_of_era = count % 400;
    int64_t day_of_year = (153 * from_march + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return era * 146097 + day_of_era - 719468;
}

int64_t event_time(int64_t year, int64_t month, int64_t day, int64_t hour_and_minute)
{
    int64_t minutes = hour_and_minute / 100 * 60 + hour_and_minute % 100;
    return days_from_date(year, month, day) * MILLIS_PER_DAY + minutes * 60000;
}

int64_t day_of(int64_t time)
{
    return time - time % MILLIS_PER_DAY;
}

struct date date_of(int64_t time)
{
    static const char *const MONTHS[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    struct tm date;
    time_t seconds = (time_t)(time / 1000);
    gmtime_r(&seconds, &date);
    return (struct date){date.tm_year + 1900, date.tm_mon + 1, date.tm_mday, MONTHS[date.tm_mon]};
}
