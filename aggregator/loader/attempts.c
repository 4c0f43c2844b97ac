/* Reads attempts: outcomes that mean success or failure, a breaker, and the families that show
 * them. */
#include <stdio.h>
#include <string.h>

#include "base/nearest.h"
#include "loader/derive.h"
#include "loader/field.h"
#include "loader/sections.h"
#include "loader/value.h"

enum { COUNT_MAX = 1000000 /* most failures or probes for which a breaker waits */ };
static const double cooldown_max_s = 86400;
static const double expected_max_s = 864000000.0;

/* ---- outcomes ---- */

/* Read "success" and "failure": words on the wire, and label values in the exposition. */
static bool read_outcomes(const struct load *load, json_t *object,
                          const struct jsondoc_place *place, struct catalog_attempts *attempts) {
    static const char *const keys[] = {"success", "failure"};
    const char **words = arena_array(&load->catalog->arena, CATALOG_WORDS_MAX, sizeof *words);
    if (words == NULL)
        return loader_no_memory(load);
    uint32_t count = 0;
    for (size_t i = 0; i < 2; i++) {
        const struct jsondoc_place at = {.parent = place, .key = keys[i]};
        json_t *value = json_object_get(object, keys[i]);
        struct load_texts texts = {0};
        if (value == NULL)
            return jsondoc_fail(load->error, place, "the key \"%s\" is missing", keys[i]);
        if (!field_texts(load, value, &at, CATALOG_WORDS_MAX - count, ":|,\n\r", &texts))
            return false;
        if (texts.count == 0)
            return jsondoc_fail(load->error, &at, "at least one outcome is needed");
        for (size_t j = 0; j < texts.count; j++) {
            const struct jsondoc_place here = {.parent = &at, .index = j};
            for (uint32_t known = 0; known < attempts->success_count; known++)
                if (strcmp(words[known], texts.items[j]) == 0)
                    return jsondoc_fail(load->error, &here, "\"%s\" means success already",
                                        texts.items[j]);
            words[count++] = texts.items[j];
        }
        if (i == 0)
            attempts->success_count = count;
    }
    attempts->words = words;
    attempts->word_count = count;
    return true;
}

/* ---- breaker ---- */

static bool read_steps(const struct load *load, json_t *object, const struct jsondoc_place *place,
                       const char *key, uint32_t *ret_steps) {
    const struct jsondoc_place at = {.parent = place, .key = key};
    json_t *value = json_object_get(object, key);
    uint64_t steps = 0;
    if (value == NULL)
        return true;
    if (!field_count(load, value, &at, 1, COUNT_MAX, &steps))
        return false;
    *ret_steps = (uint32_t)steps;
    return true;
}

static bool read_breaker(const struct load *load, json_t *object, const struct jsondoc_place *place,
                         struct catalog_breaker *breaker) {
    static const char *const keys[] = {"open_after", "cooldown_s", "probes", NULL};
    const struct jsondoc_place at = {.parent = place, .key = "breaker"};
    const struct jsondoc_place at_cooldown = {.parent = &at, .key = "cooldown_s"};
    json_t *value = json_object_get(object, "breaker");
    if (value == NULL)
        return true;
    breaker->declared = true;
    if (json_is_string(value) && strcmp(json_string_value(value), "reported") == 0) {
        breaker->reported = true;
        return true;
    }
    if (!json_is_object(value))
        return jsondoc_fail(load->error, &at, "expected an object or \"reported\"");
    if (!jsondoc_keys_known(value, &at, keys, load->error))
        return false;
    for (size_t i = 0; i < 2; i++)
        if (json_object_get(value, keys[i]) == NULL)
            return jsondoc_fail(load->error, &at, "the key \"%s\" is missing", keys[i]);
    breaker->probes = 1;
    return read_steps(load, value, &at, "open_after", &breaker->open_after) &&
           loader_seconds(load, json_object_get(value, "cooldown_s"), &at_cooldown, cooldown_max_s,
                          &breaker->cooldown_ms) &&
           read_steps(load, value, &at, "probes", &breaker->probes);
}

