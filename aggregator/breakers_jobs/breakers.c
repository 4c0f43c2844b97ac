/* SPDX-License-Identifier: MIT */
/* breakers.c - attempts and the circuit breakers that open by them. */
#include "breakers_jobs/breakers_jobs_private.h"

#include <assert.h>
#include <stddef.h>

#include "base/hash.h"

/* ---- attempt notes: Notes on attempts, for people. ---- */

static const struct object_field attempt_notes_fields[] = {
    OBJECT_FIELD(struct attempt_notes, opened_ms, "opened_ms", OBJECT_I64),
    OBJECT_FIELD(struct attempt_notes, opened_by.pid, "opened_pid", OBJECT_I32),
    OBJECT_FIELD(struct attempt_notes, opened_by.uid, "opened_uid", OBJECT_U32),
    OBJECT_FIELDS(struct attempt_notes, opened_by.comm, "opened_comm", OBJECT_TEXT,
                  WHO_COMM_MAX - 1),
    OBJECT_FIELDS(struct attempt_notes, opened_by.unit, "opened_unit", OBJECT_TEXT,
                  WHO_UNIT_MAX - 1),
    OBJECT_FIELDS(struct attempt_notes, at_ms, "at_ms", OBJECT_I64, BREAKERS_ATTEMPTS_MAX),
    OBJECT_FIELDS(struct attempt_notes, pid, "pid", OBJECT_I32, BREAKERS_ATTEMPTS_MAX),
    OBJECT_FIELDS(struct attempt_notes, outcome, "outcome", OBJECT_U32, BREAKERS_ATTEMPTS_MAX),
    OBJECT_FIELDS(struct attempt_notes, comm, "comm", OBJECT_TEXT,
                  BREAKERS_ATTEMPTS_MAX *WHO_COMM_MAX),
    OBJECT_FIELD(struct attempt_notes, next, "next", OBJECT_U8),
    OBJECT_FIELD(struct attempt_notes, count, "count", OBJECT_U8),
    OBJECT_FIELD(struct attempt_notes, over, "over", OBJECT_U8)};
const struct object_spec breakers_jobs_attempt_notes_spec =
    OBJECT_SPEC("attempt_notes", struct attempt_notes, 0, attempt_notes_fields);

/* Create a table with one record for each of `machines`. */
static void attempt_notes_table(struct object *object, uint64_t breakers_jobs,
                                struct object_table *ret_table) {
    struct object_spec spec = breakers_jobs_attempt_notes_spec;
    spec.max_items = breakers_jobs;
    object_table(object, &spec, ret_table);
}

static uint64_t attempt_notes_object_bytes(uint64_t breakers_jobs) {
    return object_table_bytes(breakers_jobs, sizeof(struct attempt_notes));
}

struct attempt_notes *breakers_jobs_attempt_notes_make(struct object_table *table,
                                                       uint64_t machine) {
    object_need(table, machine + 1);
    return object_at(table, machine);
}

/* Find a machine's record. NULL if nothing was noted for it. */
static const struct attempt_notes *attempt_notes_find(const struct object_table *table,
                                                      uint64_t machine) {
    return machine < table->reached ? object_at(table, machine) : NULL;
}

static void note_row(struct undo *undo, const struct attempt_notes *notes) {
    undo_range(undo, &notes->next, sizeof notes->next + sizeof notes->count + sizeof notes->over);
}

/* A number that identifies an outcome, whatever the order in which a catalog lists it. */
static uint32_t attempt_notes_word(struct sg_span word) {
    return (uint32_t)hash_bytes(word.at, word.len, 0);
}

/* Append an attempt to the current run. NULL notes are fine. */
static void attempt_notes_add(struct undo *undo, struct attempt_notes *notes, struct sg_span word,
                              const struct who *who, int64_t at_ms) {
    if (notes == NULL)
        return;
    note_row(undo, notes);
    if (notes->over)
        notes->next = notes->count = notes->over = 0;
    const uint8_t place = notes->next % BREAKERS_ATTEMPTS_MAX;
    undo_word(undo, &notes->at_ms[place]);
    undo_word(undo, &notes->pid[place]);
    undo_word(undo, &notes->outcome[place]);
    undo_range(undo, notes->comm[place], WHO_COMM_MAX);
    notes->at_ms[place] = at_ms;
    notes->pid[place] = who->pid;
    notes->outcome[place] = attempt_notes_word(word);
    memcpy(notes->comm[place], who->comm, WHO_COMM_MAX);
    notes->next = (uint8_t)((place + 1) % BREAKERS_ATTEMPTS_MAX);
    if (notes->count < BREAKERS_ATTEMPTS_MAX)
        notes->count++;
}

void breakers_jobs_attempt_notes_restore(struct attempt_notes *notes,
                                         const struct attempt_notes *former) {
    if (notes == NULL)
        return;
    *notes = *former;
    notes->next %= BREAKERS_ATTEMPTS_MAX;
    if (notes->count > BREAKERS_ATTEMPTS_MAX)
        notes->count = BREAKERS_ATTEMPTS_MAX;
    notes->opened_ms = former_real(notes->opened_ms, 0);
    notes->opened_by.pid = former_pid(notes->opened_by.pid);
    notes->opened_by.comm[WHO_COMM_MAX - 1] = '\0';
    notes->opened_by.unit[WHO_UNIT_MAX - 1] = '\0';
    for (int i = 0; i < BREAKERS_ATTEMPTS_MAX; i++) {
        notes->at_ms[i] = former_real(notes->at_ms[i], 0);
        notes->pid[i] = former_pid(notes->pid[i]);
        notes->comm[i][WHO_COMM_MAX - 1] = '\0';
    }
}

/* End the current run of failures. NULL notes are fine. */
static void attempt_notes_end(struct undo *undo, struct attempt_notes *notes) {
    if (notes == NULL)
        return;
    note_row(undo, notes);
    notes->over = 1;
}

/* Record who opened the breaker, and when. NULL notes are fine. */
static void attempt_notes_open(struct undo *undo, struct attempt_notes *notes,
                               const struct who *who, int64_t at_ms) {
    if (notes == NULL)
        return;
    undo_range(undo, notes, offsetof(struct attempt_notes, at_ms));
    notes->opened_ms = at_ms;
    notes->opened_by = *who;
}

