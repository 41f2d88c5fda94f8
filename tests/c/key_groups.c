/* Key groups: the published vectors of the hash, Flink's placement and ranges, and rows that lie where they say. */
#include "keyed.h"

#define REFUSED(call, part) CHECK_REFUSED(call, FSB_STATUS_INVALID_ARGUMENT, part)

/* Without a common divisor and with a product over 2^32: the groups in all three tell every bit of a hash. */
static const uint32_t moduli[] = {32768, 32767, 32765};

static uint32_t group_of_bytes(const void *key, size_t length, uint32_t max_parallelism) {
    uint32_t group = UINT32_MAX;
    CHECK_OK(fsb_key_group_of((const uint8_t *)key, length, NULL, max_parallelism, &group, &test_error));
    return group;
}

static uint32_t group_of_hash(int32_t hash, uint32_t max_parallelism) {
    uint32_t group = UINT32_MAX;
    CHECK_OK(fsb_key_group_of(bytes("not looked at"), 13, &hash, max_parallelism, &group, &test_error));
    return group;
}

/* Vectors with seed 0 of https://stackoverflow.com/questions/14747343/murmurhash3-test-vectors and of Austin Appleby's SMHasher. */
static void the_default_hash_is_the_published_murmur3(void) {
    static const struct {
        const char *key;
        size_t length;
        uint32_t hash;
    } vectors[] = {
        {"", 0, 0},
        {"\xFF\xFF\xFF\xFF", 4, 0x76293B50},
        {"\x21\x43\x65\x87", 4, 0xF55B516B},
        {"\x21\x43\x65", 3, 0x7E4A8634},
        {"\x21\x43", 2, 0xA0F7B07A},
        {"\x21", 1, 0x72661CF4},
        {"\0\0\0\0", 4, 0x2362F9DE},
        {"\0\0\0", 3, 0x85F0B427},
        {"\0\0", 2, 0x30F4C306},
        {"\0", 1, 0x514E28B7},
        {"a", 1, 0x3C2569B2},
        {"test", 4, 0xBA6BD213},
        {"hello", 5, 0x248BFA47},
        {"Hello, world!", 13, 0xC0363E43},
        {"The quick brown fox jumps over the lazy dog", 43, 0x2E4FF723},
    };
    for (size_t at = 0; at < COUNT_OF(vectors); at++)
        for (size_t modulus = 0; modulus < COUNT_OF(moduli); modulus++)
            CHECK_U64(group_of_bytes(vectors[at].key, vectors[at].length, moduli[modulus]), vectors[at].hash % moduli[modulus]);
}

/* Flink's MathUtils.murmurHash is murmur3 of the one word, so the vectors of four bytes hold for the hashes with those bytes; it then
 * drops the sign and makes 0 of the least number, which the last hash comes to. */
static void a_hash_of_the_caller_goes_through_flinks(void) {
    static const struct {
        int32_t hash;
        uint32_t spread;
    } vectors[] = {
        {0, 0x2362F9DE},
        {-1, 0x76293B50},
        {(int32_t)0x87654321, 0x100000000 - 0xF55B516B},
        {(int32_t)0x836F0755, 0},
    };
    for (size_t at = 0; at < COUNT_OF(vectors); at++)
        for (size_t modulus = 0; modulus < COUNT_OF(moduli); modulus++)
            CHECK_U64(group_of_hash(vectors[at].hash, moduli[modulus]), vectors[at].spread % moduli[modulus]);
}

static uint32_t subtask_of(uint32_t group, uint32_t max_parallelism, uint32_t parallelism) { return group * parallelism / max_parallelism; }

/* Java's "A".hashCode() is 65. Vectors of KeyGroupRangeAssignmentTest.shouldUseFlinkCompatibleMurmurKeyGroupHash in yak-ops, a system
 * on top of Flink (https://github.com/weifuwan/yak-ops): group 104 of 128 for "A", 17 for "B", with their subtasks out of 2 and 8. */
static void keys_of_java_lie_where_flink_puts_them(void) {
    const uint32_t a = group_of_hash(65, 128), b = group_of_hash(66, 128);
    CHECK_U64(a, 104);
    CHECK_U64(b, 17);
    CHECK_U64(subtask_of(a, 128, 2), 1);
    CHECK_U64(subtask_of(b, 128, 2), 0);
    CHECK_U64(subtask_of(a, 128, 8), 6);
    CHECK_U64(subtask_of(b, 128, 8), 1);
}

