/*
 * names.h - finds the families that a name in a line may mean. Private to gate/.
 */
#ifndef STATGATE_GATE_NAMES_H
#define STATGATE_GATE_NAMES_H

#include "base/memory.h"
#include "base/slots.h"
#include "catalog/catalog.h"
#include "gate/origin.h"
#include "sg_proto.h"

/* The name alone does not select an item of a series. */
enum { ITEM_BY_LABEL = UINT8_MAX };

struct name_entry {
    gate_scope scope;
    const char *name;
    uint32_t len;
    uint8_t item; /* RELAYED_SUM or RELAYED_COUNT; ITEM_BY_LABEL for all other names */
    const struct catalog_family *family;
    const struct name_entry *same; /* another family with this name in this scope: ambiguous */
};

struct gate_names {
    const struct memory *memory;
    char *relayed; /* texts of the names ending in `_sum` and `_count`, which no catalog holds */
    struct name_entry *entries;
    size_t count;
    struct bare_slots slots;
    uint64_t seed;
};

bool names_init(struct gate_names *names, const struct memory *memory,
                const struct catalog_set *set, uint64_t seed);
void names_done(struct gate_names *names);
/* Memory of the table for a set. */
uint64_t names_bytes(const struct catalog_set *set);
/* The first family of this name in the scope; `same` leads to the others. NULL if there is none.
 * *ret_hash is the seeded hash used to look for it. */
const struct name_entry *names_find(const struct gate_names *names, gate_scope scope,
                                    struct sg_span name, uint64_t *ret_hash);

#endif
