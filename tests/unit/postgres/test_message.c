/* SPDX-License-Identifier: MIT */
/* Other programs' messages as one line. */
#include "postgres/postgres_private.h"

#include <string.h>

#include "assertions.h"

static void expect(const char *text, size_t size, const char *wanted) {
    char line[64];
    postgres_message_clean(text, line, size);
    cr_expect(eq(str, line, (char *)wanted));
}

Test(message, is_well_formed_text) {
    expect("caf\xc3\xa9 \xff\x01!", 64, "caf\xc3\xa9 ? !");
    expect("caf\xc3\xa9", 5, "caf");
    expect("abcdef", 4, "abc");
    expect("ab cd", 4, "ab");
}

Test(message, writes_nothing_where_there_is_no_room) {
    char line[] = "#";
    postgres_message_clean("ab", line, 0);
    cr_expect(eq(str, line, "#"));
    postgres_message_clean("ab", line, 1);
    cr_expect(eq(str, line, ""));
}
