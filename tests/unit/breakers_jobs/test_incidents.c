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

/* ---- breakers ---- */

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
