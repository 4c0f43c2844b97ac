/* Restores attempts and breakers of a former process. */
#include "machines/attempts_series.h"
#include "machines/former.h"

/* Whether the former breaker, while not closed, was run by the other side: a state that a service
 * reported means nothing to a breaker that runs here, and the other way round. */
static bool is_other_breaker(const struct catalog_breaker *rules,
                             const struct attempts_machine *former) {
    return former->breaker.state != BREAKER_CLOSED && (former->followed == 1) != rules->reported;
}

static void take_breaker(const struct machines *machines, struct attempts_machine *machine,
                         const struct attempts_machine *former, struct store_time now) {
    const struct catalog_breaker *rules =
        &attempts_series_family(machines, machine)->attempts->breaker;
    struct breaker breaker = former->breaker;
    breaker.failures = former_count(breaker.failures);
    if (is_other_breaker(rules, former))
        breaker.state = BREAKER_CLOSED;
    breaker_restore(&machine->breaker, rules, &breaker, now.mono_ms);
    const bool same = machine->breaker.state == former->breaker.state;
    machine->why = same && former->why <= WHY_REPORTED ? former->why : WHY_NONE;
    machine->since_real_ms = same ? former_real(former->since_real_ms, now.real_ms) : now.real_ms;
    machine->followed = rules->reported && former->followed == 1;
    machine->reporter = former->reporter;
}

static void take(const struct machines *machines, struct attempts_machine *machine,
                 const struct attempts_machine *former, struct store_time now) {
    take_breaker(machines, machine, former, now);
    machine->last_pid = former_pid(former->last_pid);
    machine->attempted_ms = former_mono(former->attempted_ms, now);
    machine->last_success_ms = former_real(former->last_success_ms, 0);
    machine->last_error_ms = former_real(former->last_error_ms, 0);
    machine->opened = former_count(former->opened);
    machine->counted_ms = former_mono(former->counted_ms, now);
    for (int i = 0; i < BREAKER_STATE_COUNT; i++)
        machine->state_ms[i] = former_real(former->state_ms[i], 0);
}

static void take_notes(struct attempts *attempts, uint64_t number,
                       const struct former_records *records, uint64_t record) {
    struct attempt_notes former = {0};
    if (record >= records->table.items)
        return;
    former_read(records, record, &former);
    if (former.count > 0 || former.opened_ms != 0)
        attempt_notes_restore(attempt_notes_make(&attempts->notes, number), &former);
}

static bool take_all(struct machines *machines, const struct image *image,
                     const struct match *match, struct store_time now) {
    struct former_records records;
    struct former_records notes;
    former_open(&notes, image, "attempt_notes", attempt_notes_fields, attempt_notes_field_count);
    former_open(&records, image, "attempts", attempts_table_fields, attempts_table_field_count);
    for (uint64_t i = 0; i < records.table.items; i++) {
        struct attempts_machine former = {0};
        const struct catalog_family *family;
        uint64_t number;
        former_read(&records, i, &former);
        if (!former_machine(machines->store, image, match, former.family, former.place, &family,
                            &number) ||
            family->attempts == NULL || number >= machines->attempts.count)
            continue;
        struct attempts_machine *machine = attempts_machine_at(&machines->attempts, number);
        if (former.shown == 1 && !attempts_series_show(machines, machine, now))
            return false;
        take(machines, machine, &former, now);
        take_notes(&machines->attempts, number, &notes, i);
        undo_commit(machines->undo);
    }
    return true;
}

/* Update the series that show the machine's own numbers. */
static void show(struct machines *machines, struct attempts_machine *machine,
                 struct store_time now) {
    attempts_series_state(machines, machine, now);
    attempts_series_write(machines, machine, ATTEMPTS_CONSECUTIVE,
                          machine->plain[ATTEMPTS_CONSECUTIVE], (double)machine->breaker.failures,
                          now);
    if (machine->last_success_ms != 0)
        attempts_series_stamp(machines, machine, ATTEMPTS_LAST_SUCCESS, machine->last_success_ms,
                              now);
    if (machine->last_error_ms != 0)
        attempts_series_stamp(machines, machine, ATTEMPTS_LAST_ERROR, machine->last_error_ms, now);
}

bool attempts_restore(struct machines *machines, const struct image *image,
                      const struct match *match, struct store_time now) {
    if (!take_all(machines, image, match, now))
        return false;
    for (size_t i = 0; i < machines->attempts.count; i++) {
        struct attempts_machine *machine = attempts_machine_at(&machines->attempts, i);
        const struct catalog_breaker *rules =
            &attempts_series_family(machines, machine)->attempts->breaker;
        if (machine->breaker.state != BREAKER_CLOSED && !rules->reported)
            attempts_list_moving(&machines->attempts, machine);
        if (machine->shown)
            show(machines, machine, now);
        undo_commit(machines->undo);
    }
    return true;
}
