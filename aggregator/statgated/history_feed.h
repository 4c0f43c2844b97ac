/*
 * history_feed.h - brings the history what happened: a look at the books at each second, and scrapes.
 */
#ifndef STATGATE_STATGATED_HISTORY_FEED_H
#define STATGATE_STATGATED_HISTORY_FEED_H

#include "statgated/daemon.h"

/** Both do nothing where there is no history. */
void history_feed_start(struct daemon *daemon);
void history_feed_stop(struct daemon *daemon);
/** What happened since the last full second, without waiting for the next one: this process reads no more. */
void history_feed_end(struct daemon *daemon);
/** A page was scraped. */
void history_feed_scrape(struct daemon *daemon, const struct endpoint_page *page);

#endif
