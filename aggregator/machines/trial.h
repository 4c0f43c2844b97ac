/*
 * trial.h - what words would do to a machine, without changing it. Part of machines.h.
 */
#ifndef STATGATE_MACHINES_TRIAL_H
#define STATGATE_MACHINES_TRIAL_H

#include "machines/machines.h"

/** What the words of one line, one after the other, would make of a job. Private. */
enum machines_trial_job { TRIAL_UNKNOWN, TRIAL_QUEUED, TRIAL_RUNNING, TRIAL_ENDED };

/** The words of one line. */
struct machines_trial {
    const struct machines *machines;
    const struct series *series;
    struct sg_span instance;
    int32_t
        pid; /**< process that sends the line; 0: an unknown process that has sent nothing yet */
    enum machines_trial_job job; /**< private, like the fields below */
    bool here;                   /**< the job is this machine's */
    bool mine;                   /**< the sending process runs the job */
    enum job_outcome outcome;    /**< of an ended job */
    int reported; /**< the state that this process last reported of its breaker; -1: none */
};

/** Begin a line. `series` is that of a machine. */
void machines_trial_begin(const struct machines *machines, const struct series *series,
                          struct sg_span instance, int32_t pid, struct machines_trial *ret_trial);
/** Judge one word as machines_attempt, machines_breaker_report or machines_job would. */
enum machines_result machines_trial_word(struct machines_trial *trial, enum sg_letter letter,
                                         struct sg_span word);

#endif
