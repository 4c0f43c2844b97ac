/*
 * field.h - a value of a catalog file, taken as a type within limits. Private to loader/.
 *
 * All functions return false with the reason and place in load->error; what ret_ names is untouched
 * then. Text lives in the catalog's arena unless it is said to be borrowed from the document.
 */
#ifndef STATGATE_LOADER_FIELD_H
#define STATGATE_LOADER_FIELD_H

#include "loader/load.h"

/** A list of texts in the catalog's arena. */
struct load_texts {
    const char **items;
    size_t count;
};

/** "a string", "an object", ...: what a value is, for messages. Static. */
const char *field_kind(const json_t *value);

/** An object, whatever is in it. */
bool field_object(const struct load *load, json_t *value, const struct jsondoc_place *place);
/** Take one member of an object. */
typedef bool (*field_member_fn)(struct load *load, const char *key, json_t *item,
                                const struct jsondoc_place *place);
/** An object, each of its members taken by `fn`, until one is refused. */
bool field_each(struct load *load, json_t *value, const struct jsondoc_place *place,
                field_member_fn fn);
/** An array of at most `items_max`, of anything. */
bool field_array(const struct load *load, json_t *value, const struct jsondoc_place *place,
                 size_t items_max);
/** 1 to `len_max` bytes. */
bool field_text(const struct load *load, json_t *value, const struct jsondoc_place *place,
                size_t len_max, const char **ret_text);
/** The same, but the text is the document's. */
bool field_borrowed(const struct load *load, json_t *value, const struct jsondoc_place *place,
                    size_t len_max, const char **ret_text);
bool field_bool(const struct load *load, json_t *value, const struct jsondoc_place *place,
                bool *ret_value);
/** Any finite number, whole or not. */
bool field_number(const struct load *load, json_t *value, const struct jsondoc_place *place,
                  double *ret_value);
/** A whole number from `min` to `max`. */
bool field_count(const struct load *load, json_t *value, const struct jsondoc_place *place,
                 uint64_t min, uint64_t max, uint64_t *ret_value);
/** An array of different texts of 1 to CATALOG_NAME_MAX bytes without any byte of `forbidden`, in
 * the order of the file. */
bool field_texts(const struct load *load, json_t *value, const struct jsondoc_place *place,
                 size_t items_max, const char *forbidden, struct load_texts *ret_texts);
/** Names that are compared whole with what is sent: a pattern among them would match nothing. */
bool field_refuse_patterns(const struct load *load, const struct load_texts *texts,
                           const struct jsondoc_place *place);

/** [a-zA-Z_][a-zA-Z0-9_]*: a family's or label's name. */
bool field_is_name(const char *text);
bool field_ends_with(const char *text, const char *end);

#endif
