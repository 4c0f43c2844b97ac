/* SPDX-License-Identifier: MIT */
/*
 * page.h - the page for people, at `/`: problems, what is sent, and what became of it.
 *
 * HTML in slices, like every view (view/view.h): its numbers are those of the JSON views, and it
 * computes no others. It works without script. Its text contains no style or script: those are
 * assets, files of this folder that are embedded in the program. However many series there are, a
 * page has less than 200 KB and 2,000 nodes: lists are cut, and say how to see the rest.
 *
 * The query says what to show, so each page has an address:
 *
 *   /                        all services; problems
 *   /?service=S              one service and its families
 *   /?service=S&family=F     one family and its series
 *   /?q=TEXT                 services and families with this text in their name, help or labels
 *   /?show=SECTION           a longer list of one section: problems, services, breakers, jobs,
 *                            queries, senders, events, folded
 *   /?pid=P                  one sender
 *   /?line=LINE              what would become of a line, beside everything else
 *   &after=TOKEN             the next piece of a list; made by the page itself
 *
 * All addresses in the page are relative, so it can be served below any path.
 */
#ifndef STATGATE_PAGE_PAGE_H
#define STATGATE_PAGE_PAGE_H

#include "view/view.h"

/** A page of metrics that this daemon serves. */
struct page_endpoint {
    const char *address;  /**< as bound: "127.0.0.1:9464" */
    const char *path;     /**< "/metrics" */
    const char *services; /**< "imgsrv, statgate" */
    bool here;            /**< at the address that serves this page */
};

/** The page's input; everything is borrowed, and must outlive its views. */
struct page_source {
    struct view_source views;
    const char *version; /**< of the daemon */
    const struct page_endpoint *endpoints;
    size_t endpoint_count;
    /** Appends what would become of a line (plain text, several lines), without changing anything.
     * NULL: the page has no form for lines. */
    void (*try_line)(void *arg, const char *line, size_t len, struct strbuf *out);
    void *try_arg;
};

/** The decoded query; NULL or "" for absent parameters. Borrowed for the call only. */
struct page_query {
    const char *service;
    const char *family;
    const char *search; /**< `q` */
    const char *show;
    const char *after;
    const char *line;
    const char *pid;
};

/** Make the page. Returns NULL when out of memory. If the query names something that does not
 * exist, the page says so: see page_exists. */
struct view *page_view(const struct page_source *source, const struct page_query *query);

/** Whether everything that the query names exists: if not, the page is the body of a 404
 * response. */
bool page_exists(const struct page_source *source, const struct page_query *query);

/** A file of the page. */
struct page_asset {
    const char *path; /**< "/-/statgate.css" */
    const char *type; /**< Content-Type */
    const char *etag; /**< ETag of these bytes, with its quotes */
    const unsigned char *bytes;
    size_t len;
};
/** The asset with this path, or NULL. Static. */
const struct page_asset *page_asset(const char *path);

#endif
