/*
 * news.h - which failures of queries and connections are reported, and how often. Pure.
 */
#ifndef STATGATE_POSTGRES_NEWS_H
#define STATGATE_POSTGRES_NEWS_H

#include <stdbool.h>
#include <stdint.h>

/** At most one failure of a thing is reported in this time. */
enum { NEWS_PAUSE_MS = 60000 };

/** What was last reported of one thing; zeroed: nothing. */
struct news {
    bool failing; /**< reported, and not good since */
    bool before;  /**< a failure was ever reported */
    int64_t failed_ms;
};

/** It failed, or was good, at this monotonic time. True: report it. Success is reported once, after
 * a reported failure. */
bool news_take(struct news *news, bool good, int64_t mono_ms);

/** True when a message of the server with this SQLSTATE is about names, permissions, resources or
 * connections; others may cite values of rows. */
bool news_may_cite(const char *sqlstate);

#endif
