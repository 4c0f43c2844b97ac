/* SPDX-License-Identifier: MIT */
/* Both indexes, compared with a list of their members, with hashes that crowd the end of the
 * table. */
#include "assertions.h"
#include "base/slots.h"

enum { ROWS = 48, STEPS = 20000 };

struct crowd {
    struct slots slots;
    struct bare_slots bare;
    uint32_t hashes[ROWS];
    bool in[ROWS];
};

static uint32_t hash_of(const void *arg, uint32_t row) {
    return ((const struct crowd *)arg)->hashes[row];
}

static uint64_t next_random(uint64_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

/* Eight homes, the last of the table among them; the upper bits distinguish some rows. */
static void start(struct crowd *crowd, uint64_t *random) {
    *crowd = (struct crowd){0};
    slots_init(&crowd->slots, ROWS);
    bare_slots_init(&crowd->bare, ROWS);
    for (uint32_t row = 0; row < ROWS; row++)
        crowd->hashes[row] =
            (uint32_t)(next_random(random) % 3) << 16 | (uint16_t)(next_random(random) % 8 - 6);
}

static void stop(struct crowd *crowd) {
    slots_done(&crowd->slots);
    bare_slots_done(&crowd->bare);
}

static void move(struct crowd *crowd, uint32_t row) {
    if (crowd->in[row]) {
        slots_remove(&crowd->slots, crowd->hashes[row], row);
        bare_slots_remove(&crowd->bare, row, hash_of, crowd);
    } else {
        slots_add(&crowd->slots, crowd->hashes[row], row);
        bare_slots_add(&crowd->bare, crowd->hashes[row], row);
    }
    crowd->in[row] = !crowd->in[row];
}

static bool has(const struct crowd *crowd, uint32_t row) {
    uint32_t at = crowd->hashes[row];
    uint32_t found;
    do {
        found = slots_next(&crowd->slots, crowd->hashes[row], &at);
        if (found != SLOTS_NONE)
            cr_assert(crowd->hashes[found] == crowd->hashes[row]);
    } while (found != SLOTS_NONE && found != row);
    return found == row;
}

static bool bare_has(const struct crowd *crowd, uint32_t row) {
    uint32_t at = crowd->hashes[row];
    uint32_t found;
    do
        found = bare_slots_next(&crowd->bare, &at);
    while (found != SLOTS_NONE && found != row);
    return found == row;
}

Test(slots, find_who_is_in_and_nobody_else) {
    static struct crowd crowd;
    uint64_t random = 11;
    start(&crowd, &random);
    for (int step = 0; step < STEPS; step++) {
        move(&crowd, (uint32_t)(next_random(&random) % ROWS));
        for (uint32_t row = 0; row < ROWS; row++) {
            cr_assert(has(&crowd, row) == crowd.in[row], "step %d, row %u", step, row);
            cr_assert(bare_has(&crowd, row) == crowd.in[row], "step %d, row %u", step, row);
        }
    }
    stop(&crowd);
}

Test(slots, never_fill) {
    for (uint64_t rows = 0; rows < 1000; rows++) {
        cr_assert((uint64_t)slots_cells(rows) >= rows * 2);
        cr_assert((uint64_t)bare_slots_cells(rows) * 2 >= rows * 3);
        cr_assert((uint64_t)bare_slots_cells(rows) > rows);
    }
}
