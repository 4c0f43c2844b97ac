/* statgate queries: databases, and queries with their last run. */
#include <inttypes.h>

#include "base/terminal.h"
#include "statgate/shown/page.h"
#include "statgate/shown/words.h"

/* A daemon of an earlier version does not say whether a database is silent. */
static void put_message(struct table *table, const json_t *database) {
    const char *message = jsonread_text(database, "message", NULL);
    struct strbuf text = {0};
    if (jsonread_bool(database, "silent", false))
        strbuf_puts(&text, "not waited for: ");
    strbuf_puts(&text, *message != '\0' ? message : "-");
    table_text(table, text.data, text.len);
    strbuf_done(&text);
}

static void put_databases(const struct shown_page *page) {
    static const char *const heads[] = {"SERVICE", "DATABASE", "CONNECTED", "FAILURES", "MESSAGE"};
    const json_t *databases = jsonread_list(page->root, "databases");
    struct table table;
    size_t index;
    json_t *database;
    table_init(&table, "llrrl");
    table_heads(&table, heads);
    json_array_foreach((json_t *)(uintptr_t)databases, index, database) {
        page_text(&table, database, "service");
        page_text(&table, database, "name");
        page_count(&table, database, "connected");
        page_count(&table, database, "failures");
        put_message(&table, database);
    }
    if (json_array_size(databases) == 0)
        strbuf_puts(page->out, "no queries are declared\n");
    page_put_table(page, NULL, &table);
}

static void put_error(struct table *table, const json_t *query) {
    const json_t *error = jsonread_member(query, "last_error");
    struct strbuf text = {0};
    strbuf_puts(&text, error != NULL ? jsonread_text(error, "reason", NULL) : "-");
    if (*jsonread_text(error, "message", NULL) != '\0')
        strbuf_printf(&text, ": %s", jsonread_text(error, "message", NULL));
    table_text(table, text.data, text.len);
    strbuf_done(&text);
}

static const char *state_of(const json_t *query) {
    if (jsonread_bool(query, "up", false))
        return "up";
    return jsonread_i64(query, "runs", 1) == 0 ? "never ran" : "DOWN";
}

static void put_took(struct table *table, const json_t *query) {
    char text[WORDS_MAX];
    const double took_s = jsonread_number(query, "duration_s", 0);
    if (jsonread_i64(query, "last_run", 0) == 0)
        table_cell(table, "-");
    else
        table_cell(table, "%s", words_took(text, took_s));
}

static void put_queries(const struct shown_page *page) {
    static const char *const heads[] = {"STATE",     "SERVICE", "QUERY", "DATABASE", "LAST RUN",
                                        "LAST GOOD", "TOOK",    "ROWS",  "REJECTED", "LAST ERROR"};
    const json_t *queries = jsonread_list(page->root, "queries");
    struct table table;
    size_t index;
    json_t *query;
    table_init(&table, "llllrrrrrl");
    table_heads(&table, heads);
    json_array_foreach((json_t *)(uintptr_t)queries, index, query) {
        table_cell(&table, "%s", state_of(query));
        page_text(&table, query, "service");
        page_text(&table, query, "name");
        page_text(&table, query, "database");
        page_ago(&table, page, query, "last_run");
        page_ago(&table, page, query, "last_good");
        put_took(&table, query);
        page_count(&table, query, "rows");
        page_count(&table, query, "rejected");
        put_error(&table, query);
    }
    page_put_table(page, "Queries", &table);
}

void shown_queries(const struct shown_page *page) {
    put_databases(page);
    put_queries(page);
}
