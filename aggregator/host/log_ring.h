/*
 * log_ring.h - lines of the log that wait for their writer: a bounded queue that keeps whole lines
 * or drops them, and knows where lines are missing. Pure; who shares one locks.
 */
#ifndef STATGATE_HOST_LOG_RING_H
#define STATGATE_HOST_LOG_RING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { LOG_RING_BYTES = 256 * 1024 };

/** Zeroed, it is empty. */
struct log_ring {
    uint64_t head; /**< bytes ever put, and those skipped at the end of the array */
    uint64_t tail; /**< likewise taken */
    uint64_t lost; /**< lines dropped, and not yet reported */
    uint64_t gap;  /**< where the first of them belongs */
    _Alignas(uint16_t) char bytes[LOG_RING_BYTES];
};

/** A line of 1 to UINT16_MAX - 1 bytes. False when there is no room: it is dropped, and counted. */
bool log_ring_put(struct log_ring *ring, const char *line, size_t len);
/** The oldest line, which stays where it is until it is popped; its length, 0 when there is none.
 */
size_t log_ring_front(struct log_ring *ring, const char **ret_line);
/** Forget the oldest line. */
void log_ring_pop(struct log_ring *ring);
/** Count a line that was popped and could not be written. */
void log_ring_lose(struct log_ring *ring);

/** How many lines are missing before the one at the front (or at the end, when there is none). */
uint64_t log_ring_missing(const struct log_ring *ring);
/** This many were reported. */
void log_ring_told(struct log_ring *ring, uint64_t lines);

#endif
