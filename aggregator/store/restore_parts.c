/* Restores the parts of another process's series, in the order in which they were linked. */
#include <math.h>
#include <stdlib.h>

#include "store/end.h"
#include "store/merge.h"
#include "store/owned.h"
#include "store/parts.h"
#include "store/restore_private.h"

/* An entry of the list in which the image's parts are sorted. */
struct part_order {
    uint64_t sequence;
    uint64_t record;
};

/* A checked part of the image. */
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

static void find_fields(struct restore_parts *from) {
    from->family = image_field(&from->table, "family", OBJECT_U32);
    from->place = image_field(&from->table, "place", OBJECT_U32);
    from->value = image_field(&from->table, "value", OBJECT_F64);
    from->base = image_field(&from->table, "base", OBJECT_F64);
    from->owner = image_field(&from->table, "owner", OBJECT_U32);
    from->sequence = image_field(&from->table, "sequence", OBJECT_U64);
}

static owner_id read_owner(const struct restore_parts *from, uint64_t record) {
    return (owner_id)image_integer(&from->table, record, from->owner, 0);
}

static uint64_t read_sequence(const struct restore_parts *from, uint64_t record) {
    return image_integer(&from->table, record, from->sequence, 0);
}

/* The sequence of the part that was linked last. */
static uint64_t latest_sequence(const struct restore_parts *from) {
    uint64_t latest = 0;
    for (uint64_t i = 0; i < from->table.items; i++)
        if (read_owner(from, i) != OWNER_NONE && read_sequence(from, i) > latest)
            latest = read_sequence(from, i);
    return latest;
}

/* Parts that are linked while the series are read may belong to series that this step did not see,
 * and some of these parts may be missed: a later step takes them. */
bool restore_parts_begin(struct store_restoring *restore) {
    struct restore_parts *from = &restore->parts;
    if (!image_find(restore->image, "part", OBJECT_NONE, OBJECT_NONE, &from->table))
        from->table = (struct image_table){0};
    find_fields(from);
    from->until = restore->settled ? UINT64_MAX : latest_sequence(from);
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    return restore_room(restore->store->held.memory, &from->seen, &from->seen_max,
                        from->table.items, sizeof *from->seen);
}

/* Whether the record is to be taken in this step. */
static bool is_next(const struct restore_parts *from, uint64_t record) {
    return from->seen[record].link == 0 && read_owner(from, record) != OWNER_NONE &&
           read_sequence(from, record) <= from->until;
}

static size_t count_next(const struct restore_parts *from) {
    size_t count = 0;
    for (uint64_t i = 0; i < from->table.items; i++)
        count += is_next(from, i);
    return count;
}

uint64_t restore_parts_bytes(const struct catalog_set *set) {
    return parts_most(set) * (sizeof(struct restore_part) + sizeof(struct part_order));
}

/* The parts of this step in order, at most `most`; NULL when out of memory. */
static struct part_order *sort_parts(const struct memory *memory, const struct restore_parts *from,
                                     size_t most, size_t *ret_count) {
    struct part_order *places = memory_array(memory, most + 1, sizeof *places);
    size_t count = 0;
    bool sorted = true;
    if (places == NULL)
        return NULL;
    for (uint64_t i = 0; i < from->table.items && count < most; i++) {
        if (!is_next(from, i))
            continue;
        places[count] = (struct part_order){.sequence = read_sequence(from, i), .record = i};
        sorted &= count == 0 || places[count - 1].sequence <= places[count].sequence;
        count++;
    }
    if (!sorted)
        qsort(places, count, sizeof *places, compare_places);
    *ret_count = count;
    return places;
}

/* ---- one part ---- */

/* Read the part's value from the series at this place. False: the value is not kept there. */
static bool read_writer(const struct restore_parts *from, const struct restore_source *source,
                        uint64_t record, uint64_t place, double *ret_value) {
    const struct restore_fields *fields = &source->fields;
    const uint32_t writers = fields->writers.count / 2; /* of the version that wrote it */
    const uint32_t at = writers > 0 ? 2 * (read_owner(from, record) % writers) : 0;
    const uint64_t pair = image_integer(&source->table, place - 1, fields->writers, at);
    if (undo_second(pair) == record + 1) {
        const uint64_t bits = image_integer(&source->table, place - 1, fields->writers, at + 1);
        memcpy(ret_value, &bits, sizeof bits);
        return true;
    }
    if (image_integer(&source->table, place - 1, fields->writer_part, 0) != record + 1)
        return false;
    *ret_value = image_double(&source->table, place - 1, fields->writer_value, 0);
    return true;
}

