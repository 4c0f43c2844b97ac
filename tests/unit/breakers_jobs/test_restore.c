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

/* ---- time without a process ---- */

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

/* ---- other catalogs ---- */

static void start_two(const char *queue) {
    (void)rig_job(&rig, rig_machine(&rig, "t", queue), "started", "1", 10);
    (void)rig_job(&rig, rig_machine(&rig, "t", "slow"), "queued", "2", 0);
    rig_commit(&rig);
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
