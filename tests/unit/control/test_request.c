/* SPDX-License-Identifier: MIT */
/* Which lines are requests, and what they request. */
#include <stdio.h>
#include <string.h>

#include "assertions.h"
#include "control/control.h"

static char line[CONTROL_LINE_MAX + 1];
static struct control_request request;
static struct error why;

static bool read_line(const char *text) {
    (void)strcpy(line, text);
    error_clear(&why);
    return control_request_read(line, strlen(text), &request, &why);
}

static void expect_label(size_t index, const char *key, const char *value) {
    cr_assert(lt(sz, index, request.label_count));
    cr_expect(eq(str, (char *)request.labels[index].key, (char *)key));
    cr_expect(eq(str, (char *)request.labels[index].value, (char *)value));
}

Test(control_request, reload_is_one_word) {
    cr_assert(read_line("reload"));
    cr_expect(eq(int, (int)request.command, CONTROL_RELOAD));
    cr_expect(eq(sz, request.label_count, 0));
}

Test(control_request, tail_may_name_filters) {
    cr_assert(read_line("tail"));
    cr_expect(eq(int, (int)request.command, CONTROL_TAIL));
    cr_expect(eq(sz, request.label_count, 0));
    cr_assert(read_line("tail service=shop,verdict=rejected"));
    cr_expect(eq(sz, request.label_count, 2));
    cr_expect(eq(str, (char *)(uintptr_t)request.labels[1].value, "rejected"));
    cr_expect(not(read_line("tail x")));
    cr_expect(not(read_line("tails")));
}

Test(control_request, forget_names_a_family) {
    cr_assert(read_line("forget shop orders_total"));
    cr_expect(eq(int, (int)request.command, CONTROL_FORGET));
    cr_expect(eq(str, (char *)request.service, "shop"));
    cr_expect(eq(str, (char *)request.family, "orders_total"));
    cr_expect(eq(sz, request.label_count, 0));
}

Test(control_request, forget_may_name_labels) {
    cr_assert(read_line("forget shop orders_total outcome=ok,payment=on account"), "%s", why.text);
    cr_assert(eq(sz, request.label_count, 2));
    expect_label(0, "outcome", "ok");
    expect_label(1, "payment", "on account");
}

Test(control_request, values_may_hold_anything) {
    cr_assert(read_line("forget s f a=x\\,y\\\\z\\n,b=c=d,c="), "%s", why.text);
    cr_assert(eq(sz, request.label_count, 3));
    expect_label(0, "a", "x,y\\z\n");
    expect_label(1, "b", "c=d");
    expect_label(2, "c", "");
    cr_assert(read_line("forget s f a=x "), "%s", why.text);
    expect_label(0, "a", "x ");
}

Test(control_request, the_longest_line_is_read) {
    (void)snprintf(line, sizeof line, "forget s f a=%0*d", CONTROL_LINE_MAX - 1 - 13, 0);
    cr_assert(control_request_read(line, CONTROL_LINE_MAX - 1, &request, &why), "%s", why.text);
    cr_expect(eq(sz, strlen(request.labels[0].value), CONTROL_LINE_MAX - 1 - 13));
}

Test(control_request, most_labels) {
    char text[CONTROL_LINE_MAX] = "forget s f ";
    for (int i = 0; i < CONTROL_LABELS_MAX; i++)
        (void)sprintf(text + strlen(text), "%sk%d=v", i > 0 ? "," : "", i);
    cr_expect(read_line(text), "%s", why.text);
    cr_expect(eq(sz, request.label_count, CONTROL_LABELS_MAX));
    (void)strcat(text, ",more=v");
    cr_expect(not(read_line(text)));
}

Test(control_request, what_is_no_request_is_refused_with_a_sentence) {
    static const struct {
        const char *text;
        const char *why;
    } cases[] = {
        {"", "no such command"},
        {" reload", "no such command"},
        {"reload ", "a blank at the end"},
        {" ", "a blank at the end"},
        {"reload now", "no such command"},
        {"RELOAD", "no such command"},
        {"forget", "needs a service"},
        {"forget ", "a blank at the end"},
        {"forget shop", "needs a service"},
        {"forget shop ", "a blank at the end"},
        {"forget  family", "needs a service"},
        {"forget shop family ", "a blank at the end"},
        {"forget shop family x", "KEY=VALUE"},
        {"forget shop family =x", "KEY=VALUE"},
        {"forget shop family a=x,", "KEY=VALUE"},
        {"forget shop family a=x,,b=y", "KEY=VALUE"},
        {"forget shop family a=x,a=y", "twice"},
        {"forget shop family a=x\\", "stands before"},
        {"forget shop family a=\\x", "stands before"},
        {"reload\r", "a carriage return"},
        {"forget shop family a=x\r", "a carriage return"},
        {"reload\rx", "control byte"},
        {"forget shop fam\tily", "control byte"},
        {"forget shop family a=\xff", "a request is UTF-8"},
        {"forget shop family a=\xed\xa0\x80", "a request is UTF-8"},
        {"forget shop family a=\xc3", "a request is UTF-8"},
        {"tail a=\xc0\xaf", "a request is UTF-8"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cr_expect(not(read_line(cases[i].text)), "%s", cases[i].text);
        cr_expect(ne(ptr, strstr(why.text, cases[i].why), NULL), "%s: %s", cases[i].text, why.text);
    }
}

Test(control_request, a_zero_byte_ends_no_line) {
    char text[] = "reload\0x";
    cr_expect(not(control_request_read(text, sizeof text - 1, &request, &why)));
}
