/*
 * world.h - what the daemon has behind a socket, of its own for explaining lines: the verdict,
 * its reason, place and series are the real gate's. Private to statgate/.
 */
#ifndef STATGATE_STATGATE_EXPLAIN_WORLD_H
#define STATGATE_STATGATE_EXPLAIN_WORLD_H

#include "gate/gate.h"
#include "gate/trace.h"
#include "hints/world.h"
#include "ledger/ledger.h"
#include "machines/machines.h"
#include "settings/endpoint_plan.h"
#include "store/store.h"

/** What lies behind a socket. */
struct explain_world {
    const struct catalog_set *set; /**< borrowed */
    const char *include;           /**< the settings of groups, borrowed; for people */
    const char *exclude;
    const struct endpoint_plan *plan; /**< endpoints, borrowed; NULL: the default one alone */
    struct store *store;
    struct ledger *ledger;
    struct machines *machines;
    struct gate *gate;
    struct gate_origin origin; /**< who sends, and through which socket */
    struct store_time now;
};

/** False: out of memory. Lines find what those before them left. */
bool explain_world_init(struct explain_world *world, const struct catalog_set *set,
                        const struct gate_origin *origin, struct store_time now);
void explain_world_done(struct explain_world *world);

/** Pass one line through the gate. Pointers in *ret_trace lead into the line and the world, and are
 * valid until the next call. */
void explain_line(struct explain_world *world, struct sg_span text, struct gate_trace *ret_trace);

/** What hints know of it. */
struct hints_world explain_world_hints(const struct explain_world *world);

#endif
