#include "table.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

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

void table_measure(struct table *table, const struct row *rows, size_t count, uint64_t seed) {
  for (size_t at = 0; at < count; at++) {
    struct result results[MAX_SEATS];
    measure(&rows[at], table, seed, results);
    print_row(&rows[at], table, results);
  }
}

void table_open(struct table *table, const char *root, const char *mode, uint64_t setting, uint64_t seed) {
  for (int turn = 0; turn < table->seat_count; turn++) {
    struct seat *seat = &table->seats[((uint64_t)turn + seed) % (uint64_t)table->seat_count];
    char folder[1024];
    snprintf(folder, sizeof folder, "%s/%s/%s", root, mode, seat->side->name);
    seat->state = seat->side->open(folder, setting);
  }
}

void table_close(const struct table *table) {
  for (int seat = 0; seat < table->seat_count; seat++) table->seats[seat].side->close(table->seats[seat].state);
}
