/* The series of another process: which of its records are series here, and their numbers. */
#include "store/restore.h"

#include <math.h>

#include "store/obtain.h"

/* The fields of a family's series; those that its kind does not have are zeroed. */
struct series_fields {
    struct image_field flags;
    struct image_field value;
    struct image_field created_ms;
    struct image_field carry;
    struct image_field updated_ms;
    struct image_field buckets;
    struct image_field count;
    struct image_field window;
    struct image_field base;
    struct image_field present;
    struct image_field items;
};

/* A family under way. */
struct series_source {
    struct image_table table;
    struct restore_labels labels;
    struct series_fields fields;
    const struct catalog_family *family;
    struct store_family *sf;
    uint32_t *places; /* or NULL */
    uint64_t *
        taken; /* bit set: the series of this slot, which was there from the start, has its numbers */
    uint32_t started; /* so many slots were there from the start */
};

static void find_fields(const struct image_table *table, struct series_fields *ret_fields) {
    *ret_fields = (struct series_fields){
        .flags = image_field(table, "flags", OBJECT_U8),
        .value = image_field(table, "value", OBJECT_F64),
        .created_ms = image_field(table, "created_ms", OBJECT_I64),
        .carry = image_field(table, "carry", OBJECT_F64),
        .updated_ms = image_field(table, "updated_ms", OBJECT_MONO_MS),
        .buckets = image_field(table, "buckets", OBJECT_U64),
        .count = image_field(table, "count", OBJECT_U64),
        .window = image_field(table, "window", OBJECT_U32),
        .base = image_field(table, "base", OBJECT_F64),
        .present = image_field(table, "present", OBJECT_U64),
        .items = image_field(table, "items", OBJECT_F64),
    };
}

static bool is_live(const struct image_table *table, struct image_field flags, uint64_t record) {
    return (image_integer(table, record, flags, 0) & SERIES_LIVE) != 0;
}

/* ---- numbers ---- */

/* The id that a state has now: they are known by their texts. */
static bool read_state(const struct series_source *source, const struct match *match, double former,
                       double *ret_value) {
    const struct catalog_family *family = source->family;
    const char *text;
    size_t len;
    if (former == -1) { /* none is selected */
        *ret_value = former;
        return true;
    }
    if (!(former >= 0 && former < CATALOG_STATES_MAX) ||
        !match_text(match, family, family->label_count, (uint32_t)former, &text, &len))
        return false;
    const int32_t id = catalog_label_find_text(family->state_label, text, len);
    *ret_value = id;
    return id >= 0;
}

/* The value of a series whose values belong to the host. False: it cannot have that. */
static bool read_value(const struct store_restoring *restore, const struct series_source *source,
                       uint64_t record, double *ret_value) {
    const struct catalog_family *family = source->family;
    const double value = image_double(&source->table, record, source->fields.value, 0);
    if (family->kind->items == ITEMS_STATES)
        return read_state(source, restore->match, value, ret_value);
    const bool never_below =
        family->kind->only_grows || (family->kind->has_totals && !family->allow_negative);
    if (!isfinite(value) || (never_below && value < 0) ||
        (family->has_absent && value == family->absent))
        return false;
    *ret_value = family->has_floor && value < family->floor ? family->floor : value;
    return true;
}

/* Do the counts add up to one? */
static bool has_buckets(const struct series_source *source, uint64_t record) {
    uint64_t sum = 0;
    for (uint32_t i = 0; i < source->fields.buckets.count; i++) {
        const uint64_t count = image_integer(&source->table, record, source->fields.buckets, i);
        if (count > UINT64_MAX - sum)
            return false;
        sum += count;
    }
    return source->fields.buckets.count == source->family->bucket_count + 1;
}

/* When it was written last, in the past. */
static int64_t read_updated(const struct store_restoring *restore,
                            const struct series_source *source, uint64_t record) {
    const int64_t now_ms = restore->now.mono_ms;
    const int64_t ms = (int64_t)image_integer(&source->table, record, source->fields.updated_ms, 0);
    return ms < now_ms ? ms : now_ms;
}

static bool has_expired(const struct store_restoring *restore, const struct series_source *source,
                        uint64_t record) {
    return source->family->ttl_ms > 0 &&
           restore->now.mono_ms - read_updated(restore, source, record) >= source->family->ttl_ms;
}

/* False: not the numbers of such a series. */
static bool check_numbers(const struct store_restoring *restore, const struct series_source *source,
                          uint64_t record) {
    const unsigned state = family_state(source->family);
    double value;
    if ((state & STATE_VALUE) != 0 && !read_value(restore, source, record, &value))
        return false;
    return source->family->kind->items != ITEMS_BUCKETS || has_buckets(source, record);
}

