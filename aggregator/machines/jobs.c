/*
 * Jobs: events in, live jobs and the series derived from them.
 *
 *              queued       running       unknown, remembered as ended     unknown
 *   queued     repeated*    back (1)      a new life                       new
 *   started    running (2)  taken over*   succeeded, canceled: repeated    new, running (4)
 *                           (3)           failed, lost: a new run (4)
 *   an end     ended (4)    ended (1)     repeated                         ended (4)
 *
 *   *    other labels than before are no repetition: the job moves
 *   (1)  its running time is observed
 *   (2)  its waiting time is observed
 *   (3)  from the process that runs it already: repeated; else that process runs it from now on,
 *        and nothing has finished
 *   (4)  no time is observed: it is not known
 *
 * What an event counts, it counts under its own labels; a job that is lost, under its last ones.
 * Ages and times are those of the present state: a job that moves, or is taken over, starts again;
 * only one that moves while it waits keeps the time it was queued at.
 */
#include <string.h>

#include "machines/machines_private.h"

/* ---- derived series ---- */

static bool fill(struct machines *machines, struct jobs_machine *machine, enum jobs_part part,
                 uint32_t *ret_place, struct machine_label label, struct store_time now) {
    return machine_fill(ret_place, machines->store, machine->family->jobs->parts[part],
                        machine->family, machine->place, label, now);
}

/* Make what shows before any event; ages and histograms come with their first value. */
static bool show(struct machines *machines, struct jobs_machine *machine, struct store_time now) {
    if (machine->shown)
        return true;
    for (int i = 0; i < JOB_STATE_COUNT; i++) {
        const struct machine_label label = {machine->family->jobs->state_label,
                                            catalog_job_state_text((enum job_state)i)};
        if (!fill(machines, machine, JOBS_LIVE, &machine->counts[i], label, now))
            return false;
    }
    for (int i = 0; i < JOB_OUTCOME_COUNT; i++) {
        const struct machine_label label = {"outcome",
                                            catalog_job_outcome_text((enum job_outcome)i)};
        if (!fill(machines, machine, JOBS_FINISHED, &machine->finished[i], label, now))
            return false;
    }
    machine->shown = true;
    return true;
}

static void observe(struct machines *machines, struct jobs_machine *machine, enum jobs_part part,
                    int64_t from_ms, struct store_time now) {
    uint32_t *place = part == JOBS_WAITING ? &machine->waiting : &machine->running;
    if (fill(machines, machine, part, place, (struct machine_label){0}, now))
        machine_observe(machines->store, machine->family->jobs->parts[part], *place,
                        (double)(now.mono_ms - from_ms) / 1000.0);
}

static void show_count(const struct machines *machines, const struct jobs_machine *machine,
                       enum job_state which, struct store_time now) {
    machine_write(machines->store, machine->family->jobs->parts[JOBS_LIVE], machine->counts[which],
                  machine->jobs[which].count, now);
}

static struct live_family *live_family_of(const struct machines *machines,
                                          const struct jobs_machine *machine) {
    return &machines->jobs.families[machine->live];
}

/* ---- places of jobs ---- */

/* Out of all lists but the index. */
static void lift(struct machines *machines, struct live_job *job, struct store_time now) {
    struct live_jobs *live = &machines->jobs.live;
    struct jobs_machine *machine = &machines->jobs.machines[job->machine];
    live_job_unrank(live, live_family_of(machines, machine), job);
    live_job_pull_state(live, &machine->jobs[job->state], job);
    live_job_pull_owner(live, store_owners(machines->store), job);
    show_count(machines, machine, (enum job_state)job->state, now);
}

struct event {
    struct jobs_machine *machine;
    owner_id owner;
    int32_t pid;
    struct store_time now;
};

/* A job that is in no list is in this state from now on. */
static void put(struct machines *machines, struct live_job *job, enum job_state job_state,
                const struct event *event) {
    struct live_jobs *live = &machines->jobs.live;
    struct jobs_machine *machine = event->machine;
    job->machine = (uint32_t)(machine - machines->jobs.machines);
    job->state = (uint8_t)job_state;
    job->pid = event->pid;
    job->since_mono_ms = event->now.mono_ms;
    job->since_real_ms = event->now.real_ms;
    live_job_rank(live, live_family_of(machines, machine), job);
    live_job_push_state(live, &machine->jobs[job_state], job);
    job->owner = job_state == JOB_RUNNING ? event->owner : OWNER_NONE;
    live_job_push_owner(live, store_owners(machines->store), job);
    show_count(machines, machine, job_state, event->now);
}

