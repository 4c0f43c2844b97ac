/*
 * machines.h - attempts, circuit breakers and jobs: small machines that turn events into the series
 * derived from them.
 *
 *   job:publish worked|a ──▶ attempts ──▶ breaker ──▶ B_circuit_open_total, the breaker page
 *                                └───────▶ B_attempts_total, B_consecutive_failures, ...
 *   queued|j i:7f3a ───────▶ jobs ──────▶ B_jobs, B_waiting_seconds, B_finished_total, ...
 *
 * A machine is a combination of label values of an `attempts` or `jobs` declaration. It has a series
 * of that family, with its number as the only word of the body. All machines are made at the start,
 * bounded by the catalogs. Pure: time and the process are arguments.
 */
#ifndef STATGATE_MACHINES_MACHINES_H
#define STATGATE_MACHINES_MACHINES_H

#include "base/memory.h"
#include "base/who.h"
#include "catalog/catalog.h"
#include "machines/job_event.h"
#include "object/match.h"
#include "object/object.h"
#include "sg_proto.h"
#include "store/owners.h"
#include "store/store.h"

struct machines;

/**
 * Who calls with an event commits what was noted (object/undo.h). What time and ended owners change is
 * committed here, machine by machine and job by job.
 */

/** Machines for all families of attempts and jobs in the set, with their series in the store.
 * `memory`, set, store and `object`, where they outlive the process (NULL: they do not), are borrowed. NULL when out of memory. */
struct machines *machines_new(const struct memory *memory, struct object *object,
                              const struct catalog_set *set, struct store *store, uint64_t seed,
                              struct store_time now);
void machines_free(struct machines *machines);
/**
 * Go on as the machines of a former process, with whose series the store goes on already: breakers with
 * their epochs and cool-downs, live jobs with their owners, and what is remembered of ended ones. What the
 * present catalogs have no machine for is forgotten; a running job whose owner is not in the store is lost.
 * Called once, before any event. False when out of memory.
 */
bool machines_restore(struct machines *machines, const struct image *image,
                      const struct match *match, struct store_time now);
/** Before that, while the former process still writes: copy its live jobs. Called at most once to any effect. False when out of
 * memory. */
bool machines_restore_ahead(struct machines *machines, const struct image *image,
                            const struct match *match, struct store_time now);
/** What that takes beside full tables, until it is over. */
uint64_t machines_restore_bytes(const struct catalog_set *set);

enum machines_result {
    MACHINES_TAKEN,
    MACHINES_REPEATED,     /**< says what is known already, or came too late: counts as ignored */
    MACHINES_BAD_WORD,     /**< not an outcome or state of this family: `bad_value` */
    MACHINES_BAD_INSTANCE, /**< a job event without instance id, or with one of more than
                             SG_INSTANCE_MAX bytes: `malformed`, `too_long` */
    MACHINES_FULL          /**< no place for another live job: `series_limit`; counted */
};

/* ---- attempts and breakers ---- */

/** One attempt ended with this outcome. `who` reports it; a pid of 0 is unknown. */
enum machines_result machines_attempt(struct machines *machines, const struct series *series,
                                      struct sg_span word, const struct who *who,
                                      struct store_time now);
/** A breaker that a service runs itself went to this state ("open", "half_open", "closed"). Only
 * for a declaration with a reported breaker, else MACHINES_BAD_WORD. The same state from the process
 * that reported it last is repeated; from another process it is that one's own breaker, and counts.
 */
enum machines_result machines_breaker_report(struct machines *machines, const struct series *series,
                                             struct sg_span word, const struct who *who,
                                             struct store_time now);

/** A breaker, as pages and views show it. */
struct machines_breaker {
    const struct catalog_family *family;
    const struct series *series; /**< of the attempts: its labels */
    bool declared;               /**< false: there is no breaker, attempts only are counted */
    enum breaker_state state;
    uint32_t epoch;   /**< of half-open; below 2^30, never 0 */
    int64_t since_ms; /**< Unix time of the last transition, or of the start */
    uint64_t consecutive_failures;
    uint64_t opened;         /**< how often it opened */
    const char *why;         /**< of the last transition: a sentence, static; NULL: none yet */
    int64_t last_success_ms; /**< Unix time; 0 none */
    int64_t last_error_ms;
    int32_t last_pid;            /**< that attempted or reported last; 0 unknown */
    int64_t cooldown_ends_ms;    /**< Unix time; 0: it is not open, or a service runs it itself */
    int64_t opened_ms;           /**< when it opened last; 0: never, or not known any more */
    const struct who *opened_by; /**< whose attempt or report it was; NULL with opened_ms 0 */
};
size_t machines_breaker_count(const struct machines *machines);
void machines_breaker_at(const struct machines *machines, size_t index,
                         struct machines_breaker *ret_breaker);

enum { MACHINES_ATTEMPTS_MAX = 16 };

/** An attempt that a breaker's state follows from. */
struct machines_noted_attempt {
    int64_t at_ms;       /**< Unix time */
    const char *outcome; /**< the word, as the catalog has it */
    int32_t pid;         /**< 0 unknown */
    const char *comm;    /**< terminated; borrowed until the next attempt */
};
/**
 * The last failures in a row of a machine (its index as above), and the probes behind them, oldest
 * first; also where there is no breaker. They stay after a recovery, until another attempt fails.
 * Returns how many.
 */
size_t machines_breaker_attempts(const struct machines *machines, size_t index,
                                 struct machines_noted_attempt ret_attempts[MACHINES_ATTEMPTS_MAX]);

/** Called at each change of a breaker's state or epoch, with its index. */
typedef void (*machines_breaker_fn)(void *arg, size_t index);
void machines_on_breaker(struct machines *machines, machines_breaker_fn fn, void *arg);

