/*
 * expire.h - ending series: removal, and time to live. Private to store/.
 */
#ifndef STATGATE_STORE_EXPIRE_H
#define STATGATE_STORE_EXPIRE_H

#include "store/store_private.h"

/* End the series in a slot; returns how many parts ended with it. If the parts are many, commits in
 * between, which is safe because nobody writes to a series with so many parts at that moment. */
size_t expire_slot(struct store *store, struct store_family *sf, uint32_t slot);
/* The family is full: end some of its series that are past their time to live. Returns true if at
 * least one ended: values and series found before may be gone. Commits, which is safe because
 * nothing was changed yet for the series that is to be made. */
bool expire_reclaim(struct store *store, struct store_family *sf, struct store_time now);
/* Whether expire_reclaim would search for expired series. */
static inline bool expire_may_reclaim(const struct store_family *sf, struct store_time now) {
    return sf->family->ttl_ms > 0 && now.mono_ms >= sf->due_ms;
}
/* Add a family whose series change with time to the ring of families that are swept. */
void expire_enlist(struct store *store, struct store_family *sf);

#endif
