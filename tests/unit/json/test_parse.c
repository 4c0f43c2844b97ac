/* SPDX-License-Identifier: MIT */
/* Syntax errors have a line and a column, in words that fit the kind of file. */
#include <string.h>

#include "assertions.h"
#include "json/json.h"

static struct error error;

static json_t *parse(const char *text) {
    error_clear(&error);
    return json_jsondoc_parse("x.json", text, strlen(text), &error);
}

static void expect_refused(const char *text, const char *message) {
    cr_expect(parse(text) == NULL, "accepted: %s", text);
    cr_expect(eq(str, error.text, (char *)message));
}

Test(json_jsondoc_parse, returns_the_object_and_an_empty_message) {
    strcpy(error.text, "old");
    json_t *root = json_jsondoc_parse("x.json", "{\"a\": [1, 2]} \n", 15, &error);
    cr_assert(root != NULL);
    cr_expect(eq(str, error.text, ""));
    cr_expect(eq(sz, json_array_size(json_object_get(root, "a")), 2));
    json_decref(root);
}

Test(json_jsondoc_parse, names_line_and_column) {
    expect_refused("{\n  \"a\": 1,\n  \"b\" 2\n}", "x.json:3:7: ':' expected near '2'");
    expect_refused("{\"a\": tru}", "x.json:1:7: invalid token near 'tru'");
}

Test(json_jsondoc_parse, points_at_the_beginning_of_what_it_does_not_take) {
    expect_refused("{\"a\": 1, \"long enough to be cut from the message\" 2, \"b\": 3}",
                   "x.json:1:51: ':' expected near '2'");
    expect_refused("{\"a\": 1 \"long enough to be cut from the message\": 2}",
                   "x.json:1:9: '}' expected");
    expect_refused("{\"\xc3\xbc\": \"\xc3\xbc\", \"b\": \"\\x\"}",
                   "x.json:1:17: invalid escape near '\"\\x'");
    expect_refused("{\"a\":\n  [1, 2,\n   ]}", "x.json:3:4: unexpected token near ']'");
    expect_refused("{\"a\": 12345678901234567890}",
                   "x.json:1:7: too big integer near '12345678901234567890'");
    expect_refused("{\"a\": \"x", "x.json:1:7: premature end of input near '\"x'");
    expect_refused("{\"a\": 1\n", "x.json:2:1: '}' expected near end of file");
    expect_refused("{\"a\": \"x\xff\"}", "x.json:1:9: unable to decode byte 0xff near '\"x'");
}

Test(json_jsondoc_parse, refuses_a_duplicate_key) {
    expect_refused("{\"a\": 1,\n\"a\": 2}", "x.json:2:1: duplicate object key near '\"a\"'");
    expect_refused("{\"o\": {\"k\": 1, \"k\": 1}}",
                   "x.json:1:16: duplicate object key near '\"k\"'");
}

Test(json_jsondoc_parse, refuses_what_is_no_object) {
    expect_refused("[1]", "x.json:1:1: the file must hold one object, { ... }");
    expect_refused("1", "x.json:1:1: '{' expected near '1'");
    expect_refused("", "x.json:1:1: '{' expected near end of file");
    cr_expect(json_jsondoc_parse("x.json", NULL, 0, &error) == NULL);
}

Test(json_jsondoc_parse, refuses_text_behind_the_object) {
    expect_refused("{}\n{}", "x.json:2:1: end of file expected near '{'");
    cr_expect(json_jsondoc_parse("x.json", "{}\0", 3, &error) == NULL);
}

Test(json_jsondoc_parse, explains_a_byte_order_mark) {
    expect_refused("\xEF\xBB\xBF{}",
                   "x.json:1:1: the file starts with a byte order mark; save it without one");
}

Test(json_jsondoc_parse, refuses_the_null_character) {
    expect_refused("{\"a\": \"x\\u0000\"}",
                   "x.json:1:7: a text may not hold the character \\u0000");
}

Test(json_jsondoc_parse, lets_no_control_byte_into_a_message) {
    expect_refused("{\x1b[31m}", "x.json:1:2: string or '}' expected near ' '");
    expect_refused("{\"a\nb\"}", "x.json:1:2: unexpected newline near '\"a'");
}

Test(json_jsondoc_parse, survives_depth) {
    enum { DEPTH = 100000 };
    static char text[DEPTH + 1];
    memset(text, '[', DEPTH);
    for (size_t i = 0; i < 5; i++)
        text[i] = "{\"a\":"[i];
    cr_expect(json_jsondoc_parse("x.json", text, DEPTH, &error) == NULL);
    cr_expect(strstr(error.text, "maximum parsing depth reached") != NULL);
}
