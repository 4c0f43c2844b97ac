/* Attempts and breakers, as views read them. */
#include <string.h>

#include "machines/attempts_series.h"
#include "store/store.h"

const char *attempts_walk_why(enum breaker_why why) {
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

static int64_t cooldown_ends_ms(const struct attempts_machine *machine,
                                const struct catalog_breaker *rules) {
    const bool cools = machine->breaker.state == BREAKER_OPEN && !rules->reported;
    return cools ? machine->since_real_ms + rules->cooldown_ms : 0;
}

size_t machines_breaker_count(const struct machines *machines) {
    return machines->attempts.count;
}

void machines_breaker_at(const struct machines *machines, size_t index,
                         struct machines_breaker *ret_breaker) {
    const struct attempts_machine *machine = attempts_machine_at(&machines->attempts, index);
    const struct catalog_family *family = attempts_series_family(machines, machine);
    const struct attempt_notes *notes = attempt_notes_find(&machines->attempts.notes, index);
    const bool was_opened = notes != NULL && notes->opened_ms != 0;
    *ret_breaker = (struct machines_breaker){
        .family = family,
        .series = store_at(machines->store, family, machine->place),
        .declared = family->attempts->breaker.declared,
        .state = machine->breaker.state,
        .epoch = machine->breaker.epoch,
        .since_ms = machine->since_real_ms,
        .consecutive_failures = machine->breaker.failures,
        .opened = machine->opened,
        .why = attempts_walk_why(machine->why),
        .last_success_ms = machine->last_success_ms,
        .last_error_ms = machine->last_error_ms,
        .last_pid = machine->last_pid,
        .cooldown_ends_ms = cooldown_ends_ms(machine, &family->attempts->breaker),
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

size_t
machines_breaker_attempts(const struct machines *machines, size_t index,
                          struct machines_noted_attempt ret_attempts[MACHINES_ATTEMPTS_MAX]) {
    const struct attempt_notes *notes = attempt_notes_find(&machines->attempts.notes, index);
    const struct attempts_machine *machine = attempts_machine_at(&machines->attempts, index);
    const struct catalog_attempts *attempts = attempts_series_family(machines, machine)->attempts;
    size_t count = 0;
    for (int i = 0; notes != NULL && i < notes->count; i++) {
        const int place =
            (notes->next + MACHINES_ATTEMPTS_MAX - notes->count + i) % MACHINES_ATTEMPTS_MAX;
        const char *word = find_word(attempts, notes->outcome[place]);
        if (word != NULL)
            ret_attempts[count++] = (struct machines_noted_attempt){
                notes->at_ms[place], word, notes->pid[place], notes->comm[place]};
    }
    return count;
}
