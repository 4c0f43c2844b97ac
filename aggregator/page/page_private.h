/* SPDX-License-Identifier: MIT */
/*
 * page_private.h - a page that is being written, and its sections.
 *
 * A page is a list of sections. Each writes as much as fits into a slice and continues in the next.
 * Whatever a section has to remember between slices is in `walk`, which is zeroed before each
 * section.
 */
#ifndef STATGATE_PAGE_PAGE_PRIVATE_H
#define STATGATE_PAGE_PAGE_PRIVATE_H

#include "base/strbuf.h"
#include "breakers_jobs/breakers_jobs.h"
#include "catalog/catalog.h"
#include "history/history.h"
#include "ledger/ledger.h"
#include "page/page.h"
#include "status/status.h"
#include "store/store.h"

/* ---- gathering ----
 * the sums that a page needs before it writes: for each service its live series and
 * its senders, and the list of senders to show. Private to page/.
 */

/** The sums of a service's senders and families. */
struct service_sums {
    uint64_t live;        /**< series */
    bool near;            /**< one of its families is near the bound beyond which it refuses */
    uint32_t senders;     /**< not known to be gone */
    int64_t last_seen_ms; /**< Unix time; 0: never */
};

enum { GATHERED_SENDERS_MAX = 200 };

struct gathering {
    const struct memory *memory;
    struct service_sums *services; /**< by index in the set */
    /** Rows of senders to list, the most pressing first: those with lost or refused samples, then
     * those that sent last. */
    uint32_t rows[GATHERED_SENDERS_MAX];
    size_t row_count;
    size_t row_max;
    uint64_t row_total;         /**< senders that the page is about */
    const struct catalog *only; /**< only senders of this service; NULL: all */
    int32_t pid;                /**< only the process with this number; -1: all */
    size_t family;              /**< position of the walk: an index in the set */
    size_t sender;
};

/** The position within a section. */
struct page_walk {
    unsigned stage; /**< meaning depends on the section; starts as 0 */
    size_t at;      /**< index of the next item */
    size_t written; /**< items of the present list that were written */
    uint64_t left;  /**< items for which the list has no room */
    uint64_t serial;
    uint32_t hint;
    struct store_cursor cursor;
};

struct page;

/** Write a section. Returns false if the slice ended first, and is then called again. */
typedef bool page_section_fn(struct page *page, struct slice *slice, struct store_time now);

/** The query's parameters, in the order of struct page_query. */
enum page_text {
    PAGE_SERVICE,
    PAGE_FAMILY,
    PAGE_SEARCH,
    PAGE_SHOW,
    PAGE_AFTER,
    PAGE_LINE,
    PAGE_PID,
    PAGE_TEXT_COUNT
};

struct page {
    struct view view;
    struct page_source source;
    char *texts[PAGE_TEXT_COUNT];  /**< copies of the query's parameters, in order; NULL: absent */
    const struct catalog *service; /**< NULL: all, or there is none of this name */
    const struct catalog_family *family; /**< NULL: all, or there is none of this name */
    bool is_missing;                     /**< the query names something that does not exist */
    page_section_fn *const *sections;    /**< ended by NULL */
    struct page_walk walk;
    struct gathering gathering;
    struct status *status;
    uint64_t buckets[CATALOG_BUCKETS_MAX + 1]; /**< histogram: the sums over its series */
};

/** The number of items that a section may list: `few` beside other sections, `many` if it is the
 * only one. */
size_t page_rows(const struct page *page, const char *name, size_t few, size_t many);

/** Whether the page shows items of this service. */
static inline bool page_has_service(const struct page *page, const struct catalog *service) {
    return page->service == NULL || page->service == service;
}

/** The same for a declaration of attempts or jobs. */
static inline bool page_has_family(const struct page *page, const struct catalog_family *family) {
    return page_has_service(page, family->catalog) &&
           (page->family == NULL || page->family == family);
}

/* ---- pieces that sections share ---- */

/** Append `<section id="NAME" ...><h2>TITLE</h2>`, and its end. */
void page_open_section(struct strbuf *out, const char *name, const char *title);
void page_close_section(struct strbuf *out);
/** Append the beginning of a table that may be wider than the page, with these headings. "" is an
 * invisible heading, over pictures; a heading that begins with # marks a column of numbers. */
void page_open_table(struct strbuf *out, const char *caption, const char *const *headings,
                     size_t count);
void page_close_table(struct strbuf *out);
/** Append a paragraph with a link to the rest of a list: "12 more". */
void page_put_more(const struct page *page, struct strbuf *out, const char *name, uint64_t left);
/** Append a link to a service or a family, with its name. */
void page_put_service(struct strbuf *out, const struct catalog *service);
void page_put_family(struct strbuf *out, const struct catalog_family *family);
/** Append a state: a shape and a word, coloured by `class` (good, warn, bad, idle). */
void page_put_state(struct strbuf *out, const char *class, const char *word);
/** Append the labels of a series, each as a chip. */
void page_put_labels(struct strbuf *out, const struct store *store,
                     const struct catalog_family *family, const struct series *series);
/** Append a process: program, number and unit, as far as they are known. */
void page_put_who(struct strbuf *out, const char *comm, size_t comm_max, int32_t pid,
                  const char *unit);
/** Enclose a text to copy: the script adds a button. */
void page_open_copy(struct strbuf *out, const char *what);
void page_close_copy(struct strbuf *out);

/* ---- sections ---- */