static double read_value(const struct restore_parts *from, const struct restore_source *source,
                         uint64_t record, uint64_t place) {
    double value;
    if (read_writer(from, source, record, place, &value))
        return value;
    return image_double(&from->table, record, from->value, 0);
}

/* Whether a part of the family can have these numbers. Raises the value to a floor that was
 * raised. */
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

/* The family of the series that a part belongs to. NULL: there is no such series here. */
static const struct restore_source *read_anchor(const struct store_restoring *restore,
                                                uint64_t record, uint64_t *ret_place) {
    const struct restore_parts *from = &restore->parts;
    const struct catalog_family *family = match_family(
        restore->match, (uint32_t)image_integer(&from->table, record, from->family, 0));
    const uint64_t place = image_integer(&from->table, record, from->place, 0);
    if (family == NULL)
        return NULL;
    const struct restore_source *source = &restore->sources[family->index];
    if (!family_is_owned(family) || place == 0 || place > source->seen_max ||
        source->seen[place - 1].place == 0)
        return NULL;
    *ret_place = place;
    return source;
}

/* Read and check a part. False: it cannot be a part of any series here. */
static bool read_part(const struct store_restoring *restore, uint64_t record,
                      struct former_part *ret_part) {
    const struct restore_parts *from = &restore->parts;
    uint64_t place;
    const struct restore_source *source = read_anchor(restore, record, &place);
    if (source == NULL)
        return false;
    *ret_part =
        (struct former_part){.family = source->family,
                             .series = slab_series(source->sf, source->seen[place - 1].place - 1),
                             .owner = read_owner(from, record)};
    if (!restore->settled)
        return true;
    ret_part->base = image_double(&from->table, record, from->base, 0);
    ret_part->value = read_value(from, source, record, place);
    return check_numbers(source->family, ret_part);
}

/* Whether the part's place is taken: an info shows one series for each process, a relayed summary
 * has one writer. */
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

/* Make a part of a former one, or treat it as if its process had ended: *ret_link is then 0. False
 * when out of memory. */
static bool take_part(struct store_restoring *restore, const struct former_part *from,
                      uint32_t *ret_link) {
    struct store *store = restore->store;
    struct owner *owner = owners_at(store->owners, from->owner);
    *ret_link = 0;
    if (!sum_fits(store, from))
        return true;
    if (owner == NULL || !parts_have_room(store)) {
        if (restore->settled)
            owned_leave_rest(store, from->family, from->series, from->base, from->value);
        return true;
    }
    if (is_taken(store, from))
        return true;
    struct part *part = part_make_for(store, from->family, from->series, owner);
    if (part == NULL)
        return false;
    part->base = from->base;
    part->value = from->value;
    if (from->family->merge != MERGE_LATEST)
        from->series->flags |= SERIES_STALE;
    *ret_link = part_link(store, part);
    return true;
}

/* Whether the order of parts matters: a relayed summary has only one part, whose owner may
 * change. */
static bool has_order(const struct former_part *part) {
    return !part->family->kind->is_relayed;
}

/* False when out of memory. */
static bool take_record(struct store_restoring *restore, const struct part_order *record) {
    struct restore_parts *from = &restore->parts;
    struct former_part part;
    uint32_t link;
    if (!read_part(restore, record->record, &part))
        return true;
    if (record->sequence < from->last && has_order(&part))
        from->out_of_order = true;
    if (!take_part(restore, &part, &link))
        return false;
    undo_commit(restore->store->undo);
    if (link == 0) {
        from->out_of_order |= restore->settled;
        return true;
    }
    from->seen[record->record] =
        (struct restore_part){.sequence = record->sequence, .owner = part.owner, .link = link};
    if (record->sequence > from->last)
        from->last = record->sequence;
    return true;
}

