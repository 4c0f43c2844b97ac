/* SPDX-License-Identifier: MIT */
/*
 * Random events of jobs, ends of processes and restarts, against a reference that is a plain list
 * of jobs, searched from its start each time. All derived series are compared as text.
 */
#include <stdio.h>
#include <string.h>

#include "assertions.h"
#include "rig.h"
#include "sanitized.h"

static const char catalog[] =
    "\"jobs\":{\"t\":{\"labels\":{\"queue\":{\"values\":[\"fast\",\"slow\"],"
    "\"otherwise\":\"other\"}},\"state_label\":\"phase\",\"max_live\":7,"
    "\"buckets\":[0.01,0.1,1]},"
    "\"u\":{\"max_live\":3,\"buckets\":[0.1]}}";

enum {
    MACHINES = 4,
    FAMILIES = 2,
    JOBS_MOST = 16,
    ENDS_MOST = 20000,
    PIDS = 6, /* 0 has no owner */
    REMEMBERED = 256,
    BUCKETS_MOST = 4
};
enum { QUEUED, RUNNING, STATES };
enum { CANCELED, FAILED, LOST, SUCCEEDED, OUTCOMES }; /* in the order of their texts */
static const char *const outcome_texts[OUTCOMES] = {"canceled", "failed", "lost", "succeeded"};
static const char *const state_texts[STATES] = {"queued", "running"};

struct machine {
    int family;
    const char *queue; /* NULL: no label */
    bool fallback;
};
static const struct machine breakers_jobs[MACHINES] = {
    {0, "fast", false}, {0, "other", true}, {0, "slow", false}, {1, NULL, false}};
static const char *const family_names[FAMILIES] = {"t", "u"};
static const uint32_t max_live[FAMILIES] = {7, 3};
static const double bounds[FAMILIES][BUCKETS_MOST - 1] = {{0.01, 0.1, 1}, {0.1}};
static const int bound_counts[FAMILIES] = {3, 1};

/* ---- the reference ---- */

struct histogram {
    bool exists;
    double sum;
    uint64_t buckets[BUCKETS_MOST];
};

struct counts {
    bool shown;
    uint64_t finished[OUTCOMES];
    struct histogram waiting;
    struct histogram running;
};

struct job {
    char id[16];
    int machine;
    int state;
    struct store_time since;
    struct store_time queued; /* real_ms 0: never */
    int pid;
    int owner; /* number among all processes that ever existed; 0: none */
    uint64_t order;
};

struct ended {
    char id[16];
    int outcome;
    uint64_t number; /* among the ends of its family */
    bool forgotten;
};

struct reference {
    struct counts counts[MACHINES];
    struct job jobs[FAMILIES][JOBS_MOST]; /* in the order of their last change */
    uint32_t live[FAMILIES];
    uint64_t refused;
    uint64_t changes;
    struct ended ends[FAMILIES][ENDS_MOST];
    uint64_t end_count[FAMILIES];
};

static struct reference ref;

static void observe(struct histogram *histogram, int family, int64_t ms) {
    const double seconds = (double)ms / 1000;
    int bucket = 0;
    while (bucket < bound_counts[family] && seconds > bounds[family][bucket])
        bucket++;
    histogram->exists = true;
    histogram->buckets[bucket]++;
    histogram->sum += seconds;
}

static int find(int family, const char *id) {
    for (uint32_t i = 0; i < ref.live[family]; i++)
        if (strcmp(ref.jobs[family][i].id, id) == 0)
            return (int)i;
    return -1;
}

static struct job take(int family, int place) {
    const struct job job = ref.jobs[family][place];
    ref.live[family]--;
    for (uint32_t i = (uint32_t)place; i < ref.live[family]; i++)
        ref.jobs[family][i] = ref.jobs[family][i + 1];
    return job;
}

static void put(int family, struct job job, struct store_time now) {
    job.since = now;
    job.order = ++ref.changes;
    ref.jobs[family][ref.live[family]++] = job;
}

