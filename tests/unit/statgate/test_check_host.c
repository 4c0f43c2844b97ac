/* SPDX-License-Identifier: MIT */
/* `check` with a configuration: it also looks at the host. */
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "assertions.h"
#include "run.h"

static struct run run;

static void setup(void) {
    run_init(&run);
    run_file(&run, "a.json",
             "{\"statgate\":1,\"service\":\"s\",\"families\":{\"a\":{\"type\":\"gauge\","
             "\"help\":\"x\"}}}");
}

static void teardown(void) {
    run_done(&run);
}

TestSuite(statgate_check_host, .init = setup, .fini = teardown);

/* `check --config` of FOLDER/statgate.json with these members beside the catalog. */
static int check(const char *members) {
    char text[1024];
    (void)snprintf(text, sizeof text, "{\"catalog\": \"a.json\"%s%s}", *members ? ",\n" : "",
                   members);
    run_file(&run, "statgate.json", text);
    return RUN(&run, "check", "--config", run.path);
}

/* What it printed to standard error: `before`, FOLDER, `after`. */
static void expect_err(const char *before, const char *after) {
    char expected[1024];
    (void)snprintf(expected, sizeof expected, "%s%s%s", before, run.folder, after);
    cr_expect(has(run_err(&run), expected), "%s\nnot in\n%s", expected, run_err(&run));
}

static void write_token(const char *text, mode_t mode) {
    run_file(&run, "token", text);
    cr_assert(eq(int, chmod(run.path, mode), 0));
}

Test(statgate_check_host, a_token_file_with_a_token_is_good) {
    write_token("secret\n", 0600);
    cr_expect(eq(int, check("\"bearer_token_file\": \"token\""), CLI_OK));
    cr_expect(eq(str, (char *)(uintptr_t)run_err(&run), ""));
}

Test(statgate_check_host, a_missing_token_file_is_an_error) {
    cr_expect(eq(int, check("\"bearer_token_file\": \"token\""), CLI_USAGE));
    expect_err("/statgate.json:2:1: /bearer_token_file: ", "/token: cannot be read: No such file");
    cr_expect(eq(str, (char *)(uintptr_t)run_out(&run), ""));
}

Test(statgate_check_host, a_file_without_a_token_is_an_error) {
    write_token("\n", 0600);
    cr_expect(eq(int, check("\"bearer_token_file\": \"token\""), CLI_USAGE));
    expect_err("", "/token: holds no token\n");
    write_token("two words\n", 0600);
    cr_expect(eq(int, check("\"bearer_token_file\": \"token\""), CLI_USAGE));
    expect_err("", "/token: must hold one line of visible ASCII");
    cr_expect(not(has(run_err(&run), "two words")));
}

Test(statgate_check_host, a_token_that_all_can_read_is_a_warning) {
    write_token("secret\n", 0644);
    cr_expect(eq(int, check("\"bearer_token_file\": \"token\""), CLI_OK));
    expect_err("warning: ", "/statgate.json:2:1: /bearer_token_file: ");
    expect_err("", "/token can be read by others; chmod 600 it\n");
}

Test(statgate_check_host, a_token_that_this_user_may_not_read_is_a_warning) {
    write_token("secret\n", 0000);
    cr_assert(eq(int, chmod(run.folder, 0777), 0));
    const bool is_root = geteuid() == 0;
    if (is_root)
        cr_assert(eq(int, seteuid(65534), 0));
    const int code = check("\"bearer_token_file\": \"token\"");
    if (is_root)
        cr_assert(eq(int, seteuid(0), 0));
    cr_expect(eq(int, code, CLI_OK));
    cr_expect(has(run_err(&run), "may not read it, so it was not checked"));
}

Test(statgate_check_host, tokens_of_endpoints_are_reported_with_their_place_and_once) {
    const char *endpoints =
        "\"metrics_listen\": \"\", \"endpoints\": ["
        "{\"listen\": \"127.0.0.1:1\", \"services\": \"s\", \"bearer_token_file\": \"none\"}, "
        "{\"listen\": \"127.0.0.1:2\", \"services\": \"statgate\", \"bearer_token_file\": "
        "\"none\"}]";
    cr_expect(eq(int, check(endpoints), CLI_USAGE));
    expect_err("/statgate.json:2:80: /endpoints/0/bearer_token_file: ", "/none: cannot be read");
    cr_expect(not(has(run_err(&run), "/endpoints/1/")));
}

Test(statgate_check_host, a_refused_catalog_does_not_hide_a_missing_token) {
    run_file(&run, "a.json", "{");
    cr_expect(eq(int, check("\"bearer_token_file\": \"token\""), CLI_USAGE));
    expect_err("", "/a.json:1:");
    expect_err("", "/token: cannot be read");
}

Test(statgate_check_host, a_group_that_is_not_there_is_a_warning) {
    cr_expect(eq(int, check("\"socket_group\": \"no-such-group\""), CLI_OK));
    expect_err("warning: ",
               "/statgate.json:2:1: /socket_group: there is no group \"no-such-group\"; "
               "make it with groupadd, or name another\n");
    cr_expect(eq(int, check("\"socket_group\": \"54321\""), CLI_OK));
    cr_expect(eq(str, (char *)(uintptr_t)run_err(&run), ""));
}

Test(statgate_check_host, a_socket_whose_folder_is_missing_is_a_warning) {
    char members[256];
    (void)snprintf(members, sizeof members, "\"socket\": \"%s/none/s.sock\"", run.folder);
    cr_expect(eq(int, check(members), CLI_OK));
    expect_err("/statgate.json:2:1: /socket: the folder ",
               "/none is missing, and statgated would not");
    (void)snprintf(members, sizeof members, "\"socket\": \"%s/a.json/s.sock\"", run.folder);
    cr_expect(eq(int, check(members), CLI_OK));
    expect_err("/statgate.json:2:1: /socket: ", "/a.json is no folder; set another path\n");
    (void)snprintf(members, sizeof members, "\"socket\": \"%s/s.sock\"", run.folder);
    cr_expect(eq(int, check(members), CLI_OK));
    cr_expect(eq(str, (char *)(uintptr_t)run_err(&run), ""));
}

Test(statgate_check_host, so_is_that_of_a_service_with_a_socket_of_its_own) {
    run_file(&run, "a.json",
             "{\"statgate\":1,\"service\":\"s\",\"socket\":\"/nonexistent/s.sock\",\"families\":"
             "{\"a\":{\"type\":\"gauge\",\"help\":\"x\"}}}");
    cr_expect(eq(int, check(""), CLI_OK));
    expect_err("warning: ", "/a.json:1:29: /socket: the folder /nonexistent is missing");
}
