/* Ending series by request. */
#include "store/end.h"
#include "store/expire.h"
#include "store/kinds.h"
#include "store/pool.h"
#include "store/presence.h"

enum {
    LOOKS_A_UNIT = 16, /* slots, or parts, are adjacent in memory */
    END_UNITS = 20     /* search order, index and pools, free texts and windows */
};

static const uint32_t ANY = UINT32_MAX; /* no id of a label value */

static void spend(size_t *budget, size_t units) {
    *budget -= units < *budget ? units : *budget;
}

/* ---- which ones ---- */

/* The present ids of the label values. False: one has no id, so no series has that value. */
static bool find_ids(const struct store *store, const struct store_forgetting *forgetting,
                     uint32_t *ret_ids) {
    const struct catalog_family *family = forgetting->family;
    const struct store_family *sf = store_family(store, family);
    for (uint32_t i = 0; i < family->label_count; i++) {
        const struct catalog_label *label = &family->labels[i];
        const struct store_key *key = &forgetting->labels[i];
        int64_t id =
            key->text == NULL ? (int64_t)ANY : catalog_label_find_text(label, key->text, key->len);
        if (id < 0 && label->kind == LABEL_PATTERN)
            id = pool_find(&sf->pools[i], key->text, key->len, store->seed);
        if (id < 0)
            return false;
        ret_ids[i] = (uint32_t)id;
    }
    return true;
}

static bool has_ids(const struct catalog_family *family, const struct series *series,
                    const uint32_t *wanted) {
    const uint32_t *ids = series_ids(family, series);
    for (uint32_t i = 0; i < family->label_count; i++)
        if (wanted[i] != ANY && wanted[i] != ids[i])
            return false;
    return true;
}

/* ---- ending ---- */

/* Make a series again that exists from the start. There is room, because one has just ended. */
static void begin_again(struct store *store, const struct catalog_family *family,
                        const uint32_t *ids, struct store_time now) {
    struct store_label labels[LABELS_MAX] = {{0}};
    const struct series *series;
    int label;
    for (uint32_t i = 0; i < family->label_count; i++)
        labels[i].id = (int32_t)ids[i];
    if (store_series(store, family, labels, now, &series, &label) == STORE_FOUND &&
        family_is_owned(family))
        series_writable(series)->flags |= SERIES_STAYS;
}

/* End the series in a slot. Returns work units. */
static size_t end_slot(struct store *store, struct store_forgetting *forgetting, uint32_t slot,
                       struct store_time now) {
    const struct catalog_family *family = forgetting->family;
    struct store_family *sf = store_family(store, family);
    uint32_t ids[LABELS_MAX];
    memcpy(ids, series_ids(family, slab_series(sf, slot)), family->label_count * sizeof *ids);
    const size_t parts = expire_slot(store, sf, slot);
    forgetting->ended++;
    if (presence_has(family, ids)) {
        begin_again(store, family, ids, now);
        forgetting->again++;
    }
    undo_commit(store->undo);
    return END_UNITS + parts;
}

/* End matching series in the slots from `next` on. False: *budget ran out before the last slot. */
static bool end_series(struct store *store, struct store_forgetting *forgetting,
                       const uint32_t *ids, struct store_time now, size_t *budget) {
    const struct catalog_family *family = forgetting->family;
    const struct store_family *sf = store_family(store, family);
    while (forgetting->next < sf->used) {
        if (*budget == 0)
            return false;
        const uint32_t slot = forgetting->next++;
        const struct series *series = slab_series(sf, slot);
        size_t units = slot % LOOKS_A_UNIT == 0;
        if ((series->flags & SERIES_LIVE) && has_ids(family, series, ids))
            units += end_slot(store, forgetting, slot, now);
        spend(budget, units);
    }
    return true;
}

/* ---- parts of an info ---- */

/* All series of an info share one list of parts, and ending each series would search the whole list
 * for its parts. So the parts are ended first, one by one, as when their processes end. */
static void end_part(struct store *store, struct store_forgetting *forgetting, struct part *part) {
    const struct catalog_family *family = forgetting->family;
    struct series *series = part_series(store, part);
    store->kinds[series->kind].leave(store, family, series, part);
    if (store_is_vacant(family, series)) {
        store_remove(store, series);
        forgetting->ended++;
    }
    undo_commit(store->undo);
}

static bool end_parts(struct store *store, struct store_forgetting *forgetting, const uint32_t *ids,
                      size_t *budget) {
    const struct catalog_family *family = forgetting->family;
    while (forgetting->next_part < store->parts.used) {
        if (*budget == 0)
            return false;
        struct part *part = part_at(store, ++forgetting->next_part);
        size_t units = forgetting->next_part % LOOKS_A_UNIT == 0;
        if (part->owner != OWNER_NONE && part->family == family->index &&
            has_ids(family, part_series(store, part), ids)) {
            end_part(store, forgetting, part);
            units += END_UNITS;
        }
        spend(budget, units);
    }
    return true;
}

bool store_forget(struct store *store, struct store_forgetting *forgetting, struct store_time now,
                  size_t *budget) {
    uint32_t ids[LABELS_MAX] = {0};
    if (!find_ids(store, forgetting, ids))
        return true;
    if (forgetting->family->kind->is_description && !end_parts(store, forgetting, ids, budget))
        return false;
    return end_series(store, forgetting, ids, now, budget);
}
