/* SPDX-License-Identifier: MIT */
/* family.c - the families of a catalog, with those that follow from breakers and jobs. */
#include "loader/loader_private.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"

/* ---- families ----
 * Collects all families of a catalog, declared and derived: first in the order of the file, finally
 * in order of name.
 */

bool loader_families_start(struct load *load, json_t *root, const struct jsondoc_place *place) {
    static const struct {
        const char *key;
        size_t most;
        size_t families_each;
        const char *what;
    } sections[] = {
        {"families", CATALOG_FAMILIES_MAX, 1, "families"},
        {"attempts", CATALOG_MACHINES_MAX, 1 + ATTEMPTS_PART_COUNT, "declarations"},
        {"jobs", CATALOG_MACHINES_MAX, 1 + JOBS_PART_COUNT, "declarations"},
    };
    size_t room = 0;
    for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++) {
        const struct jsondoc_place at = {.parent = place, .key = sections[i].key};
        const size_t count = json_object_size(json_object_get(root, sections[i].key));
        if (count > sections[i].most)
            return json_jsondoc_fail(load->error, &at, "%zu %s, at most %zu are allowed", count,
                                     sections[i].what, sections[i].most);
        room += count * sections[i].families_each;
    }
    load->families = arena_array(&load->catalog->arena, room, sizeof *load->families);
    load->slots = arena_array(load->scratch, room, sizeof *load->slots);
    return true;
}

/* Add a family, named and exposed. Families move once all are
 * read; then *slot gets the final address, if slot is not NULL. */
static struct catalog_family *families_add(struct load *load, const char *name,
                                           const struct kind_row *kind,
                                           const struct catalog_family **slot) {
    struct catalog_family *family = &load->families[load->family_count];
    assert(name != NULL);
    family->name = arena_strndup(&load->catalog->arena, name, strlen(name));
    family->catalog = load->catalog;
    family->kind = kind;
    family->merge = kind->merge;
    family->help = "";
    family->exposed = true;
    family->ms_scale = 1;
    family->section = "families";
    family->key = family->name;
    family->index = (uint32_t)load->family_count;
    load->slots[load->family_count++] = slot;
    return family;
}

/* Compare by name; of equal names, the first in the file comes first. */
static int by_name(const void *a, const void *b) {
    const struct catalog_family *left = a;
    const struct catalog_family *right = b;
    const int order = strcmp(left->name, right->name);
    return order != 0 ? order : (left->index > right->index) - (left->index < right->index);
}

static bool fail_same_name(const struct load *load, const struct catalog_family *family,
                           const struct catalog_family *other) {
    const struct jsondoc_place file = {.key = load->catalog->file};
    const struct jsondoc_place section = {.parent = &file, .key = family->section};
    const struct jsondoc_place declaration = {.parent = &section, .key = family->key};
    const struct jsondoc_place names = {.parent = &declaration, .key = "names"};
    if (family->part_key == NULL)
        return json_jsondoc_fail(load->error, &declaration, "/%s/%s has this name, too; rename one",
                                 other->section, other->key);
    return json_jsondoc_fail(
        load->error, &names,
        "the family of \"%s\" has the name \"%s\", as has %s/%s/%s; give it another: "
        "{\"%s\": ...}",
        family->part_key, family->name, other->part_key != NULL ? "one of " : "", other->section,
        other->key, family->part_key);
}

bool loader_families_finish(struct load *load) {
    struct catalog_family *families = load->families;
    const size_t count = load->family_count;
    if (count > 1)
        qsort(families, count, sizeof *families, by_name);
    for (size_t i = 1; i < count; i++)
        if (strcmp(families[i - 1].name, families[i].name) == 0)
            return fail_same_name(load, &families[i], &families[i - 1]);
    for (size_t i = 0; i < count; i++) {
        const struct catalog_family **slot = load->slots[families[i].index];
        if (slot != NULL)
            *slot = &families[i];
        families[i].index = 0;
    }
    load->catalog->families = families;
    load->catalog->family_count = count;
    return true;
}

/* ---- derive ----
 * the part that attempts and jobs share: a machine, and the families derived from it.
 * Private to loader/.
 *
 * The part that attempts and jobs share: a machine, and the families derived from it.
 */

/** A family that a declaration of `attempts` or `jobs` can show. */
struct derive_part {
    const char *key; /**< in `names` and `help`; the end of the default name */
    enum family_kind kind;
    bool zeros;
    const char *help;                  /**< used if the file has none */
    const char *missing;               /**< why it cannot be shown, for messages; NULL: it can */
    const struct catalog_label *extra; /**< a label in addition to the declaration's; may be NULL */
    const double *buckets;             /**< histogram */
    uint32_t bucket_count;
    const struct catalog_family **slot; /**< receives the family, or stays NULL */
};

/** A declaration that is being turned into families. */
struct derive {
    struct load *load;
    json_t *object;
    const struct jsondoc_place *place;
    struct catalog_family *machine;
    struct derive_part *parts;
    size_t part_count;
};

enum {
    PARTS_MAX =
        ATTEMPTS_PART_COUNT > (int)JOBS_PART_COUNT ? ATTEMPTS_PART_COUNT : (int)JOBS_PART_COUNT
};

/* Give a label these values, in any order. */
static void derive_label(const struct load *load, struct catalog_label *label, const char *name,
                         const char *const *words, size_t count) {
    struct catalog_word sorted[CATALOG_WORDS_MAX];
    for (size_t i = 0; i < count; i++)
        sorted[i] = (struct catalog_word){.text = words[i], .wire = words[i]};
    catalog_words_sort(sorted, count);
    *label = (struct catalog_label){
        .name = name, .kind = LABEL_VALUES, .otherwise = -1, .default_value = -1};
    catalog_label_set_values(load->catalog, label, sorted, count);
}

/* ---- the machine ---- */

static bool check_machine_labels(const struct load *load, const struct jsondoc_place *place,
                                 const struct catalog_family *machine) {
    const struct jsondoc_place at = {.parent = place, .key = "labels"};
    for (uint32_t i = 0; i < machine->label_count; i++) {
        const struct jsondoc_place here = {.parent = &at, .key = machine->labels[i].name};
        if (machine->labels[i].kind == LABEL_PATTERN)
            return json_jsondoc_fail(
                load->error, &here,
                "every combination of labels has a state of its own, made at load: "
                "the values are listed, a pattern has no list");
    }
    if (machine->bound > CATALOG_COMBINATIONS_MAX)
        return json_jsondoc_fail(load->error, &at,
                                 "%llu combinations of label values, at most %d are allowed",
                                 (unsigned long long)machine->bound, CATALOG_COMBINATIONS_MAX);
    return true;
}