static int64_t read_created(const struct store_restoring *restore,
                            const struct series_source *source, uint64_t record) {
    const int64_t last_ms = INT64_C(253402300799999); /* of the year 9999 */
    const int64_t ms = (int64_t)image_integer(&source->table, record, source->fields.created_ms, 0);
    return ms >= 0 && ms <= last_ms ? ms : restore->now.real_ms;
}

static double read_carry(const struct series_source *source, uint64_t record) {
    const double carry = image_double(&source->table, record, source->fields.carry, 0);
    return fabs(carry) <= 0.5 ? carry : 0; /* not of NaN, either */
}

/* Which of the image's items an item is; OBJECT_NONE: none. Quantiles are known by their numbers. */
static uint32_t former_item(const struct match *match, const struct catalog_family *family,
                            uint32_t item) {
    if (item < RELAYED_QUANTILES)
        return item;
    const uint32_t quantile = match_quantile(match, family, item - RELAYED_QUANTILES);
    return quantile != OBJECT_NONE ? RELAYED_QUANTILES + quantile : OBJECT_NONE;
}

static void take_items(const struct store_restoring *restore, const struct series_source *source,
                       uint64_t record, struct series *series) {
    struct series_relayed *relayed = (struct series_relayed *)(void *)(series + 1);
    const uint64_t present = image_integer(&source->table, record, source->fields.present, 0);
    const uint32_t count = RELAYED_QUANTILES + source->family->quantile_count;
    for (uint32_t i = 0; i < count; i++) {
        const uint32_t from = former_item(restore->match, source->family, i);
        if (from == OBJECT_NONE || (present >> from & 1) == 0)
            continue;
        const double item = image_double(&source->table, record, source->fields.items, from);
        if (!isfinite(item) || item < 0 || (i == RELAYED_COUNT && item != floor(item)))
            continue;
        relayed->items[i] = item;
        relayed->present |= UINT64_C(1) << i;
    }
}

/* What ended processes left, and whether the series shows without parts. */
static void take_owned(const struct store_restoring *restore, const struct series_source *source,
                       uint64_t record, struct series *series) {
    const struct catalog_family *family = source->family;
    const double base = image_double(&source->table, record, source->fields.base, 0);
    const bool may_stay = family->merge == MERGE_READING || family->kind->starts == STARTS_AT_ZERO;
    if (family->merge == MERGE_READING && isfinite(base) && base >= 0)
        owned_of(series)->base = base;
    if (may_stay)
        series->flags |= (uint8_t)(image_integer(&source->table, record, source->fields.flags, 0) &
                                   SERIES_STAYS);
    if (family->kind->is_relayed)
        take_items(restore, source, record, series);
    else if (!family->kind->is_description)
        series->flags |= SERIES_STALE;
}

static void take_buckets(const struct series_source *source, uint64_t record,
                         struct series *series) {
    for (uint32_t i = 0; i <= source->family->bucket_count; i++)
        series_body_of(series)[i] =
            image_integer(&source->table, record, source->fields.buckets, i);
}

static void take_summary(struct store_restoring *restore, const struct series_source *source,
                         uint64_t record, struct series *series) {
    struct series_summary *summary = (struct series_summary *)(void *)(series + 1);
    summary->count = image_integer(&source->table, record, source->fields.count, 0);
    restore_window(restore, source->family, series,
                   (uint32_t)image_integer(&source->table, record, source->fields.window, 0));
}

/* All numbers of a record that was checked. */
static void take_numbers(struct store_restoring *restore, const struct series_source *source,
                         uint64_t record, struct series *series) {
    const unsigned state = family_state(source->family);
    series->created_ms = read_created(restore, source, record);
    if ((state & STATE_VALUE) != 0)
        (void)read_value(restore, source, record, &series->value);
    if ((state & STATE_UPDATED) != 0)
        series->updated_ms = read_updated(restore, source, record);
    if ((state & STATE_CARRY) != 0)
        series->carry = read_carry(source, record);
    if ((state & STATE_PARTS) != 0)
        take_owned(restore, source, record, series);
    else if ((state & STATE_WINDOW) != 0)
        take_summary(restore, source, record, series);
    else if ((state & STATE_BODY) != 0)
        take_buckets(source, record, series);
}

/* ---- series ---- */

/* Is this the first record for the series? */
static bool claim(const struct series_source *source, uint32_t slot, bool made) {
    if (made || slot >= source->started)
        return made;
    if ((source->taken[slot / 64] >> slot % 64 & 1) != 0)
        return false;
    source->taken[slot / 64] |= UINT64_C(1) << slot % 64;
    return true;
}

static uint32_t slot_of(const struct store_family *sf, const struct series *series) {
    const unsigned char *at = (const unsigned char *)series;
    return (uint32_t)((uint64_t)(at - sf->slab.items) / sf->slab.item_bytes);
}

