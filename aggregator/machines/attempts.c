/* Attempts and breakers: events of a machine, and the series that they change. */
#include <stddef.h>

#include "machines/attempts_series.h"
#include "store/store.h"

static const struct catalog_attempts *attempts_of(const struct machines *machines,
                                                  const struct attempts_machine *machine) {
    return attempts_series_family(machines, machine)->attempts;
}

/* ---- transitions ---- */

static uint32_t number_of(const struct attempts *attempts, const struct attempts_machine *machine) {
    return (uint32_t)(machine - attempts_machine_at(attempts, 0)) + 1;
}

/* Note the words that are about to change. Most attempts succeed like the one before and change
 * few. */

static void note_breaker(const struct machines *machines, const struct attempts_machine *machine) {
    undo_range(machines->undo, &machine->breaker, sizeof machine->breaker);
}

static void note_transition(const struct machines *machines,
                            const struct attempts_machine *machine) {
    undo_range(machines->undo, &machine->why,
               offsetof(struct attempts_machine, family) - offsetof(struct attempts_machine, why));
}

/* When several attempts share a millisecond, only the first one changes it. */
static void set_time(const struct machines *machines, int64_t *time, int64_t ms) {
    if (*time == ms)
        return;
    undo_word(machines->undo, time);
    *time = ms;
}

/* Count the time up to mono_ms as spent in this state. */
static void count_time(struct attempts_machine *machine, enum breaker_state state,
                       int64_t mono_ms) {
    machine->state_ms[state] += mono_ms - machine->counted_ms;
    machine->counted_ms = mono_ms;
}

