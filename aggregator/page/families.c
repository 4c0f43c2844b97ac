/* SPDX-License-Identifier: MIT */
/* families.c - families, breakers, jobs and queries. */
#include "page/page_private.h"

#include <inttypes.h>
#include <strings.h>

#include "base/text.h"

/* ---- machines: Breakers and jobs: states with their ages. ---- */

enum {
    BREAKERS_FEW = 20,
    BREAKERS_MANY = 100,
    JOBS_FEW = 12,
    JOBS_MANY = 100,
    MACHINES_ROW_UNITS = 12
};

static const struct {
    const char *class;
    const char *word;
} lights[BREAKER_STATE_COUNT] = {{"good", "closed"}, {"bad", "open"}, {"warn", "half open"}};

/* ---- breakers ---- */

/* Append who opened the breaker, and what happens next; for a closed one, its last opening. */
static void put_opening(struct strbuf *out, const struct breakers_entry *breaker,
                        struct store_time now) {
    if (breaker->opened_ms == 0 || breaker->opened_by == NULL)
        return;
    const struct who *who = breaker->opened_by;
    strbuf_puts(out, "<div class=\"who\"><span>opened ");
    page_words_put_ago(out, breaker->opened_ms, now.real_ms);
    strbuf_puts(out, " by ");
    page_put_who(out, who->comm, sizeof who->comm, who->pid, who->unit);
    strbuf_puts(out, "</span>");
    if (breaker->cooldown_ends_ms > 0) {
        strbuf_puts(out, " <span>tries again ");
        page_words_put_ago(out, breaker->cooldown_ends_ms, now.real_ms);
        strbuf_puts(out, "</span>");
    }
    strbuf_puts(out, "</div>");
}

/* Append the failures that opened it. */
static void put_attempts(const struct page *page, struct strbuf *out, struct store_time now) {
    struct breakers_noted_attempt attempts[BREAKERS_ATTEMPTS_MAX];
    const size_t count =
        breakers_attempts(page->source.views.breakers_jobs, page->walk.at, attempts);
    if (count == 0)
        return;
    strbuf_puts(out, "<details><summary>Its last failures</summary><ol class=\"attempts\">");
    for (size_t i = 0; i < count; i++) {
        strbuf_puts(out, "<li>");
        page_html_puts(out, attempts[i].outcome);
        strbuf_putc(out, ' ');
        page_words_put_ago(out, attempts[i].at_ms, now.real_ms);
        strbuf_putc(out, ' ');
        page_put_who(out, attempts[i].comm, WHO_COMM_MAX, attempts[i].pid, NULL);
        strbuf_puts(out, "</li>");
    }
    strbuf_puts(out, "</ol></details>");
}

static void put_breaker(struct page *page, struct strbuf *out, const struct breakers_entry *breaker,
                        struct store_time now) {
    strbuf_printf(out, "<tr data-key=\"%zu\"><th scope=\"row\">", page->walk.at);
    page_put_family(out, breaker->family);
    strbuf_putc(out, ' ');
    page_put_labels(out, page->source.views.store, breaker->family, breaker->series);
    if (breaker->state != BREAKER_CLOSED) {
        put_opening(out, breaker, now);
        put_attempts(page, out, now);
    }
    strbuf_puts(out, "</th><td>");
    page_put_state(out, lights[breaker->state].class, lights[breaker->state].word);
    strbuf_puts(out, "</td><td>");
    page_words_put_ago(out, breaker->since_ms, now.real_ms);
    strbuf_puts(out, "</td><td class=\"n\">");
    page_words_put_count(out, breaker->consecutive_failures);
    strbuf_puts(out, "</td><td class=\"n\">");
    page_words_put_count(out, breaker->opened);
    strbuf_puts(out, "</td><td class=\"n\">");
    page_words_put_ago(out, breaker->last_success_ms, now.real_ms);
    strbuf_puts(out, "</td><td class=\"n\">");
    page_words_put_ago(out, breaker->last_error_ms, now.real_ms);
    strbuf_puts(out, "</td></tr>\n");
}

