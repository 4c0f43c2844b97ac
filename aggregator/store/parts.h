/*
 * parts.h - what processes own of series: the table of parts, its index and the lists through it. Private to store/.
 */
#ifndef STATGATE_STORE_PARTS_H
#define STATGATE_STORE_PARTS_H

#include "store/store_private.h"

/* The table is as large as the set's owned families can ever need, PARTS_MAX at most. */
bool parts_init(struct store *store, struct object *object);
void parts_done(struct store *store);
uint32_t parts_most(const struct catalog_set *set);
uint64_t parts_bytes(const struct catalog_set *set);
uint64_t parts_object_bytes(const struct catalog_set *set);
/* The part of this owner, or NULL. `series` is any one of an info family. */
struct part *part_find(const struct store *store, const struct catalog_family *family,
                       const struct series *series, owner_id owner);
/* Make one that is not there yet, of value 0, first in both lists. NULL: the table is full (which
 * is counted), or the owner does not live. */
struct part *part_make(struct store *store, const struct catalog_family *family,
                       struct series *series, owner_id owner);
/* The same for an owner that may have ended. */
struct part *part_make_for(struct store *store, const struct catalog_family *family,
                           struct series *series, struct owner *owner);
void part_free(struct store *store, struct part *part);
/* Make it the first of its anchor, `series` its series from now on. */
void part_move(struct store *store, struct part *part, struct series *series);
/* Give it to another live owner; false: that one does not live. */
bool part_hand_over(struct store *store, struct part *part, owner_id owner);
/* Free all parts of a series that lives no more. Returns how many. */
size_t parts_release(struct store *store, struct series *series);
/* An info family shows the latest of its parts. */
void parts_show_latest(struct store *store, const struct catalog_family *family);

#endif
