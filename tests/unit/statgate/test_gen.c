/* SPDX-License-Identifier: MIT */
/*
 * Cases of tests/cases/statgate/gen: a folder with catalogs, and their header, expect.txt. Scenario
 * 09 checks that these compile, and what arrives.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "assertions.h"
#include "files.h"
#include "golden.h"
#include "run.h"
#include "statgate.h"

static const char plain[] = "cases/statgate/gen/plain/shop.json";

static struct run run;

static void setup(void) {
    run_init(&run);
}

static void teardown(void) {
    run_done(&run);
}

TestSuite(statgate_gen, .init = setup, .fini = teardown);

static void expect_err(const char *text) {
    cr_expect(eq(str, (char *)(uintptr_t)run_err(&run), (char *)(uintptr_t)text));
}

/* ---- headers ---- */

static void check_case(const char *folder) {
    cr_expect(eq(int, RUN(&run, "gen", "c", folder), CLI_OK), "%s: %s", folder, run_err(&run));
    expect_err("");
    golden_expect(folder, "expect.txt", &run.cli.out);
}

Test(statgate_gen, every_case_comes_out_as_expected) {
    golden_each("gen", 6, check_case);
}

Test(statgate_gen, the_prefix_is_that_of_all_names) {
    cr_assert(eq(int, RUN(&run, "gen", "c", "--prefix", "My_2", plain), CLI_OK));
    cr_expect(has(run_out(&run), "#ifndef MY_2_METRICS_H_\n"));
    cr_expect(has(run_out(&run), "struct My_2_metrics {\n"));
    cr_expect(has(run_out(&run), "bool My_2_shop_orders_total_add(\n"));
    cr_expect(has(run_out(&run), "    MY_2_SHOP_ORDERS_TOTAL_OUTCOME_DECLINED, /* declined */\n"));
    cr_assert(eq(int, RUN(&run, "gen", "c", "--prefix", "sho", plain), CLI_OK));
    cr_expect(has(run_out(&run), "bool sho_shop_orders_total_add(\n"));
}

/* ---- what is prepared ---- */

/* A counter with two labels of so many values; the others are one. */
static void write_product(unsigned a, unsigned b, size_t value_bytes) {
    struct strbuf text;
    strbuf_init(&text);
    strbuf_puts(&text, "{\"statgate\":1,\"service\":\"s\",\"families\":{\"x_total\":{\"type\":"
                       "\"counter\",\"labels\":{");
    for (unsigned i = 0; i < 2; i++) {
        const unsigned count = i == 0 ? a : b;
        strbuf_printf(&text, "%s\"%c\":[", i > 0 ? "," : "", 'a' + (char)i);
        for (unsigned j = 0; j < count; j++)
            strbuf_printf(&text, "%s\"%0*u\"", j > 0 ? "," : "", (int)value_bytes, j);
        strbuf_putc(&text, ']');
    }
    strbuf_puts(&text, "}}}}");
    run_file(&run, "s.json", strbuf_cstr(&text));
    strbuf_done(&text);
}

static void expect_prepared(bool prepared) {
    cr_assert(eq(int, RUN(&run, "gen", "c", run.path), CLI_OK), "%s", run_err(&run));
    cr_expect(eq(int, has(run_out(&run), "struct statgate_counter s_x_total_add_["), prepared));
    cr_expect(eq(int, has(run_out(&run), "statgate_count_with("), !prepared));
    cr_expect(has(run_out(&run), "enum s_x_total_a a_"));
}

Test(statgate_gen, so_many_combinations_are_prepared) {
    write_product(32, 32, 2);
    expect_prepared(true);
    cr_expect(has(run_out(&run), "s_x_total_add_[1024];\n"));
    write_product(25, 41, 2);
    expect_prepared(false);
}

/* ---- the file ---- */

Test(statgate_gen, a_file_is_written_in_one_step_and_only_if_it_changes) {
    struct stat before;
    struct stat after;
    const char *file = run_path(&run, "shop.h");
    cr_assert(eq(int, RUN(&run, "gen", "c", "--output", file, plain), CLI_OK), "%s", run_err(&run));
    cr_expect(eq(str, (char *)(uintptr_t)run_out(&run), ""));
    cr_assert(eq(int, stat(file, &before), 0));
    cr_assert(eq(int, RUN(&run, "gen", "c", "--output", file, plain), CLI_OK));
    cr_assert(eq(int, stat(file, &after), 0));
    cr_expect(before.st_ino == after.st_ino, "an equal one is left alone");
    char *written = files_read(file, NULL);
    cr_assert(eq(int, RUN(&run, "gen", "c", plain), CLI_OK));
    cr_expect(eq(str, (char *)(uintptr_t)run_out(&run), written));
    free(written);
}

