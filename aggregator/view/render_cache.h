/*
 * render_cache.h - texts of series, kept from one exposition to the next: the name and the labels
 * up to the number, and the number itself if it takes long to write.
 *
 * Expositions are the same with and without this cache. A text belongs to a place of a family and
 * the generation of the series there, so it ends with its series; both formats share it. It depends
 * on the constant labels of the page: pages with different ones have separate texts.
 *
 * The cache is one block of memory, allocated at the start. When it is full, no text is evicted for
 * a new one, so a page larger than the cache still finds part of its texts. Room becomes free only
 * when a series ends or a text is not used for five minutes. Not kept are texts of families of
 * queries, because all their series are new with each run, and of a family whose bound is so large
 * that the index would exceed a quarter of the memory.
 */
#ifndef STATGATE_VIEW_RENDER_CACHE_H
#define STATGATE_VIEW_RENDER_CACHE_H

#include <stdint.h>

#include "base/memory.h"
#include "endpoint/endpoint.h"
#include "store/store.h"

struct render_cache;

/** Make a cache of at most `limit` bytes in all, or fewer if the catalogs need fewer. Set and
 * endpoints are borrowed. NULL: out of memory, or the limit is too small to keep anything. */
struct render_cache *render_cache_new(const struct memory *memory, const struct catalog_set *set,
                                      const struct endpoints *endpoints, uint64_t limit);
/** `cache` may be NULL. */
void render_cache_free(struct render_cache *cache);
/** Bytes of such a cache when it is full. */
uint64_t render_cache_bytes(const struct catalog_set *set, const struct endpoints *endpoints,
                            uint64_t limit);

/** How many texts are kept. Walks the whole cache. */
uint64_t render_cache_count(const struct render_cache *cache);

/* ---- for frame.c ---- */

enum {
    RENDER_TEXT_UNIT = 16, /**< bytes */
    RENDER_TEXT_UNITS =
        64, /**< the most that is kept of a series: struct render_text, text and number */
    RENDER_TEXT_SLACK = 64, /**< how many bytes beyond a text may be read */
    RENDER_NO_NUMBER = 255  /**< number_len of a text without room for a number */
};

/** The kept text of a series. */
struct render_text {
    const struct series *series; /* NULL: free */
    uint32_t generation;
    uint32_t at;    /* its position in the index */
    uint32_t other; /* a text of the same place with other constants; if free: the next free text */
    uint16_t len;
    uint8_t constants;  /* which set of constant labels it has */
    uint8_t number_len; /* 0: no number was written yet */
    char text[];
};

/** A number and its text, from an earlier exposition. */
struct render_number {
    double value;
    char text[24];
};

/** The number kept with a text, if number_len is not RENDER_NO_NUMBER. */
static inline struct render_number *render_text_number(struct render_text *kept) {
    const size_t behind = (sizeof *kept + kept->len + sizeof(double) - 1) / sizeof(double);
    return (struct render_number *)(void *)((double *)(void *)kept + behind);
}

/** The texts of one family on one page. */
struct render_walk {
    struct render_cache *cache; /* NULL: nothing is kept */
    uint32_t first;             /* the family's first position in the index */
    uint8_t constants;
};

/** `cache` may be NULL. */
struct render_walk render_cache_walk(struct render_cache *cache,
                                     const struct catalog_family *family,
                                     const struct endpoint_page *page);
/** Free texts that are no longer used. Call it once in each step, before its first series. */
void render_cache_tidy(struct render_cache *cache, struct store_time now);

/** The text of the series at this place, or NULL. */
struct render_text *render_cache_find(const struct render_walk *walk, uint32_t place,
                                      const struct series *series);
/** Prefetch the text of the place that will be looked up next; 0: none. */
void render_cache_expect(const struct render_walk *walk, uint32_t place);
/** Keep the text of a series that has none yet, with room for a number if has_number. Does nothing
 * if the cache is full. */
void render_cache_add(const struct render_walk *walk, uint32_t place, const struct series *series,
                      const char *text, size_t len, bool has_number);

#endif
