#include "engine.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "rounds.h"

static const struct row read_rows[] = {
    {"boundary", BOUNDARY, PRESENT_ROWS, 100000, 100000, 100000, 40},
    {"get_hit", GET, PRESENT_ROWS, 5000, 5000, 5000, 40},
    {"get_miss", GET, ABSENT_ROWS, 20000, 20000, 20000, 40},
    {"exists", CONTAINS, PRESENT_ROWS, 5000, 5000, 5000, 40},
    {"multi_get_100", MULTI_GET, PRESENT_ROWS, 5000, 50, 5000, 40},
    {"scan_1m", SCAN, PRESENT_ROWS, 0, 1, ROW_COUNT, 8},
};
static const struct row wal_rows[] = {
    {"put", PUT, WRITTEN_ROWS, 5000, 5000, 5000, 60},
    {"batch_1000", WRITE_BATCH, WRITTEN_ROWS, 10000, 10, 10000, 50},
};
static const struct row nowal_rows[] = {
    {"put_wal_disabled", PUT, WRITTEN_ROWS, 10000, 10000, 10000, 50},
    {"batch_1000_wal_disabled", WRITE_BATCH, WRITTEN_ROWS, 10000, 10, 10000, 50},
};

/* All seats of one process. */
struct table {
  struct seat seats[MAX_SEATS];
  int seat_count;
};

static void print_number(const char *field, double value, const char *format) {
  if (isnan(value)) return;
  printf(",\"%s\":", field);
  printf(format, value);
}

static void print_row(const struct row *row, const struct table *table, const struct result *results) {
  printf("{\"name\":\"%s\"", row->name);
  for (int seat = 0; seat < table->seat_count; seat++) {
    const struct side *side = table->seats[seat].side;
    print_number(side->field, results[seat].nanos, "%.2f");
    if (!strcmp(side->field, "csharp_ns")) print_number("csharp_allocated_bytes", results[seat].allocated_bytes, "%.3f");
  }
  printf("}\n");
  fflush(stdout);
}

static void measure_rows(const struct row *rows, size_t count, const struct table *table, uint64_t seed) {
  for (size_t at = 0; at < count; at++) {
    struct result results[MAX_SEATS];
    measure(&rows[at], table->seats, table->seat_count, seed, results);
    print_row(&rows[at], table, results);
  }
}

/* The seats are opened in an order that turns with the seed: where an engine's memory lies can favour one of them. */
static void open_seats(struct table *table, const char *root, const char *mode, uint64_t seed) {
  for (int turn = 0; turn < table->seat_count; turn++) {
    struct seat *seat = &table->seats[((uint64_t)turn + seed) % (uint64_t)table->seat_count];
    char folder[1024];
    snprintf(folder, sizeof folder, "%s/%s/%s", root, mode, seat->side->name);
    seat->state = seat->side->open(folder, !strcmp(mode, "wal"));
  }
}

static void close_seats(const struct table *table) {
  for (int seat = 0; seat < table->seat_count; seat++) table->seats[seat].side->close(table->seats[seat].state);
}

/* A scan fills the block caches, so that the point reads after it find their blocks in memory. */
static void fill_caches(const struct table *table) {
  for (int seat = 0; seat < table->seat_count; seat++) table->seats[seat].side->run[SCAN](table->seats[seat].state, NULL);
}

static void measure_table(struct table *table, const char *root, uint64_t seed) {
  open_seats(table, root, "wal", seed);
  fill_caches(table);
  measure_rows(read_rows, sizeof read_rows / sizeof *read_rows, table, seed);
  measure_rows(wal_rows, sizeof wal_rows / sizeof *wal_rows, table, seed);
  close_seats(table);
  open_seats(table, root, "nowal", seed);
  measure_rows(nowal_rows, sizeof nowal_rows / sizeof *nowal_rows, table, seed);
  close_seats(table);
}

void engine_measure(const char *root, uint64_t seed, const struct side *guests, int guest_count) {
  struct table table = {.seats = {{&ours_side, NULL}, {&raw_side, NULL}}, .seat_count = 2};
  for (int guest = 0; guest < guest_count; guest++) table.seats[table.seat_count++].side = &guests[guest];
  measure_table(&table, root, seed);
}
