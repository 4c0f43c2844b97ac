/* A histogram over all series of a family: its buckets as a picture, quantiles, and the share above
 * the last bound. */
#include <math.h>

#include "page/html.h"
#include "page/page_private.h"
#include "page/picture.h"
#include "page/words.h"
#include "view/view.h"

enum { SERIES_MAX = 2000, SERIES_UNITS = 4 };

static const struct {
    double q;
    const char *text;
} shown[] = {{0.5, "Half are below"}, {0.9, "90\u00a0% are below"}, {0.99, "99\u00a0% are below"}};
enum { QUANTILES = sizeof shown / sizeof shown[0] };

/* The position of a value, in buckets from the left. */
static double place_of(const struct catalog_family *family, double value) {
    uint32_t i = 0;
    while (i < family->bucket_count && value > family->buckets[i])
        i++;
    if (isnan(value) || i == family->bucket_count)
        return NAN;
    const double high = family->buckets[i];
    const double low = i > 0 ? family->buckets[i - 1] : fmin(0, high);
    return high > low ? i + (value - low) / (high - low) : i;
}

static double quantile_of(const struct page *page, size_t index) {
    return view_quantile_estimate(page->family->buckets, page->buckets, page->family->bucket_count,
                                  shown[index].q);
}

/* Append at most TICKS bounds under the picture, each below the right end of its bucket. */
static void put_scale(struct strbuf *out, const struct catalog_family *family) {
    enum { TICKS = 12 };
    const uint32_t each = (family->bucket_count + TICKS - 1) / TICKS;
    strbuf_puts(out, "<div class=\"scale\" aria-hidden=\"true\">");
    for (uint32_t i = 0; i < family->bucket_count; i += each) {
        strbuf_puts(out, "<span>");
        const uint32_t last =
            i + each <= family->bucket_count ? i + each - 1 : family->bucket_count - 1;
        words_put_value(out, family->buckets[last], family->unit);
        strbuf_puts(out, "</span>");
    }
    strbuf_puts(out, "<span>more</span></div>");
}

static void put_picture(const struct page *page, struct strbuf *out) {
    struct picture_mark marks[QUANTILES];
    for (size_t i = 0; i < QUANTILES; i++)
        marks[i].at = place_of(page->family, quantile_of(page, i));
    strbuf_puts(out, "<div class=\"large\">");
    picture_put_histogram(out, page->buckets, page->family->bucket_count + 1, marks, QUANTILES);
    put_scale(out, page->family);
    strbuf_puts(out, "</div>\n");
}

static void put_facts(const struct page *page, struct strbuf *out, uint64_t total) {
    const struct catalog_family *family = page->family;
    strbuf_puts(out, "<dl class=\"figures\"><div><dt>Observations</dt><dd>");
    words_put_count(out, total);
    for (size_t i = 0; i < QUANTILES; i++) {
        strbuf_printf(out, "</dd></div><div><dt>%s</dt><dd>", shown[i].text);
        words_put_value(out, quantile_of(page, i), family->unit);
    }
    const uint64_t beyond = page->buckets[family->bucket_count];
    strbuf_printf(out, "</dd></div><div%s><dt>Beyond the last bucket</dt><dd>",
                  total > 0 && (double)beyond / (double)total > 0.01 ? " class=\"odd\"" : "");
    words_put_share(out, total > 0 ? (double)beyond / (double)total : 0);
    strbuf_puts(out, "</dd></div></dl>\n");
}

static void put_section(const struct page *page, struct strbuf *out, bool cut) {
    uint64_t total = 0;
    for (uint32_t i = 0; i <= page->family->bucket_count; i++)
        total += page->buckets[i];
    page_open_section(out, "histogram", "Since the start");
    put_facts(page, out, total);
    if (total > 0)
        put_picture(page, out);
    if (cut)
        strbuf_printf(out, "<p class=\"quiet\">Of the first %d series.</p>\n", SERIES_MAX);
    page_close_section(out);
}

static void add(struct page *page, const struct series *series) {
    const uint64_t *counts = series_buckets(series);
    for (uint32_t i = 0; i <= page->family->bucket_count; i++)
        page->buckets[i] += counts[i];
}

bool page_write_histogram(struct page *page, struct slice *slice, struct store_time now) {
    struct page_walk *walk = &page->walk;
    struct store *store = page->source.views.store;
    if (page->family->kind->items != ITEMS_BUCKETS)
        return true;
    if (walk->stage == 0) {
        if (!slice_settle(slice, store, page->family))
            return false;
        store_cursor_open(store, &walk->cursor, page->family);
        walk->stage = 1;
    }
    const struct series *series = NULL;
    do {
        if (slice_is_spent(slice))
            return false;
        series = walk->written < SERIES_MAX ? store_cursor_next(store, &walk->cursor, now) : NULL;
        if (series != NULL)
            add(page, series);
        walk->written++;
        slice_spend(slice, SERIES_UNITS + page->family->bucket_count / 4);
    } while (series != NULL);
    put_section(page, slice->out, walk->cursor.next != NULL);
    store_cursor_close(store, &walk->cursor);
    return true;
}
