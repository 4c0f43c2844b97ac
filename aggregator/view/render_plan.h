/*
 * render_plan.h - the size of the render cache. Private to view/.
 */
#ifndef STATGATE_VIEW_RENDER_PLAN_H
#define STATGATE_VIEW_RENDER_PLAN_H

#include "view/render_cache.h"

enum { RENDER_CHUNK_BYTES = 4096 };

/** In place of a position: the family is not in the index. */
#define RENDER_NOT_KEPT UINT32_MAX

struct render_plan {
    uint64_t bytes;  /**< in all; 0: nothing can be kept */
    uint32_t places; /**< positions of the index */
    uint32_t chunks;
};

/** Plan a cache of at most `limit` bytes that takes `fixed` bytes for itself and `beside` bytes for
 * each chunk. It is as large as all texts of the endpoints would be if no character of them had to
 * be escaped. */
struct render_plan render_plan_make(const struct catalog_set *set,
                                    const struct endpoints *endpoints, uint64_t fixed,
                                    uint64_t beside, uint64_t limit);
/** Set ret_firsts, by the family's index in the set, to the first position of each family in an
 * index of `places` positions, or to RENDER_NOT_KEPT. Returns how many positions are used. */
uint32_t render_plan_fill(const struct catalog_set *set, uint64_t places, uint32_t *ret_firsts);

/** How many units of RENDER_TEXT_UNIT bytes a text takes. */
static inline size_t render_text_units(size_t len, bool has_number) {
    size_t bytes = sizeof(struct render_text) + len;
    if (has_number)
        bytes = (bytes + sizeof(double) - 1) / sizeof(double) * sizeof(double) +
                sizeof(struct render_number);
    return (bytes + RENDER_TEXT_UNIT - 1) / RENDER_TEXT_UNIT;
}

#endif
