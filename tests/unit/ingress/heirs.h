/*
 * heirs.h - processes that follow each other on one socket and one object, as after kills. Their sink
 * counts numbers in the object, in the way of the gate: each datagram with its position, in one commit.
 */
#ifndef TESTS_INGRESS_HEIRS_H
#define TESTS_INGRESS_HEIRS_H

#include <sys/types.h>

#include "held.h"
#include "ingress/ingress.h"

/* What has been applied, a record in the object. */
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
    struct held held; /* the present process's */
    struct held last; /* the one before's */
    pid_t pid;        /* of the present process */
};

/* A socket pair and no process yet. */
void heirs_init(struct heirs *heirs);
void heirs_done(struct heirs *heirs);
/* Start a process that takes over from the one before, if there was one, and wait until it is ready. A
 * datagram "die" ends it; it ends by itself, and returns 0, when it counted `most`. */
void heirs_start(struct heirs *heirs, uint64_t most);
/* Kill it, if it still lives. */
void heirs_kill(struct heirs *heirs);
/* Wait for its end. True when it ended by itself and returned 0. */
bool heirs_wait(struct heirs *heirs);
/* What the object of the last process has, once what was under way is taken back. */
struct heirs_tally heirs_tally(const struct heirs *heirs);

#endif
