/* SPDX-License-Identifier: MIT */
/* The lines of an answer, and their limits. */
#include <stdio.h>

#include "commander.h"
#include "place.h"

static struct commander commander;

static void setup(void) {
    place_make();
    commander_init(&commander);
    commander.answers = false;
    commander_open(&commander);
}

static void teardown(void) {
    commander_close(&commander);
    place_remove();
}

TestSuite(control_answer, .init = setup, .fini = teardown);

static int ask(void) {
    const int fd = commander_connect(&commander);
    commander_send(fd, "reload\n");
    commander_wait(&commander, 1);
    return fd;
}

static void expect(int fd, const char *text) {
    cr_expect(eq(str, (char *)commander_answer(&commander, fd), (char *)text));
}

Test(control_answer, lines_come_before_the_verdict) {
    const int fd = ask();
    control_answer_line(commander.pending, "added family %s", "orders_total");
    control_answer_line(commander.pending, "removed family %s", "carts");
    control_answer_ok(commander.pending, "reloaded in %d ms", 12);
    expect(fd, "added family orders_total\nremoved family carts\nok reloaded in 12 ms\n");
}

Test(control_answer, an_error_has_a_word) {
    const int fd = ask();
    control_answer_error(commander.pending, CONTROL_REFUSED, "%s", "/etc/x.json:3:1: no");
    expect(fd, "error refused /etc/x.json:3:1: no\n");
}

Test(control_answer, a_line_stays_one_line) {
    const int fd = ask();
    control_answer_line(commander.pending, "a\nok b\tc\x7f");
    control_answer_ok(commander.pending, "d\ne");
    expect(fd, "a?ok b?c?\nok d?e\n");
}

Test(control_answer, what_is_too_much_is_left_out_and_counted) {
    enum { LINES = 2000 };
    const int fd = ask();
    for (int i = 0; i < LINES; i++)
        control_answer_line(commander.pending, "%100d", i);
    control_answer_ok(commander.pending, "done");
    const char *text = commander_answer(&commander, fd);
    size_t shown = 0;
    for (const char *at = text; (at = strstr(at, "\n")) != NULL; at++)
        shown++;
    char end[64];
    (void)snprintf(end, sizeof end, "\nand %zu more\nok done\n", LINES - (shown - 2));
    cr_expect(le(sz, strlen(text), CONTROL_ANSWER_MAX + sizeof end));
    cr_expect(ne(ptr, strstr(text, end), NULL), "%s", text + strlen(text) - 100);
}

Test(control_answer, every_code_has_a_word_of_its_own) {
    for (int i = 0; i < CONTROL_CODE_COUNT; i++) {
        const char *word = control_code_word((enum control_code)i);
        cr_expect(eq(int, (int)control_code_find(word, strlen(word)), i));
        cr_expect(ne(int, control_code_exit((enum control_code)i), 0));
    }
    cr_expect(eq(int, (int)control_code_find("refuse", 6), CONTROL_CODE_COUNT));
    cr_expect(eq(int, (int)control_code_find("", 0), CONTROL_CODE_COUNT));
}