/* Read the machine's own keys (labels, group and aliases), and compute its bound. `section` is
 * "attempts" or "jobs", `name` the key there. */
static struct catalog_family *derive_machine(struct load *load, const char *section,
                                             const char *name, enum family_kind kind,
                                             json_t *object, const struct jsondoc_place *place) {
    if (!loader_name(load, name, &catalog_kind_rows[kind], place))
        return NULL;
    struct catalog_family *machine = families_add(load, name, &catalog_kind_rows[kind], NULL);
    const struct jsondoc_place at = {.parent = place, .key = "labels"};
    json_t *labels = json_object_get(object, "labels");
    machine->section = section;
    machine->zeros = true;
    if ((labels != NULL && !loader_labels(load, labels, &at, machine)) ||
        !loader_group(load, object, place, machine) ||
        !loader_aliases(load, object, place, machine))
        return NULL;
    catalog_family_count(machine, UINT64_MAX);
    return check_machine_labels(load, place, machine) ? machine : NULL;
}

/* ---- names and help ---- */

/* True if this part cannot be shown, or `names` hides it. */
static bool derive_is_hidden(const struct derive *derive, const struct derive_part *part) {
    json_t *names = json_object_get(derive->object, "names");
    return part->missing != NULL || json_is_null(json_object_get(names, part->key));
}

/* Check that `names` or `help` refers to parts that are shown; a name may be null. */
static bool check_part_keys(const struct derive *derive, const char *key, bool null_is_fine) {
    const struct load *load = derive->load;
    const struct jsondoc_place at = {.parent = derive->place, .key = key};
    json_t *object = json_object_get(derive->object, key);
    const char *keys[PARTS_MAX + 1];
    if (object == NULL)
        return true;
    for (size_t i = 0; i < derive->part_count; i++)
        keys[i] = derive->parts[i].key;
    keys[derive->part_count] = NULL;
    if (!loader_field_object(load, object, &at) ||
        !json_jsondoc_keys_known(object, &at, keys, load->error))
        return false;
    for (size_t i = 0; i < derive->part_count; i++) {
        const struct derive_part *part = &derive->parts[i];
        const struct jsondoc_place here = {.parent = &at, .key = part->key};
        json_t *value = json_object_get(object, part->key);
        if (value == NULL || (null_is_fine && json_is_null(value)))
            continue;
        if (part->missing != NULL)
            return json_jsondoc_fail(load->error, &here, "%s", part->missing);
        if (derive_is_hidden(derive, part))
            return json_jsondoc_fail(load->error, &here, "/names leaves this family out");
    }
    return true;
}

/* Make the name BASE_KEY, in the arena. */
static bool default_name(const struct derive *derive, const struct derive_part *part,
                         const char **ret_name) {
    const char *base = derive->machine->name;
    const size_t size = strlen(base) + 1 + strlen(part->key) + 1;
    if (size > CATALOG_NAME_MAX + 1)
        return json_jsondoc_fail(
            derive->load->error, derive->place,
            "the name %s_%s has more than %d bytes; choose a shorter one, or give "
            "another in \"names\": {\"%s\": ...}",
            base, part->key, CATALOG_NAME_MAX, part->key);
    char *name = arena_alloc(&derive->load->catalog->arena, size);
    (void)snprintf(name, size, "%s_%s", base, part->key);
    *ret_name = name;
    return true;
}

static bool part_name(const struct derive *derive, const struct derive_part *part,
                      const char **ret_name) {
    const struct jsondoc_place names = {.parent = derive->place, .key = "names"};
    const struct jsondoc_place at = {.parent = &names, .key = part->key};
    json_t *value = json_object_get(json_object_get(derive->object, "names"), part->key);
    if (value == NULL)
        return default_name(derive, part, ret_name);
    return loader_field_text(derive->load, value, &at, CATALOG_NAME_MAX, ret_name) &&
           loader_name(derive->load, *ret_name, &catalog_kind_rows[part->kind], &at);
}

static bool part_help(const struct derive *derive, const struct derive_part *part,
                      const char **ret_help) {
    const struct jsondoc_place help = {.parent = derive->place, .key = "help"};
    const struct jsondoc_place at = {.parent = &help, .key = part->key};
    json_t *value = json_object_get(json_object_get(derive->object, "help"), part->key);
    *ret_help = part->help;
    return value == NULL || loader_help(derive->load, value, &at, ret_help);
}

/* ---- families ---- */

/* Check that no label of the machine has the name of the part's own label. */
static bool check_extra(const struct derive *derive, const struct derive_part *part) {
    const struct load *load = derive->load;
    const struct catalog_family *machine = derive->machine;
    const struct jsondoc_place at = {.parent = derive->place, .key = "labels"};
    if (machine->label_count >= CATALOG_LABELS_MAX)
        return json_jsondoc_fail(load->error, &at,
                                 "with \"%s\" these are %d labels, at most %d are allowed",
                                 part->extra->name, CATALOG_LABELS_MAX + 1, CATALOG_LABELS_MAX);
    for (uint32_t i = 0; i < machine->label_count; i++) {
        const struct jsondoc_place here = {.parent = &at, .key = machine->labels[i].name};
        if (strcmp(machine->labels[i].name, part->extra->name) == 0)
            return json_jsondoc_fail(
                load->error, &here,
                "the family of \"%s\" has a label of this name already; choose "
                "another",
                part->key);
    }
    return true;
}

/* Copy labels, which are in byte order of name, and insert one at its place. */
static void insert_label(struct catalog_label *ret_labels, const struct catalog_label *labels,
                         uint32_t count, const struct catalog_label *extra) {
    uint32_t before = 0;
    while (before < count && strcmp(labels[before].name, extra->name) < 0)
        before++;
    for (uint32_t i = 0; i < before; i++)
        ret_labels[i] = labels[i];
    ret_labels[before] = *extra;
    for (uint32_t i = before; i < count; i++)
        ret_labels[i + 1] = labels[i];
}

