/* What needs attention: a card for each problem, the most pressing first. */
#include <inttypes.h>

#include "page/html.h"
#include "page/page_private.h"
#include "page/refusal.h"
#include "page/spelled.h"
#include "page/words.h"

enum { PROBLEMS_FEW = 12, ROW_UNITS = 20 };

static const struct {
    const char *class;
    const char *word;
} looks[STATUS_KIND_COUNT] = {
    [STATUS_NOT_READY] = {"bad", "not ready"},
    [STATUS_VALUES_LOST] = {"bad", "values lost"},
    [STATUS_SUPERVISOR_GONE] = {"bad", "no supervisor"},
    [STATUS_RELOAD_REFUSED] = {"bad", "reload refused"},
    [STATUS_FILES_REFUSED] = {"bad", "files refused"},
    [STATUS_FILES_CHANGED] = {"warn", "not loaded"},
    [STATUS_LIST_WRONG] = {"warn", "not listed"},
    [STATUS_SERVICE_AWAITED] = {"warn", "awaited"},
    [STATUS_STATE_FILE] = {"bad", "state file"},
    [STATUS_REJECTIONS] = {"bad", "rejected"},
    [STATUS_BREAKER_OPEN] = {"bad", "open"},
    [STATUS_JOB_OVERDUE] = {"warn", "overdue"},
    [STATUS_JOB_LOST] = {"bad", "lost"},
    [STATUS_QUERY_DOWN] = {"bad", "down"},
    [STATUS_BOUND_NEAR] = {"warn", "nearly full"},
    [STATUS_FOLDING] = {"warn", "folds more"},
    [STATUS_TABLE_FULL] = {"bad", "full"},
    [STATUS_SENDER_LOSS] = {"warn", "loses samples"},
    [STATUS_QUEUE_FULL] = {"bad", "queue full"},
    [STATUS_SCRAPER_AWAY] = {"warn", "stopped coming"},
};

static bool is_shown(const struct page *page, const struct status_problem *problem) {
    if (page->family != NULL)
        return problem->family == page->family;
    return page->service == NULL || problem->service == page->service;
}

/* The facts about a problem besides its sentence. */
struct story {
    int64_t since_ms;
    int64_t last_ms;
    double rate; /* below 0: does not apply */
    struct who who;
};

static void tell(struct story *story, const struct who *who) {
    if (who != NULL)
        story->who = *who;
}

static struct story story_of(const struct page *page, const struct status_problem *problem,
                             struct store_time now) {
    struct story story = {.since_ms = problem->since_ms,
                          .last_ms = problem->last_ms,
                          .rate = -1,
                          .who = problem->who};
    struct ledger_group group;
    const struct ledger_entry entry = {.service = problem->service,
                                       .family = problem->family,
                                       .label = problem->label,
                                       .reason = problem->reason};
    if (problem->kind == STATUS_REJECTIONS &&
        ledger_group(page->source.views.ledger, &entry, VERDICT_REJECTED, now.real_ms, &group)) {
        story.since_ms = group.first_ms;
        story.last_ms = group.last_ms;
        story.rate = group.rate;
        tell(&story, group.sender);
    }
    return story;
}

static void put_time(struct strbuf *out, const char *word, int64_t ms, struct store_time now) {
    if (ms == 0)
        return;
    strbuf_printf(out, "<span>%s ", word);
    words_put_ago(out, ms, now.real_ms);
    strbuf_puts(out, "</span>");
}

/* Append since when, how often, and who. */
static void put_story(struct strbuf *out, const struct story *story, struct store_time now) {
    const bool has_who = story->who.pid > 0 || story->who.comm[0] != '\0';
    if (story->since_ms == 0 && story->last_ms == 0 && !has_who)
        return;
    strbuf_puts(out, "<div class=\"who\">");
    put_time(out, "began", story->since_ms, now);
    put_time(out, "last", story->last_ms, now);
    if (story->rate >= 0) {
        strbuf_puts(out, "<span>");
        words_put_short(out, story->rate, "/s</span>");
    }
    if (has_who) {
        strbuf_puts(out, "<span>by ");
        page_put_who(out, story->who.comm, sizeof story->who.comm, story->who.pid, story->who.unit);
        strbuf_puts(out, "</span>");
    }
    strbuf_puts(out, "</div>");
}

/* Start a card. Its key does not depend on the last sender, and lets the script keep a card open
 * that the reader has opened. Links to rejections lead to the first such card. */
static void open_card(struct strbuf *out, const struct status_problem *problem, bool is_first) {
    strbuf_printf(out, "<li class=\"problem %s\"%s data-key=\"%s-", looks[problem->kind].class,
                  is_first ? " id=\"rejections\"" : "", status_kind_text(problem->kind));
    html_puts(out, problem->service != NULL ? problem->service->service : "");
    strbuf_putc(out, '-');
    html_puts(out, problem->family != NULL ? problem->family->name : "");
    strbuf_printf(out, "-%d-%d-%" PRIx64 "\">", problem->label, (int)problem->reason, problem->key);
}

static size_t put_problem(struct page *page, struct strbuf *out,
                          const struct status_problem *problem, struct store_time now) {
    size_t units = ROW_UNITS;
    const bool is_first = problem->kind == STATUS_REJECTIONS && page->walk.serial++ == 0;
    open_card(out, problem, is_first);
    page_put_state(out, looks[problem->kind].class, looks[problem->kind].word);
    strbuf_puts(out, " <a href=\".");
    html_puts(out, problem->link);
    strbuf_puts(out, "\">");
    html_put_isolated(out, problem->text, strnlen(problem->text, sizeof problem->text));
    strbuf_puts(out, "</a>");
    const struct story story = story_of(page, problem, now);
    put_story(out, &story, now);
    units += spelled_put_of_problem(out, page, problem, now);
    if (problem->kind == STATUS_REJECTIONS)
        units += refusal_put(out, page, problem);
    strbuf_puts(out, "</li>\n");
    return units;
}

bool page_write_problems(struct page *page, struct slice *slice, struct store_time now) {
    const struct status_problems *problems = &page->status->problems;
    struct page_walk *walk = &page->walk;
    const size_t rows = page_rows(page, "problems", PROBLEMS_FEW, STATUS_PROBLEMS_MAX);
    for (; walk->at < problems->count; walk->at++) {
        const struct status_problem *problem = &problems->items[walk->at];
        if (!is_shown(page, problem))
            continue;
        if (slice_is_spent(slice))
            return false;
        if (walk->stage == 0) {
            page_open_section(slice->out, "problems", "Problems");
            strbuf_puts(slice->out, "<ol class=\"problems\">\n");
        }
        walk->stage = 1;
        if (walk->written == rows) {
            walk->left++;
            continue;
        }
        slice_spend(slice, put_problem(page, slice->out, problem, now));
        walk->written++;
    }
    if (walk->stage == 0)
        return true;
    strbuf_puts(slice->out, "</ol>\n");
    page_put_more(page, slice->out, "problems",
                  walk->left + (page->service == NULL ? problems->left_out : 0));
    page_close_section(slice->out);
    return true;
}
