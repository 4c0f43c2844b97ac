/* SPDX-License-Identifier: MIT */
/* derived.c - attempts and jobs of a catalog, and the families that are derived from them. */
#include "loader/loader_private.h"

#include <stdio.h>
#include <string.h>

/* ---- what both have: a machine, and parts that are families ---- */

/* A part, whatever a declaration says. */
struct derived_part {
    enum family_kind kind;
    int extra; /* which label it has in addition to the declaration's; 0: none */
    bool zeros;
    bool on_request;
    const char *help; /* used if the file has none */
};

/* The part in a declaration. */
struct derived_shown {
    const char *key;                    /* in `names` and `help`; the end of the default name */
    const char *missing;                /* why it cannot be shown, for messages; NULL: it can */
    const struct catalog_family **slot; /* receives the family, or stays NULL */
};

enum {
    PARTS_MAX =
        ATTEMPTS_PART_COUNT > (int)JOBS_PART_COUNT ? ATTEMPTS_PART_COUNT : (int)JOBS_PART_COUNT,
    EXTRAS_MAX = 4
};

/* A declaration that is being turned into families. */
struct derived {
    struct catalog_family *machine;
    bool labels_wrong;
    struct catalog_family bounds; /* of the histograms; bucket_count 0: none are declared */
    const struct derived_part *parts;
    int part_count;
    struct derived_shown shown[PARTS_MAX];
    struct catalog_label extras[EXTRAS_MAX];
};

/* Give a label these values, in any order. */
static void set_extra(const struct node *at, struct catalog_label *label, const char *name,
                      const char *const *words, size_t count) {
    struct catalog_word sorted[CATALOG_WORDS_MAX];
    for (size_t i = 0; i < count; i++)
        sorted[i] = (struct catalog_word){.text = words[i], .wire = words[i]};
    catalog_words_sort(sorted, count);
    *label = (struct catalog_label){
        .name = name, .kind = LABEL_VALUES, .otherwise = -1, .default_value = -1};
    catalog_label_set_values(at->load->catalog, label, sorted, count);
}

static bool read_labels(const struct node *at, void *of) {
    struct derived *derived = of;
    struct catalog_family *machine = derived->machine;
    derived->labels_wrong = !loader_read_labels(at, machine);
    if (derived->labels_wrong)
        return false;
    for (uint32_t i = 0; i < machine->label_count; i++) {
        const struct node here = loader_member(at, machine->labels[i].name);
        if (machine->labels[i].kind == LABEL_PATTERN)
            return loader_fail(&here, "every combination of labels has a state of its own, made at "
                                      "load: the values are listed, a pattern has no list");
    }
    return true;
}

static bool read_group(const struct node *at, void *of) {
    return loader_read_group(at, ((struct derived *)of)->machine);
}

static bool read_aliases(const struct node *at, void *of) {
    return loader_read_aliases(at, false, ((struct derived *)of)->machine);
}

/* The bounds of histograms of durations, as for a declared family. */
static bool read_durations(const struct node *at, void *of) {
    struct derived *derived = of;
    const struct node first = loader_item(at, 0);
    if (!loader_read_buckets(at, &derived->bounds))
        return false;
    return !derived->bounds.allow_negative || loader_fail(&first, "no time is below 0");
}

/* "names" or "help": an object, whose keys are those of parts. */
static bool read_parts(const struct node *at, void *of) {
    const struct derived *derived = of;
    const char *keys[PARTS_MAX + 1] = {NULL};
    for (int i = 0; i < derived->part_count; i++)
        keys[i] = derived->shown[i].key;
    return loader_is_object(at) && loader_check_keys(at, keys);
}

