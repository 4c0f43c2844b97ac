/* SPDX-License-Identifier: MIT */
/*
 * rig.h - for tests of the watches of processes: a ledger, a loop, and files that imitate /proc.
 */
#ifndef TESTS_INGRESS_RIG_H
#define TESTS_INGRESS_RIG_H

#include <sys/types.h>
#include <uv.h>

#include "child.h"
#include "ledger/ledger.h"

extern struct catalog_set rig_set; /* empty */
extern struct ledger *rig_ledger;
extern uv_loop_t rig_loop;

/* Set them and a place up; or close the loop, which must end, and free all. */
void rig_start(void);
void rig_end(void);
/* Turns the loop once, with its timers, although handles of a watch do not keep it alive. */
void rig_turn(void);

/* The present real time, as a datagram has it. */
int64_t now_ms(void);

/* A made-up /proc/PID/stat in the test's folder. */
void make_stat(pid_t pid, const char *comm, long long start_ticks);

#endif
