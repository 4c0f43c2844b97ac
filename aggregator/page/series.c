/* The series of a family, in order of their labels. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "base/num.h"
#include "page/html.h"
#include "page/page_private.h"
#include "page/picture.h"
#include "page/words.h"
#include "view/view.h"

enum { SERIES_MOST = 50, SERIES_LEAST = 8, NODES = 1200, ROW_UNITS = 10 };

/* The number of rows that fit on a page, from the approximate number of HTML nodes of each. */
static size_t rows_of(const struct catalog_family *family) {
    const size_t numbers =
        family->kind->items == ITEMS_BUCKETS ? 24 : 12 + 3 * family->quantile_count;
    const size_t rows = NODES / (numbers + 5 * (size_t)family->label_count);
    return rows > SERIES_MOST ? SERIES_MOST : rows < SERIES_LEAST ? SERIES_LEAST : rows;
}

/* ---- numbers, by kind ---- */

static void put_number(struct strbuf *out, const char *name, double value, const char *unit) {
    char digits[NUM_TEXT_MAX];
    strbuf_printf(out, "<td class=\"n\"><data class=\"v\" data-of=\"%s\" value=\"", name);
    strbuf_put(out, digits, num_put_go(digits, value));
    strbuf_puts(out, "\">");
    words_put_value(out, value, unit);
    strbuf_puts(out, "</data></td>");
}

static void put_none(struct strbuf *out) {
    strbuf_puts(out, "<td class=\"n quiet\">none</td>");
}

static void put_histogram(struct strbuf *out, const struct catalog_family *family,
                          const struct series *series) {
    static const double quantiles[] = {0.5, 0.9, 0.99};
    const uint64_t *counts = series_buckets(series);
    uint64_t total = 0;
    for (uint32_t i = 0; i <= family->bucket_count; i++)
        total += counts[i];
    put_number(out, "total", (double)total, NULL);
    for (size_t i = 0; i < sizeof quantiles / sizeof quantiles[0]; i++) {
        const double value =
            view_quantile_estimate(family->buckets, counts, family->bucket_count, quantiles[i]);
        strbuf_puts(out, "<td class=\"n\">");
        words_put_value(out, value, family->unit);
        strbuf_puts(out, "</td>");
    }
    strbuf_puts(out, "<td class=\"n\">");
    words_put_share(out, total > 0 ? (double)counts[family->bucket_count] / (double)total : 0);
    strbuf_puts(out, "</td><td>");
    picture_put_histogram(out, counts, family->bucket_count + 1, NULL, 0);
    strbuf_puts(out, "</td>");
}

static size_t put_summary(struct page *page, struct strbuf *out, const struct series *series,
                          struct store_time now) {
    const struct catalog_family *family = page->family;
    double values[CATALOG_QUANTILES_MAX];
    size_t units = 0;
    const bool has = store_quantiles(page->source.views.store, family, series, now, values, &units);
    put_number(out, "total", (double)series_summary(series)->count, NULL);
    for (uint32_t i = 0; i < family->quantile_count; i++) {
        if (!has) {
            put_none(out);
            continue;
        }
        strbuf_puts(out, "<td class=\"n\">");
        words_put_value(out, values[i], family->unit);
        strbuf_puts(out, "</td>");
    }
    return units;
}

static void put_relayed(struct strbuf *out, const struct catalog_family *family,
                        const struct series *series) {
    const struct series_relayed *relayed = series_relayed(series);
    for (uint32_t i = 0; i <= family->quantile_count; i++) {
        const uint32_t item = i == 0 ? RELAYED_COUNT : RELAYED_QUANTILES + i - 1;
        if ((relayed->present >> item & 1) == 0)
            put_none(out);
        else
            put_number(out, i == 0 ? "total" : "value", relayed->items[item],
                       i == 0 ? NULL : family->unit);
    }
}

static void put_state(struct strbuf *out, const struct catalog_family *family,
                      const struct series *series) {
    if (series->value < 0) {
        put_none(out);
        return;
    }
    const struct catalog_value *state = &family->state_label->values[(uint32_t)series->value];
    strbuf_puts(out, "<td class=\"n\">");
    html_put_isolated(out, state->text, state->len);
    strbuf_puts(out, "</td>");
}

