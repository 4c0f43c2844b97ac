/* SPDX-License-Identifier: MIT */
/* The formats of `check` other than tables and JSON, and the places in them. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assertions.h"
#include "run.h"

static struct run run;

static void setup(void) {
    run_init(&run);
    run_file(&run, "bad.json",
             "{\"statgate\": 1, \"service\": \"s\",\n \"families\": {\n"
             "  \"a\": {\"type\": \"guage\"},\n"
             "  \"\xc3\xbc\": 5, \"c\": {\"type\": \"gauge\", \"hlp\": \"50%, or more\"},\n }}\n");
}

static void teardown(void) {
    run_done(&run);
}

TestSuite(statgate_check_formats, .init = setup, .fini = teardown);

static int check(const char *format, const char *name) {
    return RUN(&run, "check", "--format", format, run_path(&run, name));
}

Test(statgate_check_formats, a_runner_of_github_gets_commands) {
    char expected[2048];
    cr_expect(eq(int, check("github", "bad.json"), CLI_USAGE));
    cr_expect(eq(str, (char *)(uintptr_t)run_err(&run), ""));
    (void)snprintf(expected, sizeof expected,
                   "::error file=%s,line=4,col=34::/families/c/hlp: unknown key; did you mean "
                   "\"help\"?\n",
                   run_path(&run, "bad.json"));
    cr_expect(has(run_out(&run), expected), "%s", run_out(&run));
    run_file(&run, "a,b%:c.json", "{");
    cr_expect(eq(int, check("github", "a,b%:c.json"), CLI_USAGE));
    cr_expect(has(run_out(&run), "/a%2Cb%25%3Ac.json,line=1,col=2::"), "%s", run_out(&run));
}

Test(statgate_check_formats, what_is_about_no_file_has_no_place) {
    cr_expect(eq(int, check("github", "nothing.json"), CLI_USAGE));
    cr_expect(has(run_out(&run), "::error::"), "%s", run_out(&run));
}

Test(statgate_check_formats, another_word_is_refused) {
    cr_expect(eq(int, check("xml", "bad.json"), CLI_USAGE));
    cr_expect(has(run_err(&run), "--format: \"xml\": must be one of text, json, github\n"));
}

/* In each format, and what JSON says of it. */
static void expect_place(const char *text, const char *github) {
    char expected[2048];
    const char *config = run_path(&run, "s.json");
    cr_expect(eq(int, RUN(&run, "check", "--config", config), CLI_USAGE));
    (void)snprintf(expected, sizeof expected, "%s:%s\n", config, text);
    cr_expect(eq(str, (char *)(uintptr_t)run_err(&run), expected));
    cr_expect(eq(int, RUN(&run, "check", "--format", "github", "--config", config), CLI_USAGE));
    (void)snprintf(expected, sizeof expected, "::error file=%s,%s\n", config, github);
    cr_expect(eq(str, (char *)(uintptr_t)run_out(&run), expected));
    cr_expect(eq(str, (char *)(uintptr_t)run_err(&run), ""));
    cr_expect(eq(int, RUN(&run, "check", "--json", "--config", config), CLI_USAGE));
    json_t *root = json_loads(run_out(&run), 0, NULL);
    const json_t *finding = json_array_get(json_object_get(root, "findings"), 0);
    (void)snprintf(expected, sizeof expected, "%s:%d:%d:", config,
                   (int)json_integer_value(json_object_get(finding, "line")),
                   (int)json_integer_value(json_object_get(finding, "column")));
    cr_expect(has(expected, config));
    cr_expect(lt(i64, 0, json_integer_value(json_object_get(finding, "line"))));
    json_decref(root);
}

Test(statgate_check_formats, a_settings_file_has_places) {
    run_file(&run, "s.json", "{\n \"metrics_listn\": \"127.0.0.1:1\"}");
    expect_place("2:2: /metrics_listn: unknown key; did you mean \"metrics_listen\"?",
                 "line=2,col=2::/metrics_listn: unknown key; did you mean \"metrics_listen\"?");
    run_file(&run, "s.json", "{\n \"metrics_listen\": \"127.0.0.1:1\",}");
    expect_place(
        "2:33: a comma after the last item; JSON has commas only between items: take it out",
        "line=2,col=33::a comma after the last item; JSON has commas only between items: "
        "take it out");
    run_file(&run, "s.json", "{\n \"catalog\": [], \"catalog\": []}");
    cr_expect(eq(int, RUN(&run, "check", "--config", run_path(&run, "s.json")), CLI_USAGE));
    cr_expect(has(run_err(&run), "s.json:2:"), "%s", run_err(&run));
    cr_expect(eq(int, RUN(&run, "check", "--confi", "x"), CLI_USAGE));
    cr_expect(has(run_err(&run), "statgate check: --confi: unknown flag"));
}

Test(statgate_check_formats, warnings_have_places) {
    run_file(&run, "w.json",
             "{\"statgate\":1,\"service\":\"w\",\n\"families\":{\n \"a\":{\"type\":\"gauge\"}}}");
    cr_expect(eq(int, check("text", "w.json"), CLI_OK));
    cr_expect(has(run_err(&run), "w.json:3:2: /families/a"), "%s", run_err(&run));
    cr_expect(has(run_err(&run), "warning: /"), "%s", run_err(&run));
    cr_expect(eq(int, check("github", "w.json"), CLI_OK));
    cr_expect(has(run_out(&run), "::warning file="), "%s", run_out(&run));
    cr_expect(has(run_out(&run), "w.json,line=3,col=2::/families/a"), "%s", run_out(&run));
}
