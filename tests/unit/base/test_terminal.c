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
