/*
 * tag_table.h - which tags lead to which breaker: the content of a page without the states.
 */
#ifndef STATGATE_BREAKER_PAGE_TAG_TABLE_H
#define STATGATE_BREAKER_PAGE_TAG_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/memory.h"
#include "machines/machines.h"
#include "sg_breaker_page.h"

/** Slots are numbered from 1; 0 is none. */
struct tag_table {
    uint64_t tags[SG_BREAKER_PAGE_SLOTS];
    uint16_t next[SG_BREAKER_PAGE_SLOTS]; /**< the next slot of the same breaker */
    const struct memory *memory;
    uint16_t *first; /**< first slot of each breaker */
    size_t breakers; /**< number of all the machines' breakers, those of other scopes included */
    size_t used;
    size_t left_out;
};

/**
 * Make tags for the breakers that a scope can reach. Each breaker gets the tag of its declared name
 * and labels; then other spellings that a line may have get tags, up to
 * SG_BREAKER_PAGE_ENTRIES_MAX: aliases, labels with their default left out, the label `service`.
 * False when out of memory.
 */
bool tag_table_init(struct tag_table *table, const struct memory *memory, uint32_t scope,
                    const struct catalog_set *set, const struct machines *machines);
void tag_table_done(struct tag_table *table);

#endif