typedef struct range {
    uint32_t first, last;
} range;

static range range_of(uint32_t max_parallelism, uint32_t parallelism, uint32_t index) {
    range found = {UINT32_MAX, UINT32_MAX};
    CHECK_OK(fsb_key_group_range(max_parallelism, parallelism, index, &found.first, &found.last, &test_error));
    return found;
}

/* Every group lies in the range of the subtask that Flink's computeOperatorIndexForKeyGroup names, and the ranges leave no gap. */
static void check_ranges(uint32_t max_parallelism, uint32_t parallelism) {
    uint32_t group = 0;
    for (uint32_t index = 0; index < parallelism; index++) {
        const range found = range_of(max_parallelism, parallelism, index);
        CHECK_U64(found.first, group);
        for (; group <= found.last; group++) CHECK_U64(subtask_of(group, max_parallelism, parallelism), index);
    }
    CHECK_U64(group, max_parallelism);
}

/* The pairs of Flink's CheckpointCoordinatorTest.testCreateKeyGroupPartitions, its upper bound as well, and as many at random. */
static void ranges_are_those_of_flinks_own_test(void) {
    static const uint32_t pairs[][2] = {{1, 1}, {13, 1}, {13, 2}, {32767, 1}, {32767, 13}, {32767, 32767}, {32768, 7}, {32768, 32768}};
    for (size_t at = 0; at < COUNT_OF(pairs); at++) check_ranges(pairs[at][0], pairs[at][1]);
    uint64_t random = 1234;
    for (int round = 0; round < 200; round++) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        const uint32_t max_parallelism = 1 + (uint32_t)(random >> 33) % 32768;
        check_ranges(max_parallelism, 1 + (uint32_t)(random >> 20) % max_parallelism);
    }
    const range middle = range_of(128, 3, 1);
    CHECK(middle.first == 43 && middle.last == 85);
}

static void the_default_max_parallelism_is_flinks(void) {
    static const uint32_t vectors[][2] = {{1, 128},     {85, 128},      {86, 256},      {128, 256},     {171, 256},     {172, 512},
                                          {1000, 2048}, {10922, 16384}, {10923, 16384}, {21845, 32768}, {21846, 32768}, {32768, 32768}};
    for (size_t at = 0; at < COUNT_OF(vectors); at++) {
        uint32_t found = 0;
        CHECK_OK(fsb_key_group_default_max_parallelism(vectors[at][0], &found, &test_error));
        CHECK_U64(found, vectors[at][1]);
    }
}

static void numbers_out_of_range_are_refused(void) {
    uint32_t out = 77, last = 78;
    REFUSED(fsb_key_group_of(bytes("a"), 1, NULL, 0, &out, &test_error), "1..=32768");
    REFUSED(fsb_key_group_of(bytes("a"), 1, NULL, 32769, &out, &test_error), "32769");
    REFUSED(fsb_key_group_of(NULL, 1, NULL, 128, &out, &test_error), "key");
    REFUSED(fsb_key_group_of(bytes("a"), 1, NULL, 128, NULL, &test_error), "key_group");
    CHECK_REFUSED(fsb_key_group_of(bytes("a"), FSB_MAX_KEY_BYTES + 1, NULL, 128, &out, &test_error), FSB_STATUS_LIMIT_EXCEEDED, "key");
    REFUSED(fsb_key_group_range(0, 1, 0, &out, &last, &test_error), "max parallelism");
    REFUSED(fsb_key_group_range(128, 0, 0, &out, &last, &test_error), "parallelism 0");
    REFUSED(fsb_key_group_range(128, 129, 0, &out, &last, &test_error), "129");
    REFUSED(fsb_key_group_range(128, 3, 3, &out, &last, &test_error), "subtask 3");
    REFUSED(fsb_key_group_range(128, 3, 0, NULL, &last, &test_error), "first");
    REFUSED(fsb_key_group_range(128, 3, 0, &out, NULL, &test_error), "last");
    REFUSED(fsb_key_group_default_max_parallelism(0, &out, &test_error), "parallelism 0");
    REFUSED(fsb_key_group_default_max_parallelism(32769, &out, &test_error), "32769");
    REFUSED(fsb_key_group_default_max_parallelism(1, NULL, &test_error), "max_parallelism");
    CHECK(out == 77 && last == 78);
}

