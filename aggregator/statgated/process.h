/*
 * process.h - what the operating system reports of this process: the process_* families.
 */
#ifndef STATGATE_STATGATED_PROCESS_H
#define STATGATE_STATGATED_PROCESS_H

#include "self_metrics/self_metrics.h"

enum { PROCESS_SPARE_MAX = 64 /**< the most that can be asked for */ };

/** How many more descriptors can be opened, up to `most` (PROCESS_SPARE_MAX at most). */
unsigned process_spare_descriptors(unsigned most);
/** How many processes may be watched so that HTTP connections still have descriptors; those of
 * one or two listeners are in owner_watch_budget(). */
uint32_t process_owner_budget(size_t further_listeners);
/** Fill in CPU time, memory and descriptors. */
void process_read(struct self_metrics_inputs *inputs);
/** When this process started, Unix time in seconds; 0 when unknown. */
double process_start_time_s(void);

#endif
