/*
 * figures.h - counts of what sockets received.
 */
#ifndef STATGATE_INGRESS_FIGURES_H
#define STATGATE_INGRESS_FIGURES_H

#include <stddef.h>
#include <stdint.h>

enum { INGRESS_PER_WAKE_BUCKETS = 7 };

/** Counts of one socket, or of all together, since the start. */
struct ingress_figures {
    uint64_t datagrams;
    uint64_t wakes;      /**< receive calls that brought something */
    uint64_t empty;      /**< receive calls that brought nothing */
    uint64_t ticks;      /**< looks caused by the clock */
    uint64_t tick_turns; /**< times that ticking replaced polling */
    uint64_t errors;     /**< receive calls that failed */
    int last_error;      /**< errno of the last failure; 0: none */
    /** Datagrams that were not applied because two processes ended with them under way; includes
     * those of earlier processes of the same object. */
    uint64_t skipped;
    /** Wakes by the number of datagrams they brought: up to 1, 2, 4, 8, 16, 32, 64; not
     * cumulative. */
    uint64_t per_wake[INGRESS_PER_WAKE_BUCKETS];
};

/** The largest number of datagrams that bucket `index` counts. */
static inline uint32_t ingress_per_wake_bound(size_t index) {
    return UINT32_C(1) << index;
}

/** Count a receive call that brought this many datagrams, at least one. */
void figures_count_wake(struct ingress_figures *figures, size_t datagrams);
/** Add one socket's figures to a sum. */
void figures_add(struct ingress_figures *sum, const struct ingress_figures *one);

#endif
