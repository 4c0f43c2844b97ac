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

Test(attempts, zeros_exist_from_the_start_and_timestamps_do_not) {
    struct rig rig;
    rig_open(&rig, catalog);
    cr_expect(eq(dbl, rig_value(&rig, "job_attempts_total", "publish,idle"), 0));
    cr_expect(eq(dbl, rig_value(&rig, "job_errors_total", "publish"), 0));
    cr_expect(eq(dbl, rig_value(&rig, "job_circuit_open_total", "sweep"), 0));
    cr_expect(eq(dbl, rig_value(&rig, "job_consecutive_failures", "sweep"), 0));
    cr_expect(eq(dbl, rig_value(&rig, "job_circuit_state", "sweep,closed"), 1));
    cr_expect(eq(dbl, rig_value(&rig, "job_circuit_state", "sweep,half_open"), 0));
    cr_expect(eq(dbl, rig_value(&rig, "job_overdue_seconds", "sweep"), 0));
    cr_expect(isnan(rig_value(&rig, "job_last_success_timestamp_seconds", "publish")));
    cr_expect(isnan(rig_value(&rig, "job_last_error_timestamp_seconds", "publish")));
    struct breakers_jobs_figures figures;
    breakers_jobs_figures(rig.breakers_jobs, &figures);
    cr_expect(eq(u64, figures.breakers, 4));
    cr_expect(eq(sz, breakers_count(rig.breakers_jobs), 5));
    rig_close(&rig);
}

Test(attempts, a_fallback_shows_with_its_first_attempt) {
    struct rig rig;
    rig_open(&rig, catalog);
    const struct series *other = rig_machine(&rig, "job", "other");
    rig_wait(&rig, 20000);
    breakers_jobs_publish(rig.breakers_jobs, rig.now);
    cr_expect(isnan(rig_value(&rig, "job_errors_total", "other")));
    cr_expect(isnan(rig_value(&rig, "job_overdue_seconds", "other")));
    attempts(&rig, other, "idle", 1);
    rig_wait(&rig, 2000);
    breakers_jobs_publish(rig.breakers_jobs, rig.now);
    cr_expect(eq(dbl, rig_value(&rig, "job_errors_total", "other"), 0));
    cr_expect(eq(dbl, rig_value(&rig, "job_attempts_total", "other,idle"), 1));
    cr_expect(eq(dbl, rig_value(&rig, "job_circuit_state", "other,closed"), 1));
    cr_expect(eq(dbl, rig_value(&rig, "job_circuit_state_seconds_total", "other,closed"), 2));
    rig_close(&rig);
}

Test(attempts, what_is_derived_says_when_it_was_written) {
    struct rig rig;
    rig_open(&rig, catalog);
    const struct catalog_family *total = rig_family(&rig, "plain_attempts_total");
    const uint32_t ok = (uint32_t)catalog_label_find_text(&total->labels[0], "ok", 2);
    const struct series *series = store_find(rig.store, total, &ok);
    cr_expect(eq(i64, store_written(total, series), 0));
    rig_wait(&rig, 5000);
    attempts(&rig, rig_machine(&rig, "plain", ""), "ok", 1);
    cr_expect(eq(i64, store_written(total, series), rig.now.mono_ms));
    rig_close(&rig);
}

Test(attempts, idle_is_a_success) {
    struct rig rig;
    rig_open(&rig, catalog);
    const struct series *publish = rig_machine(&rig, "job", "publish");
    attempts(&rig, publish, "error", 4);
    cr_expect(eq(dbl, rig_value(&rig, "job_consecutive_failures", "publish"), 4));
    rig_wait(&rig, 1500);
    attempts(&rig, publish, "idle", 1);
    cr_expect(eq(dbl, rig_value(&rig, "job_consecutive_failures", "publish"), 0));
    cr_expect(eq(dbl, rig_value(&rig, "job_errors_total", "publish"), 4));
    cr_expect(
        eq(dbl, rig_value(&rig, "job_last_success_timestamp_seconds", "publish"), 1700000001.5));
    cr_expect(eq(dbl, rig_value(&rig, "job_last_error_timestamp_seconds", "publish"), 1700000000));
    attempts(&rig, publish, "error", 4);
    cr_expect(eq(dbl, rig_value(&rig, "job_circuit_open_total", "publish"), 0));
    rig_close(&rig);
}

