/* SPDX-License-Identifier: MIT */
/* send.h - statgate send: lines in datagrams, to the right socket. */
#ifndef STATGATE_STATGATE_SEND_SEND_H
#define STATGATE_STATGATE_SEND_SEND_H

#include <limits.h>

#include "statgate/command.h"

extern const struct command send_command;

/* ---- places ----
 * finds the daemon's socket by the rules of client/statgate.h.
 */

enum { PLACES_MAX = 3 };

struct send_place {
    char path[PATH_MAX];
    int error;     /**< errno of connecting; 0: not tried, or connected */
    char why[512]; /**< if it failed: a sentence without a full stop */
};

struct send_places {
    struct send_place items[PLACES_MAX];
    size_t count;
    size_t connected;    /**< index of the place that answered */
    bool only_connected; /**< try no other any more */
};

/**
 * List the places to try: only `given`, else only $STATGATE_SOCKET, else
 * /run/statgate/statgate.sock, $XDG_RUNTIME_DIR/statgate.sock and /tmp/statgate-UID/statgate.sock.
 */
void send_places_list(struct send_places *places, const struct cli *cli, const char *given);

/** Whether only the daemon can have made a socket there, whoever else may write to the folders;
 * false with the reason in place->why. */
bool send_places_trust(const struct send_places *places, struct send_place *place,
                       const struct cli *cli);

/** Connect a datagram socket to the first place that answers; -1 if none does, with the reasons
 * in the places. */
int send_places_connect(struct send_places *places, const struct cli *cli);

#endif
