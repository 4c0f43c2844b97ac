/* SPDX-License-Identifier: MIT */
/* Memory, and what becomes of a process that needs more than there is. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "assertions.h"
#include "base/arena.h"
#include "base/memory.h"
#include "child.h"

Test(memory, what_can_do_without_is_told) {
    uint32_t *items = memory_array(1, sizeof *items);
    items[0] = 7;
    cr_expect(eq(ptr, memory_try_resize(items, SIZE_MAX / 2, 3), NULL));
    cr_expect(eq(ptr, memory_try_resize(items, SIZE_MAX / 16, 8), NULL));
    cr_expect(eq(u32, items[0], 7));
    free(items);
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
        (void)memory_alloc(SIZE_MAX / 2);
        break;
    case 1:
        (void)memory_array(SIZE_MAX / 2, 3);
        break;
    case 2:
        (void)memory_resize(NULL, SIZE_MAX / 16, 8);
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
