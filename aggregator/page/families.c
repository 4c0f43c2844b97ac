/* The families of a service, and the results of a search. */
#include <strings.h>

#include "page/curves.h"
#include "page/html.h"
#include "page/page_private.h"
#include "page/picture.h"
#include "page/words.h"

enum { FAMILIES_MAX = 60, FOUND_MAX = 60, ROW_UNITS = 12 };

/* Append the number of series, and the value if there is only one. */
static void put_series(struct strbuf *out, const struct store *store,
                       const struct catalog_family *family) {
    words_put_count(out, store_family_count(store, family));
    strbuf_puts(out, " <span class=\"quiet\">of ");
    words_put_count(out, family->bound);
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
        html_puts(out, family->labels[i].name);
    }
    strbuf_puts(out, "</td><td class=\"n\">");
    put_series(out, page->source.views.store, family);
    strbuf_puts(out, "</td>");
    curves_put_family_cell(out, page->source.views.history, family);
    strbuf_puts(out, "<td class=\"help\">");
    html_puts(out, family->help);
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
    html_put_encoded(out, service->service, strlen(service->service));
    strbuf_puts(out, "&amp;after=");
    const char *last = service->families[page->walk.at - 1].name;
    html_put_encoded(out, last, strlen(last));
    strbuf_puts(out, "#families\">");
    words_put_count(out, left);
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
        slice_spend(slice, ROW_UNITS);
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
    html_put_isolated(out, page->texts[PAGE_SEARCH], strlen(page->texts[PAGE_SEARCH]));
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
        slice_spend(slice, ROW_UNITS);
    }
    page_close_table(slice->out);
    if (walk->written == 0)
        strbuf_puts(slice->out, "<p>Nothing.</p>\n");
    if (walk->left > 0) {
        strbuf_puts(slice->out, "<p class=\"more\">");
        words_put_count(slice->out, walk->left);
        strbuf_puts(slice->out, " more; say more of the name.</p>\n");
    }
    page_close_section(slice->out);
    return true;
}
