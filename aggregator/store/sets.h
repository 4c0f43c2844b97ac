/*
 * sets.h - families whose series come as one set: two tables that take turns. Private to store/.
 */
#ifndef STATGATE_STORE_SETS_H
#define STATGATE_STORE_SETS_H

#include "store/store_private.h"

bool sets_init(struct family_sets *sets, const struct catalog_family *family, struct held *held);
void sets_done(struct family_sets *sets, const struct memory *memory);

#endif
