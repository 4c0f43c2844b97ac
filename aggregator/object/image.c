/* SPDX-License-Identifier: MIT */
/* image.c - the object of another process, read without trusting it. */
#include "object/object_private.h"

#include <assert.h>
#include <stdlib.h>

#include "base/text.h"

/* ---- image ----
 * Opens the object of another process, and checks everything before it is used.
 */

/* ---- opening ---- */

static bool read_front(struct image *image, const unsigned char boot[OBJECT_BOOT_BYTES],
                       struct object_header *ret_header, struct error *ret_error) {
    return object_front_read(image->bytes, image->size, ret_header, ret_error) &&
           object_front_take_boot(image, ret_header, boot, ret_error) &&
           object_front_take(image, ret_header, ret_error);
}

bool image_open(struct image *image, unsigned char *bytes, uint64_t size,
                const unsigned char boot[OBJECT_BOOT_BYTES], struct error *ret_error) {
    struct object_header header = {0};
    struct image opened = {.size = size};
    opened.bytes = bytes;
    if (!read_front(&opened, boot, &header, ret_error) ||
        !object_front_take_back(&opened, &header, ret_error) ||
        !object_directory_check(&opened, ret_error))
        return false;
    object_directory_sort(&opened);
    *image = opened;
    return true;
}

/* Copy the description: data that is read several times must not change meanwhile. */
static void copy_families(struct image *image) {
    image->description = memory_array(image->families_bytes + 1, 1);
    memcpy(image->description, image->bytes + image->families, image->families_bytes);
}

bool image_open_live(struct image *image, unsigned char *bytes, uint64_t size,
                     const unsigned char boot[OBJECT_BOOT_BYTES], struct error *ret_error) {
    struct object_header header = {0};
    struct image opened = {.size = size};
    opened.bytes = bytes;
    if (!read_front(&opened, boot, &header, ret_error) ||
        !object_directory_check(&opened, ret_error))
        return false;
    object_directory_list(&opened);
    copy_families(&opened);
    *image = opened;
    return true;
}

static bool has_same_front(const struct image *a, const struct image *b) {
    return a->directory == b->directory && a->table_count == b->table_count &&
           a->fields == b->fields && a->field_count == b->field_count &&
           a->families == b->families && a->families_bytes == b->families_bytes;
}

bool image_settle(struct image *image, struct error *ret_error) {
    struct object_header header = {0};
    struct image settled = *image;
    if (!object_front_read(image->bytes, image->size, &header, ret_error) ||
        !object_front_take(&settled, &header, ret_error))
        return false;
    if (!has_same_front(image, &settled))
        return error_set(ret_error, "object: its beginning has changed while it was read");
    if (!object_front_take_back(&settled, &header, ret_error))
        return false;
    *image = settled;
    return true;
}

void image_done(struct image *image) {
    free(image->entries);
    free(image->description);
    *image = (struct image){0};
}

bool image_marks(const unsigned char *bytes, uint64_t size, struct object_marks *ret_marks,
                 uint64_t *ret_at) {
    struct object_header header;
    struct error ignored;
    if (!object_front_read(bytes, size, &header, &ignored))
        return false;
    *ret_marks = object_front_marks(&header);
    *ret_at = offsetof(struct object_header, marks);
    return true;
}

/* ---- another time ---- */

/* The shift to add to the object's times; never so large that its end would be in the future. */
static int64_t shift_of(const struct object_marks *marks, const struct image_host *here) {
    int64_t by_real_ms;
    int64_t most_ms;
    if (__builtin_sub_overflow(here->mono_ms, marks->ended_mono_ms, &most_ms) ||
        __builtin_sub_overflow(marks->ended_real_ms, here->real_ms, &by_real_ms) ||
        __builtin_add_overflow(most_ms, by_real_ms, &by_real_ms))
        return 0;
    return by_real_ms < most_ms ? by_real_ms : most_ms;
}

void image_arrive(struct image *image, const struct image_host *here) {
    const struct object_marks *marks = &image->marks;
    if (marks->clean != 1)
        return;
    /* Within one boot the clock continues, unless the process was moved to another time
     * namespace. */
    if (image->other_boot || marks->ended_mono_ms > here->mono_ms)
        image->mono_shift_ms = shift_of(marks, here);
    image->strangers = image->other_boot || marks->processes != here->processes;
}

/* ---- tables and fields ---- */

