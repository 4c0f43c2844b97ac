/* Families whose series come as one set: two tables that take turns. */
#include "store/cursor_private.h"
#include "store/expire.h"
#include "store/obtain_private.h"
#include "store/order.h"
#include "store/sets_private.h"
#include "store/slab.h"

/* An index that finds nothing. Never written to: no series is made in `nothing`. */
static uint32_t free_cell;

bool sets_init(struct family_sets *sets, const struct catalog_family *family, struct held *held) {
    sets->nothing =
        (struct store_family){.family = family, .index = {.cells = &free_cell}, .sets = sets};
    for (unsigned turn = 0; turn < 2; turn++) {
        const bool made = slab_init(&sets->tables[turn], family, turn, NULL, held);
        sets->tables[turn].sets = sets;
        if (!made)
            return false;
    }
    return true;
}

void sets_done(struct family_sets *sets, const struct memory *memory) {
    slab_done(&sets->tables[0], memory);
    slab_done(&sets->tables[1], memory);
}

static struct store_family *shown_of(const struct store *store, const struct family_sets *sets) {
    return store_family(store, sets->nothing.family);
}

static struct store_family *under_way_of(struct family_sets *sets) {
    return sets->under_way == 0 ? NULL : &sets->tables[sets->under_way - 1];
}

static bool is_empty(const struct store_family *sf) {
    return sf->order.count == 0 && sf->fresh_count == 0;
}

static bool is_stale(const struct store *store, const struct store_family *sf) {
    return sf != shown_of(store, sf->sets) && sf != under_way_of(sf->sets) && !is_empty(sf);
}

/* End the last series of the order, which needs no search and moves no other series. */
static void end_last(struct store *store, struct store_family *sf) {
    const uint32_t slot = order_last(sf);
    struct series *series = slab_series(sf, slot);
    cursor_step_past(sf, series);
    order_pop(sf, &store->held);
    if (sf->order.count > 0)
        __builtin_prefetch(slab_series(sf, order_last(sf)));
    series->flags &= (uint8_t)~SERIES_SORTED;
    (void)expire_slot(store, sf, slot);
}

static void end_fresh(struct store *store, struct store_family *sf) {
    const uint32_t slot = sf->fresh[--sf->fresh_count];
    struct series *series = slab_series(sf, slot);
    series->flags &= (uint8_t)~SERIES_IN_FRESH;
    if ((series->flags & (SERIES_LIVE | SERIES_SORTED)) == SERIES_LIVE)
        (void)expire_slot(store, sf, slot);
}

/* End all series of a table; each is in the order or in the fresh list. False: the budget ran
 * out. */
static bool empty(struct store *store, struct store_family *sf, size_t *budget) {
    enum { END_UNITS = 4 }; /* search index and pools, free texts */
    while (!is_empty(sf)) {
        if (*budget < END_UNITS) {
            *budget = 0;
            return false;
        }
        *budget -= END_UNITS;
        if (sf->order.count > 0)
            end_last(store, sf);
        else
            end_fresh(store, sf);
    }
    return true;
}

static void note_untidy(struct store *store, struct family_sets *sets) {
    if (sets->untidy || (!is_stale(store, &sets->tables[0]) && !is_stale(store, &sets->tables[1])))
        return;
    sets->untidy = true;
    sets->next_untidy = store->untidy;
    store->untidy = (uint32_t)(sets - store->sets) + 1;
}

/* The table to fill next: one that is not shown. Of two such tables, prefers the empty one, then
 * the one that no view walks, then the one with fewer series, so that a repeated call returns the
 * same. */
static struct store_family *spare_of(const struct store *store, struct family_sets *sets) {
    struct store_family *first = &sets->tables[0];
    struct store_family *second = &sets->tables[1];
    const struct store_family *shown = shown_of(store, sets);
    if (shown == first || shown == second)
        return shown == first ? second : first;
    if (is_empty(first) || is_empty(second))
        return is_empty(first) ? first : second;
    if ((first->cursors == NULL) != (second->cursors == NULL))
        return first->cursors != NULL ? second : first;
    return second->live < first->live ? second : first;
}

bool store_set_begin(struct store *store, const struct catalog_family *family, size_t *budget) {
    struct family_sets *sets = store_family(store, family)->sets;
    if (sets == NULL)
        return true;
    sets->under_way = 0;
    struct store_family *spare = spare_of(store, sets);
    const bool ready = empty(store, spare, budget);
    if (ready)
        sets->under_way = (uint32_t)(spare - sets->tables) + 1;
    note_untidy(store, sets);
    return ready;
}

enum store_result store_set_series(struct store *store, const struct catalog_family *family,
                                   const struct store_label *labels, struct store_time now,
                                   const struct series **ret_series, int *ret_label,
                                   bool *ret_made) {
    struct family_sets *sets = store_family(store, family)->sets;
    struct store_family *sf = sets != NULL ? under_way_of(sets) : NULL;
    struct store_room room;
    if (sf != NULL)
        return obtain_series(store, sf, labels, now, ret_series, ret_label, ret_made, &room);
    *ret_label = -1;
    return STORE_SERIES_FULL;
}

/* Show this table of its family from now on. */
static void change_to(struct store *store, struct store_family *sf) {
    const struct store_family *before = store_family(store, sf->family);
    store_count(store, before, -(int64_t)before->live);
    store->families[sf->family->index] = sf;
    store_count(store, sf, sf->live);
}

static void show(struct store *store, struct family_sets *sets, struct store_family *sf) {
    change_to(store, sf);
    sets->under_way = 0;
    note_untidy(store, sets);
}

void store_set_commit(struct store *store, const struct catalog_family *family) {
    struct family_sets *sets = store_family(store, family)->sets;
    if (sets != NULL && sets->under_way != 0)
        show(store, sets, under_way_of(sets));
}

void store_set_clear(struct store *store, const struct catalog_family *family) {
    struct family_sets *sets = store_family(store, family)->sets;
    if (sets != NULL)
        show(store, sets, &sets->nothing);
}

void store_set_hide(struct store *store, const struct catalog_family *family) {
    struct family_sets *sets = store_family(store, family)->sets;
    if (sets == NULL)
        return;
    change_to(store, &sets->nothing);
    note_untidy(store, sets);
}

/* Empty the stale tables that no view walks. False: the budget ran out. */
static bool tidy(struct store *store, struct family_sets *sets, size_t *budget) {
    for (size_t i = 0; i < 2; i++) {
        struct store_family *sf = &sets->tables[i];
        if (is_stale(store, sf) && sf->cursors == NULL && !empty(store, sf, budget))
            return false;
    }
    return true;
}

bool store_set_tidy(struct store *store, size_t *budget) {
    uint32_t *link = &store->untidy;
    while (*link != 0) {
        struct family_sets *sets = &store->sets[*link - 1];
        if (!tidy(store, sets, budget))
            return false;
        if (is_stale(store, &sets->tables[0]) || is_stale(store, &sets->tables[1])) {
            link = &sets->next_untidy;
            continue;
        }
        sets->untidy = false;
        *link = sets->next_untidy;
    }
    return true;
}