static struct ended *ended(int family, const char *id) {
    for (uint64_t i = ref.end_count[family]; i > 0; i--) {
        struct ended *item = &ref.ends[family][i - 1];
        if (strcmp(item->id, id) == 0)
            return !item->forgotten && item->number + REMEMBERED > ref.end_count[family] ? item
                                                                                         : NULL;
    }
    return NULL;
}

static void finish(int machine, const char *id, int outcome) {
    const int family = breakers_jobs[machine].family;
    cr_assert(lt(u64, ref.end_count[family], ENDS_MOST));
    struct ended *item = &ref.ends[family][ref.end_count[family]];
    (void)snprintf(item->id, sizeof item->id, "%s", id);
    item->outcome = outcome;
    item->number = ref.end_count[family]++;
    item->forgotten = false;
    ref.counts[machine].finished[outcome]++;
}

struct event {
    int machine;
    const char *id;
    int pid;
    int owner;
    struct store_time now;
};

/* Makes a job. False if there was no place. */
static bool make(const struct event *event, struct job *ret_job) {
    const int family = breakers_jobs[event->machine].family;
    if (ref.live[family] == max_live[family]) {
        ref.refused++;
        return false;
    }
    *ret_job = (struct job){.machine = event->machine};
    (void)snprintf(ret_job->id, sizeof ret_job->id, "%s", event->id);
    struct ended *before = ended(family, event->id);
    if (before)
        before->forgotten = true;
    return true;
}

static enum breakers_jobs_result queued(const struct event *event) {
    const int family = breakers_jobs[event->machine].family;
    const int place = find(family, event->id);
    struct job job;
    if (place < 0) {
        if (!make(event, &job))
            return BREAKERS_JOBS_FULL;
        job.queued = event->now;
    } else {
        const struct job *now = &ref.jobs[family][place];
        if (now->state == QUEUED && now->machine == event->machine)
            return BREAKERS_JOBS_REPEATED;
        job = take(family, place);
        if (job.state == RUNNING) {
            observe(&ref.counts[event->machine].running, family,
                    event->now.mono_ms - job.since.mono_ms);
            job.queued = event->now;
        }
    }
    job.state = QUEUED;
    job.machine = event->machine;
    job.pid = event->pid;
    job.owner = 0;
    put(family, job, event->now);
    return BREAKERS_JOBS_TAKEN;
}

static enum breakers_jobs_result started(const struct event *event) {
    const int family = breakers_jobs[event->machine].family;
    const int place = find(family, event->id);
    struct job job;
    if (place < 0) {
        const struct ended *before = ended(family, event->id);
        if (before && (before->outcome == SUCCEEDED || before->outcome == CANCELED))
            return BREAKERS_JOBS_REPEATED;
        if (!make(event, &job))
            return BREAKERS_JOBS_FULL;
    } else {
        const struct job *now = &ref.jobs[family][place];
        if (now->state == RUNNING && now->machine == event->machine && now->pid == event->pid &&
            now->owner == event->owner)
            return BREAKERS_JOBS_REPEATED;
        job = take(family, place);
        if (job.state == QUEUED)
            observe(&ref.counts[event->machine].waiting, family,
                    event->now.mono_ms - job.queued.mono_ms);
    }
    job.state = RUNNING;
    job.machine = event->machine;
    job.pid = event->pid;
    job.owner = event->owner;
    put(family, job, event->now);
    return BREAKERS_JOBS_TAKEN;
}

static enum breakers_jobs_result ends(const struct event *event, int outcome) {
    const int family = breakers_jobs[event->machine].family;
    const int place = find(family, event->id);
    if (place < 0 && ended(family, event->id))
        return BREAKERS_JOBS_REPEATED;
    if (place >= 0) {
        const struct job job = take(family, place);
        if (job.state == RUNNING)
            observe(&ref.counts[event->machine].running, family,
                    event->now.mono_ms - job.since.mono_ms);
    }
    finish(event->machine, event->id, outcome);
    return BREAKERS_JOBS_TAKEN;
}

