/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>

#include "assertions.h"
#include "run.h"

static struct run run;

static void setup(void) {
    run_init(&run);
}

static void teardown(void) {
    run_done(&run);
}

TestSuite(statgate_command, .init = setup, .fini = teardown);

static const char *const commands[] = {"check", "send", "explain", "docs"};
enum { COMMAND_COUNT = sizeof commands / sizeof *commands };

static void expect_80_columns(const char *text) {
    for (const char *at = text; *at; at += strcspn(at, "\n") + 1)
        cr_expect(le(sz, strcspn(at, "\n"), 79), "%.100s", at);
}

Test(statgate_command, without_words_it_explains_itself_and_fails) {
    const char *none[] = {NULL};
    cr_expect(eq(int, run_words(&run, none), CLI_USAGE));
    cr_expect(eq(str, (char *)run_out(&run), ""));
    cr_expect(has(run_err(&run), "Usage: statgate COMMAND"));
}

Test(statgate_command, help_names_every_command_in_80_columns) {
    const char *const words[] = {"help", "--help", "-h"};
    for (size_t i = 0; i < 3; i++) {
        cr_expect(eq(int, RUN(&run, words[i]), CLI_OK));
        expect_80_columns(run_out(&run));
        for (size_t j = 0; j < COMMAND_COUNT; j++)
            cr_expect(has(run_out(&run), commands[j]), "%s", commands[j]);
        cr_expect(eq(str, (char *)run_err(&run), ""));
    }
}

Test(statgate_command, each_command_has_help_with_examples_in_80_columns) {
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        char head[64];
        (void)snprintf(head, sizeof head, "Usage: statgate %s [FLAG...]", commands[i]);
        cr_expect(eq(int, RUN(&run, commands[i], "--help"), CLI_OK));
        cr_expect(has(run_out(&run), head), "%s", run_out(&run));
        cr_expect(has(run_out(&run), "\nExamples\n  statgate "));
        cr_expect(has(run_out(&run), "\nFlags\n  --"));
        expect_80_columns(run_out(&run));
        char *by_flag = strdup(run_out(&run));
        cr_expect(eq(int, RUN(&run, "help", commands[i]), CLI_OK));
        cr_expect(eq(str, (char *)run_out(&run), by_flag));
        free(by_flag);
    }
}

Test(statgate_command, the_version_is_printed_in_every_way) {
    const char *const words[] = {"version", "--version", "-V"};
    for (size_t i = 0; i < 3; i++) {
        cr_expect(eq(int, RUN(&run, words[i]), CLI_OK));
        cr_expect(eq(int, strncmp(run_out(&run), "statgate ", 9), 0));
        cr_expect(has(run_out(&run), "\ncommit ") && has(run_out(&run), "\nbuilt with "));
    }
    cr_expect(eq(int, RUN(&run, "send", "--version"), CLI_OK));
    cr_expect(eq(int, strncmp(run_out(&run), "statgate ", 9), 0));
}

Test(statgate_command, an_unknown_command_lists_what_exists) {
    cr_expect(eq(int, RUN(&run, "explan"), CLI_USAGE));
    cr_expect(
        eq(str, (char *)run_err(&run),
           "statgate: there is no command \"explan\"; did you mean explain? There are check, "
           "send, run, job, explain, docs, gen, doctor, top, tail, learn, series, rejections, "
           "senders, breakers, "
           "jobs, queries, "
           "events, reload, forget, help and version; see statgate --help\n"));
    cr_expect(eq(int, RUN(&run, "xyzzy"), CLI_USAGE));
    cr_expect(has(run_err(&run), "there is no command \"xyzzy\"; there are check, send, "));
    cr_expect(eq(int, RUN(&run, "help", "xyzzy"), CLI_USAGE));
    cr_expect(has(run_err(&run), "\"xyzzy\""));
}

Test(statgate_command, a_flag_before_the_command_is_refused_with_its_place) {
    cr_expect(eq(int, RUN(&run, "--socket", "x", "send"), CLI_USAGE));
    cr_expect(has(run_err(&run), "--socket: a command comes first"));
}

Test(statgate_command, a_wrong_flag_names_the_command_and_the_nearest) {
    cr_expect(eq(int, RUN(&run, "check", "--jsn"), CLI_USAGE));
    cr_expect(eq(str, (char *)run_err(&run),
                 "statgate check: --jsn: unknown flag; did you mean --json?\n"));
    cr_expect(eq(int, RUN(&run, "check", "--catalogs", "x"), CLI_USAGE));
    cr_expect(eq(str, (char *)run_err(&run),
                 "statgate check: --catalogs: unknown flag; did you mean --catalog?\n"));
    cr_expect(eq(int, RUN(&run, "send", "--catalog", "x"), CLI_USAGE));
    cr_expect(eq(str, (char *)run_err(&run),
                 "statgate send: --catalog: statgate send does not take this flag; see statgate "
                 "send --help\n"));
}

Test(statgate_command, own_flags_take_values_both_ways) {
    cr_expect(eq(int, RUN(&run, "explain", "--uid"), CLI_USAGE));
    cr_expect(
        eq(str, (char *)run_err(&run), "statgate explain: --uid: needs a value: --uid=USER\n"));
    cr_expect(eq(int, RUN(&run, "check", "--json=yes"), CLI_USAGE));
    cr_expect(eq(str, (char *)run_err(&run), "statgate check: --json: takes no value\n"));
    cr_expect(
        eq(int, RUN(&run, "explain", "--catalog=", "--uid=7", "--gid", "8", "a:1|c"), CLI_FAILURE));
    cr_expect(has(run_out(&run), "unknown_family"));
}

Test(statgate_command, a_line_that_starts_with_a_dash_goes_behind_two) {
    cr_expect(eq(int, RUN(&run, "explain", "--catalog=", "--", "-a:1|c"), CLI_FAILURE));
    cr_expect(has(run_out(&run), "name      -a\n"));
}

/* `check` needs no default socket of the daemon: a home too deep for it is no reason to
 * fail. */
Test(statgate_command, settings_that_a_command_does_not_take_are_not_worked_out) {
    run_variable(&run, "XDG_RUNTIME_DIR=/%0200d", 0);
    cr_expect(eq(int, RUN(&run, "check", "--catalog="), CLI_OK), "%s", run_err(&run));
}
