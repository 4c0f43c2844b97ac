/* SPDX-License-Identifier: MIT */
/* Each row of endpoint/options.def is a setting and a key of an endpoint. The key takes the
 * setting's value if it is not set. */
#include <stdio.h>
#include <string.h>

#include "assertions.h"
#include "run.h"
#include "settings/settings.h"

static struct run run;

static void setup(void) {
    run_init(&run);
}

static void teardown(void) {
    run_done(&run);
}

TestSuite(settings_options, .init = setup, .fini = teardown);

/* As JSON: the default, and another value. */
struct row {
    enum setting_id id;
    const char *name;
    const char *initial;
    const char *other;
};

#define INITIAL_SWITCH(initial) (strcmp((initial), "on") == 0 ? "true" : "false")
#define INITIAL_WORDS(initial)  "\"" initial "\""
#define INITIAL_CHOICE(initial) "\"" initial "\""
#define OTHER_SWITCH(initial)   (strcmp((initial), "on") == 0 ? "false" : "true")
#define OTHER_WORDS(initial)    "\"one,two\""
#define OTHER_CHOICE(initial)   "\"labels\""

/* Once for each row, with a fresh run. */
static void each_row(void (*check)(const struct row *row)) {
    const struct row rows[] = {
#define ENDPOINT_OPTION(name, kind, initial, argument, ...)                                        \
    {SETTING_##name, #name, INITIAL_##kind(initial), OTHER_##kind(initial)},
#include "endpoint/options.def"
#undef ENDPOINT_OPTION
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        check(&rows[i]);
        teardown();
        setup();
    }
}

/* A file with this value of the setting and of the endpoint; NULL: it says nothing. */
static void read_file(const struct row *row, const char *setting, const char *own) {
    struct strbuf text;
    strbuf_init(&text);
    strbuf_puts(&text, "{");
    if (setting != NULL)
        strbuf_printf(&text, "\"%s\": %s, ", row->name, setting);
    strbuf_puts(&text, "\"endpoints\": [{\"listen\": \"127.0.0.1:1\", \"services\": \"a\"");
    if (own != NULL)
        strbuf_printf(&text, ", \"%s\": %s", row->name, own);
    strbuf_puts(&text, "}]}");
    run_file(&run, strbuf_cstr(&text));
    strbuf_done(&text);
    run_ok(&run);
    cr_assert(eq(sz, run.settings.endpoint_count, 1));
    cr_expect(eq(int, (run.settings.endpoints[0].own >> row->id & 1) != 0, own != NULL), "%s",
              row->name);
}

static void expect_value(const struct endpoint_options *options, const struct row *row,
                         const char *value) {
    struct strbuf text;
    char member[64];
    strbuf_init(&text);
    struct json_writer w = {.out = &text};
    endpoint_options_put_json(&w, options);
    (void)snprintf(member, sizeof member, "\"%s\":%s", row->name, value);
    cr_expect(ne(ptr, (void *)strstr(strbuf_cstr(&text), member), NULL), "%s has no %s",
              strbuf_cstr(&text), member);
    strbuf_done(&text);
}

/* Of the default endpoint and the one in the file, as settings and as planned. */
static void expect_values(const struct row *row, const char *first, const char *second) {
    const struct settings_endpoint endpoint = settings_default_endpoint(&run.settings);
    struct endpoint_plan plan;
    expect_value(&endpoint.options, row, first);
    expect_value(&run.settings.endpoints[0].options, row, second);
    settings_endpoint_plan_init(&plan, &run.settings, true);
    cr_assert(eq(sz, plan.count, 2));
    expect_value(&plan.options[0], row, first);
    expect_value(&plan.options[1], row, second);
    settings_endpoint_plan_done(&plan);
}

static void check_default(const struct row *row) {
    read_file(row, NULL, NULL);
    expect_values(row, row->initial, row->initial);
}

Test(settings_options, an_endpoint_begins_with_the_defaults) {
    each_row(check_default);
}

static void check_inherited(const struct row *row) {
    read_file(row, row->other, NULL);
    expect_values(row, row->other, row->other);
}

Test(settings_options, an_endpoint_takes_what_it_does_not_say_from_the_setting) {
    each_row(check_inherited);
}

static void check_own(const struct row *row) {
    read_file(row, NULL, row->other);
    expect_values(row, row->initial, row->other);
}

Test(settings_options, an_endpoint_says_it_for_itself_alone) {
    each_row(check_own);
}

static void check_kept(const struct row *row) {
    read_file(row, row->other, row->initial);
    expect_values(row, row->other, row->initial);
}

Test(settings_options, an_endpoint_keeps_what_it_says) {
    each_row(check_kept);
}

static void check_help(const struct row *row) {
    struct strbuf text;
    strbuf_init(&text);
    settings_write_help(&text, &run.program);
    const char *section = strstr(strbuf_cstr(&text), "\nEndpoints\n");
    cr_assert(ne(ptr, (void *)section, NULL));
    cr_expect(ne(ptr, (void *)strstr(section, row->name), NULL), "%s", row->name);
    strbuf_done(&text);
}

Test(settings_options, help_names_them_among_an_endpoints_keys) {
    each_row(check_help);
}

/* Another endpoint's place is its key, if it says so itself; a message about a group needs it. */
Test(settings_options, places_are_those_of_the_endpoint_or_the_setting) {
    struct endpoint_plan plan;
    char place[128];
    run_arg(&run, "--exclude=x");
    run_file(&run, "{\"bearer_token_file\": \"/t\", \"endpoints\": [{\"listen\": \"127.0.0.1:1\", "
                   "\"services\": \"a\", \"include\": \"i\"}]}");
    run_ok(&run);
    settings_endpoint_plan_init(&plan, &run.settings, true);
    cr_expect(eq(str, (char *)plan.places[0].listen_place, "metrics_listen (default)"));
    cr_expect(eq(str, (char *)plan.options[0].include_place, "include (default)"));
    cr_expect(eq(str, (char *)plan.options[0].exclude_place, "--exclude"));
    (void)snprintf(place, sizeof place, "%s: /endpoints/0/listen", run.file);
    cr_expect(eq(str, (char *)plan.places[1].listen_place, place));
    (void)snprintf(place, sizeof place, "%s: /bearer_token_file", run.file);
    cr_expect(eq(str, (char *)plan.places[1].token_place, place));
    (void)snprintf(place, sizeof place, "%s: /endpoints/0/include", run.file);
    cr_expect(eq(str, (char *)plan.options[1].include_place, place));
    cr_expect(eq(ptr, (void *)plan.options[1].exclude_place, NULL), "checked as the setting's");
    settings_endpoint_plan_done(&plan);
    settings_endpoint_plan_init(&plan, &run.settings, false);
    cr_expect(eq(sz, plan.count, 1));
    cr_expect(eq(ptr, (void *)plan.options[0].exclude_place, NULL));
    settings_endpoint_plan_done(&plan);
}