/* Give the family the machine's labels and the part's own. */
static bool part_labels(const struct derive *derive, const struct derive_part *part,
                        struct catalog_family *family) {
    const struct load *load = derive->load;
    const struct catalog_family *machine = derive->machine;
    family->labels = machine->labels;
    family->label_count = machine->label_count;
    if (part->extra == NULL)
        return true;
    if (!check_extra(derive, part))
        return false;
    struct catalog_label *labels =
        arena_array(&load->catalog->arena, machine->label_count + 1, sizeof *labels);
    insert_label(labels, machine->labels, machine->label_count, part->extra);
    family->labels = labels;
    family->label_count = machine->label_count + 1;
    return true;
}

static bool derive_family(const struct derive *derive, const struct derive_part *part) {
    const struct catalog_family *machine = derive->machine;
    const char *name = NULL;
    if (!part_name(derive, part, &name))
        return false;
    const struct kind_row *kind = &catalog_kind_rows[part->kind];
    struct catalog_family *family = families_add(derive->load, name, kind, part->slot);
    family->source = SOURCE_DERIVED;
    family->section = machine->section;
    family->key = machine->name;
    family->part_key = part->key;
    family->group = machine->group;
    family->zeros = part->zeros;
    family->buckets = part->buckets;
    family->bucket_count = part->bucket_count;
    if (loader_name_has_unit(name, kind, "seconds")) {
        family->unit = "seconds";
        family->ms_scale = 0.001;
    }
    if (!part_labels(derive, part, family) || !part_help(derive, part, &family->help))
        return false;
    catalog_family_count(family, UINT64_MAX);
    return true;
}

/* Check that the keys "names" and "help" refer to parts that are shown. */
static bool derive_check(const struct derive *derive) {
    return check_part_keys(derive, "names", true) && check_part_keys(derive, "help", false);
}

/* Add a family for each part that is shown. Call after derive_check. */
static bool derive_families(const struct derive *derive) {
    for (size_t i = 0; i < derive->part_count; i++)
        if (!derive_is_hidden(derive, &derive->parts[i]) &&
            !derive_family(derive, &derive->parts[i]))
            return false;
    return true;
}

/* ---- attempts ----
 * Reads attempts: outcomes that mean success or failure, a breaker, and the families that show
 * them.
 */

static const double expected_max_s = 864000000.0;

/* ---- outcomes ---- */

