/*
 * teller.h - reports an incident: an event in the ring, and a line in the log, unless one of its
 * kind and name was reported within the last minute (events/events.h).
 */
#ifndef STATGATE_STATGATED_TELLER_H
#define STATGATE_STATGATED_TELLER_H

#include "events/events.h"

struct teller {
    struct events *events;
    struct quiet *quiet;
    uint64_t left_out; /**< incidents left out, as last logged */
};

/** Report the incident now, or later. `mono_ms` is the monotonic clock. May be called from
 * anywhere. */
void teller_tell(struct teller *teller, const struct events_item *item, int64_t mono_ms);
/** Report incidents that were held back and are due. Call it now and then. */
void teller_catch_up(struct teller *teller, int64_t mono_ms);

#endif
