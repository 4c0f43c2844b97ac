#include "statgate/docs/page.h"

#include <ctype.h>
#include <string.h>

#include "statgate/docs/markdown.h"
#include "statgate/docs/sections.h"

/* ---- a service ---- */

/* The next attribute in byte order of key after `behind` (NULL: the first); NULL after the last.
 * Attributes without a value in the environment follow the others in the array, unsorted. */
static const struct catalog_attribute *next_attribute(const struct catalog_attribute *attributes,
                                                      size_t count,
                                                      const struct catalog_attribute *behind) {
    const struct catalog_attribute *next = NULL;
    for (size_t i = 0; i < count; i++) {
        const struct catalog_attribute *other = &attributes[i];
        if ((behind == NULL || strcmp(other->key, behind->key) > 0) &&
            (next == NULL || strcmp(other->key, next->key) < 0))
            next = other;
    }
    return next;
}

static void put_attributes(struct strbuf *out, const char *name,
                           const struct catalog_attribute *attributes, size_t count) {
    const char *before = "";
    if (count == 0)
        return;
    strbuf_printf(out, "| %s | ", name);
    for (const struct catalog_attribute *at = next_attribute(attributes, count, NULL); at != NULL;
         at = next_attribute(attributes, count, at)) {
        strbuf_puts(out, before);
        docs_put_code(out, at->key);
        strbuf_puts(out, at->variable != NULL ? " = the daemon's environment variable " : " = ");
        docs_put_code(out, at->variable != NULL ? at->variable : at->value);
        if (at->variable != NULL)
            strbuf_puts(out, ", absent without");
        before = "; ";
    }
    strbuf_puts(out, " |\n");
}

static size_t count_families(const struct catalog *catalog) {
    size_t count = 0;
    for (size_t i = 0; i < catalog->family_count; i++)
        count += family_has_lines(&catalog->families[i]) ? 1 : 0;
    return count;
}

static bool shows(const struct settings_endpoint *endpoint, const struct catalog *catalog) {
    for (size_t i = 0; i < endpoint->options.service_count; i++)
        if (strcmp(endpoint->options.services[i], catalog->service) == 0)
            return true;
    return false;
}

/* Write the choice of groups: "groups a, b without c". */
static void put_choice(struct strbuf *out, const struct endpoint_options *options) {
    const bool all = strcmp(options->include, "all") == 0;
    const bool none = options->exclude[0] == '\0' || strcmp(options->exclude, "none") == 0;
    if (all && none)
        return;
    strbuf_puts(out, all ? ", all groups" : ", groups ");
    if (!all)
        docs_put_code(out, options->include);
    if (!none) {
        strbuf_puts(out, " without ");
        docs_put_code(out, options->exclude);
    }
}

static void put_endpoint(struct strbuf *out, const struct settings_endpoint *endpoint) {
    strbuf_puts(out, "| Endpoint | ");
    docs_put_code(out, endpoint->listen);
    strbuf_puts(out, ", path ");
    docs_put_code(out, endpoint->path);
    put_choice(out, &endpoint->options);
    endpoint_options_put_phrases(out, &endpoint->options);
    strbuf_puts(out, " |\n");
}

static void put_endpoints(struct strbuf *out, const struct docs_page *page,
                          const struct catalog *catalog) {
    bool any = false;
    for (size_t i = 0; i < page->endpoint_count; i++) {
        if (!shows(&page->endpoints[i], catalog))
            continue;
        put_endpoint(out, &page->endpoints[i]);
        any = true;
    }
    if (!any && page->rest != NULL)
        put_endpoint(out, page->rest);
}

