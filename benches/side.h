/* One side of a comparison: a state folder opened through one interface, and operations on it. */
#ifndef BENCH_SIDE_H
#define BENCH_SIDE_H

#include <stddef.h>
#include <stdint.h>

/* What one round works on, the same on every side: `count` keys and as many values, each of the size that the comparison gives them, in
 * the order in which they are used. `until` is the time that timers are popped up to, for rounds that have timers.
 * Sides written in other languages read this struct and the next: keep their layouts in step. */
struct sequence {
  size_t count;
  uint8_t *keys;
  uint8_t *values;
  int64_t until;
};

/* Runs one operation over a whole sequence and answers a checksum of what it read, the same on every side. */
typedef uint64_t (*operation)(void *state, const struct sequence *sequence);

struct side {
  /* Names the side's copy of the folder. */
  const char *name;
  /* Field of the summary that gets the side's nanoseconds. */
  const char *field;
  /* Opens an existing folder; the comparison says what the setting means. Errors end the program with a message: a benchmark has nothing
   * to go back to. */
  void *(*open)(const char *folder, uint64_t setting);
  void (*close)(void *state);
  /* Makes the engine idle, with an empty memtable, before the next rounds that write. */
  void (*settle)(void *state);
  /* Bytes that the calling thread has allocated on a garbage-collected heap so far; null where there is no such heap. */
  uint64_t (*allocated_bytes)(void);
  /* The operations by their number; null for one that the side does not have. */
  const operation *run;
};

#endif
