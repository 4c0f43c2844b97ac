/*
 * fresh.h - series that are not in the order yet. Private to store/.
 */
#ifndef STATGATE_STORE_FRESH_H
#define STATGATE_STORE_FRESH_H

#include "store/store_private.h"

/* Add a slot to the list, unless it is already there. False: out of memory. */
bool fresh_add(struct store *store, struct store_family *sf, uint32_t slot);
/* Bytes of the list of a full family. */
uint64_t fresh_bytes(uint64_t series_bound);

#endif
