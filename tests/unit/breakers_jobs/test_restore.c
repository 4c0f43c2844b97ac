/* SPDX-License-Identifier: MIT */
/* A process takes over from another without a visible change, whatever its catalogs are. */
#include <math.h>
#include <stdio.h>

#include "assertions.h"
#include "rig.h"
#include "sanitized.h"
#include "store/store.h"

#define ATTEMPTS(values, rules)                                                                    \
    "\"attempts\":{\"a\":{\"labels\":{\"w\":{\"values\":[" values "],\"otherwise\":\"o\"}},"       \
    "\"success\":[\"ok\"],\"failure\":[\"error\"],\"expected_s\":20,\"breaker\":" rules ","        \
    "\"expose\":[\"circuit_state\",\"circuit_transitions_total\",\"circuit_state_seconds_total\"," \
    "\"overdue_seconds\"]},"                                                                       \
    "\"m\":{\"success\":[\"ok\"],\"failure\":[\"error\"],\"breaker\":{\"failure_ratio\":0.6,"      \
    "\"window_s\":600,\"min_attempts\":3,\"agree\":2,\"cooldown_s\":10,\"cooldown_factor\":2}},"   \
    "\"r\":{\"success\":[\"ok\"],\"failure\":[\"error\"],\"breaker\":\"reported\"}}"
#define JOBS(values, max)                                                                          \
    "\"jobs\":{\"t\":{\"labels\":{\"q\":{\"values\":[" values "],\"otherwise\":\"o\"}},"           \
    "\"max_live\":" max ",\"buckets\":[1,10]},\"u\":{\"max_live\":3,\"buckets\":[1]}}"
#define OWN "{\"open_after\":2,\"cooldown_s\":30,\"probes\":2}"

static const char keys[] = ATTEMPTS("\"x\",\"y\"", OWN) "," JOBS("\"fast\",\"slow\"", "5");

static struct rig rig;
static struct image image;
static struct rig next;

static void setup(void) {
    rig_open(&rig, keys);
}

static void teardown(void) {
    rig_close(&rig);
}

TestSuite(breakers_jobs_restore, .init = setup, .fini = teardown);

/* ---- what can be seen ---- */

static void put_breakers(struct strbuf *out, const struct rig *of) {
    for (size_t i = 0; i < breakers_count(of->breakers_jobs); i++) {
        struct breakers_entry b;
        breakers_at(of->breakers_jobs, i, &b);
        strbuf_printf(out, "%s/%zu %d epoch %u since %lld failures %llu opened %llu",
                      b.family->name, i, (int)b.state, b.epoch, (long long)b.since_ms,
                      (unsigned long long)b.consecutive_failures, (unsigned long long)b.opened);
        strbuf_printf(out, " why %s success %lld error %lld pid %d\n", b.why ? b.why : "-",
                      (long long)b.last_success_ms, (long long)b.last_error_ms, (int)b.last_pid);
    }
}

static void put_jobs(struct strbuf *out, const struct rig *of, const char *name) {
    const struct catalog_family *family = rig_family(of, name);
    uint64_t counts[JOB_STATE_COUNT];
    uint32_t hint = 0;
    jobs_counts(of->breakers_jobs, family, counts);
    strbuf_printf(out, "%s %llu: %llu %llu\n", name,
                  (unsigned long long)jobs_count(of->breakers_jobs, family),
                  (unsigned long long)counts[0], (unsigned long long)counts[1]);
    struct jobs_entry job = {0};
    while (jobs_next(of->breakers_jobs, family, job.serial, &hint, &job))
        strbuf_printf(
            out, "%.*s #%llu %s state %d since %lld queued %lld pid %d owned %d\n", (int)job.id_len,
            job.id, (unsigned long long)job.serial,
            family->label_count == 0
                ? ""
                : store_label_value(of->store, family, 0, *series_ids(family, job.series)).text,
            (int)job.state, (long long)job.since_ms, (long long)job.queued_ms, job.pid, job.owned);
}