Test(attempts, several_processes_that_fail_together_open_it_once) {
    struct rig rig;
    rig_open(&rig, catalog);
    const struct series *publish = rig_machine(&rig, "job", "publish");
    attempts(&rig, publish, "error", 40); /* each from another process */
    cr_expect(eq(dbl, rig_value(&rig, "job_circuit_open_total", "publish"), 1));
    cr_expect(eq(dbl, rig_value(&rig, "job_circuit_open_total", "sweep"), 0));
    cr_expect(eq(dbl, rig_value(&rig, "job_consecutive_failures", "publish"), 40));
    const struct breakers_entry breaker = rig_breaker(&rig, publish);
    cr_expect(eq(int, breaker.state, BREAKER_OPEN));
    cr_expect(eq(u64, breaker.opened, 1));
    cr_expect(eq(int, breaker.last_pid, 139));
    cr_expect(eq(str, (char *)(uintptr_t)breaker.why, "consecutive failures reached the limit"));
    rig_close(&rig);
}

Test(attempts, an_opening_shorter_than_a_scrape_counts) {
    struct rig rig;
    rig_open(&rig, catalog);
    const struct series *publish = rig_machine(&rig, "job", "publish");
    breakers_jobs_publish(rig.breakers_jobs, rig.now);
    attempts(&rig, publish, "error", 5);
    rig_wait(&rig, 30000); /* nothing is published before it has cooled down and recovered */
    attempts(&rig, publish, "worked", 1);
    breakers_jobs_publish(rig.breakers_jobs, rig.now);
    cr_expect(eq(dbl, rig_value(&rig, "job_circuit_open_total", "publish"), 1));
    cr_expect(eq(dbl, rig_value(&rig, "job_circuit_state", "publish,closed"), 1));
    cr_expect(eq(dbl, rig_value(&rig, "job_circuit_transitions_total", "publish,open"), 1));
    cr_expect(eq(dbl, rig_value(&rig, "job_circuit_transitions_total", "publish,half_open"), 1));
    cr_expect(eq(dbl, rig_value(&rig, "job_circuit_transitions_total", "publish,closed"), 1));
    cr_expect(eq(dbl, rig_value(&rig, "job_circuit_state_seconds_total", "publish,open"), 30));
    cr_expect(eq(dbl, rig_value(&rig, "job_circuit_state_seconds_total", "publish,half_open"), 0));
    rig_close(&rig);
}

Test(attempts, time_up_to_an_attempt_comes_before_it) {
    struct rig rig;
    rig_open(&rig, catalog);
    const struct series *publish = rig_machine(&rig, "job", "publish");
    attempts(&rig, publish, "error", 5);
    rig_wait(&rig, 45000);
    attempts(&rig, publish, "error", 1);
    cr_expect(eq(dbl, rig_value(&rig, "job_circuit_open_total", "publish"), 2),
              "it met the half-open breaker");
    breakers_jobs_publish(rig.breakers_jobs, rig.now);
    cr_expect(eq(dbl, rig_value(&rig, "job_circuit_state_seconds_total", "publish,half_open"), 15));
    const struct breakers_entry breaker = rig_breaker(&rig, publish);
    cr_expect(eq(str, (char *)(uintptr_t)breaker.why, "a probe failed"));
    cr_expect(eq(i64, breaker.since_ms, rig.now.real_ms));
    rig_wait(&rig, 31000);
    breakers_jobs_advance(rig.breakers_jobs, rig.now);
    cr_expect(eq(i64, rig_breaker(&rig, publish).since_ms, rig.now.real_ms - 1000),
              "it was due a second ago");
    rig_close(&rig);
}

struct heard {
    size_t index;
    int count;
};

static void hear(void *arg, size_t index) {
    struct heard *heard = arg;
    heard->index = index;
    heard->count++;
}

