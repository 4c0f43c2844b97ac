/* SPDX-License-Identifier: MIT */
/*
 * breakers_jobs_private.h - the inside of breakers_jobs/, shared by its files only.
 *
 *   breaker.c                when a breaker opens and closes
 *   breakers.c               attempts, the series derived from them, records and views
 *   jobs.c                   events of jobs, their words, series and views
 *   jobs_table.c             live jobs, and those that ended
 *   breakers_jobs.c          series of machines, the end of owners, make and free all of it
 *   breakers_jobs_restore.c  what an old process left
 *
 * Records that the next process needs are in tables of the object; their surviving fields come
 * first, and are noted (object/object.h) before they change. Links, lists, indexes and places of
 * derived series are rebuilt.
 */
#ifndef STATGATE_BREAKERS_JOBS_BREAKERS_JOBS_PRIVATE_H
#define STATGATE_BREAKERS_JOBS_BREAKERS_JOBS_PRIVATE_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/slots.h"
#include "breakers_jobs/breakers_jobs.h"

/* ---- attempt notes ----
 * which attempts led to a breaker's state, and who opened it: a record beside
 * each machine of attempts.
 *
 * A record keeps one run of consecutive failures, and the probes that followed it. In a closed
 * breaker, the first failure after a success begins a new run. Attempts reported while the breaker
 * is open are stragglers and are left out. The notes influence no decision, so if there is no
 * memory for a record, there are no notes. Words are noted for undo before they change, because a
 * line that is applied again must not be reported twice.
 */

/* The whole record outlives the process. */
struct attempt_notes {
    int64_t opened_ms; /* Unix time; 0: never */
    struct who opened_by;
    /* A ring of the last attempts: */
    int64_t at_ms[BREAKERS_ATTEMPTS_MAX];
    int32_t pid[BREAKERS_ATTEMPTS_MAX];
    uint32_t outcome[BREAKERS_ATTEMPTS_MAX]; /* attempt_notes_word() of the outcome */
    char comm[BREAKERS_ATTEMPTS_MAX][WHO_COMM_MAX];
    uint8_t next;
    uint8_t count;
    uint8_t over; /* 1: the run has ended; the next failure begins a new one */
};
/** The fields of a record. */
extern const struct object_spec breakers_jobs_attempt_notes_spec;

/** Find or create a machine's record. */
struct attempt_notes *breakers_jobs_attempt_notes_make(struct object_table *table,
                                                       uint64_t machine);
/** Adopt the notes of an old process; every number is checked. NULL notes are fine. */
void breakers_jobs_attempt_notes_restore(struct attempt_notes *notes,
                                         const struct attempt_notes *former);

/* ---- breaker ----
 * a circuit breaker as a pure state machine: its state, and how outcomes and the passing of time
 * change it.
 *
 *            a rule of the catalog
 *   closed ───────────────────────────────────▶ open ◀───────────────┐
 *      ▲                                          │ the cool-down    │ one bad probe
 *      └──── `probes` good probes ── half-open ◀──┘                  │
 *                                        └───────────────────────────┘
 *
 * Each half-open begins a new epoch, and so does each probe_ms that it lasts. An attempt that its
 * client has marked names the epoch in which it was allowed (0: by no page); so it is known to be
 * a probe, or to be late. What an attempt is:
 *
 *   state      marked                          not marked, or with 0: it could not ask
 *
 *   closed     another epoch: late             its duration says that it began before the breaker
 *              this one: a call                closed: late; else a call
 *
 *   open       late                            late
 *
 *   half-open  another epoch: late             its duration says that it began before half-open:
 *              this one: a probe               late; else a probe
 *
 * and what follows from it (good: a success, and not slow if slow_ratio is set; bad: the rest):
 *
 *   state      attempt      good                            bad
 *   closed     call         failures 0, into the window     failures + 1, into the window; a rule
 *                                                           that applies now: open
 *   closed     late         nothing                         nothing
 *   open       late         failures 0, or + 1 if it failed: for people, it changes no state
 *   half-open  probe        failures 0; the last needed:    failures + 1; open, with the next
 *                           closed, with an empty window    cool-down
 *   half-open  late         nothing                         nothing
 *   forced     late         as in the state that was forced
 *
 * Totals by outcome count all of them. A slow success in a closed breaker resets `failures`, which
 * counts failed attempts in a row.
 */

enum {
    BREAKER_EPOCHS = SG_EPOCH_MAX, /**< epochs run from 1 to here, then start at 1 again */
    BREAKER_PIDS = 16,             /**< as many as `agree` can ask for */
    BREAKER_SILENT_MAX = 2         /**< epochs without a probe's report until anyone may probe */
};