/* Whether this walk lists the breaker: there are two walks, and those that are not closed come
 * first. */
static bool is_of_stage(const struct page *page, const struct breakers_entry *breaker) {
    return breaker->declared && page_has_family(page, breaker->family) &&
           (breaker->state != BREAKER_CLOSED) == (page->walk.stage == 1);
}

static void open_breakers(struct strbuf *out) {
    static const char *const headings[] = {
        "Breaker", "State",         "Changed",      "#Failures in a row",
        "#Opened", "#Last success", "#Last failure"};
    page_open_section(out, "breakers", "Breakers");
    page_open_table(out, "Breakers", headings, sizeof headings / sizeof headings[0]);
}

bool page_write_breakers(struct page *page, struct slice *slice, struct store_time now) {
    const struct breakers_jobs *breakers_jobs = page->source.views.breakers_jobs;
    struct page_walk *walk = &page->walk;
    if (breakers_jobs == NULL)
        return true;
    if (walk->stage == 0)
        walk->stage = 1;
    const size_t rows = page_rows(page, "breakers", BREAKERS_FEW, BREAKERS_MANY);
    for (; walk->stage <= 2; walk->stage++, walk->at = 0)
        for (; walk->at < breakers_count(breakers_jobs); walk->at++) {
            if (slice_is_spent(slice))
                return false;
            struct breakers_entry breaker;
            breakers_at(breakers_jobs, walk->at, &breaker);
            slice_spend(slice, 1);
            if (!is_of_stage(page, &breaker))
                continue;
            if (walk->written == rows) {
                walk->left++;
                continue;
            }
            if (walk->written++ == 0)
                open_breakers(slice->out);
            put_breaker(page, slice->out, &breaker, now);
            slice_spend(slice, MACHINES_ROW_UNITS);
        }
    if (walk->written == 0)
        return true;
    page_close_table(slice->out);
    page_put_more(page, slice->out, "breakers", walk->left);
    page_close_section(slice->out);
    return true;
}

/* ---- jobs ---- */

/* Append which job it is, live or ended: the rest of the row's first cell, and its second one. */
static void put_which(const struct page *page, struct strbuf *out,
                      const struct catalog_family *family, const struct series *series,
                      struct sg_span id) {
    strbuf_puts(out, "\"><th scope=\"row\">");
    page_put_family(out, family);
    strbuf_putc(out, ' ');
    page_put_labels(out, page->source.views.store, family, series);
    strbuf_puts(out, "</th><td>");
    page_html_put_isolated(out, id.at, id.len);
    strbuf_puts(out, "</td><td>");
}

/* Returns the work units that its process took. */
static size_t put_job(struct page *page, struct strbuf *out, const struct jobs_entry *job,
                      struct store_time now) {
    struct who who;
    const size_t units =
        ledger_sender_name(page->source.views.ledger, job->pid, job->since_ms, &who);
    strbuf_printf(out, "<tr data-key=\"%" PRIu64, job->serial);
    put_which(page, out, job->family, job->series, (struct sg_span){job->id, job->id_len});
    page_put_state(out, job->state == JOB_RUNNING ? "good" : "idle",
                   catalog_job_state_text(job->state));
    strbuf_puts(out, "</td><td class=\"n\">");
    page_words_put_ago(out, now.real_ms - (now.mono_ms - job->since_mono_ms), now.real_ms);
    strbuf_puts(out, "</td><td>");
    page_put_who(out, who.comm, sizeof who.comm, who.pid, who.unit);
    strbuf_puts(out, "</td></tr>\n");
    return units;
}

static void open_jobs(struct strbuf *out) {
    static const char *const headings[] = {"Live", "Id", "State", "#Changed", "Process"};
    page_open_table(out, "Jobs", headings, sizeof headings / sizeof headings[0]);
}

