/* SPDX-License-Identifier: MIT */
/* exposition.c - families as Prometheus text and OpenMetrics. */
#include "view/view_private.h"

#include <math.h>
#include <stdlib.h>

#include "base/num.h"

/* ---- escape ---- */

static void put_escaped(struct strbuf *out, const char *text, size_t len, bool quotes) {
    size_t clean = 0;
    for (size_t i = 0; i < len; i++) {
        const char c = text[i];
        if (c != '\\' && c != '\n' && !(quotes && c == '"'))
            continue;
        strbuf_put(out, text + clean, i - clean);
        clean = i + 1;
        strbuf_putc(out, '\\');
        strbuf_putc(out, c == '\n' ? 'n' : c);
    }
    strbuf_put(out, text + clean, len - clean);
}

void view_escape_label(struct strbuf *out, const char *text, size_t len) {
    put_escaped(out, text, len, true);
}

void view_escape_help(struct strbuf *out, const char *text, enum exposition_format format) {
    put_escaped(out, text, strlen(text), format == EXPOSITION_OPENMETRICS);
}

/* ---- quantile ---- */

double view_quantile_estimate(const double *bounds, const uint64_t *counts, size_t count,
                              double q) {
    uint64_t total = 0;
    for (size_t i = 0; i <= count; i++)
        total += counts[i];
    if (total == 0 || count == 0)
        return NAN;

    const double rank = q * (double)total;
    uint64_t below = 0;
    size_t bucket = 0;
    while (bucket < count && (double)(below + counts[bucket]) < rank)
        below += counts[bucket++];
    if (bucket == count)
        return bounds[count - 1];
    if (bucket == 0 && bounds[0] <= 0)
        return bounds[0];
    const double from = bucket == 0 ? 0 : bounds[bucket - 1];
    return from + (bounds[bucket] - from) * ((rank - (double)below) / (double)counts[bucket]);
}

/* ---- target info: the metadata of a target: one info, before all families. ---- */

/*
 * Append the info `target` with these labels; nothing if there are none. It is the first family of
 * an exposition, so that a reader need not buffer the rest ("it SHOULD be first in the exposition",
 * OpenMetrics 1.0, "Supporting target metadata in both push-based and pull-based systems").
 */
static void target_info_put(struct strbuf *out, const struct constant_labels *labels,
                            enum exposition_format format) {
    if (labels->count == 0)
        return;
    /* Text 0.0.4 has no type info: the sample is a gauge there. */
    strbuf_puts(out, format == EXPOSITION_OPENMETRICS
                         ? "# TYPE target info\n# HELP target Target metadata\n"
                         : "# HELP target_info Target metadata\n# TYPE target_info gauge\n");
    const char *before = "target_info{";
    for (size_t i = 0; i < labels->count; i++, before = "\",") {
        strbuf_puts(out, before);
        strbuf_puts(out, labels->items[i].name);
        strbuf_puts(out, "=\"");
        view_escape_label(out, labels->items[i].value, strlen(labels->items[i].value));
    }
    strbuf_puts(out, "\"} 1\n");
}

/* ---- kinds: The functions that show the series of each kind of family. ---- */

/* One number on one line. */
#define PLAIN                                                                                      \
    { .put_numbers = view_frame_put_value, .put_json = view_json_values_put_value }

const struct view_kind view_kinds[KIND_COUNT] = {
    [KIND_COUNTER] = PLAIN,
    [KIND_READING] = PLAIN,
    [KIND_GAUGE] = PLAIN,
    [KIND_UPDOWNCOUNTER] = PLAIN,
    [KIND_HISTOGRAM] = {.put_numbers = view_frame_put_buckets,
                        .put_item = view_item_put_bucket,
                        .put_json = view_json_values_put_buckets},
    [KIND_SUMMARY] = {.put_numbers = view_frame_put_quantiles,
                      .put_item = view_item_put_quantile,
                      .put_json = view_json_values_put_quantiles},
    [KIND_RELAYED] = {.put_numbers = view_frame_put_relayed,
                      .put_item = view_item_put_quantile,
                      .put_json = view_json_values_put_relayed},
    [KIND_INFO] = PLAIN,
    [KIND_STATESET] = {.put_numbers = view_frame_put_states,
                       .put_item = view_item_put_state,
                       .put_json = view_json_values_put_state},
    [KIND_ATTEMPTS] = {0},
    [KIND_JOBS] = {0},
};

