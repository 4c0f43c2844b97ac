/* SPDX-License-Identifier: MIT */
/* The command `docs` as a whole: files, flags, errors; what the page says is in the cases. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "assertions.h"
#include "catalog/catalog.h"
#include "files.h"
#include "golden.h"
#include "run.h"
#include "statgate/command.h"
#include "statgate/docs/docs_private.h"

static struct run run;
static char catalog[RUN_PATH_MAX];
static char page[RUN_PATH_MAX];

static const char good[] = "{\"statgate\":1,\"service\":\"s\",\"families\":{\"a\":{\"type\":"
                           "\"gauge\",\"help\":\"A thing.\"}}}";
static const char other[] = "{\"statgate\":1,\"service\":\"s\",\"families\":{\"a\":{\"type\":"
                            "\"gauge\",\"help\":\"Another thing.\"}}}";

static void setup(void) {
    run_init(&run);
    run_file(&run, "s.json", good);
    (void)snprintf(catalog, sizeof catalog, "%s", run.path);
    (void)snprintf(page, sizeof page, "%s", run_path(&run, "METRICS.md"));
}

static void teardown(void) {
    run_done(&run);
}

TestSuite(statgate_docs, .init = setup, .fini = teardown);

static void expect_out(const char *text) {
    cr_expect(eq(str, (char *)(uintptr_t)run_out(&run), (char *)(uintptr_t)text));
}

/* ---- writing ---- */

static ino_t inode(void) {
    struct stat info;
    cr_assert(eq(int, stat(page, &info), 0));
    return info.st_ino;
}

Test(statgate_docs, permissions_stay_and_links_are_followed) {
    struct stat info;
    char link[RUN_PATH_MAX];
    run_file(&run, "METRICS.md", "old");
    cr_assert(eq(int, chmod(page, 0640), 0));
    (void)snprintf(link, sizeof link, "%s", run_path(&run, "link.md"));
    cr_assert(eq(int, symlink("METRICS.md", link), 0));
    cr_expect(eq(int, RUN(&run, "docs", "--output", link, catalog), CLI_OK), "%s", run_err(&run));
    cr_expect(eq(int, lstat(link, &info), 0));
    const bool is_link = S_ISLNK(info.st_mode);
    cr_expect(is_link);
    cr_expect(eq(int, stat(page, &info), 0));
    cr_expect(eq(u32, info.st_mode & 0777, 0640));
    cr_expect(lt(i64, (int64_t)100, (int64_t)info.st_size));
}

Test(statgate_docs, a_new_file_has_the_permissions_of_the_creation_mask) {
    struct stat info;
    const mode_t mask = umask(027);
    cr_expect(eq(int, RUN(&run, "docs", "--output", page, catalog), CLI_OK));
    (void)umask(mask);
    cr_expect(eq(int, stat(page, &info), 0));
    cr_expect(eq(u32, info.st_mode & 0777, 0640));
}

/* Nothing may be left beside the page, and only a regular file may be replaced. */
Test(statgate_docs, what_cannot_be_written_is_an_error_with_its_place) {
    cr_expect(eq(int, RUN(&run, "docs", "--output", "/nonexistent/x.md", catalog), CLI_FAILURE));
    cr_expect(eq(str, (char *)(uintptr_t)run_err(&run),
                 "statgate docs: /nonexistent/x.md: No such file or directory\n"));
    expect_out("");
    cr_expect(eq(int, RUN(&run, "docs", "--output", run.folder, catalog), CLI_FAILURE));
    cr_expect(has(run_err(&run), ": not a regular file\n"));
    cr_expect(eq(int, RUN(&run, "docs", "--output", "/dev/null", catalog), CLI_FAILURE));
    cr_expect(eq(str, (char *)(uintptr_t)run_err(&run),
                 "statgate docs: /dev/null: not a regular file\n"));
    cr_assert(eq(int, symlink("nowhere", page), 0));
    cr_expect(eq(int, RUN(&run, "docs", "--output", page, catalog), CLI_FAILURE));
    cr_expect(has(run_err(&run), ": a link to nothing\n"));
}

/* ---- comparing ---- */

