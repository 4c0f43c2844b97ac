/* SPDX-License-Identifier: MIT */
/* Jobs: each rule, through the interface of the machines. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "assertions.h"
#include "rig.h"
#include "store/store.h"

static const char catalog[] =
    "\"jobs\":{\"t\":{\"labels\":{\"queue\":{\"values\":[\"fast\",\"slow\"],"
    "\"otherwise\":\"other\"}},\"max_live\":4,\"buckets\":[1,10]},"
    "\"u\":{\"max_live\":6000,\"buckets\":[1]}}";

struct jobs {
    struct rig rig;
    const struct series *fast;
    const struct series *slow;
    const struct series *other;
    const struct series *u;
};

static void jobs_open(struct jobs *jobs) {
    rig_open(&jobs->rig, catalog);
    jobs->fast = rig_machine(&jobs->rig, "t", "fast");
    jobs->slow = rig_machine(&jobs->rig, "t", "slow");
    jobs->other = rig_machine(&jobs->rig, "t", "other");
    jobs->u = rig_machine(&jobs->rig, "u", "");
}

static enum breakers_jobs_result fast(struct jobs *jobs, const char *word, const char *id,
                                      int32_t pid) {
    return rig_job(&jobs->rig, jobs->fast, word, id, pid);
}

static double value(struct jobs *jobs, const char *name, const char *values) {
    breakers_jobs_publish(jobs->rig.breakers_jobs, jobs->rig.now);
    return rig_value(&jobs->rig, name, values);
}

Test(jobs, wrong_words_and_instances_are_refused) {
    struct jobs jobs;
    jobs_open(&jobs);
    char longest[SG_INSTANCE_MAX + 2];
    memset(longest, 'x', sizeof longest);
    longest[SG_INSTANCE_MAX + 1] = '\0';
    static const char *const words[] = {"", "lost", "Queued", "queue", "running", "queuedd"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        cr_expect(eq(int, fast(&jobs, words[i], "a", 1), BREAKERS_JOBS_BAD_WORD), "%s", words[i]);
    cr_expect(eq(int, fast(&jobs, "queued", NULL, 1), BREAKERS_JOBS_BAD_INSTANCE));
    cr_expect(eq(int, fast(&jobs, "queued", "", 1), BREAKERS_JOBS_BAD_INSTANCE));
    cr_expect(eq(int, fast(&jobs, "queued", longest, 1), BREAKERS_JOBS_BAD_INSTANCE));
    longest[SG_INSTANCE_MAX] = '\0';
    cr_expect(eq(int, fast(&jobs, "queued", longest, 1), BREAKERS_JOBS_TAKEN));
    cr_expect(eq(u64, jobs_count(jobs.rig.breakers_jobs, rig_family(&jobs.rig, "t")), 1));
    rig_close(&jobs.rig);
}

Test(jobs, a_full_table_refuses_new_ones_only) {
    struct jobs jobs;
    jobs_open(&jobs);
    static const char *const ids[] = {"a", "b", "c", "d"};
    for (size_t i = 0; i < 4; i++)
        cr_expect(eq(int, fast(&jobs, "queued", ids[i], 1), BREAKERS_JOBS_TAKEN));
    cr_expect(eq(int, fast(&jobs, "queued", "e", 1), BREAKERS_JOBS_FULL));
    cr_expect(eq(int, rig_job(&jobs.rig, jobs.slow, "started", "e", 1), BREAKERS_JOBS_FULL));
    cr_expect(eq(int, fast(&jobs, "started", "a", 1), BREAKERS_JOBS_TAKEN));
    cr_expect(eq(int, fast(&jobs, "succeeded", "e", 1), BREAKERS_JOBS_TAKEN),
              "ends count all the same");
    cr_expect(eq(int, rig_job(&jobs.rig, jobs.u, "queued", "e", 1), BREAKERS_JOBS_TAKEN),
              "another family has places of its own");
    struct breakers_jobs_figures figures;
    breakers_jobs_figures(jobs.rig.breakers_jobs, &figures);
    cr_expect(eq(u64, figures.jobs, 5));
    cr_expect(eq(u64, figures.jobs_full, 2));
    cr_expect(eq(int, fast(&jobs, "failed", "c", 1), BREAKERS_JOBS_TAKEN));
    cr_expect(eq(int, fast(&jobs, "queued", "e", 1), BREAKERS_JOBS_TAKEN));
    rig_close(&jobs.rig);
}

Test(jobs, the_bound_is_filled_and_emptied_without_a_trace) {
    struct jobs jobs;
    jobs_open(&jobs);
    char id[32];
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < 6000; i++) {
            (void)snprintf(id, sizeof id, "%d-%d", round, i);
            cr_assert(eq(int, rig_job(&jobs.rig, jobs.u, i % 2 ? "queued" : "started", id, 9),
                         BREAKERS_JOBS_TAKEN));
        }
        cr_expect(eq(int, rig_job(&jobs.rig, jobs.u, "queued", "more", 9), BREAKERS_JOBS_FULL));
        cr_expect(eq(dbl, value(&jobs, "u_jobs", "running"), 3000));
        const struct owner *owner =
            owners_at(store_owners(jobs.rig.store), owners_find(store_owners(jobs.rig.store), 9));
        cr_expect(eq(u32, owner->job_count, 3000));
        rig_end(&jobs.rig, 9);
        for (int i = 1; i < 6000; i += 2) {
            (void)snprintf(id, sizeof id, "%d-%d", round, i);
            cr_assert(eq(int, rig_job(&jobs.rig, jobs.u, "canceled", id, 0), BREAKERS_JOBS_TAKEN));
        }
    }
    struct breakers_jobs_figures figures;
    breakers_jobs_figures(jobs.rig.breakers_jobs, &figures);
    cr_expect(eq(u64, figures.jobs, 0));
    cr_expect(eq(dbl, value(&jobs, "u_finished_total", "lost"), 9000));
    cr_expect(eq(dbl, value(&jobs, "u_finished_total", "canceled"), 9000));
    cr_expect(eq(dbl, value(&jobs, "u_jobs", "running"), 0));
    cr_expect(eq(dbl, value(&jobs, "u_jobs", "queued"), 0));
    rig_close(&jobs.rig);
}

Test(jobs, the_memory_of_ended_ones_is_bounded) {
    struct jobs jobs;
    jobs_open(&jobs);
    char id[16];
    for (int i = 0; i < 257; i++) { /* a small family remembers 256 */
        (void)snprintf(id, sizeof id, "%d", i);
        cr_assert(eq(int, fast(&jobs, "succeeded", id, 1), BREAKERS_JOBS_TAKEN));
    }
    cr_expect(eq(int, fast(&jobs, "succeeded", "1", 1), BREAKERS_JOBS_REPEATED));
    cr_expect(eq(int, fast(&jobs, "succeeded", "256", 1), BREAKERS_JOBS_REPEATED));
    cr_expect(eq(int, fast(&jobs, "succeeded", "0", 1), BREAKERS_JOBS_TAKEN), "long ago");
    rig_close(&jobs.rig);
}

