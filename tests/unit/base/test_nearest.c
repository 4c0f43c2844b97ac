/* SPDX-License-Identifier: MIT */
/* Suggestions for mistyped words. */
#include <stdint.h>
#include <string.h>

#include "assertions.h"
#include "base/nearest.h"

static const char *const keys[] = {"families", "labels", "max_series", "unit", NULL};

Test(nearest, allows_a_slip_in_three_letters) {
    cr_expect(eq(str, (char *)nearest_word("unti", keys), "unit"));
    cr_expect(eq(str, (char *)nearest_word("maxseries", keys), "max_series"));
    cr_expect(eq(str, (char *)nearest_word("familie", keys), "families"));
    cr_expect(nearest_word("value", keys) == NULL);
    cr_expect(nearest_word("", keys) == NULL);
}

Test(nearest, a_swap_is_one_slip) {
    static const char *const words[] = {"uid", "gid", NULL};
    cr_expect(eq(str, (char *)nearest_word("udi", words), "uid"));
    cr_expect(nearest_word("diu", words) == NULL);
}

Test(nearest, the_first_of_equally_near_ones) {
    static const char *const words[] = {"uid", "gid", NULL};
    cr_expect(eq(str, (char *)nearest_word("id", words), "uid"));
}

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

static size_t least_of(size_t a, size_t b) {
    return a < b ? a : b;
}

/* Optimal string alignment by its definition. */
static size_t distance(const char *a, size_t a_len, const char *b, size_t b_len) {
    static size_t table[LEN + 1][LEN + 1];
    for (size_t i = 0; i <= a_len; i++)
        for (size_t j = 0; j <= b_len; j++) {
            if (i == 0 || j == 0) {
                table[i][j] = i + j;
                continue;
            }
            const size_t step = least_of(table[i - 1][j], table[i][j - 1]) + 1;
            table[i][j] = least_of(step, table[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                table[i][j] = least_of(table[i][j], table[i - 2][j - 2] + 1);
        }
    return table[a_len][b_len];
}

static uint32_t random_state = 1;

static uint32_t draw(uint32_t below) {
    random_state = random_state * 1664525 + 1013904223;
    return (random_state >> 16) % below;
}

static void draw_word(char *out) {
    const size_t len = draw(LEN + 1);
    for (size_t i = 0; i < len; i++)
        out[i] = "abc_"[draw(4)];
    out[len] = '\0';
}

Test(nearest, finds_what_a_comparison_with_each_word_finds) {
    for (int round = 0; round < 3000; round++) {
        static char texts[WORDS][LEN + 1];
        const char *words[WORDS + 1] = {NULL};
        char word[LEN + 1];
        const char *best = NULL;
        draw_word(word);
        size_t least = (strlen(word) + 2) / 3;
        for (int i = 0; i < WORDS; i++) {
            draw_word(texts[i]);
            words[i] = texts[i];
            const size_t found = distance(word, strlen(word), texts[i], strlen(texts[i]));
            if (found > least || (best != NULL && found == least))
                continue;
            best = texts[i];
            least = found;
        }
        cr_assert(eq(ptr, (void *)(uintptr_t)nearest_word(word, words), (void *)(uintptr_t)best),
                  "%s: %s", word, best);
    }
}