/* Begin a declaration whose name is good. */
static bool start(const struct node *at, const char *section, enum family_kind kind,
                  struct derived *ret) {
    const char *name = at->place.key;
    for (int i = 0; i < ret->part_count; i++)
        ret->shown[i].key = kind == KIND_ATTEMPTS ? catalog_attempts_part_key((enum attempts_part)i)
                                                  : catalog_jobs_part_key((enum jobs_part)i);
    if (!loader_check_name(at, name, &catalog_kind_rows[kind]))
        return false;
    ret->machine = loader_families_add(at->load, name, &catalog_kind_rows[kind], NULL);
    ret->machine->section = section;
    ret->machine->zeros = true;
    return true;
}

static bool check_combinations(const struct node *at, struct catalog_family *machine) {
    const struct node labels = loader_member(at, "labels");
    catalog_family_count(machine, UINT64_MAX);
    return machine->bound <= CATALOG_COMBINATIONS_MAX ||
           loader_fail(&labels, "%llu combinations of label values, at most %d are allowed",
                       (unsigned long long)machine->bound, CATALOG_COMBINATIONS_MAX);
}

/* ---- names and help ---- */

/* True if this part cannot be shown, or `names` hides it. */
static bool is_hidden(const struct node *at, const struct derived_shown *part) {
    json_t *names = json_object_get(at->value, "names");
    return part->missing != NULL || json_is_null(json_object_get(names, part->key));
}

/* Check that `names` or `help` refers to parts that are shown; a name may be null. */
static bool check_parts(const struct node *at, const char *key, const struct derived *derived) {
    const struct node object = loader_member(at, key);
    const bool null_is_fine = strcmp(key, "names") == 0;
    bool good = true;
    for (int i = 0; i < derived->part_count; i++) {
        const struct derived_shown *part = &derived->shown[i];
        const struct node here = loader_member(&object, part->key);
        if (here.value == NULL || (null_is_fine && json_is_null(here.value)))
            continue;
        if (part->missing != NULL)
            good = loader_fail(&here, "%s", part->missing);
        else if (is_hidden(at, part))
            good = loader_fail(&here, "/names leaves this family out");
    }
    return good;
}

/* The name that the file gives, or BASE_KEY, in the arena. */
static bool read_name(const struct node *at, const struct derived *derived, int part,
                      const char **ret_name) {
    const struct node names = loader_member(at, "names");
    const struct node here = loader_member(&names, derived->shown[part].key);
    const char *base = derived->machine->name;
    const char *key = derived->shown[part].key;
    const size_t size = strlen(base) + 1 + strlen(key) + 1;
    if (here.value != NULL)
        return loader_read_text(&here, CATALOG_NAME_MAX, ret_name) &&
               loader_check_name(&here, *ret_name, &catalog_kind_rows[derived->parts[part].kind]);
    if (size > CATALOG_NAME_MAX + 1)
        return loader_fail(at,
                           "the name %s_%s has more than %d bytes; choose a shorter one, or give "
                           "another in \"names\": {\"%s\": ...}",
                           base, key, CATALOG_NAME_MAX, key);
    char *name = arena_alloc(&at->load->catalog->arena, size);
    (void)snprintf(name, size, "%s_%s", base, key);
    *ret_name = name;
    return true;
}

/* ---- families ---- */

/* Give the family the machine's labels and the part's own, in byte order of name. */
static bool set_labels(const struct node *at, const struct catalog_family *machine,
                       const char *part_key, const struct catalog_label *extra,
                       struct catalog_family *family) {
    const struct node labels_at = loader_member(at, "labels");
    const struct node here = loader_member(&labels_at, extra->name);
    const uint32_t count = machine->label_count;
    uint32_t before = 0;
    if (count >= CATALOG_LABELS_MAX)
        return loader_fail(&labels_at, "with \"%s\" these are %d labels, at most %d are allowed",
                           extra->name, CATALOG_LABELS_MAX + 1, CATALOG_LABELS_MAX);
    while (before < count && strcmp(machine->labels[before].name, extra->name) < 0)
        before++;
    if (before < count && strcmp(machine->labels[before].name, extra->name) == 0)
        return loader_fail(&here,
                           "the family of \"%s\" has a label of this name already; choose another",
                           part_key);
    struct catalog_label *labels =
        arena_array(&at->load->catalog->arena, count + 1, sizeof *labels);
    for (uint32_t i = 0; i <= count; i++)
        labels[i] = i < before ? machine->labels[i] : i == before ? *extra : machine->labels[i - 1];
    family->labels = labels;
    family->label_count = count + 1;
    return true;
}

