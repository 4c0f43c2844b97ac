/* SPDX-License-Identifier: MIT */
/* The manual pages agree with the programs. With STATGATE_UPDATE=1 the table of settings in
 * statgated(8) is rewritten. */
#include <stdio.h>
#include <stdlib.h>

#include "assertions.h"
#include "files.h"
#include "run.h"
#include "settings_mdoc.h"

#define MANUALS "../packaging/man/"

static const char begin_mark[] = ".\\\" settings begin: written from settings/settings.def\n";
static const char end_mark[] = ".\\\" settings end\n";

static struct run run;

static void setup(void) {
    run_init(&run);
}

static void teardown(void) {
    run_done(&run);
}

TestSuite(statgate_manual, .init = setup, .fini = teardown);

static char *read_page(const char *path) {
    char *text = files_read(path, NULL);
    cr_assert(ne(ptr, text, NULL), "%s", path);
    return text;
}

static void write_settings(struct strbuf *out) {
    strbuf_init(out);
    settings_mdoc_write(out);
}

Test(statgate_manual, statgated_has_the_settings_as_the_table_has_them) {
    const char path[] = MANUALS "statgated.8";
    char *page = read_page(path);
    struct strbuf wanted;
    write_settings(&wanted);
    const char *begin = strstr(page, begin_mark);
    const char *end = strstr(page, end_mark);
    cr_assert(begin && end && begin < end, "the marks are there");
    begin += strlen(begin_mark);
    if (getenv("STATGATE_UPDATE")) {
        struct strbuf whole;
        strbuf_init(&whole);
        strbuf_put(&whole, page, (size_t)(begin - page));
        strbuf_put(&whole, wanted.data, wanted.len);
        strbuf_puts(&whole, end);
        files_write(path, whole.data, whole.len);
        strbuf_done(&whole);
    } else {
        char *found = strndup(begin, (size_t)(end - begin));
        cr_expect(eq(str, found, (char *)(uintptr_t)strbuf_cstr(&wanted)));
        free(found);
    }
    strbuf_done(&wanted);
    free(page);
}

/* The heads of the items in the command's section, with their continuation lines. */
static void collect_items(struct strbuf *out, const char *page, const char *command) {
    char head[128];
    (void)snprintf(head, sizeof head, "\n.Ss statgate %s\n", command);
    const char *at = strstr(page, head);
    cr_assert(ne(ptr, (void *)(uintptr_t)at, NULL), "%s", head);
    at += strlen(head);
    bool goes_on = false;
    while (*at && strncmp(at, ".Ss ", 4) != 0 && strncmp(at, ".Sh ", 4) != 0) {
        const size_t len = strcspn(at, "\n");
        const bool is_item = goes_on || strncmp(at, ".It ", 4) == 0;
        goes_on = is_item && len > 0 && at[len - 1] == '\\';
        if (is_item) {
            strbuf_put(out, at, len);
            strbuf_putc(out, ' ');
        }
        at += len + 1;
    }
}

/* `  --json` of help is `.It Fl -json` in mdoc; the options of all commands come first. */
static void expect_flags_in(const char *section, const char *command, const char *page) {
    struct strbuf items;
    cr_assert(eq(int, RUN(&run, command, "--help"), CLI_OK));
    char *help = strdup(run_out(&run));
    size_t flags = 0;
    strbuf_init(&items);
    collect_items(&items, page, section);
    for (const char *at = strstr(help, "\n  --"); at; at = strstr(at + 1, "\n  --")) {
        const char *name = at + strlen("\n  --");
        char wanted[128];
        (void)snprintf(wanted, sizeof wanted, "Fl -%.*s ", (int)strcspn(name, "=[\n"), name);
        cr_expect(has(strbuf_cstr(&items), wanted), "statgate(1) has no %s of %s", wanted, command);
        flags++;
    }
    cr_expect(ge(sz, flags, 2));
    strbuf_done(&items);
    free(help);
}

