/*
 * derive.h - the part that attempts and jobs share: a machine, and the families derived from it.
 * Private to loader/.
 */
#ifndef STATGATE_LOADER_DERIVE_H
#define STATGATE_LOADER_DERIVE_H

#include "loader/load.h"

/** A family that a declaration of `attempts` or `jobs` can show. */
struct derive_part {
    const char *key; /**< in `names` and `help`; the end of the default name */
    enum family_kind kind;
    bool zeros;
    const char *help;                  /**< used if the file has none */
    const char *missing;               /**< why it cannot be shown, for messages; NULL: it can */
    const struct catalog_label *extra; /**< a label in addition to the declaration's; may be NULL */
    const double *buckets;             /**< histogram */
    uint32_t bucket_count;
    const struct catalog_family **slot; /**< receives the family, or stays NULL */
};

/** A declaration that is being turned into families. */
struct derive {
    struct load *load;
    json_t *object;
    const struct jsondoc_place *place;
    struct catalog_family *machine;
    struct derive_part *parts;
    size_t part_count;
};

/** Give a label these values, in any order. Returns false when out of memory. */
bool derive_label(const struct load *load, struct catalog_label *label, const char *name,
                  const char *const *words, size_t count);
/** Read the machine's own keys (labels, group and aliases), and compute its bound. `section` is
 * "attempts" or "jobs", `name` the key there. */
struct catalog_family *derive_machine(struct load *load, const char *section, const char *name,
                                      enum family_kind kind, json_t *object,
                                      const struct jsondoc_place *place);
/** Check that the keys "names" and "help" refer to parts that are shown. */
bool derive_check(const struct derive *derive);
/** True if this part cannot be shown, or `names` hides it. */
bool derive_is_hidden(const struct derive *derive, const struct derive_part *part);
/** Add a family for each part that is shown. Call after derive_check. */
bool derive_families(const struct derive *derive);

#endif
