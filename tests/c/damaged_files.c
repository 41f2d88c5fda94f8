/* Every file of a data folder, flipped, zeroed, cut and removed: never a crash, never wrong rows, never missing rows without a word.
 *
 * Rows are written in order, in turn to two families, the first half on disk and the second half in the WAL alone. After each damage
 * either the open is refused by name, or what it serves is right: rows may then be missing from the WAL's end alone, as one prefix
 * of the order of writing over both families, and a damaged tail is reported. A WAL that is merely shorter looks like the writing
 * process had ended earlier: it needs no report when that process was killed.
 */
#include "damage.h"

#define ROWS 4000

typedef enum ending { CLOSED, KILLED } ending;

/* What the folder served after one act of damage. */
typedef struct outcome {
    uint32_t served, missing, refused; /* rows */
    int prefix;                        /* no served row after a missing one */
    fsb_recovery recovery;
} outcome;

static void fill_row(uint32_t row, char *key, char *value) {
    snprintf(key, 32, "row-%06u", row);
    snprintf(value, 128, "value of row %u, written as number %u: %08x%08x", row, row, row * 2654435761u, ~row * 2246822519u);
}

static void write_rows(const fsb_backend *backend) {
    fsb_column_family *families[2] = {family_of(backend, "default"), family_of(backend, "second")};
    char key[32], value[128];
    for (uint32_t row = 0; row < ROWS; row++) {
        fill_row(row, key, value);
        put(families[row % 2], key, value);
        if (row == ROWS / 4 || row == ROWS / 2) CHECK_OK(fsb_backend_flush(backend, &test_error));
    }
    for (int at = 0; at < 2; at++) CHECK_OK(fsb_column_family_free(families[at]));
}

/* Writes the folder in a process of its own, which closes it or ends as if it was killed. */
static void make_folder(const char *folder, ending how) {
    int status = 0;
    pid_t child = test_fork();
    if (child == 0) {
        fsb_backend *backend = open_at(folder, ",\"column_families\":[\"second\"]");
        write_rows(backend);
        if (how == CLOSED) close_and_free(backend);
        _exit(0);
    }
    CHECK(waitpid(child, &status, 0) == child);
    CHECK_U64(status, 0);
}

static void read_row(const fsb_column_family *family, uint32_t row, outcome *seen) {
    char key[32], value[128], found[256];
    size_t length = 0;
    fill_row(row, key, value);
    fsb_status status = fsb_column_family_get(family, NULL, bytes(key), strlen(key), (uint8_t *)found, sizeof found, &length, &test_error);
    if (status == FSB_STATUS_OK) {
        CHECK_BYTES(found, length, value, strlen(value));
        seen->served++;
        if (seen->missing != 0) seen->prefix = 0;
    } else if (status == FSB_STATUS_NOT_FOUND) {
        seen->missing++;
    } else {
        CHECK(status == FSB_STATUS_CORRUPTION || status == FSB_STATUS_IO);
        CHECK(fsb_error_message(test_error)[0] != '\0');
        seen->refused++;
    }
    test_error_drop();
}

static outcome read_rows(const fsb_backend *backend) {
    outcome seen;
    memset(&seen, 0, sizeof seen);
    seen.prefix = 1;
    seen.recovery.struct_size = sizeof seen.recovery;
    CHECK_OK(fsb_backend_recovery(backend, &seen.recovery, &test_error));
    fsb_column_family *families[2] = {family_of(backend, "default"), family_of(backend, "second")};
    for (uint32_t row = 0; row < ROWS; row++) read_row(families[row % 2], row, &seen);
    for (int at = 0; at < 2; at++) CHECK_OK(fsb_column_family_free(families[at]));
    return seen;
}

/* A refusal names the folder or the file. */
static void judge_refusal(fsb_status status, const char *name, const char *what) {
    const char *message = test_error_text();
    static const fsb_status fitting[] = {FSB_STATUS_CORRUPTION, FSB_STATUS_DATA_LOST, FSB_STATUS_IO, FSB_STATUS_FOLDER_UNUSABLE,
                                         FSB_STATUS_UNSUPPORTED};
    size_t at = 0;
    while (at < COUNT_OF(fitting) && fitting[at] != status) at++;
    if (at == COUNT_OF(fitting))
        test_fail(__FILE__, __LINE__, "%s was refused with %s: %s", what, fsb_status_name(status), message);
    if (strstr(message, name) == NULL && strstr(message, path_of("damaged")) == NULL)
        test_fail(__FILE__, __LINE__, "%s was refused without naming file or folder: %s", what, message);
    test_error_drop();
}

