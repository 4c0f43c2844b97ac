/*
 * scrapers.h - which clients scrape the pages of metrics, which came last, and which have stopped.
 *
 * A scraper is a client that requested a page three times at a regular interval of a second to an
 * hour. It is away when three intervals have passed without a request. One that had come at ten
 * such intervals, or for ten minutes, is reported as missed for as long as it had been scraping,
 * but for at least five minutes and at most a day, and not if another scraper of that page has
 * started since. Pure: time is an argument.
 */
#ifndef STATGATE_STATUS_SCRAPERS_H
#define STATGATE_STATUS_SCRAPERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/memory.h"

enum {
    SCRAPERS_MAX = 64, /**< for all pages; clients that are not scrapers lose their places first */
    SCRAPER_PAGE_MAX = 256,
    SCRAPER_CLIENT_MAX = 64,
    SCRAPER_AGENT_MAX = 64
};

struct scrapers;

/** Make an empty table. NULL when out of memory. */
struct scrapers *scrapers_new(const struct memory *memory);
void scrapers_free(struct scrapers *scrapers);
/** Bytes that a table takes. */
uint64_t scrapers_bytes(void);

/** A client's request for a page. Texts are cut if they are too long. */
struct scraper_visit {
    const char *page;
    const char *client; /**< its address */
    const char *agent;  /**< the program that it claims to be; "": it claims nothing */
    size_t endpoint;    /**< index of the page's endpoint */
    int64_t took_ms;
};
/** Record a request. `mono_ms` is the monotonic clock, `real_ms` Unix time. */
void scrapers_came(struct scrapers *scrapers, const struct scraper_visit *visit, int64_t mono_ms,
                   int64_t real_ms);

/** A client that requested a page; texts are borrowed until the next request is recorded. */
struct scraper {
    const char *page;
    const char *client;
    const char *agent;
    size_t endpoint;
    int64_t interval_ms; /**< 0: it is not a scraper, or not yet known as one */
    int64_t last_ms;     /**< Unix time */
    int64_t took_ms;     /**< duration of that request */
    int64_t gone_ms;     /**< time since that request */
    bool away;           /**< away, and to be reported */
};
/** The client, scraper or not, that last requested a page of the endpoint. False: there was
 * none. */
bool scrapers_latest(const struct scrapers *scrapers, size_t endpoint, int64_t mono_ms,
                     struct scraper *ret_scraper);
/** Scraper number `index`. False: there are not that many. */
bool scrapers_at(const struct scrapers *scrapers, size_t index, int64_t mono_ms,
                 struct scraper *ret_scraper);

#endif
