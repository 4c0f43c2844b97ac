/* SPDX-License-Identifier: MIT */
/* What a program that refuses catalogs reports about them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assertions.h"
#include "diagnostics/diagnostics.h"
#include "files.h"
#include "settings/settings.h"

static char folder[] = "/tmp/statgate-mistakes-XXXXXX";
static char path[sizeof folder + 16];
static struct strbuf said;

static void start(void) {
    cr_assert(mkdtemp(folder) != NULL);
    (void)snprintf(path, sizeof path, "%s/a.json", folder);
}

static void end(void) {
    files_remove_folder(folder);
    strbuf_done(&said);
}

TestSuite(mistakes, .init = start, .fini = end);

/* A catalog with so many families of an unknown type, one a line from line 2, and a help of so many
 * bytes. */
static void write_wrong(size_t count, size_t help_bytes) {
    struct strbuf text = {0};
    strbuf_puts(&text, "{\"statgate\": 1, \"service\": \"shop\", \"families\": {\n");
    for (size_t i = 0; i < count; i++)
        strbuf_printf(&text, "\"f%zu\": {\"type\": \"gaug\", \"help\": \"%0*d\"}%s\n", i,
                      (int)help_bytes, 0, i + 1 < count ? "," : "");
    strbuf_puts(&text, "}}\n");
    files_write(path, text.data, text.len);
    strbuf_done(&text);
}

/* The lines about the catalog. */
static const char *list(size_t most_bytes) {
    static const struct settings_program program = {
        .name = "statgated", .allowed = SETTING_BIT(catalog) | SETTING_BIT(config)};
    static char *const no_environment[] = {NULL};
    const struct settings_host host = {.environment = no_environment, .config_file = ""};
    char *const argv[] = {(char[]){"statgated"}, (char[]){"--catalog"}, path, NULL};
    const struct messages no_warnings = {0};
    struct settings settings = {0};
    struct messages errors = {0};
    struct messages lines = {0};
    struct catalogs catalogs;
    struct diagnostics mistakes;
    struct error wrong;
    strbuf_clear(&said);
    cr_assert(eq(int, settings_parse(&settings, &program, 3, argv, &host, &wrong), SETTINGS_OK));
    cr_expect(
        not(diagnostics_catalogs_load(&settings, &settings.catalog, false, &catalogs, &errors)));
    diagnostics_find(&mistakes, &errors, &no_warnings, most_bytes);
    diagnostics_list(&mistakes, &settings.catalog, &lines);
    for (const char *line = diagnostics_messages_next(&lines, NULL); line != NULL;
         line = diagnostics_messages_next(&lines, line))
        strbuf_printf(&said, "%s\n", line);
    diagnostics_done(&mistakes);
    diagnostics_messages_done(&lines);
    diagnostics_messages_done(&errors);
    diagnostics_catalogs_done(&catalogs);
    settings_done(&settings);
    return strbuf_cstr(&said);
}

static size_t lines_of(const char *text) {
    size_t count = 0;
    for (; *text != '\0'; text++)
        count += *text == '\n';
    return count;
}

Test(mistakes, all_have_their_place_and_what_is_meant) {
    struct strbuf expected = {0};
    write_wrong(2, 1);
    for (int i = 0; i < 2; i++)
        strbuf_printf(&expected,
                      "%s:%d:8: /families/f%d/type: unknown type \"gaug\"; did you mean "
                      "\"gauge\"?\n",
                      path, i + 2, i);
    cr_expect(
        eq(str, (char *)(uintptr_t)list(SIZE_MAX), (char *)(uintptr_t)strbuf_cstr(&expected)));
    strbuf_done(&expected);
}

