/* SPDX-License-Identifier: MIT */
/* shown_tables.c - views as tables. */
#include "statgate/shown/shown_private.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/terminal.h"
#include "base/text.h"

/* ---- event line ---- */

static void put_visible(struct strbuf *out, const struct strbuf *text) {
    terminal_put_visible(out, text->data, text->len);
}

static void put_member(struct strbuf *out, const json_t *event, const char *key,
                       const char *behind) {
    size_t len;
    const char *text = json_jsonread_text(event, key, &len);
    if (len == 0)
        return;
    strbuf_put(out, text, len);
    strbuf_puts(out, behind);
}

/* Put labels, which are a text such as job="publish", or an object. */
static void put_labels(struct strbuf *out, const json_t *event) {
    size_t len;
    const char *text = json_jsonread_text(event, "labels", &len);
    shown_words_labels(out, json_jsonread_member(event, "labels"));
    if (len == 0)
        return;
    strbuf_putc(out, '{');
    strbuf_put(out, text, len);
    strbuf_putc(out, '}');
}

/* Put the process, unless the event's text names it. */
static void put_process(struct strbuf *out, const json_t *event) {
    const json_t *sender = json_jsonread_member(event, "sender");
    const json_t *process = sender != NULL ? sender : event;
    char named[WORDS_MAX];
    (void)snprintf(named, sizeof named, "(process %" PRId64 ")",
                   json_jsonread_i64(process, "pid", 0));
    if (strstr(json_jsonread_text(event, "text", NULL), named) != NULL)
        return;
    if (json_jsonread_i64(process, "pid", 0) <= 0 &&
        *json_jsonread_text(process, "comm", NULL) == '\0')
        return;
    strbuf_puts(out, "; ");
    shown_words_process(out, process);
}

void shown_event_line_put(struct strbuf *out, const json_t *event) {
    struct strbuf text = {0};
    char time[WORDS_MAX];
    strbuf_printf(out, "%s  ", shown_words_time(time, json_jsonread_i64(event, "at", 0)));
    strbuf_printf(&text, "%-15s  ", json_jsonread_text(event, "event", NULL));
    const size_t place = text.len;
    const char *family = json_jsonread_text(event, "family", NULL);
    if (*family == '\0' || strstr(json_jsonread_text(event, "text", NULL), family) == NULL) {
        put_member(&text, event, "service", " ");
        put_member(&text, event, "family", "");
        put_labels(&text, event);
    }
    if (text.len > place && text.data[text.len - 1] == ' ')
        text.len--;
    if (text.len > place)
        strbuf_puts(&text, ": ");
    put_member(&text, event, "text", "");
    put_process(&text, event);
    put_visible(out, &text);
    strbuf_putc(out, '\n');
    strbuf_done(&text);
}

/* ---- events: statgate events: what happened, oldest first. ---- */

void shown_events(const struct shown_page *page) {
    const json_t *events = json_jsonread_list(page->root, "events");
    const size_t count = json_array_size(events);
    /* The answer may begin with the latest event. */
    const bool falls =
        count > 1 && json_jsonread_i64(json_array_get(events, 0), "id", 0) >
                         json_jsonread_i64(json_array_get(events, count - 1), "id", 0);
    for (size_t i = 0; i < count; i++)
        shown_event_line_put(page->out, json_array_get(events, falls ? count - 1 - i : i));
    if (count == 0)
        strbuf_puts(page->out, "nothing has happened\n");
}

/* ---- series: statgate series: each series with its value. ---- */

/* ---- a value in a cell ---- */

/* Quantiles as "p50 0.3, p99 1.2", from {"0.5": .., ..} of a histogram or [{"quantile",
 * "value"}, ..] of a summary. */
static void put_quantile(struct strbuf *out, double quantile, double value) {
    char text[WORDS_MAX];
    char percent[WORDS_MAX];
    strbuf_printf(out, ", p%s %s", shown_words_number(percent, quantile * 100),
                  shown_words_number(text, value));
}