static struct image_table table_of(const struct image *image, const struct layout_table *table) {
    return (struct image_table){.image = image,
                                .family = table->family,
                                .label = table->label,
                                .items = table->items,
                                .item_bytes = table->item_bytes,
                                .at = image->bytes + table->offset,
                                .first_field = table->first_field,
                                .field_count = table->field_count};
}

bool image_next(const struct image *image, const char *name, uint32_t *at,
                struct image_table *ret_table) {
    struct layout_table table;
    const bool found = object_directory_next(image, name, at, &table);
    if (found)
        *ret_table = table_of(image, &table);
    return found;
}

bool image_find(const struct image *image, const char *name, uint32_t family, uint32_t label,
                struct image_table *ret_table) {
    struct layout_table table;
    const bool found = object_directory_find(image, name, family, label, &table);
    if (found)
        *ret_table = table_of(image, &table);
    return found;
}

struct image_field image_field(const struct image_table *table, const char *name,
                               enum object_type type) {
    for (uint32_t i = 0; i < table->field_count; i++) {
        if (!within_is(table->first_field, i + 1, table->image->field_count))
            break;
        const struct layout_field field =
            object_directory_field(table->image, table->first_field + i);
        if (object_directory_is_field(&field, table->item_bytes) &&
            field.type == (type & OBJECT_STORED) && strcmp(field.name, name) == 0)
            return (struct image_field){
                .offset = field.offset, .count = field.count, .type = (enum object_type)field.type};
    }
    return (struct image_field){0};
}

/* ---- records ---- */

struct image_records image_records(const struct image *image, const struct object_spec *spec) {
    struct image_records records = {.fields = spec->fields, .field_count = spec->field_count};
    assert(spec->field_count <= OBJECT_FIELDS_EACH);
    if (!image_find(image, spec->name, spec->family, spec->label, &records.table))
        return (struct image_records){.table.image = image};
    for (size_t i = 0; i < spec->field_count; i++)
        records.at[i] = image_field(&records.table, spec->fields[i].name, spec->fields[i].type);
    return records;
}

/* A number as the type allows it. */
static uint64_t in_range(enum object_type type, uint64_t number) {
    const uint64_t unix_max = UINT64_C(1) << 52; /* more than a hundred thousand years away */
    switch (type) {
    case OBJECT_COUNT:
        return number <= OBJECT_COUNT_MAX ? number : 0;
    case OBJECT_UNIX_MS:
        return number <= unix_max ? number : 0;
    default:
        return number;
    }
}

/* Read a field, or the part of its numbers that the image has. */
static void read_field(const struct image_table *table, uint64_t index,
                       const struct object_field *field, struct image_field from, char *to) {
    const uint32_t width = object_type_bytes(field->type);
    const uint32_t count = from.count < field->count ? from.count : field->count;
    const unsigned char *at = image_at(table, index, from, 0, width);
    if (at == NULL)
        return;
    memcpy(to, at, (size_t)count * width);
    if (field->type == OBJECT_FLAG)
        *to = (char)(*to != 0);
    if (field->type != OBJECT_COUNT && field->type != OBJECT_UNIX_MS &&
        field->type != OBJECT_MONO_MS)
        return;
    for (uint32_t i = 0; i < count; i++, to += width) {
        const uint64_t number = in_range(field->type, image_integer(table, index, from, i));
        memcpy(to, &number, sizeof number);
    }
}

void image_record(const struct image_records *records, uint64_t index, void *ret_record) {
    for (size_t i = 0; i < records->field_count; i++)
        read_field(&records->table, index, &records->fields[i], records->at[i],
                   (char *)ret_record + records->fields[i].offset);
}

/* ---- families read ----
 * Reads the description of families that another process wrote; every count is checked against the
 * remaining bytes before anything is allocated for it.
 */

enum {
    /* The least bytes that each can take. */
    CATALOG_BYTES = 8,
    LIST_BYTES = 8,
    FAMILY_BYTES = 48,
    LABEL_BYTES = 8
};

/* The remaining bytes. `bad`: something did not fit; from then on, every number reads as 0. */
struct take {
    const unsigned char *at;
    uint64_t left;
    bool bad;
};

static const unsigned char *take_bytes(struct take *take, uint64_t size) {
    const unsigned char *at = take->at;
    if (take->bad || size > take->left) {
        take->bad = true;
        return NULL;
    }
    take->at += size;
    take->left -= size;
    return at;
}

static void take_into(struct take *take, void *ret, size_t size) {
    const unsigned char *at = take_bytes(take, size);
    if (at != NULL)
        memcpy(ret, at, size);
}

