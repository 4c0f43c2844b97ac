/* Attempts and breakers: a machine for each combination of labels, and the series it writes. */
#include <string.h>

#include "base/hash.h"
#include "machines/machines_private.h"

static const char *why_text(enum breaker_why why) {
    static const char *const texts[] = {
        [WHY_NONE] = NULL,
        [WHY_COOLED] = "the cool-down is over",
        [WHY_TRIPPED] = "consecutive failures reached the limit",
        [WHY_PROBE_FAILED] = "a probe failed",
        [WHY_RECOVERED] = "enough probes succeeded",
        [WHY_REPORTED] = "the service reported it",
    };
    return texts[why];
}

/* ---- derived series ---- */

/* The family of this part, or NULL if it is not exposed. */
static const struct catalog_family *derived(const struct attempts_machine *machine,
                                            enum attempts_part part) {
    return machine->family->attempts->parts[part];
}

/* Parts that have one series for each state of the breaker. */
static bool has_states(enum attempts_part part) {
    return part == ATTEMPTS_STATE || part == ATTEMPTS_TRANSITIONS || part == ATTEMPTS_STATE_SECONDS;
}

/* Parts without a value before something happened. */
static bool comes_later(enum attempts_part part) {
    return part == ATTEMPTS_LAST_SUCCESS || part == ATTEMPTS_LAST_ERROR;
}

static bool fill(struct machines *machines, struct attempts_machine *machine,
                 enum attempts_part part, uint32_t *ret_place, struct machine_label label,
                 struct store_time now) {
    return machine_fill(ret_place, machines->store, derived(machine, part), machine->family,
                        machine->place, label, now);
}

static bool fill_part(struct machines *machines, struct attempts_machine *machine,
                      enum attempts_part part, struct store_time now) {
    const struct catalog_attempts *attempts = machine->family->attempts;
    if (part == ATTEMPTS_TOTAL) {
        for (uint32_t i = 0; i < attempts->word_count; i++)
            if (!fill(machines, machine, part, &machine->total[i],
                      (struct machine_label){"outcome", attempts->words[i]}, now))
                return false;
        return true;
    }
    if (!has_states(part))
        return fill(machines, machine, part, &machine->plain[part], (struct machine_label){0}, now);
    for (int i = 0; i < BREAKER_STATE_COUNT; i++)
        if (!fill(
                machines, machine, part, &machine->by_state[part][i],
                (struct machine_label){"state", catalog_breaker_state_text((enum breaker_state)i)},
                now))
            return false;
    return true;
}

static void count(const struct machines *machines, const struct attempts_machine *machine,
                  enum attempts_part part, uint32_t place) {
    machine_count(machines->store, derived(machine, part), place);
}

static void write_part(const struct machines *machines, const struct attempts_machine *machine,
                       enum attempts_part part, uint32_t place, double value,
                       struct store_time now) {
    machine_write(machines->store, derived(machine, part), place, value, now);
}

/* Make what shows before any event. From here on time in states counts. */
static bool show(struct machines *machines, struct attempts_machine *machine,
                 struct store_time now) {
    if (machine->shown)
        return true;
    for (int part = 0; part < ATTEMPTS_PART_COUNT; part++)
        if (!comes_later((enum attempts_part)part) &&
            !fill_part(machines, machine, (enum attempts_part)part, now))
            return false;
    machine->shown = true;
    machine->attempted_ms = now.mono_ms;
    machine->counted_ms = now.mono_ms;
    write_part(machines, machine, ATTEMPTS_STATE, machine->by_state[ATTEMPTS_STATE][BREAKER_CLOSED],
               1, now);
    return true;
}

/* ---- transitions ---- */

/* Time up to mono_ms was spent in this state. */
static void count_time(struct attempts_machine *machine, enum breaker_state state,
                       int64_t mono_ms) {
    machine->state_ms[state] += mono_ms - machine->counted_ms;
    machine->counted_ms = mono_ms;
}

static void list_moving(struct attempts *attempts, struct attempts_machine *machine) {
    const uint32_t number = (uint32_t)(machine - attempts->machines) + 1;
    machine->previous = 0;
    machine->next = attempts->moving;
    if (machine->next != 0)
        attempts->machines[machine->next - 1].previous = number;
    attempts->moving = number;
}

static void unlist_moving(struct attempts *attempts, const struct attempts_machine *machine) {
    if (machine->previous != 0)
        attempts->machines[machine->previous - 1].next = machine->next;
    else
        attempts->moving = machine->next;
    if (machine->next != 0)
        attempts->machines[machine->next - 1].previous = machine->previous;
}