/* Append the live jobs of the present family, as many as there is room for. Returns false if the
 * slice ended first. */
static bool put_family(struct page *page, struct slice *slice, const struct catalog_family *family,
                       struct store_time now) {
    const struct breakers_jobs *breakers_jobs = page->source.views.breakers_jobs;
    struct page_walk *walk = &page->walk;
    const size_t rows = page_rows(page, "jobs", JOBS_FEW, JOBS_MANY);
    struct jobs_entry job;
    while (walk->written < rows &&
           jobs_next(breakers_jobs, family, walk->serial, &walk->hint, &job)) {
        if (slice_is_spent(slice))
            return false;
        if (walk->written++ == 0)
            open_jobs(slice->out);
        slice_spend(slice, put_job(page, slice->out, &job, now));
        walk->serial = job.serial;
        slice_spend(slice, MACHINES_ROW_UNITS);
    }
    walk->left += jobs_count(breakers_jobs, family);
    return true;
}

static void close_jobs(struct page *page, struct strbuf *out) {
    const struct page_walk *walk = &page->walk;
    if (walk->written > 0)
        page_close_table(out);
    else
        strbuf_puts(out, "<p class=\"quiet\">None are live.</p>\n");
    page_put_more(page, out, "jobs", walk->left - walk->written);
}

/* ---- jobs that ended ---- */

static const char *const outcomes[JOB_OUTCOME_COUNT] = {
    [JOB_SUCCEEDED] = "good", [JOB_FAILED] = "bad", [JOB_CANCELED] = "idle", [JOB_LOST] = "bad"};

static void put_ended(const struct page *page, struct strbuf *out, const struct jobs_ended *job,
                      struct store_time now) {
    strbuf_printf(out, "<tr data-key=\"e%" PRIu64, job->serial);
    put_which(page, out, job->family, job->series, (struct sg_span){job->id, job->id_len});
    page_put_state(out, outcomes[job->outcome], catalog_job_outcome_text(job->outcome));
    strbuf_puts(out, "</td><td class=\"n\">");
    page_words_put_ago(out, job->at_ms, now.real_ms);
    strbuf_puts(out, "</td><td class=\"n\">");
    if (job->ran_ms >= 0)
        page_words_put_span(out, (double)job->ran_ms / 1000);
    strbuf_puts(out, "</td><td>");
    if (job->who != NULL)
        page_put_who(out, job->who->comm, sizeof job->who->comm, job->who->pid, job->who->unit);
    strbuf_puts(out, "</td></tr>\n");
}

/* Append ended jobs in two walks, each with the latest first: lost and failed ones, then the
 * others. */
static size_t put_ended_jobs(const struct page *page, struct strbuf *out, struct store_time now) {
    enum { ENDED_FEW = 8 };
    static const char *const headings[] = {"Ended", "Id", "Outcome", "#When", "#Ran", "By"};
    const size_t rows = page_rows(page, "jobs", ENDED_FEW, JOBS_ENDED_MAX / 2);
    size_t written = 0;
    for (int pass = 0; pass < 2; pass++) {
        struct jobs_ended job = {.serial = UINT64_MAX};
        while (written < rows && jobs_ended(page->source.views.breakers_jobs, job.serial, &job)) {
            const bool is_bad = job.outcome == JOB_LOST || job.outcome == JOB_FAILED;
            if (is_bad != (pass == 0) || !page_has_family(page, job.family))
                continue;
            if (written++ == 0)
                page_open_table(out, "Jobs that ended", headings,
                                sizeof headings / sizeof headings[0]);
            put_ended(page, out, &job, now);
        }
    }
    if (written > 0)
        page_close_table(out);
    return JOBS_ENDED_MAX + MACHINES_ROW_UNITS * written;
}

