/*
 * words.h - values of labels. Private to loader/.
 */
#ifndef STATGATE_LOADER_WORDS_H
#define STATGATE_LOADER_WORDS_H

#include "loader/load.h"

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

#endif
