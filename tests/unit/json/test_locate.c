/* SPDX-License-Identifier: MIT */
/* Finding the place of a value in a file. */
#include "json/json.h"

#include <string.h>

#include "assertions.h"

static const char TEXT[] = "{\"a\": {\"b\": [1, {\"c\\\"]\": \"}\"}, [2]], \"b/~\": 3},\n"
                           " \"\xc3\xbc\": \"\xc3\xbc\", \"e\\u0041\\n\": null}";

static void expect_at(const char *pointer, const char *found) {
    const size_t offset = json_locate_pointer(TEXT, strlen(TEXT), pointer);
    cr_assert(lt(sz, offset, strlen(TEXT)), "%s", pointer);
    cr_expect(strncmp(TEXT + offset, found, strlen(found)) == 0, "%s: %s", pointer, TEXT + offset);
}

Test(json_locate, members_are_at_their_keys_and_items_at_their_values) {
    expect_at("", "{\"a\"");
    expect_at("/a", "\"a\"");
    expect_at("/a/b", "\"b\"");
    expect_at("/a/b/0", "1,");
    expect_at("/a/b/1/c\"]", "\"c\\");
    expect_at("/a/b/2/0", "2]");
    expect_at("/a/b~1~0", "\"b/~\"");
    expect_at("/\xc3\xbc", "\"\xc3\xbc\":");
    expect_at("/eA\n", "\"e\\u");
}

Test(json_locate, what_is_not_there_is_where_it_would_be) {
    expect_at("/x", "{\"a\"");
    expect_at("/a/x", "\"a\"");
    expect_at("/a/b/7", "\"b\"");
    expect_at("/a/b/0/x", "1,");
    expect_at("/a/b/", "1,");
}

static void expect_token(const char *text, size_t end, size_t begin) {
    cr_expect(eq(sz, json_locate_token(text, strlen(text), end), begin), "%s, %zu", text, end);
}

Test(json_locate, a_token_is_found_by_any_place_in_it) {
    static const char text[] = "{\"a\\\"b\": -12.5e3,\n 'x'}";
    expect_token(text, 0, 0);
    expect_token(text, 1, 0);
    expect_token(text, 2, 1);
    expect_token(text, 7, 1);
    expect_token(text, 8, 7);
    expect_token(text, 10, 9);
    expect_token(text, 16, 9);
    expect_token(text, 17, 16);
    expect_token(text, 19, 16); /* blanks belong to what is before them */
    expect_token(text, 20, 19);
    expect_token(text, 21, 20);
    expect_token(text, 100, 22);
    expect_token("", 3, 0);
    expect_token("{\"open\n1", 8, 7);
}

Test(json_locate, columns_are_characters) {
    size_t line;
    size_t column;
    json_locate_line(TEXT, strlen(TEXT), json_locate_pointer(TEXT, strlen(TEXT), "/eA\n"), &line,
                     &column);
    cr_expect(eq(sz, line, 2));
    cr_expect(eq(sz, column, 12));
    json_locate_line(TEXT, strlen(TEXT), 0, &line, &column);
    cr_expect(eq(sz, line, 1));
    cr_expect(eq(sz, column, 1));
    json_locate_line("", 0, 7, &line, &column);
    cr_expect(eq(sz, column, 1));
}

Test(json_locate, any_text_is_read_within_its_bounds) {
    static const char *const odd[] = {
        "",  "{",  "{\"",      "{\"a",     "{\"a\"",        "{\"a\":",  "{\"a\\",
        "[", "[1", "{\"a\":[", "{\"\\u00", "{\"\\u00\":1}", "{\"a\\\"", "{\"a\\u"};
    for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
        const size_t len = strlen(odd[i]);
        cr_expect(le(sz, json_locate_pointer(odd[i], len, "/a/0/b"), len), "%s", odd[i]);
        cr_expect(le(sz, json_locate_token(odd[i], len, len), len), "%s", odd[i]);
    }
}
