/*
 * live_restore.h - live jobs of a former process. Private to machines/.
 *
 * A million jobs take half a second to restore. So a successor copies them while the former process
 * still writes, in order of their last change (`serial`), without their owners, which are known
 * only later. Each change gives a job a serial above all others. So once the former process has
 * stopped, a job with the serial that was copied is unchanged, provided that its record was
 * complete when it was copied: its serial is below the highest one from before copying began. All
 * other jobs are then made as if nothing had been copied, behind the copied ones.
 */
#ifndef STATGATE_MACHINES_LIVE_RESTORE_H
#define STATGATE_MACHINES_LIVE_RESTORE_H

#include "machines/former.h"
#include "machines/machines.h"

/* The present number + 1 of each former machine; 0: it no longer exists. */
struct live_machines {
    uint32_t *numbers;
    uint64_t count;
};

struct live_restoring;

/** Copy the jobs that the image has by now. *ret_ahead is NULL if they do not fit and nothing was
 * copied. False when out of memory. */
bool live_restore_ahead(struct machines *machines, const struct image *image,
                        const struct live_machines *former, struct store_time now,
                        struct live_restoring **ret_ahead);
/** Take over the remaining jobs; `ahead` may be NULL. False when out of memory. */
bool live_restore(struct machines *machines, const struct image *image,
                  const struct live_machines *former, const struct live_restoring *ahead,
                  struct store_time now);
/** NULL is fine. */
void live_restore_free(struct live_restoring *ahead, const struct memory *memory);
/** Bytes that both steps need for this many places. */
uint64_t live_restore_bytes(uint64_t places);

#endif
