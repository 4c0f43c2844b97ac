/*
 * live_restore.h - live jobs of a former process. Private to machines/.
 *
 * A million of them take half a second. So a successor copies them while the process before still writes, in order of their
 * last change (`serial`), without their owners, which are known later. Each change of a job gives it a serial above
 * all others, so what has the same serial when that process has stopped is what was copied, if that was all written by
 * then: below the highest serial that was there before the first was read. All else is made as without that step, behind
 * these.
 */
#ifndef STATGATE_MACHINES_LIVE_RESTORE_H
#define STATGATE_MACHINES_LIVE_RESTORE_H

#include "machines/former.h"
#include "machines/machines.h"

/* Where a former machine is now: its number + 1, 0 nowhere. */
struct live_machines {
    uint32_t *numbers;
    uint64_t count;
};

struct live_restoring;

/** Copy what is there; NULL in *ret_ahead: nothing was, since it does not fit. False when out of memory. */
bool live_restore_ahead(struct machines *machines, const struct image *image,
                        const struct live_machines *former, struct store_time now,
                        struct live_restoring **ret_ahead);
/** Take over the rest; `ahead` may be NULL. False when out of memory. */
bool live_restore(struct machines *machines, const struct image *image,
                  const struct live_machines *former, const struct live_restoring *ahead,
                  struct store_time now);
/** NULL is fine. */
void live_restore_free(struct live_restoring *ahead, const struct memory *memory);
/** What both take for so many places. */
uint64_t live_restore_bytes(uint64_t places);

#endif