static uint32_t take_u32(struct take *take) {
    uint32_t number = 0;
    take_into(take, &number, sizeof number);
    return number;
}

static struct families_text take_text(struct take *take) {
    struct families_text text = {.len = take_u32(take)};
    text.at = (const char *)take_bytes(take, text.len);
    return take->bad ? (struct families_text){.at = ""} : text;
}

static const unsigned char *take_doubles(struct take *take, uint32_t *ret_count) {
    const uint32_t count = take_u32(take);
    const unsigned char *at = take_bytes(take, count * (uint64_t)sizeof(double));
    *ret_count = at != NULL ? count : 0;
    return at;
}

static uint32_t end_of(const unsigned char *ends, uint32_t id) {
    uint32_t end;
    memcpy(&end, ends + id * sizeof end, sizeof end);
    return end;
}

static struct families_list take_list(struct take *take) {
    struct families_list list = {.count = take_u32(take)};
    uint32_t end = 0;
    list.ends = take_bytes(take, list.count * (uint64_t)sizeof(uint32_t));
    for (uint32_t id = 0; list.ends != NULL && id < list.count; id++) {
        const uint32_t next = end_of(list.ends, id);
        take->bad = take->bad || next < end;
        end = next;
    }
    list.texts = (const char *)take_bytes(take, end);
    return take->bad ? (struct families_list){0} : list;
}

/* Find text `id` of a list. Returns false if it does not exist. */
static bool families_read_text(const struct families_list *list, uint32_t id,
                               struct families_text *ret_text) {
    if (id >= list->count)
        return false;
    const uint32_t from = id > 0 ? end_of(list->ends, id - 1) : 0;
    *ret_text =
        (struct families_text){.at = list->texts + from, .len = end_of(list->ends, id) - from};
    return true;
}

/* Read a catalog and its lists; earlier catalogs have taken `used` lists. */
static void take_catalog(struct take *take, struct families_read *families, uint32_t used,
                         struct families_catalog *ret_catalog) {
    ret_catalog->service = take_text(take);
    ret_catalog->first_list = used;
    ret_catalog->list_count = take_u32(take);
    if (ret_catalog->list_count > families->list_count - used)
        take->bad = true;
    for (uint32_t i = 0; !take->bad && i < ret_catalog->list_count; i++) {
        const uint32_t number = take_u32(take);
        if (number >= ret_catalog->list_count)
            take->bad = true;
        else
            families->lists[used + number] = take_list(take);
    }
}

/* Read the number of a list of this catalog, and return its number among all lists. */
static uint32_t families_read_list_of(struct take *take, const struct families_catalog *catalog) {
    const uint32_t number = take_u32(take);
    return number < catalog->list_count ? catalog->first_list + number : OBJECT_NONE;
}

static void take_labels(struct take *take, struct families_read *families,
                        struct families_family *family) {
    const struct families_catalog *catalog = &families->catalogs[family->catalog];
    if (family->label_count > families->label_count - family->first_label)
        take->bad = true;
    for (uint32_t i = 0; !take->bad && i < family->label_count; i++) {
        struct families_label *label = &families->labels[family->first_label + i];
        label->name = take_text(take);
        label->list = families_read_list_of(take, catalog);
    }
    family->states = families_read_list_of(take, catalog);
}

/* Read a family; its labels start at index `used`. */
static void take_family(struct take *take, struct families_read *families, uint32_t used,
                        struct families_family *ret_family) {
    struct families_family family = {.catalog = take_u32(take), .first_label = used};
    family.name = take_text(take);
    family.type = take_text(take);
    family.unit = take_text(take);
    family.source = take_u32(take);
    family.merge = take_u32(take);
    take_into(take, &family.window_ms, sizeof family.window_ms);
    family.label_count = take_u32(take);
    if (take->bad || family.catalog >= families->catalog_count) {
        take->bad = true;
        return;
    }
    take_labels(take, families, &family);
    family.buckets = take_doubles(take, &family.bucket_count);
    family.quantiles = take_doubles(take, &family.quantile_count);
    *ret_family = family;
}

static bool take_counts(struct take *take, struct families_read *families) {
    families->catalog_count = take_u32(take);
    families->list_count = take_u32(take);
    families->family_count = take_u32(take);
    families->label_count = take_u32(take);
    return !take->bad && families->catalog_count <= take->left / CATALOG_BYTES &&
           families->list_count <= take->left / LIST_BYTES &&
           families->family_count <= take->left / FAMILY_BYTES &&
           families->family_count <= CATALOG_FAMILIES_MAX &&
           families->label_count <= take->left / LABEL_BYTES;
}

