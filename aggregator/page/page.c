/* SPDX-License-Identifier: MIT */
/* page.c - the page as a whole, and the pieces of HTML that its parts are made of. */
#include "page/page_private.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/num.h"
#include "base/utf8.h"

/* ---- asset ---- */

const struct page_asset *page_asset(const char *path) {
    for (size_t i = 0; i < page_asset_count; i++)
        if (strcmp(path, page_assets[i].path) == 0)
            return &page_assets[i];
    return NULL;
}

/* ---- words ---- */

void page_words_put_count(struct strbuf *out, uint64_t count) {
    char digits[NUM_TEXT_MAX];
    const size_t len = num_put_u64(digits, count);
    for (size_t i = 0; i < len; i++) {
        if (i > 0 && (len - i) % 3 == 0)
            strbuf_putc(out, ',');
        strbuf_putc(out, digits[i]);
    }
}

/* Append a value below 1,000 with three significant digits, without trailing zeros. */
static void put_digits(struct strbuf *out, double value) {
    char text[32];
    const double size = fabs(value);
    const int places = size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2;
    const int len = snprintf(text, sizeof text, "%.*f", places, value);
    size_t end = (size_t)len;
    while (places > 0 && text[end - 1] == '0')
        end--;
    if (text[end - 1] == '.')
        end--;
    strbuf_put(out, text, end);
}

/* Append the value divided by the largest step that leaves at least 1, and that step's word. */
static void put_stepped(struct strbuf *out, double value, double step, const char *const *words,
                        size_t count, const char *unit) {
    size_t i = 0;
    for (; i + 1 < count && fabs(value) >= (step < 1001 ? 999.5 : 1023.5); i++)
        value /= step;
    put_digits(out, value);
    if (*words[i] != '\0' || *unit != '\0')
        strbuf_printf(out, "%s%s%s", *words[i] != '\0' ? "\u00a0" : "", words[i], unit);
}

static bool put_odd(struct strbuf *out, double value) {
    if (isfinite(value))
        return false;
    strbuf_puts(out, isnan(value) ? "none" : value > 0 ? "+\u221e" : "\u2212\u221e");
    return true;
}

void page_words_put_short(struct strbuf *out, double value, const char *unit) {
    static const char *const words[] = {"", "k", "M", "G", "T"};
    if (put_odd(out, value))
        return;
    if (value != 0 && (fabs(value) < 0.005 || fabs(value) >= 1e15))
        strbuf_printf(out, "%.2g%s", value, unit);
    else
        put_stepped(out, value, 1000, words, sizeof words / sizeof words[0], unit);
}

void page_words_put_share(struct strbuf *out, double share) {
    if (share > 0 && share < 0.001)
        strbuf_puts(out, "&lt;\u00a00.1\u00a0%");
    else if (share < 1 && share > 0.999)
        strbuf_puts(out, "99.9\u00a0%");
    else {
        put_digits(out, round(share * 1000) / 10);
        strbuf_puts(out, "\u00a0%");
    }
}

void page_words_put_bytes(struct strbuf *out, double bytes) {
    static const char *const words[] = {"B", "KiB", "MiB", "GiB", "TiB"};
    if (!put_odd(out, bytes))
        put_stepped(out, bytes, 1024, words, sizeof words / sizeof words[0], "");
}

static void put_small_span(struct strbuf *out, double seconds) {
    static const struct {
        double scale;
        const char *word;
    } steps[] = {{1, "s"}, {1e3, "ms"}, {1e6, "\u00b5s"}, {1e9, "ns"}};
    size_t i = 0;
    while (i < 3 && fabs(seconds) * steps[i].scale < 0.9995)
        i++;
    put_digits(out, seconds * steps[i].scale);
    strbuf_printf(out, "\u00a0%s", steps[i].word);
}

