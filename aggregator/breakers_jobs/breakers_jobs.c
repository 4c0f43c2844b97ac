/* SPDX-License-Identifier: MIT */
/* breakers_jobs.c - what breakers and jobs share: the series of each, the end of owners, a word
 * tried without effect. */
#include "breakers_jobs/breakers_jobs_private.h"

/* ---- machine: A machine's labels, and the series that have them. ---- */

bool breakers_jobs_machine_make_all(struct store *store, const struct catalog_family *family,
                                    uint64_t first, struct store_time now, machine_made_fn fn,
                                    void *arg) {
    struct store_label labels[CATALOG_LABELS_MAX] = {{0}};
    for (uint64_t i = 0; i < family->combinations; i++) {
        uint32_t ids[CATALOG_LABELS_MAX];
        catalog_family_combination(family, i, ids);
        for (uint32_t j = 0; j < family->label_count; j++)
            labels[j].id = (int32_t)ids[j];
        const struct series *series;
        int label;
        if (store_series(store, family, labels, now, &series, &label) != STORE_FOUND)
            return false;
        series_put_machine(series, first + i);
        if (!fn(arg, first + i, store_place(store, family, series)))
            return false;
    }
    return true;
}

bool breakers_jobs_machine_is_fallback(const struct store *store,
                                       const struct catalog_family *family, uint32_t place) {
    const uint32_t *ids = series_ids(family, store_at(store, family, place));
    for (uint32_t i = 0; i < family->label_count; i++)
        if (family->labels[i].kind != LABEL_CONST && family->labels[i].otherwise >= 0 &&
            ids[i] == (uint32_t)family->labels[i].otherwise)
            return true;
    return false;
}

/* The value of this label of the machine, as lines spell it; NULL if there is none. */
static const char *machine_value(const struct catalog_family *family, const struct series *series,
                                 const char *name) {
    for (uint32_t i = 0; i < family->label_count; i++)
        if (strcmp(family->labels[i].name, name) == 0)
            return catalog_label_wire(&family->labels[i], series_ids(family, series)[i]);
    return NULL;
}

/* Compute the labels of a derived series. False: the derived family lacks a value of the
 * machine. */
static bool derived_labels(const struct catalog_family *derived,
                           const struct catalog_family *family, const struct series *series,
                           struct machine_label label, struct store_label *ret_labels) {
    for (uint32_t i = 0; i < derived->label_count; i++) {
        const struct catalog_label *wanted = &derived->labels[i];
        const char *value = label.name != NULL && strcmp(wanted->name, label.name) == 0
                                ? label.value
                                : machine_value(family, series, wanted->name);
        ret_labels[i].id = value != NULL ? catalog_label_find(wanted, value, strlen(value))
                                         : wanted->default_value;
        if (ret_labels[i].id < 0)
            return false;
    }
    return true;
}

/* The place of a derived series, created if necessary. 0 when out of memory. */
static uint32_t derived_place(struct store *store, const struct catalog_family *derived,
                              const struct catalog_family *family, const struct series *series,
                              struct machine_label label, struct store_time now) {
    struct store_label labels[CATALOG_LABELS_MAX] = {{0}};
    const struct series *found;
    int folded;
    return derived_labels(derived, family, series, label, labels) &&
                   store_series(store, derived, labels, now, &found, &folded) == STORE_FOUND
               ? store_place(store, derived, found)
               : 0;
}

uint32_t breakers_jobs_machine_find(const struct store *store, const struct catalog_family *derived,
                                    const struct catalog_family *family, uint32_t place) {
    struct store_label labels[CATALOG_LABELS_MAX] = {{0}};
    uint32_t ids[CATALOG_LABELS_MAX] = {0};
    if (derived == NULL || !derived_labels(derived, family, store_at(store, family, place),
                                           (struct machine_label){0}, labels))
        return 0;
    for (uint32_t i = 0; i < derived->label_count; i++)
        ids[i] = (uint32_t)labels[i].id;
    const struct series *found = store_find(store, derived, ids);
    return found != NULL ? store_place(store, derived, found) : 0;
}