/* ---- items ---- */

/* OpenMetrics writes `le` and `quantile` as canonical numbers, text 0.0.4 as Go does. */
static void put_number(struct strbuf *out, enum exposition_format format, double number) {
    char text[NUM_TEXT_MAX];
    strbuf_put(out, text,
               format == EXPOSITION_OPENMETRICS ? num_put_om_canonical(text, number)
                                                : num_put_go(text, number));
}

void view_item_put_bucket(struct strbuf *out, enum exposition_format format,
                          const struct catalog_family *family, uint32_t item) {
    put_number(out, format, item < family->bucket_count ? family->buckets[item] : INFINITY);
}

void view_item_put_quantile(struct strbuf *out, enum exposition_format format,
                            const struct catalog_family *family, uint32_t item) {
    put_number(out, format, family->quantiles[item]);
}

void view_item_put_state(struct strbuf *out, enum exposition_format format,
                         const struct catalog_family *family, uint32_t item) {
    const struct catalog_value *state = &family->state_label->values[item];
    (void)format;
    view_escape_label(out, state->text, state->len);
}

/* ---- view frame build ---- */

/* ---- metadata ---- */

static bool ends_with(const char *text, size_t len, const char *end, size_t end_len) {
    return len >= end_len && memcmp(text + len - end_len, end, end_len) == 0;
}

static size_t metric_name_len(const struct frame *frame, bool typed) {
    const char *name = frame->family->name;
    const char *suffix = frame->family->kind->suffix;
    const size_t len = strlen(name);
    const size_t suffix_len = strlen(suffix);
    if (frame->format == EXPOSITION_OPENMETRICS && typed &&
        ends_with(name, len, suffix, suffix_len))
        return len - suffix_len;
    return len;
}

static const char *type_text(const struct frame *frame, bool typed) {
    if (frame->format == EXPOSITION_TEXT)
        return frame->family->kind->text;
    return typed ? frame->family->kind->open_metrics : "unknown";
}

static void put_comment(struct strbuf *out, const char *keyword, const char *name,
                        size_t name_len) {
    strbuf_puts(out, keyword);
    strbuf_put(out, name, name_len);
    strbuf_putc(out, ' ');
}

static void put_help(const struct frame *frame, struct strbuf *out, size_t name_len) {
    if (frame->family->help[0] == '\0')
        return;
    put_comment(out, "# HELP ", frame->family->name, name_len);
    view_escape_help(out, frame->family->help, frame->format);
    strbuf_putc(out, '\n');
}

/* "If non-empty, it MUST be a suffix of the MetricFamily name separated by an underscore": a unit
 * that the name abbreviates (`_ms`) has no line. Info and stateset have no line either: their unit
 * "MUST be empty". */
static void put_unit(const struct frame *frame, struct strbuf *out, size_t name_len) {
    const char *unit = frame->family->unit;
    if (unit == NULL || unit[0] == '\0' || !(frame->family->kind->keys & KEY_UNIT))
        return;
    const char *name = frame->family->name;
    const size_t unit_len = strlen(unit);
    if (name_len <= unit_len || name[name_len - unit_len - 1] != '_' ||
        !ends_with(name, name_len, unit, unit_len))
        return;
    put_comment(out, "# UNIT ", name, name_len);
    strbuf_put(out, unit, unit_len);
    strbuf_putc(out, '\n');
}

/* OpenMetrics: TYPE, UNIT, HELP. Text 0.0.4: HELP, TYPE, the order of client libraries. */
static void put_metadata(const struct frame *frame, struct strbuf *out, size_t name_len,
                         const char *type) {
    if (frame->format == EXPOSITION_TEXT)
        put_help(frame, out, name_len);
    put_comment(out, "# TYPE ", frame->family->name, name_len);
    strbuf_puts(out, type);
    strbuf_putc(out, '\n');
    if (frame->format == EXPOSITION_OPENMETRICS) {
        put_unit(frame, out, name_len);
        put_help(frame, out, name_len);
    }
}

/* ---- pieces ---- */

static struct frame_piece piece_from(const struct strbuf *text, size_t at) {
    return (struct frame_piece){.at = at, .len = text->len - at};
}

static struct frame_piece put_name(struct strbuf *text, const char *name, size_t name_len,
                                   const char *suffix) {
    const size_t at = text->len;
    strbuf_put(text, name, name_len);
    strbuf_puts(text, suffix);
    return piece_from(text, at);
}

