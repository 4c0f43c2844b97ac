/*
 * rig.h - for tests of what watches processes: a ledger and a loop, and files that look like
 * processes.
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

/* Set them and a place up; close the loop, which must end, and free all. */
void rig_start(void);
void rig_end(void);
/* One turn of the loop, with its timers, though handles of a watch do not keep it alive. */
void rig_turn(void);

/* The real time, as of a datagram. */
int64_t now_ms(void);

/* A made-up /proc/PID/stat in the test's folder. */
void make_stat(pid_t pid, const char *comm, long long start_ticks);

#endif