static void put_quantiles(struct strbuf *out, const json_t *quantiles) {
    json_t *item;
    size_t index;
    static const char *const shown[] = {"0.5", "0.9", "0.99"};
    static const double numbers[] = {0.5, 0.9, 0.99};
    for (size_t i = 0; i < 3 && json_is_object(quantiles); i++)
        if (json_jsonread_member(quantiles, shown[i]) != NULL)
            put_quantile(out, numbers[i], json_jsonread_number(quantiles, shown[i], 0));
    json_array_foreach((json_t *)(uintptr_t)quantiles, index, item) put_quantile(
        out, json_jsonread_number(item, "quantile", 0), json_jsonread_number(item, "value", 0));
}

/* Put a histogram or summary: the number of observations, their mean and quantiles. */
static void put_observations(struct strbuf *out, const json_t *series) {
    char text[WORDS_MAX];
    const int64_t count = json_jsonread_i64(series, "count", -1);
    const double sum = json_jsonread_number(series, "sum", 0);
    if (count >= 0)
        strbuf_printf(out, "%" PRId64 " observation%s", count, text_plural((uint64_t)count));
    else
        strbuf_puts(out, "quantiles only");
    if (count > 0)
        strbuf_printf(out, ", mean %s", shown_words_number(text, sum / (double)count));
    if (count != 0)
        put_quantiles(out, json_jsonread_member(series, "quantiles"));
}

static void put_value(struct strbuf *out, const struct shown_page *page, const json_t *series) {
    char text[WORDS_MAX];
    const json_t *value = json_jsonread_member(series, "value");
    (void)page;
    if (json_object_get(series, "count") != NULL)
        put_observations(out, series);
    else if (json_is_string(value) && json_jsonread_number(series, "value", 0) == 0)
        strbuf_put(out, json_string_value(value), json_string_length(value));
    else if (value != NULL)
        strbuf_puts(out, shown_words_number(text, json_jsonread_number(series, "value", 0)));
}

/* Put the series of a service; in the answer each is below its family. */
static void put_service(const struct shown_page *page, const json_t *service) {
    static const struct column columns[] = {
        SHOWN("SERIES", 'l', LABELS, "name"), SHOWN("TYPE", 'l', TEXT, "type"),
        SHOWN_BY("VALUE", 'l', put_value), SHOWN("WRITTEN", 'r', AGO, "written"), SHOWN_END};
    struct strbuf heading = {0};
    json_t *rows = json_array();
    size_t empty = 0;
    size_t index;
    size_t number;
    json_t *family;
    json_t *series;
    json_array_foreach(json_jsonread_list(service, "families"), index, family) {
        const json_t *list = json_jsonread_list(family, "series");
        empty += json_array_size(list) == 0;
        json_array_foreach((json_t *)(uintptr_t)list, number, series) {
            json_object_set(series, "name", json_object_get(family, "name"));
            json_object_set(series, "type", json_object_get(family, "type"));
            json_array_append(rows, series);
        }
    }
    shown_put_visible(&heading, service, "service");
    strbuf_printf(&heading, ": %zu series", json_array_size(rows));
    if (empty > 0)
        strbuf_printf(&heading, ", and %zu famil%s without any", empty, empty == 1 ? "y" : "ies");
    if (json_array_size(rows) == 0)
        strbuf_printf(page->out, "%s%s\n", page->out->len > 0 ? "\n" : "", strbuf_cstr(&heading));
    shown_put_rows(page, strbuf_cstr(&heading), rows, columns);
    strbuf_done(&heading);
    json_decref(rows);
}

void shown_series(const struct shown_page *page) {
    const json_t *services = json_jsonread_list(page->root, "services");
    size_t index;
    json_t *service;
    json_array_foreach((json_t *)(uintptr_t)services, index, service) put_service(page, service);
    if (json_array_size(services) == 0)
        strbuf_puts(page->out, "no series\n");
}

