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
    const char *key;
    json_t *item;
    size_t index;
    static const char *const shown[] = {"0.5", "0.9", "0.99"};
    static const double numbers[] = {0.5, 0.9, 0.99};
    for (size_t i = 0; i < 3 && json_is_object(quantiles); i++)
        if (json_jsonread_member(quantiles, shown[i]) != NULL)
            put_quantile(out, numbers[i], json_jsonread_number(quantiles, shown[i], 0));
    json_array_foreach((json_t *)(uintptr_t)quantiles, index, item) put_quantile(
        out, json_jsonread_number(item, "quantile", 0), json_jsonread_number(item, "value", 0));
    (void)key;
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

static void put_value(struct table *table, const json_t *series) {
    struct strbuf out = {0};
    char text[WORDS_MAX];
    const json_t *value = json_jsonread_member(series, "value");
    if (json_object_get(series, "count") != NULL)
        put_observations(&out, series);
    else if (json_is_string(value) && json_jsonread_number(series, "value", 0) == 0)
        strbuf_put(&out, json_string_value(value), json_string_length(value));
    else if (value != NULL)
        strbuf_puts(&out, shown_words_number(text, json_jsonread_number(series, "value", 0)));
    else
        strbuf_puts(&out, "-");
    statgate_table_text(table, out.data, out.len);
    strbuf_done(&out);
}

/* ---- rows ---- */

static void put_series(const struct shown_page *page, struct table *table, const json_t *family,
                       const json_t *series) {
    shown_page_labelled(table, json_jsonread_text(family, "name", NULL), series);
    shown_page_text(table, family, "type");
    put_value(table, series);
    shown_page_ago(table, page, series, "written");
}

/* Put the series of a family. Returns how many the view has. */
static size_t put_family(const struct shown_page *page, struct table *table, const json_t *family) {
    const json_t *list = json_jsonread_list(family, "series");
    size_t index;
    json_t *series;
    json_array_foreach((json_t *)(uintptr_t)list, index, series)
        put_series(page, table, family, series);
    return json_array_size(list);
}