void page_words_put_span(struct strbuf *out, double seconds) {
    static const struct {
        uint64_t seconds;
        const char *word;
    } units[] = {{86400, "d"}, {3600, "h"}, {60, "min"}, {1, "s"}};
    if (put_odd(out, seconds))
        return;
    if (seconds == 0)
        strbuf_puts(out, "0\u00a0s");
    else if (fabs(seconds) < 60)
        put_small_span(out, seconds);
    else if (fabs(seconds) > 1e14)
        page_words_put_short(out, seconds, "\u00a0s"); /* a number of days would not be clearer */
    if (fabs(seconds) < 60 || fabs(seconds) > 1e14)
        return;
    if (seconds < 0)
        strbuf_puts(out, "\u2212");
    uint64_t rest = (uint64_t)llround(fabs(seconds));
    size_t i = 0;
    while (rest < units[i].seconds)
        i++;
    page_words_put_count(out, rest / units[i].seconds);
    strbuf_printf(out, "\u00a0%s", units[i].word);
    rest %= units[i].seconds;
    if (i < 3 && rest >= units[i + 1].seconds)
        strbuf_printf(out, " %u\u00a0%s", (unsigned)(rest / units[i + 1].seconds),
                      units[i + 1].word);
}

/* Append an RFC 3339 time in milliseconds. */
static void put_time(struct strbuf *out, int64_t ms) {
    const time_t seconds = (time_t)(ms / 1000 - (ms % 1000 < 0));
    struct tm tm;
    char text[32];
    if (gmtime_r(&seconds, &tm) == NULL ||
        strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &tm) == 0)
        return;
    strbuf_printf(out, "%s.%03dZ", text, (int)(ms - (int64_t)seconds * 1000));
}

/* Append a distance in whole seconds: the page is refreshed every two. */
static void put_distance(struct strbuf *out, int64_t ms) {
    const int64_t whole = (ms < 0 ? -ms : ms) / 1000;
    if (whole == 0) {
        strbuf_puts(out, "now");
        return;
    }
    if (ms < 0)
        strbuf_puts(out, "in ");
    page_words_put_span(out, (double)whole);
    if (ms > 0)
        strbuf_puts(out, " ago");
}

void page_words_put_ago(struct strbuf *out, int64_t then_ms, int64_t now_ms) {
    if (then_ms == 0) {
        strbuf_puts(out, "never");
        return;
    }
    strbuf_puts(out, "<time datetime=\"");
    put_time(out, then_ms);
    strbuf_puts(out, "\">");
    put_distance(out, now_ms - then_ms);
    strbuf_puts(out, "</time>");
}

/* Append a number; integers with commas. */
static void put_plain(struct strbuf *out, double value) {
    if (value != floor(value) || fabs(value) >= 1e15) {
        page_words_put_short(out, value, "");
        return;
    }
    if (value < 0)
        strbuf_puts(out, "\u2212");
    page_words_put_count(out, (uint64_t)fabs(value));
}

void page_words_put_value(struct strbuf *out, double value, const char *unit) {
    if (put_odd(out, value))
        return;
    if (unit != NULL && strcmp(unit, "seconds") == 0)
        page_words_put_span(out, value);
    else if (unit != NULL && strcmp(unit, "bytes") == 0)
        page_words_put_bytes(out, value);
    else
        put_plain(out, value);
}

/* ---- html ---- */

/* The code point of the well-formed character of `len` bytes. */
static uint32_t character(const char *text, size_t len) {
    const unsigned char *s = (const unsigned char *)text;
    if (len == 1)
        return s[0];
    uint32_t number = s[0] & (0x7fu >> len);
    for (size_t i = 1; i < len; i++)
        number = number << 6 | (s[i] & 0x3fu);
    return number;
}

/* Whether the character is invisible; first and last of each range. */
static bool is_unseen(uint32_t number) {
    static const uint32_t ranges[][2] = {
        {0x00, 0x1f},     {0x7f, 0x9f},       {0xad, 0xad},     /* controls, soft hyphen */
        {0x61c, 0x61c},   {0x180e, 0x180e},   {0x200b, 0x200f}, /* without width, directions */
        {0x2028, 0x202e}, {0x2060, 0x206f},   {0xfeff, 0xfeff}, /* separators, directions */
        {0xfff9, 0xfffb}, {0xe0000, 0xe007f},                   /* annotations, tags */
    };
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++)
        if (number >= ranges[i][0] && number <= ranges[i][1])
            return true;
    return false;
}

