/*
 * field.h - the pieces every part of a catalog is read with: typed values with limits, and where
 * they stand. Private to loader/.
 *
 * All functions return false with the reason and place in load->error; outputs stay untouched then.
 * Text lives in the catalog's arena unless it is said to be borrowed from the document.
 */
#ifndef STATGATE_LOADER_FIELD_H
#define STATGATE_LOADER_FIELD_H

#include "catalog/build.h"
#include "json/jsondoc.h"

/** A named set of label values. */
struct load_set {
    const char *name;
    struct catalog_word *words; /**< texts and spellings unique, in order of the texts */
    size_t count;
};

/** One catalog on its way from JSON to the model. */
struct load {
    struct catalog *catalog;
    struct jsondoc_error *error;
    struct arena *scratch; /**< for what is forgotten when the catalog is read */
    struct load_set *sets;
    size_t set_count;
    bool internal;
    struct catalog_family *families;      /**< in the order of the file, with room for all */
    const struct catalog_family ***slots; /**< by index in families; see families_add */
    size_t family_count;
};

/** A list of texts in the catalog's arena. */
struct load_texts {
    const char **items;
    size_t count;
};

enum { LOAD_SERIES_MAX = 10000000 /**< most that any max_series or max may ask for */ };

/** Memory is out. Returns false. */
bool loader_no_memory(const struct load *load);
/** "a string", "an object", ...: what a value is, for messages. Static. */
const char *field_kind(const json_t *value);

bool field_object(const struct load *load, json_t *value, const struct jsondoc_place *place);
/** Take one member of an object. */
typedef bool (*field_member_fn)(struct load *load, const char *key, json_t *item,
                                const struct jsondoc_place *place);
/** An object, each of its members taken by `fn`, until one is refused. */
bool field_each(struct load *load, json_t *value, const struct jsondoc_place *place,
                field_member_fn fn);
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

/* environment.c */

/** {"env": "NAME"}: the name, and what the daemon's environment says, of at most `len_max` bytes of
 * UTF-8; NULL when it is not set or empty. */
bool environment_read(const struct load *load, json_t *value, const struct jsondoc_place *place,
                      size_t len_max, const char **ret_name, const char **ret_text);

/** [a-zA-Z_][a-zA-Z0-9_]*: a family's or label's name. */
bool field_is_name(const char *text);
bool field_ends_with(const char *text, const char *end);

/* words.c */

/** A value: "text", or {"value": "text", "wire": "spelling"}. Its texts are the document's: labels
 * copy what they keep. */
bool loader_word(const struct load *load, json_t *value, const struct jsondoc_place *place,
                 struct catalog_word *ret_word);
/** Values by the name of a set, or listed in place. */
bool loader_values(const struct load *load, json_t *value, const struct jsondoc_place *place,
                   struct load_set *ret_set);
/** Likewise, of templates of routes: each is found by its key. */
bool loader_templates(const struct load *load, json_t *value, const struct jsondoc_place *place,
                      struct load_set *ret_set);
/** Values as the environment `variable` lists them, with commas between. */
bool loader_listed(const struct load *load, const char *list, const char *variable,
                   const struct jsondoc_place *place, struct load_set *ret_set);
/** The named sets of the catalog, checked whether used or not. */
bool loader_sets(struct load *load, json_t *value, const struct jsondoc_place *place);

/* label.c */

/** A name that a label may have. */
bool loader_label_name(const struct load *load, const char *name,
                       const struct jsondoc_place *place);
/** A family's labels, in byte order of name. */
bool loader_labels(const struct load *load, json_t *value, const struct jsondoc_place *place,
                   struct catalog_family *family);

/* names.c */

/** A valid name of a family of this type. */
bool loader_name(const struct load *load, const char *name, enum family_type type,
                 const struct jsondoc_place *place);
/** True when `name`, without the counter's `_total`, ends in `_unit`. */
bool name_has_unit(const char *name, enum family_type type, const char *unit);
/** The key "unit", checked against the name, and what `ms` is scaled with. */
bool loader_unit(const struct load *load, json_t *object, const struct jsondoc_place *place,
                 struct catalog_family *family);
