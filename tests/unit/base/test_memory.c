/* SPDX-License-Identifier: MIT */
#include <stdint.h>

#include "assertions.h"
#include "base/memory.h"
#include "scarce.h"

Test(memory, pieces_are_zeroed) {
    const struct memory *heap = memory_heap();
    unsigned char *piece = memory_array(heap, 100, 3);
    cr_assert(piece != NULL);
    for (size_t i = 0; i < 300; i++)
        cr_assert(eq(u8, piece[i], 0));
    memory_release(heap, piece);
}

Test(memory, an_array_that_overflows_is_refused) {
    const struct memory *heap = memory_heap();
    cr_expect(eq(ptr, memory_array(heap, SIZE_MAX / 2, 3), NULL));
    cr_expect(eq(ptr, memory_resize(heap, NULL, SIZE_MAX / 2, 3), NULL));
}

Test(memory, an_array_keeps_its_items_when_it_grows) {
    const struct memory *heap = memory_heap();
    uint32_t *items = memory_resize(heap, NULL, 1, sizeof *items);
    cr_assert(items != NULL);
    items[0] = 7;
    items = memory_resize(heap, items, 1000, sizeof *items);
    cr_assert(items != NULL);
    cr_expect(eq(u32, items[0], 7));
    memory_release(heap, items);
}

Test(memory, nothing_is_a_piece_too) {
    const struct memory *heap = memory_heap();
    void *piece = memory_array(heap, 0, 8);
    cr_assert(piece != NULL);
    memory_release(heap, piece);
    memory_release(heap, NULL);
}

static bool copy_twice(const struct memory *memory, void *arg) {
    (void)arg;
    char *first = memory_strndup(memory, "abc", 2);
    char *second = first != NULL ? memory_strndup(memory, first, 2) : NULL;
    const bool done = second != NULL;
    if (done)
        cr_expect(eq(str, second, "ab"));
    memory_release(memory, first);
    memory_release(memory, second);
    return done;
}

Test(memory, each_allocation_fails_once) {
    cr_expect(eq(sz, scarce_each(copy_twice, NULL), 2));
}