static void put_character(struct strbuf *out, const char *text, size_t len) {
    const uint32_t number = character(text, len);
    switch (number) {
    case '&':
        strbuf_puts(out, "&amp;");
        return;
    case '<':
        strbuf_puts(out, "&lt;");
        return;
    case '>':
        strbuf_puts(out, "&gt;");
        return;
    case '"':
        strbuf_puts(out, "&quot;");
        return;
    case '\'':
        strbuf_puts(out, "&#39;");
        return;
    default:
        break;
    }
    if (is_unseen(number))
        strbuf_printf(out, number < 0x100 ? "\\x%02x" : "\\u%04x", (unsigned)number);
    else
        strbuf_put(out, text, len);
}

void page_html_put(struct strbuf *out, const char *text, size_t len) {
    for (size_t i = 0; i < len;) {
        const size_t bytes = utf8_len(text + i, len - i);
        if (bytes > 0)
            put_character(out, text + i, bytes);
        else
            strbuf_printf(out, "\\x%02x", (unsigned char)text[i]);
        i += bytes > 0 ? bytes : 1;
    }
}

void page_html_puts(struct strbuf *out, const char *text) {
    page_html_put(out, text, strlen(text));
}

void page_html_put_lines(struct strbuf *out, const char *text, size_t len) {
    for (size_t i = 0; i < len;) {
        const char *end = memchr(text + i, '\n', len - i);
        const size_t line = end != NULL ? (size_t)(end - text) - i : len - i;
        page_html_put(out, text + i, line);
        if (end != NULL)
            strbuf_putc(out, '\n');
        i += line + 1;
    }
}

void page_html_put_isolated(struct strbuf *out, const char *text, size_t len) {
    strbuf_puts(out, "<bdi>");
    page_html_put(out, text, len);
    strbuf_puts(out, "</bdi>");
}

static bool is_unreserved(char c) {
    static const char others[] = "-._~/";
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr(others, c) != NULL);
}

void page_html_put_encoded(struct strbuf *out, const char *text, size_t len) {
    for (size_t i = 0; i < len; i++) {
        if (is_unreserved(text[i]))
            strbuf_putc(out, text[i]);
        else
            strbuf_printf(out, "%%%02X", (unsigned char)text[i]);
    }
}

/* ---- pieces: Pieces of HTML that the sections share. ---- */

size_t page_rows(const struct page *page, const char *name, size_t few, size_t many) {
    const char *shown = page->texts[PAGE_SHOW];
    return shown != NULL && strcmp(shown, name) == 0 ? many : few;
}

/* ---- sections and tables ---- */

void page_open_section(struct strbuf *out, const char *name, const char *title) {
    strbuf_printf(out,
                  "<section id=\"%s\" aria-labelledby=\"%s-title\"><h2 id=\"%s-title\">%s</h2>\n",
                  name, name, name, title);
}

void page_close_section(struct strbuf *out) {
    strbuf_puts(out, "</section>\n");
}

void page_open_table(struct strbuf *out, const char *caption, const char *const *headings,
                     size_t count) {
    strbuf_printf(out,
                  "<div class=\"wide\" role=\"group\" aria-label=\"Table: %s\" "
                  "tabindex=\"0\"><table><thead><tr>",
                  caption);
    for (size_t i = 0; i < count; i++) {
        const bool number = headings[i][0] == '#';
        strbuf_printf(out, "<th scope=\"col\"%s>%s</th>", number ? " class=\"n\"" : "",
                      headings[i] + (number ? 1 : 0));
    }
    strbuf_puts(out, "</tr></thead><tbody>\n");
}

void page_close_table(struct strbuf *out) {
    strbuf_puts(out, "</tbody></table></div>\n");
}

/* ---- links ---- */