static bool add_family(const struct node *at, const struct derived *derived, int index) {
    const struct catalog_family *machine = derived->machine;
    const struct derived_part *part = &derived->parts[index];
    const struct derived_shown *shown = &derived->shown[index];
    const struct kind_row *kind = &catalog_kind_rows[part->kind];
    const struct node help = loader_member(at, "help");
    const struct node help_at = loader_member(&help, shown->key);
    const char *name = NULL;
    if (!read_name(at, derived, index, &name))
        return false;
    struct catalog_family *family = loader_families_add(at->load, name, kind, shown->slot);
    family->source = SOURCE_DERIVED;
    family->section = machine->section;
    family->key = machine->name;
    family->part_key = shown->key;
    family->group = machine->group;
    family->zeros = part->zeros;
    family->help = part->help;
    family->labels = machine->labels;
    family->label_count = machine->label_count;
    if (part->kind == KIND_HISTOGRAM) {
        family->buckets = derived->bounds.buckets;
        family->bucket_count = derived->bounds.bucket_count;
    }
    if (loader_name_has_unit(name, kind, "seconds")) {
        family->unit = "seconds";
        family->ms_scale = 0.001;
    }
    if ((part->extra != 0 &&
         !set_labels(at, machine, shown->key, &derived->extras[part->extra], family)) ||
        (help_at.value != NULL && !loader_read_help(&help_at, &family->help)))
        return false;
    catalog_family_count(family, UINT64_MAX);
    return true;
}

/* Add a family for each part that is shown. */
static bool add_families(const struct node *at, const struct derived *derived) {
    bool good = check_parts(at, "names", derived);
    good = check_parts(at, "help", derived) && good;
    for (int i = 0; i < derived->part_count; i++)
        if (!is_hidden(at, &derived->shown[i]))
            good = add_family(at, derived, i) && good;
    return good;
}

/* ---- breaker ---- */

static const struct load_word modes[] = {{"enforce", false}, {"observe", true}, {0}};

static bool read_mode(const struct node *at, void *of) {
    unsigned observe = 0;
    const bool good = loader_choose(at, modes, &observe);
    ((struct catalog_breaker *)of)->observe = observe != 0;
    return good;
}

#define BREAKER_KEY(title, member, kind, low, high, left_out, ...)                                 \
    {title,                                                                                        \
     LOAD_##kind,                                                                                  \
     .least = low,                                                                                 \
     .most = high,                                                                                 \
     .at = offsetof(struct catalog_breaker, member),                                               \
     __VA_ARGS__},
static const struct load_key breaker_keys[] = {
    {"mode", .read = read_mode, .words = modes,
     .sentence = "observe: a trial, which denies nothing and counts how often the breaker would "
                 "open. Default enforce."},
#include "catalog/breaker.def"
};
#undef BREAKER_KEY
const struct load_object loader_breaker_keys = LOAD_OBJECT("Of a breaker", "breaker", breaker_keys);

static bool read_breaker_object(const struct node *at, struct catalog_breaker *breaker) {
    const struct node at_longest = loader_member(at, "cooldown_max_s");
    bool good = true;
    if (json_is_string(at->value) && strcmp(json_string_value(at->value), "reported") == 0) {
        breaker->declared = breaker->reported = true;
        return true;
    }
    if (!json_is_object(at->value))
        return loader_fail(at, "expected an object or \"reported\"");
    *breaker = catalog_breaker_defaults;
    breaker->declared = true;
    const bool known = loader_check_object(at, &loader_breaker_keys);
    if (known && json_object_get(at->value, "open_after") == NULL &&
        json_object_get(at->value, "failure_ratio") == NULL &&
        json_object_get(at->value, "slow_ratio") == NULL)
        good = loader_fail(at, "nothing opens it; give \"open_after\", \"failure_ratio\" or "
                               "\"slow_ratio\"");
    if (!loader_read_keys(at, &loader_breaker_keys, NULL, known, breaker) || !good)
        return false;
    if (at_longest.value == NULL && breaker->cooldown_max_ms < breaker->cooldown_ms)
        breaker->cooldown_max_ms = breaker->cooldown_ms;
    return breaker->cooldown_max_ms >= breaker->cooldown_ms ||
           loader_fail(&at_longest, "less than \"cooldown_s\"");
}