static bool read_expected(const struct load *load, json_t *object,
                          const struct jsondoc_place *place, struct catalog_attempts *attempts) {
    const struct jsondoc_place at = {.parent = place, .key = "expected_s"};
    json_t *value = json_object_get(object, "expected_s");
    return value == NULL ||
           loader_seconds(load, value, &at, expected_max_s, &attempts->expected_ms);
}

/* ---- families ---- */

enum extra_label { EXTRA_NONE, EXTRA_OUTCOME, EXTRA_STATE };

static const struct {
    enum family_kind kind;
    enum extra_label extra;
    bool zeros;
    bool on_request;
    const char *help;
} descriptions[ATTEMPTS_PART_COUNT] = {
    [ATTEMPTS_TOTAL] = {KIND_COUNTER, EXTRA_OUTCOME, true, false, "Attempts, by outcome."},
    [ATTEMPTS_ERRORS] = {KIND_COUNTER, EXTRA_NONE, true, false, "Attempts that failed."},
    [ATTEMPTS_CONSECUTIVE] = {KIND_GAUGE, EXTRA_NONE, true, false,
                              "Attempts that failed since the last successful one."},
    [ATTEMPTS_LAST_SUCCESS] = {KIND_GAUGE, EXTRA_NONE, false, false,
                               "Unix time of the last successful attempt."},
    [ATTEMPTS_LAST_ERROR] = {KIND_GAUGE, EXTRA_NONE, false, false,
                             "Unix time of the last attempt that failed."},
    [ATTEMPTS_OPENED] = {KIND_COUNTER, EXTRA_NONE, true, false,
                         "How often the circuit breaker opened."},
    [ATTEMPTS_STATE] = {KIND_GAUGE, EXTRA_STATE, true, true,
                        "State of the circuit breaker: 1 for the present one, 0 for the others."},
    [ATTEMPTS_TRANSITIONS] = {KIND_COUNTER, EXTRA_STATE, true, true,
                              "Changes of the circuit breaker, by the state that it entered."},
    [ATTEMPTS_STATE_SECONDS] = {KIND_COUNTER, EXTRA_STATE, true, true,
                                "Seconds that the circuit breaker spent in each state."},
    [ATTEMPTS_OVERDUE_SECONDS] = {KIND_GAUGE, EXTRA_NONE, true, true,
                                  "Seconds that the next attempt is late, 0 while it is in time."},
};

static bool needs_breaker(enum attempts_part part) {
    return part >= ATTEMPTS_OPENED && part <= ATTEMPTS_STATE_SECONDS;
}

/* Why a part can't be shown, whatever the file says; NULL if it can. */
static const char *impossible(const struct catalog_attempts *attempts, enum attempts_part part) {
    if (needs_breaker(part) && !attempts->breaker.declared)
        return "this family is about a breaker; declare one with \"breaker\"";
    if (part == ATTEMPTS_OVERDUE_SECONDS && attempts->expected_ms == 0)
        return "late is what comes after the expected time; declare it with \"expected_s\"";
    return NULL;
}

static bool fail_part(const struct load *load, const struct jsondoc_place *place, const char *name,
                      const char *const *known) {
    const char *nearest = nearest_word(name, known);
    if (nearest != NULL)
        return jsondoc_fail(load->error, place, "unknown family \"%s\"; did you mean \"%s\"?", name,
                            nearest);
    char text[256] = "";
    size_t len = 0;
    for (int part = 0; part < ATTEMPTS_PART_COUNT && len < sizeof text; part++)
        if (descriptions[part].on_request)
            len += (size_t)snprintf(text + len, sizeof text - len, "%s%s", len > 0 ? ", " : "",
                                    known[part]);
    return jsondoc_fail(load->error, place, "unknown family \"%s\"; on request there are: %s", name,
                        text);
}