/* The breaker went to its present state, which happened at real_ms. */
static void entered(const struct machines *machines, struct attempts_machine *machine,
                    enum breaker_why why, int64_t real_ms, struct store_time now) {
    const enum breaker_state present = machine->breaker.state;
    machine->why = why;
    machine->since_real_ms = real_ms;
    for (int i = 0; i < BREAKER_STATE_COUNT; i++)
        write_part(machines, machine, ATTEMPTS_STATE, machine->by_state[ATTEMPTS_STATE][i],
                   i == (int)present, now);
    count(machines, machine, ATTEMPTS_TRANSITIONS,
          machine->by_state[ATTEMPTS_TRANSITIONS][present]);
    if (present == BREAKER_OPEN) {
        machine->opened++;
        count(machines, machine, ATTEMPTS_OPENED, machine->plain[ATTEMPTS_OPENED]);
    }
}

static void report(const struct attempts *attempts, const struct attempts_machine *machine) {
    if (attempts->fn != NULL)
        attempts->fn(attempts->fn_arg, (size_t)(machine - attempts->machines));
}

/* What time alone made of a breaker up to now, each transition at the time it was due. */
static void catch_up(struct machines *machines, struct attempts_machine *machine,
                     struct store_time now) {
    const struct catalog_breaker *rules = &machine->family->attempts->breaker;
    bool changed = false;
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
    return number < machines->attempts.count ? &machines->attempts.machines[number] : NULL;
}

/* Remember when; the series comes with its first value. */
static void stamp(struct machines *machines, struct attempts_machine *machine,
                  enum attempts_part part, int64_t *place, struct store_time now) {
    *place = now.real_ms;
    uint32_t *series = &machine->plain[part];
    if (fill(machines, machine, part, series, (struct machine_label){0}, now))
        write_part(machines, machine, part, *series, (double)now.real_ms / 1000.0, now);
}

static void outcome(struct machines *machines, struct attempts_machine *machine, bool success,
                    struct store_time now) {
    const struct catalog_attempts *attempts = machine->family->attempts;
    const enum breaker_state before = machine->breaker.state;
    const enum breaker_change change =
        breaker_outcome(&machine->breaker, &attempts->breaker, success, now.mono_ms);
    write_part(machines, machine, ATTEMPTS_CONSECUTIVE, machine->plain[ATTEMPTS_CONSECUTIVE],
               (double)machine->breaker.failures, now);
    if (change == BREAKER_SAME)
        return;
    count_time(machine, before, now.mono_ms);
    if (change == BREAKER_TRIPPED)
        list_moving(&machines->attempts, machine);
    if (change == BREAKER_RECOVERED)
        unlist_moving(&machines->attempts, machine);
    entered(machines, machine,
            change == BREAKER_TRIPPED        ? WHY_TRIPPED
            : change == BREAKER_PROBE_FAILED ? WHY_PROBE_FAILED
                                             : WHY_RECOVERED,
            now.real_ms, now);
    report(&machines->attempts, machine);
}

enum machines_result machines_attempt(struct machines *machines, const struct series *series,
                                      struct sg_span word, int32_t pid, struct store_time now) {
    now = machines_clock(machines, now);
    struct attempts_machine *machine = machine_of(machines, series);
    if (machine == NULL)
        return MACHINES_BAD_WORD;
    const struct catalog_attempts *attempts = machine->family->attempts;
    uint32_t which = 0;
    while (which < attempts->word_count && !sg_span_is(word, attempts->words[which]))
        which++;
    if (which == attempts->word_count)
        return MACHINES_BAD_WORD;
    if (!show(machines, machine, now))
        return MACHINES_FULL;
    catch_up(machines, machine, now);
    const bool success = which < attempts->success_count;
    machine->last_pid = pid;
    machine->attempted_ms = now.mono_ms;
    count(machines, machine, ATTEMPTS_TOTAL, machine->total[which]);
    if (success) {
        stamp(machines, machine, ATTEMPTS_LAST_SUCCESS, &machine->last_success_ms, now);
    } else {
        count(machines, machine, ATTEMPTS_ERRORS, machine->plain[ATTEMPTS_ERRORS]);
        stamp(machines, machine, ATTEMPTS_LAST_ERROR, &machine->last_error_ms, now);
    }
    outcome(machines, machine, success, now);
    return MACHINES_TAKEN;
}

enum machines_result machines_breaker_report(struct machines *machines, const struct series *series,
                                             struct sg_span word, int32_t pid,
                                             struct store_time now) {
    now = machines_clock(machines, now);
    struct attempts_machine *machine = machine_of(machines, series);
    if (machine == NULL || !machine->family->attempts->breaker.reported)
        return MACHINES_BAD_WORD;
    int reported = 0;
    while (reported < BREAKER_STATE_COUNT &&
           !sg_span_is(word, catalog_breaker_state_text((enum breaker_state)reported)))
        reported++;
    if (reported == BREAKER_STATE_COUNT)
        return MACHINES_BAD_WORD;
    if (machine->followed && machine->reporter == pid && (int)machine->breaker.state == reported)
        return MACHINES_REPEATED;
    if (!show(machines, machine, now))
        return MACHINES_FULL;
    machine->followed = true;
    machine->reporter = pid;
    machine->last_pid = pid;
    count_time(machine, machine->breaker.state, now.mono_ms);
    breaker_follow(&machine->breaker, (enum breaker_state)reported, now.mono_ms);
    entered(machines, machine, WHY_REPORTED, now.real_ms, now);
    report(&machines->attempts, machine);
    return MACHINES_TAKEN;
}

