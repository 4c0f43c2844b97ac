/*
 * expire.h - the end of series: removal, and time to live. Private to store/.
 */
#ifndef STATGATE_STORE_EXPIRE_H
#define STATGATE_STORE_EXPIRE_H

#include "store/store_private.h"

/* End a series by its slot; returns how many parts went with it. Commits while there are many of
 * them, as only a series that nobody writes to has. */
size_t expire_slot(struct store *store, struct store_family *sf, uint32_t slot);
/* The family is full: end some series that are past their time to live, if any are. True when one
 * ended: what was found before may be gone. Commits: nothing of what is to fit in was changed yet. */
bool expire_reclaim(struct store *store, struct store_family *sf, struct store_time now);
/* Whether expire_reclaim would look for some. */
static inline bool expire_may_reclaim(const struct store_family *sf, struct store_time now) {
    return sf->family->ttl_ms > 0 && now.mono_ms >= sf->due_ms;
}
/* Take a family that time changes into the ring of those that are swept. */
void expire_enlist(struct store *store, struct store_family *sf);

#endif
