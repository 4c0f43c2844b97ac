/* Reads and checks the numbers of another process's series. */
#include <math.h>

#include "store/restore_private.h"

void restore_numbers_fields(const struct image_table *table, struct restore_fields *ret_fields) {
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
        !match_text(match, family, family->label_count, (uint32_t)former, &text, &len))
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

bool restore_numbers_expired(const struct store_restoring *restore,
                             const struct restore_source *source, uint64_t record) {
    return source->family->ttl_ms > 0 &&
           restore->now.mono_ms - read_updated(restore, source, record) >= source->family->ttl_ms;
}

bool restore_numbers_check(const struct store_restoring *restore,
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
    const uint32_t quantile = match_quantile(match, family, item - RELAYED_QUANTILES);
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

void restore_numbers_take(const struct store_restoring *restore,
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
