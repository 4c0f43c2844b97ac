/*
 * attempts_series.h - the series derived from a machine's attempts. Private to machines/.
 */
#ifndef STATGATE_MACHINES_ATTEMPTS_SERIES_H
#define STATGATE_MACHINES_ATTEMPTS_SERIES_H

#include "machines/machines_private.h"

/** Of the attempts themselves. */
const struct catalog_family *attempts_series_family(const struct machines *machines,
                                                    const struct attempts_machine *machine);
/** Make what shows before any event. From here on time in states counts. False when out of memory. */
bool attempts_series_show(struct machines *machines, struct attempts_machine *machine,
                          struct store_time now);

/* Changes of a series. What is not exposed has none: nothing happens. */

/** Add one to the counter at this place. */
void attempts_series_count(const struct machines *machines, const struct attempts_machine *machine,
                           enum attempts_part part, uint32_t place, struct store_time now);
void attempts_series_write(const struct machines *machines, const struct attempts_machine *machine,
                           enum attempts_part part, uint32_t place, double value,
                           struct store_time now);
/** A time, of ATTEMPTS_LAST_SUCCESS or ATTEMPTS_LAST_ERROR: such a series comes with its first value. */
void attempts_series_stamp(struct machines *machines, struct attempts_machine *machine,
                           enum attempts_part part, int64_t real_ms, struct store_time now);
/** ATTEMPTS_STATE, by the state there is. */
void attempts_series_state(const struct machines *machines, const struct attempts_machine *machine,
                           struct store_time now);
/** ATTEMPTS_STATE_SECONDS, by state_ms. */
void attempts_series_seconds(const struct machines *machines,
                             const struct attempts_machine *machine);

#endif