bool page_write_jobs(struct page *page, struct slice *slice, struct store_time now) {
    const struct view_source *views = &page->source.views;
    struct page_walk *walk = &page->walk;
    for (; walk->at < views->set->family_count; walk->at++, walk->serial = 0, walk->hint = 0) {
        const struct catalog_family *family = views->set->families[walk->at];
        if (family->jobs == NULL || views->breakers_jobs == NULL || !page_has_family(page, family))
            continue;
        if (walk->stage == 0)
            page_open_section(slice->out, "jobs", "Jobs");
        walk->stage = 1;
        if (!put_family(page, slice, family, now))
            return false;
    }
    if (walk->stage == 0)
        return true;
    close_jobs(page, slice->out);
    slice_spend(slice, put_ended_jobs(page, slice->out, now));
    page_close_section(slice->out);
    return true;
}

/* ---- queries: Queries of databases: which ones fail, and why. ---- */

enum { QUERIES_FEW = 10, QUERIES_MANY = 100, QUERIES_ROW_UNITS = 12 };

/* The failure of a query; NULL: none is known. */
static const struct status_query *find_down(const struct page *page,
                                            const struct catalog_query *query) {
    const struct status_facts *facts = page->source.views.facts;
    for (size_t i = 0; facts != NULL && i < facts->query_count; i++)
        if (facts->queries[i].service == query->catalog &&
            strcmp(facts->queries[i].name, query->name) == 0)
            return &facts->queries[i];
    return NULL;
}

static void put_families(struct strbuf *out, const struct catalog_query *query) {
    enum { SHOWN = 4 };
    for (size_t i = 0; i < query->value_count && i < SHOWN; i++) {
        strbuf_puts(out, i > 0 ? ", " : "");
        page_put_family(out, query->values[i].family);
    }
    if (query->value_count > SHOWN)
        strbuf_printf(out, " and %zu more", query->value_count - SHOWN);
}

static uint64_t count_series(const struct page *page, const struct catalog_query *query) {
    uint64_t series = 0;
    for (size_t i = 0; i < query->value_count; i++)
        series += store_family_count(page->source.views.store, query->values[i].family);
    return series;
}

/* Append the state of a query. Rows are only fetched when somebody scrapes. */
static void put_state(struct strbuf *out, const struct status_query *down, uint64_t series,
                      struct store_time now) {
    if (down == NULL) {
        page_put_state(out, series > 0 ? "good" : "idle", series > 0 ? "answers" : "no rows");
        return;
    }
    page_put_state(out, "bad", "down");
    strbuf_puts(out, " <span class=\"who\">");
    if (down->silent)
        strbuf_printf(out, "database %s does not answer", down->away);
    else
        page_html_put_isolated(out, down->why, strlen(down->why));
    strbuf_puts(out, ", last good ");
    page_words_put_ago(out, down->since_ms, now.real_ms);
    strbuf_puts(out, "</span>");
}

static void queries_put_query(const struct page *page, struct strbuf *out,
                              const struct catalog_query *query, struct store_time now) {
    const uint64_t series = count_series(page, query);
    strbuf_printf(out, "<tr data-key=\"%u\"><th scope=\"row\">", query->index);
    page_put_service(out, query->catalog);
    strbuf_puts(out, " \u203a ");
    page_html_puts(out, query->name);
    strbuf_puts(out, "</th><td>");
    put_state(out, find_down(page, query), series, now);
    strbuf_puts(out, "</td><td>");
    page_html_puts(out, query->database->name);
    strbuf_puts(out, "</td><td class=\"n\">");
    page_words_put_count(out, series);
    strbuf_puts(out, "</td><td>");
    put_families(out, query);
    strbuf_puts(out, "</td></tr>\n");
}

static void open(struct strbuf *out) {
    static const char *const headings[] = {"Query", "State", "Database", "#Series", "Families"};
    page_open_section(out, "queries", "Queries");
    page_open_table(out, "Queries", headings, sizeof headings / sizeof headings[0]);
}