/* Loses the job that the owner started last, of all families. False if it has none. */
static bool lose_one(int owner) {
    int family = -1;
    int place = -1;
    uint64_t order = 0;
    for (int i = 0; i < FAMILIES; i++)
        for (uint32_t j = 0; j < ref.live[i]; j++)
            if (ref.jobs[i][j].owner == owner && ref.jobs[i][j].order > order) {
                order = ref.jobs[i][j].order;
                family = i;
                place = (int)j;
            }
    if (place < 0)
        return false;
    const struct job job = take(family, place);
    finish(job.machine, job.id, LOST);
    return true;
}

/* ---- the reference as text ---- */

static void head(struct strbuf *out, int machine, const char *part, const char *label,
                 const char *text) {
    const char *queue = breakers_jobs[machine].queue;
    strbuf_printf(out, "%s_%s", family_names[breakers_jobs[machine].family], part);
    if (label || queue)
        strbuf_putc(out, '{');
    if (label)
        strbuf_printf(out, "%s=\"%s\"%s", label, text, queue ? "," : "");
    if (queue)
        strbuf_printf(out, "queue=\"%s\"", queue);
    if (label || queue)
        strbuf_putc(out, '}');
}

static void histogram_line(struct strbuf *out, int machine, const char *part,
                           const struct histogram *histogram) {
    if (!histogram->exists && breakers_jobs[machine].queue)
        return; /* without labels it exists from the start */
    head(out, machine, part, NULL, NULL);
    strbuf_printf(out, " sum=%.17g buckets=[", histogram->sum);
    for (int i = 0; i <= bound_counts[breakers_jobs[machine].family]; i++)
        strbuf_printf(out, "%s%llu", i ? " " : "", (unsigned long long)histogram->buckets[i]);
    strbuf_puts(out, "]\n");
}

static int live_of(int machine, int state, int64_t now_ms, int64_t *ret_age_ms) {
    const int family = breakers_jobs[machine].family;
    int count = 0;
    *ret_age_ms = 0;
    for (uint32_t i = 0; i < ref.live[family]; i++) {
        const struct job *job = &ref.jobs[family][i];
        if (job->machine != machine || job->state != state)
            continue;
        count++;
        if (now_ms - job->since.mono_ms > *ret_age_ms)
            *ret_age_ms = now_ms - job->since.mono_ms;
    }
    return count;
}

static void age_line(struct strbuf *out, int machine, int state, int64_t now_ms) {
    int64_t age_ms;
    if (live_of(machine, state, now_ms, &age_ms) == 0)
        return;
    head(out, machine, state == QUEUED ? "oldest_queued_age_seconds" : "oldest_running_age_seconds",
         NULL, NULL);
    strbuf_printf(out, " %.17g\n", (double)age_ms / 1000);
}

enum part { PART_FINISHED, PART_LIVE, PART_QUEUED_AGE, PART_RUNNING_AGE, PART_RUNS, PART_WAITS };

static void part_lines(struct strbuf *out, int machine, int part, int extra, int64_t now_ms) {
    int64_t age_ms;
    if (part == PART_FINISHED) {
        head(out, machine, "finished_total", "outcome", outcome_texts[extra]);
        strbuf_printf(out, " %llu\n", (unsigned long long)ref.counts[machine].finished[extra]);
    } else if (part == PART_LIVE) {
        head(out, machine, "jobs", breakers_jobs[machine].family == 0 ? "phase" : "state",
             state_texts[extra]);
        strbuf_printf(out, " %d\n", live_of(machine, extra, now_ms, &age_ms));
    } else if (part == PART_QUEUED_AGE) {
        age_line(out, machine, QUEUED, now_ms);
    } else if (part == PART_RUNNING_AGE) {
        age_line(out, machine, RUNNING, now_ms);
    } else if (part == PART_RUNS) {
        histogram_line(out, machine, "running_seconds", &ref.counts[machine].running);
    } else {
        histogram_line(out, machine, "waiting_seconds", &ref.counts[machine].waiting);
    }
}

