/* SPDX-License-Identifier: MIT */
/* page_series.c - the series of a family, with curves and histograms. */
#include "page/page_private.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

#include "base/num.h"

/* ---- curves ---- */

enum { CELL_POINTS = 60, WIDE_POINTS = 144 };

/* Reduce a curve to at most `most` points, per second unless it is a level. Each is the greatest of
 * the points it replaces, since people look for peaks. Returns the number of points. */
static size_t thin(const struct history_points *points, bool is_level, size_t most,
                   double *ret_values) {
    const size_t each = (points->count + most - 1) / most;
    const size_t count = points->count / each;
    const double seconds = is_level ? 1 : points->step_ms / 1000.0;
    for (size_t i = 0; i < count; i++) {
        double value = NAN;
        for (size_t at = i * each; at < (i + 1) * each; at++)
            if (points->values[at] != HISTORY_UNKNOWN)
                value = fmax(isnan(value) ? 0 : value, points->values[at] / seconds);
        ret_values[i] = value;
    }
    return count;
}

static void put_points(struct strbuf *out, const char *class, const struct history_points *points,
                       bool is_level, size_t most) {
    double values[WIDE_POINTS];
    page_picture_put_curve(out, class, values, thin(points, is_level, most, values));
}

/* ---- cells ---- */

static void put_cell(struct strbuf *out, const struct history_points *points, bool has_rate,
                     double rate, double folded) {
    strbuf_puts(out, "<td class=\"n flow\">");
    put_points(out, "spark", points, false, CELL_POINTS);
    strbuf_puts(out, " <span>");
    if (has_rate)
        page_words_put_short(out, rate, "/s");
    if (folded > 0) {
        strbuf_puts(out, ", ");
        page_words_put_short(out, folded, "/s folded");
    }
    strbuf_puts(out, "</span></td>");
}

void page_curves_put_service_cell(struct strbuf *out, const struct history *history, int service) {
    struct history_points points;
    double rate = 0;
    if (history == NULL)
        return;
    if (!history_service_curve(history, service, HISTORY_SAMPLES, HISTORY_SHORT, &points)) {
        strbuf_puts(out, "<td></td>");
        return;
    }
    const bool has_rate = history_service_rate(history, service, HISTORY_SAMPLES, &rate);
    put_cell(out, &points, has_rate, rate, 0);
}

/* Add the points of a curve of the same times. */
static void add_points(struct history_points *points, const struct history_points *more) {
    for (uint32_t i = 0; i < points->count; i++)
        if (points->values[i] != HISTORY_UNKNOWN && more->values[i] != HISTORY_UNKNOWN)
            points->values[i] += more->values[i];
}

void page_curves_put_family_cell(struct strbuf *out, const struct history *history,
                                 const struct catalog_family *family) {
    struct history_points points;
    struct history_points folds;
    double rate = 0;
    double folded = 0;
    if (history == NULL)
        return;
    if (!history_family_curve(history, family, HISTORY_FAMILY_ACCEPTED, HISTORY_SHORT, &points)) {
        strbuf_puts(out, "<td></td>");
        return;
    }
    const bool has_rate = history_family_rate(history, family, HISTORY_FAMILY_ACCEPTED, &rate);
    if (history_family_curve(history, family, HISTORY_FAMILY_FOLDED, HISTORY_SHORT, &folds))
        add_points(&points, &folds);
    (void)history_family_rate(history, family, HISTORY_FAMILY_FOLDED, &folded);
    put_cell(out, &points, has_rate, rate + folded, folded);
}

/* ---- large ones ---- */

static double peak_of(const struct history_points *points, bool is_level) {
    double values[WIDE_POINTS];
    double most = NAN;
    const size_t count = thin(points, is_level, WIDE_POINTS, values);
    for (size_t i = 0; i < count; i++)
        if (!isnan(values[i]))
            most = fmax(isnan(most) ? 0 : most, values[i]);
    return most;
}

/* Append a curve, with its span and its peak in words. */
static void put_span(struct strbuf *out, const struct history_points *points, bool is_level,
                     const char *span) {
    const double peak = peak_of(points, is_level);
    strbuf_puts(out, "<div class=\"span\">");
    put_points(out, "curve", points, is_level, WIDE_POINTS);
    strbuf_printf(out, "<p class=\"quiet\">%s", span);
    if (!isnan(peak)) {
        strbuf_puts(out, ", at most ");
        page_words_put_short(out, peak, is_level ? "" : "/s");
    }
    strbuf_puts(out, "</p></div>");
}

static void open_curves(struct strbuf *out, const char *name, bool has_rate, double rate,
                        bool is_level) {
    strbuf_printf(out, "<div class=\"curves\"><h3>%s", name);
    if (has_rate) {
        strbuf_puts(out, " <span>");
        page_words_put_short(out, rate, is_level ? "" : "/s");
        strbuf_puts(out, "</span>");
    }
    strbuf_puts(out, "</h3>");
}

/* Returns false if the service takes no samples, or nothing happened in a day. */
static bool has_curve(const struct history *history, int service, enum history_curve curve) {
    struct history_points points;
    if (!history_service_curve(history, service, curve, HISTORY_SHORT, &points))
        return false;
    if (peak_of(&points, true) > 0)
        return true;
    return history_service_curve(history, service, curve, HISTORY_LONG, &points) &&
           peak_of(&points, true) > 0;
}