Test(statgate_docs, a_page_that_is_right_passes) {
    cr_assert(eq(int, RUN(&run, "docs", "--output", page, catalog), CLI_OK));
    cr_expect(eq(int, RUN(&run, "docs", "--check", page, catalog), CLI_OK));
    expect_out("");
    cr_expect(eq(str, (char *)(uintptr_t)run_err(&run), ""));
}

static void expect_stale(size_t line) {
    char wanted[1024];
    (void)snprintf(wanted, sizeof wanted,
                   "statgate docs: %s is stale from line %zu on; write it again with --output\n",
                   page, line);
    cr_expect(eq(int, RUN(&run, "docs", "--check", page, catalog), CLI_FAILURE));
    cr_expect(eq(str, (char *)(uintptr_t)run_err(&run), wanted));
}

Test(statgate_docs, a_stale_page_is_reported_with_its_first_line) {
    cr_assert(eq(int, RUN(&run, "docs", "--output", page, catalog), CLI_OK));
    run_file(&run, "s.json", other);
    const ino_t before = inode();
    expect_stale(16);
    cr_expect(eq(int, inode() == before, 1));
}

/* Missing and surplus lines, also at the end. */
Test(statgate_docs, every_difference_is_one) {
    cr_assert(eq(int, RUN(&run, "docs", "--output", page, catalog), CLI_OK));
    struct strbuf text = {0};
    size_t lines = 0;
    char *written = files_read_in(run.folder, "METRICS.md");
    strbuf_puts(&text, written);
    free(written);
    for (size_t i = 0; i < text.len; i++)
        lines += text.data[i] == '\n';
    text.len--;
    run_file(&run, "METRICS.md", strbuf_cstr(&text));
    expect_stale(lines);
    strbuf_puts(&text, "\nmore\n");
    run_file(&run, "METRICS.md", strbuf_cstr(&text));
    expect_stale(lines + 1);
    run_file(&run, "METRICS.md", "");
    expect_stale(1);
    strbuf_done(&text);
}

Test(statgate_docs, a_page_that_cannot_be_read_is_reported) {
    cr_expect(eq(int, RUN(&run, "docs", "--check", page, catalog), CLI_FAILURE));
    cr_expect(has(run_err(&run), "METRICS.md: No such file or directory\n"));
    cr_expect(eq(int, RUN(&run, "docs", "--check", "/dev/null", catalog), CLI_FAILURE));
    cr_expect(has(run_err(&run), "/dev/null: not a regular file\n"));
}

/* ---- flags and catalogs ---- */

Test(statgate_docs, the_title_is_plain_text) {
    cr_expect(eq(int, RUN(&run, "docs", "--title", "A *b* <c>", catalog), CLI_OK));
    cr_expect(eq(int, strncmp(run_out(&run), "# A \\*b\\* \\<c\\>\n", 15), 0), "%s", run_out(&run));
}

Test(statgate_docs, without_arguments_the_configured_catalogs_are_described) {
    run_variable(&run, "STATGATE_CATALOG=%s", catalog);
    const char *words[] = {"docs", NULL};
    cr_expect(eq(int, run_words(&run, words), CLI_OK), "%s", run_err(&run));
    cr_expect(has(run_out(&run), "# Metrics of s\n"));
    cr_expect(eq(int, RUN(&run, "docs", "--catalog="), CLI_USAGE));
    cr_expect(has(run_err(&run), "no catalog to describe\n"));
}