/* Append the address of a service or a family, in quotes. */
static void page_put_address(struct strbuf *out, const struct catalog *service,
                             const struct catalog_family *family) {
    strbuf_puts(out, "\"./?service=");
    page_html_put_encoded(out, service->service, strlen(service->service));
    if (family != NULL) {
        strbuf_puts(out, "&amp;family=");
        page_html_put_encoded(out, family->name, strlen(family->name));
    }
    strbuf_putc(out, '"');
}

void page_put_service(struct strbuf *out, const struct catalog *service) {
    strbuf_puts(out, "<a href=");
    page_put_address(out, service, NULL);
    strbuf_putc(out, '>');
    page_html_puts(out, service->service);
    strbuf_puts(out, "</a>");
}

void page_put_family(struct strbuf *out, const struct catalog_family *family) {
    strbuf_puts(out, "<a href=");
    page_put_address(out, family->catalog, family);
    strbuf_putc(out, '>');
    page_html_puts(out, family->name);
    strbuf_puts(out, "</a>");
}

/* The JSON view that has the whole of a section. */
static const char *debug_view(const char *name) {
    static const char *const others[][2] = {
        {"problems", "status"}, {"services", "catalog"}, {"folded", "rejections"}};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (strcmp(others[i][0], name) == 0)
            return others[i][1];
    return name;
}

/* Append the address of the rest of a list: its own page, or, on that page, the JSON view. */
static void put_rest_address(const struct page *page, struct strbuf *out, const char *name) {
    if (page_rows(page, name, 0, 1) > 0) {
        strbuf_printf(out, "\"./debug/%s", debug_view(name));
    } else {
        strbuf_printf(out, "\"./?show=%s", name);
        if (page->service != NULL) {
            strbuf_puts(out, "&amp;service=");
            page_html_put_encoded(out, page->service->service, strlen(page->service->service));
        }
    }
    strbuf_putc(out, '"');
}

void page_put_more(const struct page *page, struct strbuf *out, const char *name, uint64_t left) {
    if (left == 0)
        return;
    strbuf_puts(out, "<p class=\"more\"><a href=");
    put_rest_address(page, out, name);
    strbuf_putc(out, '>');
    page_words_put_count(out, left);
    strbuf_puts(out, " more</a></p>\n");
}

/* ---- values ---- */

void page_put_state(struct strbuf *out, const char *class, const char *word) {
    strbuf_printf(out, "<span class=\"state %s\">%s</span>", class, word);
}

void page_put_labels(struct strbuf *out, const struct store *store,
                     const struct catalog_family *family, const struct series *series) {
    const uint32_t *ids = series_ids(family, series);
    const size_t before = out->len;
    for (uint32_t i = 0; i < family->label_count; i++) {
        const struct catalog_value value = store_label_value(store, family, i, ids[i]);
        if (value.len == 0)
            continue; /* this series lacks the label */
        strbuf_puts(out, "<span class=\"label\">");
        page_html_puts(out, family->labels[i].name);
        strbuf_puts(out, "=\"");
        page_html_put_isolated(out, value.text, value.len);
        strbuf_puts(out, "\"</span> ");
    }
    if (out->len == before)
        strbuf_puts(out, "<span class=\"quiet\">no labels</span>");
}

void page_put_who(struct strbuf *out, const char *comm, size_t comm_max, int32_t pid,
                  const char *unit) {
    const size_t len = strnlen(comm, comm_max);
    if (len > 0)
        page_html_put_isolated(out, comm, len);
    if (pid > 0)
        strbuf_printf(out, "%s<span class=\"quiet\">process %d</span>", len > 0 ? " " : "", pid);
    if (unit == NULL || *unit == '\0')
        return;
    strbuf_puts(out, " <span class=\"quiet\">");
    page_html_put_isolated(out, unit, strlen(unit));
    strbuf_puts(out, "</span>");
}

void page_open_copy(struct strbuf *out, const char *what) {
    strbuf_printf(out, "<div class=\"copyable\" data-what=\"%s\"><pre>", what);
}

void page_close_copy(struct strbuf *out) {
    strbuf_puts(out, "</pre></div>\n");
}