/* Read which of the optional parts the file asks for. */
static bool read_expose(const struct load *load, json_t *object, const struct jsondoc_place *place,
                        const struct catalog_attempts *attempts, bool *ret_asked) {
    const struct jsondoc_place at = {.parent = place, .key = "expose"};
    json_t *value = json_object_get(object, "expose");
    struct load_texts texts = {0};
    const char *known[ATTEMPTS_PART_COUNT + 1];
    size_t count = 0;
    for (int part = 0; part < ATTEMPTS_PART_COUNT; part++) {
        ret_asked[part] = false;
        known[count++] = catalog_attempts_part_key((enum attempts_part)part);
    }
    known[count] = NULL;
    if (value == NULL)
        return true;
    if (!field_texts(load, value, &at, ATTEMPTS_PART_COUNT, "", &texts))
        return false;
    for (size_t i = 0; i < texts.count; i++) {
        const struct jsondoc_place here = {.parent = &at, .index = i};
        int part = 0;
        while (part < ATTEMPTS_PART_COUNT && strcmp(known[part], texts.items[i]) != 0)
            part++;
        if (part == ATTEMPTS_PART_COUNT) {
            return fail_part(load, &here, texts.items[i], known);
        }
        if (!descriptions[part].on_request)
            return jsondoc_fail(load->error, &here,
                                "\"%s\" is exposed without being asked for; leave it out",
                                texts.items[i]);
        const char *why = impossible(attempts, (enum attempts_part)part);
        if (why != NULL)
            return jsondoc_fail(load->error, &here, "%s", why);
        ret_asked[part] = true;
    }
    return true;
}

static bool derive_parts(struct load *load, json_t *object, const struct jsondoc_place *place,
                         struct catalog_family *machine, struct catalog_attempts *attempts) {
    const char *states[BREAKER_STATE_COUNT];
    for (int state = 0; state < BREAKER_STATE_COUNT; state++)
        states[state] = catalog_breaker_state_text((enum breaker_state)state);
    struct catalog_label outcome;
    struct catalog_label state;
    bool asked[ATTEMPTS_PART_COUNT];
    if (!read_expose(load, object, place, attempts, asked) ||
        !derive_label(load, &outcome, "outcome", attempts->words, attempts->word_count) ||
        !derive_label(load, &state, "state", states, BREAKER_STATE_COUNT))
        return false;
    const struct catalog_label *const extras[] = {
        [EXTRA_NONE] = NULL, [EXTRA_OUTCOME] = &outcome, [EXTRA_STATE] = &state};
    struct derive_part parts[ATTEMPTS_PART_COUNT];
    for (int part = 0; part < ATTEMPTS_PART_COUNT; part++) {
        const char *missing = impossible(attempts, (enum attempts_part)part);
        if (missing == NULL && descriptions[part].on_request && !asked[part])
            missing = "this family is exposed on request only; name it in \"expose\"";
        parts[part] =
            (struct derive_part){.key = catalog_attempts_part_key((enum attempts_part)part),
                                 .kind = descriptions[part].kind,
                                 .zeros = descriptions[part].zeros,
                                 .help = descriptions[part].help,
                                 .missing = missing,
                                 .extra = extras[descriptions[part].extra],
                                 .slot = &attempts->parts[part]};
    }
    const struct derive derive = {.load = load,
                                  .object = object,
                                  .place = place,
                                  .machine = machine,
                                  .parts = parts,
                                  .part_count = ATTEMPTS_PART_COUNT};
    return derive_check(&derive) && derive_families(&derive);
}

static bool load_one(struct load *load, const char *name, json_t *object,
                     const struct jsondoc_place *place) {
    static const char *const keys[] = {"labels",     "success", "failure", "breaker",
                                       "expected_s", "expose",  "names",   "help",
                                       "group",      "aliases", NULL};
    if (!field_object(load, object, place) || !jsondoc_keys_known(object, place, keys, load->error))
        return false;
    struct catalog_attempts *attempts = arena_alloc(&load->catalog->arena, sizeof *attempts);
    if (attempts == NULL)
        return loader_no_memory(load);
    struct catalog_family *machine =
        derive_machine(load, "attempts", name, KIND_ATTEMPTS, object, place);
    if (machine == NULL)
        return false;
    machine->attempts = attempts;
    return read_outcomes(load, object, place, attempts) &&
           read_breaker(load, object, place, &attempts->breaker) &&
           read_expected(load, object, place, attempts) &&
           derive_parts(load, object, place, machine, attempts);
}

bool loader_attempts(struct load *load, json_t *value, const struct jsondoc_place *place) {
    return field_each(load, value, place, load_one);
}