/* ---- attempts series: The series derived from attempts. ---- */

const struct catalog_family *
breakers_jobs_attempts_series_family(const struct breakers_jobs *breakers_jobs,
                                     const struct attempts_machine *machine) {
    return breakers_jobs->set->families[machine->family];
}

static const struct catalog_breaker *rules_of(const struct breakers_jobs *breakers_jobs,
                                              const struct attempts_machine *machine) {
    return &breakers_jobs_attempts_series_family(breakers_jobs, machine)->attempts->breaker;
}

/* A breaker on trial whose state is not forced. */
static bool is_on_trial(const struct breakers_jobs *breakers_jobs,
                        const struct attempts_machine *machine) {
    return rules_of(breakers_jobs, machine)->observe && machine->breaker.forced == 0;
}

/* What the breaker is for clients and in the exposition. */
static enum breaker_state state_of(const struct breakers_jobs *breakers_jobs,
                                   const struct attempts_machine *machine) {
    return is_on_trial(breakers_jobs, machine) ? BREAKER_CLOSED : machine->breaker.state;
}

static const struct catalog_family *derived(const struct breakers_jobs *breakers_jobs,
                                            const struct attempts_machine *machine,
                                            enum attempts_part part) {
    return breakers_jobs_attempts_series_family(breakers_jobs, machine)->attempts->parts[part];
}

/* Parts that have a series for each state of the breaker. */
static bool has_states(enum attempts_part part) {
    return part == ATTEMPTS_STATE || part == ATTEMPTS_TRANSITIONS || part == ATTEMPTS_STATE_SECONDS;
}

/* Parts that have no value before their first event. */
static bool comes_later(enum attempts_part part) {
    return part == ATTEMPTS_LAST_SUCCESS || part == ATTEMPTS_LAST_ERROR ||
           part == ATTEMPTS_DURATION;
}

static void fill(struct breakers_jobs *breakers_jobs, struct attempts_machine *machine,
                 enum attempts_part part, uint32_t *ret_place, struct machine_label label,
                 struct store_time now) {
    breakers_jobs_machine_fill(
        ret_place, breakers_jobs->store, derived(breakers_jobs, machine, part),
        breakers_jobs_attempts_series_family(breakers_jobs, machine), machine->place, label, now);
}

static void fill_part(struct breakers_jobs *breakers_jobs, struct attempts_machine *machine,
                      enum attempts_part part, struct store_time now) {
    const struct catalog_attempts *attempts =
        breakers_jobs_attempts_series_family(breakers_jobs, machine)->attempts;
    if (part == ATTEMPTS_TOTAL) {
        for (uint32_t i = 0; i < attempts->word_count; i++)
            fill(breakers_jobs, machine, part, &machine->total[i],
                 (struct machine_label){"outcome", attempts->words[i]}, now);
    } else if (part == ATTEMPTS_DENIED) {
        for (int i = 0; i < BREAKER_DENIAL_COUNT; i++)
            fill(breakers_jobs, machine, part, &machine->refused[i],
                 (struct machine_label){"reason",
                                        catalog_breaker_denial_text((enum breaker_denial)i)},
                 now);
    } else if (has_states(part)) {
        for (int i = 0; i < BREAKER_STATE_COUNT; i++)
            fill(breakers_jobs, machine, part, &machine->by_state[part][i],
                 (struct machine_label){"state", catalog_breaker_state_text((enum breaker_state)i)},
                 now);
    } else {
        fill(breakers_jobs, machine, part, &machine->plain[part], (struct machine_label){0}, now);
    }
}

/* Add one to the counter at this place. */
static void attempts_series_count(const struct breakers_jobs *breakers_jobs,
                                  const struct attempts_machine *machine, enum attempts_part part,
                                  uint32_t place, struct store_time now) {
    breakers_jobs_machine_count(breakers_jobs->store, derived(breakers_jobs, machine, part), place,
                                1, now);
}

void breakers_jobs_attempts_series_write(const struct breakers_jobs *breakers_jobs,
                                         const struct attempts_machine *machine,
                                         enum attempts_part part, uint32_t place, double value,
                                         struct store_time now) {
    breakers_jobs_machine_write(breakers_jobs->store, derived(breakers_jobs, machine, part), place,
                                value, now);
}

void breakers_jobs_attempts_series_stamp(struct breakers_jobs *breakers_jobs,
                                         struct attempts_machine *machine, enum attempts_part part,
                                         int64_t real_ms, struct store_time now) {
    uint32_t *place = &machine->plain[part];
    fill(breakers_jobs, machine, part, place, (struct machine_label){0}, now);
    breakers_jobs_attempts_series_write(breakers_jobs, machine, part, *place,
                                        (double)real_ms / 1000.0, now);
}

void breakers_jobs_attempts_series_state(const struct breakers_jobs *breakers_jobs,
                                         const struct attempts_machine *machine,
                                         struct store_time now) {
    for (int i = 0; i < BREAKER_STATE_COUNT; i++)
        breakers_jobs_attempts_series_write(breakers_jobs, machine, ATTEMPTS_STATE,
                                            machine->by_state[ATTEMPTS_STATE][i],
                                            i == (int)state_of(breakers_jobs, machine), now);
    breakers_jobs_attempts_series_write(breakers_jobs, machine, ATTEMPTS_FORCED,
                                        machine->plain[ATTEMPTS_FORCED], machine->breaker.forced,
                                        now);
}

/* Set the series of ATTEMPTS_STATE_SECONDS from state_ms. */
static void attempts_series_seconds(const struct breakers_jobs *breakers_jobs,
                                    const struct attempts_machine *machine) {
    /* Whole milliseconds are added up and divided once, so that no rounding error accumulates. */
    for (int i = 0; i < BREAKER_STATE_COUNT; i++)
        breakers_jobs_machine_put(
            breakers_jobs->store, derived(breakers_jobs, machine, ATTEMPTS_STATE_SECONDS),
            machine->by_state[ATTEMPTS_STATE_SECONDS][i], (double)machine->state_ms[i] / 1000.0);
}