bool page_write_queries(struct page *page, struct slice *slice, struct store_time now) {
    const struct catalog_set *set = page->source.views.set;
    struct page_walk *walk = &page->walk;
    const size_t rows = page_rows(page, "queries", QUERIES_FEW, QUERIES_MANY);
    for (; walk->at < set->query_count; walk->at++) {
        const struct catalog_query *query = set->queries[walk->at];
        if (!page_has_service(page, query->catalog))
            continue;
        if (slice_is_spent(slice))
            return false;
        if (walk->written == rows) {
            walk->left++;
            continue;
        }
        if (walk->written++ == 0)
            open(slice->out);
        queries_put_query(page, slice->out, query, now);
        slice_spend(slice, QUERIES_ROW_UNITS + query->value_count);
    }
    if (walk->written == 0)
        return true;
    page_close_table(slice->out);
    page_put_more(page, slice->out, "queries", walk->left);
    page_close_section(slice->out);
    return true;
}

/* ---- family: One family: its declaration, how to query it, and how to send it. ---- */

/* ---- what to ask Prometheus ---- */

static void put_by(struct strbuf *out, const struct catalog_family *family, const char *first) {
    strbuf_puts(out, "sum by (");
    strbuf_puts(out, first);
    for (uint32_t i = 0; i < family->label_count; i++) {
        strbuf_puts(out, i > 0 || *first != '\0' ? ", " : "");
        page_html_puts(out, family->labels[i].name);
    }
    strbuf_puts(out, ") (");
}

static void family_put_query(struct strbuf *out, const struct catalog_family *family) {
    if (family->kind->items == ITEMS_BUCKETS) {
        strbuf_puts(out, "histogram_quantile(0.95, ");
        put_by(out, family, "le");
        strbuf_puts(out, "rate(");
        page_html_puts(out, family->name);
        strbuf_puts(out, "_bucket[5m])))");
    } else if (family->kind->has_totals) {
        page_html_puts(out, family->name);
    } else if (family->kind->only_grows) {
        put_by(out, family, "");
        strbuf_puts(out, "rate(");
        page_html_puts(out, family->name);
        strbuf_puts(out, "[5m]))");
    } else {
        page_html_puts(out, family->name);
        strbuf_puts(out, family->kind->items == ITEMS_STATES ? " == 1" : "");
    }
}

/* ---- what it is ---- */

static void put_label(struct strbuf *out, const struct catalog_label *label) {
    strbuf_puts(out, "<div><dt>");
    page_html_puts(out, label->name);
    strbuf_puts(out, "</dt><dd>");
    if (label->kind == LABEL_PATTERN) {
        strbuf_puts(out, "up to ");
        page_words_put_count(out, label->max);
        strbuf_puts(out, " that match <code>");
        page_html_puts(out, catalog_pattern_source(label->pattern));
        strbuf_puts(out, "</code>");
    } else {
        page_words_put_count(out, label->value_count);
        strbuf_printf(out, " value%s", text_plural(label->value_count));
    }
    strbuf_puts(out, "</dd></div>");
}

static void put_facts(const struct page *page, struct strbuf *out) {
    const struct catalog_family *family = page->family;
    strbuf_puts(out, "<p>");
    page_html_puts(out, family->help);
    strbuf_puts(out, "</p>\n<dl class=\"figures\"><div><dt>Type</dt><dd>");
    strbuf_puts(out, family->kind->type);
    strbuf_puts(out, "</dd></div><div><dt>Unit</dt><dd>");
    page_html_puts(out, family->unit != NULL ? family->unit : "none");
    strbuf_puts(out, "</dd></div><div><dt>Series</dt><dd>");
    page_words_put_count(out, store_family_count(page->source.views.store, family));
    strbuf_puts(out, " of ");
    page_words_put_count(out, family->bound);
    strbuf_puts(out, "</dd></div>");
    for (uint32_t i = 0; i < family->label_count; i++)
        put_label(out, &family->labels[i]);
    strbuf_puts(out, "</dl>\n");
}

