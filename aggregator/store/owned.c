/* Values that belong to processes: how a sample changes its part, and what the end of a process
 * changes. */
#include <math.h>

#include "store/end.h"
#include "store/expire.h"
#include "store/kinds.h"
#include "store/merge.h"
#include "store/owned.h"
#include "store/parts.h"
#include "store/series_private.h"

/*
 * A sum must stay finite without being computed at each sample. Numbers up to OWNED_SMALL cannot
 * make it overflow, however many there are (PARTS_MAX * 1e300 < DBL_MAX). For a larger number the
 * sum is computed at once; the number is refused if there are more than SUMMED_MAX parts.
 */
enum { SUMMED_MAX = 64 };

/* How many samples of other owners find a writer taken before its value moves to its part. */
enum { WRITER_STAYS = 8 };

struct owners *store_owners(const struct store *store) {
    return store->owners;
}

bool store_is_vacant(const struct catalog_family *family, const struct series *series) {
    return family_is_owned(family) && series_owned(series)->part_count == 0 &&
           !(series->flags & SERIES_STAYS);
}

bool owned_sum_fits(const struct store *store, const struct series *series, owner_id owner,
                    double total) {
    const struct series_owned *owned = series_owned(series);
    if (fabs(total) <= OWNED_SMALL)
        return true;
    if (!isfinite(total) || owned->part_count > SUMMED_MAX)
        return false;
    double sum = owned->base + total;
    for (uint32_t link = owned->parts; link != 0;) {
        const struct part *part = part_at(store, link);
        if (part->owner != owner)
            sum += part->base + part_value(store, series, part);
        link = part->next;
    }
    return isfinite(sum);
}

/* ---- series ---- */

bool owned_begin_info(struct store *store, struct series *series, struct store_time now) {
    (void)store;
    (void)now;
    series->value = 1;
    series->flags |= SERIES_HIDDEN;
    return true;
}

void owned_end_info(struct store *store, struct store_family *sf, struct series *series) {
    parts_show_latest(store, sf->family);
    if (sf->shown == owned_of(series)->place)
        sf->shown = 0;
}

/* ---- samples ---- */

/* Whether a value cannot make a sum overflow, alone or with all others. False for NaN, too. */
static bool is_small(double value) {
    return fabs(value) <= OWNED_SMALL;
}

/* The part of this owner, after its value was moved into it, or NULL. */
static struct part *find_part(const struct store *store, const struct catalog_family *family,
                              struct series *series, owner_id owner) {
    struct part *part = part_find(store, family, series, owner);
    if (part != NULL)
        part_settle(store, series, part);
    return part;
}

/* Write a value that is kept in the series. */
static void write_quickly(const struct store *store, struct series *series,
                          struct series_writer *writer, double value) {
    undo_word(store->undo, &writer->value);
    writer->value = value;
    series->flags |= SERIES_STALE;
}

/* Keep the part's value in the series from now on. If another owner's value has the place, that
 * value is moved out only now and then, as its process may not write any more; if both write, most
 * samples find their value where it was. */
static void bring_value(const struct store *store, struct series *series, const struct part *part) {
    struct series_writer *writer = writer_at(series, part->owner);
    if (writer->part != 0) {
        uint8_t *refused = &owned_of(series)->refused[part->owner % SERIES_WRITERS];
        if (++*refused % WRITER_STAYS != 0)
            return;
        part_settle(store, series, part_at(store, writer->part));
    }
    undo_range(store->undo, writer, sizeof *writer);
    *writer = (struct series_writer){
        .owner = part->owner, .part = part_link(store, part), .value = part->value};
}

/* From now on, show the series even without parts. */
static void stay(const struct store *store, struct series *series) {
    if (series->flags & SERIES_STAYS)
        return;
    undo_word(store->undo, series);
    series->flags |= SERIES_STAYS;
}

