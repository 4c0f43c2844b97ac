/* SPDX-License-Identifier: MIT */
/* Memory, and what becomes of a process that needs more than there is. */
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "assertions.h"
#include "base/arena.h"
#include "base/memory.h"
#include "child.h"

Test(memory, pieces_are_zeroed) {
    const struct memory *heap = memory_heap();
    unsigned char *piece = memory_array(heap, 100, 3);
    cr_assert(piece != NULL);
    for (size_t i = 0; i < 300; i++)
        cr_assert(eq(u8, piece[i], 0));
    memory_release(heap, piece);
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

Test(memory, a_copy_is_terminated) {
    char *copy = memory_strndup(memory_heap(), "abc", 2);
    cr_expect(eq(str, copy, "ab"));
    memory_release(memory_heap(), copy);
}

Test(memory, what_can_do_without_is_told) {
    uint32_t *items = memory_array(memory_heap(), 1, sizeof *items);
    items[0] = 7;
    cr_expect(eq(ptr, memory_try_resize(memory_heap(), items, SIZE_MAX / 2, 3), NULL));
    cr_expect(eq(ptr, memory_try_resize(memory_heap(), items, SIZE_MAX / 16, 8), NULL));
    cr_expect(eq(u32, items[0], 7));
    memory_release(memory_heap(), items);
}

/* ---- no memory ---- */

static void say(const char *sentence) {
    if (strstr(sentence, "out of memory: ") != NULL && strstr(sentence, "MemoryMax=") != NULL)
        _exit(7);
}

static int ask_for_too_much(void *arg) {
    struct arena arena;
    arena_init(&arena);
    switch (*(int *)arg) {
    case 0:
        (void)memory_alloc(memory_heap(), SIZE_MAX / 2);
        break;
    case 1:
        (void)memory_array(memory_heap(), SIZE_MAX / 2, 3);
        break;
    case 2:
        (void)memory_resize(memory_heap(), NULL, SIZE_MAX / 16, 8);
        break;
    case 3:
        (void)arena_array(&arena, SIZE_MAX / 2, 3);
        break;
    default:
        (void)arena_alloc(&arena, SIZE_MAX / 2);
    }
    return 0;
}

static int ask_and_say(void *arg) {
    memory_on_end(say);
    return ask_for_too_much(arg);
}

Test(memory, that_is_not_to_be_had_ends_the_process_with_a_sentence) {
    for (int way = 0; way < 5; way++) {
        cr_expect(eq(int, in_child(ask_for_too_much, &way), 1), "way %d", way);
        cr_expect(eq(int, in_child(ask_and_say, &way), 7), "way %d", way);
    }
}
