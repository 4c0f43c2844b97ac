/*
 * pool.h - values of a pattern label, interned while a series has them. Private to store/.
 */
#ifndef STATGATE_STORE_POOL_H
#define STATGATE_STORE_POOL_H

#include "store/store_private.h"

/* Ids begin after those of declared values; the ids of a pool of turn 1 begin after all of turn
 * 0. */
bool pool_init(struct label_pool *pool, const struct catalog_family *family, uint32_t label,
               unsigned turn, struct object *object, struct undo *undo, struct held *held);
void pool_done(struct label_pool *pool, const struct memory *memory);
/* Bytes of a full pool whose texts have the greatest length. */
uint64_t pool_bytes(const struct catalog_family *family, uint32_t label);
/* How many of these bytes are in the object. */
uint64_t pool_object_bytes(const struct catalog_family *family, uint32_t label);
/* The id of a live value, or -1. */
int64_t pool_find(const struct label_pool *pool, const char *text, size_t len, uint64_t seed);
/* Add a value without references, and return its id; -1 when out of memory. The value must not be
 * there yet, and the pool must not be full. */
int64_t pool_make(struct label_pool *pool, const char *text, size_t len, uint64_t seed,
                  struct held *held);
void pool_retain(struct label_pool *pool, uint32_t id);
/* Drop one reference; dropping the last one frees the value. */
void pool_release(struct label_pool *pool, uint32_t id);
/* Free a value if no series has it. */
void pool_drop_unused(struct label_pool *pool, uint32_t id);

#endif
