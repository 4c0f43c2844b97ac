/* SPDX-License-Identifier: MIT */
/* Attempts and breakers: each rule, through the interface of the machines. */
#include <math.h>

#include <string.h>

#include "assertions.h"
#include "breakers_jobs/breakers_jobs_private.h"
#include "rig.h"
#include "store/store.h"

static const char catalog[] =
    "\"attempts\":{\"job\":{\"labels\":{\"job\":{\"values\":[\"publish\",\"sweep\"],"
    "\"otherwise\":\"other\"}},\"success\":[\"worked\",\"idle\"],\"failure\":[\"error\"],"
    "\"breaker\":{\"open_after\":5,\"cooldown_s\":30,\"probes\":1},\"expected_s\":10,"
    "\"expose\":[\"circuit_state\",\"circuit_transitions_total\",\"circuit_state_seconds_total\","
    "\"overdue_seconds\"]},"
    "\"own\":{\"success\":[\"ok\"],\"failure\":[\"error\"],\"breaker\":\"reported\","
    "\"expose\":[\"circuit_state\",\"circuit_transitions_total\"]},"
    "\"plain\":{\"success\":[\"ok\"],\"failure\":[\"error\"]}}";

static void attempts(struct rig *rig, const struct series *machine, const char *word, int count) {
    for (int i = 0; i < count; i++)
        cr_assert(eq(int, rig_attempt(rig, machine, word, 100 + i), BREAKERS_JOBS_TAKEN));
}

struct heard {
    size_t index;
    int count;
};

Test(attempts, a_clock_that_falls_back_stops) {
    struct rig rig;
    rig_open(&rig, catalog);
    const struct series *publish = rig_machine(&rig, "job", "publish");
    attempts(&rig, publish, "error", 5);
    rig_wait(&rig, 1000);
    breakers_jobs_publish(rig.breakers_jobs, rig.now);
    rig.now.mono_ms -= 600;
    attempts(&rig, publish, "error", 1);
    breakers_jobs_publish(rig.breakers_jobs, rig.now);
    cr_expect(eq(dbl, rig_value(&rig, "job_circuit_state_seconds_total", "publish,open"), 1));
    rig_close(&rig);
}

/* ---- a person decides, and a trial ---- */

static const char forced_catalog[] =
    "\"attempts\":{\"f\":{\"success\":[\"ok\"],\"failure\":[\"bad\"],"
    "\"breaker\":{\"open_after\":2,\"cooldown_s\":10},"
    "\"expose\":[\"circuit_state\",\"circuit_forced\",\"circuit_state_seconds_total\","
    "\"circuit_silent_epochs_total\"]},"
    "\"o\":{\"success\":[\"ok\"],\"failure\":[\"bad\"],"
    "\"breaker\":{\"open_after\":2,\"cooldown_s\":10,\"mode\":\"observe\"},"
    "\"expose\":[\"circuit_state\",\"circuit_state_seconds_total\"]},"
    "\"r\":{\"success\":[\"ok\"],\"failure\":[\"bad\"],\"breaker\":\"reported\"},"
    "\"n\":{\"success\":[\"ok\"],\"failure\":[\"bad\"]}}";

static size_t index_of(const struct rig *of, const char *name) {
    for (size_t i = 0; i < breakers_count(of->breakers_jobs); i++) {
        struct breakers_entry breaker;
        breakers_at(of->breakers_jobs, i, &breaker);
        if (strcmp(breaker.family->name, name) == 0)
            return i;
    }
    cr_assert(false, "no breaker %s", name);
    return 0;
}

static bool force(struct rig *of, const char *name, enum breaker_state state, int64_t for_ms) {
    return breakers_force(of->breakers_jobs, index_of(of, name),
                          &(struct breakers_force){
                              .state = state, .for_ms = for_ms, .uid = 1000, .why = "maintenance"},
                          of->now);
}

static bool take_back(struct rig *of, const char *name) {
    return breakers_force(of->breakers_jobs, index_of(of, name),
                          &(struct breakers_force){.ends = true, .why = ""}, of->now);
}

static struct breakers_entry look_at(const struct rig *of, const char *name) {
    return rig_breaker(of, rig_machine(of, name, ""));
}