/* Append a line to copy and to try. */
static void put_example(const struct page *page, struct strbuf *out) {
    struct strbuf line;
    strbuf_init_in(&line, page->source.views.memory);
    if (page_sample_line_put(&line, page->family)) {
        strbuf_puts(out, "<h3>As a line</h3>");
        page_open_copy(out, "the line");
        page_html_put(out, line.data, line.len);
        page_close_copy(out);
        if (page->source.try_line != NULL) {
            strbuf_puts(out, "<p><a href=\"./?service=");
            page_html_put_encoded(out, page->service->service, strlen(page->service->service));
            strbuf_puts(out, "&amp;line=");
            page_html_put_encoded(out, line.data, line.len);
            strbuf_puts(out, "#try\">Try it</a></p>\n");
        }
    }
    out->failed |= line.failed;
    strbuf_done(&line);
}

bool page_write_family(struct page *page, struct slice *slice, struct store_time now) {
    (void)now;
    struct strbuf *out = slice->out;
    page_open_section(out, "family", "This family");
    put_facts(page, out);
    slice_spend(slice, page_curves_put_family(out, page->source.views.history, page->family));
    if (family_has_lines(page->family) && page->family->exposed) {
        strbuf_puts(out, "<h3>In Prometheus</h3>");
        page_open_copy(out, "the query");
        family_put_query(out, page->family);
        page_close_copy(out);
    }
    put_example(page, out);
    page_close_section(out);
    slice_spend(slice, 20 + 2 * page->family->label_count);
    return true;
}

/* ---- families: The families of a service, and the results of a search. ---- */

enum { FAMILIES_MAX = 60, FOUND_MAX = 60, FAMILIES_ROW_UNITS = 12 };

/* Append the number of series, and the value if there is only one. */
static void put_series(struct strbuf *out, const struct store *store,
                       const struct catalog_family *family) {
    page_words_put_count(out, store_family_count(store, family));
    strbuf_puts(out, " <span class=\"quiet\">of ");
    page_words_put_count(out, family->bound);
    strbuf_puts(out, "</span>");
}

static void put_row(struct page *page, struct strbuf *out, const struct catalog_family *family,
                    bool with_service) {
    strbuf_printf(out, "<tr data-key=\"%u\"><th scope=\"row\">", family->index);
    if (with_service) {
        page_put_service(out, family->catalog);
        strbuf_puts(out, " \u203a ");
    }
    page_put_family(out, family);
    strbuf_puts(out, "</th><td>");
    strbuf_puts(out, family->kind->type);
    strbuf_puts(out, "</td><td>");
    for (uint32_t i = 0; i < family->label_count; i++) {
        strbuf_puts(out, i > 0 ? ", " : "");
        page_html_puts(out, family->labels[i].name);
    }
    strbuf_puts(out, "</td><td class=\"n\">");
    put_series(out, page->source.views.store, family);
    strbuf_puts(out, "</td>");
    page_curves_put_family_cell(out, page->source.views.history, family);
    strbuf_puts(out, "<td class=\"help\">");
    page_html_puts(out, family->help);
    strbuf_puts(out, "</td></tr>\n");
}

static void open_table(const struct page *page, struct strbuf *out) {
    static const char *const headings[] = {"Family", "Type", "Labels", "#Series", "#Now", "Help"};
    static const char *const without[] = {"Family", "Type", "Labels", "#Series", "Help"};
    const bool has = page->source.views.history != NULL;
    page_open_table(out, "Families", has ? headings : without, has ? 6 : 5);
}

/* ---- of a service ---- */