/* A row of labels that is being written. */
struct label_row {
    struct strbuf *text;
    const struct constant_label *constants; /* those not written yet, in order of name */
    size_t constant_count;
};

enum { CLOSES = 2 /* bytes of `",`, which a piece of labels begins with */ };

/* Append a part of the text once more. */
static void put_again(struct strbuf *text, size_t at, size_t len) {
    if (strbuf_reserve(text, len))
        strbuf_put(text, text->data + at, len);
}

static void put_label_name(struct label_row *row, const char *name) {
    strbuf_puts(row->text, "\",");
    strbuf_puts(row->text, name);
    strbuf_puts(row->text, "=\"");
}

/* Write the constants before this name; NULL: all. The last value is left without its closing
 * quote.
 */
static void put_constants(struct label_row *row, const char *before) {
    while (row->constant_count > 0 &&
           (before == NULL || strcmp(row->constants->name, before) < 0)) {
        put_label_name(row, row->constants->name);
        view_escape_label(row->text, row->constants->value, strlen(row->constants->value));
        row->constants++;
        row->constant_count--;
    }
}

/* Build the text before each label's value, and the text after the last one, up to the number. */
static void put_labels(struct frame *frame, const struct endpoint_page *page) {
    static const struct constant_labels none = {.count = 0};
    const struct constant_labels *constants =
        page != NULL ? &page->constants[frame->family->catalog->index] : &none;
    const struct catalog_family *family = frame->family;
    struct strbuf *text = &frame->text;
    struct label_row row = {text, constants->items, constants->count};
    for (uint32_t i = 0; i < family->label_count; i++) {
        const size_t at = text->len;
        put_constants(&row, family->labels[i].name);
        frame->label_constants[i] = text->len - at;
        put_label_name(&row, family->labels[i].name);
        frame->label_opens[i] = piece_from(text, at);
    }
    const size_t at = text->len;
    put_constants(&row, NULL);
    frame->rest = piece_from(text, at);
    strbuf_puts(text, "\"} ");
    frame->close = piece_from(text, at);
    const size_t bare_at = text->len;
    if (frame->rest.len > 0) {
        strbuf_puts(text, "{");
        put_again(text, at + CLOSES, frame->close.len - CLOSES);
    } else {
        strbuf_puts(text, " ");
    }
    frame->bare_close = piece_from(text, bare_at);
}

static void put_tails(struct frame *frame) {
    const struct catalog_family *family = frame->family;
    struct strbuf *text = &frame->text;
    for (uint32_t i = 0; i < frame->tail_count; i++) {
        const size_t at = text->len;
        put_again(text, frame->rest.at, frame->rest.len);
        strbuf_puts(text, "\",");
        strbuf_puts(text, family_item_label(family));
        strbuf_puts(text, "=\"");
        view_kinds[family->kind - catalog_kind_rows].put_item(&frame->text, frame->format, family,
                                                              i);
        strbuf_puts(text, "\"} ");
        frame->tails[i] = piece_from(text, at);
        if (frame->tails[i].len > frame->longest_line)
            frame->longest_line = frame->tails[i].len;
    }
}

static void make_arrays(struct frame *frame) {
    const struct catalog_family *family = frame->family;
    const size_t labels = (size_t)family->label_count + 1;
    frame->tail_count = catalog_family_items(family);
    frame->label_opens = memory_array(labels, sizeof *frame->label_opens);
    frame->label_constants = memory_array(labels, sizeof *frame->label_constants);
    frame->tails = memory_array((size_t)frame->tail_count + 1, sizeof *frame->tails);
    frame->quantiles = memory_array((size_t)family->quantile_count + 1, sizeof *frame->quantiles);
    frame->ids = memory_array(labels, sizeof *frame->ids);
    frame->label_at = memory_array(labels, sizeof *frame->label_at);
}

/* Reset the frame for another family; its buffers keep their memory. */
static void start_over(struct frame *frame, const struct catalog_family *family,
                       enum exposition_format format) {
    struct strbuf text = frame->text;
    struct strbuf prefix = frame->prefix;
    strbuf_init(&frame->text);
    strbuf_init(&frame->prefix);
    view_frame_done(frame);
    strbuf_clear(&text);
    strbuf_clear(&prefix);
    *frame = (struct frame){.family = family, .format = format, .text = text, .prefix = prefix};
}

