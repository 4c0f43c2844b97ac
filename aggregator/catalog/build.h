/*
 * build.h - functions that build a catalog, for the loader and for tests that need no file.
 *
 * The rest of the daemon reads catalogs through catalog.h. All functions here allocate from the
 * catalog's arena.
 */
#ifndef STATGATE_CATALOG_BUILD_H
#define STATGATE_CATALOG_BUILD_H

#include "catalog/catalog.h"

/** Make an empty catalog. NULL when out of memory. Free it with catalog_free. */
struct catalog *catalog_new(void);

/** A declared value, as exposed and as spelled on the wire; both texts are terminated. */
struct catalog_word {
    const char *text;
    const char *wire; /**< of a template: its key */
    size_t index;     /**< its position in the declared list, for messages */
};

/** Sort by text, byte by byte. */
void catalog_words_sort(struct catalog_word *words, size_t count);

/**
 * Set the declared values of a label. `words` are sorted, their texts and wire spellings unique.
 * They are copied only once, however many labels of the catalog have the same values. Sets values,
 * value_count, wire and, using the label's `max` (set before), bound. False when out of memory.
 */
bool catalog_label_set_values(struct catalog *catalog, struct catalog_label *label,
                              const struct catalog_word *words, size_t count);

/**
 * Compile a pattern, owned by the catalog; labels with the same source share one. NULL with a
 * message in ret_error.
 */
const struct pattern *catalog_pattern(struct catalog *catalog, const char *source,
                                      struct error *ret_error);

/** a + b, or UINT64_MAX instead of wrapping. */
uint64_t bound_add(uint64_t a, uint64_t b);
/** The same for a * b. */
uint64_t bound_product(uint64_t a, uint64_t b);

/**
 * Set body_words, combinations, bound, reserved and lines of a family whose labels, buckets,
 * quantiles, merge and states are set. `max_series` is the family's own limit, UINT64_MAX for none.
 * A family whose `reserved` is not below its bound cannot work: the loader refuses it.
 */
void catalog_family_count(struct catalog_family *family, uint64_t max_series);

/** How many series `zeros` creates: all combinations of declared values except `otherwise`. 0 if
 * the family has a pattern label. */
uint64_t catalog_family_zeros(const struct catalog_family *family);

#endif
