/* SPDX-License-Identifier: MIT */
/* owned.c - values that belong to processes, and what their series show of them. */
#include "store/store_private.h"

/* ---- parts ----
 * Parts: what one process owns of one series. Their table, its index and the lists through it.
 */

/* ---- how large ---- */

/* A relayed summary has one writer, an info family one series for each process. */
static uint64_t family_parts(const struct catalog_family *family) {
    if (!family_is_owned(family))
        return 0;
    if (family->kind->is_description)
        return OWNERS_MAX;
    if (family->kind->is_relayed)
        return family->bound;
    return family->bound < PARTS_MAX ? family->bound * OWNERS_MAX : PARTS_MAX;
}

uint32_t store_parts_most(const struct catalog_set *set) {
    uint64_t parts = 0;
    for (size_t i = 0; i < set->family_count && parts < PARTS_MAX; i++)
        parts += family_parts(set->families[i]);
    return parts < PARTS_MAX ? (uint32_t)parts : PARTS_MAX;
}

static const struct object_field part_fields[] = {
    OBJECT_FIELD(struct part, family, "family", OBJECT_U32),
    OBJECT_FIELD(struct part, place, "place", OBJECT_U32),
    OBJECT_FIELD(struct part, value, "value", OBJECT_F64),
    OBJECT_FIELD(struct part, base, "base", OBJECT_F64),
    OBJECT_FIELD(struct part, owner, "owner", OBJECT_U32),
    OBJECT_FIELD(struct part, sequence, "sequence", OBJECT_U64),
};

static struct object_spec parts_spec(const struct catalog_set *set) {
    return (struct object_spec)OBJECT_SPEC("part", struct part, store_parts_most(set), part_fields);
}

uint64_t store_parts_bytes(const struct catalog_set *set) {
    const struct object_spec spec = parts_spec(set);
    return spec.max_items == 0 ? 0 : held_table_bytes(&spec) + slots_bytes(spec.max_items);
}

uint64_t store_parts_object_bytes(const struct catalog_set *set) {
    const struct object_spec spec = parts_spec(set);
    return held_object_bytes(&spec);
}

void store_parts_init(struct store *store, struct object *object) {
    struct parts *parts = &store->parts;
    const struct object_spec spec = parts_spec(store->set);
    store->owners = owners_new(object, OWNERS_MAX);
    if (spec.max_items == 0)
        return;
    object_table(object, &spec, &parts->table);
    held_slots(&store->held, &parts->index, spec.max_items);
    parts->items = object_at(&parts->table, 0);
    parts->spread_anchor = hash_bytes("anchor", 6, store->seed) | 1;
    parts->spread_owner = hash_bytes("owner", 5, store->seed) | 1;
}

void store_parts_done(struct store *store) {
    owners_free(store->owners);
    object_table_done(&store->parts.table);
    slots_done(&store->parts.index);
}

/* ---- index ---- */

/* The anchor of a part: a series, or an info family (place 0). */
static uint64_t anchor_of(const struct catalog_family *family, const struct series *series) {
    const uint32_t place = family->kind->is_description ? 0 : series_owned(series)->place;
    return (uint64_t)series->family << 32 | place;
}

static uint64_t anchor_of_series(const struct series *series) {
    return (uint64_t)series->family << 32 | series_owned(series)->place;
}

/*
 * For each anchor, eight owners with neighbouring ids share a group of eight slots, a cache line,
 * because the workers of a service write the same series. Groups are spread by multiply-shift
 * hashing with random odd multipliers (Dietzfelbinger, Hagerup, Katajainen and Penttonen 1997).
 */
static uint32_t key_of(const struct store *store, uint64_t anchor, owner_id owner) {
    const struct parts *parts = &store->parts;
    const uint64_t place =
        anchor * parts->spread_anchor + (uint64_t)(owner >> 3) * parts->spread_owner;
    return (uint32_t)(place >> 32) << 3 | (owner & 7);
}

static bool part_is(const struct part *part, const struct catalog_family *family,
                    const struct series *series, owner_id owner) {
    return part->owner == owner && part->family == series->family &&
           (family->kind->is_description || part->place == series_owned(series)->place);
}

