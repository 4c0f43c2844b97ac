/* The series derived from attempts. */
#include "machines/attempts_series.h"

const struct catalog_family *attempts_series_family(const struct machines *machines,
                                                    const struct attempts_machine *machine) {
    return machines->set->families[machine->family];
}

static const struct catalog_family *derived(const struct machines *machines,
                                            const struct attempts_machine *machine,
                                            enum attempts_part part) {
    return attempts_series_family(machines, machine)->attempts->parts[part];
}

/* Parts that have a series for each state of the breaker. */
static bool has_states(enum attempts_part part) {
    return part == ATTEMPTS_STATE || part == ATTEMPTS_TRANSITIONS || part == ATTEMPTS_STATE_SECONDS;
}

/* Parts that have no value before their first event. */
static bool comes_later(enum attempts_part part) {
    return part == ATTEMPTS_LAST_SUCCESS || part == ATTEMPTS_LAST_ERROR;
}

static bool fill(struct machines *machines, struct attempts_machine *machine,
                 enum attempts_part part, uint32_t *ret_place, struct machine_label label,
                 struct store_time now) {
    return machine_fill(ret_place, machines->store, derived(machines, machine, part),
                        attempts_series_family(machines, machine), machine->place, label, now);
}

static bool fill_part(struct machines *machines, struct attempts_machine *machine,
                      enum attempts_part part, struct store_time now) {
    const struct catalog_attempts *attempts = attempts_series_family(machines, machine)->attempts;
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

void attempts_series_count(const struct machines *machines, const struct attempts_machine *machine,
                           enum attempts_part part, uint32_t place, struct store_time now) {
    machine_count(machines->store, derived(machines, machine, part), place, now);
}

void attempts_series_write(const struct machines *machines, const struct attempts_machine *machine,
                           enum attempts_part part, uint32_t place, double value,
                           struct store_time now) {
    machine_write(machines->store, derived(machines, machine, part), place, value, now);
}

void attempts_series_stamp(struct machines *machines, struct attempts_machine *machine,
                           enum attempts_part part, int64_t real_ms, struct store_time now) {
    uint32_t *place = &machine->plain[part];
    if (fill(machines, machine, part, place, (struct machine_label){0}, now))
        attempts_series_write(machines, machine, part, *place, (double)real_ms / 1000.0, now);
}

void attempts_series_state(const struct machines *machines, const struct attempts_machine *machine,
                           struct store_time now) {
    for (int i = 0; i < BREAKER_STATE_COUNT; i++)
        attempts_series_write(machines, machine, ATTEMPTS_STATE,
                              machine->by_state[ATTEMPTS_STATE][i],
                              i == (int)machine->breaker.state, now);
}

void attempts_series_seconds(const struct machines *machines,
                             const struct attempts_machine *machine) {
    /* Whole milliseconds are added up and divided once, so that no rounding error accumulates. */
    for (int i = 0; i < BREAKER_STATE_COUNT; i++)
        machine_put(machines->store, derived(machines, machine, ATTEMPTS_STATE_SECONDS),
                    machine->by_state[ATTEMPTS_STATE_SECONDS][i],
                    (double)machine->state_ms[i] / 1000.0);
}

bool attempts_series_show(struct machines *machines, struct attempts_machine *machine,
                          struct store_time now) {
    if (machine->shown)
        return true;
    for (int part = 0; part < ATTEMPTS_PART_COUNT; part++)
        if (!comes_later((enum attempts_part)part) &&
            !fill_part(machines, machine, (enum attempts_part)part, now))
            return false;
    undo_word(machines->undo, &machine->shown); /* times mean nothing while it is 0 */
    machine->shown = true;
    machine->attempted_ms = now.mono_ms;
    machine->counted_ms = now.mono_ms;
    attempts_series_write(machines, machine, ATTEMPTS_STATE,
                          machine->by_state[ATTEMPTS_STATE][BREAKER_CLOSED], 1, now);
    return true;
}
