/*
 * sets_private.h - the two tables of a family whose series come as one set. Private to store/.
 */
#ifndef STATGATE_STORE_SETS_PRIVATE_H
#define STATGATE_STORE_SETS_PRIVATE_H

#include "store/sets.h"
#include "store/store_private.h"

bool sets_init(struct family_sets *sets, const struct catalog_family *family, struct held *held);
void sets_done(struct family_sets *sets, const struct memory *memory);

#endif
