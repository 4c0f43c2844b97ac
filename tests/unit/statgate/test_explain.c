/* SPDX-License-Identifier: MIT */
/* The command `explain` as a whole; what it says of lines is in the cases. */
#include <stdio.h>

#include "assertions.h"
#include "run.h"

static struct run run;

static void setup(void) {
    run_init(&run);
    run_file(&run, "a.json",
             "{\"statgate\":1,\"service\":\"s\",\"senders\":{\"uid\":[7],\"gid\":[8]},"
             "\"families\":{\"a\":{\"type\":\"gauge\",\"group\":\"g\"}}}");
    run_variable(&run, "STATGATE_CATALOG=%s", run.path);
    run_file(&run, "b.json",
             "{\"statgate\":1,\"service\":\"own\",\"socket\":\"/run/own.sock\","
             "\"families\":{\"b\":{\"type\":\"gauge\"}}}");
}

static void teardown(void) {
    run_done(&run);
}

TestSuite(statgate_explain, .init = setup, .fini = teardown);

Test(statgate_explain, the_sender_is_who_runs_it_or_who_is_named) {
    cr_expect(eq(int, RUN(&run, "explain", "a:1|g"), CLI_FAILURE));
    cr_expect(has(run_out(&run), "sent as uid 1000, gid 1000"));
    cr_expect(eq(int, RUN(&run, "explain", "--uid", "7", "a:1|g"), CLI_OK));
    cr_expect(eq(int, RUN(&run, "explain", "--gid=8", "a:1|g"), CLI_OK));
    cr_expect(eq(int, RUN(&run, "explain", "--uid=root", "--gid=root", "a:1|g"), CLI_FAILURE));
    cr_expect(has(run_out(&run), "sent as uid 0, gid 0"));
    static const char *const wrong[] = {"nobody-of-this-name", "-1", "4294967295", "7x", ""};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        char flag[64];
        (void)snprintf(flag, sizeof flag, "--uid=%s", wrong[i]);
        cr_expect(eq(int, RUN(&run, "explain", flag, "a:1|g"), CLI_USAGE), "%s", wrong[i]);
        cr_expect(has(run_err(&run), "--uid: this host has no user \""));
        (void)snprintf(flag, sizeof flag, "--gid=%s", wrong[i]);
        cr_expect(eq(int, RUN(&run, "explain", flag, "a:1|g"), CLI_USAGE), "%s", wrong[i]);
        cr_expect(has(run_err(&run), "--gid: this host has no group \""));
    }
}

Test(statgate_explain, a_services_own_socket_is_named_by_the_service) {
    char catalog[RUN_PATH_MAX + 16];
    (void)snprintf(catalog, sizeof catalog, "--catalog=%s", run_path(&run, "b.json"));
    cr_expect(eq(int, RUN(&run, "explain", catalog, "b:1|g"), CLI_FAILURE));
    cr_expect(has(run_out(&run), "try --service-socket own"));
    cr_expect(eq(int, RUN(&run, "explain", catalog, "--service-socket=own", "b:1|g"), CLI_OK));
    cr_expect(
        eq(int, RUN(&run, "explain", catalog, "--service-socket=statgate", "b:1|g"), CLI_USAGE));
    cr_expect(eq(str, (char *)(uintptr_t)run_err(&run),
                 "statgate explain: --service-socket: there is no socket of its own for "
                 "\"statgate\"; services with one: own\n"));
    cr_expect(eq(int, RUN(&run, "explain", "--service-socket=x", "a:1|g"), CLI_USAGE));
    cr_expect(
        eq(str, (char *)(uintptr_t)run_err(&run),
           "statgate explain: --service-socket: there is no service \"x\"; services with one: "
           "none\n"));
}

Test(statgate_explain, refused_catalogs_are_reported_and_nothing_else) {
    run_file(&run, "c.json", "{");
    char catalog[RUN_PATH_MAX + 16];
    (void)snprintf(catalog, sizeof catalog, "--catalog=%s", run.path);
    cr_expect(eq(int, RUN(&run, "explain", catalog, "a:1|g"), CLI_USAGE));
    cr_expect(eq(str, (char *)(uintptr_t)run_out(&run), ""));
    cr_expect(has(run_err(&run), "c.json:1:"));
}

Test(statgate_explain, lines_come_from_arguments_and_standard_input) {
    const char *none[] = {"explain", NULL};
    cr_expect(eq(int, run_words(&run, none), CLI_USAGE));
    cr_expect(has(run_err(&run), "statgate explain --help"));
    run_input(&run, "two:1|c\nthree:1|c", 17);
    cr_expect(
        eq(int, RUN(&run, "explain", "--json", "one:1|c", "-", "four:1|c\nfive:1|c"), CLI_FAILURE));
    static const char *const names[] = {"one", "two", "three", "four", "five"};
    const char *at = run_out(&run);
    for (size_t i = 0; i < 5; i++) {
        char start[64];
        (void)snprintf(start, sizeof start, "{\"line\":\"%s:1|c\",", names[i]);
        cr_expect(eq(int, strncmp(at, start, strlen(start)), 0), "%.60s", at);
        at += strcspn(at, "\n") + 1;
    }
    cr_expect(eq(str, (char *)(uintptr_t)at, ""));
}

Test(statgate_explain, groups_are_those_of_the_settings) {
    run.cli.host.uid = 7;
    cr_expect(eq(int, RUN(&run, "explain", "--exclude=g", "a:1|g"), CLI_OK));
    cr_expect(has(run_out(&run), "ignored   1 sample\n"));
    cr_expect(has(run_out(&run), "the group g is not exposed (include: all, exclude: g)"));
}
