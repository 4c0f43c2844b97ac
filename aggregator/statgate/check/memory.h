/*
 * memory.h - what the daemon takes at most, part by part. Private to statgate/.
 */
#ifndef STATGATE_STATGATE_CHECK_MEMORY_H
#define STATGATE_STATGATE_CHECK_MEMORY_H

#include "settings/endpoint_plan.h"

/** The parts, in the order of the table; the series of each service come before them. */
enum check_part {
    CHECK_KNOWN,       /**< table of known lines */
    CHECK_PARTS,       /**< values of processes, pages of summaries */
    CHECK_CATALOGS,    /**< catalogs, names on the wire, endpoints */
    CHECK_OWNERS,      /**< table of processes */
    CHECK_SENDERS,     /**< the ledger: senders, their handles, rejections by family */
    CHECK_DETAILS,     /**< of it for people: what was refused and from whom, what ended */
    CHECK_EVENTS,      /**< what happened, what is told of it, who scrapes */
    CHECK_RECEIVE,     /**< datagrams that were read and wait to be applied */
    CHECK_CONNECTIONS, /**< of HTTP, without their answers */
    CHECK_ANSWERS,     /**< answers under way */
    CHECK_DATABASES,   /**< connections to databases */
    CHECK_PROCESS,     /**< the program, its libraries, its stack */
    CHECK_HISTORY,     /**< curves of services and families */
    CHECK_OBJECT,      /**< the object's own: its undo record, its directory */
    CHECK_READING,     /**< what reading a catalog at the start takes beyond all of these */
    CHECK_PART_COUNT
};

struct check_memory {
    uint64_t *families; /**< of each family's series, and the machines and live jobs of attempts and
                             jobs, by the family's index in the set */
    uint64_t parts[CHECK_PART_COUNT];
    uint64_t restore; /**< beside all these while a daemon takes over what another one has */
    uint64_t object;  /**< of all these, in the object that outlives the process */
};

/** As the table has it, "table of known lines"; and as a key of JSON, "known_lines_bytes". Static.
 */
const char *check_part_text(enum check_part part);
const char *check_part_key(enum check_part part);

/** For a finished set and the endpoints that show it. False: out of memory. End it with
 * check_memory_done. */
bool check_memory_measure(struct check_memory *ret_memory, const struct catalog_set *set,
                          const struct endpoint_plan *plan);
/** Safe on a zeroed struct. */
void check_memory_done(struct check_memory *memory);
/** With a reload under way, when a daemon that is full has `bytes` in all: two of them live for a moment. */
uint64_t check_memory_reload(const struct check_memory *memory, uint64_t bytes);
/** Sum of the parts, without families. */
uint64_t check_memory_sum(const struct check_memory *memory);

#endif
