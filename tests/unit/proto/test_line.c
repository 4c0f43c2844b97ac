/* SPDX-License-Identifier: MIT */
/* A line is split into spans, or refused with a place. */
#include "assertions.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sg_proto.h"

static struct sg_span span_of(const char *text) {
    return (struct sg_span){.at = text, .len = strlen(text)};
}

static struct sg_line parsed(const char *text) {
    struct sg_line line;
    struct sg_fault fault;

    cr_assert(sg_line_parse(span_of(text), &line, &fault) == SG_REJECT_NONE, "\"%s\": %s at %zu",
              text, sg_reject_label(fault.reason), fault.offset);
    return line;
}

static bool same_bytes(const void *left, const void *right, size_t len) {
    return memcmp(left, right, len) == 0;
}

static void check_refused(const char *text, enum sg_reject reason, size_t offset) {
    struct sg_line line;
    struct sg_line before;
    struct sg_fault fault = {0};

    memset(&line, 0x5a, sizeof line);
    before = line;
    cr_expect(sg_line_parse(span_of(text), &line, &fault) == reason, "\"%.80s\"", text);
    cr_expect(fault.reason == reason, "\"%.80s\"", text);
    cr_expect(fault.offset == offset, "\"%.80s\" at %zu, not %zu", text, fault.offset, offset);
    cr_expect(same_bytes(&line, &before, sizeof line), "\"%.80s\" touched the line", text);
}

static void check_span(struct sg_span span, const char *text) {
    if (text == NULL) {
        cr_expect(span.at == NULL);
        cr_expect(span.len == 0);
        return;
    }
    cr_assert(span.at != NULL, "missing \"%s\"", text);
    cr_expect(span.len == strlen(text) && memcmp(span.at, text, span.len) == 0,
              "\"%.*s\" is not \"%s\"", (int)span.len, span.at, text);
}

/* "aaa…": new. */
static char *repeated(char byte, size_t count, const char *tail) {
    char *text = malloc(count + strlen(tail) + 1);

    cr_assert(text != NULL);
    memset(text, byte, count);
    memcpy(text + count, tail, strlen(tail) + 1);
    return text;
}

Test(line, all_fields_become_spans) {
    static const char text[] =
        "http.requests:1:2|c|@0.5|#method:GET,code:200|T1700000000|c:ci-12ab,in-7|e:it-false,cn-x:y"
        "|card:low|i:7f3a|q:c0ffee,18446744073709551615,3";
    struct sg_line line = parsed(text);

    cr_expect(line.kind == SG_LINE_METRIC);
    cr_expect(line.letter == SG_LETTER_C);
    check_span(line.text, text);
    check_span(line.name, "http.requests");
    check_span(line.values, "1:2");
    check_span(line.tags, "method:GET,code:200");
    check_span(line.instance, "7f3a");
    cr_expect(line.rate == 0.5);
    cr_expect(line.has_report);
    cr_expect(line.handle == 0xc0ffee);
    cr_expect(line.sent == UINT64_MAX);
    cr_expect(line.lost == 3);
    cr_expect(line.name.at == text, "spans point into the datagram");
}

Test(line, what_is_missing_is_null) {
    struct sg_line line = parsed("a:1|c");

    check_span(line.tags, NULL);
    check_span(line.instance, NULL);
    cr_expect(line.rate == 1);
    cr_expect(not(line.has_report));
}

Test(line, what_is_empty_is_not_missing) {
    struct sg_line line = parsed("a:|c|#|i:");

    check_span(line.values, "");
    check_span(line.tags, "");
    check_span(line.instance, "");
}

Test(line, fields_come_in_any_order) {
    struct sg_line line = parsed("a:1|ms|i:x|@0.25|q:1,2,0|T5|#k:v");

    cr_expect(line.letter == SG_LETTER_MS);
    check_span(line.tags, "k:v");
    check_span(line.instance, "x");
    cr_expect(line.rate == 0.25);
    cr_expect(line.sent == 2);
}

Test(line, of_a_repeated_field_the_last_counts) {
    struct sg_line line = parsed("a:1|c|#k:1|@0.5|i:x|q:1,1,1|#k:2|@0.25|i:y|q:2,2,2");

    check_span(line.tags, "k:2");
    check_span(line.instance, "y");
    cr_expect(line.rate == 0.25);
    cr_expect(line.handle == 2);
    check_refused("a:1|c|@7|@0.5", SG_REJECT_BAD_RATE, 7);
}

