/* SPDX-License-Identifier: MIT */
/*
 * zones.h - time zones with their changes of 2026, in UTC, from the tz database, 2024a.
 */
#ifndef STATGATE_TESTS_ZONES_H
#define STATGATE_TESTS_ZONES_H

#include "schedule/schedule.h"

static const struct schedule_change utc_changes[] = {{INT64_MIN, 0}};
static const struct schedule_zone utc = {"UTC", utc_changes, 1};

/* 29 March and 25 October 2026, 01:00 UTC. */
static const struct schedule_change berlin_changes[] = {
    {INT64_MIN, 3600}, {1774746000, 7200}, {1792890000, 3600}};
static const struct schedule_zone berlin = {"Europe/Berlin", berlin_changes, 3};

/* 5 April 2026 02:00 LHDT, back by half an hour; 4 October 02:00 LHST. */
static const struct schedule_change lord_howe_changes[] = {
    {INT64_MIN, 39600}, {1775314800, 37800}, {1791041400, 39600}};
static const struct schedule_zone lord_howe = {"Australia/Lord_Howe", lord_howe_changes, 3};

/* 29 March 2026, whose midnight does not come; 25 October at midnight, back to 23:00. */
static const struct schedule_change beirut_changes[] = {
    {INT64_MIN, 7200}, {1774735200, 10800}, {1792875600, 7200}};
static const struct schedule_zone beirut = {"Asia/Beirut", beirut_changes, 3};

#endif
