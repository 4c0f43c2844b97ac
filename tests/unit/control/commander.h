/*
 * commander.h - a control socket on a loop that the test turns by hand, and clients that speak to it.
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
    size_t commands;                /* that came */
    struct control_request request; /* the last one; its texts are gone */
    struct control_answer *pending; /* of it, unless it was answered at once */
    bool answers;                   /* at once, by "ok done" */
};

/* A loop, and options for a socket in the test's folder. */
void commander_init(struct commander *commander);
void commander_open(struct commander *commander);
/* Turn the loop until all handles are gone. */
void commander_close(struct commander *commander);
void commander_turn(struct commander *commander);

/* A connected, non-blocking descriptor. */
int commander_connect(const struct commander *commander);
void commander_send(int fd, const char *text);
/* Turn the loop until the other side has closed; what it said. The descriptor is closed. */
const char *commander_answer(struct commander *commander, int fd);
/* All of these. */
const char *commander_ask(struct commander *commander, const char *text);
/* Turn the loop until so many commands came. */
void commander_wait(struct commander *commander, size_t commands);

#endif