void attempts_list_moving(struct attempts *attempts, struct attempts_machine *machine) {
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

/* The breaker entered its present state at real_ms: update its series and times. */
static void entered(const struct machines *machines, struct attempts_machine *machine,
                    enum breaker_why why, int64_t real_ms, struct store_time now) {
    const enum breaker_state present = machine->breaker.state;
    machine->why = why;
    machine->since_real_ms = real_ms;
    attempts_series_state(machines, machine, now);
    attempts_series_count(machines, machine, ATTEMPTS_TRANSITIONS,
                          machine->by_state[ATTEMPTS_TRANSITIONS][present], now);
    if (present == BREAKER_OPEN) {
        machine->opened++;
        attempts_series_count(machines, machine, ATTEMPTS_OPENED, machine->plain[ATTEMPTS_OPENED],
                              now);
    }
}

static void report(const struct attempts *attempts, const struct attempts_machine *machine) {
    if (attempts->fn != NULL)
        attempts->fn(attempts->fn_arg, number_of(attempts, machine) - 1);
}

/* Apply the changes that time alone caused up to now, each transition at the time when it was
 * due. */
static void catch_up(struct machines *machines, struct attempts_machine *machine,
                     struct store_time now) {
    const struct catalog_breaker *rules = &attempts_of(machines, machine)->breaker;
    bool changed = false;
    if (machine->breaker.state == BREAKER_CLOSED)
        return;
    note_breaker(machines, machine);
    for (;;) {
        const enum breaker_state before = machine->breaker.state;
        int64_t at_ms = now.mono_ms;
        const enum breaker_change change =
            breaker_advance(&machine->breaker, rules, now.mono_ms, &at_ms);
        if (change == BREAKER_SAME)
            break;
        changed = true;
        if (change != BREAKER_COOLED)
            continue;
        note_transition(machines, machine);
        count_time(machine, before, at_ms);
        entered(machines, machine, WHY_COOLED, now.real_ms - (now.mono_ms - at_ms), now);
    }
    if (changed)
        report(&machines->attempts, machine);
}

/* ---- events ---- */

static struct attempts_machine *machine_of(const struct machines *machines,
                                           const struct series *series) {
    if (machines->set->families[series->family]->attempts == NULL)
        return NULL;
    const uint64_t number = machine_number(series);
    return number < machines->attempts.count ? attempts_machine_at(&machines->attempts, number)
                                             : NULL;
}

/* An event of a machine, from a line. */
struct attempt_event {
    struct sg_span word;
    const struct who *who;
    struct store_time now;
};

static struct attempt_notes *notes_of(struct attempts *attempts,
                                      const struct attempts_machine *machine) {
    return attempt_notes_make(&attempts->notes, number_of(attempts, machine) - 1);
}

/* Add an attempt to the notes; `before` is the breaker's state at the time. */
static void note_attempt(struct machines *machines, const struct attempts_machine *machine,
                         bool success, enum breaker_state before,
                         const struct attempt_event *event) {
    if (before == BREAKER_OPEN ||
        (success && before == BREAKER_CLOSED && machine->breaker.failures == 0))
        return;
    struct attempt_notes *notes = notes_of(&machines->attempts, machine);
    if (success && before == BREAKER_CLOSED)
        attempt_notes_end(machines->undo, notes);
    else
        attempt_notes_add(machines->undo, notes, event->word, event->who, event->now.real_ms);
}

/* Report a breaker that an event opened or closed, for people. */
static void tell(struct machines *machines, const struct attempts_machine *machine,
                 const struct attempt_event *event) {
    const bool opened = machine->breaker.state == BREAKER_OPEN;
    struct attempt_notes *notes = notes_of(&machines->attempts, machine);
    if (machine->breaker.state == BREAKER_HALF_OPEN)
        return;
    if (opened)
        attempt_notes_open(machines->undo, notes, event->who, event->now.real_ms);
    else
        attempt_notes_end(machines->undo, notes);
    if (machines->incident == NULL)
        return;
    const struct catalog_family *family = attempts_series_family(machines, machine);
    const struct machines_incident incident = {
        .kind = opened ? MACHINES_BREAKER_OPENED : MACHINES_BREAKER_CLOSED,
        .at_ms = event->now.real_ms,
        .family = family,
        .series = store_at(machines->store, family, machine->place),
        .who = *event->who,
        .breaker = number_of(&machines->attempts, machine) - 1,
        .why = attempts_walk_why(machine->why),
        .failures = machine->breaker.failures,
        .ran_ms = -1};
    machines->incident(machines->incident_arg, &incident);
}

static void outcome(struct machines *machines, struct attempts_machine *machine, bool success,
                    const struct attempt_event *event) {
    const struct store_time now = event->now;
    const struct catalog_attempts *attempts = attempts_of(machines, machine);
    const enum breaker_state before = machine->breaker.state;
    if (!success || before != BREAKER_CLOSED || machine->breaker.failures != 0)
        note_breaker(machines, machine);
    note_attempt(machines, machine, success, before, event);
    const enum breaker_change change =
        breaker_outcome(&machine->breaker, &attempts->breaker, success, now.mono_ms);
    attempts_series_write(machines, machine, ATTEMPTS_CONSECUTIVE,
                          machine->plain[ATTEMPTS_CONSECUTIVE], (double)machine->breaker.failures,
                          now);
    if (change == BREAKER_SAME)
        return;
    note_transition(machines, machine);
    count_time(machine, before, now.mono_ms);
    if (change == BREAKER_TRIPPED)
        attempts_list_moving(&machines->attempts, machine);
    if (change == BREAKER_RECOVERED)
        unlist_moving(&machines->attempts, machine);
    entered(machines, machine,
            change == BREAKER_TRIPPED        ? WHY_TRIPPED
            : change == BREAKER_PROBE_FAILED ? WHY_PROBE_FAILED
                                             : WHY_RECOVERED,
            now.real_ms, now);
    report(&machines->attempts, machine);
    tell(machines, machine, event);
}

enum machines_result machines_attempt(struct machines *machines, const struct series *series,
                                      struct sg_span word, const struct who *who,
                                      struct store_time now) {
    now = machines_clock(machines, now);
    struct attempts_machine *machine = machine_of(machines, series);
    if (machine == NULL)
        return MACHINES_BAD_WORD;
    const struct catalog_attempts *attempts = attempts_of(machines, machine);
    uint32_t which = 0;
    while (which < attempts->word_count && !sg_span_is(word, attempts->words[which]))
        which++;
    if (which == attempts->word_count)
        return MACHINES_BAD_WORD;
    if (!attempts_series_show(machines, machine, now))
        return MACHINES_FULL;
    catch_up(machines, machine, now);
    const bool success = which < attempts->success_count;
    set_time(machines, &machine->attempted_ms, now.mono_ms);
    if (machine->last_pid != who->pid)
        undo_word(machines->undo, &machine->last_pid);
    machine->last_pid = who->pid;
    attempts_series_count(machines, machine, ATTEMPTS_TOTAL, machine->total[which], now);
    if (success) {
        set_time(machines, &machine->last_success_ms, now.real_ms);
        attempts_series_stamp(machines, machine, ATTEMPTS_LAST_SUCCESS, now.real_ms, now);
    } else {
        attempts_series_count(machines, machine, ATTEMPTS_ERRORS, machine->plain[ATTEMPTS_ERRORS],
                              now);
        set_time(machines, &machine->last_error_ms, now.real_ms);
        attempts_series_stamp(machines, machine, ATTEMPTS_LAST_ERROR, now.real_ms, now);
    }
    outcome(machines, machine, success, &(struct attempt_event){word, who, now});
    return MACHINES_TAKEN;
}

enum machines_result machines_breaker_report(struct machines *machines, const struct series *series,
                                             struct sg_span word, const struct who *who,
                                             struct store_time now) {
    now = machines_clock(machines, now);
    struct attempts_machine *machine = machine_of(machines, series);
    if (machine == NULL || !attempts_of(machines, machine)->breaker.reported)
        return MACHINES_BAD_WORD;
    int reported = 0;
    while (reported < BREAKER_STATE_COUNT &&
           !sg_span_is(word, catalog_breaker_state_text((enum breaker_state)reported)))
        reported++;
    if (reported == BREAKER_STATE_COUNT)
        return MACHINES_BAD_WORD;
    if (machine->followed && machine->reporter == who->pid &&
        (int)machine->breaker.state == reported)
        return MACHINES_REPEATED;
    if (!attempts_series_show(machines, machine, now))
        return MACHINES_FULL;
    note_breaker(machines, machine);
    note_transition(machines, machine);
    undo_word(machines->undo, &machine->last_pid);
    const enum breaker_state before = machine->breaker.state;
    machine->followed = true;
    machine->reporter = who->pid;
    machine->last_pid = who->pid;
    count_time(machine, machine->breaker.state, now.mono_ms);
    breaker_follow(&machine->breaker, (enum breaker_state)reported, now.mono_ms);
    entered(machines, machine, WHY_REPORTED, now.real_ms, now);
    report(&machines->attempts, machine);
    if (machine->breaker.state != before)
        tell(machines, machine, &(struct attempt_event){word, who, now});
    return MACHINES_TAKEN;
}

/* ---- time and reading ---- */

void machines_advance(struct machines *machines, struct store_time now) {
    now = machines_clock(machines, now);
    struct attempts *attempts = &machines->attempts;
    for (uint32_t number = attempts->moving; number != 0;) {
        struct attempts_machine *machine = attempts_machine_at(attempts, number - 1);
        catch_up(machines, machine, now);
        undo_commit(machines->undo);
        number = machine->next;
    }
}

bool machines_advances(const struct machines *machines) {
    return machines->attempts.moving != 0;
}

static void publish(const struct machines *machines, struct attempts_machine *machine,
                    struct store_time now) {
    const int64_t expected_ms = attempts_of(machines, machine)->expected_ms;
    const int64_t late_ms = now.mono_ms - machine->attempted_ms - expected_ms;
    undo_word(machines->undo, &machine->counted_ms);
    undo_word(machines->undo, &machine->state_ms[machine->breaker.state]);
    count_time(machine, machine->breaker.state, now.mono_ms);
    attempts_series_seconds(machines, machine);
    attempts_series_write(machines, machine, ATTEMPTS_OVERDUE_SECONDS,
                          machine->plain[ATTEMPTS_OVERDUE_SECONDS],
                          late_ms > 0 ? (double)late_ms / 1000.0 : 0, now);
}

void attempts_publish(struct machines *machines, struct store_time now) {
    for (size_t i = 0; i < machines->attempts.count; i++) {
        struct attempts_machine *machine = attempts_machine_at(&machines->attempts, i);
        if (machine->shown)
            publish(machines, machine, now);
        undo_commit(machines->undo);
    }
}

void machines_on_incident(struct machines *machines, machines_incident_fn fn, void *arg) {
    machines->incident = fn;
    machines->incident_arg = arg;
}

void machines_on_breaker(struct machines *machines, machines_breaker_fn fn, void *arg) {
    machines->attempts.fn = fn;
    machines->attempts.fn_arg = arg;
}