static int is_wal(const char *name) {
    const char *end = strrchr(name, '.');
    return end != NULL && strcmp(end, ".log") == 0;
}

static void judge_rows(const outcome *seen, const char *name, damage act, ending how, const char *what) {
    const int shortened = act.kind == DAMAGE_TRUNCATE || act.kind == DAMAGE_REMOVE;
    if (!seen->prefix) test_fail(__FILE__, __LINE__, "%s left a hole: %u rows served, %u missing", what, seen->served, seen->missing);
    if (seen->missing == 0) return;
    if (!is_wal(name)) test_fail(__FILE__, __LINE__, "%s hid %u rows without a word", what, seen->missing);
    if (seen->served + seen->refused <= ROWS / 2) test_fail(__FILE__, __LINE__, "%s hid rows that were flushed", what);
    if (seen->recovery.wal_dropped_bytes == 0 && !(how == KILLED && shortened))
        test_fail(__FILE__, __LINE__, "%s hid %u rows and recovery reports nothing dropped", what, seen->missing);
}

/* What became of the acts of damage of one test. */
static struct {
    unsigned refused, missing, whole;
} tally;

static void try_damage(const char *name, damage act, ending how) {
    static const char *const kinds[DAMAGE_KINDS] = {"flipped", "zeroed", "cut", "removed"};
    char path[1600], what[512];
    fsb_backend *backend = NULL;
    copy_folder(path_of("pristine"), path_of("damaged"));
    snprintf(path, sizeof path, "%s/%s", path_of("damaged"), name);
    snprintf(what, sizeof what, "%s, %s at %u/16,", name, kinds[act.kind], act.at);
    if (!apply_damage(path, act)) return;
    fsb_status status = try_open(path_of("damaged"), "", NULL, &backend);
    if (status != FSB_STATUS_OK) {
        judge_refusal(status, name, what);
        tally.refused++;
        return;
    }
    outcome seen = read_rows(backend);
    judge_rows(&seen, name, act, how, what);
    if (seen.missing + seen.refused != 0) tally.missing++;
    else tally.whole++;
    fsb_backend_close(backend, 60000, NULL);
    CHECK_OK(fsb_backend_free(backend));
}

static void damage_every_file_of(ending how, damage_kind kind) {
    static char names[256][256];
    make_folder(path_of("pristine"), how);
    size_t count = list_files(path_of("pristine"), names, COUNT_OF(names));
    CHECK(count > 4);
    for (size_t file = 0; file < count; file++)
        for (unsigned at = 0; at <= 16; at += kind == DAMAGE_REMOVE ? 17 : 4) try_damage(names[file], (damage){kind, at}, how);
    test_note("%zu files: %u acts of damage refused, %u with rows missing or refused by name, %u without an effect on the rows", count,
              tally.refused, tally.missing, tally.whole);
    CHECK(tally.refused > 0);
}

static void flipped_after_close(void) { damage_every_file_of(CLOSED, DAMAGE_FLIP); }
static void zeroed_after_close(void) { damage_every_file_of(CLOSED, DAMAGE_ZERO); }
static void cut_after_close(void) { damage_every_file_of(CLOSED, DAMAGE_TRUNCATE); }
static void removed_after_close(void) { damage_every_file_of(CLOSED, DAMAGE_REMOVE); }
static void flipped_after_kill(void) { damage_every_file_of(KILLED, DAMAGE_FLIP); }
static void zeroed_after_kill(void) { damage_every_file_of(KILLED, DAMAGE_ZERO); }
static void cut_after_kill(void) { damage_every_file_of(KILLED, DAMAGE_TRUNCATE); }
static void removed_after_kill(void) { damage_every_file_of(KILLED, DAMAGE_REMOVE); }

/* The undamaged copy serves everything: otherwise the tests above would judge nothing. */
static void the_pristine_folder_serves_every_row(void) {
    make_folder(path_of("closed"), CLOSED);
    make_folder(path_of("killed"), KILLED);
    for (int how = CLOSED; how <= KILLED; how++) {
        copy_folder(path_of(how == CLOSED ? "closed" : "killed"), path_of("damaged"));
        fsb_backend *backend = open_at(path_of("damaged"), "");
        outcome seen = read_rows(backend);
        CHECK_U64(seen.served, ROWS);
        CHECK_U64(seen.recovery.wal_dropped_bytes, 0);
        close_and_free(backend);
    }
}

