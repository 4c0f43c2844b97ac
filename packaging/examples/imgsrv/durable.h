/* SPDX-License-Identifier: MIT */
/* The durable part of imgsrv: changes rows in its database, with psql and durable.sql. */
#ifndef IMGSRV_DURABLE_H
#define IMGSRV_DURABLE_H

#include <emitter.h>

/** A role's `begin`: start psql on the database of the options. */
bool durable_begin(struct emitter_process *process);

/** A role's `round`: run one step, and wait until it is done. If psql has ended, print that and
 * return false. */
bool durable_round(struct emitter_process *process);

/** A role's `end`: end psql. */
void durable_end(struct emitter_process *process);

#endif
