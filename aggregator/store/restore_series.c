/* Restores series from the records of another process. */
#include "store/expire.h"
#include "store/obtain_private.h"
#include "store/restore_private.h"

/* A record's first word, which identifies the series. */
struct head {
    uint32_t generation;
    bool live;
};

/* Keeps reads before this call and reads after it in that order; the counterpart of undo_barrier in
 * the process that writes. */
static void fence(void) {
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
}

static struct head read_head(const struct restore_source *source, uint64_t record) {
    const struct restore_fields *fields = &source->fields;
    const uint64_t flags = image_integer(&source->table, record, fields->flags, 0);
    return (struct head){.generation =
                             (uint32_t)image_integer(&source->table, record, fields->generation, 0),
                         .live = (flags & SERIES_LIVE) != 0};
}

static bool is_same(struct head a, struct head b) {
    return a.generation == b.generation && a.live == b.live;
}

/* Whether the record is of a live series that is not past its time to live. */
static bool is_wanted(const struct store_restoring *restore, const struct restore_source *source,
                      uint64_t record, struct head head) {
    return head.live && !restore_numbers_expired(restore, source, record);
}

static struct series *seen_series(const struct restore_source *source, uint64_t record) {
    return slab_series(source->sf, source->seen[record].place - 1);
}

/* ---- what was there in the step before ---- */

static void forget(struct store_restoring *restore, struct restore_source *source,
                   uint64_t record) {
    struct store *store = restore->store;
    const uint32_t slot = source->seen[record].place - 1;
    restore_bit_set(source->claimed, slot, false);
    if (!restore_bit(source->found, slot)) {
        (void)expire_slot(store, source->sf, slot);
        store->figures.series_freed--; /* nobody else saw it */
    } else if (source->family->kind->has_window) {
        restore_window_empty(store, seen_series(source, record));
    }
    undo_commit(store->undo);
    source->seen[record] = (struct restore_seen){0};
    source->count.kept--;
}

/* The series is unchanged: copy only its numbers. False: they are not possible numbers for it. */
static bool renew(struct store_restoring *restore, struct restore_source *source, uint64_t record) {
    if (restore->settled && !restore_numbers_check(restore, source, record))
        return false;
    struct series *series = seen_series(source, record);
    if (source->family->kind->has_window)
        restore_window(restore, source, record, series, false);
    if (restore->settled)
        restore_numbers_take(restore, source, record, series);
    return true;
}

/* Renew or forget the series made of records in earlier steps. Returns how many records were not
 * seen yet and may be series. */
static uint64_t review(struct store_restoring *restore, struct restore_source *source) {
    uint64_t left = 0;
    for (uint64_t i = 0; i < source->seen_max; i++) {
        const struct head head = read_head(source, i);
        const struct restore_seen *seen = &source->seen[i];
        if (seen->place != 0) {
            if (head.generation == seen->generation && !restore->distrusted &&
                is_wanted(restore, source, i, head) && renew(restore, source, i))
                continue;
            forget(restore, source, i);
        }
        left += head.live;
    }
    return left;
}

/* ---- what is new ---- */

/* Whether this is the first record for the series. */
static bool claim(const struct restore_source *source, uint32_t slot, bool made) {
    if (restore_bit(source->claimed, slot))
        return false;
    restore_bit_set(source->claimed, slot, true);
    restore_bit_set(source->found, slot, !made);
    return true;
}

static uint32_t slot_of(const struct store_family *sf, const struct series *series) {
    const unsigned char *at = (const unsigned char *)series;
    return (uint32_t)((uint64_t)(at - sf->slab.items) / sf->slab.item_bytes);
}

static void take_numbers(struct store_restoring *restore, const struct restore_source *source,
                         uint64_t record, struct series *series) {
    if (source->family->kind->has_window)
        restore_window(restore, source, record, series, true);
    if (restore->settled)
        restore_numbers_take(restore, source, record, series);
}

enum taken { TAKEN, TAKEN_NOT, TAKEN_NO_ROOM, TAKEN_NO_MEMORY };

/* Make a series of a record, if the record is valid. */
static enum taken take(struct store_restoring *restore, struct restore_source *source,
                       const struct restore_labels *labels, uint64_t record, struct head head) {
    struct store *store = restore->store;
    struct store_label wanted[LABELS_MAX];
    struct restore_texts texts;
    struct series *series;
    bool made;
    if (!restore_labels_read(labels, record, &texts, wanted) ||
        (restore->settled && !restore_numbers_check(restore, source, record)))
        return TAKEN_NOT;
    fence();
    if (!is_same(read_head(source, record), head))
        return TAKEN_NOT;
    const enum store_result result =
        obtain_same(store, source->sf, wanted, restore->now, &series, &made);
    if (result != STORE_FOUND)
        return result == STORE_NO_MEMORY ? TAKEN_NO_MEMORY : TAKEN_NO_ROOM;
    const uint32_t slot = slot_of(source->sf, series);
    if (!claim(source, slot, made))
        return TAKEN_NO_ROOM;
    take_numbers(restore, source, record, series);
    source->seen[record] = (struct restore_seen){.place = slot + 1, .generation = head.generation};
    source->count.kept++;
    return TAKEN;
}

