#include "view/frame.h"

#include <math.h>
#include <stdlib.h>

#include "base/num.h"
#include "view/escape.h"

static const char total_suffix[] = "_total";

void frame_done(struct frame *frame) {
    strbuf_done(&frame->text);
    strbuf_done(&frame->prefix);
    free(frame->label_opens);
    free(frame->tails);
    free(frame->ids);
    free(frame->label_at);
    *frame = (struct frame){0};
}

/* ---- building ---- */

static bool ends_with(const char *text, size_t len, const char *end, size_t end_len) {
    return len >= end_len && memcmp(text + len - end_len, end, end_len) == 0;
}

/* Of a counter in OpenMetrics: the name without `_total`. */
static size_t metric_name_len(const struct frame *frame, bool typed) {
    const char *name = frame->family->name;
    const size_t len = strlen(name);
    const size_t suffix = sizeof total_suffix - 1;
    if (frame->format == EXPOSITION_OPENMETRICS && frame->family->type == FAMILY_COUNTER && typed &&
        ends_with(name, len, total_suffix, suffix))
        return len - suffix;
    return len;
}

static const char *type_text(const struct frame *frame, bool typed) {
    switch (frame->family->type) {
    case FAMILY_COUNTER:
        return typed || frame->format == EXPOSITION_TEXT ? "counter" : "unknown";
    case FAMILY_HISTOGRAM:
        return "histogram";
    case FAMILY_GAUGE:
    case FAMILY_UPDOWNCOUNTER:
    case FAMILY_TYPE_COUNT:
        break;
    }
    return "gauge";
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
    escape_help(out, frame->family->help, frame->format);
    strbuf_putc(out, '\n');
}

/* "If non-empty, it MUST be a suffix of the MetricFamily name separated by an underscore": a unit
 * that the name abbreviates (`_ms`) has no line. */
