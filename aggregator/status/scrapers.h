/*
 * scrapers.h - who comes for the pages of metrics, and who has stopped coming.
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
    SCRAPER_CLIENT_MAX = 64
};

struct scrapers;

/** NULL when out of memory. */
struct scrapers *scrapers_new(const struct memory *memory);
void scrapers_free(struct scrapers *scrapers);
uint64_t scrapers_bytes(void);

/** A client took a page. Both are texts, cut if they are too long. `mono_ms` is the monotonic clock, `real_ms` Unix
 * time. */
void scrapers_came(struct scrapers *scrapers, const char *page, const char *client, int64_t mono_ms,
                   int64_t real_ms);

/** A client that is a scraper. */
struct scraper {
    const char *page; /**< borrowed until the next comes */
    const char *client;
    int64_t interval_ms;
    int64_t last_ms; /**< Unix time */
    int64_t gone_ms; /**< how long that is ago */
    bool away;       /**< and missed */
};
/** Scraper `index` of those there are; false: there are not that many. */
bool scrapers_at(const struct scrapers *scrapers, size_t index, int64_t mono_ms,
                 struct scraper *ret_scraper);

#endif
