/* SPDX-License-Identifier: MIT */
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

TestSuite(statgate_check, .init = setup, .fini = teardown);

static const char good[] =
    "{\"statgate\":1,\"service\":\"s\",\"families\":{\"a\":{\"type\":\"gauge\",\"help\":\"x\"}}}";

/* FOLDER/catalogs */
static const char *folder_of_catalogs(void) {
    static char path[RUN_PATH_MAX];
    (void)snprintf(path, sizeof path, "%s", run_path(&run, "catalogs"));
    cr_assert(eq(int, mkdir(path, 0700), 0));
    return path;
}

Test(statgate_check, every_refused_file_of_a_folder_is_reported) {
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

Test(statgate_check, catalogs_are_named_in_one_way) {
    run_file(&run, "a.json", good);
    cr_expect(eq(int, RUN(&run, "check", "--catalog", run.path, run.path), CLI_USAGE));
    cr_expect(has(run_err(&run), "as arguments or by --catalog, not both"));
}

Test(statgate_check, groups_are_those_of_the_settings) {
    run_file(&run, "a.json",
             "{\"statgate\":1,\"service\":\"s\",\"families\":{\"a\":{\"type\":\"gauge\","
             "\"help\":\"x\",\"group\":\"g\"}}}");
    cr_expect(eq(int, RUN(&run, "check", "--exclude", "g", run.path), CLI_OK));
    cr_expect(has(run_out(&run), "g (off)"));
    cr_expect(eq(int, RUN(&run, "check", "--include", "h", run.path), CLI_OK));
    cr_expect(eq(str, (char *)(uintptr_t)run_err(&run),
                 "warning: --include: no family is in the group \"h\"\n"));
}

/* ---- endpoints ---- */

/* FOLDER/statgate.json with these endpoints, and what else is in the object. */
static const char *write_config(const char *more, const char *endpoints) {
    static char path[RUN_PATH_MAX];
    char text[1024];
    (void)snprintf(text, sizeof text, "{\"catalog\": \"a.json\"%s, \"endpoints\": [%s]}", more,
                   endpoints);
    run_file(&run, "statgate.json", text);
    (void)snprintf(path, sizeof path, "%s", run.path);
    return path;
}

Test(statgate_check, endpoints_count_for_catalogs_of_the_settings) {
    run_file(&run, "b.json",
             "{\"statgate\":1,\"service\":\"other\",\"families\":{\"b\":{\"type\":\"gauge\","
             "\"help\":\"x\"}}}");
    char other[RUN_PATH_MAX];
    (void)snprintf(other, sizeof other, "%s", run.path);
    run_file(&run, "a.json", good);
    const char *config = write_config("", "{\"listen\": \"127.0.0.1:1\", \"services\": \"s\"}");
    run.cli.host.config_file = config;
    const char *words[] = {"check", NULL};
    cr_expect(eq(int, run_words(&run, words), CLI_OK), "%s", run_err(&run));
    cr_expect(has(run_out(&run), "ENDPOINT"));
    /* That file says nothing of a catalog that is named. */
    cr_expect(eq(int, RUN(&run, "check", other), CLI_OK), "%s", run_err(&run));
    cr_expect(not(has(run_out(&run), "ENDPOINT")));
    cr_expect(eq(int, RUN(&run, "check", "--catalog", other), CLI_OK), "%s", run_err(&run));
    /* But with its name. */
    cr_expect(eq(int, RUN(&run, "check", "--config", config, other), CLI_OK));
    cr_expect(has(run_err(&run), "warning: "));
    cr_expect(has(run_err(&run), ": /endpoints/0/services/0: no catalog in force declares"));
}

Test(statgate_check, what_the_daemon_refuses_is_an_error) {
    run_file(&run, "a.json", good);
    const char *config =
        write_config("", "{\"listen\": \"127.0.0.1:1\", \"services\": \"s\", \"include\": \"h\"}");
    cr_expect(eq(int, RUN(&run, "check", "--config", config), CLI_USAGE));
    cr_expect(has(run_err(&run), ": /endpoints/0/include: "));
    config = write_config(", \"include\": \"h\"", "");
    cr_expect(eq(int, RUN(&run, "check", "--config", config), CLI_USAGE));
    cr_expect(has(run_err(&run), ": /include: "));
    config = write_config("", "{\"listen\": \"127.0.0.1:1\", \"services\": [\"statgate\"], "
                              "\"resource\": \"target_info\"}");
    cr_expect(eq(int, RUN(&run, "check", "--config", config), CLI_USAGE));
    cr_expect(has(run_err(&run), ": /endpoints/0: "));
    /* A refused catalog leaves its endpoint without a service; that is reported as one mistake, not
     * two. */
    config = write_config("", "{\"listen\": \"127.0.0.1:1\", \"services\": \"s\"}");
    run_file(&run, "a.json", "{");
    cr_expect(eq(int, RUN(&run, "check", "--config", config), CLI_USAGE));
    cr_expect(not(has(run_err(&run), "/endpoints/")), "%s", run_err(&run));
}

Test(statgate_check, what_is_seldom_meant_is_a_warning) {
    run_file(&run, "a.json", good);
    const char *config =
        write_config(", \"metrics_listen\": \"\"",
                     "{\"listen\": \"127.0.0.1:1\", \"services\": [\"s\"]}, "
                     "{\"listen\": \"127.0.0.1:2\", \"services\": [\"s\", \"statgate\"]}");
    cr_expect(eq(int, RUN(&run, "check", "--config", config), CLI_OK), "%s", run_err(&run));
    cr_expect(eq(str, (char *)(uintptr_t)run_err(&run), ""));
    config = write_config(", \"metrics_listen\": \"\"",
                          "{\"listen\": \"0.0.0.0:1\", \"services\": [\"s\", \"statgate\"]}");
    cr_expect(eq(int, RUN(&run, "check", "--config", config), CLI_OK), "%s", run_err(&run));
    cr_expect(eq(str, (char *)(uintptr_t)run_err(&run),
                 "warning: everybody who reaches this host may read 0.0.0.0:1/metrics, which "
                 "listens on all addresses; set bearer_token_file, or an address of this host "
                 "alone\n"));
    config = write_config(", \"metrics_listen\": \"\"",
                          "{\"listen\": \"127.0.0.1:2\", \"services\": [\"statgate\"]}");
    cr_expect(eq(int, RUN(&run, "check", "--config", config), CLI_OK), "%s", run_err(&run));
    cr_expect(has(run_err(&run), "warning: service s is on no page: no endpoint names it, and "
                                 "metrics_listen is empty\n"));
}

/* So many labels, each with one value of 180 bytes. */
static void write_long(unsigned labels) {
    struct strbuf text = {0};
    strbuf_puts(&text,
                "{\"statgate\": 1, \"service\": \"s\", \"families\": {\"x_total\": {\"type\": "
                "\"counter\", \"help\": \"x\", \"labels\": {");
    for (unsigned i = 0; i < labels; i++)
        strbuf_printf(&text, "%s\"label_%u\": [\"%0180u\"]", i > 0 ? ", " : "", i, i);
    strbuf_puts(&text, "}}}}");
    run_file(&run, "a.json", strbuf_cstr(&text));
    strbuf_done(&text);
}

Test(statgate_check, lines_that_are_never_remembered_are_a_warning) {
    write_long(5);
    cr_expect(eq(int, RUN(&run, "check", run.path), CLI_OK), "%s", run_err(&run));
    cr_expect(not(has(run_err(&run), "shortest line")), "%s", run_err(&run));
    write_long(6);
    cr_expect(eq(int, RUN(&run, "check", run.path), CLI_OK), "%s", run_err(&run));
    cr_expect(has(run_err(&run), "/families/x_total: its shortest line has 1141 bytes of name and "
                                 "labels; lines of more than 1024 are examined anew"),
              "%s", run_err(&run));
}