/* Writes everything: breakers, jobs and series. */
static void look(struct rig *of, struct strbuf *out) {
    strbuf_init(out);
    breakers_jobs_publish(of->breakers_jobs, of->now);
    put_breakers(out, of);
    put_jobs(out, of, "t");
    put_jobs(out, of, "u");
    rig_dump(of, out);
}

static void expect_same(struct rig *real, struct rig *wanted, uint64_t seed, int step) {
    struct strbuf left;
    struct strbuf right;
    look(real, &left);
    look(wanted, &right);
    rig_expect_same(strbuf_cstr(&left), strbuf_cstr(&right), seed, step);
    strbuf_done(&left);
    strbuf_done(&right);
}

static void take_over(const char *text) {
    rig_leave(&rig, &image);
    rig_take_over(&next, text, &image, rig.now);
    rig_drop(&rig, &image);
}

/* ---- the same for both ---- */

static const char *const attempts_machines[] = {"x", "y", "o"};
static const char *const jobs_machines[] = {"fast", "slow", "o"};

static void random_attempt(struct rig *of, uint64_t *seed) {
    static const char *const words[] = {"ok", "error", "error"};
    static const char *const states[] = {"open", "half_open", "closed"};
    const uint32_t which = rig_below(seed, 7);
    const char *word = words[rig_below(seed, 3)];
    const int32_t pid = 1 + (int32_t)rig_below(seed, 3);
    if (which > 3)
        (void)rig_attempt(of, rig_machine(of, "m", ""), word, pid);
    else if (which < 3)
        (void)rig_attempt(of, rig_machine(of, "a", attempts_machines[which]), word, pid);
    else
        (void)rig_report(of, rig_machine(of, "r", ""), states[rig_below(seed, 3)], pid);
}

static void random_job(struct rig *of, uint64_t *seed) {
    static const char *const words[] = {"queued",    "started", "started",
                                        "succeeded", "failed",  "canceled"};
    static const char *const ids[] = {"1", "2", "3", "4", "5", "6", "7", "a-longer-one"};
    const uint32_t which = rig_below(seed, 4);
    const char *word = words[rig_below(seed, 6)];
    const char *id = ids[rig_below(seed, 8)];
    const int32_t pid = (int32_t)rig_below(seed, 4) * 10;
    if (which < 3)
        (void)rig_job(of, rig_machine(of, "t", jobs_machines[which]), word, id, pid);
    else
        (void)rig_job(of, rig_machine(of, "u", ""), word, id, pid);
}

static void random_step(struct rig *of, uint64_t seed) {
    rig_wait(of, (int64_t)rig_below(&seed, 3) * 7000);
    switch (rig_below(&seed, 8)) {
    case 0:
    case 1:
    case 2:
        random_attempt(of, &seed);
        break;
    case 3:
        breakers_jobs_advance(of->breakers_jobs, of->now);
        break;
    case 4:
        rig_end(of, (int32_t)rig_below(&seed, 4) * 10);
        break;
    default:
        random_job(of, &seed);
    }
    rig_commit(of);
}

/* One process goes on; the other is replaced by a successor again and again. */
static void live_twice(uint64_t seed) {
    struct rig heirs[2];
    struct rig *heir = &heirs[0];
    uint64_t dice = seed;
    rig_open(heir, keys);
    for (int step = 0; step < 60; step++) {
        const uint64_t what = rig_random(&dice);
        random_step(&rig, what);
        random_step(heir, what);
        if (rig_below(&dice, 4) == 0) {
            struct rig *gone = heir;
            heir = gone == &heirs[0] ? &heirs[1] : &heirs[0];
            rig_leave(gone, &image);
            rig_take_over(heir, keys, &image, gone->now);
            rig_drop(gone, &image);
            rig_close(gone);
        }
        if (rig_below(&dice, 3) == 0)
            expect_same(heir, &rig, seed, step);
    }
    expect_same(heir, &rig, seed, -1);
    rig_close(heir);
}

