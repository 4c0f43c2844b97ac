/* SPDX-License-Identifier: MIT */
/* loader_private.h - what the modules of this folder and their tests share. Private. */
#ifndef STATGATE_LOADER_LOADER_PRIVATE_H
#define STATGATE_LOADER_LOADER_PRIVATE_H

#include "base/memory.h"
#include "loader/loader.h"

/* ---- load: a catalog that is being read from JSON into the model. ---- */

struct loader_source;

/** A named set of label values. */
struct load_set {
    const char *name;
    struct catalog_word *words; /**< texts and spellings are unique; in order of the texts */
    size_t count;
};

/** A variable that the catalog names; `text` is NULL if it is not set. */
struct load_variable {
    const char *name;
    const char *text;
    struct load_variable *before; /**< the one that was read before it */
};

/** A file of values that was read. */
struct load_value_file {
    const struct catalog_value_file *file;
    struct load_set set;
    struct load_value_file *before;
};

/** A catalog that is being read, and the memory for it. */
struct load {
    struct catalog *catalog;
    struct error *error;
    const struct loader_source *source;
    struct arena *scratch; /**< memory that is freed once the catalog is read */
    struct load_set *sets;
    size_t set_count;
    bool internal;
    struct catalog_family *families;      /**< in the order of the file, with room for all */
    const struct catalog_family ***slots; /**< by index in families; see families_add */
    size_t family_count;
    struct load_variable **variables; /**< the last one that was read */
    struct load_value_file **files;   /**< the same */
};

enum { LOAD_SERIES_MAX = 10000000 /**< largest value of any max_series or max */ };

/* ---- environment ----
 * values that come from the host's environment instead of the file. Private to
 * loader/.
 */

/** Read {"env": "NAME"}: the name, and the variable's text in the daemon's environment, of at most
 * `len_max` bytes of UTF-8; NULL if it is not set or empty. */
bool loader_environment_read(const struct load *load, json_t *value,
                             const struct jsondoc_place *place, size_t len_max,
                             const char **ret_name, const char **ret_text);

/* ---- families: all families of a catalog, declared and derived. ---- */

/** Allocate room for everything that `families`, `attempts` and `jobs` of a catalog can declare. */
bool loader_families_start(struct load *load, json_t *root, const struct jsondoc_place *place);
/** Sort all families, and check that no two have the same name. */
bool loader_families_finish(struct load *load);

/* ---- field ----
 * reads a value of a catalog file as a type, within limits. Private to loader/.
 *
 * All functions return false with the reason and place in load->error, and then leave their outputs
 * (ret_) untouched. Texts are in the catalog's arena unless the function borrows them from the
 * document.
 */

/** A list of texts in the catalog's arena. */
struct load_texts {
    const char **items;
    size_t count;
};

/** The type of a value for messages: "a string", "an object", ... Static. */
const char *loader_field_kind(const json_t *value);

/** Check that the value is an object, with any members. */
bool loader_field_object(const struct load *load, json_t *value, const struct jsondoc_place *place);
/** Read one member of an object. */
typedef bool (*field_member_fn)(struct load *load, const char *key, json_t *item,
                                const struct jsondoc_place *place);
/** Read an object by calling `fn` for each member, until one is refused. */
bool loader_field_each(struct load *load, json_t *value, const struct jsondoc_place *place,
                       field_member_fn fn);
/** Check that the value is an array of at most `items_max` items of any type. */
bool loader_field_array(const struct load *load, json_t *value, const struct jsondoc_place *place,
                        size_t items_max);
/** Read a text of 1 to `len_max` bytes. */
bool loader_field_text(const struct load *load, json_t *value, const struct jsondoc_place *place,
                       size_t len_max, const char **ret_text);
/** The same, but the text is borrowed from the document. */
bool loader_field_borrowed(const struct load *load, json_t *value,
                           const struct jsondoc_place *place, size_t len_max,
                           const char **ret_text);
bool loader_field_bool(const struct load *load, json_t *value, const struct jsondoc_place *place,
                       bool *ret_value);
/** Read any finite number. */
bool loader_field_number(const struct load *load, json_t *value, const struct jsondoc_place *place,
                         double *ret_value);
/** Read an integer from `min` to `max`. */
bool loader_field_count(const struct load *load, json_t *value, const struct jsondoc_place *place,
                        uint64_t min, uint64_t max, uint64_t *ret_value);
/** Read an array of distinct texts of 1 to CATALOG_NAME_MAX bytes without any byte of `forbidden`,
 * in the order of the file. */
bool loader_field_texts(const struct load *load, json_t *value, const struct jsondoc_place *place,
                        size_t items_max, const char *forbidden, struct load_texts *ret_texts);
/** Refuse patterns in a list of names that are compared whole with names sent: a pattern there
 * would match nothing. */
bool loader_field_refuse_patterns(const struct load *load, const struct load_texts *texts,
                                  const struct jsondoc_place *place);

/** Whether the text is a family's or label's name: [a-zA-Z_][a-zA-Z0-9_]*. */
bool loader_field_is_name(const char *text);
bool loader_field_ends_with(const char *text, const char *end);

