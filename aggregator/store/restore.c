/* SPDX-License-Identifier: MIT */
/* restore.c - the series of the old process, read into those of this store. */
#include "store/store_private.h"

#include <stdlib.h>

/* ---- restore labels: Reads the labels of a series of another process. ---- */

/* False: the present catalogs have no such family. */
static bool restore_labels_init(struct restore_labels *labels, const struct match *match,
                                const struct image_table *series) {
    const struct catalog_family *family = object_match_family(match, series->family);
    if (family == NULL)
        return false;
    *labels = (struct restore_labels){.match = match, .family = family, .series = *series};
    labels->ids = image_field(series, "ids", OBJECT_U32);
    for (uint32_t i = 0; i < family->label_count; i++) {
        const uint32_t former = object_match_label(match, family, i);
        labels->labels[i].former = former;
        labels->labels[i].declared = object_match_declared(match, family, i);
        struct image_table *values = &labels->labels[i].values;
        struct image_table *cells = &labels->labels[i].cells;
        if (former == OBJECT_NONE ||
            !image_find(series->image, "value", series->family, former, values) ||
            !image_find(series->image, "text", series->family, former, cells))
            continue; /* zeroed tables have no records */
        labels->labels[i].text = image_field(values, "text", OBJECT_U32);
        labels->labels[i].len = image_field(values, "len", OBJECT_U32);
        labels->labels[i].bytes = image_field(cells, "bytes", OBJECT_TEXT);
    }
    return labels->ids.count == object_match_label_count(match, family);
}

/* The text of a pattern value by its position. False: there is none. */
static bool read_text(const struct restore_labels *labels, uint32_t label, uint32_t position,
                      struct store_label *ret_label) {
    const struct image_table *values = &labels->labels[label].values;
    const struct image_table *cells = &labels->labels[label].cells;
    const uint64_t len = image_integer(values, position, labels->labels[label].len, 0);
    const uint64_t offset =
        image_integer(values, position, labels->labels[label].text, 0) * sizeof(uint32_t);
    const struct image_field bytes = labels->labels[label].bytes;
    if (len == 0 || len > CATALOG_VALUE_MAX || cells->item_bytes == 0)
        return false;
    const uint64_t cell = offset / cells->item_bytes;
    const uint64_t within = offset % cells->item_bytes;
    if (cell >= cells->items || within < bytes.offset || within - bytes.offset + len > bytes.count)
        return false;
    ret_label->text = (const char *)cells->at + offset;
    ret_label->len = (size_t)len;
    return true;
}

/* `copy`: where the text is copied before it is examined. NULL: it stays in the image. */
static bool read_label(const struct restore_labels *labels, uint32_t label, uint64_t record,
                       char *copy, struct store_label *ret_label) {
    const uint32_t former = labels->labels[label].former;
    const uint32_t declared = labels->labels[label].declared;
    if (former == OBJECT_NONE) {
        *ret_label = (struct store_label){.id = labels->family->labels[label].default_value};
        return true;
    }
    const uint32_t id = (uint32_t)image_integer(&labels->series, record, labels->ids, former);
    *ret_label = (struct store_label){.id = -1};
    const bool found = id < declared ? object_match_text(labels->match, labels->family, label, id,
                                                         &ret_label->text, &ret_label->len)
                                     : read_text(labels, label, id - declared, ret_label);
    if (!found || ret_label->len > CATALOG_VALUE_MAX)
        return false;
    if (copy != NULL)
        ret_label->text = memcpy(copy, ret_label->text, ret_label->len);
    return object_match_value(&labels->family->labels[label], ret_label->text, ret_label->len,
                              &ret_label->id) != MATCH_REFUSED;
}

/* Same as store_read_labels, but copies the texts before it examines them. */
static bool restore_labels_read(const struct restore_labels *labels, uint64_t record,
                                struct restore_texts *texts, struct store_label *ret_labels) {
    for (uint32_t i = 0; i < labels->family->label_count; i++)
        if (!read_label(labels, i, record, texts != NULL ? texts->bytes[i] : NULL, &ret_labels[i]))
            return false;
    return true;
}

bool store_read_labels(const struct match *match, const struct image_table *series_table,
                       uint64_t record, struct store_label *ret_labels) {
    struct restore_labels labels;
    return restore_labels_init(&labels, match, series_table) && record < series_table->items &&
           restore_labels_read(&labels, record, NULL, ret_labels);
}

/* ---- restore numbers: Reads and checks the numbers of another process's series. ---- */

