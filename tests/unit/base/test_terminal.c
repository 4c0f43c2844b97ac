/* SPDX-License-Identifier: MIT */
#include "assertions.h"
#include "base/terminal.h"

static struct strbuf text;

static void setup(void) {
    strbuf_init(&text);
}

static void teardown(void) {
    strbuf_done(&text);
}

TestSuite(base_terminal, .init = setup, .fini = teardown);

static char *visible(const char *bytes, size_t len) {
    strbuf_clear(&text);
    terminal_put_visible(&text, bytes, len);
    return (char *)(uintptr_t)strbuf_cstr(&text);
}

static char *caret(const char *line, size_t offset) {
    strbuf_clear(&text);
    terminal_put_caret(&text, 2, line, strlen(line), offset);
    return (char *)(uintptr_t)strbuf_cstr(&text);
}

Test(base_terminal, letters_stay_and_controls_are_spelled_out) {
    cr_expect(eq(str, visible("a:1|c", 5), "a:1|c"));
    cr_expect(eq(str, visible("caf\xc3\xa9 \xe2\x82\xac", 9), "caf\xc3\xa9 \xe2\x82\xac"));
    cr_expect(eq(str, visible("a\x1b[2J\tb\0c", 9), "a\\x1b[2J\\x09b\\x00c"));
    cr_expect(eq(str, visible("\x7f\xff\xc3", 3), "\\x7f\\xff\\xc3"));
    cr_expect(eq(str, visible("\xc2\x9b", 2), "\\xc2\\x9b"), "C1 controls move a cursor, too");
}

Test(base_terminal, a_long_text_is_cut_at_a_column) {
    terminal_put_cut(&text, "abc", 3, 3);
    strbuf_putc(&text, ' ');
    terminal_put_cut(&text, "abcd", 4, 3);
    strbuf_putc(&text, ' ');
    terminal_put_cut(&text, "\xc3\xa9\xc3\xa9\xc3\xa9", 6, 2);
    strbuf_putc(&text, ' ');
    terminal_put_cut(&text, "a\x01z", 3, 4);
    cr_expect(
        eq(str, (char *)(uintptr_t)strbuf_cstr(&text), "abc abc... \xc3\xa9\xc3\xa9... a..."));
}

Test(base_terminal, the_caret_stands_below_its_byte) {
    cr_expect(eq(str, caret("a:x|c", 2), "  a:x|c\n    ^\n"));
    cr_expect(eq(str, caret("a:x|c", 5), "  a:x|c\n       ^\n"));
    cr_expect(eq(str, caret("a", 99), "  a\n   ^\n"), "never behind the end");
    cr_expect(eq(str, caret("", 0), "  \n  ^\n"));
}

Test(base_terminal, characters_before_the_caret_count_as_columns) {
    cr_expect(eq(str, caret("\xc3\xa9:x", 3), "  \xc3\xa9:x\n    ^\n"));
    cr_expect(eq(str, caret("\x01:x", 2), "  \\x01:x\n       ^\n"));
    cr_expect(eq(str, caret("\xe4\xb8\xad:x", 4), "  \xe4\xb8\xad:x\n     ^\n"));
    cr_expect(eq(str, caret("e\xcc\x81:x", 4), "  e\xcc\x81:x\n    ^\n"));
}

Test(base_terminal, of_a_long_line_the_part_around_the_caret_is_shown) {
    char line[301];
    memset(line, 'a', 300);
    line[300] = '\0';
    line[200] = 'X';
    const char *shown = caret(line, 200);
    const char *mark = strchr(shown, 'X');
    const char *second = strchr(shown, '\n') + 1;
    cr_assert(ne(ptr, (void *)mark, NULL));
    cr_expect(eq(sz, (size_t)(mark - shown), strcspn(second, "^")));
    cr_expect(eq(int, strncmp(shown, "  ...a", 6), 0));
    cr_expect(eq(int, strncmp(second - 4, "...\n", 4), 0));
    cr_expect(le(sz, (size_t)(second - shown), 86));
}

Test(base_terminal, bytes_are_told_in_the_largest_fitting_unit) {
    static const struct {
        uint64_t bytes;
        const char *text;
    } cases[] = {{0, "0 B"},
                 {1023, "1023 B"},
                 {1024, "1.0 KiB"},
                 {1536, "1.5 KiB"},
                 {1024 * 1024 - 1, "1.0 MiB"},
                 {UINT64_C(5) << 30, "5.0 GiB"},
                 {UINT64_C(1) << 50, "1024.0 TiB"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        strbuf_clear(&text);
        terminal_put_bytes(&text, cases[i].bytes);
        cr_expect(eq(str, (char *)(uintptr_t)strbuf_cstr(&text), (char *)(uintptr_t)cases[i].text));
    }
}

Test(base_terminal, durations_are_told_in_their_two_largest_units) {
    static const struct {
        int64_t ms;
        const char *text;
    } cases[] = {{INT64_MIN, "0 s"},
                 {-1, "0 s"},
                 {0, "0 s"},
                 {12, "0.012 s"},
                 {400, "0.4 s"},
                 {1400, "1.4 s"},
                 {3980, "4 s"},
                 {4040, "4 s"},
                 {4050, "4.1 s"},
                 {59999, "59 s"},
                 {60000, "1 min"},
                 {200000, "3 min 20 s"},
                 {3600000, "1 h"},
                 {3659000, "1 h"},
                 {187200000, "2 d 4 h"},
                 {INT64_MAX, "106751991167 d 7 h"}};
    char out[TERMINAL_DURATION_MAX];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        cr_expect(eq(str, (char *)(uintptr_t)terminal_duration(out, cases[i].ms),
                     (char *)(uintptr_t)cases[i].text));
}