/* Allocate the tables and copy the bytes: what was checked cannot change any more. */
static void families_read_make_room(const unsigned char *bytes, uint64_t size,
                                    struct families_read *families) {
    families->bytes = memory_array(size, 1);
    memcpy(families->bytes, bytes, size);
    families->catalogs = memory_array(families->catalog_count, sizeof *families->catalogs);
    families->lists = memory_array(families->list_count, sizeof *families->lists);
    families->items = memory_array(families->family_count, sizeof *families->items);
    families->labels = memory_array(families->label_count, sizeof *families->labels);
}

static void take_all(struct take *take, struct families_read *families) {
    uint32_t lists = 0;
    for (uint32_t i = 0; !take->bad && i < families->catalog_count; i++) {
        take_catalog(take, families, lists, &families->catalogs[i]);
        lists += families->catalogs[i].list_count;
    }
    uint32_t labels = 0;
    for (uint32_t i = 0; !take->bad && i < families->family_count; i++) {
        take_family(take, families, labels, &families->items[i]);
        labels += families->items[i].label_count;
    }
}

static bool is_damaged(struct error *ret_error) {
    return error_set(ret_error, "object: its description of the families is damaged");
}

bool object_families_read(const unsigned char *bytes, uint64_t size,
                          struct families_read *ret_families, struct error *ret_error) {
    struct take take = {.at = bytes, .left = size};
    *ret_families = (struct families_read){0};
    if (!take_counts(&take, ret_families))
        return is_damaged(ret_error);
    families_read_make_room(bytes, size, ret_families);
    take.at = ret_families->bytes + (size - take.left);
    take_all(&take, ret_families);
    return !take.bad || is_damaged(ret_error);
}

void object_families_read_done(struct families_read *families) {
    free(families->bytes);
    free(families->catalogs);
    free(families->lists);
    free(families->items);
    free(families->labels);
    *families = (struct families_read){0};
}

/* ---- match: Matches the present families with those that an image describes. ---- */

/* A present family. */
struct match_entry {
    uint32_t former;      /* index in the image, or OBJECT_NONE */
    uint32_t restarted;   /* enum match_reason; MATCH_REASON_COUNT: does not start again */
    uint32_t first_label; /* index in `labels` */
};

struct match {
    const struct catalog_set *set;
    struct families_read former;
    const struct catalog **catalogs;        /* by index in the image; NULL: none */
    const struct catalog_family **families; /* by index in the image; NULL: none */
    struct match_entry *entries;            /* by index in the present set */
    uint32_t *labels; /* labels of all present families: see object_match_label */
    uint64_t restarted[MATCH_REASON_COUNT];
};

/* ---- which family it is ---- */

static bool is_text(const struct families_text *text, const char *word) {
    return text_is(text->at, text->len, word != NULL ? word : "");
}

static bool has_type(const struct families_family *former, const struct catalog_family *family) {
    return is_text(&former->type, family->kind->type) && former->source == family->source;
}

/* Match the labels. Both families have them in order of name; a damaged image with another order
 * does not match. */
static bool has_labels(const struct match *match, const struct families_family *former,
                       const struct catalog_family *family) {
    uint32_t *labels = &match->labels[match->entries[family->index].first_label];
    uint32_t next = 0;
    for (uint32_t i = 0; i < family->label_count; i++) {
        const bool here =
            next < former->label_count &&
            is_text(&match->former.labels[former->first_label + next].name, family->labels[i].name);
        if (!here && family->labels[i].default_value < 0)
            return false;
        labels[i] = here ? next++ : OBJECT_NONE;
    }
    return next == former->label_count;
}

static bool has_buckets(const struct families_family *former, const struct catalog_family *family) {
    return former->bucket_count == family->bucket_count &&
           (family->bucket_count == 0 ||
            memcmp(former->buckets, family->buckets, family->bucket_count * sizeof(double)) == 0);
}

/* Why it is not the present family of the same service and name; MATCH_REASON_COUNT: it is. */
static uint32_t compare(const struct match *match, uint32_t number,
                        const struct catalog_family *family) {
    const struct families_family *former = &match->former.items[number];
    if (!has_type(former, family))
        return MATCH_TYPE;
    if (!has_labels(match, former, family))
        return MATCH_LABELS;
    if (!has_buckets(former, family))
        return MATCH_BUCKETS;
    if (former->merge != family->merge)
        return MATCH_MERGE;
    if (former->window_ms != family->window_ms)
        return MATCH_WINDOW;
    return MATCH_REASON_COUNT;
}