/* ---- senders ----
 * statgate senders: who sends, what became of the samples, and which senders have ended.
 */

static void put_state(struct strbuf *out, const struct shown_page *page, const json_t *sender) {
    const json_t *alive = json_jsonread_member(sender, "alive");
    (void)page;
    strbuf_puts(out, alive == NULL ? "unseen" : json_is_true(alive) ? "alive" : "gone");
}

static void put_services(struct strbuf *out, const struct shown_page *page, const json_t *sender) {
    const int64_t services = json_jsonread_i64(sender, "services", 0);
    size_t len;
    const char *service = json_jsonread_text(sender, "service", &len);
    (void)page;
    strbuf_put(out, service, len);
    if (services > 1)
        strbuf_printf(out, " +%" PRId64, services - 1);
}

static void put_owned(struct strbuf *out, const struct shown_page *page, const json_t *sender) {
    const json_t *owns = json_jsonread_member(sender, "owns");
    const int64_t parts = json_jsonread_i64(owns, "parts", 0);
    const int64_t jobs = json_jsonread_i64(owns, "jobs", 0);
    (void)page;
    if (parts > 0 || jobs > 0)
        strbuf_printf(out, "%" PRId64 " + %" PRId64, parts, jobs);
}

static void put_equation(const struct shown_page *page) {
    const json_t *total = json_jsonread_member(page->root, "total");
    const int64_t samples = json_jsonread_i64(total, "samples", 0);
    strbuf_printf(page->out,
                  "%" PRId64 " sample%s = %" PRId64 " accepted + %" PRId64 " folded + %" PRId64
                  " rejected + %" PRId64 " ignored\n",
                  samples, text_plural((uint64_t)samples), json_jsonread_i64(total, "accepted", 0),
                  json_jsonread_i64(total, "folded", 0), json_jsonread_i64(total, "rejected", 0),
                  json_jsonread_i64(total, "ignored", 0));
}

void shown_senders(const struct shown_page *page) {
    static const struct column senders[] = {SHOWN("PROCESS", 'l', PROCESS, NULL),
                                            SHOWN("UID", 'r', COUNT, "uid"),
                                            SHOWN_BY("SERVICE", 'l', put_services),
                                            SHOWN("SAMPLES", 'r', COUNT, "samples"),
                                            SHOWN("ACCEPTED", 'r', COUNT, "accepted"),
                                            SHOWN("FOLDED", 'r', COUNT, "folded"),
                                            SHOWN("REJECTED", 'r', COUNT, "rejected"),
                                            SHOWN("IGNORED", 'r', COUNT, "ignored"),
                                            SHOWN("LOST", 'r', COUNT, "lost"),
                                            SHOWN_BY("PARTS + JOBS", 'r', put_owned),
                                            SHOWN("LAST", 'r', AGO, "last_seen"),
                                            SHOWN_BY("STATE", 'l', put_state),
                                            SHOWN_END};
    static const struct column ended[] = {SHOWN("PROCESS", 'l', PROCESS, NULL),
                                          SHOWN("SERVICE", 'l', TEXT, "service"),
                                          SHOWN("SAMPLES", 'r', COUNT, "samples"),
                                          SHOWN("TOOK PARTS", 'r', COUNT, "took.parts"),
                                          SHOWN("JOBS", 'r', COUNT, "took.jobs"),
                                          SHOWN("ENDED", 'r', AGO, "at"),
                                          SHOWN_END};
    put_equation(page);
    shown_put_list(page, "Senders", "senders", senders);
    shown_put_list(page, "Ended", "ended", ended);
}

/* ---- breakers ----
 * statgate breakers: attempts and circuit breakers, those that are not closed first.
 */

static const char *state_of(const json_t *breaker) {
    return json_jsonread_text(breaker, "state", NULL);
}