/* Whether the start of the family's totals is known: not if a process counts them. */
static bool knows_created(const struct catalog_family *family) {
    return family->kind->has_created && !family_is_owned(family);
}

/* The most lines that a series has. tail_count is also 0 for a summary without quantiles. */
static size_t lines_max(const struct frame *frame) {
    const size_t created = frame->has_created ? 1 : 0;
    if (!frame->tails_follow)
        return 1 + created;
    return (size_t)frame->tail_count + frame->has_total + frame->has_count + created;
}

void view_frame_build(struct frame *frame, const struct catalog_family *family,
                      const struct frame_options *options) {
    start_over(frame, family, options->format);
    frame->put_numbers = view_kinds[family->kind - catalog_kind_rows].put_numbers;
    frame->tails_follow = family->kind->items != ITEMS_NONE;
    const bool typed = options->typed;
    const struct kind_row *kind = family->kind;
    const bool open_metrics = options->format == EXPOSITION_OPENMETRICS;
    /* With negative observations a sum may fall, so it is not a counter. OpenMetrics allows _count
     * only together with _sum; text 0.0.4 always requires it. */
    frame->has_total = kind->has_totals && !family->allow_negative;
    frame->has_count = frame->has_total || (kind->has_totals && !open_metrics);
    frame->has_created = options->page != NULL && options->page->options->created && open_metrics &&
                         typed && knows_created(family);
    make_arrays(frame);

    struct strbuf *text = &frame->text;
    const size_t name_len = metric_name_len(frame, typed);
    put_metadata(frame, text, name_len, type_text(frame, typed));
    frame->metadata = piece_from(text, 0);
    frame->sum = put_name(text, family->name, name_len, "_sum");
    frame->count = put_name(text, family->name, name_len, "_count");
    frame->created = put_name(text, family->name, name_len, "_created");
    put_labels(frame, options->page);
    put_tails(frame);
    frame->longest_line += frame->created.len + frame->close.len + NUM_TEXT_MAX + 1;

    (void)put_name(&frame->prefix, family->name, strlen(family->name),
                   kind->item_suffix != NULL ? kind->item_suffix : "");
    frame->name_len = frame->prefix.len;
    frame->lines = lines_max(frame);
    (void)strbuf_reserve(text, FRAME_SLACK);
}

/* ---- frame ---- */

void view_frame_done(struct frame *frame) {
    strbuf_done(&frame->text);
    strbuf_done(&frame->prefix);
    free(frame->label_opens);
    free(frame->label_constants);
    free(frame->tails);
    free(frame->quantiles);
    free(frame->ids);
    free(frame->label_at);
    *frame = (struct frame){0};
}

void view_frame_forget(struct frame *frame) {
    frame->has_series = false;
}

/* Both formats write integers below this as digits only. */
#define PLAIN_BELOW 1000000

/* Whether the value is written as digits only; not -0, which has a sign. */
static inline bool is_plain(double value) {
    return value >= 0 && value < PLAIN_BELOW && value == (double)(uint32_t)value && !signbit(value);
}

/* Append labels to the prefix; the first ones open the braces. */
static void put_open(struct frame *frame, size_t at, size_t len) {
    struct strbuf *prefix = &frame->prefix;
    const bool first = prefix->len == frame->name_len;
    if (first)
        strbuf_putc(prefix, '{');
    strbuf_put(prefix, frame->text.data + at + (first ? CLOSES : 0), len - (first ? CLOSES : 0));
}

/* Change the prefix from that of the last series to that of this one. */
static void put_together(struct frame *frame, const struct store *store,
                         const struct series *series) {
    const struct catalog_family *family = frame->family;
    const uint32_t *ids = series_ids(family, series);
    struct strbuf *prefix = &frame->prefix;
    uint32_t label = 0;
    if (frame->has_series) {
        while (label < family->label_count && ids[label] == frame->ids[label])
            label++;
        prefix->len = label < family->label_count ? frame->label_at[label] : frame->prefix_labels;
    } else {
        prefix->len = frame->name_len;
    }
    for (; label < family->label_count; label++) {
        const struct frame_piece open = frame->label_opens[label];
        const struct catalog_value value = store_label_value(store, family, label, ids[label]);
        frame->ids[label] = ids[label];
        frame->label_at[label] = prefix->len;
        const size_t len = value.len > 0 ? open.len : frame->label_constants[label];
        if (len > 0)
            put_open(frame, open.at, len);
        if (value.plain)
            strbuf_put(prefix, value.text, value.len);
        else
            view_escape_label(prefix, value.text, value.len);
    }
    frame->prefix_labels = prefix->len;
    frame->bare = prefix->len == frame->name_len;
    const struct frame_piece *close = frame->bare ? &frame->bare_close : &frame->close;
    if (!frame->tails_follow)
        strbuf_put(prefix, frame->text.data + close->at, close->len);
    (void)strbuf_reserve(prefix, FRAME_SLACK);
    frame->has_series = true;
}

