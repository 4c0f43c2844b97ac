/*
 * view.h - documents for people and scrapers, written in slices.
 *
 * A view reads the store and the ledger and writes to a strbuf. It changes nothing, except that
 * expositions keep texts of series for later ones, if there is a cache (render_cache.h). A view is
 * written in steps: each step is short, so that ingest never waits long, and shows the state of one
 * instant. Names, types and help come only from the catalog.
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

/** Called before a sender is shown (`row` as for ledger_sender_at), to inspect its process. May
 * take about 10 µs, and may mark the row as gone or reset it. */
typedef void (*view_sender_fn)(void *arg, size_t row);

struct render_cache;

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
};

/** What views read; all is borrowed and must outlive every view. */
struct view_source {
    const struct memory *memory; /**< for the views themselves */
    const struct catalog_set *set;
    struct store *store;
    const struct ledger *ledger;
    const struct machines *machines;  /**< NULL: no breakers and no jobs */
    struct history *history;          /**< NULL: no history is kept */
    const struct view_reload *reload; /**< NULL: not shown */
    const struct events *events;      /**< NULL: there are no events to show */
    const struct status_facts *facts; /**< for the status; NULL: not known */
    struct render_cache *texts;       /**< texts kept between expositions; NULL: none */
    view_sender_fn look;              /**< NULL: senders are shown as they were last seen */
    void *look_arg;
    /** Show null for texts that senders wrote (lines, names and labels that no family declares,
     * folded values): they must not be kept, or the reader is not known. */
    bool hides_texts;
};

/** The same as sources of a status. */
struct status_source view_status_source(const struct view_source *source);

enum view_state { VIEW_MORE, VIEW_DONE };

enum {
    VIEW_STEP_UNITS = 1024,     /**< work of a step; a unit is a line: about 100 ns if not cached */
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
 * A new exposition, or NULL when out of memory. Families are in order of name, series in order of
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

/** Query of a JSON list, as the client sent it. Strings are borrowed for the call only. */
struct json_query {
    size_t limit;        /**< items; 0 = the default of 1,000 */
    const char *after;   /**< the `next` of the previous page, or NULL */
    const char *service; /**< filter, or NULL */
    const char *family;  /**< filter, or NULL */
    const char *reason;  /**< filter: why samples were rejected or folded, or NULL */
    const char *pid;     /**< filter: a number, or NULL */
    const char *since;   /**< filter: a moment as since.h reads it, or NULL */
    int64_t now_ms;      /**< Unix time, for `since` */
    const char *span;    /**< for a history: "5m" (also NULL) or "24h" */
    const char *kind;    /**< filter of events, or NULL */
};

/**
 * Each returns a new view. On failure it returns NULL, with a sentence for a 400 answer in
 * *ret_error (static), or with NULL there when out of memory. The head of each file (json_series.c,
 * ...) describes its list. A list ends with `next`: null at the end, else the `after` of the next
 * page; a page has `limit` items, at most 100,000. Times are Unix milliseconds; each is followed by
 * KEY_iso, the same time as text.
 *
 * Filters select items: by service and family if items have them (series: families with lines;
 * breakers and jobs: declarations of attempts and jobs; senders: only by service); by the `reason`
 * of rejections; by the `pid` of the sender, or of the last sender; by `since`: items that were
 * written, seen or changed then or later. The caller refuses a filter that the items of a list have
 * no value for.
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
/** The curves of the daemon, of a service, or of a family: see json_history.c. source->history must
 * not be NULL. */
struct view *view_json_history(const struct view_source *source, const struct json_query *query,
                               const char **ret_error);
/** Needs source->events. */
struct view *view_json_events(const struct view_source *source, const struct json_query *query,
                              const char **ret_error);
/** Not a list: the query is ignored. */
struct view *view_json_status(const struct view_source *source, const struct json_query *query,
                              const char **ret_error);

#endif
