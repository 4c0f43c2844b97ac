/*
 * json_list.h - the base of every JSON list: a page of items, written in slices, that ends with
 * `next`.
 *
 * A list has a struct of its own, which begins with struct json_list (or json_services), and a
 * constant kind with functions that write it and resume it after a token. All else is here.
 */
#ifndef STATGATE_VIEW_JSON_LIST_H
#define STATGATE_VIEW_JSON_LIST_H

#include "base/json_writer.h"
#include "view/json_selection.h"
#include "view/page_token.h"
#include "view/slice.h"

struct json_list;

struct json_list_kind {
    size_t size;               /**< of the list's own struct, which is zeroed at first */
    enum page_token_list list; /**< the list that its tokens name */
    json_family_fn shows;      /**< the families that the list has items of; NULL: all */
    /** Go to the position that a token names. False if it does not exist. Texts of the token live
     * as long as the list; when out of memory, set list->after.raw.failed. */
    bool (*resume)(struct json_list *list, struct page_token_reader *after);
    /** Write the text before the items. Called once, in the first slice. */
    void (*begin)(struct json_list *list);
    /** Write items, and finally the text between them and `next`. False if the slice ended before
     * that. */
    bool (*write)(struct json_list *list, struct slice *slice, struct store_time now);
    /** Free what the list's own struct holds; NULL: nothing. */
    void (*done)(struct json_list *list);
};

struct json_list {
    struct view view;
    const struct json_list_kind *kind;
    struct view_source source;
    struct json_selection selection;
    struct json_writer json;
    size_t written; /**< number of items, counted by the kind's functions */
    bool begun;
    bool full;          /**< there are more items than the page takes: it ends with a token */
    struct strbuf next; /**< this token */
    struct page_token_reader after; /**< the token after which the page begins, if there is one */
};

/** Make a list; each view_json_NAME() only calls this. */
struct view *json_list_new(const struct json_list_kind *kind, const struct view_source *source,
                           const struct json_query *query, const char **ret_error);

/** True if the page is full. Call it only if another item exists. */
static inline bool json_list_is_full(struct json_list *list) {
    list->full = list->written == list->selection.limit;
    return list->full;
}

/** True if the list has items of this family, and the filter selects the family. */
static inline bool json_list_shows(const struct json_list *list,
                                   const struct catalog_family *family) {
    return (list->kind->shows == NULL || list->kind->shows(family)) &&
           json_selection_has(&list->selection, family);
}

/** Begin the token for `next`, in place of the last one; page_token_end into list->next completes
 * it. */
void json_list_begin_token(struct json_list *list, struct page_token_writer *ret_token);

/** Set `next` to a token with only a number, for a list whose positions are numbers. */
void json_list_set_number(struct json_list *list, uint64_t number);

#endif
