/* SPDX-License-Identifier: MIT */
/* All mistakes of a catalog. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assertions.h"
#include "base/strbuf.h"
#include "files.h"
#include "loader/loader.h"

static struct strbuf list;

static void put_fault(void *arg, const struct loader_fault *fault) {
    (void)arg;
    strbuf_printf(&list, "%zu:%zu: %s%s%s%s%s\n", fault->line, fault->column, fault->pointer,
                  *fault->pointer != '\0' ? ": " : "", fault->text, fault->hint != NULL ? "; " : "",
                  fault->hint != NULL ? fault->hint : "");
}

static const char *faults_of(const char *text, size_t len) {
    strbuf_clear(&list);
    size_t left_bytes = SIZE_MAX;
    bool cut;
    (void)faults_find("file", text, len, put_fault, NULL, &left_bytes, &cut);
    return strbuf_cstr(&list);
}

static void expect_faults(const char *text, const char *faults) {
    cr_expect(eq(str, (char *)faults_of(text, strlen(text)), (char *)faults));
}

static void teardown(void) {
    strbuf_done(&list);
}

TestSuite(faults, .fini = teardown);

Test(faults, all_of_a_file_are_found) {
    expect_faults(
        "{\n"
        "  \"statgate\": 1,\n"
        "  \"service\": \"s\",\n"
        "  \"sockett\": \"/x\",\n"
        "  \"families\": {\n"
        "    \"a\": {\"type\": \"guage\", \"help\": 5},\n"
        "    \"b_total\": {\"type\": \"counter\", \"buckets\": [1], \"hlp\": \"x\",\n"
        "      \"labels\": {\"x\": [\"v\", \"v\"], \"y\": 7}},\n"
        "    \"c\": {\"help\": \"x\"},\n"
        "    \"fine\": {\"type\": \"gauge\"}\n"
        "  }\n"
        "}\n",
        "4:3: /sockett: unknown key; did you mean \"socket\"?\n"
        "6:11: /families/a/type: unknown type \"guage\"; did you mean \"gauge\"?\n"
        "7:52: /families/b_total/hlp: unknown key; did you mean \"help\"?\n"
        "7:36: /families/b_total/buckets: only a histogram has buckets; the type here is counter\n"
        "8:29: /families/b_total/labels/x/1: the value \"v\" is listed twice\n"
        "8:35: /families/b_total/labels/y: expected a set's name, an array of "
        "values or an object, found a "
        "number\n"
        "9:5: /families/c: the key \"type\" is missing\n");
}

Test(faults, a_catalog_without_any_has_none) {
    struct files files = files_list("cases/catalog/valid", ".json");
    for (size_t i = 0; i < files.count; i++) {
        size_t len;
        char *text = files_read(files.paths[i], &len);
        cr_expect(eq(str, (char *)faults_of(text, len), ""), "%s", files.paths[i]);
        free(text);
    }
    cr_expect(ge(sz, files.count, 10));
    files_free(&files);
}

/* "file: /a: text" of the loader, and the first of the faults. */
static void expect_same(const char *path, const char *message, const char *faults) {
    const char *first = faults + strcspn(faults, " ") + 1;
    const char *text = strstr(message, ": ") + 2;
    cr_expect(strncmp(first, text, strlen(text)) == 0 || strstr(first, "; JSON has") != NULL,
              "%s: %s: %s", path, message, first);
}

Test(faults, the_first_is_what_the_loader_says) {
    struct files files = files_list("cases/catalog/invalid", ".json");
    for (size_t i = 0; i < files.count; i++) {
        struct error error;
        size_t len;
        char *text = files_read(files.paths[i], &len);
        struct catalog *catalog = loader_text("file", text, len, false, &error);
        if (catalog == NULL)
            expect_same(files.paths[i], error.text, faults_of(text, len));
        catalog_free(catalog);
        free(text);
    }
    cr_expect(ge(sz, files.count, 100));
    files_free(&files);
}