struct breaker {
    enum breaker_state state;
    uint32_t epoch;
    uint64_t failures;  /**< consecutive failures, in any state; 0 after a success */
    uint32_t probed;    /**< good probes since the breaker became half-open, in all epochs */
    uint32_t reopened;  /**< bad probes since the cool-down was last the first one */
    int64_t since_ms;   /**< monotonic start of the state, while half-open of the epoch */
    int64_t entered_ms; /**< monotonic start of the state */
    uint32_t silent;    /**< last epochs of this half-open with all tickets held and no report */
    uint8_t heard;      /**< 1: a probe of this epoch has reported */
    uint8_t held;       /**< 1: all tickets of this epoch were held, when last looked; rebuilt */
    uint8_t forced;     /**< 1: a person has decided the state, and every attempt is late */
};

/** Processes that did something last, each once: the latest BREAKER_PIDS. */
struct breaker_pids {
    int64_t at_ms[BREAKER_PIDS]; /**< monotonic */
    int32_t pid[BREAKER_PIDS];
    uint32_t count;
};

/** The attempts of the last window_ms, in parts. Empty while newest_ms is 0. */
struct breaker_window {
    int64_t newest_ms; /**< monotonic start of the newest part */
    int64_t part_ms;   /**< length of a part */
    uint32_t newest;   /**< index of the newest part */
    uint32_t attempts[CATALOG_WINDOW_PARTS];
    uint32_t failed[CATALOG_WINDOW_PARTS];
    uint32_t timed[CATALOG_WINDOW_PARTS]; /**< attempts with a duration */
    uint32_t slow[CATALOG_WINDOW_PARTS];
    /* Only if the rules ask how many processes agree: */
    struct breaker_pids seen; /**< those that attempted */
    struct breaker_pids bad;  /**< those that failed or were slow */
};

/** An attempt that ended. */
struct breaker_attempt {
    bool success;
    int32_t pid;    /**< 0: unknown */
    uint32_t mark;  /**< the epoch in which a page allowed it; 0: none did, or it does not say */
    double took_ms; /**< -1: unknown */
};

/** What a call changed. */
enum breaker_change {
    BREAKER_SAME,
    BREAKER_LATE,         /**< an attempt that decides nothing */
    BREAKER_NEW_EPOCH,    /**< one or more epochs began */
    BREAKER_SILENT,       /**< the same, after one with all tickets held and no report */
    BREAKER_COOLED,       /**< open -> half-open, with a new epoch */
    BREAKER_TRIPPED,      /**< closed -> open by failures in a row */
    BREAKER_FAILING,      /**< closed -> open by the ratio of failures */
    BREAKER_SLOW,         /**< closed -> open by the ratio of slow attempts */
    BREAKER_PROBE_FAILED, /**< half-open -> open */
    BREAKER_RECOVERED     /**< half-open -> closed */
};

/** Start closed. The first epoch is the one after the epoch that `seed` (any number) picks. */
void breaker_init(struct breaker *breaker, uint64_t seed);
/** Continue a breaker of an old process under these rules. A state that the rules do not allow
 * becomes closed. If the former breaker has no epoch, this one keeps its own. The window continues
 * if the breaker does and the window is as long as it was. */
void breaker_restore(struct breaker *breaker, struct breaker_window *window,
                     const struct catalog_breaker *rules, const struct breaker *former,
                     const struct breaker_window *former_window, int64_t mono_ms);
/**
 * Apply the next change that is due by mono_ms; *ret_at_ms gets the monotonic time at which it was
 * due. Call it until nothing changes: the result does not depend on how often it is called.
 */
enum breaker_change breaker_advance(struct breaker *breaker, const struct catalog_breaker *rules,
                                    int64_t mono_ms, int64_t *ret_at_ms);
/** An attempt ended. Call breaker_advance first, and note the breaker; what changes of the window
 * is noted here. */
enum breaker_change breaker_outcome(struct breaker *breaker, struct breaker_window *window,
                                    const struct catalog_breaker *rules,
                                    const struct breaker_attempt *attempt, int64_t mono_ms,
                                    struct undo *undo);
/** A person decides that the breaker is open or closed. */
void breaker_force(struct breaker *breaker, enum breaker_state state, int64_t mono_ms);
/** The decision has ended: an open breaker is half-open, a closed one begins with an empty window.
 */
void breaker_release(struct breaker *breaker, struct breaker_window *window, int64_t mono_ms,
                     struct undo *undo);