/* Index of the first family on this page of the list. */
static size_t first_family(const struct page *page) {
    const char *after = page->texts[PAGE_AFTER];
    size_t at = 0;
    if (after != NULL)
        while (at < page->service->family_count &&
               strcmp(page->service->families[at].name, after) <= 0)
            at++;
    return at;
}

static void put_next(struct page *page, struct strbuf *out) {
    const struct catalog *service = page->service;
    const size_t left = service->family_count - page->walk.at;
    if (left == 0)
        return;
    strbuf_puts(out, "<p class=\"more\"><a href=\"./?service=");
    page_html_put_encoded(out, service->service, strlen(service->service));
    strbuf_puts(out, "&amp;after=");
    const char *last = service->families[page->walk.at - 1].name;
    page_html_put_encoded(out, last, strlen(last));
    strbuf_puts(out, "#families\">");
    page_words_put_count(out, left);
    strbuf_puts(out, " more</a></p>\n");
}

bool page_write_families(struct page *page, struct slice *slice, struct store_time now) {
    (void)now;
    struct page_walk *walk = &page->walk;
    if (walk->stage == 0) {
        page_open_section(slice->out, "families", "Families");
        open_table(page, slice->out);
        walk->at = first_family(page);
    }
    walk->stage = 1;
    for (; walk->at < page->service->family_count && walk->written < FAMILIES_MAX; walk->at++) {
        if (slice_is_spent(slice))
            return false;
        const struct catalog_family *family = &page->service->families[walk->at];
        if (!family_has_lines(family))
            continue;
        put_row(page, slice->out, family, false);
        walk->written++;
        slice_spend(slice, FAMILIES_ROW_UNITS);
    }
    page_close_table(slice->out);
    put_next(page, slice->out);
    page_close_section(slice->out);
    return true;
}

/* ---- found ---- */

static bool has_text(const char *text, const char *searched) {
    return strcasestr(text, searched) != NULL;
}

static bool is_found(const struct catalog_family *family, const char *searched) {
    if (has_text(family->name, searched) || has_text(family->help, searched) ||
        has_text(family->catalog->service, searched))
        return true;
    for (uint32_t i = 0; i < family->label_count; i++)
        if (has_text(family->labels[i].name, searched))
            return true;
    return false;
}

static void open_found(struct page *page, struct strbuf *out) {
    page_open_section(out, "found", "Found");
    strbuf_puts(out, "<p>Families with \u201c");
    page_html_put_isolated(out, page->texts[PAGE_SEARCH], strlen(page->texts[PAGE_SEARCH]));
    strbuf_puts(out,
                "\u201d in their name, their help, a label, or the name of their service.</p>\n");
    open_table(page, out);
}

bool page_write_found(struct page *page, struct slice *slice, struct store_time now) {
    (void)now;
    const struct catalog_set *set = page->source.views.set;
    struct page_walk *walk = &page->walk;
    if (walk->stage == 0)
        open_found(page, slice->out);
    walk->stage = 1;
    for (; walk->at < set->family_count; walk->at++) {
        if (slice_is_spent(slice))
            return false;
        const struct catalog_family *family = set->families[walk->at];
        slice_spend(slice, 2);
        if (!page_has_service(page, family->catalog) || !is_found(family, page->texts[PAGE_SEARCH]))
            continue;
        if (walk->written == FOUND_MAX) {
            walk->left++;
            continue;
        }
        put_row(page, slice->out, family, true);
        walk->written++;
        slice_spend(slice, FAMILIES_ROW_UNITS);
    }
    page_close_table(slice->out);
    if (walk->written == 0)
        strbuf_puts(slice->out, "<p>Nothing.</p>\n");
    if (walk->left > 0) {
        strbuf_puts(slice->out, "<p class=\"more\">");
        page_words_put_count(slice->out, walk->left);
        strbuf_puts(slice->out, " more; say more of the name.</p>\n");
    }
    page_close_section(slice->out);
    return true;
}