Test(jobs, without_an_owner_it_runs_and_is_never_lost) {
    struct jobs jobs;
    jobs_open(&jobs);
    struct owners *owners = store_owners(jobs.rig.store);
    cr_expect(eq(int, fast(&jobs, "started", "a", 0), BREAKERS_JOBS_TAKEN));
    cr_expect(eq(int, fast(&jobs, "started", "a", 0), BREAKERS_JOBS_REPEATED));
    const owner_id gone = owners_begin(owners, 7);
    owners_end(owners, gone); /* ended, but not released: it can own nothing more */
    const struct who who = rig_who(7);
    const struct sg_job said = {.exit = SG_EXIT_UNSAID};
    cr_expect(eq(int,
                 jobs_event(jobs.rig.breakers_jobs, jobs.fast, JOB_EVENT_STARTED, rig_span("b"),
                            &said, gone, &who, jobs.rig.now),
                 BREAKERS_JOBS_TAKEN));
    cr_expect(eq(u32, owners_at(owners, gone)->job_count, 0));
    uint32_t hint = 0;
    struct jobs_entry job = {.serial = 0};
    const struct catalog_family *family = rig_family(&jobs.rig, "t");
    for (int i = 0; i < 2; i++) {
        cr_expect(jobs_next(jobs.rig.breakers_jobs, family, job.serial, &hint, &job));
        cr_expect(not(job.owned));
    }
    cr_expect(not(jobs_next(jobs.rig.breakers_jobs, family, job.serial, &hint, &job)));
    rig_close(&jobs.rig);
}

Test(jobs, the_view_walks_them_oldest_first_even_when_they_move) {
    struct jobs jobs;
    jobs_open(&jobs);
    const struct catalog_family *family = rig_family(&jobs.rig, "u");
    char id[16];
    for (int i = 0; i < 6000; i++) {
        (void)snprintf(id, sizeof id, "%d", i);
        (void)rig_job(&jobs.rig, jobs.u, "queued", id, 1);
    }
    struct jobs_entry job = {.serial = 0};
    uint32_t hint = 0;
    uint64_t before = 0;
    for (int i = 0; i < 6000;
         i++) { /* hints become stale now and then, as they do between two requests */
        if (i % 3 == 0)
            hint = i % 2 ? 0 : UINT32_MAX;
        cr_assert(jobs_next(jobs.rig.breakers_jobs, family, before, &hint, &job));
        (void)snprintf(id, sizeof id, "%d", i);
        cr_assert(eq(str, job.id, id));
        cr_assert(lt(u64, before, job.serial));
        before = job.serial;
        if (i % 5 == 0) /* a job that was met moves to the end, so its hint is stale */
            (void)rig_job(&jobs.rig, jobs.u, "started", id, 1);
    }
    int more = 0;
    while (jobs_next(jobs.rig.breakers_jobs, family, before, &hint, &job)) {
        before = job.serial;
        cr_assert(eq(int, job.state, JOB_RUNNING));
        cr_assert(job.owned);
        more++;
    }
    cr_expect(eq(int, more, 1200));
    cr_expect(
        not(jobs_next(jobs.rig.breakers_jobs, rig_family(&jobs.rig, "u_jobs"), 0, &hint, &job)),
        "no family of jobs");
    rig_close(&jobs.rig);
}