static void put_unit(const struct frame *frame, struct strbuf *out, size_t name_len) {
    const char *unit = frame->family->unit;
    if (!unit || unit[0] == '\0')
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

/* OpenMetrics: TYPE, UNIT, HELP. Text 0.0.4: HELP, TYPE, as client libraries write them. */
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

static struct frame_piece put_label_open(struct strbuf *text, bool first, const char *name) {
    const size_t at = text->len;
    strbuf_puts(text, first ? "{" : "\",");
    strbuf_puts(text, name);
    strbuf_puts(text, "=\"");
    return piece_from(text, at);
}

static void put_tails(struct frame *frame) {
    const struct catalog_family *family = frame->family;
    struct strbuf *text = &frame->text;
    for (uint32_t i = 0; i <= family->bucket_count; i++) {
        char number[NUM_TEXT_MAX];
        const double bound = i < family->bucket_count ? family->buckets[i] : INFINITY;
        const size_t len = frame->format == EXPOSITION_OPENMETRICS
                               ? num_put_om_canonical(number, bound)
                               : num_put_go(number, bound);
        const size_t at = text->len;
        strbuf_puts(text, family->label_count > 0 ? "\",le=\"" : "{le=\"");
        strbuf_put(text, number, len);
        strbuf_puts(text, "\"} ");
        frame->tails[i] = piece_from(text, at);
        if (frame->tails[i].len > frame->longest_line)
            frame->longest_line = frame->tails[i].len;
    }
}

static bool make_arrays(struct frame *frame) {
    const struct catalog_family *family = frame->family;
    const size_t labels = (size_t)family->label_count + 1;
    const size_t buckets = (size_t)family->bucket_count + 1;
    frame->label_opens = calloc(labels, sizeof *frame->label_opens);
    frame->tails = calloc(buckets, sizeof *frame->tails);
    frame->ids = calloc(labels, sizeof *frame->ids);
    frame->label_at = calloc(labels, sizeof *frame->label_at);
    return frame->label_opens && frame->tails && frame->ids && frame->label_at;
}

/* The buffers' memory goes from family to family. */
static void start_over(struct frame *frame, const struct catalog_family *family,
                       enum exposition_format format) {
    struct strbuf text = frame->text;
    struct strbuf prefix = frame->prefix;
    frame->text = (struct strbuf){0};
    frame->prefix = (struct strbuf){0};
    frame_done(frame);
    strbuf_clear(&text);
    strbuf_clear(&prefix);
    *frame = (struct frame){.family = family, .format = format, .text = text, .prefix = prefix};
}

bool frame_build(struct frame *frame, const struct catalog_family *family,
                 enum exposition_format format, bool typed, bool created) {
    start_over(frame, family, format);
    const bool histogram = family->type == FAMILY_HISTOGRAM;
    const bool open_metrics = format == EXPOSITION_OPENMETRICS;
    /* With negative observations a sum may fall, so that it is no counter. OpenMetrics wants _count
     * only beside _sum; text 0.0.4 wants it always. */
    frame->has_total = histogram && !family->allow_negative;
    frame->has_count = histogram && (!open_metrics || frame->has_total);
    frame->has_created =
        created && open_metrics && (histogram || (family->type == FAMILY_COUNTER && typed));
    if (!make_arrays(frame))
        return false;

    struct strbuf *text = &frame->text;
    const size_t name_len = metric_name_len(frame, typed);
    put_metadata(frame, text, name_len, type_text(frame, typed));
    frame->metadata = piece_from(text, 0);
    frame->sum = put_name(text, family->name, name_len, "_sum");
    frame->count = put_name(text, family->name, name_len, "_count");
    frame->created = put_name(text, family->name, name_len, "_created");
    for (uint32_t i = 0; i < family->label_count; i++)
        frame->label_opens[i] = put_label_open(text, i == 0, family->labels[i].name);
    const size_t close_at = text->len;
    strbuf_puts(text, family->label_count > 0 ? "\"} " : " ");
    frame->close = piece_from(text, close_at);
    if (histogram)
        put_tails(frame);
    frame->longest_line += frame->created.len + frame->close.len + NUM_TEXT_MAX + 1;

    (void)put_name(&frame->prefix, family->name, strlen(family->name), histogram ? "_bucket" : "");
    frame->name_len = frame->prefix.len;
    return !text->failed && !frame->prefix.failed;
}

/* ---- one series ---- */

void frame_forget(struct frame *frame) {
    frame->has_series = false;
}

/* Bring the prefix from the series before to this one. */
static void set_series(struct frame *frame, const struct store *store,
                       const struct series *series) {
    const struct catalog_family *family = frame->family;
    const uint32_t *ids = series_ids(family, series);
    struct strbuf *prefix = &frame->prefix;
    uint32_t label = 0;
    if (frame->has_series) {
        while (label < family->label_count && ids[label] == frame->ids[label])
            label++;
        prefix->len = label < family->label_count ? frame->label_at[label] : frame->labels_end;
    } else {
        prefix->len = frame->name_len;
    }
    for (; label < family->label_count; label++) {
        const struct frame_piece open = frame->label_opens[label];
        const struct catalog_value *value = store_label_value(store, family, label, ids[label]);
        frame->ids[label] = ids[label];
        frame->label_at[label] = prefix->len;
        strbuf_put(prefix, frame->text.data + open.at, open.len);
        if (value->plain)
            strbuf_put(prefix, value->text, value->len);
        else
            escape_label(prefix, value->text, value->len);
    }
    frame->labels_end = prefix->len;
    if (family->type != FAMILY_HISTOGRAM)
        strbuf_put(prefix, frame->text.data + frame->close.at, frame->close.len);
    frame->has_series = !prefix->failed;
}

/* These write where frame_put_series made room. */
static inline char *put_bytes(char *at, const char *bytes, size_t len) {
    memcpy(at, bytes, len);
    return at + len;
}

static inline char *put_piece(char *at, const struct frame *frame, struct frame_piece piece) {
    return put_bytes(at, frame->text.data + piece.at, piece.len);
}

/* `NAME_sum{labels} ` */
static char *put_opening(char *at, const struct frame *frame, struct frame_piece name) {
    at = put_piece(at, frame, name);
    at = put_bytes(at, frame->prefix.data + frame->name_len, frame->labels_end - frame->name_len);
    return put_piece(at, frame, frame->close);
}

/* An integer in OpenMetrics; text 0.0.4 spells counts like all numbers. */
static char *put_count(char *at, const struct frame *frame, uint64_t count) {
    at += frame->format == EXPOSITION_OPENMETRICS ? num_put_u64(at, count)
                                                  : num_put_go(at, (double)count);
    *at++ = '\n';
    return at;
}

static char *put_value(char *at, const struct frame *frame, double value) {
    at += frame->format == EXPOSITION_OPENMETRICS ? num_put_om(at, value) : num_put_go(at, value);
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

static char *put_histogram(char *at, const struct frame *frame, const struct series *series) {
    const uint64_t *counts = series_buckets(series);
    const uint32_t bucket_count = frame->family->bucket_count;
    uint64_t cumulative = 0;
    for (uint32_t i = 0; i <= bucket_count; i++) {
        cumulative += counts[i];
        at = put_bytes(at, frame->prefix.data, frame->prefix.len);
        at = put_piece(at, frame, frame->tails[i]);
        at = put_count(at, frame, cumulative);
    }
    if (frame->has_total)
        at = put_value(put_opening(at, frame, frame->sum), frame, series->value);
    if (frame->has_count)
        at = put_count(put_opening(at, frame, frame->count), frame, cumulative);
    return at;
}

size_t frame_lines(const struct frame *frame) {
    size_t lines = 1;
    if (frame->family->type == FAMILY_HISTOGRAM)
        lines = (size_t)frame->family->bucket_count + 1 + frame->has_total + frame->has_count;
    return lines + frame->has_created;
}

void frame_put_series(struct frame *frame, const struct store *store, const struct series *series,
                      struct strbuf *out) {
    set_series(frame, store, series);
    if (!frame->has_series) {
        out->failed = true;
        return;
    }
    if (!strbuf_reserve(out, frame_lines(frame) * (frame->longest_line + frame->prefix.len)))
        return;
    char *at = out->data + out->len;
    if (frame->family->type == FAMILY_HISTOGRAM) {
        at = put_histogram(at, frame, series);
    } else {
        at = put_bytes(at, frame->prefix.data, frame->prefix.len);
        at = put_value(at, frame, series->value);
    }
    if (frame->has_created)
        at = put_timestamp(put_opening(at, frame, frame->created), series->created_ms);
    out->len = (size_t)(at - out->data);
}
