/* SPDX-License-Identifier: MIT */
/* The table of owners: ids that are not reused, ends in order, a full table. */
#include "assertions.h"
#include <stdlib.h>

#include "store/store.h"

Test(owners, one_pid_is_one_owner_while_it_lives) {
    struct owners *owners = owners_new(NULL, OWNERS_MAX);
    cr_assert(owners != NULL);
    cr_expect(owners_find(owners, 100) == OWNER_NONE);
    const owner_id id = owners_begin(owners, 100);
    cr_assert(id != OWNER_NONE);
    cr_expect(owners_begin(owners, 100) == id);
    cr_expect(owners_find(owners, 100) == id);
    cr_expect(owners_at(owners, id)->pid == 100);
    cr_expect(owners_live(owners, id) == owners_at(owners, id));
    owners_free(owners);
}

Test(owners, an_ended_owner_stays_until_released_and_its_pid_starts_again) {
    struct owners *owners = owners_new(NULL, OWNERS_MAX);
    const owner_id old = owners_begin(owners, 100);
    owners_end(owners, old);
    owners_end(owners, old);
    cr_expect(owners_find(owners, 100) == OWNER_NONE);
    cr_expect(owners_live(owners, old) == NULL);
    cr_assert(owners_at(owners, old) != NULL, "what it owned still hangs there");
    const owner_id young = owners_begin(owners, 100);
    cr_expect(young != old);
    cr_expect(owners_find(owners, 100) == young);
    owners_release(owners, young);
    cr_expect(owners_find(owners, 100) == young, "a live owner is not released");
    cr_expect(owners_ended(owners) == old);
    owners_release(owners, old);
    cr_expect(owners_at(owners, old) == NULL);
    cr_expect(owners_ended(owners) == OWNER_NONE);
    cr_expect(owners_find(owners, 100) == young);
    struct owners_figures figures;
    owners_figures(owners, &figures);
    cr_expect(figures.live == 1);
    cr_expect(figures.ended == 0);
    cr_expect(figures.released == 1);
    owners_free(owners);
}

Test(owners, the_id_of_a_slot_used_again_is_another) {
    struct owners *owners = owners_new(NULL, 1);
    owner_id before = OWNER_NONE;
    for (int i = 0; i < 1000; i++) {
        const owner_id id = owners_begin(owners, 7);
        cr_assert(id != OWNER_NONE);
        cr_assert(id != before);
        cr_assert(owners_at(owners, before) == NULL);
        owners_end(owners, id);
        owners_release(owners, id);
        before = id;
    }
    owners_free(owners);
}

Test(owners, ends_are_released_in_their_order) {
    struct owners *owners = owners_new(NULL, OWNERS_MAX);
    owner_id ids[5];
    for (int i = 0; i < 5; i++)
        ids[i] = owners_begin(owners, 100 + i);
    static const int order[5] = {3, 0, 4, 2, 1};
    for (int i = 0; i < 5; i++)
        owners_end(owners, ids[order[i]]);
    for (int i = 0; i < 5; i++) {
        cr_assert(owners_ended(owners) == ids[order[i]]);
        owners_release(owners, ids[order[i]]);
    }
    cr_expect(owners_ended(owners) == OWNER_NONE);
    owners_free(owners);
}

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