/* Take all records that were not seen yet. *ret_short: there was not room for all, so the result
 * depends on their order. False when out of memory. */
static bool take_rest(struct store_restoring *restore, struct restore_source *source,
                      const struct restore_labels *labels, bool *ret_short) {
    source->count.ended = 0;
    for (uint64_t i = 0; i < source->table.items; i++) {
        if (source->seen[i].place != 0)
            continue;
        const struct head head = read_head(source, i);
        if (!is_wanted(restore, source, i, head))
            continue;
        fence();
        const enum taken taken = take(restore, source, labels, i, head);
        undo_commit(restore->store->undo);
        if (taken == TAKEN_NO_MEMORY)
            return false;
        source->count.ended += taken != TAKEN;
        *ret_short |= taken == TAKEN_NO_ROOM;
    }
    return true;
}

/* End the series made in earlier steps; those that existed before restoring only if
 * `with_found`. */
static void forget_all(struct store_restoring *restore, struct restore_source *source,
                       bool with_found) {
    for (uint64_t i = 0; i < source->seen_max; i++)
        if (source->seen[i].place != 0 &&
            (with_found || !restore_bit(source->found, source->seen[i].place - 1)))
            forget(restore, source, i);
}

/* ---- a family ---- */

static bool begin(struct store_restoring *restore, struct restore_source *source,
                  const struct catalog_family *family, const struct image_table *table) {
    const struct memory *memory = restore->store->held.memory;
    source->met = true;
    source->table = *table;
    restore_numbers_fields(table, &source->fields);
    if (source->family == NULL) {
        source->family = family;
        source->sf = store_family(restore->store, family);
        source->claimed = memory_array(memory, family->bound / 64 + 1, sizeof *source->claimed);
        source->found = memory_array(memory, family->bound / 64 + 1, sizeof *source->found);
    }
    uint64_t words = source->seen_max / 64;
    return source->claimed != NULL && source->found != NULL &&
           (!family->kind->has_window || restore_room(memory, &source->whole, &words,
                                                      table->items / 64 + 1, sizeof(uint64_t))) &&
           restore_room(memory, &source->seen, &source->seen_max, (table->items / 64 + 1) * 64,
                        sizeof *source->seen);
}

/* Do one step for a family. False when out of memory. */
static bool take_family(struct store_restoring *restore, struct restore_source *source,
                        const struct restore_labels *labels) {
    bool is_short = false;
    const uint64_t left = source->known ? review(restore, source) : source->table.items;
    source->known = true;
    source->count.ended = 0;
    if (left > 0 && !take_rest(restore, source, labels, &is_short))
        return false;
    if (!restore->settled)
        return true;
    if (is_short && restore->ahead) {
        restore->windows.again = true; /* some pages belonged to windows that have ended */
        forget_all(restore, source, false);
        if (!take_rest(restore, source, labels, &is_short))
            return false;
    }
    restore->restored.kept += source->count.kept;
    restore->restored.ended += source->count.ended;
    return true;
}

/* Count the series of a family that the present catalogs lack as ended. */
static void end_family(struct store_restoring *restore, const struct image_table *table) {
    struct restore_source source = {.table = *table};
    if (!match_is_carried(restore->match, table->family))
        return;
    restore_numbers_fields(table, &source.fields);
    for (uint64_t i = 0; i < table->items && restore->settled; i++)
        restore->restored.ended += read_head(&source, i).live;
}

/* Whether the image has generations. Without them it can be read only after its writer has
 * stopped. */
static bool has_generations(const struct image_table *table) {
    return image_field(table, "generation", OBJECT_U32).count > 0;
}

static bool take_table(struct store_restoring *restore, const struct image_table *table) {
    struct restore_labels labels;
    if (!restore_labels_init(&labels, restore->match, table)) {
        end_family(restore, table);
        return true;
    }
    const struct catalog_family *family = labels.family;
    struct restore_source *source = &restore->sources[family->index];
    if (!match_is_carried(restore->match, table->family) || source->met ||
        (!restore->settled && !has_generations(table)))
        return true;
    return begin(restore, source, family, table) && take_family(restore, source, &labels);
}

/* Forget the series of families that the image had in an earlier step and has no longer. */
static void forget_unmet(struct store_restoring *restore) {
    for (size_t i = 0; i < restore->store->set->family_count; i++) {
        struct restore_source *source = &restore->sources[i];
        if (source->family == NULL || source->met)
            continue;
        forget_all(restore, source, true);
        memory_release(restore->store->held.memory, source->seen);
        source->seen = NULL;
        source->seen_max = 0;
        source->table = (struct image_table){0};
    }
}

bool restore_series(struct store_restoring *restore) {
    struct image_table table;
    uint32_t at = 0;
    for (size_t i = 0; i < restore->store->set->family_count; i++)
        restore->sources[i].met = false;
    while (image_next(restore->image, "series", &at, &table))
        if (!take_table(restore, &table))
            return false;
    if (restore->settled)
        forget_unmet(restore);
    return true;
}