/* ---- attempts ---- */

struct attempts_load {
    struct derived derived; /* first: readers of both declarations find it there */
    struct catalog_attempts attempts;
    bool asked[ATTEMPTS_PART_COUNT];
};

/* "success" or "failure": words on the wire, and label values in the exposition. */
static bool read_outcomes(const struct node *at, void *of) {
    struct catalog_attempts *attempts = &((struct attempts_load *)of)->attempts;
    const char **words = arena_array(&at->load->catalog->arena, CATALOG_WORDS_MAX, sizeof *words);
    uint32_t count = attempts->word_count;
    struct load_texts texts = {0};
    if (!loader_read_texts(at, CATALOG_WORDS_MAX - count, ":|,\n\r", &texts))
        return false;
    if (texts.count == 0)
        return loader_fail(at, "at least one outcome is needed");
    for (uint32_t i = 0; i < count; i++)
        words[i] = attempts->words[i];
    for (size_t i = 0; i < texts.count; i++) {
        const struct node here = loader_item(at, i);
        for (uint32_t known = 0; known < attempts->success_count; known++)
            if (strcmp(words[known], texts.items[i]) == 0)
                return loader_fail(&here, "\"%s\" means success already", texts.items[i]);
        words[count++] = texts.items[i];
    }
    if (attempts->word_count == 0)
        attempts->success_count = count;
    attempts->words = words;
    attempts->word_count = count;
    return true;
}

static bool read_breaker(const struct node *at, void *of) {
    return read_breaker_object(at, &((struct attempts_load *)of)->attempts.breaker);
}

enum { ATTEMPTS_OUTCOME = 1, ATTEMPTS_STATE_LABEL, ATTEMPTS_REASON };

static const struct derived_part attempts_parts[ATTEMPTS_PART_COUNT] = {
    [ATTEMPTS_TOTAL] = {KIND_COUNTER, ATTEMPTS_OUTCOME, true, false, "Attempts, by outcome."},
    [ATTEMPTS_ERRORS] = {KIND_COUNTER, 0, true, false, "Attempts that failed."},
    [ATTEMPTS_CONSECUTIVE] = {KIND_GAUGE, 0, true, false,
                              "Attempts that failed since the last successful one."},
    [ATTEMPTS_LAST_SUCCESS] = {KIND_GAUGE, 0, false, false,
                               "Unix time of the last successful attempt."},
    [ATTEMPTS_LAST_ERROR] = {KIND_GAUGE, 0, false, false,
                             "Unix time of the last attempt that failed."},
    [ATTEMPTS_OPENED] = {KIND_COUNTER, 0, true, false, "How often the circuit breaker opened."},
    [ATTEMPTS_WOULD_OPEN] = {KIND_COUNTER, 0, true, false,
                             "How often the circuit breaker would have opened; it is on trial."},
    [ATTEMPTS_STATE] = {KIND_GAUGE, ATTEMPTS_STATE_LABEL, true, true,
                        "State of the circuit breaker: 1 for the present one, 0 for the others."},
    [ATTEMPTS_TRANSITIONS] = {KIND_COUNTER, ATTEMPTS_STATE_LABEL, true, true,
                              "Changes of the circuit breaker, by the state that it entered."},
    [ATTEMPTS_STATE_SECONDS] = {KIND_COUNTER, ATTEMPTS_STATE_LABEL, true, true,
                                "Seconds that the circuit breaker spent in each state."},
    [ATTEMPTS_DENIED] = {KIND_COUNTER, ATTEMPTS_REASON, true, true,
                         "Attempts that the circuit breaker denied to clients, by reason."},
    [ATTEMPTS_FORCED] = {KIND_GAUGE, 0, true, true,
                         "1 while a person has decided the circuit breaker's state, else 0."},
    [ATTEMPTS_SILENT] = {KIND_COUNTER, 0, true, true,
                         "Half-open epochs of the circuit breaker in which all probes were taken "
                         "and none was reported."},
    [ATTEMPTS_OVERDUE_SECONDS] = {KIND_GAUGE, 0, true, true,
                                  "Seconds that the next attempt is late, 0 while it is in time."},
    [ATTEMPTS_DURATION] = {KIND_HISTOGRAM, ATTEMPTS_OUTCOME, false, false,
                           "Seconds that attempts took, by outcome."},
};

