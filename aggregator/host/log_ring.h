/*
 * log_ring.h - log lines that wait for the writer: a bounded queue that keeps whole lines or drops
 * them, and remembers where lines are missing. Pure; callers that share a ring must lock it.
 */
#ifndef STATGATE_HOST_LOG_RING_H
#define STATGATE_HOST_LOG_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LOG_RING_BYTES = 256 * 1024 };

/** A zeroed ring is empty. */
struct log_ring {
    uint64_t head; /**< bytes ever added, including those skipped at the end of the array */
    uint64_t tail; /**< bytes ever removed, counted the same way */
    uint64_t lost; /**< dropped lines that are not yet reported */
    uint64_t gap;  /**< position of the first dropped line */
    _Alignas(uint16_t) char bytes[LOG_RING_BYTES];
};

/** Add a line of 1 to UINT16_MAX - 1 bytes. False if there is no room: the line is dropped and
 * counted. */
bool log_ring_put(struct log_ring *ring, const char *line, size_t len);
/** Get the oldest line, which stays in place until it is popped. Returns its length; 0: there is
 * none.
 */
size_t log_ring_front(struct log_ring *ring, const char **ret_line);
/** Remove the oldest line. */
void log_ring_pop(struct log_ring *ring);
/** Count a line that was popped and could not be written. */
void log_ring_lose(struct log_ring *ring);

/** How many lines are missing before the line at the front (or at the end, if the ring is
 * empty). */
uint64_t log_ring_missing(const struct log_ring *ring);
/** Record that `lines` missing lines were reported. */
void log_ring_told(struct log_ring *ring, uint64_t lines);

#endif
