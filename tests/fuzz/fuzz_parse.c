/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as a datagram. The parser must neither crash nor read outside it, and its result must
 * agree with a second parser for the same line, written here byte by byte from PROTOCOL.md.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "number_oracle.h"
#include "sg_proto.h"

static struct sg_span span(const char *at, const char *end) {
    return (struct sg_span){.at = at, .len = (size_t)(end - at)};
}

static bool same(struct sg_span left, struct sg_span right) {
    return left.at == right.at && left.len == right.len;
}

static bool inside(struct sg_span part, struct sg_span whole) {
    return part.at >= whole.at && part.len <= whole.len &&
           part.at + part.len <= whole.at + whole.len;
}

static bool starts(struct sg_span text, const char *head) {
    return text.len >= strlen(head) && memcmp(text.at, head, strlen(head)) == 0;
}

/* The first `byte` from `at` on, or the end. Uses no library call, which might be wrong in the same
 * way. */
static const char *seek(const char *at, const char *end, char byte) {
    while (at != end && *at != byte)
        at++;
    return at;
}

static bool number(struct sg_span text, double *ret_value) {
    char *copy = malloc(text.len + 1);

    CHECK(copy != NULL);
    bool good = oracle_number(text.at, text.len, copy, ret_value);
    free(copy);
    return good;
}

/* ---- a second reading of a metric line ---- */

struct reading {
    enum sg_reject reason;
    size_t offset;
    struct sg_line line;
};

static bool read_letter(struct sg_span text, enum sg_letter *ret_message) {
    for (int letter = 0; letter < SG_LETTER_COUNT; letter++) {
        const char *spelling = sg_letter_text((enum sg_letter)letter);
        if (text.len == strlen(spelling) && memcmp(text.at, spelling, text.len) == 0) {
            *ret_message = (enum sg_letter)letter;
            return true;
        }
    }
    return false;
}

/* Reads a number of at most 64 bits, and compares it as text: "at most 16 hex digits after leading
 * zeros", or "no larger than the largest number". */
static bool read_count(struct sg_span text, bool hex, uint64_t *ret_count) {
    const char *digits = hex ? "0123456789abcdefABCDEF" : "0123456789";
    char copy[32] = {0};

    if (text.len == 0)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        if (text.at[i] == '\0' || strchr(digits, text.at[i]) == NULL)
            return false;
    }
    while (text.len > 1 && *text.at == '0')
        text = span(text.at + 1, text.at + text.len);
    if (text.len > (hex ? 16 : 20))
        return false;
    memcpy(copy, text.at, text.len);
    if (!hex && text.len == 20 && strcmp(copy, "18446744073709551615") > 0)
        return false;
    *ret_count = strtoull(copy, NULL, hex ? 16 : 10);
    return true;
}

static void read_report(struct sg_span text, struct sg_line *line) {
    const char *end = text.at + text.len;
    const char *first = seek(text.at, end, ',');
    const char *second = first == end ? end : seek(first + 1, end, ',');
    uint64_t handle;
    uint64_t sent;
    uint64_t lost;

    if (second == end || !read_count(span(text.at, first), true, &handle) ||
        !read_count(span(first + 1, second), false, &sent) ||
        !read_count(span(second + 1, end), false, &lost))
        return;
    line->has_report = true;
    line->handle = handle;
    line->sent = sent;
    line->lost = lost;
}

static struct reading refused(enum sg_reject reason, size_t offset) {
    return (struct reading){.reason = reason, .offset = offset};
}

static struct reading read_metric(struct sg_span text) {
    const char *end = text.at + text.len;
    const char *bar = seek(text.at, end, '|');
    const char *colon = seek(text.at, bar, ':');
    struct reading reading = {.line = {.text = text, .rate = 1}};

    if (colon == bar)
        return refused(SG_REJECT_MALFORMED, (size_t)(bar - text.at));
    if (colon == text.at)
        return refused(SG_REJECT_MALFORMED, 0);
    if (colon - text.at > SG_NAME_MAX)
        return refused(SG_REJECT_TOO_LONG, SG_NAME_MAX);
    if (bar == end)
        return refused(SG_REJECT_MALFORMED, text.len);
    reading.line.name = span(text.at, colon);
    reading.line.values = span(colon + 1, bar);

    const char *field = bar + 1;
    bar = seek(field, end, '|');
    if (!read_letter(span(field, bar), &reading.line.letter))
        return refused(SG_REJECT_MALFORMED, (size_t)(field - text.at));
    while (bar != end) {
        field = bar + 1;
        bar = seek(field, end, '|');
        struct sg_span whole = span(field, bar);
        if (starts(whole, "#"))
            reading.line.tags = span(field + 1, bar);
        if (starts(whole, "i:"))
            reading.line.instance = span(field + 2, bar);
        if (starts(whole, "q:"))
            read_report(span(field + 2, bar), &reading.line);
        if (starts(whole, "@") && reading.line.letter != SG_LETTER_G) {
            double rate;
            if (!number(span(field + 1, bar), &rate) || !(rate > 0 && rate <= 1))
                return refused(SG_REJECT_BAD_RATE, (size_t)(field - text.at) + 1);
            reading.line.rate = rate;
        }
    }
    return reading;
}

