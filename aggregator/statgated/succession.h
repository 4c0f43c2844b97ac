/*
 * succession.h - the daemon's side of a handover to its successor: another process of the same
 * program, or of the program that has replaced it (DESIGN, "Reload and upgrade"). successor.h is
 * the other side.
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
 * Between `stopped` and `committed` the daemon only waits, and its successor receives nothing until
 * it has sent `committed`. So whatever goes wrong before that, the daemon continues as if it had
 * been away for a moment.
 */
#ifndef STATGATE_STATGATED_SUCCESSION_H
#define STATGATE_STATGATED_SUCCESSION_H

#include "statgated/daemon.h"

/** Environment variable that gives a successor the number of its end of the socket pair. */
#define SUCCESSION_VARIABLE "STATGATE_HANDOVER"

enum {
    SUCCESSION_VERSION = 1,          /**< version of the words above, in `hello` and `prepared` */
    SUCCESSION_TIMEOUT_MS = 10000,   /**< time a successor has until it counts */
    SUCCESSION_STOPPED_MS = 5000,    /**< of that time, after the daemon stopped reading */
    SUCCESSION_REPORT_MAX = 1 << 20, /**< bytes of a successor's report */
    SUCCESSION_MORE_MAX = 20         /**< lines of reasons for a refusal, after the first */
};

/** How a handover ended; these are the exit codes of `statgate reload`. */
enum succession_code {
    SUCCESSION_TAKEN = 0,
    SUCCESSION_TIMEOUT = 1,
    SUCCESSION_REFUSED = 2, /**< this daemon goes on */
    SUCCESSION_UNDER_WAY = 3,
    SUCCESSION_PARTLY = 4 /* taken, but not all files are in force */
};

/** Who asked for the handover; copied. Each function may be NULL. */
struct succession_asker {
    /** Takes a line on what changed, or on what else is wrong. */
    void (*line)(void *arg, const char *text);
    /** Takes the verdict, once, possibly from within succession_begin; `text` is a sentence. */
    void (*end)(void *arg, int code, const char *text);
    void *arg;
};

/** Start a successor. `asker` may be NULL; the verdict is logged in any case. False: the verdict
 * was already given. */
bool succession_begin(struct daemon *daemon, const struct succession_asker *asker);
/** SIGHUP: start a successor; if a reload is under way, owe one more, however many signals come. */
void succession_ask(struct daemon *daemon);
/** A reload is over: if one more is owed, pass SIGHUP on to the process that is the daemon now. */
void succession_end_owed(struct daemon *daemon, pid_t now);
/** The daemon ends for another reason: end a successor that does not count yet, too. */
void succession_cancel(struct daemon *daemon, const char *why);
/** Pass a signal on to the successor if that is the daemon now. Returns true if it was passed
 * on. */
bool succession_signal(struct daemon *daemon, int number);
/** Close what is open, before the loop ends. */
void succession_close(struct daemon *daemon);

#endif
