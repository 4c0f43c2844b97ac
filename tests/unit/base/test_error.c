/* SPDX-License-Identifier: MIT */
/* Messages: bounded, of one line, never cut within a character. */
#include <string.h>

#include "assertions.h"
#include "base/error.h"

static struct error error;

Test(error, continues_what_was_set) {
    cr_expect(not(error_set(&error, "%s: ", "--socket")));
    cr_expect(not(error_add(&error, "must be %d", 3)));
    cr_expect(eq(str, error.text, "--socket: must be 3"));
    cr_expect(not(error_no_memory(&error)));
    cr_expect(eq(str, error.text, "out of memory"));
    error_clear(&error);
    cr_expect(eq(str, error.text, ""));
}

Test(error, ends_in_dots_where_it_is_cut) {
    static char wide[3 * ERROR_BYTES];
    for (size_t i = 0; i + 1 < sizeof wide; i++)
        wide[i] = i % 2 == 0 ? '\xc3' : '\xa9';
    for (size_t lead = 0; lead < 4; lead++) {
        error_set(&error, "%.*s%s", (int)lead, "xyz", wide);
        const size_t len = strlen(error.text);
        cr_expect(len < ERROR_BYTES && len > ERROR_BYTES - 6, "%zu", len);
        cr_expect(eq(str, error.text + len - 3, "..."));
        cr_expect(eq(chr, error.text[len - 4], '\xa9'), "a whole character before the dots");
        char before[ERROR_BYTES];
        strcpy(before, error.text);
        error_add(&error, "more");
        cr_expect(eq(str, error.text, before), "nothing follows a cut");
    }
}
