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
 *   commands.c  ──▶ control, for commands of root and of the daemon's own user
 *   queries.c   ──▶ postgres ──▶ gate, for scrapes that wait for values in databases
 */
#ifndef STATGATE_STATGATED_STATGATED_H
#define STATGATE_STATGATED_STATGATED_H

#include "statgated/daemon.h"

/**
 * Load, open and start everything; nothing is served before all is well. False with *ret_error;
 * what was begun is taken back. Takes all sockets out of `inherited`.
 */
bool statgated_open(struct daemon *daemon, const struct settings *settings,
                    struct inherited *inherited, struct start_error *ret_error);
/** Run until SIGTERM or SIGINT; drains, closes and frees everything. */
void statgated_run(struct daemon *daemon);

#endif
