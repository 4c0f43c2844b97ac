/* SPDX-License-Identifier: MIT */
/* jobs.c - what events do to jobs, and the series of them. */
#include "breakers_jobs/breakers_jobs_private.h"

/* ---- jobs series: The series derived from jobs. ---- */

static const struct catalog_family *family_of(const struct breakers_jobs *breakers_jobs,
                                              const struct jobs_machine *machine) {
    return breakers_jobs->set->families[machine->family];
}

static void fill(struct breakers_jobs *breakers_jobs, struct jobs_machine *machine,
                 enum jobs_part part, uint32_t *ret_place, struct machine_label label,
                 struct store_time now) {
    breakers_jobs_machine_fill(ret_place, breakers_jobs->store,
                               family_of(breakers_jobs, machine)->jobs->parts[part],
                               family_of(breakers_jobs, machine), machine->place, label, now);
}

void jobs_series_show(struct breakers_jobs *breakers_jobs, struct jobs_machine *machine,
                      struct store_time now) {
    if (machine->shown)
        return;
    for (int i = 0; i < JOB_STATE_COUNT; i++) {
        const struct machine_label label = {family_of(breakers_jobs, machine)->jobs->state_label,
                                            catalog_job_state_text((enum job_state)i)};
        fill(breakers_jobs, machine, JOBS_LIVE, &machine->counts[i], label, now);
    }
    for (int i = 0; i < JOB_OUTCOME_COUNT; i++) {
        const struct machine_label label = {"outcome",
                                            catalog_job_outcome_text((enum job_outcome)i)};
        fill(breakers_jobs, machine, JOBS_FINISHED, &machine->finished[i], label, now);
    }
    for (int part = JOBS_STARTED; part <= JOBS_CONSECUTIVE; part++)
        if (part != JOBS_NEXT_START)
            fill(breakers_jobs, machine, (enum jobs_part)part, &machine->plain[part],
                 (struct machine_label){0}, now);
    undo_word(breakers_jobs->undo, &machine->shown);
    machine->shown = true;
}

/* ---- what jobs should do ---- */

static bool rules_of(const struct breakers_jobs *breakers_jobs, const struct jobs_machine *machine,
                     struct job_rules *ret_rules) {
    const struct catalog_family *family = family_of(breakers_jobs, machine);
    const struct catalog_duty *duty = &family->jobs->duty;
    const struct catalog_schedule *schedule = duty->schedule;
    if (!duty->declared)
        return false;
    *ret_rules = (struct job_rules){.duty = duty, .is_fallback = machine->is_fallback};
    if (machine->is_fallback)
        return true;
    if (duty->by_value != NULL)
        schedule = duty->by_value[series_ids(
            family, store_at(breakers_jobs->store, family, machine->place))[duty->label]];
    ret_rules->schedule = schedule != NULL ? &schedule->schedule : NULL;
    ret_rules->every_ms = duty->every_ms;
    return true;
}

static void plain_write(const struct breakers_jobs *breakers_jobs,
                        const struct jobs_machine *machine, enum jobs_part part, double value,
                        struct store_time now) {
    breakers_jobs_machine_write(breakers_jobs->store,
                                family_of(breakers_jobs, machine)->jobs->parts[part],
                                machine->plain[part], value, now);
}

/* The same for a series that has no value before its first. */
static void plain_stamp(struct breakers_jobs *breakers_jobs, struct jobs_machine *machine,
                        enum jobs_part part, double value, struct store_time now) {
    fill(breakers_jobs, machine, part, &machine->plain[part], (struct machine_label){0}, now);
    plain_write(breakers_jobs, machine, part, value, now);
}

static void plain_count(const struct breakers_jobs *breakers_jobs,
                        const struct jobs_machine *machine, enum jobs_part part, uint32_t count,
                        struct store_time now) {
    breakers_jobs_machine_count(breakers_jobs->store,
                                family_of(breakers_jobs, machine)->jobs->parts[part],
                                machine->plain[part], count, now);
}

/* It has no times any more. */
static void remove_next(const struct breakers_jobs *breakers_jobs, struct jobs_machine *machine) {
    const struct catalog_family *family = family_of(breakers_jobs, machine);
    const struct catalog_family *derived = family->jobs->parts[JOBS_NEXT_START];
    const uint32_t place =
        breakers_jobs_machine_find(breakers_jobs->store, derived, family, machine->place);
    if (place != 0)
        store_remove(breakers_jobs->store, store_at(breakers_jobs->store, derived, place));
    machine->plain[JOBS_NEXT_START] = 0;
}