struct part *store_part_find(const struct store *store, const struct catalog_family *family,
                             const struct series *series, owner_id owner) {
    const struct parts *parts = &store->parts;
    const uint32_t key = key_of(store, anchor_of(family, series), owner);
    uint32_t at = key;
    uint32_t item;
    while ((item = slots_next(&parts->index, key, &at)) != SLOTS_NONE)
        if (part_is(&parts->items[item], family, series, owner))
            return &parts->items[item];
    return NULL;
}

/* Does not prefetch parts of an info family, which are few and rarely written. */
bool store_own_touch(const struct store *store, const struct series *series, owner_id owner) {
    if (series_has_writers(series) && writer_is(writer_at(series_writable(series), owner), owner))
        return false;
    __builtin_prefetch(
        slots_home(&store->parts.index, key_of(store, anchor_of_series(series), owner)));
    return true;
}

void store_own_fetch(const struct store *store, const struct series *series, owner_id owner) {
    const struct parts *parts = &store->parts;
    const uint32_t key = key_of(store, anchor_of_series(series), owner);
    uint32_t at = key;
    const uint32_t item = slots_next(&parts->index, key, &at);
    if (item != SLOTS_NONE)
        __builtin_prefetch(&parts->items[item], 1);
}

/* ---- values ---- */

/* The series' writer that holds the part's value, or NULL. */
static struct series_writer *writer_of(const struct store *store, struct series *series,
                                       const struct part *part) {
    if (!series_has_writers(series))
        return NULL;
    struct series_writer *writer = writer_at(series, part->owner);
    return writer->part == part_link(store, part) ? writer : NULL;
}

double store_part_value(const struct store *store, const struct series *series,
                        const struct part *part) {
    const struct series_writer *writer = writer_of(store, series_writable(series), part);
    return writer != NULL ? writer->value : part->value;
}

/* Move the part's value back from the series into the part, if it is kept in the series. The part
 * needs no undo note: as long as the series names the part, the value in the series is the one that
 * counts. */
static void part_settle(const struct store *store, struct series *series, struct part *part) {
    struct series_writer *writer = writer_of(store, series, part);
    if (writer == NULL)
        return;
    part->value = writer->value;
    undo_word(store->undo, writer); /* this word has the owner and the link */
    writer->part = 0;
}

/* ---- lists ---- */

static uint32_t *anchor_list(struct store *store, struct series *series) {
    return catalog_kind_rows[series->kind].is_description ? &store->families[series->family]->infos
                                                          : &owned_of(series)->parts;
}

static void link_to_anchor(struct store *store, struct part *part, uint32_t link,
                           struct series *series) {
    uint32_t *head = anchor_list(store, series);
    part->family = series->family;
    part->place = owned_of(series)->place;
    part->sequence = ++store->parts.sequence;
    part->prev = 0;
    part->next = *head;
    part->ahead = 0;
    if (*head != 0) {
        struct part *second = part_at(store, *head);
        second->prev = link;
        /* Point as far ahead as the second part does, or one further while the list is short. */
        part->ahead = *head;
        if (second->ahead != 0)
            part->ahead = owned_of(series)->part_count < PARTS_AHEAD
                              ? second->ahead
                              : part_at(store, second->ahead)->prev;
    }
    *head = link;
    owned_of(series)->part_count++;
}

static void unlink_from_anchor(struct store *store, struct part *part) {
    struct series *series = part_series(store, part);
    part_settle(store, series, part);
    if (part->prev != 0)
        part_at(store, part->prev)->next = part->next;
    else
        *anchor_list(store, series) = part->next;
    if (part->next != 0)
        part_at(store, part->next)->prev = part->prev;
    owned_of(series)->part_count--;
}

static void link_to_owner(struct store *store, struct part *part, uint32_t link,
                          struct owner *owner) {
    part->owner = owner->id;
    part->owner_prev = 0;
    part->owner_next = owner->parts;
    if (owner->parts != 0)
        part_at(store, owner->parts)->owner_prev = link;
    owner->parts = link;
    owner->part_count++;
}

static void unlink_from_owner(struct store *store, const struct part *part) {
    struct owner *owner = owners_at(store->owners, part->owner);
    if (part->owner_prev != 0)
        part_at(store, part->owner_prev)->owner_next = part->owner_next;
    else
        owner->parts = part->owner_next;
    if (part->owner_next != 0)
        part_at(store, part->owner_next)->owner_prev = part->owner_prev;
    owner->part_count--;
}

