/* SPDX-License-Identifier: MIT */
/* duty.c - what a job should do: how often it is due, by an interval or a schedule in a time zone.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "loader/loader_private.h"
#include "schedule/schedule.h"

/* ---- time zones ----
 * The C library knows them, with rules for years to come, but only the one of the process. So that
 * is changed for a moment, and asked for the changes of forty years. A catalog is read where no
 * other thread asks for a local time.
 */

enum {
    ZONE_CHANGES_MAX = 512,
    ZONE_NAME_MAX = 64,
    ZONE_STEP_S = 5 * 86400 /* no zone changes its clock twice within */
};
static const time_t zone_from_s = 1577836800;  /* 2020 */
static const time_t zone_until_s = 2840140800; /* 2060 */

static int32_t offset_at(time_t at_s) {
    struct tm local = {0};
    return localtime_r(&at_s, &local) != NULL ? (int32_t)local.tm_gmtoff : 0;
}

/* The first second after `from` at which the offset is that of `until`. */
static time_t change_between(time_t from, time_t until) {
    const int32_t after = offset_at(until);
    while (until - from > 1) {
        const time_t middle = from + (until - from) / 2;
        if (offset_at(middle) == after)
            until = middle;
        else
            from = middle;
    }
    return until;
}

static size_t list_changes(struct schedule_change changes[ZONE_CHANGES_MAX]) {
    size_t count = 1;
    changes[0] = (struct schedule_change){INT64_MIN, offset_at(zone_from_s)};
    for (time_t at = zone_from_s; at < zone_until_s; at += ZONE_STEP_S) {
        const int32_t offset = offset_at(at + ZONE_STEP_S);
        if (offset != changes[count - 1].offset_s && count < ZONE_CHANGES_MAX)
            changes[count++] =
                (struct schedule_change){change_between(at, at + ZONE_STEP_S), offset};
    }
    return count;
}

/* Whether the host has the zone: for any other name the C library takes UTC. */
static bool has_zone(const char *name) {
    char path[ZONE_NAME_MAX + 32];
    if (*name == '\0' || *name == '/' || strstr(name, "..") != NULL || strlen(name) > ZONE_NAME_MAX)
        return false;
    if (strcmp(name, "UTC") == 0)
        return true;
    (void)snprintf(path, sizeof path, "/usr/share/zoneinfo/%s", name);
    FILE *file = fopen(path, "re");
    char magic[4] = ""; /* RFC 8536, 3.1 */
    const bool good = file != NULL && fread(magic, sizeof magic, 1, file) == 1 &&
                      memcmp(magic, "TZif", sizeof magic) == 0;
    if (file != NULL)
        (void)fclose(file);
    return good;
}

static const struct schedule_zone *make_zone(struct arena *arena, const char *name) {
    struct schedule_change found[ZONE_CHANGES_MAX];
    const char *variable = getenv("TZ");
    const char *former = variable != NULL ? arena_strndup(arena, variable, strlen(variable)) : NULL;
    if (*name != '\0')
        (void)setenv("TZ", name, 1);
    tzset();
    const size_t count = list_changes(found);
    if (former != NULL)
        (void)setenv("TZ", former, 1);
    else
        (void)unsetenv("TZ");
    tzset();
    struct schedule_zone *zone = arena_alloc(arena, sizeof *zone);
    struct schedule_change *changes = arena_array(arena, count, sizeof *changes);
    memcpy(changes, found, count * sizeof *changes);
    *zone = (struct schedule_zone){arena_strndup(arena, name, strlen(name)), changes, count};
    return zone;
}

/* The zone of this name, as another job of the catalog has it. */
static const struct schedule_zone *known_zone(const struct load *load, const char *name) {
    for (size_t i = 0; i < load->family_count; i++) {
        const struct catalog_jobs *jobs = load->families[i].jobs;
        if (jobs != NULL && jobs->duty.zone != NULL && strcmp(jobs->duty.zone->name, name) == 0)
            return jobs->duty.zone;
    }
    return NULL;
}

bool loader_read_zone(const struct node *at, struct catalog_duty *duty) {
    const char *name = "";
    if (at->value != NULL) {
        if (!loader_read_text(at, ZONE_NAME_MAX, &name))
            return false;
        if (!has_zone(name))
            return loader_fail(at,
                               "this host knows no time zone \"%s\"; its zones are in "
                               "/usr/share/zoneinfo, from the package tzdata",
                               name);
    }
    duty->zone = known_zone(at->load, name);
    if (duty->zone == NULL)
        duty->zone = make_zone(&at->load->catalog->arena, name);
    return true;
}

/* ---- schedules ---- */

enum { EXPRESSION_MAX = 200 };

static bool read_expression(const struct node *at, const struct catalog_schedule **ret_schedule) {
    struct error error;
    struct catalog_schedule *schedule = arena_alloc(&at->load->catalog->arena, sizeof *schedule);
    if (!loader_read_text(at, EXPRESSION_MAX, &schedule->text))
        return false;
    *ret_schedule = schedule;
    return schedule_parse(schedule->text, &schedule->schedule, &error) ||
           loader_fail(at, "%s", error.text);
}

static bool read_by_value(const struct node *at, const struct catalog_label *label,
                          struct catalog_duty *duty) {
    struct walk walk = {0};
    struct node here;
    bool good = true;
    duty->by_value =
        arena_array(&at->load->catalog->arena, label->value_count + 1, sizeof(struct schedule *));
    memset(duty->by_value, 0, (label->value_count + 1) * sizeof(struct schedule *));
    if (!loader_is_object(at))
        return false;
    while (loader_next(at, &walk, &here)) {
        const char *text = here.place.key;
        const int32_t id = catalog_label_find_text(label, text, strlen(text));
        if (id < 0)
            good = loader_fail(&here, "the label %s has no value \"%.80s\"", label->name, text);
        else
            good = read_expression(&here, &duty->by_value[id]) && good;
    }
    return good;
}

/* {"task": {"backup": "5 5 * * 0", "report": "@hourly"}} */
static bool read_by_label(const struct node *at, const struct catalog_family *machine,
                          struct catalog_duty *duty) {
    if (json_object_size(at->value) != 1)
        return loader_fail(at, "expected one label, whose values have schedules: {\"task\": "
                               "{\"backup\": \"5 5 * * 0\"}}");
    const char *name = json_object_iter_key(json_object_iter(at->value));
    const struct node here = loader_member(at, name);
    for (uint32_t i = 0; i < machine->label_count; i++)
        if (strcmp(machine->labels[i].name, name) == 0) {
            duty->label = i;
            return read_by_value(&here, &machine->labels[i], duty);
        }
    return loader_fail(&here, "this job has no label \"%.80s\"", name);
}

bool loader_read_schedule(const struct node *at, const struct catalog_family *machine,
                          struct catalog_duty *duty) {
    duty->declared = true;
    return json_is_object(at->value) ? read_by_label(at, machine, duty)
                                     : read_expression(at, &duty->schedule);
}