static void finish(const struct machines *machines, const struct jobs_machine *machine,
                   uint64_t hash, enum job_outcome outcome) {
    machine_count(machines->store, machine->family->jobs->parts[JOBS_FINISHED],
                  machine->finished[outcome]);
    finished_add(&live_family_of(machines, machine)->finished, hash, outcome);
}

/* ---- events ---- */

static void set_queued(struct live_job *job, struct store_time now) {
    job->queued_mono_ms = now.mono_ms;
    job->queued_real_ms = now.real_ms;
}

static enum machines_result begin(struct machines *machines, struct sg_span id, uint64_t hash,
                                  enum job_state job_state, const struct event *event) {
    struct live_family *lf = live_family_of(machines, event->machine);
    struct live_job *job = live_job_make(&machines->jobs.live, lf, id, hash);
    if (job == NULL) {
        machines->jobs.full++;
        return MACHINES_FULL;
    }
    finished_forget(&lf->finished, hash);
    if (job_state == JOB_QUEUED)
        set_queued(job, event->now);
    put(machines, job, job_state, event);
    return MACHINES_TAKEN;
}

static enum machines_result queue_again(struct machines *machines, struct live_job *job,
                                        const struct event *event) {
    const bool moved = &machines->jobs.machines[job->machine] != event->machine;
    if (job->state == JOB_QUEUED && !moved)
        return MACHINES_REPEATED;
    if (job->state == JOB_RUNNING) {
        observe(machines, event->machine, JOBS_RUNNING, job->since_mono_ms, event->now);
        set_queued(job, event->now);
    }
    lift(machines, job, event->now);
    put(machines, job, JOB_QUEUED, event);
    return MACHINES_TAKEN;
}

static enum machines_result start_known(struct machines *machines, struct live_job *job,
                                        const struct event *event) {
    const bool moved = &machines->jobs.machines[job->machine] != event->machine;
    if (job->state == JOB_RUNNING && !moved && job->owner == event->owner && job->pid == event->pid)
        return MACHINES_REPEATED;
    if (job->state == JOB_QUEUED)
        observe(machines, event->machine, JOBS_WAITING, job->queued_mono_ms, event->now);
    lift(machines, job, event->now);
    put(machines, job, JOB_RUNNING, event);
    return MACHINES_TAKEN;
}

static enum machines_result end(struct machines *machines, struct live_job *job, uint64_t hash,
                                enum job_outcome outcome, const struct event *event) {
    struct live_family *lf = live_family_of(machines, event->machine);
    enum job_outcome before;
    if (job == NULL && finished_find(&lf->finished, hash, &before))
        return MACHINES_REPEATED;
    if (job != NULL) {
        if (job->state == JOB_RUNNING)
            observe(machines, event->machine, JOBS_RUNNING, job->since_mono_ms, event->now);
        lift(machines, job, event->now);
        live_job_drop(&machines->jobs.live, lf, job);
    }
    finish(machines, event->machine, hash, outcome);
    return MACHINES_TAKEN;
}

static struct jobs_machine *machine_of(const struct machines *machines,
                                       const struct series *series) {
    if (machines->set->families[series->family]->jobs == NULL)
        return NULL;
    const uint64_t number = machine_number(series);
    return number < machines->jobs.count ? &machines->jobs.machines[number] : NULL;
}

enum machines_result machines_job(struct machines *machines, const struct series *series,
                                  enum job_event what, struct sg_span instance, owner_id owner,
                                  int32_t pid, struct store_time now) {
    now = machines_clock(machines, now);
    struct jobs_machine *machine = machine_of(machines, series);
    const bool queued = what == JOB_EVENT_QUEUED;
    enum job_outcome outcome = JOB_LOST;
    if (machine == NULL)
        return MACHINES_BAD_WORD;
    if (instance.at == NULL || instance.len == 0 || instance.len > SG_INSTANCE_MAX)
        return MACHINES_BAD_INSTANCE;
    if (!show(machines, machine, now))
        return MACHINES_FULL;
    const bool lives = owners_live(store_owners(machines->store), owner) != NULL;
    const struct event event = {machine, lives ? owner : OWNER_NONE, pid, now};
    const struct live_family *lf = live_family_of(machines, machine);
    const uint64_t hash = live_job_hash(&machines->jobs.live, instance);
    struct live_job *job = live_job_find(&machines->jobs.live, lf, instance, hash);
    if (job_event_ends(what, &outcome))
        return end(machines, job, hash, outcome, &event);
    if (job != NULL)
        return queued ? queue_again(machines, job, &event) : start_known(machines, job, &event);
    if (!queued && finished_find(&lf->finished, hash, &outcome) &&
        (outcome == JOB_SUCCEEDED || outcome == JOB_CANCELED))
        return MACHINES_REPEATED; /* it came too late */
    return begin(machines, instance, hash, queued ? JOB_QUEUED : JOB_RUNNING, &event);
}