Test(mistakes, of_many_the_first_are_listed_and_the_others_counted) {
    char last[sizeof path + 64];
    write_wrong(DIAGNOSTICS_LISTED, 1);
    cr_expect(eq(sz, lines_of(list(SIZE_MAX)), DIAGNOSTICS_LISTED));
    write_wrong(DIAGNOSTICS_LISTED + 3, 1);
    const char *text = list(SIZE_MAX);
    (void)snprintf(last, sizeof last, "\nand 3 more: statgate check %s\n", path);
    cr_expect(eq(sz, lines_of(text), DIAGNOSTICS_LISTED + 1));
    cr_expect(ne(ptr, strstr(text, last), NULL), "%s", text);
}

Test(mistakes, more_than_are_looked_for_are_not_counted) {
    write_wrong(200, 1);
    const char *text = list(SIZE_MAX);
    cr_expect(ne(ptr, strstr(text, "\nand at least "), NULL), "%s", text);
}

Test(mistakes, a_large_catalog_is_read_once_where_there_is_little_time) {
    char last[sizeof path + 64];
    write_wrong(3, 1000);
    const char *text = list(2000);
    (void)snprintf(last, sizeof last, "\nthere may be more: statgate check %s\n", path);
    cr_expect(eq(sz, lines_of(text), 2));
    cr_expect(ne(ptr, strstr(text, "a.json:2:8: /families/f0/type: "), NULL), "%s", text);
    cr_expect(ne(ptr, strstr(text, last), NULL), "%s", text);
}

Test(mistakes, a_path_that_cannot_be_read_has_its_setting) {
    const char *text = list(SIZE_MAX);
    cr_expect(eq(ptr, strstr(text, "--catalog: "), (void *)(uintptr_t)text), "%s", text);
    cr_expect(ne(ptr, strstr(text, "a.json: no such file or folder"), NULL), "%s", text);
}

/* ---- settings ---- */

static void expect_setting(const char *content, const char *why, const char *expected) {
    struct error error;
    char text[256];
    files_write(path, content, strlen(content));
    (void)error_set(&error, "%s:%s", path, why);
    diagnostics_locate_setting(&error);
    (void)snprintf(text, sizeof text, "%s:%s", path, expected);
    cr_expect(eq(str, error.text, text));
}

Test(mistakes, a_setting_in_a_file_has_its_place) {
    expect_setting("{\n  \"sokcet\": \"x\"\n}", " /sokcet: unknown key",
                   "2:3: /sokcet: unknown key");
    expect_setting("{\"listen\": 1,\n \"endpoints\": [{\"a\": 1}]}", " /endpoints/0/a: unknown key",
                   "2:17: /endpoints/0/a: unknown key");
}

Test(mistakes, a_file_that_is_no_json_says_what_is_wrong) {
    expect_setting("{\"listen\": 1,\n}", "2:1: what a parser said",
                   "1:13: a comma after the last item; JSON has commas only between items: take it "
                   "out");
}

Test(mistakes, a_setting_of_no_file_stays_as_it_is) {
    struct error error;
    (void)error_set(&error, "--listen: x: no address");
    diagnostics_locate_setting(&error);
    cr_expect(eq(str, error.text, "--listen: x: no address"));
}

/* However many labels name it. */
Test(mistakes, a_variable_with_a_wrong_value_is_one) {
    static const char text[] =
        "{\"statgate\": 1, \"service\": \"shop\", \"families\": {\n"
        "\"a_total\": {\"type\": \"counter\", \"labels\": {\"x\": {\"values\": {\"env\": "
        "\"TEST_MISTAKES\"}, \"otherwise\": \"other\"}}},\n"
        "\"b_total\": {\"type\": \"counter\", \"labels\": {\"x\": {\"values\": {\"env\": "
        "\"TEST_MISTAKES\"}, \"otherwise\": \"other\"}}}}}";
    files_write(path, text, sizeof text - 1);
    cr_assert(eq(int, setenv("TEST_MISTAKES", " ", 1), 0));
    cr_expect(eq(sz, lines_of(list(SIZE_MAX)), 1), "%s", strbuf_cstr(&said));
    cr_expect(ne(ptr, (void *)(uintptr_t)strstr(strbuf_cstr(&said), "TEST_MISTAKES"), NULL));
    unsetenv("TEST_MISTAKES");
}
