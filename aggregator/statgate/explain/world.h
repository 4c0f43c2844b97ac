/*
 * world.h - a private copy of what the daemon has behind a socket, for explaining lines: verdict,
 * reason, place and series come from the real gate. Private to statgate/.
 */
#ifndef STATGATE_STATGATE_EXPLAIN_WORLD_H
#define STATGATE_STATGATE_EXPLAIN_WORLD_H

#include "breakers_jobs/breakers_jobs.h"
#include "gate/gate.h"
#include "hints/hints.h"
#include "ledger/ledger.h"
#include "settings/settings.h"
#include "store/store.h"

/** The tables behind a socket. */
struct explain_world {
    const struct catalog_set *set; /**< borrowed */
    const char *include;           /**< settings of groups, borrowed; for messages */
    const char *exclude;
    const struct endpoint_plan *plan; /**< borrowed; NULL: only the default endpoint */
    struct store *store;
    struct ledger *ledger;
    struct breakers_jobs *breakers_jobs;
    struct gate *gate;
    struct gate_origin origin; /**< sender and socket */
    struct store_time now;
};

/** Make the tables. False: out of memory. Each line sees the effects of earlier lines. */
bool explain_world_init(struct explain_world *world, const struct catalog_set *set,
                        const struct gate_origin *origin, struct store_time now);
void explain_world_done(struct explain_world *world);

/** Pass one line through the gate. Pointers in *ret_trace point into the line and the world, and
 * are valid until the next call. */
void explain_line(struct explain_world *world, struct sg_span text, struct gate_trace *ret_trace);

/** The world as hints need it. */
struct hints_world explain_world_hints(const struct explain_world *world);

#endif
