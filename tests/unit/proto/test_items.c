/* SPDX-License-Identifier: MIT */
/* The lists in a line: packed values, words, labels. */
#include "assertions.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sg_proto.h"

static struct sg_line parsed(const char *text) {
    struct sg_line line;
    struct sg_fault fault;
    struct sg_span span = {.at = text, .len = strlen(text)};

    cr_assert(sg_line_parse(span, &line, &fault) == SG_REJECT_NONE, "\"%.80s\"", text);
    return line;
}

static bool same(struct sg_span span, const char *text) {
    return span.len == strlen(text) && memcmp(span.at, text, span.len) == 0;
}

/* `expected` holds what each item is: a number, or NAN for one that is refused. */
static void check_values(const char *text, size_t count, const double *expected) {
    struct sg_line line = parsed(text);
    struct sg_values it;
    size_t walked = 0;
    double value = 99;
    enum sg_reject reason;
    struct sg_span item;

    cr_expect(sg_line_samples(&line) == count, "\"%s\"", text);
    sg_values_init(&it, &line);
    for (; sg_values_next(&it, &value, &reason, &item); walked++) {
        cr_assert(walked < count, "\"%s\": too many", text);
        if (isnan(expected[walked])) {
            cr_expect(reason == SG_REJECT_BAD_VALUE, "\"%s\" item %zu", text, walked);
            cr_expect(value == 99, "\"%s\" item %zu: untouched", text, walked);
        } else {
            cr_expect(reason == SG_REJECT_NONE, "\"%s\" item %zu", text, walked);
            cr_expect(value == expected[walked], "\"%s\" item %zu: %g", text, walked, value);
        }
        value = 99;
    }
    cr_expect(walked == count, "\"%s\": %zu items", text, walked);
    cr_expect(not(sg_values_next(&it, &value, &reason, NULL)), "the end stays the end");
}

#define CHECK_VALUES(text, ...)                                                                    \
    check_values(text, sizeof((double[]){__VA_ARGS__}) / sizeof(double), (double[]){__VA_ARGS__})

Test(values, packed_ones_are_walked_in_order) {
    CHECK_VALUES("a:1|c", 1);
    CHECK_VALUES("a:0:9:5|c", 0, 9, 5);
    CHECK_VALUES("a:1:-2:+3.5:4e2:12345|h", 1, -2, 3.5, 400, 12345);
}

Test(values, a_bad_one_leaves_its_neighbours_alone) {
    CHECK_VALUES("a:|c", NAN);
    CHECK_VALUES("a::|c", NAN, NAN);
    CHECK_VALUES("a:21::22|c", 21, NAN, 22);
    CHECK_VALUES("a::1:|c", NAN, 1, NAN);
    CHECK_VALUES("a:x:1:2x:3:1e:4:nan:5|c", NAN, 1, NAN, 3, NAN, 4, NAN, 5);
    CHECK_VALUES("a:1e999:7|c", NAN, 7);
    CHECK_VALUES("a: :1 : 2:3|c", NAN, NAN, NAN, 3);
}

Test(values, the_bytes_of_an_item_are_reported) {
    struct sg_line line = parsed("a:12:x y::7|c");
    struct sg_values it;
    double value;
    enum sg_reject reason;
    struct sg_span item;

    sg_values_init(&it, &line);
    cr_assert(sg_values_next(&it, &value, &reason, &item));
    cr_expect(same(item, "12"));
    cr_assert(sg_values_next(&it, &value, &reason, &item));
    cr_expect(same(item, "x y"));
    cr_assert(sg_values_next(&it, &value, &reason, &item));
    cr_expect(same(item, ""));
    cr_assert(sg_values_next(&it, &value, &reason, &item));
    cr_expect(same(item, "7"));
}

Test(values, a_set_member_is_one_sample_with_its_colons) {
    struct sg_line line = parsed("users:a:b::c|s");

    cr_expect(sg_line_samples(&line) == 1);
    cr_expect(same(line.values, "a:b::c"));
}

Test(words, are_walked_in_order) {
    struct sg_line line = parsed("job:worked::nan:1|a");
    struct sg_values it;
    struct sg_span word;

    cr_expect(sg_line_samples(&line) == 4);
    sg_values_init(&it, &line);
    cr_assert(sg_words_next(&it, &word) && same(word, "worked"));
    cr_assert(sg_words_next(&it, &word) && same(word, ""));
    cr_assert(sg_words_next(&it, &word) && same(word, "nan"));
    cr_assert(sg_words_next(&it, &word) && same(word, "1"));
    cr_expect(not(sg_words_next(&it, &word)));
}

