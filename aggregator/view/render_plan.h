/*
 * render_plan.h - how large a cache of texts is made. Private to view/.
 */
#ifndef STATGATE_VIEW_RENDER_PLAN_H
#define STATGATE_VIEW_RENDER_PLAN_H

#include "view/render_cache.h"

enum { RENDER_CHUNK_BYTES = 4096 };

/** A family that has no place in the index. */
#define RENDER_NOT_KEPT UINT32_MAX

struct render_plan {
    uint64_t bytes;  /**< in all; 0: nothing can be kept */
    uint32_t places; /**< of the index */
    uint32_t chunks;
};

/** Within `limit`, for a cache with `fixed` bytes of its own and `beside` bytes for each chunk. As large as all
 * texts of the endpoints would be that have nothing to escape. */
struct render_plan render_plan_make(const struct catalog_set *set,
                                    const struct endpoints *endpoints, uint64_t fixed,
                                    uint64_t beside, uint64_t limit);
/** Where each family begins in an index of so many places, by its index in the set, or RENDER_NOT_KEPT. Returns
 * how many places are used. */
uint32_t render_plan_fill(const struct catalog_set *set, uint64_t places, uint32_t *ret_firsts);

/** What a text takes. */
static inline size_t render_text_units(size_t len, bool has_number) {
    size_t bytes = sizeof(struct render_text) + len;
    if (has_number)
        bytes = (bytes + sizeof(double) - 1) / sizeof(double) * sizeof(double) +
                sizeof(struct render_number);
    return (bytes + RENDER_TEXT_UNIT - 1) / RENDER_TEXT_UNIT;
}

#endif
