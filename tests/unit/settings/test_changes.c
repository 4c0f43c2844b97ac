/* SPDX-License-Identifier: MIT */
/* How the differences between two configurations are described. */
#include "settings/settings.h"

#include <string.h>

#include "assertions.h"
#include "run.h"

static struct strbuf lines;

static void setup(void) {
    strbuf_init(&lines);
}

static void teardown(void) {
    strbuf_done(&lines);
}

TestSuite(settings_changes, .init = setup, .fini = teardown);

static void expect(const char *before, const char *after, const char *expected) {
    strbuf_clear(&lines);
    cr_assert(settings_changes_write(before, strlen(before), after, strlen(after), &lines));
    cr_expect(eq(str, (char *)strbuf_cstr(&lines), (char *)expected));
}

Test(settings_changes, nothing) {
    expect("", "", "");
    expect("service a\t~1\n", "service a\t~1\n", "");
}

Test(settings_changes, items_come_and_go_in_order_of_their_names) {
    expect("service b\nservice a\n", "service c\nservice b\n",
           "removed service a\nadded service c\n");
    expect("", "endpoint x/metrics\t~1\n", "added endpoint x/metrics\n");
    expect("service aa\n", "service a\n", "added service a\nremoved service aa\n");
}

Test(settings_changes, of_a_hash_only_that_it_differs) {
    expect("service a\t~1\n", "service a\t~2\n", "changed service a\n");
}

Test(settings_changes, with_their_values) {
    expect("setting socket\t/a\n", "setting socket\t/b\n", "changed setting socket: /a -> /b\n");
    expect("setting state_file\t\n", "setting state_file\t/s\n",
           "changed setting state_file: none -> /s\n");
    expect("setting state_file\t/s\n", "setting state_file\t\n",
           "changed setting state_file: /s -> none\n");
}

Test(settings_changes, a_setting_of_one_version_alone_is_no_change) {
    expect("setting a\t1\nservice a\n", "setting b\t2\nservice b\n",
           "removed service a\nadded service b\n");
}

static void describe(const char *json, struct strbuf *out) {
    struct run run;
    struct catalog_set set = {0};
    struct endpoint_plan plan;
    struct error why;
    run_init(&run);
    run_file(&run, json);
    run_ok(&run);
    run.settings.config = "/etc/x.json";
    settings_endpoint_plan_init(&plan, &run.settings, true);
    cr_assert(settings_endpoint_plan_build(&plan, &set, &why), "%s", why.text);
    settings_changes_describe(&plan, &set, out);
    settings_endpoint_plan_done(&plan);
    catalog_set_done(&set);
    run_done(&run);
}

/* One of each kind, and one of which no value may be told. */
Test(settings_changes, of_settings_by_their_table) {
    struct strbuf before;
    struct strbuf after;
    strbuf_init(&before);
    strbuf_init(&after);
    describe("{\"socket\": \"/a.sock\", \"bearer_token_file\": \"/secret\"}", &before);
    describe("{\"socket\": \"/b.sock\", \"bearer_token_file\": \"/other\", \"catalog\": [\"/c\", "
             "\"/d\"],"
             " \"created\": true, \"socket_mode\": \"0600\", \"queue_depth\": 9, \"log_level\": "
             "\"warn\","
             " \"include\": [], \"debug_listen\": \"\", \"state_file\": \"/s\\u0009t\","
             " \"metrics_listen\": \"127.0.0.1:9464\"}",
             &after);
    expect(strbuf_cstr(&before), strbuf_cstr(&after),
           "changed endpoint 127.0.0.1:9464/metrics\n"
           "changed setting bearer_token_file\n"
           "changed setting catalog: /etc/statgate/catalog.d -> /c:/d\n"
           "changed setting control: /a.control -> /b.control\n"
           "changed setting created: off -> on\n"
           "changed setting debug_listen: the same listener -> none\n"
           "changed setting include: all -> none\n"
           "changed setting log_level: info -> warn\n"
           "changed setting queue_depth: 2048 -> 9\n"
           "changed setting socket: /a.sock -> /b.sock\n"
           "changed setting socket_mode: 0660 -> 0600\n"
           "changed setting state_file: none -> /s?t\n");
    strbuf_done(&before);
    strbuf_done(&after);
}

Test(settings_changes, a_long_line_is_cut) {
    char item[2 * CHANGES_LINE_MAX];
    memset(item, 'x', sizeof item - 1);
    item[sizeof item - 1] = '\0';
    cr_assert(settings_changes_write("", 0, item, strlen(item), &lines));
    cr_expect(eq(sz, lines.len, CHANGES_LINE_MAX + 1));
}

Test(settings_changes, what_is_no_description) {
    static const char odd[] = "\t\n\tx\na\t\t\t\nfamily\tb\n\n";
    strbuf_clear(&lines);
    cr_expect(settings_changes_write(odd, sizeof odd, "a\tb", 3, &lines));
    strbuf_clear(&lines);
    cr_expect(settings_changes_write("a\tb", 3, odd, sizeof odd, &lines));
}