static bool is_instant(const struct catalog_family *family) {
    static const char end[] = "_timestamp_seconds";
    const size_t len = strlen(family->name);
    return len >= sizeof end && strcmp(family->name + len - (sizeof end - 1), end) == 0;
}

static size_t put_numbers(struct page *page, struct strbuf *out, const struct series *series,
                          struct store_time now) {
    const struct catalog_family *family = page->family;
    if (family->kind->items == ITEMS_BUCKETS)
        put_histogram(out, family, series);
    else if (family_is_relayed(family))
        put_relayed(out, family, series);
    else if (family->kind->items == ITEMS_QUANTILES)
        return put_summary(page, out, series, now) + family->quantile_count;
    else if (family->kind->items == ITEMS_STATES)
        put_state(out, family, series);
    else if (is_instant(family) && isfinite(series->value) && fabs(series->value) < 1e12) {
        strbuf_puts(out, "<td class=\"n\">");
        words_put_ago(out, (int64_t)(series->value * 1000), now.real_ms);
        strbuf_puts(out, "</td>");
    } else
        put_number(out, family->kind->only_grows ? "total" : "value", series->value, family->unit);
    return family->bucket_count + family->quantile_count;
}

/* ---- the table ---- */

static bool has_written(const struct catalog_family *family) {
    return family->source == SOURCE_DATAGRAMS && !family->catalog->internal;
}

static size_t put_histogram_headings(const char **headings) {
    static const char *const columns[] = {"#Count",           "#Half below",
                                          "#90&nbsp;% below", "#99&nbsp;% below",
                                          "#Beyond the last", "Buckets"};
    size_t count = 0;
    for (; count < sizeof columns / sizeof columns[0]; count++)
        headings[count] = columns[count];
    return count;
}

static size_t put_headings(const struct catalog_family *family, const char **headings,
                           char texts[CATALOG_QUANTILES_MAX][32]) {
    size_t count = 0;
    headings[count++] = "Labels";
    if (family->kind->items == ITEMS_BUCKETS)
        count += put_histogram_headings(headings + count);
    else
        headings[count++] = family->kind->items == ITEMS_QUANTILES ? "#Count"
                            : family->kind->items == ITEMS_STATES  ? "#State"
                                                                   : "#Value";
    for (uint32_t i = 0; i < family->quantile_count; i++) {
        (void)snprintf(texts[i], sizeof texts[i], "#%.4g quantile", family->quantiles[i]);
        headings[count++] = texts[i];
    }
    if (has_written(family))
        headings[count++] = "#Last sample";
    return count;
}

static void open_table(struct page *page, struct strbuf *out) {
    const char *headings[CATALOG_QUANTILES_MAX + 10];
    char texts[CATALOG_QUANTILES_MAX][32];
    const size_t count = put_headings(page->family, headings, texts);
    page_open_section(out, "series", "Series");
    page_open_table(out, "Series", headings, count);
}

/* Append when the last sample came. Rows of queries all came at once. */
static void put_written(struct strbuf *out, const struct catalog_family *family,
                        const struct series *series, struct store_time now) {
    if (!has_written(family))
        return;
    const int64_t written_ms = store_written(family, series);
    strbuf_puts(out, "<td class=\"n\">");
    if (written_ms > 0)
        words_put_ago(out, now.real_ms - (now.mono_ms - written_ms), now.real_ms);
    else
        strbuf_puts(out, "<span class=\"quiet\">not yet</span>");
    strbuf_puts(out, "</td>");
}

/* The key of a row: a hash of its labels (FNV-1a). */
static uint64_t key_of(const struct page *page, const struct series *series) {
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (uint32_t i = 0; i < page->family->label_count; i++) {
        const struct catalog_value value = store_label_value(
            page->source.views.store, page->family, i, series_ids(page->family, series)[i]);
        for (uint32_t at = 0; at <= value.len; at++) /* with the terminator */
            hash = (hash ^ (unsigned char)value.text[at]) * UINT64_C(0x100000001b3);
    }
    return hash;
}

