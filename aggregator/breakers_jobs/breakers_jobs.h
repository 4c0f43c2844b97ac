/* SPDX-License-Identifier: MIT */
/*
 * breakers_jobs.h - attempts, circuit breakers and jobs: small machines that turn events into the
 * series derived from them.
 *
 *   job:publish worked|a ──▶ attempts ──▶ breaker ──▶ B_circuit_open_total, the breaker page
 *                                └───────▶ B_attempts_total, B_consecutive_failures, ...
 *   queued|j i:7f3a ───────▶ jobs ──────▶ B_jobs, B_waiting_seconds, B_finished_total, ...
 *
 * A machine is a combination of label values of an `attempts` or `jobs` declaration. It has a
 * series of that family, whose body is one word: the machine's number. All machines are made at the
 * start, within the bounds of the catalogs. Pure: time and the process are arguments.
 */
#ifndef STATGATE_BREAKERS_JOBS_BREAKERS_JOBS_H
#define STATGATE_BREAKERS_JOBS_BREAKERS_JOBS_H

#include "base/memory.h"
#include "base/who.h"
#include "catalog/catalog.h"
#include "object/object.h"
#include "sg_proto.h"
#include "store/store.h"

/* ---- job event: the words of job events on the wire, and what each means. ---- */

/** Job events. The end of a job is sent as its outcome. `lost` is never sent: only the daemon
 * reports it. */
enum job_event {
    JOB_EVENT_QUEUED,
    JOB_EVENT_STARTED,
    JOB_EVENT_SUCCEEDED,
    JOB_EVENT_FAILED,
    JOB_EVENT_CANCELED,
    JOB_EVENT_COUNT
};

/** The word of the event. Static. */
const char *job_event_text(enum job_event event);
/** The event with this word. False if there is none. */
bool job_event_find(struct sg_span word, enum job_event *ret_event);
/** True when the event ends the job, with this outcome. */
bool job_event_ends(enum job_event event, enum job_outcome *ret_outcome);

/** True when the sender of the event runs the job from then on, and so owns it. */
static inline bool job_event_owns(enum job_event event) {
    return event == JOB_EVENT_STARTED;
}

struct breakers_jobs;

/**
 * Whoever passes an event commits the changes that were noted (object/object.h). Changes that come
 * from time and ended owners are committed here, machine by machine and job by job.
 */

/** Create machines for all families of attempts and jobs in the set, with their series in the
 * store. All pointers are borrowed. In `object` the machines outlive the process; NULL: they do
 * not. */
struct breakers_jobs *breakers_jobs_new(struct object *object, const struct catalog_set *set,
                                        struct store *store, uint64_t seed, struct store_time now);
void breakers_jobs_free(struct breakers_jobs *breakers_jobs);
/**
 * Continue the machines of an old process, whose series the store has already restored: breakers
 * with their epochs and cool-downs, live jobs with their owners, and remembered ended jobs. State
 * without a machine in the present catalogs is dropped; a running job whose owner is not in the
 * store is lost. Call it once, before any event.
 */
void breakers_jobs_restore(struct breakers_jobs *breakers_jobs, const struct image *image,
                           const struct match *match, struct store_time now);
/** Copy the live jobs while the old process still writes, before breakers_jobs_restore. Only the
 * first call has an effect. */
void breakers_jobs_restore_ahead(struct breakers_jobs *breakers_jobs, const struct image *image,
                                 const struct match *match, struct store_time now);
/** Bytes that the copy needs beside full tables, until the restore has finished. */
uint64_t breakers_jobs_restore_bytes(const struct catalog_set *set);

enum breakers_jobs_result {
    BREAKERS_JOBS_TAKEN,
    BREAKERS_JOBS_REPEATED, /**< says what is already known, or came too late: counts as ignored */
    BREAKERS_JOBS_BAD_WORD, /**< not an outcome or state of this family: `bad_value` */
    BREAKERS_JOBS_BAD_INSTANCE, /**< a job event without instance id, or with one of more than
                             SG_INSTANCE_MAX bytes: `malformed`, `too_long` */
    BREAKERS_JOBS_FULL          /**< no room for another live job: `series_limit`; counted */
};

/* ---- attempts and breakers ---- */

/** One attempt ended with this outcome, as `who` reports; pid 0 is unknown. */
enum breakers_jobs_result breakers_attempt(struct breakers_jobs *breakers_jobs,
                                           const struct series *series, struct sg_span word,
                                           const struct sg_attempt *said, const struct who *who,
                                           struct store_time now);