Test(line, unknown_and_empty_fields_are_ignored) {
    struct sg_line line = parsed("a:1|c||x|new:field,with:commas|i|i7|ix7|q|qx1,2,3|T|card:||");

    check_span(line.tags, NULL);
    check_span(line.instance, NULL);
    cr_expect(not(line.has_report));
}

Test(line, only_the_known_letters_are_letters) {
    char text[] = "a:1|?";

    for (int byte = 0; byte < 256; byte++) {
        struct sg_line line;
        struct sg_fault fault = {0};
        bool known = byte != 0 && strchr("cghdsabj", byte) != NULL;

        text[4] = (char)byte;
        enum sg_reject reason =
            sg_line_parse((struct sg_span){.at = text, .len = 5}, &line, &fault);
        cr_expect(reason == (known ? SG_REJECT_NONE : SG_REJECT_MALFORMED), "byte %d", byte);
        if (known)
            cr_expect(sg_letter_text(line.letter)[0] == byte);
        else
            cr_expect(fault.offset == 4, "byte %d", byte);
    }
    cr_expect(parsed("a:1|ms").letter == SG_LETTER_MS);
    check_refused("a:1|mss", SG_REJECT_MALFORMED, 4);
    check_refused("a:1|sm", SG_REJECT_MALFORMED, 4);
    check_refused("a:1|m", SG_REJECT_MALFORMED, 4);
    check_refused("a:1|cc", SG_REJECT_MALFORMED, 4);
    check_refused("a:1|C", SG_REJECT_MALFORMED, 4);
    check_refused("a:1|c ", SG_REJECT_MALFORMED, 4);
}

Test(line, what_is_no_metric_is_refused_where_it_stops_being_one) {
    check_refused("", SG_REJECT_MALFORMED, 0);
    check_refused(":1|c", SG_REJECT_MALFORMED, 0);
    check_refused("|c", SG_REJECT_MALFORMED, 0);
    check_refused("a", SG_REJECT_MALFORMED, 1);
    check_refused("a|c", SG_REJECT_MALFORMED, 1);
    check_refused("abc|1:2|c", SG_REJECT_MALFORMED, 3);
    check_refused("a:1", SG_REJECT_MALFORMED, 3);
    check_refused("a:1|", SG_REJECT_MALFORMED, 4);
    check_refused("a:1||#k:v", SG_REJECT_MALFORMED, 4);
    check_refused("a:1|#k:v", SG_REJECT_MALFORMED, 4);
}

Test(line, marks_are_found_wherever_they_are) {
    /* Names and values of every length, so that each mark crosses every border of the search. */
    for (size_t name = 1; name <= SG_NAME_MAX; name++) {
        for (size_t value = 1; value <= 150; value += 7) {
            char *head = repeated('n', name, ":");
            char *body = repeated('7', value, "|ms|#k:v|x:|i:y");
            char *text = NULL;
            cr_assert(asprintf(&text, "%s%s", head, body) > 0);

            struct sg_line line = parsed(text);
            cr_assert(line.name.len == name);
            cr_assert(line.values.len == value);
            cr_assert(line.letter == SG_LETTER_MS);
            cr_assert(line.tags.len == 3 && memcmp(line.tags.at, "k:v", 3) == 0);
            cr_assert(line.instance.len == 1 && *line.instance.at == 'y');
            free(text);
            free(body);
            free(head);
        }
    }
}

/* The bytes of `bytes`, without its terminator. */
static void put(char *at, const char *bytes) {
    while (*bytes != '\0')
        *at++ = *bytes++;
}

Test(line, a_line_may_have_as_many_bytes_as_the_limit_and_no_more) {
    char *text = repeated('1', SG_LINE_MAX, "");

    put(text, "a:");
    put(text + SG_LINE_MAX - 2, "|c");
    cr_expect(parsed(text).values.len == SG_LINE_MAX - 4);
    free(text);

    text = repeated('1', SG_LINE_MAX + 1, "");
    put(text, "a:");
    put(text + SG_LINE_MAX - 1, "|c");
    check_refused(text, SG_REJECT_TOO_LONG, SG_LINE_MAX);
    put(text, "_e{1,1}:a|b|");
    check_refused(text, SG_REJECT_TOO_LONG, SG_LINE_MAX);
    free(text);
}

