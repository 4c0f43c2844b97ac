/* What people read about two configurations. */
#include "settings/changes.h"

#include <string.h>

#include "assertions.h"

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
    cr_assert(changes_write(before, strlen(before), after, strlen(after), &lines));
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

Test(settings_changes, a_long_line_is_cut) {
    char item[2 * CHANGES_LINE_MAX];
    memset(item, 'x', sizeof item - 1);
    item[sizeof item - 1] = '\0';
    cr_assert(changes_write("", 0, item, strlen(item), &lines));
    cr_expect(eq(sz, lines.len, CHANGES_LINE_MAX + 1));
}

Test(settings_changes, what_is_no_description) {
    static const char odd[] = "\t\n\tx\na\t\t\t\nfamily\tb\n\n";
    strbuf_clear(&lines);
    cr_expect(changes_write(odd, sizeof odd, "a\tb", 3, &lines));
    strbuf_clear(&lines);
    cr_expect(changes_write("a\tb", 3, odd, sizeof odd, &lines));
}
