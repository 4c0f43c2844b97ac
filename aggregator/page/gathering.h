/*
 * gathering.h - what a page adds up before it writes: for each service its live series and who sends, and which senders
 * it lists. Private to page/.
 */
#ifndef STATGATE_PAGE_GATHERING_H
#define STATGATE_PAGE_GATHERING_H

#include "view/slice.h"

/** What a service's senders and families come to. */
struct service_sums {
    uint64_t live;        /**< series */
    uint32_t senders;     /**< that are not known to be gone */
    int64_t last_seen_ms; /**< Unix time; 0: never */
};

enum { GATHERED_SENDERS_MAX = 200 };

struct gathering {
    const struct memory *memory;
    struct service_sums *services; /**< by index in the set */
    /** Rows of senders to list, the most pressing first: what was lost or refused, then what was sent last. */
    uint32_t rows[GATHERED_SENDERS_MAX];
    size_t row_count;
    size_t row_max;
    uint64_t row_total;         /**< of senders that the page is about */
    const struct catalog *only; /**< senders of this service; NULL: all */
    int32_t pid;                /**< with this number; -1: all */
    size_t family;              /**< where the walk is: an index in the set */
    size_t sender;
};

/** False when out of memory; gathering_done is safe then. At most `rows` senders are listed: of the service `only`, and the
 * process `pid`, if they are not NULL. */
bool gathering_init(struct gathering *gathering, const struct view_source *source,
                    const struct catalog *only, const char *pid, size_t rows);
void gathering_done(struct gathering *gathering);
/** Go on. False when the slice ended first. */
bool gathering_step(struct gathering *gathering, const struct view_source *source,
                    struct slice *slice);

#endif
