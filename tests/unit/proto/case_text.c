/* SPDX-License-Identifier: MIT */
#include "case_text.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "sg_proto.h"

enum { SHOWN_BYTES = 64 };

static void put_span(FILE *out, struct sg_span span) {
    size_t shown = span.len > SHOWN_BYTES ? SHOWN_BYTES : span.len;

    fputc('"', out);
    for (size_t i = 0; i < shown; i++) {
        unsigned char byte = (unsigned char)span.at[i];
        if (byte == '"' || byte == '\\')
            fprintf(out, "\\%c", byte);
        else if (byte < 0x20 || byte >= 0x7f)
            fprintf(out, "\\x%02x", byte);
        else
            fputc(byte, out);
    }
    fputc('"', out);
    if (shown != span.len)
        fprintf(out, "... of %zu bytes", span.len);
}

/* The fewest digits that read back as the same value. */
static void put_number(FILE *out, double number) {
    char text[40];

    for (int digits = 15; digits <= 17; digits++) {
        snprintf(text, sizeof text, "%.*g", digits, number);
        if (strtod(text, NULL) == number)
            break;
    }
    fputs(text, out);
}

static void put_item(FILE *out, const char *what, struct sg_span span) {
    fprintf(out, "  %s ", what);
    put_span(out, span);
    fputc('\n', out);
}

static void put_fault(FILE *out, const char *what, enum sg_reject reason, const char *line,
                      struct sg_span bytes) {
    fprintf(out, "  %s reject %s at %td ", what, sg_reject_label(reason), bytes.at - line);
    put_span(out, bytes);
    fputc('\n', out);
}

/* Returns the number of items. */
static size_t put_values(FILE *out, const struct sg_line *line, size_t *faults) {
    struct sg_values it;
    struct sg_span text;
    size_t walked = 0;

    sg_values_init(&it, line);
    switch (line->letter) {
    case SG_LETTER_S:
        put_item(out, "member", line->values);
        return 1;
    case SG_LETTER_A:
    case SG_LETTER_B:
    case SG_LETTER_J:
        for (; sg_words_next(&it, &text); walked++)
            put_item(out, "word", text);
        return walked;
    default:
        break;
    }

    double value = 0;
    enum sg_reject reason;
    for (; sg_values_next(&it, &value, &reason, &text); walked++) {
        if (reason != SG_REJECT_NONE) {
            put_fault(out, "value", reason, line->text.at, text);
            ++*faults;
        } else {
            fputs("  value ", out);
            put_number(out, value);
            fputc('\n', out);
        }
    }
    return walked;
}

static void put_labels(FILE *out, const struct sg_line *line, size_t *faults) {
    struct sg_tags it;
    struct sg_tag tag;
    enum sg_reject reason;

    sg_tags_init(&it, line->tags);
    while (sg_tags_next(&it, &tag, &reason)) {
        if (reason != SG_REJECT_NONE) {
            put_fault(out, "label", reason, line->text.at, tag.key);
            ++*faults;
            continue;
        }
        fputs("  label ", out);
        put_span(out, tag.key);
        if (tag.value.at != NULL) {
            fputs(" = ", out);
            put_span(out, tag.value);
        }
        fputc('\n', out);
    }
}

static void put_metric(FILE *out, const struct sg_line *line, struct case_counts *counts) {
    fprintf(out, "metric %s ", sg_letter_text(line->letter));
    put_span(out, line->name);
    if (line->rate != 1) {
        fputs(" rate ", out);
        put_number(out, line->rate);
    }
    fputc('\n', out);
    if (put_values(out, line, &counts->faults) != sg_line_samples(line))
        counts->mismatches++;
    put_labels(out, line, &counts->faults);
    if (line->instance.at != NULL)
        put_item(out, "instance", line->instance);
    if (line->has_report)
        fprintf(out, "  report %016llx sent %llu lost %llu\n", (unsigned long long)line->handle,
                (unsigned long long)line->sent, (unsigned long long)line->lost);
}

char *case_text(const char *datagram, size_t len, struct case_counts *ret_counts) {
    char *text = NULL;
    size_t text_len = 0;
    FILE *out = open_memstream(&text, &text_len);
    struct case_counts counts = {0};
    struct sg_lines lines;
    struct sg_span span;

    if (out == NULL)
        abort();
    sg_lines_init(&lines, datagram, len);
    for (; sg_lines_next(&lines, &span, NULL); counts.lines++) {
        struct sg_line line;
        struct sg_fault fault;
        if (sg_line_parse(span, &line, &fault) != SG_REJECT_NONE) {
            fprintf(out, "reject %s at %zu\n", sg_reject_label(fault.reason), fault.offset);
            counts.faults++;
        } else if (line.kind == SG_LINE_METRIC) {
            put_metric(out, &line, &counts);
        } else {
            fputs(line.kind == SG_LINE_EVENT ? "event\n" : "service_check\n", out);
        }
    }
    if (fclose(out) != 0)
        abort();
    if (ret_counts != NULL)
        *ret_counts = counts;
    return text;
}
