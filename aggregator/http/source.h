/*
 * source.h - the functions by which the server gets its content and reports scrapes.
 */
#ifndef STATGATE_HTTP_SOURCE_H
#define STATGATE_HTTP_SOURCE_H

#include "events/events.h"
#include "view/json_selection.h"
#include "view/view.h"

/** A report of one requested exposition, when its request is over. */
struct http_scrape {
    const struct endpoint_page *page;
    const char *where;  /**< "127.0.0.1:9464/metrics"; borrowed for the call */
    const char *client; /**< see client.h; "": unknown; borrowed for the call */
    const char *agent;  /**< User-Agent as received; "": none; borrowed for the call */
    size_t endpoint;    /**< its index in http_options */
    enum exposition_format format;
    unsigned code; /**< 200; 500 if out of memory before the first byte */
    bool gzip;
    bool complete;       /**< the client took all of it */
    double seconds;      /**< from the request's arrival to its last byte */
    double work_seconds; /**< of that, spent on rendering and compressing */
    uint64_t bytes;      /**< of the body, as sent */
    uint64_t slices;
};

/** Writes the whole JSON of a view. Items of a service, a family or a time are written only if the
 * selection has them. */
typedef void (*http_write_fn)(void *arg, const struct json_selection *selection,
                              struct strbuf *out);

/** All functions except `clock` may be NULL. */
struct http_source {
    struct view_source views; /**< its pointers are borrowed for the life of the server */
    const char *version;      /**< of the daemon; static */
    struct events *events;    /**< events that clients can follow; NULL: none */
    void *arg;                /**< for the functions below */
    struct store_time (*clock)(void *arg);
    /** True while numbers are being changed that must be shown together: no slice is made until a
     * later turn in which this is false. NULL: never. */
    bool (*is_midway)(void *arg);
    /** Called when an exposition or a view begins, so that the daemon's own metrics are up to
     * date. */
    void (*prepare)(void *arg, struct store_time now);
    /**
     * Ask for up-to-date numbers before an answer shows them: samples that were sent before the
     * request, and (within `within_ms`) those values of its page that come from databases; page
     * NULL: a view of /debug. It is called from within the HTTP library, so it must only ask.
     * Returns NULL if there is nothing to wait for, else a handle. Then either done(done_arg) is
     * called once, later, from the loop, or, if the client goes away first, `forget` is called with
     * the handle. A NULL function: there is never anything to wait for.
     */
    void *(*collect)(void *arg, const struct endpoint_page *page, uint64_t within_ms,
                     void (*done)(void *done_arg), void *done_arg);
    void (*forget)(void *arg, void *handle);
    /** Writes the JSON of /debug/queries. NULL: 404. */
    http_write_fn write_queries;
    /** Writes the JSON of /debug/endpoints. NULL: 404. */
    http_write_fn write_endpoints;
    /** Writes the JSON of /debug/ingress. NULL: 404. */
    http_write_fn write_ingress;
    /** Writes the JSON of /debug/explain; `service` may be NULL. Returns NULL, or a sentence for a
     * 400 (static). A NULL function: 404. */
    const char *(*explain)(void *arg, const char *line, const char *service, struct strbuf *out);
    /** Appends a text on what would become of a line, without changing anything. NULL: the page has
     * no form for it. */
    void (*try_line)(void *arg, const char *line, size_t len, struct strbuf *out);
    /** NULL when ready, else a sentence why not (static). A NULL function: always ready. */
    const char *(*why_not_ready)(void *arg);
    /** What somebody should know of a daemon that is ready: "ready, but ..."; static. NULL:
     * nothing. The function may be NULL. */
    const char *(*ready_note)(void *arg);
    void (*on_scrape)(void *arg, const struct http_scrape *scrape);
};

static inline bool http_source_is_midway(const struct http_source *source) {
    return source->is_midway != NULL && source->is_midway(source->arg);
}

/** Prepare the source for an exposition or a view; returns the time as of which it shows
 * numbers. */
static inline struct store_time http_source_prepare(const struct http_source *source) {
    const struct store_time now = source->clock(source->arg);
    if (source->prepare != NULL)
        source->prepare(source->arg, now);
    return now;
}

#endif
