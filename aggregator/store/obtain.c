/* SPDX-License-Identifier: MIT */
/* obtain.c - finding the series of a sample, making it, and what a sample would do. */
#include "store/store_private.h"

#include "base/heap.h"

/* ---- fresh ----
 * The list of series that are not in the order yet; views sort them into the order.
 */

enum { FRESH_LEAST = 16 };

uint64_t store_fresh_bytes(uint64_t series_bound) {
    uint64_t capacity = FRESH_LEAST;
    while (capacity < series_bound)
        capacity *= 2;
    return heap_bytes(capacity * sizeof(uint32_t));
}

/* Add a slot to the list, unless it is already there. */
static void fresh_add(struct store *store, struct store_family *sf, uint32_t slot) {
    struct series *series = slab_series(sf, slot);
    if (series->flags & SERIES_IN_FRESH)
        return;
    if (sf->fresh_count == sf->fresh_capacity) {
        const uint32_t capacity = sf->fresh_capacity == 0 ? FRESH_LEAST : sf->fresh_capacity * 2;
        sf->fresh =
            held_resize(&store->held, sf->fresh, sf->fresh_capacity, capacity, sizeof *sf->fresh);
        sf->fresh_capacity = capacity;
    }
    sf->fresh[sf->fresh_count++] = slot;
    series->flags |= SERIES_IN_FRESH;
}

bool store_settle(struct store *store, const struct catalog_family *family, size_t *budget) {
    enum { INSERT_UNITS = 24 }; /* about twenty comparisons of two cold series */
    struct store_family *sf = store_family(store, family);
    while (sf->fresh_count > 0) {
        if (*budget < INSERT_UNITS) {
            *budget = 0;
            return false;
        }
        *budget -= INSERT_UNITS;
        const uint32_t slot = sf->fresh[sf->fresh_count - 1];
        struct series *series = slab_series(sf, slot);
        if ((series->flags & (SERIES_LIVE | SERIES_SORTED)) == SERIES_LIVE) {
            store_order_insert(sf, slot, &store->held);
            series->flags |= SERIES_SORTED;
        }
        series->flags &= (uint8_t)~SERIES_IN_FRESH;
        sf->fresh_count--;
    }
    return true;
}

/* ---- obtain ----
 * Finding and making series, and what happens when a family or a pattern label is full.
 */

/* The series that is asked for: its ids, and the pattern values that are not interned yet. */
struct wanted {
    uint32_t ids[LABELS_MAX];
    const struct store_label *labels;
    uint32_t pending; /* bit i: label i needs a new pattern value */
    int folded_label; /* or -1 */
};

/* Fill ids; returns STORE_FOUND, STORE_FOLDED_LABEL or STORE_LABEL_FULL. */
static enum store_result resolve_labels(const struct store *store, const struct store_family *sf,
                                        const struct store_label *labels, struct wanted *request) {
    const struct catalog_family *family = sf->family;
    enum store_result result = STORE_FOUND;
    request->labels = labels;
    request->pending = 0;
    request->folded_label = -1;
    for (uint32_t i = 0; i < family->label_count; i++) {
        const struct store_label *label = &request->labels[i];
        if (label->id >= 0) {
            request->ids[i] = (uint32_t)label->id;
            continue;
        }
        const struct label_pool *pool = &sf->pools[i];
        const int64_t id = store_pool_find(pool, label->text, label->len, store->seed);
        if (id >= 0) {
            request->ids[i] = (uint32_t)id;
        } else if (pool->live < pool->label->max) {
            request->pending |= 1u << i;
        } else {
            if (request->folded_label < 0)
                request->folded_label = (int)i;
            if (pool->label->otherwise < 0) {
                request->folded_label = (int)i;
                return STORE_LABEL_FULL;
            }
            request->ids[i] = (uint32_t)pool->label->otherwise;
            result = STORE_FOLDED_LABEL;
        }
    }
    return result;
}

/* True if every label with an `otherwise` has that value: such a combination has a reserved
 * place. */