/* ---- checks ---- */

static void check_values(const struct sg_line *line) {
    const char *end = line->values.at + line->values.len;
    const char *at = line->values.at;
    struct sg_values numbers;
    struct sg_values words;
    struct sg_span item;
    struct sg_span word;
    enum sg_reject reason;
    double value = -1;
    double last = -1;
    size_t walked = 0;

    sg_values_init(&numbers, line);
    sg_values_init(&words, line);
    for (; sg_values_next(&numbers, &value, &reason, &item); walked++) {
        const char *stop = seek(at, end, ':');
        double expected = -1;
        CHECK(same(item, span(at, stop)));
        CHECK((reason == SG_REJECT_NONE) == number(item, &expected));
        CHECK(reason == SG_REJECT_NONE || reason == SG_REJECT_BAD_VALUE);
        CHECK(oracle_same(value, expected));
        double alone = -1;
        CHECK(sg_number_parse(item.at, item.len, &alone) == (reason == SG_REJECT_NONE));
        CHECK(oracle_same(alone, expected));
        last = value;
        CHECK(sg_words_next(&words, &word) && same(word, item));
        value = -1;
        at = stop == end ? NULL : stop + 1;
    }
    CHECK(at == NULL);
    double only = -1;
    CHECK(sg_line_number(line, &only) == (walked == 1 && reason == SG_REJECT_NONE));
    CHECK(walked != 1 || oracle_same(only, last));
    CHECK(!sg_words_next(&words, &word));
    CHECK(sg_line_samples(line) == (line->letter == SG_LETTER_S ? 1 : walked));
}

static void check_tags(const struct sg_line *line) {
    const char *at = line->tags.at;
    const char *end = at != NULL ? at + line->tags.len : NULL;
    struct sg_tags it;
    struct sg_tag tag;
    enum sg_reject reason;
    size_t walked = 0;

    sg_tags_init(&it, line->tags);
    while (sg_tags_next(&it, &tag, &reason)) {
        while (at != end && *at == ',')
            at++;
        CHECK(at != end);
        const char *stop = seek(at, end, ',');
        const char *colon = seek(at, stop, ':');
        size_t value_len = colon == stop ? 0 : (size_t)(stop - colon) - 1;
        bool too_long =
            ++walked > SG_LABELS_MAX || colon - at > SG_NAME_MAX || value_len > SG_LABEL_VALUE_MAX;

        if (reason != SG_REJECT_NONE) {
            CHECK(reason == SG_REJECT_TOO_LONG ? too_long : colon == at);
            CHECK(inside(tag.key, span(at, stop)) && tag.key.len > 0);
            CHECK(!sg_tags_next(&it, &tag, &reason));
            return;
        }
        CHECK(!too_long && colon != at);
        CHECK(same(tag.key, span(at, colon)));
        if (colon == stop)
            CHECK(tag.value.at == NULL && tag.value.len == 0);
        else
            CHECK(same(tag.value, span(colon + 1, stop)));
        at = stop;
    }
    while (at != end && *at == ',')
        at++;
    CHECK(at == end);
}

/* Reads digits from `*at` up to the first other byte. A length that no line can have is read as
 * SG_LINE_MAX + 1. */
static bool read_length(struct sg_span text, size_t *at, size_t *ret_len) {
    size_t first = *at;

    *ret_len = 0;
    for (; *at < text.len && text.at[*at] >= '0' && text.at[*at] <= '9'; ++*at) {
        *ret_len = *ret_len * 10 + (size_t)(text.at[*at] - '0');
        if (*ret_len > SG_LINE_MAX)
            *ret_len = SG_LINE_MAX + 1;
    }
    return *at != first;
}

static bool read_event(struct sg_span text) {
    size_t at = strlen("_e{");
    size_t title_len;
    size_t text_len;

    if (!read_length(text, &at, &title_len) || at == text.len || text.at[at++] != ',' ||
        !read_length(text, &at, &text_len) || text.len - at < 2 || text.at[at++] != '}' ||
        text.at[at++] != ':')
        return false;
    if (at + title_len + 1 + text_len > text.len || text.at[at + title_len] != '|')
        return false;
    at += title_len + 1 + text_len;
    return at == text.len || text.at[at] == '|';
}

static bool read_service_check(struct sg_span text) {
    const char *end = text.at + text.len;
    const char *name = text.at + strlen("_sc|");
    const char *bar = seek(name, end, '|');

    if (bar == name || bar == end)
        return false;
    struct sg_span status = span(bar + 1, seek(bar + 1, end, '|'));
    return status.len == 1 && *status.at >= '0' && *status.at <= '3';
}

