/* Maps names in lines to families, by socket scope; aliases and the names of relayed summaries are
 * included. Built once. */
#include <stdio.h>
#include <string.h>

#include "base/hash.h"
#include "base/heap.h"
#include "gate/names.h"
#include "store/store.h"

static uint64_t name_hash(const struct gate_names *names, gate_scope scope, const char *name,
                          size_t len) {
    return hash_bytes(name, len, names->seed + scope);
}

static void add(struct gate_names *names, gate_scope scope, const char *name, uint8_t item,
                const struct catalog_family *family) {
    struct name_entry *entry = &names->entries[names->count++];
    *entry = (struct name_entry){.scope = scope,
                                 .name = name,
                                 .len = (uint32_t)strlen(name),
                                 .item = item,
                                 .family = family};
    const uint32_t hash = (uint32_t)name_hash(names, scope, name, entry->len);
    uint32_t at = hash;
    uint32_t row;
    while ((row = bare_slots_next(&names->slots, &at)) != SLOTS_NONE) {
        struct name_entry *other = &names->entries[row];
        if (other->scope == scope && other->len == entry->len &&
            memcmp(other->name, name, entry->len) == 0) {
            entry->same = other->same;
            other->same = entry;
            return;
        }
    }
    bare_slots_add(&names->slots, hash, (uint32_t)names->count - 1);
}

static size_t relayed_size(const struct catalog_family *family) {
    return strlen(family->name) + sizeof "_count";
}

/* Add the two further names of a relayed summary, with `_sum` and `_count`. They are written to
 * `room`; returns their end. */
static char *add_relayed(struct gate_names *names, gate_scope scope,
                         const struct catalog_family *family, char *room) {
    static const char *const suffixes[] = {[RELAYED_SUM] = "_sum", [RELAYED_COUNT] = "_count"};
    const size_t size = relayed_size(family);
    for (int item = 0; item < RELAYED_QUANTILES; item++, room += size) {
        (void)snprintf(room, size, "%s%s", family->name, suffixes[item]);
        add(names, scope, room, (uint8_t)item, family);
    }
    return room;
}

static size_t relayed_bytes(const struct catalog_set *set) {
    size_t bytes = 0;
    for (size_t i = 0; i < set->family_count; i++)
        if (family_is_relayed(set->families[i]))
            bytes += RELAYED_QUANTILES * relayed_size(set->families[i]);
    return bytes;
}

/* The most names that the set can have, and the slots needed for them. */
static size_t count_names(const struct catalog_set *set, size_t *ret_capacity) {
    enum { NAMES_OF_RELAYED = 3 };
    size_t total = 0;
    for (size_t i = 0; i < set->family_count; i++)
        total += NAMES_OF_RELAYED + set->families[i]->alias_count;
    size_t capacity = 16;
    while (capacity < total * 2)
        capacity *= 2;
    *ret_capacity = capacity;
    return total;
}

uint64_t names_bytes(const struct catalog_set *set) {
    size_t capacity;
    const size_t total = count_names(set, &capacity);
    return heap_bytes((total + 1) * sizeof(struct name_entry)) +
           heap_bytes(capacity * BARE_SLOTS_CELL_BYTES) + heap_bytes(relayed_bytes(set));
}

bool names_init(struct gate_names *names, const struct memory *memory,
                const struct catalog_set *set, uint64_t seed) {
    size_t capacity;
    const size_t total = count_names(set, &capacity);
    *names = (struct gate_names){.memory = memory, .seed = seed};
    names->entries = memory_array(memory, total + 1, sizeof *names->entries);
    names->relayed = memory_alloc(memory, relayed_bytes(set));
    names->slots.cells = memory_array(memory, capacity, BARE_SLOTS_CELL_BYTES);
    names->slots.mask = (uint32_t)(capacity - 1);
    if (names->entries == NULL || names->relayed == NULL || names->slots.cells == NULL) {
        names_done(names);
        return false;
    }
    char *room = names->relayed;
    for (size_t i = 0; i < set->family_count; i++) {
        const struct catalog_family *family = set->families[i];
        if (family->catalog->internal)
            continue;
        const gate_scope scope = gate_scope_of(family->catalog);
        add(names, scope, family->name, ITEM_BY_LABEL, family);
        for (size_t j = 0; j < family->alias_count; j++)
            add(names, scope, family->aliases[j], ITEM_BY_LABEL, family);
        if (family_is_relayed(family))
            room = add_relayed(names, scope, family, room);
    }
    return true;
}

void names_done(struct gate_names *names) {
    if (names->memory == NULL)
        return;
    memory_release(names->memory, names->entries);
    memory_release(names->memory, names->relayed);
    bare_slots_done(&names->slots, names->memory);
    *names = (struct gate_names){0};
}

const struct name_entry *names_find(const struct gate_names *names, gate_scope scope,
                                    struct sg_span name, uint64_t *ret_hash) {
    *ret_hash = name_hash(names, scope, name.at, name.len);
    uint32_t at = (uint32_t)*ret_hash;
    uint32_t row;
    while ((row = bare_slots_next(&names->slots, &at)) != SLOTS_NONE) {
        const struct name_entry *entry = &names->entries[row];
        if (entry->scope == scope && entry->len == name.len &&
            memcmp(entry->name, name.at, name.len) == 0)
            return entry;
    }
    return NULL;
}
