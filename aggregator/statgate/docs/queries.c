/* The section on values that are read from databases. */
#include "statgate/docs/markdown.h"
#include "statgate/docs/sections.h"

/* The SQL of queries and the connection are never shown, because more people may read the page
 * than the catalog. */
void docs_write_queries(struct strbuf *out, const struct catalog *catalog, int level) {
    if (catalog->query_count == 0)
        return;
    docs_put_heading(out, level, "Read when scraped");
    strbuf_puts(out, "Queries run for each scrape. `statgate_query_up` is 0 for one that fails, "
                     "and its series are absent.\n\n"
                     "| Query | Database | Shown again for | At most | Series |\n"
                     "|---|---|---|---|---|\n");
    for (size_t i = 0; i < catalog->query_count; i++) {
        const struct catalog_query *query = &catalog->queries[i];
        strbuf_puts(out, "| ");
        docs_put_code(out, query->name);
        strbuf_puts(out, " | ");
        docs_put_code(out, query->database->name);
        strbuf_puts(out, " | ");
        if (query->cache_ms > 0)
            docs_put_seconds(out, query->cache_ms);
        else
            strbuf_puts(out, "–");
        strbuf_puts(out, " | ");
        docs_put_seconds(out, query->timeout_ms);
        strbuf_puts(out, ", ");
        docs_put_count(out, query->max_rows);
        strbuf_puts(out, " rows | ");
        for (size_t j = 0; j < query->value_count; j++) {
            strbuf_puts(out, j == 0 ? "" : ", ");
            docs_put_code(out, query->values[j].family->name);
        }
        strbuf_puts(out, " |\n");
    }
}