static void reference_text(struct strbuf *out, int64_t now_ms) {
    static const int extras[] = {
        [PART_FINISHED] = OUTCOMES, [PART_LIVE] = STATES, [PART_QUEUED_AGE] = 1,
        [PART_RUNNING_AGE] = 1,     [PART_RUNS] = 1,      [PART_WAITS] = 1};
    for (int family = 0; family < FAMILIES; family++)
        for (int part = PART_FINISHED; part <= PART_WAITS; part++)
            for (int extra = 0; extra < extras[part];
                 extra++) /* "outcome" and "phase" come before "queue" */
                for (int machine = 0; machine < MACHINES; machine++)
                    if (breakers_jobs[machine].family == family && ref.counts[machine].shown)
                        part_lines(out, machine, part, extra, now_ms);
}

/* ---- comparing ---- */

static const struct series *series_of(const struct rig *rig, int machine) {
    const char *queue = breakers_jobs[machine].queue;
    return rig_machine(rig, family_names[breakers_jobs[machine].family], queue ? queue : "");
}

static void compare_live(const struct rig *rig, int family, uint64_t *seed) {
    const struct catalog_family *of = rig_family(rig, family_names[family]);
    struct jobs_entry job = {.serial = 0};
    uint32_t hint = 0;
    cr_assert(eq(u64, jobs_count(rig->breakers_jobs, of), ref.live[family]));
    for (uint32_t i = 0; i < ref.live[family]; i++) {
        const struct job *wanted = &ref.jobs[family][i];
        const uint64_t before = job.serial;
        if (rig_below(seed, 3) == 0)
            hint = rig_below(seed, 12); /* the hint of another job, or of none */
        cr_assert(jobs_next(rig->breakers_jobs, of, before, &hint, &job));
        cr_assert(lt(u64, before, job.serial));
        cr_assert(eq(str, job.id, (char *)(uintptr_t)wanted->id));
        cr_assert(eq(int, (int)job.state, wanted->state == QUEUED ? JOB_QUEUED : JOB_RUNNING));
        cr_assert(eq(ptr, (void *)(uintptr_t)job.series,
                     (void *)(uintptr_t)series_of(rig, wanted->machine)));
        cr_assert(eq(i64, job.since_ms, wanted->since.real_ms));
        cr_assert(eq(i64, job.queued_ms, wanted->queued.real_ms));
        cr_assert(eq(int, job.pid, wanted->pid));
        cr_assert(eq(int, job.owned, wanted->owner != 0));
    }
    cr_assert(not(jobs_next(rig->breakers_jobs, of, job.serial, &hint, &job)));
}

static void compare(struct rig *rig, uint64_t *seed, int step) {
    breakers_jobs_publish(rig->breakers_jobs, rig->now);
    struct strbuf real;
    struct strbuf wanted;
    strbuf_init(&real);
    strbuf_init(&wanted);
    rig_dump(rig, &real);
    reference_text(&wanted, rig->now.mono_ms);
    rig_expect_same(strbuf_cstr(&real), strbuf_cstr(&wanted), rig->seed, step);
    strbuf_done(&real);
    strbuf_done(&wanted);
    struct breakers_jobs_figures figures;
    breakers_jobs_figures(rig->breakers_jobs, &figures);
    cr_assert(eq(u64, figures.jobs, (uint64_t)ref.live[0] + ref.live[1]));
    cr_assert(eq(u64, figures.jobs_full, ref.refused));
    for (int family = 0; family < FAMILIES; family++)
        compare_live(rig, family, seed);
}

/* ---- steps ---- */

/* A rig and its processes: those that use a pid, and those that ended and still have jobs. */
struct world {
    struct rig rig;
    uint64_t seed;
    int owners[PIDS]; /* number of the process that has this pid; 0: none yet */
    int processes;    /* number of all that ever existed */
    struct {
        int process;
        owner_id id;
    } ending[64];
    int ending_count;
    int cold; /* number of ids that were used once */
};

static void set_up(struct world *world) {
    memset(&ref, 0, sizeof ref);
    memset(world->owners, 0, sizeof world->owners);
    world->ending_count = 0;
    for (int i = 0; i < MACHINES; i++)
        ref.counts[i].shown = !breakers_jobs[i].fallback;
}

