/* SPDX-License-Identifier: MIT */
#include <math.h>
#include <string.h>

#include "assertions.h"
#include "json/json.h"

static json_t *root;
static struct error error;

static void teardown(void) {
    json_decref(root);
}

TestSuite(json_read, .fini = teardown);

static void parse(const char *text) {
    root = json_jsonread_parse(text, strlen(text), &error);
    cr_assert(ne(ptr, root, NULL), "%s", error.text);
}

static bool text_is(const char *key, const char *wanted) {
    return strcmp(json_jsonread_text(root, key, NULL), wanted) == 0;
}

Test(json_read, members_are_read_by_their_type) {
    parse("{\"t\":\"x\",\"n\":3,\"d\":1.5,\"b\":true,\"l\":[1,2],\"o\":{\"a\":1}}");
    cr_expect(text_is("t", "x"));
    cr_expect(eq(i64, json_jsonread_i64(root, "n", -1), 3));
    cr_expect(eq(dbl, json_jsonread_number(root, "n", -1), 3.0));
    cr_expect(eq(dbl, json_jsonread_number(root, "d", -1), 1.5));
    cr_expect(json_jsonread_bool(root, "b", false));
    cr_expect(eq(sz, json_array_size(json_jsonread_list(root, "l")), 2));
    cr_expect(eq(i64, json_jsonread_i64(json_jsonread_member(root, "o"), "a", -1), 1));
}

Test(json_read, what_is_missing_null_or_of_another_type_is_unknown) {
    parse("{\"t\":7,\"n\":\"x\",\"b\":null,\"l\":{},\"z\":null}");
    cr_expect(text_is("t", ""));
    cr_expect(text_is("none", ""));
    cr_expect(eq(i64, json_jsonread_i64(root, "n", -1), -1));
    cr_expect(eq(dbl, json_jsonread_number(root, "n", -1), -1.0));
    cr_expect(json_jsonread_bool(root, "b", true));
    cr_expect(eq(ptr, json_jsonread_list(root, "l"), NULL));
    cr_expect(eq(ptr, json_jsonread_member(root, "z"), NULL));
    cr_expect(eq(ptr, json_jsonread_member(NULL, "z"), NULL));
    cr_expect(eq(sz, json_array_size(json_jsonread_list(NULL, "l")), 0));
}

Test(json_read, numbers_that_json_lacks_are_texts) {
    parse("{\"n\":\"NaN\",\"p\":\"+Inf\",\"m\":\"-Inf\"}");
    cr_expect(isnan(json_jsonread_number(root, "n", 0)));
    cr_expect(isinf(json_jsonread_number(root, "p", 0)));
    cr_expect(lt(dbl, json_jsonread_number(root, "m", 0), -1e300));
}

Test(json_read, a_text_may_hold_any_character) {
    size_t len;
    parse("{\"t\":\"a\\u0000b\"}");
    cr_expect(eq(int, memcmp(json_jsonread_text(root, "t", &len), "a\0b", 3), 0));
    cr_expect(eq(sz, len, 3));
}

Test(json_read, what_is_no_json_has_a_reason) {
    static const char *const cases[] = {"", "<html>", "{\"a\":", "{} {}"};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        error_clear(&error);
        cr_expect(eq(ptr, json_jsonread_parse(cases[i], strlen(cases[i]), &error), NULL));
        cr_expect(gt(sz, strlen(error.text), 0));
    }
}
