/*
 * Jobs: events in, live jobs and the series derived from them.
 *
 *              queued       running       unknown, remembered as ended     unknown
 *   queued     repeated*    back (1)      a new life                       new
 *   started    running (2)  taken over*   succeeded, canceled: repeated    new, running (4)
 *                           (3)           failed, lost: a new run (4)
 *   an end     ended (4)    ended (1)     repeated                         ended (4)
 *
 *   *    with labels other than before, it is not a repetition: the job moves
 *   (1)  its running time is observed
 *   (2)  its waiting time is observed
 *   (3)  from the process that already runs the job: repeated; from another: that process runs the
 *        job from now on, and nothing has finished
 *   (4)  no time is observed, because it is not known
 *
 * An event counts under its own labels; a lost job counts under its last labels. Ages and times are
 * those of the present state: they start again for a job that moves or is taken over, except that a
 * job that moves while it waits keeps the time at which it was queued.
 */
#include "machines/jobs_series.h"
#include "store/store.h"

static struct live_family *live_family_of(const struct machines *machines,
                                          const struct jobs_machine *machine) {
    return &machines->jobs.families[machine->live];
}

/* ---- places of jobs ---- */

/* Remove a job from all lists but the index. */
static void lift(struct machines *machines, struct live_job *job, struct store_time now) {
    struct live_jobs *live = &machines->jobs.live;
    struct jobs_machine *machine = jobs_machine_at(&machines->jobs, job->machine);
    live_job_unrank(live, live_family_of(machines, machine), job);
    live_job_pull_state(live, &machine->jobs[job->state], job);
    live_job_pull_owner(live, store_owners(machines->store), job);
    jobs_series_count(machines, machine, (enum job_state)job->state, now);
}

struct job_change {
    struct jobs_machine *machine;
    owner_id owner;
    const struct who *who;
    struct store_time now;
};

/* Put a job into its new state and lists. It must be in no list, and be noted or new. */
static void put(struct machines *machines, struct live_job *job, enum job_state job_state,
                const struct job_change *event) {
    struct live_jobs *live = &machines->jobs.live;
    struct jobs_machine *machine = event->machine;
    job->machine = (uint32_t)(machine - jobs_machine_at(&machines->jobs, 0));
    job->state = (uint8_t)job_state;
    job->pid = event->who->pid;
    job->since_mono_ms = event->now.mono_ms;
    job->since_real_ms = event->now.real_ms;
    live_job_rank(live, live_family_of(machines, machine), job, live->serial + 1);
    live_job_push_state(live, &machine->jobs[job_state], job);
    job->owner = job_state == JOB_RUNNING ? event->owner : OWNER_NONE;
    live_job_push_owner(live, store_owners(machines->store), job);
    jobs_series_count(machines, machine, job_state, event->now);
}

static void finish(const struct machines *machines, const struct jobs_machine *machine,
                   uint64_t job, enum job_outcome outcome, struct store_time now) {
    struct live_family *lf = live_family_of(machines, machine);
    machine_count(machines->store, lf->family->jobs->parts[JOBS_FINISHED],
                  machine->finished[outcome], now);
    finished_add(&lf->finished, job, outcome);
}

/* Record an ended job, for people. `job` is NULL if it was not known before. */
static void note_end(struct machines *machines, const struct jobs_machine *machine,
                     const struct live_job *job, struct sg_span id, enum job_outcome outcome,
                     const struct who *who, struct store_time now) {
    const bool ran = job != NULL && job->state == JOB_RUNNING;
    struct ended_job *ended = ended_jobs_add(&machines->jobs.ended, outcome);
    ended->machine = (uint32_t)(machine - jobs_machine_at(&machines->jobs, 0));
    ended->at_ms = now.real_ms;
    ended->ran_ms = ran ? now.mono_ms - job->since_mono_ms : -1;
    ended->who = *who;
    ended->id_len = (uint8_t)id.len;
    memcpy(ended->id, id.at, id.len);
}

