/* Attributes whose value the environment has. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assertions.h"
#include "loader/loader.h"

#define VARIABLE "STATGATE_TEST_VERSION"

static const char text[] =
    "{\"statgate\":1,\"service\":\"shop\",\"resource\":{\"service.name\":\"shop\","
    "\"service.version\":{\"env\":\"" VARIABLE "\"},\"z\":\"last\"},"
    "\"scope\":{\"name\":\"s\",\"version\":{\"env\":\"" VARIABLE "\"}},"
    "\"families\":{\"a\":{\"type\":\"gauge\"}}}";

static struct jsondoc_error error;

static struct catalog *load(const char *value) {
    if (value)
        (void)setenv(VARIABLE, value, 1);
    else
        (void)unsetenv(VARIABLE);
    error.text[0] = '\0';
    return loader_text("x.json", text, sizeof text - 1, false, &error);
}

static void expect_attribute(const struct catalog_attribute *attribute, const char *key,
                             const char *value) {
    cr_expect(eq(str, (char *)attribute->key, (char *)key));
    cr_expect(eq(str, (char *)attribute->value, (char *)value));
}

Test(loader_environment, a_variable_is_the_value) {
    struct catalog *catalog = load("1.2 \"beta\"\n\xc3\xa4");
    cr_assert_not_null(catalog, "%s", error.text);
    (void)setenv(VARIABLE, "later", 1);
    cr_assert(eq(sz, catalog->resource_count, 3));
    expect_attribute(&catalog->resource[1], "service.version", "1.2 \"beta\"\n\xc3\xa4");
    cr_assert(eq(sz, catalog->scope_count, 2));
    expect_attribute(&catalog->scope[1], "version", "1.2 \"beta\"\n\xc3\xa4");
    catalog_free(catalog);
}

static void expect_absent(const char *value) {
    struct catalog *catalog = load(value);
    cr_assert_not_null(catalog, "%s", error.text);
    cr_assert(eq(sz, catalog->resource_count, 2));
    expect_attribute(&catalog->resource[0], "service.name", "shop");
    expect_attribute(&catalog->resource[1], "z", "last");
    cr_assert(eq(sz, catalog->scope_count, 1));
    expect_attribute(&catalog->scope[0], "name", "s");
    catalog_free(catalog);
}

Test(loader_environment, what_is_not_set_is_absent) {
    expect_absent(NULL);
}

Test(loader_environment, what_is_empty_is_absent) {
    expect_absent("");
}

Test(loader_environment, values_have_the_length_of_others) {
    char value[1026];
    memset(value, 'v', sizeof value);
    value[1024] = '\0';
    struct catalog *catalog = load(value);
    cr_assert_not_null(catalog, "%s", error.text);
    cr_expect(eq(sz, strlen(catalog->resource[1].value), 1024));
    catalog_free(catalog);
    value[1024] = 'v';
    value[1025] = '\0';
    cr_assert_null(load(value));
    cr_expect(eq(str, error.text,
                 "x.json: /resource/service.version/env: the environment variable " VARIABLE
                 " has 1025 bytes, at most 1024 are allowed"));
}

Test(loader_environment, values_are_utf8) {
    cr_assert_null(load("1.2\xff"));
    cr_expect(eq(str, error.text,
                 "x.json: /resource/service.version/env: the environment variable " VARIABLE
                 " is not UTF-8"));
    cr_assert_null(load("cut \xc3"));
}
