/*
 * model.h - the tables that hold all numbers, if possible in memory that outlives the process: an
 * object (object/object.h) in a file without a name (host/object_file.h).
 */
#ifndef STATGATE_STATGATED_MODEL_H
#define STATGATE_STATGATED_MODEL_H

#include "statgated/daemon.h"

/** Make store, ledger, machines, gate and self for the daemon's catalogs, in an object or else
 * on the heap; in that case a warning says that values end with the process. Fills in the values
 * of the takeover if there is one and they fit; if it is handed over by a live daemon, what can
 * be copied before that daemon stops. False with *ret_error; call model_close in any case. */
bool model_open(struct daemon *daemon, struct start_error *ret_error);
/** For a successor (takeover.h): the former daemon has stopped, take over its values. False with
 * *ret_error. */
bool model_take_over(struct daemon *daemon, struct start_error *ret_error);
/** Free the tables. Safe twice. The object's content stays for others that have its file. */
void model_close(struct daemon *daemon);

#endif
