/* SPDX-License-Identifier: MIT */
/*
 * view.h - documents for people and scrapers, written in slices.
 *
 * A view reads the store and the ledger, writes to a strbuf, and changes nothing. A view is
 * written in steps: each step is short, so that ingest never waits long, and shows the state of one
 * instant. Names, types and help come only from the catalog.
 */
#ifndef STATGATE_VIEW_VIEW_H
#define STATGATE_VIEW_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/json_writer.h"
#include "base/memory.h"
#include "base/strbuf.h"
#include "breakers_jobs/breakers_jobs.h"
#include "catalog/catalog.h"
#include "endpoint/endpoint.h"
#include "events/events.h"
#include "history/history.h"
#include "ledger/ledger.h"
#include "status/status.h"
#include "store/store.h"

/** Called before a sender is shown (`row` as for ledger_sender_at), to inspect its process. May
 * take about 10 µs, and may mark the row as gone or reset it. */
typedef void (*view_sender_fn)(void *arg, size_t row);

/** How the last reload went, for /debug/catalog. */
struct view_reload {
    int64_t real_ms;     /**< when; Unix time */
    const char *error;   /**< why the catalogs were refused; NULL: they were loaded */
    const char *changed; /**< changes of the last successful reload: one terminated line after
                              another */
    size_t changed_count;
    const char *refused; /**< what is wrong with the files that are refused: lines as above */
    size_t refused_count;
    int64_t kept_ms; /**< Unix time when the latest text was accepted that is in force in place of a
                          refused one; 0: none is */
    const char *folder; /**< where names of files that are relative begin; NULL: not known */
};

/** What views read; all is borrowed and must outlive every view. */
struct view_source {
    const struct catalog_set *set;
    struct store *store;
    const struct ledger *ledger;
    const struct breakers_jobs *breakers_jobs; /**< NULL: no breakers and no jobs */
    struct history *history;                   /**< NULL: no history is kept */
    const struct view_reload *reload;          /**< NULL: not shown */
    const struct events *events;               /**< NULL: there are no events to show */
    const struct status_facts *facts;          /**< for the status; NULL: not known */
    view_sender_fn look; /**< NULL: senders are shown as they were last seen */
    void *look_arg;
    /** Show null for texts that senders wrote (lines, names and labels that no family declares,
     * folded values): they must not be kept, or the reader is not known. */
    bool hides_texts;
};

/** The same as sources of a status. */
struct status_source view_status_source(const struct view_source *source);

enum view_state { VIEW_MORE, VIEW_DONE };

enum {
    VIEW_STEP_UNITS = 1024,     /**< work of a step; a unit is a line, or about 100 ns */
    VIEW_STEP_BYTES = 64 << 10, /**< most bytes of a step: writing them may cause page faults */
    VIEW_SLICE_BYTES = 1 << 20  /**< most bytes of a slice: the steps of one turn of the loop */
};

struct view;

/**
 * Append the next piece to `out`. `budget` is in work units. Every step makes progress, even with a
 * budget of 0: it writes at least one item, or sorts series that were made since the last view (in
 * that case it may append nothing). A step ends between items, never inside a series. When out of
 * memory, it sets out->failed and returns VIEW_DONE; the text is then incomplete.
 *
 * The store may change between steps. A series that ends meanwhile is not shown, a new one may be
 * missed, and none is shown twice.
 */
enum view_state view_step(struct view *view, struct strbuf *out, size_t budget,
                          struct store_time now);
/** From now on, end a step after the item with which it reaches `bytes` bytes; at first
 * VIEW_SLICE_BYTES. */
void view_limit(struct view *view, size_t bytes);
/** Close cursors and free. `view` may be NULL. May be called at any time. */
void view_free(struct view *view);

enum exposition_format { EXPOSITION_OPENMETRICS, EXPOSITION_TEXT };

/** The exact Content-Type of a format. Static. */
const char *exposition_content_type(enum exposition_format format);

struct exposition_options {
    enum exposition_format format;
    const struct endpoint_page *page; /**< borrowed; must outlive the view */
};

