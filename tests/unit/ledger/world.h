/* SPDX-License-Identifier: MIT */
/* world.h - catalogs from text, an object in this process, and a ledger in it. */
#ifndef STATGATE_TEST_LEDGER_WORLD_H
#define STATGATE_TEST_LEDGER_WORLD_H

#include "base/strbuf.h"
#include "ledger/ledger.h"
#include "region.h"

enum { WORLD_SERVICES = 2 };

struct world {
    struct catalog_set set;
    struct region region;
    struct object *object;
    struct ledger *ledger;
};

/* The services "alpha" (families a_total with the labels x and y, and b) and "beta" (c_total). */
void world_init(struct world *world);
/* Without "beta" if `count` is 1. */
void world_init_with(struct world *world, size_t count);
void world_done(struct world *world);

const struct catalog_family *world_family(const struct world *world, const char *name);
const struct sender *world_sender(const struct world *world, int32_t pid, int64_t at_ms);

/* A copy of the object as the next process finds it; free it with world_drop. */
unsigned char *world_copy(const struct world *world);
void world_drop(const struct world *world, unsigned char *copy);
/* Takes over the ledger from a copy of the object of `from`; changes the copy. False when out of
 * memory. */
void world_restore(struct world *world, const struct world *from, unsigned char *copy);

/* The same with a clean object, at another time. */
void world_restore_at(struct world *world, const struct world *from, unsigned char *copy,
                      const struct image_host *here);

/* See ledger_private.h. */
void world_dump(const struct world *world, struct strbuf *ret_text);
void world_expect_closed(const struct world *world);

#endif