/* ---- label: reads the labels of a family. ---- */

/** Check that a label may have this name. */
bool loader_label_name(const struct load *load, const char *name,
                       const struct jsondoc_place *place);
/** Read a family's labels and put them in byte order of name. */
bool loader_labels(const struct load *load, json_t *value, const struct jsondoc_place *place,
                   struct catalog_family *family);

/* ---- names: reads a family's name, unit, help, group and aliases. ---- */

/** Check that a family of this type may have this name. */
bool loader_name(const struct load *load, const char *name, const struct kind_row *kind,
                 const struct jsondoc_place *place);
/** True when `name`, without the counter's `_total`, ends in `_unit`. */
bool loader_name_has_unit(const char *name, const struct kind_row *kind, const char *unit);
/** Read the key "unit": checks it against the name, and sets the scale of `ms`. */
bool loader_unit(const struct load *load, json_t *object, const struct jsondoc_place *place,
                 struct catalog_family *family);
/** Read a help text; may be empty. */
bool loader_help(const struct load *load, json_t *value, const struct jsondoc_place *place,
                 const char **ret_help);
/** Check that a metric group may have this name. */
bool loader_group_name(const struct load *load, const char *name,
                       const struct jsondoc_place *place);
/** Read the key "group": one of the catalog's groups, if it lists them. */
bool loader_group(const struct load *load, json_t *object, const struct jsondoc_place *place,
                  struct catalog_family *family);
/** Read the key "aliases". */
bool loader_aliases(const struct load *load, json_t *object, const struct jsondoc_place *place,
                    struct catalog_family *family);

/* ---- remark ----
 * what a catalog may do, but which is probably not intended. Private to loader/.
 */

/** Remark that a list of the environment is not set, so that all values become `otherwise`. A label
 * with a default is meant to work without: then only a variable of a similar name is remarked. */
void loader_remark_unset(const struct load *load, const struct jsondoc_place *place,
                         const char *variable, const char *otherwise, bool has_default);
/** Remark a value that looks like several, separated by something else than commas. */
void loader_remark_list(const struct load *load, const struct jsondoc_place *place,
                        const char *variable, const struct load_set *set);

/* ---- sections: the sections of a catalog, each read by its own file. ---- */

/** Read the key "families". */
bool loader_families(struct load *load, json_t *value, const struct jsondoc_place *place);

/** Read the key "attempts". */
bool loader_attempts(struct load *load, json_t *value, const struct jsondoc_place *place);
/** Read the key "jobs". */
bool loader_jobs(struct load *load, json_t *value, const struct jsondoc_place *place);

/** Read the key "databases"; items are put in byte order of name. */
bool loader_databases(const struct load *load, json_t *value, const struct jsondoc_place *place);

/** Read the key "queries" of the catalog `root`, after its families and databases. */
bool loader_queries(const struct load *load, json_t *root, json_t *value,
                    const struct jsondoc_place *place);

/* ---- value ----
 * reads the keys that say how samples change a family's values. Private to loader/.
 */

/** Read a number of a row of breaker.def or duty.def into what the row is of. */
bool loader_key(const struct load *load, json_t *value, const struct jsondoc_place *place,
                const struct catalog_key *key, void *of);
/** Read what a job should do; all of it is optional. `machine` has its labels. */
bool loader_duty(const struct load *load, json_t *object, const struct jsondoc_place *place,
                 const struct catalog_family *machine, struct catalog_duty *duty);
/** Read seconds above 0 and at most `seconds_max`; rounded up to milliseconds. */
bool loader_seconds(const struct load *load, json_t *value, const struct jsondoc_place *place,
                    double seconds_max, int64_t *ret_ms);
/** Read the bounds of a histogram. */
bool loader_buckets(const struct load *load, json_t *value, const struct jsondoc_place *place,
                    struct catalog_family *family);
/** Read all keys that say how samples change the family's values and who owns them: everything but
 * names, labels and sizes. */
bool loader_value(const struct load *load, json_t *object, const struct jsondoc_place *place,
                  struct catalog_family *family);

/* ---- value file: values of labels from a file beside the catalog. ---- */

/** Read {"file": "NAME"}: the values that the file has, one a line. Each file is read once for a
 * catalog, whose list it joins. */
bool value_file_read(const struct load *load, json_t *value, const struct jsondoc_place *place,
                     const struct catalog_value_file **ret_file, struct load_set *ret_set);

/** Add the files that were read to the fingerprint of their catalog: in byte order of their names,
 * NUL NAME=FINGERPRINT. */
void value_file_add(const struct catalog *catalog, struct fingerprint_reading *reading);

/* ---- words: reads the values of labels. ---- */

/** Read values from the text of a file, one a line. Blanks around a value, empty lines and lines
 * that begin with # do not count. Messages begin with path and line. */
bool loader_lines(const struct load *load, const char *text, size_t len, const char *path,
                  const struct jsondoc_place *place, struct load_set *ret_set);
/** Read the catalog's named sets; each is checked even if unused. */
bool loader_sets(struct load *load, json_t *value, const struct jsondoc_place *place);

#endif
