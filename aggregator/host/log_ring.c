/*
 * log_ring.c - each line is stored in one piece after its length. If a line does not fit before the
 * end of the array, a length of 0 tells the reader to continue at the beginning.
 */
#include "host/log_ring.h"

#include <string.h>

enum { LENGTH_BYTES = sizeof(uint16_t) };

/* Bytes of a record: always even, so that a length fits before the end of the array. */
static size_t record_bytes(size_t len) {
    return (LENGTH_BYTES + len + 1) & ~(size_t)1;
}

static uint16_t *length_at(struct log_ring *ring, uint64_t position) {
    return (uint16_t *)(void *)(ring->bytes + position % LOG_RING_BYTES);
}

void log_ring_lose(struct log_ring *ring) {
    if (ring->lost++ == 0)
        ring->gap = ring->head;
}

bool log_ring_put(struct log_ring *ring, const char *line, size_t len) {
    const size_t wanted = record_bytes(len);
    const size_t to_end = LOG_RING_BYTES - ring->head % LOG_RING_BYTES;
    const size_t skipped = wanted > to_end ? to_end : 0;
    if (ring->head - ring->tail + skipped + wanted > LOG_RING_BYTES) {
        log_ring_lose(ring);
        return false;
    }
    if (skipped > 0)
        *length_at(ring, ring->head) = 0;
    ring->head += skipped;
    uint16_t *at = length_at(ring, ring->head);
    *at = (uint16_t)len;
    memcpy(at + 1, line, len);
    ring->head += wanted;
    return true;
}

size_t log_ring_front(struct log_ring *ring, const char **ret_line) {
    if (ring->tail == ring->head)
        return 0;
    if (*length_at(ring, ring->tail) == 0)
        ring->tail += LOG_RING_BYTES - ring->tail % LOG_RING_BYTES;
    const uint16_t *at = length_at(ring, ring->tail);
    *ret_line = (const char *)(at + 1);
    return *at;
}

void log_ring_pop(struct log_ring *ring) {
    const char *line;
    ring->tail += record_bytes(log_ring_front(ring, &line));
    if (ring->tail < ring->head)
        return;
    /* The ring is empty: start at the beginning again, so that a log that is read in time uses few
     * pages. */
    ring->head = 0;
    ring->tail = 0;
    ring->gap = 0;
}

uint64_t log_ring_missing(const struct log_ring *ring) {
    return ring->tail >= ring->gap ? ring->lost : 0;
}

void log_ring_told(struct log_ring *ring, uint64_t lines) {
    ring->lost -= lines;
    ring->gap = ring->head;
}
