/*
 * schedule.h - when queries are started: the turn and the timer. Private.
 */
#ifndef STATGATE_POSTGRES_SCHEDULE_H
#define STATGATE_POSTGRES_SCHEDULE_H

#include "postgres/collector.h"

/** The callbacks of struct postgres's handles. */
void schedule_on_turn(uv_idle_t *turn);
void schedule_on_timer(uv_timer_t *timer);

#endif