/* ---- parts ---- */

bool store_parts_have_room(const struct store *store) {
    return store->parts.free != 0 || store->parts.used < store->parts.table.max_items;
}

/* Make a part that does not exist yet, with value 0, and link it first in both lists. NULL: the
 * table is full (which is counted), or the owner is not live. */
static struct part *part_make(struct store *store, const struct catalog_family *family,
                              struct series *series, owner_id id) {
    struct owner *owner = owners_live(store->owners, id);
    return owner != NULL ? store_part_make_for(store, family, series, owner) : NULL;
}

struct part *store_part_make_for(struct store *store, const struct catalog_family *family,
                                 struct series *series, struct owner *owner) {
    struct parts *parts = &store->parts;
    uint32_t link = parts->free;
    if (link != 0) {
        parts->free = part_at(store, link)->next;
    } else if (held_reach(&store->held, &parts->table, (uint64_t)parts->used + 1)) {
        link = ++parts->used;
    } else {
        store->figures.parts_full++;
        return NULL;
    }
    struct part *part = part_at(store, link);
    undo_range(store->undo, part, PART_LASTING);
    *part = (struct part){.key = key_of(store, anchor_of(family, series), owner->id)};
    link_to_anchor(store, part, link, series);
    link_to_owner(store, part, link, owner);
    slots_add(&parts->index, part->key, link - 1);
    store->figures.parts++;
    return part;
}

void store_part_free(struct store *store, struct part *part) {
    const uint32_t link = part_link(store, part);
    slots_remove(&store->parts.index, part->key, link - 1);
    unlink_from_anchor(store, part);
    unlink_from_owner(store, part);
    undo_range(store->undo, part, PART_LASTING);
    *part = (struct part){.next = store->parts.free};
    store->parts.free = link;
    store->figures.parts--;
}

/* Make a part the first in the list of its anchor; it now belongs to `series`. */
static void part_move(struct store *store, struct part *part, struct series *series) {
    undo_word(store->undo, &part->place);
    undo_word(store->undo, &part->sequence);
    unlink_from_anchor(store, part);
    link_to_anchor(store, part, part_link(store, part), series);
}

/* Give a part to another owner. False: that owner is not live. */
static bool part_hand_over(struct store *store, struct part *part, owner_id id) {
    struct owner *owner = owners_live(store->owners, id);
    if (owner == NULL)
        return false;
    const uint32_t link = part_link(store, part);
    slots_remove(&store->parts.index, part->key, link - 1);
    unlink_from_owner(store, part);
    undo_word(store->undo, &part->owner);
    part->key = key_of(store, anchor_of_series(part_series(store, part)), id);
    link_to_owner(store, part, link, owner);
    slots_add(&store->parts.index, part->key, link - 1);
    return true;
}

size_t store_parts_release(struct store *store, struct series *series) {
    enum { RELEASED_AT_ONCE = 256 }; /* per commit; the series is not live any more */
    size_t freed = 0;
    uint32_t link = *anchor_list(store, series);
    while (owned_of(series)->part_count > 0) {
        struct part *part = part_at(store, link);
        link = part->next;
        if (part->place !=
            owned_of(series)->place) /* belongs to another series of the info family */
            continue;
        store_part_free(store, part);
        if (++freed % RELEASED_AT_ONCE == 0)
            undo_commit(store->undo);
    }
    return freed;
}

void store_parts_show_latest(struct store *store, const struct catalog_family *family) {
    struct store_family *sf = store_family(store, family);
    const uint32_t latest = sf->infos == 0 ? 0 : part_at(store, sf->infos)->place;
    if (latest == sf->shown)
        return;
    if (sf->shown != 0)
        slab_series(sf, sf->shown - 1)->flags |= SERIES_HIDDEN;
    if (latest != 0)
        slab_series(sf, latest - 1)->flags &= (uint8_t)~SERIES_HIDDEN;
    sf->shown = latest;
}

/* ---- merge ----
 * The value of a series, merged from the parts of processes: their sum, minimum or maximum.
 */

enum { PARTS_A_UNIT = 4 };

