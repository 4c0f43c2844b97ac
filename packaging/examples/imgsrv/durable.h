/* The durable part of imgsrv: rows that move in its database, by durable.sql and psql. */
#ifndef IMGSRV_DURABLE_H
#define IMGSRV_DURABLE_H

#include <emitter.h>

/** Start psql on the database of the options. A role's `begin`; the other two likewise. */
bool durable_begin(struct emitter_process *process);

/** Run one step, and wait until it is done. False, having said so, when psql has ended. */
bool durable_round(struct emitter_process *process);

/** End psql. */
void durable_end(struct emitter_process *process);

#endif
