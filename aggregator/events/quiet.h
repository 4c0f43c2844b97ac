/*
 * quiet.h - at most one event a minute for each kind and name, so that what flaps fills neither the ring nor the log.
 *
 * What comes in between is counted, and the latest of it is kept: it is reported when the minute is over, so the last
 * event of a breaker says how it is. Pure.
 */
#ifndef STATGATE_EVENTS_QUIET_H
#define STATGATE_EVENTS_QUIET_H

#include "events/events.h"

enum {
    QUIET_MAX = 256, /**< kinds and names in a minute */
    QUIET_MS = 60000
};

struct quiet;

/** NULL when out of memory. */
struct quiet *quiet_new(const struct memory *memory);
void quiet_free(struct quiet *quiet);
uint64_t quiet_bytes(void);

/**
 * May this event be reported now? It is kept back if one of its kind, service, name and labels (and of its beginning, or of its end) was reported within the last
 * minute, or if QUIET_MAX others were. `mono_ms` is the monotonic clock.
 */
bool quiet_admit(struct quiet *quiet, const struct events_item *item, int64_t mono_ms);
/** An event that was kept back and may be reported now; its `held` says how many others were. False: there is none. */
bool quiet_due(struct quiet *quiet, int64_t mono_ms, struct events_item *ret_item);
/** How many were kept back because QUIET_MAX others were reported: they never are. */
uint64_t quiet_left_out(const struct quiet *quiet);

#endif