static struct sg_tags tags_of(const char *text) {
    struct sg_tags it;

    sg_tags_init(&it, (struct sg_span){.at = text, .len = strlen(text)});
    return it;
}

/* value == NULL: a bare word. */
static void check_tag(struct sg_tags *it, const char *key, const char *value) {
    struct sg_tag tag;
    enum sg_reject reason;

    cr_assert(sg_tags_next(it, &tag, &reason), "no label, expected %s", key);
    cr_expect(reason == SG_REJECT_NONE);
    cr_expect(same(tag.key, key), "%.*s is not %s", (int)tag.key.len, tag.key.at, key);
    if (value == NULL)
        cr_expect(tag.value.at == NULL);
    else
        cr_expect(tag.value.at != NULL && same(tag.value, value), "%s=%s", key, value);
}

static void check_no_tag(struct sg_tags *it) {
    struct sg_tag tag;
    enum sg_reject reason;

    cr_expect(not(sg_tags_next(it, &tag, &reason)));
}

static void check_tag_refused(struct sg_tags *it, enum sg_reject expected, const char *bytes) {
    struct sg_tag tag;
    enum sg_reject reason;

    cr_assert(sg_tags_next(it, &tag, &reason));
    cr_expect(reason == expected, "%s", sg_reject_label(reason));
    cr_expect(same(tag.key, bytes), "%.*s is not %s", (int)tag.key.len, tag.key.at, bytes);
    cr_expect(tag.value.at == NULL);
    check_no_tag(it);
}

Test(tags, the_first_colon_parts_key_and_value) {
    struct sg_tags it = tags_of("a:b,route:GET /v1/{name}:x,bare,empty:,k:\xc3\xa9");

    check_tag(&it, "a", "b");
    check_tag(&it, "route", "GET /v1/{name}:x");
    check_tag(&it, "bare", NULL);
    check_tag(&it, "empty", "");
    check_tag(&it, "k", "\xc3\xa9");
    check_no_tag(&it);
}

Test(tags, empty_items_are_skipped) {
    struct sg_tags it = tags_of(",,a:b,,c:d,,");

    check_tag(&it, "a", "b");
    check_tag(&it, "c", "d");
    check_no_tag(&it);
    it = tags_of(",");
    check_no_tag(&it);
    it = tags_of("");
    check_no_tag(&it);
    sg_tags_init(&it, (struct sg_span){0});
    check_no_tag(&it);
}

Test(tags, a_key_is_not_empty) {
    struct sg_tags it = tags_of("a:b,:v,c:d");

    check_tag(&it, "a", "b");
    check_tag_refused(&it, SG_REJECT_MALFORMED, ":v");
}

Test(tags, keys_and_values_have_a_limit) {
    char fits[SG_NAME_MAX + 1] = {0};
    char over[SG_NAME_MAX + 2] = {0};
    char text[1000];

    memset(fits, 'f', SG_NAME_MAX);
    memset(over, 'o', SG_NAME_MAX + 1);
    snprintf(text, sizeof text, "%s:%s,k:%s", fits, fits, over);
    struct sg_tags it = tags_of(text);
    check_tag(&it, fits, fits);
    check_tag_refused(&it, SG_REJECT_TOO_LONG, over);

    snprintf(text, sizeof text, "%s:v,a:b", over);
    it = tags_of(text);
    check_tag_refused(&it, SG_REJECT_TOO_LONG, over);
}

/* The bytes of `bytes`, without its terminator. */
static void put(char *at, const char *bytes) {
    while (*bytes != '\0')
        *at++ = *bytes++;
}

Test(tags, their_number_has_a_limit) {
    char text[SG_LABELS_MAX * 4 + 8] = {0};

    for (int i = 0; i < SG_LABELS_MAX; i++)
        put(text + (size_t)i * 4, "k:v,");
    struct sg_tags it = tags_of(text);
    for (int i = 0; i < SG_LABELS_MAX; i++)
        check_tag(&it, "k", "v");
    check_no_tag(&it);

    put(text + (size_t)SG_LABELS_MAX * 4, "over");
    it = tags_of(text);
    for (int i = 0; i < SG_LABELS_MAX; i++)
        check_tag(&it, "k", "v");
    check_tag_refused(&it, SG_REJECT_TOO_LONG, "over");
}