/* False when out of memory. */
static bool take_rest(struct store_restoring *restore) {
    const struct memory *memory = restore->store->held.memory;
    const size_t most = count_next(&restore->parts);
    size_t count = 0;
    if (most == 0)
        return true;
    struct part_order *places = sort_parts(memory, &restore->parts, most, &count);
    bool done = places != NULL;
    for (size_t i = 0; i < count && done; i++)
        done = take_record(restore, &places[i]);
    memory_release(memory, places);
    return done;
}

/* ---- what was there in the step before ---- */

/* The part made from a record, or NULL if it ended with its series or its owner. */
static struct part *seen_part(const struct store_restoring *restore, uint64_t record) {
    const struct restore_part *seen = &restore->parts.seen[record];
    struct part *part = part_at(restore->store, seen->link);
    return part->owner == seen->owner ? part : NULL;
}

static void forget(struct store_restoring *restore, uint64_t record) {
    struct part *part = seen_part(restore, record);
    if (part != NULL)
        part_free(restore->store, part);
    undo_commit(restore->store->undo);
    restore->parts.seen[record] = (struct restore_part){0};
}

static bool is_small(const struct former_part *part) {
    return fabs(part->base + part->value) <= OWNED_SMALL;
}

/* Whether the record is unchanged; if it is, copy its numbers. */
static bool renew(struct store_restoring *restore, uint64_t record) {
    struct restore_parts *from = &restore->parts;
    const struct restore_part *seen = &from->seen[record];
    struct part *part = seen_part(restore, record);
    struct former_part former;
    if (part == NULL || restore->distrusted || read_owner(from, record) != seen->owner ||
        read_sequence(from, record) != seen->sequence || !read_part(restore, record, &former) ||
        part->family != former.family->index || part->place != owned_of(former.series)->place)
        return false;
    if (!restore->settled)
        return true;
    from->out_of_order |= !is_small(&former);
    part->base = former.base;
    part->value = former.value;
    return true;
}

static void review(struct store_restoring *restore) {
    struct restore_parts *from = &restore->parts;
    for (uint64_t i = 0; i < from->seen_max; i++)
        if (from->seen[i].link != 0 && !renew(restore, i))
            forget(restore, i);
}

static void leave(void *arg, const struct owner *owner) {
    struct store_restoring *restore = arg;
    while (owner->parts != 0) {
        part_free(restore->store, part_at(restore->store, owner->parts));
        undo_commit(restore->store->undo);
    }
}

/* Set the base of all series to that of their records again, without parts. */
static void reset_bases(struct store_restoring *restore) {
    for (size_t i = 0; i < restore->store->set->family_count; i++) {
        const struct restore_source *source = &restore->sources[i];
        if (source->family == NULL || source->family->merge != MERGE_READING)
            continue;
        for (uint64_t record = 0; record < source->seen_max; record++)
            if (source->seen[record].place != 0)
                owned_of(slab_series(source->sf, source->seen[record].place - 1))->base =
                    restore_numbers_base(source, record);
    }
}

/* Take all parts again, in the order of a single step. False when out of memory. */
static bool take_again(struct store_restoring *restore) {
    for (uint64_t i = 0; i < restore->parts.seen_max; i++)
        if (restore->parts.seen[i].link != 0)
            forget(restore, i);
    reset_bases(restore);
    restore->parts.last = 0;
    return take_rest(restore);
}

/* ---- what follows ---- */

/* End series whose last part was not restored. */
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
        if (!family_is_owned(set->families[i]) || restore->sources[i].family == NULL)
            continue;
        end_vacant(restore, set->families[i]);
        if (set->families[i]->kind->is_description)
            parts_show_latest(restore->store, set->families[i]);
    }
}

bool restore_parts(struct store_restoring *restore) {
    if (!owners_restore(restore->store->owners, restore->image, leave, restore))
        return false;
    review(restore);
    if (!take_rest(restore))
        return false;
    if (!restore->settled)
        return true;
    if (restore->ahead && restore->parts.out_of_order && !take_again(restore))
        return false;
    show(restore);
    return true;
}
