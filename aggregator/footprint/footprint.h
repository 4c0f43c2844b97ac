/*
 * footprint.h - the memory that a daemon takes at most, part by part: what `statgate check` prints, and what the daemon
 * compares its own memory with. Arithmetic only.
 */
#ifndef STATGATE_FOOTPRINT_FOOTPRINT_H
#define STATGATE_FOOTPRINT_FOOTPRINT_H

#include "settings/endpoint_plan.h"

/** The parts, in the order of the table; the series of each service come before them. */
enum footprint_part {
    FOOTPRINT_KNOWN,       /**< table of known lines */
    FOOTPRINT_PARTS,       /**< values of processes, pages of summaries */
    FOOTPRINT_CATALOGS,    /**< catalogs, names on the wire, endpoints */
    FOOTPRINT_OWNERS,      /**< table of processes */
    FOOTPRINT_SENDERS,     /**< the ledger: senders, their handles, rejections by family */
    FOOTPRINT_DETAILS,     /**< of it for people: what was refused and from whom, what ended */
    FOOTPRINT_EVENTS,      /**< what happened, what was reported of it, who scrapes */
    FOOTPRINT_RECEIVE,     /**< datagrams that were read and wait to be applied */
    FOOTPRINT_CONNECTIONS, /**< of HTTP, without their answers */
    FOOTPRINT_ANSWERS,     /**< answers under way */
    FOOTPRINT_TEXTS,       /**< the render cache */
    FOOTPRINT_COMMANDS,    /**< of the control socket, and those that watch lines through it */
    FOOTPRINT_DATABASES,   /**< connections to databases */
    FOOTPRINT_PROCESS,     /**< the program, its libraries, its stack */
    FOOTPRINT_HISTORY,     /**< curves of services and families */
    FOOTPRINT_OBJECT,      /**< the object's own: its undo record, its directory */
    FOOTPRINT_READING,     /**< what reading a catalog at the start takes beyond all of these */
    FOOTPRINT_PART_COUNT
};

struct footprint {
    uint64_t *families; /**< of each family's series, and the machines and live jobs of attempts and
                             jobs, by the family's index in the set */
    size_t family_count;
    uint64_t parts[FOOTPRINT_PART_COUNT];
    uint64_t restore; /**< beside all these while a daemon takes over what another one has */
    uint64_t object;  /**< of all these, in the object that outlives the process */
};

/** As the table has it, "table of known lines"; and as a key of JSON, "known_lines_bytes". Static.
 */
const char *footprint_part_text(enum footprint_part part);
const char *footprint_part_key(enum footprint_part part);

/** For a finished set and the endpoints that show it. False: out of memory. End it with
 * footprint_done. */
bool footprint_measure(struct footprint *ret_footprint, const struct catalog_set *set,
                       const struct endpoint_plan *plan);
/** Safe on a zeroed struct. */
void footprint_done(struct footprint *footprint);
/** Of the object that outlives the process, for a finished set. */
uint64_t footprint_object_bytes(const struct catalog_set *set, bool history);
/** All families and parts. */
uint64_t footprint_bytes(const struct footprint *footprint);
/** The same with a reload under way: two daemons live for a moment. */
uint64_t footprint_reload_bytes(const struct footprint *footprint);

#endif