bool breakers_jobs_machine_fill(uint32_t *ret_place, struct store *store,
                                const struct catalog_family *derived,
                                const struct catalog_family *family, uint32_t place,
                                struct machine_label label, struct store_time now) {
    if (derived == NULL || *ret_place != 0)
        return true;
    const struct series *series = store_at(store, family, place);
    *ret_place = derived_place(store, derived, family, series, label, now);
    return *ret_place != 0;
}

void breakers_jobs_machine_count(struct store *store, const struct catalog_family *derived,
                                 uint32_t place, double count, struct store_time now) {
    if (place != 0)
        (void)series_add(store, derived, store_at(store, derived, place), count, now);
}

void breakers_jobs_machine_write(struct store *store, const struct catalog_family *derived,
                                 uint32_t place, double value, struct store_time now) {
    if (place != 0)
        (void)series_write(store, store_at(store, derived, place), value, now);
}

void breakers_jobs_machine_put(const struct store *store, const struct catalog_family *derived,
                               uint32_t place, double value) {
    if (place != 0)
        series_put(store_at(store, derived, place), value);
}

void breakers_jobs_machine_observe(struct store *store, const struct catalog_family *derived,
                                   uint32_t place, double value, struct store_time now) {
    if (place != 0)
        (void)series_observe(store, derived, store_at(store, derived, place), value, 1, now);
}

/* ---- trial ----
 * What words would do. The functions that apply words decide the same way; tests compare both.
 */

static const struct catalog_family *family_of(const struct breakers_jobs_trial *trial) {
    return trial->breakers_jobs->set->families[trial->series->family];
}

/* ---- attempts ---- */

static enum breakers_jobs_result try_attempt(const struct breakers_jobs_trial *trial,
                                             struct sg_span word) {
    const struct catalog_attempts *attempts = family_of(trial)->attempts;
    for (uint32_t i = 0; attempts != NULL && i < attempts->word_count; i++)
        if (sg_span_is(word, attempts->words[i]))
            return BREAKERS_JOBS_TAKEN;
    enum breaker_denial denial;
    return attempts != NULL && attempts->breaker.declared && !attempts->breaker.reported &&
                   breakers_jobs_is_denial(word, &denial)
               ? BREAKERS_JOBS_TAKEN
               : BREAKERS_JOBS_BAD_WORD;
}

static enum breakers_jobs_result try_report(struct breakers_jobs_trial *trial,
                                            struct sg_span word) {
    const struct catalog_attempts *attempts = family_of(trial)->attempts;
    if (attempts == NULL || !attempts->breaker.reported)
        return BREAKERS_JOBS_BAD_WORD;
    for (int state = 0; state < BREAKER_STATE_COUNT; state++) {
        if (!sg_span_is(word, catalog_breaker_state_text((enum breaker_state)state)))
            continue;
        const bool repeated = trial->reported == state;
        trial->reported = state;
        return repeated ? BREAKERS_JOBS_REPEATED : BREAKERS_JOBS_TAKEN;
    }
    return BREAKERS_JOBS_BAD_WORD;
}

static void look_at_report(struct breakers_jobs_trial *trial) {
    const struct attempts *attempts = &trial->breakers_jobs->attempts;
    const uint64_t number = machine_number(trial->series);
    if (number >= attempts->count)
        return;
    const struct attempts_machine *machine = attempts_machine_at(attempts, number);
    if (machine->followed && machine->reporter == trial->pid)
        trial->reported = (int)machine->breaker.state;
}

/* ---- jobs ---- */

static const struct live_family *jobs_of(const struct breakers_jobs_trial *trial) {
    const struct jobs *jobs = &trial->breakers_jobs->jobs;
    const uint64_t number = machine_number(trial->series);
    return number < jobs->count ? &jobs->families[jobs_machine_at(jobs, number)->live] : NULL;
}

static bool is_instance(struct sg_span id) {
    return id.at != NULL && id.len > 0 && id.len <= SG_INSTANCE_MAX;
}

