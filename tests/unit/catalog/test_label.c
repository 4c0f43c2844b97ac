/* SPDX-License-Identifier: MIT */
/* Wire spellings lead to declared values; other texts lead to none. */
#include <stdio.h>
#include <string.h>

#include "assertions.h"
#include "catalog/catalog.h"

enum { MOST = 3000 };

static struct catalog *catalog;

static struct catalog_label label_of(const char *const (*pairs)[2], size_t count) {
    static struct catalog_word words[MOST];
    for (size_t i = 0; i < count; i++)
        words[i] = (struct catalog_word){.text = pairs[i][0], .wire = pairs[i][1], .index = i};
    struct catalog_label label = {.name = "l", .otherwise = -1, .default_value = -1};
    catalog_words_sort(words, count);
    catalog_label_set_values(catalog, &label, words, count);
    return label;
}

static int find(const struct catalog_label *label, const char *wire) {
    return catalog_label_find(label, wire, strlen(wire));
}

static void start(void) {
    catalog = catalog_new();
    cr_assert(catalog != NULL);
}

static void end(void) {
    catalog_free(catalog);
}

TestSuite(label, .init = start, .fini = end);

Test(label, values_are_in_byte_order_and_their_index_is_their_id) {
    static const char *const pairs[][2] = {
        {"b", "b"}, {"\xC3\xA4", "\xC3\xA4"}, {"B", "B"}, {"ab", "ab"}, {"a", "a"}};
    const struct catalog_label label = label_of(pairs, 5);
    static const char *const order[] = {"B", "a", "ab", "b", "\xC3\xA4"};
    cr_assert(eq(u32, label.value_count, 5));
    for (uint32_t i = 0; i < 5; i++) {
        cr_expect(eq(str, (char *)label.values[i].text, (char *)order[i]));
        cr_expect(eq(u32, label.values[i].len, (uint32_t)strlen(order[i])));
        cr_expect(eq(int, find(&label, order[i]), (int)i));
    }
}

Test(label, has_a_longest_value) {
    static const char *const pairs[][2] = {{"b", "b"}, {"long", "l"}, {"ab", "a-long-wire"}};
    struct catalog_label label = label_of(pairs, 3);
    cr_expect(eq(u64, catalog_label_longest(&label), 4));
    label.kind = LABEL_PATTERN;
    cr_expect(eq(u64, catalog_label_longest(&label), CATALOG_VALUE_MAX),
              "what matches may be longer");
}

Test(label, is_found_by_its_wire_spelling_only) {
    static const char *const pairs[][2] = {{"a, b", "a_b"}, {"c", "d"}, {"d", "c"}};
    const struct catalog_label label = label_of(pairs, 3);
    cr_expect(eq(int, find(&label, "a_b"), 0));
    cr_expect(eq(int, find(&label, "d"), 1));
    cr_expect(eq(int, find(&label, "c"), 2));
    cr_expect(eq(int, find(&label, "a, b"), -1));
}

Test(label, other_texts_lead_nowhere) {
    static const char *const pairs[][2] = {{"get", "get"}, {"put", "put"}};
    const struct catalog_label label = label_of(pairs, 2);
    static const char *const others[] = {"", "g", "gett", "GET", "pu", "\xFF"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        cr_expect(eq(int, find(&label, others[i]), -1), "%s", others[i]);
    cr_expect(eq(int, catalog_label_find(&label, NULL, 0), -1));
    cr_expect(eq(int, catalog_label_find(&label, "get\0", 4), -1));
}

Test(label, without_values_finds_nothing) {
    const struct catalog_label label = label_of(NULL, 0);
    cr_expect(eq(int, find(&label, "a"), -1));
    cr_expect(eq(u32, label.value_count, 0));
}

Test(label, finds_every_value_in_lists_of_all_sizes) {
    static char texts[MOST][16];
    static const char *pairs[MOST][2];
    for (int i = 0; i < MOST; i++) {
        (void)snprintf(texts[i], sizeof texts[i], "v%d", i);
        pairs[i][0] = pairs[i][1] = texts[i];
    }
    static const size_t sizes[] = {1, 7, 8, 9, 16, 17, 255, 256, 257, MOST};
    for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
        const struct catalog_label label = label_of((const char *const(*)[2])pairs, sizes[s]);
        for (size_t i = 0; i < MOST; i++) {
            const int id = find(&label, texts[i]);
            if (i >= sizes[s])
                cr_assert(eq(int, id, -1), "%s of %zu", texts[i], sizes[s]);
            else
                cr_assert(eq(str, (char *)label.values[id].text, texts[i]));
        }
    }
}