Test(faults, what_json_does_not_have_is_named) {
    expect_faults(
        "{\"statgate\": 1, // the format\n \"service\": \"s\", \"families\": {\n"
        "  # those of the shop\n  \"a\": {\"type\": \"gauge\",},\n"
        "  /* and\n  more */ \"b\": {\"type\": \"gaug\"},\n}}",
        "1:17: a comment; JSON has no comments: take it out\n"
        "3:3: a comment; JSON has no comments: take it out\n"
        "4:24: a comma after the last item; JSON has commas only between items: take it out\n"
        "5:3: a comment; JSON has no comments: take it out\n"
        "6:32: a comma after the last item; JSON has commas only between items: take it out\n"
        "6:17: /families/b/type: unknown type \"gaug\"; did you mean \"gauge\"?\n");
}

static void expect_hint(const char *text, const char *hint) {
    cr_expect(strstr(faults_of(text, strlen(text)), hint) != NULL, "%s: %s", text,
              strbuf_cstr(&list));
}

Test(faults, other_languages_are_recognized) {
    expect_hint("statgate: 1\nservice: shop\n", "looks like YAML");
    expect_hint("---\nstatgate: 1\n", "looks like YAML");
    expect_hint("# a catalog\n- statgate: 1\n", "looks like YAML");
    expect_hint("{'statgate': 1}", "double quotes");
    cr_expect(strstr(faults_of("{\"a\": tru}", 10), ";") == NULL, "nothing is made up");
    cr_expect(strstr(faults_of("", 0), "YAML") == NULL);
}

static size_t count_of(struct strbuf *text, size_t most_bytes, bool *ret_cut) {
    size_t left_bytes = most_bytes;
    return faults_find("file", strbuf_cstr(text), text->len, put_fault, NULL, &left_bytes, ret_cut);
}

/* A catalog with so many families that are no objects. */
static void put_wrong(struct strbuf *text, int count) {
    strbuf_clear(text);
    strbuf_puts(text, "{\"statgate\": 1, \"service\": \"s\", \"families\": {");
    for (int i = 0; i < count; i++)
        strbuf_printf(text, "%s\"f%d\": 1", i > 0 ? "," : "", i);
    strbuf_puts(text, "}}");
}

Test(faults, they_end_somewhere) {
    struct strbuf text = {0};
    bool cut;
    put_wrong(&text, 200);
    cr_expect(eq(sz, count_of(&text, SIZE_MAX, &cut), FAULTS_MAX));
    cr_expect(cut);
    strbuf_clear(&text);
    for (int i = 0; i < 200; i++)
        strbuf_puts(&text, "#\n");
    cr_expect(eq(sz, count_of(&text, SIZE_MAX, &cut), FAULTS_MAX));
    cr_expect(cut);
    strbuf_done(&text);
}

Test(faults, each_costs_a_reading) {
    struct strbuf text = {0};
    bool cut;
    put_wrong(&text, 3);
    cr_expect(eq(sz, count_of(&text, 6 * text.len, &cut), 3));
    cr_expect(not(cut));
    cr_expect(eq(sz, count_of(&text, 3 * text.len, &cut), 2));
    cr_expect(cut);
    cr_expect(eq(sz, count_of(&text, text.len - 1, &cut), 0));
    cr_expect(cut);
    strbuf_done(&text);
}

Test(faults, what_follows_from_a_fault_is_none) {
    expect_faults("{\"statgate\": 2, \"service\": \"\"}",
                  "1:2: /statgate: this version reads catalogs of format 1, \"statgate\": 1\n");
    expect_faults("[]", "1:1: the file must hold one object, { ... }\n");
    expect_faults("{\"statgate\": 1, \"service\": \"s\", \"families\": {\"x_info\": {\"type\": "
                  "\"info\", \"labels\": {\"v\": 5}}}}",
                  "1:84: /families/x_info/labels/v: expected a set's name, an array of values or "
                  "an object, found a number\n");
}
