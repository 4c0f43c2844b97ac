/* SPDX-License-Identifier: MIT */
/* A datagram is split into lines. */
#include "assertions.h"
#include <string.h>

#include "sg_proto.h"

static void check_next(struct sg_lines *it, const char *text, bool ended) {
    struct sg_span line = {0};
    bool ret_ended = !ended;

    cr_assert(sg_lines_next(it, &line, &ret_ended), "no line, expected \"%s\"", text);
    cr_expect(line.len == strlen(text), "\"%s\" has %zu bytes", text, line.len);
    cr_expect(line.len == strlen(text) && memcmp(line.at, text, line.len) == 0, "\"%s\"", text);
    cr_expect(ret_ended == ended, "\"%s\" ended", text);
}

static void check_end(struct sg_lines *it) {
    struct sg_span line = {.at = "untouched", .len = 9};
    bool ended = true;

    cr_expect(not(sg_lines_next(it, &line, &ended)));
    cr_expect(not(sg_lines_next(it, &line, &ended)), "the end stays the end");
    cr_expect(eq(str, line.at, "untouched"));
    cr_expect(line.len == 9);
    cr_expect(ended);
}

Test(lines, newlines_part_and_the_last_is_optional) {
    struct sg_lines it;

    sg_lines_init(&it, "a:1|c\nb:2|c", 11);
    check_next(&it, "a:1|c", true);
    check_next(&it, "b:2|c", false);
    check_end(&it);

    sg_lines_init(&it, "a:1|c\n", 6);
    check_next(&it, "a:1|c", true);
    check_end(&it);
}

Test(lines, one_carriage_return_is_dropped_from_the_end) {
    struct sg_lines it;

    sg_lines_init(&it, "a\r\nb\r\r\nc\rd\ne\r", 13);
    check_next(&it, "a", true);
    check_next(&it, "b\r", true);
    check_next(&it, "c\rd", true);
    check_next(&it, "e", false);
    check_end(&it);
}

Test(lines, empty_ones_are_skipped) {
    struct sg_lines it;

    sg_lines_init(&it, "\n\n\r\na\n\n\r\nb\n\n", 12);
    check_next(&it, "a", true);
    check_next(&it, "b", true);
    check_end(&it);

    sg_lines_init(&it, "\n\r\n\n\r", 5);
    check_end(&it);
}

Test(lines, an_empty_datagram_has_none) {
    struct sg_lines it;

    sg_lines_init(&it, NULL, 0);
    check_end(&it);
    sg_lines_init(&it, "x", 0);
    check_end(&it);
}

Test(lines, a_null_byte_is_a_byte) {
    struct sg_lines it;
    struct sg_span line;

    sg_lines_init(&it, "a\0b\nc", 5);
    cr_assert(sg_lines_next(&it, &line, NULL));
    cr_expect(line.len == 3);
    cr_expect(memcmp(line.at, "a\0b", 3) == 0);
    check_next(&it, "c", false);
}
