/*
 * What the emitters of the bundled systems share: several processes, each with a role and a handle
 * of its own, that send in rounds. What is sent is the business of the systems.
 *
 *     static const struct emitter_role roles[] = {
 *         {.name = "worker", .processes = 4, .period_ms = 250, .round = serve},
 *     };
 *     int main(int argc, char **argv) {
 *         return emitter_main(argc, argv, roles, 1);
 *     }
 *
 * Everything drawn by chance comes from fixed seeds: as many rounds send the same again.
 */
#ifndef STATGATE_EMITTER_H
#define STATGATE_EMITTER_H

#include <statgate.h>

/** What the command line says. */
struct emitter_options {
    const char *socket;    /**< the daemon's; NULL = the default places */
    const char *database;  /**< conninfo of a database; NULL = none */
    unsigned long seconds; /**< the end after so long; 0 = until a signal */
    unsigned long
        rounds;   /**< so many of each process, without pauses; 0 = with pauses, on and on */
    bool trouble; /**< a load that the system's alerts are for */
};

/** One process as its role's functions see it. */
struct emitter_process {
    struct statgate sg;
    const struct emitter_options *options;
    unsigned index;      /**< among those of its role, from 0 */
    unsigned long round; /**< from 0 */
    uint64_t random;     /**< the state of emitter_chance */
};

/** What processes of one kind do. */
struct emitter_role {
    const char *name;
    const char *note; /**< what the help has to say of it, in whole lines; NULL = nothing */
    unsigned processes;
    unsigned period_ms; /**< between the starts of two rounds */
    unsigned kill_ms;   /**< every so often the youngest of them is killed, and another started; 0 =
                           never */
    bool needs_database;                            /**< not there without --database */
    bool (*begin)(struct emitter_process *process); /**< before the first round; false, having said
                                                       why, ends all. NULL = nothing */
    bool (*round)(struct emitter_process *process); /**< likewise */
    void (*end)(struct emitter_process *process);   /**< at an orderly end. NULL = nothing */
};

/**
 * Run a system's processes as the command line says, and print how that went. With --rounds one
 * process more of each role with kill_ms is killed behind its rounds, the others stay until
 * standard input is closed or a signal comes. Returns the exit code for main: 0, also behind
 * --help; 1 if a process failed; 2 for wrong arguments.
 */
int emitter_main(int argc, char **argv, const struct emitter_role *roles, size_t roles_count);

/**
 * Hand over what waits, before somebody acts on it. Waits for a busy daemon: with --rounds two
 * seconds at most, else a twentieth, since a service would not wait at all. Returns whether all was
 * taken.
 */
bool emitter_deliver(struct emitter_process *process);

/** From 0 (included) to 1 (excluded), each alike. */
double emitter_chance(struct emitter_process *process);

/** From 0 (included) to `count` (excluded), each alike. */
unsigned emitter_pick(struct emitter_process *process, unsigned count);

/**
 * A duration in seconds as services have them: around `median_s`, few much longer. The logarithm is
 * spread evenly over a factor of four to both sides.
 */
double emitter_duration_s(struct emitter_process *process, double median_s);

#endif