/* The following functions write where view_frame_put_series made room, in whole blocks, because
 * calling memcpy for each short text takes longer than copying it. The next text overwrites the
 * bytes written beyond the end. */
static inline char *put_bytes(char *at, const char *bytes, size_t len) {
    for (size_t done = 0; done < len; done += FRAME_SLACK)
        memcpy(at + done, bytes + done, FRAME_SLACK);
    return at + len;
}

static inline char *put_piece(char *at, const struct frame *frame, struct frame_piece piece) {
    return put_bytes(at, frame->text.data + piece.at, piece.len);
}

/* `NAME{labels,le="0.5"} ` */
static char *put_tail(char *at, const struct frame *frame, uint32_t tail) {
    struct frame_piece piece = frame->tails[tail];
    at = put_bytes(at, frame->prefix.data, frame->prefix.len);
    if (frame->bare) {
        *at++ = '{';
        piece.at += CLOSES;
        piece.len -= CLOSES;
    }
    return put_piece(at, frame, piece);
}

/* `NAME_sum{labels} ` */
static char *put_opening(char *at, const struct frame *frame, struct frame_piece name) {
    at = put_piece(at, frame, name);
    at =
        put_bytes(at, frame->prefix.data + frame->name_len, frame->prefix_labels - frame->name_len);
    return put_piece(at, frame, frame->bare ? frame->bare_close : frame->close);
}

static inline char *put_integer(char *at, uint64_t number) {
    if (number < 10)
        *at++ = (char)('0' + number);
    else
        at += num_put_u64(at, number);
    *at++ = '\n';
    return at;
}

/* A count: an integer in OpenMetrics; text 0.0.4 writes counts like all other numbers. */
static inline char *put_count(char *at, const struct frame *frame, uint64_t count) {
    if (count < PLAIN_BELOW || frame->format == EXPOSITION_OPENMETRICS)
        return put_integer(at, count);
    at += num_put_go(at, (double)count);
    *at++ = '\n';
    return at;
}

static size_t put_double(char *at, const struct frame *frame, double value) {
    return frame->format == EXPOSITION_OPENMETRICS ? num_put_om(at, value) : num_put_go(at, value);
}

static inline char *put_value(char *at, const struct frame *frame, double value) {
    if (is_plain(value))
        return put_integer(at, (uint32_t)value);
    at += put_double(at, frame, value);
    *at++ = '\n';
    return at;
}

/* Unix seconds with up to three decimals, never in exponent form. */
static char *put_timestamp(char *at, int64_t real_ms) {
    const uint64_t size_ms = real_ms < 0 ? 0 - (uint64_t)real_ms : (uint64_t)real_ms;
    if (real_ms < 0)
        *at++ = '-';
    at += num_put_u64(at, size_ms / 1000);
    uint64_t rest = size_ms % 1000;
    if (rest > 0)
        *at++ = '.';
    for (uint64_t unit = 100; rest > 0; unit /= 10) {
        *at++ = (char)('0' + rest / unit);
        rest %= unit;
    }
    *at++ = '\n';
    return at;
}

char *view_frame_put_buckets(char *at, struct frame *frame, const struct store *store,
                             const struct series *series, struct store_time now,
                             size_t *ret_units) {
    (void)store;
    (void)now;
    *ret_units = 0;
    const uint64_t *counts = series_buckets(series);
    uint64_t cumulative = 0;
    for (uint32_t i = 0; i < frame->tail_count; i++) {
        cumulative += counts[i];
        at = put_count(put_tail(at, frame, i), frame, cumulative);
    }
    if (frame->has_total)
        at = put_value(put_opening(at, frame, frame->sum), frame, series->value);
    if (frame->has_count)
        at = put_count(put_opening(at, frame, frame->count), frame, cumulative);
    return at;
}