bool machines_disown(struct machines *machines, owner_id owner, struct store_time now,
                     size_t *budget) {
    now = machines_clock(machines, now);
    const struct owner *gone = owners_at(store_owners(machines->store), owner);
    while (gone != NULL && gone->jobs != 0 && *budget > 0) {
        (*budget)--;
        struct live_job *job = live_job_at(&machines->jobs.live, gone->jobs);
        struct jobs_machine *machine = &machines->jobs.machines[job->machine];
        const uint64_t hash = job->hash;
        lift(machines, job, now);
        live_job_drop(&machines->jobs.live, live_family_of(machines, machine), job);
        finish(machines, machine, hash, JOB_LOST);
    }
    return gone == NULL || gone->jobs == 0;
}

/* ---- time and reading ---- */

static void publish_oldest(struct machines *machines, struct jobs_machine *machine,
                           enum job_state which, struct store_time now) {
    const enum jobs_part part = which == JOB_QUEUED ? JOBS_OLDEST_QUEUED : JOBS_OLDEST_RUNNING;
    const struct catalog_family *derived = machine->family->jobs->parts[part];
    uint32_t *place = &machine->oldest[which];
    if (machine->jobs[which].count == 0) {
        if (*place != 0)
            store_remove(machines->store, store_at(machines->store, derived, *place));
        *place = 0;
        return;
    }
    const struct live_job *oldest = live_job_at(&machines->jobs.live, machine->jobs[which].first);
    if (fill(machines, machine, part, place, (struct machine_label){0}, now))
        machine_write(machines->store, derived, *place,
                      (double)(now.mono_ms - oldest->since_mono_ms) / 1000.0, now);
}

void jobs_publish(struct machines *machines, struct store_time now) {
    for (size_t i = 0; i < machines->jobs.count; i++)
        for (int j = 0; j < JOB_STATE_COUNT; j++)
            publish_oldest(machines, &machines->jobs.machines[i], (enum job_state)j, now);
}

static const struct live_family *family_of(const struct jobs *jobs,
                                           const struct catalog_family *family) {
    size_t low = 0;
    size_t high = jobs->family_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (jobs->families[middle].family->index < family->index)
            low = middle + 1;
        else
            high = middle;
    }
    return low < jobs->family_count && jobs->families[low].family == family ? &jobs->families[low]
                                                                            : NULL;
}

/* What comes behind the job found before, if the hint still names it; else a search. */
static uint32_t job_behind(const struct live_jobs *live, const struct live_family *lf,
                           uint64_t after, uint32_t hint) {
    if (hint > lf->base && hint <= lf->base + lf->used) {
        const struct live_job *before = live_job_at(live, hint);
        if (before->id_len > 0 && before->serial == after)
            return before->lane[0].next;
    }
    return live_job_seek(live, lf, after);
}

bool machines_job_next(const struct machines *machines, const struct catalog_family *family,
                       uint64_t after, uint32_t *hint, struct machines_job *ret_job) {
    const struct live_family *lf = family_of(&machines->jobs, family);
    const uint32_t number = lf != NULL ? job_behind(&machines->jobs.live, lf, after, *hint) : 0;
    if (number == 0)
        return false;
    const struct live_job *job = live_job_at(&machines->jobs.live, number);
    *hint = number;
    *ret_job = (struct machines_job){
        .family = family,
        .series = store_at(machines->store, family, machines->jobs.machines[job->machine].place),
        .state = (enum job_state)job->state,
        .id_len = job->id_len,
        .since_ms = job->since_real_ms,
        .queued_ms = job->queued_real_ms,
        .pid = job->pid,
        .owned = job->owner != OWNER_NONE,
        .serial = job->serial,
    };
    memcpy(ret_job->id, job->id, job->id_len);
    return true;
}

