/* SPDX-License-Identifier: MIT */
/* Each row of endpoint/options.def that an endpoint of the file sets shows in what the command
 * prints, and in the manual. */
#include <stdio.h>
#include <stdlib.h>

#include "assertions.h"
#include "base/text.h"
#include "files.h"
#include "run.h"

static struct run run;

static void setup(void) {
    run_init(&run);
    run_file(&run, "a.json",
             "{\"statgate\":1,\"service\":\"s\",\"resource\":{\"r\":\"x\"},\"families\":{\"a\":{"
             "\"type\":\"gauge\",\"help\":\"x\",\"group\":\"g\"}}}");
}

static void teardown(void) {
    run_done(&run);
}

TestSuite(statgate_options, .init = setup, .fini = teardown);

#define JSON_SWITCH(initial) (strcmp((initial), "on") == 0 ? "false" : "true")
#define JSON_WORDS(initial)  "\"g\""
#define JSON_CHOICE(initial) "\"labels\""
#define AFTER_SWITCH         ""
#define AFTER_WORDS          " g"
#define AFTER_CHOICE         ""
#define NTH_SWITCH           0
#define NTH_WORDS            0
#define NTH_CHOICE           RESOURCE_LABELS

/* A value that is not the default, as JSON, and what is said of it. */
struct row {
    const char *name;
    const char *json;
    const char *unusual; /* NULL: nothing */
    const char *after;
    const char *phrase; /* NULL: nothing */
    unsigned nth;
};

static const char *write_config(const struct row *row) {
    static char path[RUN_PATH_MAX];
    char text[256];
    (void)snprintf(text, sizeof text,
                   "{\"catalog\": \"a.json\", \"endpoints\": [{\"listen\": \"127.0.0.1:1\", "
                   "\"services\": \"s\", \"%s\": %s}]}",
                   row->name, row->json);
    run_file(&run, "statgate.json", text);
    (void)snprintf(path, sizeof path, "%s", run.path);
    return path;
}

static void expect_shown(const struct row *row) {
    const char *config = write_config(row);
    char wanted[128];
    cr_expect(eq(int, RUN(&run, "check", "--config", config, "--json"), CLI_OK), "%s",
              run_err(&run));
    (void)snprintf(wanted, sizeof wanted, "\"%s\":%s", row->name, row->json);
    cr_expect(has(run_out(&run), wanted), "%s: %s", row->name, run_out(&run));
    cr_expect(eq(int, RUN(&run, "check", "--config", config), CLI_OK), "%s", run_err(&run));
    (void)snprintf(wanted, sizeof wanted, "  %s%s\n", row->unusual != NULL ? row->unusual : "-",
                   row->after);
    const char *line = strstr(run_out(&run), "\n127.0.0.1:1/metrics ");
    cr_assert(ne(ptr, (void *)line, NULL));
    cr_expect(has(line, wanted), "%s: %s", row->name, run_out(&run));
    cr_expect(eq(int, RUN(&run, "docs", "--config", config), CLI_OK), "%s", run_err(&run));
    if (row->phrase != NULL) {
        size_t len;
        const char *phrase = text_choice_word(row->phrase, row->nth, &len);
        (void)snprintf(wanted, sizeof wanted, ", path `/metrics`, %.*s |\n", (int)len, phrase);
        cr_expect(has(run_out(&run), wanted), "%s: %s", row->name, run_out(&run));
    }
}

Test(statgate_options, each_row_is_in_check_and_docs) {
#define ENDPOINT_OPTION(name, kind, initial, argument, check, unusual, phrase, help)               \
    expect_shown(                                                                                  \
        &(struct row){#name, JSON_##kind(initial), unusual, AFTER_##kind, phrase, NTH_##kind});
#include "endpoint/options.def"
#undef ENDPOINT_OPTION
}

Test(statgate_options, the_manual_has_each_row_among_an_endpoints_keys) {
    char *page = files_read("../packaging/man/statgated.8", NULL);
    cr_assert(ne(ptr, page, NULL));
    char *item = strstr(page, "\n.It Cm bearer_token_file , ");
    cr_assert(ne(ptr, item, NULL));
    item[1 + strcspn(item + 1, "\n")] = '\0';
    static const char *const names[] = {
#define ENDPOINT_OPTION(name, ...) " , " #name,
#include "endpoint/options.def"
#undef ENDPOINT_OPTION
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        cr_expect(has(item, names[i]), "%s%s", item, names[i]);
    free(page);
}
