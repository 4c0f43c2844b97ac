/* SPDX-License-Identifier: MIT */
/* Suggestions for mistyped words. */
#include <stdint.h>
#include <string.h>

#include "assertions.h"
#include "base/nearest.h"

static const char *const keys[] = {"families", "labels", "max_series", "unit", NULL};

Test(nearest, does_not_compare_endless_words) {
    static char word[3000000];
    memset(word, 'l', sizeof word - 1);
    cr_expect(nearest_word(word, keys) == NULL);
    const char *const words[] = {word, "unit", NULL};
    cr_expect(eq(str, (char *)nearest_word("unit", words), "unit"));
}

Test(nearest, a_word_that_goes_on_is_found_by_its_first_part) {
    static const char *const words[] = {"bearer_token_file", "bearer_token_path_file",
                                        "bearer_tokens_of_all", "api-server", NULL};
    cr_expect(eq(str, (char *)nearest_word_or_longer("bearer_token", words), "bearer_token_file"));
    cr_expect(nearest_word("bearer_token", words) == NULL);
    cr_expect(eq(str, (char *)nearest_word_or_longer("api", words), "api-server"));
    cr_expect(nearest_word_or_longer("ap", words) == NULL);
    cr_expect(nearest_word_or_longer("", words) == NULL);
    /* A slip comes first. */
    static const char *const slips[] = {"unit_name", "unti", NULL};
    cr_expect(eq(str, (char *)nearest_word_or_longer("unit", slips), "unti"));
}

/* ---- the same as a slow and simple one finds ---- */

enum { LEN = 12, WORDS = 40 };
