/*
 * pool.h - values of a pattern label, interned while a series bears them. Private to store/.
 */
#ifndef STATGATE_STORE_POOL_H
#define STATGATE_STORE_POOL_H

#include "store/store_private.h"

/* Ids begin behind those of declared values; those of a pool of turn 1 behind all of turn 0. */
bool pool_init(struct label_pool *pool, const struct catalog_family *family, uint32_t label,
               unsigned turn, struct object *object, struct undo *undo, struct held *held);
void pool_done(struct label_pool *pool, const struct memory *memory);
/* What a full pool takes, its texts as long as they may be. */
uint64_t pool_bytes(const struct catalog_family *family, uint32_t label);
/* What of that is in the object. */
uint64_t pool_object_bytes(const struct catalog_family *family, uint32_t label);
/* The id of a live value, or -1. */
int64_t pool_find(const struct label_pool *pool, const char *text, size_t len, uint64_t seed);
/* Make a value (it is not there, the pool not full) without references; -1 when out of memory. */
int64_t pool_make(struct label_pool *pool, const char *text, size_t len, uint64_t seed,
                  struct held *held);
void pool_retain(struct label_pool *pool, uint32_t id);
/* Give back one reference; the last frees the value. */
void pool_release(struct label_pool *pool, uint32_t id);
/* Free a value that no series bears. */
void pool_drop_unused(struct label_pool *pool, uint32_t id);

#endif