/* ---- picture ---- */

/* Append a length, rounded to a tenth. */
static void put_length(struct strbuf *out, double length) {
    char text[NUM_TEXT_MAX];
    strbuf_put(out, text, num_put_json(text, round(length * 10) / 10));
}

static void put_attribute(struct strbuf *out, const char *name, double length) {
    strbuf_printf(out, " %s=\"", name);
    put_length(out, length);
    strbuf_putc(out, '"');
}

/* ---- bars ---- */

void page_picture_put_bar(struct strbuf *out, double share, bool near) {
    const double width = share >= 0 && share <= 1 ? share * 100 : share > 1 ? 100 : 0;
    strbuf_printf(out,
                  "<svg class=\"bar%s\" viewBox=\"0 0 100 6\" preserveAspectRatio=\"none\" "
                  "aria-hidden=\"true\"><rect",
                  near ? " near" : "");
    /* Anything above 0 is at least visible. */
    put_attribute(out, "width", width > 0 && width < 1 ? 1 : width);
    strbuf_puts(out, " height=\"6\"/></svg>");
}

/* ---- curves ---- */

enum { CURVE_HEIGHT = 20 };

static double highest(const double *values, size_t count) {
    double most = 0;
    for (size_t i = 0; i < count; i++)
        if (isfinite(values[i]) && values[i] > most)
            most = values[i];
    return most;
}

void page_picture_put_curve(struct strbuf *out, const char *class, const double *values,
                            size_t count) {
    const double most = highest(values, count);
    strbuf_printf(out,
                  "<svg class=\"%s\" viewBox=\"0 0 %zu %d\" preserveAspectRatio=\"none\" "
                  "aria-hidden=\"true\"><path d=\"",
                  class, count > 1 ? count - 1 : 1, CURVE_HEIGHT);
    size_t drawn = 0; /* points since the last gap */
    for (size_t i = 0; i < count; i++) {
        if (!isfinite(values[i])) {
            drawn = 0;
            continue;
        }
        strbuf_printf(out, "%s%zu ", drawn == 0 ? "M" : drawn == 1 ? "L" : " ", i);
        put_length(out, most > 0 ? CURVE_HEIGHT - 1 - values[i] / most * (CURVE_HEIGHT - 2)
                                 : CURVE_HEIGHT - 1);
        if (drawn++ == 0)
            strbuf_puts(out, "h0"); /* makes a single point visible */
    }
    strbuf_puts(out, "\"/></svg>");
}

/* ---- histograms ---- */

enum { HISTOGRAM_HEIGHT = 60, BUCKET_WIDTH = 10 };

static uint64_t tallest(const uint64_t *counts, size_t count) {
    uint64_t most = 0;
    for (size_t i = 0; i < count; i++)
        most = counts[i] > most ? counts[i] : most;
    return most;
}

/* Append one bucket of a path. */
static void put_bucket(struct strbuf *out, size_t index, double share) {
    const double height = share * HISTOGRAM_HEIGHT < 1 ? 1 : share * HISTOGRAM_HEIGHT;
    strbuf_printf(out, "M%zu %dV", index * BUCKET_WIDTH + 1, HISTOGRAM_HEIGHT);
    put_length(out, HISTOGRAM_HEIGHT - height);
    strbuf_printf(out, "h%dV%dz", BUCKET_WIDTH - 2, HISTOGRAM_HEIGHT);
}

/* Append buckets from `from` to before `to`, as one shape. */
static void put_buckets(struct strbuf *out, const char *class, const uint64_t *counts, size_t from,
                        size_t to, uint64_t most) {
    strbuf_printf(out, "<path class=\"%s\" d=\"", class);
    for (size_t i = from; i < to; i++)
        if (counts[i] > 0)
            put_bucket(out, i, (double)counts[i] / (double)most);
    strbuf_puts(out, "\"/>");
}

static void put_mark(struct strbuf *out, const struct picture_mark *mark) {
    if (!isfinite(mark->at))
        return;
    strbuf_puts(out, "<path class=\"mark\" d=\"M");
    put_length(out, mark->at * BUCKET_WIDTH);
    strbuf_printf(out, " 0V%d\"/>", HISTOGRAM_HEIGHT);
}