static void put_breaker_state(struct strbuf *out, const struct shown_page *page,
                              const json_t *breaker) {
    const char *judged = json_jsonread_text(breaker, "judged", NULL);
    const bool trial = strcmp(json_jsonread_text(breaker, "mode", NULL), "observe") == 0;
    (void)page;
    strbuf_puts(out, *state_of(breaker) == '\0' ? "no breaker" : state_of(breaker));
    if (json_is_object(json_jsonread_member(breaker, "forced")))
        strbuf_puts(out, ", forced");
    else if (trial && strcmp(judged, "closed") != 0)
        strbuf_printf(out, ", trial: %s", judged);
    else if (trial)
        strbuf_puts(out, ", trial");
}

static void put_window(struct strbuf *out, const struct shown_page *page, const json_t *breaker) {
    const json_t *window = json_jsonread_member(breaker, "window");
    (void)page;
    if (!json_is_object(window))
        return;
    strbuf_printf(out, "%lld of %lld failed", (long long)json_jsonread_i64(window, "failed", 0),
                  (long long)json_jsonread_i64(window, "attempts", 0));
    if (json_jsonread_i64(window, "timed", 0) > 0)
        strbuf_printf(out, ", %lld slow", (long long)json_jsonread_i64(window, "slow", 0));
}

/* Put why the breaker changed, and who opened it. */
static void put_why(struct strbuf *out, const struct shown_page *page, const json_t *breaker) {
    const json_t *transition = json_jsonread_member(breaker, "last_transition");
    const json_t *opened_by = json_jsonread_member(breaker, "opened_by");
    size_t len;
    const char *why = json_jsonread_text(transition, "why", &len);
    (void)page;
    strbuf_put(out, len > 0 ? why : "-", len > 0 ? len : 1);
    if (opened_by != NULL && strcmp(state_of(breaker), "closed") != 0) {
        strbuf_puts(out, "; opened by ");
        shown_words_process(out, opened_by);
    }
}

static void put_cooldown(struct strbuf *out, const struct shown_page *page, const json_t *breaker) {
    const int64_t ends = json_jsonread_i64(breaker, "cooldown_ends", 0);
    char text[WORDS_MAX];
    if (ends > page->now_ms)
        strbuf_puts(out, terminal_duration(text, ends - page->now_ms));
}

/* Order: open, half-open, closed, attempts without a breaker. */
static int rank_of(const json_t *breaker) {
    static const char *const states[] = {"open", "half_open", "closed"};
    int rank = 0;
    while (rank < 3 && strcmp(state_of(breaker), states[rank]) != 0)
        rank++;
    return rank;
}

/* Put the attempts that led to breakers that are open or half-open. */
static void put_attempts(const struct shown_page *page) {
    static const struct column columns[] = {
        SHOWN("WHEN", 'r', AGO, "at"),          SHOWN("OUTCOME", 'l', TEXT, "outcome"),
        SHOWN("SERVICE", 'l', TEXT, "service"), SHOWN("ATTEMPTS", 'l', LABELS, "name"),
        SHOWN("PROCESS", 'l', PROCESS, NULL),   SHOWN_END};
    static const char *const shared[] = {"service", "name", "labels"};
    json_t *rows = json_array();
    size_t index;
    size_t number;
    json_t *breaker;
    json_t *attempt;
    json_array_foreach(json_jsonread_list(page->root, "breakers"), index, breaker) {
        json_array_foreach(json_jsonread_list(breaker, "attempts"), number, attempt) {
            for (size_t i = 0; i < sizeof shared / sizeof *shared; i++)
                json_object_set(attempt, shared[i], json_object_get(breaker, shared[i]));
            if (rank_of(breaker) <= 1)
                json_array_append(rows, attempt);
        }
    }
    shown_put_rows(page, "Attempts that led there", rows, columns);
    json_decref(rows);
}