/* Read which of the optional parts the file asks for; whether they can be shown is known once all
 * keys are read. */
static bool read_expose(const struct node *at, void *of) {
    struct attempts_load *loading = of;
    const char *known[ATTEMPTS_PART_COUNT + 1] = {NULL};
    struct load_texts texts = {0};
    struct error on_request = {0};
    for (int part = 0; part < ATTEMPTS_PART_COUNT; part++) {
        known[part] = catalog_attempts_part_key((enum attempts_part)part);
        if (attempts_parts[part].on_request)
            (void)error_add(
                &on_request, "%s%s",
                *on_request.text != '\0' ? ", " : "on request there are: ", known[part]);
    }
    if (!loader_read_texts(at, ATTEMPTS_PART_COUNT, "", &texts))
        return false;
    for (size_t i = 0; i < texts.count; i++) {
        const struct node here = loader_item(at, i);
        struct error what;
        int part = 0;
        while (part < ATTEMPTS_PART_COUNT && strcmp(known[part], texts.items[i]) != 0)
            part++;
        (void)error_set(&what, "unknown family \"%s\"", texts.items[i]);
        if (part == ATTEMPTS_PART_COUNT)
            return loader_fail_unknown(&here, what.text, texts.items[i], known, on_request.text);
        if (!attempts_parts[part].on_request)
            return loader_fail(&here, "\"%s\" is exposed without being asked for; leave it out",
                               texts.items[i]);
        loading->asked[part] = true;
    }
    return true;
}

#define EXPECTED_MAX_S 864000000
#define DERIVED        "attempts"
static const struct load_key attempts_keys[] = {
#include "loader/derived.def"
    {"success", .read = read_outcomes, .missing = "", .schema = "words",
     .sentence = "Outcomes that mean success, as the wire and the label spell them."},
    {"failure", .read = read_outcomes, .missing = "", .schema = "words",
     .sentence = "Outcomes that mean failure, as the wire and the label spell them."},
    {"breaker", .read = read_breaker, .schema = "breaker_or_reported",
     .sentence = "The circuit breaker of each combination of labels. \"reported\": services have "
                 "their own, and report its transitions (letter b)."},
    {"expected_s", LOAD_SECONDS, .most = EXPECTED_MAX_S,
     .at = offsetof(struct attempts_load, attempts.expected_ms),
     .sentence = "At least one attempt is expected in this many seconds."},
    {"expose", .read = read_expose, .sentence = "Families that are derived on request."},
    {"buckets", .read = read_durations, .schema = "durations",
     .sentence = "Bounds of the histogram of the durations that attempts report, in seconds."},
};
#undef DERIVED
const struct load_object loader_attempts_keys =
    LOAD_OBJECT("Of attempts", "attempts", attempts_keys);

