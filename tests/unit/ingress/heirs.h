/* SPDX-License-Identifier: MIT */
/*
 * heirs.h - processes that follow each other on one socket and one object, as after kills. Their
 * sink adds numbers up in the object as the gate does: each datagram and its position in one
 * commit.
 */
#ifndef TESTS_INGRESS_HEIRS_H
#define TESTS_INGRESS_HEIRS_H

#include <sys/types.h>

#include "held.h"
#include "ingress/ingress.h"

/* The datagrams that have been applied: a record in the object. */
struct heirs_tally {
    uint64_t datagrams;
    uint64_t sum; /* of the numbers in them */
    uint64_t unreadable;
    uint64_t skipped;
    struct ledger_traffic traffic;
};

struct heirs {
    struct catalog_set set; /* one service, "shop", with a socket of its own */
    int receiver;
    int sender;
    struct held held; /* of the present process */
    struct held last; /* of the process before */
    pid_t pid;        /* of the present process */
};

/* Makes a socket pair, without a process yet. */
void heirs_init(struct heirs *heirs);
void heirs_done(struct heirs *heirs);
/* Starts a process that takes over from the one before, if any, and waits until it is ready. A
 * datagram "die" ends it. When it has counted `most` datagrams, it ends by itself and returns 0. */
void heirs_start(struct heirs *heirs, uint64_t most);
/* Kill it, if it still lives. */
void heirs_kill(struct heirs *heirs);
/* Wait for its end. True when it ended by itself and returned 0. */
bool heirs_wait(struct heirs *heirs);
/* What the object of the last process has, after undoing what was under way. */
struct heirs_tally heirs_tally(const struct heirs *heirs);

#endif