void breakers_jobs_attempts_series_show(struct breakers_jobs *breakers_jobs,
                                        struct attempts_machine *machine, struct store_time now) {
    if (machine->shown)
        return;
    for (int part = 0; part < ATTEMPTS_PART_COUNT; part++)
        if (!comes_later((enum attempts_part)part))
            fill_part(breakers_jobs, machine, (enum attempts_part)part, now);
    undo_word(breakers_jobs->undo, &machine->shown); /* times mean nothing while it is 0 */
    machine->shown = true;
    machine->attempted_ms = now.mono_ms;
    machine->counted_ms = now.mono_ms;
    breakers_jobs_attempts_series_write(breakers_jobs, machine, ATTEMPTS_STATE,
                                        machine->by_state[ATTEMPTS_STATE][BREAKER_CLOSED], 1, now);
}

/* ---- attempts table: The table of attempts: a machine for each combination of labels. ---- */

#define WINDOW_FIELDS(part, name)                                                                  \
    OBJECT_FIELDS(struct attempts_machine, window.part, name, OBJECT_U32, CATALOG_WINDOW_PARTS)
#define PIDS_FIELDS(who, name)                                                                     \
    OBJECT_FIELDS(struct attempts_machine, window.who.at_ms, name "_ms", OBJECT_MONO_MS,           \
                  BREAKER_PIDS),                                                                   \
        OBJECT_FIELDS(struct attempts_machine, window.who.pid, name "_pid", OBJECT_I32,            \
                      BREAKER_PIDS),                                                               \
        OBJECT_FIELD(struct attempts_machine, window.who.count, name "_count", OBJECT_U32)
/* The fields of a machine that the next process reads. */
static const struct object_field attempts_fields[] = {
    OBJECT_FIELD(struct attempts_machine, family, "family", OBJECT_U32),
    OBJECT_FIELD(struct attempts_machine, place, "place", OBJECT_U32),
    OBJECT_FIELD(struct attempts_machine, shown, "shown", OBJECT_U8),
    OBJECT_FIELD(struct attempts_machine, breaker.state, "state", OBJECT_U32),
    OBJECT_FIELD(struct attempts_machine, breaker.epoch, "epoch", OBJECT_U32),
    OBJECT_FIELD(struct attempts_machine, breaker.failures, "failures", OBJECT_U64),
    OBJECT_FIELD(struct attempts_machine, breaker.probed, "probed", OBJECT_U32),
    OBJECT_FIELD(struct attempts_machine, breaker.since_ms, "since_ms", OBJECT_MONO_MS),
    OBJECT_FIELD(struct attempts_machine, breaker.entered_ms, "entered_ms", OBJECT_MONO_MS),
    OBJECT_FIELD(struct attempts_machine, breaker.reopened, "reopened", OBJECT_U32),
    OBJECT_FIELD(struct attempts_machine, breaker.silent, "silent", OBJECT_U32),
    OBJECT_FIELD(struct attempts_machine, breaker.heard, "heard", OBJECT_U8),
    OBJECT_FIELD(struct attempts_machine, why, "why", OBJECT_U32),
    OBJECT_FIELD(struct attempts_machine, followed, "followed", OBJECT_U8),
    OBJECT_FIELD(struct attempts_machine, reporter, "reporter", OBJECT_I32),
    OBJECT_FIELD(struct attempts_machine, last_pid, "last_pid", OBJECT_I32),
    OBJECT_FIELD(struct attempts_machine, opened, "opened", OBJECT_U64),
    OBJECT_FIELD(struct attempts_machine, denied, "denied", OBJECT_U64),
    OBJECT_FIELD(struct attempts_machine, since_real_ms, "since_real_ms", OBJECT_I64),
    OBJECT_FIELD(struct attempts_machine, last_success_ms, "last_success_ms", OBJECT_I64),
    OBJECT_FIELD(struct attempts_machine, last_error_ms, "last_error_ms", OBJECT_I64),
    OBJECT_FIELD(struct attempts_machine, attempted_ms, "attempted_ms", OBJECT_MONO_MS),
    OBJECT_FIELD(struct attempts_machine, counted_ms, "counted_ms", OBJECT_MONO_MS),
    OBJECT_FIELDS(struct attempts_machine, state_ms, "state_ms", OBJECT_I64, BREAKER_STATE_COUNT),
    OBJECT_FIELD(struct attempts_machine, breaker.forced, "forced", OBJECT_U8),
    OBJECT_FIELD(struct attempts_machine, forced_ms, "forced_ms", OBJECT_I64),
    OBJECT_FIELD(struct attempts_machine, forced_for_ms, "forced_for_ms", OBJECT_I64),
    OBJECT_FIELD(struct attempts_machine, forced_until_ms, "forced_until_ms", OBJECT_MONO_MS),
    OBJECT_FIELD(struct attempts_machine, forced_uid, "forced_uid", OBJECT_U32),
    OBJECT_FIELDS(struct attempts_machine, forced_why, "forced_why", OBJECT_TEXT,
                  BREAKERS_WHY_MAX - 1),
    OBJECT_FIELD(struct attempts_machine, window.newest_ms, "window_newest_ms", OBJECT_MONO_MS),
    OBJECT_FIELD(struct attempts_machine, window.part_ms, "window_part_ms", OBJECT_I64),
    OBJECT_FIELD(struct attempts_machine, window.newest, "window_newest", OBJECT_U32),
    WINDOW_FIELDS(attempts, "window_attempts"),
    WINDOW_FIELDS(failed, "window_failed"),
    WINDOW_FIELDS(timed, "window_timed"),
    WINDOW_FIELDS(slow, "window_slow"),
    PIDS_FIELDS(seen, "seen"),
    PIDS_FIELDS(bad, "bad")};
#undef WINDOW_FIELDS
#undef PIDS_FIELDS
const struct object_spec breakers_jobs_attempts_spec =
    OBJECT_SPEC("attempts", struct attempts_machine, 0, attempts_fields);

struct attempts_making {
    struct breakers_jobs *breakers_jobs;
    const struct catalog_family *family;
    struct store_time now;
};

