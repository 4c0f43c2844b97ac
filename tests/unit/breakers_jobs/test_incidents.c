/* SPDX-License-Identifier: MIT */
/* Which process opened a breaker, which jobs ended, and what is reported when it happens. */
#include <stdio.h>
#include <string.h>

#include "assertions.h"
#include "rig.h"

static const char catalog[] =
    "\"attempts\":{\"job\":{\"labels\":{\"job\":[\"publish\",\"sweep\"]},"
    "\"success\":[\"worked\"],\"failure\":[\"error\",\"timeout\"],"
    "\"breaker\":{\"open_after\":3,\"cooldown_s\":30,\"probes\":1}},"
    "\"own\":{\"success\":[\"ok\"],\"failure\":[\"error\"],\"breaker\":\"reported\"},"
    "\"plain\":{\"success\":[\"ok\"],\"failure\":[\"error\"]}},"
    "\"jobs\":{\"t\":{\"labels\":{\"queue\":[\"fast\",\"slow\"]},\"max_live\":400,\"buckets\":[1]}"
    "}";

static struct rig rig;
static const struct series *publish;
static const struct series *fast;

/* What was reported, one word for each incident. */
static struct strbuf told;

static void on_incident(void *arg, const struct breakers_jobs_incident *incident) {
    static const char *const kinds[] = {"opened", "closed", "lost"};
    (void)arg;
    strbuf_printf(&told, "%s:%s:%s:%s:%.*s:%lld ", kinds[incident->kind], incident->family->name,
                  incident->who.comm, incident->who.unit, (int)incident->id.len,
                  incident->id.at != NULL ? incident->id.at : "", (long long)incident->ran_ms);
}

static void name_process(void *arg, int32_t pid, struct who *ret_who) {
    (void)arg;
    *ret_who = rig_who(pid);
}

static void listen_to(struct rig *from) {
    breakers_jobs_on_incident(from->breakers_jobs, on_incident, NULL);
    breakers_jobs_ask_who(from->breakers_jobs, name_process, NULL);
}

static void setup(void) {
    strbuf_init(&told);
    rig_open(&rig, catalog);
    listen_to(&rig);
    publish = rig_machine(&rig, "job", "publish");
    fast = rig_machine(&rig, "t", "fast");
}

static void teardown(void) {
    rig_close(&rig);
    strbuf_done(&told);
}

TestSuite(incidents, .init = setup, .fini = teardown);

static void expect_told(const char *wanted) {
    cr_expect(eq(str, (char *)strbuf_cstr(&told), (char *)wanted));
    strbuf_clear(&told);
}

/* Lets a second pass, and makes an attempt. */
static void attempt(const struct series *machine, const char *word, int32_t pid) {
    rig_wait(&rig, 1000);
    cr_assert(eq(int, rig_attempt(&rig, machine, word, pid), BREAKERS_JOBS_TAKEN));
    rig_commit(&rig);
}

static size_t index_of(const struct rig *from, const struct series *machine) {
    struct breakers_entry breaker;
    for (size_t i = 0;; i++) {
        breakers_at(from->breakers_jobs, i, &breaker);
        if (breaker.series == machine)
            return i;
    }
}

/* Expects these attempts of a machine, as "outcome/pid/comm@seconds since the start". */
static void expect_attempts_of(const struct rig *from, const struct series *machine,
                               const char *wanted) {
    struct breakers_noted_attempt attempts[BREAKERS_ATTEMPTS_MAX];
    const size_t count = breakers_attempts(from->breakers_jobs, index_of(from, machine), attempts);
    struct strbuf text;
    strbuf_init(&text);
    for (size_t i = 0; i < count; i++)
        strbuf_printf(&text, "%s/%d/%s@%lld ", attempts[i].outcome, attempts[i].pid,
                      attempts[i].comm, (long long)(attempts[i].at_ms - 1700000000000) / 1000);
    cr_expect(eq(str, (char *)strbuf_cstr(&text), (char *)wanted));
    strbuf_done(&text);
}

static void expect_attempts(const struct series *machine, const char *wanted) {
    expect_attempts_of(&rig, machine, wanted);
}

/* ---- breakers ---- */