static void put_curve(struct strbuf *out, const struct history *history, int service,
                      enum history_curve curve) {
    struct history_points points;
    double rate = 0;
    const bool is_level = curve == HISTORY_SENDERS;
    const bool has_rate = history_service_rate(history, service, curve, &rate);
    open_curves(out, history_curve_text(curve), has_rate, rate, is_level);
    if (history_service_curve(history, service, curve, HISTORY_SHORT, &points))
        put_span(out, &points, is_level, "5 min");
    if (history_service_curve(history, service, curve, HISTORY_LONG, &points))
        put_span(out, &points, is_level, "a day");
    strbuf_puts(out, "</div>\n");
}

size_t page_curves_put_service(struct strbuf *out, const struct history *history, int service) {
    enum { UNITS = 200 };
    const char *comma = "<p class=\"quiet\">Nothing in the last day: ";
    bool has[HISTORY_CURVE_COUNT];
    if (history == NULL)
        return 0;
    strbuf_puts(out, "<div class=\"lately\">\n");
    for (int curve = 0; curve < HISTORY_CURVE_COUNT; curve++) {
        has[curve] = has_curve(history, service, (enum history_curve)curve);
        if (has[curve])
            put_curve(out, history, service, (enum history_curve)curve);
    }
    strbuf_puts(out, "</div>\n");
    for (int curve = 0; curve < HISTORY_CURVE_COUNT; curve++)
        if (!has[curve]) {
            strbuf_printf(out, "%s%s", comma, history_curve_text((enum history_curve)curve));
            comma = ", ";
        }
    strbuf_puts(out, *comma == ',' ? ".</p>\n" : "");
    return (size_t)UNITS * HISTORY_CURVE_COUNT;
}

/* Append one curve of a family. False: it has none. */
static bool put_family_curve(struct strbuf *out, const struct history *history,
                             const struct catalog_family *family, enum history_family_curve curve) {
    static const char *const titles[] = {"accepted samples", "folded samples"};
    struct history_points points;
    double rate = 0;
    if (!history_family_curve(history, family, curve, HISTORY_SHORT, &points))
        return false;
    const bool has_rate = history_family_rate(history, family, curve, &rate);
    open_curves(out, titles[curve], has_rate, rate, false);
    put_span(out, &points, false, "5 min");
    if (history_family_curve(history, family, curve, HISTORY_LONG, &points))
        put_span(out, &points, false, "a day");
    strbuf_puts(out, "</div>");
    return true;
}

size_t page_curves_put_family(struct strbuf *out, const struct history *history,
                              const struct catalog_family *family) {
    enum { UNITS = 120 };
    struct history_points points;
    if (history == NULL ||
        !history_family_curve(history, family, HISTORY_FAMILY_ACCEPTED, HISTORY_SHORT, &points))
        return 0;
    strbuf_puts(out, "<div class=\"lately\">\n");
    for (int curve = 0; curve < HISTORY_FAMILY_CURVE_COUNT; curve++)
        (void)put_family_curve(out, history, family, (enum history_family_curve)curve);
    strbuf_puts(out, "</div>\n");
    return UNITS;
}

/* ---- histogram ----
 * A histogram over all series of a family: its buckets as a picture, quantiles, and the share above
 * the last bound.
 */

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
        page_words_put_value(out, family->buckets[last], family->unit);
        strbuf_puts(out, "</span>");
    }
    strbuf_puts(out, "<span>more</span></div>");
}

static void put_picture(const struct page *page, struct strbuf *out) {
    struct picture_mark marks[QUANTILES];
    for (size_t i = 0; i < QUANTILES; i++)
        marks[i].at = place_of(page->family, quantile_of(page, i));
    strbuf_puts(out, "<div class=\"large\">");
    page_picture_put_histogram(out, page->buckets, page->family->bucket_count + 1, marks,
                               QUANTILES);
    put_scale(out, page->family);
    strbuf_puts(out, "</div>\n");
}

static void put_facts(const struct page *page, struct strbuf *out, uint64_t total) {
    const struct catalog_family *family = page->family;
    strbuf_puts(out, "<dl class=\"figures\"><div><dt>Observations</dt><dd>");
    page_words_put_count(out, total);
    for (size_t i = 0; i < QUANTILES; i++) {
        strbuf_printf(out, "</dd></div><div><dt>%s</dt><dd>", shown[i].text);
        page_words_put_value(out, quantile_of(page, i), family->unit);
    }
    const uint64_t beyond = page->buckets[family->bucket_count];
    strbuf_printf(out, "</dd></div><div%s><dt>Beyond the last bucket</dt><dd>",
                  total > 0 && (double)beyond / (double)total > 0.01 ? " class=\"odd\"" : "");
    page_words_put_share(out, total > 0 ? (double)beyond / (double)total : 0);
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

/* ---- series: The series of a family, in order of their labels. ---- */

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
    page_words_put_value(out, value, unit);
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
        page_words_put_value(out, value, family->unit);
        strbuf_puts(out, "</td>");
    }
    strbuf_puts(out, "<td class=\"n\">");
    page_words_put_share(out, total > 0 ? (double)counts[family->bucket_count] / (double)total : 0);
    strbuf_puts(out, "</td><td>");
    page_picture_put_histogram(out, counts, family->bucket_count + 1, NULL, 0);
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
        page_words_put_value(out, values[i], family->unit);
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
    page_html_put_isolated(out, state->text, state->len);
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
        page_words_put_ago(out, (int64_t)(series->value * 1000), now.real_ms);
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
        page_words_put_ago(out, now.real_ms - (now.mono_ms - written_ms), now.real_ms);
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
    page_html_put_encoded(out, family->catalog->service, strlen(family->catalog->service));
    strbuf_puts(out, "&amp;family=");
    page_html_put_encoded(out, family->name, strlen(family->name));
    strbuf_puts(out, "&amp;after=");
    page_html_put_encoded(out, text.data, text.len);
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