void page_picture_put_histogram(struct strbuf *out, const uint64_t *counts, size_t count,
                                const struct picture_mark *marks, size_t mark_count) {
    const uint64_t most = tallest(counts, count);
    strbuf_printf(out,
                  "<svg class=\"histogram\" viewBox=\"0 0 %zu %d\" preserveAspectRatio=\"none\" "
                  "aria-hidden=\"true\">",
                  count * BUCKET_WIDTH, HISTOGRAM_HEIGHT);
    put_buckets(out, "within", counts, 0, count - 1, most);
    put_buckets(out, "beyond", counts, count - 1, count, most);
    for (size_t i = 0; i < mark_count; i++)
        put_mark(out, &marks[i]);
    strbuf_puts(out, "</svg>");
}

/* ---- gathering ---- */

enum { ITEM_BATCH = 16 }; /* items that count as one work unit: a few words of each are read */

/* Returns false when out of memory; gathering_done is safe then. At most `rows` senders are
 * listed: only those of the service `only` and of the process `pid`, if these are not NULL. */
static bool gathering_init(struct gathering *gathering, const struct view_source *source,
                           const struct catalog *only, const char *pid, size_t rows) {
    *gathering =
        (struct gathering){.memory = source->memory,
                           .services = memory_array(source->memory, source->set->count + 1,
                                                    sizeof(struct service_sums)),
                           .row_max = rows < GATHERED_SENDERS_MAX ? rows : GATHERED_SENDERS_MAX,
                           .only = only,
                           .pid = pid != NULL ? (int32_t)strtol(pid, NULL, 10) : -1};
    return gathering->services != NULL;
}

static void gathering_done(struct gathering *gathering) {
    memory_release(gathering->memory, gathering->services);
    gathering->services = NULL;
}

/* ---- senders ---- */

static bool is_pressing(const struct sender *sender) {
    return sender->lost > 0 || sender->tally.by_verdict[VERDICT_REJECTED] > 0;
}

static bool comes_before(const struct sender *a, const struct sender *b) {
    if (is_pressing(a) != is_pressing(b))
        return is_pressing(a);
    return a->last_seen_ms > b->last_seen_ms;
}

/* Insert a row at its place; the last row may drop out. */
static void list_row(struct gathering *gathering, const struct ledger *ledger, uint32_t row) {
    const struct sender *sender = ledger_sender_at(ledger, row);
    size_t place = gathering->row_count;
    while (place > 0 && comes_before(sender, ledger_sender_at(ledger, gathering->rows[place - 1])))
        place--;
    if (place == gathering->row_max)
        return;
    if (gathering->row_count < gathering->row_max)
        gathering->row_count++;
    for (size_t i = gathering->row_count - 1; i > place; i--)
        gathering->rows[i] = gathering->rows[i - 1];
    gathering->rows[place] = row;
}

static void add_sender(struct gathering *gathering, const struct view_source *source, size_t row) {
    const struct sender *sender = ledger_sender_at(source->ledger, row);
    struct ledger_sent sent;
    for (uint32_t at = 0; ledger_sent_next(source->ledger, row, &at, &sent);) {
        struct service_sums *sums = &gathering->services[sent.service];
        sums->senders += sender->alive;
        if (sent.last_seen_ms > sums->last_seen_ms)
            sums->last_seen_ms = sent.last_seen_ms;
    }
    if (gathering->only != NULL &&
        !ledger_sent_for(source->ledger, row, gathering->only->index, &sent))
        return;
    if (gathering->pid >= 0 && sender->pid != gathering->pid)
        return;
    gathering->row_total++;
    list_row(gathering, source->ledger, (uint32_t)row);
}

/* ---- the walk ---- */

static void add_family(struct gathering *gathering, const struct view_source *source,
                       const struct catalog_family *family) {
    struct service_sums *sums = &gathering->services[family->catalog->index];
    const uint64_t live = store_family_count(source->store, family);
    sums->live += live;
    sums->near |= status_fullness_of_family(family, live);
}