/* Write to the owner's part; if `part` is NULL, make it first. */
static enum store_own write_part(struct store *store, const struct catalog_family *family,
                                 struct series *series, owner_id owner, struct part *part,
                                 double base, double value) {
    if (part == NULL && (part = part_make(store, family, series, owner)) == NULL)
        return OWN_FULL;
    if (part->base != base) {
        undo_word(store->undo, &part->base);
        part->base = base;
    }
    undo_word(store->undo, &part->value);
    part->value = value;
    series->flags |= SERIES_STALE;
    bring_value(store, series, part);
    return OWN_TAKEN;
}

static bool is_absent(const struct catalog_family *family, double value) {
    return family->has_absent && value == family->absent;
}

enum store_own owned_take_value(struct store *store, const struct catalog_family *family,
                                struct series *series, owner_id owner, uint32_t item, double value,
                                struct store_time now) {
    (void)item;
    struct series_writer *writer = writer_at(series, owner);
    if (writer_is(writer, owner) && is_small(value) && !is_absent(family, value)) {
        write_quickly(store, series, writer, value);
        series_touch(store, series, now);
        return OWN_TAKEN;
    }
    if (!isfinite(value))
        return OWN_BEYOND;
    struct part *part = find_part(store, family, series, owner);
    if (is_absent(family, value)) {
        if (part != NULL)
            part_free(store, part);
        series->flags |= SERIES_STALE;
        return OWN_TAKEN;
    }
    if (family->merge == MERGE_SUM && !owned_sum_fits(store, series, owner, value))
        return OWN_BEYOND;
    series_touch(store, series, now);
    return write_part(store, family, series, owner, part, 0, value);
}

static double with_delta(const struct catalog_family *family, double value, double delta) {
    value += delta;
    return family->has_floor && value < family->floor ? family->floor : value;
}

enum store_own owned_take_change(struct store *store, const struct catalog_family *family,
                                 struct series *series, owner_id owner, uint32_t item, double delta,
                                 struct store_time now) {
    (void)item;
    struct series_writer *writer = writer_at(series, owner);
    if (writer_is(writer, owner) && is_small(delta)) {
        const double value = with_delta(family, writer->value, delta);
        if (is_small(value)) {
            write_quickly(store, series, writer, value);
            series->updated_ms = now.mono_ms;
            return OWN_TAKEN;
        }
    }
    if (!isfinite(delta))
        return OWN_BEYOND;
    struct part *part = find_part(store, family, series, owner);
    const double value = with_delta(family, part != NULL ? part->value : 0, delta);
    if (!owned_sum_fits(store, series, owner, value))
        return OWN_BEYOND;
    const enum store_own result = write_part(store, family, series, owner, part, 0, value);
    if (result != OWN_TAKEN)
        return result;
    series->updated_ms = now.mono_ms;
    stay(store, series);
    return OWN_TAKEN;
}

enum store_own owned_take_reading(struct store *store, const struct catalog_family *family,
                                  struct series *series, owner_id owner, uint32_t item,
                                  double value, struct store_time now) {
    (void)item;
    struct series_writer *writer = writer_at(series, owner);
    if (writer_is(writer, owner) && value >= writer->value && value <= OWNED_SMALL) {
        write_quickly(store, series, writer, value);
        series->updated_ms = now.mono_ms;
        return OWN_TAKEN;
    }
    if (value < 0)
        return OWN_BAD_VALUE;
    if (!isfinite(value))
        return OWN_BEYOND;
    struct part *part = find_part(store, family, series, owner);
    double base = 0;
    if (part != NULL)
        base = value < part->value ? part->base + part->value : part->base;
    if (!owned_sum_fits(store, series, owner, base + value))
        return OWN_BEYOND;
    const enum store_own result = write_part(store, family, series, owner, part, base, value);
    if (result != OWN_TAKEN)
        return result;
    series->updated_ms = now.mono_ms;
    if (family->merge == MERGE_READING)
        stay(store, series);
    return OWN_TAKEN;
}

