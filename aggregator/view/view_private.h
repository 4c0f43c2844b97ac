/* SPDX-License-Identifier: MIT */
/* view_private.h - what the modules of this folder and their tests share. Private. */
#ifndef STATGATE_VIEW_VIEW_PRIVATE_H
#define STATGATE_VIEW_VIEW_PRIVATE_H

#include "base/who.h"
#include "hints/hints.h"
#include "view/view.h"

/* ---- advice ----
 * JSON about many lines that were rejected or folded for one reason: since when, from
 * which sender, and what to do.
 */

/** Work units of writing the members below. */
enum { ADVICE_UNITS = 400 };

/** Complete the group with its latest line, if that was kept whole and lines may be shown: its
 * text, and the value at fault if the group has none. The line is borrowed until the next
 * rejection. */
void view_advice_find_line(const struct view_source *source, struct hints_group *group);

/** `rate`, `first_seen`, `last_seen` (0: null) and `last_sender` (NULL: null). */
void view_advice_put_times(struct json_writer *json, double rate, int64_t first_ms, int64_t last_ms,
                           const struct who *sender);
/** `hint`: sentences, one per line. */
void view_advice_put(struct json_writer *json, const struct view_source *source,
                     const struct hints_group *group);
/** `{"pid":..,"uid":..,"comm":..,"unit":..}`; `unit` is null if it is not known. */
void view_advice_put_who(struct json_writer *json, const struct who *who);

/* ---- escape: escaping in the text formats. ---- */

/** Append a label value without its quotes; escapes backslash, quote and newline, in both
 * formats. */
void view_escape_label(struct strbuf *out, const char *text, size_t len);

/** Append the text of a HELP line: OpenMetrics escapes it like a label value, text 0.0.4 does not
 * escape quotes. */
void view_escape_help(struct strbuf *out, const char *text, enum exposition_format format);

/* ---- items ----
 * the label values that distinguish the lines of one series: bounds, quantiles, states.
 * Private to view/.
 */

/** Append the value of the label family_item_label() for item number `item`. */
typedef void item_put_fn(struct strbuf *out, enum exposition_format format,
                         const struct catalog_family *family, uint32_t item);

item_put_fn view_item_put_bucket;
item_put_fn view_item_put_quantile;
item_put_fn view_item_put_state;

/* ---- json list ----
 * the base of every JSON list: a page of items, written in slices, that ends with
 * `next`.
 *
 * A list has a struct of its own, which begins with struct json_list (or json_services), and a
 * constant kind with functions that write it and resume it after a token. All else is here.
 */

struct json_list;

struct json_list_kind {
    size_t size;               /**< of the list's own struct, which is zeroed at first */
    enum page_token_list list; /**< the list that its tokens name */
    json_family_fn shows;      /**< the families that the list has items of; NULL: all */
    /** Go to the position that a token names. False if it does not exist. Texts of the token live
     * as long as the list. */
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
    char *search; /**< a copy of the query's; NULL: all */
    struct json_writer json;
    size_t written; /**< number of items, counted by the kind's functions */
    bool begun;
    bool full;          /**< there are more items than the page takes: it ends with a token */
    struct strbuf next; /**< this token */
    struct page_token_reader after; /**< the token after which the page begins, if there is one */
};

/** Make a list; each view_json_NAME() only calls this. */
struct view *view_json_list_new(const struct json_list_kind *kind, const struct view_source *source,
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
           view_json_selection_has(&list->selection, family);
}

/** Begin the token for `next`, in place of the last one; view_page_token_end into list->next
 * completes it. */
void view_json_list_begin_token(struct json_list *list, struct page_token_writer *ret_token);

/** Set `next` to a token with only a number, for a list whose positions are numbers. */
void view_json_list_set_number(struct json_list *list, uint64_t number);

/* ---- json services ----
 * a JSON list whose items are grouped by service and family, in the order of the
 * catalogs.
 */

/** The first member of such a list's struct. */
struct json_services {
    struct json_list base;
    size_t service;      /**< the present position: index in the set ... */
    size_t family;       /**< ... and index in the catalog */
    bool service_opened; /**< `{"service":` was written, not yet closed */
};