static void restore_numbers_fields(const struct image_table *table,
                                   struct restore_fields *ret_fields) {
    *ret_fields = (struct restore_fields){
        .generation = image_field(table, "generation", OBJECT_U32),
        .flags = image_field(table, "flags", OBJECT_U8),
        .value = image_field(table, "value", OBJECT_F64),
        .created_ms = image_field(table, "created_ms", OBJECT_I64),
        .carry = image_field(table, "carry", OBJECT_F64),
        .updated_ms = image_field(table, "updated_ms", OBJECT_MONO_MS),
        .written = image_field(table, "written", OBJECT_U32),
        .buckets = image_field(table, "buckets", OBJECT_U64),
        .count = image_field(table, "count", OBJECT_U64),
        .window = image_field(table, "window", OBJECT_U32),
        .base = image_field(table, "base", OBJECT_F64),
        .present = image_field(table, "present", OBJECT_U64),
        .items = image_field(table, "items", OBJECT_F64),
        .writers = image_field(table, "writers", OBJECT_U64),
        .writer_part = image_field(table, "writer_part", OBJECT_U32),
        .writer_value = image_field(table, "writer_value", OBJECT_F64),
    };
}

/* The present id of a state, which is found by its text. */
static bool read_state(const struct restore_source *source, const struct match *match,
                       double former, double *ret_value) {
    const struct catalog_family *family = source->family;
    const char *text;
    size_t len;
    if (former == -1) { /* none is selected */
        *ret_value = former;
        return true;
    }
    if (!(former >= 0 && former < CATALOG_STATES_MAX) ||
        !object_match_text(match, family, family->label_count, (uint32_t)former, &text, &len))
        return false;
    const int32_t id = catalog_label_find_text(family->state_label, text, len);
    *ret_value = id;
    return id >= 0;
}

