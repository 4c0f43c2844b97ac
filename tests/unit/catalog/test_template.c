/* SPDX-License-Identifier: MIT */
/* Keys of templates. */
#include <string.h>

#include "assertions.h"
#include "catalog/catalog.h"

static void expect_key(const char *text, const char *expected) {
    char key[CATALOG_VALUE_MAX + 1] = "";
    const size_t len = catalog_template_key(text, strlen(text), key);
    cr_assert(eq(sz, len, strlen(expected)), "%s", text);
    if (len > 0)
        cr_expect(eq(str, key, (char *)expected), "%s", text);
}

Test(template, a_variable_loses_its_name) {
    expect_key("GET /v1/images/{name}", "GET /v1/images/{}");
    expect_key("/a/{x}/b/{y_2}.json", "/a/{}/b/{}.json");
    expect_key("/files/{path...}", "/files/{...}");
    expect_key("/{*rest}", "/{*}");
    expect_key("GET /{$}", "GET /{$}");
}

Test(template, a_text_without_braces_is_its_own_key) {
    expect_key("/v1/images", "/v1/images");
    expect_key("other", "other");
}

Test(template, braces_hold_nothing_but_a_variable) {
    static const char *const texts[] = {
        "/{}",    "/{",      "/}",    "/{a",        "/a}",    "/{a b}",      "/{1a}",    "/{a-b}",
        "/{{a}}", "/{a{b}}", "/{a}}", "/{a:[0-9]}", "/{*}",   "/{...}",      "/{*a...}", "/{a....}",
        "/{$a}",  "/{a$}",   "/{*$}", "/{$$}",      "/{a,b}", "/{\xc3\xa4}", "/{a}/{",   "/{a\n}"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        expect_key(texts[i], "");
}

Test(template, is_at_most_as_long_as_a_value) {
    char text[CATALOG_VALUE_MAX + 1];
    char key[CATALOG_VALUE_MAX + 1];
    memset(text, 'a', sizeof text);
    cr_expect(eq(sz, catalog_template_key(text, CATALOG_VALUE_MAX, key), CATALOG_VALUE_MAX));
    cr_expect(eq(sz, catalog_template_key(text, CATALOG_VALUE_MAX + 1, key), 0));
    cr_expect(eq(sz, catalog_template_key("", 0, key), 0));
}
