/*
 * model.h - the tables of all numbers, in memory that outlives the process where there is such memory: an
 * object (object/object.h) in a file without a name (host/object_file.h).
 */
#ifndef STATGATE_STATGATED_MODEL_H
#define STATGATE_STATGATED_MODEL_H

#include "statgated/daemon.h"

/** Make store, ledger, machines, gate and self of the daemon's catalogs, in an object, or else on the heap: then
 * a warning says that values end with the process. With the values of the takeover, if there is one and they
 * fit; of one that is handed, with what can be copied before its daemon stops. False with *ret_error; close it in any case. */
bool model_open(struct daemon *daemon, struct start_error *ret_error);
/** Of a daemon that is handed what another one has (takeover.h): that one has stopped, take over its values. False
 * with *ret_error. */
bool model_take_over(struct daemon *daemon, struct start_error *ret_error);
/** Safe twice. What the object has stays for whoever else has its file. */
void model_close(struct daemon *daemon);

#endif