static void expect_flags_of(const char *command, const char *page) {
    expect_flags_in(command, command, page);
}

Test(statgate_manual, the_views_have_a_section_for_all) {
    char *page = read_page(MANUALS "statgate.1");
    static const char *const commands[] = {"series", "rejections", "senders", "breakers",
                                           "jobs",   "queries",    "events"};
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        expect_flags_in("series, rejections, senders, breakers, jobs, queries, events", commands[i],
                        page);
    free(page);
}

Test(statgate_manual, statgate_has_every_command_and_flag) {
    char *page = read_page(MANUALS "statgate.1");
    static const char *const commands[] = {"check", "send",   "explain", "docs",
                                           "gen",   "doctor", "top",     "tail"};
    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++) {
        char wanted[32];
        (void)snprintf(wanted, sizeof wanted, ".Ss statgate %s", commands[i]);
        cr_expect(has(page, wanted), "%s", wanted);
        expect_flags_of(commands[i], page);
    }
    free(page);
}

/* The page has every key that the loader knows: for an unknown key, the loader lists them all. */
static void expect_keys(const char *page, const char *catalog) {
    static const char marker[] = "known here are: ";
    run_file(&run, "keys.json", catalog);
    cr_expect(eq(int, RUN(&run, "check", run.path), CLI_USAGE));
    const char *keys = strstr(run_err(&run), marker);
    cr_assert(ne(ptr, (void *)(uintptr_t)keys, NULL), "%s", run_err(&run));
    keys += strlen(marker);
    while (*keys != '\n') {
        const size_t len = strcspn(keys, ",\n");
        char wanted[64];
        (void)snprintf(wanted, sizeof wanted, ".It Cm %.*s\n", (int)len, keys);
        cr_expect(has(page, wanted), "statgate-catalog(5) has no %s", wanted);
        keys += len;
        keys += strspn(keys, ", ");
    }
}

Test(statgate_manual, the_catalog_page_has_every_key) {
    char *page = read_page(MANUALS "statgate-catalog.5");
    expect_keys(page, "{\"statgate\":1,\"0123456789\":0}");
    expect_keys(page, "{\"statgate\":1,\"service\":\"s\",\"families\":{\"a\":{\"type\":\"gauge\","
                      "\"0123456789\":0}}}");
    expect_keys(page, "{\"statgate\":1,\"service\":\"s\",\"attempts\":{\"a\":{\"0123456789\":0}}}");
    expect_keys(page, "{\"statgate\":1,\"service\":\"s\",\"attempts\":{\"a\":{\"success\":[\"x\"],"
                      "\"failure\":[\"y\"],\"breaker\":{\"0123456789\":0}}}}");
    expect_keys(page, "{\"statgate\":1,\"service\":\"s\",\"attempts\":{\"a\":{\"success\":[\"x\"],"
                      "\"failure\":[\"y\"],\"names\":{\"0123456789\":\"z\"}}}}");
    expect_keys(page, "{\"statgate\":1,\"service\":\"s\",\"jobs\":{\"a\":{\"0123456789\":0}}}");
    expect_keys(page,
                "{\"statgate\":1,\"service\":\"s\",\"jobs\":{\"a\":{\"names\":"
                "{\"waiting_seconds\":null,\"running_seconds\":null,\"0123456789\":\"z\"}}}}");
    expect_keys(page, "{\"statgate\":1,\"service\":\"s\",\"families\":{\"a\":{\"type\":\"gauge\","
                      "\"labels\":{\"l\":{\"0123456789\":0}}}}}");
    expect_keys(page, "{\"statgate\":1,\"service\":\"s\",\"senders\":{\"0123456789\":0},"
                      "\"families\":{\"a\":{\"type\":\"gauge\"}}}");
    expect_keys(page, "{\"statgate\":1,\"service\":\"s\",\"scope\":{\"0123456789\":0},"
                      "\"families\":{\"a\":{\"type\":\"gauge\"}}}");
    free(page);
}