/* ---- jobs ---- */

/** An event of a job, sent by `who`. `instance` is the line's `i:` field. `owner` is the sender's live owner, if
 * job_event_owns(), or OWNER_NONE. */
enum machines_result machines_job(struct machines *machines, const struct series *series,
                                  enum job_event what, struct sg_span instance, owner_id owner,
                                  const struct who *who, struct store_time now);
/** Running jobs of an ended owner are finished as lost, `*budget` at most. True when it has none
 * any more. */
bool machines_disown(struct machines *machines, owner_id owner, struct store_time now,
                     size_t *budget);
/** Release what ended owners had (parts in the store, running jobs), then the owners, for about
 * `budget` work units of 100 ns. True when nothing is left to release; else call it again soon. */
bool machines_release(struct machines *machines, struct store_time now, size_t budget);

/** A live job, as the view shows it. */
struct machines_job {
    const struct catalog_family *family;
    const struct series *series; /**< its labels */
    enum job_state state;
    char id[SG_INSTANCE_MAX + 1];
    size_t id_len;
    int64_t since_ms;  /**< Unix time of its present state */
    int64_t queued_ms; /**< Unix time it was queued; 0 unknown */
    int32_t pid;       /**< that runs it, or queued it; 0 unknown */
    bool owned;        /**< running, and lost when that process ends */
    uint64_t serial;   /**< rises with each event that made or moved a job */
};
/**
 * Live jobs of a family, oldest first (by the event that put them into their present state): the
 * first whose serial is above `after`. False at the end. O(1) from the one found before, if `hint`
 * (private to the module, starts as 0) is handed in again.
 */
bool machines_job_next(const struct machines *machines, const struct catalog_family *family,
                       uint64_t after, uint32_t *hint, struct machines_job *ret_job);
/** How many live jobs a family has. */
uint64_t machines_job_count(const struct machines *machines, const struct catalog_family *family);
/** The same by state; JOB_STATE_COUNT numbers. A look at each of the family's machines. */
void machines_job_counts(const struct machines *machines, const struct catalog_family *family,
                         uint64_t *ret_counts);

/** Ended jobs that are kept for people, MACHINES_ENDED_JOBS / JOB_OUTCOME_COUNT of each outcome: many
 * that succeed do not push out one that was lost. */
enum { MACHINES_ENDED_JOBS = 256 };

struct machines_ended_job {
    const struct catalog_family *family;
    const struct series *series; /**< its labels when it ended */
    enum job_outcome outcome;
    const char *id; /**< not terminated; borrowed until the next event */
    size_t id_len;
    int64_t at_ms;         /**< Unix time of its end */
    int64_t ran_ms;        /**< in its last run; -1: not known */
    const struct who *who; /**< that sent the end; of a lost one, that ran it */
    uint64_t serial;       /**< rises with each end */
};
/** The job that ended last, of those whose serial is below `before` (UINT64_MAX: of all). False:
 * there is none. */
bool machines_ended_job(const struct machines *machines, uint64_t before,
                        struct machines_ended_job *ret_job);

/* ---- incidents ---- */

enum machines_incident_kind {
    MACHINES_BREAKER_OPENED,
    MACHINES_BREAKER_CLOSED,
    MACHINES_JOB_LOST,
};

/** What somebody may have to know, as it happens. Borrowed for the call. */
struct machines_incident {
    enum machines_incident_kind kind;
    int64_t at_ms; /**< Unix time */
    const struct catalog_family *family;
    const struct series *series; /**< its labels */
    struct who who;    /**< whose attempt or report it was; that ran the job that is lost */
    size_t breaker;    /**< its index; see machines_breaker_attempts */
    const char *why;   /**< of a breaker: a sentence, static */
    uint64_t failures; /**< in a row, of a breaker */
    struct sg_span id; /**< of a job */
    int64_t ran_ms;    /**< of a job; -1: not known */
};
/** Called within the event that makes it so: it may read, and change nothing here. Not for what a
 * restore finds lost. */
typedef void (*machines_incident_fn)(void *arg, const struct machines_incident *incident);
void machines_on_incident(struct machines *machines, machines_incident_fn fn, void *arg);

/** Fill in what is known of the process that has or had this number; *ret_who has the number alone.
 * Asked for the owners of lost jobs. */
typedef void (*machines_who_fn)(void *arg, int32_t pid, struct who *ret_who);
void machines_ask_who(struct machines *machines, machines_who_fn fn, void *arg);

/* ---- time ---- */

/** What time alone changes: an open breaker becomes half-open, a half-open one gets a new epoch.
 * Call it several times a second; events do it for their own machine. */
void machines_advance(struct machines *machines, struct store_time now);
/** Whether time alone will change something: a breaker that is not closed runs here. What begins with it is an
 * event of a breaker (machines_on_breaker). */
bool machines_advances(const struct machines *machines);
/** Bring series that depend on the time up to `now`: ages, seconds in state, overdue. Called before
 * an exposition or a view. Advances, too. */
void machines_publish(struct machines *machines, struct store_time now);

struct machines_figures {
    uint64_t breakers;
    uint64_t jobs;      /**< live */
    uint64_t jobs_full; /**< events refused because a table of jobs was full */
    uint64_t bytes;
};
void machines_figures(const struct machines *machines, struct machines_figures *ret_figures);

/** Bytes of a family's machines and live jobs at their bound: the arithmetic of `check`. */
uint64_t machines_family_bytes(const struct catalog_family *family);
/** Bytes of the ended jobs that are kept for people, of all families. */
uint64_t machines_details_bytes(void);
/** Bytes of the tables that machines for a set make in an object. */
uint64_t machines_object_bytes(const struct catalog_set *set);

#endif