static void make(void *arg, uint64_t number, uint32_t place) {
    const struct attempts_making *making = arg;
    struct breakers_jobs *breakers_jobs = making->breakers_jobs;
    struct attempts_machine *machine = attempts_machine_at(&breakers_jobs->attempts, number);
    machine->family = making->family->index;
    machine->place = place;
    machine->since_real_ms = making->now.real_ms;
    machine->attempted_ms = making->now.mono_ms;
    machine->counted_ms = making->now.mono_ms;
    breaker_init(&machine->breaker, hash_bytes(&number, sizeof number, breakers_jobs->seed));
    breakers_jobs->attempts.breakers += making->family->attempts->breaker.declared;
    if (!breakers_jobs_machine_is_fallback(breakers_jobs->store, making->family, place))
        breakers_jobs_attempts_series_show(breakers_jobs, machine, making->now);
}

static uint64_t count_machines(const struct catalog_set *set) {
    uint64_t total = 0;
    for (size_t i = 0; i < set->family_count; i++)
        if (set->families[i]->attempts != NULL)
            total += set->families[i]->combinations;
    return total;
}

void breakers_jobs_attempts_table_init(struct breakers_jobs *breakers_jobs, struct object *object,
                                       struct store_time now) {
    struct attempts *attempts = &breakers_jobs->attempts;
    const uint64_t total = count_machines(breakers_jobs->set);
    struct object_spec spec = breakers_jobs_attempts_spec;
    spec.max_items = total;
    assert(total < UINT32_MAX); /* the loader allows far fewer */
    object_table(object, &spec, &attempts->table);
    object_need(&attempts->table, total);
    attempt_notes_table(object, total, &attempts->notes);
    attempts->count = total;
    uint64_t first = 0;
    for (size_t i = 0; i < breakers_jobs->set->family_count; i++) {
        const struct catalog_family *family = breakers_jobs->set->families[i];
        if (family->attempts == NULL)
            continue;
        struct attempts_making making = {breakers_jobs, family, now};
        breakers_jobs_machine_make_all(breakers_jobs->store, family, first, now, make, &making);
        first += family->combinations;
    }
}

void breakers_jobs_attempts_table_done(struct attempts *attempts) {
    object_table_done(&attempts->table);
    object_table_done(&attempts->notes);
}

uint64_t breakers_jobs_attempts_table_family_bytes(const struct catalog_family *family) {
    uint64_t bytes;
    if (__builtin_mul_overflow(family->combinations,
                               sizeof(struct attempts_machine) + sizeof(struct attempt_notes),
                               &bytes))
        return UINT64_MAX;
    return bytes;
}

uint64_t breakers_jobs_attempts_table_object_bytes(const struct catalog_set *set) {
    const uint64_t breakers_jobs = count_machines(set);
    return object_table_bytes(breakers_jobs, sizeof(struct attempts_machine)) +
           attempt_notes_object_bytes(breakers_jobs);
}

/* ---- attempts walk: Attempts and breakers, as views read them. ---- */

/* Why a breaker went to its state: a sentence, static; NULL for WHY_NONE. */
static const char *attempts_walk_why(enum breaker_why why) {
    static const char *const texts[] = {
        [WHY_NONE] = NULL,
        [WHY_COOLED] = "the cool-down is over",
        [WHY_TRIPPED] = "consecutive failures reached the limit",
        [WHY_FAILING] = "the ratio of failures reached the limit",
        [WHY_SLOW] = "the ratio of slow attempts reached the limit",
        [WHY_FORCED] = "a person decided so",
        [WHY_RELEASED] = "a person's decision ended",
        [WHY_PROBE_FAILED] = "a probe failed",
        [WHY_RECOVERED] = "enough probes succeeded",
        [WHY_REPORTED] = "the service reported it",
    };
    return texts[why];
}

static int64_t cooldown_ends_ms(const struct attempts_machine *machine,
                                const struct catalog_breaker *rules) {
    const bool cools = machine->breaker.state == BREAKER_OPEN && !rules->reported &&
                       !rules->observe && machine->breaker.forced == 0;
    return cools ? machine->since_real_ms + breaker_cooldown_ms(&machine->breaker, rules) : 0;
}

size_t breakers_count(const struct breakers_jobs *breakers_jobs) {
    return breakers_jobs->attempts.count;
}

void breakers_at(const struct breakers_jobs *breakers_jobs, size_t index,
                 struct breakers_entry *ret_breaker) {
    const struct attempts_machine *machine = attempts_machine_at(&breakers_jobs->attempts, index);
    const struct catalog_family *family =
        breakers_jobs_attempts_series_family(breakers_jobs, machine);
    const struct attempt_notes *notes = attempt_notes_find(&breakers_jobs->attempts.notes, index);
    const bool was_opened = notes != NULL && notes->opened_ms != 0;
    *ret_breaker = (struct breakers_entry){
        .family = family,
        .series = store_at(breakers_jobs->store, family, machine->place),
        .declared = family->attempts->breaker.declared,
        .state = state_of(breakers_jobs, machine),
        .judged = machine->breaker.state,
        .epoch = machine->breaker.epoch,
        .unattended = machine->breaker.silent >= BREAKER_SILENT_MAX,
        .since_ms = machine->since_real_ms,
        .consecutive_failures = machine->breaker.failures,
        .opened = machine->opened,
        .denied = machine->denied,
        .why = attempts_walk_why(machine->why),
        .last_success_ms = machine->last_success_ms,
        .last_error_ms = machine->last_error_ms,
        .last_pid = machine->last_pid,
        .cooldown_ends_ms = cooldown_ends_ms(machine, &family->attempts->breaker),
        .forced = machine->breaker.forced != 0,
        .forced_ms = machine->forced_ms,
        .forced_until_ms =
            machine->forced_for_ms != 0 ? machine->forced_ms + machine->forced_for_ms : 0,
        .forced_uid = machine->forced_uid,
        .forced_why = machine->forced_why,
        .opened_ms = was_opened ? notes->opened_ms : 0,
        .opened_by = was_opened ? &notes->opened_by : NULL,
    };
}

/* Find the word in the present catalog, or NULL. */
static const char *find_word(const struct catalog_attempts *attempts, uint32_t outcome) {
    for (uint32_t i = 0; i < attempts->word_count; i++) {
        const char *word = attempts->words[i];
        if (attempt_notes_word((struct sg_span){word, strlen(word)}) == outcome)
            return word;
    }
    return NULL;
}

