/* SPDX-License-Identifier: MIT */
/* object.c - tables in memory that outlive the process. */
#include "object/object_private.h"

#include <assert.h>
#include <stdlib.h>

/* ---- front ---- */

/* Whether a part of the front is aligned and within the object. */
static bool is_part(const struct image *image, uint64_t at, uint64_t items, uint64_t item_bytes) {
    uint64_t bytes;
    return at % OBJECT_ALIGN == 0 && at >= OBJECT_HEADER_MIN &&
           !__builtin_mul_overflow(items, item_bytes, &bytes) && within_is(at, bytes, image->size);
}

static bool is_known(const struct object_header *header, uint64_t size, struct error *ret_error) {
    if (memcmp(header->magic, OBJECT_MAGIC, sizeof header->magic) != 0)
        return error_set(ret_error, "object: its header is missing: it is unfinished, or not a "
                                    "statgate object");
    if (header->size != size)
        return error_set(ret_error, "object: it says that it has %llu bytes, and has %llu",
                         (unsigned long long)header->size, (unsigned long long)size);
    if (header->header_bytes < OBJECT_HEADER_MIN)
        return error_set(ret_error, "object: its beginning is damaged");
    return true;
}

bool object_front_read(const unsigned char *bytes, uint64_t size, struct object_header *ret_header,
                       struct error *ret_error) {
    if (size < sizeof *ret_header)
        return error_set(ret_error, "object: %llu bytes are too few", (unsigned long long)size);
    memcpy(ret_header, bytes, sizeof *ret_header);
    if (!is_known(ret_header, size, ret_error))
        return false;
    const size_t known = ret_header->header_bytes;
    if (known < sizeof *ret_header)
        memset((unsigned char *)ret_header + known, 0, sizeof *ret_header - known);
    return true;
}

bool object_front_take_boot(struct image *image, const struct object_header *header,
                            const unsigned char boot[OBJECT_BOOT_BYTES], struct error *ret_error) {
    if (header->layout != OBJECT_LAYOUT)
        return error_set(ret_error, "object: its layout is %u, and this version reads layout %u",
                         header->layout, (unsigned)OBJECT_LAYOUT);
    image->other_boot = memcmp(header->boot, boot, OBJECT_BOOT_BYTES) != 0;
    if (image->other_boot && header->marks.clean != 1)
        return error_set(ret_error, "object: it was made before this host started, and its process "
                                    "did not end in order");
    return true;
}

struct object_marks object_front_marks(const struct object_header *header) {
    return (struct object_marks){.clean = header->marks.clean,
                                 .begun = header->marks.begun,
                                 .suspect = header->marks.suspect,
                                 .ends = header->marks.ends,
                                 .alive_ms = header->marks.alive_ms,
                                 .ended_mono_ms = header->marks.ended_mono_ms,
                                 .ended_real_ms = header->marks.ended_real_ms,
                                 .processes = header->marks.processes,
                                 .waiting = header->marks.waiting};
}

bool object_front_take(struct image *image, const struct object_header *header,
                       struct error *ret_error) {
    const uint64_t undo_bytes =
        offsetof(struct undo, entries) + header->undo_max * sizeof(struct undo_entry);
    if (!is_part(image, header->undo, 1, undo_bytes) ||
        !is_part(image, header->families, header->families_bytes, 1) ||
        !is_part(image, header->directory, header->directory_max, sizeof(struct layout_table)) ||
        !is_part(image, header->fields, header->fields_max, sizeof(struct layout_field)) ||
        header->table_count > header->directory_max || header->field_count > header->fields_max)
        return error_set(ret_error, "object: its beginning is damaged");
    image->marks = object_front_marks(header);
    image->directory = header->directory;
    image->table_count = header->table_count;
    image->fields = header->fields;
    image->field_count = header->field_count;
    image->families = header->families;
    image->families_bytes = header->families_bytes;
    return true;
}

/* Offset at which the tables begin. Call after object_front_take. */
static uint64_t front_end(const struct object_header *header) {
    return header->fields + header->fields_max * sizeof(struct layout_field);
}

/* ---- what was under way ---- */

/* Put one word back. A word outside the tables was never in the object: none may change the parts
 * before them. */
