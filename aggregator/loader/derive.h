/*
 * derive.h - what attempts and jobs have in common: a machine, and the families derived from it. Private to loader/.
 */
#ifndef STATGATE_LOADER_DERIVE_H
#define STATGATE_LOADER_DERIVE_H

#include "loader/load.h"

/** A family that a declaration of `attempts` or `jobs` can show. */
struct derive_part {
    const char *key; /**< in `names` and `help`; the end of the default name */
    enum family_kind kind;
    bool zeros;
    const char *help;                  /**< unless the file has one */
    const char *missing;               /**< why it is not shown, for messages; NULL: it is */
    const struct catalog_label *extra; /**< beside those of the declaration; may be NULL */
    const double *buckets;             /**< histogram */
    uint32_t bucket_count;
    const struct catalog_family **slot; /**< gets the family, or stays NULL */
};

/** A declaration on its way to its families. */
struct derive {
    struct load *load;
    json_t *object;
    const struct jsondoc_place *place;
    struct catalog_family *machine;
    struct derive_part *parts;
    size_t part_count;
};

/** A label with these values, in any order. False when out of memory. */
bool derive_label(const struct load *load, struct catalog_label *label, const char *name,
                  const char *const *words, size_t count);
/** The machine's own keys: labels, group and aliases; and its bound. `section` is "attempts" or
 * "jobs", `name` the key there. */
struct catalog_family *derive_machine(struct load *load, const char *section, const char *name,
                                      enum family_kind kind, json_t *object,
                                      const struct jsondoc_place *place);
/** The keys "names" and "help" speak of parts that are shown. */
bool derive_check(const struct derive *derive);
/** True when this part is not there, or `names` says that it is not shown. */
bool derive_is_hidden(const struct derive *derive, const struct derive_part *part);
/** All parts that are shown, after derive_check. */
bool derive_families(const struct derive *derive);

#endif
