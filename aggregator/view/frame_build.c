/*
 * frame_build.c - see frame_build.h.
 */
#include "view/frame_build.h"

#include "base/num.h"
#include "view/escape.h"
#include "view/kinds.h"

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
    escape_help(out, frame->family->help, frame->format);
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
    bool is_open; /* there is a label before */
};

static void put_label_name(struct label_row *row, const char *name) {
    strbuf_puts(row->text, row->is_open ? "\"," : "{");
    strbuf_puts(row->text, name);
    strbuf_puts(row->text, "=\"");
    row->is_open = true;
}

/* Write the constants before this name; NULL: all. The last value is left without its closing
 * quote.
 */
static void put_constants(struct label_row *row, const char *before) {
    while (row->constant_count > 0 &&
           (before == NULL || strcmp(row->constants->name, before) < 0)) {
        put_label_name(row, row->constants->name);
        escape_label(row->text, row->constants->value, strlen(row->constants->value));
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
    struct label_row row = {text, constants->items, constants->count, false};
    for (uint32_t i = 0; i < family->label_count; i++) {
        const size_t at = text->len;
        put_constants(&row, family->labels[i].name);
        put_label_name(&row, family->labels[i].name);
        frame->label_opens[i] = piece_from(text, at);
    }
    const size_t at = text->len;
    put_constants(&row, NULL);
    frame->rest = piece_from(text, at);
    strbuf_puts(text, row.is_open ? "\"} " : " ");
    frame->close = piece_from(text, at);
}

/* Whether there is no label before the tail. */
static bool is_bare(const struct frame *frame) {
    return frame->family->label_count == 0 && frame->rest.len == 0;
}

/* Write the constants after the family's labels once more. */
static void put_rest(struct frame *frame) {
    struct strbuf *text = &frame->text;
    if (frame->rest.len > 0 && strbuf_reserve(text, frame->rest.len))
        strbuf_put(text, text->data + frame->rest.at, frame->rest.len);
}

static void put_tails(struct frame *frame) {
    const struct catalog_family *family = frame->family;
    struct strbuf *text = &frame->text;
    for (uint32_t i = 0; i < frame->tail_count; i++) {
        const size_t at = text->len;
        put_rest(frame);
        strbuf_puts(text, is_bare(frame) ? "{" : "\",");
        strbuf_puts(text, family_item_label(family));
        strbuf_puts(text, "=\"");
        view_kinds[family->kind - kind_rows].put_item(&frame->text, frame->format, family, i);
        strbuf_puts(text, "\"} ");
        frame->tails[i] = piece_from(text, at);
        if (frame->tails[i].len > frame->longest_line)
            frame->longest_line = frame->tails[i].len;
    }
}

static bool make_arrays(struct frame *frame) {
    const struct catalog_family *family = frame->family;
    const struct memory *memory = frame->memory;
    const size_t labels = (size_t)family->label_count + 1;
    frame->tail_count = catalog_family_items(family);
    frame->label_opens = memory_array(memory, labels, sizeof *frame->label_opens);
    frame->tails = memory_array(memory, (size_t)frame->tail_count + 1, sizeof *frame->tails);
    frame->quantiles =
        memory_array(memory, (size_t)family->quantile_count + 1, sizeof *frame->quantiles);
    frame->ids = memory_array(memory, labels, sizeof *frame->ids);
    frame->label_at = memory_array(memory, labels, sizeof *frame->label_at);
    return frame->label_opens != NULL && frame->tails != NULL && frame->quantiles != NULL &&
           frame->ids != NULL && frame->label_at != NULL;
}

/* Reset the frame for another family; its buffers keep their memory. */
static void start_over(struct frame *frame, const struct catalog_family *family,
                       enum exposition_format format) {
    struct strbuf text = frame->text;
    struct strbuf prefix = frame->prefix;
    const struct memory *memory = frame->memory;
    strbuf_init(&frame->text);
    strbuf_init(&frame->prefix);
    frame_done(frame);
    strbuf_clear(&text);
    strbuf_clear(&prefix);
    *frame = (struct frame){
        .memory = memory, .family = family, .format = format, .text = text, .prefix = prefix};
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

bool frame_build(struct frame *frame, const struct catalog_family *family,
                 const struct frame_options *options) {
    start_over(frame, family, options->format);
    frame->put_numbers = view_kinds[family->kind - kind_rows].put_numbers;
    frame->tails_follow = family->kind->items != ITEMS_NONE;
    if (options->page != NULL)
        frame->walk = render_cache_walk(options->cache, family, options->page);
    const bool typed = options->typed;
    const struct kind_row *kind = family->kind;
    const bool open_metrics = options->format == EXPOSITION_OPENMETRICS;
    /* With negative observations a sum may fall, so it is not a counter. OpenMetrics allows _count
     * only together with _sum; text 0.0.4 always requires it. */
    frame->has_total = kind->has_totals && !family->allow_negative;
    frame->has_count = frame->has_total || (kind->has_totals && !open_metrics);
    frame->has_created = options->page != NULL && options->page->options->created && open_metrics &&
                         typed && knows_created(family);
    if (!make_arrays(frame))
        return false;

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
    return strbuf_reserve(text, FRAME_SLACK) && !frame->prefix.failed;
}
