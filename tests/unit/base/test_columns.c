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