size_t breakers_attempts(const struct breakers_jobs *breakers_jobs, size_t index,
                         struct breakers_noted_attempt ret_attempts[BREAKERS_ATTEMPTS_MAX]) {
    const struct attempt_notes *notes = attempt_notes_find(&breakers_jobs->attempts.notes, index);
    const struct attempts_machine *machine = attempts_machine_at(&breakers_jobs->attempts, index);
    const struct catalog_attempts *attempts =
        breakers_jobs_attempts_series_family(breakers_jobs, machine)->attempts;
    size_t count = 0;
    for (int i = 0; notes != NULL && i < notes->count; i++) {
        const int place =
            (notes->next + BREAKERS_ATTEMPTS_MAX - notes->count + i) % BREAKERS_ATTEMPTS_MAX;
        const char *word = find_word(attempts, notes->outcome[place]);
        if (word != NULL)
            ret_attempts[count++] = (struct breakers_noted_attempt){
                notes->at_ms[place], word, notes->pid[place], notes->comm[place]};
    }
    return count;
}

/* ---- attempts ----
 * Attempts and breakers: events of a machine, and the series that they change.
 */

static const struct catalog_attempts *attempts_of(const struct breakers_jobs *breakers_jobs,
                                                  const struct attempts_machine *machine) {
    return breakers_jobs_attempts_series_family(breakers_jobs, machine)->attempts;
}

/* ---- transitions ---- */

static uint32_t number_of(const struct attempts *attempts, const struct attempts_machine *machine) {
    return (uint32_t)(machine - attempts_machine_at(attempts, 0)) + 1;
}

/* Note the words that are about to change. Most attempts succeed like the one before and change
 * few. */

static void note_breaker(const struct breakers_jobs *breakers_jobs,
                         const struct attempts_machine *machine) {
    undo_range(breakers_jobs->undo, &machine->breaker, sizeof machine->breaker);
}

static void note_transition(const struct breakers_jobs *breakers_jobs,
                            const struct attempts_machine *machine) {
    undo_range(breakers_jobs->undo, &machine->why,
               offsetof(struct attempts_machine, window) - offsetof(struct attempts_machine, why));
}

/* When several attempts share a millisecond, only the first one changes it. */
static void set_time(const struct breakers_jobs *breakers_jobs, int64_t *time, int64_t ms) {
    if (*time == ms)
        return;
    undo_word(breakers_jobs->undo, time);
    *time = ms;
}

/* Count the time up to mono_ms as spent in this state. */
static void count_time(struct attempts_machine *machine, enum breaker_state state,
                       int64_t mono_ms) {
    machine->state_ms[state] += mono_ms - machine->counted_ms;
    machine->counted_ms = mono_ms;
}

void breakers_jobs_attempts_list_moving(struct attempts *attempts,
                                        struct attempts_machine *machine) {
    const uint32_t number = number_of(attempts, machine);
    machine->previous = 0;
    machine->next = attempts->moving;
    if (machine->next != 0)
        attempts_machine_at(attempts, machine->next - 1)->previous = number;
    attempts->moving = number;
}

static void unlist_moving(struct attempts *attempts, const struct attempts_machine *machine) {
    if (machine->previous != 0)
        attempts_machine_at(attempts, machine->previous - 1)->next = machine->next;
    else
        attempts->moving = machine->next;
    if (machine->next != 0)
        attempts_machine_at(attempts, machine->next - 1)->previous = machine->previous;
}

/* List the breaker as one that time changes, or not; `moved`: how it was listed. */
static void relist(struct breakers_jobs *breakers_jobs, struct attempts_machine *machine,
                   bool moved) {
    const bool moves = attempts_moves(machine, rules_of(breakers_jobs, machine));
    if (moves && !moved)
        breakers_jobs_attempts_list_moving(&breakers_jobs->attempts, machine);
    if (!moves && moved)
        unlist_moving(&breakers_jobs->attempts, machine);
}

/* The breaker entered its present state at real_ms: update its series and times. */
static void entered(const struct breakers_jobs *breakers_jobs, struct attempts_machine *machine,
                    enum breaker_why why, int64_t real_ms, struct store_time now) {
    const enum breaker_state present = machine->breaker.state;
    machine->why = why;
    machine->since_real_ms = real_ms;
    breakers_jobs_attempts_series_state(breakers_jobs, machine, now);
    if (is_on_trial(breakers_jobs, machine)) {
        machine->opened += present == BREAKER_OPEN;
        if (present == BREAKER_OPEN)
            attempts_series_count(breakers_jobs, machine, ATTEMPTS_WOULD_OPEN,
                                  machine->plain[ATTEMPTS_WOULD_OPEN], now);
        return;
    }
    attempts_series_count(breakers_jobs, machine, ATTEMPTS_TRANSITIONS,
                          machine->by_state[ATTEMPTS_TRANSITIONS][present], now);
    if (present == BREAKER_OPEN) {
        machine->opened++;
        attempts_series_count(breakers_jobs, machine, ATTEMPTS_OPENED,
                              machine->plain[ATTEMPTS_OPENED], now);
    }
}

static void report(const struct attempts *attempts, const struct attempts_machine *machine) {
    if (attempts->fn != NULL)
        attempts->fn(attempts->fn_arg, number_of(attempts, machine) - 1);
}

/* Report a change for people; `who` is empty if no process caused it. */
static void incident(struct breakers_jobs *breakers_jobs, const struct attempts_machine *machine,
                     enum breakers_jobs_incident_kind kind, const struct who *who,
                     int64_t real_ms) {
    if (breakers_jobs->incident == NULL)
        return;
    const struct catalog_family *family =
        breakers_jobs_attempts_series_family(breakers_jobs, machine);
    const struct breakers_jobs_incident reported = {
        .kind = kind,
        .at_ms = real_ms,
        .family = family,
        .series = store_at(breakers_jobs->store, family, machine->place),
        .who = *who,
        .breaker = number_of(&breakers_jobs->attempts, machine) - 1,
        .why = attempts_walk_why(machine->why),
        .failures = machine->breaker.failures,
        .ran_ms = -1};
    breakers_jobs->incident(breakers_jobs->incident_arg, &reported);
}

