/* The folder of the state: the user's, or a fresh temporary one that goes when the program ends, however it ends
 * (SIGKILL excepted). */
#ifndef FLIGHTS_STATE_FOLDER_H
#define FLIGHTS_STATE_FOLDER_H

/* Returns `wanted`, or the path of a new temporary folder when it is NULL. */
const char *state_folder_prepare(const char *wanted);

#endif