/* ---- making ---- */

static void match_catalogs(struct match *match) {
    assert(match->former.catalog_count == 0 || match->former.catalogs != NULL);
    for (uint32_t i = 0; i < match->former.catalog_count; i++) {
        const struct families_text *service = &match->former.catalogs[i].service;
        match->catalogs[i] = catalog_set_find(match->set, service->at, service->len);
    }
}

static void init_entries(struct match *match) {
    uint32_t labels = 0;
    for (size_t i = 0; i < match->set->family_count; i++) {
        match->entries[i] = (struct match_entry){
            .former = OBJECT_NONE, .restarted = MATCH_REASON_COUNT, .first_label = labels};
        labels += match->set->families[i]->label_count;
    }
}

static void match_family_of(struct match *match, uint32_t number) {
    assert(match->former.items != NULL);
    const struct families_family *former = &match->former.items[number];
    const struct catalog *catalog = match->catalogs[former->catalog];
    const struct catalog_family *family =
        catalog != NULL ? catalog_family_find(catalog, former->name.at, former->name.len) : NULL;
    if (family == NULL || match->entries[family->index].former != OBJECT_NONE)
        return;
    struct match_entry *entry = &match->entries[family->index];
    const uint32_t reason = compare(match, number, family);
    /* Values of a query come back with its next run, whatever else changed. */
    entry->restarted = reason == MATCH_TYPE || family->source != SOURCE_QUERY
                           ? reason
                           : (uint32_t)MATCH_REASON_COUNT;
    if (reason != MATCH_REASON_COUNT)
        return;
    entry->former = number;
    match->families[number] = family;
}

static void match_families(struct match *match) {
    for (uint32_t i = 0; i < match->former.family_count; i++)
        match_family_of(match, i);
}

static void count_restarted(struct match *match) {
    const struct catalog_family *family;
    enum match_reason reason;
    for (size_t at = 0; object_match_next_restarted(match, &at, &family, &reason);)
        match->restarted[reason]++;
}

static size_t count_labels(const struct catalog_set *set) {
    size_t count = 0;
    for (size_t i = 0; i < set->family_count; i++)
        count += set->families[i]->label_count;
    return count;
}

static void match_make_room(struct match *match) {
    match->catalogs = memory_array(match->former.catalog_count, sizeof *match->catalogs);
    match->families = memory_array(match->former.family_count, sizeof *match->families);
    match->entries = memory_array(match->set->family_count, sizeof *match->entries);
    match->labels = memory_array(count_labels(match->set) + 1, sizeof *match->labels);
}

static size_t count_lists(const struct catalog_set *set) {
    size_t count = 0;
    for (size_t i = 0; i < set->family_count; i++)
        count += set->families[i]->label_count + 1;
    return count;
}

/* Twice the description: the image has a copy as well. */
uint64_t object_match_bytes(const struct catalog_set *set) {
    return sizeof(struct match) + 2 * object_families_bytes(set) +
           set->count * (sizeof(struct families_catalog) + sizeof(struct catalog *)) +
           set->family_count * (sizeof(struct families_family) + sizeof(struct match_entry) +
                                sizeof(struct catalog_family *) + sizeof(bool)) +
           count_labels(set) * (sizeof(struct families_label) + sizeof(uint32_t)) +
           count_lists(set) * sizeof(struct families_list);
}

struct match *object_match_new(const struct image *image, const struct catalog_set *set,
                               struct error *ret_error) {
    struct match *match = memory_alloc(sizeof *match);
    match->set = set;
    if (!object_families_read(image_families(image), image->families_bytes, &match->former,
                              ret_error)) {
        object_match_free(match);
        return NULL;
    }
    match_make_room(match);
    match_catalogs(match);
    init_entries(match);
    match_families(match);
    count_restarted(match);
    return match;
}

void object_match_free(struct match *match) {
    if (match == NULL)
        return;
    object_families_read_done(&match->former);
    free(match->catalogs);
    free(match->families);
    free(match->entries);
    free(match->labels);
    free(match);
}

/* ---- asking ---- */

const struct catalog_family *object_match_family(const struct match *match, uint32_t family) {
    return family < match->former.family_count ? match->families[family] : NULL;
}