char *view_frame_put_quantiles(char *at, struct frame *frame, const struct store *store,
                               const struct series *series, struct store_time now,
                               size_t *ret_units) {
    if (store_quantiles(store, frame->family, series, now, frame->quantiles, ret_units))
        for (uint32_t i = 0; i < frame->tail_count; i++)
            at = put_value(put_tail(at, frame, i), frame, frame->quantiles[i]);
    at = put_value(put_opening(at, frame, frame->sum), frame, series->value);
    return put_count(put_opening(at, frame, frame->count), frame, series_summary(series)->count);
}

/* A count that a process sent is stored as a double; OpenMetrics requires an integer. */
static char *put_relayed_count(char *at, const struct frame *frame, double count) {
    const double exact_max = 9007199254740992.0; /* 2^53 */
    if (count >= 0 && count <= exact_max && count == (double)(uint64_t)count)
        return put_count(at, frame, (uint64_t)count);
    return put_value(at, frame, count);
}

/* Items that the process did not send are left out. */
char *view_frame_put_relayed(char *at, struct frame *frame, const struct store *store,
                             const struct series *series, struct store_time now,
                             size_t *ret_units) {
    (void)store;
    (void)now;
    *ret_units = 0;
    const struct series_relayed *relayed = series_relayed(series);
    for (uint32_t i = 0; i < frame->tail_count; i++)
        if (relayed->present >> (RELAYED_QUANTILES + i) & 1)
            at = put_value(put_tail(at, frame, i), frame, relayed->items[RELAYED_QUANTILES + i]);
    if (relayed->present >> RELAYED_SUM & 1)
        at = put_value(put_opening(at, frame, frame->sum), frame, relayed->items[RELAYED_SUM]);
    if (relayed->present >> RELAYED_COUNT & 1)
        at = put_relayed_count(put_opening(at, frame, frame->count), frame,
                               relayed->items[RELAYED_COUNT]);
    return at;
}

char *view_frame_put_states(char *at, struct frame *frame, const struct store *store,
                            const struct series *series, struct store_time now, size_t *ret_units) {
    (void)store;
    (void)now;
    *ret_units = 0;
    for (uint32_t i = 0; i < frame->tail_count; i++)
        at = put_count(put_tail(at, frame, i), frame, series->value == (double)i);
    return at;
}

char *view_frame_put_value(char *at, struct frame *frame, const struct store *store,
                           const struct series *series, struct store_time now, size_t *ret_units) {
    (void)store;
    (void)now;
    *ret_units = 0;
    at = put_bytes(at, frame->prefix.data, frame->prefix.len);
    return put_value(at, frame, series->value);
}

size_t view_frame_put_series(struct frame *frame, const struct store *store,
                             const struct series *series, struct store_time now,
                             struct strbuf *out) {
    size_t more_units = 0;
    put_together(frame, store, series);
    const size_t room = frame->lines * (frame->longest_line + frame->prefix.len) + FRAME_SLACK;
    if (!strbuf_reserve(out, room))
        return 0;
    char *at = out->data + out->len;
    at = frame->put_numbers(at, frame, store, series, now, &more_units);
    if (frame->has_created)
        at = put_timestamp(put_opening(at, frame, frame->created), series->created_ms);
    out->len = (size_t)(at - out->data);
    return frame->lines + more_units;
}

/* ---- exposition ----
 * Walks the families and series of an exposition; the same for both text formats.
 */

struct exposition {
    struct view view;
    struct view_source source;
    struct exposition_options options;
    size_t family; /* index of the present family in the list of the page */
    bool started;  /* the target's info was written */
    bool walking;  /* the cursor is open */
    bool framed;   /* the family's metadata was written */
    struct store_cursor cursor;
    struct frame frame;
};

const char *exposition_content_type(enum exposition_format format) {
    return format == EXPOSITION_OPENMETRICS
               ? "application/openmetrics-text; version=1.0.0; charset=utf-8"
               : "text/plain; version=0.0.4; charset=utf-8";
}

static int compare_name(const char *terminated, const char *name, size_t len) {
    const int order = strncmp(terminated, name, len);
    return order == 0 && terminated[len] != '\0' ? 1 : order;
}