/* The value of a series whose values belong to the host. False: the value is not possible. */
static bool read_value(const struct store_restoring *restore, const struct restore_source *source,
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

/* Whether the sum of the counts does not overflow. */
static bool has_buckets(const struct restore_source *source, uint64_t record) {
    uint64_t sum = 0;
    for (uint32_t i = 0; i < source->fields.buckets.count; i++) {
        const uint64_t count = image_integer(&source->table, record, source->fields.buckets, i);
        if (count > UINT64_MAX - sum)
            return false;
        sum += count;
    }
    return source->fields.buckets.count == source->family->bucket_count + 1;
}

/* The time of the last write; never in the future. */
static int64_t read_updated(const struct store_restoring *restore,
                            const struct restore_source *source, uint64_t record) {
    const int64_t now_ms = restore->now.mono_ms;
    const int64_t ms = (int64_t)image_integer(&source->table, record, source->fields.updated_ms, 0);
    return ms < now_ms ? ms : now_ms;
}

/* Whether the series of a record is past its time to live. */
static bool restore_numbers_expired(const struct store_restoring *restore,
                                    const struct restore_source *source, uint64_t record) {
    return source->family->ttl_ms > 0 &&
           restore->now.mono_ms - read_updated(restore, source, record) >= source->family->ttl_ms;
}

/* Whether the numbers of a record are possible for a series of its family. */
static bool restore_numbers_check(const struct store_restoring *restore,
                                  const struct restore_source *source, uint64_t record) {
    const unsigned state = family_state(source->family);
    double value;
    if ((state & STATE_VALUE) != 0 && !read_value(restore, source, record, &value))
        return false;
    return source->family->kind->items != ITEMS_BUCKETS || has_buckets(source, record);
}

static int64_t read_created(const struct store_restoring *restore,
                            const struct restore_source *source, uint64_t record) {
    const int64_t last_ms = INT64_C(253402300799999); /* the end of the year 9999 */
    const int64_t ms = (int64_t)image_integer(&source->table, record, source->fields.created_ms, 0);
    return ms >= 0 && ms <= last_ms ? ms : restore->now.real_ms;
}

static double read_carry(const struct restore_source *source, uint64_t record) {
    const double carry = image_double(&source->table, record, source->fields.carry, 0);
    return fabs(carry) <= 0.5 ? carry : 0; /* NaN gives 0, too */
}

/* The index of an item in the image; OBJECT_NONE: none. Quantiles are matched by their numbers. */
static uint32_t former_item(const struct match *match, const struct catalog_family *family,
                            uint32_t item) {
    if (item < RELAYED_QUANTILES)
        return item;
    const uint32_t quantile = object_match_quantile(match, family, item - RELAYED_QUANTILES);
    return quantile != OBJECT_NONE ? RELAYED_QUANTILES + quantile : OBJECT_NONE;
}

static void take_items(const struct store_restoring *restore, const struct restore_source *source,
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

double restore_numbers_base(const struct restore_source *source, uint64_t record) {
    const double base = image_double(&source->table, record, source->fields.base, 0);
    return isfinite(base) && base >= 0 ? base : 0;
}

/* Take over what ended processes left, and whether the series is shown without parts. */
static void take_owned(const struct store_restoring *restore, const struct restore_source *source,
                       uint64_t record, struct series *series) {
    const struct catalog_family *family = source->family;
    const bool may_stay = family->merge == MERGE_READING || family->kind->starts == STARTS_AT_ZERO;
    if (family->merge == MERGE_READING)
        owned_of(series)->base = restore_numbers_base(source, record);
    if (may_stay)
        series->flags |= (uint8_t)(image_integer(&source->table, record, source->fields.flags, 0) &
                                   SERIES_STAYS);
    if (family->kind->is_relayed)
        take_items(restore, source, record, series);
    else if (!family->kind->is_description)
        series->flags |= SERIES_STALE;
}

/* The word of the last write, never in the future; 0: never written. */
static uint32_t read_written(const struct store_restoring *restore,
                             const struct restore_source *source, uint64_t record) {
    const uint64_t word = image_integer(&source->table, record, source->fields.written, 0);
    const int64_t now_ms = restore->now.mono_ms;
    const int64_t ms = image_mono(source->table.image, (int64_t)(word << WRITTEN_SHIFT));
    if (word == 0 || ms < 0)
        return 0;
    return written_word((struct store_time){.mono_ms = ms < now_ms ? ms : now_ms});
}

static void take_summary(const struct store_restoring *restore, const struct restore_source *source,
                         uint64_t record, struct series *series) {
    struct series_summary *summary = (struct series_summary *)(void *)(series + 1);
    summary->count = image_integer(&source->table, record, source->fields.count, 0);
    summary->written = read_written(restore, source, record);
}

static void take_buckets(const struct store_restoring *restore, const struct restore_source *source,
                         uint64_t record, struct series *series) {
    *written_behind(source->family, series) = read_written(restore, source, record);
    for (uint32_t i = 0; i <= source->family->bucket_count; i++)
        series_body_of(series)[i] =
            image_integer(&source->table, record, source->fields.buckets, i);
}

/* Copy all numbers of a checked record, except its window, to the series. */
static void restore_numbers_take(const struct store_restoring *restore,
                                 const struct restore_source *source, uint64_t record,
                                 struct series *series) {
    const unsigned state = family_state(source->family);
    series->created_ms = read_created(restore, source, record);
    if ((state & STATE_VALUE) != 0)
        (void)read_value(restore, source, record, &series->value);
    if ((state & STATE_CARRY) != 0)
        series->carry = read_carry(source, record);
    else
        series->updated_ms = read_updated(restore, source, record);
    if ((state & STATE_PARTS) != 0)
        take_owned(restore, source, record, series);
    else if ((state & STATE_WINDOW) != 0)
        take_summary(restore, source, record, series);
    else if ((state & STATE_BODY) != 0)
        take_buckets(restore, source, record, series);
}

/* ---- restore series: Restores series from the records of another process. ---- */

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
        store->figures.series_freed--; /* no one else saw it */
    } else if (family_has_window(source->family)) {
        store_restore_window_empty(store, seen_series(source, record));
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
    if (family_has_window(source->family))
        store_restore_window(restore, source, record, series, false);
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
    if (family_has_window(source->family))
        store_restore_window(restore, source, record, series, true);
    if (restore->settled)
        restore_numbers_take(restore, source, record, series);
}

enum taken { TAKEN, TAKEN_NOT, TAKEN_NO_ROOM };

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
    if (obtain_same(store, source->sf, wanted, restore->now, &series, &made) != STORE_FOUND)
        return TAKEN_NO_ROOM;
    const uint32_t slot = slot_of(source->sf, series);
    if (!claim(source, slot, made))
        return TAKEN_NO_ROOM;
    take_numbers(restore, source, record, series);
    source->seen[record] = (struct restore_seen){.place = slot + 1, .generation = head.generation};
    source->count.kept++;
    return TAKEN;
}

/* Take all records that were not seen yet. *ret_short: there was not room for all, so the result
 * depends on their order. */
static void take_rest(struct store_restoring *restore, struct restore_source *source,
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
        source->count.ended += taken != TAKEN;
        *ret_short |= taken == TAKEN_NO_ROOM;
    }
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

static void begin(struct store_restoring *restore, struct restore_source *source,
                  const struct catalog_family *family, const struct image_table *table) {
    source->met = true;
    source->table = *table;
    restore_numbers_fields(table, &source->fields);
    if (source->family == NULL) {
        source->family = family;
        source->sf = store_family(restore->store, family);
        source->claimed = memory_array(family->bound / 64 + 1, sizeof *source->claimed);
        source->found = memory_array(family->bound / 64 + 1, sizeof *source->found);
    }
    uint64_t words = source->seen_max / 64;
    if (family_has_window(family))
        restore_room(&source->whole, &words, table->items / 64 + 1, sizeof(uint64_t));
    restore_room(&source->seen, &source->seen_max, (table->items / 64 + 1) * 64,
                 sizeof *source->seen);
}