static void check_framed(struct sg_span text, enum sg_reject reason, const struct sg_line *line) {
    bool event = starts(text, "_e{");

    CHECK(reason == SG_REJECT_NONE || reason == SG_REJECT_MALFORMED);
    CHECK((reason == SG_REJECT_NONE) == (event ? read_event(text) : read_service_check(text)));
    if (reason != SG_REJECT_NONE)
        return;
    CHECK(line->kind == (event ? SG_LINE_EVENT : SG_LINE_SERVICE_CHECK));
    CHECK(same(line->text, text));
    CHECK(line->name.at == NULL && line->values.at == NULL && line->tags.at == NULL);
    CHECK(!line->has_report && line->rate == 1);
    CHECK(sg_line_samples(line) == 1);
}

/* Compares all bytes, padding included, since "untouched" means all of them. */
static bool same_bytes(const void *left, const void *right, size_t len) {
    return memcmp(left, right, len) == 0;
}

static void check_line(struct sg_span text) {
    struct sg_line line;
    struct sg_line again;
    struct sg_fault fault = {0};
    struct sg_fault fault_again = {0};

    memset(&line, 0xa5, sizeof line);
    memset(&again, 0xa5, sizeof again);
    enum sg_reject reason = sg_line_parse(text, &line, &fault);
    CHECK(reason == sg_line_parse(text, &again, &fault_again));
    CHECK(fault.reason == reason && fault_again.reason == reason);
    CHECK(fault.offset == fault_again.offset && fault.offset <= text.len);

    if (text.len > SG_LINE_MAX) {
        CHECK(reason == SG_REJECT_TOO_LONG && fault.offset == SG_LINE_MAX);
        return;
    }
    if (starts(text, "_e{") || starts(text, "_sc|")) {
        check_framed(text, reason, &line);
        return;
    }

    struct reading reading = read_metric(text);
    CHECK(reason == reading.reason);
    if (reason != SG_REJECT_NONE) {
        CHECK(fault.offset == reading.offset);
        CHECK(same_bytes(&line, &again, sizeof line));
        return;
    }
    CHECK(line.kind == SG_LINE_METRIC);
    CHECK(line.letter == reading.line.letter);
    CHECK(same(line.text, text));
    CHECK(same(line.name, reading.line.name) && same(again.name, line.name));
    CHECK(same(line.values, reading.line.values) && same(again.values, line.values));
    CHECK(same(line.tags, reading.line.tags) && same(again.tags, line.tags));
    CHECK(same(line.instance, reading.line.instance) && same(again.instance, line.instance));
    CHECK(oracle_same(line.rate, reading.line.rate));
    CHECK(line.has_report == reading.line.has_report);
    CHECK(line.handle == reading.line.handle);
    CHECK(line.sent == reading.line.sent);
    CHECK(line.lost == reading.line.lost);
    check_values(&line);
    check_tags(&line);
}

/* Checks that reading the same line in one pass gives the same result. */
static void check_pass(struct sg_lines *it, struct sg_span text, bool ended) {
    struct sg_line line;
    struct sg_line slow;
    struct sg_fault fault = {0};
    struct sg_fault slow_fault = {0};
    bool pass_ended;

    memset(&slow, 0, sizeof slow);
    memset(&line, 0, sizeof line);
    CHECK(sg_lines_parse(it, &line, &pass_ended, &fault));
    CHECK(pass_ended == ended && same(line.text, text));
    CHECK(fault.reason == sg_line_parse(text, &slow, &slow_fault));
    CHECK(fault.offset == slow_fault.offset);
    if (fault.reason != SG_REJECT_NONE)
        return;
    CHECK(line.kind == slow.kind && line.letter == slow.letter);
    CHECK(same(line.name, slow.name) && same(line.values, slow.values));
    CHECK(same(line.tags, slow.tags) && same(line.instance, slow.instance));
    CHECK(oracle_same(line.rate, slow.rate) && line.has_report == slow.has_report);
    CHECK(line.handle == slow.handle && line.sent == slow.sent && line.lost == slow.lost);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    const char *at = (const char *)data;
    const char *end = at + size;
    struct sg_lines lines;
    struct sg_lines pass;
    struct sg_span text;
    bool ended;

    sg_lines_init(&lines, at, size);
    sg_lines_init(&pass, at, size);
    while (sg_lines_next(&lines, &text, &ended)) {
        /* Only empty lines are skipped, and a line is everything up to the newline. */
        while (at != text.at) {
            CHECK(*at == '\n' || (*at == '\r' && (at + 1 == end || at[1] == '\n')));
            at++;
        }
        const char *stop = seek(at, end, '\n');
        CHECK(ended == (stop != end));
        CHECK(text.len > 0);
        CHECK(same(text, span(at, stop - (stop[-1] == '\r'))));
        check_line(text);
        check_pass(&pass, text, ended);
        CHECK(pass.next == lines.next);
        at = stop == end ? end : stop + 1;
    }
    for (; at != end; at++)
        CHECK(*at == '\n' || *at == '\r');
    struct sg_line none;
    struct sg_fault fault;
    CHECK(!sg_lines_parse(&pass, &none, &ended, &fault));
    return 0;
}
