/* SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "assertions.h"
#include "base/strbuf.h"

Test(strbuf, clearing_keeps_the_memory) {
    struct strbuf sb = {0};
    strbuf_puts(&sb, "abc");
    const size_t cap = sb.cap;
    strbuf_clear(&sb);
    cr_expect(eq(sz, sb.len, 0));
    cr_expect(eq(sz, sb.cap, cap));
    strbuf_done(&sb);
}

Test(strbuf, a_mapped_one_fails_once_and_for_all) {
    struct strbuf sb;
    strbuf_init_mapped(&sb);
    strbuf_puts(&sb, "abc");
    cr_expect(not(strbuf_reserve(&sb, SIZE_MAX - 1))); /* overflows with what is there */
    cr_expect(sb.failed);
    const size_t len = sb.len;
    for (int i = 0; i < 1000; i++) {
        strbuf_puts(&sb, "0123456789");
        strbuf_putc(&sb, 'x');
        strbuf_printf(&sb, "%d", i);
    }
    cr_expect(le(sz, sb.len - len, sb.cap), "nothing is written beyond the old memory");
    cr_expect(eq(str, (char *)strbuf_cstr(&sb), ""));
    strbuf_clear(&sb);
    strbuf_puts(&sb, "again");
    cr_expect(eq(str, (char *)strbuf_cstr(&sb), "again"));
    strbuf_done(&sb);
}

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

Test(strbuf, a_mapped_one_returns_its_memory_to_the_system) {
    enum { BYTES = 64 << 20, PAGE = 4096 };
    struct strbuf sb;
    strbuf_init_mapped(&sb);
    strbuf_puts(&sb, "abc");
    const long before = resident_pages();
    cr_assert(strbuf_reserve(&sb, BYTES));
    memset(sb.data + sb.len, 1, BYTES);
    cr_expect(resident_pages() >= before + BYTES / PAGE);
    strbuf_fit(&sb);
    cr_expect(resident_pages() < before + BYTES / PAGE / 8, "what was cut off");
    cr_expect(eq(str, (char *)(uintptr_t)strbuf_cstr(&sb), "abc"));
    cr_expect(not(strbuf_reserve(&sb, SIZE_MAX / 2)));
    cr_expect(sb.failed);
    strbuf_done(&sb);
    strbuf_puts(&sb, "again");
    cr_expect(eq(sz, sb.cap, PAGE));
    strbuf_done(&sb);
}