/** A breaker that runs elsewhere is now in this state. Half-open begins a new epoch. */
void breaker_follow(struct breaker *breaker, enum breaker_state state, int64_t mono_ms);
/** The cool-down of a breaker that is open. */
int64_t breaker_cooldown_ms(const struct breaker *breaker, const struct catalog_breaker *rules);
/** What the window has seen. */
struct breakers_sums breaker_window_sums(const struct breaker_window *window, int64_t mono_ms);

/* ---- ended jobs ----
 * the jobs that ended most recently, kept for people.
 *
 * Each outcome has a ring of its own, so many succeeded jobs do not push out a lost one. No
 * decision depends on these records: struct finished recognises repeated events. A record
 * is empty (serial 0) until it is complete and committed. Its former content is erased first and is
 * not put back.
 */

/* The whole record outlives the process. */
struct ended_job {
    uint64_t serial; /* 0: the record is empty */
    int64_t at_ms;   /* Unix time */
    int64_t ran_ms;  /* -1: not known */
    int32_t exit;
    uint32_t machine;
    uint8_t outcome; /* enum job_outcome */
    uint8_t id_len;
    char id[SG_INSTANCE_MAX];
    struct who who;
};

struct ended_jobs {
    struct object_table table; /* a ring for each outcome, one after the other */
    struct undo *undo;
    uint64_t serial;
    uint32_t next[JOB_OUTCOME_COUNT]; /* index within the outcome's ring */
};

/** The fields of a record. */
extern const struct object_spec breakers_jobs_ended_job_spec;
uint64_t breakers_jobs_ended_jobs_object_bytes(void);

/** Add a job. The caller fills in everything but serial and outcome. */
struct ended_job *breakers_jobs_ended_jobs_add(struct ended_jobs *ended, enum job_outcome outcome);
/** The index of a job in the table. */
uint32_t breakers_jobs_ended_jobs_place(const struct ended_jobs *ended,
                                        const struct ended_job *job);
/** The job added last with this outcome; there must be one. */
const struct ended_job *breakers_jobs_ended_jobs_last(const struct ended_jobs *ended,
                                                      enum job_outcome outcome);
/** The job with the highest serial below `before`, or NULL. */
const struct ended_job *breakers_jobs_ended_jobs_before(const struct ended_jobs *ended,
                                                        uint64_t before);

/* ---- finished ----
 * remembers the jobs that ended last, to recognise an event that comes twice or too
 * late. Bounded: the oldest job is forgotten. Private to breakers_jobs/.
 *
 * The memory outlives the process, so it identifies a job by a hash of the instance id that depends
 * on no seed. A sender can make up ids with equal hashes: if one such job has ended, events of the
 * other may count as repeated. No one gains by that: whoever may send these events can send the end
 * of any job as well. The index over the memory is seeded, so made-up ids do not make it slow.
 */

enum { FINISHED_LEAST = 256, FINISHED_MOST = 4096 };

/* The whole item outlives the process. Items are ordered by lap, then by place in the ring. */
struct finished_item {
    uint64_t job; /* hash from breakers_jobs_finished_job() */
    uint32_t lap; /* lap of the ring, from 1 */
    uint16_t family;
    uint8_t outcome; /* enum job_outcome */
    uint8_t known;   /* 0: forgotten, or never used */
};

struct finished {
    struct finished_item *ring; /* items within the shared table */
    struct undo *undo;
    struct bare_slots places; /* index over the ring */
    uint64_t seed;
    uint32_t size; /* a power of two */
    uint32_t next; /* place that the next job takes */
    uint32_t lap;
    uint16_t family; /* index in the set */
};

/** The fields of an item. */
extern const struct object_spec breakers_jobs_finished_spec;

/** The hash that identifies a job. */
uint64_t breakers_jobs_finished_job(struct sg_span id);
/** Find how a job ended. False if it is not remembered. */
bool breakers_jobs_finished_find(const struct finished *finished, uint64_t job,
                                 enum job_outcome *ret_outcome);
/** Remember that a job ended; it is now the latest. */
void breakers_jobs_finished_add(struct finished *finished, uint64_t job, enum job_outcome outcome);
/** Forget a job because it lives again. Harmless if it is not remembered. */
void breakers_jobs_finished_forget(struct finished *finished, uint64_t job);

/* ---- live jobs ----
 * the table of live jobs: found by instance id, walked in the order of their last
 * change, by machine and state, and by owner.
 *
 * All families share one table with a place for each of their jobs (max_live), so memory is used
 * only for jobs that exist. A place's number (index + 1; 0 none) identifies the job in all lists.
 * The table outlives the process; index, lists and free places are rebuilt.
 */

