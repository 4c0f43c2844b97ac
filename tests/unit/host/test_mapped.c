/* SPDX-License-Identifier: MIT */
/* Pieces that are mappings of their own. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assertions.h"
#include "host/files.h"

/* Resident pages of this process: the second number. */
static long resident_pages(void) {
    char text[128];
    char *end;
    FILE *file = fopen("/proc/self/statm", "re");
    cr_assert(file != NULL);
    cr_assert(fgets(text, sizeof text, file) != NULL);
    (void)fclose(file);
    (void)strtol(text, &end, 10);
    return strtol(end, NULL, 10);
}

Test(mapped, is_zeroed_and_aligned) {
    unsigned char *piece = memory_alloc(host_mapped_memory(), 10000);
    cr_assert(piece != NULL);
    cr_expect((uintptr_t)piece % 64 == 0);
    for (int i = 0; i < 10000; i++)
        cr_assert(piece[i] == 0);
    memory_release(host_mapped_memory(), piece);
}

Test(mapped, keeps_its_content_when_it_grows_and_shrinks) {
    enum { LARGE = 1 << 22 };
    char *piece = memory_alloc(host_mapped_memory(), sizeof "abc");
    cr_assert(piece != NULL);
    memcpy(piece, "abc", sizeof "abc");
    piece = memory_resize(host_mapped_memory(), piece, LARGE, 1);
    cr_assert(piece != NULL);
    piece[LARGE - 1] = 'z';
    cr_expect(strcmp(piece, "abc") == 0);
    piece = memory_resize(host_mapped_memory(), piece, 5000, 1);
    cr_assert(piece != NULL);
    cr_expect(strcmp(piece, "abc") == 0);
    memory_release(host_mapped_memory(), piece);
}

Test(mapped, returns_to_the_system) {
    enum { BYTES = 64 << 20, PAGE = 4096 };
    const long before = resident_pages();
    char *piece = memory_alloc(host_mapped_memory(), BYTES);
    cr_assert(piece != NULL);
    memset(piece, 1, BYTES);
    cr_expect(resident_pages() >= before + BYTES / PAGE);
    piece = memory_resize(host_mapped_memory(), piece, 1, 1);
    cr_assert(piece != NULL);
    cr_expect(resident_pages() < before + BYTES / PAGE / 8, "what was cut off");
    memory_release(host_mapped_memory(), piece);
}

Test(mapped, refuses_what_cannot_be) {
    char *piece = memory_alloc(host_mapped_memory(), 7);
    cr_assert(piece != NULL);
    *piece = 'a';
    cr_expect(memory_try_resize(host_mapped_memory(), piece, SIZE_MAX - 64, 1) == NULL);
    cr_expect(*piece == 'a');
    memory_release(host_mapped_memory(), piece);
}
