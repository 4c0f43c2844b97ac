/* SPDX-License-Identifier: MIT */
/*
 * Cases of tests/cases/statgate/learn: lines, `input`, and the catalog for them, expect.json, with
 * its evidence, expect.err. A catalog that was there, present.json, is added to. What holds for
 * every case: the catalog passes the loader.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assertions.h"
#include "files.h"
#include "golden.h"
#include "loader/loader.h"
#include "run.h"
#include "statgate/learn/learn_private.h"

static struct run run;

static void setup(void) {
    run_init(&run);
}

static void teardown(void) {
    run_done(&run);
}

TestSuite(statgate_learn, .init = setup, .fini = teardown, .timeout = 300);

static void give_file(const char *folder, const char *name) {
    char path[512];
    size_t len;
    (void)snprintf(path, sizeof path, "%s/%s", folder, name);
    char *text = files_read(path, &len);
    cr_assert(text != NULL, "%s", path);
    run_input(&run, text, len);
    free(text);
}

static void check_case(const char *folder) {
    char present[512];
    struct error error;
    (void)snprintf(present, sizeof present, "%s/present.json", folder);
    char *there = files_read(present, NULL);
    give_file(folder, "input");
    if (there != NULL) {
        run_file(&run, "learned.json", there);
        (void)RUN(&run, "learn", "--output", run_path(&run, "learned.json"), "-");
        /* The path of the test's own folder is no part of what is expected. */
        char *at = strstr(run_err(&run), "written to ");
        cr_assert(at != NULL, "%s", run_err(&run));
        run.cli.err.len = (size_t)(at - run_err(&run));
        char *written = files_read(run_path(&run, "learned.json"), NULL);
        strbuf_puts(&run.cli.out, written);
        free(written);
        free(there);
    } else {
        (void)RUN(&run, "learn", "--service", "shop", "-");
    }
    golden_expect(folder, "expect.err", &run.cli.err);
    golden_expect(folder, "expect.json", &run.cli.out);
    if (run.cli.out.len == 0)
        return;
    struct catalog_set set;
    struct catalog *catalog = loader_text("learned", run_out(&run), run.cli.out.len, false, &error);
    catalog_set_init(&set);
    cr_assert(catalog != NULL, "%s: %s", folder, error.text);
    catalog_set_add(&set, catalog);
    cr_expect(catalog_set_finish(&set, &error), "%s: %s", folder, error.text);
    catalog_set_done(&set);
}

Test(statgate_learn, every_case_comes_out_as_expected) {
    golden_each("learn", 8, check_case);
}

Test(statgate_learn, wrong_arguments_are_refused) {
    cr_expect(eq(int, RUN(&run, "learn", "--for", "soon"), CLI_USAGE));
    cr_expect(eq(int, RUN(&run, "learn", "--service", "a b"), CLI_USAGE));
    cr_expect(eq(int, RUN(&run, "learn", "--service", "statgate"), CLI_USAGE));
    cr_expect(eq(int, RUN(&run, "learn", "lines.txt"), CLI_USAGE));
    run_file(&run, "wrong.json", "{\"statgate\": 1,");
    run_input(&run, "a:1|c", 5);
    cr_expect(
        eq(int, RUN(&run, "learn", "--output", run_path(&run, "wrong.json"), "-"), CLI_USAGE));
    char *kept = files_read(run_path(&run, "wrong.json"), NULL);
    cr_expect(eq(str, kept, (char *)"{\"statgate\": 1,"));
    free(kept);
}

