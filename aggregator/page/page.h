/* SPDX-License-Identifier: MIT */
/*
 * page.h - the files of the page at /: HTML, modules of script and one stylesheet, embedded by the
 * build.
 *
 * They show what the JSON views say, and nothing else; assets/pages.js has the addresses of the
 * page and the columns of its tables. All their paths are relative, so they can be served below any
 * path.
 */
#ifndef STATGATE_PAGE_PAGE_H
#define STATGATE_PAGE_PAGE_H

#include <stddef.h>

/** A file of the page. */
struct page_asset {
    const char *path; /**< "/-/statgate.css" */
    const char *type; /**< Content-Type */
    const char *etag; /**< ETag of these bytes, with its quotes */
    const unsigned char *bytes;
    size_t len;
};

#define PAGE_INDEX "/-/index.html" /**< the page itself */

/** All files; written by the build. */
extern const struct page_asset page_assets[];
extern const size_t page_asset_count;

/** The file with this path, or NULL. Static. */
const struct page_asset *page_asset(const char *path);

#endif
