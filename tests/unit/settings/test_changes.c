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
    expect("family a\tbound\t1\n", "family a\tbound\t1\n", "");
}

Test(settings_changes, items_come_and_go_in_order_of_their_names) {
    expect("family b\nfamily a\n", "family c\nfamily b\n", "removed family a\nadded family c\n");
    expect("", "endpoint x/metrics\tservices\ta\n", "added endpoint x/metrics\n");
    expect("family aa\n", "family a\n", "added family a\nremoved family aa\n");
}

Test(settings_changes, properties_with_their_values) {
    expect("family a\ttype\tgauge\tbound\t10\n", "family a\ttype\tgauge\tbound\t20\n",
           "changed family a: bound 10 -> 20\n");
    expect("family a\ttype\tgauge\tunit\t\n", "family a\ttype\tcounter\tunit\tseconds\n",
           "changed family a: type gauge -> counter, unit none -> seconds\n");
}

Test(settings_changes, of_a_hash_only_that_it_differs) {
    expect("family a\thelp\t~1\tbound\t1\n", "family a\thelp\t~2\tbound\t2\n",
           "changed family a: help, bound 1 -> 2\n");
}

Test(settings_changes, a_property_of_one_version_alone_is_no_change) {
    expect("family a\told\t1\tbound\t1\n", "family a\tbound\t1\tnew\t5\n", "");
}

Test(settings_changes, a_value_of_the_item_itself) {
    expect("setting socket\t\t/a\n", "setting socket\t\t/b\n",
           "changed setting socket: /a -> /b\n");
    expect("setting state_file\t\t\n", "setting state_file\t\t/s\n",
           "changed setting state_file: none -> /s\n");
    expect("setting bearer_token_file\t\t~1\n", "setting bearer_token_file\t\t~2\n",
           "changed setting bearer_token_file\n");
}

Test(settings_changes, a_setting_of_one_version_alone_is_no_change) {
    expect("setting a\t\t1\nfamily a\n", "setting b\t\t2\nfamily b\n",
           "removed family a\nadded family b\n");
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
    cr_assert(settings_endpoint_plan_init(&plan, &run.settings, true));
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
           "changed endpoint 127.0.0.1:9464/metrics: token file, options none -> created, "
           "include none\n"
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