/* ---- events ---- */

static void set_queued(struct live_job *job, struct store_time now) {
    job->queued_mono_ms = now.mono_ms;
    job->queued_real_ms = now.real_ms;
}

static void move(struct machines *machines, struct live_job *job, enum job_state job_state,
                 const struct job_change *event) {
    const bool waits_again = job->state == JOB_RUNNING && job_state == JOB_QUEUED;
    lift(machines, job, event->now);
    live_job_note(&machines->jobs.live, job);
    if (waits_again) {
        live_job_note_queued(&machines->jobs.live, job);
        set_queued(job, event->now);
    }
    put(machines, job, job_state, event);
}

static enum machines_result begin(struct machines *machines, struct sg_span id, uint64_t hash,
                                  enum job_state job_state, const struct job_change *event) {
    struct live_family *lf = live_family_of(machines, event->machine);
    struct live_job *job = live_job_make(&machines->jobs.live, lf, id, hash);
    if (job == NULL) {
        machines->jobs.full++;
        return MACHINES_FULL;
    }
    finished_forget(&lf->finished, finished_job(id));
    if (job_state == JOB_QUEUED)
        set_queued(job, event->now);
    put(machines, job, job_state, event);
    return MACHINES_TAKEN;
}

static enum machines_result queue_again(struct machines *machines, struct live_job *job,
                                        const struct job_change *event) {
    const bool moved = jobs_machine_at(&machines->jobs, job->machine) != event->machine;
    if (job->state == JOB_QUEUED && !moved)
        return MACHINES_REPEATED;
    if (job->state == JOB_RUNNING)
        jobs_series_observe(machines, event->machine, JOBS_RUNNING, job->since_mono_ms, event->now);
    move(machines, job, JOB_QUEUED, event);
    return MACHINES_TAKEN;
}

static enum machines_result start_known(struct machines *machines, struct live_job *job,
                                        const struct job_change *event) {
    const bool moved = jobs_machine_at(&machines->jobs, job->machine) != event->machine;
    if (job->state == JOB_RUNNING && !moved && job->owner == event->owner &&
        job->pid == event->who->pid)
        return MACHINES_REPEATED;
    if (job->state == JOB_QUEUED)
        jobs_series_observe(machines, event->machine, JOBS_WAITING, job->queued_mono_ms,
                            event->now);
    move(machines, job, JOB_RUNNING, event);
    return MACHINES_TAKEN;
}

static enum machines_result end(struct machines *machines, struct live_job *job, struct sg_span id,
                                enum job_outcome outcome, const struct job_change *event) {
    struct live_family *lf = live_family_of(machines, event->machine);
    const uint64_t finished = finished_job(id);
    enum job_outcome before;
    if (job == NULL && finished_find(&lf->finished, finished, &before))
        return MACHINES_REPEATED;
    note_end(machines, event->machine, job, id, outcome, event->who, event->now);
    if (job != NULL) {
        if (job->state == JOB_RUNNING)
            jobs_series_observe(machines, event->machine, JOBS_RUNNING, job->since_mono_ms,
                                event->now);
        lift(machines, job, event->now);
        live_job_drop(&machines->jobs.live, lf, job);
    }
    finish(machines, event->machine, finished, outcome, event->now);
    return MACHINES_TAKEN;
}

static struct jobs_machine *machine_of(const struct machines *machines,
                                       const struct series *series) {
    if (machines->set->families[series->family]->jobs == NULL)
        return NULL;
    const uint64_t number = machine_number(series);
    return number < machines->jobs.count ? jobs_machine_at(&machines->jobs, number) : NULL;
}

