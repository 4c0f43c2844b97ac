/*
 * statgated.h - the daemon's life: open, run, drain, close. Catalogs, store, gate, sockets and HTTP
 * on one loop.
 *
 *   sockets.c   ──▶ ingress ──▶ gate ──▶ store ◀── view ◀── http
 *   catalogs.c  ──▶ set       └─▶ ledger ◀──────┘
 *   listeners.c ──▶ http, with the plan from the settings; figures of handlers for self
 *   source.c    ──▶ what http asks for: figures of all parts, through self
 *   process.c   ──▶ self (published before each exposition)
 *   upkeep.c    ──▶ what time and the end of processes change: breakers and their pages, parts
 *   takeover.c  ──▶ model.c ──▶ store, ledger, machines: the values of a daemon that has died
 *   handover.c  ──▶ the service manager, which keeps object and sockets for the next one
 *   command_socket.c ──▶ control, for commands of root and of the daemon's own user
 *   commands.c  ──▶ succession, forget.c ──▶ store
 *   succession.c, successor.c ──▶ the process before or after this one, in a handover
 *   stop.c      ──▶ the end of all of them
 *   queries.c   ──▶ postgres ──▶ gate, for scrapes that wait for values in databases
 */
#ifndef STATGATE_STATGATED_STATGATED_H
#define STATGATE_STATGATED_STATGATED_H

#include "statgated/daemon.h"

/** What the process finds when it starts. All pointers are borrowed. */
struct statgated_start {
    const char *program;         /**< path of this program; NULL: unknown */
    char *const *arguments;      /**< the command line */
    struct inherited *inherited; /**< the daemon takes all sockets out of it */
    struct successor *successor;
    struct accepted *kept;      /**< what was accepted last; the daemon takes it */
    const char *settings_wrong; /**< why the present settings were refused, and those are used that
                                     were accepted last; NULL: the present ones are used */
    /** The settings as they were accepted last; NULL: they cannot be used. */
    const struct settings *(*kept_settings)(void *arg);
    void *arg;
};

/** Block SIGHUP (or stop blocking it), because without a handler it would end the process. Call
 * this first of all; once the daemon is open, it handles the signal. */
void statgated_hold_reload(bool hold);
/**
 * Load, open and start everything; nothing is served before all of it succeeded. On failure,
 * returns false with *ret_error and undoes what was begun.
 */
bool statgated_open(struct daemon *daemon, const struct settings *settings,
                    const struct statgated_start *start, struct start_error *ret_error);
/** Run until SIGTERM or SIGINT, or until a successor has taken over; then drain, close and free
 * everything. */
void statgated_run(struct daemon *daemon);

#endif