page_section_fn page_write_gather;
page_section_fn page_write_top;
page_section_fn page_write_missing;
page_section_fn page_write_problems;
page_section_fn page_write_services;
page_section_fn page_write_service;
page_section_fn page_write_families;
page_section_fn page_write_family;
page_section_fn page_write_histogram;
page_section_fn page_write_series;
page_section_fn page_write_found;
page_section_fn page_write_breakers;
page_section_fn page_write_jobs;
page_section_fn page_write_queries;
page_section_fn page_write_events;
page_section_fn page_write_folded;
page_section_fn page_write_senders;
page_section_fn page_write_try;
page_section_fn page_write_bottom;

/* ---- asset: the files of assets/, embedded by the build. ---- */

extern const struct page_asset page_assets[];
extern const size_t page_asset_count;

/* ---- curves ----
 * the recent past, as pictures beside numbers. Private to page/. Without a history
 * nothing is written.
 */

/** Append a cell: samples a second of a service, and a curve of five minutes. */
void page_curves_put_service_cell(struct strbuf *out, const struct history *history, int service);
/** The same for the samples that a family accepted. */
void page_curves_put_family_cell(struct strbuf *out, const struct history *history,
                                 const struct catalog_family *family);
/** Append all curves of a service: five minutes, and a day. Returns work units. */
size_t page_curves_put_service(struct strbuf *out, const struct history *history, int service);
/** The same for a family. */
size_t page_curves_put_family(struct strbuf *out, const struct history *history,
                              const struct catalog_family *family);

/* ---- html ----
 * escapes texts for HTML. Names, label values and lines come from strangers: each is
 * escaped here and nowhere else.
 *
 * Characters that a reader would not see, or that change how other text is displayed, are written
 * out: control characters, marks that change the direction of writing, characters without width,
 * bytes that are not UTF-8. They look like \x1b or \u202e. A backslash in the text itself stays as
 * it is: the form is for people and need not be reversible.
 */

/** Append a text, or the value of an attribute between double quotes. */
void page_html_put(struct strbuf *out, const char *text, size_t len);
void page_html_puts(struct strbuf *out, const char *text);
/** Append several lines of text; line ends are kept. */
void page_html_put_lines(struct strbuf *out, const char *text, size_t len);
/** Append a stranger's text in its own element, so that its direction of writing ends with it. */
void page_html_put_isolated(struct strbuf *out, const char *text, size_t len);
/** Append a value in the query of a link, percent-encoded. It needs no other escaping. */
void page_html_put_encoded(struct strbuf *out, const char *text, size_t len);

/* ---- picture ----
 * small pictures, as SVG without style: classes name the meaning of each shape.
 *
 * Words beside each picture say what it shows; the picture itself is hidden from screen readers.
 */

/** Append a bar for a share from 0 to 1. `near`: it is marked. */
void page_picture_put_bar(struct strbuf *out, double share, bool near);
/** Append a curve of `count` values, the oldest first; values that are not finite are gaps. `class`
 * is the element's. */
void page_picture_put_curve(struct strbuf *out, const char *class, const double *values,
                            size_t count);

/** A line across a histogram: a quantile. */
struct picture_mark {
    double at; /**< NaN: nowhere; else in buckets from the left: 2.5 is the middle of the third
                    one */
};
/** Append a histogram: `count` buckets of equal width; the last is the one above all bounds. */
void page_picture_put_histogram(struct strbuf *out, const uint64_t *counts, size_t count,
                                const struct picture_mark *marks, size_t mark_count);

/* ---- refusal ----
 * details of what was refused for one reason: an example line, what to do, and what to
 * change in a catalog. Private to page/.
 */

/** Append what is known about a problem of rejections beyond its sentence: the latest line, and
 * what to do. Returns work units. */
size_t page_refusal_put(struct strbuf *out, const struct page *page,
                        const struct status_problem *problem);

/* ---- sample line ----
 * an example line that a family accepts, to copy and to try.
 */

/** Append the line, unescaped. Returns false and appends nothing if the family takes no lines, or
 * no example of a label's value can be made up. */
bool page_sample_line_put(struct strbuf *out, const struct catalog_family *family);

/* ---- spelled ----
 * names, labels and values that senders spell differently from the catalogs. Private to
 * page/.
 */

/** Append a list of the most frequent names or labels that cause a problem of rejections; nothing
 * if none is known. Returns work units. */
size_t page_spelled_put_of_problem(struct strbuf *out, const struct page *page,
                                   const struct status_problem *problem, struct store_time now);

/* ---- words: numbers and times as people read them. Nothing here needs escaping. ---- */

/** Append a count: 1,234,567. */
void page_words_put_count(struct strbuf *out, uint64_t count);
/** Append three significant digits and a prefix: 0, 0.25, 31.4, 1.25 k, 3.1 M; followed by `unit`
 * ("/s", or ""). */
void page_words_put_short(struct strbuf *out, double value, const char *unit);
/** Append a share of 1 in percent: 0 %, 3.2 %, 100 %; never 0 % or 100 % because of rounding. */
void page_words_put_share(struct strbuf *out, double share);
/** Append bytes: 512 B, 1.25 KiB, 3.1 MiB. */
void page_words_put_bytes(struct strbuf *out, double bytes);
/** Append a duration in its two largest units: 250 ms, 12 s, 3 min 20 s, 5 h, 2 d 4 h. */
void page_words_put_span(struct strbuf *out, double seconds);
/** Append how long ago `then_ms` is: "now", "12 s ago", or "in 12 s"; in an element that holds the
 * exact time. 0: "never". Both are Unix time. */
void page_words_put_ago(struct strbuf *out, int64_t then_ms, int64_t now_ms);
/** Append the value of a metric with this unit (NULL: none): seconds as a duration, bytes as bytes,
 * ratios as they are. Plain text without markup. */
void page_words_put_value(struct strbuf *out, double value, const char *unit);

#endif