Test(breakers_jobs_restore, nobody_notices) {
    for (uint64_t seed = 1; seed <= sanitized_games(60); seed++) {
        live_twice(seed);
        rig_restart(&rig);
        rig_stop(&rig);
        rig.seed = 42;
        rig.now = (struct store_time){.mono_ms = 5000, .real_ms = 1700000000000};
        cr_assert(rig_start(&rig));
    }
}

/* ---- time without a process ---- */

Test(breakers_jobs_restore, a_cool_down_goes_on_while_nobody_runs) {
    const struct series *machine = rig_machine(&rig, "a", "x");
    (void)rig_attempt(&rig, machine, "error", 1);
    (void)rig_attempt(&rig, machine, "error", 1);
    rig_commit(&rig);
    const uint32_t epoch = rig_breaker(&rig, machine).epoch;
    rig_wait(&rig, 31000);
    take_over(keys);
    breakers_jobs_advance(next.breakers_jobs, next.now);
    const struct breakers_entry breaker = rig_breaker(&next, rig_machine(&next, "a", "x"));
    cr_expect(breaker.state == BREAKER_HALF_OPEN);
    cr_expect(breaker.epoch == epoch + 1);
    cr_expect(breaker.since_ms == next.now.real_ms - 1000, "when it was due");
    breakers_jobs_publish(next.breakers_jobs, next.now);
    cr_expect(eq(dbl, rig_value(&next, "a_circuit_state_seconds_total", "open,x"), 30));
    cr_expect(eq(dbl, rig_value(&next, "a_circuit_state_seconds_total", "half_open,x"), 1));
    rig_close(&next);
}

/* ---- in another boot ---- */

/* The process ended in an orderly way; the host was off for this time, and has been up for two
 * seconds. */
static void take_over_in_next_boot(int64_t off_ms) {
    volatile struct object_marks *marks = object_marks(rig.object);
    marks->clean = 1;
    marks->ended_mono_ms = rig.now.mono_ms;
    marks->ended_real_ms = rig.now.real_ms;
    const struct store_time now = {.mono_ms = 2000, .real_ms = rig.now.real_ms + off_ms + 2000};
    rig_leave(&rig, &image);
    image_arrive(&image, &(struct image_host){now.mono_ms, now.real_ms, 2});
    rig_take_over(&next, keys, &image, now);
    rig_drop(&rig, &image);
}

Test(breakers_jobs_restore, a_cool_down_goes_on_while_the_host_is_off) {
    const struct series *machine = rig_machine(&rig, "a", "x");
    rig_wait(&rig, 1000000);
    (void)rig_attempt(&rig, machine, "error", 1);
    (void)rig_attempt(&rig, machine, "error", 1);
    rig_commit(&rig);
    take_over_in_next_boot(20000);
    breakers_jobs_advance(next.breakers_jobs, next.now);
    const struct series *heir = rig_machine(&next, "a", "x");
    cr_expect(rig_breaker(&next, heir).state == BREAKER_OPEN);
    rig_wait(&next, 7999);
    breakers_jobs_advance(next.breakers_jobs, next.now);
    cr_expect(rig_breaker(&next, heir).state == BREAKER_OPEN);
    rig_wait(&next, 1);
    breakers_jobs_advance(next.breakers_jobs, next.now);
    cr_expect(rig_breaker(&next, heir).state == BREAKER_HALF_OPEN);
    breakers_jobs_publish(next.breakers_jobs, next.now);
    cr_expect(eq(dbl, rig_value(&next, "a_circuit_state_seconds_total", "open,x"), 30));
    rig_close(&next);
}

Test(breakers_jobs_restore, jobs_of_another_boot_are_lost_but_those_that_wait) {
    rig_wait(&rig, 1000000);
    (void)rig_job(&rig, rig_machine(&rig, "t", "fast"), "queued", "1", 0);
    (void)rig_job(&rig, rig_machine(&rig, "t", "fast"), "started", "2", 10);
    rig_commit(&rig);
    take_over_in_next_boot(3000);
    struct owners *owners = store_owners(next.store);
    size_t budget = SIZE_MAX;
    cr_expect(owners_find(owners, 10) == OWNER_NONE);
    cr_assert(breakers_jobs_disown(next.breakers_jobs, owners_ended(owners), next.now, &budget));
    cr_expect(jobs_count(next.breakers_jobs, rig_family(&next, "t")) == 1);
    cr_expect(eq(dbl, rig_value(&next, "t_finished_total", "lost,fast"), 1));
    (void)rig_job(&next, rig_machine(&next, "t", "fast"), "started", "1", 20);
    cr_expect(eq(dbl, rig_value(&next, "t_waiting_seconds", "fast"), 5),
              "it waited while all were off");
    rig_close(&next);
}