static void look_at_job(struct breakers_jobs_trial *trial) {
    const struct jobs *jobs = &trial->breakers_jobs->jobs;
    const struct live_family *lf = jobs_of(trial);
    if (lf == NULL || !is_instance(trial->instance))
        return;
    const struct live_job *job =
        breakers_jobs_live_job_find(&jobs->live, lf, trial->instance,
                                    breakers_jobs_live_job_hash(&jobs->live, trial->instance));
    if (job == NULL) {
        if (breakers_jobs_finished_find(&lf->finished, breakers_jobs_finished_job(trial->instance),
                                        &trial->outcome))
            trial->job = TRIAL_ENDED;
        return;
    }
    trial->job = job->state == JOB_RUNNING ? TRIAL_RUNNING : TRIAL_QUEUED;
    trial->here = job->machine == machine_number(trial->series);
    trial->mine = job->pid == trial->pid;
}

static bool is_live(const struct breakers_jobs_trial *trial) {
    return trial->job == TRIAL_QUEUED || trial->job == TRIAL_RUNNING;
}

static bool is_known_already(const struct breakers_jobs_trial *trial, enum job_event event) {
    enum job_outcome outcome;
    if (job_event_ends(event, &outcome))
        return trial->job == TRIAL_ENDED;
    if (event == JOB_EVENT_QUEUED)
        return trial->job == TRIAL_QUEUED && trial->here;
    return (trial->job == TRIAL_RUNNING && trial->here && trial->mine) ||
           (trial->job == TRIAL_ENDED &&
            (trial->outcome == JOB_SUCCEEDED || trial->outcome == JOB_CANCELED));
}

static enum breakers_jobs_result try_job(struct breakers_jobs_trial *trial, struct sg_span word) {
    const struct live_family *lf = jobs_of(trial);
    enum job_event event;
    if (family_of(trial)->jobs == NULL || lf == NULL || !job_event_find(word, &event))
        return BREAKERS_JOBS_BAD_WORD;
    if (!is_instance(trial->instance))
        return BREAKERS_JOBS_BAD_INSTANCE;
    if (is_known_already(trial, event))
        return BREAKERS_JOBS_REPEATED;
    if (job_event_ends(event, &trial->outcome)) {
        trial->job = TRIAL_ENDED;
        return BREAKERS_JOBS_TAKEN;
    }
    if (!is_live(trial) && lf->live >= lf->max_live)
        return BREAKERS_JOBS_FULL;
    trial->job = event == JOB_EVENT_QUEUED ? TRIAL_QUEUED : TRIAL_RUNNING;
    trial->here = true;
    trial->mine = true;
    return BREAKERS_JOBS_TAKEN;
}

/* ---- a line ---- */

void breakers_jobs_trial_begin(const struct breakers_jobs *breakers_jobs,
                               const struct series *series, struct sg_span instance, int32_t pid,
                               struct breakers_jobs_trial *ret_trial) {
    *ret_trial = (struct breakers_jobs_trial){.breakers_jobs = breakers_jobs,
                                              .series = series,
                                              .instance = instance,
                                              .pid = pid,
                                              .reported = -1};
    if (family_of(ret_trial)->jobs != NULL)
        look_at_job(ret_trial);
    else if (family_of(ret_trial)->attempts != NULL)
        look_at_report(ret_trial);
}

enum breakers_jobs_result breakers_jobs_trial_word(struct breakers_jobs_trial *trial,
                                                   enum sg_letter letter, struct sg_span word) {
    switch (letter) {
    case SG_LETTER_J:
        return try_job(trial, word);
    case SG_LETTER_B:
        return try_report(trial, word);
    default:
        return try_attempt(trial, word);
    }
}

/* ---- release: Releases what ended owners had in the store, and their jobs. ---- */

enum { RELEASE_UNITS = 3 /* work units for releasing one part or job */ };