/** A help text; may be empty. */
bool loader_help(const struct load *load, json_t *value, const struct jsondoc_place *place,
                 const char **ret_help);
/** A name that a metric group may have. */
bool loader_group_name(const struct load *load, const char *name,
                       const struct jsondoc_place *place);
/** The key "group"; one of the catalog's groups, where it lists them. */
bool loader_group(const struct load *load, json_t *object, const struct jsondoc_place *place,
                  struct catalog_family *family);
/** The key "aliases". */
bool loader_aliases(const struct load *load, json_t *object, const struct jsondoc_place *place,
                    struct catalog_family *family);

/* value.c */

/** Seconds above 0 and at most `seconds_max`; rounded up to milliseconds. */
bool loader_seconds(const struct load *load, json_t *value, const struct jsondoc_place *place,
                    double seconds_max, int64_t *ret_ms);
/** Bounds of a histogram. */
bool loader_buckets(const struct load *load, json_t *value, const struct jsondoc_place *place,
                    struct catalog_family *family);
/** What a sample does to the family's values, and who owns them: all keys but those of names,
 * labels and sizes. */
bool loader_value(const struct load *load, json_t *object, const struct jsondoc_place *place,
                  struct catalog_family *family);

/* family.c */

/** What the key "families" declares. */
bool loader_families(struct load *load, json_t *value, const struct jsondoc_place *place);

/* families.c */

/** Room for everything that `families`, `attempts` and `jobs` of a catalog can declare. */
bool families_start(struct load *load, json_t *root, const struct jsondoc_place *place);
/** The next family, named and exposed, or NULL when memory is out. Families move when all are
 * read; then *slot gets the final address, if slot is not NULL. */
struct catalog_family *families_add(struct load *load, const char *name, enum family_type type,
                                    const struct catalog_family **slot);
/** Put all families in order. No two have the same name. */
bool families_finish(struct load *load);

/* derive.c */

/** A family that a declaration of `attempts` or `jobs` can show. */
struct derive_part {
    const char *key; /**< in `names` and `help`; the end of the default name */
    enum family_type type;
    bool zeros;
    const char *help;                  /**< unless the file has one */
    const char *missing;               /**< why it is not shown, for messages; NULL: it is */
    const struct catalog_label *extra; /**< beside those of the declaration; may be NULL */
    const double *buckets;             /**< histogram */
    uint32_t bucket_count;
    const struct catalog_family **slot; /**< gets the family, or stays NULL */
};

/** A declaration on its way to its families. */
struct derive {
    struct load *load;
    json_t *object;
    const struct jsondoc_place *place;
    struct catalog_family *machine;
    struct derive_part *parts;
    size_t part_count;
};

/** A label with these values, in any order. False when memory is out. */
bool derive_label(const struct load *load, struct catalog_label *label, const char *name,
                  const char *const *words, size_t count);
/** The machine's own keys: labels, group and aliases; and its bound. `section` is "attempts" or
 * "jobs", `name` the key there. */
struct catalog_family *derive_machine(struct load *load, const char *section, const char *name,
                                      enum family_type type, json_t *object,
                                      const struct jsondoc_place *place);
/** The keys "names" and "help" speak of parts that are shown. */
bool derive_check(const struct derive *derive);
/** True when this part is not there, or `names` says that it is not shown. */
bool derive_is_hidden(const struct derive *derive, const struct derive_part *part);
/** All parts that are shown, after derive_check. */
bool derive_families(const struct derive *derive);

/* attempts.c, jobs.c */

/** What the key "attempts" declares. */
bool loader_attempts(struct load *load, json_t *value, const struct jsondoc_place *place);
/** What the key "jobs" declares. */
bool loader_jobs(struct load *load, json_t *value, const struct jsondoc_place *place);

/* database.c */

/** What the key "databases" declares, in byte order of name. */
bool loader_databases(const struct load *load, json_t *value, const struct jsondoc_place *place);

/* query.c */

/** What the key "queries" of the catalog `root` declares; families and databases are read before.
 */
bool loader_queries(const struct load *load, json_t *root, json_t *value,
                    const struct jsondoc_place *place);

/* service.c */

/** Everything: the top level of a catalog. */
bool loader_service(struct load *load, json_t *root, const struct jsondoc_place *place);

#endif