/* Why a part can't be shown, whatever the file says; NULL if it can. */
static const char *impossible(const struct catalog_attempts *attempts, int part) {
    if (part >= ATTEMPTS_OPENED && part <= ATTEMPTS_SILENT && !attempts->breaker.declared)
        return "this family is about a breaker; declare one with \"breaker\"";
    if (part == ATTEMPTS_WOULD_OPEN && !attempts->breaker.observe)
        return "this family is about a breaker on trial, with \"mode\": \"observe\"";
    if (part >= ATTEMPTS_DENIED && part <= ATTEMPTS_SILENT && attempts->breaker.reported)
        return "services run this breaker themselves, and the daemon does not know it";
    if (part == ATTEMPTS_OVERDUE_SECONDS && attempts->expected_ms == 0)
        return "late is what comes after the expected time; declare it with \"expected_s\"";
    return NULL;
}

static bool set_attempts_parts(const struct node *at, struct attempts_load *loading,
                               struct catalog_attempts *attempts) {
    struct derived *derived = &loading->derived;
    const struct node expose = loader_member(at, "expose");
    const bool has_buckets = json_object_get(at->value, "buckets") != NULL;
    const char *states[BREAKER_STATE_COUNT];
    const char *denials[BREAKER_DENIAL_COUNT];
    for (int state = 0; state < BREAKER_STATE_COUNT; state++)
        states[state] = catalog_breaker_state_text((enum breaker_state)state);
    for (int denial = 0; denial < BREAKER_DENIAL_COUNT; denial++)
        denials[denial] = catalog_breaker_denial_text((enum breaker_denial)denial);
    set_extra(at, &derived->extras[ATTEMPTS_OUTCOME], "outcome", attempts->words,
              attempts->word_count);
    set_extra(at, &derived->extras[ATTEMPTS_STATE_LABEL], "state", states, BREAKER_STATE_COUNT);
    if (loading->asked[ATTEMPTS_DENIED])
        set_extra(at, &derived->extras[ATTEMPTS_REASON], "reason", denials, BREAKER_DENIAL_COUNT);
    for (int part = 0; part < ATTEMPTS_PART_COUNT; part++) {
        const char *missing = impossible(attempts, part);
        const char *key = derived->shown[part].key;
        size_t asked_at = 0;
        while (asked_at < json_array_size(expose.value) &&
               strcmp(json_string_value(json_array_get(expose.value, asked_at)), key) != 0)
            asked_at++;
        const struct node here = loader_item(&expose, asked_at);
        if (loading->asked[part] && missing != NULL)
            return loader_fail(&here, "%s", missing);
        if (part == ATTEMPTS_DURATION && !has_buckets)
            missing = "this family needs \"buckets\"";
        if (missing == NULL && attempts_parts[part].on_request && !loading->asked[part])
            missing = "this family is exposed on request only; name it in \"expose\"";
        derived->shown[part].missing = missing;
        derived->shown[part].slot = &attempts->parts[part];
    }
    return true;
}

static bool read_attempts(const struct node *at) {
    struct attempts_load loading = {
        .derived = {.parts = attempts_parts, .part_count = ATTEMPTS_PART_COUNT}};
    struct derived *derived = &loading.derived;
    struct catalog_attempts *attempts = arena_alloc(&at->load->catalog->arena, sizeof *attempts);
    if (!start(at, "attempts", KIND_ATTEMPTS, derived) ||
        !loader_read_object(at, &loader_attempts_keys, &loading) ||
        !check_combinations(at, derived->machine))
        return false;
    *attempts = loading.attempts;
    derived->machine->attempts = attempts;
    return set_attempts_parts(at, &loading, attempts) && add_families(at, derived);
}

/* ---- jobs ---- */

struct jobs_load {
    struct derived derived; /* first, as above */
    struct catalog_jobs jobs;
};

enum { JOBS_STATE_LABEL = 1, JOBS_OUTCOME };

