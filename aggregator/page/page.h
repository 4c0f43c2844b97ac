/*
 * page.h - the page for people, at `/`: what needs somebody, what is sent, and what became of it.
 *
 * HTML in slices, as every view (view/view.h): its numbers are those of the JSON views, and nothing is
 * computed here that they don't say. It works without script, and has no style or script in its text: those are assets,
 * files of this folder that the program has within. However many series there are, a page is below 200 KB and 2,000 nodes:
 * lists are cut, and say how to get at the rest.
 *
 * What is asked for is in the query, so that each page has an address:
 *
 *   /                        all services; what needs somebody
 *   /?service=S              one service and its families
 *   /?service=S&family=F     one family and its series
 *   /?q=TEXT                 services and families with this text in their name, help or labels
 *   /?show=SECTION           one section, with more of it: needs, services, breakers, jobs, queries, senders, events, folded
 *   /?pid=P                  one sender
 *   /?line=LINE              what would become of a line, beside the rest
 *   &after=TOKEN             the next piece of a list; made by the page itself
 *
 * All addresses in it are relative, so that it may be served below any path.
 */
#ifndef STATGATE_PAGE_PAGE_H
#define STATGATE_PAGE_PAGE_H

#include "view/view.h"

/** Metrics that this daemon serves. */
struct page_endpoint {
    const char *address;  /**< as bound: "127.0.0.1:9464" */
    const char *path;     /**< "/metrics" */
    const char *services; /**< "imgsrv, statgate" */
    bool here;            /**< at the address that serves the page */
};

/** What the page reads; all is borrowed, and must outlive its views. */
struct page_source {
    struct view_source views;
    const char *version; /**< of the daemon */
    const struct page_endpoint *endpoints;
    size_t endpoint_count;
    /** Appends what becomes of a line (plain text, several lines), without changing anything. NULL: the page
     * has no form for it. */
    void (*try_line)(void *arg, const char *line, size_t len, struct strbuf *out);
    void *try_arg;
};

/** What is asked for, decoded; NULL or "" for what is not. Borrowed for the call only. */
struct page_query {
    const char *service;
    const char *family;
    const char *search; /**< `q` */
    const char *show;
    const char *after;
    const char *line;
    const char *pid;
};

/** The page. NULL when out of memory. What does not exist is a page, too, that says so: see page_exists. */
struct view *page_view(const struct page_source *source, const struct page_query *query);

/** Whether what is asked for exists: else the page is the body of a 404 answer. */
bool page_exists(const struct page_source *source, const struct page_query *query);

/** A file of the page. */
struct page_asset {
    const char *path; /**< "/-/statgate.css" */
    const char *type; /**< Content-Type */
    const char *etag; /**< of these bytes, quotes included */
    const unsigned char *bytes;
    size_t len;
};
/** The asset at this path, or NULL. Static. */
const struct page_asset *page_asset(const char *path);

#endif
