/* The latest events, the latest first. */
#include <inttypes.h>

#include "events/events.h"
#include "page/html.h"
#include "page/page_private.h"
#include "page/words.h"

enum { EVENTS_FEW = 10, EVENTS_MANY = 120, ROW_UNITS = 15 };

static const struct {
    const char *class;
    const char *word;
} looks[EVENT_KIND_COUNT] = {
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

static bool is_shown(const struct page *page, const struct events_item *item) {
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
        html_put_isolated(out, item->name, strnlen(item->name, sizeof item->name));
    }
    if (item->labels[0] != '\0') {
        strbuf_puts(out, " <span class=\"label\">");
        html_put_isolated(out, item->labels, strnlen(item->labels, sizeof item->labels));
        strbuf_puts(out, "</span>");
    }
}

static void put_event(const struct page *page, struct strbuf *out, const struct events_item *item,
                      struct store_time now) {
    const bool is_good = item->over;
    strbuf_printf(out, "<tr data-key=\"%" PRIu64 "\"><td class=\"n\">", item->id);
    words_put_ago(out, item->at_ms, now.real_ms);
    strbuf_puts(out, "</td><th scope=\"row\">");
    page_put_state(out, is_good ? "good" : looks[item->kind].class, looks[item->kind].word);
    strbuf_puts(out, "</th><td>");
    put_place(page, out, item);
    strbuf_puts(out, "</td><td>");
    html_put_isolated(out, item->text, strnlen(item->text, sizeof item->text));
    if (item->held > 0) {
        strbuf_puts(out, " <span class=\"quiet\">and ");
        words_put_count(out, item->held);
        strbuf_puts(out, " more like it</span>");
    }
    strbuf_puts(out, "</td><td>");
    page_put_who(out, item->who.comm, sizeof item->who.comm, item->who.pid, item->who.unit);
    strbuf_puts(out, "</td></tr>\n");
}

static void open(struct strbuf *out) {
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
        if (!is_shown(page, item))
            continue;
        if (walk->written == rows) {
            walk->left++;
            continue;
        }
        if (walk->written++ == 0)
            open(slice->out);
        put_event(page, slice->out, item, now);
        slice_spend(slice, ROW_UNITS);
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