Test(line, a_name_may_have_as_many_bytes_as_the_limit_and_no_more) {
    char *text = repeated('n', SG_NAME_MAX, ":1|c");

    cr_expect(parsed(text).name.len == SG_NAME_MAX);
    free(text);
    text = repeated('n', SG_NAME_MAX + 1, ":1|c");
    check_refused(text, SG_REJECT_TOO_LONG, SG_NAME_MAX);
    free(text);
    text = repeated('n', SG_NAME_MAX + 1, "|c");
    check_refused(text, SG_REJECT_MALFORMED, SG_NAME_MAX + 1);
    free(text);
}

Test(line, a_rate_is_above_0_and_at_most_1) {
    cr_expect(parsed("a:1|c|@1").rate == 1);
    cr_expect(parsed("a:1|c|@1.0").rate == 1);
    cr_expect(parsed("a:1|h|@+1e-3").rate == 1e-3);
    cr_expect(parsed("a:1|h|@1E-3").rate == 1e-3);
    check_refused("a:1|c|@0", SG_REJECT_BAD_RATE, 7);
    check_refused("a:1|c|@-0.5", SG_REJECT_BAD_RATE, 7);
    check_refused("a:1|c|@1.0000001", SG_REJECT_BAD_RATE, 7);
    check_refused("a:1|c|@", SG_REJECT_BAD_RATE, 7);
    cr_expect(parsed("a:1|c|@.5").rate == 0.5);
    check_refused("a:1|c|@.", SG_REJECT_BAD_RATE, 7);
    check_refused("a:1|c|@0.5 ", SG_REJECT_BAD_RATE, 7);
    check_refused("a:1|c|@nan", SG_REJECT_BAD_RATE, 7);
    check_refused("a:1|c|@1e-999", SG_REJECT_BAD_RATE, 7);
    check_refused("a:1|c|#k:v|@2", SG_REJECT_BAD_RATE, 12);
}

Test(line, a_rate_on_a_gauge_is_not_read) {
    cr_expect(parsed("a:1|g|@0.5").rate == 1);
    cr_expect(parsed("a:1|g|@nonsense").rate == 1);
}

Test(line, a_report_that_is_not_well_formed_is_ignored) {
    static const char *const wrong[] = {
        "q:",
        "q:1",
        "q:1,2",
        "q:1,2,",
        "q:,2,3",
        "q:1,,3",
        "q:1,2,3,",
        "q:1,2,3,4",
        "q:g,2,3",
        "q:0x1,2,3",
        "q:1,a,3",
        "q:1,-2,3",
        "q:1,2,+3",
        "q:1, 2,3",
        "q:1,2,3 ",
        "q:10000000000000000,2,3",
        "q1,2,3",
        "qq1,2,3",
        "Q:1,2,3",
        "q:1,2.0,3",
        "q:1,18446744073709551616,3",
        "q:1:2:3",
        "q:1,2,3x",
        "q:1,2,99999999999999999999",
    };
    char text[80];

    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        snprintf(text, sizeof text, "a:1|c|%s", wrong[i]);
        cr_expect(not(parsed(text).has_report), "%s", text);
    }
    struct sg_line line = parsed("a:1|c|q:FFFFffffFFFFffff,0,0|q:1,2");
    cr_expect(line.has_report, "the last well-formed one counts");
    cr_expect(line.handle == UINT64_MAX);
}

