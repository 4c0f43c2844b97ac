/*
 * render_cache.h - texts of series, kept from one exposition to the next: the name and the labels up to the number, and
 * the number itself where it takes long to write.
 *
 * A cache and only a cache: expositions are the same with and without it. A text belongs to a place of a family and
 * the generation of the series there, so it ends with its series; both formats share it. It depends on the constant
 * labels of the page: pages with different ones have their own.
 *
 * It is one piece of memory, made at the start. When it is full nothing is evicted for a new text, so a page
 * larger than the cache still finds part of its texts. Room comes only from series that ended and from texts
 * unused for five minutes. Families of queries have none: all of their series are new with each run. Nor has
 * a family whose bound is so large that its index would take the index beyond a quarter of the memory.
 */
#ifndef STATGATE_VIEW_RENDER_CACHE_H
#define STATGATE_VIEW_RENDER_CACHE_H

#include <stdint.h>

#include "base/memory.h"
#include "endpoint/endpoint.h"
#include "store/store.h"

struct render_cache;

/** Within `limit` bytes, itself included; less where the catalogs need less. Set and endpoints are borrowed. NULL: out
 * of memory, or the limit is too small to keep anything. */
struct render_cache *render_cache_new(const struct memory *memory, const struct catalog_set *set,
                                      const struct endpoints *endpoints, uint64_t limit);
/** NULL is fine. */
void render_cache_free(struct render_cache *cache);
/** What such a cache takes when it is full. */
uint64_t render_cache_bytes(const struct catalog_set *set, const struct endpoints *endpoints,
                            uint64_t limit);

/** How many texts are kept. Looks at all of the cache. */
uint64_t render_cache_count(const struct render_cache *cache);

/* ---- for frame.c ---- */

enum {
    RENDER_TEXT_UNIT = 16, /**< bytes */
    RENDER_TEXT_UNITS =
        64, /**< the most that is kept of a series: its text and what is beside it */
    RENDER_TEXT_SLACK = 64, /**< so many bytes behind a text may be read */
    RENDER_NO_NUMBER = 255  /**< number_len of a text without room for a number */
};

/** What is kept of a series. */
struct render_text {
    const struct series *series; /* NULL: free */
    uint32_t generation;
    uint32_t at; /* in the index */
    uint32_t
        other; /* of the same place: a text with other constants; of a free one: the next free one */
    uint16_t len;
    uint8_t constants;  /* whose constants it has */
    uint8_t number_len; /* 0: none was written yet */
    char text[];
};

/** A number that was written before. */
struct render_number {
    double value;
    char text[24];
};

/** Its number, if number_len is not RENDER_NO_NUMBER. */
static inline struct render_number *render_text_number(struct render_text *kept) {
    const size_t behind = (sizeof *kept + kept->len + sizeof(double) - 1) / sizeof(double);
    return (struct render_number *)(void *)((double *)(void *)kept + behind);
}

/** The texts of one family on one page. */
struct render_walk {
    struct render_cache *cache; /* NULL: nothing is kept */
    uint32_t first;             /* of the family in the index */
    uint8_t constants;
};

/** NULL is fine as cache. */
struct render_walk render_cache_walk(struct render_cache *cache,
                                     const struct catalog_family *family,
                                     const struct endpoint_page *page);
/** Once in each slice, before its first series: room is made. */
void render_cache_tidy(struct render_cache *cache, struct store_time now);

/** The text of the series at this place, or NULL. */
struct render_text *render_cache_find(const struct render_walk *walk, uint32_t place,
                                      const struct series *series);
/** Prefetch: the text of this place is asked for next; 0: none. */
void render_cache_expect(const struct render_walk *walk, uint32_t place);
/** Keep the text of a series that has none, with room for a number or not. No room: nothing happens. */
void render_cache_add(const struct render_walk *walk, uint32_t place, const struct series *series,
                      const char *text, size_t len, bool has_number);

#endif