/* ---- time and reading ---- */

void machines_advance(struct machines *machines, struct store_time now) {
    now = machines_clock(machines, now);
    struct attempts *attempts = &machines->attempts;
    for (uint32_t number = attempts->moving; number != 0;
         number = attempts->machines[number - 1].next)
        catch_up(machines, &attempts->machines[number - 1], now);
}

void attempts_publish(struct machines *machines, struct store_time now) {
    for (size_t i = 0; i < machines->attempts.count; i++) {
        struct attempts_machine *machine = &machines->attempts.machines[i];
        if (!machine->shown)
            continue;
        count_time(machine, machine->breaker.state, now.mono_ms);
        /* Whole milliseconds are added up and divided once, so that nothing drifts. */
        for (int j = 0; j < BREAKER_STATE_COUNT; j++)
            machine_put(machines->store, derived(machine, ATTEMPTS_STATE_SECONDS),
                        machine->by_state[ATTEMPTS_STATE_SECONDS][j],
                        (double)machine->state_ms[j] / 1000.0);
        const int64_t late_ms =
            now.mono_ms - machine->attempted_ms - machine->family->attempts->expected_ms;
        write_part(machines, machine, ATTEMPTS_OVERDUE_SECONDS,
                   machine->plain[ATTEMPTS_OVERDUE_SECONDS],
                   late_ms > 0 ? (double)late_ms / 1000.0 : 0, now);
    }
}

size_t machines_breaker_count(const struct machines *machines) {
    return machines->attempts.count;
}

void machines_breaker_at(const struct machines *machines, size_t index,
                         struct machines_breaker *ret_breaker) {
    const struct attempts_machine *machine = &machines->attempts.machines[index];
    *ret_breaker = (struct machines_breaker){
        .family = machine->family,
        .series = store_at(machines->store, machine->family, machine->place),
        .declared = machine->family->attempts->breaker.declared,
        .state = machine->breaker.state,
        .epoch = machine->breaker.epoch,
        .since_ms = machine->since_real_ms,
        .consecutive_failures = machine->breaker.failures,
        .opened = machine->opened,
        .why = why_text(machine->why),
        .last_success_ms = machine->last_success_ms,
        .last_error_ms = machine->last_error_ms,
        .last_pid = machine->last_pid,
    };
}

void machines_on_breaker(struct machines *machines, machines_breaker_fn fn, void *arg) {
    machines->attempts.fn = fn;
    machines->attempts.fn_arg = arg;
}

/* ---- making ---- */

struct attempts_making {
    struct machines *machines;
    const struct catalog_family *family;
    struct store_time now;
};

static bool make(void *arg, uint64_t number, uint32_t place) {
    const struct attempts_making *making = arg;
    struct machines *machines = making->machines;
    struct attempts_machine *machine = &machines->attempts.machines[number];
    machine->family = making->family;
    machine->place = place;
    machine->since_real_ms = making->now.real_ms;
    machine->attempted_ms = making->now.mono_ms;
    machine->counted_ms = making->now.mono_ms;
    breaker_init(&machine->breaker, hash_bytes(&number, sizeof number, machines->seed));
    machines->attempts.breakers += making->family->attempts->breaker.declared;
    return machine_is_fallback(machines->store, making->family, place) ||
           show(machines, machine, making->now);
}

bool attempts_init(struct machines *machines, struct store_time now) {
    uint64_t total = 0;
    for (size_t i = 0; i < machines->set->family_count; i++)
        if (machines->set->families[i]->attempts != NULL)
            total += machines->set->families[i]->combinations;
    if (total >= UINT32_MAX)
        return false; /* the numbers of machines have 32 bits; the loader allows far fewer */
    machines->attempts.machines =
        memory_array(machines->memory, total + 1, sizeof *machines->attempts.machines);
    if (machines->attempts.machines == NULL)
        return false;
    machines->attempts.count = total;
    uint64_t first = 0;
    for (size_t i = 0; i < machines->set->family_count; i++) {
        const struct catalog_family *family = machines->set->families[i];
        if (family->attempts == NULL)
            continue;
        struct attempts_making making = {machines, family, now};
        if (!machine_make_all(machines->store, family, first, now, make, &making))
            return false;
        first += family->combinations;
    }
    return true;
}

void attempts_done(struct attempts *attempts, const struct memory *memory) {
    memory_release(memory, attempts->machines);
}

uint64_t attempts_family_bytes(const struct catalog_family *family) {
    uint64_t bytes;
    if (__builtin_mul_overflow(family->combinations, sizeof(struct attempts_machine), &bytes))
        return UINT64_MAX;
    return bytes;
}
