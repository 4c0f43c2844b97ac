/*
 * where.h - finds out which daemon a command asks over HTTP, and with which token. Private to
 * statgate/.
 */
#ifndef STATGATE_STATGATE_SHOWN_WHERE_H
#define STATGATE_STATGATE_SHOWN_WHERE_H

#include "fetch/fetch.h"
#include "statgate/command.h"

/** Flags of every command that asks over HTTP. */
#define WHERE_FLAGS                                                                                \
    {"daemon", "ADDRESS",                                                                          \
     "The daemon's HTTP address: HOST:PORT, [IPV6]:PORT or unix:PATH. Without it "                 \
     "$STATGATE_DAEMON, else that of the daemon that has the socket (asked as root or as its "     \
     "user), else debug_listen, else metrics_listen of the settings."},                            \
    {                                                                                              \
        "token-file", "FILE",                                                                      \
            "A file with the token that the daemon wants. Without it that of the settings, if "    \
            "the "                                                                                 \
            "address is theirs, too."                                                              \
    }

struct where {
    char text[FETCH_HOST_MAX]; /**< the address as given */
    const char *source;        /**< where it was given: "--daemon" */
    struct fetch_address address;
    char *token;       /**< NULL: none */
    struct error note; /**< why settings or their token could not be read */
};

/** Find the daemon. Returns CLI_OK, or an exit code with the error printed. End it with
 * where_done either way. */
int where_find(struct where *where, struct cli *cli, const struct command *command,
               const struct settings *settings);
void where_done(struct where *where);

/** The value of one of the command's own flags, by the flag's name; NULL: not given. */
const char *where_flag(const struct command *command, const struct settings *settings,
                       const char *name);

#endif
