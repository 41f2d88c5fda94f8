/* Packed batches: atomic over families, in order, and refused as a whole when one byte of them is wrong. */
#include "two_families.h"

static void write_batch(packed *batch) {
    CHECK_OK(try_write(backend, batch));
    packed_free(batch);
}

static void a_batch_writes_to_several_families(void) {
    set_up();
    put(first, "gone", "soon");
    put(second, "r1", "soon");
    packed batch = {NULL, 0, 0};
    batch_text(&batch, RECORD_PUT, id_of(first), "key", "one");
    batch_text(&batch, RECORD_PUT, id_of(second), "key", "two");
    batch_text(&batch, RECORD_DELETE, id_of(first), "gone", "");
    batch_text(&batch, RECORD_DELETE_RANGE, id_of(second), "r", "s");
    batch_text(&batch, RECORD_PUT, id_of(second), "", "");
    write_batch(&batch);
    CHECK_ROW(first, "key", "one");
    CHECK_ROW(second, "key", "two");
    CHECK_ROW(second, "", "");
    check_absent(first, "gone");
    check_absent(second, "r1");
    tear_down();
}

static void records_apply_in_order(void) {
    set_up();
    packed batch = {NULL, 0, 0};
    batch_text(&batch, RECORD_PUT, id_of(first), "key", "one");
    batch_text(&batch, RECORD_DELETE, id_of(first), "key", "");
    batch_text(&batch, RECORD_PUT, id_of(first), "key", "three");
    batch_text(&batch, RECORD_PUT, id_of(first), "late", "one");
    batch_text(&batch, RECORD_DELETE_RANGE, id_of(first), "l", "m");
    write_batch(&batch);
    CHECK_ROW(first, "key", "three");
    check_absent(first, "late");
    tear_down();
}

static void an_empty_batch_is_fine(void) {
    set_up();
    CHECK_OK(fsb_backend_write(backend, NULL, 0, &test_error));
    tear_down();
}

static void a_large_unaligned_batch_arrives_whole(void) {
    set_up();
    packed batch = {NULL, 0, 0};
    packed_bytes(&batch, "!", 1);
    for (uint32_t row = 0; row < 100000; row++) batch_record(&batch, RECORD_PUT, id_of(first), &row, sizeof row, &row, row % 5);
    CHECK_OK(fsb_backend_write(backend, batch.data + 1, batch.length - 1, &test_error));
    packed_free(&batch);
    for (uint32_t row = 0; row < 100000; row += 997) {
        uint8_t value[8];
        size_t length = 0;
        CHECK_OK(fsb_column_family_get(first, NULL, (const uint8_t *)&row, sizeof row, value, sizeof value, &length, &test_error));
        CHECK_BYTES(value, length, &row, row % 5);
    }
    tear_down();
}

/* Puts a good record in front of `bad` and expects that neither is applied. */
static void refuse(fsb_status status, const char *part, const packed *bad) {
    packed batch = {NULL, 0, 0};
    batch_text(&batch, RECORD_PUT, id_of(first), "good", "row");
    packed_bytes(&batch, bad->data, bad->length);
    CHECK_REFUSED(try_write(backend, &batch), status, part);
    packed_free(&batch);
    check_absent(first, "good");
    check_absent(first, "key");
}

static packed one_record(uint8_t kind, const char *value) {
    packed record = {NULL, 0, 0};
    batch_text(&record, kind, id_of(first), "key", value);
    return record;
}

static void refuse_patched(size_t at, uint8_t byte, fsb_status status, const char *part) {
    packed record = one_record(RECORD_PUT, "value");
    record.data[at] = byte;
    refuse(status, part, &record);
    packed_free(&record);
}

static void unknown_kinds_and_used_reserved_bytes_are_refused(void) {
    set_up();
    for (unsigned kind = 0; kind < 256; kind++)
        if (kind < RECORD_PUT || kind > RECORD_DELETE_RANGE) refuse_patched(0, (uint8_t)kind, FSB_STATUS_INVALID_ARGUMENT, "kind");
    for (size_t at = 1; at < 4; at++) refuse_patched(at, 1, FSB_STATUS_INVALID_ARGUMENT, "");
    tear_down();
}

static void unknown_families_are_refused(void) {
    set_up();
    refuse_patched(4, 250, FSB_STATUS_COLUMN_FAMILY_NOT_FOUND, "");
    refuse_patched(7, 255, FSB_STATUS_COLUMN_FAMILY_NOT_FOUND, "");
    tear_down();
}

