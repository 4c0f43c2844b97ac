/*
 * directory.h - the tables of another process's object, and the fields of their records. Private to
 * object/.
 */
#ifndef STATGATE_OBJECT_DIRECTORY_H
#define STATGATE_OBJECT_DIRECTORY_H

#include "object/image.h"
#include "object/layout.h"

/* Check that every table lies within the object, and every field of a known type within its
 * record. Notes whether there are tables that are not understood. */
bool directory_check(struct image *image, struct error *ret_error);
/* Sort the directory's tables in place, so that directory_find can search it. */
void directory_sort(struct image *image);
/* The same in a list beside the object, without a write to it: a private page that was written no
 * longer shows what the object's process writes there. */
bool directory_list(struct image *image, struct error *ret_error);

/* The same as image_next and image_find. Each entry of a live object is checked again. */
bool directory_next(const struct image *image, const char *name, uint32_t *at,
                    struct layout_table *ret_table);
bool directory_find(const struct image *image, const char *name, uint32_t family, uint32_t label,
                    struct layout_table *ret_table);

/* Read entry `index` as it stands in the object. Returns false if it is damaged. */
bool directory_entry(const struct image *image, uint32_t index, struct layout_table *ret_table);
struct layout_field directory_field(const struct image *image, uint32_t index);
/* Whether the field is of a known type and lies within a record of item_bytes. */
bool directory_is_field(const struct layout_field *field, uint32_t item_bytes);

#endif
