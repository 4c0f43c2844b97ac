/* SPDX-License-Identifier: MIT */
/* overview.c - the first screen: problems, events, services, senders. */
#include "page/page_private.h"

#include <inttypes.h>

#include "events/events.h"

/* ---- problem cards ----
 * What needs attention: a card for each problem, the most pressing first.
 */

enum { PROBLEMS_FEW = 12, PROBLEM_CARDS_ROW_UNITS = 20 };

static const struct {
    const char *class;
    const char *word;
} problem_cards_looks[STATUS_KIND_COUNT] = {
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

static bool problem_cards_is_shown(const struct page *page, const struct status_problem *problem) {
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
    page_words_put_ago(out, ms, now.real_ms);
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
        page_words_put_short(out, story->rate, "/s</span>");
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
    strbuf_printf(out, "<li class=\"problem %s\"%s data-key=\"%s-",
                  problem_cards_looks[problem->kind].class, is_first ? " id=\"rejections\"" : "",
                  status_kind_text(problem->kind));
    page_html_puts(out, problem->service != NULL ? problem->service->service : "");
    strbuf_putc(out, '-');
    page_html_puts(out, problem->family != NULL ? problem->family->name : "");
    strbuf_printf(out, "-%d-%d-%" PRIx64 "\">", problem->label, (int)problem->reason, problem->key);
}

static size_t put_problem(struct page *page, struct strbuf *out,
                          const struct status_problem *problem, struct store_time now) {
    size_t units = PROBLEM_CARDS_ROW_UNITS;
    const bool is_first = problem->kind == STATUS_REJECTIONS && page->walk.serial++ == 0;
    open_card(out, problem, is_first);
    page_put_state(out, problem_cards_looks[problem->kind].class,
                   problem_cards_looks[problem->kind].word);
    strbuf_puts(out, " <a href=\".");
    page_html_puts(out, problem->link);
    strbuf_puts(out, "\">");
    page_html_put_isolated(out, problem->text, strnlen(problem->text, sizeof problem->text));
    strbuf_puts(out, "</a>");
    const struct story story = story_of(page, problem, now);
    put_story(out, &story, now);
    units += page_spelled_put_of_problem(out, page, problem, now);
    if (problem->kind == STATUS_REJECTIONS)
        units += page_refusal_put(out, page, problem);
    strbuf_puts(out, "</li>\n");
    return units;
}

bool page_write_problems(struct page *page, struct slice *slice, struct store_time now) {
    const struct status_problems *problems = &page->status->problems;
    struct page_walk *walk = &page->walk;
    const size_t rows = page_rows(page, "problems", PROBLEMS_FEW, STATUS_PROBLEMS_MAX);
    for (; walk->at < problems->count; walk->at++) {
        const struct status_problem *problem = &problems->items[walk->at];
        if (!problem_cards_is_shown(page, problem))
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

/* ---- happened: The latest events, the latest first. ---- */

enum { EVENTS_FEW = 10, EVENTS_MANY = 120, HAPPENED_ROW_UNITS = 15 };

static const struct {
    const char *class;
    const char *word;
} happened_looks[EVENT_KIND_COUNT] = {
    [EVENT_BREAKER_OPENED] = {"bad", "breaker opened"},
    [EVENT_BREAKER_CLOSED] = {"good", "breaker closed"},
    [EVENT_JOB_LOST] = {"bad", "job lost"},
    [EVENT_TABLE_FULL] = {"bad", "table full"},
    [EVENT_SENDER_LOSS] = {"warn", "samples lost"},
    [EVENT_FAMILY_REJECTED] = {"bad", "rejected"},
    [EVENT_QUERY_DOWN] = {"bad", "query down"},
    [EVENT_RELOAD] = {"idle", "reload"},
    [EVENT_HANDOVER] = {"idle", "handover"},
    [EVENT_DAEMON_HUNG] = {"bad", "daemon hung"},
};

/* The service and family that the event names, if the catalogs have them. */
static const struct catalog *service_of(const struct page *page, const struct events_item *item) {
    return catalog_set_find(page->source.views.set, item->service,
                            strnlen(item->service, sizeof item->service));
}

static const struct catalog_family *family_of(const struct page *page,
                                              const struct events_item *item) {
    const struct catalog *service = service_of(page, item);
    return service != NULL && event_kind_has_family(item->kind)
               ? catalog_family_find(service, item->name, strnlen(item->name, sizeof item->name))
               : NULL;
}

static bool happened_is_shown(const struct page *page, const struct events_item *item) {
    if (page->family != NULL)
        return family_of(page, item) == page->family;
    return page->service == NULL || service_of(page, item) == page->service;
}

static void put_place(const struct page *page, struct strbuf *out, const struct events_item *item) {
    const struct catalog *service = service_of(page, item);
    const struct catalog_family *family = family_of(page, item);
    if (family != NULL)
        page_put_family(out, family);
    else if (service != NULL)
        page_put_service(out, service);
    if (family == NULL && item->name[0] != '\0') {
        strbuf_putc(out, ' ');
        page_html_put_isolated(out, item->name, strnlen(item->name, sizeof item->name));
    }
    if (item->labels[0] != '\0') {
        strbuf_puts(out, " <span class=\"label\">");
        page_html_put_isolated(out, item->labels, strnlen(item->labels, sizeof item->labels));
        strbuf_puts(out, "</span>");
    }
}

static void put_event(const struct page *page, struct strbuf *out, const struct events_item *item,
                      struct store_time now) {
    const bool is_good = item->over;
    strbuf_printf(out, "<tr data-key=\"%" PRIu64 "\"><td class=\"n\">", item->id);
    page_words_put_ago(out, item->at_ms, now.real_ms);
    strbuf_puts(out, "</td><th scope=\"row\">");
    page_put_state(out, is_good ? "good" : happened_looks[item->kind].class,
                   happened_looks[item->kind].word);
    strbuf_puts(out, "</th><td>");
    put_place(page, out, item);
    strbuf_puts(out, "</td><td>");
    page_html_put_isolated(out, item->text, strnlen(item->text, sizeof item->text));
    if (item->held > 0) {
        strbuf_puts(out, " <span class=\"quiet\">and ");
        page_words_put_count(out, item->held);
        strbuf_puts(out, " more like it</span>");
    }
    strbuf_puts(out, "</td><td>");
    page_put_who(out, item->who.comm, sizeof item->who.comm, item->who.pid, item->who.unit);
    strbuf_puts(out, "</td></tr>\n");
}

static void happened_open(struct strbuf *out) {
    static const char *const headings[] = {"#When", "Event", "Where", "What", "Who"};
    page_open_section(out, "events", "Events");
    page_open_table(out, "Events", headings, sizeof headings / sizeof headings[0]);
}

bool page_write_events(struct page *page, struct slice *slice, struct store_time now) {
    const struct events *events = page->source.views.events;
    struct page_walk *walk = &page->walk;
    if (events == NULL)
        return true;
    const size_t rows = page_rows(page, "events", EVENTS_FEW, EVENTS_MANY);
    if (walk->stage++ == 0)
        walk->serial = UINT64_MAX;
    const struct events_item *item;
    while (!slice_is_spent(slice) && (item = events_before(events, walk->serial)) != NULL) {
        walk->serial = item->id;
        slice_spend(slice, 2);
        if (!happened_is_shown(page, item))
            continue;
        if (walk->written == rows) {
            walk->left++;
            continue;
        }
        if (walk->written++ == 0)
            happened_open(slice->out);
        put_event(page, slice->out, item, now);
        slice_spend(slice, HAPPENED_ROW_UNITS);
    }
    if (events_before(events, walk->serial) != NULL)
        return false;
    if (walk->written == 0)
        return true;
    page_close_table(slice->out);
    page_put_more(page, slice->out, "events", walk->left);
    page_close_section(slice->out);
    return true;
}

/* ---- services: Services: how full they are, their samples, and their senders. ---- */

enum { SERVICES_FEW = 20, SERVICES_MANY = 60, SERVICES_ROW_UNITS = 12 };

/* Append a bar, coloured if samples may soon be refused. */
static void put_fullness(struct strbuf *out, const struct catalog *service,
                         const struct service_sums *sums) {
    const uint64_t bound = service->bound;
    const uint64_t live = sums->live;
    page_picture_put_bar(out, bound > 0 ? (double)live / (double)bound : 0, sums->near);
    strbuf_puts(out, " <span class=\"of\">");
    page_words_put_count(out, live);
    strbuf_puts(out, " of ");
    page_words_put_count(out, bound);
    strbuf_puts(out, "</span>");
}

static void put_refused(struct strbuf *out, uint64_t count) {
    strbuf_printf(out, "</td><td class=\"n%s\">", count > 0 ? " bad" : "");
    page_words_put_count(out, count);
    strbuf_puts(out, "</td>");
}

static void put_row(struct page *page, struct strbuf *out, const struct catalog *service,
                    struct store_time now) {
    const struct service_sums *sums = &page->gathering.services[service->index];
    const struct tally *tally = ledger_service(page->source.views.ledger, (int)service->index);
    strbuf_puts(out, "<tr data-key=\"");
    page_html_puts(out, service->service);
    strbuf_puts(out, "\"><th scope=\"row\">");
    page_put_service(out, service);
    strbuf_puts(out, "</th><td>");
    put_fullness(out, service, sums);
    strbuf_puts(out, "</td>");
    page_curves_put_service_cell(out, page->source.views.history, (int)service->index);
    strbuf_puts(out, "<td class=\"n\">");
    page_words_put_count(out, tally_total(tally));
    put_refused(out, tally->by_verdict[VERDICT_REJECTED]);
    strbuf_puts(out, "<td class=\"n\">");
    page_words_put_count(out, sums->senders);
    strbuf_puts(out, "</td><td class=\"n\">");
    page_words_put_ago(out, sums->last_seen_ms, now.real_ms);
    strbuf_puts(out, "</td></tr>\n");
}

static void services_open(const struct page *page, struct strbuf *out) {
    static const char *const headings[] = {
        "Service",  "Series, of its bound", "#Now", "#Samples", "#Rejected",
        "#Senders", "#Last sample"};
    static const char *const without[] = {
        "Service", "Series, of its bound", "#Samples", "#Rejected", "#Senders", "#Last sample"};
    const bool has = page->source.views.history != NULL;
    page_open_section(out, "services", "Services");
    page_open_table(out, "Services", has ? headings : without, has ? 7 : 6);
}

bool page_write_services(struct page *page, struct slice *slice, struct store_time now) {
    const struct catalog_set *set = page->source.views.set;
    struct page_walk *walk = &page->walk;
    if (walk->stage == 0)
        services_open(page, slice->out);
    walk->stage = 1;
    const size_t rows = page_rows(page, "services", SERVICES_FEW, SERVICES_MANY);
    for (; walk->at < set->count && walk->at < rows; walk->at++) {
        if (slice_is_spent(slice))
            return false;
        put_row(page, slice->out, set->catalogs[walk->at], now);
        slice_spend(slice, SERVICES_ROW_UNITS);
    }
    page_close_table(slice->out);
    page_put_more(page, slice->out, "services", set->count - walk->at);
    page_close_section(slice->out);
    return true;
}

/* ---- one service ---- */

bool page_write_service(struct page *page, struct slice *slice, struct store_time now) {
    struct strbuf *out = slice->out;
    const struct catalog *service = page->service;
    const struct service_sums *sums = &page->gathering.services[service->index];
    const struct tally *tally = ledger_service(page->source.views.ledger, (int)service->index);
    page_open_section(out, "service", "This service");
    strbuf_puts(out, "<dl class=\"figures\"><div><dt>Series</dt><dd>");
    put_fullness(out, service, sums);
    for (int i = 0; i < VERDICT_COUNT; i++) {
        const char *word = ledger_verdict_text((enum verdict)i);
        strbuf_printf(out, "</dd></div><div><dt>%c%s</dt><dd>", *word - 'a' + 'A', word + 1);
        page_words_put_count(out, tally->by_verdict[i]);
    }
    strbuf_puts(out, "</dd></div><div><dt>Senders</dt><dd>");
    page_words_put_count(out, sums->senders);
    strbuf_puts(out, "</dd></div><div><dt>Last sample</dt><dd>");
    page_words_put_ago(out, sums->last_seen_ms, now.real_ms);
    strbuf_puts(out, "</dd></div><div><dt>Declared in</dt><dd><code>");
    page_html_puts(out, service->file);
    strbuf_puts(out, "</code></dd></div></dl>\n");
    slice_spend(slice,
                page_curves_put_service(out, page->source.views.history, (int)service->index));
    page_close_section(out);
    slice_spend(slice, SERVICES_ROW_UNITS);
    return true;
}

/* ---- senders ----
 * Senders and what became of their samples, as an equation for each; and processes that ended, with
 * what was lost.
 */

enum {
    SENDERS_ROW_UNITS = 15,
    LOOK_UNITS = 100,
    ENDED_FEW = 8,
    ENDED_MANY = 50,
    ENDED_LOOK_UNITS = 256
};

/* Append samples = accepted + folded + rejected + ignored. */
static void put_equation(struct strbuf *out, const struct tally *tally) {
    strbuf_puts(out, "<td class=\"n\">");
    page_words_put_count(out, tally_total(tally));
    strbuf_puts(out, "</td>");
    for (int i = 0; i < VERDICT_COUNT; i++) {
        const uint64_t count = tally->by_verdict[i];
        strbuf_printf(out, "<td class=\"n %s%s\">", i == 0 ? "eq" : "plus",
                      i == VERDICT_REJECTED && count > 0 ? " bad" : "");
        page_words_put_count(out, count);
        strbuf_puts(out, "</td>");
    }
}

static void put_sender(const struct page *page, struct strbuf *out, size_t row,
                       struct store_time now) {
    const struct ledger *ledger = page->source.views.ledger;
    const struct sender *sender = ledger_sender_at(ledger, row);
    const struct catalog_set *set = page->source.views.set;
    const uint32_t services = ledger_sender_services(ledger, row);
    struct ledger_sent sent = {(uint32_t)sender->service, sender->tally, sender->last_seen_ms};
    if (page->service != NULL)
        (void)ledger_sent_for(ledger, row, page->service->index, &sent);
    strbuf_printf(out, "<tr data-key=\"%zu\"><th scope=\"row\">", row);
    page_put_who(out, sender->comm, sizeof sender->comm, sender->pid, sender->unit);
    strbuf_puts(out, "</th><td>");
    if (services > 0)
        page_put_service(out, set->catalogs[sent.service]);
    if (services > 1)
        strbuf_printf(out, " and %u more", services - 1);
    strbuf_puts(out, "</td><td>");
    page_put_state(out, sender->alive ? "good" : "idle", sender->alive ? "alive" : "gone");
    strbuf_puts(out, "</td>");
    put_equation(out, &sent.tally);
    strbuf_printf(out, "<td class=\"n%s\">", sender->lost > 0 ? " bad" : "");
    page_words_put_count(out, sender->lost);
    strbuf_puts(out, "</td><td>");
    page_words_put_ago(out, sent.last_seen_ms, now.real_ms);
    strbuf_puts(out, "</td></tr>\n");
}

static void put_sum(struct strbuf *out, const char *name, const struct tally *tally,
                    uint64_t lost) {
    strbuf_printf(out, "<tr class=\"sum\"><th scope=\"row\">%s</th><td></td><td></td>", name);
    put_equation(out, tally);
    strbuf_puts(out, "<td class=\"n\">");
    page_words_put_count(out, lost);
    strbuf_puts(out, "</td><td></td></tr>\n");
}

/* ---- those that ended ---- */

static bool shows_ended(const struct page *page, const struct ledger_ended *ended) {
    struct ledger_sent sent;
    return (page->service == NULL || ended->service == (int32_t)page->service->index ||
            (ended->row != SIZE_MAX && ledger_sent_for(page->source.views.ledger, ended->row,
                                                       page->service->index, &sent))) &&
           (page->gathering.pid < 0 || ended->who.pid == page->gathering.pid);
}

/* Append what ended with it: values that it owned, and jobs that were lost. */
static void put_taken(struct strbuf *out, const struct ledger_ended *ended) {
    strbuf_puts(out, "</td><td class=\"n\">");
    page_words_put_count(out, ended->parts);
    strbuf_printf(out, "</td><td class=\"n%s\">", ended->jobs > 0 ? " bad" : "");
    page_words_put_count(out, ended->jobs);
    strbuf_puts(out, "</td></tr>\n");
}

static void put_ended(const struct page *page, struct strbuf *out, const struct ledger_ended *ended,
                      struct store_time now) {
    const struct catalog_set *set = page->source.views.set;
    strbuf_printf(out, "<tr data-key=\"e%" PRIu64 "\"><th scope=\"row\">", ended->serial);
    page_put_who(out, ended->who.comm, sizeof ended->who.comm, ended->who.pid, ended->who.unit);
    strbuf_puts(out, "</th><td>");
    if (ended->service >= 0 && (size_t)ended->service < set->count)
        page_put_service(out, set->catalogs[ended->service]);
    strbuf_puts(out, "</td><td class=\"n\">");
    page_words_put_ago(out, ended->at_ms, now.real_ms);
    strbuf_puts(out, "</td><td class=\"n\">");
    page_words_put_count(out, ended->samples);
    put_taken(out, ended);
}

/* Append the processes that ended, the latest first. Returns work units. */
static size_t put_ended_senders(const struct page *page, struct strbuf *out,
                                struct store_time now) {
    static const char *const headings[] = {"Ended",    "Service",      "#When",
                                           "#Samples", "#Values gone", "#Jobs lost"};
    const size_t rows = page_rows(page, "senders", ENDED_FEW, ENDED_MANY);
    struct ledger_ended ended = {.serial = UINT64_MAX};
    size_t written = 0;
    while (written < rows && ledger_ended(page->source.views.ledger, ended.serial, &ended)) {
        if (!shows_ended(page, &ended))
            continue;
        if (written++ == 0)
            page_open_table(out, "Senders that ended", headings,
                            sizeof headings / sizeof headings[0]);
        put_ended(page, out, &ended, now);
    }
    if (written > 0)
        page_close_table(out);
    return ENDED_LOOK_UNITS + SENDERS_ROW_UNITS * written;
}

/* ---- the section ---- */

enum { WITH_TABLE = 1, WITHOUT_ROWS }; /* stages after the section has begun */

static bool is_about_all(const struct page *page) {
    return page->service == NULL && page->texts[PAGE_PID] == NULL;
}

/* Whether there is a row, or a sum of rows that were replaced. */
static bool has_rows(const struct page *page) {
    return page->gathering.row_total > 0 ||
           (is_about_all(page) && tally_total(ledger_total(page->source.views.ledger)) > 0);
}

static void put_nobody(const struct page *page, struct strbuf *out) {
    strbuf_puts(out, is_about_all(page)
                         ? "<p class=\"quiet\">Nobody has sent anything yet. <code>statgate send "
                           "LINE</code> sends a line; below you can try one.</p>\n"
                         : "<p class=\"quiet\">Nobody sends for it.</p>\n");
}

static void senders_open(struct page *page, struct strbuf *out) {
    static const char *const headings[] = {
        "Sender",    "Service",     "State",    "#Samples =", "#accepted +",
        "#folded +", "#rejected +", "#ignored", "#Lost",      "Last sample"};
    page_open_section(out, "senders", "Senders");
    page->walk.stage = has_rows(page) ? WITH_TABLE : WITHOUT_ROWS;
    if (page->walk.stage == WITH_TABLE)
        page_open_table(out, "Senders", headings, sizeof headings / sizeof headings[0]);
    else
        put_nobody(page, out);
}

static void close_table(const struct page *page, struct strbuf *out) {
    const struct ledger *ledger = page->source.views.ledger;
    const struct gathering *gathering = &page->gathering;
    if (is_about_all(page)) {
        uint64_t rows;
        uint64_t sent;
        uint64_t lost;
        const struct sender *departed = ledger_departed(ledger, &rows);
        ledger_reported(ledger, &sent, &lost);
        if (rows > 0)
            put_sum(out, "No longer listed", &departed->tally, departed->lost);
        put_sum(out, "All", ledger_total(ledger), lost);
    }
    page_close_table(out);
    page_put_more(page, out, "senders", gathering->row_total - gathering->row_count);
}

bool page_write_senders(struct page *page, struct slice *slice, struct store_time now) {
    const struct view_source *views = &page->source.views;
    struct page_walk *walk = &page->walk;
    if (walk->stage == 0)
        senders_open(page, slice->out);
    for (; walk->at < page->gathering.row_count; walk->at++) {
        if (slice_is_spent(slice))
            return false;
        const uint32_t row = page->gathering.rows[walk->at];
        if (views->look != NULL)
            views->look(views->look_arg, row);
        put_sender(page, slice->out, row, now);
        slice_spend(slice,
                    views->look != NULL ? SENDERS_ROW_UNITS + LOOK_UNITS : SENDERS_ROW_UNITS);
    }
    if (walk->stage == WITH_TABLE)
        close_table(page, slice->out);
    slice_spend(slice, put_ended_senders(page, slice->out, now));
    page_close_section(slice->out);
    return true;
}

/* ---- top ----
 * The beginning and end of every page: the summary line, the search, and the reader's position.
 */

static void put_head(struct strbuf *out, const struct page *page) {
    strbuf_puts(out, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>");
    if (page->family != NULL)
        page_html_puts(out, page->family->name);
    else if (page->service != NULL)
        page_html_puts(out, page->service->service);
    strbuf_puts(out, page->service != NULL ? " \u00b7 " : "");
    if (page->status->facts.host != NULL) {
        page_html_puts(out, page->status->facts.host);
        strbuf_puts(out, " \u00b7 ");
    }
    strbuf_puts(out, "statgate</title>\n");
    strbuf_puts(out, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                     "<meta name=\"color-scheme\" content=\"light dark\">\n"
                     "<link rel=\"icon\" href=\"data:,\">\n"
                     "<link rel=\"stylesheet\" href=\"./-/statgate.css\">\n"
                     "<script src=\"./-/statgate.js\" defer></script>\n</head>\n<body>\n"
                     "<a class=\"skip\" href=\"#main\">To the content</a>\n");
}

/* Append the search, which stays within the service that the page shows. */
static void put_search(struct strbuf *out, const struct page *page) {
    const char *search = page->texts[PAGE_SEARCH];
    strbuf_puts(
        out, "<form role=\"search\" action=\"./\" method=\"get\"><input type=\"search\" name=\"q\" "
             "id=\"q\" "
             "placeholder=\"Search\" aria-label=\"Search services, families and labels\" value=\"");
    if (search != NULL)
        page_html_puts(out, search);
    strbuf_puts(out, "\"><button>Search</button></form>\n");
}

/* Append the reader's position. */
static void put_crumbs(struct strbuf *out, const struct page *page) {
    if (page->sections != NULL && page->service == NULL && page->texts[PAGE_SEARCH] == NULL &&
        page->texts[PAGE_SHOW] == NULL && page->texts[PAGE_PID] == NULL && !page->is_missing)
        return;
    strbuf_puts(out, "<nav aria-label=\"Place\" class=\"crumbs\"><a href=\"./\">All services</a>");
    if (page->service != NULL) {
        strbuf_puts(out, " \u203a ");
        page_put_service(out, page->service);
    }
    if (page->family != NULL) {
        strbuf_puts(out, " \u203a ");
        page_put_family(out, page->family);
    }
    strbuf_puts(out, "</nav>\n");
}

/* Append "3 problems". */
static void put_verdict(struct strbuf *out, const struct status *status) {
    const uint64_t count = status->problems.count + status->problems.left_out;
    strbuf_puts(out, "<p role=\"status\" aria-live=\"polite\" class=\"verdict\">");
    if (count == 0) {
        page_put_state(out, "good", "OK");
        strbuf_puts(out, " <span class=\"quiet\">no problems</span></p>\n");
        return;
    }
    strbuf_puts(out, "<a href=\"./#problems\"><span class=\"state bad\">");
    page_words_put_count(out, count);
    strbuf_puts(out, count == 1 ? " problem</span></a></p>\n" : " problems</span></a></p>\n");
}

static void open_figure(struct strbuf *out, const char *name) {
    strbuf_printf(out, "<div><dt>%s</dt><dd>", name);
}

static void close_figure(struct strbuf *out) {
    strbuf_puts(out, "</dd></div>");
}

/* Append a rate if it is known, else the number since the start. */
static void put_flow(struct strbuf *out, const char *name, double rate, uint64_t count) {
    open_figure(out, name);
    if (rate >= 0)
        page_words_put_short(out, rate, "/s");
    else
        page_words_put_short(out, (double)count, "");
    close_figure(out);
}

static void put_facts(struct strbuf *out, const struct status *status, struct store_time now) {
    const struct status_facts *facts = &status->facts;
    open_figure(out, "Series");
    page_words_put_count(out, status->series);
    close_figure(out);
    if (facts->queue_capacity > 0) {
        open_figure(out, "Queue");
        page_words_put_share(out, (double)facts->queue_most / (double)facts->queue_capacity);
        close_figure(out);
    }
    if (facts->memory_bytes > 0) {
        open_figure(out, "Memory");
        page_words_put_bytes(out, (double)facts->memory_bytes);
        if (facts->memory_bound > 0) {
            strbuf_puts(out, " <span class=\"quiet\">of ");
            page_words_put_bytes(out, (double)facts->memory_bound);
            strbuf_puts(out, "</span>");
        }
        close_figure(out);
    }
    if (facts->started_ms > 0) {
        open_figure(out, "Started");
        page_words_put_ago(out, now.real_ms - (now.mono_ms - facts->started_mono_ms), now.real_ms);
        close_figure(out);
    }
    if (facts->loaded_ms > 0) {
        open_figure(out, "Catalogs read");
        page_words_put_ago(out, facts->loaded_ms, now.real_ms);
        close_figure(out);
    }
}

/* Append what is folded most, which no one has to act on. */
static void put_folding(struct strbuf *out, const struct status_folding *folding) {
    const struct catalog_family *family = folding->family;
    const struct who *who = &folding->who;
    if (family == NULL)
        return;
    strbuf_puts(out, "<p class=\"quiet folding\">Folded as declared, ");
    page_words_put_short(out, folding->rate, "/s");
    strbuf_puts(out, " and most of ");
    page_put_family(out, family);
    if (folding->label >= 0) {
        strbuf_puts(out, " by label ");
        page_html_puts(out, family->labels[folding->label].name);
    }
    if (who->pid > 0 || who->comm[0] != '\0') {
        strbuf_puts(out, ", from ");
        page_put_who(out, who->comm, sizeof who->comm, who->pid, who->unit);
    }
    strbuf_puts(out, "</p>");
}

static void put_truth(struct strbuf *out, const struct page *page, struct store_time now) {
    const struct status *status = page->status;
    strbuf_puts(out, "<div id=\"truth\" class=\"truth\">");
    put_verdict(out, status);
    strbuf_puts(out, "<dl class=\"figures\">");
    put_flow(out, "Samples", status->facts.samples_rate, status->samples);
    put_flow(out, "Rejected", status->facts.rejected_rate, status->rejected);
    put_flow(out, "Folded", status->facts.folded_rate, status->folded);
    put_flow(out, "Lost", -1, status->lost);
    put_facts(out, status, now);
    strbuf_puts(out, "</dl>");
    put_folding(out, &status->folding);
    strbuf_puts(out, "</div>\n");
}

bool page_write_top(struct page *page, struct slice *slice, struct store_time now) {
    struct strbuf *out = slice->out;
    put_head(out, page);
    strbuf_puts(out, "<header><h1><a href=\"./\">statgate</a> <span class=\"quiet\">");
    page_html_puts(out, page->source.version != NULL ? page->source.version : "");
    strbuf_puts(out, "</span></h1>\n");
    put_search(out, page);
    put_truth(out, page, now);
    strbuf_puts(out, "</header>\n");
    put_crumbs(out, page);
    strbuf_puts(out, "<main id=\"main\">\n");
    slice_spend(slice, 20);
    return true;
}

bool page_write_missing(struct page *page, struct slice *slice, struct store_time now) {
    const struct json_query query = {.service = page->texts[PAGE_SERVICE],
                                     .family = page->texts[PAGE_FAMILY]};
    struct json_selection selection;
    const char *near = NULL;
    (void)now;
    page_open_section(slice->out, "missing", "There is no such page");
    if (!view_json_selection_check(&page->source.views, &query, NULL, &selection, &near)) {
        strbuf_puts(slice->out, "<p>");
        page_html_puts(slice->out, near);
        strbuf_puts(slice->out, "</p>\n");
    }
    strbuf_puts(slice->out, "<p>No catalog that is loaded declares it, or this is no section. "
                            "<a href=\"./\">All services</a></p>\n");
    page_close_section(slice->out);
    return true;
}

/* ---- the end ---- */

/* Append an endpoint: a link only if it is at this page's address. From elsewhere, the daemon may
 * have another address. */
static void put_endpoint(struct strbuf *out, const struct page_endpoint *endpoint) {
    strbuf_puts(out, "<li>");
    if (endpoint->here) {
        strbuf_puts(out, "<a href=\".");
        page_html_puts(out, endpoint->path);
        strbuf_puts(out, "\">");
        page_html_puts(out, endpoint->path);
        strbuf_puts(out, "</a> ");
    } else {
        strbuf_puts(out, "<code>");
        page_html_puts(out, endpoint->address);
        page_html_puts(out, endpoint->path);
        strbuf_puts(out, "</code> ");
    }
    page_html_puts(out, endpoint->services);
    strbuf_puts(out, "</li>");
}

static void put_debug(struct strbuf *out, const char *name) {
    strbuf_printf(out, "<li><a href=\"./debug/%s\">/debug/%s</a></li>", name, name);
}

bool page_write_bottom(struct page *page, struct slice *slice, struct store_time now) {
    enum { ENDPOINTS_SHOWN = 20 };
    (void)now;
    struct strbuf *out = slice->out;
    strbuf_puts(out, "</main>\n<footer><nav aria-label=\"Other pages\"><h2>Metrics</h2><ul>");
    for (size_t i = 0; i < page->source.endpoint_count && i < ENDPOINTS_SHOWN; i++)
        put_endpoint(out, &page->source.endpoints[i]);
    strbuf_puts(out, "</ul><h2>As JSON</h2><ul>");
    static const char *const views[] = {"status", "series",  "rejections", "senders",   "breakers",
                                        "jobs",   "history", "catalog",    "endpoints", "ingress"};
    for (size_t i = 0; i < sizeof views / sizeof views[0]; i++)
        put_debug(out, views[i]);
    if (page->source.views.events != NULL)
        put_debug(out, "events");
    if (page->source.views.set->query_count > 0)
        put_debug(out, "queries");
    strbuf_puts(out, "</ul></nav></footer>\n</body></html>\n");
    slice_spend(slice, 20);
    return true;
}