/* A live record becomes a series, unless it cannot. False when out of memory. */
static bool take_series(struct store_restoring *restore, const struct series_source *source,
                        uint64_t record) {
    struct store *store = restore->store;
    struct store_label labels[LABELS_MAX];
    struct series *series;
    bool made;
    if (!restore_labels_read(&source->labels, record, labels) ||
        !check_numbers(restore, source, record)) {
        restore->restored.ended++;
        return true;
    }
    const enum store_result result =
        obtain_same(store, source->sf, labels, restore->now, &series, &made);
    if (result == STORE_NO_MEMORY)
        return false;
    const uint32_t slot = result == STORE_FOUND ? slot_of(source->sf, series) : 0;
    if (result == STORE_FOUND && claim(source, slot, made)) {
        take_numbers(restore, source, record, series);
        if (source->places != NULL)
            source->places[record] = slot + 1;
        restore->restored.kept++;
    } else {
        restore->restored.ended++;
    }
    undo_commit(store->undo);
    return true;
}

/* ---- families ---- */

/* False when out of memory. */
static bool begin_family(struct store_restoring *restore, struct series_source *source) {
    const struct memory *memory = restore->store->held.memory;
    source->family = source->labels.family;
    restore->families[source->family->index].met = true;
    source->sf = store_family(restore->store, source->family);
    source->started = source->sf->used;
    source->taken = memory_array(memory, source->started / 64 + 1, sizeof *source->taken);
    if (source->taken == NULL)
        return false;
    if (!family_is_owned(source->family))
        return true;
    source->places = memory_array(memory, source->table.items + 1, sizeof *source->places);
    restore->families[source->family->index] = (struct restore_family){
        .met = true,
        .series = source->table,
        .writer_part = image_field(&source->table, "writer_part", OBJECT_U32),
        .writer_value = image_field(&source->table, "writer_value", OBJECT_F64),
        .places = source->places};
    return source->places != NULL;
}

static bool take_family(struct store_restoring *restore, struct series_source *source) {
    bool done = begin_family(restore, source);
    for (uint64_t i = 0; i < source->table.items && done; i++)
        if (is_live(&source->table, source->fields.flags, i) && !has_expired(restore, source, i))
            done = take_series(restore, source, i);
    memory_release(restore->store->held.memory, source->taken);
    return done;
}

/* A family that is not here any more: its series end. */
static void end_family(struct store_restoring *restore, const struct series_source *source) {
    if (!match_is_carried(restore->match, source->table.family))
        return;
    for (uint64_t i = 0; i < source->table.items; i++)
        restore->restored.ended += is_live(&source->table, source->fields.flags, i);
}

static bool take_table(struct store_restoring *restore, const struct image_table *table) {
    struct series_source source = {.table = *table};
    find_fields(table, &source.fields);
    if (!restore_labels_init(&source.labels, restore->match, table)) {
        end_family(restore, &source);
        return true;
    }
    if (!match_is_carried(restore->match, table->family) ||
        restore->families[source.labels.family->index].met)
        return true;
    return take_family(restore, &source);
}

static bool take_tables(struct store_restoring *restore) {
    struct image_table table;
    uint32_t at = 0;
    while (image_next(restore->image, "series", &at, &table))
        if (!take_table(restore, &table))
            return false;
    return true;
}

struct store_restoring *store_restoring_new(struct store *store, const struct image *image,
                                            const struct match *match, struct store_time now) {
    struct store_restoring *restore = memory_alloc(store->held.memory, sizeof *restore);
    if (restore == NULL)
        return NULL;
    *restore = (struct store_restoring){.store = store, .image = image, .match = match, .now = now};
    restore->families =
        memory_array(store->held.memory, store->set->family_count + 1, sizeof *restore->families);
    if (restore->families == NULL) {
        store_restoring_free(restore);
        return NULL;
    }
    return restore;
}

void store_restoring_free(struct store_restoring *restore) {
    if (restore == NULL)
        return;
    const struct memory *memory = restore->store->held.memory;
    if (restore->families != NULL)
        for (size_t i = 0; i < restore->store->set->family_count; i++)
            memory_release(memory, restore->families[i].places);
    memory_release(memory, restore->families);
    memory_release(memory, restore->windows.taken);
    memory_release(memory, restore);
}

bool store_restore_ahead(struct store_restoring *restore) {
    (void)restore;
    return true;
}

bool store_restore_finish(struct store_restoring *restore, struct store_time now,
                          struct store_restored *ret) {
    restore->now = now;
    if (!restore_windows_init(restore) || !owners_restore(restore->store->owners, restore->image) ||
        !take_tables(restore) || !restore_parts(restore))
        return false;
    *ret = restore->restored;
    return true;
}

bool store_restore(struct store *store, const struct image *image, const struct match *match,
                   struct store_time now, struct store_restored *ret) {
    struct store_restoring *restore = store_restoring_new(store, image, match, now);
    const bool restored = restore != NULL && store_restore_finish(restore, now, ret);
    store_restoring_free(restore);
    return restored;
}
