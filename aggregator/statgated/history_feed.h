/*
 * history_feed.h - fills the history: reads the books each second, and notes scrapes.
 */
#ifndef STATGATE_STATGATED_HISTORY_FEED_H
#define STATGATE_STATGATED_HISTORY_FEED_H

#include "statgated/daemon.h"

/** Both functions do nothing if no history is kept. */
void history_feed_start(struct daemon *daemon);
void history_feed_stop(struct daemon *daemon);
/** Add what happened since the last full second, without waiting for the next one: this process
 * will read no more. */
void history_feed_end(struct daemon *daemon);
/** Note that a page was scraped. */
void history_feed_scrape(struct daemon *daemon, const struct endpoint_page *page);

#endif