/* ---- changes that were not committed ---- */

/* Writes what another process has after it took over, and its results for further events. */
static void look_at_heir(struct strbuf *out) {
    static const char *const ids[] = {"1", "2", "3", "4", "5", "6", "7"};
    struct strbuf view;
    take_over(keys);
    strbuf_init(out);
    look(&next, &view);
    strbuf_puts(out, strbuf_cstr(&view));
    strbuf_done(&view);
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
        strbuf_printf(out, "%s: %d\n", ids[i],
                      (int)rig_job(&next, rig_machine(&next, "t", "fast"), "canceled", ids[i], 0));
    rig_close(&next);
}

Test(breakers_jobs_restore, what_was_under_way_did_not_happen) {
    struct strbuf before;
    (void)rig_job(&rig, rig_machine(&rig, "t", "fast"), "queued", "1", 0);
    (void)rig_job(&rig, rig_machine(&rig, "t", "fast"), "started", "2", 10);
    (void)rig_job(&rig, rig_machine(&rig, "t", "fast"), "succeeded", "3", 10);
    (void)rig_attempt(&rig, rig_machine(&rig, "a", "x"), "error", 1);
    (void)rig_attempt(&rig, rig_machine(&rig, "a", "x"), "error", 1);
    rig_commit(&rig);
    rig_wait(&rig, 31000);
    look_at_heir(&before);
    /* The rig itself cannot go back, so each time an heir of its calm state gets the events. */
    struct image calm;
    rig_leave(&rig, &calm);
    for (uint64_t seed = 100; seed < 100 + sanitized_games(300); seed++) {
        struct strbuf after;
        uint64_t dice = seed;
        struct rig heir;
        rig_take_over(&heir, keys, &calm, rig.now);
        for (int i = 0; i < 3; i++) {
            if (seed % 2 == 0)
                random_attempt(&heir, &dice);
            random_job(&heir, &dice);
        }
        struct rig first = rig;
        rig = heir;
        look_at_heir(&after);
        rig = first;
        rig_expect_same(strbuf_cstr(&after), strbuf_cstr(&before), seed, 0);
        strbuf_done(&after);
        rig_close(&heir);
    }
    rig_drop(&rig, &calm);
    strbuf_done(&before);
}

/* The end of one job and the start of another are not committed, so both are undone. */
Test(breakers_jobs_restore, a_job_comes_back_to_its_place) {
    struct jobs_entry job;
    uint32_t hint = 0;
    const struct series *fast = rig_machine(&rig, "t", "fast");
    (void)rig_job(&rig, fast, "started", "the first", 10);
    rig_commit(&rig);
    (void)rig_job(&rig, fast, "succeeded", "the first", 10);
    (void)rig_job(&rig, fast, "queued", "another", 20);
    take_over(keys);
    cr_expect(jobs_count(next.breakers_jobs, rig_family(&next, "t")) == 1);
    cr_assert(jobs_next(next.breakers_jobs, rig_family(&next, "t"), 0, &hint, &job));
    cr_expect(eq(str, job.id, "the first"));
    cr_expect(job.state == JOB_RUNNING);
    rig_end(&next, 10);
    cr_expect(eq(dbl, rig_value(&next, "t_finished_total", "lost,fast"), 1));
    rig_close(&next);
}

Test(breakers_jobs_restore, nothing_is_under_way_at_the_start) {
    cr_expect(undo_count(object_undo(rig.object)) == 0);
    take_over(keys);
    cr_expect(undo_count(object_undo(next.object)) == 0);
    rig_close(&next);
}