static void put_back(struct image *image, const struct object_header *header, uint64_t entry_at) {
    struct undo_entry entry;
    memcpy(&entry, image->bytes + entry_at, sizeof entry);
    const uint64_t offset = entry.at - header->undo_base;
    if (offset < front_end(header) || !within_is(offset, sizeof entry.old, image->size))
        return;
    memcpy(image->bytes + offset, &entry.old, sizeof entry.old);
    image->undone++;
}

bool object_front_take_back(struct image *image, const struct object_header *header,
                            struct error *ret_error) {
    uint64_t state;
    memcpy(&state, image->bytes + header->undo + offsetof(struct undo, state), sizeof state);
    const uint32_t count = (uint32_t)state;
    const uint64_t holds = state >> UNDO_POSITION_SHIFT & 1;
    if (count > header->undo_max)
        return error_set(ret_error, "object: its undo record is damaged");
    const uint64_t entries = header->undo + offsetof(struct undo, entries);
    for (uint32_t i = count; i > 0; i--)
        put_back(image, header, entries + (i - 1) * sizeof(struct undo_entry));
    memcpy(&image->position,
           image->bytes + header->undo + offsetof(struct undo, positions) +
               holds * sizeof(struct undo_position),
           sizeof image->position);
    return true;
}

/* ---- directory ---- */

static const uint32_t widths[] = {
    [OBJECT_U8] = 1,  [OBJECT_U16] = 2, [OBJECT_U32] = 4,  [OBJECT_U64] = 8,    [OBJECT_I32] = 4,
    [OBJECT_I64] = 8, [OBJECT_F64] = 8, [OBJECT_TEXT] = 1, [OBJECT_MONO_MS] = 8};

enum { TYPE_COUNT = sizeof widths / sizeof *widths };

uint32_t object_type_bytes(enum object_type type) {
    return widths[type & OBJECT_STORED];
}

static bool is_name(const char name[OBJECT_NAME_MAX]) {
    return name[0] != '\0' && memchr(name, '\0', OBJECT_NAME_MAX) != NULL;
}

struct layout_field object_directory_field(const struct image *image, uint32_t index) {
    struct layout_field field;
    memcpy(&field, image->bytes + image->fields + index * sizeof field, sizeof field);
    return field;
}

/* Another version may have more types. */
static bool is_known_type(const struct layout_field *field) {
    return field->type >= OBJECT_U8 && field->type < TYPE_COUNT;
}

bool object_directory_is_field(const struct layout_field *field, uint32_t item_bytes) {
    return is_name(field->name) && is_known_type(field) && field->count > 0 &&
           within_is(field->offset, (uint64_t)field->count * widths[field->type], item_bytes);
}

static bool has_good_fields(const struct image *image, const struct layout_table *table) {
    if (table->field_count > OBJECT_FIELDS_EACH ||
        !within_is(table->first_field, table->field_count, image->field_count))
        return false;
    for (uint32_t i = 0; i < table->field_count; i++) {
        const struct layout_field field = object_directory_field(image, table->first_field + i);
        if (is_known_type(&field) && !object_directory_is_field(&field, table->item_bytes))
            return false;
    }
    return true;
}

/* Read entry `index` as it stands in the object. Returns false if it is damaged. */
static bool directory_entry(const struct image *image, uint32_t index,
                            struct layout_table *ret_table) {
    struct layout_table table;
    uint64_t bytes;
    memcpy(&table, image->bytes + image->directory + index * sizeof table, sizeof table);
    if (!is_name(table.name) || table.item_bytes == 0 || table.items > table.max_items ||
        __builtin_mul_overflow(table.max_items, table.item_bytes, &bytes) ||
        !within_is(table.offset, bytes, image->size))
        return false;
    *ret_table = table;
    return true;
}

/* Compare by family, label and name. */
static int compare(const struct layout_table *table, const char *name, uint32_t family,
                   uint32_t label) {
    if (table->family != family)
        return table->family < family ? -1 : 1;
    if (table->label != label)
        return table->label < label ? -1 : 1;
    return strncmp(table->name, name, OBJECT_NAME_MAX);
}

static int by_key(const void *a, const void *b) {
    const struct layout_table *right = b;
    return compare(a, right->name, right->family, right->label);
}

bool object_directory_check(struct image *image, struct error *ret_error) {
    for (uint32_t i = 0; i < image->table_count; i++) {
        struct layout_table table;
        if (!directory_entry(image, i, &table) || !has_good_fields(image, &table))
            return error_set(ret_error, "object: table %u of %u is damaged", i, image->table_count);
    }
    return true;
}

