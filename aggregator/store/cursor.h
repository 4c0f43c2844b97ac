/*
 * cursor.h - open walks over a family's order. Private to store/.
 */
#ifndef STATGATE_STORE_CURSOR_H
#define STATGATE_STORE_CURSOR_H

#include "store/store_private.h"

/* Move the family's open cursors past a series that is about to go. */
void cursor_step_past(struct store_family *sf, const struct series *series);

#endif
