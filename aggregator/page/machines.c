/* Breakers and jobs: lights with ages. */
#include <inttypes.h>

#include "page/html.h"
#include "page/page_private.h"
#include "page/words.h"

enum { BREAKERS_FEW = 20, BREAKERS_MANY = 100, JOBS_FEW = 12, JOBS_MANY = 100, ROW_UNITS = 12 };

static const struct {
    const char *class;
    const char *word;
} lights[BREAKER_STATE_COUNT] = {{"good", "closed"}, {"bad", "open"}, {"warn", "half open"}};

/* ---- breakers ---- */

static void put_breaker(struct page *page, struct strbuf *out,
                        const struct machines_breaker *breaker, struct store_time now) {
    strbuf_printf(out, "<tr data-key=\"%zu\"><th scope=\"row\">", page->walk.at);
    page_put_family(out, breaker->family);
    strbuf_putc(out, ' ');
    page_put_labels(out, page->source.views.store, breaker->family, breaker->series);
    strbuf_puts(out, "</th><td>");
    page_put_state(out, lights[breaker->state].class, lights[breaker->state].word);
    strbuf_puts(out, "</td><td>");
    words_put_ago(out, breaker->since_ms, now.real_ms);
    strbuf_puts(out, "</td><td class=\"n\">");
    words_put_count(out, breaker->consecutive_failures);
    strbuf_puts(out, "</td><td class=\"n\">");
    words_put_count(out, breaker->opened);
    strbuf_puts(out, "</td><td>");
    words_put_ago(out, breaker->last_success_ms, now.real_ms);
    strbuf_puts(out, "</td><td>");
    words_put_ago(out, breaker->last_error_ms, now.real_ms);
    strbuf_puts(out, "</td></tr>\n");
}

/* Those that are not closed come first: two walks. */
static bool is_of_stage(const struct page *page, const struct machines_breaker *breaker) {
    return breaker->declared && page_has_service(page, breaker->family->catalog) &&
           (breaker->state != BREAKER_CLOSED) == (page->walk.stage == 1);
}

static void open_breakers(struct strbuf *out) {
    static const char *const headings[] = {
        "Breaker", "State",        "Since",       "#Failures in a row",
        "#Opened", "Last success", "Last failure"};
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

static void put_job(struct page *page, struct strbuf *out, const struct machines_job *job,
                    struct store_time now) {
    strbuf_printf(out, "<tr data-key=\"%" PRIu64 "\"><th scope=\"row\">", job->serial);
    page_put_family(out, job->family);
    strbuf_putc(out, ' ');
    page_put_labels(out, page->source.views.store, job->family, job->series);
    strbuf_puts(out, "</th><td>");
    html_put_isolated(out, job->id, job->id_len);
    strbuf_puts(out, "</td><td>");
    page_put_state(out, job->state == JOB_RUNNING ? "good" : "idle",
                   catalog_job_state_text(job->state));
    strbuf_puts(out, "</td><td>");
    words_put_ago(out, job->since_ms, now.real_ms);
    strbuf_puts(out, "</td><td class=\"n\">");
    if (job->pid > 0)
        strbuf_printf(out, "%d", job->pid);
    strbuf_puts(out, "</td></tr>\n");
}

static void open_jobs(struct strbuf *out) {
    static const char *const headings[] = {"Jobs", "Id", "State", "Since", "#Process"};
    page_open_section(out, "jobs", "Jobs");
    page_open_table(out, "Jobs", headings, sizeof headings / sizeof headings[0]);
}

/* The live jobs of the family at hand, as many as there is room for. False when the slice ended first. */
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
        put_job(page, slice->out, &job, now);
        walk->serial = job.serial;
        walk->written++;
        slice_spend(slice, ROW_UNITS);
    }
    walk->left += machines_job_count(machines, family);
    return true;
}

static void close_jobs(const struct page *page, struct strbuf *out) {
    const struct page_walk *walk = &page->walk;
    page_close_table(out);
    if (walk->written == 0)
        strbuf_puts(out, "<p class=\"quiet\">None are live.</p>\n");
    page_put_more(page, out, "jobs", walk->left - walk->written);
    page_close_section(out);
}

bool page_write_jobs(struct page *page, struct slice *slice, struct store_time now) {
    const struct view_source *views = &page->source.views;
    struct page_walk *walk = &page->walk;
    for (; walk->at < views->set->family_count; walk->at++, walk->serial = 0, walk->hint = 0) {
        const struct catalog_family *family = views->set->families[walk->at];
        if (family->jobs == NULL || views->machines == NULL ||
            !page_has_service(page, family->catalog))
            continue;
        if (walk->stage == 0)
            open_jobs(slice->out);
        walk->stage = 1;
        if (!put_family(page, slice, family, now))
            return false;
    }
    if (walk->stage == 1)
        close_jobs(page, slice->out);
    return true;
}