Test(attempts, each_change_of_state_or_epoch_is_reported) {
    struct rig rig;
    rig_open(&rig, catalog);
    const struct series *publish = rig_machine(&rig, "job", "publish");
    struct heard heard = {.index = 99};
    breakers_on_change(rig.breakers_jobs, hear, &heard);
    attempts(&rig, publish, "error", 4);
    cr_expect(eq(int, heard.count, 0));
    attempts(&rig, publish, "error", 2);
    cr_expect(eq(int, heard.count, 1));
    struct breakers_entry breaker;
    breakers_at(rig.breakers_jobs, heard.index, &breaker);
    cr_expect(eq(ptr, (void *)(uintptr_t)breaker.series, (void *)(uintptr_t)publish));
    rig_wait(&rig, 30000);
    breakers_jobs_advance(rig.breakers_jobs, rig.now);
    cr_expect(eq(int, heard.count, 2));
    breakers_at(rig.breakers_jobs, heard.index, &breaker);
    const uint32_t epoch = breaker.epoch;
    rig_wait(&rig, 30000);
    breakers_jobs_advance(rig.breakers_jobs, rig.now);
    cr_expect(eq(int, heard.count, 3));
    breakers_at(rig.breakers_jobs, heard.index, &breaker);
    cr_expect(eq(u32, breaker.epoch, epoch + 1));
    breakers_jobs_advance(rig.breakers_jobs, rig.now);
    cr_expect(eq(int, heard.count, 3));
    attempts(&rig, publish, "idle", 1);
    cr_expect(eq(int, heard.count, 4));
    rig_close(&rig);
}

Test(attempts, epochs_differ_after_a_restart) {
    struct rig rig;
    rig_open(&rig, catalog);
    const uint32_t before = rig_breaker(&rig, rig_machine(&rig, "job", "publish")).epoch;
    const uint32_t neighbour = rig_breaker(&rig, rig_machine(&rig, "job", "sweep")).epoch;
    rig_restart(&rig);
    cr_expect(ne(u32, rig_breaker(&rig, rig_machine(&rig, "job", "publish")).epoch, before));
    cr_expect(ne(u32, neighbour, before));
    rig_close(&rig);
}

Test(attempts, overdue_counts_from_the_last_attempt_or_the_start) {
    struct rig rig;
    rig_open(&rig, catalog);
    rig_wait(&rig, 12500);
    breakers_jobs_publish(rig.breakers_jobs, rig.now);
    cr_expect(eq(dbl, rig_value(&rig, "job_overdue_seconds", "publish"), 2.5));
    attempts(&rig, rig_machine(&rig, "job", "publish"), "error", 1);
    rig_wait(&rig, 10000);
    breakers_jobs_publish(rig.breakers_jobs, rig.now);
    cr_expect(eq(dbl, rig_value(&rig, "job_overdue_seconds", "publish"), 0));
    cr_expect(eq(dbl, rig_value(&rig, "job_overdue_seconds", "sweep"), 12.5));
    rig_close(&rig);
}