static void watch_show(struct breakers_jobs *breakers_jobs, struct jobs_machine *machine,
                       struct store_time now) {
    const struct job_watch *watch = &machine->watch;
    plain_write(breakers_jobs, machine, JOBS_CONSECUTIVE, watch->failures, now);
    plain_write(breakers_jobs, machine, JOBS_OVERDUE,
                (double)job_watch_late_ms(watch, now.real_ms) / 1000, now);
    if (watch->slot_ms != 0)
        plain_stamp(breakers_jobs, machine, JOBS_NEXT_START, (double)watch->slot_ms / 1000, now);
    else if (!machine->without_next)
        remove_next(breakers_jobs, machine);
    machine->without_next = watch->slot_ms == 0;
}

/* Judge what time has brought. */
static void watch_judge(struct breakers_jobs *breakers_jobs, struct jobs_machine *machine,
                        const struct job_rules *rules, struct store_time now) {
    undo_range(breakers_jobs->undo, &machine->watch, sizeof machine->watch);
    job_watch_begin(&machine->watch, rules, now);
    const uint32_t missed = job_watch_advance(&machine->watch, rules, now);
    if (missed > 0)
        plain_count(breakers_jobs, machine, JOBS_MISSED, missed, now);
}

static void watch_started(struct breakers_jobs *breakers_jobs, struct jobs_machine *machine,
                          struct store_time now) {
    struct job_rules rules;
    if (!rules_of(breakers_jobs, machine, &rules))
        return;
    watch_judge(breakers_jobs, machine, &rules, now);
    job_watch_started(&machine->watch, &rules, now.real_ms);
    plain_count(breakers_jobs, machine, JOBS_STARTED, 1, now);
    watch_show(breakers_jobs, machine, now);
}

/* `job` is NULL if its start was not seen: then its end counts as both. */
static void watch_ended(struct breakers_jobs *breakers_jobs, struct jobs_machine *machine,
                        const struct live_job *job, enum job_outcome outcome, int32_t code,
                        struct store_time now) {
    const bool ran = job != NULL && job->state == JOB_RUNNING;
    const int64_t ran_ms = ran ? now.mono_ms - job->since_mono_ms : -1;
    struct job_rules rules;
    if (!rules_of(breakers_jobs, machine, &rules))
        return;
    watch_judge(breakers_jobs, machine, &rules, now);
    if (!ran)
        job_watch_started(&machine->watch, &rules, now.real_ms);
    job_watch_ended(&machine->watch, &rules, outcome, code, ran_ms, now.real_ms);
    if (outcome == JOB_CANCELED) {
        watch_show(breakers_jobs, machine, now);
        return;
    }
    if (code != SG_EXIT_UNSAID)
        plain_stamp(breakers_jobs, machine, JOBS_LAST_EXIT, code < 0 ? 128 - code : code, now);
    if (ran)
        plain_stamp(breakers_jobs, machine, JOBS_LAST_DURATION, (double)ran_ms / 1000, now);
    if (outcome == JOB_SUCCEEDED)
        plain_stamp(breakers_jobs, machine, JOBS_LAST_SUCCESS, (double)now.real_ms / 1000, now);
    watch_show(breakers_jobs, machine, now);
}

/* Observe the time since from_ms in the histogram of JOBS_WAITING or JOBS_RUNNING. */
static void jobs_series_observe(struct breakers_jobs *breakers_jobs, struct jobs_machine *machine,
                                enum jobs_part part, int64_t from_ms, struct store_time now) {
    uint32_t *place = part == JOBS_WAITING ? &machine->waiting : &machine->running;
    fill(breakers_jobs, machine, part, place, (struct machine_label){0}, now);
    breakers_jobs_machine_observe(breakers_jobs->store,
                                  family_of(breakers_jobs, machine)->jobs->parts[part], *place,
                                  (double)(now.mono_ms - from_ms) / 1000.0, now);
}

/* Update the series with the number of jobs in a state. */
static void jobs_series_count(const struct breakers_jobs *breakers_jobs,
                              const struct jobs_machine *machine, enum job_state which,
                              struct store_time now) {
    breakers_jobs_machine_write(breakers_jobs->store,
                                family_of(breakers_jobs, machine)->jobs->parts[JOBS_LIVE],
                                machine->counts[which], machine->jobs[which].count, now);
}