struct live_link {
    uint32_t previous;
    uint32_t next;
};

/* A list that grows only at its end. */
struct live_list {
    uint32_t first;
    uint32_t last;
    uint32_t count;
};

/*
 * A family's jobs in order of serial. Jobs are appended only, so a skip list (Pugh 1990) needs no
 * search to grow or shrink: every job is in lane 0, one of 64 is also in lane 1, one of 4,096 also
 * in lane 2. A walk that starts anywhere takes some hundred steps, however many jobs there are.
 */
enum { LIVE_LANES = 3, LIVE_LANE_BITS = 6 };

struct live_job {
    char id[SG_INSTANCE_MAX];
    /* Fields that change while the job lives: */
    uint32_t machine; /* index of its machine; only in places in use */
    uint8_t id_len;   /* 0: a free place; lane[0].next names the next free one */
    uint8_t state;    /* enum job_state */
    uint8_t lanes;    /* rebuilt, like all fields after `queued_real_ms` */
    owner_id owner;   /* the process that runs the job, which is lost with it; else OWNER_NONE */
    int32_t pid;
    uint64_t serial;
    int64_t since_mono_ms; /* start of the present state */
    int64_t since_real_ms;
    int64_t queued_mono_ms; /* when it was last queued; valid only if queued_real_ms is not 0 */
    int64_t queued_real_ms;
    uint64_t hash; /* seeded hash of the id */
    struct live_link lane[LIVE_LANES];
    struct live_link by_state; /* within machine and state, ordered by since_mono_ms */
    struct live_link by_owner;
};

struct live_family {
    const struct catalog_family *family;
    uint32_t max_live;
    uint32_t live;
    struct bare_slots index;
    struct live_list lane[LIVE_LANES];
    struct finished finished;
};

struct live_jobs {
    struct object_table table; /* the jobs of all families */
    struct undo *undo;
    uint32_t used; /* places ever taken */
    uint32_t free; /* number of the first free place; 0 none */
    uint64_t seed;
    uint64_t serial; /* serial of the last change */
    uint64_t count;
};

/** The fields of a job's record. */
extern const struct object_spec breakers_jobs_job_spec;

static inline struct live_job *live_job_at(const struct live_jobs *live, uint32_t number) {
    return &((struct live_job *)(void *)live->table.items)[number - 1];
}

static inline uint32_t live_job_number(const struct live_jobs *live, const struct live_job *job) {
    return (uint32_t)(job - live_job_at(live, 1)) + 1;
}

/** Hash an instance id for the functions below; seeded, so valid in this process only. */
uint64_t breakers_jobs_live_job_hash(const struct live_jobs *live, struct sg_span id);
/** Find the live job with this id (hash: breakers_jobs_live_job_hash), or NULL. */
struct live_job *breakers_jobs_live_job_find(const struct live_jobs *live,
                                             const struct live_family *lf, struct sg_span id,
                                             uint64_t hash);
/** Create a job that is in no list but the index. NULL if the family is full. */
struct live_job *breakers_jobs_live_job_make(struct live_jobs *live, struct live_family *lf,
                                             struct sg_span id, uint64_t hash);
/** Free the place of a job that is in no list. */
void breakers_jobs_live_job_drop(struct live_jobs *live, struct live_family *lf,
                                 struct live_job *job);

/** Note old values for undo, before the job's machine, state and process change, or (…_queued) the
 * time at which it was queued. */
void breakers_jobs_live_job_note(const struct live_jobs *live, const struct live_job *job);
void breakers_jobs_live_job_note_queued(const struct live_jobs *live, const struct live_job *job);

/** Append a job to the family's order with this serial, the highest so far; unrank removes it. */
void breakers_jobs_live_job_rank(struct live_jobs *live, struct live_family *lf,
                                 struct live_job *job, uint64_t serial);
void breakers_jobs_live_job_unrank(struct live_jobs *live, struct live_family *lf,
                                   const struct live_job *job);
/** The number of the first job in order whose serial is above `after`, or 0. */
uint32_t breakers_jobs_live_job_seek(const struct live_jobs *live, const struct live_family *lf,
                                     uint64_t after);

/** Append a job to the list of its machine and state, or remove it. */
void breakers_jobs_live_job_push_state(const struct live_jobs *live, struct live_list *list,
                                       struct live_job *job);
void breakers_jobs_live_job_pull_state(const struct live_jobs *live, struct live_list *list,
                                       const struct live_job *job);

/** Append a job to the list of job->owner, a live owner (or OWNER_NONE: no list), or remove it. */
void breakers_jobs_live_job_push_owner(const struct live_jobs *live, struct owners *owners,
                                       struct live_job *job);