/* A person's decision ends at mono_ms. */
static void release(struct breakers_jobs *breakers_jobs, struct attempts_machine *machine,
                    int64_t mono_ms, struct store_time now) {
    const enum breaker_state before = state_of(breakers_jobs, machine);
    const int64_t real_ms = now.real_ms - (now.mono_ms - mono_ms);
    const struct who none = {0};
    note_breaker(breakers_jobs, machine);
    note_transition(breakers_jobs, machine);
    count_time(machine, before, mono_ms);
    breaker_release(&machine->breaker, &machine->window, mono_ms, breakers_jobs->undo);
    const enum breaker_state present = state_of(breakers_jobs, machine);
    machine->why = WHY_RELEASED;
    if (present != before) {
        machine->since_real_ms = real_ms;
        attempts_series_count(breakers_jobs, machine, ATTEMPTS_TRANSITIONS,
                              machine->by_state[ATTEMPTS_TRANSITIONS][present], now);
    }
    breakers_jobs_attempts_series_state(breakers_jobs, machine, now);
    breakers_jobs_attempts_series_write(breakers_jobs, machine, ATTEMPTS_CONSECUTIVE,
                                        machine->plain[ATTEMPTS_CONSECUTIVE], 0, now);
    relist(breakers_jobs, machine, true);
    report(&breakers_jobs->attempts, machine);
    incident(breakers_jobs, machine, BREAKERS_JOBS_BREAKER_RELEASED, &none, real_ms);
}

/* Apply the changes that time alone caused up to now, each transition at the time when it was
 * due. */
static void catch_up(struct breakers_jobs *breakers_jobs, struct attempts_machine *machine,
                     struct store_time now) {
    const struct catalog_breaker *rules = rules_of(breakers_jobs, machine);
    bool changed = false;
    if (!attempts_moves(machine, rules))
        return;
    note_breaker(breakers_jobs, machine);
    if (machine->breaker.forced != 0 && machine->forced_for_ms != 0 &&
        machine->forced_until_ms <= now.mono_ms)
        release(breakers_jobs, machine, machine->forced_until_ms, now);
    for (;;) {
        const enum breaker_state before = state_of(breakers_jobs, machine);
        int64_t at_ms = now.mono_ms;
        const enum breaker_change change =
            breaker_advance(&machine->breaker, rules, now.mono_ms, &at_ms);
        if (change == BREAKER_SAME)
            break;
        changed = true;
        if (change == BREAKER_SILENT)
            attempts_series_count(breakers_jobs, machine, ATTEMPTS_SILENT,
                                  machine->plain[ATTEMPTS_SILENT], now);
        if (change != BREAKER_COOLED)
            continue;
        note_transition(breakers_jobs, machine);
        count_time(machine, before, at_ms);
        entered(breakers_jobs, machine, WHY_COOLED, now.real_ms - (now.mono_ms - at_ms), now);
    }
    if (changed)
        report(&breakers_jobs->attempts, machine);
}

/* ---- events ---- */

static struct attempts_machine *machine_of(const struct breakers_jobs *breakers_jobs,
                                           const struct series *series) {
    if (breakers_jobs->set->families[series->family]->attempts == NULL)
        return NULL;
    const uint64_t number = machine_number(series);
    return number < breakers_jobs->attempts.count
               ? attempts_machine_at(&breakers_jobs->attempts, number)
               : NULL;
}

/* An event of a machine, from a line. */
struct attempt_event {
    struct sg_span word;
    struct breaker_attempt attempt;
    const struct who *who;
    struct store_time now;
};

static struct attempt_notes *notes_of(struct attempts *attempts,
                                      const struct attempts_machine *machine) {
    return breakers_jobs_attempt_notes_make(&attempts->notes, number_of(attempts, machine) - 1);
}

/* Add an attempt to the notes, for which the breaker is as it was before. */
static void note_attempt(struct breakers_jobs *breakers_jobs,
                         const struct attempts_machine *machine, const struct breaker *before,
                         const struct attempt_event *event) {
    const bool success = event->attempt.success;
    const bool closed = before->state == BREAKER_CLOSED;
    if (success && closed && before->failures == 0)
        return;
    struct attempt_notes *notes = notes_of(&breakers_jobs->attempts, machine);
    if (success && closed)
        attempt_notes_end(breakers_jobs->undo, notes);
    else
        attempt_notes_add(breakers_jobs->undo, notes, event->word, event->who, event->now.real_ms);
}

/* Report a breaker that an event opened or closed, for people. */
static void tell(struct breakers_jobs *breakers_jobs, const struct attempts_machine *machine,
                 const struct attempt_event *event) {
    const bool opened = machine->breaker.state == BREAKER_OPEN;
    const bool trial = is_on_trial(breakers_jobs, machine);
    struct attempt_notes *notes = notes_of(&breakers_jobs->attempts, machine);
    if (machine->breaker.state == BREAKER_HALF_OPEN)
        return;
    if (opened)
        attempt_notes_open(breakers_jobs->undo, notes, event->who, event->now.real_ms);
    else
        attempt_notes_end(breakers_jobs->undo, notes);
    if (opened || !trial)
        incident(breakers_jobs, machine,
                 trial    ? BREAKERS_JOBS_BREAKER_WOULD_OPEN
                 : opened ? BREAKERS_JOBS_BREAKER_OPENED
                          : BREAKERS_JOBS_BREAKER_CLOSED,
                 event->who, event->now.real_ms);
}

static enum breaker_why why_of(enum breaker_change change) {
    switch (change) {
    case BREAKER_TRIPPED:
        return WHY_TRIPPED;
    case BREAKER_FAILING:
        return WHY_FAILING;
    case BREAKER_SLOW:
        return WHY_SLOW;
    case BREAKER_PROBE_FAILED:
        return WHY_PROBE_FAILED;
    default:
        return WHY_RECOVERED;
    }
}