/* Read "success" and "failure": words on the wire, and label values in the exposition. */
static bool read_outcomes(const struct load *load, json_t *object,
                          const struct jsondoc_place *place, struct catalog_attempts *attempts) {
    static const char *const keys[] = {"success", "failure"};
    const char **words = arena_array(&load->catalog->arena, CATALOG_WORDS_MAX, sizeof *words);
    uint32_t count = 0;
    for (size_t i = 0; i < 2; i++) {
        const struct jsondoc_place at = {.parent = place, .key = keys[i]};
        json_t *value = json_object_get(object, keys[i]);
        struct load_texts texts = {0};
        if (value == NULL)
            return json_jsondoc_fail(load->error, place, "the key \"%s\" is missing", keys[i]);
        if (!loader_field_texts(load, value, &at, CATALOG_WORDS_MAX - count, ":|,\n\r", &texts))
            return false;
        if (texts.count == 0)
            return json_jsondoc_fail(load->error, &at, "at least one outcome is needed");
        for (size_t j = 0; j < texts.count; j++) {
            const struct jsondoc_place here = {.parent = &at, .index = j};
            for (uint32_t known = 0; known < attempts->success_count; known++)
                if (strcmp(words[known], texts.items[j]) == 0)
                    return json_jsondoc_fail(load->error, &here, "\"%s\" means success already",
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

bool loader_key(const struct load *load, json_t *value, const struct jsondoc_place *place,
                const struct catalog_key *key, void *of) {
    void *member = (char *)of + key->at;
    uint64_t count = 0;
    switch (key->form) {
    case CATALOG_COUNT:
        if (!loader_field_count(load, value, place, (uint64_t)key->least, (uint64_t)key->most,
                                &count))
            return false;
        *(uint32_t *)member = (uint32_t)count;
        return true;
    case CATALOG_SECONDS:
        return loader_seconds(load, value, place, key->most, member);
    case CATALOG_NUMBER:
        break;
    }
    double *number = member;
    if (!loader_field_number(load, value, place, number))
        return false;
    return (*number >= key->least && *number <= key->most) ||
           json_jsondoc_fail(load->error, place, "a number from %g to %g is expected", key->least,
                             key->most);
}

/* What a key needs beside itself. */
static const struct {
    const char *key;
    const char *one_of[3];
    const char *why;
} breaker_needs[] = {
    {"slow_ratio", {"slow_s"}, "from which duration on is an attempt slow? Give \"slow_s\""},
    {"slow_s", {"slow_ratio"}, "how many slow attempts open it? Give \"slow_ratio\""},
    {"min_attempts",
     {"failure_ratio", "slow_ratio"},
     "only a ratio waits for attempts; give \"failure_ratio\" or \"slow_ratio\""},
    {"window_s",
     {"failure_ratio", "slow_ratio", "agree"},
     "only a ratio or \"agree\" looks at a window; give \"failure_ratio\", \"slow_ratio\" or "
     "\"agree\""},
    {"cooldown_max_s",
     {"cooldown_factor"},
     "without \"cooldown_factor\" the cool-down stays as it is"},
};

static bool check_rules(const struct load *load, const json_t *value,
                        const struct jsondoc_place *place, const struct catalog_breaker *breaker) {
    const struct jsondoc_place at_longest = {.parent = place, .key = "cooldown_max_s"};
    if (breaker->open_after == 0 && breaker->failure_ratio == 0 && breaker->slow_ratio == 0)
        return json_jsondoc_fail(load->error, place,
                                 "nothing opens it; give \"open_after\", \"failure_ratio\" or "
                                 "\"slow_ratio\"");
    if (breaker->cooldown_ms == 0)
        return json_jsondoc_fail(load->error, place, "the key \"cooldown_s\" is missing");
    for (size_t i = 0; i < sizeof breaker_needs / sizeof breaker_needs[0]; i++) {
        const struct jsondoc_place at = {.parent = place, .key = breaker_needs[i].key};
        bool has = json_object_get(value, breaker_needs[i].key) == NULL;
        for (size_t j = 0; j < 3 && breaker_needs[i].one_of[j] != NULL; j++)
            has = has || json_object_get(value, breaker_needs[i].one_of[j]) != NULL;
        if (!has)
            return json_jsondoc_fail(load->error, &at, "%s", breaker_needs[i].why);
    }
    if (breaker->cooldown_max_ms < breaker->cooldown_ms)
        return json_jsondoc_fail(load->error, &at_longest, "less than \"cooldown_s\"");
    return true;
}

static bool read_breaker(const struct load *load, json_t *object, const struct jsondoc_place *place,
                         struct catalog_breaker *breaker) {
    const char *keys[CATALOG_BREAKER_KEYS + 2] = {NULL};
    const struct jsondoc_place at = {.parent = place, .key = "breaker"};
    const struct jsondoc_place at_mode = {.parent = &at, .key = "mode"};
    json_t *value = json_object_get(object, "breaker");
    if (value == NULL)
        return true;
    if (json_is_string(value) && strcmp(json_string_value(value), "reported") == 0) {
        breaker->declared = breaker->reported = true;
        return true;
    }
    if (!json_is_object(value))
        return json_jsondoc_fail(load->error, &at, "expected an object or \"reported\"");
    *breaker = catalog_breaker_defaults;
    breaker->declared = true;
    for (size_t i = 0; i < CATALOG_BREAKER_KEYS; i++)
        keys[i] = catalog_breaker_keys[i].key;
    keys[CATALOG_BREAKER_KEYS] = "mode";
    if (!json_jsondoc_keys_known(value, &at, keys, load->error))
        return false;
    const json_t *mode = json_object_get(value, "mode");
    const char *word = mode == NULL ? "enforce" : json_string_value(mode);
    breaker->observe = word != NULL && strcmp(word, "observe") == 0;
    if (!breaker->observe && (word == NULL || strcmp(word, "enforce") != 0))
        return json_jsondoc_fail(load->error, &at_mode, "expected \"enforce\" or \"observe\"");
    for (size_t i = 0; i < CATALOG_BREAKER_KEYS; i++) {
        const struct catalog_key *key = &catalog_breaker_keys[i];
        const struct jsondoc_place here = {.parent = &at, .key = key->key};
        json_t *number = json_object_get(value, key->key);
        if (number != NULL && !loader_key(load, number, &here, key, breaker))
            return false;
    }
    if (json_object_get(value, "cooldown_max_s") == NULL &&
        breaker->cooldown_max_ms < breaker->cooldown_ms)
        breaker->cooldown_max_ms = breaker->cooldown_ms;
    return check_rules(load, value, &at, breaker);
}

static bool read_expected(const struct load *load, json_t *object,
                          const struct jsondoc_place *place, struct catalog_attempts *attempts) {
    const struct jsondoc_place at = {.parent = place, .key = "expected_s"};
    json_t *value = json_object_get(object, "expected_s");
    return value == NULL ||
           loader_seconds(load, value, &at, expected_max_s, &attempts->expected_ms);
}

/* ---- families ---- */

enum attempts_extra_label {
    ATTEMPTS_EXTRA_NONE,
    ATTEMPTS_EXTRA_OUTCOME,
    ATTEMPTS_EXTRA_STATE,
    ATTEMPTS_EXTRA_REASON
};

static const struct {
    enum family_kind kind;
    enum attempts_extra_label extra;
    bool zeros;
    bool on_request;
    const char *help;
} attempts_descriptions[ATTEMPTS_PART_COUNT] = {
    [ATTEMPTS_TOTAL] = {KIND_COUNTER, ATTEMPTS_EXTRA_OUTCOME, true, false, "Attempts, by outcome."},
    [ATTEMPTS_ERRORS] = {KIND_COUNTER, ATTEMPTS_EXTRA_NONE, true, false, "Attempts that failed."},
    [ATTEMPTS_CONSECUTIVE] = {KIND_GAUGE, ATTEMPTS_EXTRA_NONE, true, false,
                              "Attempts that failed since the last successful one."},
    [ATTEMPTS_LAST_SUCCESS] = {KIND_GAUGE, ATTEMPTS_EXTRA_NONE, false, false,
                               "Unix time of the last successful attempt."},
    [ATTEMPTS_LAST_ERROR] = {KIND_GAUGE, ATTEMPTS_EXTRA_NONE, false, false,
                             "Unix time of the last attempt that failed."},
    [ATTEMPTS_OPENED] = {KIND_COUNTER, ATTEMPTS_EXTRA_NONE, true, false,
                         "How often the circuit breaker opened."},
    [ATTEMPTS_WOULD_OPEN] = {KIND_COUNTER, ATTEMPTS_EXTRA_NONE, true, false,
                             "How often the circuit breaker would have opened; it is on trial."},
    [ATTEMPTS_STATE] = {KIND_GAUGE, ATTEMPTS_EXTRA_STATE, true, true,
                        "State of the circuit breaker: 1 for the present one, 0 for the others."},
    [ATTEMPTS_TRANSITIONS] = {KIND_COUNTER, ATTEMPTS_EXTRA_STATE, true, true,
                              "Changes of the circuit breaker, by the state that it entered."},
    [ATTEMPTS_STATE_SECONDS] = {KIND_COUNTER, ATTEMPTS_EXTRA_STATE, true, true,
                                "Seconds that the circuit breaker spent in each state."},
    [ATTEMPTS_DENIED] = {KIND_COUNTER, ATTEMPTS_EXTRA_REASON, true, true,
                         "Attempts that the circuit breaker denied to clients, by reason."},
    [ATTEMPTS_FORCED] = {KIND_GAUGE, ATTEMPTS_EXTRA_NONE, true, true,
                         "1 while a person has decided the circuit breaker's state, else 0."},
    [ATTEMPTS_SILENT] = {KIND_COUNTER, ATTEMPTS_EXTRA_NONE, true, true,
                         "Half-open epochs of the circuit breaker in which all probes were taken "
                         "and none was reported."},
    [ATTEMPTS_OVERDUE_SECONDS] = {KIND_GAUGE, ATTEMPTS_EXTRA_NONE, true, true,
                                  "Seconds that the next attempt is late, 0 while it is in time."},
    [ATTEMPTS_DURATION] = {KIND_HISTOGRAM, ATTEMPTS_EXTRA_OUTCOME, false, false,
                           "Seconds that attempts took, by outcome."},
};

static bool needs_breaker(enum attempts_part part) {
    return part >= ATTEMPTS_OPENED && part <= ATTEMPTS_SILENT;
}

/* Why a part can't be shown, whatever the file says; NULL if it can. */
static const char *impossible(const struct catalog_attempts *attempts, enum attempts_part part) {
    if (needs_breaker(part) && !attempts->breaker.declared)
        return "this family is about a breaker; declare one with \"breaker\"";
    if (part == ATTEMPTS_WOULD_OPEN && !attempts->breaker.observe)
        return "this family is about a breaker on trial, with \"mode\": \"observe\"";
    if (part >= ATTEMPTS_DENIED && part <= ATTEMPTS_SILENT && attempts->breaker.reported)
        return "services run this breaker themselves, and the daemon does not know it";
    if (part == ATTEMPTS_OVERDUE_SECONDS && attempts->expected_ms == 0)
        return "late is what comes after the expected time; declare it with \"expected_s\"";
    return NULL;
}

static bool fail_part(const struct load *load, const struct jsondoc_place *place, const char *name,
                      const char *const *known) {
    const char *nearest = nearest_word(name, known);
    if (nearest != NULL)
        return json_jsondoc_fail(load->error, place, "unknown family \"%s\"; did you mean \"%s\"?",
                                 name, nearest);
    char text[256] = "";
    size_t len = 0;
    for (int part = 0; part < ATTEMPTS_PART_COUNT && len < sizeof text; part++)
        if (attempts_descriptions[part].on_request)
            len += (size_t)snprintf(text + len, sizeof text - len, "%s%s", len > 0 ? ", " : "",
                                    known[part]);
    return json_jsondoc_fail(load->error, place, "unknown family \"%s\"; on request there are: %s",
                             name, text);
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
    if (!loader_field_texts(load, value, &at, ATTEMPTS_PART_COUNT, "", &texts))
        return false;
    for (size_t i = 0; i < texts.count; i++) {
        const struct jsondoc_place here = {.parent = &at, .index = i};
        int part = 0;
        while (part < ATTEMPTS_PART_COUNT && strcmp(known[part], texts.items[i]) != 0)
            part++;
        if (part == ATTEMPTS_PART_COUNT) {
            return fail_part(load, &here, texts.items[i], known);
        }
        if (!attempts_descriptions[part].on_request)
            return json_jsondoc_fail(load->error, &here,
                                     "\"%s\" is exposed without being asked for; leave it out",
                                     texts.items[i]);
        const char *why = impossible(attempts, (enum attempts_part)part);
        if (why != NULL)
            return json_jsondoc_fail(load->error, &here, "%s", why);
        ret_asked[part] = true;
    }
    return true;
}

/* Read the bounds of histograms of durations, as for a declared family. */
static bool read_durations(const struct load *load, json_t *value,
                           const struct jsondoc_place *place, struct catalog_family *ret_bounds) {
    const struct jsondoc_place first = {.parent = place, .index = 0};
    if (!loader_buckets(load, value, place, ret_bounds))
        return false;
    if (ret_bounds->allow_negative)
        return json_jsondoc_fail(load->error, &first, "no time is below 0");
    return true;
}

static bool attempts_derive_parts(struct load *load, json_t *object,
                                  const struct jsondoc_place *place, struct catalog_family *machine,
                                  struct catalog_attempts *attempts) {
    const char *states[BREAKER_STATE_COUNT];
    for (int state = 0; state < BREAKER_STATE_COUNT; state++)
        states[state] = catalog_breaker_state_text((enum breaker_state)state);
    const char *denials[BREAKER_DENIAL_COUNT];
    for (int denial = 0; denial < BREAKER_DENIAL_COUNT; denial++)
        denials[denial] = catalog_breaker_denial_text((enum breaker_denial)denial);
    struct catalog_label outcome;
    struct catalog_label state;
    struct catalog_label reason;
    bool asked[ATTEMPTS_PART_COUNT];
    if (!read_expose(load, object, place, attempts, asked))
        return false;
    derive_label(load, &outcome, "outcome", attempts->words, attempts->word_count);
    derive_label(load, &state, "state", states, BREAKER_STATE_COUNT);
    if (asked[ATTEMPTS_DENIED])
        derive_label(load, &reason, "reason", denials, BREAKER_DENIAL_COUNT);
    const struct catalog_label *const extras[] = {[ATTEMPTS_EXTRA_REASON] = &reason,
                                                  [ATTEMPTS_EXTRA_NONE] = NULL,
                                                  [ATTEMPTS_EXTRA_OUTCOME] = &outcome,
                                                  [ATTEMPTS_EXTRA_STATE] = &state};
    struct derive_part parts[ATTEMPTS_PART_COUNT];
    struct catalog_family bounds = {0};
    const struct jsondoc_place at_buckets = {.parent = place, .key = "buckets"};
    json_t *buckets = json_object_get(object, "buckets");
    if (buckets != NULL && !read_durations(load, buckets, &at_buckets, &bounds))
        return false;
    for (int part = 0; part < ATTEMPTS_PART_COUNT; part++) {
        const char *missing = impossible(attempts, (enum attempts_part)part);
        if (part == ATTEMPTS_DURATION && buckets == NULL)
            missing = "this family needs \"buckets\"";
        if (missing == NULL && attempts_descriptions[part].on_request && !asked[part])
            missing = "this family is exposed on request only; name it in \"expose\"";
        parts[part] =
            (struct derive_part){.key = catalog_attempts_part_key((enum attempts_part)part),
                                 .kind = attempts_descriptions[part].kind,
                                 .zeros = attempts_descriptions[part].zeros,
                                 .help = attempts_descriptions[part].help,
                                 .missing = missing,
                                 .extra = extras[attempts_descriptions[part].extra],
                                 .slot = &attempts->parts[part]};
    }
    parts[ATTEMPTS_DURATION].buckets = bounds.buckets;
    parts[ATTEMPTS_DURATION].bucket_count = bounds.bucket_count;
    const struct derive derive = {.load = load,
                                  .object = object,
                                  .place = place,
                                  .machine = machine,
                                  .parts = parts,
                                  .part_count = ATTEMPTS_PART_COUNT};
    return derive_check(&derive) && derive_families(&derive);
}

static bool attempts_load_one(struct load *load, const char *name, json_t *object,
                              const struct jsondoc_place *place) {
    static const char *const keys[] = {"labels",     "success", "failure", "breaker",
                                       "expected_s", "buckets", "expose",  "names",
                                       "help",       "group",   "aliases", NULL};
    if (!loader_field_object(load, object, place) ||
        !json_jsondoc_keys_known(object, place, keys, load->error))
        return false;
    struct catalog_attempts *attempts = arena_alloc(&load->catalog->arena, sizeof *attempts);
    struct catalog_family *machine =
        derive_machine(load, "attempts", name, KIND_ATTEMPTS, object, place);
    if (machine == NULL)
        return false;
    machine->attempts = attempts;
    return read_outcomes(load, object, place, attempts) &&
           read_breaker(load, object, place, &attempts->breaker) &&
           read_expected(load, object, place, attempts) &&
           attempts_derive_parts(load, object, place, machine, attempts);
}

bool loader_attempts(struct load *load, json_t *value, const struct jsondoc_place *place) {
    return loader_field_each(load, value, place, attempts_load_one);
}

/* ---- jobs: Reads jobs: work that waits, runs and ends, and the families that show it. ---- */

enum jobs_extra_label { JOBS_EXTRA_NONE, JOBS_EXTRA_STATE, JOBS_EXTRA_OUTCOME };

static const struct {
    enum family_kind kind;
    enum jobs_extra_label extra;
    bool zeros;
    const char *help;
} jobs_descriptions[JOBS_PART_COUNT] = {
    [JOBS_LIVE] = {KIND_GAUGE, JOBS_EXTRA_STATE, true, "Jobs that wait or run now, by state."},
    [JOBS_OLDEST_QUEUED] = {KIND_GAUGE, JOBS_EXTRA_NONE, false,
                            "Seconds that the oldest queued job has waited. Absent when none "
                            "waits."},
    [JOBS_OLDEST_RUNNING] = {KIND_GAUGE, JOBS_EXTRA_NONE, false,
                             "Seconds that the oldest running job has run. Absent when none runs."},
    [JOBS_WAITING] = {KIND_HISTOGRAM, JOBS_EXTRA_NONE, false,
                      "Seconds that jobs waited before they started."},
    [JOBS_RUNNING] = {KIND_HISTOGRAM, JOBS_EXTRA_NONE, false,
                      "Seconds that jobs ran before they ended."},
    [JOBS_FINISHED] = {KIND_COUNTER, JOBS_EXTRA_OUTCOME, true,
                       "Jobs that ended, by outcome; lost is one whose process died."},
    [JOBS_STARTED] = {KIND_COUNTER, JOBS_EXTRA_NONE, true, "Runs that started."},
    [JOBS_MISSED] = {KIND_COUNTER, JOBS_EXTRA_NONE, true,
                     "Runs that were due and did not start, or did not succeed, in time."},
    [JOBS_OVERDUE] = {KIND_GAUGE, JOBS_EXTRA_NONE, true,
                      "Seconds since the next run was due, 0 before."},
    [JOBS_NEXT_START] = {KIND_GAUGE, JOBS_EXTRA_NONE, false,
                         "Unix time at which the next run is due."},
    [JOBS_CONSECUTIVE] = {KIND_GAUGE, JOBS_EXTRA_NONE, true,
                          "Runs that failed, were lost or missed since the last success."},
    [JOBS_LAST_EXIT] = {KIND_GAUGE, JOBS_EXTRA_NONE, false,
                        "Exit status of the last run, 128 and the number of a signal that ended "
                        "it. Absent before one was reported."},
    [JOBS_LAST_DURATION] = {KIND_GAUGE, JOBS_EXTRA_NONE, false,
                            "Seconds that the last run took. Absent before one has ended."},
    [JOBS_LAST_SUCCESS] = {KIND_GAUGE, JOBS_EXTRA_NONE, false,
                           "Unix time of the last success. Absent before the first."},
};

static bool read_limit(const struct load *load, json_t *object, const struct jsondoc_place *place,
                       struct catalog_jobs *jobs) {
    const struct jsondoc_place at = {.parent = place, .key = "max_live"};
    json_t *value = json_object_get(object, "max_live");
    uint64_t max_live = CATALOG_LIVE_DEFAULT;
    if (value != NULL && !loader_field_count(load, value, &at, 1, CATALOG_LIVE_MAX, &max_live))
        return false;
    jobs->max_live = (uint32_t)max_live;
    return true;
}

static bool read_state_label(const struct load *load, json_t *object,
                             const struct jsondoc_place *place, struct catalog_jobs *jobs) {
    const struct jsondoc_place at = {.parent = place, .key = "state_label"};
    json_t *value = json_object_get(object, "state_label");
    jobs->state_label = "state";
    return value == NULL ||
           (loader_field_text(load, value, &at, CATALOG_NAME_MAX, &jobs->state_label) &&
            loader_label_name(load, jobs->state_label, &at));
}

/* Read the bounds of both histograms, as for a declared family. */
static bool read_bounds(const struct derive *derive, struct catalog_family *ret_bounds) {
    const struct load *load = derive->load;
    const struct jsondoc_place at = {.parent = derive->place, .key = "buckets"};
    json_t *value = json_object_get(derive->object, "buckets");
    const bool shown = !derive_is_hidden(derive, &derive->parts[JOBS_WAITING]) ||
                       !derive_is_hidden(derive, &derive->parts[JOBS_RUNNING]);
    if (value == NULL && shown) {
        /* From a second to a day: cron jobs differ so much. */
        static const double usual[] = {1, 5, 15, 60, 300, 900, 3600, 14400, 86400};
        ret_bounds->buckets = usual;
        ret_bounds->bucket_count = sizeof usual / sizeof usual[0];
        return true;
    }
    if (value == NULL)
        return true;
    if (!shown)
        return json_jsondoc_fail(load->error, &at, "/names leaves both histograms out");
    return read_durations(load, value, &at, ret_bounds);
}

static bool jobs_derive_parts(struct load *load, json_t *object, const struct jsondoc_place *place,
                              struct catalog_family *machine, struct catalog_jobs *jobs) {
    const char *states[JOB_STATE_COUNT];
    const char *outcomes[JOB_OUTCOME_COUNT];
    for (int state = 0; state < JOB_STATE_COUNT; state++)
        states[state] = catalog_job_state_text((enum job_state)state);
    for (int outcome = 0; outcome < JOB_OUTCOME_COUNT; outcome++)
        outcomes[outcome] = catalog_job_outcome_text((enum job_outcome)outcome);
    struct catalog_label state;
    struct catalog_label outcome;
    derive_label(load, &state, jobs->state_label, states, JOB_STATE_COUNT);
    derive_label(load, &outcome, "outcome", outcomes, JOB_OUTCOME_COUNT);
    const struct catalog_label *const extras[] = {
        [JOBS_EXTRA_NONE] = NULL, [JOBS_EXTRA_STATE] = &state, [JOBS_EXTRA_OUTCOME] = &outcome};
    struct derive_part parts[JOBS_PART_COUNT];
    for (int part = 0; part < JOBS_PART_COUNT; part++) {
        const char *missing = NULL;
        if (part >= JOBS_STARTED && !jobs->duty.declared)
            missing = "this family needs to know what a job should do, as by \"every_s\", "
                      "\"schedule\" or \"finish_within_s\"";
        else if (part >= JOBS_MISSED && part <= JOBS_NEXT_START &&
                 !catalog_duty_has_times(&jobs->duty))
            missing = "this family needs \"every_s\" or \"schedule\"";
        parts[part] = (struct derive_part){.key = catalog_jobs_part_key((enum jobs_part)part),
                                           .kind = jobs_descriptions[part].kind,
                                           .zeros = jobs_descriptions[part].zeros,
                                           .help = jobs_descriptions[part].help,
                                           .missing = missing,
                                           .extra = extras[jobs_descriptions[part].extra],
                                           .slot = &jobs->parts[part]};
    }
    const struct derive derive = {.load = load,
                                  .object = object,
                                  .place = place,
                                  .machine = machine,
                                  .parts = parts,
                                  .part_count = JOBS_PART_COUNT};
    struct catalog_family bounds = {0};
    if (!derive_check(&derive) || !read_bounds(&derive, &bounds))
        return false;
    for (int part = JOBS_WAITING; part <= JOBS_RUNNING; part++) {
        parts[part].buckets = bounds.buckets;
        parts[part].bucket_count = bounds.bucket_count;
    }
    return derive_families(&derive);
}

static bool jobs_load_one(struct load *load, const char *name, json_t *object,
                          const struct jsondoc_place *place) {
    const char *keys[11 + CATALOG_DUTY_KEYS] = {"labels",   "state_label", "max_live", "buckets",
                                                "names",    "help",        "group",    "aliases",
                                                "schedule", "tz"};
    for (size_t i = 0; i < CATALOG_DUTY_KEYS; i++)
        keys[10 + i] = catalog_duty_keys[i].key;
    if (!loader_field_object(load, object, place) ||
        !json_jsondoc_keys_known(object, place, keys, load->error))
        return false;
    struct catalog_jobs *jobs = arena_alloc(&load->catalog->arena, sizeof *jobs);
    struct catalog_family *machine = derive_machine(load, "jobs", name, KIND_JOBS, object, place);
    if (machine == NULL)
        return false;
    machine->jobs = jobs;
    return read_limit(load, object, place, jobs) && read_state_label(load, object, place, jobs) &&
           loader_duty(load, object, place, machine, &jobs->duty) &&
           jobs_derive_parts(load, object, place, machine, jobs);
}

bool loader_jobs(struct load *load, json_t *value, const struct jsondoc_place *place) {
    return loader_field_each(load, value, place, jobs_load_one);
}

/* ---- family ----
 * Reads one metric family: its type, its labels, and how many series it can have.
 */

/* ---- keys ---- */

/* The keys of a family. A key that only some types allow has a bit in the rows of kinds. */
static const struct {
    const char *key;
    enum kind_keys bit; /* 0: all types allow it */
    const char *only;
} family_keys[] = {
    {.key = "type"},
    {.key = "help"},
    {"unit", KEY_UNIT, "an info and a stateset have no unit"},
    {.key = "group"},
    {.key = "aliases"},
    {.key = "labels"},
    {.key = "zeros"},
    {.key = "max_series"},
    {"buckets", KEY_BUCKETS, "only a histogram has buckets"},
    {"floor", KEY_FLOOR, "only an updowncounter has a floor"},
    {"owner", KEY_OWNER, "only an updowncounter has an owner"},
    {"merge", KEY_MERGE, "only a gauge has merge"},
    {"ttl_s", KEY_TTL, "only a gauge and a stateset have a time to live"},
    {"absent", KEY_ABSENT, "only a gauge has a value that means absence"},
    {"reading", KEY_READING, "only a counter and a summary take readings"},
    {"ended", KEY_ENDED, "only a counter of readings keeps readings of ended processes"},
    {"quantiles", KEY_QUANTILES, "only a summary has quantiles"},
    {"window_s", KEY_WINDOW, "only a summary has a window"},
};

enum { FAMILY_KEYS = sizeof family_keys / sizeof family_keys[0] };

static bool check_keys(const struct load *load, json_t *object, const struct jsondoc_place *place) {
    const char *keys[FAMILY_KEYS + 1];
    for (size_t i = 0; i < FAMILY_KEYS; i++)
        keys[i] = family_keys[i].key;
    keys[FAMILY_KEYS] = NULL;
    return json_jsondoc_keys_known(object, place, keys, load->error);
}

static bool check_typed_keys(const struct load *load, json_t *object,
                             const struct jsondoc_place *place, const struct kind_row *kind) {
    for (size_t i = 0; i < FAMILY_KEYS; i++) {
        const struct jsondoc_place at = {.parent = place, .key = family_keys[i].key};
        if (json_object_get(object, family_keys[i].key) != NULL &&
            (family_keys[i].bit & ~kind->keys) != 0)
            return json_jsondoc_fail(load->error, &at, "%s; the type here is %s",
                                     family_keys[i].only, kind->type);
    }
    return true;
}

/* List the types that a family can have, each once; ended by NULL. */
static void list_types(const char **ret_types) {
    size_t count = 0;
    for (size_t i = 0; i < KIND_COUNT; i++)
        if (!catalog_kind_rows[i].is_machine &&
            (count == 0 || strcmp(ret_types[count - 1], catalog_kind_rows[i].type) != 0))
            ret_types[count++] = catalog_kind_rows[i].type;
    ret_types[count] = NULL;
}

static bool fail_type(const struct load *load, const struct jsondoc_place *place, const char *text,
                      const char *const *types) {
    const char *nearest = nearest_word(text, types);
    if (nearest != NULL)
        return json_jsondoc_fail(load->error, place, "unknown type \"%s\"; did you mean \"%s\"?",
                                 text, nearest);
    char known[256] = "";
    size_t len = 0;
    for (size_t i = 0; types[i] != NULL && len < sizeof known; i++)
        len += (size_t)snprintf(known + len, sizeof known - len, "%s%s",
                                i == 0                 ? ""
                                : types[i + 1] == NULL ? " and "
                                                       : ", ",
                                types[i]);
    return json_jsondoc_fail(load->error, place, "unknown type \"%s\"; known are %s", text, known);
}

/* Read the type. The kind is the first with this type. */
static bool read_type(const struct load *load, json_t *object, const struct jsondoc_place *place,
                      const struct kind_row **ret_kind) {
    const struct jsondoc_place at = {.parent = place, .key = "type"};
    json_t *value = json_object_get(object, "type");
    if (value == NULL)
        return json_jsondoc_fail(load->error, place, "the key \"type\" is missing");
    if (!json_is_string(value))
        return json_jsondoc_fail(load->error, &at, "expected a string, found %s",
                                 loader_field_kind(value));
    const char *text = json_string_value(value);
    for (size_t i = 0; i < KIND_COUNT; i++) {
        if (catalog_kind_rows[i].is_machine || strcmp(catalog_kind_rows[i].type, text) != 0)
            continue;
        *ret_kind = &catalog_kind_rows[i];
        return true;
    }
    const char *types[KIND_COUNT + 1];
    list_types(types);
    return fail_type(load, &at, text, types);
}

/* ---- labels ---- */

/* Remove the label with the stateset's name from the labels: its values are what a series holds. */
static bool take_states(const struct load *load, const struct jsondoc_place *place,
                        struct catalog_family *family) {
    const struct jsondoc_place at = {.parent = place, .key = family->name};
    struct catalog_label *others =
        arena_array(&load->catalog->arena, family->label_count, sizeof *others);
    uint32_t count = 0;
    const struct catalog_label *states = NULL;
    for (uint32_t i = 0; i < family->label_count; i++) {
        if (strcmp(family->labels[i].name, family->name) == 0)
            states = &family->labels[i];
        else
            others[count++] = family->labels[i];
    }
    if (states == NULL)
        return json_jsondoc_fail(load->error, place,
                                 "a stateset has its states in a label of its own name, \"%s\"",
                                 family->name);
    if (states->kind != LABEL_VALUES || states->otherwise >= 0 || states->default_value >= 0)
        return json_jsondoc_fail(
            load->error, &at, "states are listed: without pattern, otherwise, default and const");
    if (states->value_count > CATALOG_STATES_MAX)
        return json_jsondoc_fail(load->error, &at, "%lu states, at most %d are allowed",
                                 (unsigned long)states->value_count, CATALOG_STATES_MAX);
    family->state_label = states;
    family->labels = others;
    family->label_count = count;
    return true;
}

static bool read_labels(const struct load *load, json_t *object, const struct jsondoc_place *place,
                        struct catalog_family *family) {
    const struct jsondoc_place at = {.parent = place, .key = "labels"};
    json_t *labels = json_object_get(object, "labels");
    if (labels != NULL && !loader_labels(load, labels, &at, family))
        return false;
    if (family->kind->is_description && family->label_count == 0)
        return json_jsondoc_fail(load->error, labels != NULL ? &at : place,
                                 "%s %s needs at least one label: they are its content",
                                 family->kind->article, family->kind->noun);
    return family->kind->items != ITEMS_STATES ||
           take_states(load, labels != NULL ? &at : place, family);
}

/* ---- how many series ---- */

static bool check_zeros(const struct load *load, json_t *object, const struct jsondoc_place *place,
                        struct catalog_family *family) {
    json_t *value = json_object_get(object, "zeros");
    if (value == NULL)
        return true;
    const struct jsondoc_place at = {.parent = place, .key = "zeros"};
    if (!loader_field_bool(load, value, &at, &family->zeros))
        return false;
    if (!family->zeros)
        return true;
    if (family->kind->starts == STARTS_ABSENT)
        return json_jsondoc_fail(load->error, &at, "%s %s is absent before its first value",
                                 family->kind->article, family->kind->noun);
    for (uint32_t i = 0; i < family->label_count; i++)
        if (family->labels[i].kind == LABEL_PATTERN)
            return json_jsondoc_fail(
                load->error, &at,
                "the values of \"%s\" are a pattern: there is no list to create "
                "series from",
                family->labels[i].name);
    const uint64_t zeros = catalog_family_zeros(family);
    const uint64_t room = family->bound - family->reserved;
    if (zeros > room)
        return json_jsondoc_fail(load->error, &at,
                                 "%llu series would be created, max_series leaves room for %llu",
                                 (unsigned long long)zeros, (unsigned long long)room);
    return true;
}

static bool check_sizes(const struct load *load, json_t *object, const struct jsondoc_place *place,
                        struct catalog_family *family) {
    const struct jsondoc_place at = {.parent = place, .key = "max_series"};
    json_t *value = json_object_get(object, "max_series");
    uint64_t max_series = UINT64_MAX;
    if (value != NULL && !loader_field_count(load, value, &at, 1, LOAD_SERIES_MAX, &max_series))
        return false;
    catalog_family_count(family, max_series);
    if (family->reserved >= family->bound)
        return json_jsondoc_fail(
            load->error, &at,
            "%llu series are not enough: %llu places are kept for series whose labels fell back to "
            "otherwise (one for every combination of the labels without otherwise)",
            (unsigned long long)family->bound, (unsigned long long)family->reserved);
    return true;
}

static bool load_family(struct load *load, const char *name, json_t *value,
                        const struct jsondoc_place *place) {
    const struct kind_row *kind = catalog_kind_rows;
    if (!loader_field_object(load, value, place) || !check_keys(load, value, place) ||
        !read_type(load, value, place, &kind) || !loader_name(load, name, kind, place) ||
        !check_typed_keys(load, value, place, kind))
        return false;
    struct catalog_family *family = families_add(load, name, kind, NULL);
    const struct jsondoc_place at_help = {.parent = place, .key = "help"};
    json_t *help = json_object_get(value, "help");
    return read_labels(load, value, place, family) && loader_unit(load, value, place, family) &&
           (help == NULL || loader_help(load, help, &at_help, &family->help)) &&
           loader_group(load, value, place, family) && loader_aliases(load, value, place, family) &&
           loader_value(load, value, place, family) && check_sizes(load, value, place, family) &&
           check_zeros(load, value, place, family);
}

bool loader_families(struct load *load, json_t *value, const struct jsondoc_place *place) {
    return loader_field_each(load, value, place, load_family);
}