bool breakers_jobs_release(struct breakers_jobs *breakers_jobs, struct store_time now,
                           size_t budget) {
    struct owners *owners = store_owners(breakers_jobs->store);
    /* Allow at least one owner and one part or job, so that every call makes progress. */
    budget = budget / RELEASE_UNITS + 2;
    for (;;) {
        const owner_id owner = owners_ended(owners);
        if (owner == OWNER_NONE)
            return true;
        if (budget == 0)
            return false;
        budget--;
        if (!store_disown(breakers_jobs->store, owner, &budget) ||
            !breakers_jobs_disown(breakers_jobs, owner, now, &budget))
            return false;
        owners_release(owners, owner);
    }
}

/* ---- lifecycle: Attempts and jobs together: making and freeing, time, figures. ---- */

struct breakers_jobs *breakers_jobs_new(const struct memory *memory, struct object *object,
                                        const struct catalog_set *set, struct store *store,
                                        uint64_t seed, struct store_time now) {
    struct breakers_jobs *breakers_jobs = memory_alloc(memory, sizeof *breakers_jobs);
    if (breakers_jobs == NULL)
        return NULL;
    breakers_jobs->memory = memory;
    breakers_jobs->set = set;
    breakers_jobs->store = store;
    breakers_jobs->undo = object_undo(object);
    breakers_jobs->seed = seed;
    breakers_jobs->mono_ms = now.mono_ms;
    breakers_jobs->bytes = sizeof *breakers_jobs;
    for (size_t i = 0; i < set->family_count; i++)
        breakers_jobs->bytes += breakers_jobs_family_bytes(set->families[i]);
    if (!breakers_jobs_attempts_table_init(breakers_jobs, object, now) ||
        !jobs_table_init(breakers_jobs, object, now)) {
        breakers_jobs_free(breakers_jobs);
        return NULL;
    }
    undo_commit(breakers_jobs->undo);
    return breakers_jobs;
}

bool breakers_jobs_restore_ahead(struct breakers_jobs *breakers_jobs, const struct image *image,
                                 const struct match *match, struct store_time now) {
    return breakers_jobs_restore_jobs_ahead(breakers_jobs, image, match,
                                            breakers_jobs_clock(breakers_jobs, now));
}

bool breakers_jobs_restore(struct breakers_jobs *breakers_jobs, const struct image *image,
                           const struct match *match, struct store_time now) {
    now = breakers_jobs_clock(breakers_jobs, now);
    return breakers_jobs_attempts_restore(breakers_jobs, image, match, now) &&
           breakers_jobs_restore_jobs(breakers_jobs, image, match, now);
}

void breakers_jobs_free(struct breakers_jobs *breakers_jobs) {
    if (breakers_jobs == NULL)
        return;
    breakers_jobs_attempts_table_done(&breakers_jobs->attempts, breakers_jobs->memory);
    jobs_table_done(&breakers_jobs->jobs, breakers_jobs->memory);
    memory_release(breakers_jobs->memory, breakers_jobs);
}

void breakers_jobs_publish(struct breakers_jobs *breakers_jobs, struct store_time now) {
    now = breakers_jobs_clock(breakers_jobs, now);
    breakers_jobs_advance(breakers_jobs, now);
    breakers_jobs_attempts_publish(breakers_jobs, now);
    jobs_publish(breakers_jobs, now);
}

uint64_t breakers_jobs_family_bytes(const struct catalog_family *family) {
    if (family->attempts != NULL)
        return breakers_jobs_attempts_table_family_bytes(family);
    return family->jobs != NULL ? jobs_table_family_bytes(family) : 0;
}

uint64_t breakers_jobs_details_bytes(void) {
    return breakers_jobs_ended_jobs_object_bytes();
}

uint64_t breakers_jobs_object_bytes(const struct catalog_set *set) {
    return breakers_jobs_attempts_table_object_bytes(set) + jobs_table_object_bytes(set);
}

void breakers_jobs_figures(const struct breakers_jobs *breakers_jobs,
                           struct breakers_jobs_figures *ret_figures) {
    *ret_figures = (struct breakers_jobs_figures){.breakers = breakers_jobs->attempts.breakers,
                                                  .jobs = breakers_jobs->jobs.live.count,
                                                  .jobs_full = breakers_jobs->jobs.full,
                                                  .bytes = breakers_jobs->bytes};
}