static const struct derived_part jobs_parts[JOBS_PART_COUNT] = {
    [JOBS_LIVE] = {KIND_GAUGE, JOBS_STATE_LABEL, true, false,
                   "Jobs that wait or run now, by state."},
    [JOBS_OLDEST_QUEUED] = {KIND_GAUGE, 0, false, false,
                            "Seconds that the oldest queued job has waited. Absent when none "
                            "waits."},
    [JOBS_OLDEST_RUNNING] = {KIND_GAUGE, 0, false, false,
                             "Seconds that the oldest running job has run. Absent when none runs."},
    [JOBS_WAITING] = {KIND_HISTOGRAM, 0, false, false,
                      "Seconds that jobs waited before they started."},
    [JOBS_RUNNING] = {KIND_HISTOGRAM, 0, false, false, "Seconds that jobs ran before they ended."},
    [JOBS_FINISHED] = {KIND_COUNTER, JOBS_OUTCOME, true, false,
                       "Jobs that ended, by outcome; lost is one whose process died."},
    [JOBS_STARTED] = {KIND_COUNTER, 0, true, false, "Runs that started."},
    [JOBS_MISSED] = {KIND_COUNTER, 0, true, false,
                     "Runs that were due and did not start, or did not succeed, in time."},
    [JOBS_OVERDUE] = {KIND_GAUGE, 0, true, false, "Seconds since the next run was due, 0 before."},
    [JOBS_NEXT_START] = {KIND_GAUGE, 0, false, false, "Unix time at which the next run is due."},
    [JOBS_CONSECUTIVE] = {KIND_GAUGE, 0, true, false,
                          "Runs that failed, were lost or missed since the last success."},
    [JOBS_LAST_EXIT] = {KIND_GAUGE, 0, false, false,
                        "Exit status of the last run, 128 and the number of a signal that ended "
                        "it. Absent before one was reported."},
    [JOBS_LAST_DURATION] = {KIND_GAUGE, 0, false, false,
                            "Seconds that the last run took. Absent before one has ended."},
    [JOBS_LAST_SUCCESS] = {KIND_GAUGE, 0, false, false,
                           "Unix time of the last success. Absent before the first."},
};

static bool read_state_label(const struct node *at, void *of) {
    struct catalog_jobs *jobs = &((struct jobs_load *)of)->jobs;
    return loader_read_text(at, CATALOG_NAME_MAX, &jobs->state_label) &&
           loader_check_label_name(at, jobs->state_label);
}

/* By which label is not known where the labels are wrong. */
static bool read_schedule(const struct node *at, void *of) {
    struct jobs_load *loading = of;
    if (loading->derived.labels_wrong && json_is_object(at->value))
        return false;
    return loader_read_schedule(at, loading->derived.machine, &loading->jobs.duty);
}

static bool read_zone(const struct node *at, void *of) {
    return loader_read_zone(at, &((struct jobs_load *)of)->jobs.duty);
}

#define DERIVED "jobs"
#define DUTY_KEY(title, member, kind, low, high, left_out, ...)                                    \
    {title,                                                                                        \
     LOAD_##kind,                                                                                  \
     .least = low,                                                                                 \
     .most = high,                                                                                 \
     .at = offsetof(struct jobs_load, jobs.duty.member),                                           \
     __VA_ARGS__},
static const struct load_key jobs_keys[] = {
#include "loader/derived.def"
    {"state_label", .read = read_state_label, .schema = "label_name",
     .sentence = "The label that says queued or running. Default state."},
    {"max_live", LOAD_COUNT, .least = 1, .most = CATALOG_LIVE_MAX,
     .at = offsetof(struct jobs_load, jobs.max_live),
     .sentence = "Most jobs that wait or run at a time. Default 10000."},
#include "catalog/duty.def"
    {"schedule", .read = read_schedule, .excludes = "every_s",
     .why = "a job is due by \"schedule\" or by \"every_s\", not by both",
     .sentence = "When a start is due, as in crontab(5): five fields or @daily and the like; or of "
                 "one label by its values: {\"task\": {\"backup\": \"5 5 * * 0\"}}."},
    {"tz", .read = read_zone, .needs = {"schedule"}, .why = "this needs \"schedule\"",

     .sentence = "The time zone of schedules, as Europe/Berlin. Default that of the host."},
    {"buckets", .read = read_durations, .schema = "durations",
     .sentence = "Bounds of the histograms of waiting and running time, in seconds. Default 1, 5, "
                 "15, 60, 300, 900, 3600, 14400, 86400."},
};
#undef DUTY_KEY
#undef DERIVED
const struct load_object loader_jobs_keys = LOAD_OBJECT("Of jobs", "jobs", jobs_keys);