/**
 * A new exposition. Families are in order of name, series in order of
 * label values, labels in order of name (the page's constant labels included), except that `le`,
 * `quantile` or a stateset's label is last. A family without series is left out, metadata included,
 * as in client libraries. The resource attributes of a target become one more info, `target`, if
 * the page has them.
 *
 * OpenMetrics 1.0: TYPE, UNIT, HELP. A counter's family name lacks `_total`, an info's lacks
 * `_info`; if the exposition also has a family with that name, the full name is shown, as
 * `unknown`. A unit that the name abbreviates has no UNIT line. A histogram with a negative bound
 * has neither `_sum` nor `_count`. `_created` is shown if the daemon knows it, so not for values
 * that a process counts itself (readings, relayed summaries). Text 0.0.4: HELP, TYPE; a histogram
 * with a negative bound has a `_count`; info and stateset are gauges. An empty help has no HELP
 * line.
 *
 * A computed summary shows its quantiles while its window has an observation, a relayed one the
 * quantiles that its process sent. A stateset has a line for each state.
 */
struct view *view_exposition(const struct view_source *source,
                             const struct exposition_options *options);

/** Query of a JSON list: its parameters as the client sent them, NULL if absent. Borrowed for the
 * call only. */
struct json_query {
#define PARAMETER(field, ...) const char *field;
#include "view/parameters.def"
#undef PARAMETER
    int64_t now_ms; /**< Unix time, for `since` */
};

/**
 * Each returns a new view. On failure it returns NULL, with a sentence for a 400 answer in
 * *ret_error (static). The head of each file (json_series.c, ...) describes its list. A list ends
 * with `next`: null at the end, else the `after` of the next page; a page has `limit` items, at
 * most 100,000. Times are Unix milliseconds; each is followed by KEY_iso, the same time as text.
 *
 * Filters select items: by service and family if items have them (series: families with lines;
 * breakers and jobs: declarations of attempts and jobs; senders: only by service); by the `reason`
 * of rejections; by the `pid` of the sender, or of the last sender; by `since`: items that were
 * written, seen or changed then or later. The caller refuses a filter that the items of a list have
 * no value for.
 *
 * view_json_history needs source->history, view_json_events source->events; view_json_status
 * ignores the query.
 */
#define VIEW(id, name, about, parameters)                                                          \
    struct view *view_json_##name(const struct view_source *source,                                \
                                  const struct json_query *query, const char **ret_error);
#define DAEMON_VIEW(id, name, about, parameters)
#include "view/views.def"
#undef VIEW
#undef DAEMON_VIEW

/* ---- json selection: the checked query of a JSON list: how many items, and which. ---- */

enum { JSON_LIMIT_DEFAULT = 1000, JSON_LIMIT_MAX = 100000 };

/** A checked json_query. Its pointers are into the catalogs. */
struct json_selection {
    size_t limit;                  /**< items of a page */
    const struct catalog *service; /**< NULL: all */
    const char *family;            /**< NULL: all */
    int reason;                    /**< SG_REJECT_NONE: all */
    int32_t pid;                   /**< -1: all */
    int64_t since_ms;              /**< Unix time; 0: all */
    int kind;                      /**< an event_kind; -1: all */
    enum history_span span;
    bool by_trouble; /**< not in the list's own order */
};

/** True for the families that a list has items of. */
typedef bool (*json_family_fn)(const struct catalog_family *family);

/** Check limit and filters; a family for which `shows` is false does not exist for the list (NULL:
 * it shows all). False with a sentence (static) in *ret_error. */
bool view_json_selection_check(const struct view_source *source, const struct json_query *query,
                               json_family_fn shows, struct json_selection *ret_selection,
                               const char **ret_error);

