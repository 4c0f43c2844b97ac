/* SPDX-License-Identifier: MIT */
/*
 * loader_private.h - what the modules of this folder share: a catalog that is being read, the
 * values of its document with their places, and the rows that say which keys an object has.
 * Private.
 */
#ifndef STATGATE_LOADER_LOADER_PRIVATE_H
#define STATGATE_LOADER_LOADER_PRIVATE_H

#include <stddef.h>

#include "base/memory.h"
#include "loader/loader.h"

/* ---- load: a catalog that is being read from JSON into the model. ---- */

/** A named set of label values. */
struct load_set {
    const char *name;
    struct catalog_word *words;     /**< texts and spellings are unique; in order of the texts */
    struct catalog_word *templates; /**< the same as templates of routes; NULL: not made yet */
    size_t count;                   /**< 0: the set is wrong, which was reported */
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
    struct load_set set; /**< empty: the file is wrong, which was reported */
    struct load_value_file *before;
};

/** A catalog that is being read, and the memory for it. */
struct load {
    struct catalog *catalog;
    const struct loader_source *source;
    json_t *root;
    struct error *error;  /**< the first mistake */
    size_t faults;        /**< so many were found */
    struct arena scratch; /**< memory that is freed once the catalog is read */
    struct load_set *sets;
    size_t set_count;
    struct catalog_family *families;      /**< in the order of the file, with room for all */
    const struct catalog_family ***slots; /**< by index in families; see families_add */
    size_t family_count;
    struct load_variable *variables; /**< the last one that was read */
    struct load_value_file *files;   /**< the same */
};

enum { LOAD_SERIES_MAX = 10000000 /**< largest value of any max_series or max */ };

/* ---- read: values of the document. ----
 * A reader returns false for a value that is wrong. It has reported it then, and the caller goes on
 * with the next value, so that all mistakes of a file are found. What cannot be judged because of a
 * mistake that was reported elsewhere is false without a report. Texts are copied into the
 * catalog's arena unless a reader borrows them from the document.
 */

/** A value of the document. */
struct node {
    struct jsondoc_place place;
    json_t *value; /**< NULL: the key is left out */
    struct load *load;
};

struct node loader_member(const struct node *of, const char *key);
struct node loader_item(const struct node *of, size_t index);

/** Where a walk through the members of an object or the items of an array is; starts zeroed. */
struct walk {
    void *iter;
    size_t index;
};
/** The next of them. False: there is none, or enough mistakes are reported. */
bool loader_next(const struct node *of, struct walk *walk, struct node *ret_here);
/** Read each member of an object; all mistakes are reported. False: there is one. */
bool loader_read_each(const struct node *at, bool (*read)(const struct node *at));

