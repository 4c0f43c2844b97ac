/* SPDX-License-Identifier: MIT */
/* Which clients may read /debug. */
#include "assertions.h"
#include "run.h"
#include "settings/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct run run;
static struct endpoint_plan plan;

static void setup(void) {
    run_init(&run);
}

static void teardown(void) {
    settings_endpoint_plan_done(&plan);
    run_done(&run);
}

TestSuite(settings_debug_access, .init = setup, .fini = teardown);

static bool is_open(const char *metrics, const char *debug) {
    char flags[2][128];
    (void)snprintf(flags[0], sizeof flags[0], "--metrics-listen=%s", metrics);
    (void)snprintf(flags[1], sizeof flags[1], "--debug-listen=%s", debug != NULL ? debug : "");
    run_arg(&run, flags[0]);
    if (debug != NULL)
        run_arg(&run, flags[1]);
    run_ok(&run);
    settings_endpoint_plan_done(&plan);
    settings_endpoint_plan_init(&plan, &run.settings, true);
    const bool open = settings_debug_access_is_open(&plan);
    for (int count = debug != NULL ? 2 : 1; count > 0; count--)
        free(run.argv[--run.argc]);
    return open;
}

Test(settings_debug_access, what_other_hosts_reach_is_open) {
    cr_expect(is_open("0.0.0.0:1", NULL));
    cr_expect(is_open("[::]:1", NULL));
    cr_expect(is_open("10.0.0.1:1", NULL));
    cr_expect(is_open("[fe80::1%lo]:1", NULL));
    cr_expect(is_open("[::ffff:10.0.0.1]:1", NULL));
    cr_expect(is_open("127.0.0.1:1", "10.0.0.1:2"));
    cr_expect(is_open("", "0.0.0.0:2"));
    cr_expect(not(is_open("127.0.0.1:1", NULL)));
    cr_expect(not(is_open("127.7.7.7:1", NULL)));
    cr_expect(not(is_open("[::1]:1", NULL)));
    cr_expect(not(is_open("[::ffff:127.0.0.1]:1", NULL)));
    cr_expect(not(is_open("unix:/x", NULL)));
    cr_expect(not(is_open("", NULL)));
    cr_expect(not(is_open("0.0.0.0:1", "")));
    cr_expect(not(is_open("0.0.0.0:1", "127.0.0.1:2")));
}

Test(settings_debug_access, a_token_closes_it) {
    run_arg(&run, "--debug-token-file=/own");
    cr_expect(not(is_open("0.0.0.0:1", NULL)));
    cr_expect(eq(str, (char *)settings_debug_access_token_file(&plan), "/own"));
    cr_expect(eq(str, (char *)settings_debug_access_token_place(&plan), "--debug-token-file"));
    run_arg(&run, "--bearer-token-file=/scrape");
    cr_expect(not(is_open("0.0.0.0:1", NULL)));
    cr_expect(eq(str, (char *)settings_debug_access_token_file(&plan), "/own"),
              "its own comes first");
}

Test(settings_debug_access, the_token_of_the_default_endpoint_serves_without_one) {
    run_arg(&run, "--bearer-token-file=/scrape");
    cr_expect(not(is_open("0.0.0.0:1", "0.0.0.0:2")));
    cr_expect(eq(str, (char *)settings_debug_access_token_file(&plan), "/scrape"));
    cr_expect(eq(str, (char *)settings_debug_access_token_place(&plan), "--bearer-token-file"));
}

static void note(void *arg, const char *text) {
    (void)snprintf(arg, ERROR_BYTES, "%s", text);
}

Test(settings_debug_access, an_open_one_is_warned_of) {
    char text[ERROR_BYTES] = "";
    const struct catalog_set none = {0};
    cr_assert(not(is_open("127.0.0.1:1", NULL)));
    plan.count = 0; /* no endpoint is built here */
    settings_endpoint_warnings(&plan, &none, note, text);
    cr_expect(eq(str, text, ""));
    cr_assert(is_open("127.0.0.1:1", "0.0.0.0:2"));
    plan.count = 0;
    settings_endpoint_warnings(&plan, &none, note, text);
    cr_expect(
        eq(str, text,
           "other hosts may read /debug on 0.0.0.0:2, so it hides the texts of refused lines; set "
           "debug_token_file, or debug_listen to an address of this host alone"));
}
