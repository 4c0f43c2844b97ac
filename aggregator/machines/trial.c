/* What words would do. The functions that apply words decide the same way; tests compare both. */
#include "machines/trial.h"

#include "machines/finished.h"
#include "machines/machine.h"
#include "machines/machines_private.h"

static const struct catalog_family *family_of(const struct machines_trial *trial) {
    return trial->machines->set->families[trial->series->family];
}

/* ---- attempts ---- */

static enum machines_result try_attempt(const struct machines_trial *trial, struct sg_span word) {
    const struct catalog_attempts *attempts = family_of(trial)->attempts;
    for (uint32_t i = 0; attempts != NULL && i < attempts->word_count; i++)
        if (sg_span_is(word, attempts->words[i]))
            return MACHINES_TAKEN;
    return MACHINES_BAD_WORD;
}

static enum machines_result try_report(struct machines_trial *trial, struct sg_span word) {
    const struct catalog_attempts *attempts = family_of(trial)->attempts;
    if (attempts == NULL || !attempts->breaker.reported)
        return MACHINES_BAD_WORD;
    for (int state = 0; state < BREAKER_STATE_COUNT; state++) {
        if (!sg_span_is(word, catalog_breaker_state_text((enum breaker_state)state)))
            continue;
        const bool repeated = trial->reported == state;
        trial->reported = state;
        return repeated ? MACHINES_REPEATED : MACHINES_TAKEN;
    }
    return MACHINES_BAD_WORD;
}

static void look_at_report(struct machines_trial *trial) {
    const struct attempts *attempts = &trial->machines->attempts;
    const uint64_t number = machine_number(trial->series);
    if (number >= attempts->count)
        return;
    const struct attempts_machine *machine = attempts_machine_at(attempts, number);
    if (machine->followed && machine->reporter == trial->pid)
        trial->reported = (int)machine->breaker.state;
}

/* ---- jobs ---- */

static const struct live_family *jobs_of(const struct machines_trial *trial) {
    const struct jobs *jobs = &trial->machines->jobs;
    const uint64_t number = machine_number(trial->series);
    return number < jobs->count ? &jobs->families[jobs_machine_at(jobs, number)->live] : NULL;
}

static bool is_instance(struct sg_span id) {
    return id.at != NULL && id.len > 0 && id.len <= SG_INSTANCE_MAX;
}

static void look_at_job(struct machines_trial *trial) {
    const struct jobs *jobs = &trial->machines->jobs;
    const struct live_family *lf = jobs_of(trial);
    if (lf == NULL || !is_instance(trial->instance))
        return;
    const struct live_job *job = live_job_find(&jobs->live, lf, trial->instance,
                                               live_job_hash(&jobs->live, trial->instance));
    if (job == NULL) {
        if (finished_find(&lf->finished, finished_job(trial->instance), &trial->outcome))
            trial->job = TRIAL_ENDED;
        return;
    }
    trial->job = job->state == JOB_RUNNING ? TRIAL_RUNNING : TRIAL_QUEUED;
    trial->here = job->machine == machine_number(trial->series);
    trial->mine = job->pid == trial->pid;
}

static bool is_live(const struct machines_trial *trial) {
    return trial->job == TRIAL_QUEUED || trial->job == TRIAL_RUNNING;
}

static bool is_known_already(const struct machines_trial *trial, enum job_event event) {
    enum job_outcome outcome;
    if (job_event_ends(event, &outcome))
        return trial->job == TRIAL_ENDED;
    if (event == JOB_EVENT_QUEUED)
        return trial->job == TRIAL_QUEUED && trial->here;
    return (trial->job == TRIAL_RUNNING && trial->here && trial->mine) ||
           (trial->job == TRIAL_ENDED &&
            (trial->outcome == JOB_SUCCEEDED || trial->outcome == JOB_CANCELED));
}

static enum machines_result try_job(struct machines_trial *trial, struct sg_span word) {
    const struct live_family *lf = jobs_of(trial);
    enum job_event event;
    if (family_of(trial)->jobs == NULL || lf == NULL || !job_event_find(word, &event))
        return MACHINES_BAD_WORD;
    if (!is_instance(trial->instance))
        return MACHINES_BAD_INSTANCE;
    if (is_known_already(trial, event))
        return MACHINES_REPEATED;
    if (job_event_ends(event, &trial->outcome)) {
        trial->job = TRIAL_ENDED;
        return MACHINES_TAKEN;
    }
    if (!is_live(trial) && lf->live >= lf->max_live)
        return MACHINES_FULL;
    trial->job = event == JOB_EVENT_QUEUED ? TRIAL_QUEUED : TRIAL_RUNNING;
    trial->here = true;
    trial->mine = true;
    return MACHINES_TAKEN;
}

/* ---- a line ---- */

void machines_trial_begin(const struct machines *machines, const struct series *series,
                          struct sg_span instance, int32_t pid, struct machines_trial *ret_trial) {
    *ret_trial = (struct machines_trial){
        .machines = machines, .series = series, .instance = instance, .pid = pid, .reported = -1};
    if (family_of(ret_trial)->jobs != NULL)
        look_at_job(ret_trial);
    else if (family_of(ret_trial)->attempts != NULL)
        look_at_report(ret_trial);
}

enum machines_result machines_trial_word(struct machines_trial *trial, enum sg_letter letter,
                                         struct sg_span word) {
    switch (letter) {
    case SG_LETTER_J:
        return try_job(trial, word);
    case SG_LETTER_B:
        return try_report(trial, word);
    default:
        return try_attempt(trial, word);
    }
}