enum store_own owned_take_info(struct store *store, const struct catalog_family *family,
                               struct series *series, owner_id owner, uint32_t item, double value,
                               struct store_time now) {
    (void)item;
    if (value != 1)
        return OWN_BAD_VALUE;
    struct part *part = part_find(store, family, series, owner);
    if (part == NULL && (part = part_make(store, family, series, owner)) == NULL)
        return OWN_FULL;
    struct series *before = part_series(store, part);
    if (before != series || part->prev != 0)
        part_move(store, part, series);
    series->updated_ms = now.mono_ms;
    parts_show_latest(store, family);
    if (before != series && store_is_vacant(family, before))
        store_remove(store, before);
    return OWN_TAKEN;
}

enum store_own owned_take_item(struct store *store, const struct catalog_family *family,
                               struct series *series, owner_id owner, uint32_t item, double value,
                               struct store_time now) {
    /* OpenMetrics allows neither negative items nor a count that is not whole. */
    if (!isfinite(value) || value < 0 || item >= RELAYED_QUANTILES + family->quantile_count ||
        (item == RELAYED_COUNT && value != floor(value)))
        return OWN_BAD_VALUE;
    struct series_relayed *relayed = (struct series_relayed *)(void *)(series + 1);
    undo_word(store->undo, &relayed->present);
    if (relayed->owned.parts == 0) {
        if (part_make(store, family, series, owner) == NULL)
            return OWN_FULL;
        relayed->present = 0;
    } else {
        struct part *part = part_at(store, relayed->owned.parts);
        if (part->owner != owner) {
            if (!part_hand_over(store, part, owner))
                return OWN_FULL;
            relayed->present = 0;
        }
    }
    undo_word(store->undo, &relayed->items[item]);
    relayed->items[item] = value;
    series->updated_ms = now.mono_ms;
    relayed->present |= UINT64_C(1) << item;
    return OWN_TAKEN;
}

/* ---- the end of a process ---- */

void owned_leave(struct store *store, const struct catalog_family *family, struct series *series,
                 struct part *part) {
    (void)family;
    part_free(store, part);
    series->flags |= SERIES_STALE;
}

void owned_leave_rest(struct store *store, const struct catalog_family *family,
                      struct series *series, double base, double value) {
    if (family->merge != MERGE_READING)
        return;
    undo_word(store->undo, &owned_of(series)->base);
    owned_of(series)->base = merge_kept_finite(owned_of(series)->base + (base + value));
    series->flags |= SERIES_STALE;
}

void owned_leave_reading(struct store *store, const struct catalog_family *family,
                         struct series *series, struct part *part) {
    owned_leave_rest(store, family, series, part->base, part->value);
    owned_leave(store, family, series, part);
}

void owned_leave_info(struct store *store, const struct catalog_family *family,
                      struct series *series, struct part *part) {
    (void)series;
    part_free(store, part);
    parts_show_latest(store, family);
}

void owned_leave_relayed(struct store *store, const struct catalog_family *family,
                         struct series *series, struct part *part) {
    (void)family;
    (void)series;
    part_free(store, part);
}

bool store_disown(struct store *store, owner_id id, size_t *budget) {
    enum { PART_UNITS = 2, END_UNITS = 16 }; /* ending a series searches order, index and pools */
    const struct owner *owner = owners_at(store->owners, id);
    if (owner == NULL)
        return true;
    while (owner->parts != 0 && *budget > 0) {
        size_t units = PART_UNITS;
        struct part *part = part_at(store, owner->parts);
        struct series *series = part_series(store, part);
        const struct catalog_family *family = store->set->families[series->family];
        if (part->owner_next != 0)
            __builtin_prefetch(part_at(store, part->owner_next));
        part_settle(store, series, part);
        store->kinds[series->kind].leave(store, family, series, part);
        if (store_is_vacant(family, series)) {
            store_remove(store, series);
            units += END_UNITS;
        }
        undo_commit(store->undo);
        *budget -= units < *budget ? units : *budget;
    }
    return owner->parts == 0;
}
