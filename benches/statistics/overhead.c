/* What measuring costs: point reads of the library beside one built without counting (`--cfg uncounted`), in turns in one process, and the
 * time of a reading of statistics and pressure.
 *
 *   overhead COUNTED.so UNCOUNTED.so FOLDER    prints ns of a get counted and uncounted, the cost of counting in %, us of both readings
 *
 * Both libraries are loaded under their own paths; nothing of theirs meets, because they export their functions alone and are bound locally.
 */
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <flink_state_backend.h>

enum { ROWS = 200000, KEY_BYTES = 16, VALUE_BYTES = 100, ROUNDS = 801, GETS = 500, WARM_UP = 80, READINGS = 2001, SIDES = 2 };

struct side {
  const char *name;
  fsb_backend *backend;
  fsb_column_family *family;
  __typeof__(&fsb_column_family_get) get;
  __typeof__(&fsb_backend_statistics) statistics;
  __typeof__(&fsb_backend_pressure) pressure;
  double nanos[ROUNDS];
};

static void stop(const char *what) {
  fprintf(stderr, "overhead: %s failed\n", what);
  exit(1);
}

static void check(fsb_status status, const char *what) {
  if (status != FSB_STATUS_OK) stop(what);
}

/* A function of a library, by its name in the header. */
static void *symbol(void *library, const char *name) {
  void *found = dlsym(library, name);
  if (found == NULL) stop(name);
  return found;
}

#define LOAD(library, name) ((__typeof__(&name))symbol(library, #name))

static void key_of(uint32_t row, uint8_t *key) {
  uint64_t scattered = (row + 1) * UINT64_C(0x9E3779B97F4A7C15);
  memcpy(key, &scattered, sizeof scattered);
  memset(key + sizeof scattered, (int)(row & 0xff), KEY_BYTES - sizeof scattered);
}

static void load_rows(void *library, const struct side *side) {
  __typeof__(&fsb_column_family_put) put = LOAD(library, fsb_column_family_put);
  uint8_t key[KEY_BYTES], value[VALUE_BYTES];
  memset(value, 'v', sizeof value);
  for (uint32_t row = 0; row < ROWS; row++) {
    key_of(row, key);
    memcpy(value, &row, sizeof row);
    check(put(side->family, key, sizeof key, value, sizeof value, NULL), "put");
  }
  check(LOAD(library, fsb_backend_flush)(side->backend, NULL), "flush");
  check(LOAD(library, fsb_column_family_compact)(side->family, NULL, 0, NULL, 0, NULL), "compact");
}

static void open_side(struct side *side, const char *path, const char *folder) {
  char options[1024];
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) stop(path);
  int length = snprintf(options, sizeof options, "{\"data_directory\":\"%s/%s\",\"wal\":\"disabled\"}", folder, side->name);
  check(LOAD(library, fsb_backend_open)(options, (size_t)length, NULL, &side->backend, NULL), "open");
  check(LOAD(library, fsb_backend_column_family)(side->backend, "user_state", 10, &side->family, NULL), "column family");
  load_rows(library, side);
  side->get = LOAD(library, fsb_column_family_get);
  side->statistics = LOAD(library, fsb_backend_statistics);
  side->pressure = LOAD(library, fsb_backend_pressure);
}

/* CPU time of this thread: what else runs on the machine does not count. */
static double now_nanos(void) {
  struct timespec time;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static double get_nanos(const struct side *side, uint32_t seed) {
  uint8_t key[KEY_BYTES], value[VALUE_BYTES];
  size_t length = 0;
  double start = now_nanos();
  for (int get = 0; get < GETS; get++) {
    seed = seed * 1664525u + 1013904223u;
    key_of((seed >> 8) % ROWS, key);
    check(side->get(side->family, NULL, key, sizeof key, value, sizeof value, &length, NULL), "get");
  }
  return (now_nanos() - start) / GETS;
}

/* Both orders, so that what a side leaves behind for the next in the processor's caches weighs on either alike. */
static void take_turns(const struct side sides[SIDES], uint32_t seed, double nanos[SIDES]) {
  static const int order[] = {0, 1, 1, 0};
  nanos[0] = nanos[1] = 0;
  for (size_t turn = 0; turn < sizeof order / sizeof *order; turn++) nanos[order[turn]] += get_nanos(&sides[order[turn]], seed + (uint32_t)turn / 2) / 2;
}

static int by_value(const void *left, const void *right) {
  double difference = *(const double *)left - *(const double *)right;
  return (difference > 0) - (difference < 0);
}

static double median(double *values, size_t count) {
  qsort(values, count, sizeof *values, by_value);
  return values[count / 2];
}

static double statistics_nanos(const struct side *side) {
  fsb_statistics statistics;
  statistics.struct_size = sizeof statistics;
  double start = now_nanos();
  check(side->statistics(side->backend, &statistics, NULL), "statistics");
  return now_nanos() - start;
}

static double pressure_nanos(const struct side *side) {
  fsb_pressure pressure;
  pressure.struct_size = sizeof pressure;
  double start = now_nanos();
  check(side->pressure(side->backend, &pressure, NULL), "pressure");
  return now_nanos() - start;
}

static double reading_micros(const struct side *side, double (*read)(const struct side *)) {
  static double nanos[READINGS];
  for (int reading = 0; reading < READINGS; reading++) nanos[reading] = read(side);
  return median(nanos, READINGS) / 1000;
}

int main(int argc, char **argv) {
  static struct side sides[SIDES] = {{.name = "counted"}, {.name = "uncounted"}};
  static double ratios[ROUNDS];
  if (argc != 4) {
    fprintf(stderr, "overhead: usage: overhead COUNTED.so UNCOUNTED.so FOLDER\n");
    return 2;
  }
  for (int side = 0; side < SIDES; side++) open_side(&sides[side], argv[side + 1], argv[3]);
  for (int round = -WARM_UP; round < ROUNDS; round++) {
    double nanos[SIDES];
    take_turns(sides, (uint32_t)(round + WARM_UP) * 2, nanos);
    if (round < 0) continue;
    for (int side = 0; side < SIDES; side++) sides[side].nanos[round] = nanos[side];
    ratios[round] = nanos[0] / nanos[1];
  }
  double counted = median(sides[0].nanos, ROUNDS), uncounted = median(sides[1].nanos, ROUNDS);
  printf("%.1f %.1f %.2f %.1f %.1f\n", counted, uncounted, (median(ratios, ROUNDS) - 1) * 100,
         reading_micros(&sides[0], statistics_nanos), reading_micros(&sides[0], pressure_nanos));
  return 0;
}