/* Update the age of the oldest job in a state; without such a job there is no series. */
static void jobs_series_oldest(struct breakers_jobs *breakers_jobs, struct jobs_machine *machine,
                               enum job_state which, struct store_time now) {
    const enum jobs_part part = which == JOB_QUEUED ? JOBS_OLDEST_QUEUED : JOBS_OLDEST_RUNNING;
    const struct catalog_family *derived = family_of(breakers_jobs, machine)->jobs->parts[part];
    uint32_t *place = &machine->oldest[which];
    if (machine->jobs[which].count == 0) {
        if (*place != 0)
            store_remove(breakers_jobs->store, store_at(breakers_jobs->store, derived, *place));
        *place = 0;
        return;
    }
    const struct live_job *oldest =
        live_job_at(&breakers_jobs->jobs.live, machine->jobs[which].first);
    fill(breakers_jobs, machine, part, place, (struct machine_label){0}, now);
    breakers_jobs_machine_write(breakers_jobs->store, derived, *place,
                                (double)(now.mono_ms - oldest->since_mono_ms) / 1000.0, now);
}

void jobs_series_adopt(struct breakers_jobs *breakers_jobs, struct jobs_machine *machine,
                       struct store_time now) {
    const struct catalog_family *family = family_of(breakers_jobs, machine);
    for (int i = 0; i < JOB_STATE_COUNT; i++) {
        const enum jobs_part part = i == JOB_QUEUED ? JOBS_OLDEST_QUEUED : JOBS_OLDEST_RUNNING;
        machine->oldest[i] = breakers_jobs_machine_find(
            breakers_jobs->store, family->jobs->parts[part], family, machine->place);
        jobs_series_oldest(breakers_jobs, machine, (enum job_state)i, now);
        if (machine->shown)
            jobs_series_count(breakers_jobs, machine, (enum job_state)i, now);
    }
}

/* ---- job event ---- */

bool job_event_ends(enum job_event event, enum job_outcome *ret_outcome) {
    switch (event) {
    case JOB_EVENT_SUCCEEDED:
        *ret_outcome = JOB_SUCCEEDED;
        return true;
    case JOB_EVENT_FAILED:
        *ret_outcome = JOB_FAILED;
        return true;
    case JOB_EVENT_CANCELED:
        *ret_outcome = JOB_CANCELED;
        return true;
    case JOB_EVENT_QUEUED:
    case JOB_EVENT_STARTED:
    case JOB_EVENT_COUNT:
        break;
    }
    return false;
}

const char *job_event_text(enum job_event event) {
    enum job_outcome outcome;
    if (job_event_ends(event, &outcome))
        return catalog_job_outcome_text(outcome);
    return event == JOB_EVENT_STARTED ? "started" : catalog_job_state_text(JOB_QUEUED);
}

bool job_event_find(struct sg_span word, enum job_event *ret_event) {
    for (int i = 0; i < JOB_EVENT_COUNT; i++)
        if (sg_span_is(word, job_event_text((enum job_event)i))) {
            *ret_event = (enum job_event)i;
            return true;
        }
    return false;
}

/* ---- jobs ----
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

static struct live_family *jobs_live_family_of(const struct breakers_jobs *breakers_jobs,
                                               const struct jobs_machine *machine) {
    return &breakers_jobs->jobs.families[machine->live];
}

/* ---- places of jobs ---- */

/* Remove a job from all lists but the index. */
static void lift(struct breakers_jobs *breakers_jobs, struct live_job *job, struct store_time now) {
    struct live_jobs *live = &breakers_jobs->jobs.live;
    struct jobs_machine *machine = jobs_machine_at(&breakers_jobs->jobs, job->machine);
    breakers_jobs_live_job_unrank(live, jobs_live_family_of(breakers_jobs, machine), job);
    breakers_jobs_live_job_pull_state(live, &machine->jobs[job->state], job);
    breakers_jobs_live_job_pull_owner(live, store_owners(breakers_jobs->store), job);
    jobs_series_count(breakers_jobs, machine, (enum job_state)job->state, now);
}

struct job_change {
    struct jobs_machine *machine;
    owner_id owner;
    const struct sg_job *said;
    const struct who *who;
    struct store_time now;
};