Test(forced, open_stays_open_whatever_is_reported_until_its_time) {
    struct rig of;
    rig_open(&of, forced_catalog);
    const struct series *machine = rig_machine(&of, "f", "");
    cr_assert(force(&of, "f", BREAKER_OPEN, 60000));
    struct breakers_entry breaker = look_at(&of, "f");
    cr_expect(breaker.state == BREAKER_OPEN && breaker.forced);
    cr_expect(eq(i64, breaker.forced_until_ms, of.now.real_ms + 60000));
    cr_expect(eq(u32, breaker.forced_uid, 1000));
    cr_expect(eq(str, (char *)(uintptr_t)breaker.forced_why, "maintenance"));
    cr_expect(eq(str, (char *)(uintptr_t)breaker.why, "a person decided so"));
    cr_expect(eq(i64, breaker.cooldown_ends_ms, 0), "the rules wait");
    cr_expect(eq(dbl, rig_value(&of, "f_circuit_forced", ""), 1));
    rig_wait(&of, 59999);
    breakers_jobs_advance(of.breakers_jobs, of.now);
    (void)rig_attempt(&of, machine, "ok", 1);
    cr_expect(look_at(&of, "f").state == BREAKER_OPEN);
    cr_expect(breakers_jobs_advances(of.breakers_jobs));
    rig_wait(&of, 1);
    breakers_jobs_advance(of.breakers_jobs, of.now);
    breaker = look_at(&of, "f");
    cr_expect(breaker.state == BREAKER_HALF_OPEN && !breaker.forced, "a probe decides");
    cr_expect(eq(dbl, rig_value(&of, "f_circuit_forced", ""), 0));
    cr_expect(eq(dbl, rig_value(&of, "f_circuit_state", "half_open"), 1));
    (void)rig_attempt(&of, machine, "ok", 1);
    cr_expect(look_at(&of, "f").state == BREAKER_CLOSED);
    breakers_jobs_publish(of.breakers_jobs, of.now);
    cr_expect(eq(dbl, rig_value(&of, "f_circuit_state_seconds_total", "open"), 60));
    cr_expect(not(breakers_jobs_advances(of.breakers_jobs)));
    rig_close(&of);
}

Test(forced, closed_stays_closed_and_is_judged_anew_afterwards) {
    struct rig of;
    rig_open(&of, forced_catalog);
    const struct series *machine = rig_machine(&of, "f", "");
    cr_assert(force(&of, "f", BREAKER_CLOSED, 0));
    for (int i = 0; i < 10; i++)
        (void)rig_attempt(&of, machine, "bad", 1);
    cr_expect(look_at(&of, "f").state == BREAKER_CLOSED);
    cr_expect(eq(i64, look_at(&of, "f").forced_until_ms, 0));
    rig_wait(&of, 10000000);
    breakers_jobs_advance(of.breakers_jobs, of.now);
    cr_expect(look_at(&of, "f").forced);
    cr_assert(take_back(&of, "f"));
    cr_assert(take_back(&of, "f"), "twice is no mistake");
    cr_expect(not(look_at(&of, "f").forced));
    (void)rig_attempt(&of, machine, "bad", 1);
    cr_expect(look_at(&of, "f").state == BREAKER_CLOSED);
    (void)rig_attempt(&of, machine, "bad", 1);
    cr_expect(look_at(&of, "f").state == BREAKER_OPEN);
    rig_close(&of);
}

Test(forced, survives_the_process_and_ends_in_the_next_one) {
    struct rig of;
    struct rig next;
    struct image image;
    rig_open(&of, forced_catalog);
    cr_assert(force(&of, "f", BREAKER_OPEN, 60000));
    rig_wait(&of, 30000);
    rig_leave(&of, &image);
    rig_take_over(&next, forced_catalog, &image, of.now);
    const struct breakers_entry breaker = look_at(&next, "f");
    cr_expect(breaker.forced && breaker.state == BREAKER_OPEN);
    cr_expect(eq(str, (char *)(uintptr_t)breaker.forced_why, "maintenance"));
    cr_expect(eq(i64, breaker.forced_until_ms, of.now.real_ms + 30000));
    rig_wait(&next, 30000);
    breakers_jobs_advance(next.breakers_jobs, next.now);
    cr_expect(look_at(&next, "f").state == BREAKER_HALF_OPEN);
    rig_close(&next);
    /* In the next catalogs services run it: nobody decides for them. */
    rig_take_over(&next,
                  "\"attempts\":{\"f\":{\"success\":[\"ok\"],\"failure\":[\"bad\"],"
                  "\"breaker\":\"reported\"}}",
                  &image, of.now);
    cr_expect(not(look_at(&next, "f").forced));
    cr_expect(look_at(&next, "f").state == BREAKER_CLOSED);
    rig_close(&next);
    rig_drop(&of, &image);
    rig_close(&of);
}

