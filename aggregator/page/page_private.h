/*
 * page_private.h - a page that is being written, and its sections.
 *
 * A page is a list of sections. Each writes as much as fits into a slice and continues in the next.
 * Whatever a section has to remember between slices is in `walk`, which is zeroed before each
 * section.
 */
#ifndef STATGATE_PAGE_PRIVATE_H
#define STATGATE_PAGE_PRIVATE_H

#include "catalog/catalog.h"
#include "ledger/ledger.h"
#include "machines/machines.h"
#include "page/gathering.h"
#include "page/page.h"
#include "status/status.h"
#include "store/store.h"
#include "view/view.h"

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
/** Append the address of a service or a family, in quotes. */
void page_put_address(struct strbuf *out, const struct catalog *service,
                      const struct catalog_family *family);
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

#endif
