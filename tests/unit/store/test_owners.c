/* SPDX-License-Identifier: MIT */
/* The table of owners: ids that are not reused, ends in order, a full table. */
#include "assertions.h"
#include <stdlib.h>

#include "store/store.h"

Test(owners, a_full_table_refuses_counts_and_has_room_again) {
    struct owners *owners = owners_new(NULL, OWNERS_MAX);
    for (int32_t pid = 1; pid <= OWNERS_MAX; pid++)
        cr_assert(owners_begin(owners, pid) != OWNER_NONE);
    cr_expect(owners_begin(owners, 4000000) == OWNER_NONE);
    cr_expect(owners_begin(owners, 1) != OWNER_NONE, "who is in it stays");
    struct owners_figures figures;
    owners_figures(owners, &figures);
    cr_expect(figures.refused == 1);
    cr_expect(figures.live == OWNERS_MAX);
    cr_expect(figures.max == OWNERS_MAX);
    const owner_id first = owners_find(owners, 1);
    owners_end(owners, first);
    cr_expect(owners_begin(owners, 4000000) == OWNER_NONE, "its place is not free yet");
    owners_release(owners, first);
    cr_expect(owners_begin(owners, 4000000) != OWNER_NONE);
    owners_free(owners);
}

Test(owners, random_starts_and_ends_agree_with_a_plain_table) {
    enum { PIDS = 3000, MAX = 1500 };
    struct owners *owners = owners_new(NULL, MAX);
    static owner_id live[PIDS];
    size_t held = 0; /* live and ended */
    uint64_t state = 88172645463325252ull;
    for (int step = 0; step < 200000; step++) {
        state ^= state << 13; /* xorshift64: repeatable */
        state ^= state >> 7;
        state ^= state << 17;
        const size_t i = (size_t)(state % PIDS);
        const int32_t pid =
            (int32_t)(i * 1024 + 1); /* far apart, so that they collide in small tables */
        cr_assert(owners_find(owners, pid) == live[i]);
        if (state >> 40 & 1) {
            const owner_id id = owners_begin(owners, pid);
            if (live[i] != OWNER_NONE) {
                cr_assert(id == live[i]);
            } else {
                cr_assert((id != OWNER_NONE) == (held < MAX));
                held += id != OWNER_NONE;
            }
            live[i] = id;
        } else {
            owners_end(owners, live[i]);
            live[i] = OWNER_NONE;
        }
        if (state >> 41 & 1 && owners_ended(owners) != OWNER_NONE) {
            owners_release(owners, owners_ended(owners));
            held--;
        }
    }
    owners_free(owners);
}