static bool is_fallback(const struct catalog_family *family, const struct wanted *request) {
    bool any = false;
    for (uint32_t i = 0; i < family->label_count; i++) {
        const int32_t otherwise = family->labels[i].otherwise;
        if (otherwise < 0)
            continue;
        any = true;
        if ((request->pending >> i & 1u) || request->ids[i] != (uint32_t)otherwise)
            return false;
    }
    return any;
}

static bool has_room(const struct store_family *sf, bool fallback) {
    const struct catalog_family *family = sf->family;
    if (fallback)
        return sf->live < family->bound;
    return sf->live - sf->live_fallback < family->bound - family->reserved;
}

/* Whether the series that was asked for is new and there is no place for it. */
static bool lacks_room(const struct store *store, const struct store_family *sf,
                       enum store_result result, const struct wanted *request) {
    if (result != STORE_FOUND)
        return true;
    if (has_room(sf, false))
        return false;
    return request->pending != 0 || store_slab_find(sf, request->ids, store->seed) == UINT32_MAX;
}

/* Set every label that has an `otherwise` to it. False if no label has one. */
static bool fold_all(const struct catalog_family *family, struct wanted *request) {
    bool any = false;
    for (uint32_t i = 0; i < family->label_count; i++) {
        if (family->labels[i].otherwise < 0)
            continue;
        if (!any)
            request->folded_label = (int)i;
        any = true;
        request->ids[i] = (uint32_t)family->labels[i].otherwise;
        request->pending &= ~(1u << i);
    }
    return any;
}

/* Intern the pending values. */
static void intern_pending(struct store *store, struct store_family *sf, struct wanted *request) {
    for (uint32_t i = 0; i < sf->family->label_count; i++) {
        if (!(request->pending >> i & 1u))
            continue;
        request->ids[i] = store_pool_make(&sf->pools[i], request->labels[i].text,
                                          request->labels[i].len, store->seed, &store->held);
    }
}

static void begin_series(struct store *store, const struct catalog_family *family,
                         struct series *series, struct store_time now) {
    series->kind = (uint8_t)(family->kind - catalog_kind_rows);
    series->created_ms = now.real_ms;
    const struct store_kind *kind = &store->kinds[series->kind];
    if (kind->begin != NULL)
        kind->begin(store, family, series, now);
}

static struct series *make_series(struct store *store, struct store_family *sf,
                                  struct wanted *request, bool fallback, struct store_time now) {
    const struct catalog_family *family = sf->family;
    intern_pending(store, sf, request);
    const uint32_t slot = store_slab_take(sf, &store->held);
    fresh_add(store, sf, slot);
    struct series *series = slab_series(sf, slot);
    begin_series(store, family, series, now);
    series->family = (uint16_t)family->index;
    if (family_is_owned(family))
        owned_of(series)->place = slot + 1;
    memcpy(series_body_of(series) + family->body_words, request->ids,
           family->label_count * sizeof(uint32_t));
    for (uint32_t i = 0; i < family->label_count; i++)
        if (request->ids[i] >= family->labels[i].value_count)
            store_pool_retain(&sf->pools[i], request->ids[i]);
    undo_release(); /* a process that copies the object must see live series complete */
    series->flags |= (uint8_t)(SERIES_LIVE | (fallback ? SERIES_FALLBACK : 0));
    store_slab_index_add(sf, slot, store->seed);
    sf->live++;
    sf->live_fallback += fallback;
    store->figures.series++;
    store_count(store, sf, 1);
    return series;
}

/* What can be returned for a request: an existing series, or a place for a new one. */
struct obtain_choice {
    enum store_result result;
    uint32_t slot; /* UINT32_MAX: none, the series would be new */
    bool fallback; /* in one of the reserved places */
};

/* Fold until the series exists or has a place, beginning with `result`. Changes only the
 * request. */
