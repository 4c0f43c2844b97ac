/* SPDX-License-Identifier: MIT */
/* restore_owned.c - values that belong to processes, and windows, of the old process. */
#include "store/store_private.h"

#include <stdlib.h>

/* ---- restore parts ----
 * Restores the parts of another process's series, in the order in which they were linked.
 */

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

static void restore_parts_find_fields(struct restore_parts *from) {
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
void store_restore_parts_begin(struct store_restoring *restore) {
    struct restore_parts *from = &restore->parts;
    if (!image_find(restore->image, "part", OBJECT_NONE, OBJECT_NONE, &from->table))
        from->table = (struct image_table){0};
    restore_parts_find_fields(from);
    from->until = restore->settled ? UINT64_MAX : latest_sequence(from);
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    restore_room(&from->seen, &from->seen_max, from->table.items, sizeof *from->seen);
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

uint64_t store_restore_parts_bytes(const struct catalog_set *set) {
    return store_parts_most(set) * (sizeof(struct restore_part) + sizeof(struct part_order));
}

/* The parts of this step in order, at most `most`. */
static struct part_order *sort_parts(const struct restore_parts *from, size_t most,
                                     size_t *ret_count) {
    struct part_order *places = memory_array(most + 1, sizeof *places);
    size_t count = 0;
    bool sorted = true;
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
    const struct catalog_family *family = object_match_family(
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
    return store_part_find(store, part->family, part->series, part->owner) != NULL;
}

static bool sum_fits(const struct store *store, const struct former_part *part) {
    const enum family_merge merge = part->family->merge;
    return merge == MERGE_MIN || merge == MERGE_MAX || merge == MERGE_LATEST ||
           owned_sum_fits(store, part->series, OWNER_NONE, part->base + part->value);
}

/* Make a part of a former one, or treat it as if its process had ended: *ret_link is then 0. */
static void take_part(struct store_restoring *restore, const struct former_part *from,
                      uint32_t *ret_link) {
    struct store *store = restore->store;
    struct owner *owner = owners_at(store->owners, from->owner);
    *ret_link = 0;
    if (!sum_fits(store, from))
        return;
    if (owner == NULL || !store_parts_have_room(store)) {
        if (restore->settled)
            owned_leave_rest(store, from->family, from->series, from->base, from->value);
        return;
    }
    if (is_taken(store, from))
        return;
    struct part *part = store_part_make_for(store, from->family, from->series, owner);
    part->base = from->base;
    part->value = from->value;
    if (from->family->merge != MERGE_LATEST)
        from->series->flags |= SERIES_STALE;
    *ret_link = part_link(store, part);
}

/* Whether the order of parts matters: a relayed summary has only one part, whose owner may
 * change. */
static bool has_order(const struct former_part *part) {
    return !part->family->kind->is_relayed;
}

static void take_record(struct store_restoring *restore, const struct part_order *record) {
    struct restore_parts *from = &restore->parts;
    struct former_part part;
    uint32_t link;
    if (!read_part(restore, record->record, &part))
        return;
    if (record->sequence < from->last && has_order(&part))
        from->out_of_order = true;
    take_part(restore, &part, &link);
    undo_commit(restore->store->undo);
    if (link == 0) {
        from->out_of_order |= restore->settled;
        return;
    }
    from->seen[record->record] =
        (struct restore_part){.sequence = record->sequence, .owner = part.owner, .link = link};
    if (record->sequence > from->last)
        from->last = record->sequence;
}

static void take_rest(struct store_restoring *restore) {
    const size_t most = count_next(&restore->parts);
    size_t count = 0;
    if (most == 0)
        return;
    struct part_order *places = sort_parts(&restore->parts, most, &count);
    for (size_t i = 0; i < count; i++)
        take_record(restore, &places[i]);
    free(places);
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
        store_part_free(restore->store, part);
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
        store_part_free(restore->store, part_at(restore->store, owner->parts));
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

/* Take all parts again, in the order of a single step. */
static void restore_parts_take_again(struct store_restoring *restore) {
    for (uint64_t i = 0; i < restore->parts.seen_max; i++)
        if (restore->parts.seen[i].link != 0)
            forget(restore, i);
    reset_bases(restore);
    restore->parts.last = 0;
    take_rest(restore);
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
            store_parts_show_latest(restore->store, set->families[i]);
    }
}

void store_restore_parts(struct store_restoring *restore) {
    owners_restore(restore->store->owners, restore->image, leave, restore);
    review(restore);
    take_rest(restore);
    if (!restore->settled)
        return;
    if (restore->ahead && restore->parts.out_of_order)
        restore_parts_take_again(restore);
    show(restore);
}

/* ---- restore windows: Restores the windows of summaries of another process. ---- */

enum { COUNT_BITS = 60 /* most bits of a count, so that sums of counts do not overflow */ };

static void restore_windows_find_fields(struct restore_windows *from) {
    from->turn = image_field(&from->subs, "turn", OBJECT_I64);
    from->zeros = image_field(&from->subs, "zeros", OBJECT_U64);
    from->astray = image_field(&from->subs, "astray", OBJECT_U64);
    from->min = image_field(&from->subs, "min", OBJECT_F64);
    from->max = image_field(&from->subs, "max", OBJECT_F64);
    from->links = image_field(&from->subs, "pages", OBJECT_U32);
    from->number = image_field(&from->pages, "number", OBJECT_I32);
    from->bins = image_field(&from->pages, "bins", OBJECT_U32);
}

void store_restore_windows_begin(struct store_restoring *restore) {
    struct restore_windows *from = &restore->windows;
    uint64_t words = from->taken_words;
    if (!image_find(restore->image, "window", OBJECT_NONE, OBJECT_NONE, &from->subs) ||
        !image_find(restore->image, "window_page", OBJECT_NONE, OBJECT_NONE, &from->pages))
        return;
    restore_windows_find_fields(from);
    restore_room(&from->taken, &words, from->pages.items / 64 + 1, sizeof *from->taken);
    from->taken_words = words;
    memset(from->taken, 0, words * sizeof *from->taken);
}

/* Mark a page of the image as taken. False: it does not exist, or already belongs to a window. */
static bool claim_page(struct restore_windows *from, uint64_t link) {
    const uint64_t page = link - 1;
    if (link == 0 || page >= from->pages.items || (from->taken[page / 64] >> page % 64 & 1) != 0)
        return false;
    from->taken[page / 64] |= UINT64_C(1) << page % 64;
    return true;
}

/* Whether a page of this number can exist: no double is in a bin further out. */
static bool is_page_number(int32_t number) {
    const double most = 750 / log(GAMMA) / PAGE_BINS;
    return number >= -most && number <= most;
}

/* Read the bins of a page. Returns how many observations it has. */
static uint64_t read_bins(const struct restore_windows *from, uint64_t page,
                          uint32_t ret_bins[PAGE_BINS]) {
    uint64_t count = 0;
    for (uint32_t i = 0; i < PAGE_BINS; i++) {
        ret_bins[i] = (uint32_t)image_integer(&from->pages, page, from->bins, i);
        count += ret_bins[i];
    }
    return count;
}

/* Copy a page. If there is no page for it here, its observations count as astray, as when they are
 * observed without a page. */
static void take_page(struct store_restoring *restore, struct subwindow *sub, uint64_t link) {
    struct restore_windows *from = &restore->windows;
    uint32_t bins[PAGE_BINS];
    if (!claim_page(from, link))
        return;
    const int32_t number = (int32_t)image_integer(&from->pages, link - 1, from->number, 0);
    const uint64_t count = read_bins(from, link - 1, bins);
    if (count == 0 || !is_page_number(number))
        return;
    const uint32_t place = window_page_place(restore->store, sub, number);
    const uint32_t own = sub->pages[place] == 0 ? window_take_page(restore->store, number) : 0;
    sub->count += count;
    if (own == 0) {
        restore->windows.again |= sub->pages[place] == 0;
        sub->astray += count;
        return;
    }
    memcpy(window_page_at(restore->store, own)->bins, bins, sizeof bins);
    sub->pages[place] = own;
    sub->page_count++;
}

static uint64_t read_count(const struct restore_windows *from, uint64_t record,
                           struct image_field field) {
    const uint64_t count = image_integer(&from->subs, record, field, 0);
    return count >> COUNT_BITS == 0 ? count : 0;
}

/* Shift a turn, which counts eighths of the window on the monotonic clock. If times are shifted by
 * a fraction of an eighth, the sub-window is treated as older than it is, so that no observation
 * older than the window counts. */
static int64_t moved_turn(const struct image *image, const struct catalog_family *family,
                          int64_t turn) {
    const int64_t length = window_turn_length(family);
    const int64_t shift = image->mono_shift_ms;
    int64_t moved;
    const int64_t turns = shift / length - (shift % length < 0);
    return __builtin_add_overflow(turn, turns, &moved) ? INT64_MAX : moved;
}

/* Whether a sub-window is older than the window, within it, or in the future. */
enum when { WHEN_PASSED, WHEN_COVERED, WHEN_TO_COME };

static enum when when_of(const struct store_restoring *restore, const struct catalog_family *family,
                         int64_t turn) {
    const int64_t now = window_turn_at(family, restore->now);
    if (turn > now)
        return WHEN_TO_COME;
    return turn > now - SUBWINDOWS ? WHEN_COVERED : WHEN_PASSED;
}

/* Read a sub-window of this turn, without pages. False if it is not valid. */
static bool read_subwindow(const struct restore_windows *from, const struct catalog_family *family,
                           uint64_t record, int64_t turn, struct subwindow *ret_sub) {
    const double min = image_double(&from->subs, record, from->min, 0);
    const double max = image_double(&from->subs, record, from->max, 0);
    const uint64_t zeros = read_count(from, record, from->zeros);
    const uint64_t astray = read_count(from, record, from->astray);
    *ret_sub = (struct subwindow){.turn = turn,
                                  .min = min,
                                  .max = max,
                                  .zeros = zeros,
                                  .astray = astray,
                                  .count = zeros + astray};
    return isfinite(min) && isfinite(max) && min <= max && (min >= 0 || family->allow_negative);
}

/* Copy a sub-window. Returns whether the copy is as in the image: before the last step, a
 * sub-window may still be in the future. */
static bool take_subwindow(struct store_restoring *restore, const struct catalog_family *family,
                           uint64_t record, struct subwindow *subs, int64_t *latest) {
    const struct restore_windows *from = &restore->windows;
    const int64_t former = (int64_t)image_integer(&from->subs, record, from->turn, 0);
    const int64_t turn = moved_turn(restore->image, family, former);
    const enum when when = when_of(restore, family, turn);
    struct subwindow sub;
    if (when != WHEN_COVERED || (uint64_t)former % SUBWINDOWS != record % SUBWINDOWS ||
        !read_subwindow(from, family, record, turn, &sub))
        return when != WHEN_TO_COME;
    for (uint32_t i = 0; i < PAGES_EACH && i < from->links.count; i++)
        take_page(restore, &sub, image_integer(&from->subs, record, from->links, i));
    if (sub.count == 0)
        return true;
    subs[(uint64_t)turn % SUBWINDOWS] = sub;
    if (turn > *latest)
        *latest = turn;
    return true;
}

/* Copy a window. Returns whether the copy is as in the image. */
static bool take_window(struct store_restoring *restore, const struct catalog_family *family,
                        struct series *series, uint32_t number) {
    struct store *store = restore->store;
    const uint32_t own = series_summary(series)->window;
    bool whole = true;
    if (number == 0 || restore->windows.taken == NULL)
        return true;
    for (uint32_t i = 0; i < SUBWINDOWS; i++)
        whole &= take_subwindow(restore, family, (uint64_t)(number - 1) * SUBWINDOWS + i,
                                window_subs(store, own), window_turn(store, own));
    return whole;
}

static uint64_t read_total(const struct restore_source *source, uint64_t record) {
    return image_integer(&source->table, record, source->fields.count, 0);
}

/* The other process increases the count of a series after it has written all else of an
 * observation. So a copy is complete if the count did not change meanwhile, and remains valid until
 * it does. */
void store_restore_window(struct store_restoring *restore, const struct restore_source *source,
                          uint64_t record, struct series *series, bool made) {
    struct series_summary *summary = (struct series_summary *)(void *)(series + 1);
    const uint64_t total = read_total(source, record);
    if (!made) {
        if (restore_bit(source->whole, record) && summary->count == total)
            return;
        store_restore_window_empty(restore->store, series);
    }
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    const uint64_t number = image_integer(&source->table, record, source->fields.window, 0);
    const bool whole = take_window(restore, source->family, series, (uint32_t)number);
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    summary->count = total;
    restore_bit_set(source->whole, record, whole && read_total(source, record) == total);
}

void store_restore_window_empty(struct store *store, struct series *series) {
    struct series_summary *summary = (struct series_summary *)(void *)(series + 1);
    window_clear(store, summary->window);
    summary->count = 0;
}

static void each_window(struct store_restoring *restore,
                        void (*act)(struct store_restoring *restore,
                                    const struct restore_source *source, uint64_t record)) {
    for (size_t i = 0; i < restore->store->set->family_count; i++) {
        const struct restore_source *source = &restore->sources[i];
        for (uint64_t record = 0; source->whole != NULL && record < source->seen_max; record++)
            if (source->seen[record].place != 0)
                act(restore, source, record);
    }
}

static struct series *series_of(const struct restore_source *source, uint64_t record) {
    return slab_series(source->sf, source->seen[record].place - 1);
}

static void empty(struct store_restoring *restore, const struct restore_source *source,
                  uint64_t record) {
    store_restore_window_empty(restore->store, series_of(source, record));
    undo_commit(restore->store->undo);
}

static void restore_windows_take_again(struct store_restoring *restore,
                                       const struct restore_source *source, uint64_t record) {
    store_restore_window(restore, source, record, series_of(source, record), true);
    undo_commit(restore->store->undo);
}

void store_restore_windows_again(struct store_restoring *restore) {
    if (restore->windows.taken == NULL) /* there are none */
        return;
    memset(restore->windows.taken, 0,
           restore->windows.taken_words * sizeof *restore->windows.taken);
    each_window(restore, empty);
    each_window(restore, restore_windows_take_again);
}