/* The page of a service says where the service is shown, if the configuration file mentions it. */
Test(statgate_docs, endpoints_of_the_configuration_are_reported) {
    run_file(&run, "statgate.json",
             "{\"catalog\": [\"s.json\"], \"endpoints\": ["
             "{\"listen\": \"127.0.0.1:8081\", \"path\": \"/m\", \"services\": [\"s\"], "
             "\"resource\": \"target_info\", \"scope_labels\": true},"
             "{\"listen\": \"127.0.0.1:8082\", \"services\": [\"s\"], \"include\": "
             "[\"all\"], \"exclude\": [\"io\"]},"
             "{\"listen\": \"127.0.0.1:8083\", \"services\": [\"s\"], \"include\": "
             "[\"api\", \"app\"]},"
             "{\"listen\": \"127.0.0.1:8084\", \"services\": [\"t\"]}]}");
    char config[RUN_PATH_MAX];
    (void)snprintf(config, sizeof config, "%s", run.path);
    cr_expect(eq(int, RUN(&run, "docs", "--config", config), CLI_OK), "%s", run_err(&run));
    cr_expect(has(run_out(&run),
                  "\n| Endpoint | `127.0.0.1:8081`, path `/m`, resource in `target_info`, scope as "
                  "labels "
                  "`otel_scope_*` |\n"
                  "| Endpoint | `127.0.0.1:8082`, path `/metrics`, all groups without `io` |\n"
                  "| Endpoint | `127.0.0.1:8083`, path `/metrics`, groups `api,app` |\n"
                  "| Socket |"),
              "%s", run_out(&run));
    cr_expect(eq(int, RUN(&run, "docs", "--config", config, catalog), CLI_OK));
    cr_expect(has(run_out(&run), "| Endpoint |"));
    run_variable(&run, "STATGATE_CONFIG=%s", config);
    cr_expect(eq(int, RUN(&run, "docs", catalog), CLI_OK));
    cr_expect(not(has(run_out(&run), "| Endpoint |")));
}

/* A service that no endpoint names is on the default one, where the file has one. */
Test(statgate_docs, the_default_endpoint_of_the_configuration_is_reported) {
    run_file(
        &run, "statgate.json",
        "{\"catalog\": [\"s.json\"], \"metrics_listen\": \"127.0.0.1:9000\", "
        "\"exclude\": \"io\", \"resource\": \"labels\", \"handler_metrics\": true, \"endpoints\": ["
        "{\"listen\": \"127.0.0.1:8084\", \"services\": [\"t\"]}]}");
    cr_expect(eq(int, RUN(&run, "docs", "--config", run.path), CLI_OK), "%s", run_err(&run));
    cr_expect(has(run_out(&run), "| Service | `s` |\n| Endpoint | `127.0.0.1:9000`, path "
                                 "`/metrics`, all groups without `io`, resource as labels, with "
                                 "`promhttp_metric_handler_*` |\n| Socket |"),
              "%s", run_out(&run));
    run_file(&run, "statgate.json", "{\"catalog\": [\"s.json\"], \"metrics_listen\": \"\"}");
    cr_expect(eq(int, RUN(&run, "docs", "--config", run.path), CLI_OK), "%s", run_err(&run));
    cr_expect(not(has(run_out(&run), "| Endpoint |")));
}

Test(statgate_docs, flags_that_contradict_are_refused) {
    cr_expect(eq(int, RUN(&run, "docs", "--catalog", catalog, catalog), CLI_USAGE));
    cr_expect(has(run_err(&run), "as arguments or by --catalog, not both"));
    cr_expect(eq(int, RUN(&run, "docs", "--check", page, "--output", page, catalog), CLI_USAGE));
    cr_expect(has(run_err(&run), "either --check or --output, not both"));
    static const char *const flags[] = {"--check=", "--output=", "--title="};
    for (size_t i = 0; i < 3; i++) {
        cr_expect(eq(int, RUN(&run, "docs", flags[i], catalog), CLI_USAGE));
        cr_expect(has(run_err(&run), ": may not be empty"), "%s", run_err(&run));
    }
}

Test(statgate_docs, a_refused_catalog_is_reported_and_nothing_is_written) {
    run_file(&run, "bad.json",
             "{\"statgate\":1,\"service\":\"b\",\"families\":{\"a\":{},\n\"b\":{}}}");
    char bad[RUN_PATH_MAX];
    (void)snprintf(bad, sizeof bad, "%s", run.path);
    cr_expect(eq(int, RUN(&run, "docs", "--output", page, bad, catalog, "/nonexistent/x.json"),
                 CLI_USAGE));
    cr_expect(has(run_err(&run), "/bad.json:1:41: /families/a: "));
    cr_expect(has(run_err(&run), "/bad.json:2:1: /families/b: "));
    cr_expect(has(run_err(&run), "/nonexistent/x.json: no such file or folder; "));
    cr_expect(eq(int, access(page, F_OK), -1));
    expect_out("");
}

