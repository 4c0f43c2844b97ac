/*
 * deadline.h - how long an exposition may wait for values from elsewhere. Pure.
 */
#ifndef STATGATE_HTTP_DEADLINE_H
#define STATGATE_HTTP_DEADLINE_H

#include <stdint.h>

enum {
    DEADLINE_DEFAULT_MS = 5000, /**< for a client that names no time-out */
    DEADLINE_MARGIN_MS = 500,   /**< left for rendering and sending, */
    DEADLINE_MARGIN_PART = 5,   /**< or a fifth of the time-out, if that is less */
    DEADLINE_MOST_MS = 60000    /**< the longest, whatever the client's time-out is */
};

/** The header in which Prometheus sends its time-out in seconds. */
#define DEADLINE_HEADER "X-Prometheus-Scrape-Timeout-Seconds"

/**
 * Milliseconds that an exposition may wait, by the header's value (NULL: there is none): its
 * time-out minus a margin, from 1 to DEADLINE_MOST_MS. Anything but a positive finite decimal
 * number gives DEADLINE_DEFAULT_MS.
 */
uint64_t deadline_ms(const char *header);

#endif
