#include "ours_backend.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void check(fsb_status status, fsb_error *const *error) {
  if (status == FSB_STATUS_OK) return;
  fprintf(stderr, "bench: our side: %s: %s\n", fsb_status_name(status), fsb_error_message(error ? *error : NULL));
  exit(1);
}

void *allocate(size_t bytes) {
  void *memory = calloc(1, bytes);
  if (memory) return memory;
  fprintf(stderr, "bench: our side: no memory\n");
  exit(1);
}

fsb_backend *open_backend(const char *folder, const char *wal) {
  char options[1200];
  fsb_error *error = NULL;
  fsb_backend *backend = NULL;
  int length = snprintf(options, sizeof options, "{\"data_directory\":\"%s\",\"wal\":\"%s\"}", folder, wal);
  check(fsb_backend_open(options, (size_t)length, NULL, &backend, &error), &error);
  return backend;
}

void close_backend(fsb_backend *backend) {
  fsb_error *error = NULL;
  check(fsb_backend_close(backend, 60000, &error), &error);
  fsb_backend_free(backend);
}

fsb_column_family *open_family(const fsb_backend *backend, const char *name) {
  fsb_error *error = NULL;
  fsb_column_family *family = NULL;
  check(fsb_backend_column_family(backend, name, strlen(name), &family, &error), &error);
  return family;
}

void compact(const fsb_column_family *family) {
  fsb_error *error = NULL;
  check(fsb_column_family_flush(family, &error), &error);
  check(fsb_column_family_compact(family, NULL, 0, NULL, 0, &error), &error);
}