Test(statgate_docs, a_service_that_is_too_large_is_refused) {
    run_file(&run, "s.json",
             "{\"statgate\":1,\"service\":\"s\",\"max_series\":2,\"families\":{\"a\":{\"type\":"
             "\"gauge\",\"labels\":{\"x\":[\"1\",\"2\",\"3\"]}}}}");
    cr_expect(eq(int, RUN(&run, "docs", catalog), CLI_USAGE));
    cr_expect(has(run_err(&run), "/max_series: the families' bounds add up to 3 series"));
    expect_out("");
}

Test(statgate_docs, one_service_has_one_catalog) {
    run_file(&run, "t.json", other);
    cr_expect(eq(int, RUN(&run, "docs", catalog, run.path), CLI_USAGE));
    cr_expect(has(run_err(&run), "/t.json:1:15: /service: the service \"s\" is declared in "));
}

/* ---- examples ---- */

/* The example line of a counter with a label of this pattern. */
static void expect_example(const char *source, const char *wanted) {
    char text[512];
    (void)snprintf(
        text, sizeof text,
        "{\"statgate\":1,\"service\":\"s\",\"families\":{\"a_total\":{\"type\":\"counter\","
        "\"labels\":{\"x\":{\"pattern\":\"%s\",\"max\":1}}}}}",
        source);
    run_file(&run, "s.json", text);
    (void)snprintf(text, sizeof text, "\na_total:1|c|#x:%s\n", wanted);
    cr_expect(eq(int, RUN(&run, "docs", catalog), CLI_OK), "%s", run_err(&run));
    cr_expect(has(run_out(&run), text), "%s in %s", source, run_out(&run));
}

Test(statgate_docs, a_pattern_gets_a_word_that_it_matches) {
    expect_example("slug", "example");
    expect_example("uuid", "6c84fb90-12c4-11e1-840d-7b25c5ee775a");
    expect_example("semver", "1.4.2");
    expect_example("status_code", "200");
    expect_example("[0-9]", "1");
    expect_example("go[0-9][0-9a-z.]*", "go1");
    expect_example("[A-Z]{5}", "...");
}

/* ---- text ---- */

static void expect_text(void (*put)(struct strbuf *, const char *), const char *text,
                        const char *wanted) {
    struct strbuf out;
    strbuf_init(&out);
    put(&out, text);
    cr_expect(eq(str, (char *)(uintptr_t)strbuf_cstr(&out), (char *)(uintptr_t)wanted));
    strbuf_done(&out);
}

Test(statgate_docs, prose_is_no_markdown) {
    expect_text(docs_put_prose, "plain, a_b_c 1 - 2", "plain, a_b_c 1 - 2");
    expect_text(docs_put_prose, "_a_ _", "\\_a\\_ \\_");
    expect_text(docs_put_prose, "*`[]<>|~$&#\\", "\\*\\`\\[\\]\\<\\>\\|\\~\\$\\&\\#\\\\");
    expect_text(docs_put_prose, "two\nlines\x7f", "two lines ");
    expect_text(docs_put_prose, "ü_ü", "ü_ü");
}

Test(statgate_docs, code_stays_in_its_cell) {
    expect_text(docs_put_code, "GET /{name}", "`GET /{name}`");
    expect_text(docs_put_code, "a|b", "`a\\|b`");
    expect_text(docs_put_code, "a\\b", "`a\\b`");
    expect_text(docs_put_code, "a\\|b", "<code>a&#92;&#124;b</code>");
    expect_text(docs_put_code, "`", "<code>&#96;</code>");
    expect_text(docs_put_code, " a", "<code>&#32;a</code>");
    expect_text(docs_put_code, "a ", "<code>a&#32;</code>");
    expect_text(docs_put_code, "", "<code></code>");
    expect_text(docs_put_code, "a\nb<i>", "<code>a&#92;x0ab&#60;i&#62;</code>");
}

Test(statgate_docs, counts_have_commas) {
    static const struct {
        uint64_t count;
        const char *text;
    } cases[] = {{0, "0"},
                 {999, "999"},
                 {1000, "1,000"},
                 {1234567, "1,234,567"},
                 {UINT64_MAX, "2^64 or more"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct strbuf out;
        strbuf_init(&out);
        docs_put(&out, "{count}", cases[i].count);
        cr_expect(eq(str, (char *)(uintptr_t)strbuf_cstr(&out), (char *)(uintptr_t)cases[i].text));
        strbuf_done(&out);
    }
}
