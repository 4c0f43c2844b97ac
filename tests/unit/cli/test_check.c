/* The command `check` as a whole; what it prints is in the cases. */
#include <stdio.h>
#include <sys/stat.h>

#include "assertions.h"
#include "run.h"

static struct run run;

static void setup(void) {
    run_init(&run);
}

static void teardown(void) {
    run_done(&run);
}

TestSuite(cli_check, .init = setup, .fini = teardown);

static const char good[] =
    "{\"statgate\":1,\"service\":\"s\",\"families\":{\"a\":{\"type\":\"gauge\",\"help\":\"x\"}}}";

/* FOLDER/catalogs */
static const char *folder_of_catalogs(void) {
    static char path[RUN_PATH_MAX];
    (void)snprintf(path, sizeof path, "%s", run_path(&run, "catalogs"));
    cr_assert(eq(int, mkdir(path, 0700), 0));
    return path;
}

Test(cli_check, good_catalogs_end_with_0) {
    run_file(&run, "a.json", good);
    cr_expect(eq(int, RUN(&run, "check", run.path), CLI_OK));
    cr_expect(eq(str, (char *)(uintptr_t)run_err(&run), ""));
    cr_expect(has(run_out(&run), "service s, from /tmp/"));
    cr_expect(has(run_out(&run), "\nstatgate (the daemon's own) "));
    cr_expect(eq(int, RUN(&run, "check", "--json", run.path), CLI_OK));
    cr_expect(has(run_out(&run), "{\"ok\":true,\"errors\":[],\"warnings\":[],"));
    cr_expect(
        has(run_out(&run), "{\"service\":\"statgate\",\"file\":\"(built-in)\",\"internal\":true"));
}

Test(cli_check, every_refused_file_of_a_folder_is_told) {
    const char *folder = folder_of_catalogs();
    run_file(&run, "catalogs/1.json", "{");
    run_file(&run, "catalogs/2.json", good);
    run_file(&run, "catalogs/3.json", "[]");
    cr_expect(eq(int, RUN(&run, "check", folder), CLI_USAGE));
    cr_expect(eq(str, (char *)(uintptr_t)run_out(&run), ""));
    cr_expect(has(run_err(&run), "/catalogs/1.json:1:"));
    cr_expect(has(run_err(&run), "/catalogs/3.json:1:1: "));
    cr_expect(not(has(run_err(&run), "2.json")));
}

Test(cli_check, an_empty_folder_and_a_missing_file_are_both_told) {
    const char *folder = folder_of_catalogs();
    cr_expect(eq(int, RUN(&run, "check", folder, "/nonexistent/x.json"), CLI_USAGE));
    cr_expect(has(run_err(&run), "/catalogs: the folder has no catalogs (*.json)"));
    cr_expect(has(run_err(&run), "/nonexistent/x.json: no such file or folder"));
}

Test(cli_check, without_arguments_the_configured_catalogs_are_checked) {
    run_file(&run, "a.json", good);
    run_variable(&run, "STATGATE_CATALOG=%s", run.path);
    const char *words[] = {"check", NULL};
    cr_expect(eq(int, run_words(&run, words), CLI_OK), "%s", run_err(&run));
    cr_expect(has(run_out(&run), "service s, from "));
    cr_expect(eq(int, RUN(&run, "check", "--catalog="), CLI_OK));
    cr_expect(not(has(run_out(&run), "service s, from ")));
}

Test(cli_check, catalogs_are_named_in_one_way) {
    run_file(&run, "a.json", good);
    cr_expect(eq(int, RUN(&run, "check", "--catalog", run.path, run.path), CLI_USAGE));
    cr_expect(has(run_err(&run), "as arguments or by --catalog, not both"));
}

Test(cli_check, groups_are_those_of_the_settings) {
    run_file(&run, "a.json",
             "{\"statgate\":1,\"service\":\"s\",\"families\":{\"a\":{\"type\":\"gauge\","
             "\"help\":\"x\",\"group\":\"g\"}}}");
    cr_expect(eq(int, RUN(&run, "check", "--exclude", "g", run.path), CLI_OK));
    cr_expect(has(run_out(&run), "g (off)"));
    cr_expect(eq(int, RUN(&run, "check", "--include", "h", run.path), CLI_OK));
    cr_expect(eq(str, (char *)(uintptr_t)run_err(&run),
                 "warning: --include: no family is in the group \"h\"\n"));
}
