/* SPDX-License-Identifier: MIT */
#include "held.h"

#include <sys/mman.h>

#include "assertions.h"
#include "ingress/ingress.h"

const unsigned char held_boot[OBJECT_BOOT_BYTES] = "this boot";

/* Shared memory without a file comes when it is touched. */
static void reach(void *arg, uint64_t offset, uint64_t bytes) {
    const struct held *held = arg;
    cr_assert(le(u64, offset + bytes, held->size));
}

void held_make(struct held *held, const struct catalog_set *set, uint64_t more) {
    *held = (struct held){.size = object_bytes(set) + ingress_object_bytes() + more + 65536};
    held->size &= ~UINT64_C(65535);
    held->at = mmap(NULL, held->size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    cr_assert(held->at != MAP_FAILED);
    const struct object_place place = {
        .at = held->at, .size = held->size, .reach = reach, .arg = held};
    held->object = object_new(&place, set, held_boot);
    cr_assert(held->object != NULL);
}

void held_done(struct held *held) {
    object_free(held->object);
    if (held->at != NULL)
        (void)munmap(held->at, held->size);
    *held = (struct held){0};
}
