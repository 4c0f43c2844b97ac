/*
 * json_selection.h - the checked query of a JSON list: how many items, and which.
 */
#ifndef STATGATE_VIEW_JSON_SELECTION_H
#define STATGATE_VIEW_JSON_SELECTION_H

#include "view/view.h"

enum { JSON_LIMIT_DEFAULT = 1000, JSON_LIMIT_MAX = 100000 };

/** A checked json_query. Its pointers are into the catalogs. */
struct json_selection {
    size_t limit;                  /**< items of a page */
    const struct catalog *service; /**< NULL: all */
    const char *family;            /**< NULL: all */
    int reason;                    /**< SG_REJECT_NONE: all */
    int32_t pid;                   /**< -1: all */
    int64_t since_ms;              /**< Unix time; 0: all */
};

/** True for the families that a list has items of. */
typedef bool (*json_family_fn)(const struct catalog_family *family);

/** Check limit and filters; a family for which `shows` is false does not exist for the list (NULL:
 * it shows all). False with a sentence (static) in *ret_error. */
bool json_selection_check(const struct view_source *source, const struct json_query *query,
                          json_family_fn shows, struct json_selection *ret_selection,
                          const char **ret_error);

/** True if the filters select this family. */
bool json_selection_has(const struct json_selection *selection,
                        const struct catalog_family *family);

/** True if the filter selects this process. */
static inline bool json_selection_has_pid(const struct json_selection *selection, int32_t pid) {
    return selection->pid < 0 || selection->pid == pid;
}

/** True if the filter selects items of this moment (Unix time). */
static inline bool json_selection_has_time(const struct json_selection *selection,
                                           int64_t unix_ms) {
    return unix_ms >= selection->since_ms;
}

#endif