void breakers_jobs_live_job_pull_owner(const struct live_jobs *live, struct owners *owners,
                                       const struct live_job *job);

/* ---- machine ----
 * a machine's own series, and those derived from it. Private to breakers_jobs/.
 */

/** Called for each machine with its number, which its series' body now holds, and the place of that
 * series. */
typedef void (*machine_made_fn)(void *arg, uint64_t number, uint32_t place);
/** Create the series of all machines of a family (combinations of declared values, `otherwise`
 * included: family->combinations) and number them from `first` on. */
void breakers_jobs_machine_make_all(struct store *store, const struct catalog_family *family,
                                    uint64_t first, struct store_time now, machine_made_fn fn,
                                    void *arg);

/** Read the number of the machine from its series. */
static inline uint64_t machine_number(const struct series *series) {
    return series_body(series)[0];
}

/** True if one of the machine's labels has the value `otherwise`. The derived series of such a
 * machine are created at its first use. */
bool breakers_jobs_machine_is_fallback(const struct store *store,
                                       const struct catalog_family *family, uint32_t place);

/** A label that a derived family has in addition to the machine's labels. */
struct machine_label {
    const char *name;  /**< NULL: none */
    const char *value; /**< as in a datagram */
};
/** Find or create a derived series and set *ret_place to its place (store/store.h), unless
 * *ret_place is already set. `place` is that of the machine's own series, in `family`. Without
 * a series if `derived` is NULL (the family is not exposed): the functions below do nothing then.
 */
void breakers_jobs_machine_fill(uint32_t *ret_place, struct store *store,
                                const struct catalog_family *derived,
                                const struct catalog_family *family, uint32_t place,
                                struct machine_label label, struct store_time now);

/** The place of a derived series without an additional label; 0 if it does not exist. */
uint32_t breakers_jobs_machine_find(const struct store *store, const struct catalog_family *derived,
                                    const struct catalog_family *family, uint32_t place);

/* Changes of the derived series at a place. Place 0 means no series: nothing happens. */

/** Add to a counter. */
void breakers_jobs_machine_count(struct store *store, const struct catalog_family *derived,
                                 uint32_t place, double count, struct store_time now);
void breakers_jobs_machine_write(struct store *store, const struct catalog_family *derived,
                                 uint32_t place, double value, struct store_time now);
/** Set a value that the machine itself counts. */
void breakers_jobs_machine_put(const struct store *store, const struct catalog_family *derived,
                               uint32_t place, double value);
/** Add one observation to a histogram. */
void breakers_jobs_machine_observe(struct store *store, const struct catalog_family *derived,
                                   uint32_t place, double value, struct store_time now);

/* ---- attempts ---- */

/* Why a breaker went to its state. */
enum breaker_why {
    WHY_NONE,
    WHY_COOLED,
    WHY_TRIPPED,
    WHY_PROBE_FAILED,
    WHY_RECOVERED,
    WHY_REPORTED,
    WHY_FAILING,
    WHY_SLOW,
    WHY_FORCED,
    WHY_RELEASED,
    WHY_COUNT
};

/* Series are referred to by their places (store/store.h); 0: none. */
struct attempts_machine {
    /* Fields that change with each attempt: */
    struct breaker breaker;
    int32_t last_pid;
    uint8_t followed;        /* 1: a service reported its own breaker */
    uint8_t shown;           /* 1: its derived series exist */
    int64_t attempted_ms;    /* monotonic time of the last attempt, or of the start */
    int64_t last_success_ms; /* Unix time */
    int64_t last_error_ms;
    /* Fields that change with a transition: */
    enum breaker_why why;
    int32_t reporter; /* process that sent the last report */
    uint64_t opened;
    uint64_t denied; /* attempts, for any reason */
    int64_t since_real_ms;
    int64_t counted_ms;                    /* monotonic; state_ms counts up to here */
    int64_t state_ms[BREAKER_STATE_COUNT]; /* spent in each state */
    /* What a person decided; `breaker.forced` says whether it holds: */
    int64_t forced_ms;       /* Unix time at which */
    int64_t forced_for_ms;   /* 0: until it is taken back */
    int64_t forced_until_ms; /* monotonic time; only if it ends by itself */
    uint32_t forced_uid;
    char forced_why[BREAKERS_WHY_MAX];
    /* Changed, and noted, by breaker.c: */
    struct breaker_window window;
    /* Fields that never change: */
    uint32_t family; /* index in the set */
    uint32_t place;
    /* Fields that are rebuilt: */
    uint32_t next; /* in the list of breakers that time changes: index + 1 */
    uint32_t previous;
    uint32_t total[CATALOG_WORDS_MAX]; /* counters by outcome */
    uint32_t took[CATALOG_WORDS_MAX];  /* histograms by outcome */
    uint32_t refused[BREAKER_DENIAL_COUNT];
    uint32_t plain[ATTEMPTS_PART_COUNT]; /* series of parts without a label of their own */
    uint32_t by_state[ATTEMPTS_PART_COUNT][BREAKER_STATE_COUNT];
};

