/*
 * json_list.h - what every JSON list is: a page of items, written in slices, that ends with `next`.
 *
 * A list has a struct of its own, which begins with struct json_list (or json_services), and a
 * constant kind that says how to write it and how to go on after a token. All else is here.
 */
#ifndef STATGATE_VIEW_JSON_LIST_H
#define STATGATE_VIEW_JSON_LIST_H

#include "base/json_writer.h"
#include "view/json_selection.h"
#include "view/page_token.h"
#include "view/slice.h"

struct json_list;

struct json_list_kind {
    size_t size;               /**< of the list's own struct, which comes zeroed */
    enum page_token_list list; /**< whose tokens these are */
    json_family_fn shows;      /**< the families that the list is of; NULL: all */
    /** Find the place that a token names. False when it does not exist. Texts of the token live as
     * long as the list; when out of memory, set list->after.raw.failed. */
    bool (*resume)(struct json_list *list, struct page_token_reader *after);
    /** Write what comes before the items. Called once, in the first slice. */
    void (*begin)(struct json_list *list);
    /** Write items, and finally what comes between them and `next`. False when the slice ended
     * first. */
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
    size_t written; /**< items; the list counts them */
    bool begun;
    bool full;          /**< there is more than the page takes: the answer ends with `next` */
    struct strbuf next; /**< its token */
    struct page_token_reader after; /**< the token after which the page goes on, if there is one */
};

/** The whole of a view_json_NAME. */
struct view *json_list_new(const struct json_list_kind *kind, const struct view_source *source,
                           const struct json_query *query, const char **ret_error);

/** True when the page is full. Call only if another item exists. */
static inline bool json_list_is_full(struct json_list *list) {
    list->full = list->written == list->selection.limit;
    return list->full;
}

/** True when the list is of this family, and the filter lets it through. */
static inline bool json_list_shows(const struct json_list *list,
                                   const struct catalog_family *family) {
    return (list->kind->shows == NULL || list->kind->shows(family)) &&
           json_selection_has(&list->selection, family);
}

/** Begin the token for `next`, in place of the one before; page_token_end into list->next ends it. */
void json_list_begin_token(struct json_list *list, struct page_token_writer *ret_token);

/** The whole token of a list whose places are numbers. */
void json_list_set_number(struct json_list *list, uint64_t number);

#endif
