/*
 * succession.h - the daemon's side of a handover to its successor: another process of the same program, or of
 * what is now in its place (DESIGN, "Reload and upgrade"). successor.h is the other side.
 *
 *   this daemon                                   its successor
 *     starts it; hello, had, keeps..., begin ───▶   reads settings and catalogs, binds what is new
 *     reads on              ◀──── report, prepared
 *     applies what it received; stopped ────────▶   takes over the values
 *     stores what is new    ◀─ unused, keeps, taken
 *     go ───────────────────────────────────────▶   counts from here on (commit point)
 *     is a former daemon    ◀─────────── committed  reads
 *     names it to the manager; main ────────────▶   notifies the manager that it is ready
 *     answers whoever asked
 *     ends what it answers, and exits  ◀───── main
 *
 * Between `stopped` and `committed` the daemon does nothing but wait, and its successor receives nothing before it has said
 * `committed`. So whatever goes wrong until then, the daemon goes on as if it had been away for a moment.
 */
#ifndef STATGATE_STATGATED_SUCCESSION_H
#define STATGATE_STATGATED_SUCCESSION_H

#include "statgated/daemon.h"

/** The variable in which a successor finds the number of its end of the pair. */
#define SUCCESSION_VARIABLE "STATGATE_HANDOVER"

enum {
    SUCCESSION_VERSION = 1,         /**< of the words above */
    SUCCESSION_PATIENCE_MS = 10000, /**< what a successor has until it counts, */
    SUCCESSION_STOPPED_MS = 5000,   /**< of these since the daemon stopped reading */
    SUCCESSION_REPORT_MAX = 1 << 20 /**< bytes of what a successor reports */
};

/** How it ended: exit codes of `statgate reload`. */
enum succession_code {
    SUCCESSION_TAKEN = 0,
    SUCCESSION_TIMEOUT = 1,
    SUCCESSION_REFUSED = 2, /**< and this daemon goes on */
    SUCCESSION_UNDER_WAY = 3
};

/** Who asked for it; copied. Each function may be NULL. */
struct succession_asker {
    /** A line of what changed. */
    void (*line)(void *arg, const char *text);
    /** The verdict, once, perhaps from within succession_begin; `text` is a sentence. */
    void (*end)(void *arg, int code, const char *text);
    void *arg;
};

/** Start a successor. `asker` may be NULL: the log has the verdict in any case. False: the verdict has been given
 * already. */
bool succession_begin(struct daemon *daemon, const struct succession_asker *asker);
/** The daemon ends for another reason: so does a successor that does not count yet. */
void succession_cancel(struct daemon *daemon, const char *why);
/** A signal that asks this process for something goes to its successor, if that is the daemon. True: it was. */
bool succession_signal(struct daemon *daemon, int number);
/** Close what is open, before the loop ends. */
void succession_close(struct daemon *daemon);

#endif