/* Reads the first row of the family `user_state` and returns the key group that it begins with. */
static uint32_t group_of_first_row(const fsb_backend *backend) {
    uint8_t page[256];
    size_t length = 0, rows = 0, at = 0;
    fsb_column_family *family = family_of(backend, "user_state");
    fsb_iterator *iterator = NULL;
    CHECK_OK(fsb_column_family_iterator(family, NULL, &iterator, &test_error));
    CHECK_OK(fsb_iterator_next_page(iterator, page, sizeof page, &length, &rows, &test_error));
    CHECK_U64(rows, 1);
    const page_row row = page_next(page, length, &at);
    CHECK_OK(fsb_iterator_free(iterator));
    CHECK_OK(fsb_column_family_free(family));
    return (uint32_t)row.key[0] << 8 | row.key[1];
}

static void a_row_begins_with_the_key_group_of_its_key(void) {
    const job opened = open_job("");
    fsb_state *state = open_state(opened.keyed, "{\"name\":\"value\",\"kind\":\"value\"}");
    for (int32_t number = 0; number < 50; number++) {
        const int32_t hash = number * 7919;
        const int given = number % 2;
        char key[16];
        snprintf(key, sizeof key, "key %d", number);
        CHECK_OK(fsb_keyed_backend_set_current_key(opened.keyed, bytes(key), strlen(key), given ? &hash : NULL, &test_error));
        put_value(state, "here");
        CHECK_U64(group_of_first_row(opened.backend), given ? group_of_hash(hash, 128) : key_group_of(key, 128));
        clear_state(state);
    }
    CHECK_OK(fsb_state_free(state));
    close_job(&opened);
}

/* A keyed backend takes the keys of its range and no other; a refused key leaves the one before. */
static void keys_outside_the_range_are_refused(void) {
    fsb_backend *backend = open_at(path_of("data"), "");
    fsb_keyed_backend *keyed = open_keyed(backend, "{\"first_key_group\":43,\"last_key_group\":85}");
    fsb_state *state = open_state(keyed, "{\"name\":\"value\",\"kind\":\"value\"}");
    char key[16], last[16] = "";
    unsigned taken = 0;
    for (int number = 0; number < 2000; number++) {
        snprintf(key, sizeof key, "%d", number);
        const uint32_t group = key_group_of(key, 128);
        if (group >= 43 && group <= 85) {
            set_key(keyed, key);
            put_value(state, key);
            memcpy(last, key, sizeof key);
            taken++;
        } else {
            CHECK_REFUSED(try_set_key(keyed, key), FSB_STATUS_KEY_GROUP_OUT_OF_RANGE, "43..=85");
            if (taken > 0) CHECK_TEXT(value_of(state), last);
        }
    }
    CHECK(taken > 500);
    CHECK_OK(fsb_state_free(state));
    CHECK_OK(fsb_keyed_backend_free(keyed));
    close_and_free(backend);
}

int main(int argc, char **argv) {
    static const test_case tests[] = {
        {"the_default_hash_is_the_published_murmur3", the_default_hash_is_the_published_murmur3, NULL},
        {"a_hash_of_the_caller_goes_through_flinks", a_hash_of_the_caller_goes_through_flinks, NULL},
        {"keys_of_java_lie_where_flink_puts_them", keys_of_java_lie_where_flink_puts_them, NULL},
        {"ranges_are_those_of_flinks_own_test", ranges_are_those_of_flinks_own_test, NULL},
        {"the_default_max_parallelism_is_flinks", the_default_max_parallelism_is_flinks, NULL},
        {"numbers_out_of_range_are_refused", numbers_out_of_range_are_refused, NULL},
        {"a_row_begins_with_the_key_group_of_its_key", a_row_begins_with_the_key_group_of_its_key, NULL},
        {"keys_outside_the_range_are_refused", keys_outside_the_range_are_refused, NULL},
    };
    return run_tests(tests, COUNT_OF(tests), argc, argv);
}