/* Put a job into its new state and lists. It must be in no list, and be noted or new. */
static void put(struct breakers_jobs *breakers_jobs, struct live_job *job, enum job_state job_state,
                const struct job_change *event) {
    struct live_jobs *live = &breakers_jobs->jobs.live;
    struct jobs_machine *machine = event->machine;
    job->machine = (uint32_t)(machine - jobs_machine_at(&breakers_jobs->jobs, 0));
    job->state = (uint8_t)job_state;
    job->pid = event->who->pid;
    job->since_mono_ms = event->now.mono_ms;
    job->since_real_ms = event->now.real_ms;
    breakers_jobs_live_job_rank(live, jobs_live_family_of(breakers_jobs, machine), job,
                                live->serial + 1);
    breakers_jobs_live_job_push_state(live, &machine->jobs[job_state], job);
    job->owner = job_state == JOB_RUNNING ? event->owner : OWNER_NONE;
    breakers_jobs_live_job_push_owner(live, store_owners(breakers_jobs->store), job);
    jobs_series_count(breakers_jobs, machine, job_state, event->now);
}

static void finish(const struct breakers_jobs *breakers_jobs, const struct jobs_machine *machine,
                   uint64_t job, enum job_outcome outcome, struct store_time now) {
    struct live_family *lf = jobs_live_family_of(breakers_jobs, machine);
    breakers_jobs_machine_count(breakers_jobs->store, lf->family->jobs->parts[JOBS_FINISHED],
                                machine->finished[outcome], 1, now);
    breakers_jobs_finished_add(&lf->finished, job, outcome);
}

/* Record an ended job, for people. `job` is NULL if it was not known before. */
static void note_end(struct breakers_jobs *breakers_jobs, struct jobs_machine *machine,
                     const struct live_job *job, struct sg_span id, enum job_outcome outcome,
                     int32_t exit, const struct who *who, struct store_time now) {
    const bool ran = job != NULL && job->state == JOB_RUNNING;
    struct ended_job *ended = breakers_jobs_ended_jobs_add(&breakers_jobs->jobs.ended, outcome);
    ended->machine = (uint32_t)(machine - jobs_machine_at(&breakers_jobs->jobs, 0));
    machine->ended = breakers_jobs_ended_jobs_place(&breakers_jobs->jobs.ended, ended) + 1;
    ended->at_ms = now.real_ms;
    ended->ran_ms = ran ? now.mono_ms - job->since_mono_ms : -1;
    ended->exit = exit;
    ended->who = *who;
    ended->id_len = (uint8_t)id.len;
    memcpy(ended->id, id.at, id.len);
}

/* ---- events ---- */

static void set_queued(struct live_job *job, struct store_time now) {
    job->queued_mono_ms = now.mono_ms;
    job->queued_real_ms = now.real_ms;
}

static void move(struct breakers_jobs *breakers_jobs, struct live_job *job,
                 enum job_state job_state, const struct job_change *event) {
    const bool waits_again = job->state == JOB_RUNNING && job_state == JOB_QUEUED;
    lift(breakers_jobs, job, event->now);
    breakers_jobs_live_job_note(&breakers_jobs->jobs.live, job);
    if (waits_again) {
        breakers_jobs_live_job_note_queued(&breakers_jobs->jobs.live, job);
        set_queued(job, event->now);
    }
    put(breakers_jobs, job, job_state, event);
}

static enum breakers_jobs_result begin(struct breakers_jobs *breakers_jobs, struct sg_span id,
                                       uint64_t hash, enum job_state job_state,
                                       const struct job_change *event) {
    struct live_family *lf = jobs_live_family_of(breakers_jobs, event->machine);
    struct live_job *job = breakers_jobs_live_job_make(&breakers_jobs->jobs.live, lf, id, hash);
    if (job == NULL) {
        breakers_jobs->jobs.full++;
        return BREAKERS_JOBS_FULL;
    }
    breakers_jobs_finished_forget(&lf->finished, breakers_jobs_finished_job(id));
    if (job_state == JOB_QUEUED)
        set_queued(job, event->now);
    else
        watch_started(breakers_jobs, event->machine, event->now);
    put(breakers_jobs, job, job_state, event);
    return BREAKERS_JOBS_TAKEN;
}

