/*
 * jobs_series.h - the series derived from a machine's jobs. Private to machines/.
 */
#ifndef STATGATE_MACHINES_JOBS_SERIES_H
#define STATGATE_MACHINES_JOBS_SERIES_H

#include "machines/machines_private.h"

/** Make what shows before any event; ages and histograms come with their first value. False when out of
 * memory. */
bool jobs_series_show(struct machines *machines, struct jobs_machine *machine,
                      struct store_time now);
/** How many jobs of a state there are. */
void jobs_series_count(const struct machines *machines, const struct jobs_machine *machine,
                       enum job_state which, struct store_time now);
/** A time since from_ms, of JOBS_WAITING or JOBS_RUNNING. */
void jobs_series_observe(struct machines *machines, struct jobs_machine *machine,
                         enum jobs_part part, int64_t from_ms, struct store_time now);
/** The age of the oldest job of a state; no series when there is none. */
void jobs_series_oldest(struct machines *machines, struct jobs_machine *machine,
                        enum job_state which, struct store_time now);

/** Series of a former process are this machine's: bring them in line with the jobs there are. */
void jobs_series_adopt(struct machines *machines, struct jobs_machine *machine,
                       struct store_time now);

#endif