static struct obtain_choice choose(const struct store *store, const struct store_family *sf,
                                   struct wanted *request, enum store_result result) {
    const struct catalog_family *family = sf->family;
    struct obtain_choice choice = {.result = result, .slot = UINT32_MAX};
    for (;;) {
        if (request->pending == 0)
            choice.slot = store_slab_find(sf, request->ids, store->seed);
        choice.fallback = family->reserved > 0 && is_fallback(family, request);
        if (choice.slot != UINT32_MAX || has_room(sf, choice.fallback))
            return choice;
        if (choice.fallback || choice.result == STORE_FOLDED_SERIES || !fold_all(family, request)) {
            choice.result = STORE_SERIES_FULL;
            return choice;
        }
        choice.result = STORE_FOLDED_SERIES;
    }
}

/* Count the table that refuses. */
static enum store_result refuse(struct store *store, enum store_result result) {
    store->figures.pattern_full += result == STORE_LABEL_FULL;
    store->figures.series_full += result == STORE_SERIES_FULL;
    return result;
}

enum store_result obtain_series(struct store *store, struct store_family *sf,
                                const struct store_label *labels, struct store_time now,
                                const struct series **ret_series, int *ret_label, bool *ret_made) {
    struct wanted request = {.folded_label = -1};
    enum store_result result = resolve_labels(store, sf, labels, &request);
    if (lacks_room(store, sf, result, &request) && expire_reclaim(store, sf, now))
        result = resolve_labels(store, sf, labels, &request);
    *ret_label = request.folded_label;
    if (result == STORE_LABEL_FULL)
        return refuse(store, result);
    const struct obtain_choice choice = choose(store, sf, &request, result);
    *ret_label = -1;
    if (choice.result == STORE_SERIES_FULL)
        return refuse(store, choice.result);
    const bool made = choice.slot == UINT32_MAX;
    struct series *series = made ? make_series(store, sf, &request, choice.fallback, now)
                                 : slab_series(sf, choice.slot);
    *ret_series = series;
    *ret_label = request.folded_label;
    *ret_made = made;
    return choice.result;
}

enum store_result obtain_same(struct store *store, struct store_family *sf,
                              const struct store_label *labels, struct store_time now,
                              struct series **ret_series, bool *ret_made) {
    struct wanted request;
    if (resolve_labels(store, sf, labels, &request) != STORE_FOUND)
        return STORE_LABEL_FULL;
    const uint32_t slot =
        request.pending == 0 ? store_slab_find(sf, request.ids, store->seed) : UINT32_MAX;
    *ret_made = slot == UINT32_MAX;
    if (slot != UINT32_MAX) {
        *ret_series = slab_series(sf, slot);
        return STORE_FOUND;
    }
    const bool fallback = sf->family->reserved > 0 && is_fallback(sf->family, &request);
    if (!has_room(sf, fallback))
        return STORE_SERIES_FULL;
    *ret_series = make_series(store, sf, &request, fallback, now);
    return STORE_FOUND;
}

enum store_result store_obtain(struct store *store, const struct catalog_family *family,
                               const struct store_label *labels, struct store_time now,
                               const struct series **ret_series, int *ret_label, bool *ret_made) {
    struct store_family *sf = store_family(store, family);
    if (sf->sets == NULL)
        return obtain_series(store, sf, labels, now, ret_series, ret_label, ret_made);
    *ret_label = -1; /* such series are only made in their set */
    *ret_made = false;
    return STORE_SERIES_FULL;
}

enum store_result store_series(struct store *store, const struct catalog_family *family,
                               const struct store_label *labels, struct store_time now,
                               const struct series **ret_series, int *ret_label) {
    bool made;
    return store_obtain(store, family, labels, now, ret_series, ret_label, &made);
}

const struct series *store_find(const struct store *store, const struct catalog_family *family,
                                const uint32_t *ids) {
    const struct store_family *sf = store_family(store, family);
    const uint32_t slot = store_slab_find(sf, ids, store->seed);
    return slot == UINT32_MAX ? NULL : slab_series(sf, slot);
}

uint32_t store_place(const struct store *store, const struct catalog_family *family,
                     const struct series *series) {
    return store_slab_find(store_family(store, family), series_ids(family, series), store->seed) +
           1;
}

const struct series *store_at(const struct store *store, const struct catalog_family *family,
                              uint32_t place) {
    return slab_series(store_family(store, family), place - 1);
}
