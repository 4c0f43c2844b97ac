/* SPDX-License-Identifier: MIT */
/* scrapers.c - which clients scrape the pages of metrics, and which have stopped. */
#include "status/status_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/heap.h"

/* ==== scrapers ==== */

enum {
    INTERVAL_LEAST_MS = 1000,
    INTERVAL_MOST_MS = 3600000,
    REGULAR = 2,        /* intervals in a row that make a client a scraper */
    AWAY = 3,           /* missed intervals until a scraper is away */
    SPARE_MS = 1000,    /* added to them, because a scrape takes time */
    LIKE = 4,           /* intervals are alike if they differ by at most a fourth */
    LIKE_MS = 500,      /* or by at most this */
    PROVEN = 10,        /* intervals, or .. */
    PROVEN_MS = 600000, /* .. time, until anyone misses it: a few requests by hand are not missed */
    MISSED_LEAST_MS = 300000,
    MISSED_MOST_MS = 86400000
};

/* Times are of the monotonic clock, except seen_ms. */
struct scrapers_row {
    bool used;
    char page[SCRAPER_PAGE_MAX];
    char client[SCRAPER_CLIENT_MAX];
    char agent[SCRAPER_AGENT_MAX];
    size_t endpoint;
    unsigned regular; /* similar intervals in a row */
    int64_t interval_ms;
    int64_t first_ms;
    int64_t last_ms;
    int64_t seen_ms;
    int64_t took_ms;
};

struct scrapers {
    struct scrapers_row rows[SCRAPERS_MAX];
};

struct scrapers *scrapers_new(void) {
    struct scrapers *scrapers = memory_alloc(sizeof *scrapers);
    return scrapers;
}

void scrapers_free(struct scrapers *scrapers) {
    if (scrapers != NULL)
        free(scrapers);
}

uint64_t scrapers_bytes(void) {
    return heap_bytes(sizeof(struct scrapers));
}

/* ---- coming ---- */

static bool is_scraper(const struct scrapers_row *row) {
    return row->used && row->regular >= REGULAR && row->interval_ms >= INTERVAL_LEAST_MS &&
           row->interval_ms <= INTERVAL_MOST_MS;
}

/* Whether `a` gives way before `b`. */
static bool gives_way(const struct scrapers_row *a, const struct scrapers_row *b) {
    if (a->used != b->used)
        return !a->used;
    if (is_scraper(a) != is_scraper(b))
        return !is_scraper(a);
    return a->last_ms < b->last_ms;
}

/* Find the row of this client, or the row that gives way to it. */
static struct scrapers_row *find(struct scrapers *scrapers, const char *page, const char *client) {
    struct scrapers_row *leaver = &scrapers->rows[0];
    for (size_t i = 0; i < SCRAPERS_MAX; i++) {
        struct scrapers_row *row = &scrapers->rows[i];
        if (row->used && strncmp(row->page, page, sizeof row->page - 1) == 0 &&
            strncmp(row->client, client, sizeof row->client - 1) == 0)
            return row;
        if (gives_way(row, leaver))
            leaver = row;
    }
    leaver->used = false;
    return leaver;
}

static bool is_like(int64_t gap_ms, int64_t interval_ms) {
    const int64_t off_ms = gap_ms > interval_ms ? gap_ms - interval_ms : interval_ms - gap_ms;
    return off_ms <= interval_ms / LIKE || off_ms <= LIKE_MS;
}

static bool has_passed(int64_t gap_ms, int64_t interval_ms) {
    return gap_ms > AWAY * interval_ms + SPARE_MS;
}

static void came_again(struct scrapers_row *row, int64_t gap_ms) {
    if (is_like(gap_ms, row->interval_ms)) {
        row->interval_ms += (gap_ms - row->interval_ms) / LIKE;
        row->regular++;
        return;
    }
    /* A scraper that was away keeps its interval when it returns. */
    const bool back = is_scraper(row) && has_passed(gap_ms, row->interval_ms);
    row->regular = back ? REGULAR : 1;
    if (!back)
        row->interval_ms = gap_ms;
}

void scrapers_came(struct scrapers *scrapers, const struct scraper_visit *visit, int64_t mono_ms,
                   int64_t real_ms) {
    struct scrapers_row *row = find(scrapers, visit->page, visit->client);
    if (row->used) {
        came_again(row, mono_ms - row->last_ms);
    } else {
        *row = (struct scrapers_row){.used = true, .first_ms = mono_ms};
        (void)snprintf(row->page, sizeof row->page, "%s", visit->page);
        (void)snprintf(row->client, sizeof row->client, "%s", visit->client);
    }
    row->last_ms = mono_ms;
    row->seen_ms = real_ms;
    row->took_ms = visit->took_ms;
    row->endpoint = visit->endpoint;
    (void)snprintf(row->agent, sizeof row->agent, "%s", visit->agent);
}

/* ---- reading ---- */

static bool is_missed(const struct scrapers *scrapers, const struct scrapers_row *row,
                      int64_t gone_ms) {
    int64_t longest_ms = row->last_ms - row->first_ms;
    if (longest_ms < MISSED_LEAST_MS)
        longest_ms = MISSED_LEAST_MS;
    if (longest_ms > MISSED_MOST_MS)
        longest_ms = MISSED_MOST_MS;
    const bool proven = row->regular >= PROVEN || row->last_ms - row->first_ms >= PROVEN_MS;
    if (!proven || !has_passed(gone_ms, row->interval_ms) || gone_ms > longest_ms)
        return false;
    for (size_t i = 0; i < SCRAPERS_MAX; i++) {
        const struct scrapers_row *other = &scrapers->rows[i];
        if (is_scraper(other) && other->last_ms > row->last_ms && other->first_ms > row->last_ms &&
            strcmp(other->page, row->page) == 0)
            return false;
    }
    return true;
}

static struct scraper describe(const struct scrapers *scrapers, const struct scrapers_row *row,
                               int64_t mono_ms) {
    const bool regular = is_scraper(row);
    const int64_t gone_ms = mono_ms - row->last_ms;
    return (struct scraper){.page = row->page,
                            .client = row->client,
                            .agent = row->agent,
                            .endpoint = row->endpoint,
                            .interval_ms = regular ? row->interval_ms : 0,
                            .last_ms = row->seen_ms,
                            .took_ms = row->took_ms,
                            .gone_ms = gone_ms,
                            .away = regular && is_missed(scrapers, row, gone_ms)};
}

bool scrapers_latest(const struct scrapers *scrapers, size_t endpoint, int64_t mono_ms,
                     struct scraper *ret_scraper) {
    const struct scrapers_row *latest = NULL;
    for (size_t i = 0; i < SCRAPERS_MAX; i++) {
        const struct scrapers_row *row = &scrapers->rows[i];
        if (row->used && row->endpoint == endpoint &&
            (latest == NULL || row->last_ms > latest->last_ms))
            latest = row;
    }
    if (latest != NULL)
        *ret_scraper = describe(scrapers, latest, mono_ms);
    return latest != NULL;
}

bool scrapers_at(const struct scrapers *scrapers, size_t index, int64_t mono_ms,
                 struct scraper *ret_scraper) {
    for (size_t i = 0; i < SCRAPERS_MAX; i++) {
        const struct scrapers_row *row = &scrapers->rows[i];
        if (!is_scraper(row) || index-- > 0)
            continue;
        *ret_scraper = describe(scrapers, row, mono_ms);
        return true;
    }
    return false;
}