/** A breaker that a service runs itself changed to this state ("open", "half_open", "closed"). Only
 * for a declaration with a reported breaker, else BREAKERS_JOBS_BAD_WORD. The same state from the
 * process that reported last is a repetition; from another process it concerns that process's own
 * breaker, and counts. */
enum breakers_jobs_result breakers_report(struct breakers_jobs *breakers_jobs,
                                          const struct series *series, struct sg_span word,
                                          const struct who *who, struct store_time now);

/** A breaker, as pages and views show it. */
struct breakers_entry {
    const struct catalog_family *family;
    const struct series *series; /**< the series of attempts, with its labels */
    bool declared;               /**< false: there is no breaker, only attempts are counted */
    enum breaker_state state;    /**< what it is for clients: forced, or closed while on trial */
    enum breaker_state judged;   /**< what its rules say */
    uint32_t epoch;              /**< epoch while half-open; below 2^30, never 0 */
    bool unattended;  /**< half-open; two epochs ended with all tickets held and no report */
    int64_t since_ms; /**< Unix time of the last transition, or of the start */
    uint64_t consecutive_failures;
    uint64_t opened; /**< how often it opened, on trial: would have */
    uint64_t denied; /**< attempts that clients say they were denied */
    const char *why; /**< reason of the last transition: a sentence, static; NULL: none yet */
    int64_t last_success_ms; /**< Unix time; 0: none */
    int64_t last_error_ms;
    int32_t last_pid;            /**< process that attempted or reported last; 0: unknown */
    int64_t cooldown_ends_ms;    /**< Unix time; 0: the breaker is not open, or a service runs it */
    bool forced;                 /**< a person has decided its state; else the next are unset: */
    int64_t forced_ms;           /**< Unix time at which */
    int64_t forced_until_ms;     /**< Unix time; 0: until it is taken back */
    uint32_t forced_uid;         /**< the user that gave the command */
    const char *forced_why;      /**< "": not said */
    int64_t opened_ms;           /**< when it last opened; 0: never, or no longer known */
    const struct who *opened_by; /**< whose attempt or report opened it; NULL if opened_ms is 0 */
};
size_t breakers_count(const struct breakers_jobs *breakers_jobs);
void breakers_at(const struct breakers_jobs *breakers_jobs, size_t index,
                 struct breakers_entry *ret_breaker);

enum { BREAKERS_ATTEMPTS_MAX = 16 };

/** An attempt that led to a breaker's state. */
struct breakers_noted_attempt {
    int64_t at_ms;       /**< Unix time */
    const char *outcome; /**< the word, as in the catalog */
    int32_t pid;         /**< 0: unknown */
    const char *comm;    /**< terminated; borrowed until the next attempt */
};
/**
 * The last consecutive failures of a machine (indexed as above), and the probes after them, oldest
 * first; also without a breaker. They are kept after a recovery, until another attempt fails.
 * Returns how many there are.
 */
size_t breakers_attempts(const struct breakers_jobs *breakers_jobs, size_t index,
                         struct breakers_noted_attempt ret_attempts[BREAKERS_ATTEMPTS_MAX]);

/** All tickets of a half-open breaker are held now. Call it several times in an epoch. */
void breakers_held(struct breakers_jobs *breakers_jobs, size_t index);

/** What the last window_s of a breaker have seen. All are 0 if no rule looks at them. */
struct breakers_sums {
    uint64_t attempts;
    uint64_t failed;
    uint64_t timed; /**< attempts with a duration */
    uint64_t slow;
};
struct breakers_sums breakers_window(const struct breakers_jobs *breakers_jobs, size_t index,
                                     struct store_time now);

enum { BREAKERS_WHY_MAX = 128 /**< bytes of a person's reason, with the terminator */ };
/** A person decides. */
struct breakers_force {
    bool ends;                /**< the rules decide again; else: */
    enum breaker_state state; /**< BREAKER_OPEN or BREAKER_CLOSED */
    int64_t for_ms;           /**< 0: until it is taken back */
    uint32_t uid;
    const char *why; /**< cut to BREAKERS_WHY_MAX - 1 bytes; "": not said */
};
/** Carry out and commit what a person decided. False for a breaker that does not run here. */
bool breakers_force(struct breakers_jobs *breakers_jobs, size_t index,
                    const struct breakers_force *force, struct store_time now);

/** Called at each change of a breaker's state or epoch, with its index. */
typedef void (*breakers_fn)(void *arg, size_t index);
void breakers_on_change(struct breakers_jobs *breakers_jobs, breakers_fn fn, void *arg);

