/*
 * view.h - what people and scrapers read, written in slices.
 *
 * A view reads the store and the ledger and writes a strbuf; nothing else, but that expositions keep
 * texts of series for one another, if they are given room (render_cache.h). It is a cursor: each
 * step writes one slice, so that ingest never waits long, and what fits one slice shows one
 * instant. Names, types and help come from the catalog alone.
 */
#ifndef STATGATE_VIEW_VIEW_H
#define STATGATE_VIEW_VIEW_H

#include "base/memory.h"
#include "base/strbuf.h"
#include "catalog/catalog.h"
#include "endpoint/endpoint.h"
#include "events/events.h"
#include "history/history.h"
#include "ledger/ledger.h"
#include "machines/machines.h"
#include "status/status.h"
#include "store/store.h"

/** Called before a sender is shown (its row: ledger_sender_at), to look at its process. May take some
 * 10 µs, and may mark the row as gone or reset it. */
typedef void (*view_sender_fn)(void *arg, size_t row);

struct render_cache;

/** How the last reload went, for /debug/catalog. */
struct view_reload {
    int64_t real_ms;     /**< when; Unix time */
    const char *error;   /**< why it was refused; NULL: it was taken */
    const char *changed; /**< by the last one taken: lines one behind the other, each terminated */
    size_t changed_count;
};

/** What views read; all borrowed, must outlive every view. */
struct view_source {
    const struct memory *memory; /**< of the views themselves */
    const struct catalog_set *set;
    struct store *store;
    const struct ledger *ledger;
    const struct machines *machines;  /**< NULL: no breakers and no jobs */
    struct history *history;          /**< NULL: none is kept */
    const struct view_reload *reload; /**< NULL: not shown */
    const struct events *events;      /**< NULL: nothing happened that could be shown */
    const struct status_facts *facts; /**< for the status; NULL: not known */
    struct render_cache *texts;       /**< what expositions keep of series; NULL: nothing */
    view_sender_fn look;              /**< NULL: senders are shown as they were last seen */
    void *look_arg;
    /** What senders wrote (lines, names and labels that no family declares, folded values) is null:
     * it was not to be kept, or whoever asks is not known. */
    bool hides_texts;
};

enum view_state { VIEW_MORE, VIEW_DONE };

enum {
    VIEW_SLICE_UNITS = 6144, /**< work of a slice, some 100 ns a unit: ten thousand lines, < 1 ms */
    VIEW_SLICE_BYTES = 1 << 20 /**< most bytes of a slice */
};

struct view;

/**
 * Append the next slice to `out`. `budget` is in work units. Every step makes progress, even with a
 * budget of 0: it writes at least one item, or sorts series that came since the last view (then it
 * may append nothing). A slice ends between items, never inside a series. When out of memory, it sets
 * out->failed and returns VIEW_DONE; the text is incomplete then.
 *
 * The store may change between steps. A series that ends meanwhile is not shown, a new one may be
 * missed, none is shown twice.
 */
enum view_state view_step(struct view *view, struct strbuf *out, size_t budget,
                          struct store_time now);
/** From now on a slice ends with the item that brings it to so many bytes; VIEW_SLICE_BYTES at first. */
void view_limit(struct view *view, size_t bytes);
/** Close cursors and free. NULL is fine. May be called at any time. */
void view_free(struct view *view);

enum exposition_format { EXPOSITION_OPENMETRICS, EXPOSITION_TEXT };

/** Content-Type of a format, exact. Static. */
const char *exposition_content_type(enum exposition_format format);

struct exposition_options {
    enum exposition_format format;
    const struct endpoint_page *page; /**< the page; borrowed, must outlive the view */
};

/**
 * A new exposition, or NULL when out of memory. Families are in order of name, series in order of
 * label values, labels in order of name, the page's constant ones among them, with `le`, `quantile`
 * or a stateset's label last. A family without series is left out, metadata included, as in client
 * libraries. The resource attributes of a target are one more info, `target`, if the page has them.
 *
 * OpenMetrics 1.0: TYPE, UNIT, HELP. The family of a counter is its name without `_total`, that of an
 * info its name without `_info`; if the exposition also holds a family of that name, the full name is
 * shown, as `unknown`. A unit that the name abbreviates has no UNIT line. A histogram with a negative
 * bound has neither `_sum` nor `_count`. `_created` is shown where the daemon knows it, so not for
 * what a process counts itself (readings, relayed summaries). Text 0.0.4: HELP, TYPE; a histogram
 * with a negative bound has a `_count`; info and stateset are gauges. An empty help has no HELP line.
 *
 * A computed summary shows its quantiles while its window holds an observation, a relayed one what
 * its process sent. A stateset has a line for each state.
 */
struct view *view_exposition(const struct view_source *source,
                             const struct exposition_options *options);

/** Query of a JSON list, as it came from outside. Strings are borrowed for the call only. */
struct json_query {
    size_t limit;        /**< items; 0 = the default of 1,000 */
    const char *after;   /**< the `next` of the page before, or NULL */
    const char *service; /**< filter, or NULL */
    const char *family;  /**< filter, or NULL */
    const char *reason;  /**< filter: of a rejection or a fold, or NULL */
    const char *pid;     /**< filter: a number, or NULL */
    const char *since;   /**< filter: a moment as since.h reads it, or NULL */
    int64_t now_ms;      /**< Unix time, for `since` */
    const char *span;    /**< of a history: "5m" (also NULL) or "24h" */
    const char *kind;    /**< filter of events, or NULL */
};

/**
 * Each returns a new view, or NULL with a sentence for a 400 answer in *ret_error (static), or with
 * NULL there when out of memory. The top of each file (json_series.c, ...) describes its list. A list
 * ends with `next`: null at the end, else what `after` takes for the next page; a page holds `limit`
 * items, at most 100,000. Times are Unix milliseconds; beside each is KEY_iso, the same as text.
 *
 * Filters select items: by service and family where items have them (series: families with lines,
 * breakers and jobs: what declares attempts and jobs; senders: by service alone); by `reason` of rejections; by
 * `pid` of the sender, or of who sent last; `since`: what was written, met or changed then or later. Who
 * lists something without such a fact is not asked for it: the caller refuses the filter.
 */
struct view *view_json_series(const struct view_source *source, const struct json_query *query,
                              const char **ret_error);
struct view *view_json_rejections(const struct view_source *source, const struct json_query *query,
                                  const char **ret_error);
struct view *view_json_senders(const struct view_source *source, const struct json_query *query,
                               const char **ret_error);
struct view *view_json_catalog(const struct view_source *source, const struct json_query *query,
                               const char **ret_error);
struct view *view_json_breakers(const struct view_source *source, const struct json_query *query,
                                const char **ret_error);
struct view *view_json_jobs(const struct view_source *source, const struct json_query *query,
                            const char **ret_error);
/** The curves of the daemon, of a service, or of a family: see json_history.c. source->history is not
 * NULL. */
struct view *view_json_history(const struct view_source *source, const struct json_query *query,
                               const char **ret_error);
/** Needs source->events. */
struct view *view_json_events(const struct view_source *source, const struct json_query *query,
                              const char **ret_error);
/** Not a list: the query is ignored. */
struct view *view_json_status(const struct view_source *source, const struct json_query *query,
                              const char **ret_error);

#endif
