/*
 * words.h - reads the values of labels. Private to loader/.
 */
#ifndef STATGATE_LOADER_WORDS_H
#define STATGATE_LOADER_WORDS_H

#include "loader/load.h"

/** Read a value: "text", or {"value": "text", "wire": "spelling"}. Its texts are borrowed from the
 * document: labels copy what they keep. */
bool loader_word(const struct load *load, json_t *value, const struct jsondoc_place *place,
                 struct catalog_word *ret_word);
/** Read values: the name of a set, or a list. */
bool loader_values(const struct load *load, json_t *value, const struct jsondoc_place *place,
                   struct load_set *ret_set);
/** The same for templates of routes: each is found by its key. */
bool loader_templates(const struct load *load, json_t *value, const struct jsondoc_place *place,
                      struct load_set *ret_set);
/** Read values from the comma-separated `list` of the environment `variable`. */
bool loader_listed(const struct load *load, const char *list, const char *variable,
                   const struct jsondoc_place *place, struct load_set *ret_set);
/** Read values from the text of a file, one a line. Blanks around a value, empty lines and lines
 * that begin with # do not count. Messages begin with path and line. */
bool loader_lines(const struct load *load, const char *text, size_t len, const char *path,
                  const struct jsondoc_place *place, struct load_set *ret_set);
/** Read the catalog's named sets; each is checked even if unused. */
bool loader_sets(struct load *load, json_t *value, const struct jsondoc_place *place);

#endif