/* Do one step for a family. */
static void take_family(struct store_restoring *restore, struct restore_source *source,
                        const struct restore_labels *labels) {
    bool is_short = false;
    const uint64_t left = source->known ? review(restore, source) : source->table.items;
    source->known = true;
    source->count.ended = 0;
    if (left > 0)
        take_rest(restore, source, labels, &is_short);
    if (!restore->settled)
        return;
    if (is_short && restore->ahead) {
        restore->windows.again = true; /* some pages belonged to windows that have ended */
        forget_all(restore, source, false);
        take_rest(restore, source, labels, &is_short);
    }
    restore->restored.kept += source->count.kept;
    restore->restored.ended += source->count.ended;
}

/* Count the series of a family that the present catalogs lack as ended. */
static void end_family(struct store_restoring *restore, const struct image_table *table) {
    struct restore_source source = {.table = *table};
    if (!object_match_is_carried(restore->match, table->family))
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

static void take_table(struct store_restoring *restore, const struct image_table *table) {
    struct restore_labels labels;
    if (!restore_labels_init(&labels, restore->match, table)) {
        end_family(restore, table);
        return;
    }
    const struct catalog_family *family = labels.family;
    struct restore_source *source = &restore->sources[family->index];
    if (!object_match_is_carried(restore->match, table->family) || source->met ||
        (!restore->settled && !has_generations(table)))
        return;
    begin(restore, source, family, table);
    take_family(restore, source, &labels);
}

/* Forget the series of families that the image had in an earlier step and has no longer. */
static void forget_unmet(struct store_restoring *restore) {
    for (size_t i = 0; i < restore->store->set->family_count; i++) {
        struct restore_source *source = &restore->sources[i];
        if (source->family == NULL || source->met)
            continue;
        forget_all(restore, source, true);
        free(source->seen);
        source->seen = NULL;
        source->seen_max = 0;
        source->table = (struct image_table){0};
    }
}

static void restore_series(struct store_restoring *restore) {
    struct image_table table;
    uint32_t at = 0;
    for (size_t i = 0; i < restore->store->set->family_count; i++)
        restore->sources[i].met = false;
    while (image_next(restore->image, "series", &at, &table))
        take_table(restore, &table);
    if (restore->settled)
        forget_unmet(restore);
}

/* ---- restore: The steps of taking over the series of another process. ---- */

struct store_restoring *store_restoring_new(struct store *store, const struct image *image,
                                            const struct match *match, struct store_time now) {
    struct store_restoring *restore = memory_alloc(sizeof *restore);
    *restore = (struct store_restoring){.store = store, .image = image, .match = match, .now = now};
    restore->sources = memory_array(store->set->family_count + 1, sizeof *restore->sources);
    return restore;
}

void store_restoring_free(struct store_restoring *restore) {
    if (restore == NULL)
        return;
    for (size_t i = 0; i < restore->store->set->family_count; i++) {
        free(restore->sources[i].seen);
        free(restore->sources[i].whole);
        free(restore->sources[i].claimed);
        free(restore->sources[i].found);
    }
    free(restore->sources);
    free(restore->windows.taken);
    free(restore->parts.seen);
    free(restore);
}

static uint64_t source_bytes(const struct catalog_family *family) {
    const uint64_t words = (family->bound / 64 + 1) * sizeof(uint64_t);
    const uint64_t bits = family_has_window(family) ? 3 * words : 2 * words;
    return sizeof(struct restore_source) + bits +
           (family->bound + 64) * sizeof(struct restore_seen);
}

uint64_t store_restore_bytes(const struct catalog_set *set) {
    uint64_t bytes =
        sizeof(struct store_restoring) + store_restore_parts_bytes(set) + WINDOW_PAGES_MAX / 8;
    for (size_t i = 0; i < set->family_count; i++)
        bytes += source_bytes(set->families[i]);
    return bytes;
}

static void step(struct store_restoring *restore) {
    store_restore_windows_begin(restore);
    store_restore_parts_begin(restore);
    restore_series(restore);
    if (restore->settled && restore->ahead && restore->windows.again)
        store_restore_windows_again(restore);
    store_restore_parts(restore);
}

void store_restore_ahead(struct store_restoring *restore) {
    restore->ahead = true;
    step(restore);
}

void store_restore_finish(struct store_restoring *restore, struct store_time now,
                          struct store_restored *ret) {
    restore->now = now;
    restore->settled = true;
    restore->distrusted = restore->image->undone > 0;
    step(restore);
    *ret = restore->restored;
}

void store_restore(struct store *store, const struct image *image, const struct match *match,
                   struct store_time now, struct store_restored *ret) {
    struct store_restoring *restore = store_restoring_new(store, image, match, now);
    store_restore_finish(restore, now, ret);
    store_restoring_free(restore);
}
