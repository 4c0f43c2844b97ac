/* SPDX-License-Identifier: MIT */
/* Attributes and label values from the environment. */
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

static struct error error;

static struct catalog *load(const char *value) {
    if (value)
        (void)setenv(VARIABLE, value, 1);
    else
        (void)unsetenv(VARIABLE);
    error_clear(&error);
    return loader_text("x.json", text, sizeof text - 1, false, &error);
}

static void expect_attribute(const struct catalog_attribute *attribute, const char *key,
                             const char *value) {
    cr_expect(eq(str, (char *)attribute->key, (char *)key));
    cr_expect(eq(str, (char *)attribute->value, (char *)value));
}

Test(loader_environment, a_variable_is_the_value) {
    struct catalog *catalog = load("1.2 \"beta\"\n\xc3\xa4");
    cr_assert(catalog != NULL, "%s", error.text);
    (void)setenv(VARIABLE, "later", 1);
    cr_assert(eq(sz, catalog->resource_count, 3));
    expect_attribute(&catalog->resource[1], "service.version", "1.2 \"beta\"\n\xc3\xa4");
    cr_assert(eq(sz, catalog->scope_count, 2));
    expect_attribute(&catalog->scope[1], "version", "1.2 \"beta\"\n\xc3\xa4");
    catalog_free(catalog);
}

Test(loader_environment, values_have_the_length_of_others) {
    char value[1026];
    memset(value, 'v', sizeof value);
    value[1024] = '\0';
    struct catalog *catalog = load(value);
    cr_assert(catalog != NULL, "%s", error.text);
    cr_expect(eq(sz, strlen(catalog->resource[1].value), 1024));
    catalog_free(catalog);
    value[1024] = 'v';
    value[1025] = '\0';
    cr_assert(load(value) == NULL);
    cr_expect(eq(str, error.text,
                 "x.json: /resource/service.version/env: the environment variable " VARIABLE
                 " has 1025 bytes, at most 1024 are allowed"));
}

/* ---- values of labels ---- */

static const char listed[] =
    "{\"statgate\":1,\"service\":\"shop\",\"families\":{\"a_total\":{\"type\":\"counter\","
    "\"labels\":{"
    "\"host\":{\"values\":{\"env\":\"" VARIABLE "\"},\"otherwise\":\"other\"},"
    "\"model\":{\"values\":{\"env\":\"" VARIABLE "\"},\"pattern\":\"slug\",\"max\":5}}}}}";

static struct catalog *load_listed(const char *value) {
    (void)setenv(VARIABLE, value, 1);
    error_clear(&error);
    return loader_text("x.json", listed, sizeof listed - 1, false, &error);
}

static bool finds(const struct catalog_label *label, const char *value) {
    return catalog_label_find(label, value, strlen(value)) >= 0;
}

Test(loader_environment, a_variable_lists_the_values_of_a_label) {
    struct catalog *catalog = load_listed("b.example, a.example:8080 ,c d");
    cr_assert(catalog != NULL, "%s", error.text);
    (void)setenv(VARIABLE, "later", 1);
    const struct catalog_label *host = &catalog->families[0].labels[0];
    cr_expect(eq(u32, host->value_count, 4));
    cr_expect(finds(host, "a.example:8080") && finds(host, "b.example") && finds(host, "c d"));
    cr_expect(not(finds(host, "later")));
    cr_expect(eq(str, (char *)host->variable, VARIABLE));
    catalog_free(catalog);
}

static void expect_list_refused(const char *list, const char *why) {
    char message[ERROR_BYTES];
    (void)snprintf(message, sizeof message,
                   "x.json: /families/a_total/labels/host/values/env: the environment "
                   "variable " VARIABLE " %s",
                   why);
    cr_assert(load_listed(list) == NULL, "%s", list);
    cr_expect(eq(str, error.text, message));
}