/* True if a family of this name is on the page. */
static bool shows_name(const struct exposition *ex, const char *name, size_t len) {
    const struct endpoint_page *page = ex->options.page;
    size_t low = 0;
    size_t high = page->family_count;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        if (compare_name(page->families[middle]->name, name, len) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < page->family_count && compare_name(page->families[low]->name, name, len) == 0;
}

/*
 * In OpenMetrics the family of a counter X_total is X, and so is that of an info X_info. If a
 * family X exists, or if the name lacks this suffix, the family can only be shown under the name of
 * its sample, X_total, with type unknown. This depends only on declarations, not on which families
 * have series, so that a family's type is stable.
 */
static bool is_typed(const struct exposition *ex, const struct catalog_family *family) {
    const char *suffix = family->kind->suffix;
    const size_t suffix_len = strlen(suffix);
    const size_t len = strlen(family->name);
    if (suffix_len == 0)
        return true;
    return len > suffix_len && strcmp(family->name + len - suffix_len, suffix) == 0 &&
           !shows_name(ex, family->name, len - suffix_len);
}

/* Sort the family's series and open the cursor. False if the slice ended before all were sorted. */
static bool begin_family(struct exposition *ex, const struct catalog_family *family,
                         struct slice *slice) {
    if (!slice_settle(slice, ex->source.store, family))
        return false;
    store_cursor_open(ex->source.store, &ex->cursor, family);
    ex->walking = true;
    ex->framed = false;
    return true;
}

/* Work units of building a frame: metadata, and the text around each label and in each tail. */
static size_t frame_units(const struct frame *frame) {
    enum { FAMILY_UNITS = 5, TAILS_A_UNIT = 2 };
    return FAMILY_UNITS + frame->family->label_count + frame->tail_count / TAILS_A_UNIT;
}

/* Build the frame and write the metadata, before the first series: a family without series is not
 * shown. */
static void begin_lines(struct exposition *ex, const struct catalog_family *family,
                        struct slice *slice) {
    ex->framed = true;
    const struct frame_options options = {
        .format = ex->options.format, .typed = is_typed(ex, family), .page = ex->options.page};
    view_frame_build(&ex->frame, family, &options);
    frame_put_metadata(&ex->frame, slice->out);
    slice_spend(slice, frame_units(&ex->frame));
}

/* False if the slice ended before the family did. */
static bool walk_family(struct exposition *ex, const struct catalog_family *family,
                        struct slice *slice, struct store_time now) {
    struct store *store = ex->source.store;
    view_frame_forget(&ex->frame);
    while (!slice_is_spent(slice)) {
        const struct series *series = store_cursor_next(store, &ex->cursor, now);
        slice_spend(slice, ex->cursor.units);
        if (series == NULL) {
            store_cursor_close(store, &ex->cursor);
            ex->walking = false;
            return true;
        }
        if (!ex->framed)
            begin_lines(ex, family, slice);
        slice_spend(slice, view_frame_put_series(&ex->frame, store, series, now, slice->out));
    }
    return false;
}

static enum view_state exposition_step(struct view *view, struct strbuf *out, size_t budget,
                                       struct store_time now) {
    struct exposition *ex = (struct exposition *)view;
    const struct endpoint_page *page = ex->options.page;
    struct slice slice = slice_begin(view, out, budget);
    if (!ex->started)
        target_info_put(out, &page->target, ex->options.format);
    ex->started = true;
    for (; ex->family < page->family_count; ex->family++, slice_spend(&slice, 1)) {
        const struct catalog_family *family = page->families[ex->family];
        if (slice_is_spent(&slice))
            return out->failed ? VIEW_DONE : VIEW_MORE;
        if (!ex->walking && !begin_family(ex, family, &slice))
            return VIEW_MORE;
        if (!walk_family(ex, family, &slice, now))
            return out->failed ? VIEW_DONE : VIEW_MORE;
    }
    if (ex->options.format == EXPOSITION_OPENMETRICS)
        strbuf_puts(out, "# EOF\n");
    return VIEW_DONE;
}

static void exposition_free(struct view *view) {
    struct exposition *ex = (struct exposition *)view;
    store_cursor_close(ex->source.store, &ex->cursor);
    view_frame_done(&ex->frame);
    free(ex);
}

struct view *view_exposition(const struct view_source *source,
                             const struct exposition_options *options) {
    struct exposition *ex = memory_alloc(sizeof *ex);
    ex->view = (struct view){.step = exposition_step, .free = exposition_free};
    ex->source = *source;
    ex->options = *options;
    return &ex->view;
}
