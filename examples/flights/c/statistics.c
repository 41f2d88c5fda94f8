#include "statistics.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>

#include "failure.h"
#include "figures.h"

typedef void (*line_sink)(const char *text);

static void describe(line_sink line, const char *label, const char *format, ...)
{
    char text[200];
    int length = snprintf(text, sizeof text, "%-13s ", label);
    va_list values;
    va_start(values, format);
    vsnprintf(text + length, sizeof text - (size_t)length, format, values);
    va_end(values);
    line(text);
}

static void describe_space(const fsb_statistics *statistics, line_sink line)
{
    describe(line, "memory", "%s", figure_bytes(statistics->memory_usage_bytes).text);
    describe(line, "block cache", "%s of %s", figure_bytes(statistics->block_cache_usage_bytes).text,
             figure_bytes(statistics->block_cache_capacity_bytes).text);
    describe(line, "memtables", "%s, full and waiting: %s; table readers %s", figure_bytes(statistics->memtable_bytes).text,
             figure_counter(statistics->immutable_memtable_count).text, figure_bytes(statistics->table_reader_bytes).text);
    describe(line, "disk", "%s: SST files %s, blobs %s, WAL %s", figure_bytes(statistics->disk_usage_bytes).text,
             figure_bytes(statistics->sst_bytes).text, figure_bytes(statistics->blob_bytes).text,
             figure_bytes(statistics->wal_bytes).text);
}

static void describe_calls(const fsb_statistics *statistics, line_sink line)
{
    describe(line, "rows", "%s read, %s written", figure_counter(statistics->rows_read).text,
             figure_counter(statistics->rows_written).text);
    describe(line, "rates", "%s read, %s written", figure_rate(statistics->reads_per_second).text,
             figure_rate(statistics->writes_per_second).text);
    describe(line, "read calls", "mean %s, p50 %s, p99 %s, largest %s",
             figure_latency(statistics->average_read_latency_ms).text, figure_latency(statistics->p50_read_latency_ms).text,
             figure_latency(statistics->p99_read_latency_ms).text, figure_latency(statistics->max_read_latency_ms).text);
    describe(line, "write calls", "mean %s, p50 %s, p99 %s, largest %s",
             figure_latency(statistics->average_write_latency_ms).text, figure_latency(statistics->p50_write_latency_ms).text,
             figure_latency(statistics->p99_write_latency_ms).text, figure_latency(statistics->max_write_latency_ms).text);
}

static void describe_keyed(const fsb_statistics *statistics, line_sink line)
{
    double hits = (double)statistics->row_cache_hits, reads = hits + (double)statistics->row_cache_misses;
    describe(line, "row cache", "%s of %s, answered %s of %s reads", figure_bytes(statistics->row_cache_bytes).text,
             figure_bytes(statistics->row_cache_capacity_bytes).text, figure_percent(reads > 0 ? 100 * hits / reads : NAN).text,
             figure_count((int64_t)reads).text);
    describe(line, "expired", "%s rows dropped by compactions, %s", figure_counter(statistics->ttl_dropped_rows).text,
             figure_bytes(statistics->ttl_dropped_bytes).text);
}

static const char *stall(const fsb_statistics *statistics)
{
    if (statistics->write_stopped == FSB_NOT_MEASURED)
        return "not measured";
    if (statistics->write_stopped != 0)
        return "writes stopped";
    return statistics->delayed_write_rate_bytes_per_second == 0 ? "none" : "writes delayed";
}

static void describe_engine(const fsb_statistics *statistics, line_sink line)
{
    describe(line, "running", "flushes: %s; compactions: %s, with %s to go", figure_counter(statistics->running_flushes).text,
             figure_counter(statistics->running_compactions).text, figure_bytes(statistics->pending_compaction_bytes).text);
    describe(line, "level 0", "files: %s; write stall: %s", figure_counter(statistics->level0_file_count).text, stall(statistics));
    describe(line, "processor", "%s of all cores", figure_percent(statistics->cpu_usage_percent).text);
}

void statistics_describe(const fsb_backend *backend, line_sink line)
{
    fsb_statistics statistics = {.struct_size = sizeof statistics};
    fsb_error *error = NULL;
    require(fsb_backend_statistics(backend, &statistics, &error), &error, "read the statistics");
    describe_space(&statistics, line);
    describe_calls(&statistics, line);
    describe_keyed(&statistics, line);
    describe_engine(&statistics, line);
}
