/*
 * places.h - where the daemon's socket may be, by the rules of client/statgate.h. Private to
 * statgate/.
 */
#ifndef STATGATE_STATGATE_SEND_PLACES_H
#define STATGATE_STATGATE_SEND_PLACES_H

#include <limits.h>

#include "statgate/cli.h"

enum { PLACES_MAX = 3 };

struct send_place {
    char path[PATH_MAX];
    int error;     /**< errno of the try to connect; 0: not tried, or connected */
    char why[512]; /**< a sentence without a full stop, when it failed */
};

struct send_places {
    struct send_place items[PLACES_MAX];
    size_t count;
    size_t connected; /**< index of the one that answered */
};

/**
 * The places to try: `given` alone, else $STATGATE_SOCKET alone, else /run/statgate/statgate.sock,
 * $XDG_RUNTIME_DIR/statgate.sock and /tmp/statgate-UID/statgate.sock.
 */
void places_list(struct send_places *places, const struct cli *cli, const char *given);

/** Whether a socket there can be the daemon's, whoever else writes to the folders; false with the reason in place->why. */
bool places_trust(const struct send_places *places, struct send_place *place,
                  const struct cli *cli);

/** A datagram socket connected to the first that answers; -1 when none does, with the reasons. */
int places_connect(struct send_places *places, const struct cli *cli);

/** All places with their reasons, a line each, and what to do. */
void places_explain(struct strbuf *out, const struct send_places *places);

#endif
