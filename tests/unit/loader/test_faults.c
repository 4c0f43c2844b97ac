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
    (void)loader_faults("file", text, len, put_fault, NULL, &left_bytes, &cut);
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
    return loader_faults("file", strbuf_cstr(text), text->len, put_fault, NULL, &left_bytes,
                         ret_cut);
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

Test(faults, each_costs_a_walk_through_the_text) {
    struct strbuf text = {0};
    bool cut;
    strbuf_puts(&text, "{\"a\": 1, # one\n \"b\": 2, # two\n}");
    cr_expect(eq(sz, count_of(&text, 6 * text.len, &cut), 4));
    cr_expect(not(cut));
    cr_expect(eq(sz, count_of(&text, 2 * text.len, &cut), 2));
    cr_expect(cut);
    cr_expect(eq(sz, count_of(&text, text.len - 1, &cut), 0));
    cr_expect(cut);
    put_wrong(&text, 3);
    cr_expect(eq(sz, count_of(&text, 5 * text.len, &cut), 3));
    cr_expect(not(cut));
    cr_expect(eq(sz, count_of(&text, 4 * text.len, &cut), 2));
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
    expect_faults("{\"statgate\": 1, \"service\": \"s\", \"sets\": {\"one\": 5}, \"families\": {\n"
                  "\"a\": {\"type\": \"gauge\", \"labels\": {\"x\": \"one\"}},\n"
                  "\"b\": {\"type\": \"gaug\"},\n"
                  "\"c\": {\"type\": \"gauge\", \"labels\": {\"x\": 5}}},\n"
                  "\"databases\": {\"d\": {\"conninfo\": 5}},\n"
                  "\"queries\": [{\"sql\": \"SELECT\", \"values\": [\"b\", \"c\"], \"labels\": "
                  "[\"x\"]}]}",
                  "1:42: /sets/one: expected an array, found a number\n"
                  "3:7: /families/b/type: unknown type \"gaug\"; did you mean \"gauge\"?\n"
                  "4:35: /families/c/labels/x: expected a set's name, an array of values or an "
                  "object, found a number\n"
                  "5:21: /databases/d/conninfo: expected a string, found a number\n");
}

/* What a misspelled key was meant for is not missing, too. */
Test(faults, a_key_that_is_misspelled_is_one) {
    expect_faults("{\"statgate\": 1, \"servic\": \"s\", \"familes\": {}}",
                  "1:17: /servic: unknown key; did you mean \"service\"?\n"
                  "1:32: /familes: unknown key; did you mean \"families\"?\n");
    expect_faults(
        "{\"statgate\": 1, \"service\": \"s\", \"families\": {\"a\": {\"tpe\": \"gauge\"},\n"
        "\"x_info\": {\"type\": \"info\", \"label\": {\"v\": [\"1\"]}}},\n"
        "\"attempts\": {\"t\": {\"success\": [\"a\"], \"failure\": [\"b\"], \"breaker\": "
        "{\"open_afer\": 5, \"cooldown_s\": 1}}}}",
        "1:52: /families/a/tpe: unknown key; did you mean \"type\"?\n"
        "2:28: /families/x_info/label: unknown key; did you mean \"labels\"?\n"
        "3:68: /attempts/t/breaker/open_afer: unknown key; did you mean "
        "\"open_after\"?\n");
}

/* One mistake has one sentence, and what is behind it is read. */
Test(faults, what_refers_to_something_wrong_is_not_blamed) {
    expect_faults(
        "{\"statgate\": 1, \"service\": \"s\", \"databases\": [], \"families\": {\n"
        "\"a\": {\"type\": \"gauge\"}, \"b\": {\"type\": \"guage\"},\n"
        "\"c_total\": {\"type\": \"counter\", \"reading\": \"abs\", \"ended\": \"drop\"}},\n"
        "\"queries\": [{\"sql\": \"S\", \"values\": [\"a\", \"b\"], \"labels\": [\"x\"]}]}",
        "2:31: /families/b/type: unknown type \"guage\"; did you mean \"gauge\"?\n"
        "3:32: /families/c_total/reading: expected absolute\n"
        "1:33: /databases: expected an object, found an array\n");
    expect_faults(
        "{\"statgate\": 1, \"service\": \"s\",\n"
        "\"attempts\": {\"x\": {\"success\": [\"a\"], \"failure\": [\"b\"]}},\n"
        "\"jobs\": {\"x\": {\"every_s\": 60}, \"y\": {\"max_live\": 0, \"schedule\": \"no\"}}}",
        "3:38: /jobs/y/max_live: 0 is not from 1 to 262144\n"
        "3:53: /jobs/y/schedule: \"no\" is no minute: 0 to 59\n"
        "3:10: /jobs/x: /attempts/x has this name, too; rename one\n");
}