static void put_facts(struct strbuf *out, const struct docs_page *page,
                      const struct catalog *catalog) {
    strbuf_puts(out, "| | |\n|---|---|\n| Service | ");
    docs_put_code(out, catalog->service);
    strbuf_puts(out, " |\n");
    put_endpoints(out, page, catalog);
    put_attributes(out, "Resource", catalog->resource, catalog->resource_declared);
    put_attributes(out, "Scope", catalog->scope, catalog->scope_declared);
    strbuf_puts(out, "| Socket | ");
    if (catalog->socket != NULL)
        docs_put_code(out, catalog->socket);
    else
        strbuf_puts(out, "the one that services share");
    strbuf_printf(out, " |\n| Senders | %s |\n",
                  catalog->senders_restricted ? "the users and groups that the catalog lists"
                                              : "everyone who may write to the socket");
    if (catalog->ignore_label_count > 0) {
        strbuf_puts(out, "| Labels that are stripped | ");
        docs_put_codes(out, catalog->ignore_labels, catalog->ignore_label_count);
        strbuf_puts(out, " |\n");
    }
    strbuf_puts(out, "| Families | ");
    docs_put_count(out, count_families(catalog));
    strbuf_puts(out, ", with at most ");
    docs_put_count(out, catalog->bound);
    strbuf_puts(out, " series in ");
    docs_put_count(out, catalog->lines);
    strbuf_printf(out, " sample line%s |\n", catalog->lines == 1 ? "" : "s");
}

static void put_service(struct strbuf *out, const struct docs_page *page,
                        const struct catalog *catalog, int level) {
    put_facts(out, page, catalog);
    docs_write_series(out, catalog, level);
    docs_write_labels(out, catalog, level);
    docs_write_presence(out, catalog, level);
    docs_write_buckets(out, catalog, level);
    docs_write_queries(out, catalog, level);
    docs_write_sending(out, catalog, level);
    docs_write_bounds(out, catalog, level);
}

/* ---- all services ---- */

/* Write the services as "a, b and c". */
static void put_list(struct strbuf *out, const struct catalog *const *catalogs, size_t count) {
    for (size_t i = 0; i < count; i++) {
        strbuf_puts(out, i == 0 ? "" : i + 1 < count ? ", " : " and ");
        docs_put_prose(out, catalogs[i]->service);
    }
}

/* Write a heading's anchor as GitHub and others make it: lower case, without dots. */
static void put_anchor(struct strbuf *out, const char *service) {
    for (; *service; service++)
        if (*service != '.')
            strbuf_putc(out, (char)tolower((unsigned char)*service));
}

static void put_overview(struct strbuf *out, const struct catalog *const *catalogs, size_t count) {
    strbuf_puts(out, "| Service | Families | Most series | Most sample lines |\n"
                     "|---|---:|---:|---:|\n");
    for (size_t i = 0; i < count; i++) {
        const struct catalog *catalog = catalogs[i];
        strbuf_puts(out, "| [");
        docs_put_prose(out, catalog->service);
        strbuf_puts(out, "](#");
        put_anchor(out, catalog->service);
        strbuf_puts(out, ") | ");
        docs_put_count(out, count_families(catalog));
        strbuf_puts(out, " | ");
        docs_put_count(out, catalog->bound);
        strbuf_puts(out, " | ");
        docs_put_count(out, catalog->lines);
        strbuf_puts(out, " |\n");
    }
}

static void put_title(struct strbuf *out, const struct catalog *const *catalogs, size_t count,
                      const char *title) {
    strbuf_puts(out, "# ");
    if (title != NULL) {
        docs_put_prose(out, title);
    } else {
        strbuf_puts(out, "Metrics of ");
        put_list(out, catalogs, count);
    }
    strbuf_printf(out,
                  "\n\n<!-- Written by `statgate docs` from the catalog%s: change %s, and write "
                  "this page again. -->\n\n",
                  count == 1 ? "" : "s", count == 1 ? "that" : "those");
}

void docs_write(struct strbuf *out, const struct docs_page *page) {
    put_title(out, page->catalogs, page->count, page->title);
    if (page->count == 1) {
        put_service(out, page, page->catalogs[0], 2);
        return;
    }
    put_overview(out, page->catalogs, page->count);
    for (size_t i = 0; i < page->count; i++) {
        struct strbuf text;
        strbuf_init(&text);
        docs_put_prose(&text, page->catalogs[i]->service);
        docs_put_heading(out, 2, strbuf_cstr(&text));
        out->failed |= text.failed;
        strbuf_done(&text);
        put_service(out, page, page->catalogs[i], 3);
    }
}
