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