struct attempts {
    struct object_table table; /* the machines' records */
    struct object_table notes; /* one record beside each machine */
    size_t count;
    uint32_t moving; /* head of the list of breakers that run here and are not closed, index + 1 */
    uint64_t breakers;
    breakers_fn fn;
    void *fn_arg;
};

static inline struct attempts_machine *attempts_machine_at(const struct attempts *attempts,
                                                           uint64_t number) {
    return &((struct attempts_machine *)(void *)attempts->table.items)[number];
}

/** Fields of the table. */
extern const struct object_spec breakers_jobs_attempts_spec;
void breakers_jobs_attempts_table_init(struct breakers_jobs *breakers_jobs, struct object *object,
                                       struct store_time now);
void breakers_jobs_attempts_table_done(struct attempts *attempts);
/** List a breaker that runs here and is not closed, so that time changes it. */
void breakers_jobs_attempts_list_moving(struct attempts *attempts,
                                        struct attempts_machine *machine);
/** Whether time changes the breaker: it runs here, and is not closed or will not stay so. */
static inline bool attempts_moves(const struct attempts_machine *machine,
                                  const struct catalog_breaker *rules) {
    return !rules->reported &&
           (machine->breaker.state != BREAKER_CLOSED || machine->breaker.forced != 0);
}
/** Take over the attempts of the image. */
void breakers_jobs_attempts_restore(struct breakers_jobs *breakers_jobs, const struct image *image,
                                    const struct match *match, struct store_time now);
void breakers_jobs_attempts_publish(struct breakers_jobs *breakers_jobs, struct store_time now);
uint64_t breakers_jobs_attempts_table_family_bytes(const struct catalog_family *family);
uint64_t breakers_jobs_attempts_table_object_bytes(const struct catalog_set *set);

/* ---- job watch: whether the jobs of a machine do what they should. Pure; job_watch.c ---- */

/** What they should: a combination of labels has a schedule of its own, or none. */
struct job_rules {
    const struct catalog_duty *duty;
    const struct schedule *schedule; /**< NULL: none */
    int64_t every_ms;                /**< 0: none */
    bool is_fallback;                /**< of values that no catalog lists: it is only counted */
};

/** What is known of them. Times are Unix milliseconds; 0: none. */
struct job_watch {
    int64_t judged_ms;
    int64_t judged_mono_ms;
    int64_t slot_ms;    /**< the next that is to be met */
    int64_t around_ms;  /**< a start so much before it meets it, too */
    int64_t within_ms;  /**< it is over so long behind it, and behind that */
    int64_t overdue_ms; /**< the first slot that was missed since the last start or success */
    int64_t from_ms;    /**< slots that were over before were not seen, and are not judged */
    int64_t last_end_ms;
    int64_t last_success_ms;
    int64_t last_ran_ms; /**< how long the last run took; -1: not known */
    uint64_t rules;      /**< a hash of what the slots follow from; 0: none yet */
    uint64_t missed;
    uint32_t failures;     /**< in a row: failed, lost or missed */
    int32_t last_exit;     /**< of sg_job */
    uint8_t last_outcome;  /**< enum job_outcome + 1; 0: none has ended */
    uint8_t missed_last;   /**< 1: the last failure was a slot that was missed */
    uint8_t host_was_down; /**< rebuilt: 1 until it is judged again after a boot */
    uint8_t begun;         /**< rebuilt: 1 behind job_watch_begin */
};

/** Begin, or begin again where the rules are not those of before: slots count from now on. */
void job_watch_begin(struct job_watch *watch, const struct job_rules *rules, struct store_time now);
/** Continue the watch of an old process; job_watch_begin comes next. */
void job_watch_restore(struct job_watch *watch, const struct job_watch *former, bool host_was_down,
                       struct store_time now);
/** A run started, or an unknown one ended. Judge first. */
void job_watch_started(struct job_watch *watch, const struct job_rules *rules, int64_t real_ms);
void job_watch_ended(struct job_watch *watch, const struct job_rules *rules,
                     enum job_outcome outcome, int32_t code, int64_t ran_ms, int64_t real_ms);
