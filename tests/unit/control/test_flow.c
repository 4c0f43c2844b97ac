/* SPDX-License-Identifier: MIT */
/* An answer that continues: what its client gets, also if it reads slowly or either side ends. */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "commander.h"
#include "control/control.h"
#include "place.h"

static struct commander commander;
static size_t left;
static int fd;

static void on_left(void *arg) {
    (void)arg;
    left++;
}

static void setup(void) {
    place_make();
    commander_init(&commander);
    commander.answers = false;
    left = 0;
    commander_open(&commander);
    fd = commander_connect(&commander);
    commander_send(fd, "tail\n");
    commander_wait(&commander, 1);
    cr_assert(eq(int, (int)commander.request.command, CONTROL_TAIL));
    control_flow_begin(commander.pending, on_left, NULL);
}

static void teardown(void) {
    place_remove();
}

TestSuite(control_flow, .init = setup, .fini = teardown);

static bool put(const char *text) {
    return control_flow_line(commander.pending, text, strlen(text));
}

/* What has come by now. */
static const char *heard(void) {
    static char text[4096];
    commander_turn(&commander);
    commander_turn(&commander);
    const ssize_t count = recv(fd, text, sizeof text - 1, MSG_DONTWAIT);
    text[count > 0 ? count : 0] = '\0';
    return text;
}

Test(control_flow, lines_come_as_they_are_put) {
    cr_expect(put("one"));
    cr_expect(put("two"));
    cr_expect(eq(str, (char *)heard(), "one\ntwo\n"));
    cr_expect(eq(str, (char *)heard(), ""));
    cr_expect(put("three"));
    cr_expect(eq(str, (char *)heard(), "three\n"));
    control_answer_error(commander.pending, CONTROL_BUSY, "later");
    cr_expect(eq(str, (char *)commander_answer(&commander, fd), "error busy later\n"));
    cr_expect(eq(sz, left, 0));
    commander_close(&commander);
}

Test(control_flow, a_client_that_goes_is_noticed) {
    cr_expect(put("one"));
    (void)close(fd);
    for (int i = 0; i < 100 && left == 0; i++)
        commander_turn(&commander);
    cr_expect(eq(sz, left, 1));
    commander_close(&commander);
}

Test(control_flow, what_the_client_says_meanwhile_is_not_read_as_a_command) {
    commander_send(fd, "reload\nreload\n");
    cr_expect(put("one"));
    cr_expect(eq(str, (char *)heard(), "one\n"));
    cr_expect(eq(sz, commander.commands, 1));
    (void)close(fd);
    commander_close(&commander);
}

Test(control_flow, a_client_that_does_not_read_loses_lines_and_holds_nobody_up) {
    static char text[1000];
    size_t lost = 0;
    memset(text, 'x', sizeof text - 1);
    for (size_t i = 0; i < 3000; i++) {
        lost += !put(text);
        if (i % 10 == 0)
            commander_turn(&commander);
    }
    cr_expect(gt(sz, lost, 1000));
    cr_expect(eq(sz, left, 0));
    /* Others are served. */
    const int other = commander_connect(&commander);
    commander_send(other, "reload\n");
    commander.answers = true;
    cr_expect(eq(str, (char *)commander_answer(&commander, other), "ok done\n"));
    (void)close(fd);
    commander_close(&commander);
    cr_expect(eq(sz, left, 1));
}

Test(control_flow, a_control_socket_that_closes_ends_it) {
    cr_expect(put("one"));
    commander_close(&commander);
    cr_expect(eq(sz, left, 1));
    (void)close(fd);
}