/* The catalog as the file has to name it, wherever both are; what holds it already stays alone. */
Test(statgate_learn, the_configuration_names_the_catalog_that_was_written) {
    static const struct {
        const char *config;   /* NULL: there is none */
        const char *expected; /* NULL: refused */
    } cases[] = {
        {NULL, "\"shop.json\""},
        {"{\"catalog\": \"other.json\"}", "\"other.json\",\n    \"shop.json\""},
        {"{\"catalog\": [\".\"]}", "[\n    \".\"\n  ]"},
        {"{\"catalog\": [\"./shop.json\"]}", "[\n    \"./shop.json\"\n  ]"},
        {"{\"endpoints\": {}}", NULL},
        {"[]", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char output[512];
        (void)snprintf(output, sizeof output, "%s", run_path(&run, "shop.json"));
        if (cases[i].config != NULL)
            run_file(&run, "statgate.json", cases[i].config);
        run_input(&run, "a_total:1|c", strlen("a_total:1|c"));
        const int code = RUN(&run, "learn", "--service", "shop", "--output", output,
                             "--write-config", run_path(&run, "statgate.json"), "-");
        cr_expect(eq(int, code, cases[i].expected != NULL ? CLI_OK : CLI_FAILURE), "case %zu: %s",
                  i, run_err(&run));
        char *written = files_read(run_path(&run, "statgate.json"), NULL);
        cr_expect(has(written, cases[i].expected != NULL ? cases[i].expected : cases[i].config),
                  "case %zu", i);
        free(written);
    }
}

Test(statgate_learn, without_a_daemon_each_place_is_named) {
    cr_expect(eq(int, RUN(&run, "learn", "--for", "1s"), CLI_FAILURE));
    cr_expect(has(run_err(&run), "no statgated takes commands here"));
}

static void add(struct traffic *traffic, const char *line) {
    traffic_add(traffic, (struct sg_span){line, strlen(line)}, 7, false);
}

/* Beside a hundred thousand names that come once, those that come again and again are found: in
 * five minutes of a stream of 1,000 lines a second, names that are sent ten times a second among
 * 100,000 lines are seen 30 times. */
Test(statgate_learn, names_that_come_again_stay_under_a_flood) {
    enum { LINES = 300000, REAL = 8, EVERY = 10000 };
    struct traffic *traffic = calloc(1, sizeof *traffic);
    struct strbuf evidence = {0};
    char line[64];
    traffic_init(traffic);
    for (int i = 0; i < LINES; i++) {
        (void)snprintf(line, sizeof line, "hostile_%d_x:1|c|#a:%d", i, i);
        add(traffic, line);
        for (int real = 0; i % EVERY == 0 && real < REAL; real++) {
            (void)snprintf(line, sizeof line, "real_%c:1|c|#code:%d", 'a' + real,
                           200 + i / EVERY % 3);
            add(traffic, line);
        }
    }
    cr_expect(le(sz, traffic->count, TRAFFIC_NAMES_MAX));
    json_t *catalog = learn_catalog(traffic, "shop", NULL, &evidence);
    const json_t *families = json_object_get(catalog, "families");
    for (int real = 0; real < REAL; real++) {
        (void)snprintf(line, sizeof line, "real_%c_total", 'a' + real);
        cr_expect(json_object_get(families, line) != NULL, "%s", line);
    }
    cr_expect(le(sz, json_object_size(families), REAL + 50), "what came once is left out");
    json_decref(catalog);
    strbuf_done(&evidence);
    traffic_done(traffic);
    free(traffic);
}

/* Every table is bounded: labels, values, words, processes. */
Test(statgate_learn, one_name_takes_no_more_than_its_bounds) {
    struct traffic *traffic = calloc(1, sizeof *traffic);
    struct strbuf evidence = {0};
    char line[128];
    traffic_init(traffic);
    for (int i = 0; i < 20000; i++) {
        (void)snprintf(line, sizeof line, "a:%d|g|#k%d:v%d,same:v%d", i, i % 100, i, i);
        traffic_add(traffic, (struct sg_span){line, strlen(line)}, i + 1, false);
        (void)snprintf(line, sizeof line, "b:w%d|a", i);
        add(traffic, line);
    }
    cr_expect(eq(sz, traffic->count, 2));
    cr_expect(eq(sz, traffic->names[0]->label_count, TRAFFIC_LABELS_MAX));
    cr_expect(eq(sz, traffic->names[1]->word_count, TRAFFIC_WORDS_MAX));
    json_t *catalog = learn_catalog(traffic, "shop", NULL, &evidence);
    cr_expect(has(strbuf_cstr(&evidence), "new values keep coming"));
    cr_expect(has(strbuf_cstr(&evidence), "more than 4 processes send it"));
    json_decref(catalog);
    strbuf_done(&evidence);
    traffic_done(traffic);
    free(traffic);
}