static void outcome(struct breakers_jobs *breakers_jobs, struct attempts_machine *machine,
                    const struct attempt_event *event) {
    const struct store_time now = event->now;
    const struct breaker before = machine->breaker;
    const enum breaker_state shown = state_of(breakers_jobs, machine);
    const struct catalog_breaker *rules = rules_of(breakers_jobs, machine);
    const bool moved = attempts_moves(machine, rules);
    if (!event->attempt.success || before.state != BREAKER_CLOSED || before.failures != 0 ||
        rules->slow_ratio > 0)
        note_breaker(breakers_jobs, machine);
    const enum breaker_change change =
        breaker_outcome(&machine->breaker, &machine->window, rules, &event->attempt, now.mono_ms,
                        breakers_jobs->undo);
    if (change != BREAKER_LATE)
        note_attempt(breakers_jobs, machine, &before, event);
    breakers_jobs_attempts_series_write(breakers_jobs, machine, ATTEMPTS_CONSECUTIVE,
                                        machine->plain[ATTEMPTS_CONSECUTIVE],
                                        (double)machine->breaker.failures, now);
    if (machine->breaker.state == before.state) {
        if (machine->breaker.silent != before.silent)
            report(&breakers_jobs->attempts, machine);
        return;
    }
    note_transition(breakers_jobs, machine);
    count_time(machine, shown, now.mono_ms);
    relist(breakers_jobs, machine, moved);
    entered(breakers_jobs, machine, why_of(change), now.real_ms, now);
    report(&breakers_jobs->attempts, machine);
    tell(breakers_jobs, machine, event);
}

bool breakers_jobs_is_denial(struct sg_span word, enum breaker_denial *ret_denial) {
    static const char begin[] = "denied,";
    const size_t len = sizeof begin - 1;
    if (word.len <= len || memcmp(word.at, begin, len) != 0)
        return false;
    for (int i = 0; i < BREAKER_DENIAL_COUNT; i++)
        if (sg_span_is((struct sg_span){word.at + len, word.len - len},
                       catalog_breaker_denial_text((enum breaker_denial)i))) {
            *ret_denial = (enum breaker_denial)i;
            return true;
        }
    return false;
}

/* Count attempts that clients did not make. */
static enum breakers_jobs_result deny(struct breakers_jobs *breakers_jobs,
                                      struct attempts_machine *machine, enum breaker_denial denial,
                                      uint64_t count, struct store_time now) {
    const struct catalog_breaker *rules = rules_of(breakers_jobs, machine);
    if (!rules->declared || rules->reported)
        return BREAKERS_JOBS_BAD_WORD;
    breakers_jobs_attempts_series_show(breakers_jobs, machine, now);
    undo_word(breakers_jobs->undo, &machine->denied);
    machine->denied += count;
    breakers_jobs_machine_count(breakers_jobs->store,
                                derived(breakers_jobs, machine, ATTEMPTS_DENIED),
                                machine->refused[denial], (double)count, now);
    return BREAKERS_JOBS_TAKEN;
}

enum breakers_jobs_result breakers_attempt(struct breakers_jobs *breakers_jobs,
                                           const struct series *series, struct sg_span word,
                                           const struct sg_attempt *said, const struct who *who,
                                           struct store_time now) {
    now = breakers_jobs_clock(breakers_jobs, now);
    struct attempts_machine *machine = machine_of(breakers_jobs, series);
    if (machine == NULL)
        return BREAKERS_JOBS_BAD_WORD;
    const struct catalog_attempts *attempts = attempts_of(breakers_jobs, machine);
    uint32_t which = 0;
    while (which < attempts->word_count && !sg_span_is(word, attempts->words[which]))
        which++;
    enum breaker_denial denial;
    if (which == attempts->word_count && breakers_jobs_is_denial(word, &denial))
        return deny(breakers_jobs, machine, denial, said->count, now);
    if (which == attempts->word_count)
        return BREAKERS_JOBS_BAD_WORD;
    breakers_jobs_attempts_series_show(breakers_jobs, machine, now);
    catch_up(breakers_jobs, machine, now);
    const bool success = which < attempts->success_count;
    set_time(breakers_jobs, &machine->attempted_ms, now.mono_ms);
    if (machine->last_pid != who->pid)
        undo_word(breakers_jobs->undo, &machine->last_pid);
    machine->last_pid = who->pid;
    attempts_series_count(breakers_jobs, machine, ATTEMPTS_TOTAL, machine->total[which], now);
    if (said->seconds >= 0) {
        fill(breakers_jobs, machine, ATTEMPTS_DURATION, &machine->took[which],
             (struct machine_label){"outcome", attempts->words[which]}, now);
        breakers_jobs_machine_observe(breakers_jobs->store,
                                      derived(breakers_jobs, machine, ATTEMPTS_DURATION),
                                      machine->took[which], said->seconds, now);
    }
    if (success) {
        set_time(breakers_jobs, &machine->last_success_ms, now.real_ms);
        breakers_jobs_attempts_series_stamp(breakers_jobs, machine, ATTEMPTS_LAST_SUCCESS,
                                            now.real_ms, now);
    } else {
        attempts_series_count(breakers_jobs, machine, ATTEMPTS_ERRORS,
                              machine->plain[ATTEMPTS_ERRORS], now);
        set_time(breakers_jobs, &machine->last_error_ms, now.real_ms);
        breakers_jobs_attempts_series_stamp(breakers_jobs, machine, ATTEMPTS_LAST_ERROR,
                                            now.real_ms, now);
    }
    const struct breaker_attempt ended = {.success = success,
                                          .pid = who->pid,
                                          .mark = said->mark,
                                          .took_ms = said->seconds < 0 ? -1 : said->seconds * 1000};
    outcome(breakers_jobs, machine, &(struct attempt_event){word, ended, who, now});
    return BREAKERS_JOBS_TAKEN;
}