/* The test does not commit what time changes. */
Test(breakers_jobs_restore, what_time_changes_is_kept) {
    const struct series *machine = rig_machine(&rig, "a", "x");
    (void)rig_attempt(&rig, machine, "error", 1);
    (void)rig_attempt(&rig, machine, "error", 1);
    rig_commit(&rig);
    rig_wait(&rig, 31000);
    breakers_jobs_advance(rig.breakers_jobs, rig.now);
    take_over(keys);
    cr_expect(rig_breaker(&next, rig_machine(&next, "a", "x")).state == BREAKER_HALF_OPEN);
    cr_expect(undo_count(object_undo(rig.object)) == 0);
    rig_close(&next);
    breakers_jobs_publish(rig.breakers_jobs, rig.now);
    cr_expect(undo_count(object_undo(rig.object)) == 0);
}

Test(breakers_jobs_restore, an_owner_ends_job_by_job) {
    size_t budget = 1;
    struct owners *owners = store_owners(rig.store);
    for (int i = 1; i <= 3; i++)
        (void)rig_job(&rig, rig_machine(&rig, "t", "fast"), "started",
                      (const char[]){(char)('0' + i), '\0'}, 10);
    rig_commit(&rig);
    owners_end(owners, owners_find(owners, 10));
    cr_expect(not(breakers_jobs_disown(rig.breakers_jobs, owners_ended(owners), rig.now, &budget)));
    take_over(keys);
    cr_expect(eq(dbl, rig_value(&next, "t_finished_total", "lost,fast"), 1));
    cr_expect(eq(dbl, rig_value(&next, "t_jobs", "fast,running"), 2));
    cr_expect(breakers_jobs_release(next.breakers_jobs, next.now, 1000),
              "the rest of them, and the owner");
    cr_expect(owners_ended(store_owners(next.store)) == OWNER_NONE);
    cr_expect(eq(dbl, rig_value(&next, "t_finished_total", "lost,fast"), 3));
    rig_close(&next);
}

/* ---- other catalogs ---- */

static void start_two(const char *queue) {
    (void)rig_job(&rig, rig_machine(&rig, "t", queue), "started", "1", 10);
    (void)rig_job(&rig, rig_machine(&rig, "t", "slow"), "queued", "2", 0);
    rig_commit(&rig);
}

Test(breakers_jobs_restore, machines_are_found_by_their_labels) {
    static const char other[] =
        ATTEMPTS("\"more\",\"y\",\"z\"", OWN) "," JOBS("\"a\",\"fast\",\"slow\"", "5");
    (void)rig_attempt(&rig, rig_machine(&rig, "a", "x"), "error", 1);
    (void)rig_attempt(&rig, rig_machine(&rig, "a", "y"), "error", 1);
    (void)rig_attempt(&rig, rig_machine(&rig, "a", "y"), "error", 2);
    start_two("fast");
    rig_wait(&rig, 1000);
    take_over(other);
    breakers_jobs_publish(next.breakers_jobs, next.now);
    cr_expect(rig_breaker(&next, rig_machine(&next, "a", "y")).state == BREAKER_OPEN);
    cr_expect(rig_breaker(&next, rig_machine(&next, "a", "z")).consecutive_failures == 0);
    cr_expect(eq(dbl, rig_value(&next, "a_attempts_total", "error,y"), 2));
    cr_expect(eq(dbl, rig_value(&next, "a_attempts_total", "error,z"), 0));
    cr_expect(eq(dbl, rig_value(&next, "t_jobs", "fast,running"), 1));
    cr_expect(eq(dbl, rig_value(&next, "t_jobs", "slow,queued"), 1));
    cr_expect(eq(dbl, rig_value(&next, "t_oldest_queued_age_seconds", "slow"), 1));
    cr_expect(isnan(rig_value(&next, "t_oldest_queued_age_seconds", "a")));
    rig_close(&next);
}

