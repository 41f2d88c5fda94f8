#include "packed.h"

#include <stdlib.h>
#include <string.h>

#include "failure.h"

void packed_clear(struct packed *packed)
{
    packed->length = 0;
}

void packed_free(struct packed *packed)
{
    free(packed->data);
    *packed = (struct packed){0};
}

void packed_reserve(struct packed *packed, size_t capacity)
{
    if (capacity <= packed->capacity)
        return;
    size_t larger = packed->capacity < 512 ? 1024 : packed->capacity * 2;
    if (larger < capacity)
        larger = capacity;
    packed->data = require_memory(realloc(packed->data, larger));
    packed->capacity = larger;
}

static void packed_integer(struct packed *packed, uint64_t value, size_t width)
{
    packed_reserve(packed, packed->length + width);
    for (size_t byte = 0; byte < width; byte++)
        packed->data[packed->length++] = (uint8_t)(value >> (8 * byte));
}

void packed_u8(struct packed *packed, uint8_t value)
{
    packed_integer(packed, value, 1);
}

void packed_u32(struct packed *packed, uint32_t value)
{
    packed_integer(packed, value, 4);
}

void packed_u64(struct packed *packed, uint64_t value)
{
    packed_integer(packed, value, 8);
}

void packed_bytes(struct packed *packed, const void *bytes, size_t length)
{
    if (length == 0)
        return;
    packed_reserve(packed, packed->length + length);
    memcpy(packed->data + packed->length, bytes, length);
    packed->length += length;
}

static uint64_t unpack_integer(const uint8_t *bytes, size_t width)
{
    uint64_t value = 0;
    for (size_t byte = 0; byte < width; byte++)
        value |= (uint64_t)bytes[byte] << (8 * byte);
    return value;
}

uint32_t unpack_u32(const uint8_t *bytes)
{
    return (uint32_t)unpack_integer(bytes, 4);
}

uint64_t unpack_u64(const uint8_t *bytes)
{
    return unpack_integer(bytes, 8);
}

static const uint64_t SIGN = UINT64_C(1) << 63;

void packed_ordered(struct packed *packed, int64_t value)
{
    uint64_t flipped = (uint64_t)value ^ SIGN;
    packed_reserve(packed, packed->length + ORDERED_BYTES);
    for (int shift = 56; shift >= 0; shift -= 8)
        packed->data[packed->length++] = (uint8_t)(flipped >> shift);
}

int64_t unpack_ordered(const uint8_t *bytes)
{
    uint64_t flipped = 0;
    for (int byte = 0; byte < ORDERED_BYTES; byte++)
        flipped = flipped << 8 | bytes[byte];
    return (int64_t)(flipped ^ SIGN);
}
