/*
 * read.h - the pieces every part of a catalog is read with: typed values with limits, and where
 * they stand. Private to loader/.
 *
 * All functions return false with the reason and place in load->error; outputs stay untouched then.
 * Text lives in the catalog's arena.
 */
#ifndef STATGATE_LOADER_READ_H
#define STATGATE_LOADER_READ_H

#include "catalog/build.h"
#include "json/jsondoc.h"

/** A named set of label values. */
struct load_set {
    const char *name;
    struct catalog_word *words; /**< texts and spellings unique, in no order */
    size_t count;
};

/** One catalog on its way from JSON to the model. */
struct load {
    struct catalog *catalog;
    struct jsondoc_error *error;
    struct load_set *sets;
    size_t set_count;
    bool internal;
};

/** A list of texts in the catalog's arena. */
struct load_texts {
    const char **items;
    size_t count;
};

enum { LOAD_SERIES_MAX = 10000000 /**< most that any max_series or max may ask for */ };

/** Memory is out. Returns false. */
bool load_no_memory(const struct load *load);
/** "a string", "an object", ...: what a value is, for messages. Static. */
const char *json_kind(const json_t *value);

bool read_object(const struct load *load, json_t *value, const struct jsondoc_place *place);
bool read_array(const struct load *load, json_t *value, const struct jsondoc_place *place,
                size_t items_max);
/** 1 to `len_max` bytes. */
bool read_text(const struct load *load, json_t *value, const struct jsondoc_place *place,
               size_t len_max, const char **ret_text);
bool read_bool(const struct load *load, json_t *value, const struct jsondoc_place *place,
               bool *ret_value);
bool read_number(const struct load *load, json_t *value, const struct jsondoc_place *place,
                 double *ret_value);
/** A whole number from `min` to `max`. */
bool read_count(const struct load *load, json_t *value, const struct jsondoc_place *place,
                uint64_t min, uint64_t max, uint64_t *ret_value);
/** An array of different texts of 1 to CATALOG_NAME_MAX bytes without any byte of `forbidden`, in
 * the order of the file. */
bool read_texts(const struct load *load, json_t *value, const struct jsondoc_place *place,
                size_t items_max, const char *forbidden, struct load_texts *ret_texts);

/** [a-zA-Z_][a-zA-Z0-9_]*: a family's or label's name. */
bool is_name(const char *text);
bool ends_with(const char *text, const char *end);

/* label.c */

/** The named sets of the catalog, checked whether used or not. */
bool load_sets(struct load *load, json_t *value, const struct jsondoc_place *place);
/** A family's labels, in byte order of name. */
bool load_labels(const struct load *load, json_t *value, const struct jsondoc_place *place,
                 struct catalog_family *family);

/* family.c */

bool load_families(const struct load *load, json_t *value, const struct jsondoc_place *place);

/* service.c */

/** Everything: the top level of a catalog. */
bool load_service(struct load *load, json_t *root, const struct jsondoc_place *place);

#endif
