/*
 * load.h - a catalog that is being read from JSON into the model. Private to loader/.
 */
#ifndef STATGATE_LOADER_LOAD_H
#define STATGATE_LOADER_LOAD_H

#include "catalog/catalog.h"
#include "json/jsondoc.h"

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

/** Set the error to out of memory. Returns false. */
bool loader_no_memory(const struct load *load);

#endif
