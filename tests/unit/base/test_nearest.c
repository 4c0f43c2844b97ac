/* What a mistyped word was meant to be. */
#include <string.h>

#include "assertions.h"
#include "base/nearest.h"

static const char *const keys[] = {"families", "labels", "max_series", "unit", NULL};

Test(nearest, allows_a_slip_in_three_letters) {
    cr_expect(eq(str, (char *)nearest_word("unti", keys), "unit"));
    cr_expect(eq(str, (char *)nearest_word("maxseries", keys), "max_series"));
    cr_expect(eq(str, (char *)nearest_word("familie", keys), "families"));
    cr_expect_null(nearest_word("value", keys));
    cr_expect_null(nearest_word("", keys));
}

Test(nearest, a_swap_is_one_slip) {
    static const char *const words[] = {"uid", "gid", NULL};
    cr_expect(eq(str, (char *)nearest_word("udi", words), "uid"));
    cr_expect_null(nearest_word("diu", words));
}

Test(nearest, the_first_of_equally_near_ones) {
    static const char *const words[] = {"uid", "gid", NULL};
    cr_expect(eq(str, (char *)nearest_word("id", words), "uid"));
}

Test(nearest, does_not_compare_endless_words) {
    static char word[3000000];
    memset(word, 'l', sizeof word - 1);
    cr_expect_null(nearest_word(word, keys));
    const char *const words[] = {word, "unit", NULL};
    cr_expect(eq(str, (char *)nearest_word("unit", words), "unit"));
}

Test(nearest, a_word_that_goes_on_is_found_by_its_first_part) {
    static const char *const words[] = {"bearer_token_file", "bearer_token_path_file",
                                        "bearer_tokens_of_all", "api-server", NULL};
    cr_expect(eq(str, (char *)nearest_word_or_longer("bearer_token", words), "bearer_token_file"));
    cr_expect_null(nearest_word("bearer_token", words));
    cr_expect(eq(str, (char *)nearest_word_or_longer("api", words), "api-server"));
    cr_expect_null(nearest_word_or_longer("ap", words));
    cr_expect_null(nearest_word_or_longer("", words));
    /* A slip comes first. */
    static const char *const slips[] = {"unit_name", "unti", NULL};
    cr_expect(eq(str, (char *)nearest_word_or_longer("unit", slips), "unti"));
}
