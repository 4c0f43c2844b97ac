/* SPDX-License-Identifier: MIT */
/* Each allocation of machines, and of the store under them, fails in turn; after that there is
 * memory again. An event is refused as a whole or counted. Series that it could not make are made
 * with the next event. */
#include <math.h>
#include <stdio.h>

#include "assertions.h"
#include "rig.h"
#include "scarce.h"
#include "store/store.h"

/* Machines with a value of `otherwise` are made by their first event. These are all but one, and
 * they have more series than the lists of new series have room for at first. */
#define LABEL(name) "\"" name "\":{\"values\":[\"v\"],\"otherwise\":\"o\"}"
#define LABELS      "\"labels\":{" LABEL("a") "," LABEL("b") "," LABEL("c") "," LABEL("d") "}"
enum { MACHINES = 16 };

static const char catalog[] =
    "\"attempts\":{\"a\":{" LABELS ",\"success\":[\"ok\"],\"failure\":[\"error\"],\"breaker\":"
    "{\"open_after\":2,\"cooldown_s\":30}}},"
    "\"jobs\":{\"t\":{" LABELS ",\"max_live\":20,\"buckets\":[1,10]}}";

static struct rig rig;
static int refused_events;

static void setup(void) {
    rig_load(&rig, catalog);
}

static void teardown(void) {
    catalog_set_done(&rig.set);
}

TestSuite(breakers_jobs_memory, .init = setup, .fini = teardown);

/* The labels of a machine, followed by another one. */
static const char *labels_of(int machine, const char *last) {
    static char text[64];
    (void)snprintf(text, sizeof text, "%c,%c,%c,%c%s", machine & 1 ? 'o' : 'v',
                   machine & 2 ? 'o' : 'v', machine & 4 ? 'o' : 'v', machine & 8 ? 'o' : 'v', last);
    return text;
}

static double value(const char *name, int machine, const char *last) {
    return rig_value(&rig, name, labels_of(machine, last));
}

static enum breakers_jobs_result attempt(int machine) {
    return rig_attempt(&rig, rig_machine(&rig, "a", labels_of(machine, "")), "error", 1);
}

static enum breakers_jobs_result start(int machine) {
    return rig_job(&rig, rig_machine(&rig, "t", labels_of(machine, "")), "started",
                   labels_of(machine, ""), 7);
}

/* Expects that the event is refused only while there is no memory. */
static void expect_taken(const struct memory *memory,
                         enum breakers_jobs_result (*event)(int machine), int machine) {
    struct scarce *scarce = memory->arg;
    const enum breakers_jobs_result result = event(machine);
    if (result == BREAKERS_JOBS_TAKEN)
        return;
    cr_assert(result == BREAKERS_JOBS_FULL);
    cr_assert(scarce->refused > 0);
    cr_assert(event(machine) == BREAKERS_JOBS_FULL, "it stays refused");
    refused_events++;
    scarce->granted = SIZE_MAX;
    cr_assert(event(machine) == BREAKERS_JOBS_TAKEN);
}

static void expect_values(int machine) {
    cr_expect(eq(dbl, value("a_attempts_total", machine, ",error"), 2));
    cr_expect(eq(dbl, value("a_attempts_total", machine, ",ok"), 0));
    cr_expect(eq(dbl, value("a_circuit_open_total", machine, ""), 1));
    cr_expect(not(isnan(value("a_last_error_timestamp_seconds", machine, ""))));
    cr_expect(eq(dbl, value("t_jobs", machine, ",running"), 1));
    cr_expect(eq(dbl, value("t_oldest_running_age_seconds", machine, ""), 2));
}

static bool use_all(const struct memory *memory, void *arg) {
    (void)arg;
    if (!rig_start(&rig, memory))
        return false;
    for (int i = 0; i < MACHINES; i++) {
        expect_taken(memory, attempt, i);
        expect_taken(memory, start, i);
    }
    breakers_jobs_publish(rig.breakers_jobs, rig.now);
    rig_wait(&rig, 2000);
    ((struct scarce *)memory->arg)->granted =
        SIZE_MAX; /* series that are still missing are made from here on */
    for (int i = 0; i < MACHINES; i++)
        cr_assert(attempt(i) == BREAKERS_JOBS_TAKEN);
    breakers_jobs_publish(rig.breakers_jobs, rig.now);
    for (int i = 0; i < MACHINES; i++)
        expect_values(i);
    rig_end(&rig, 7);
    cr_expect(eq(dbl, value("t_finished_total", 1, ",lost"), 1));
    rig_stop(&rig);
    return true;
}

Test(breakers_jobs_memory, an_event_without_memory_is_refused_or_counted) {
    cr_expect(scarce_each_spared(use_all, NULL) > 50);
    cr_expect(refused_events > 0);
}

static struct rig next;
static struct image image;

/* Restores with this memory. False when out of memory. */
static bool take_over(const struct memory *memory, void *arg) {
    const struct match *match = arg;
    struct store_restored restored;
    if (!rig_start(&next, memory))
        return false;
    const bool good = store_restore(next.store, &image, match, next.now, &restored) &&
                      breakers_jobs_restore(next.breakers_jobs, &image, match, next.now);
    if (good) {
        cr_expect(jobs_count(next.breakers_jobs, rig_family(&next, "t")) == MACHINES);
        cr_expect(rig_breaker(&next, rig_machine(&next, "a", "v,v,v,v")).state == BREAKER_OPEN);
    }
    rig_stop(&next);
    return good;
}

Test(breakers_jobs_memory, a_restore_succeeds_or_fails) {
    struct error error;
    cr_assert(rig_start(&rig, memory_heap()));
    for (int i = 0; i < MACHINES; i++) {
        (void)attempt(i);
        (void)attempt(i);
        (void)start(i);
        rig_commit(&rig);
    }
    rig_leave(&rig, &image);
    rig_load(&next, catalog);
    struct match *match = object_match_new(memory_heap(), &image, &next.set, &error);
    cr_assert(match != NULL, "%s", error.text);
    cr_expect(scarce_each_spared(take_over, match) > 50);
    object_match_free(match);
    catalog_set_done(&next.set);
    rig_drop(&rig, &image);
    rig_stop(&rig);
}
