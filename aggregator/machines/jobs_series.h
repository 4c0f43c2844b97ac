/*
 * jobs_series.h - the series derived from a machine's jobs. Private to machines/.
 */
#ifndef STATGATE_MACHINES_JOBS_SERIES_H
#define STATGATE_MACHINES_JOBS_SERIES_H

#include "machines/machines_private.h"

/** Create the series that show before any event; ages and histograms are created with their first
 * value. False when out of memory. */
bool jobs_series_show(struct machines *machines, struct jobs_machine *machine,
                      struct store_time now);
/** Update the series with the number of jobs in a state. */
void jobs_series_count(const struct machines *machines, const struct jobs_machine *machine,
                       enum job_state which, struct store_time now);
/** Observe the time since from_ms in the histogram of JOBS_WAITING or JOBS_RUNNING. */
void jobs_series_observe(struct machines *machines, struct jobs_machine *machine,
                         enum jobs_part part, int64_t from_ms, struct store_time now);
/** Update the age of the oldest job in a state; without such a job there is no series. */
void jobs_series_oldest(struct machines *machines, struct jobs_machine *machine,
                        enum job_state which, struct store_time now);

/** Update this machine's series, which a former process left, to match its present jobs. */
void jobs_series_adopt(struct machines *machines, struct jobs_machine *machine,
                       struct store_time now);

#endif
