/*
 * parts.h - values that processes own: the table of parts, its index and the lists through it.
 * Private to store/.
 */
#ifndef STATGATE_STORE_PARTS_H
#define STATGATE_STORE_PARTS_H

#include "store/owners.h"
#include "store/store_private.h"

/* Make a table as large as the set's owned families can ever need, at most PARTS_MAX parts. */
bool parts_init(struct store *store, struct object *object);
void parts_done(struct store *store);
uint32_t parts_most(const struct catalog_set *set);
uint64_t parts_bytes(const struct catalog_set *set);
uint64_t parts_object_bytes(const struct catalog_set *set);
/* Whether one more part can be made. */
bool parts_have_room(const struct store *store);
/* The part of this owner, or NULL. For an info family, `series` may be any of its series. */
struct part *part_find(const struct store *store, const struct catalog_family *family,
                       const struct series *series, owner_id owner);
/* The value of one of the series' parts, whether it is kept in the series or in the part. */
double part_value(const struct store *store, const struct series *series, const struct part *part);
/* Move the part's value back from the series into the part, if it is kept in the series. The part
 * needs no undo note: as long as the series names the part, the value in the series is the one that
 * counts. */
void part_settle(const struct store *store, struct series *series, struct part *part);
/* Make a part that does not exist yet, with value 0, and link it first in both lists. NULL: the
 * table is full (which is counted), or the owner is not live. */
struct part *part_make(struct store *store, const struct catalog_family *family,
                       struct series *series, owner_id owner);
/* The same for an owner that may have ended. */
struct part *part_make_for(struct store *store, const struct catalog_family *family,
                           struct series *series, struct owner *owner);
void part_free(struct store *store, struct part *part);
/* Make a part the first in the list of its anchor; it now belongs to `series`. */
void part_move(struct store *store, struct part *part, struct series *series);
/* Give a part to another owner. False: that owner is not live. */
bool part_hand_over(struct store *store, struct part *part, owner_id owner);
/* Free all parts of a series that is not live any more. Returns how many. */
size_t parts_release(struct store *store, struct series *series);
/* Have an info family show the series of its latest part. */
void parts_show_latest(struct store *store, const struct catalog_family *family);

#endif