/** Judge the slots that are over. Returns how many were missed. */
uint32_t job_watch_advance(struct job_watch *watch, const struct job_rules *rules,
                           struct store_time now);
/** How late the next run is; 0: it is not. */
int64_t job_watch_late_ms(const struct job_watch *watch, int64_t real_ms);
/** What is wrong, where the oldest run has lasted so long (-1: none runs). */
enum jobs_problem job_watch_problem(const struct job_watch *watch, const struct job_rules *rules,
                                    int64_t running_ms);

/* ---- jobs ---- */

struct jobs_machine {
    uint32_t family; /* index in the set */
    uint32_t place;
    uint8_t shown; /* 1: its derived series exist */
    struct job_watch watch;
    /* Fields that are rebuilt: */
    uint8_t is_fallback;
    uint8_t without_next; /* 1: JOBS_NEXT_START has no series of it */
    uint32_t live;        /* index of its live_family */
    uint32_t ended;       /* place of its last end in ended_jobs + 1; 0: none is known */
    struct live_list jobs[JOB_STATE_COUNT];
    uint32_t counts[JOB_STATE_COUNT];
    uint32_t oldest[JOB_STATE_COUNT]; /* 0 while there is no such job */
    uint32_t waiting;
    uint32_t running;
    uint32_t finished[JOB_OUTCOME_COUNT];
    uint32_t plain[JOBS_PART_COUNT]; /* series of JOBS_STARTED and the parts behind it */
};

struct jobs {
    struct live_jobs live;
    struct live_family *families; /* in the set's order */
    size_t family_count;
    struct object_table table; /* the machines' records */
    size_t count;
    struct object_table finished; /* finished jobs of all families */
    struct ended_jobs ended;
    struct live_restoring *ahead; /* jobs copied from a process that still runs; NULL: none */
    uint64_t full;
};

static inline struct jobs_machine *jobs_machine_at(const struct jobs *jobs, uint64_t number) {
    return &((struct jobs_machine *)(void *)jobs->table.items)[number];
}

extern const struct object_spec breakers_jobs_jobs_machine_spec;
void jobs_table_init(struct breakers_jobs *breakers_jobs, struct object *object,
                     struct store_time now);
void jobs_table_done(struct jobs *jobs);
/** End a live job as lost, with its owner. The incident is reported, if anybody asked for it. */
void jobs_lose(struct breakers_jobs *breakers_jobs, struct live_job *job, struct store_time now);
/** The live jobs of a family, or NULL when it has none. */
struct live_family *jobs_walk_family(const struct jobs *jobs, const struct catalog_family *family);
/** Copy the jobs that the image of a running process has by now; only once. */
void breakers_jobs_restore_jobs_ahead(struct breakers_jobs *breakers_jobs,
                                      const struct image *image, const struct match *match,
                                      struct store_time now);
/** Take over the jobs of the image. */
void breakers_jobs_restore_jobs(struct breakers_jobs *breakers_jobs, const struct image *image,
                                const struct match *match, struct store_time now);
void jobs_publish(struct breakers_jobs *breakers_jobs, struct store_time now);
uint64_t jobs_table_family_bytes(const struct catalog_family *family);
uint64_t jobs_table_object_bytes(const struct catalog_set *set);
/** The number of records of the largest table; *ret_machines is the number of machines. */
uint64_t jobs_table_most(const struct catalog_set *set, uint64_t *ret_machines);

/** The reason of a word that counts denied attempts: "denied,open". No outcome has a comma. False
 * for any other word. */
bool breakers_jobs_is_denial(struct sg_span word, enum breaker_denial *ret_denial);

/* ---- all of it ---- */

struct breakers_jobs {
    const struct catalog_set *set;
    struct store *store;
    struct undo *undo;
    uint64_t seed;
    int64_t mono_ms; /* latest time passed in */
    uint64_t bytes;  /* of these tables; what counts them every second walks no families */
    struct attempts attempts;
    struct jobs jobs;
    breakers_jobs_incident_fn incident;
    void *incident_arg;
    breakers_jobs_who_fn who;
    void *who_arg;
};

/* The time of a call; monotonic time never falls. */
static inline struct store_time breakers_jobs_clock(struct breakers_jobs *breakers_jobs,
                                                    struct store_time now) {
    if (now.mono_ms < breakers_jobs->mono_ms)
        now.mono_ms = breakers_jobs->mono_ms;
    breakers_jobs->mono_ms = now.mono_ms;
    return now;
}

/* ---- attempts series ----
 * the series derived from a machine's attempts.
 */