void object_directory_sort(struct image *image) {
    if (image->table_count > 1)
        qsort(image->bytes + image->directory, image->table_count, sizeof(struct layout_table),
              by_key);
}

/* A table and the index of its entry, for a directory that must not be sorted in place. */
struct image_entry {
    struct layout_table table; /* as it was when the entries were sorted */
    uint32_t index;
};

void object_directory_list(struct image *image) {
    image->entries = memory_array((size_t)image->table_count + 1, sizeof *image->entries);
    for (uint32_t i = 0; i < image->table_count; i++) {
        image->entries[i].index = i;
        (void)directory_entry(image, i, &image->entries[i].table);
    }
    if (image->table_count > 1)
        qsort(image->entries, image->table_count, sizeof *image->entries, by_key);
}

/* The same as directory_entry, by position in sorted order. */
static bool entry_in_order(const struct image *image, uint32_t position,
                           struct layout_table *ret_table) {
    const uint32_t index = image->entries != NULL ? image->entries[position].index : position;
    return directory_entry(image, index, ret_table);
}

bool object_directory_next(const struct image *image, const char *name, uint32_t *at,
                           struct layout_table *ret_table) {
    while (*at < image->table_count) {
        struct layout_table table;
        if (entry_in_order(image, (*at)++, &table) && strcmp(table.name, name) == 0) {
            *ret_table = table;
            return true;
        }
    }
    return false;
}