static void put_service(const struct shown_page *page, const json_t *service) {
    static const char *const heads[] = {"SERIES", "TYPE", "VALUE", "WRITTEN"};
    const json_t *families = json_jsonread_list(service, "families");
    struct table table;
    struct strbuf heading = {0};
    size_t index;
    size_t empty = 0;
    size_t count = 0;
    json_t *family;
    statgate_table_init(&table, "lllr");
    statgate_table_heads(&table, heads);
    json_array_foreach((json_t *)(uintptr_t)families, index, family) {
        const size_t here = put_family(page, &table, family);
        empty += here == 0;
        count += here;
    }
    size_t len;
    const char *name = json_jsonread_text(service, "service", &len);
    terminal_put_visible(&heading, name, len);
    strbuf_printf(&heading, ": %zu series", count);
    if (empty > 0)
        strbuf_printf(&heading, ", and %zu famil%s without any", empty, empty == 1 ? "y" : "ies");
    if (count == 0)
        strbuf_printf(page->out, "%s%s\n", page->out->len > 0 ? "\n" : "", strbuf_cstr(&heading));
    shown_page_put_table(page, strbuf_cstr(&heading), &table);
    strbuf_done(&heading);
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

static const char *senders_state_of(const json_t *sender) {
    const json_t *alive = json_jsonread_member(sender, "alive");
    if (alive == NULL)
        return "unseen";
    return json_is_true(alive) ? "alive" : "gone";
}

static void put_sender(const struct shown_page *page, struct table *table, const json_t *sender) {
    const json_t *owns = json_jsonread_member(sender, "owns");
    const int64_t parts = json_jsonread_i64(owns, "parts", 0);
    const int64_t jobs = json_jsonread_i64(owns, "jobs", 0);
    const int64_t services = json_jsonread_i64(sender, "services", 0);
    shown_page_process(table, sender);
    shown_page_count(table, sender, "uid");
    if (services > 1)
        statgate_table_cell(table, "%s +%" PRId64,
                            json_jsonread_text(sender, "service", NULL) ?: "-", services - 1);
    else
        shown_page_text(table, sender, "service");
    shown_page_count(table, sender, "samples");
    shown_page_count(table, sender, "accepted");
    shown_page_count(table, sender, "folded");
    shown_page_count(table, sender, "rejected");
    shown_page_count(table, sender, "ignored");
    shown_page_count(table, sender, "lost");
    if (parts > 0 || jobs > 0)
        statgate_table_cell(table, "%" PRId64 " + %" PRId64, parts, jobs);
    else
        statgate_table_cell(table, "-");
    shown_page_ago(table, page, sender, "last_seen");
    statgate_table_cell(table, "%s", senders_state_of(sender));
}

static void put_senders(const struct shown_page *page) {
    static const char *const heads[] = {"PROCESS",  "UID",          "SERVICE",  "SAMPLES",
                                        "ACCEPTED", "FOLDED",       "REJECTED", "IGNORED",
                                        "LOST",     "PARTS + JOBS", "LAST",     "STATE"};
    const json_t *senders = json_jsonread_list(page->root, "senders");
    struct table table;
    size_t index;
    json_t *sender;
    statgate_table_init(&table, "lrlrrrrrrrrl");
    statgate_table_heads(&table, heads);
    json_array_foreach((json_t *)(uintptr_t)senders, index, sender)
        put_sender(page, &table, sender);
    shown_page_put_table(page, "Senders", &table);
}

/* Put the processes that have ended, with the parts and jobs that ended with them. */
static void senders_put_ended(const struct shown_page *page) {
    static const char *const heads[] = {"PROCESS",    "SERVICE", "SAMPLES",
                                        "TOOK PARTS", "JOBS",    "ENDED"};
    const json_t *list = json_jsonread_list(page->root, "ended");
    struct table table;
    size_t index;
    json_t *sender;
    statgate_table_init(&table, "llrrrr");
    statgate_table_heads(&table, heads);
    json_array_foreach((json_t *)(uintptr_t)list, index, sender) {
        const json_t *took = json_jsonread_member(sender, "took");
        shown_page_process(&table, sender);
        shown_page_text(&table, sender, "service");
        shown_page_count(&table, sender, "samples");
        shown_page_count(&table, took, "parts");
        shown_page_count(&table, took, "jobs");
        shown_page_ago(&table, page, sender, "at");
    }
    shown_page_put_table(page, "Ended", &table);
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
    put_equation(page);
    put_senders(page);
    senders_put_ended(page);
}

/* ---- breakers ----
 * statgate breakers: attempts and circuit breakers, those that are not closed first.
 */

static const char *breakers_state_of(const json_t *breaker) {
    return json_jsonread_text(breaker, "state", NULL);
}

/* Put why the breaker changed, and who opened it. */
static void put_why(struct table *table, const json_t *breaker) {
    const json_t *transition = json_jsonread_member(breaker, "last_transition");
    const json_t *opened_by = json_jsonread_member(breaker, "opened_by");
    struct strbuf text = {0};
    size_t len;
    const char *why = json_jsonread_text(transition, "why", &len);
    strbuf_put(&text, len > 0 ? why : "-", len > 0 ? len : 1);
    if (opened_by != NULL && strcmp(breakers_state_of(breaker), "closed") != 0) {
        strbuf_puts(&text, "; opened by ");
        shown_words_process(&text, opened_by);
    }
    statgate_table_text(table, text.data, text.len);
    strbuf_done(&text);
}

static void put_cooldown(const struct shown_page *page, struct table *table,
                         const json_t *breaker) {
    const int64_t ends = json_jsonread_i64(breaker, "cooldown_ends", 0);
    char text[WORDS_MAX];
    if (ends > page->now_ms)
        statgate_table_cell(table, "%s", shown_words_duration(text, ends - page->now_ms));
    else
        statgate_table_cell(table, "-");
}

static void put_breaker(const struct shown_page *page, struct table *table, const json_t *breaker) {
    const char *state = breakers_state_of(breaker);
    if (*state == '\0')
        statgate_table_cell(table, "no breaker");
    else
        shown_page_text(table, breaker, "state");
    shown_page_text(table, breaker, "service");
    shown_page_labelled(table, json_jsonread_text(breaker, "name", NULL), breaker);
    shown_page_ago(table, page, breaker, "since");
    put_cooldown(page, table, breaker);
    shown_page_count(table, breaker, "consecutive_failures");
    shown_page_ago(table, page, breaker, "last_success");
    shown_page_ago(table, page, breaker, "last_error");
    put_why(table, breaker);
}

/* Order: open, half-open, closed, attempts without a breaker. */
static int rank_of(const json_t *breaker) {
    static const char *const states[] = {"open", "half_open", "closed"};
    int rank = 0;
    while (rank < 3 && strcmp(breakers_state_of(breaker), states[rank]) != 0)
        rank++;
    return rank;
}

/* Put the attempts that led to breakers that are open or half-open. */
static void put_attempts(const struct shown_page *page) {
    static const char *const heads[] = {"WHEN", "OUTCOME", "SERVICE", "ATTEMPTS", "PROCESS"};
    struct table table;
    size_t index;
    size_t number;
    json_t *breaker;
    json_t *attempt;
    statgate_table_init(&table, "rllll");
    statgate_table_heads(&table, heads);
    json_array_foreach(json_jsonread_list(page->root, "breakers"), index, breaker) {
        if (rank_of(breaker) > 1)
            continue;
        json_array_foreach(json_jsonread_list(breaker, "attempts"), number, attempt) {
            shown_page_ago(&table, page, attempt, "at");
            shown_page_text(&table, attempt, "outcome");
            shown_page_text(&table, breaker, "service");
            shown_page_labelled(&table, json_jsonread_text(breaker, "name", NULL), breaker);
            shown_page_process(&table, attempt);
        }
    }
    shown_page_put_table(page, "Attempts that led there", &table);
}

void shown_breakers(const struct shown_page *page) {
    static const char *const heads[] = {"STATE",   "SERVICE",   "ATTEMPTS",
                                        "CHANGED", "COOL-DOWN", "FAILURES IN A ROW",
                                        "SUCCESS", "ERROR",     "WHY"};
    const json_t *breakers = json_jsonread_list(page->root, "breakers");
    struct table table;
    size_t index;
    json_t *breaker;
    statgate_table_init(&table, "lllrrrrrl");
    statgate_table_heads(&table, heads);
    for (int rank = 0; rank <= 3; rank++)
        json_array_foreach((json_t *)(uintptr_t)breakers, index,
                           breaker) if (rank_of(breaker) == rank)
            put_breaker(page, &table, breaker);
    if (json_array_size(breakers) == 0)
        strbuf_puts(page->out, "no attempts are declared\n");
    shown_page_put_table(page, NULL, &table);
    put_attempts(page);
}

/* ---- jobs: statgate jobs: live jobs, oldest first, and jobs that ended. ---- */

static void put_families(const struct shown_page *page) {
    static const char *const heads[] = {"SERVICE", "JOBS", "LIVE", "QUEUED", "RUNNING"};
    const json_t *families = json_jsonread_list(page->root, "families");
    struct table table;
    size_t index;
    json_t *family;
    statgate_table_init(&table, "llrrr");
    statgate_table_heads(&table, heads);
    json_array_foreach((json_t *)(uintptr_t)families, index, family) {
        shown_page_text(&table, family, "service");
        shown_page_text(&table, family, "name");
        shown_page_count(&table, family, "live");
        shown_page_count(&table, family, "queued");
        shown_page_count(&table, family, "running");
    }
    if (json_array_size(families) == 0)
        strbuf_puts(page->out, "no jobs are declared\n");
    shown_page_put_table(page, NULL, &table);
}

static void put_live(const struct shown_page *page) {
    static const char *const heads[] = {"FOR", "STATE",   "SERVICE",   "JOBS",
                                        "ID",  "PROCESS", "IF IT ENDS"};
    const json_t *jobs = json_jsonread_list(page->root, "jobs");
    struct table table;
    size_t index;
    json_t *job;
    statgate_table_init(&table, "rllllll");
    statgate_table_heads(&table, heads);
    json_array_foreach((json_t *)(uintptr_t)jobs, index, job) {
        char text[WORDS_MAX];
        const double age_s = json_jsonread_number(job, "age_s", 0);
        statgate_table_cell(&table, "%s", shown_words_duration(text, (int64_t)(age_s * 1000)));
        shown_page_text(&table, job, "state");
        shown_page_text(&table, job, "service");
        shown_page_labelled(&table, json_jsonread_text(job, "name", NULL), job);
        shown_page_text(&table, job, "id");
        shown_page_process(&table, job);
        statgate_table_cell(&table, "%s",
                            json_jsonread_bool(job, "owned", false) ? "lost" : "stays");
    }
    shown_page_put_table(page, "Live", &table);
}

static void put_ran(struct table *table, const json_t *job) {
    char text[WORDS_MAX];
    const double ran_s = json_jsonread_number(job, "ran_s", -1);
    statgate_table_cell(table, "%s",
                        ran_s >= 0 ? shown_words_duration(text, (int64_t)(ran_s * 1000)) : "-");
}

static void jobs_put_ended(const struct shown_page *page) {
    static const char *const heads[] = {"ENDED", "OUTCOME", "RAN",    "SERVICE",
                                        "JOBS",  "ID",      "PROCESS"};
    const json_t *jobs = json_jsonread_list(page->root, "ended");
    struct table table;
    size_t index;
    json_t *job;
    statgate_table_init(&table, "rlrllll");
    statgate_table_heads(&table, heads);
    json_array_foreach((json_t *)(uintptr_t)jobs, index, job) {
        shown_page_ago(&table, page, job, "at");
        shown_page_text(&table, job, "outcome");
        put_ran(&table, job);
        shown_page_text(&table, job, "service");
        shown_page_labelled(&table, json_jsonread_text(job, "name", NULL), job);
        shown_page_text(&table, job, "id");
        shown_page_process(&table, json_jsonread_member(job, "owner"));
    }
    shown_page_put_table(page, "Ended", &table);
}

void shown_jobs(const struct shown_page *page) {
    put_families(page);
    put_live(page);
    jobs_put_ended(page);
}

/* ---- queries: statgate queries: databases, and queries with their last run. ---- */

static void put_message(struct table *table, const json_t *database) {
    const char *message = json_jsonread_text(database, "message", NULL);
    struct strbuf text = {0};
    if (json_jsonread_bool(database, "silent", false))
        strbuf_puts(&text, "not waited for: ");
    strbuf_puts(&text, *message != '\0' ? message : "-");
    statgate_table_text(table, text.data, text.len);
    strbuf_done(&text);
}

static void put_databases(const struct shown_page *page) {
    static const char *const heads[] = {"SERVICE", "DATABASE", "CONNECTED", "FAILURES", "MESSAGE"};
    const json_t *databases = json_jsonread_list(page->root, "databases");
    struct table table;
    size_t index;
    json_t *database;
    statgate_table_init(&table, "llrrl");
    statgate_table_heads(&table, heads);
    json_array_foreach((json_t *)(uintptr_t)databases, index, database) {
        shown_page_text(&table, database, "service");
        shown_page_text(&table, database, "name");
        shown_page_count(&table, database, "connected");
        shown_page_count(&table, database, "failures");
        put_message(&table, database);
    }
    if (json_array_size(databases) == 0)
        strbuf_puts(page->out, "no queries are declared\n");
    shown_page_put_table(page, NULL, &table);
}

static void put_error(struct table *table, const json_t *query) {
    const json_t *error = json_jsonread_member(query, "last_error");
    struct strbuf text = {0};
    strbuf_puts(&text, error != NULL ? json_jsonread_text(error, "reason", NULL) : "-");
    if (*json_jsonread_text(error, "message", NULL) != '\0')
        strbuf_printf(&text, ": %s", json_jsonread_text(error, "message", NULL));
    statgate_table_text(table, text.data, text.len);
    strbuf_done(&text);
}

static const char *queries_state_of(const json_t *query) {
    if (json_jsonread_bool(query, "up", false))
        return "up";
    return json_jsonread_i64(query, "runs", 1) == 0 ? "never ran" : "DOWN";
}

static void put_took(struct table *table, const json_t *query) {
    char text[WORDS_MAX];
    const double took_s = json_jsonread_number(query, "duration_s", 0);
    if (json_jsonread_i64(query, "last_run", 0) == 0)
        statgate_table_cell(table, "-");
    else
        statgate_table_cell(table, "%s", shown_words_took(text, took_s));
}

static void put_queries(const struct shown_page *page) {
    static const char *const heads[] = {"STATE",     "SERVICE", "QUERY", "DATABASE", "LAST RUN",
                                        "LAST GOOD", "TOOK",    "ROWS",  "REJECTED", "LAST ERROR"};
    const json_t *queries = json_jsonread_list(page->root, "queries");
    struct table table;
    size_t index;
    json_t *query;
    statgate_table_init(&table, "llllrrrrrl");
    statgate_table_heads(&table, heads);
    json_array_foreach((json_t *)(uintptr_t)queries, index, query) {
        statgate_table_cell(&table, "%s", queries_state_of(query));
        shown_page_text(&table, query, "service");
        shown_page_text(&table, query, "name");
        shown_page_text(&table, query, "database");
        shown_page_ago(&table, page, query, "last_run");
        shown_page_ago(&table, page, query, "last_good");
        put_took(&table, query);
        shown_page_count(&table, query, "rows");
        shown_page_count(&table, query, "rejected");
        put_error(&table, query);
    }
    shown_page_put_table(page, "Queries", &table);
}

void shown_queries(const struct shown_page *page) {
    put_databases(page);
    put_queries(page);
}