Test(forced, only_a_breaker_that_runs_here) {
    struct rig of;
    rig_open(&of, forced_catalog);
    cr_expect(not(force(&of, "r", BREAKER_OPEN, 0)));
    cr_expect(not(force(&of, "n", BREAKER_OPEN, 0)));
    cr_expect(not(take_back(&of, "n")));
    rig_close(&of);
}

Test(silent, epochs_are_counted_where_all_tickets_were_held) {
    struct rig of;
    rig_open(&of, forced_catalog);
    const struct series *machine = rig_machine(&of, "f", "");
    for (int i = 0; i < 2; i++)
        (void)rig_attempt(&of, machine, "bad", 1);
    rig_wait(&of, 10000);
    breakers_jobs_advance(of.breakers_jobs, of.now);
    for (int epoch = 0; epoch < 5; epoch++) {
        if (epoch != 1)
            breakers_held(of.breakers_jobs, index_of(&of, "f"));
        rig_wait(&of, 30000);
        breakers_jobs_advance(of.breakers_jobs, of.now);
        cr_expect(look_at(&of, "f").unattended == (epoch >= 3));
    }
    cr_expect(eq(dbl, rig_value(&of, "f_circuit_silent_epochs_total", ""), 4));
    (void)rig_attempt(&of, machine, "ok", 1);
    cr_expect(not(look_at(&of, "f").unattended));
    cr_expect(eq(dbl, rig_value(&of, "f_circuit_silent_epochs_total", ""), 4));
    rig_close(&of);
}

Test(trial, denies_nothing_and_counts_what_would_have_been) {
    struct rig of;
    rig_open(&of, forced_catalog);
    const struct series *machine = rig_machine(&of, "o", "");
    for (int i = 0; i < 2; i++)
        (void)rig_attempt(&of, machine, "bad", 1);
    struct breakers_entry breaker = look_at(&of, "o");
    cr_expect(breaker.state == BREAKER_CLOSED);
    cr_expect(breaker.judged == BREAKER_OPEN);
    cr_expect(eq(i64, breaker.cooldown_ends_ms, 0));
    cr_expect(eq(dbl, rig_value(&of, "o_circuit_would_open_total", ""), 1));
    cr_expect(eq(dbl, rig_value(&of, "o_circuit_open_total", ""), 0));
    cr_expect(eq(dbl, rig_value(&of, "o_circuit_state", "closed"), 1));
    rig_wait(&of, 10000);
    breakers_jobs_advance(of.breakers_jobs, of.now);
    cr_expect(look_at(&of, "o").judged == BREAKER_HALF_OPEN);
    (void)rig_attempt(&of, machine, "bad", 1);
    cr_expect(eq(dbl, rig_value(&of, "o_circuit_would_open_total", ""), 2));
    rig_wait(&of, 10000);
    (void)rig_attempt(&of, machine, "ok", 1);
    cr_expect(look_at(&of, "o").judged == BREAKER_CLOSED);
    breakers_jobs_publish(of.breakers_jobs, of.now);
    cr_expect(eq(dbl, rig_value(&of, "o_circuit_state_seconds_total", "closed"), 20));
    /* A person's word holds on trial, too. */
    cr_assert(force(&of, "o", BREAKER_OPEN, 1000));
    cr_expect(look_at(&of, "o").state == BREAKER_OPEN);
    cr_expect(eq(dbl, rig_value(&of, "o_circuit_open_total", ""), 1));
    rig_wait(&of, 1000);
    breakers_jobs_advance(of.breakers_jobs, of.now);
    breaker = look_at(&of, "o");
    cr_expect(breaker.state == BREAKER_CLOSED && breaker.judged == BREAKER_HALF_OPEN);
    cr_expect(eq(dbl, rig_value(&of, "o_circuit_state", "closed"), 1));
    rig_close(&of);
}
