/*
 * gathering.h - the sums that a page needs before it writes: for each service its live series and
 * its senders, and the list of senders to show. Private to page/.
 */
#ifndef STATGATE_PAGE_GATHERING_H
#define STATGATE_PAGE_GATHERING_H

#include "view/view.h"

/** The sums of a service's senders and families. */
struct service_sums {
    uint64_t live;        /**< series */
    bool near;            /**< one of its families is near the bound beyond which it refuses */
    uint32_t senders;     /**< not known to be gone */
    int64_t last_seen_ms; /**< Unix time; 0: never */
};

enum { GATHERED_SENDERS_MAX = 200 };

struct gathering {
    const struct memory *memory;
    struct service_sums *services; /**< by index in the set */
    /** Rows of senders to list, the most pressing first: those with lost or refused samples, then
     * those that sent last. */
    uint32_t rows[GATHERED_SENDERS_MAX];
    size_t row_count;
    size_t row_max;
    uint64_t row_total;         /**< senders that the page is about */
    const struct catalog *only; /**< only senders of this service; NULL: all */
    int32_t pid;                /**< only the process with this number; -1: all */
    size_t family;              /**< position of the walk: an index in the set */
    size_t sender;
};

/** Returns false when out of memory; gathering_done is safe then. At most `rows` senders are
 * listed: only those of the service `only` and of the process `pid`, if these are not NULL. */
bool gathering_init(struct gathering *gathering, const struct view_source *source,
                    const struct catalog *only, const char *pid, size_t rows);
void gathering_done(struct gathering *gathering);
/** Continue. Returns false if the slice ended first. */
bool gathering_step(struct gathering *gathering, const struct view_source *source,
                    struct slice *slice);

#endif
