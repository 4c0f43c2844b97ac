/* SPDX-License-Identifier: MIT */
/* The hash of a pair of texts. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assertions.h"
#include "base/hash.h"

enum { LONGEST = 50, TEXT = 64 };

static const char text[TEXT + 1] =
    "the_name_of_a_family,then:its_labels,as:many,as:it,has_of_them:x";

static uint64_t hash(size_t a_len, size_t b_len, const char *bytes) {
    return hash_pair(7, bytes, a_len, bytes + a_len, b_len, hash_keys_of(1));
}

static int compare(const void *a, const void *b) {
    const uint64_t x = *(const uint64_t *)a;
    const uint64_t y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static size_t count_distinct(uint64_t *hashes, size_t count) {
    size_t distinct = count > 0;
    qsort(hashes, count, sizeof *hashes, compare);
    for (size_t i = 1; i < count; i++)
        distinct += hashes[i] != hashes[i - 1];
    return distinct;
}

Test(hash, where_the_first_text_ends_matters) {
    uint64_t hashes[TEXT * TEXT];
    size_t count = 0;
    for (size_t a = 0; a <= LONGEST; a++)
        for (size_t b = 0; a + b <= TEXT; b++)
            hashes[count++] = hash(a, b, text);
    cr_expect(eq(sz, count_distinct(hashes, count), count));
}

/* Texts of these lengths that differ in one bit. */
static void check_bits(size_t a_len, size_t b_len) {
    uint64_t hashes[TEXT * 8];
    size_t count = 0;
    for (size_t bit = 0; bit < (a_len + b_len) * 8; bit++) {
        char bytes[TEXT + 1];
        memcpy(bytes, text, sizeof bytes);
        bytes[bit / 8] = (char)(bytes[bit / 8] ^ 1 << bit % 8);
        hashes[count++] = hash(a_len, b_len, bytes);
    }
    cr_expect(eq(sz, count_distinct(hashes, count), count), "%zu and %zu", a_len, b_len);
}

Test(hash, each_bit_matters) {
    for (size_t a = 1; a <= LONGEST; a++)
        for (size_t b = 0; a + b <= TEXT; b += 3)
            check_bits(a, b);
}

Test(hash, word_and_seed_matter) {
    const struct hash_keys one = hash_keys_of(1);
    const struct hash_keys two = hash_keys_of(2);
    for (size_t len = 1; len <= TEXT / 2; len++) {
        const uint64_t plain = hash_pair(0, text, len, text + len, len, one);
        cr_expect(ne(u64, plain, hash_pair(1, text, len, text + len, len, one)));
        cr_expect(ne(u64, plain, hash_pair(0, text, len, text + len, len, two)));
    }
}

/* Numbers in text fill the cells of a table evenly: 64 to each of 1,024, with a deviation of 8. */
Test(hash, its_low_bits_are_spread) {
    enum { CELLS = 1024, EACH = 64 };
    unsigned cells[CELLS] = {0};
    const struct hash_keys keys = hash_keys_of(3);
    for (unsigned i = 0; i < CELLS * EACH; i++) {
        char labels[48];
        const int len = snprintf(labels, sizeof labels, "method:get,route:%06u,code:200", i);
        cells[hash_pair(0, text, 20, labels, (size_t)len, keys) % CELLS]++;
    }
    for (size_t i = 0; i < CELLS; i++)
        cr_expect(lt(u32, cells[i], EACH + 48), "%zu", i);
}
