/* SPDX-License-Identifier: MIT */
#include "scarce.h"

#include "assertions.h"

/* Takes one of the granted allocations. Safe for threads. */
static bool may_allocate(struct scarce *scarce) {
    size_t granted = __atomic_load_n(&scarce->granted, __ATOMIC_SEQ_CST);
    while (granted > 0)
        if (__atomic_compare_exchange_n(&scarce->granted, &granted, granted - 1, false,
                                        __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST))
            return true;
    (void)__atomic_add_fetch(&scarce->refused, 1, __ATOMIC_SEQ_CST);
    if (scarce->once)
        __atomic_store_n(&scarce->granted, SIZE_MAX, __ATOMIC_SEQ_CST);
    return false;
}

static void *alloc(void *arg, size_t size) {
    struct scarce *scarce = arg;
    void *piece = may_allocate(scarce) ? memory_alloc(memory_heap(), size) : NULL;
    if (piece != NULL)
        (void)__atomic_add_fetch(&scarce->live, 1, __ATOMIC_SEQ_CST);
    return piece;
}

static void *resize(void *arg, void *piece, size_t size) {
    return may_allocate(arg) ? memory_resize(memory_heap(), piece, size, 1) : NULL;
}

static void release(void *arg, void *piece) {
    struct scarce *scarce = arg;
    (void)__atomic_sub_fetch(&scarce->live, 1, __ATOMIC_SEQ_CST);
    memory_release(memory_heap(), piece);
}

void scarce_init(struct scarce *scarce, size_t granted) {
    *scarce = (struct scarce){
        .memory = {.alloc = alloc, .resize = resize, .release = release, .arg = scarce},
        .granted = granted};
}

/* Makes an attempt, and checks its result. Returns whether any allocation was refused. */
static bool attempt_with(struct scarce *scarce, bool needs_all, scarce_attempt *attempt,
                         void *arg) {
    const size_t granted = scarce->granted;
    const bool done = attempt(&scarce->memory, arg);
    cr_assert(eq(sz, scarce->live, 0), "%zu pieces are left when allocation %zu fails",
              scarce->live, granted + 1);
    if (scarce->refused == 0)
        cr_assert(done, "it fails with %zu allocations, though none was refused", granted);
    else
        cr_assert(not(needs_all && done), "it carries on when allocation %zu fails", granted + 1);
    return scarce->refused > 0;
}

size_t scarce_each(scarce_attempt *attempt, void *arg) {
    for (size_t granted = 0;; granted++) {
        struct scarce scarce;
        scarce_init(&scarce, granted);
        if (!attempt_with(&scarce, true, attempt, arg))
            return granted;
        scarce_init(&scarce, granted);
        scarce.once = true;
        (void)attempt_with(&scarce, true, attempt, arg);
    }
}

size_t scarce_each_spared(scarce_attempt *attempt, void *arg) {
    for (size_t granted = 0;; granted++) {
        struct scarce scarce;
        scarce_init(&scarce, granted);
        if (!attempt_with(&scarce, false, attempt, arg))
            return granted;
    }
}
