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

Test(message, is_one_line) {
    expect("server closed\n\tThis means\r\nmuch.\n", 64, "server closed This means much.");
    expect("\n \n", 64, "");
    expect("\n x", 64, "x");
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

Test(message, that_is_too_long_for_an_error_is_marked) {
    char text[ERROR_BYTES + 100];
    struct error error;
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    error_clear(&error);
    postgres_message_add(&error, text);
    cr_expect(error.cut);
    cr_expect(eq(sz, strlen(error.text), ERROR_BYTES - 1));
    cr_expect(eq(str, error.text + ERROR_BYTES - 5, "x..."));
}
