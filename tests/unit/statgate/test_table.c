/* SPDX-License-Identifier: MIT */
#include "assertions.h"
#include "statgate/command.h"

Test(statgate_table, texts_of_strangers_keep_the_columns) {
    struct table table;
    struct strbuf out;
    strbuf_init(&out);
    statgate_table_init(&table, "ll");
    static const char *const texts[] = {"caf\xc3\xa9", "\xe4\xb8\xad\xe6\x96\x87", "a\x1b[m\n"};
    for (size_t i = 0; i < 3; i++) {
        statgate_table_text(&table, texts[i], strlen(texts[i]));
        statgate_table_cell(&table, "|");
    }
    statgate_table_write(&table, &out, 0, 0);
    cr_expect(eq(str, (char *)(uintptr_t)strbuf_cstr(&out),
                 "caf\xc3\xa9         |\n"
                 "\xe4\xb8\xad\xe6\x96\x87         |\n"
                 "a\\x1b[m\\x0a  |\n"));
    statgate_table_done(&table);
    strbuf_done(&out);
}

/* A table of a number and two texts in so many columns. */
static void expect_in(size_t width, const char *expected) {
    static const char *const cells[] = {
        "COUNT",
        "NAME",
        "WHY",
        "1000000",
        "\xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad",
        "a reason that goes on and on"};
    struct table table;
    struct strbuf out;
    strbuf_init(&out);
    statgate_table_init(&table, "rll");
    for (size_t i = 0; i < 6; i++)
        statgate_table_cell(&table, "%s", cells[i]);
    statgate_table_write(&table, &out, 0, width);
    cr_expect(eq(str, (char *)(uintptr_t)strbuf_cstr(&out), (char *)(uintptr_t)expected));
    statgate_table_done(&table);
    strbuf_done(&out);
}

Test(statgate_table, the_widest_texts_are_cut_to_the_terminal) {
    expect_in(49, "  COUNT  NAME        WHY\n"
                  "1000000  \xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad  a reason "
                  "that goes on and on\n");
    expect_in(40, "  COUNT  NAME        WHY\n"
                  "1000000  \xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad  a reason "
                  "that go...\n");
    expect_in(
        31, "  COUNT  NAME        WHY\n"
            "1000000  \xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad  a reaso...\n");
    /* What cannot fit is whole. */
    expect_in(30, "  COUNT  NAME        WHY\n"
                  "1000000  \xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad  a reason "
                  "that goes on and on\n");
}

Test(statgate_table, of_names_that_are_cut_both_ends_are_there) {
    struct table table;
    struct strbuf out = {0};
    statgate_table_init(&table, "l");
    statgate_table_cell(&table, "FAMILY");
    statgate_table_cell(&table, "  demo_request_duration_seconds");
    statgate_table_cell(&table,
                        "  "
                        "\xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad\xe4\xb8\xad"
                        "\xe4\xb8\xad\xe4\xb8\xad");
    statgate_table_write(&table, &out, 0, 14);
    cr_expect(
        eq(str, (char *)(uintptr_t)strbuf_cstr(&out),
           "FAMILY\n  demo...conds\n  \xe4\xb8\xad\xe4\xb8\xad...\xe4\xb8\xad\xe4\xb8\xad\n"));
    statgate_table_done(&table);
    strbuf_done(&out);
}
