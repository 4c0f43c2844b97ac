/* SPDX-License-Identifier: MIT */
#include "assertions.h"
#include "base/terminal.h"

struct columns_case {
    const char *text;
    size_t columns;
    const char *shown; /* NULL: as it is */
};

static void expect_shown(const struct columns_case *one) {
    struct strbuf out;
    const size_t len = strlen(one->text);
    strbuf_init(&out);
    struct columns_glyph glyph;
    for (size_t at = 0; at < len; at += glyph.len) {
        glyph = terminal_columns_next(one->text + at, len - at);
        terminal_columns_put(&out, one->text + at, glyph);
    }
    const char *wanted = one->shown != NULL ? one->shown : one->text;
    cr_expect(eq(str, (char *)(uintptr_t)strbuf_cstr(&out), (char *)(uintptr_t)wanted));
    cr_expect(eq(sz, terminal_columns_of(one->text, len), one->columns), "%s", one->text);
    strbuf_done(&out);
}

Test(base_columns, letters_take_one_column_wide_ones_two_and_marks_none) {
    static const struct columns_case cases[] = {
        {"", 0, NULL},
        {"plain", 5, NULL},
        {"caf\xc3\xa9", 4, NULL},
        {"cafe\xcc\x81", 4, NULL},             /* e and an acute */
        {"\xe4\xb8\xad\xe6\x96\x87", 4, NULL}, /* Chinese */
        {"\xef\xbc\xa1", 2, NULL},             /* a full-width A */
        {"\xf0\x9f\x98\x80", 2, NULL},         /* an emoji */
        {"\xd7\xa9\xd7\x9c", 2, NULL},         /* Hebrew */
        {"\xea\xb0\x80", 2, NULL},             /* Hangul */
        {"\xe1\x84\x80\xe1\x85\xa1", 2, NULL}, /* the same in two letters */
        {"\xe2\x9d\xa4\xef\xb8\x8f", 1, NULL}, /* a heart, as a picture */
        {"\xf0\xaf\xbf\xbd", 2, NULL},         /* in a plane of ideographs */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        expect_shown(&cases[i]);
}

Test(base_columns, what_moves_the_cursor_or_turns_the_text_is_spelled_out) {
    static const struct columns_case cases[] = {
        {"a\x1b[2J", 8, "a\\x1b[2J"},
        {"\x7f", 4, "\\x7f"},
        {"\xff\xc3", 8, "\\xff\\xc3"},
        {"\xc2\x9b", 8, "\\xc2\\x9b"}, /* C1 */
        /* right to left, and back */
        {"\xe2\x80\xae\xe2\x80\xac", 24, "\\xe2\\x80\\xae\\xe2\\x80\\xac"},
        {"\xe2\x80\xa8", 12, "\\xe2\\x80\\xa8"}, /* the end of a line */
        {"\xef\xbb\xbf", 12, "\\xef\\xbb\\xbf"}, /* no width at all */
        {"\xcc\x81", 8, "\\xcc\\x81"},           /* a mark on nothing */
        {"\n\xcc\x81", 12, "\\x0a\\xcc\\x81"},   /* or on what is spelled out */
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        expect_shown(&cases[i]);
}

Test(base_columns, a_letter_shows_so_many_marks_and_takes_the_others_along) {
    char text[1 + 100];
    text[0] = 'a';
    for (size_t i = 1; i < sizeof text; i++)
        text[i] = i % 2 == 1 ? '\xcc' : '\x81';
    const struct columns_glyph glyph = terminal_columns_next(text, sizeof text);
    cr_expect(eq(sz, glyph.len, sizeof text));
    cr_expect(eq(sz, glyph.columns, 1));
    cr_expect(le(sz, glyph.shown, COLUMNS_GLYPH_BYTES));
    cr_expect(ge(sz, glyph.shown, COLUMNS_GLYPH_BYTES - 2));
    cr_expect(eq(sz, terminal_columns_of(text, sizeof text), 1));
}
