/* Makes an object, its tables and their entries in the directory. */
#include "object/object.h"

#include <string.h>

#include "object/families.h"
#include "object/layout.h"

/* A list of fields; tables with equal lists share one. */
struct field_list {
    uint32_t first;
    uint32_t count;
};

struct object {
    const struct memory *memory;
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

static uint64_t block_count(uint64_t size) {
    return round_up(size, OBJECT_BLOCK) / OBJECT_BLOCK;
}

static bool has_block(const struct object *object, uint64_t block) {
    return object->blocks[block / 64] >> block % 64 & 1;
}

static bool reach_block(struct object *object, uint64_t block) {
    const uint64_t offset = block * OBJECT_BLOCK;
    const uint64_t left = object->place.size - offset;
    const uint64_t bytes = left < OBJECT_BLOCK ? left : OBJECT_BLOCK;
    if (has_block(object, block))
        return true;
    if (!object->place.reach(object->place.arg, offset, bytes))
        return false;
    object->blocks[block / 64] |= UINT64_C(1) << block % 64;
    object->reached += bytes;
    return true;
}

/* Provide memory for the bytes from `from` to before `to`. Returns false if there is none. */
static bool reach(struct object *object, uint64_t from, uint64_t to) {
    for (uint64_t block = from / OBJECT_BLOCK; block * OBJECT_BLOCK < to; block++)
        if (!reach_block(object, block))
            return false;
    return true;
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
    header->families_bytes = families_bytes(set);
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

/* Write the front except for directory and fields. Returns false if there is no memory for it. */
static bool write_front(struct object *object, const struct catalog_set *set,
                        const unsigned char boot[OBJECT_BOOT_BYTES]) {
    unsigned char *at = object->place.at;
    struct object_header header = {.layout = OBJECT_LAYOUT, .size = object->place.size};
    memcpy(header.boot, boot, OBJECT_BOOT_BYTES);
    object->end = lay_out(&header, set);
    header.undo_base = -header.undo;
    if (object->end > object->place.size || !reach(object, 0, header.directory))
        return false;
    object->header = (struct object_header *)(void *)at;
    object->undo = (struct undo *)(void *)(at + header.undo);
    object->directory = (struct layout_table *)(void *)(at + header.directory);
    object->fields = (struct layout_field *)(void *)(at + header.fields);
    *object->header = header;
    families_write(set, at + header.families);
    undo_barrier();
    memcpy(object->header->magic, OBJECT_MAGIC, sizeof object->header->magic);
    return true;
}

struct object *object_new(const struct memory *memory, const struct object_place *place,
                          const struct catalog_set *set,
                          const unsigned char boot[OBJECT_BOOT_BYTES]) {
    struct object *object = memory_alloc(memory, sizeof *object);
    if (object == NULL)
        return NULL;
    object->memory = memory;
    object->place = *place;
    object->blocks = memory_array(memory, block_count(place->size) / 64 + 1, sizeof(uint64_t));
    if (object->blocks == NULL || !write_front(object, set, boot)) {
        object_free(object);
        return NULL;
    }
    return object;
}

void object_free(struct object *object) {
    if (object == NULL)
        return;
    memory_release(object->memory, object->blocks);
    memory_release(object->memory, object->lists);
    memory_release(object->memory, object);
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
        .type = (uint32_t)field->type, .offset = field->offset, .count = field->count};
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

static bool reach_field(struct object *object, uint64_t index) {
    const uint64_t at = object->header->fields + index * sizeof(struct layout_field);
    return reach(object, at, at + sizeof(struct layout_field));
}

/* Add the spec's fields, for which there must be room. */
static bool write_fields(struct object *object, const struct object_spec *spec) {
    const uint32_t first = object->header->field_count;
    for (uint32_t i = 0; i < spec->field_count; i++) {
        if (!reach_field(object, first + i))
            return false;
        object->fields[first + i] = field_of(spec, i);
    }
    object->header->field_count = first + (uint32_t)spec->field_count;
    return true;
}

/* Find the list of the spec's fields, or add it. Returns false if there is no room. */
static bool add_fields(struct object *object, const struct object_spec *spec, uint32_t *ret_first) {
    const struct field_list new_list = {.first = object->header->field_count,
                                        .count = (uint32_t)spec->field_count};
    for (size_t i = 0; i < object->list_count; i++)
        if (is_list(object, &object->lists[i], spec)) {
            *ret_first = object->lists[i].first;
            return true;
        }
    struct field_list *lists =
        memory_resize(object->memory, object->lists, object->list_count + 1, sizeof *object->lists);
    if (lists == NULL)
        return false;
    object->lists = lists;
    if (new_list.count > object->header->fields_max - new_list.first || !write_fields(object, spec))
        return false;
    object->lists[object->list_count++] = new_list;
    *ret_first = new_list.first;
    return true;
}

static bool reach_entry(struct object *object, uint64_t index) {
    const uint64_t at = object->header->directory + index * sizeof(struct layout_table);
    return reach(object, at, at + sizeof(struct layout_table));
}

static bool add_table(struct object *object, const struct object_spec *spec,
                      struct object_table *table) {
    const uint64_t bytes = object_table_bytes(spec->max_items, spec->item_bytes);
    const uint32_t index = object->header->table_count;
    struct layout_table *entry = &object->directory[index];
    if (spec->field_count > OBJECT_FIELDS_EACH || index == object->header->directory_max ||
        bytes > object->place.size - object->end || !reach_entry(object, index))
        return false;
    *entry = (struct layout_table){.family = spec->family,
                                   .label = spec->label,
                                   .item_bytes = spec->item_bytes,
                                   .field_count = (uint32_t)spec->field_count,
                                   .offset = object->end,
                                   .max_items = spec->max_items};
    set_name(entry->name, spec->name);
    if (!add_fields(object, spec, &entry->first_field))
        return false;
    undo_barrier();
    object->header->table_count = index + 1;
    table->items = object->place.at + object->end;
    table->object = object;
    table->index = index;
    object->end += bytes;
    return true;
}

bool object_table(struct object *object, const struct memory *memory,
                  const struct object_spec *spec, struct object_table *ret_table) {
    *ret_table =
        (struct object_table){.max_items = spec->max_items, .item_bytes = spec->item_bytes};
    if (object != NULL)
        return add_table(object, spec, ret_table);
    const uint64_t bytes = object_table_bytes(spec->max_items + 1, spec->item_bytes);
    ret_table->piece = memory_array(memory, bytes + OBJECT_ALIGN, 1);
    if (ret_table->piece == NULL)
        return false;
    const uintptr_t at = round_up((uintptr_t)ret_table->piece, OBJECT_ALIGN);
    ret_table->items = (unsigned char *)ret_table->piece + (at - (uintptr_t)ret_table->piece);
    return true;
}

void object_table_done(struct object_table *table, const struct memory *memory) {
    memory_release(memory, table->piece);
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
    if (!reach(object, from, to))
        return false;
    set_reached(table, entry->offset, items);
    entry->items = table->reached;
    return true;
}

bool object_reach_part(struct object_table *table, uint64_t index, uint32_t offset,
                       uint32_t bytes) {
    enum { PAGE = 4096 };
    struct object *object = table->object;
    if (object == NULL || index < table->reached)
        return index < table->max_items;
    if (index >= table->max_items || offset > table->item_bytes ||
        bytes > table->item_bytes - offset)
        return false;
    struct layout_table *entry = &object->directory[table->index];
    const uint64_t from = (entry->offset + index * table->item_bytes + offset) / PAGE * PAGE;
    const uint64_t to = round_up(entry->offset + index * table->item_bytes + offset + bytes, PAGE);
    if (to > object->place.size || !object->place.reach(object->place.arg, from, to - from))
        return false;
    object->reached += to - from;
    if (entry->items <= index)
        entry->items = index + 1;
    return true;
}
