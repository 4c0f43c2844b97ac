/*
 * field.h - reads a value of a catalog file as a type, within limits. Private to loader/.
 *
 * All functions return false with the reason and place in load->error, and then leave their outputs
 * (ret_) untouched. Texts are in the catalog's arena unless the function borrows them from the
 * document.
 */
#ifndef STATGATE_LOADER_FIELD_H
#define STATGATE_LOADER_FIELD_H

#include "loader/load.h"

/** A list of texts in the catalog's arena. */
struct load_texts {
    const char **items;
    size_t count;
};

/** The type of a value for messages: "a string", "an object", ... Static. */
const char *field_kind(const json_t *value);

/** Check that the value is an object, with any members. */
bool field_object(const struct load *load, json_t *value, const struct jsondoc_place *place);
/** Read one member of an object. */
typedef bool (*field_member_fn)(struct load *load, const char *key, json_t *item,
                                const struct jsondoc_place *place);
/** Read an object by calling `fn` for each member, until one is refused. */
bool field_each(struct load *load, json_t *value, const struct jsondoc_place *place,
                field_member_fn fn);
/** Check that the value is an array of at most `items_max` items of any type. */
bool field_array(const struct load *load, json_t *value, const struct jsondoc_place *place,
                 size_t items_max);
/** Read a text of 1 to `len_max` bytes. */
bool field_text(const struct load *load, json_t *value, const struct jsondoc_place *place,
                size_t len_max, const char **ret_text);
/** The same, but the text is borrowed from the document. */
bool field_borrowed(const struct load *load, json_t *value, const struct jsondoc_place *place,
                    size_t len_max, const char **ret_text);
bool field_bool(const struct load *load, json_t *value, const struct jsondoc_place *place,
                bool *ret_value);
/** Read any finite number. */
bool field_number(const struct load *load, json_t *value, const struct jsondoc_place *place,
                  double *ret_value);
/** Read an integer from `min` to `max`. */
bool field_count(const struct load *load, json_t *value, const struct jsondoc_place *place,
                 uint64_t min, uint64_t max, uint64_t *ret_value);
/** Read an array of distinct texts of 1 to CATALOG_NAME_MAX bytes without any byte of `forbidden`,
 * in the order of the file. */
bool field_texts(const struct load *load, json_t *value, const struct jsondoc_place *place,
                 size_t items_max, const char *forbidden, struct load_texts *ret_texts);
/** Refuse patterns in a list of names that are compared whole with names sent: a pattern there
 * would match nothing. */
bool field_refuse_patterns(const struct load *load, const struct load_texts *texts,
                           const struct jsondoc_place *place);

/** Whether the text is a family's or label's name: [a-zA-Z_][a-zA-Z0-9_]*. */
bool field_is_name(const char *text);
bool field_ends_with(const char *text, const char *end);

#endif
