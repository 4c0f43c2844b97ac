/* Breakers and jobs: states with their ages. */
#include <inttypes.h>

#include "ledger/ledger.h"
#include "page/html.h"
#include "page/page_private.h"
#include "page/words.h"

enum { BREAKERS_FEW = 20, BREAKERS_MANY = 100, JOBS_FEW = 12, JOBS_MANY = 100, ROW_UNITS = 12 };

static const struct {
    const char *class;
    const char *word;
} lights[BREAKER_STATE_COUNT] = {{"good", "closed"}, {"bad", "open"}, {"warn", "half open"}};

/* ---- breakers ---- */

/* Append who opened the breaker, and what happens next; for a closed one, its last opening. */
static void put_opening(struct strbuf *out, const struct machines_breaker *breaker,
                        struct store_time now) {
    if (breaker->opened_ms == 0 || breaker->opened_by == NULL)
        return;
    const struct who *who = breaker->opened_by;
    strbuf_puts(out, "<div class=\"who\"><span>opened ");
    words_put_ago(out, breaker->opened_ms, now.real_ms);
    strbuf_puts(out, " by ");
    page_put_who(out, who->comm, sizeof who->comm, who->pid, who->unit);
    strbuf_puts(out, "</span>");
    if (breaker->cooldown_ends_ms > 0) {
        strbuf_puts(out, " <span>tries again ");
        words_put_ago(out, breaker->cooldown_ends_ms, now.real_ms);
        strbuf_puts(out, "</span>");
    }
    strbuf_puts(out, "</div>");
}

/* Append the failures that opened it. */
static void put_attempts(const struct page *page, struct strbuf *out, struct store_time now) {
    struct machines_noted_attempt attempts[MACHINES_ATTEMPTS_MAX];
    const size_t count =
        machines_breaker_attempts(page->source.views.machines, page->walk.at, attempts);
    if (count == 0)
        return;
    strbuf_puts(out, "<details><summary>Its last failures</summary><ol class=\"attempts\">");
    for (size_t i = 0; i < count; i++) {
        strbuf_puts(out, "<li>");
        html_puts(out, attempts[i].outcome);
        strbuf_putc(out, ' ');
        words_put_ago(out, attempts[i].at_ms, now.real_ms);
        strbuf_putc(out, ' ');
        page_put_who(out, attempts[i].comm, WHO_COMM_MAX, attempts[i].pid, NULL);
        strbuf_puts(out, "</li>");
    }
    strbuf_puts(out, "</ol></details>");
}

static void put_breaker(struct page *page, struct strbuf *out,
                        const struct machines_breaker *breaker, struct store_time now) {
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
    words_put_ago(out, breaker->since_ms, now.real_ms);
    strbuf_puts(out, "</td><td class=\"n\">");
    words_put_count(out, breaker->consecutive_failures);
    strbuf_puts(out, "</td><td class=\"n\">");
    words_put_count(out, breaker->opened);
    strbuf_puts(out, "</td><td class=\"n\">");
    words_put_ago(out, breaker->last_success_ms, now.real_ms);
    strbuf_puts(out, "</td><td class=\"n\">");
    words_put_ago(out, breaker->last_error_ms, now.real_ms);
    strbuf_puts(out, "</td></tr>\n");
}

/* Whether this walk lists the breaker: there are two walks, and those that are not closed come
 * first. */
static bool is_of_stage(const struct page *page, const struct machines_breaker *breaker) {
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
    const struct machines *machines = page->source.views.machines;
    struct page_walk *walk = &page->walk;
    if (machines == NULL)
        return true;
    if (walk->stage == 0)
        walk->stage = 1;
    const size_t rows = page_rows(page, "breakers", BREAKERS_FEW, BREAKERS_MANY);
    for (; walk->stage <= 2; walk->stage++, walk->at = 0)
        for (; walk->at < machines_breaker_count(machines); walk->at++) {
            if (slice_is_spent(slice))
                return false;
            struct machines_breaker breaker;
            machines_breaker_at(machines, walk->at, &breaker);
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
            slice_spend(slice, ROW_UNITS);
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
    html_put_isolated(out, id.at, id.len);
    strbuf_puts(out, "</td><td>");
}

/* Returns the work units that its process took. */
static size_t put_job(struct page *page, struct strbuf *out, const struct machines_job *job,
                      struct store_time now) {
    struct who who;
    const size_t units =
        ledger_sender_name(page->source.views.ledger, job->pid, job->since_ms, &who);
    strbuf_printf(out, "<tr data-key=\"%" PRIu64, job->serial);
    put_which(page, out, job->family, job->series, (struct sg_span){job->id, job->id_len});
    page_put_state(out, job->state == JOB_RUNNING ? "good" : "idle",
                   catalog_job_state_text(job->state));
    strbuf_puts(out, "</td><td class=\"n\">");
    words_put_ago(out, now.real_ms - (now.mono_ms - job->since_mono_ms), now.real_ms);
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
    const struct machines *machines = page->source.views.machines;
    struct page_walk *walk = &page->walk;
    const size_t rows = page_rows(page, "jobs", JOBS_FEW, JOBS_MANY);
    struct machines_job job;
    while (walk->written < rows &&
           machines_job_next(machines, family, walk->serial, &walk->hint, &job)) {
        if (slice_is_spent(slice))
            return false;
        if (walk->written++ == 0)
            open_jobs(slice->out);
        slice_spend(slice, put_job(page, slice->out, &job, now));
        walk->serial = job.serial;
        slice_spend(slice, ROW_UNITS);
    }
    walk->left += machines_job_count(machines, family);
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

static void put_ended(const struct page *page, struct strbuf *out,
                      const struct machines_ended_job *job, struct store_time now) {
    strbuf_printf(out, "<tr data-key=\"e%" PRIu64, job->serial);
    put_which(page, out, job->family, job->series, (struct sg_span){job->id, job->id_len});
    page_put_state(out, outcomes[job->outcome], catalog_job_outcome_text(job->outcome));
    strbuf_puts(out, "</td><td class=\"n\">");
    words_put_ago(out, job->at_ms, now.real_ms);
    strbuf_puts(out, "</td><td class=\"n\">");
    if (job->ran_ms >= 0)
        words_put_span(out, (double)job->ran_ms / 1000);
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
    const size_t rows = page_rows(page, "jobs", ENDED_FEW, MACHINES_ENDED_JOBS / 2);
    size_t written = 0;
    for (int pass = 0; pass < 2; pass++) {
        struct machines_ended_job job = {.serial = UINT64_MAX};
        while (written < rows &&
               machines_ended_job(page->source.views.machines, job.serial, &job)) {
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
    return MACHINES_ENDED_JOBS + ROW_UNITS * written;
}

bool page_write_jobs(struct page *page, struct slice *slice, struct store_time now) {
    const struct view_source *views = &page->source.views;
    struct page_walk *walk = &page->walk;
    for (; walk->at < views->set->family_count; walk->at++, walk->serial = 0, walk->hint = 0) {
        const struct catalog_family *family = views->set->families[walk->at];
        if (family->jobs == NULL || views->machines == NULL || !page_has_family(page, family))
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
