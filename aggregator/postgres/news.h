/*
 * news.h - what of the failures of queries and connections is told, and how often. Pure.
 */
#ifndef STATGATE_POSTGRES_NEWS_H
#define STATGATE_POSTGRES_NEWS_H

#include <stdbool.h>
#include <stdint.h>

/** One failure of a thing is told in this time, at most. */
enum { NEWS_PAUSE_MS = 60000 };

/** What was told of one thing last; zeroed: nothing. */
struct news {
    bool failing; /**< told, and nothing good since */
    bool before;  /**< a failure was told at all */
    int64_t failed_ms;
};

/** It failed, or was good, at this monotonic time: true when that is to be told now. What is good
 * again is told after a failure that was. */
bool news_take(struct news *news, bool good, int64_t mono_ms);

/** True when a message of the server with this SQLSTATE is about names, permissions, resources or
 * connections; others may cite values of rows. */
bool news_may_cite(const char *sqlstate);

#endif
