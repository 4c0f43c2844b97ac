/*
 * slab.h - a family's slots of series, and the index from label ids to them. Private to store/.
 */
#ifndef STATGATE_STORE_SLAB_H
#define STATGATE_STORE_SLAB_H

#include "store/store_private.h"

/* `turn` is 0, or 1 for the second of two sets. The tables are in `object`; if that is NULL, they
 * end with the process. */
bool slab_init(struct store_family *sf, const struct catalog_family *family, unsigned turn,
               struct object *object, struct held *held);
void slab_done(struct store_family *sf, const struct memory *memory);
/* Bytes that the tables of all families of a set take in an object. */
uint64_t slabs_object_bytes(const struct catalog_set *set);
/* The slot of the series with these ids, or UINT32_MAX. */
uint32_t slab_find(const struct store_family *sf, const uint32_t *ids, uint64_t seed);
/* Take a free slot, zeroed except for generation and SERIES_IN_FRESH; UINT32_MAX when out of
 * memory.
 */
uint32_t slab_take(struct store_family *sf, struct held *held);
void slab_give(struct store_family *sf, uint32_t slot);
void slab_index_add(struct store_family *sf, uint32_t slot, uint64_t seed);
void slab_index_remove(struct store_family *sf, uint32_t slot, uint64_t seed);

#endif