/* Every shorter form of a record is cut somewhere: in its head, its key or its value. */
static void truncated_records_are_refused(void) {
    set_up();
    packed record = one_record(RECORD_PUT, "value");
    for (size_t length = 1; length < record.length; length++) {
        packed cut = {record.data, length, 0};
        refuse(FSB_STATUS_INVALID_ARGUMENT, "", &cut);
    }
    packed_free(&record);
    tear_down();
}

static void lengths_that_leave_the_batch_are_refused(void) {
    set_up();
    for (size_t at = 8; at < RECORD_HEADER_BYTES; at += 4) {
        refuse_patched(at, 200, FSB_STATUS_INVALID_ARGUMENT, "");
        packed record = one_record(RECORD_PUT, "value");
        memset(record.data + at, 0xFF, 4);
        packed batch = {NULL, 0, 0};
        packed_bytes(&batch, record.data, record.length);
        fsb_status status = try_write(backend, &batch);
        CHECK(status == FSB_STATUS_INVALID_ARGUMENT || status == FSB_STATUS_LIMIT_EXCEEDED);
        test_error_drop();
        packed_free(&batch);
        packed_free(&record);
    }
    check_absent(first, "key");
    tear_down();
}

static void a_delete_with_a_value_and_a_crossed_range_are_refused(void) {
    set_up();
    packed with_value = one_record(RECORD_DELETE, "value"), crossed = one_record(RECORD_DELETE_RANGE, "a");
    refuse(FSB_STATUS_INVALID_ARGUMENT, "", &with_value);
    refuse(FSB_STATUS_INVALID_ARGUMENT, "", &crossed);
    packed_free(&with_value);
    packed_free(&crossed);
    tear_down();
}

static void a_key_above_the_limit_is_refused(void) {
    set_up();
    uint8_t *key = (uint8_t *)calloc(1, FSB_MAX_KEY_BYTES + 1u);
    CHECK(key != NULL);
    packed batch = {NULL, 0, 0};
    batch_record(&batch, RECORD_PUT, id_of(first), key, FSB_MAX_KEY_BYTES + 1u, "v", 1);
    refuse(FSB_STATUS_LIMIT_EXCEEDED, "65536", &batch);
    packed_free(&batch);
    free(key);
    tear_down();
}

static void too_many_operations_are_refused(void) {
    set_up();
    packed batch = {NULL, 0, 0};
    const uint32_t family = id_of(second);
    for (uint32_t row = 0; row < FSB_MAX_BATCH_OPERATIONS; row++) batch_record(&batch, RECORD_DELETE, family, "", 0, "", 0);
    refuse(FSB_STATUS_LIMIT_EXCEEDED, "1048576", &batch);
    packed_free(&batch);
    tear_down();
}

static void a_dropped_family_refuses_the_whole_batch(void) {
    set_up();
    packed batch = {NULL, 0, 0};
    batch_text(&batch, RECORD_PUT, id_of(first), "key", "value");
    batch_text(&batch, RECORD_PUT, id_of(second), "key", "value");
    CHECK_OK(fsb_backend_drop_column_family(backend, "second", 6, &test_error));
    fsb_status status = try_write(backend, &batch);
    CHECK(status == FSB_STATUS_COLUMN_FAMILY_NOT_FOUND || status == FSB_STATUS_COLUMN_FAMILY_DROPPED);
    test_error_drop();
    packed_free(&batch);
    check_absent(first, "key");
    tear_down();
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"a_batch_writes_to_several_families", a_batch_writes_to_several_families, NULL},
        {"records_apply_in_order", records_apply_in_order, NULL},
        {"an_empty_batch_is_fine", an_empty_batch_is_fine, NULL},
        {"a_large_unaligned_batch_arrives_whole", a_large_unaligned_batch_arrives_whole, NULL},
        {"unknown_kinds_and_used_reserved_bytes_are_refused", unknown_kinds_and_used_reserved_bytes_are_refused, NULL},
        {"unknown_families_are_refused", unknown_families_are_refused, NULL},
        {"truncated_records_are_refused", truncated_records_are_refused, NULL},
        {"lengths_that_leave_the_batch_are_refused", lengths_that_leave_the_batch_are_refused, NULL},
        {"a_delete_with_a_value_and_a_crossed_range_are_refused", a_delete_with_a_value_and_a_crossed_range_are_refused, NULL},
        {"a_key_above_the_limit_is_refused", a_key_above_the_limit_is_refused, NULL},
        {"too_many_operations_are_refused", too_many_operations_are_refused, NULL},
        {"a_dropped_family_refuses_the_whole_batch", a_dropped_family_refuses_the_whole_batch, NULL},
    };
    return run_tests(tests, COUNT_OF(tests), argc, argv);
}