const struct column shown_breaker_columns[] = {
    SHOWN_BY("STATE", 'l', put_breaker_state),
    SHOWN("SERVICE", 'l', TEXT, "service"),
    SHOWN("ATTEMPTS", 'l', LABELS, "name"),
    SHOWN("CHANGED", 'r', AGO, "since"),
    SHOWN_BY("COOL-DOWN", 'r', put_cooldown),
    SHOWN("FAILURES IN A ROW", 'r', COUNT, "consecutive_failures"),
    SHOWN_BY("WINDOW", 'l', put_window),
    SHOWN("DENIED", 'r', COUNT, "denied"),
    SHOWN("SUCCESS", 'r', AGO, "last_success"),
    SHOWN("ERROR", 'r', AGO, "last_error"),
    SHOWN_BY("WHY", 'l', put_why),
    SHOWN_END};

void shown_breakers(const struct shown_page *page) {
    json_t *rows = json_array();
    size_t index;
    json_t *breaker;
    for (int rank = 0; rank <= 3; rank++)
        json_array_foreach(json_jsonread_list(page->root, "breakers"), index, breaker) {
            if (rank_of(breaker) == rank)
                json_array_append(rows, breaker);
        }
    if (json_array_size(rows) == 0)
        strbuf_puts(page->out, "no attempts are declared\n");
    shown_put_rows(page, NULL, rows, shown_breaker_columns);
    put_attempts(page);
    json_decref(rows);
}

/* ---- jobs: statgate jobs: live jobs, oldest first, and jobs that ended. ---- */

static void put_fate(struct strbuf *out, const struct shown_page *page, const json_t *job) {
    (void)page;
    strbuf_puts(out, json_jsonread_bool(job, "owned", false) ? "lost" : "stays");
}

/* "in 3h", or "2m late". */
static void put_next(struct strbuf *out, const struct shown_page *page, const json_t *job) {
    const int64_t next_ms = json_jsonread_i64(job, "next_start", 0);
    const int64_t late_ms = (int64_t)(json_jsonread_number(job, "late_s", 0) * 1000);
    char text[TERMINAL_DURATION_MAX];
    if (late_ms > 0) {
        (void)terminal_duration(text, late_ms);
        strbuf_printf(out, "%s late", text);
    } else if (next_ms == 0) {
        strbuf_putc(out, '-');
    } else {
        const int64_t left_ms = next_ms - page->now_ms;
        (void)terminal_duration(text, left_ms > 0 ? left_ms : 0);
        strbuf_printf(out, "in %s", text);
    }
}

void shown_jobs(const struct shown_page *page) {
    static const struct column families[] = {
        SHOWN("SERVICE", 'l', TEXT, "service"),  SHOWN("JOBS", 'l', TEXT, "name"),
        SHOWN("LIVE", 'r', COUNT, "live"),       SHOWN("QUEUED", 'r', COUNT, "queued"),
        SHOWN("RUNNING", 'r', COUNT, "running"), SHOWN_END};
    static const struct column watched[] = {SHOWN("JOBS", 'l', LABELS, "name"),
                                            SHOWN("SERVICE", 'l', TEXT, "service"),
                                            SHOWN("PROBLEM", 'l', TEXT, "problem"),
                                            SHOWN("FAILURES", 'r', COUNT, "failures"),
                                            SHOWN_BY("NEXT", 'r', put_next),
                                            SHOWN("LAST", 'l', TEXT, "last_outcome"),
                                            SHOWN("EXIT", 'l', TEXT, "last_exit"),
                                            SHOWN("ENDED", 'r', AGO, "last_end"),
                                            SHOWN("RAN", 'r', DURATION, "last_ran_s"),
                                            SHOWN("PROCESS", 'l', PROCESS, "last_owner"),
                                            SHOWN_END};
    static const struct column live[] = {
        SHOWN("FOR", 'r', DURATION, "age_s"),   SHOWN("STATE", 'l', TEXT, "state"),
        SHOWN("SERVICE", 'l', TEXT, "service"), SHOWN("JOBS", 'l', LABELS, "name"),
        SHOWN("ID", 'l', TEXT, "id"),           SHOWN("PROCESS", 'l', PROCESS, NULL),
        SHOWN_BY("IF IT ENDS", 'l', put_fate),  SHOWN_END};
    static const struct column ended[] = {SHOWN("ENDED", 'r', AGO, "at"),
                                          SHOWN("OUTCOME", 'l', TEXT, "outcome"),
                                          SHOWN("EXIT", 'l', TEXT, "exit"),
                                          SHOWN("RAN", 'r', DURATION, "ran_s"),
                                          SHOWN("SERVICE", 'l', TEXT, "service"),
                                          SHOWN("JOBS", 'l', LABELS, "name"),
                                          SHOWN("ID", 'l', TEXT, "id"),
                                          SHOWN("PROCESS", 'l', PROCESS, "owner"),
                                          SHOWN_END};
    if (json_array_size(json_jsonread_list(page->root, "families")) == 0)
        strbuf_puts(page->out, "no jobs are declared\n");
    shown_put_list(page, NULL, "families", families);
    shown_put_list(page, "Due", "watched", watched);
    shown_put_list(page, "Live", "jobs", live);
    shown_put_list(page, "Ended", "ended", ended);
}

