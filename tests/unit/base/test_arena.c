/* SPDX-License-Identifier: MIT */
#include <stdalign.h>
#include <stdint.h>
#include <string.h>

#include "assertions.h"
#include "base/arena.h"

Test(arena, pieces_are_zeroed_aligned_and_apart) {
    struct arena arena;
    arena_init(&arena);
    unsigned char *before = NULL;
    size_t before_size = 0;
    for (size_t size = 1; size < 40000; size = size * 3 / 2 + 1) {
        unsigned char *piece = arena_alloc(&arena, size);
        cr_assert(piece != NULL);
        cr_expect(eq(sz, (uintptr_t)piece % alignof(max_align_t), 0));
        for (size_t i = 0; i < size; i++)
            cr_assert(eq(u8, piece[i], 0));
        memset(piece, 0xff, size);
        for (size_t i = 0; i < before_size; i++)
            cr_assert(eq(u8, before[i], 0xff));
        before = piece;
        before_size = size;
    }
    arena_done(&arena);
}

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

Test(arena, copies_strings) {
    struct arena arena;
    arena_init(&arena);
    const char source[] = {'a', 'b', 'c', 'd'};
    char *copy = arena_strndup(&arena, source, 3);
    cr_expect(eq(str, copy, "abc"));
    cr_expect(eq(str, arena_strndup(&arena, NULL, 0), ""));
    arena_done(&arena);
}
