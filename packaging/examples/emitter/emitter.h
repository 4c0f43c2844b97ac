/* SPDX-License-Identifier: MIT */
/*
 * The part that all emitters of the bundled systems share: it runs several processes, each with a
 * role and a handle of its own, which send in rounds. Each system's main.c decides what they send.
 *
 *     static const struct emitter_role roles[] = {
 *         {.name = "worker", .processes = 4, .period_ms = 250, .round = serve},
 *     };
 *     int main(int argc, char **argv) {
 *         return emitter_main(argc, argv, roles, 1);
 *     }
 *
 * All random numbers come from fixed seeds, so two runs of as many rounds send the same samples.
 */
#ifndef STATGATE_EMITTER_H
#define STATGATE_EMITTER_H

#include <statgate.h>

/** The options of the command line. */
struct emitter_options {
    const char *socket;    /**< the daemon's; NULL = the default places */
    const char *database;  /**< conninfo of a database; NULL = none */
    unsigned long seconds; /**< how long to run; 0 = until a signal */
    unsigned long
        rounds;   /**< rounds of each process, without pauses; 0 = with pauses, without end */
    bool trouble; /**< send a load that sets off the system's alerts */
};

/** A process, as the functions of its role see it. */
struct emitter_process {
    struct statgate sg;
    const struct emitter_options *options;
    unsigned index;      /**< among the processes of its role, from 0 */
    unsigned long round; /**< from 0 */
    uint64_t random;     /**< the state of emitter_chance */
};

/** What the processes of one role do. */
struct emitter_role {
    const char *name;
    const char *note; /**< text on the role for --help, in whole lines; NULL = none */
    unsigned processes;
    unsigned period_ms;  /**< between the starts of two rounds */
    unsigned kill_ms;    /**< how often the youngest of them is killed and another one started; 0 =
                           never */
    bool needs_database; /**< the role runs only with --database */
    bool (*begin)(struct emitter_process *process); /**< called before the first round. On failure
                                                       prints why and returns false, which ends all
                                                       processes. NULL = nothing to do */
    bool (*round)(struct emitter_process *process); /**< called for each round; returns as begin */
    void (*end)(struct emitter_process *process);   /**< called at an orderly end. NULL = nothing */
};

/**
 * Run a system's processes as the command line says, and print the result. With --rounds, each role
 * with kill_ms has one more process, which is killed after its rounds; the others stay until
 * standard input is closed or a signal arrives. Returns the exit code for main: 0, also after
 * --help; 1 if a process failed; 2 for wrong arguments.
 */
int emitter_main(int argc, char **argv, const struct emitter_role *roles, size_t roles_count);

/**
 * Deliver waiting samples before another process acts on them. Waits for a busy daemon: with
 * --rounds for at most two seconds, else for a twentieth of a second, since a service would not
 * wait at all. Returns whether all samples were taken.
 */
bool emitter_deliver(struct emitter_process *process);

/** A random number from 0 (included) to 1 (excluded), evenly distributed. */
double emitter_chance(struct emitter_process *process);

/** A random integer from 0 (included) to `count` (excluded), evenly distributed. */
unsigned emitter_pick(struct emitter_process *process, unsigned count);

/**
 * A random duration in seconds as services have them: around `median_s`, a few much longer. Its
 * logarithm is evenly distributed over a factor of four to both sides.
 */
double emitter_duration_s(struct emitter_process *process, double median_s);

#endif