static void current_that_names_no_manifest(void) {
    static const char text[] = "MANIFEST-999999\n";
    make_folder(path_of("pristine"), CLOSED);
    copy_folder(path_of("pristine"), path_of("damaged"));
    CHECK_U64(truncate(path_of("damaged/CURRENT"), 0), 0);
    overwrite(path_of("damaged/CURRENT"), 0, text, sizeof text - 1);
    fsb_backend *backend = NULL;
    judge_refusal(try_open(path_of("damaged"), "", NULL, &backend), "MANIFEST-999999", "a CURRENT that names no MANIFEST");
}

/* In the absolute mode a damaged tail is refused instead of dropped. */
static void absolute_recovery_refuses_a_damaged_tail(void) {
    static char names[256][256];
    make_folder(path_of("pristine"), KILLED);
    size_t count = list_files(path_of("pristine"), names, COUNT_OF(names)), damaged = 0;
    for (size_t file = 0; file < count; file++) {
        char path[1600];
        struct stat entry;
        snprintf(path, sizeof path, "%s/%s", path_of("pristine"), names[file]);
        CHECK_U64(stat(path, &entry), 0);
        if (!is_wal(names[file]) || entry.st_size < 1000) continue;
        flip_byte(path, entry.st_size - 100);
        damaged++;
    }
    CHECK(damaged > 0);
    fsb_backend *backend = NULL;
    fsb_status status = try_open(path_of("pristine"), ",\"wal_recovery\":\"absolute\"", NULL, &backend);
    CHECK(status != FSB_STATUS_OK);
    CHECK_REFUSED(status, FSB_STATUS_CORRUPTION, path_of("pristine"));
}

/* Zeros over whole blocks of a WAL, which the engine's reader takes for unused space. */
static void a_hole_of_zeros_in_the_wal(void) {
    static char names[256][256], zeros[65536];
    make_folder(path_of("pristine"), KILLED);
    size_t count = list_files(path_of("pristine"), names, COUNT_OF(names)), damaged = 0;
    for (size_t file = 0; file < count; file++) {
        char path[1600];
        struct stat entry;
        snprintf(path, sizeof path, "%s/%s", path_of("pristine"), names[file]);
        CHECK_U64(stat(path, &entry), 0);
        if (!is_wal(names[file]) || entry.st_size < 120000) continue;
        overwrite(path, 32768, zeros, sizeof zeros);
        damaged++;
    }
    CHECK(damaged > 0);
    fsb_backend *backend = NULL;
    fsb_status status = try_open(path_of("pristine"), "", NULL, &backend);
    if (status != FSB_STATUS_OK) {
        CHECK_REFUSED(status, FSB_STATUS_CORRUPTION, path_of("pristine"));
        return;
    }
    outcome seen = read_rows(backend);
    judge_rows(&seen, "000000.log", (damage){DAMAGE_ZERO, 8}, KILLED, "a hole of zeros");
    close_and_free(backend);
}

static void verify_checksums_finds_a_damaged_sst(void) {
    static char names[256][256];
    make_folder(path_of("pristine"), CLOSED);
    size_t count = list_files(path_of("pristine"), names, COUNT_OF(names));
    for (size_t file = 0; file < count; file++) {
        char path[1600];
        snprintf(path, sizeof path, "%s/%s", path_of("pristine"), names[file]);
        if (strstr(names[file], ".sst") != NULL) flip_byte(path, 100);
    }
    fsb_backend *backend = open_at(path_of("pristine"), "");
    CHECK_REFUSED(fsb_backend_verify_checksums(backend, &test_error), FSB_STATUS_CORRUPTION, ".sst");
    fsb_backend_close(backend, 60000, NULL);
    CHECK_OK(fsb_backend_free(backend));
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"the_pristine_folder_serves_every_row", the_pristine_folder_serves_every_row, NULL},
        {"flipped_after_close", flipped_after_close, NULL},
        {"zeroed_after_close", zeroed_after_close, NULL},
        {"cut_after_close", cut_after_close, NULL},
        {"removed_after_close", removed_after_close, NULL},
        {"flipped_after_kill", flipped_after_kill, NULL},
        {"zeroed_after_kill", zeroed_after_kill, NULL},
        {"cut_after_kill", cut_after_kill, NULL},
        {"removed_after_kill", removed_after_kill, NULL},
        {"current_that_names_no_manifest", current_that_names_no_manifest, NULL},
        {"absolute_recovery_refuses_a_damaged_tail", absolute_recovery_refuses_a_damaged_tail, NULL},
        {"a_hole_of_zeros_in_the_wal", a_hole_of_zeros_in_the_wal, NULL},
        {"verify_checksums_finds_a_damaged_sst", verify_checksums_finds_a_damaged_sst, NULL},
    };
    return run_tests(tests, COUNT_OF(tests), argc, argv);
}