Test(line, an_event_fits_its_lengths) {
    cr_expect(parsed("_e{5,4}:title|text").kind == SG_LINE_EVENT);
    cr_expect(parsed("_e{5,4}:title|text|t:error|#k:v").kind == SG_LINE_EVENT);
    cr_expect(parsed("_e{3,3}:a|b|c|d").kind == SG_LINE_EVENT, "bars inside the lengths");
    cr_expect(parsed("_e{0,0}:|").kind == SG_LINE_EVENT);
    cr_expect(parsed("_e{2,2}:\xc3\xa9|\xc3\xa9").kind == SG_LINE_EVENT, "bytes, not letters");
    check_refused("_e{1,1}:\xc3\xa9|b", SG_REJECT_MALFORMED, 9);
    check_refused("_e{5,5}:title|text", SG_REJECT_MALFORMED, 5);
    check_refused("_e{6,4}:title|text", SG_REJECT_MALFORMED, 14);
    check_refused("_e{4,4}:title|text", SG_REJECT_MALFORMED, 12);
    check_refused("_e{99,4}:title|text", SG_REJECT_MALFORMED, 3);
    check_refused("_e{5,3}:title|text", SG_REJECT_MALFORMED, 17);
    check_refused("_e{5,4}:title", SG_REJECT_MALFORMED, 13);
    check_refused("_e{5,4}title|text", SG_REJECT_MALFORMED, 7);
    check_refused("_e{5,4:title|text", SG_REJECT_MALFORMED, 6);
    check_refused("_e{5}:title|text", SG_REJECT_MALFORMED, 4);
    check_refused("_e{,4}:|text", SG_REJECT_MALFORMED, 3);
    check_refused("_e{-1,4}:title|text", SG_REJECT_MALFORMED, 3);
    check_refused("_e{18446744073709551617,4}:t|text", SG_REJECT_MALFORMED, 3);
    check_refused("_e{1,18446744073709551620}:t|text", SG_REJECT_MALFORMED, 5);
    check_refused("_e{", SG_REJECT_MALFORMED, 3);
}

Test(line, a_service_check_has_a_name_and_a_status) {
    cr_expect(parsed("_sc|db.up|0").kind == SG_LINE_SERVICE_CHECK);
    cr_expect(parsed("_sc|db: up|3|d:1|h:x|#k:v|m:fine|e:x").kind == SG_LINE_SERVICE_CHECK);
    check_refused("_sc|", SG_REJECT_MALFORMED, 4);
    check_refused("_sc||0", SG_REJECT_MALFORMED, 4);
    check_refused("_sc|db.up", SG_REJECT_MALFORMED, 9);
    check_refused("_sc|db.up|", SG_REJECT_MALFORMED, 10);
    check_refused("_sc|db.up|4", SG_REJECT_MALFORMED, 10);
    check_refused("_sc|db.up|ok", SG_REJECT_MALFORMED, 10);
    check_refused("_sc|db.up|00", SG_REJECT_MALFORMED, 10);
    check_refused("_sc|db.up||", SG_REJECT_MALFORMED, 10);
}

Test(line, an_event_or_check_is_one_sample_without_values_and_labels) {
    struct sg_line line = parsed("_e{3,3}:a:b|c:d|#k:v");
    struct sg_values values;
    struct sg_tags tags;
    struct sg_tag tag;
    struct sg_span word;
    double value;
    enum sg_reject reason;

    cr_expect(sg_line_samples(&line) == 1);
    cr_expect(line.rate == 1);
    sg_values_init(&values, &line);
    cr_expect(not(sg_values_next(&values, &value, &reason, NULL)));
    cr_expect(not(sg_words_next(&values, &word)));
    sg_tags_init(&tags, line.tags);
    cr_expect(not(sg_tags_next(&tags, &tag, &reason)));
}

Test(line, a_name_may_look_like_the_start_of_an_event_or_check) {
    check_span(parsed("_elapsed:1|c").name, "_elapsed");
    check_span(parsed("_e:1|c").name, "_e");
    check_span(parsed("_scale:1|c").name, "_scale");
    check_span(parsed("_sc:1|c").name, "_sc");
    check_span(parsed("_:1|c").name, "_");
}

Test(line, names_and_values_are_bytes) {
    struct sg_line line;
    struct sg_fault fault;

    check_span(parsed("weird name-x/\xc3\xa9,#@:1|c").name, "weird name-x/\xc3\xa9,#@");
    cr_assert(sg_line_parse((struct sg_span){.at = "a\0b:\0|c|#\0:\0", .len = 12}, &line, &fault) ==
              SG_REJECT_NONE);
    cr_expect(line.name.len == 3);
    cr_expect(line.values.len == 1);
    cr_expect(line.tags.len == 3);
}