/* Continue. Returns false if the slice ended first. */
static bool gathering_step(struct gathering *gathering, const struct view_source *source,
                           struct slice *slice) {
    const struct catalog_set *set = source->set;
    for (; gathering->family < set->family_count; gathering->family++) {
        if (slice_is_spent(slice))
            return false;
        add_family(gathering, source, set->families[gathering->family]);
        slice_spend(slice, gathering->family % ITEM_BATCH == 0);
    }
    for (; gathering->sender < ledger_sender_count(source->ledger); gathering->sender++) {
        if (slice_is_spent(slice))
            return false;
        add_sender(gathering, source, gathering->sender);
        slice_spend(slice, 1 + gathering->row_max / ITEM_BATCH +
                               ledger_sender_services(source->ledger, gathering->sender) / 2);
    }
    return true;
}

/* ---- page: reads the query, chooses the sections, and writes them in slices. ---- */

/* ---- what is asked for ---- */

static bool is_asked(const char *text) {
    return text != NULL && *text != '\0';
}

/* Resolve the names in the query. Returns false if there is no such service, family or section. */
static bool resolve(const struct page_source *source, const struct page_query *query,
                    const struct catalog **ret_service, const struct catalog_family **ret_family) {
    const struct catalog *service = NULL;
    const struct catalog_family *family = NULL;
    if (is_asked(query->service)) {
        service = catalog_set_find(source->views.set, query->service, strlen(query->service));
        if (service == NULL)
            return false;
    }
    if (is_asked(query->family)) {
        family = service != NULL
                     ? catalog_family_find(service, query->family, strlen(query->family))
                     : NULL;
        if (family == NULL)
            return false;
    }
    *ret_service = service;
    *ret_family = family;
    return true;
}

/* ---- pages ---- */

static page_section_fn *const everything[] = {page_write_gather,
                                              page_write_top,
                                              page_write_problems,
                                              page_write_services,
                                              page_write_breakers,
                                              page_write_jobs,
                                              page_write_queries,
                                              page_write_senders,
                                              page_write_events,
                                              page_write_folded,
                                              page_write_try,
                                              page_write_bottom,
                                              NULL};
static page_section_fn *const one_service[] = {page_write_gather,   page_write_top,
                                               page_write_problems, page_write_service,
                                               page_write_families, page_write_breakers,
                                               page_write_jobs,     page_write_queries,
                                               page_write_senders,  page_write_events,
                                               page_write_folded,   page_write_try,
                                               page_write_bottom,   NULL};
static page_section_fn *const one_family[] = {
    page_write_gather,    page_write_top,    page_write_problems, page_write_family,
    page_write_histogram, page_write_series, page_write_breakers, page_write_jobs,
    page_write_events,    page_write_folded, page_write_bottom,   NULL};
static page_section_fn *const one_sender[] = {page_write_gather, page_write_top, page_write_senders,
                                              page_write_bottom, NULL};
static page_section_fn *const found[] = {page_write_gather, page_write_top, page_write_found,
                                         page_write_bottom, NULL};
static page_section_fn *const missing[] = {page_write_gather, page_write_top, page_write_missing,
                                           page_write_bottom, NULL};

/* Pages of one section. */
static const struct {
    const char *name;
    page_section_fn *sections[5];
} singles[] = {
    {"problems", {page_write_gather, page_write_top, page_write_problems, page_write_bottom, NULL}},
    {"services", {page_write_gather, page_write_top, page_write_services, page_write_bottom, NULL}},
    {"breakers", {page_write_gather, page_write_top, page_write_breakers, page_write_bottom, NULL}},
    {"jobs", {page_write_gather, page_write_top, page_write_jobs, page_write_bottom, NULL}},
    {"queries", {page_write_gather, page_write_top, page_write_queries, page_write_bottom, NULL}},
    {"events", {page_write_gather, page_write_top, page_write_events, page_write_bottom, NULL}},
    {"folded", {page_write_gather, page_write_top, page_write_folded, page_write_bottom, NULL}},
    {"senders", {page_write_gather, page_write_top, page_write_senders, page_write_bottom, NULL}},
};