/* Chooses mostly one of a few ids, sometimes a new one, or one that was used once some time ago. */
static void choose_id(struct world *world, char *ret_id, size_t size) {
    const uint32_t kind = rig_below(&world->seed, 10);
    if (kind == 0 || (kind == 1 && world->cold < 400))
        (void)snprintf(ret_id, size, "cold-%d", world->cold++);
    else if (kind == 1)
        (void)snprintf(ret_id, size, "cold-%d",
                       world->cold - 1 - (int)rig_below(&world->seed, 400));
    else
        (void)snprintf(ret_id, size, "%u", rig_below(&world->seed, 14));
}

static void step_event(struct world *world) {
    static const char *const words[] = {"queued",    "queued", "started",  "started",
                                        "succeeded", "failed", "canceled", "lost"};
    static const int outcomes[] = {SUCCEEDED, FAILED, CANCELED};
    char id[16];
    choose_id(world, id, sizeof id);
    const uint32_t word = rig_below(&world->seed, sizeof words / sizeof words[0]);
    const int machine = (int)rig_below(&world->seed, MACHINES);
    const int pid = (int)rig_below(&world->seed, PIDS);
    if (pid > 0 && world->owners[pid] == 0)
        world->owners[pid] = ++world->processes;
    const struct event event = {machine, id, pid, world->owners[pid], world->rig.now};
    const enum breakers_jobs_result got =
        rig_job(&world->rig, series_of(&world->rig, machine), words[word], id, pid);
    if (word == 7) {
        cr_assert(eq(int, got, BREAKERS_JOBS_BAD_WORD));
        return;
    }
    ref.counts[machine].shown = true;
    const enum breakers_jobs_result expected = word < 2   ? queued(&event)
                                               : word < 4 ? started(&event)
                                                          : ends(&event, outcomes[word - 4]);
    cr_assert(eq(int, got, expected), "%s %s", words[word], id);
}

static void step_end(struct world *world) {
    const int pid = 1 + (int)rig_below(&world->seed, PIDS - 1);
    struct owners *owners = store_owners(world->rig.store);
    if (world->owners[pid] == 0 || world->ending_count == 64)
        return;
    world->ending[world->ending_count].process = world->owners[pid];
    world->ending[world->ending_count++].id = owners_find(owners, pid);
    owners_end(owners, owners_find(owners, pid));
    world->owners[pid] = 0; /* another process will use the pid */
}

static void step_disown(struct world *world) {
    if (world->ending_count == 0)
        return;
    const owner_id id = world->ending[0].id;
    size_t budget = rig_below(&world->seed, 3);
    const size_t given = budget;
    size_t lost = 0;
    const bool done = breakers_jobs_disown(world->rig.breakers_jobs, id, world->rig.now, &budget);
    while (lost < given && lose_one(world->ending[0].process))
        lost++;
    cr_assert(eq(sz, given - budget, lost));
    if (!done)
        return;
    cr_assert(not(lose_one(world->ending[0].process)));
    owners_release(store_owners(world->rig.store), id);
    world->ending_count--;
    memmove(world->ending, world->ending + 1,
            (size_t)world->ending_count * sizeof world->ending[0]);
}

static void run(uint64_t first, int steps, int every) {
    struct world world = {.seed = first};
    rig_open(&world.rig, catalog);
    set_up(&world);
    for (int step = 0; step < steps; step++) {
        const uint32_t kind = rig_below(&world.seed, 1000);
        if (kind < 750)
            step_event(&world);
        else if (kind < 900)
            rig_wait(&world.rig, rig_below(&world.seed, kind < 760 ? 3000 : 60));
        else if (kind < 930)
            step_end(&world);
        else if (kind < 999)
            step_disown(&world);
        else {
            rig_restart(&world.rig);
            set_up(&world);
        }
        if (step % every == 0)
            compare(&world.rig, &world.seed, step);
    }
    rig_close(&world.rig);
}

Test(jobs_model, all_families_agree_after_every_step) {
    for (uint64_t seed = 1; seed <= sanitized_games(8); seed++)
        run(seed, 4000, 1);
}

Test(jobs_model, all_families_agree_however_seldom_anybody_looks) {
    for (uint64_t seed = 101; seed <= 100 + sanitized_games(8); seed++)
        run(seed, 8000, 17);
}
