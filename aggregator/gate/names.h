/*
 * names.h - names on the wire to the families that they may mean. Private to gate/.
 */
#ifndef STATGATE_GATE_NAMES_H
#define STATGATE_GATE_NAMES_H

#include "base/memory.h"
#include "base/slots.h"
#include "catalog/catalog.h"
#include "gate/origin.h"
#include "sg_proto.h"

/* The name alone does not say which item of a series is meant. */
enum { ITEM_BY_LABEL = UINT8_MAX };

struct name_entry {
    gate_scope scope;
    const char *name;
    uint32_t len;
    uint8_t item; /* RELAYED_SUM, RELAYED_COUNT; ITEM_BY_LABEL for all other names */
    const struct catalog_family *family;
    const struct name_entry *same; /* another family of this name in this scope: ambiguous */
};

struct gate_names {
    const struct memory *memory;
    char *relayed; /* the texts of `_sum` and `_count` names, which are in no catalog */
    struct name_entry *entries;
    size_t count;
    struct bare_slots slots;
    uint64_t seed;
};

bool names_init(struct gate_names *names, const struct memory *memory,
                const struct catalog_set *set, uint64_t seed);
void names_done(struct gate_names *names);
/* Memory of the table for this set. */
uint64_t names_bytes(const struct catalog_set *set);
/* The first family of this name in the scope, others by `same`; NULL when there is none. *ret_hash is the seeded hash by
 * which it was looked for. */
const struct name_entry *names_find(const struct gate_names *names, gate_scope scope,
                                    struct sg_span name, uint64_t *ret_hash);

#endif
