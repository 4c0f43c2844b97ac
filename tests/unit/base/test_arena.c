/* SPDX-License-Identifier: MIT */
#include <stdalign.h>
#include <stdint.h>
#include <string.h>

#include "assertions.h"
#include "base/arena.h"

Test(arena, counts_its_memory) {
    struct arena arena;
    arena_init(&arena);
    cr_expect(eq(sz, arena.bytes, 0));
    (void)arena_alloc(&arena, 1);
    const size_t block = arena.bytes;
    cr_expect(lt(sz, 0, block));
    (void)arena_alloc(&arena, 1);
    cr_expect(eq(sz, arena.bytes, block), "a second small piece needs no new block");
    (void)arena_alloc(&arena, 1000000);
    cr_expect(ge(sz, arena.bytes, block + 1000000));
    arena_done(&arena);
    cr_expect(eq(sz, arena.bytes, 0));
}