bool object_directory_find(const struct image *image, const char *name, uint32_t family,
                           uint32_t label, struct layout_table *ret_table) {
    uint32_t low = 0;
    uint32_t high = image->table_count;
    while (low < high) {
        const uint32_t middle = low + (high - low) / 2;
        struct layout_table table;
        if (!entry_in_order(image, middle, &table))
            return false;
        const int order = compare(&table, name, family, label);
        if (order == 0) {
            *ret_table = table;
            return true;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

uint64_t object_sum_offset(void) {
    return offsetof(struct object_header, sum);
}

/* ---- families: Writes the description of a set's families. ---- */

/* Address of the next byte; NULL: bytes are only counted. */
struct put {
    unsigned char *at;
    uint64_t bytes;
};

static void put_bytes(struct put *put, const void *bytes, size_t size) {
    if (put->at != NULL && size > 0)
        memcpy(put->at + put->bytes, bytes, size);
    put->bytes += size;
}

static void put_u32(struct put *put, uint64_t number) {
    const uint32_t word = (uint32_t)number;
    put_bytes(put, &word, sizeof word);
}

static void put_text(struct put *put, const char *text) {
    const size_t len = text != NULL ? strlen(text) : 0;
    put_u32(put, len);
    put_bytes(put, text, len);
}

static void put_doubles(struct put *put, const double *numbers, uint32_t count) {
    put_u32(put, count);
    put_bytes(put, numbers, count * sizeof *numbers);
}

static void put_list(struct put *put, const struct catalog_value_list *list) {
    uint64_t end = 0;
    put_u32(put, list->number);
    put_u32(put, list->count);
    for (uint32_t i = 0; i < list->count; i++)
        put_u32(put, end += list->values[i].len);
    for (uint32_t i = 0; i < list->count; i++)
        put_bytes(put, list->values[i].text, list->values[i].len);
}

static uint32_t count_lists(const struct catalog *catalog) {
    struct catalog_value_list list;
    uint32_t count = 0;
    for (size_t at = 0; catalog_list_next(catalog, &at, &list);)
        count++;
    return count;
}

static void put_catalog(struct put *put, const struct catalog *catalog) {
    struct catalog_value_list list;
    put_text(put, catalog->service);
    put_u32(put, count_lists(catalog));
    for (size_t at = 0; catalog_list_next(catalog, &at, &list);)
        put_list(put, &list);
}

static void put_family(struct put *put, const struct catalog_family *family) {
    const struct catalog_label *states = family->state_label;
    put_u32(put, family->catalog->index);
    put_text(put, family->name);
    put_text(put, family->kind->type);
    put_text(put, family->unit);
    put_u32(put, family->source);
    put_u32(put, family->merge);
    put_bytes(put, &family->window_ms, sizeof family->window_ms);
    put_u32(put, family->label_count);
    for (uint32_t i = 0; i < family->label_count; i++) {
        put_text(put, family->labels[i].name);
        put_u32(put, catalog_label_list(&family->labels[i]));
    }
    put_u32(put, states != NULL ? catalog_label_list(states) : OBJECT_NONE);
    put_doubles(put, family->buckets, family->bucket_count);
    put_doubles(put, family->quantiles, family->quantile_count);
}

static void put_counts(struct put *put, const struct catalog_set *set) {
    uint64_t lists = 0;
    uint64_t labels = 0;
    for (size_t i = 0; i < set->count; i++)
        lists += count_lists(set->catalogs[i]);
    for (size_t i = 0; i < set->family_count; i++)
        labels += set->families[i]->label_count;
    put_u32(put, set->count);
    put_u32(put, lists);
    put_u32(put, set->family_count);
    put_u32(put, labels);
}

static void put_set(struct put *put, const struct catalog_set *set) {
    put_counts(put, set);
    for (size_t i = 0; i < set->count; i++)
        put_catalog(put, set->catalogs[i]);
    for (size_t i = 0; i < set->family_count; i++)
        put_family(put, set->families[i]);
}

uint64_t object_families_bytes(const struct catalog_set *set) {
    struct put put = {0};
    put_set(&put, set);
    return put.bytes;
}

static void families_write(const struct catalog_set *set, unsigned char *ret_bytes) {
    struct put put = {0};
    put.at = ret_bytes;
    put_set(&put, set);
}

/* ---- object: Makes an object, its tables and their entries in the directory. ---- */

/* A list of fields; tables with equal lists share one. */
struct field_list {
    uint32_t first;
    uint32_t count;
};

struct object {
    struct object_place place;
    struct object_header *header;
    struct undo *undo;
    struct layout_table *directory;
    struct layout_field *fields;
    struct field_list *lists;
    size_t list_count;
    uint64_t end;     /* end of the last table */
    uint64_t reached; /* bytes that have memory */
    uint64_t *blocks; /* bit set: the block has memory */
};

/* Used without an object: written, and never read. */
static struct undo nowhere;

static uint64_t round_up(uint64_t bytes, uint64_t unit) {
    return (bytes + unit - 1) / unit * unit;
}

/* ---- memory ---- */

/* The size of an object is the sum of what its tables say they take. If one does not fit, that sum
 * is wrong, and nothing can be kept. */
static void must_fit(bool fits, uint64_t bytes) {
    if (!fits)
        memory_end(bytes);
}

static uint64_t block_count(uint64_t size) {
    return round_up(size, OBJECT_BLOCK) / OBJECT_BLOCK;
}

static bool has_block(const struct object *object, uint64_t block) {
    return object->blocks[block / 64] >> block % 64 & 1;
}

static void reach_block(struct object *object, uint64_t block) {
    const uint64_t offset = block * OBJECT_BLOCK;
    const uint64_t left = object->place.size - offset;
    const uint64_t bytes = left < OBJECT_BLOCK ? left : OBJECT_BLOCK;
    if (has_block(object, block))
        return;
    object->place.reach(object->place.arg, offset, bytes);
    object->blocks[block / 64] |= UINT64_C(1) << block % 64;
    object->reached += bytes;
}

/* Provide memory for the bytes from `from` to before `to`. */
static void reach(struct object *object, uint64_t from, uint64_t to) {
    for (uint64_t block = from / OBJECT_BLOCK; block * OBJECT_BLOCK < to; block++)
        reach_block(object, block);
}

uint64_t object_reached(const struct object *object) {
    return object->reached;
}

/* ---- the front ---- */

/* One table for the series of each family, two for each label, and room for other tables. */
static uint32_t most_tables(const struct catalog_set *set) {
    enum { OTHERS = 256 };
    uint64_t tables = OTHERS;
    for (size_t i = 0; i < set->family_count; i++)
        tables += 1 + 2 * (uint64_t)set->families[i]->label_count;
    return (uint32_t)tables;
}

/* Equal lists are kept once: one list for the series of each family, and those of all other
 * tables. */
static uint32_t most_fields(const struct catalog_set *set) {
    enum { OF_SERIES = 16, OTHERS = 32 };
    return (uint32_t)(set->family_count * OF_SERIES + (uint64_t)OTHERS * OBJECT_FIELDS_EACH);
}

/* Fill in the offsets. Returns the offset at which the tables begin. */
static uint64_t lay_out(struct object_header *header, const struct catalog_set *set) {
    uint64_t at = round_up(sizeof *header, OBJECT_ALIGN);
    header->header_bytes = (uint32_t)at;
    header->directory_max = most_tables(set);
    header->fields_max = most_fields(set);
    header->undo_max = UNDO_MAX;
    header->undo = at;
    at = round_up(at + sizeof(struct undo), OBJECT_ALIGN);
    header->families = at;
    header->families_bytes = object_families_bytes(set);
    at = round_up(at + header->families_bytes, OBJECT_ALIGN);
    header->directory = at;
    at = round_up(at + header->directory_max * sizeof(struct layout_table), OBJECT_ALIGN);
    header->fields = at;
    return round_up(at + header->fields_max * sizeof(struct layout_field), OBJECT_ALIGN);
}

uint64_t object_bytes(const struct catalog_set *set) {
    struct object_header header;
    return lay_out(&header, set);
}

uint64_t object_table_bytes(uint64_t max_items, uint32_t item_bytes) {
    return round_up(max_items * item_bytes, OBJECT_ALIGN);
}

/* Write the front except for directory and fields. */
static void write_front(struct object *object, const struct catalog_set *set,
                        const unsigned char boot[OBJECT_BOOT_BYTES]) {
    unsigned char *at = object->place.at;
    struct object_header header = {.layout = OBJECT_LAYOUT, .size = object->place.size};
    memcpy(header.boot, boot, OBJECT_BOOT_BYTES);
    object->end = lay_out(&header, set);
    header.undo_base = -header.undo;
    must_fit(object->end <= object->place.size, object->end);
    reach(object, 0, header.directory);
    object->header = (struct object_header *)(void *)at;
    object->undo = (struct undo *)(void *)(at + header.undo);
    object->directory = (struct layout_table *)(void *)(at + header.directory);
    object->fields = (struct layout_field *)(void *)(at + header.fields);
    *object->header = header;
    families_write(set, at + header.families);
    undo_barrier();
    memcpy(object->header->magic, OBJECT_MAGIC, sizeof object->header->magic);
}

struct object *object_new(const struct object_place *place, const struct catalog_set *set,
                          const unsigned char boot[OBJECT_BOOT_BYTES]) {
    struct object *object = memory_alloc(sizeof *object);
    object->place = *place;
    object->blocks = memory_array(block_count(place->size) / 64 + 1, sizeof(uint64_t));
    write_front(object, set, boot);
    return object;
}

void object_free(struct object *object) {
    if (object == NULL)
        return;
    free(object->blocks);
    free(object->lists);
    free(object);
}

struct undo *object_undo(struct object *object) {
    return object != NULL ? object->undo : &nowhere;
}

volatile struct object_marks *object_marks(struct object *object) {
    return &object->header->marks;
}

/* ---- tables ---- */

static void set_name(char ret_name[OBJECT_NAME_MAX], const char *name) {
    const size_t len = strnlen(name, OBJECT_NAME_MAX - 1);
    memset(ret_name, 0, OBJECT_NAME_MAX);
    memcpy(ret_name, name, len);
}

static struct layout_field field_of(const struct object_spec *spec, uint32_t index) {
    const struct object_field *field = &spec->fields[index];
    struct layout_field entry = {
        .type = field->type & OBJECT_STORED, .offset = field->offset, .count = field->count};
    set_name(entry.name, field->name);
    return entry;
}

static bool is_list(const struct object *object, const struct field_list *list,
                    const struct object_spec *spec) {
    if (list->count != spec->field_count)
        return false;
    for (uint32_t i = 0; i < list->count; i++) {
        const struct layout_field field = field_of(spec, i);
        if (memcmp(&object->fields[list->first + i], &field, sizeof field) != 0)
            return false;
    }
    return true;
}

static void reach_field(struct object *object, uint64_t index) {
    const uint64_t at = object->header->fields + index * sizeof(struct layout_field);
    reach(object, at, at + sizeof(struct layout_field));
}

/* Add the spec's fields, for which there must be room. */
static void write_fields(struct object *object, const struct object_spec *spec) {
    const uint32_t first = object->header->field_count;
    for (uint32_t i = 0; i < spec->field_count; i++) {
        reach_field(object, first + i);
        object->fields[first + i] = field_of(spec, i);
    }
    object->header->field_count = first + (uint32_t)spec->field_count;
}

/* Find the list of the spec's fields, or add it. */
static uint32_t add_fields(struct object *object, const struct object_spec *spec) {
    const struct field_list new_list = {.first = object->header->field_count,
                                        .count = (uint32_t)spec->field_count};
    for (size_t i = 0; i < object->list_count; i++)
        if (is_list(object, &object->lists[i], spec))
            return object->lists[i].first;
    must_fit(new_list.count <= object->header->fields_max - new_list.first, new_list.count);
    write_fields(object, spec);
    object->lists = memory_resize(object->lists, object->list_count + 1, sizeof *object->lists);
    object->lists[object->list_count++] = new_list;
    return new_list.first;
}

static void reach_entry(struct object *object, uint64_t index) {
    const uint64_t at = object->header->directory + index * sizeof(struct layout_table);
    reach(object, at, at + sizeof(struct layout_table));
}

static void add_table(struct object *object, const struct object_spec *spec,
                      struct object_table *table) {
    const uint64_t bytes = object_table_bytes(spec->max_items, spec->item_bytes);
    const uint32_t index = object->header->table_count;
    struct layout_table *entry = &object->directory[index];
    assert(spec->field_count <= OBJECT_FIELDS_EACH);
    must_fit(index < object->header->directory_max && bytes <= object->place.size - object->end,
             bytes);
    reach_entry(object, index);
    *entry = (struct layout_table){.family = spec->family,
                                   .label = spec->label,
                                   .item_bytes = spec->item_bytes,
                                   .field_count = (uint32_t)spec->field_count,
                                   .offset = object->end,
                                   .max_items = spec->max_items};
    set_name(entry->name, spec->name);
    entry->first_field = add_fields(object, spec);
    undo_barrier();
    object->header->table_count = index + 1;
    table->items = object->place.at + object->end;
    table->object = object;
    table->index = index;
    object->end += bytes;
}

void object_table(struct object *object, const struct object_spec *spec,
                  struct object_table *ret_table) {
    *ret_table =
        (struct object_table){.max_items = spec->max_items, .item_bytes = spec->item_bytes};
    if (object != NULL) {
        add_table(object, spec, ret_table);
        return;
    }
    const uint64_t bytes = object_table_bytes(spec->max_items + 1, spec->item_bytes);
    ret_table->piece = memory_array(bytes + OBJECT_ALIGN, 1);
    const uintptr_t at = round_up((uintptr_t)ret_table->piece, OBJECT_ALIGN);
    ret_table->items = (unsigned char *)ret_table->piece + (at - (uintptr_t)ret_table->piece);
}

void object_table_done(struct object_table *table) {
    free(table->piece);
    *table = (struct object_table){0};
}

/* Mark items as reached, including all items that lie completely in the last block. `offset`: where
 * the table begins. */
static void set_reached(struct object_table *table, uint64_t offset, uint64_t items) {
    const uint64_t to = offset + items * table->item_bytes;
    const uint64_t whole = (round_up(to, OBJECT_BLOCK) - offset) / table->item_bytes;
    table->reached = whole < table->max_items ? whole : table->max_items;
}

bool object_grow(struct object_table *table, uint64_t items) {
    struct object *object = table->object;
    if (items > table->max_items)
        return false;
    if (object == NULL) { /* all its memory is allocated; untouched pages cost nothing */
        set_reached(table, 0, items);
        return true;
    }
    struct layout_table *entry = &object->directory[table->index];
    const uint64_t from = entry->offset + table->reached * table->item_bytes;
    const uint64_t to = entry->offset + items * table->item_bytes;
    reach(object, from, to);
    set_reached(table, entry->offset, items);
    entry->items = table->reached;
    return true;
}

void object_reach_part(struct object_table *table, uint64_t index, uint32_t offset,
                       uint32_t bytes) {
    enum { PAGE = 4096 };
    struct object *object = table->object;
    assert(index < table->max_items && offset <= table->item_bytes &&
           bytes <= table->item_bytes - offset);
    if (object == NULL || index < table->reached)
        return;
    struct layout_table *entry = &object->directory[table->index];
    const uint64_t from = (entry->offset + index * table->item_bytes + offset) / PAGE * PAGE;
    const uint64_t to = round_up(entry->offset + index * table->item_bytes + offset + bytes, PAGE);
    object->place.reach(object->place.arg, from, to - from);
    object->reached += to - from;
    if (entry->items <= index)
        entry->items = index + 1;
}
