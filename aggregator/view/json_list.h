/*
 * json_list.h - what every JSON list is: a page of items, written in slices, that ends with `next`.
 *
 * A list has a struct of its own, which begins with struct json_list (or json_services), and a
 * constant kind that tells how to write it and how to go on behind a token. All else is here.
 */
#ifndef STATGATE_VIEW_JSON_LIST_H
#define STATGATE_VIEW_JSON_LIST_H

#include "view/json_writer.h"
#include "view/page.h"
#include "view/view_private.h"

struct json_list;

struct json_list_kind {
    size_t size;          /**< of the list's own struct, which comes zeroed */
    enum token_list list; /**< whose tokens these are */
    page_family_fn shows; /**< the families that the list is of; NULL: all */
    /** Find the place that a token stands for. False when there is none. Texts of the token live as
     * long as the list; when memory runs out, set list->after.raw.failed. */
    bool (*resume)(struct json_list *list, struct token_reader *after);
    /** Write what stands before the items. Called once, in the first slice. */
    void (*begin)(struct json_list *list);
    /** Write items, and at last what stands between them and `next`. False when the slice ended
     * before. */
    bool (*write)(struct json_list *list, struct slice *slice, struct store_time now);
    /** Free what the list's own struct holds; NULL: nothing. */
    void (*done)(struct json_list *list);
};

struct json_list {
    struct view view;
    const struct json_list_kind *kind;
    struct view_source source;
    struct page page;
    struct json_writer json;
    size_t written; /**< items; the list counts them */
    bool begun;
    bool full;          /**< there is more than the page takes: the answer ends with `next` */
    struct strbuf next; /**< its token */
    struct token_reader after; /**< the token that the page goes on behind, if there is one */
};

/** The whole of a view_json_NAME. */
struct view *json_list_new(const struct json_list_kind *kind, const struct view_source *source,
                           const struct json_query *query, const char **ret_error);

/** Has the page all that it takes? To be asked only when there is one more item. */
static inline bool json_list_is_full(struct json_list *list) {
    list->full = list->written == list->page.limit;
    return list->full;
}

/** Is the family one of the list, and does the filter let it through? */
static inline bool json_list_shows(const struct json_list *list,
                                   const struct catalog_family *family) {
    return (list->kind->shows == NULL || list->kind->shows(family)) &&
           page_shows(&list->page, family);
}

/** Begin the token for `next`, in place of the one before; token_end into list->next ends it. */
void json_list_begin_token(struct json_list *list, struct token_writer *ret_token);

/** The whole token of a list whose places are numbers. */
void json_list_set_number(struct json_list *list, uint64_t number);

/** A list whose items stand in services and families, in the order of the catalogs. */
struct json_services {
    struct json_list base;
    size_t service;      /**< the place: index in the set ... */
    size_t family;       /**< ... and index in the catalog */
    bool service_opened; /**< `{"service":` was written, not yet closed */
};

static inline const struct catalog *json_services_service(const struct json_services *list) {
    return list->base.source.set->catalogs[list->service];
}

static inline const struct catalog_family *json_services_family(const struct json_services *list) {
    return &json_services_service(list)->families[list->family];
}

/** To the family that the token names next. False when the list shows none such. */
bool json_services_seek(struct json_services *list, struct token_reader *after);

/** To the next family that the list shows, from the present place on; ends the services that are
 * left behind. False at the end. */
bool json_services_find(struct json_services *list);

/** End the service at hand, `]}`, if it was opened. */
void json_services_close(struct json_services *list);

#endif