static size_t put_row(struct page *page, struct strbuf *out, const struct series *series,
                      struct store_time now) {
    strbuf_printf(out, "<tr data-key=\"%016" PRIx64 "\"><th scope=\"row\">", key_of(page, series));
    page_put_labels(out, page->source.views.store, page->family, series);
    strbuf_puts(out, "</th>");
    const size_t units = put_numbers(page, out, series, now);
    put_written(out, page->family, series, now);
    strbuf_puts(out, "</tr>\n");
    return units + ROW_UNITS + page->family->label_count;
}

/* ---- the walk ---- */

/* Continue after the last series of the previous page, if the token names one. */
static void seek(struct page *page) {
    struct page_token_reader token = {0};
    struct store_key keys[CATALOG_LABELS_MAX];
    const char *after = page->texts[PAGE_AFTER];
    const struct catalog_family *family = page->family;
    if (after != NULL &&
        view_page_token_open(&token, page->source.views.memory, after, PAGE_TOKEN_SERIES) &&
        view_page_token_next_family(&token, page->source.views.set) == family) {
        uint32_t i = 0;
        while (i < family->label_count && view_page_token_next(&token, &keys[i].text, &keys[i].len))
            i++;
        if (i == family->label_count && view_page_token_is_read(&token))
            store_cursor_seek(page->source.views.store, &page->walk.cursor, keys);
    }
    view_page_token_done(&token);
}

static void put_next(struct page *page, struct strbuf *out, const struct series *last) {
    const struct catalog_family *family = page->family;
    struct page_token_writer token;
    view_page_token_begin(&token, page->source.views.memory, PAGE_TOKEN_SERIES);
    view_page_token_add_family(&token, family);
    for (uint32_t i = 0; i < family->label_count; i++) {
        const struct catalog_value value =
            store_label_value(page->source.views.store, family, i, series_ids(family, last)[i]);
        view_page_token_add(&token, value.text, value.len);
    }
    struct strbuf text;
    strbuf_init_in(&text, page->source.views.memory);
    view_page_token_end(&token, &text);
    strbuf_puts(out, "<p class=\"more\"><a href=\"./?service=");
    html_put_encoded(out, family->catalog->service, strlen(family->catalog->service));
    strbuf_puts(out, "&amp;family=");
    html_put_encoded(out, family->name, strlen(family->name));
    strbuf_puts(out, "&amp;after=");
    html_put_encoded(out, text.data, text.len);
    strbuf_puts(out, "#series\">More</a></p>\n");
    out->failed |= text.failed;
    strbuf_done(&text);
}

static bool begin(struct page *page, struct slice *slice) {
    struct store *store = page->source.views.store;
    if (!slice_settle(slice, store, page->family))
        return false;
    store_cursor_open(store, &page->walk.cursor, page->family);
    seek(page);
    open_table(page, slice->out);
    page->walk.stage = 1;
    return true;
}

static void end(struct page *page, struct strbuf *out) {
    store_cursor_close(page->source.views.store, &page->walk.cursor);
    page_close_table(out);
    if (page->walk.written == 0)
        strbuf_puts(out, "<p>None yet.</p>\n");
}

bool page_write_series(struct page *page, struct slice *slice, struct store_time now) {
    struct page_walk *walk = &page->walk;
    struct store *store = page->source.views.store;
    if (!family_has_lines(page->family))
        return true;
    if (walk->stage == 0 && !begin(page, slice))
        return false;
    const size_t rows = rows_of(page->family);
    while (!slice_is_spent(slice)) {
        const struct series *series = store_cursor_next(store, &walk->cursor, now);
        slice_spend(slice, walk->cursor.units);
        if (series != NULL) {
            slice_spend(slice, put_row(page, slice->out, series, now));
            walk->written++;
        }
        if (series != NULL && walk->written < rows)
            continue;
        const bool more = series != NULL && walk->cursor.next != NULL;
        end(page, slice->out);
        if (more)
            put_next(page, slice->out, series);
        page_close_section(slice->out);
        return true;
    }
    return false;
}
