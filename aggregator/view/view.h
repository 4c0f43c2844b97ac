/*
 * view.h - what people and scrapers read, written in slices.
 *
 * A view reads the store and the ledger and writes a strbuf; nothing else. It is a cursor: each
 * step writes one slice, so that ingest never waits long, and what fits one slice shows one
 * instant. Names, types and help come from the catalog alone.
 */
#ifndef STATGATE_VIEW_VIEW_H
#define STATGATE_VIEW_VIEW_H

#include "base/strbuf.h"
#include "catalog/catalog.h"
#include "gate/gate.h"
#include "ledger/ledger.h"
#include "store/store.h"

/** What views read; all borrowed, must outlive every view. */
struct view_source {
    const struct catalog_set *set;
    struct store *store;
    const struct ledger *ledger;
    const struct gate *gate;
};

enum view_state { VIEW_MORE, VIEW_DONE };

/** Work units of a slice, about 100 ns each: some ten thousand lines, under 1 ms. And its most
 * bytes. */
enum { VIEW_SLICE_UNITS = 8192, VIEW_SLICE_BYTES = 1 << 20 };

struct view;

/** Append the next slice to `out` (which may set out->failed). `budget` in work units; at least one
 * item is written. */
enum view_state view_step(struct view *view, struct strbuf *out, size_t budget,
                          struct store_time now);
/** Close cursors and free. NULL is fine. May be called at any time. */
void view_free(struct view *view);

enum exposition_format { EXPOSITION_OPENMETRICS, EXPOSITION_TEXT };

/** Content-Type of a format, exact. Static. */
const char *exposition_content_type(enum exposition_format format);

struct exposition_options {
    enum exposition_format format;
    const struct catalog *service; /**< NULL: all services of the set */
    bool created;                  /**< `_created` samples (OpenMetrics only) */
};

/** A new exposition, or NULL when memory is out. */
struct view *view_exposition(const struct view_source *source,
                             const struct exposition_options *options);

/** Query of a JSON list. Strings are borrowed for the call only. */
struct json_query {
    size_t limit;        /**< items; 0 = the default of 1,000 */
    const char *after;   /**< the `next` of the page before, or NULL */
    const char *service; /**< filter, or NULL */
    const char *family;  /**< filter, or NULL */
};

/** Each returns a new view, or NULL with a sentence for a 400 answer in *ret_error (static), NULL
 * in it when memory is out. */
struct view *view_json_series(const struct view_source *source, const struct json_query *query,
                              const char **ret_error);
struct view *view_json_rejections(const struct view_source *source, const struct json_query *query,
                                  const char **ret_error);
struct view *view_json_senders(const struct view_source *source, const struct json_query *query,
                               const char **ret_error);
struct view *view_json_catalog(const struct view_source *source, const struct json_query *query,
                               const char **ret_error);

/* Helpers for JSON that other modules write (http: /debug, /debug/ingress). */

/** `"text"` with every escape; invalid UTF-8 becomes U+FFFD. */
void view_json_string(struct strbuf *out, const char *text, size_t len);
/** A finite number bare, others as the strings "NaN", "+Inf", "-Inf". */
void view_json_number(struct strbuf *out, double value);

#endif
