/* SPDX-License-Identifier: MIT */
/* Attempts and breakers: each rule, through the interface of the machines. */
#include <math.h>

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
