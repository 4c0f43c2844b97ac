/*
 * trial.h - what words would do, asked of the machines without changing them. A part of machines.h.
 */
#ifndef STATGATE_MACHINES_TRIAL_H
#define STATGATE_MACHINES_TRIAL_H

#include "machines/machines.h"

/** What the words of one line, one after the other, leave behind. Private. */
enum machines_trial_job { TRIAL_UNKNOWN, TRIAL_QUEUED, TRIAL_RUNNING, TRIAL_ENDED };

/** The words of one line. */
struct machines_trial {
    const struct machines *machines;
    const struct series *series;
    struct sg_span instance;
    int32_t pid; /**< that sends it; 0: not known, a process that sent nothing yet */
    enum machines_trial_job job; /**< private, as is what follows */
    bool here;                   /**< the job is this machine's */
    bool mine;                   /**< this process runs it */
    enum job_outcome outcome;    /**< of an ended one */
    int reported; /**< the breaker's state that this process reported last; -1 none */
};

/** `series` is that of a machine. */
void machines_trial_begin(const struct machines *machines, const struct series *series,
                          struct sg_span instance, int32_t pid, struct machines_trial *ret_trial);
/** As machines_attempt, machines_breaker_report and machines_job say it of a word. */
enum machines_result machines_trial_word(struct machines_trial *trial, enum sg_letter letter,
                                         struct sg_span word);

#endif
