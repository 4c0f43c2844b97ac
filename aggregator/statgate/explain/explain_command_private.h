/* SPDX-License-Identifier: MIT */
/* explain_command_private.h - what the modules of this folder and their tests share. Private. */
#ifndef STATGATE_STATGATE_EXPLAIN_EXPLAIN_COMMAND_PRIVATE_H
#define STATGATE_STATGATE_EXPLAIN_EXPLAIN_COMMAND_PRIVATE_H

#include "base/strbuf.h"
#include "breakers_jobs/breakers_jobs.h"
#include "gate/gate.h"
#include "hints/hints.h"
#include "ledger/ledger.h"
#include "settings/settings.h"
#include "statgate/explain/explain_command.h"
#include "store/store.h"

/* ---- world ----
 * a private copy of what the daemon has behind a socket, for explaining lines: verdict,
 * reason, place and series come from the real gate. Private to statgate/.
 */

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

/** Make the tables. Each line sees the effects of earlier lines. */
void explain_world_init(struct explain_world *world, const struct catalog_set *set,
                        const struct gate_origin *origin, struct store_time now);
void explain_world_done(struct explain_world *world);

/** Pass one line through the gate. Pointers in *ret_trace point into the line and the world, and
 * are valid until the next call. */
void explain_line(struct explain_world *world, struct sg_span text, struct gate_trace *ret_trace);

/** The world as hints need it. */
struct hints_world explain_world_hints(const struct explain_world *world);

/* ---- exposed ----
 * shows the series that a line changed as a scrape would. Private to statgate/.
 */

/** Append all lines of the series; for attempts and jobs, those of the derived series that the
 * line changed. */
void explain_put_exposed(struct strbuf *out, const struct explain_world *world,
                         const struct gate_trace *trace);

#endif