/** The family that counts the attempts themselves. */
const struct catalog_family *
breakers_jobs_attempts_series_family(const struct breakers_jobs *breakers_jobs,
                                     const struct attempts_machine *machine);
/** Create the series that show before any event. Time in states counts from now on. */
void breakers_jobs_attempts_series_show(struct breakers_jobs *breakers_jobs,
                                        struct attempts_machine *machine, struct store_time now);

/* Changes of a series. If its family is not exposed, there is no series and nothing happens. */
void breakers_jobs_attempts_series_write(const struct breakers_jobs *breakers_jobs,
                                         const struct attempts_machine *machine,
                                         enum attempts_part part, uint32_t place, double value,
                                         struct store_time now);
/** Set ATTEMPTS_LAST_SUCCESS or ATTEMPTS_LAST_ERROR to a time. The series is created with its first
 * value. */
void breakers_jobs_attempts_series_stamp(struct breakers_jobs *breakers_jobs,
                                         struct attempts_machine *machine, enum attempts_part part,
                                         int64_t real_ms, struct store_time now);
/** Set the series of ATTEMPTS_STATE to the current state. */
void breakers_jobs_attempts_series_state(const struct breakers_jobs *breakers_jobs,
                                         const struct attempts_machine *machine,
                                         struct store_time now);

/* ---- former ----
 * numbers that an old process left, brought into a range that this process can continue with.
 */

enum { FORMER_BITS = 53 /* a double represents all such integers */ };

/** Limit a count. */
static inline uint64_t former_count(uint64_t count) {
    return count < UINT64_C(1) << FORMER_BITS ? count : UINT64_C(1) << FORMER_BITS;
}

/** The lesser of two times, or spans of time. */
static inline int64_t earlier(int64_t a, int64_t b) {
    return a < b ? a : b;
}

/** Limit a monotonic time to at most `now`. */
static inline int64_t former_mono(int64_t mono_ms, struct store_time now) {
    return earlier(mono_ms, now.mono_ms);
}

/** Return a Unix time (or 0) that is in range, else `other`. */
static inline int64_t former_real(int64_t real_ms, int64_t other) {
    return real_ms >= 0 && real_ms < INT64_C(1) << FORMER_BITS ? real_ms : other;
}

/** Return a process id, or 0 if it is not positive. */
static inline int32_t former_pid(int32_t pid) {
    return pid > 0 ? pid : 0;
}

/** Return an exit that sg_job_read could have read, else SG_EXIT_UNSAID. */
static inline int32_t former_exit(int32_t code) {
    return code >= -SG_SIGNAL_MAX && code <= 255 ? code : SG_EXIT_UNSAID;
}

/* ---- jobs series: the series derived from a machine's jobs. ---- */

/** Create the series that show before any event; ages and histograms are created with their first
 * value. */
void jobs_series_show(struct breakers_jobs *breakers_jobs, struct jobs_machine *machine,
                      struct store_time now);

/** Update this machine's series, which an old process left, to match its present jobs. */
void jobs_series_adopt(struct breakers_jobs *breakers_jobs, struct jobs_machine *machine,
                       struct store_time now);

/* ---- live restore ----
 * live jobs of an old process.
 *
 * A million jobs take half a second to restore. So a new process copies them while the old process
 * still writes, in order of their last change (`serial`), without their owners, which are known
 * only later. Each change gives a job a serial above all others. So once the old process has
 * stopped, a job with the serial that was copied is unchanged, provided that its record was
 * complete when it was copied: its serial is below the highest one from before copying began. All
 * other jobs are then made as if nothing had been copied, behind the copied ones.
 */

/* The present number + 1 of each former machine; 0: it no longer exists. */
struct live_machines {
    uint32_t *numbers;
    uint64_t count;
};

struct live_restoring;
/** NULL is fine. */
void breakers_jobs_live_restore_free(struct live_restoring *ahead);

/* ---- ranked ----
 * records of an old process in the order in which they were made. Private to
 * breakers_jobs/.
 */

struct ranked {
    uint64_t rank;
    uint64_t record;
};

/** Return whether a record is in use, and its rank. */
typedef bool ranked_fn(const struct image_records *records, uint64_t record, uint64_t *ret_rank);

/** The records in use, sorted by rank, without those whose bit is set in `but` (NULL: all records).
 * The caller frees the array. */
struct ranked *breakers_jobs_ranked_all(const struct image_records *records, ranked_fn *rank_of,
                                        const uint64_t *but, size_t *ret_count);

static inline bool ranked_is(const uint64_t *bits, uint64_t record) {
    return bits != NULL && (bits[record / 64] >> record % 64 & 1) != 0;
}

#endif
