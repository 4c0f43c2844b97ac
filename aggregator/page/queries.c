/* Queries of databases: which ones fail, and why. */
#include "page/html.h"
#include "page/page_private.h"
#include "page/words.h"

enum { QUERIES_FEW = 10, QUERIES_MANY = 100, ROW_UNITS = 12 };

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
        html_put_isolated(out, down->why, strlen(down->why));
    strbuf_puts(out, ", last good ");
    words_put_ago(out, down->since_ms, now.real_ms);
    strbuf_puts(out, "</span>");
}

static void put_query(const struct page *page, struct strbuf *out,
                      const struct catalog_query *query, struct store_time now) {
    const uint64_t series = count_series(page, query);
    strbuf_printf(out, "<tr data-key=\"%u\"><th scope=\"row\">", query->index);
    page_put_service(out, query->catalog);
    strbuf_puts(out, " \u203a ");
    html_puts(out, query->name);
    strbuf_puts(out, "</th><td>");
    put_state(out, find_down(page, query), series, now);
    strbuf_puts(out, "</td><td>");
    html_puts(out, query->database->name);
    strbuf_puts(out, "</td><td class=\"n\">");
    words_put_count(out, series);
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
        put_query(page, slice->out, query, now);
        slice_spend(slice, ROW_UNITS + query->value_count);
    }
    if (walk->written == 0)
        return true;
    page_close_table(slice->out);
    page_put_more(page, slice->out, "queries", walk->left);
    page_close_section(slice->out);
    return true;
}
