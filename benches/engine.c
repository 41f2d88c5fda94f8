#include "engine.h"

#include "plain.h"
#include "table.h"

static const struct row read_rows[] = {
    {"boundary", BOUNDARY, PRESENT_ROWS, 100000, 100000, 100000, 40, 0, 0},
    {"get_hit", GET, PRESENT_ROWS, 5000, 5000, 5000, 40, 0, 0},
    {"get_miss", GET, ABSENT_ROWS, 20000, 20000, 20000, 40, 0, 0},
    {"exists", CONTAINS, PRESENT_ROWS, 5000, 5000, 5000, 40, 0, 0},
    {"multi_get_100", MULTI_GET, PRESENT_ROWS, 5000, 50, 5000, 40, 0, 0},
    {"scan_1m", SCAN, PRESENT_ROWS, 0, 1, ROW_COUNT, 8, 0, 0},
};
/* Settled after 100,000 rows each: a third of a memtable of 64 MiB, so that no round waits for a flush. */
static const struct row wal_rows[] = {
    {"put", PUT, WRITTEN_ROWS, 5000, 5000, 5000, 60, 20, 0},
    {"batch_1000", WRITE_BATCH, WRITTEN_ROWS, 10000, 10, 10000, 50, 10, 0},
};
static const struct row nowal_rows[] = {
    {"put_wal_disabled", PUT, WRITTEN_ROWS, 10000, 10000, 10000, 50, 10, 0},
    {"batch_1000_wal_disabled", WRITE_BATCH, WRITTEN_ROWS, 10000, 10, 10000, 50, 10, 0},
};

#define COUNT_OF(rows) (sizeof(rows) / sizeof *(rows))

static void draw(struct sequence *sequence, const struct row *row, uint64_t seed, int round) {
  sequence_draw(sequence, row->kind, row->count, seed * 1000 + (uint64_t)round);
}

/* A scan fills the block caches, so that the point reads after it find their blocks in memory. */
static void fill_caches(const struct table *table) {
  for (int seat = 0; seat < table->seat_count; seat++) table->seats[seat].side->run[SCAN](table->seats[seat].state, NULL);
}

static void measure_table(struct table *table, const char *root, uint64_t seed) {
  table_open(table, root, "wal", WITH_WAL, seed);
  fill_caches(table);
  table_measure(table, read_rows, COUNT_OF(read_rows), seed);
  table_measure(table, wal_rows, COUNT_OF(wal_rows), seed);
  table_close(table);
  table_open(table, root, "nowal", WITHOUT_WAL, seed);
  table_measure(table, nowal_rows, COUNT_OF(nowal_rows), seed);
  table_close(table);
}

void engine_measure(const char *root, uint64_t seed, const struct side *guests, int guest_count) {
  struct table table = {.seats = {{&ours_side, NULL}, {&raw_side, NULL}}, .seat_count = 2, .sequence = sequence_create(), .draw = draw};
  for (int guest = 0; guest < guest_count; guest++) table.seats[table.seat_count++].side = &guests[guest];
  measure_table(&table, root, seed);
  sequence_free(&table.sequence);
}
