/* SPDX-License-Identifier: MIT */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "assertions.h"
#include "base/json_writer.h"

static struct strbuf text;

static void setup(void) {
    strbuf_init(&text);
}

static void teardown(void) {
    strbuf_done(&text);
}

TestSuite(json_pretty, .init = setup, .fini = teardown);

static const char *pretty(const char *json, size_t slice) {
    struct json_pretty state = {0};
    const size_t len = strlen(json);
    strbuf_clear(&text);
    for (size_t at = 0; at < len; at += slice)
        json_writer_put_pretty(&state, &text, json + at, len - at < slice ? len - at : slice);
    return strbuf_cstr(&text);
}

Test(json_pretty, items_have_lines_and_indents) {
    cr_expect(eq(str, (char *)pretty("{\"a\":[1,\n{\"b\":null}],\"c\":{},\"d\":[]}\n", 1000),
                 "{\n  \"a\": [\n    1,\n    {\n      \"b\": null\n    }\n  ],\n  \"c\": {},\n"
                 "  \"d\": []\n}\n"));
}

Test(json_pretty, strings_stay_as_they_are) {
    cr_expect(eq(str, (char *)pretty("[\"{,:[\\\"]\\\\\",\" \\u003c \"]", 1000),
                 "[\n  \"{,:[\\\"]\\\\\",\n  \" \\u003c \"\n]"));
}

/* As the library indents, whatever the slices. */
Test(json_pretty, slices_of_any_size_make_the_same_text) {
    static const char json[] = "{\"a\":[1,-2.5e3,\"x\\\\\\\"y\",[],{}],\"b\":{\"c\":true,"
                               "\"d\":[[[\"\"]]]},\"e\":\"}],\\\\\"}";
    json_t *parsed = json_loads(json, 0, NULL);
    char *want = json_dumps(parsed, JSON_INDENT(2));
    char *same = strdup(pretty(json, sizeof json));
    json_t *again = json_loads(same, 0, NULL);
    cr_expect(json_equal(parsed, again));
    for (size_t slice = 1; slice < sizeof json; slice++)
        cr_expect(eq(str, (char *)pretty(json, slice), same));
    cr_expect(eq(sz, strlen(same), strlen(want) - strlen("-2500.0") + strlen("-2.5e3")));
    json_decref(parsed);
    json_decref(again);
    free(want);
    free(same);
}

Test(json_pretty, what_is_no_json_does_no_harm) {
    static const char *const texts[] = {"]]]]", "{{{{", "\"\\", ",,,:", "\xff\xfe{", ""};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        (void)pretty(texts[i], 1);
    struct json_pretty state = {0};
    strbuf_clear(&text);
    for (int i = 0; i < 10000; i++)
        json_writer_put_pretty(&state, &text, "[", 1);
    cr_expect(lt(sz, text.len, (size_t)10000 * 140));
}
