/* SPDX-License-Identifier: MIT */
/*
 * owner_rig.h - a watch of owners that records the calls of its hooks. Processes are real, except
 * in tests of reused process ids, where a folder of made-up stat files replaces /proc.
 */
#ifndef STATGATE_TESTS_INGRESS_OWNER_RIG_H
#define STATGATE_TESTS_INGRESS_OWNER_RIG_H

#include "ingress/ingress.h"
#include "rig.h"

extern struct owners *owners;
extern struct owner_watch *watch;

extern size_t catch_ups;
extern size_t catch_ups_in_vain; /* how many calls will not finish: more is left to apply */
extern uint32_t live_at_catch_up;
extern size_t releases;
extern uint32_t most_at_once; /* most ended owners that one call of the hook found */

extern size_t adoptions; /* calls of the hook, and the arguments of the last one */
extern struct owner_watch_adopted adopted;

struct owners_figures owners_now(void);
struct owner_watch_figures watch_now(void);

/* Call these after rig_start: they start a watch with the real /proc and limits, or with these. */
void start(void);
void start_with(const char *proc_path, uint32_t max, uint32_t most_owners);
/* Makes only a table, for owners that exist before the watch. */
void owners_before(uint32_t most_owners);
/* Close only the watch; or, as fini of a suite, everything. */
void close_watch(void);
void owner_rig_end(void);

const struct sender *row_for(int32_t pid, uint32_t uid);
/* Makes an owner, as the first sample for something owned from this process does. */
owner_id own(int32_t pid);
/* Turns the loop until the watch has ended `deaths` owners and they are released. Returns how long
 * that took. */
uint64_t turn_until_deaths(uint64_t deaths);

#endif
