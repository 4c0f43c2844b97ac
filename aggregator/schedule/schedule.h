/* SPDX-License-Identifier: MIT */
/*
 * schedule.h - when a job is due: an expression of cron in a time zone.
 *
 * The expressions are those of Debian's cron, crontab(5): five fields, or @daily and the like. If
 * day of month and day of week are both restricted, a day that matches one of them is enough; a
 * field that begins with * restricts nothing, even with a step.
 *
 * Where the zone's clock is put back, a local time comes twice, and one that is skipped never
 * comes. cron, systemd and Kubernetes differ there. So a slot that comes twice is one slot, which a
 * start up to an hour before or after it meets, and there is none at a time that is skipped. An
 * expression for every hour follows the passing time instead, and all its slots are real.
 */
#ifndef STATGATE_SCHEDULE_SCHEDULE_H
#define STATGATE_SCHEDULE_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

/** An expression. A bit for each value of a field. */
struct schedule {
    uint64_t minutes;
    uint32_t hours;
    uint32_t days;     /**< of the month; bit 1 to 31 */
    uint16_t months;   /**< bit 1 to 12 */
    uint8_t week_days; /**< bit 0: Sunday, to 6 */
    bool any_day;      /**< the day of the month begins with * */
    bool any_week_day;
};

/** A time zone: seconds to add to UTC, from each change on. */
struct schedule_change {
    int64_t at_s; /**< Unix time; of the first one INT64_MIN */
    int32_t offset_s;
};
struct schedule_zone {
    const char *name; /**< "Europe/Berlin"; "": that of the host */
    const struct schedule_change *changes;
    size_t count; /**< at least 1 */
};

/** Read an expression. False: ret_error has a sentence without a place. */
bool schedule_parse(const char *text, struct schedule *ret_schedule, struct error *ret_error);

/** A time at which the job is due. */
struct schedule_slot {
    int64_t at_s;     /**< Unix time */
    int64_t around_s; /**< a start so much before or after it is in time, too */
};
/** The first slot after this Unix time; false if there is none within nine years, as in a zone
 * whose clock always skips it. */
bool schedule_next(const struct schedule *schedule, const struct schedule_zone *zone,
                   int64_t after_s, struct schedule_slot *ret_slot);

#endif