static bool set_jobs_parts(const struct node *at, struct derived *derived,
                           struct catalog_jobs *jobs) {
    /* From a second to a day: cron jobs differ so much. */
    static const double usual[] = {1, 5, 15, 60, 300, 900, 3600, 14400, 86400};
    const struct node buckets = loader_member(at, "buckets");
    const char *states[JOB_STATE_COUNT];
    const char *outcomes[JOB_OUTCOME_COUNT];
    for (int state = 0; state < JOB_STATE_COUNT; state++)
        states[state] = catalog_job_state_text((enum job_state)state);
    for (int outcome = 0; outcome < JOB_OUTCOME_COUNT; outcome++)
        outcomes[outcome] = catalog_job_outcome_text((enum job_outcome)outcome);
    set_extra(at, &derived->extras[JOBS_STATE_LABEL], jobs->state_label, states, JOB_STATE_COUNT);
    set_extra(at, &derived->extras[JOBS_OUTCOME], "outcome", outcomes, JOB_OUTCOME_COUNT);
    for (int part = 0; part < JOBS_PART_COUNT; part++) {
        const char *missing = NULL;
        if (part >= JOBS_STARTED && !jobs->duty.declared)
            missing = "this family needs to know what a job should do, as by \"every_s\", "
                      "\"schedule\" or \"finish_within_s\"";
        else if (part >= JOBS_MISSED && part <= JOBS_NEXT_START &&
                 !catalog_duty_has_times(&jobs->duty))
            missing = "this family needs \"every_s\" or \"schedule\"";
        derived->shown[part] = (struct derived_shown){catalog_jobs_part_key((enum jobs_part)part),
                                                      missing, &jobs->parts[part]};
    }
    if (buckets.value == NULL) {
        derived->bounds.buckets = usual;
        derived->bounds.bucket_count = sizeof usual / sizeof usual[0];
    } else if (is_hidden(at, &derived->shown[JOBS_WAITING]) &&
               is_hidden(at, &derived->shown[JOBS_RUNNING])) {
        return loader_fail(&buckets, "/names leaves both histograms out");
    }
    return true;
}

static bool read_jobs(const struct node *at) {
    struct jobs_load loading = {.derived = {.parts = jobs_parts, .part_count = JOBS_PART_COUNT},
                                .jobs = {.state_label = "state",
                                         .max_live = CATALOG_LIVE_DEFAULT,
                                         .duty = catalog_duty_defaults}};
    struct derived *derived = &loading.derived;
    struct catalog_jobs *jobs = arena_alloc(&at->load->catalog->arena, sizeof *jobs);
    if (!start(at, "jobs", KIND_JOBS, derived) ||
        !loader_read_object(at, &loader_jobs_keys, &loading) ||
        !check_combinations(at, derived->machine))
        return false;
    *jobs = loading.jobs;
    for (size_t i = 0; i < CATALOG_DUTY_KEYS; i++)
        jobs->duty.declared |= json_object_get(at->value, catalog_duty_keys[i].key) != NULL;
    if (json_object_get(at->value, "schedule") != NULL && jobs->duty.zone == NULL)
        (void)loader_read_zone(&(struct node){.load = at->load}, &jobs->duty);
    derived->machine->jobs = jobs;
    return set_jobs_parts(at, derived, jobs) && add_families(at, derived);
}

bool loader_read_attempts(const struct node *at) {
    return loader_read_each(at, read_attempts);
}

bool loader_read_jobs(const struct node *at) {
    return loader_read_each(at, read_jobs);
}