/** Report a mistake at this place. Returns false. */
bool loader_fail(const struct node *at, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/** "expected WANTED, found a string". Returns false. */
bool loader_fail_type(const struct node *at, const char *wanted);
/** "WHAT; did you mean NEAREST?", or "WHAT; ELSE" if no word is near. Returns false. */
bool loader_fail_unknown(const struct node *at, const char *what, const char *name,
                         const char *const *known, const char *otherwise);

bool loader_is_object(const struct node *at);
/** At most `items_max` items or members. `what` names them in the plural. */
bool loader_is_within(const struct node *at, size_t count, size_t items_max, const char *what);
bool loader_is_array(const struct node *at, size_t items_max);
/** A text of 1 to `len_max` bytes. */
bool loader_read_text(const struct node *at, size_t len_max, const char **ret_text);
/** The same, but the text is borrowed from the document. */
bool loader_borrow_text(const struct node *at, size_t len_max, const char **ret_text);
/** Any finite number. */
bool loader_read_number(const struct node *at, double *ret_value);
/** An integer from `min` to `max`. */
bool loader_read_count(const struct node *at, uint64_t min, uint64_t max, uint64_t *ret_value);
/** Seconds above 0 and at most `seconds_max`; rounded up to milliseconds. */
bool loader_read_seconds(const struct node *at, double seconds_max, int64_t *ret_ms);
/** Increasing numbers. `what` names one of them. */
bool loader_read_increasing(const struct node *at, size_t items_max, const char *what,
                            const double **ret_items, uint32_t *ret_count);

/** A list of texts in the catalog's arena. */
struct load_texts {
    const char **items;
    size_t count;
};
/** An array of distinct texts of 1 to CATALOG_NAME_MAX bytes without any byte of `forbidden`, in
 * the order of the file. */
bool loader_read_texts(const struct node *at, size_t items_max, const char *forbidden,
                       struct load_texts *ret_texts);
/** The same for names that are compared whole with names sent: a pattern there would match
 * nothing. `templates`: braces are no pattern. */
bool loader_read_names(const struct node *at, size_t items_max, const char *forbidden,
                       bool templates, struct load_texts *ret_texts);
/** Sort them by their bytes. */
void loader_sort_texts(struct load_texts *texts);

/** A word to choose. */
struct load_word {
    const char *word;
    unsigned value;
};
bool loader_choose(const struct node *at, const struct load_word *words, unsigned *ret_value);

/** Whether the text is a family's or label's name: [a-zA-Z_][a-zA-Z0-9_]*. */
bool loader_is_name(const char *text);
bool loader_ends_with(const char *text, const char *end);

/* ---- keys: which keys an object has. ---- */

/** What the value of a key is, and the member that it is read into. */
enum load_form {
    LOAD_OWN,          /**< `read` reads it; without one, the reader of the object does */
    LOAD_FLAG,         /**< bool */
    LOAD_TEXT,         /**< const char *: a text of 1 to `most` bytes */
    LOAD_COUNT,        /**< uint32_t: a whole number from `least` to `most` */
    LOAD_SIZE,         /**< uint64_t: the same */
    LOAD_NUMBER,       /**< double: from `least` to `most` */
    LOAD_SECONDS,      /**< int64_t milliseconds: above 0 and at most `most` */
    LOAD_SECONDS_OR_0, /**< the same, or 0 */
    LOAD_WORD          /**< an enumeration: one of `words` */
};

/** A key of an object. A value is read in the order of the rows. */
struct load_key {
    const char *name;
    enum load_form form;
    double least;
    double most;
    size_t at; /**< offset of the member */
    bool (*read)(const struct node *at, void *of);
    const struct load_word *words; /**< ended by NULL */
    const char *missing;  /**< what is wrong without it; "": that it is missing; NULL: nothing */
    const char *needs[3]; /**< one of these keys belongs beside it, */
    const char *excludes; /**< and not this one, */
    const char *why;      /**< as this sentence says */
    unsigned kind;        /**< the bit of enum kind_keys that a family's kind has; 0: all may */
    const char *only;     /**< which ones may, as a sentence */
    const char *sentence; /**< what it means, for the schema and the manual */
    const char *schema;   /**< the definition of catalog.schema.json for a value with a reader of
                               its own; NULL: that of the key's name */
};

/** An object, and its keys. */
struct load_object {
    const char *name;   /**< in the manual */
    const char *schema; /**< the definition in catalog.schema.json; NULL: the document */
    const struct load_key *keys;
    size_t count;
};
#define LOAD_OBJECT(title, where, rows)                                                            \
    {                                                                                              \
        .name = (title), .schema = (where), .keys = (rows),                                        \
        .count = sizeof(rows) / sizeof((rows)[0])                                                  \
    }

/** All of them, ended by NULL: for the tests that hold the schema and the manual against them. */
extern const struct load_object *const loader_objects[];
extern const struct load_object loader_service_keys;
extern const struct load_object loader_senders_keys;
extern const struct load_object loader_database_keys;
extern const struct load_object loader_label_keys;
extern const struct load_object loader_family_keys;
extern const struct load_object loader_attempts_keys;
extern const struct load_object loader_breaker_keys;
extern const struct load_object loader_jobs_keys;
extern const struct load_object loader_query_keys;

/** Whether the value is an object without other keys. */
bool loader_check_object(const struct node *at, const struct load_object *object);
/** Read the keys of an object into the struct `of`. `kind` is that of a family, or NULL. `known`:
 * it has no other keys, one of which may be meant for one that is missing. */
bool loader_read_keys(const struct node *at, const struct load_object *object,
                      const struct kind_row *kind, bool known, void *of);
/** Both. */
bool loader_read_object(const struct node *at, const struct load_object *object, void *of);
/** Whether a section of the catalog is there and has nothing that is right: what refers to it
 * cannot be judged. */
bool loader_is_unread(const struct load *load, const char *section, size_t count);
/** Refuse keys that are not among these, which are ended by NULL. */
bool loader_check_keys(const struct node *at, const char *const *known);

/* ---- values: what a catalog takes from outside. ---- */

/** {"env": "NAME"}: the name, and the variable's text in the daemon's environment, of at most
 * `len_max` bytes of UTF-8; NULL if it is not set or empty. */
bool loader_read_variable(const struct node *at, size_t len_max, const char **ret_name,
                          const char **ret_text);
/** {"file": "NAME"}: the values that the file has, one a line. Each file is read once for a
 * catalog, whose list it joins. */
bool loader_read_file(const struct node *at, const struct catalog_value_file **ret_file,
                      struct load_set *ret_set);
/** Add the files and variables that were read to the fingerprint of their catalog, each in byte
 * order of their names: NUL NAME=FINGERPRINT; NUL NAME=TEXT, or NUL NAME for one without. */
void loader_add_outside(struct load *load, struct fingerprint_reading *reading);

/** Remark that a list of the environment is not set, so that all values become `otherwise`. A label
 * with a default is meant to work without: then only a variable of a similar name is remarked. */
void loader_remark_unset(const struct node *at, const char *variable, const char *otherwise,
                         bool has_default);
/** Remark a value that looks like several, separated by something else than commas. */
void loader_remark_list(const struct node *at, const char *variable, const struct load_set *set);

/* ---- labels ---- */

/** Check that a label may have this name. */
bool loader_check_label_name(const struct node *at, const char *name);
/** A family's labels, in byte order of name. */
bool loader_read_labels(const struct node *at, struct catalog_family *family);
/** The catalog's named sets; each is checked even if unused. */
bool loader_read_sets(const struct node *at, void *of);

/* ---- families: all families of a catalog, declared and derived. ---- */

/** Make room for everything that `families`, `attempts` and `jobs` of a catalog can declare. */
bool loader_families_start(const struct node *root);
/** Add a family, named and exposed. Families move once all are read; then *slot gets the final
 * address, if slot is not NULL. */
struct catalog_family *loader_families_add(struct load *load, const char *name,
                                           const struct kind_row *kind,
                                           const struct catalog_family **slot);
/** Sort all families, and check that no two have the same name, nor aliases that match one name. */
bool loader_families_finish(struct load *load);
/** Read the key "families". A family that is wrong has the bound 0. */
bool loader_read_families(const struct node *at);

/** Check that a family of this type may have this name. */
bool loader_check_name(const struct node *at, const char *name, const struct kind_row *kind);
/** Whether `name`, without the counter's `_total`, ends in `_unit`. */
bool loader_name_has_unit(const char *name, const struct kind_row *kind, const char *unit);
/** Check that a metric group may have this name. */
bool loader_check_group_name(const struct node *at, const char *name);
/** Readers of keys that several objects have. */
bool loader_read_help(const struct node *at, const char **ret_help);
bool loader_read_group(const struct node *at, struct catalog_family *family);
bool loader_read_aliases(const struct node *at, bool templates, struct catalog_family *family);
bool loader_read_buckets(const struct node *at, struct catalog_family *family);

/* ---- attempts, jobs ---- */

bool loader_read_attempts(const struct node *at);
bool loader_read_jobs(const struct node *at);
/** The schedules of a job whose labels are read. */
bool loader_read_schedule(const struct node *at, const struct catalog_family *machine,
                          struct catalog_duty *duty);
/** Their time zone; without a value that of the host. */
bool loader_read_zone(const struct node *at, struct catalog_duty *duty);

/* ---- databases, queries ---- */

/** Read the key "databases"; items are put in byte order of name. */
bool loader_read_databases(const struct node *at);
/** Read the key "queries", after families and databases. */
bool loader_read_queries(const struct node *at);

/** Read a whole catalog, starting at its top level. */
bool loader_read_service(const struct node *root);

#endif
