/* Parts: what one process owns of one series. Their table, its index and the lists through it. */
#include "store/parts.h"

#include "store/own.h"

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

uint32_t parts_most(const struct catalog_set *set) {
    uint64_t parts = 0;
    for (size_t i = 0; i < set->family_count && parts < PARTS_MAX; i++)
        parts += family_parts(set->families[i]);
    return parts < PARTS_MAX ? (uint32_t)parts : PARTS_MAX;
}

static const struct object_field part_fields[] = {
    {"family", OBJECT_U32, offsetof(struct part, family), 1},
    {"place", OBJECT_U32, offsetof(struct part, place), 1},
    {"value", OBJECT_F64, offsetof(struct part, value), 1},
    {"base", OBJECT_F64, offsetof(struct part, base), 1},
    {"owner", OBJECT_U32, offsetof(struct part, owner), 1},
    {"sequence", OBJECT_U64, offsetof(struct part, sequence), 1},
};

static struct object_spec parts_spec(const struct catalog_set *set) {
    return (struct object_spec){.name = "part",
                                .family = OBJECT_NONE,
                                .label = OBJECT_NONE,
                                .item_bytes = sizeof(struct part),
                                .max_items = parts_most(set),
                                .fields = part_fields,
                                .field_count = sizeof part_fields / sizeof *part_fields};
}

uint64_t parts_bytes(const struct catalog_set *set) {
    const struct object_spec spec = parts_spec(set);
    return spec.max_items == 0 ? 0 : held_table_bytes(&spec) + slots_bytes(spec.max_items);
}

uint64_t parts_object_bytes(const struct catalog_set *set) {
    const struct object_spec spec = parts_spec(set);
    return held_object_bytes(&spec);
}

bool parts_init(struct store *store, struct object *object) {
    struct parts *parts = &store->parts;
    const struct object_spec spec = parts_spec(store->set);
    store->owners = owners_new(store->held.memory, object, OWNERS_MAX);
    if (store->owners == NULL)
        return false;
    if (spec.max_items == 0)
        return true;
    if (!held_table(&store->held, object, &spec, &parts->table) ||
        !held_slots(&store->held, &parts->index, spec.max_items))
        return false;
    parts->items = object_at(&parts->table, 0);
    parts->spread_anchor = hash_bytes("anchor", 6, store->seed) | 1;
    parts->spread_owner = hash_bytes("owner", 5, store->seed) | 1;
    return true;
}

void parts_done(struct store *store) {
    owners_free(store->owners);
    object_table_done(&store->parts.table, store->held.memory);
    slots_done(&store->parts.index, store->held.memory);
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

struct part *part_find(const struct store *store, const struct catalog_family *family,
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

double part_value(const struct store *store, const struct series *series, const struct part *part) {
    const struct series_writer *writer = writer_of(store, series_writable(series), part);
    return writer != NULL ? writer->value : part->value;
}

void part_settle(const struct store *store, struct series *series, struct part *part) {
    struct series_writer *writer = writer_of(store, series, part);
    if (writer == NULL)
        return;
    part->value = writer->value;
    undo_word(store->undo, writer); /* this word has the owner and the link */
    writer->part = 0;
}

/* ---- lists ---- */

static uint32_t *anchor_list(struct store *store, struct series *series) {
    return kind_rows[series->kind].is_description ? &store->families[series->family]->infos
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

bool parts_have_room(const struct store *store) {
    return store->parts.free != 0 || store->parts.used < store->parts.table.max_items;
}

struct part *part_make(struct store *store, const struct catalog_family *family,
                       struct series *series, owner_id id) {
    struct owner *owner = owners_live(store->owners, id);
    return owner != NULL ? part_make_for(store, family, series, owner) : NULL;
}

struct part *part_make_for(struct store *store, const struct catalog_family *family,
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

void part_free(struct store *store, struct part *part) {
    const uint32_t link = part_link(store, part);
    slots_remove(&store->parts.index, part->key, link - 1);
    unlink_from_anchor(store, part);
    unlink_from_owner(store, part);
    undo_range(store->undo, part, PART_LASTING);
    *part = (struct part){.next = store->parts.free};
    store->parts.free = link;
    store->figures.parts--;
}

void part_move(struct store *store, struct part *part, struct series *series) {
    undo_word(store->undo, &part->place);
    undo_word(store->undo, &part->sequence);
    unlink_from_anchor(store, part);
    link_to_anchor(store, part, part_link(store, part), series);
}

bool part_hand_over(struct store *store, struct part *part, owner_id id) {
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

size_t parts_release(struct store *store, struct series *series) {
    enum { RELEASED_AT_ONCE = 256 }; /* per commit; the series is not live any more */
    size_t freed = 0;
    uint32_t link = *anchor_list(store, series);
    while (owned_of(series)->part_count > 0) {
        struct part *part = part_at(store, link);
        link = part->next;
        if (part->place !=
            owned_of(series)->place) /* belongs to another series of the info family */
            continue;
        part_free(store, part);
        if (++freed % RELEASED_AT_ONCE == 0)
            undo_commit(store->undo);
    }
    return freed;
}

void parts_show_latest(struct store *store, const struct catalog_family *family) {
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