enum machines_result machines_job(struct machines *machines, const struct series *series,
                                  enum job_event what, struct sg_span instance, owner_id owner,
                                  const struct who *who, struct store_time now) {
    now = machines_clock(machines, now);
    struct jobs_machine *machine = machine_of(machines, series);
    const bool queued = what == JOB_EVENT_QUEUED;
    enum job_outcome outcome = JOB_LOST;
    if (machine == NULL)
        return MACHINES_BAD_WORD;
    if (instance.at == NULL || instance.len == 0 || instance.len > SG_INSTANCE_MAX)
        return MACHINES_BAD_INSTANCE;
    if (!jobs_series_show(machines, machine, now))
        return MACHINES_FULL;
    const bool lives = owners_live(store_owners(machines->store), owner) != NULL;
    const struct job_change event = {machine, lives ? owner : OWNER_NONE, who, now};
    const struct live_family *lf = live_family_of(machines, machine);
    const uint64_t hash = live_job_hash(&machines->jobs.live, instance);
    struct live_job *job = live_job_find(&machines->jobs.live, lf, instance, hash);
    if (job_event_ends(what, &outcome))
        return end(machines, job, instance, outcome, &event);
    if (job != NULL)
        return queued ? queue_again(machines, job, &event) : start_known(machines, job, &event);
    if (!queued && finished_find(&lf->finished, finished_job(instance), &outcome) &&
        (outcome == JOB_SUCCEEDED || outcome == JOB_CANCELED))
        return MACHINES_REPEATED; /* the event came too late */
    return begin(machines, instance, hash, queued ? JOB_QUEUED : JOB_RUNNING, &event);
}

/* Report a lost job, which is already recorded as ended. */
static void tell_lost(const struct machines *machines, const struct jobs_machine *machine,
                      const struct ended_job *ended) {
    if (machines->incident == NULL)
        return;
    const struct catalog_family *family = live_family_of(machines, machine)->family;
    const struct machines_incident incident = {
        .kind = MACHINES_JOB_LOST,
        .at_ms = ended->at_ms,
        .family = family,
        .series = store_at(machines->store, family, machine->place),
        .who = ended->who,
        .id = {ended->id, ended->id_len},
        .ran_ms = ended->ran_ms};
    machines->incident(machines->incident_arg, &incident);
}

void jobs_lose(struct machines *machines, struct live_job *job, struct store_time now) {
    struct jobs_machine *machine = jobs_machine_at(&machines->jobs, job->machine);
    const struct sg_span id = {job->id, job->id_len};
    const uint64_t finished = finished_job(id);
    struct who who = {.pid = job->pid};
    if (machines->who != NULL)
        machines->who(machines->who_arg, job->pid, &who);
    note_end(machines, machine, job, id, JOB_LOST, &who, now);
    tell_lost(machines, machine, ended_jobs_last(&machines->jobs.ended, JOB_LOST));
    lift(machines, job, now);
    live_job_drop(&machines->jobs.live, live_family_of(machines, machine), job);
    finish(machines, machine, finished, JOB_LOST, now);
}

void machines_ask_who(struct machines *machines, machines_who_fn fn, void *arg) {
    machines->who = fn;
    machines->who_arg = arg;
}

bool machines_disown(struct machines *machines, owner_id owner, struct store_time now,
                     size_t *budget) {
    now = machines_clock(machines, now);
    const struct owner *gone = owners_at(store_owners(machines->store), owner);
    while (gone != NULL && gone->jobs != 0 && *budget > 0) {
        (*budget)--;
        jobs_lose(machines, live_job_at(&machines->jobs.live, gone->jobs), now);
        undo_commit(machines->undo);
    }
    return gone == NULL || gone->jobs == 0;
}

void jobs_publish(struct machines *machines, struct store_time now) {
    for (size_t i = 0; i < machines->jobs.count; i++) {
        struct jobs_machine *machine = jobs_machine_at(&machines->jobs, i);
        for (int j = 0; j < JOB_STATE_COUNT; j++)
            jobs_series_oldest(machines, machine, (enum job_state)j, now);
        undo_commit(machines->undo);
    }
}
