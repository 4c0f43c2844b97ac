/* SPDX-License-Identifier: MIT */
/*
 * footprint.h - the most memory that a daemon takes, part by part: what `statgate check` prints,
 * and what the daemon compares its own memory with. Arithmetic only.
 */
#ifndef STATGATE_FOOTPRINT_FOOTPRINT_H
#define STATGATE_FOOTPRINT_FOOTPRINT_H

#include "settings/settings.h"

/** The parts, in the order of the table, where the series of each service come first. */
enum footprint_part {
    FOOTPRINT_KNOWN,       /**< table of known lines */
    FOOTPRINT_PARTS,       /**< values of processes, pages of summaries */
    FOOTPRINT_CATALOGS,    /**< catalogs, names in lines, endpoints */
    FOOTPRINT_OWNERS,      /**< table of processes */
    FOOTPRINT_SENDERS,     /**< the ledger: senders, their handles, rejections by family */
    FOOTPRINT_DETAILS,     /**< the ledger's, for people: what was refused, from whom, what ended */
    FOOTPRINT_EVENTS,      /**< recent events and what was reported of them, who scrapes */
    FOOTPRINT_RECEIVE,     /**< datagrams that were received and wait to be applied */
    FOOTPRINT_CONNECTIONS, /**< HTTP connections, without their answers */
    FOOTPRINT_ANSWERS,     /**< answers under way */
    FOOTPRINT_COMMANDS,    /**< connections of the control socket, and those that watch lines */
    FOOTPRINT_DATABASES,   /**< connections to databases */
    FOOTPRINT_PROCESS,     /**< the program, its libraries, its stack */
    FOOTPRINT_HISTORY,     /**< curves of services and families */
    FOOTPRINT_OBJECT,      /**< the object's own undo record and directory */
    FOOTPRINT_READING,     /**< what reading a catalog at the start needs in addition */
    FOOTPRINT_PART_COUNT
};

struct footprint {
    uint64_t *families; /**< bytes of each family's series, and of the machines and live jobs of
                         * attempts and jobs, by the family's index in the set */
    size_t family_count;
    uint64_t parts[FOOTPRINT_PART_COUNT];
    uint64_t restore; /**< additional bytes while a daemon takes over from another one */
    uint64_t object;  /**< how much of the total is in the object that outlives the process */
};

/** The name in the table, "table of known lines"; and the key in JSON, "known_lines_bytes".
 * Static. */
const char *footprint_part_text(enum footprint_part part);
const char *footprint_part_key(enum footprint_part part);

/** Measure a finished set and the endpoints that show it. Free the result
 * with footprint_done. */
void footprint_measure(struct footprint *ret_footprint, const struct catalog_set *set,
                       const struct endpoint_plan *plan);
/** Safe on a zeroed struct. */
void footprint_done(struct footprint *footprint);
/** Bytes of the object that outlives the process, for a finished set. */
uint64_t footprint_object_bytes(const struct catalog_set *set, bool history);
/** The sum of all families and parts. */
uint64_t footprint_bytes(const struct footprint *footprint);
/** The parts that are not allocated with the tables, but when clients come. */
uint64_t footprint_later_bytes(const struct footprint *footprint);
/** The sum while a reload is under way: two daemons live for a moment. */
uint64_t footprint_reload_bytes(const struct footprint *footprint);

#endif
