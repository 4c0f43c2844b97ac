/* SPDX-License-Identifier: MIT */
/* The labels of a command, and how commands end. */
#include <stdio.h>
#include <string.h>

#include "assertions.h"
#include "control/control.h"

static char text[8192];
static struct control_labels labels;
static struct error why;

static bool read_labels(const char *from) {
    (void)snprintf(text, sizeof text, "%s", from);
    error_clear(&why);
    return control_labels_read(text, &labels, &why);
}

static void expect_label(size_t index, const char *key, const char *value) {
    cr_assert(lt(sz, index, labels.count));
    cr_expect(eq(str, (char *)(uintptr_t)labels.items[index].key, (char *)(uintptr_t)key));
    cr_expect(eq(str, (char *)(uintptr_t)labels.items[index].value, (char *)(uintptr_t)value));
}

Test(control_labels, commas_are_between_them) {
    cr_assert(read_labels("outcome=ok,payment=on account"), "%s", why.text);
    cr_assert(eq(sz, labels.count, 2));
    expect_label(0, "outcome", "ok");
    expect_label(1, "payment", "on account");
}

Test(control_labels, values_may_hold_anything) {
    cr_assert(read_labels("a=x\\,y\\\\z\\n,b=c=d,c="), "%s", why.text);
    cr_assert(eq(sz, labels.count, 3));
    expect_label(0, "a", "x,y\\z\n");
    expect_label(1, "b", "c=d");
    expect_label(2, "c", "");
    cr_assert(read_labels("a=x "), "%s", why.text);
    expect_label(0, "a", "x ");
}

Test(control_labels, there_are_32_at_most) {
    char many[1024] = "";
    for (int i = 0; i < CONTROL_LABELS_MAX; i++)
        (void)sprintf(many + strlen(many), "%sk%d=v", i > 0 ? "," : "", i);
    cr_expect(read_labels(many), "%s", why.text);
    cr_expect(eq(sz, labels.count, CONTROL_LABELS_MAX));
    (void)strcat(many, ",more=v");
    cr_expect(not(read_labels(many)));
    cr_expect(ne(ptr, strstr(why.text, "more than 32"), NULL), "%s", why.text);
}

Test(control_labels, what_is_none_is_refused_with_a_sentence) {
    static const struct {
        const char *text;
        const char *why;
    } cases[] = {
        {"", "KEY=VALUE"},          {"x", "KEY=VALUE"},
        {"=x", "KEY=VALUE"},        {"a=x,", "KEY=VALUE"},
        {"a=x,,b=y", "KEY=VALUE"},  {"a=x,a=y", "label a is named twice"},
        {"a=x\\", "stands before"}, {"b=\\x", "label b, \\ stands before"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cr_expect(not(read_labels(cases[i].text)), "%s", cases[i].text);
        cr_expect(ne(ptr, strstr(why.text, cases[i].why), NULL), "%s: %s", cases[i].text, why.text);
    }
}

Test(control_status, each_is_in_the_table_that_people_read) {
    static char document[16384];
    char row[32];
    FILE *file = fopen("../proto/CONTROL.md", "re");
    cr_assert(ne(ptr, file, NULL));
    document[fread(document, 1, sizeof document - 1, file)] = '\0';
    (void)fclose(file);
#define STATUS(id, status, exit_code)                                                              \
    (void)snprintf(row, sizeof row, "\n| %d | %d | ", status, exit_code);                          \
    cr_expect(ne(ptr, strstr(document, row), NULL), "%s", row);
#include "control/statuses.def"
#undef STATUS
#define COMMAND(id, name, about, parameters)                                                       \
    cr_expect(ne(ptr, strstr(document, "\n| `/" #name "` |"), NULL), #name);
#include "control/commands.def"
#undef COMMAND
}

Test(control_status, each_has_an_exit_code) {
    cr_expect(eq(int, control_exit_code(CONTROL_DONE), 0));
    cr_expect(eq(int, control_exit_code(CONTROL_PARTLY), 4));
    cr_expect(eq(int, control_exit_code(CONTROL_UNDER_WAY), 3));
    cr_expect(eq(int, control_exit_code(CONTROL_REFUSED), 2));
    cr_expect(eq(int, control_exit_code(418), 1), "what is not in the table");
}