Test(statgate_gen, errors_have_place_and_reason) {
    cr_expect(eq(int, RUN(&run, "gen", "c", "--output", "/nonexistent/x.h", plain), CLI_FAILURE));
    expect_err("statgate gen: /nonexistent/x.h: No such file or directory\n");
    cr_expect(eq(int, RUN(&run, "gen", "c", "/nonexistent.json"), CLI_USAGE));
    cr_expect(has(run_err(&run), "/nonexistent.json: "));
    run_file(&run, "bad.json",
             "{\"statgate\":1,\"service\":\"s\",\"families\":{\"a\":{},\n\"b\":{}}}");
    cr_expect(eq(int, RUN(&run, "gen", "c", run.path), CLI_USAGE));
    cr_expect(has(run_err(&run), "bad.json:1:41: /families/a: "), "%s", run_err(&run));
    cr_expect(has(run_err(&run), "bad.json:2:1: /families/b: "), "%s", run_err(&run));
}

/* ---- arguments ---- */

static void expect_refused(const char *const *words, const char *reason) {
    cr_expect(eq(int, run_words(&run, words), CLI_USAGE));
    cr_expect(has(run_err(&run), reason), "%s", run_err(&run));
    cr_expect(eq(str, (char *)(uintptr_t)run_out(&run), ""));
}
#define REFUSED(reason, ...) expect_refused((const char *const[]){"gen", __VA_ARGS__, NULL}, reason)

Test(statgate_gen, arguments_that_make_no_header_are_refused) {
    static const char several[] = "cases/statgate/gen/several";
    REFUSED("name the language and the catalog", plain);
    REFUSED("name the language and the catalog", "rust", plain);
    REFUSED("name a catalog", "c");
    REFUSED("one catalog at a time", "c", plain, plain);
    REFUSED("--output: may not be empty", "c", "--output=", plain);
    REFUSED("--prefix: up to 64 letters", "c", "--prefix=", plain);
    REFUSED("--prefix: up to 64 letters", "c", "--prefix=9lives", plain);
    REFUSED("--prefix: up to 64 letters", "c", "--prefix=a-b", plain);
    REFUSED("--prefix: names of statgate.h", "c", "--prefix=STATGATE", plain);
    REFUSED("--prefix: names of statgate.h", "c", "--prefix=statgate_shop", plain);
    REFUSED("these are several services", "c", "--prefix=x", several);
}

Test(statgate_gen, a_service_with_the_name_of_the_client_needs_a_prefix) {
    run_file(
        &run, "s.json",
        "{\"statgate\":1,\"service\":\"statgate-x\",\"families\":{\"a\":{\"type\":\"gauge\"}}}");
    REFUSED("/service: names of statgate.h", "c", run.path);
    cr_expect(eq(int, RUN(&run, "gen", "c", "--prefix", "x", run.path), CLI_OK));
    run_file(&run, "s.json",
             "{\"statgate\":1,\"service\":\"Statgate\",\"families\":{\"a\":{\"type\":\"gauge\"}}}");
    REFUSED("/service: names of statgate.h", "c", run.path);
    run_file(
        &run, "s.json",
        "{\"statgate\":1,\"service\":\"statgates\",\"families\":{\"a\":{\"type\":\"gauge\"}}}");
    cr_expect(eq(int, RUN(&run, "gen", "c", run.path), CLI_OK));
}

/* Catalogs of any size and any form come out. */
Test(statgate_gen, all_valid_catalogs_have_a_header) {
    struct files files = files_list("cases/catalog/valid", ".json");
    for (size_t i = 0; i < files.count; i++) {
        cr_expect(eq(int, RUN(&run, "gen", "c", files.paths[i]), CLI_OK), "%s: %s", files.paths[i],
                  run_err(&run));
        cr_expect(has(run_out(&run), "\n#endif\n"));
    }
    cr_expect(ge(sz, files.count, 25));
    files_free(&files);
}