Test(label, knows_which_values_need_no_escape) {
    static const char *const pairs[][2] = {
        {"a", "a"}, {"b\"", "b"}, {"c\\", "c"}, {"d\n", "d"}, {"e{}=,", "e"}};
    const struct catalog_label label = label_of(pairs, 5);
    static const bool plain[] = {true, false, false, false, true};
    for (uint32_t i = 0; i < 5; i++)
        cr_expect(eq(int, label.values[i].plain, plain[i]), "%s", label.values[i].text);
}

Test(label, labels_with_the_same_values_share_them) {
    static const char *const pairs[][2] = {{"a", "a"}, {"b, c", "b_c"}};
    static const char *const spelled[][2] = {{"a", "a"}, {"b, c", "b-c"}};
    const struct catalog_label label = label_of(pairs, 2);
    const struct catalog_label same = label_of(pairs, 2);
    const struct catalog_label other = label_of(spelled, 2);
    const struct catalog_label less = label_of(pairs, 1);
    cr_expect(eq(ptr, (void *)same.values, (void *)label.values));
    cr_expect(eq(ptr, (void *)same.wire, (void *)label.wire));
    cr_expect(ne(ptr, (void *)other.values, (void *)label.values), "the wire spells it otherwise");
    cr_expect(eq(int, find(&other, "b-c"), 1));
    cr_expect(eq(u32, less.value_count, 1));
}

Test(label, many_lists_are_all_found_again) {
    enum { LISTS = 1000 };
    static struct catalog_label labels[LISTS];
    char text[16];
    const char *const pairs[][2] = {{text, text}};
    for (int i = 0; i < LISTS; i++) {
        (void)snprintf(text, sizeof text, "v%d", i);
        labels[i] = label_of(pairs, 1);
    }
    const uint64_t bytes = catalog_bytes(catalog);
    for (int i = 0; i < LISTS; i++) {
        (void)snprintf(text, sizeof text, "v%d", i);
        cr_expect(eq(ptr, (void *)label_of(pairs, 1).values, (void *)labels[i].values));
        cr_expect(eq(str, (char *)labels[i].values[0].text, text), "the text was copied");
    }
    cr_expect(eq(u64, catalog_bytes(catalog), bytes));
}

Test(label, lists_have_numbers_and_each_comes_once) {
    enum { LISTS = 100 };
    static const struct catalog_value *values[LISTS];
    struct catalog_value_list list;
    char text[16];
    const char *const pairs[][2] = {{text, text}};
    for (int i = 0; i < LISTS; i++) {
        (void)snprintf(text, sizeof text, "v%d", i);
        const struct catalog_label label = label_of(pairs, 1);
        const uint32_t number = catalog_label_list(&label);
        cr_assert(lt(u32, number, LISTS));
        cr_expect(values[number] == NULL);
        values[number] = label.values;
    }
    size_t count = 0;
    for (size_t at = 0; catalog_list_next(catalog, &at, &list); count++) {
        cr_expect(eq(ptr, (void *)list.values, (void *)values[list.number]));
        cr_expect(eq(u32, list.count, 1));
    }
    cr_expect(eq(sz, count, LISTS));
    const struct catalog_label none = {0};
    cr_expect(eq(u32, catalog_label_list(&none), UINT32_MAX));
}
