/*
 * cursor_private.h - the cursors that are open on a family's order. Private to store/.
 */
#ifndef STATGATE_STORE_CURSOR_PRIVATE_H
#define STATGATE_STORE_CURSOR_PRIVATE_H

#include "store/cursor.h"
#include "store/store_private.h"

/* Move the family's open cursors past a series that is about to end. */
void cursor_step_past(struct store_family *sf, const struct series *series);

#endif