Test(incidents, the_attempt_that_opens_a_breaker_has_a_name) {
    attempt(publish, "error", 7);
    attempt(publish, "timeout", 8);
    cr_expect(eq(ptr, (void *)rig_breaker(&rig, publish).opened_by, NULL));
    expect_told("");
    attempt(publish, "error", 9);
    expect_told("opened:job:worker9:w9.service::-1 ");
    expect_attempts(publish, "error/7/worker7@1 timeout/8/worker8@2 error/9/worker9@3 ");
    const struct breakers_entry breaker = rig_breaker(&rig, publish);
    cr_assert(ne(ptr, (void *)breaker.opened_by, NULL));
    cr_expect(eq(i32, breaker.opened_by->pid, 9));
    cr_expect(eq(u32, breaker.opened_by->uid, 1000));
    cr_expect(eq(str, (char *)breaker.opened_by->unit, "w9.service"));
    cr_expect(eq(i64, breaker.opened_ms, 1700000003000));
    cr_expect(eq(i64, breaker.cooldown_ends_ms, 1700000033000));
}

Test(incidents, stragglers_are_left_out_and_probes_are_not) {
    for (int32_t pid = 1; pid <= 3; pid++)
        attempt(publish, "error", pid);
    attempt(publish, "error", 4);
    attempt(publish, "worked", 5);
    expect_attempts(publish, "error/1/worker1@1 error/2/worker2@2 error/3/worker3@3 ");
    rig_wait(&rig, 30000);
    attempt(publish, "timeout", 6);
    expect_told("opened:job:worker3:w3.service::-1 opened:job:worker6:w6.service::-1 ");
    expect_attempts(publish, "error/1/worker1@1 error/2/worker2@2 error/3/worker3@3 "
                             "timeout/6/worker6@36 ");
    rig_wait(&rig, 30000);
    cr_expect(eq(i64, rig_breaker(&rig, publish).cooldown_ends_ms, 1700000066000));
    attempt(publish, "worked", 7);
    expect_told("closed:job:worker7:w7.service::-1 ");
    cr_expect(eq(i64, rig_breaker(&rig, publish).cooldown_ends_ms, 0));
    cr_expect(eq(i32, rig_breaker(&rig, publish).opened_by->pid, 6), "still");
    expect_attempts(publish, "error/1/worker1@1 error/2/worker2@2 error/3/worker3@3 "
                             "timeout/6/worker6@36 worked/7/worker7@67 ");
    attempt(publish, "error", 8);
    expect_attempts(publish, "error/8/worker8@68 ");
}

Test(incidents, a_success_ends_the_row_and_sixteen_attempts_are_kept) {
    const struct series *plain = rig_machine(&rig, "plain", "");
    attempt(publish, "error", 1);
    attempt(publish, "worked", 2);
    expect_attempts(publish, "error/1/worker1@1 ");
    attempt(publish, "timeout", 3);
    expect_attempts(publish, "timeout/3/worker3@3 ");
    expect_attempts(plain, "");
    for (int32_t pid = 1; pid <= BREAKERS_ATTEMPTS_MAX + 5; pid++)
        attempt(plain, "error", pid);
    struct breakers_noted_attempt attempts[BREAKERS_ATTEMPTS_MAX];
    const size_t index = index_of(&rig, plain);
    cr_assert(eq(sz, breakers_attempts(rig.breakers_jobs, index, attempts), BREAKERS_ATTEMPTS_MAX));
    cr_expect(eq(i32, attempts[0].pid, 6));
    cr_expect(eq(i32, attempts[BREAKERS_ATTEMPTS_MAX - 1].pid, BREAKERS_ATTEMPTS_MAX + 5));
    expect_told("");
}

Test(incidents, a_reported_breaker_is_opened_by_its_reporter) {
    const struct series *own = rig_machine(&rig, "own", "");
    attempt(own, "error", 3);
    cr_expect(eq(int, rig_report(&rig, own, "open", 3), BREAKERS_JOBS_TAKEN));
    cr_expect(eq(int, rig_report(&rig, own, "open", 4), BREAKERS_JOBS_TAKEN));
    cr_expect(eq(int, rig_report(&rig, own, "half_open", 4), BREAKERS_JOBS_TAKEN));
    cr_expect(eq(int, rig_report(&rig, own, "closed", 5), BREAKERS_JOBS_TAKEN));
    expect_told("opened:own:worker3:w3.service::-1 closed:own:worker5:w5.service::-1 ");
    cr_expect(eq(i64, rig_breaker(&rig, own).cooldown_ends_ms, 0));
    cr_expect(eq(i32, rig_breaker(&rig, own).opened_by->pid, 3));
    expect_attempts(own, "error/3/worker3@1 ");
}

/* ---- jobs ---- */

