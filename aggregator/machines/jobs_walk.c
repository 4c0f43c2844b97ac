/* Live jobs, as views read them. */
#include <string.h>

#include "machines/machines_private.h"
#include "store/store.h"

static const struct live_family *live_family_of(const struct jobs *jobs,
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
        if (before->id_len > 0 && before->serial == after && live_family_of(jobs, before) == lf)
            return before->lane[0].next;
    }
    return live_job_seek(live, lf, after);
}

bool machines_job_next(const struct machines *machines, const struct catalog_family *family,
                       uint64_t after, uint32_t *hint, struct machines_job *ret_job) {
    const struct live_family *lf = jobs_walk_family(&machines->jobs, family);
    const uint32_t number = lf != NULL ? job_behind(&machines->jobs, lf, after, *hint) : 0;
    if (number == 0)
        return false;
    const struct live_job *job = live_job_at(&machines->jobs.live, number);
    *hint = number;
    *ret_job = (struct machines_job){
        .family = family,
        .series = store_at(machines->store, family,
                           jobs_machine_at(&machines->jobs, job->machine)->place),
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

uint64_t machines_job_count(const struct machines *machines, const struct catalog_family *family) {
    const struct live_family *lf = jobs_walk_family(&machines->jobs, family);
    return lf != NULL ? lf->lane[0].count : 0;
}

bool machines_ended_job(const struct machines *machines, uint64_t before,
                        struct machines_ended_job *ret_job) {
    const struct jobs *jobs = &machines->jobs;
    const struct ended_job *ended = ended_jobs_before(&jobs->ended, before);
    if (ended == NULL)
        return false;
    const struct jobs_machine *machine = jobs_machine_at(jobs, ended->machine);
    const struct catalog_family *family = jobs->families[machine->live].family;
    *ret_job = (struct machines_ended_job){
        .family = family,
        .series = store_at(machines->store, family, machine->place),
        .outcome = (enum job_outcome)ended->outcome,
        .id = ended->id,
        .id_len = ended->id_len,
        .at_ms = ended->at_ms,
        .ran_ms = ended->ran_ms,
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

void machines_job_counts(const struct machines *machines, const struct catalog_family *family,
                         uint64_t *ret_counts) {
    const struct jobs *jobs = &machines->jobs;
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