/* A walk over the parts of a series. Parts are scattered in memory and linked one to the next, so
 * waiting for each of thousands of parts would take milliseconds. So each part has a hint of a part
 * further on, to prefetch, and the walk repairs hints that changes of the list have invalidated. */
struct part_walk {
    uint32_t link; /* of the next part */
    size_t count;
    struct part *passed[PARTS_AHEAD];
};

static const struct part *walk_next(const struct store *store, struct part_walk *walk) {
    if (walk->link == 0)
        return NULL;
    struct part *part = part_at(store, walk->link);
    if (part->ahead != 0)
        __builtin_prefetch(part_at(store, part->ahead));
    struct part **before = &walk->passed[walk->count % PARTS_AHEAD];
    if (walk->count >= PARTS_AHEAD && (*before)->ahead != walk->link)
        (*before)->ahead = walk->link;
    *before = part;
    walk->count++;
    walk->link = part->next;
    return part;
}

static double sum_of_parts(const struct store *store, const struct series *series) {
    const struct series_owned *owned = series_owned(series);
    struct part_walk walk = {.link = owned->parts};
    const struct part *part;
    double sum = owned->base;
    while ((part = walk_next(store, &walk)) != NULL)
        sum += part->base + store_part_value(store, series, part);
    return merge_kept_finite(sum);
}

static double extreme_of_parts(const struct store *store, const struct series *series,
                               bool greatest) {
    struct part_walk walk = {.link = series_owned(series)->parts};
    const struct part *part = walk_next(store, &walk);
    double extreme = part != NULL ? store_part_value(store, series, part) : 0;
    while ((part = walk_next(store, &walk)) != NULL) {
        const double value = store_part_value(store, series, part);
        if (greatest ? value > extreme : value < extreme)
            extreme = value;
    }
    return extreme;
}

size_t store_merge(struct store *store, const struct catalog_family *family,
                   const struct series *series) {
    if (!(series->flags & SERIES_STALE))
        return 0;
    struct series *own = series_writable(series);
    own->flags &= (uint8_t)~SERIES_STALE;
    if (family->merge == MERGE_MIN || family->merge == MERGE_MAX)
        own->value = extreme_of_parts(store, series, family->merge == MERGE_MAX);
    else
        own->value = sum_of_parts(store, series);
    return 1 + series_owned(series)->part_count / PARTS_A_UNIT;
}

/* ---- owned ----
 * Values that belong to processes: how a sample changes its part, and what the end of a process
 * changes.
 */

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
            sum += part->base + store_part_value(store, series, part);
        link = part->next;
    }
    return isfinite(sum);
}

/* ---- series ---- */

void owned_begin_info(struct store *store, const struct catalog_family *family,
                      struct series *series, struct store_time now) {
    (void)family;
    (void)store;
    (void)now;
    series->value = 1;
    series->flags |= SERIES_HIDDEN;
}

void owned_end_info(struct store *store, struct store_family *sf, struct series *series) {
    store_parts_show_latest(store, sf->family);
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
    struct part *part = store_part_find(store, family, series, owner);
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
            store_part_free(store, part);
        series->flags |= SERIES_STALE;
        return OWN_TAKEN;
    }
    if (family->merge == MERGE_SUM && !owned_sum_fits(store, series, owner, value))
        return OWN_BEYOND;
    series_touch(store, series, now);
    return write_part(store, family, series, owner, part, 0, value);
}

double store_own_value(const struct store *store, const struct catalog_family *family,
                       const struct series *series, owner_id owner) {
    const struct part *part = store_part_find(store, family, series, owner);
    return part != NULL ? store_part_value(store, series, part) : 0;
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
    struct part *part = store_part_find(store, family, series, owner);
    if (part == NULL && (part = part_make(store, family, series, owner)) == NULL)
        return OWN_FULL;
    struct series *before = part_series(store, part);
    if (before != series || part->prev != 0)
        part_move(store, part, series);
    series->updated_ms = now.mono_ms;
    store_parts_show_latest(store, family);
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
    store_part_free(store, part);
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
    store_part_free(store, part);
    store_parts_show_latest(store, family);
}

void owned_leave_relayed(struct store *store, const struct catalog_family *family,
                         struct series *series, struct part *part) {
    (void)family;
    (void)series;
    store_part_free(store, part);
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