Test(loader_environment, a_list_is_of_values_that_a_line_can_have) {
    char list[2 * CATALOG_VALUES_MAX + 2];
    expect_list_refused("a,,b", "lists a value of 0 bytes, 1 to 200 are allowed");
    expect_list_refused("a,", "lists a value of 0 bytes, 1 to 200 are allowed");
    expect_list_refused(" ", "lists a value of 0 bytes, 1 to 200 are allowed");
    expect_list_refused("a,b|c", "lists a value with a bar or a line break");
    expect_list_refused("a\nb", "lists a value with a bar or a line break");
    expect_list_refused("a,b,a", "lists \"a\" twice");
    expect_list_refused("a,\xff", "is not UTF-8");
    memset(list, 'a', CATALOG_VALUE_MAX + 1);
    list[CATALOG_VALUE_MAX + 1] = '\0';
    expect_list_refused(list, "lists a value of 201 bytes, 1 to 200 are allowed");
    for (size_t i = 0; i < sizeof list - 1; i++)
        list[i] = i % 2 == 0 ? 'a' : ',';
    list[sizeof list - 1] = '\0';
    expect_list_refused(list, "lists 10001 values, at most 10000 are allowed");
}

static void expect_remark(const char *list, const char *wanted) {
    struct catalog *catalog = load_listed(list);
    cr_assert(catalog != NULL, "%s", error.text);
    cr_assert(catalog->remarks != NULL, "%s", list);
    cr_expect(eq(str, (char *)catalog->remarks->text, (char *)wanted));
    cr_expect(catalog->remarks->next == NULL, "one for each variable");
    cr_expect(eq(str, (char *)catalog->variables, VARIABLE));
    catalog_free(catalog);
}

#define AT "x.json: /families/a_total/labels/host/values/env: the environment variable " VARIABLE

Test(loader_environment, a_list_that_is_not_set_is_remarked) {
    (void)clearenv(); /* whoever runs this may have variables of similar names */
    expect_remark("", AT " is not set, so every value becomes \"other\"; if that is wanted, set it "
                         "to \"other\"");
    (void)setenv(VARIABLE "S", "a", 1);
    expect_remark("", AT " is not set, so every value becomes \"other\"; " VARIABLE
                         "S is set: is that its name?");
}

/* The catalog says what a line without the label means, so it works without the list. */
Test(loader_environment, a_list_of_a_label_with_a_default_need_not_be_set) {
    static const char with_default[] =
        "{\"statgate\":1,\"service\":\"s\",\"families\":{\"a_total\":{\"type\":\"counter\","
        "\"labels\":{\"host\":{\"values\":{\"env\":\"" VARIABLE
        "\"},\"otherwise\":\"other\",\"default\":\"other\"}}}}}";
    (void)clearenv();
    struct catalog *catalog =
        loader_text("x.json", with_default, sizeof with_default - 1, false, &error);
    cr_assert(catalog != NULL, "%s", error.text);
    cr_expect(catalog->remarks == NULL);
    catalog_free(catalog);
    (void)setenv(VARIABLE "S", "a", 1);
    catalog = loader_text("x.json", with_default, sizeof with_default - 1, false, &error);
    cr_assert(catalog != NULL, "%s", error.text);
    cr_assert(catalog->remarks != NULL, "a name misspelt in the environment");
    catalog_free(catalog);
}

Test(loader_environment, a_list_that_looks_misspelt_is_remarked) {
    expect_remark("resnet;bert", AT " lists \"resnet;bert\", which is one value: commas separate "
                                    "values");
    expect_remark("resnet bert", AT " lists \"resnet bert\", which is one value: commas separate "
                                    "values");
    static const char *const good[] = {"resnet,bert", "two words,bert", "other"};
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct catalog *catalog = load_listed(good[i]);
        cr_assert(catalog != NULL, "%s", error.text);
        cr_expect(catalog->remarks == NULL, "%s", good[i]);
        catalog_free(catalog);
    }
}