Test(breakers_jobs_restore, jobs_of_a_label_that_is_gone_are_forgotten) {
    static const char other[] = ATTEMPTS("\"x\"", OWN) "," JOBS("\"slow\"", "5");
    start_two("fast");
    take_over(other);
    cr_expect(jobs_count(next.breakers_jobs, rig_family(&next, "t")) == 1);
    cr_expect(rig_job(&next, rig_machine(&next, "t", "slow"), "succeeded", "1", 10) ==
                  BREAKERS_JOBS_TAKEN,
              "its end counts");
    rig_end(&next, 10);
    cr_expect(eq(dbl, rig_value(&next, "t_finished_total", "lost,slow"), 0));
    rig_close(&next);
}

Test(breakers_jobs_restore, a_smaller_table_keeps_the_oldest) {
    static const char other[] = ATTEMPTS("\"x\"", OWN) "," JOBS("\"fast\",\"slow\"", "1");
    start_two("fast");
    rig_wait(&rig, 1000);
    (void)rig_job(&rig, rig_machine(&rig, "t", "slow"), "queued", "1", 0); /* now the latest */
    rig_commit(&rig);
    take_over(other);
    struct jobs_entry job;
    uint32_t hint = 0;
    cr_expect(jobs_count(next.breakers_jobs, rig_family(&next, "t")) == 1);
    cr_assert(jobs_next(next.breakers_jobs, rig_family(&next, "t"), 0, &hint, &job));
    cr_expect(job.id[0] == '2');
    cr_expect(eq(dbl, rig_value(&next, "t_jobs", "slow,queued"), 1));
    cr_expect(eq(dbl, rig_value(&next, "t_jobs", "fast,running"), 0));
    rig_close(&next);
}

Test(breakers_jobs_restore, who_runs_the_breaker_may_change) {
    static const char other[] = ATTEMPTS("\"x\",\"y\"", "\"reported\"") "," JOBS("\"fast\"", "5");
    (void)rig_attempt(&rig, rig_machine(&rig, "a", "x"), "error", 1);
    (void)rig_attempt(&rig, rig_machine(&rig, "a", "x"), "error", 1);
    rig_commit(&rig);
    take_over(other);
    const struct series *machine = rig_machine(&next, "a", "x");
    cr_expect(rig_breaker(&next, machine).state == BREAKER_CLOSED);
    cr_expect(rig_breaker(&next, machine).consecutive_failures == 2);
    cr_expect(eq(dbl, rig_value(&next, "a_circuit_state", "closed,x"), 1));
    cr_expect(eq(dbl, rig_value(&next, "a_circuit_state", "open,x"), 0));
    cr_expect(rig_report(&next, machine, "open", 1) == BREAKERS_JOBS_TAKEN);
    rig_wait(&next, 100000);
    breakers_jobs_advance(next.breakers_jobs, next.now);
    cr_expect(rig_breaker(&next, machine).state == BREAKER_OPEN, "no time moves it");
    rig_close(&next);
}

/* ---- impossible records ---- */

static struct image_table table_of(const char *name) {
    struct image_table table;
    cr_assert(image_find(&image, name, OBJECT_NONE, OBJECT_NONE, &table), "%s", name);
    return table;
}

static void overwrite(const char *name, const char *field, enum object_type type, uint64_t record,
                      const void *value, size_t size) {
    const struct image_table table = table_of(name);
    const unsigned char *at =
        image_at(&table, record, image_field(&table, field, type), 0, (uint32_t)size);
    cr_assert(at != NULL, "%s", field);
    memcpy((unsigned char *)(uintptr_t)at, value, size);
}

Test(breakers_jobs_restore, a_job_whose_owner_is_unknown_is_lost) {
    const owner_id nobody = 77;
    start_two("fast");
    rig_leave(&rig, &image);
    overwrite("job", "owner", OBJECT_U32, 0, &nobody, sizeof nobody);
    rig_take_over(&next, keys, &image, rig.now);
    cr_expect(jobs_count(next.breakers_jobs, rig_family(&next, "t")) == 1);
    cr_expect(eq(dbl, rig_value(&next, "t_finished_total", "lost,fast"), 1));
    cr_expect(eq(dbl, rig_value(&next, "t_jobs", "fast,running"), 0));
    cr_expect(rig_job(&next, rig_machine(&next, "t", "fast"), "succeeded", "1", 10) ==
              BREAKERS_JOBS_REPEATED);
    rig_close(&next);
    rig_drop(&rig, &image);
}