/** True if the filters select this family. */
bool view_json_selection_has(const struct json_selection *selection,
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

/* ---- frame ----
 * the lines of one family in one text format.
 *
 * Text that is the same for all series is built once. The labels of a series are rebuilt only from
 * the first one that differs from the previous series: series are in order, so usually only the
 * last label is new. Each line then takes two or three copies and a number.
 *
 *   http_seconds_bucket{method="GET",path="/a",le="0.5"} 17
 *   ^^^^^^^^^^^^^^^^^^^^ prefix                ^^^^^^^^^^^ tail of a bucket
 *
 *
 * A quantile of a summary and a state of a stateset are tails, too. A constant label of the page is
 * part of the text before, between or after the other labels, so it costs a series nothing.
 *
 * Each piece of labels closes the value before it. The first one of a line opens the braces
 * instead; which one is first depends on the series, as it may lack optional labels.
 */

/** How many bytes may be read beyond a text of a frame, and written beyond the lines of a series:
 * they are copied in blocks of that size. */
enum { FRAME_SLACK = 32 };

/** A range of bytes of frame.text. */
struct frame_piece {
    size_t at;
    size_t len;
};

struct frame;

/** Writes the lines of a series to `at`, where view_frame_put_series made room. Returns the end;
 * sets *ret_units to the work units spent in addition to those of the lines. */
typedef char *frame_numbers_fn(char *at, struct frame *frame, const struct store *store,
                               const struct series *series, struct store_time now,
                               size_t *ret_units);

struct frame {
    const struct catalog_family *family; /**< borrowed; NULL: nothing was built yet */
    frame_numbers_fn *put_numbers;       /**< of the family's kind */
    enum exposition_format format;
    bool has_total;    /**< shows `_sum`; a relayed summary only if its process sent it */
    bool has_count;    /**< shows `_count`; a relayed summary only if its process sent it */
    bool has_created;  /**< shows `_created` */
    bool tails_follow; /**< a series has a line for each tail; else it has one line */
    struct strbuf text;
    struct frame_piece metadata;     /**< `# TYPE ...` and the other lines */
    struct frame_piece sum;          /**< `NAME_sum` */
    struct frame_piece count;        /**< `NAME_count` */
    struct frame_piece created;      /**< `NAME_created` */
    struct frame_piece rest;         /**< constants after the last label: `",constant="v` */
    struct frame_piece close;        /**< between the last label value and a number: `"} ` */
    struct frame_piece bare_close;   /**< the same for a series without a label: ` ` */
    struct frame_piece *label_opens; /**< `",b="`, `",constant="v",c="` */
    size_t *label_constants;         /**< bytes of constants in each of these */
    struct frame_piece *tails;       /**< the end of each line's labels: `",le="0.5"} ` */
    uint32_t tail_count;             /**< buckets, quantiles or states; 0 for other types */
    double *quantiles;               /**< computed summary: room for its numbers */

    size_t name_len;      /**< length of the name in `prefix` */
    bool bare;            /**< `prefix` has no label, but for constants after the last one */
    struct strbuf prefix; /**< the present series: name and labels; without tails, all up to the
                             number */
    size_t prefix_labels; /**< where its last label value ends */
    uint32_t *ids;        /**< the label ids of that series */
    size_t *label_at;     /**< where each label begins in `prefix` */
    bool has_series;      /**< ids and prefix are valid */
    size_t longest_line;  /**< more than any line of the present series needs, without its prefix */
    size_t lines;         /**< the most lines that a series has */
};

/** Free what view_frame_build made. Safe on a zeroed struct. */
void view_frame_done(struct frame *frame);

/** Forget the last series, because label ids may have new texts by now. Call it at the start of
 * each step. */
void view_frame_forget(struct frame *frame);

/** Append the lines of a series as it is at `now`. Returns the work units spent. */
size_t view_frame_put_series(struct frame *frame, const struct store *store,
                             const struct series *series, struct store_time now,
                             struct strbuf *out);

/* Functions for exposition.c. */
frame_numbers_fn view_frame_put_value;
frame_numbers_fn view_frame_put_buckets;
frame_numbers_fn view_frame_put_quantiles;
frame_numbers_fn view_frame_put_relayed;
frame_numbers_fn view_frame_put_states;

static inline void frame_put_metadata(const struct frame *frame, struct strbuf *out) {
    strbuf_put(out, frame->text.data + frame->metadata.at, frame->metadata.len);
}

/* ---- view frame build ----
 * builds the text that all lines of a family share: metadata, names, and the ends
 * of label sets.
 */

/** Options of a frame, in addition to the family. */
struct frame_options {
    enum exposition_format format;
    bool typed; /**< false: OpenMetrics shows the family as `unknown` under its full name */
    /** The page, for its options and constant labels; NULL: none. Borrowed for the call. */
    const struct endpoint_page *page;
};

/** Build the pieces of `family`, which must have lines, in place of those of the last family. */
void view_frame_build(struct frame *frame, const struct catalog_family *family,
                      const struct frame_options *options);

/* ---- json settings ----
 * the declarations of a catalog file in JSON, with the keys of the file.
 */

/** Write what the file declares about a family, except name and labels. Returns work units. */
size_t view_json_settings_put(struct json_writer *json, const struct catalog_family *family);

/* ---- page token ----
 * tokens for the end of a page of a JSON list: written as `next`, read as `after`.
 *
 * A token is opaque to people: base64url (RFC 4648, section 5, without padding) of a byte that
 * names the list and of some texts, each with its length. Clients send it back, so it is checked
 * strictly; its texts are only looked up.
 */

/** The sentence for a token that does not belong to the list. */
extern const char view_page_token_refusal[];

enum page_token_list {
    PAGE_TOKEN_SERIES = 's',
    PAGE_TOKEN_REJECTIONS = 'r',
    PAGE_TOKEN_SENDERS = 'p',
    PAGE_TOKEN_CATALOG = 'c',
    PAGE_TOKEN_BREAKERS = 'b',
    PAGE_TOKEN_JOBS = 'j',
    PAGE_TOKEN_EVENTS = 'e',
    PAGE_TOKEN_SERVICES = 'v',
    PAGE_TOKEN_FAMILIES = 'f'
};

/** Writes a token: view_page_token_begin, a view_page_token_add for each text, view_page_token_end.
 */
struct page_token_writer {
    struct strbuf raw;
};

/** Begin a token of this list; view_page_token_end must follow. */
void view_page_token_begin(struct page_token_writer *writer, enum page_token_list list);
/** `len` at most 65,535. */
void view_page_token_add(struct page_token_writer *writer, const char *text, size_t len);
void view_page_token_add_number(struct page_token_writer *writer, uint64_t number);
/** Add two texts: the name of the family's service and the name of the family. */
void view_page_token_add_family(struct page_token_writer *writer,
                                const struct catalog_family *family);
/** Append the token to `out`, which fails if the writer did; frees the writer's memory. */
void view_page_token_end(struct page_token_writer *writer, struct strbuf *out);

/** Reads a token. Texts point into `raw`, which view_page_token_done frees. */
struct page_token_reader {
    struct strbuf raw;
    size_t at;
};

/** False if `after` is not a token of this list. */
bool view_page_token_open(struct page_token_reader *reader, const char *after,
                          enum page_token_list list);
/** The next text. False at the end, and if the token is broken. */
bool view_page_token_next(struct page_token_reader *reader, const char **ret_text, size_t *ret_len);
/** The next text as a number of at most `max`; false unless it is spelled as
 * view_page_token_add_number spells it. */
bool view_page_token_next_number(struct page_token_reader *reader, uint64_t max,
                                 uint64_t *ret_number);
/** The family that view_page_token_add_family wrote as the next two texts; NULL if the set does not
 * have it. */
const struct catalog_family *view_page_token_next_family(struct page_token_reader *reader,
                                                         const struct catalog_set *set);
/** True if all texts were read. */
bool view_page_token_is_read(const struct page_token_reader *reader);
void view_page_token_done(struct page_token_reader *reader);

/* ---- quantile: quantiles estimated from the buckets of a histogram. ---- */

/**
 * The result of Prometheus' histogram_quantile() for these buckets (promql/quantile.go,
 * bucketQuantile): linear within the bucket that contains the quantile, where the first bucket
 * begins at 0 if its bound is positive; the highest finite bound for a quantile above it. NaN
 * without observations or without a finite bound. `bounds`: `count` finite upper bounds,
 * increasing; `counts`: count + 1 numbers, not cumulative, the last for +Inf. `q` above 0, at most
 * 1.
 */
double view_quantile_estimate(const double *bounds, const uint64_t *counts, size_t count, double q);

/* ---- slice ----
 * what implementations of views share: struct view, and the limits of a slice. For the
 * folders that make views; readers of views only need view.h.
 */

/** The base of a view; the first member of each view's own struct. */
struct view {
    enum view_state (*step)(struct view *view, struct strbuf *out, size_t budget,
                            struct store_time now);
    void (*free)(struct view *view);
    size_t slice_bytes; /**< bytes that end a slice; 0: VIEW_SLICE_BYTES */
};

/** The limits of the slice that is being written. */
struct slice {
    struct strbuf *out;
    size_t end; /**< the slice ends when out->len reaches this */
    size_t budget;
};

static inline struct slice slice_begin(const struct view *view, struct strbuf *out, size_t budget) {
    const size_t bytes = view->slice_bytes > 0 ? view->slice_bytes : VIEW_SLICE_BYTES;
    return (struct slice){.out = out, .end = out->len + bytes, .budget = budget > 0 ? budget : 1};
}

static inline void slice_spend(struct slice *slice, size_t units) {
    slice->budget -= units < slice->budget ? units : slice->budget;
}

/** True if no further item may begin. */
static inline bool slice_is_spent(const struct slice *slice) {
    return slice->budget == 0 || slice->out->len >= slice->end || slice->out->failed;
}

/**
 * Call store_settle with the slice's budget. Even a spent slice sorts some series, so that every
 * step makes progress.
 */
static inline bool slice_settle(struct slice *slice, struct store *store,
                                const struct catalog_family *family) {
    enum { LEAST_UNITS = 64 };
    size_t units = slice->budget < LEAST_UNITS ? LEAST_UNITS : slice->budget;
    const bool settled = store_settle(store, family, &units);
    if (units < slice->budget)
        slice->budget = units;
    return settled;
}

#endif
