#include "keyed.h"

/* Types are named as the C# API names them. The lifetimes are so long that nothing expires. */
#define TTL(update) "\"ttl\":{\"millis\":86400000,\"update\":\"" update "\",\"visibility\":\"never_return_expired\",\"time\":\"processing\"}"
#define OF_NUMBERS "\"value_type\":\"i64\""
#define MAP_OF_NUMBERS OF_NUMBERS ",\"map_key_type\":\"i64\""

const struct state_declaration state_declarations[STATE_COUNT] = {
    [VALUE] = {"{\"name\":\"value\",\"kind\":\"value\"," OF_NUMBERS "}", 0x9b9df0f0},
    [VALUE_TTL] = {"{\"name\":\"value_ttl\",\"kind\":\"value\"," OF_NUMBERS "," TTL("on_create_and_write") "}", 0x2bfa368c},
    [VALUE_TTL_READ] = {"{\"name\":\"value_ttl_read\",\"kind\":\"value\"," OF_NUMBERS "," TTL("on_read_and_write") "}", 0x5ac605ef},
    [SUM] = {"{\"name\":\"sum\",\"kind\":\"reducing\",\"aggregate\":\"sum_i64\"," OF_NUMBERS "}", 0xa3e92f70},
    [LIST] = {"{\"name\":\"list\",\"kind\":\"list\"," OF_NUMBERS "}", 0xea6a43e1},
    [LIST_TTL] = {"{\"name\":\"list_ttl\",\"kind\":\"list\"," OF_NUMBERS "," TTL("on_create_and_write") "}", 0xc10aad71},
    [LONG_LIST] = {"{\"name\":\"long_list\",\"kind\":\"list\"," OF_NUMBERS "}", 0x8ffbbb11},
    [MAP] = {"{\"name\":\"map\",\"kind\":\"map\"," MAP_OF_NUMBERS "}", 0x12020102},
    [MAP_TTL] = {"{\"name\":\"map_ttl\",\"kind\":\"map\"," MAP_OF_NUMBERS "," TTL("on_create_and_write") "}", 0xab076da2},
    [LARGE_MAP] = {"{\"name\":\"large_map\",\"kind\":\"map\"," MAP_OF_NUMBERS "}", 0x1c99b9b3},
};