static page_section_fn *const *find_single(const char *name) {
    for (size_t i = 0; i < sizeof singles / sizeof singles[0]; i++)
        if (strcmp(singles[i].name, name) == 0)
            return singles[i].sections;
    return NULL;
}

/* Choose the sections. Returns NULL if what the query names does not exist. */
static page_section_fn *const *choose(const struct page_source *source,
                                      const struct page_query *query,
                                      const struct catalog **ret_service,
                                      const struct catalog_family **ret_family) {
    if (!resolve(source, query, ret_service, ret_family))
        return NULL;
    if (is_asked(query->show))
        return find_single(query->show);
    if (is_asked(query->search))
        return found;
    if (is_asked(query->pid))
        return one_sender;
    if (*ret_family != NULL)
        return one_family;
    return *ret_service != NULL ? one_service : everything;
}

bool page_exists(const struct page_source *source, const struct page_query *query) {
    const struct catalog *service = NULL;
    const struct catalog_family *family = NULL;
    return choose(source, query, &service, &family) != NULL;
}

/* ---- the view ---- */

static enum view_state step(struct view *view, struct strbuf *out, size_t budget,
                            struct store_time now) {
    struct page *page = (struct page *)view;
    struct slice slice = slice_begin(view, out, budget);
    while (*page->sections != NULL) {
        if (!(*page->sections)(page, &slice, now))
            return out->failed ? VIEW_DONE : VIEW_MORE;
        page->walk = (struct page_walk){0};
        page->sections++;
    }
    return VIEW_DONE;
}

static void release(struct view *view) {
    struct page *page = (struct page *)view;
    const struct memory *memory = page->source.views.memory;
    store_cursor_close(page->source.views.store, &page->walk.cursor);
    for (size_t i = 0; i < sizeof page->texts / sizeof page->texts[0]; i++)
        memory_release(memory, page->texts[i]);
    gathering_done(&page->gathering);
    memory_release(memory, page->status);
    memory_release(memory, page);
}

/* Copy the query's texts. Returns false when out of memory. */
static bool keep_texts(struct page *page, const struct page_query *query) {
    const char *const texts[] = {query->service, query->family, query->search, query->show,
                                 query->after,   query->line,   query->pid};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (!is_asked(texts[i]))
            continue;
        page->texts[i] = memory_strndup(page->source.views.memory, texts[i], strlen(texts[i]));
        if (page->texts[i] == NULL)
            return false;
    }
    return true;
}

struct view *page_view(const struct page_source *source, const struct page_query *query) {
    enum { SENDERS_FEW = 8 };
    struct page *page = memory_alloc(source->views.memory, sizeof *page);
    if (page == NULL)
        return NULL;
    page->view = (struct view){.step = step, .free = release};
    page->source = *source;
    page->sections = choose(source, query, &page->service, &page->family);
    page->is_missing = page->sections == NULL;
    if (page->is_missing)
        page->sections = missing;
    page->status = memory_alloc(source->views.memory, sizeof *page->status);
    if (page->status != NULL && keep_texts(page, query) &&
        gathering_init(&page->gathering, &source->views, page->service, page->texts[PAGE_PID],
                       page_rows(page, "senders", SENDERS_FEW, GATHERED_SENDERS_MAX)))
        return &page->view;
    view_free(&page->view);
    return NULL;
}

static bool collect(struct page *page, struct slice *slice, struct store_time now) {
    const struct status_source source = view_status_source(&page->source.views);
    return status_collect(page->status, &source, now, &slice->budget);
}

bool page_write_gather(struct page *page, struct slice *slice, struct store_time now) {
    struct page_walk *walk = &page->walk;
    if (walk->stage == 0 && !gathering_step(&page->gathering, &page->source.views, slice))
        return false;
    walk->stage = 1;
    return !slice_is_spent(slice) && collect(page, slice, now);
}