static enum breakers_jobs_result queue_again(struct breakers_jobs *breakers_jobs,
                                             struct live_job *job, const struct job_change *event) {
    const bool moved = jobs_machine_at(&breakers_jobs->jobs, job->machine) != event->machine;
    if (job->state == JOB_QUEUED && !moved)
        return BREAKERS_JOBS_REPEATED;
    if (job->state == JOB_RUNNING)
        jobs_series_observe(breakers_jobs, event->machine, JOBS_RUNNING, job->since_mono_ms,
                            event->now);
    move(breakers_jobs, job, JOB_QUEUED, event);
    return BREAKERS_JOBS_TAKEN;
}

static enum breakers_jobs_result start_known(struct breakers_jobs *breakers_jobs,
                                             struct live_job *job, const struct job_change *event) {
    const bool moved = jobs_machine_at(&breakers_jobs->jobs, job->machine) != event->machine;
    if (job->state == JOB_RUNNING && !moved && job->owner == event->owner &&
        job->pid == event->who->pid)
        return BREAKERS_JOBS_REPEATED;
    if (job->state == JOB_QUEUED)
        jobs_series_observe(breakers_jobs, event->machine, JOBS_WAITING, job->queued_mono_ms,
                            event->now);
    if (job->state == JOB_QUEUED || moved)
        watch_started(breakers_jobs, event->machine, event->now);
    move(breakers_jobs, job, JOB_RUNNING, event);
    return BREAKERS_JOBS_TAKEN;
}

static enum breakers_jobs_result end(struct breakers_jobs *breakers_jobs, struct live_job *job,
                                     struct sg_span id, enum job_outcome outcome,
                                     const struct job_change *event) {
    struct live_family *lf = jobs_live_family_of(breakers_jobs, event->machine);
    const uint64_t finished = breakers_jobs_finished_job(id);
    enum job_outcome before;
    if (job == NULL && breakers_jobs_finished_find(&lf->finished, finished, &before))
        return BREAKERS_JOBS_REPEATED;
    note_end(breakers_jobs, event->machine, job, id, outcome, event->said->exit, event->who,
             event->now);
    watch_ended(breakers_jobs, event->machine, job, outcome, event->said->exit, event->now);
    if (job != NULL) {
        if (job->state == JOB_RUNNING)
            jobs_series_observe(breakers_jobs, event->machine, JOBS_RUNNING, job->since_mono_ms,
                                event->now);
        lift(breakers_jobs, job, event->now);
        breakers_jobs_live_job_drop(&breakers_jobs->jobs.live, lf, job);
    }
    finish(breakers_jobs, event->machine, finished, outcome, event->now);
    return BREAKERS_JOBS_TAKEN;
}

static struct jobs_machine *machine_of(const struct breakers_jobs *breakers_jobs,
                                       const struct series *series) {
    if (breakers_jobs->set->families[series->family]->jobs == NULL)
        return NULL;
    const uint64_t number = machine_number(series);
    return number < breakers_jobs->jobs.count ? jobs_machine_at(&breakers_jobs->jobs, number)
                                              : NULL;
}

enum breakers_jobs_result jobs_event(struct breakers_jobs *breakers_jobs,
                                     const struct series *series, enum job_event what,
                                     struct sg_span instance, const struct sg_job *said,
                                     owner_id owner, const struct who *who, struct store_time now) {
    now = breakers_jobs_clock(breakers_jobs, now);
    struct jobs_machine *machine = machine_of(breakers_jobs, series);
    const bool queued = what == JOB_EVENT_QUEUED;
    enum job_outcome outcome = JOB_LOST;
    if (machine == NULL)
        return BREAKERS_JOBS_BAD_WORD;
    if (instance.at == NULL || instance.len == 0 || instance.len > SG_INSTANCE_MAX)
        return BREAKERS_JOBS_BAD_INSTANCE;
    jobs_series_show(breakers_jobs, machine, now);
    const bool lives = owners_live(store_owners(breakers_jobs->store), owner) != NULL;
    const struct job_change event = {machine, lives ? owner : OWNER_NONE, said, who, now};
    const struct live_family *lf = jobs_live_family_of(breakers_jobs, machine);
    const uint64_t hash = breakers_jobs_live_job_hash(&breakers_jobs->jobs.live, instance);
    struct live_job *job =
        breakers_jobs_live_job_find(&breakers_jobs->jobs.live, lf, instance, hash);
    if (job_event_ends(what, &outcome))
        return end(breakers_jobs, job, instance, outcome, &event);
    if (job != NULL)
        return queued ? queue_again(breakers_jobs, job, &event)
                      : start_known(breakers_jobs, job, &event);
    if (!queued &&
        breakers_jobs_finished_find(&lf->finished, breakers_jobs_finished_job(instance),
                                    &outcome) &&
        (outcome == JOB_SUCCEEDED || outcome == JOB_CANCELED))
        return BREAKERS_JOBS_REPEATED; /* the event came too late */
    return begin(breakers_jobs, instance, hash, queued ? JOB_QUEUED : JOB_RUNNING, &event);
}

