/*
 * json_selection.h - what the reader of a JSON list asks for, checked: how many items, and of which
 * service and family.
 */
#ifndef STATGATE_VIEW_JSON_SELECTION_H
#define STATGATE_VIEW_JSON_SELECTION_H

#include "view/view.h"

enum { JSON_LIMIT_DEFAULT = 1000, JSON_LIMIT_MAX = 100000 };

/** A checked json_query. What it points to belongs to the catalogs. */
struct json_selection {
    size_t limit;                  /**< items of a page */
    const struct catalog *service; /**< NULL: all */
    const char *family;            /**< NULL: all */
};

/** True for the families that a list is of. */
typedef bool (*json_family_fn)(const struct catalog_family *family);

/** Check limit and filters; a family for which `shows` is false does not exist for the list (NULL:
 * it shows all). False with a sentence (static) in *ret_error. */
bool json_selection_check(const struct view_source *source, const struct json_query *query,
                          json_family_fn shows, struct json_selection *ret_selection,
                          const char **ret_error);

/** True when the filters let this family through. */
bool json_selection_has(const struct json_selection *selection,
                        const struct catalog_family *family);

#endif