static void job(const char *word, const char *id, int32_t pid) {
    rig_wait(&rig, 1000);
    cr_assert(eq(int, rig_job(&rig, fast, word, id, pid), BREAKERS_JOBS_TAKEN));
    rig_commit(&rig);
}

/* Expects these ended jobs, the latest first, as "id:outcome:ran_ms:comm". */
static void expect_ended(const struct rig *from, const char *wanted) {
    struct jobs_ended ended;
    struct strbuf text;
    uint64_t before = UINT64_MAX;
    strbuf_init(&text);
    for (; jobs_ended(from->breakers_jobs, before, &ended); before = ended.serial)
        strbuf_printf(&text, "%.*s:%s:%lld:%s ", (int)ended.id_len, ended.id,
                      catalog_job_outcome_text(ended.outcome), (long long)ended.ran_ms,
                      ended.who->comm);
    cr_expect(eq(str, (char *)strbuf_cstr(&text), (char *)wanted));
    strbuf_done(&text);
}

Test(incidents, jobs_that_ended_are_kept_and_a_lost_one_is_told) {
    job("started", "a", 7);
    job("queued", "b", 8);
    job("started", "c", 8);
    job("succeeded", "a", 7);
    job("canceled", "b", 9);
    job("failed", "unheard", 9);
    expect_told("");
    rig_end(&rig, 8);
    expect_told("lost:t:worker8:w8.service:c:3000 ");
    expect_ended(&rig, "c:lost:3000:worker8 unheard:failed:-1:worker9 b:canceled:-1:worker9 "
                       "a:succeeded:3000:worker7 ");
    struct jobs_ended ended;
    cr_assert(jobs_ended(rig.breakers_jobs, UINT64_MAX, &ended));
    cr_expect(eq(ptr, (void *)ended.series, (void *)fast));
    cr_expect(eq(i64, ended.at_ms, 1700000006000));
}

Test(incidents, jobs_that_succeed_do_not_push_out_one_that_was_lost) {
    char id[16];
    job("started", "gone", 7);
    rig_end(&rig, 7);
    for (int i = 0; i < 2 * JOBS_ENDED_MAX; i++) {
        (void)snprintf(id, sizeof id, "%d", i);
        job("succeeded", id, 8);
    }
    struct jobs_ended ended;
    size_t count = 0;
    for (uint64_t before = UINT64_MAX; jobs_ended(rig.breakers_jobs, before, &ended);
         before = ended.serial)
        count++;
    cr_expect(eq(sz, count, JOBS_ENDED_MAX / JOB_OUTCOME_COUNT + 1));
    cr_expect(eq(int, ended.outcome, JOB_LOST), "the oldest");
}

/* ---- the next process ---- */

Test(incidents, the_next_process_knows_them) {
    struct rig next;
    struct image image;
    for (int32_t pid = 1; pid <= 3; pid++)
        attempt(publish, "timeout", pid);
    job("started", "a", 7);
    job("started", "b", 8);
    job("succeeded", "a", 7);
    rig_end(&rig, 8);
    rig_leave(&rig, &image);
    rig_take_over(&next, catalog, &image, rig.now);
    const struct series *there = rig_machine(&next, "job", "publish");
    expect_attempts_of(&next, there,
                       "timeout/1/worker1@1 timeout/2/worker2@2 timeout/3/worker3@3 ");
    cr_expect(eq(str, (char *)rig_breaker(&next, there).opened_by->comm, "worker3"));
    cr_expect(eq(i64, rig_breaker(&next, there).opened_ms, 1700000003000));
    expect_ended(&next, "b:lost:1000:worker8 a:succeeded:2000:worker7 ");
    rig_close(&next);
    rig_drop(&rig, &image);
}

Test(incidents, words_and_machines_that_are_no_more_are_left_out) {
    static const char changed[] =
        "\"attempts\":{\"job\":{\"labels\":{\"job\":[\"publish\",\"sweep\"]},"
        "\"success\":[\"worked\"],\"failure\":[\"timeout\",\"refused\"],"
        "\"breaker\":{\"open_after\":3,\"cooldown_s\":30,\"probes\":1}}}";
    struct rig next;
    struct image image;
    attempt(publish, "error", 1);
    attempt(publish, "timeout", 2);
    job("succeeded", "a", 7);
    rig_leave(&rig, &image);
    rig_take_over(&next, changed, &image, rig.now);
    expect_attempts_of(&next, rig_machine(&next, "job", "publish"), "timeout/2/worker2@2 ");
    expect_ended(&next, "");
    rig_close(&next);
    rig_drop(&rig, &image);
}
