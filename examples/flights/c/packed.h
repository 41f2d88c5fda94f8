/* Packed buffers, the form in which batches, multi-gets and pages cross the C ABI: little-endian, unaligned, one after
 * the other. */
#ifndef FLIGHTS_PACKED_H
#define FLIGHTS_PACKED_H

#include <stddef.h>
#include <stdint.h>

struct packed {
    uint8_t *data; /* owned; NULL while the capacity is 0 */
    size_t length, capacity;
};

void packed_clear(struct packed *packed);
void packed_free(struct packed *packed);

/* Makes room for `capacity` bytes in all and keeps what is there. */
void packed_reserve(struct packed *packed, size_t capacity);

void packed_u8(struct packed *packed, uint8_t value);
void packed_u32(struct packed *packed, uint32_t value);
void packed_u64(struct packed *packed, uint64_t value);
void packed_bytes(struct packed *packed, const void *bytes, size_t length);

uint32_t unpack_u32(const uint8_t *bytes);
uint64_t unpack_u64(const uint8_t *bytes);

/* Numbers as the job stores them: big-endian with the sign flipped, so that their bytes are in the order of the numbers. It is the
 * format of the serializers of C#: either program can go on where the other was. */
enum { ORDERED_BYTES = 8 };

void packed_ordered(struct packed *packed, int64_t value);
int64_t unpack_ordered(const uint8_t *bytes);

#endif