/* Report a lost job, which is already recorded as ended. */
static void tell_lost(const struct breakers_jobs *breakers_jobs, const struct jobs_machine *machine,
                      const struct ended_job *ended, bool overran) {
    if (breakers_jobs->incident == NULL)
        return;
    const struct catalog_family *family = jobs_live_family_of(breakers_jobs, machine)->family;
    const struct breakers_jobs_incident incident = {
        .kind = BREAKERS_JOBS_JOB_LOST,
        .at_ms = ended->at_ms,
        .family = family,
        .series = store_at(breakers_jobs->store, family, machine->place),
        .who = ended->who,
        .id = {ended->id, ended->id_len},
        .ran_ms = ended->ran_ms,
        .overran = overran};
    breakers_jobs->incident(breakers_jobs->incident_arg, &incident);
}

void jobs_lose(struct breakers_jobs *breakers_jobs, struct live_job *job, struct store_time now) {
    struct jobs_machine *machine = jobs_machine_at(&breakers_jobs->jobs, job->machine);
    const struct sg_span id = {job->id, job->id_len};
    const uint64_t finished = breakers_jobs_finished_job(id);
    struct who who = {.pid = job->pid};
    if (breakers_jobs->who != NULL)
        breakers_jobs->who(breakers_jobs->who_arg, job->pid, &who);
    note_end(breakers_jobs, machine, job, id, JOB_LOST, SG_EXIT_UNSAID, &who, now);
    watch_ended(breakers_jobs, machine, job, JOB_LOST, SG_EXIT_UNSAID, now);
    tell_lost(breakers_jobs, machine,
              breakers_jobs_ended_jobs_last(&breakers_jobs->jobs.ended, JOB_LOST),
              job->owner == OWNER_NONE);
    lift(breakers_jobs, job, now);
    breakers_jobs_live_job_drop(&breakers_jobs->jobs.live,
                                jobs_live_family_of(breakers_jobs, machine), job);
    finish(breakers_jobs, machine, finished, JOB_LOST, now);
}

void breakers_jobs_ask_who(struct breakers_jobs *breakers_jobs, breakers_jobs_who_fn fn,
                           void *arg) {
    breakers_jobs->who = fn;
    breakers_jobs->who_arg = arg;
}

bool breakers_jobs_disown(struct breakers_jobs *breakers_jobs, owner_id owner,
                          struct store_time now, size_t *budget) {
    now = breakers_jobs_clock(breakers_jobs, now);
    const struct owner *gone = owners_at(store_owners(breakers_jobs->store), owner);
    while (gone != NULL && gone->jobs != 0 && *budget > 0) {
        (*budget)--;
        jobs_lose(breakers_jobs, live_job_at(&breakers_jobs->jobs.live, gone->jobs), now);
        undo_commit(breakers_jobs->undo);
    }
    return gone == NULL || gone->jobs == 0;
}

/* How long the oldest run has lasted; -1: none runs. */
static int64_t running_ms(const struct breakers_jobs *breakers_jobs,
                          const struct jobs_machine *machine, struct store_time now) {
    const struct live_list *running = &machine->jobs[JOB_RUNNING];
    return running->count > 0
               ? now.mono_ms - live_job_at(&breakers_jobs->jobs.live, running->first)->since_mono_ms
               : -1;
}

enum {
    OVERRUN_AT_ONCE = 64, /* jobs that one call ends */
    RUNNING_SEEN = 1024   /* and the most of a machine that it looks at */
};

