/* SPDX-License-Identifier: MIT */
/* declaration.c - for a line that no catalog declares: the text that a person can put into one. */
#include "hints/hints_private.h"

#include <string.h>

#include "base/text.h"
#include "catalog/catalog.h"

/* What the line suggests. One line says too little about outcomes, so there is none for attempts
 * and jobs. */
static const char *type_of(const struct sg_line *line, bool negative) {
    switch (line->letter) {
    case SG_LETTER_C: /* what is counted down, too, is no counter */
        return negative ? "updowncounter" : "counter";
    case SG_LETTER_G:
        return "gauge";
    case SG_LETTER_H:
    case SG_LETTER_D:
    case SG_LETTER_MS:
        return "histogram";
    default:
        return NULL;
    }
}

static bool is_of_name(char byte, size_t index) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_' ||
           (index > 0 && byte >= '0' && byte <= '9');
}

/* Make the name of a family: what separates words becomes an underscore, and the suffix is added.
 * Returns false if no name can be made of it. */
static bool make_name(struct sg_span sent, const char *suffix, char name[CATALOG_NAME_MAX + 1]) {
    static const char separators[] = {'.', '-', '/'};
    if (sent.len + strlen(suffix) > CATALOG_NAME_MAX)
        return false;
    for (size_t i = 0; i < sent.len; i++) {
        if (!is_of_name(sent.at[i], i) && memchr(separators, sent.at[i], sizeof separators) == NULL)
            return false;
        name[i] = is_of_name(sent.at[i], i) ? sent.at[i] : '_';
    }
    name[sent.len] = '\0';
    const size_t unit =
        strcmp(suffix, "_seconds") == 0 && text_ends(name, "_ms") ? strlen("_ms") : 0;
    if (!text_ends(name, suffix))
        memcpy(name + sent.len - unit, suffix, strlen(suffix) + 1);
    return true;
}

static bool is_label_name(struct sg_span key) {
    for (size_t i = 0; i < key.len; i++)
        if (!is_of_name(key.at[i], i))
            return false;
    return !sg_span_is(key, "le") && !sg_span_is(key, "quantile");
}

/* Whether a catalog can declare the line's labels, with the values that they have. */
static bool can_have_labels(struct sg_span text) {
    struct sg_span keys[SG_LABELS_MAX];
    size_t count = 0;
    struct sg_tags tags;
    struct sg_tag tag;
    enum sg_reject reason;
    sg_tags_init(&tags, text);
    while (sg_tags_next(&tags, &tag, &reason)) {
        if (reason != SG_REJECT_NONE || count == SG_LABELS_MAX || !is_label_name(tag.key) ||
            !hints_can_be_listed(tag.value))
            return false;
        for (size_t i = 0; i < count; i++)
            if (sg_span_same(keys[i], tag.key))
                return false;
        keys[count++] = tag.key;
    }
    return true;
}

static void write_labels(struct json_writer *w, struct sg_span text) {
    struct sg_tags tags;
    struct sg_tag tag;
    enum sg_reject reason;
    sg_tags_init(&tags, text);
    json_open_member(w, "labels", '{');
    while (sg_tags_next(&tags, &tag, &reason)) {
        json_bytes(w, tag.key.at, tag.key.len);
        strbuf_putc(w->out, ':');
        w->comma = false;
        json_open(w, '[');
        json_bytes(w, tag.value.at, tag.value.len);
        json_close(w, ']');
    }
    json_close(w, '}');
}

/* Write buckets in seconds, or in powers of ten, for the author to change. */
static void write_buckets(struct json_writer *w, bool seconds, bool negative) {
    static const double times[] = {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10};
    static const double powers[] = {1, 10, 100, 1000, 10000};
    const size_t count = seconds ? sizeof times / sizeof *times : sizeof powers / sizeof *powers;
    json_open_member(w, "buckets", '[');
    if (negative)
        json_number(w, -1);
    for (size_t i = 0; i < count; i++)
        json_number(w, seconds ? times[i] : powers[i]);
    json_close(w, ']');
}

/* Whether a value is negative; an exponent may be, too. */
static bool has_negative(struct sg_span values) {
    for (size_t i = 0; i < values.len; i++)
        if (values.at[i] == '-' && (i == 0 || values.at[i - 1] == ':'))
            return true;
    return false;
}

void hints_put_declaration(struct strbuf *out, const struct sg_line *line, const char *known) {
    const bool negative = has_negative(line->values);
    const char *type = type_of(line, negative);
    char name[CATALOG_NAME_MAX + 1];
    struct json_writer w = {.out = out};
    if (type == NULL || !can_have_labels(line->tags) ||
        !make_name(line->name,
                   strcmp(type, "counter") == 0   ? "_total"
                   : line->letter == SG_LETTER_MS ? "_seconds"
                                                  : "",
                   name))
        return;
    if (known != NULL && strcmp(known, name) == 0)
        return;
    const bool seconds = text_ends(name, "_seconds");
    strbuf_puts(out, "for example: ");
    json_open_member(&w, name, '{');
    json_member_text(&w, "type", type);
    json_member_text(&w, "help", "To be described.");
    if (!sg_span_is(line->name, name)) {
        json_open_member(&w, "aliases", '[');
        json_bytes(&w, line->name.at, line->name.len);
        json_close(&w, ']');
    }
    if (strcmp(type, "histogram") == 0) {
        if (line->letter == SG_LETTER_MS)
            json_member_text(&w, "unit", "seconds");
        write_buckets(&w, seconds, negative);
    }
    if (line->tags.len > 0)
        write_labels(&w, line->tags);
    json_close(&w, '}');
    strbuf_putc(out, '\n');
}