/* ---- jobs ---- */

/** Apply an event of a job, sent by `who`. `instance` is the line's `i:` field, `said` what else it
 * says. `owner` is the sender's live owner if job_event_owns() and the job is not said to be
 * unowned, else OWNER_NONE. */
enum breakers_jobs_result jobs_event(struct breakers_jobs *breakers_jobs,
                                     const struct series *series, enum job_event what,
                                     struct sg_span instance, const struct sg_job *said,
                                     owner_id owner, const struct who *who, struct store_time now);
/** Finish the running jobs of an ended owner as lost, at most `*budget` of them. True when none is
 * left. */
bool breakers_jobs_disown(struct breakers_jobs *breakers_jobs, owner_id owner,
                          struct store_time now, size_t *budget);
/** Release what ended owners had (parts in the store, running jobs), then the owners, within about
 * `budget` work units of 100 ns. True when nothing is left to release; else call it again soon. */
bool breakers_jobs_release(struct breakers_jobs *breakers_jobs, struct store_time now,
                           size_t budget);

/** A live job, as views show it. */
struct jobs_entry {
    const struct catalog_family *family;
    const struct series *series; /**< its labels */
    enum job_state state;
    char id[SG_INSTANCE_MAX + 1];
    size_t id_len;
    int64_t since_ms;      /**< Unix time at which its present state began */
    int64_t since_mono_ms; /**< the same by the monotonic clock, for its age */
    int64_t queued_ms;     /**< Unix time at which it was queued; 0: unknown */
    int32_t pid;           /**< process that runs it, or queued it; 0: unknown */
    bool owned;            /**< running, and lost when its process ends */
    uint64_t serial;       /**< rises with each event that made or moved a job */
};
/**
 * The next live job of a family, oldest first (by the event that put it into its present state):
 * the first whose serial is above `after`. False at the end. O(1) if `hint` (private to the module,
 * initially 0) is passed in again after the previous call.
 */
bool jobs_next(const struct breakers_jobs *breakers_jobs, const struct catalog_family *family,
               uint64_t after, uint32_t *hint, struct jobs_entry *ret_job);
/** How many live jobs a family has. */
uint64_t jobs_count(const struct breakers_jobs *breakers_jobs, const struct catalog_family *family);
/** The live jobs of a family by state, JOB_STATE_COUNT numbers. Looks at each of the family's
 * machines. */
void jobs_counts(const struct breakers_jobs *breakers_jobs, const struct catalog_family *family,
                 uint64_t *ret_counts);

/** What is wrong with jobs that the catalog says what to do of. */
enum jobs_problem {
    JOBS_PROBLEM_NONE,
    JOBS_PROBLEM_FAILED,    /**< the last runs failed or were lost */
    JOBS_PROBLEM_MISSED,    /**< the last run did not start, or did not succeed, in time */
    JOBS_PROBLEM_RUNS_LONG, /**< one runs for longer than `finish_within_s` */
    JOBS_PROBLEM_COUNT
};
/** A sentence's end: "failed", "was missed", ... Static; NULL for none. */
const char *jobs_problem_text(enum jobs_problem problem);

/** A job that the catalog says what to do of: a combination of its labels. */
struct jobs_watched {
    const struct catalog_family *family;
    const struct series *series; /**< its labels */
    enum jobs_problem problem;
    uint32_t failures; /**< in a row */
    uint64_t missed;
    int64_t next_ms;         /**< Unix time at which it is due; 0: it has no times */
    int64_t late_ms;         /**< how late it is; 0: it is not */
    int64_t last_success_ms; /**< Unix time; 0: none */
    bool ended;              /**< a run has ended; else the next are unset: */
    enum job_outcome outcome;
    int32_t exit;
    int64_t ended_ms;
    int64_t ran_ms;          /**< -1: not known */
    const struct who *owner; /**< process that sent the end, or that ran a lost job; pid 0:
                                  not known. Borrowed until the next event */
};
/** Jobs by index, below jobs_watch_count(). False: the catalog says nothing of this one. */
size_t jobs_watch_count(const struct breakers_jobs *breakers_jobs);
bool jobs_watch_at(const struct breakers_jobs *breakers_jobs, size_t index, struct store_time now,
                   struct jobs_watched *ret_job);
/** Judge one of so many parts of all jobs, end those of no process that run for too long, and
 * commit. Each part wants a call once a second. */
void jobs_watch_advance(struct breakers_jobs *breakers_jobs, unsigned part, unsigned parts,
                        struct store_time now);

