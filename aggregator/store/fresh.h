/*
 * fresh.h - series that are not in the order yet. Private to store/.
 */
#ifndef STATGATE_STORE_FRESH_H
#define STATGATE_STORE_FRESH_H

#include "store/store_private.h"

/* Put a slot into the list, unless it is there. False: out of memory. */
bool fresh_add(struct store *store, struct store_family *sf, uint32_t slot);
/* What the list of a full family takes. */
uint64_t fresh_bytes(uint64_t series_bound);

#endif
