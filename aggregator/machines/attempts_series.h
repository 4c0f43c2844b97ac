/*
 * attempts_series.h - the series derived from a machine's attempts. Private to machines/.
 */
#ifndef STATGATE_MACHINES_ATTEMPTS_SERIES_H
#define STATGATE_MACHINES_ATTEMPTS_SERIES_H

#include "machines/machines_private.h"

/** The family that counts the attempts themselves. */
const struct catalog_family *attempts_series_family(const struct machines *machines,
                                                    const struct attempts_machine *machine);
/** Create the series that show before any event. Time in states counts from now on. False when out
 * of memory. */
bool attempts_series_show(struct machines *machines, struct attempts_machine *machine,
                          struct store_time now);

/* Changes of a series. If its family is not exposed, there is no series and nothing happens. */

/** Add one to the counter at this place. */
void attempts_series_count(const struct machines *machines, const struct attempts_machine *machine,
                           enum attempts_part part, uint32_t place, struct store_time now);
void attempts_series_write(const struct machines *machines, const struct attempts_machine *machine,
                           enum attempts_part part, uint32_t place, double value,
                           struct store_time now);
/** Set ATTEMPTS_LAST_SUCCESS or ATTEMPTS_LAST_ERROR to a time. The series is created with its first
 * value. */
void attempts_series_stamp(struct machines *machines, struct attempts_machine *machine,
                           enum attempts_part part, int64_t real_ms, struct store_time now);
/** Set the series of ATTEMPTS_STATE to the current state. */
void attempts_series_state(const struct machines *machines, const struct attempts_machine *machine,
                           struct store_time now);
/** Set the series of ATTEMPTS_STATE_SECONDS from state_ms. */
void attempts_series_seconds(const struct machines *machines,
                             const struct attempts_machine *machine);

#endif