enum breakers_jobs_result breakers_report(struct breakers_jobs *breakers_jobs,
                                          const struct series *series, struct sg_span word,
                                          const struct who *who, struct store_time now) {
    now = breakers_jobs_clock(breakers_jobs, now);
    struct attempts_machine *machine = machine_of(breakers_jobs, series);
    if (machine == NULL || !rules_of(breakers_jobs, machine)->reported)
        return BREAKERS_JOBS_BAD_WORD;
    int reported = 0;
    while (reported < BREAKER_STATE_COUNT &&
           !sg_span_is(word, catalog_breaker_state_text((enum breaker_state)reported)))
        reported++;
    if (reported == BREAKER_STATE_COUNT)
        return BREAKERS_JOBS_BAD_WORD;
    if (machine->followed && machine->reporter == who->pid &&
        (int)machine->breaker.state == reported)
        return BREAKERS_JOBS_REPEATED;
    breakers_jobs_attempts_series_show(breakers_jobs, machine, now);
    note_breaker(breakers_jobs, machine);
    note_transition(breakers_jobs, machine);
    undo_word(breakers_jobs->undo, &machine->last_pid);
    const enum breaker_state before = machine->breaker.state;
    machine->followed = true;
    machine->reporter = who->pid;
    machine->last_pid = who->pid;
    count_time(machine, machine->breaker.state, now.mono_ms);
    breaker_follow(&machine->breaker, (enum breaker_state)reported, now.mono_ms);
    entered(breakers_jobs, machine, WHY_REPORTED, now.real_ms, now);
    report(&breakers_jobs->attempts, machine);
    if (machine->breaker.state != before)
        tell(breakers_jobs, machine, &(struct attempt_event){.word = word, .who = who, .now = now});
    return BREAKERS_JOBS_TAKEN;
}

/* ---- a person decides ---- */

bool breakers_force(struct breakers_jobs *breakers_jobs, size_t index,
                    const struct breakers_force *force, struct store_time now) {
    now = breakers_jobs_clock(breakers_jobs, now);
    struct attempts_machine *machine = attempts_machine_at(&breakers_jobs->attempts, index);
    const struct catalog_breaker *rules = rules_of(breakers_jobs, machine);
    const struct who who = {.uid = force->uid, .comm = "statgate"};
    if (!rules->declared || rules->reported)
        return false;
    breakers_jobs_attempts_series_show(breakers_jobs, machine, now);
    catch_up(breakers_jobs, machine, now);
    const enum breaker_state before = state_of(breakers_jobs, machine);
    if (force->ends) {
        if (machine->breaker.forced != 0)
            release(breakers_jobs, machine, now.mono_ms, now);
    } else {
        const bool moved = attempts_moves(machine, rules);
        note_breaker(breakers_jobs, machine);
        note_transition(breakers_jobs, machine);
        count_time(machine, before, now.mono_ms);
        breaker_force(&machine->breaker, force->state, now.mono_ms);
        machine->forced_ms = now.real_ms;
        machine->forced_for_ms = force->for_ms;
        machine->forced_until_ms = now.mono_ms + force->for_ms;
        machine->forced_uid = force->uid;
        memset(machine->forced_why, 0, sizeof machine->forced_why);
        memcpy(machine->forced_why, force->why, strnlen(force->why, BREAKERS_WHY_MAX - 1));
        relist(breakers_jobs, machine, moved);
        if (force->state == before) {
            machine->why = WHY_FORCED;
            breakers_jobs_attempts_series_state(breakers_jobs, machine, now);
        } else {
            entered(breakers_jobs, machine, WHY_FORCED, now.real_ms, now);
        }
        report(&breakers_jobs->attempts, machine);
        if (state_of(breakers_jobs, machine) != before)
            tell(breakers_jobs, machine, &(struct attempt_event){.who = &who, .now = now});
    }
    undo_commit(breakers_jobs->undo);
    return true;
}

/* ---- time and reading ---- */

void breakers_held(struct breakers_jobs *breakers_jobs, size_t index) {
    attempts_machine_at(&breakers_jobs->attempts, index)->breaker.held = 1;
}

struct breakers_sums breakers_window(const struct breakers_jobs *breakers_jobs, size_t index,
                                     struct store_time now) {
    return breaker_window_sums(&attempts_machine_at(&breakers_jobs->attempts, index)->window,
                               now.mono_ms);
}

void breakers_jobs_advance(struct breakers_jobs *breakers_jobs, struct store_time now) {
    now = breakers_jobs_clock(breakers_jobs, now);
    struct attempts *attempts = &breakers_jobs->attempts;
    for (uint32_t number = attempts->moving; number != 0;) {
        struct attempts_machine *machine = attempts_machine_at(attempts, number - 1);
        catch_up(breakers_jobs, machine, now);
        undo_commit(breakers_jobs->undo);
        number = machine->next;
    }
}

bool breakers_jobs_advances(const struct breakers_jobs *breakers_jobs) {
    return breakers_jobs->attempts.moving != 0;
}

static void publish(const struct breakers_jobs *breakers_jobs, struct attempts_machine *machine,
                    struct store_time now) {
    const int64_t expected_ms = attempts_of(breakers_jobs, machine)->expected_ms;
    const int64_t late_ms = now.mono_ms - machine->attempted_ms - expected_ms;
    undo_word(breakers_jobs->undo, &machine->counted_ms);
    const enum breaker_state shown = state_of(breakers_jobs, machine);
    undo_word(breakers_jobs->undo, &machine->state_ms[shown]);
    count_time(machine, shown, now.mono_ms);
    attempts_series_seconds(breakers_jobs, machine);
    breakers_jobs_attempts_series_write(breakers_jobs, machine, ATTEMPTS_OVERDUE_SECONDS,
                                        machine->plain[ATTEMPTS_OVERDUE_SECONDS],
                                        late_ms > 0 ? (double)late_ms / 1000.0 : 0, now);
}

void breakers_jobs_attempts_publish(struct breakers_jobs *breakers_jobs, struct store_time now) {
    for (size_t i = 0; i < breakers_jobs->attempts.count; i++) {
        struct attempts_machine *machine = attempts_machine_at(&breakers_jobs->attempts, i);
        if (machine->shown)
            publish(breakers_jobs, machine, now);
        undo_commit(breakers_jobs->undo);
    }
}

void breakers_jobs_on_incident(struct breakers_jobs *breakers_jobs, breakers_jobs_incident_fn fn,
                               void *arg) {
    breakers_jobs->incident = fn;
    breakers_jobs->incident_arg = arg;
}

void breakers_on_change(struct breakers_jobs *breakers_jobs, breakers_fn fn, void *arg) {
    breakers_jobs->attempts.fn = fn;
    breakers_jobs->attempts.fn_arg = arg;
}
