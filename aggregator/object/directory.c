#include "object/directory.h"

#include <stdlib.h>
#include <string.h>

#include "object/within.h"

static const uint32_t widths[] = {
    [OBJECT_U8] = 1,  [OBJECT_U16] = 2, [OBJECT_U32] = 4,  [OBJECT_U64] = 8,    [OBJECT_I32] = 4,
    [OBJECT_I64] = 8, [OBJECT_F64] = 8, [OBJECT_TEXT] = 1, [OBJECT_MONO_MS] = 8};

enum { TYPE_COUNT = sizeof widths / sizeof *widths };

static bool is_name(const char name[OBJECT_NAME_MAX]) {
    return name[0] != '\0' && memchr(name, '\0', OBJECT_NAME_MAX) != NULL;
}

struct layout_field directory_field(const struct image *image, uint32_t index) {
    struct layout_field field;
    memcpy(&field, image->bytes + image->fields + index * sizeof field, sizeof field);
    return field;
}

/* Another version may have more types. */
static bool is_known_type(const struct layout_field *field) {
    return field->type >= OBJECT_U8 && field->type < TYPE_COUNT;
}

bool directory_is_field(const struct layout_field *field, uint32_t item_bytes) {
    return is_name(field->name) && is_known_type(field) && field->count > 0 &&
           within_is(field->offset, (uint64_t)field->count * widths[field->type], item_bytes);
}

static bool has_good_fields(const struct image *image, const struct layout_table *table) {
    if (table->field_count > OBJECT_FIELDS_EACH ||
        !within_is(table->first_field, table->field_count, image->field_count))
        return false;
    for (uint32_t i = 0; i < table->field_count; i++) {
        const struct layout_field field = directory_field(image, table->first_field + i);
        if (is_known_type(&field) && !directory_is_field(&field, table->item_bytes))
            return false;
    }
    return true;
}

bool directory_entry(const struct image *image, uint32_t index, struct layout_table *ret_table) {
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

bool directory_check(struct image *image, struct error *ret_error) {
    for (uint32_t i = 0; i < image->table_count; i++) {
        struct layout_table table;
        if (!directory_entry(image, i, &table) || !has_good_fields(image, &table))
            return error_set(ret_error, "object: table %u of %u is damaged", i, image->table_count);
    }
    return true;
}

void directory_sort(struct image *image) {
    if (image->table_count > 1)
        qsort(image->bytes + image->directory, image->table_count, sizeof(struct layout_table),
              by_key);
}

/* A table and the index of its entry, for a directory that must not be sorted in place. */
struct image_entry {
    struct layout_table table; /* as it was when the entries were sorted */
    uint32_t index;
};

bool directory_list(struct image *image, struct error *ret_error) {
    image->entries =
        memory_array(image->memory, (size_t)image->table_count + 1, sizeof *image->entries);
    if (image->entries == NULL)
        return error_no_memory(ret_error);
    for (uint32_t i = 0; i < image->table_count; i++) {
        image->entries[i].index = i;
        (void)directory_entry(image, i, &image->entries[i].table);
    }
    if (image->table_count > 1)
        qsort(image->entries, image->table_count, sizeof *image->entries, by_key);
    return true;
}

/* The same as directory_entry, by position in sorted order. */
static bool entry_in_order(const struct image *image, uint32_t position,
                           struct layout_table *ret_table) {
    const uint32_t index = image->entries != NULL ? image->entries[position].index : position;
    return directory_entry(image, index, ret_table);
}

bool directory_next(const struct image *image, const char *name, uint32_t *at,
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

bool directory_find(const struct image *image, const char *name, uint32_t family, uint32_t label,
                    struct layout_table *ret_table) {
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