/** Number of ended jobs kept for people, JOBS_ENDED_MAX / JOB_OUTCOME_COUNT of each outcome,
 * so that many succeeded jobs do not push out a lost one. */
enum { JOBS_ENDED_MAX = 256 };

struct jobs_ended {
    const struct catalog_family *family;
    const struct series *series; /**< its labels when it ended */
    enum job_outcome outcome;
    const char *id; /**< not terminated; borrowed until the next event */
    size_t id_len;
    int64_t at_ms;         /**< Unix time of its end */
    int64_t ran_ms;        /**< duration of its last run; -1: not known */
    int32_t exit;          /**< how its command ended (sg_proto.h), or SG_EXIT_UNSAID */
    const struct who *who; /**< process that sent the end, or that ran a lost job */
    uint64_t serial;       /**< rises with each end */
};
/** The most recently ended job with a serial below `before` (UINT64_MAX: of all). False if there is
 * none. */
bool jobs_ended(const struct breakers_jobs *breakers_jobs, uint64_t before,
                struct jobs_ended *ret_job);

/* ---- incidents ---- */

enum breakers_jobs_incident_kind {
    BREAKERS_JOBS_BREAKER_OPENED,
    BREAKERS_JOBS_BREAKER_CLOSED,
    BREAKERS_JOBS_JOB_LOST,
    BREAKERS_JOBS_BREAKER_WOULD_OPEN, /**< one on trial */
    BREAKERS_JOBS_BREAKER_RELEASED,   /**< what a person decided has ended */
};

/** An incident that somebody may need to know at once. Borrowed for the call. */
struct breakers_jobs_incident {
    enum breakers_jobs_incident_kind kind;
    int64_t at_ms; /**< Unix time */
    const struct catalog_family *family;
    const struct series *series; /**< its labels */
    struct who who;              /**< who attempted, reported, or ran the lost job */
    size_t breaker;              /**< index of the breaker; see breakers_attempts */
    const char *why;             /**< reason of a breaker's change: a sentence, static */
    uint64_t failures;           /**< consecutive failures, of a breaker */
    struct sg_span id;           /**< id of a job */
    int64_t ran_ms;              /**< running time of a job; -1: not known */
    bool overran;                /**< a job of no process, which ran for longer than it may */
};
/** Called within the event that causes the incident: the callback may read, but must change nothing
 * here. Not called for jobs that a restore finds lost. */
typedef void (*breakers_jobs_incident_fn)(void *arg, const struct breakers_jobs_incident *incident);
void breakers_jobs_on_incident(struct breakers_jobs *breakers_jobs, breakers_jobs_incident_fn fn,
                               void *arg);

/** Fill in what is known of the process that has or had this number; on entry *ret_who has only the
 * number. Called for the owners of lost jobs. */
typedef void (*breakers_jobs_who_fn)(void *arg, int32_t pid, struct who *ret_who);
void breakers_jobs_ask_who(struct breakers_jobs *breakers_jobs, breakers_jobs_who_fn fn, void *arg);

/* ---- time ---- */

/** Apply the changes that time alone causes: an open breaker becomes half-open, a half-open one
 * gets a new epoch. Call it several times a second; an event does it for its own machine. */
void breakers_jobs_advance(struct breakers_jobs *breakers_jobs, struct store_time now);
/** Whether time alone will change a breaker: one that runs here is not closed. An event of a
 * breaker (breakers_on_change) begins and ends that. */
bool breakers_jobs_advances(const struct breakers_jobs *breakers_jobs);
/** Update the series that depend on the time to `now`: ages, seconds in state, overdue. Call it
 * before an exposition or a view. It includes breakers_jobs_advance. */
void breakers_jobs_publish(struct breakers_jobs *breakers_jobs, struct store_time now);

struct breakers_jobs_figures {
    uint64_t breakers;
    uint64_t jobs;      /**< live */
    uint64_t jobs_full; /**< events refused because a table of jobs was full */
    uint64_t bytes;
};
void breakers_jobs_figures(const struct breakers_jobs *breakers_jobs,
                           struct breakers_jobs_figures *ret_figures);

/** Bytes of a family's machines and live jobs at their bound, as `check` adds them up. */
uint64_t breakers_jobs_family_bytes(const struct catalog_family *family);
/** Bytes of the ended jobs that are kept for people, all families together. */
uint64_t breakers_jobs_details_bytes(void);
/** Bytes of the tables in an object for the machines of a set. */
uint64_t breakers_jobs_object_bytes(const struct catalog_set *set);

#endif
