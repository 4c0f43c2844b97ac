/*
 * scrapers.h - who comes for the pages of metrics, who came last, and who has stopped coming.
 *
 * A scraper is a client that came to a page three times at a regular interval of a second to an hour; it is away when
 * three intervals have passed without it. It is missed for as long as it had been coming, five minutes at least and a
 * day at most, and not if another scraper has begun to come for that page since. Pure: time is an argument.
 */
#ifndef STATGATE_STATUS_SCRAPERS_H
#define STATGATE_STATUS_SCRAPERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/memory.h"

enum {
    SCRAPERS_MAX = 64, /**< of all pages; who is none gives its place first */
    SCRAPER_PAGE_MAX = 256,
    SCRAPER_CLIENT_MAX = 64,
    SCRAPER_AGENT_MAX = 64
};

struct scrapers;

/** NULL when out of memory. */
struct scrapers *scrapers_new(const struct memory *memory);
void scrapers_free(struct scrapers *scrapers);
uint64_t scrapers_bytes(void);

/** A client took a page. Texts are cut if they are too long. */
struct scraper_visit {
    const char *page;
    const char *client; /**< its address */
    const char *agent;  /**< the program that it says it is; "": it says nothing */
    size_t endpoint;    /**< that the page belongs to */
    int64_t took_ms;
};
/** `mono_ms` is the monotonic clock, `real_ms` Unix time. */
void scrapers_came(struct scrapers *scrapers, const struct scraper_visit *visit, int64_t mono_ms,
                   int64_t real_ms);

/** A client that took a page; texts are borrowed until the next one comes. */
struct scraper {
    const char *page;
    const char *client;
    const char *agent;
    size_t endpoint;
    int64_t interval_ms; /**< 0: it is no scraper, or not known as one yet */
    int64_t last_ms;     /**< Unix time */
    int64_t took_ms;     /**< that time */
    int64_t gone_ms;     /**< how long that is ago */
    bool away;           /**< and missed */
};
/** Who came last for a page of the endpoint, scraper or not; false: nobody did. */
bool scrapers_latest(const struct scrapers *scrapers, size_t endpoint, int64_t mono_ms,
                     struct scraper *ret_scraper);
/** Scraper `index` of those there are; false: there are not that many. */
bool scrapers_at(const struct scrapers *scrapers, size_t index, int64_t mono_ms,
                 struct scraper *ret_scraper);

#endif
