/* SPDX-License-Identifier: MIT */
#include "relayout.h"

#include <stdlib.h>
#include <string.h>

#include "assertions.h"
#include "object/object_private.h"

enum { MORE = 12 }; /* bytes in front of each record */

static struct object_header *header_of(unsigned char *object) {
    return (struct object_header *)(void *)object;
}

static struct layout_table *tables_of(unsigned char *object) {
    return (struct layout_table *)(void *)(object + header_of(object)->directory);
}

static struct layout_field *fields_of(unsigned char *object) {
    return (struct layout_field *)(void *)(object + header_of(object)->fields);
}

static uint64_t front_bytes(const unsigned char *object) {
    const struct object_header *header = (const struct object_header *)(const void *)object;
    return header->fields + header->field_count * sizeof(struct layout_field);
}

/* Texts lie one behind the other, whatever their cells are. */
static bool has_records(const struct layout_table *table) {
    return strcmp(table->name, "text") != 0;
}

static uint32_t more_of(const struct layout_table *table) {
    return has_records(table) ? MORE : 0;
}

static uint64_t table_bytes(const struct layout_table *table) {
    return table->items * (table->item_bytes + more_of(table));
}

static void move_field(struct layout_field *field) {
    field->offset += MORE;
    if (strcmp(field->name, "comm") == 0)
        memcpy(field->name, "cosy", 4);
}

/* Moves the fields of each kind of table once: tables of the same kind share them. */
static void move_fields(unsigned char *object) {
    const uint32_t count = header_of(object)->field_count;
    bool *moves = calloc(count + 1, sizeof *moves);
    cr_assert(moves != NULL);
    for (uint32_t i = 0; i < header_of(object)->table_count; i++) {
        const struct layout_table *table = &tables_of(object)[i];
        for (uint32_t j = 0; j < table->field_count; j++)
            moves[table->first_field + j] = has_records(table);
    }
    for (uint32_t i = 0; i < count; i++)
        if (moves[i])
            move_field(&fields_of(object)[i]);
    free(moves);
}

static void move_records(unsigned char *object, struct layout_table *table,
                         const unsigned char *from, uint64_t to) {
    const uint32_t more = more_of(table);
    unsigned char *at = object + to;
    for (uint64_t i = 0; i < table->items; i++, at += table->item_bytes + more) {
        memset(at, 0xa5, more);
        memcpy(at + more, from + i * table->item_bytes, table->item_bytes);
    }
    table->item_bytes += more;
    table->offset = to;
    table->max_items = table->items;
}

unsigned char *relayout(const unsigned char *object, uint64_t *ret_size) {
    const uint64_t front = front_bytes(object);
    unsigned char *copy = malloc(front);
    uint64_t size = front;
    cr_assert(copy != NULL);
    memcpy(copy, object, front);
    const uint32_t count = header_of(copy)->table_count;
    for (uint32_t i = 0; i < count; i++)
        size += table_bytes(&tables_of(copy)[i]);
    copy = realloc(copy, size);
    cr_assert(copy != NULL);
    uint64_t to = front;
    for (uint32_t i = 0; i < count; i++) {
        struct layout_table *table = &tables_of(copy)[i];
        const uint64_t bytes = table_bytes(table);
        move_records(copy, table, object + table->offset, to);
        to += bytes;
    }
    move_fields(copy);
    header_of(copy)->size = size;
    header_of(copy)->directory_max = count;
    header_of(copy)->fields_max = header_of(copy)->field_count;
    *ret_size = size;
    return copy;
}
