/* SPDX-License-Identifier: MIT */
/* The masks agree with a look at each byte, with vector instructions and without. */
#include "assertions.h"
#include <stdint.h>

#include "sg_marks.h"

static uint64_t next_random(uint64_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* Many marks, and bytes that differ from them in one bit or carry into them. */
static void fill(char *bytes, size_t len, uint64_t *state) {
    static const unsigned char hard[] = {'|',  ':',  '{',  '\n', ';',  '9',  0x0b, 0x01,
                                         0x7f, 0x80, 0xfc, 0xba, 0xff, 0x3b, 0x7d, 'a'};
    for (size_t i = 0; i < len; i++) {
        uint64_t random = next_random(state) >> 20;
        bytes[i] = (char)(random % 3 == 0 ? (unsigned char)(random >> 8) : hard[random % 16]);
    }
}

static struct sg_marks slow_marks(const char *at, size_t len) {
    struct sg_marks marks = {0};

    for (size_t i = 0; i < len && i < SG_MARKS_SPAN; i++) {
        marks.bars |= (uint64_t)(at[i] == '|') << i;
        marks.colons |= (uint64_t)(at[i] == ':') << i;
    }
    return marks;
}

Test(marks, every_length_gives_the_bytes_that_match) {
    uint64_t state = 0x9e3779b97f4a7c15u;
    char bytes[100];

    for (unsigned round = 0; round < 2000; round++) {
        fill(bytes, sizeof bytes, &state);
        for (size_t len = 0; len <= sizeof bytes; len++) {
            struct sg_marks marks = sg_marks_of(bytes, len);
            struct sg_marks slow = slow_marks(bytes, len);
            cr_assert(marks.bars == slow.bars, "%zu bytes: bars", len);
            cr_assert(marks.colons == slow.colons, "%zu bytes: colons", len);
        }
    }
}

Test(marks, the_portable_way_agrees) {
    uint64_t state = 42;
    char bytes[16];

    for (unsigned round = 0; round < 200000; round++) {
        fill(bytes, sizeof bytes, &state);
        struct sg_marks marks = sg_marks_16_portable(bytes);
        struct sg_marks slow = slow_marks(bytes, sizeof bytes);
        cr_assert(marks.bars == slow.bars);
        cr_assert(marks.colons == slow.colons);
    }
}

static struct sg_cuts slow_cuts(const char *at, size_t len) {
    struct sg_cuts cuts = {0};

    for (size_t i = 0; i < len && i < SG_MARKS_SPAN; i++) {
        cuts.cuts |= (uint64_t)(at[i] == '|' || at[i] == '\n') << i;
        cuts.colons |= (uint64_t)(at[i] == ':') << i;
    }
    return cuts;
}

Test(marks, cuts_of_every_length_are_the_bytes_that_match) {
    uint64_t state = 0x9e3779b97f4a7c15u;
    char bytes[100];

    for (unsigned round = 0; round < 2000; round++) {
        fill(bytes, sizeof bytes, &state);
        for (size_t len = SG_CUTS_MIN; len <= sizeof bytes; len++) {
            struct sg_cuts cuts = sg_cuts_of(bytes, len);
            struct sg_cuts slow = slow_cuts(bytes, len);
            cr_assert(cuts.cuts == slow.cuts, "%zu bytes: cuts", len);
            cr_assert(cuts.colons == slow.colons, "%zu bytes: colons", len);
        }
        struct sg_cuts portable = sg_cuts_16_portable(bytes);
        struct sg_cuts slow = slow_cuts(bytes, 16);
        cr_assert(portable.cuts == slow.cuts);
        cr_assert(portable.colons == slow.colons);
    }
}