/* ---- queries: statgate queries: databases, and queries with their last run. ---- */

static void put_message(struct strbuf *out, const struct shown_page *page, const json_t *database) {
    const char *message = json_jsonread_text(database, "message", NULL);
    (void)page;
    if (json_jsonread_bool(database, "silent", false))
        strbuf_puts(out, "not waited for: ");
    strbuf_puts(out, *message != '\0' ? message : "-");
}

static void put_error(struct strbuf *out, const struct shown_page *page, const json_t *query) {
    const json_t *error = json_jsonread_member(query, "last_error");
    (void)page;
    strbuf_puts(out, json_jsonread_text(error, "reason", NULL));
    if (*json_jsonread_text(error, "message", NULL) != '\0')
        strbuf_printf(out, ": %s", json_jsonread_text(error, "message", NULL));
}

static void put_query_state(struct strbuf *out, const struct shown_page *page,
                            const json_t *query) {
    const bool ran = json_jsonread_i64(query, "runs", 1) != 0;
    (void)page;
    strbuf_puts(out, json_jsonread_bool(query, "up", false) ? "up" : ran ? "DOWN" : "never ran");
}

static void put_took(struct strbuf *out, const struct shown_page *page, const json_t *query) {
    char text[WORDS_MAX];
    (void)page;
    if (json_jsonread_i64(query, "last_run", 0) != 0)
        strbuf_puts(out, shown_words_took(text, json_jsonread_number(query, "duration_s", 0)));
}

void shown_queries(const struct shown_page *page) {
    static const struct column databases[] = {
        SHOWN("SERVICE", 'l', TEXT, "service"),      SHOWN("DATABASE", 'l', TEXT, "name"),
        SHOWN("CONNECTED", 'r', COUNT, "connected"), SHOWN("FAILURES", 'r', COUNT, "failures"),
        SHOWN_BY("MESSAGE", 'l', put_message),       SHOWN_END};
    static const struct column queries[] = {SHOWN_BY("STATE", 'l', put_query_state),
                                            SHOWN("SERVICE", 'l', TEXT, "service"),
                                            SHOWN("QUERY", 'l', TEXT, "name"),
                                            SHOWN("DATABASE", 'l', TEXT, "database"),
                                            SHOWN("LAST RUN", 'r', AGO, "last_run"),
                                            SHOWN("LAST GOOD", 'r', AGO, "last_good"),
                                            SHOWN_BY("TOOK", 'r', put_took),
                                            SHOWN("ROWS", 'r', COUNT, "rows"),
                                            SHOWN("REJECTED", 'r', COUNT, "rejected"),
                                            SHOWN_BY("LAST ERROR", 'l', put_error),
                                            SHOWN_END};
    if (json_array_size(json_jsonread_list(page->root, "databases")) == 0)
        strbuf_puts(page->out, "no queries are declared\n");
    shown_put_list(page, NULL, "databases", databases);
    shown_put_list(page, "Queries", "queries", queries);
}