static inline const struct catalog *json_services_service(const struct json_services *list) {
    return list->base.source.set->catalogs[list->service];
}

static inline const struct catalog_family *json_services_family(const struct json_services *list) {
    return &json_services_service(list)->families[list->family];
}

/** Go to the family that the next two texts of the token name. False if the list does not show
 * it. */
bool view_json_services_seek(struct json_services *list, struct page_token_reader *after);

/** Go to the next family that the list shows, beginning with the present one, and close the
 * services before it. False at the end. */
bool view_json_services_find(struct json_services *list);

/** Close the present service, `]}`, if it was opened. */
void view_json_services_close(struct json_services *list);

/* ---- json spelled ----
 * spellings of senders that are not in the catalogs, as rows of /debug/rejections:
 * names that no family has, and values that were folded.
 */

/** A walk over the texts of one kind, the most frequent ones first; begins zeroed. */
struct json_spelled {
    uint16_t places[LEDGER_SPELLED_MAX];
    size_t count;
    size_t at;
    size_t written;
    bool begun;
};

/** Write rows until all are written, or as many as the list's limit. False: the slice ended before
 * that. A text that is evicted between slices is left out. */
bool view_json_spelled_write(struct json_spelled *spelled, struct json_list *list,
                             enum ledger_spelling which, struct slice *slice,
                             struct store_time now);
/** `left_out`: samples whose spelling was not kept because too many new ones arrived at a time. */
void view_json_spelled_put_left_out(struct json_writer *json, const struct ledger *ledger);

/* ---- json values: a series in JSON: its labels and its numbers. ---- */

/**
 * The numbers of a series at `now`, by the kind of its family, which must have lines:
 *
 *   histogram  "count","sum","buckets":[{"le":"1.0","count":3},..],"quantiles":{"0.5":..,..}
 *   summary    "count","sum","quantiles":[{"quantile":0.5,"value":0.012},..]
 *   stateset   "value": the state, or null
 *   others     "value": a number
 *
 * A relayed summary has null for a count or sum that its process did not send, and lists only the
 * quantiles that were sent. Returns work units.
 */
typedef size_t json_values_fn(struct json_writer *json, const struct store *store,
                              const struct catalog_family *family, const struct series *series,
                              struct store_time now);

/* Functions for exposition.c. */
json_values_fn view_json_values_put_value;
json_values_fn view_json_values_put_buckets;
json_values_fn view_json_values_put_quantiles;
json_values_fn view_json_values_put_relayed;
json_values_fn view_json_values_put_state;

/** Add a member with a time in seconds; below 0 it is not known: null. */
void view_json_put_seconds(struct json_writer *json, const char *key, int64_t ms);

/* ---- json who: the JSON of a process, the same in all documents. ---- */

/** Write the members `comm` and `unit` of the program into the object that is open; null if not
 * known. */
void view_json_who_put_program(struct json_writer *json, const struct who *who);
/** `"KEY":{"pid":4711,"uid":1000,"comm":"worker","unit":"imgsrv.service"}`. Unknown texts are null;
 * without a process id the whole member is null. */
void view_json_who_member(struct json_writer *json, const char *key, const struct who *who);
/** Write these members into an object that is open; only `unit` may be null. */
void view_json_who_put_members(struct json_writer *json, const struct who *who);

/* ---- kinds ----
 * how the series of each kind of family are shown. Private to view/.
 *
 * One row of functions for each row of catalog/kinds.def; they are NULL for machines, which have no
 * lines. Only exposition.c names kinds.
 */

struct view_kind {
    frame_numbers_fn *put_numbers; /**< as text */
    item_put_fn *put_item;         /**< NULL: a series has one line */
    json_values_fn *put_json;
};

extern const struct view_kind view_kinds[KIND_COUNT];

/* ---- since: reads the parameter `since` of a list. ---- */

/** Read milliseconds of Unix time, a moment (RFC 3339), or a duration before `now_ms` (`90s`, `5m`,
 * `1h30m`, in units of ms, s, m, h and d) as Unix milliseconds, at least 0. 0 selects everything.
 * False: it is none of these, or digits alone that are too small for Unix milliseconds of our
 * time. */
bool view_since_read(const char *text, int64_t now_ms, int64_t *ret_ms);

#endif
