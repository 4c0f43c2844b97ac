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