uint64_t machines_job_count(const struct machines *machines, const struct catalog_family *family) {
    const struct live_family *lf = family_of(&machines->jobs, family);
    return lf != NULL ? lf->lane[0].count : 0;
}

/* A family's machines are together, in the order of the families. */
static size_t first_machine(const struct jobs *jobs, uint32_t live) {
    size_t low = 0;
    size_t high = jobs->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (jobs->machines[middle].live < live)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void machines_job_counts(const struct machines *machines, const struct catalog_family *family,
                         uint64_t *ret_counts) {
    const struct jobs *jobs = &machines->jobs;
    const struct live_family *lf = family_of(jobs, family);
    for (int i = 0; i < JOB_STATE_COUNT; i++)
        ret_counts[i] = 0;
    if (lf == NULL)
        return;
    const uint32_t live = (uint32_t)(lf - jobs->families);
    for (size_t at = first_machine(jobs, live); at < jobs->count && jobs->machines[at].live == live;
         at++)
        for (int i = 0; i < JOB_STATE_COUNT; i++)
            ret_counts[i] += jobs->machines[at].jobs[i].count;
}

/* ---- making ---- */

struct jobs_making {
    struct machines *machines;
    uint32_t live;
    struct store_time now;
};

static bool make(void *arg, uint64_t number, uint32_t place) {
    const struct jobs_making *making = arg;
    struct jobs *jobs = &making->machines->jobs;
    struct jobs_machine *machine = &jobs->machines[number];
    machine->family = jobs->families[making->live].family;
    machine->place = place;
    machine->live = making->live;
    return machine_is_fallback(making->machines->store, machine->family, place) ||
           show(making->machines, machine, making->now);
}

/* How many families, machines and places there are. */
static bool measure(struct jobs *jobs, const struct catalog_set *set) {
    uint64_t machines = 0;
    uint64_t places = 0;
    for (size_t i = 0; i < set->family_count; i++) {
        const struct catalog_family *family = set->families[i];
        if (family->jobs == NULL)
            continue;
        jobs->family_count++;
        machines += family->combinations;
        places += family->jobs->max_live;
        if (machines >= UINT32_MAX || places >= UINT32_MAX)
            return false; /* numbers have 32 bits; the loader allows far fewer */
    }
    jobs->count = machines;
    jobs->live.place_count = places;
    return true;
}

bool jobs_init(struct machines *machines, struct store_time now) {
    struct jobs *jobs = &machines->jobs;
    const struct memory *memory = machines->memory;
    if (!measure(jobs, machines->set))
        return false;
    jobs->live.seed = machines->seed;
    jobs->live.places = memory_array(memory, jobs->live.place_count + 1, sizeof *jobs->live.places);
    jobs->families = memory_array(memory, jobs->family_count + 1, sizeof *jobs->families);
    jobs->machines = memory_array(memory, jobs->count + 1, sizeof *jobs->machines);
    if (jobs->live.places == NULL || jobs->families == NULL || jobs->machines == NULL)
        return false;
    struct live_family *lf = jobs->families;
    uint64_t first = 0;
    uint64_t base = 0;
    for (size_t i = 0; i < machines->set->family_count; i++) {
        const struct catalog_family *family = machines->set->families[i];
        if (family->jobs == NULL)
            continue;
        struct jobs_making making = {machines, (uint32_t)(lf - jobs->families), now};
        if (!live_jobs_init(lf, memory, family, base) ||
            !machine_make_all(machines->store, family, first, now, make, &making))
            return false;
        first += family->combinations;
        base += lf->max_live;
        lf++;
    }
    return true;
}

void jobs_done(struct jobs *jobs, const struct memory *memory) {
    for (size_t i = 0; jobs->families != NULL && i < jobs->family_count; i++)
        live_jobs_done(&jobs->families[i], memory);
    memory_release(memory, jobs->families);
    memory_release(memory, jobs->machines);
    memory_release(memory, jobs->live.places);
}

uint64_t jobs_family_bytes(const struct catalog_family *family) {
    uint64_t bytes;
    if (__builtin_mul_overflow(family->combinations, sizeof(struct jobs_machine), &bytes) ||
        __builtin_add_overflow(bytes, live_jobs_bytes(family), &bytes))
        return UINT64_MAX;
    return bytes;
}
