/* SPDX-License-Identifier: MIT */
#include "assertions.h"
#include "view/view_private.h"

static char *label_of(const char *text) {
    static struct strbuf out;
    strbuf_clear(&out);
    view_escape_label(&out, text, strlen(text));
    return (char *)(uintptr_t)strbuf_cstr(&out);
}

static char *help_of(const char *text, enum exposition_format format) {
    static struct strbuf out;
    strbuf_clear(&out);
    view_escape_help(&out, text, format);
    return (char *)(uintptr_t)strbuf_cstr(&out);
}

Test(escape, label_values_escape_backslash_quote_and_newline) {
    cr_expect(eq(str, label_of("a\\b\"c\nd"), "a\\\\b\\\"c\\nd"));
    cr_expect(eq(str, label_of("\\n\\"), "\\\\n\\\\"));
    cr_expect(eq(str, label_of("tab\tand <b> stay"), "tab\tand <b> stay"));
}

Test(escape, help_escapes_quotes_in_openmetrics_only) {
    cr_expect(eq(str, help_of("a\\b\"c\nd", EXPOSITION_OPENMETRICS), "a\\\\b\\\"c\\nd"));
    cr_expect(eq(str, help_of("a\\b\"c\nd", EXPOSITION_TEXT), "a\\\\b\"c\\nd"));
}
