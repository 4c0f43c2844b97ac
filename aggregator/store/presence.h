/*
 * presence.h - which series of a family exist before any sample. Private to store/.
 */
#ifndef STATGATE_STORE_PRESENCE_H
#define STATGATE_STORE_PRESENCE_H

#include "store/store_private.h"

/* Whether the family has such series. If so, none of its labels has a pattern. */
static inline bool presence_from_start(const struct catalog_family *family) {
    if (family->source == SOURCE_QUERY)
        return false; /* no row, no series */
    bool labelled = false;
    for (uint32_t i = 0; i < family->label_count; i++) {
        if (family->labels[i].kind == LABEL_PATTERN)
            return false;
        labelled |= family->labels[i].kind != LABEL_CONST;
    }
    const enum kind_start starts = family->kind->starts;
    return family->zeros || starts == STARTS_WITH_ALL || (!labelled && starts == STARTS_AT_ZERO);
}

/* Whether such series have this label value: `otherwise` only if the kind starts with all
 * series. */
static inline bool presence_has_value(const struct catalog_family *family, uint32_t label,
                                      uint32_t id) {
    const struct catalog_label *declared = &family->labels[label];
    return declared->kind == LABEL_CONST || family->kind->starts == STARTS_WITH_ALL ||
           (int64_t)id != declared->otherwise;
}

/* Whether the series with these label ids exists before any sample. */
static inline bool presence_has(const struct catalog_family *family, const uint32_t *ids) {
    bool has = presence_from_start(family);
    for (uint32_t i = 0; i < family->label_count; i++)
        has = has && presence_has_value(family, i, ids[i]);
    return has;
}

#endif
