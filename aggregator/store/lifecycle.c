/* Making and freeing a store: tables for every family, series that exist from the start. */
#include "store/cursor.h"
#include "store/store.h"

#include "store/expire.h"
#include "store/kinds.h"
#include "store/parts.h"
#include "store/presence.h"
#include "store/sets_private.h"
#include "store/slab.h"
#include "store/window.h"

/* Reverse the fresh list of series that were made in order: settling takes series from its end, and
 * inserting is cheapest at the end of the order. */
static void settle_in_order(struct store *store, const struct catalog_family *family) {
    struct store_family *sf = store_family(store, family);
    for (uint32_t i = 0; i < sf->fresh_count / 2; i++) {
        const uint32_t other = sf->fresh_count - 1 - i;
        const uint32_t slot = sf->fresh[i];
        sf->fresh[i] = sf->fresh[other];
        sf->fresh[other] = slot;
    }
    size_t budget = SIZE_MAX;
    (void)store_settle(store, family, &budget);
}

/* Make the series of every combination of declared values in sorted order: the last label changes
 * fastest. */
static bool create_all(struct store *store, const struct catalog_family *family,
                       struct store_time now) {
    struct store_label labels[LABELS_MAX] = {{0}};
    const uint32_t count = family->label_count;
    for (;;) {
        bool wanted = true;
        for (uint32_t i = 0; i < count; i++)
            wanted &= presence_has_value(family, i, (uint32_t)labels[i].id);
        const struct series *series;
        int label;
        if (wanted) {
            if (store_series(store, family, labels, now, &series, &label) != STORE_FOUND)
                return false;
            if (family_is_owned(family))
                series_writable(series)->flags |= SERIES_STAYS;
            undo_commit(store->undo);
        }
        uint32_t i = count;
        while (i > 0) {
            i--;
            if (++labels[i].id < (int32_t)family->labels[i].value_count)
                break;
            labels[i].id = 0;
            if (i == 0)
                return true;
        }
        if (count == 0)
            return true;
    }
}

/* Make tables for all families. False when out of memory; store_free frees those already made. */
static bool make_tables(struct store *store, struct object *object) {
    const struct catalog_set *set = store->set;
    struct held *held = &store->held;
    size_t queried = 0;
    for (size_t i = 0; i < set->family_count; i++)
        queried += set->families[i]->source == SOURCE_QUERY;
    const size_t plain = set->family_count - queried;
    store->families = held_array(held, set->family_count + 1, sizeof(*store->families));
    store->tables = held_array(held, plain + 1, sizeof *store->tables);
    store->sets = held_array(held, queried + 1, sizeof *store->sets);
    store->services = held_array(held, set->count + 1, sizeof *store->services);
    if (store->families == NULL || store->tables == NULL || store->sets == NULL ||
        store->services == NULL)
        return false;
    struct store_family *table = store->tables;
    struct family_sets *sets = store->sets;
    for (size_t i = 0; i < set->family_count; i++) {
        const struct catalog_family *family = set->families[i];
        if (family->source == SOURCE_QUERY) {
            store->families[i] = &sets->nothing;
            if (!sets_init(sets++, family, held))
                return false;
        } else {
            store->families[i] = table;
            if (!slab_init(table, family, 0, object, held))
                return false;
            expire_enlist(store, table++);
        }
    }
    return true;
}

struct store *store_new(const struct memory *memory, struct object *object,
                        const struct catalog_set *set, uint64_t seed, struct store_time now) {
    struct store *store = memory_alloc(memory, sizeof *store);
    if (store == NULL)
        return NULL;
    store->held = (struct held){.memory = memory, .bytes = sizeof *store};
    store->undo = object_undo(object);
    store->set = set;
    store->kinds = store_kinds;
    store->seed = seed;
    if (!make_tables(store, object) || !parts_init(store, object) || !windows_init(store, object))
        goto fail;
    for (size_t i = 0; i < set->family_count; i++) {
        const struct catalog_family *family = set->families[i];
        if (!presence_from_start(family))
            continue;
        if (!create_all(store, family, now))
            goto fail;
        settle_in_order(store, family);
    }
    return store;
fail:
    store_free(store);
    return NULL;
}

static void close_family(struct store *store, struct store_family *sf) {
    if (sf == NULL) /* out of memory before it was made */
        return;
    if (sf->sets != NULL) {
        sets_done(sf->sets, store->held.memory);
        return;
    }
    slab_done(sf, store->held.memory);
}

void store_free(struct store *store) {
    if (store == NULL)
        return;
    if (store->families != NULL)
        for (size_t i = 0; i < store->set->family_count; i++)
            close_family(store, store->families[i]);
    const struct memory *memory = store->held.memory;
    memory_release(memory, store->families);
    memory_release(memory, store->tables);
    memory_release(memory, store->sets);
    memory_release(memory, store->services);
    windows_done(store);
    parts_done(store);
    memory_release(memory, store);
}

void store_figures(const struct store *store, struct store_figures *ret_figures) {
    *ret_figures = store->figures;
    ret_figures->bytes = store->held.bytes;
}

struct catalog_value store_label_value(const struct store *store,
                                       const struct catalog_family *family, uint32_t label,
                                       uint32_t id) {
    const struct store_family *sf = store_family(store, family);
    if (sf->sets != NULL && id >= family->labels[label].value_count) {
        const struct store_family *tables = sf->sets->tables;
        sf = id < tables[1].pools[label].first_id ? &tables[0] : &tables[1];
    }
    return slab_label_value(sf, label, id);
}

uint64_t store_shared_bytes(const struct catalog_set *set) {
    return parts_bytes(set) + windows_bytes(set);
}

uint64_t store_object_bytes(const struct catalog_set *set) {
    return slabs_object_bytes(set) + parts_object_bytes(set) + windows_object_bytes(set) +
           owners_object_bytes(OWNERS_MAX);
}

uint64_t store_service_count(const struct store *store, const struct catalog *catalog) {
    return store->services[catalog->index];
}

uint64_t store_family_count(const struct store *store, const struct catalog_family *family) {
    return store_family(store, family)->live;
}
