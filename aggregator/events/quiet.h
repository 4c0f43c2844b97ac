/*
 * quiet.h - limits events to one a minute for each kind and name, so that a flapping condition
 * fills neither the ring nor the log.
 *
 * Events within the minute are counted, and the latest one is kept and reported when the minute is
 * over. So the last reported event of a breaker shows its state. Pure.
 */
#ifndef STATGATE_EVENTS_QUIET_H
#define STATGATE_EVENTS_QUIET_H

#include "events/events.h"

enum {
    QUIET_MAX = 256, /**< pairs of kind and name that are tracked at a time */
    QUIET_MS = 60000
};

struct quiet;

/** Make an empty table. NULL when out of memory. */
struct quiet *quiet_new(const struct memory *memory);
void quiet_free(struct quiet *quiet);
/** Bytes that a table takes. */
uint64_t quiet_bytes(void);

/**
 * Whether this event may be reported now. It is held back if an event with the same kind, service,
 * name, labels and `over` was reported within the last minute, or if QUIET_MAX others were.
 * `mono_ms` is the monotonic clock.
 */
bool quiet_admit(struct quiet *quiet, const struct events_item *item, int64_t mono_ms);
/** Get an event that was held back and may be reported now; its `held` says how many others were
 * held back. False: there is none. */
bool quiet_due(struct quiet *quiet, int64_t mono_ms, struct events_item *ret_item);
/** The number of events dropped because QUIET_MAX others were reported; they are never reported. */
uint64_t quiet_left_out(const struct quiet *quiet);

#endif
