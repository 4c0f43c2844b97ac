/*
 * build.h - the pieces a catalog is made from; for the loader, and for tests that need no file.
 *
 * catalog.h is what the rest of the daemon reads. Everything here allocates from the catalog's
 * arena.
 */
#ifndef STATGATE_CATALOG_BUILD_H
#define STATGATE_CATALOG_BUILD_H

#include "catalog/catalog.h"

/** An empty catalog, or NULL when out of memory. Free with catalog_free. */
struct catalog *catalog_new(void);

/** A declared value: terminated text, as exposed and as the wire spells it. */
struct catalog_word {
    const char *text;
    const char *wire; /**< of a template its key */
    size_t index;     /**< where it stood in its list, for messages */
};

/** Order by text, byte by byte. */
void catalog_words_sort(struct catalog_word *words, size_t count);

/**
 * Give a label its values: `words` sorted, texts and wire spellings unique; copied once, however
 * many labels of the catalog have the same. Sets values, value_count, wire and, with the label's
 * `max` (set before), bound. False when out of memory.
 */
bool catalog_label_set_values(struct catalog *catalog, struct catalog_label *label,
                              const struct catalog_word *words, size_t count);

/**
 * A pattern owned by the catalog; labels with the same source share one. NULL with a message in
 * ret_error.
 */
const struct pattern *catalog_pattern(struct catalog *catalog, const char *source,
                                      struct error *ret_error);

/** a + b, or UINT64_MAX instead of wrapping. */
uint64_t bound_add(uint64_t a, uint64_t b);

/**
 * Set body_words, combinations, bound, reserved and lines of a family whose labels, buckets,
 * quantiles, merge and states are set.
 * `max_series` is the family's own limit, UINT64_MAX for none. A family whose reserved is not below
 * its bound can't work: the loader refuses it.
 */
void catalog_family_count(struct catalog_family *family, uint64_t max_series);

/** How many series `zeros` creates: all combinations of declared values except otherwise. 0 with a
 * pattern label. */
uint64_t catalog_family_zeros(const struct catalog_family *family);

#endif
