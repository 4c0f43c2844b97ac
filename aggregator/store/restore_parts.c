/* The parts of another process's series, in the order in which they were linked. */
#include <math.h>
#include <stdlib.h>

#include "store/merge.h"
#include "store/owned.h"
#include "store/parts.h"
#include "store/restore.h"

/* A part of the image in the order of parts. */
struct part_order {
    uint64_t sequence;
    uint64_t record;
};

/* The fields of parts. */
struct part_source {
    struct image_table table;
    struct image_field family;
    struct image_field place;
    struct image_field value;
    struct image_field base;
    struct image_field owner;
    struct image_field sequence;
};

/* What the image says of a part, checked. */
struct former_part {
    const struct catalog_family *family;
    struct series *series; /* here */
    owner_id owner;
    double base;
    double value;
};

static int compare_places(const void *a, const void *b) {
    const struct part_order *x = a;
    const struct part_order *y = b;
    if (x->sequence != y->sequence)
        return x->sequence < y->sequence ? -1 : 1;
    return (x->record > y->record) - (x->record < y->record);
}

static void find_fields(struct part_source *source) {
    source->family = image_field(&source->table, "family", OBJECT_U32);
    source->place = image_field(&source->table, "place", OBJECT_U32);
    source->value = image_field(&source->table, "value", OBJECT_F64);
    source->base = image_field(&source->table, "base", OBJECT_F64);
    source->owner = image_field(&source->table, "owner", OBJECT_U32);
    source->sequence = image_field(&source->table, "sequence", OBJECT_U64);
}

static size_t count_parts(const struct part_source *source) {
    size_t count = 0;
    for (uint64_t i = 0; i < source->table.items; i++)
        count += image_integer(&source->table, i, source->owner, 0) != OWNER_NONE;
    return count;
}

/* All parts in order, or NULL when out of memory. */
static struct part_order *sort_parts(const struct memory *memory, const struct part_source *source,
                                     size_t *ret_count) {
    struct part_order *places = memory_array(memory, count_parts(source) + 1, sizeof *places);
    size_t count = 0;
    if (places == NULL)
        return NULL;
    for (uint64_t i = 0; i < source->table.items; i++)
        if (image_integer(&source->table, i, source->owner, 0) != OWNER_NONE)
            places[count++] = (struct part_order){
                .sequence = image_integer(&source->table, i, source->sequence, 0), .record = i};
    qsort(places, count, sizeof *places, compare_places);
    *ret_count = count;
    return places;
}

/* ---- one part ---- */

/* The part's value, which may be in its series. */
static double read_value(const struct part_source *source, const struct restore_family *from,
                         uint64_t record, uint64_t place) {
    if (image_integer(&from->series, place - 1, from->writer_part, 0) == record + 1)
        return image_double(&from->series, place - 1, from->writer_value, 0);
    return image_double(&source->table, record, source->value, 0);
}

/* Numbers that a part of the family can have. A floor that was raised raises the value. */
static bool check_numbers(const struct catalog_family *family, struct former_part *part) {
    if (family->kind->is_description || family->kind->is_relayed) {
        part->base = part->value = 0;
        return true;
    }
    if (!isfinite(part->value) || !isfinite(part->base) ||
        (family->kind->only_grows ? part->value < 0 || part->base < 0 : part->base != 0))
        return false;
    if (family->has_floor && part->value < family->floor)
        part->value = family->floor;
    return !family->has_absent || part->value != family->absent;
}

/* False: it cannot be a part of anything here. */
static bool read_part(const struct store_restoring *restore, const struct part_source *source,
                      uint64_t record, struct former_part *ret_part) {
    const struct catalog_family *family = match_family(
        restore->match, (uint32_t)image_integer(&source->table, record, source->family, 0));
    const uint64_t place = image_integer(&source->table, record, source->place, 0);
    if (family == NULL)
        return false;
    const struct restore_family *from = &restore->families[family->index];
    if (from->places == NULL || place == 0 || place > from->series.items ||
        from->places[place - 1] == 0)
        return false;
    *ret_part = (struct former_part){
        .family = family,
        .series = slab_series(store_family(restore->store, family), from->places[place - 1] - 1),
        .owner = (owner_id)image_integer(&source->table, record, source->owner, 0),
        .base = image_double(&source->table, record, source->base, 0),
        .value = read_value(source, from, record, place)};
    return check_numbers(family, ret_part);
}

/* An info shows one series for each process, a relayed summary has one writer. */
static bool is_taken(const struct store *store, const struct former_part *part) {
    if (part->family->kind->is_relayed)
        return series_owned(part->series)->parts != 0;
    return part_find(store, part->family, part->series, part->owner) != NULL;
}

static bool sum_fits(const struct store *store, const struct former_part *part) {
    const enum family_merge merge = part->family->merge;
    return merge == MERGE_MIN || merge == MERGE_MAX || merge == MERGE_LATEST ||
           owned_sum_fits(store, part->series, OWNER_NONE, part->base + part->value);
}

/* False when out of memory. */
static bool take_part(struct store *store, const struct former_part *from) {
    struct owner *owner = owners_at(store->owners, from->owner);
    if (!sum_fits(store, from))
        return true;
    const bool full = store->parts.used == store->parts.table.max_items;
    struct part *part = NULL;
    if (owner != NULL && !full) {
        if (is_taken(store, from))
            return true;
        part = part_make_for(store, from->family, from->series, owner);
        if (part == NULL)
            return false;
        part->base = from->base;
        part->value = from->value;
        if (from->family->merge != MERGE_LATEST)
            from->series->flags |= SERIES_STALE;
    } else { /* as if the process had ended */
        owned_leave_rest(store, from->family, from->series, from->base, from->value);
    }
    undo_commit(store->undo);
    return true;
}

/* ---- what follows ---- */

/* Series whose last part did not come are not there any more. */
static void end_vacant(struct store_restoring *restore, const struct catalog_family *family) {
    struct store *store = restore->store;
    struct store_family *sf = store_family(store, family);
    for (uint32_t slot = 0; slot < sf->used; slot++) {
        const struct series *series = slab_series(sf, slot);
        if (!(series->flags & SERIES_LIVE) || !store_is_vacant(family, series))
            continue;
        store_remove(store, series);
        undo_commit(store->undo);
        restore->restored.kept--;
        restore->restored.ended++;
    }
}

static void show(struct store_restoring *restore) {
    const struct catalog_set *set = restore->store->set;
    for (size_t i = 0; i < set->family_count; i++) {
        if (restore->families[i].places == NULL)
            continue;
        end_vacant(restore, set->families[i]);
        if (set->families[i]->kind->is_description)
            parts_show_latest(restore->store, set->families[i]);
    }
}

bool restore_parts(struct store_restoring *restore) {
    const struct memory *memory = restore->store->held.memory;
    struct part_source source;
    bool done = true;
    if (image_find(restore->image, "part", OBJECT_NONE, OBJECT_NONE, &source.table)) {
        size_t count = 0;
        find_fields(&source);
        struct part_order *places = sort_parts(memory, &source, &count);
        done = places != NULL;
        for (size_t i = 0; i < count && done; i++) {
            struct former_part part;
            if (read_part(restore, &source, places[i].record, &part))
                done = take_part(restore->store, &part);
        }
        memory_release(memory, places);
    }
    if (done)
        show(restore);
    return done;
}
