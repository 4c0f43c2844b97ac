/* SPDX-License-Identifier: MIT */
/*
 * commander.h - a control socket on a loop that the test turns by hand, and its clients.
 */
#ifndef STATGATE_TEST_CONTROL_COMMANDER_H
#define STATGATE_TEST_CONTROL_COMMANDER_H

#include "assertions.h"
#include "base/strbuf.h"
#include "control/control.h"

struct commander {
    uv_loop_t loop;
    struct control_options options;
    struct control *control;
    size_t commands;                /* received */
    struct control_request request; /* the last one; its texts are no longer valid */
    struct control_answer *pending; /* for the last request, unless it was answered at once */
    bool answers;                   /* answer at once with "ok done" */
};

/* Makes a loop, and options for a socket in the test's folder. */
void commander_init(struct commander *commander);
void commander_open(struct commander *commander);
/* Turn the loop until all handles are gone. */
void commander_close(struct commander *commander);
void commander_turn(struct commander *commander);

/* A connected, non-blocking descriptor. */
int commander_connect(const struct commander *commander);
void commander_send(int fd, const char *text);
/* Turns the loop until the other side has closed the connection, and returns what it sent. Closes
 * the descriptor. */
const char *commander_answer(struct commander *commander, int fd);
/* Connects, sends the text, and returns the answer. */
const char *commander_ask(struct commander *commander, const char *text);
/* Turns the loop until `commands` commands have been received. */
void commander_wait(struct commander *commander, size_t commands);

#endif