bool object_match_is_carried(const struct match *match, uint32_t family) {
    if (family >= match->former.family_count || match->former.items[family].source == SOURCE_QUERY)
        return false;
    for (int kind = 0; kind < KIND_COUNT; kind++)
        if (catalog_kind_rows[kind].is_machine &&
            is_text(&match->former.items[family].type, catalog_kind_rows[kind].type))
            return false;
    return true;
}

uint32_t object_match_former(const struct match *match, const struct catalog_family *family) {
    return match->entries[family->index].former;
}

const struct catalog *object_match_catalog(const struct match *match, uint32_t catalog) {
    return catalog < match->former.catalog_count ? match->catalogs[catalog] : NULL;
}

const char *object_match_reason_text(enum match_reason reason) {
    static const char *const texts[MATCH_REASON_COUNT] = {[MATCH_TYPE] = "type",
                                                          [MATCH_LABELS] = "labels",
                                                          [MATCH_BUCKETS] = "buckets",
                                                          [MATCH_MERGE] = "merge",
                                                          [MATCH_WINDOW] = "window"};
    return texts[reason];
}

bool object_match_next_restarted(const struct match *match, size_t *at,
                                 const struct catalog_family **ret_family,
                                 enum match_reason *ret_reason) {
    while (*at < match->set->family_count) {
        const struct catalog_family *family = match->set->families[(*at)++];
        const uint32_t reason = match->entries[family->index].restarted;
        if (reason == MATCH_REASON_COUNT || !family_has_lines(family))
            continue;
        *ret_family = family;
        *ret_reason = (enum match_reason)reason;
        return true;
    }
    return false;
}

uint64_t object_match_restarted(const struct match *match, enum match_reason reason) {
    return match->restarted[reason];
}

/* The image's family that matches a present one, or NULL. */
static const struct families_family *former_of(const struct match *match,
                                               const struct catalog_family *family) {
    const uint32_t index = object_match_former(match, family);
    return index != OBJECT_NONE ? &match->former.items[index] : NULL;
}

uint32_t object_match_label_count(const struct match *match, const struct catalog_family *family) {
    const struct families_family *former = former_of(match, family);
    return former != NULL ? former->label_count : 0;
}

uint32_t object_match_label(const struct match *match, const struct catalog_family *family,
                            uint32_t label) {
    if (former_of(match, family) == NULL || label >= family->label_count)
        return OBJECT_NONE;
    return match->labels[match->entries[family->index].first_label + label];
}

uint32_t object_match_quantile(const struct match *match, const struct catalog_family *family,
                               uint32_t quantile) {
    const struct families_family *former = former_of(match, family);
    if (former == NULL || quantile >= family->quantile_count)
        return OBJECT_NONE;
    for (uint32_t i = 0; i < former->quantile_count && i < CATALOG_QUANTILES_MAX; i++) {
        double number;
        memcpy(&number, former->quantiles + i * sizeof number, sizeof number);
        if (number == family->quantiles[quantile])
            return i;
    }
    return OBJECT_NONE;
}

/* The values that the image's catalog declared for a label, or NULL. */
static const struct families_list *
match_list_of(const struct match *match, const struct catalog_family *family, uint32_t label) {
    const struct families_family *former = former_of(match, family);
    const uint32_t own = object_match_label(match, family, label);
    uint32_t list = OBJECT_NONE;
    if (former != NULL && label == family->label_count)
        list = former->states;
    else if (own != OBJECT_NONE)
        list = match->former.labels[former->first_label + own].list;
    return list != OBJECT_NONE ? &match->former.lists[list] : NULL;
}

uint32_t object_match_declared(const struct match *match, const struct catalog_family *family,
                               uint32_t label) {
    const struct families_list *list = match_list_of(match, family, label);
    return list != NULL ? list->count : 0;
}

bool object_match_text(const struct match *match, const struct catalog_family *family,
                       uint32_t label, uint32_t id, const char **ret_text, size_t *ret_len) {
    const struct families_list *list = match_list_of(match, family, label);
    struct families_text text;
    if (list == NULL || !families_read_text(list, id, &text))
        return false;
    *ret_text = text.at;
    *ret_len = text.len;
    return true;
}

enum match_value object_match_value(const struct catalog_label *label, const char *text, size_t len,
                                    int32_t *ret_id) {
    const int32_t id = catalog_label_find_text(label, text, len);
    if (id >= 0) {
        *ret_id = id;
        return MATCH_DECLARED;
    }
    if (label->kind == LABEL_PATTERN && catalog_pattern_match(label->pattern, text, len))
        return MATCH_PATTERN;
    return MATCH_REFUSED;
}
