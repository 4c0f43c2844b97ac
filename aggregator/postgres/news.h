/*
 * news.h - decides which failures of queries and connections are reported, and how often. Pure.
 */
#ifndef STATGATE_POSTGRES_NEWS_H
#define STATGATE_POSTGRES_NEWS_H

#include <stdbool.h>
#include <stdint.h>

/** At most one failure of a query or connection is reported in this time. */
enum { NEWS_PAUSE_MS = 60000 };

/** What was last reported about one query or connection; zeroed: nothing. */
struct news {
    bool failing; /**< a failure was reported, and no success since */
    bool before;  /**< a failure was ever reported */
    int64_t failed_ms;
};

/** Record a failure or success at this monotonic time. True: report it. Success is reported once,
 * after a reported failure. */
bool news_take(struct news *news, bool good, int64_t mono_ms);

/** True if a server message with this SQLSTATE is about names, permissions, resources or
 * connections; other messages may cite values of rows. */
bool news_may_cite(const char *sqlstate);

#endif
