/* SPDX-License-Identifier: MIT */
/* Finding a word in a list of choices. */
#include "assertions.h"
#include "base/text.h"

static const char words[] = "off|target_info||labels";

Test(text, a_word_of_a_choice_is_found_whole) {
    cr_expect(eq(u32, text_choice_find(words, "off"), 0));
    cr_expect(eq(u32, text_choice_find(words, "target_info"), 1));
    cr_expect(eq(u32, text_choice_find(words, ""), 2));
    cr_expect(eq(u32, text_choice_find(words, "labels"), 3));
    cr_expect(eq(u32, text_choice_find(words, "target"), UINT_MAX));
    cr_expect(eq(u32, text_choice_find(words, "label"), UINT_MAX));
    cr_expect(eq(u32, text_choice_find(words, "off|target_info"), UINT_MAX));
    cr_expect(eq(u32, text_choice_find("one", "one"), 0));
}

Test(text, each_word_of_a_choice_has_its_place) {
    static const char *const expected[] = {"off", "target_info", "", "labels"};
    for (unsigned i = 0; i < 4; i++) {
        size_t len;
        const char *word = text_choice_word(words, i, &len);
        cr_expect(text_is(word, len, expected[i]), "%u", i);
    }
}

Test(text, pieces_are_the_same_if_no_byte_differs) {
    char a[100];
    char b[100];
    memset(a, 'x', sizeof a);
    memset(b, 'x', sizeof b);
    cr_expect(text_same(NULL, NULL, 0));
    for (size_t len = 1; len <= 70; len++) {
        cr_expect(text_same(a + 1, b + 2, len), "%zu", len);
        for (size_t at = 0; at < len; at++) {
            b[2 + at] = 'y';
            cr_expect(not(text_same(a + 1, b + 2, len)), "%zu of %zu", at, len);
            b[2 + at] = 'x';
        }
        b[1] = b[2 + len] = 'y'; /* what is around them does not count */
        cr_expect(text_same(a + 1, b + 2, len), "%zu", len);
        b[1] = b[2 + len] = 'x';
    }
}

Test(text, what_follows_a_beginning_is_found) {
    cr_expect(eq(str, (char *)text_after("unix:/run/x", "unix:"), "/run/x"));
    cr_expect(eq(str, (char *)text_after("unix:", "unix:"), ""));
    cr_expect(eq(str, (char *)text_after("unix", ""), "unix"));
    cr_expect(eq(ptr, (void *)text_after("unix", "unix:"), NULL));
    cr_expect(eq(ptr, (void *)text_after("/unix:", "unix:"), NULL));
    cr_expect(text_begins("no-history", "no-"));
    cr_expect(not(text_begins("no", "no-")));
}

Test(text, a_hexadecimal_digit_has_a_value) {
    static const char digits[] = "0123456789abcdef";
    for (int i = 0; i < 16; i++)
        cr_expect(eq(int, text_hex_digit(digits[i]), i));
    cr_expect(eq(int, text_hex_digit('A'), 10));
    cr_expect(eq(int, text_hex_digit('F'), 15));
    static const char others[] = "/:@G`g \x80";
    for (size_t i = 0; i < sizeof others; i++)
        cr_expect(eq(int, text_hex_digit(others[i]), -1), "%zu", i);
}