Test(attempts, a_word_that_is_no_outcome_changes_nothing) {
    struct rig rig;
    rig_open(&rig, catalog);
    const struct series *publish = rig_machine(&rig, "job", "publish");
    static const char *const words[] = {"", "work", "workedd", "Worked", "open"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        cr_expect(eq(int, rig_attempt(&rig, publish, words[i], 1), BREAKERS_JOBS_BAD_WORD));
    cr_expect(eq(int, rig_report(&rig, publish, "open", 1), BREAKERS_JOBS_BAD_WORD),
              "its breaker runs here");
    cr_expect(eq(int, rig_report(&rig, rig_machine(&rig, "plain", ""), "open", 1),
                 BREAKERS_JOBS_BAD_WORD));
    cr_expect(eq(int, rig_breaker(&rig, publish).last_pid, 0));
    rig_close(&rig);
}

Test(attempts, without_a_breaker_they_are_only_counted) {
    struct rig rig;
    rig_open(&rig, catalog);
    const struct series *plain = rig_machine(&rig, "plain", "");
    attempts(&rig, plain, "error", 100);
    rig_wait(&rig, 100000);
    breakers_jobs_publish(rig.breakers_jobs, rig.now);
    cr_expect(eq(dbl, rig_value(&rig, "plain_consecutive_failures", ""), 100));
    const struct breakers_entry breaker = rig_breaker(&rig, plain);
    cr_expect(not(breaker.declared));
    cr_expect(eq(int, breaker.state, BREAKER_CLOSED));
    cr_expect(eq(u64, breaker.opened, 0));
    rig_close(&rig);
}

Test(attempts, a_reported_breaker_follows_its_services) {
    struct rig rig;
    rig_open(&rig, catalog);
    const struct series *own = rig_machine(&rig, "own", "");
    attempts(&rig, own, "error", 100);
    cr_expect(eq(int, rig_breaker(&rig, own).state, BREAKER_CLOSED));
    cr_expect(eq(int, rig_report(&rig, own, "open", 7), BREAKERS_JOBS_TAKEN));
    cr_expect(eq(int, rig_report(&rig, own, "open", 7), BREAKERS_JOBS_REPEATED));
    cr_expect(eq(int, rig_report(&rig, own, "open", 8), BREAKERS_JOBS_TAKEN),
              "another one's own breaker");
    cr_expect(eq(dbl, rig_value(&rig, "own_circuit_open_total", ""), 2));
    const uint32_t epoch = rig_breaker(&rig, own).epoch;
    rig_wait(&rig, 1000000);
    breakers_jobs_advance(rig.breakers_jobs, rig.now);
    cr_expect(eq(int, rig_breaker(&rig, own).state, BREAKER_OPEN), "time does not move it");
    cr_expect(eq(int, rig_report(&rig, own, "half_open", 8), BREAKERS_JOBS_TAKEN));
    cr_expect(eq(u32, rig_breaker(&rig, own).epoch, epoch % (uint32_t)BREAKER_EPOCHS + 1));
    cr_expect(eq(int, rig_report(&rig, own, "half-open", 8), BREAKERS_JOBS_BAD_WORD));
    cr_expect(eq(int, rig_report(&rig, own, "closed", 0), BREAKERS_JOBS_TAKEN));
    cr_expect(eq(int, rig_report(&rig, own, "closed", 0), BREAKERS_JOBS_REPEATED));
    cr_expect(eq(dbl, rig_value(&rig, "own_circuit_state", "closed"), 1));
    cr_expect(eq(dbl, rig_value(&rig, "own_circuit_state", "open"), 0));
    cr_expect(eq(dbl, rig_value(&rig, "own_circuit_transitions_total", "open"), 2));
    cr_expect(eq(dbl, rig_value(&rig, "own_attempts_total", "error"), 100));
    rig_close(&rig);
}

Test(attempts, the_first_report_counts_even_if_it_says_closed) {
    struct rig rig;
    rig_open(&rig, catalog);
    const struct series *own = rig_machine(&rig, "own", "");
    cr_expect(eq(int, rig_report(&rig, own, "closed", 0), BREAKERS_JOBS_TAKEN));
    cr_expect(eq(dbl, rig_value(&rig, "own_circuit_transitions_total", "closed"), 1));
    rig_close(&rig);
}

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

Test(forced, half_open_ends_and_what_probes_report_is_late) {
    struct rig of;
    rig_open(&of, forced_catalog);
    const struct series *machine = rig_machine(&of, "f", "");
    (void)rig_attempt(&of, machine, "bad", 1);
    (void)rig_attempt(&of, machine, "bad", 1);
    rig_wait(&of, 10000);
    breakers_jobs_advance(of.breakers_jobs, of.now);
    cr_assert(look_at(&of, "f").state == BREAKER_HALF_OPEN);
    cr_assert(force(&of, "f", BREAKER_CLOSED, 1000));
    cr_assert(force(&of, "f", BREAKER_OPEN, 5000), "the last word counts");
    (void)rig_attempt(&of, machine, "ok", 1);
    cr_expect(look_at(&of, "f").state == BREAKER_OPEN);
    rig_wait(&of, 1000);
    breakers_jobs_advance(of.breakers_jobs, of.now);
    cr_expect(look_at(&of, "f").forced);
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