/* End the runs of no process that last for longer than they may: nothing else would. */
static void end_overrun(struct breakers_jobs *breakers_jobs, const struct jobs_machine *machine,
                        int64_t most_ms, struct store_time now, int *budget) {
    uint32_t number = machine->jobs[JOB_RUNNING].first;
    for (int i = 0; i < RUNNING_SEEN && number != 0 && *budget > 0; i++) {
        struct live_job *job = live_job_at(&breakers_jobs->jobs.live, number);
        number = job->by_state.next;
        if (now.mono_ms - job->since_mono_ms <= most_ms)
            return;
        if (job->owner != OWNER_NONE)
            continue;
        (*budget)--;
        jobs_lose(breakers_jobs, job, now);
        undo_commit(breakers_jobs->undo);
    }
}

void jobs_watch_advance(struct breakers_jobs *breakers_jobs, unsigned part, unsigned parts,
                        struct store_time now) {
    const size_t end = breakers_jobs->jobs.count * (part + 1) / parts;
    int budget = OVERRUN_AT_ONCE;
    now = breakers_jobs_clock(breakers_jobs, now);
    for (size_t i = breakers_jobs->jobs.count * part / parts; i < end; i++) {
        struct jobs_machine *machine = jobs_machine_at(&breakers_jobs->jobs, i);
        struct job_rules rules;
        if (!machine->shown || !rules_of(breakers_jobs, machine, &rules))
            continue;
        watch_judge(breakers_jobs, machine, &rules, now);
        watch_show(breakers_jobs, machine, now);
        undo_commit(breakers_jobs->undo);
        if (rules.duty->finish_within_ms > 0)
            end_overrun(breakers_jobs, machine, rules.duty->finish_within_ms, now, &budget);
    }
}

size_t jobs_watch_count(const struct breakers_jobs *breakers_jobs) {
    return breakers_jobs->jobs.count;
}

/* Who sent the last end; pid 0: it is no longer kept. */
static const struct who *last_owner(const struct breakers_jobs *breakers_jobs,
                                    const struct jobs_machine *machine) {
    static const struct who nobody;
    const struct jobs *jobs = &breakers_jobs->jobs;
    if (machine->ended == 0)
        return &nobody;
    const struct ended_job *job = object_at(&jobs->ended.table, machine->ended - 1);
    return jobs_machine_at(jobs, job->machine) == machine &&
                   job->at_ms == machine->watch.last_end_ms
               ? &job->who
               : &nobody;
}

bool jobs_watch_at(const struct breakers_jobs *breakers_jobs, size_t index, struct store_time now,
                   struct jobs_watched *ret_job) {
    const struct jobs_machine *machine = jobs_machine_at(&breakers_jobs->jobs, index);
    const struct job_watch *watch = &machine->watch;
    const struct catalog_family *family = family_of(breakers_jobs, machine);
    struct job_rules rules;
    if (!machine->shown || !rules_of(breakers_jobs, machine, &rules) || rules.is_fallback)
        return false;
    *ret_job = (struct jobs_watched){
        .family = family,
        .series = store_at(breakers_jobs->store, family, machine->place),
        .problem = job_watch_problem(watch, &rules, running_ms(breakers_jobs, machine, now)),
        .failures = watch->failures,
        .missed = watch->missed,
        .next_ms = watch->slot_ms,
        .late_ms = job_watch_late_ms(watch, now.real_ms),
        .last_success_ms = watch->last_success_ms,
        .ended = watch->last_outcome != 0,
        .outcome = (enum job_outcome)(watch->last_outcome - (watch->last_outcome != 0)),
        .exit = watch->last_exit,
        .ended_ms = watch->last_end_ms,
        .ran_ms = watch->last_ran_ms,
        .owner = last_owner(breakers_jobs, machine),
    };
    return true;
}

const char *jobs_problem_text(enum jobs_problem problem) {
    static const char *const texts[JOBS_PROBLEM_COUNT] = {
        [JOBS_PROBLEM_FAILED] = "failed",
        [JOBS_PROBLEM_MISSED] = "was missed",
        [JOBS_PROBLEM_RUNS_LONG] = "runs for too long",
    };
    return texts[problem];
}

void jobs_publish(struct breakers_jobs *breakers_jobs, struct store_time now) {
    for (size_t i = 0; i < breakers_jobs->jobs.count; i++) {
        struct jobs_machine *machine = jobs_machine_at(&breakers_jobs->jobs, i);
        for (int j = 0; j < JOB_STATE_COUNT; j++)
            jobs_series_oldest(breakers_jobs, machine, (enum job_state)j, now);
        undo_commit(breakers_jobs->undo);
    }
}