Test(breakers_jobs_restore, jobs_that_cannot_be_are_left_out) {
    const unsigned char state = JOB_STATE_COUNT;
    const char one = '1';
    start_two("fast");
    (void)rig_job(&rig, rig_machine(&rig, "t", "slow"), "queued", "3", 0);
    rig_commit(&rig);
    rig_leave(&rig, &image);
    overwrite("job", "id", OBJECT_TEXT, 1, &one, sizeof one);
    overwrite("job", "state", OBJECT_U8, 2, &state, sizeof state);
    rig_take_over(&next, keys, &image, rig.now);
    cr_expect(jobs_count(next.breakers_jobs, rig_family(&next, "t")) == 1);
    cr_expect(eq(dbl, rig_value(&next, "t_jobs", "fast,running"), 1));
    rig_close(&next);
    rig_drop(&rig, &image);
}

/* Whatever the records say, the machines are in a possible state, and continue. */
static void expect_sound(struct rig *of) {
    static const char *const families[] = {"t", "u"};
    breakers_jobs_publish(of->breakers_jobs, of->now);
    for (size_t i = 0; i < breakers_count(of->breakers_jobs); i++) {
        struct breakers_entry breaker;
        breakers_at(of->breakers_jobs, i, &breaker);
        cr_assert((int)breaker.state < (int)BREAKER_STATE_COUNT);
        cr_assert(breaker.epoch >= 1 && breaker.epoch <= (1u << 30) - 1);
        cr_assert(breaker.since_ms >= 0);
        cr_assert(breaker.last_pid >= 0);
    }
    for (size_t i = 0; i < 2; i++) {
        const struct catalog_family *family = rig_family(of, families[i]);
        struct jobs_entry job = {0};
        uint32_t hint = 0;
        uint64_t before = 0;
        uint64_t seen = 0;
        for (; jobs_next(of->breakers_jobs, family, before, &hint, &job); seen++) {
            cr_assert(job.serial > before);
            cr_assert(job.id_len > 0);
            before = job.serial;
        }
        cr_assert(seen == jobs_count(of->breakers_jobs, family));
        cr_assert(seen <= family->jobs->max_live);
    }
}

static void damage(uint64_t *seed) {
    static const char *const tables[] = {"attempts", "job", "jobs_machine", "finished"};
    static const uint64_t words[] = {0, 1, UINT64_MAX, UINT64_C(1) << 63, UINT64_C(1) << 31, 255};
    const struct image_table table = table_of(tables[rig_below(seed, 4)]);
    unsigned char *at = (unsigned char *)(uintptr_t)table.at;
    const uint64_t items = table.items < 8 ? table.items : 8;
    for (uint32_t i = 0; i < 1 + rig_below(seed, 8); i++) {
        const uint32_t word = rig_below(seed, (uint32_t)(items * table.item_bytes / 8));
        const uint64_t value =
            rig_below(seed, 2) == 0 ? words[rig_below(seed, 6)] : rig_random(seed);
        if (rig_below(seed, 2) == 0)
            memcpy(at + (size_t)word * 8, &value, sizeof value);
        else
            at[(size_t)word * 8 + rig_below(seed, 8)] = (unsigned char)value;
    }
}

Test(breakers_jobs_restore, nothing_is_believed) {
    uint64_t dice = 7;
    for (int i = 0; i < 40; i++)
        random_step(&rig, rig_random(&dice));
    for (uint64_t seed = 1; seed <= sanitized_games(1500); seed++) {
        uint64_t damaged = seed;
        rig_leave(&rig, &image);
        damage(&damaged);
        rig_take_over(&next, keys, &image, rig.now);
        expect_sound(&next);
        for (int i = 0; i < 10; i++)
            random_step(&next, rig_random(&damaged));
        expect_sound(&next);
        rig_close(&next);
        rig_drop(&rig, &image);
    }
}
