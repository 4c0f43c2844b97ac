/*
 * collect.h - fetches the daemon's views again and again, without blocking. Private to statgate/.
 */
#ifndef STATGATE_STATGATE_TOP_COLLECT_H
#define STATGATE_STATGATE_TOP_COLLECT_H

#include "fetch/fetch.h"
#include "statgate/shown/where.h"
#include "statgate/top/data.h"

enum collect_event { COLLECT_NOTHING, COLLECT_NEW, COLLECT_TROUBLE };

struct top_collect {
    const struct where *where;
    int64_t interval_ns;
    struct top_data data; /**< the data so far; its texts are members of this struct */
    struct error trouble;
    int64_t trouble_ns; /* since when there is trouble; 0: none */
    struct error news;
    int64_t news_ns;
    /* the current round */
    struct fetch *fetch; /* NULL: waiting for due_ns */
    size_t view;
    int64_t due_ns;
    int64_t until_ns;
    json_t *next[TOP_VIEW_COUNT];
    int64_t next_ms;
    int64_t last_ns;    /* when the round before was complete */
    int64_t started_ms; /* start of the daemon's process */
};

void collect_init(struct top_collect *collect, const struct where *where, int64_t interval_ns,
                  int64_t now_ns);
void collect_done(struct top_collect *collect);
/** Make progress. COLLECT_NEW and COLLECT_TROUBLE: there is something new to show. */
enum collect_event collect_step(struct top_collect *collect, int64_t now_ns);
/** The descriptor to poll (-1: none), its events, and when to call collect_step at the latest. */
int collect_fd(const struct top_collect *collect);
short collect_events(const struct top_collect *collect);
int64_t collect_until_ns(const struct top_collect *collect);
/** Update what changes only with time. */
void collect_refresh(struct top_collect *collect, int64_t now_ns);

#endif