/* ---- jobs walk: Live jobs, as views read them. ---- */

static const struct live_family *jobs_walk_live_family_of(const struct jobs *jobs,
                                                          const struct live_job *job) {
    return &jobs->families[jobs_machine_at(jobs, job->machine)->live];
}

struct live_family *jobs_walk_family(const struct jobs *jobs, const struct catalog_family *family) {
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

/* The job after the one found before, if the hint still names that one; else search for it. */
static uint32_t job_behind(const struct jobs *jobs, const struct live_family *lf, uint64_t after,
                           uint32_t hint) {
    const struct live_jobs *live = &jobs->live;
    if (hint != 0 && hint <= live->used) {
        const struct live_job *before = live_job_at(live, hint);
        if (before->id_len > 0 && before->serial == after &&
            jobs_walk_live_family_of(jobs, before) == lf)
            return before->lane[0].next;
    }
    return breakers_jobs_live_job_seek(live, lf, after);
}

bool jobs_next(const struct breakers_jobs *breakers_jobs, const struct catalog_family *family,
               uint64_t after, uint32_t *hint, struct jobs_entry *ret_job) {
    const struct live_family *lf = jobs_walk_family(&breakers_jobs->jobs, family);
    const uint32_t number = lf != NULL ? job_behind(&breakers_jobs->jobs, lf, after, *hint) : 0;
    if (number == 0)
        return false;
    const struct live_job *job = live_job_at(&breakers_jobs->jobs.live, number);
    *hint = number;
    *ret_job = (struct jobs_entry){
        .family = family,
        .series = store_at(breakers_jobs->store, family,
                           jobs_machine_at(&breakers_jobs->jobs, job->machine)->place),
        .state = (enum job_state)job->state,
        .id_len = job->id_len,
        .since_ms = job->since_real_ms,
        .since_mono_ms = job->since_mono_ms,
        .queued_ms = job->queued_real_ms,
        .pid = job->pid,
        .owned = job->owner != OWNER_NONE,
        .serial = job->serial,
    };
    memcpy(ret_job->id, job->id, job->id_len);
    return true;
}

uint64_t jobs_count(const struct breakers_jobs *breakers_jobs,
                    const struct catalog_family *family) {
    const struct live_family *lf = jobs_walk_family(&breakers_jobs->jobs, family);
    return lf != NULL ? lf->lane[0].count : 0;
}

bool jobs_ended(const struct breakers_jobs *breakers_jobs, uint64_t before,
                struct jobs_ended *ret_job) {
    const struct jobs *jobs = &breakers_jobs->jobs;
    const struct ended_job *ended = breakers_jobs_ended_jobs_before(&jobs->ended, before);
    if (ended == NULL)
        return false;
    const struct jobs_machine *machine = jobs_machine_at(jobs, ended->machine);
    const struct catalog_family *family = jobs->families[machine->live].family;
    *ret_job = (struct jobs_ended){
        .family = family,
        .series = store_at(breakers_jobs->store, family, machine->place),
        .outcome = (enum job_outcome)ended->outcome,
        .id = ended->id,
        .id_len = ended->id_len,
        .at_ms = ended->at_ms,
        .ran_ms = ended->ran_ms,
        .exit = ended->exit,
        .who = &ended->who,
        .serial = ended->serial,
    };
    return true;
}

/* A family's machines are adjacent, in the order of the families. */
static size_t first_machine(const struct jobs *jobs, uint32_t live) {
    size_t low = 0;
    size_t high = jobs->count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if (jobs_machine_at(jobs, middle)->live < live)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void jobs_counts(const struct breakers_jobs *breakers_jobs, const struct catalog_family *family,
                 uint64_t *ret_counts) {
    const struct jobs *jobs = &breakers_jobs->jobs;
    const struct live_family *lf = jobs_walk_family(jobs, family);
    for (int i = 0; i < JOB_STATE_COUNT; i++)
        ret_counts[i] = 0;
    if (lf == NULL)
        return;
    const uint32_t live = (uint32_t)(lf - jobs->families);
    for (size_t at = first_machine(jobs, live);
         at < jobs->count && jobs_machine_at(jobs, at)->live == live; at++)
        for (int i = 0; i < JOB_STATE_COUNT; i++)
            ret_counts[i] += jobs_machine_at(jobs, at)->jobs[i].count;
}
