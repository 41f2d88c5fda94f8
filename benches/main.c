/* Compares the library's C ABI with the RocksDB C API: same engine version, options, data, keys and memory allocator, one process,
 * rounds in turns. Prints one JSON object per row.
 *
 *   engine load FOLDER wal|nowal    creates and loads the folder that every side gets a copy of
 *   engine measure ROOT SEED        measures on ROOT/{wal,nowal}/{ours,raw}
 *   engine control ROOT SEED        the raw side once more as a guest, on ROOT/{wal,nowal}/control: its writes, multi-gets and look-ups show what
 *                                   chance makes of two equal sides, its gets and scans what it costs to own what was read
 *   engine load-keyed FOLDER        the same for keyed state
 *   engine measure-keyed ROOT SEED  measures on ROOT/shapes/{ours,raw} and ROOT/cache/{ours,raw,uncached}
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine.h"
#include "keyed/keyed.h"
#include "plain.h"

int main(int argc, char **argv) {
  if (argc == 4 && !strcmp(argv[1], "load")) {
    ours_load(argv[2], strcmp(argv[3], "wal") ? WITHOUT_WAL : WITH_WAL);
    return 0;
  }
  if (argc == 4 && (!strcmp(argv[1], "measure") || !strcmp(argv[1], "control"))) {
    engine_measure(argv[2], strtoull(argv[3], NULL, 10), &raw_owned_side, argv[1][0] == 'c');
    return 0;
  }
  if (argc == 3 && !strcmp(argv[1], "load-keyed")) {
    keyed_load(argv[2]);
    return 0;
  }
  if (argc == 4 && !strcmp(argv[1], "measure-keyed")) {
    engine_measure_keyed(argv[2], strtoull(argv[3], NULL, 10), NULL, 0);
    return 0;
  }
  fprintf(stderr, "engine: usage: engine load FOLDER wal|nowal | engine measure|control ROOT SEED | engine load-keyed FOLDER | "
                  "engine measure-keyed ROOT SEED\n");
  return 2;
}
