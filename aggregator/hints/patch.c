/* SPDX-License-Identifier: MIT */
/* patch.c - the change of a catalog that would accept rejected samples. */
#include "hints/hints_private.h"

#include <math.h>
#include <string.h>

#include "base/utf8.h"

/* ---- patch text ---- */

static bool has_any(struct sg_span text, const char *bytes) {
    for (size_t i = 0; i < text.len; i++)
        if (strchr(bytes, text.at[i]) != NULL)
            return true;
    return false;
}

bool patch_text_is_value(struct sg_span text) {
    if (text.len == 0 || text.len > CATALOG_VALUE_MAX || has_any(text, ",|"))
        return false;
    for (size_t at = 0; at < text.len;) {
        const size_t len = utf8_len(text.at + at, text.len - at);
        const unsigned char first = (unsigned char)text.at[at];
        if (len == 0 || first < 0x20 || first == 0x7f)
            return false;
        at += len;
    }
    return true;
}

static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool patch_text_is_name(struct sg_span text) {
    if (text.len == 0 || text.len > CATALOG_NAME_MAX || !is_letter(text.at[0]))
        return false;
    for (size_t i = 0; i < text.len; i++)
        if (!is_letter(text.at[i]) && !(text.at[i] >= '0' && text.at[i] <= '9'))
            return false;
    return true;
}

bool patch_text_is_whole_name(struct sg_span text) {
    return patch_text_is_value(text) && !has_any(text, ":*?$^()[]{}\\");
}

bool patch_text_is_among(const struct sg_span *texts, size_t count, struct sg_span text) {
    for (size_t i = 0; i < count; i++)
        if (sg_span_same(texts[i], text))
            return true;
    return false;
}

/* ---- patch values ---- */

/* ---- numbers ---- */

/* Whether the values are numbers whose sum is finite as well, whatever their weights. */
static bool are_finite(const struct sg_line *line) {
    struct sg_values values;
    double value;
    enum sg_reject reason;
    double sum = 0;
    sg_values_init(&values, line);
    while (sg_values_next(&values, &value, &reason, NULL)) {
        if (reason != SG_REJECT_NONE)
            return false;
        sum += fabs(value) / line->rate;
    }
    return isfinite(sum);
}

/* Whether the line has the count of a relayed summary. */
static bool is_whole(const struct catalog_family *family, const struct sg_line *line) {
    static const char end[] = "_count";
    const size_t len = strlen(family->name);
    return family_is_relayed(family) && line->name.len == len + strlen(end) &&
           memcmp(line->name.at + len, end, strlen(end)) == 0;
}

static bool takes_numbers(const struct catalog_family *family, const struct sg_line *line) {
    const bool whole = is_whole(family, line);
    struct sg_values values;
    double value;
    enum sg_reject reason;
    sg_values_init(&values, line);
    while (sg_values_next(&values, &value, &reason, NULL))
        if (!hints_kind(family)->takes_number(family, value) || (whole && value != floor(value)))
            return false;
    return true;
}

/* ---- words ---- */

static bool is_outcome(const struct catalog_attempts *attempts, struct sg_span word) {
    for (uint32_t i = 0; i < attempts->word_count; i++)
        if (sg_span_is(word, attempts->words[i]))
            return true;
    return false;
}

static bool is_state(struct sg_span word) {
    for (int state = 0; state < BREAKER_STATE_COUNT; state++)
        if (sg_span_is(word, catalog_breaker_state_text((enum breaker_state)state)))
            return true;
    return false;
}

static bool takes_word(const struct catalog_family *family, enum sg_letter letter,
                       struct sg_span word) {
    enum job_event event;
    if (letter == SG_LETTER_J)
        return job_event_find(word, &event);
    return letter == SG_LETTER_B ? is_state(word) : is_outcome(family->attempts, word);
}

static bool takes_words(const struct catalog_family *family, const struct sg_line *line) {
    struct sg_values values;
    struct sg_span word;
    sg_values_init(&values, line);
    while (sg_words_next(&values, &word))
        if (!takes_word(family, line->letter, word))
            return false;
    return line->letter != SG_LETTER_J ||
           (line->instance.len > 0 && line->instance.len <= SG_INSTANCE_MAX);
}

/* ---- the face ---- */

bool patch_values_are_numbers(const struct catalog_family *family, const struct sg_line *line) {
    return !family_has_lines(family) || are_finite(line);
}

bool patch_values_fit(const struct catalog_family *family, const struct sg_line *line) {
    if (!(family->kind->letters >> line->letter & 1u))
        return false;
    if (!family_has_lines(family))
        return takes_words(family, line);
    return are_finite(line) && takes_numbers(family, line);
}

/* ---- patch room ---- */

enum {
    SERIES_MAX = 10000000, /* most series that a catalog may allow for a service */
    GROWTH_MAX = 4         /* a label that multiplies a large family by more is not intended */
};

/* The counts that follow from the labels. */
struct counts {
    uint64_t combinations;
    uint64_t fallbacks; /* combinations with `otherwise` for every label that has one */
    bool can_fold;
};

static struct counts count(const struct patch_labels *labels) {
    struct counts counts = {1, 1, labels->added_count > 0};
    const struct catalog_family *family = labels->family;
    for (uint32_t i = 0; i < family->label_count; i++) {
        const uint64_t bound = hints_patch_labels_bound(labels, i);
        counts.combinations = catalog_bound_product(counts.combinations, bound);
        if (family->labels[i].otherwise >= 0 || labels->changes[i].otherwise != NULL)
            counts.can_fold = true;
        else
            counts.fallbacks = catalog_bound_product(counts.fallbacks, bound);
    }
    for (size_t i = 0; i < labels->added_count; i++)
        counts.combinations =
            catalog_bound_product(counts.combinations, hints_patch_labels_added_bound(labels, i));
    return counts;
}

/* Fit the service when `after` series replace `before`. */
static bool fit_service(const struct catalog *catalog, uint64_t before, uint64_t after,
                        struct patch_room *room) {
    if (after > SERIES_MAX || catalog->bound - before + after > SERIES_MAX)
        return false;
    const uint64_t sum = catalog->bound - before + after;
    room->service = sum > catalog->max_series ? sum : 0;
    return true;
}

/* The number of all series derived from it. */
static uint64_t derived(const struct catalog_family *family) {
    uint64_t sum = family->bound;
    for (size_t i = 0; i < family->catalog->family_count; i++)
        if (catalog_family_origin(&family->catalog->families[i]) == family)
            sum += family->catalog->families[i].bound;
    return sum;
}

/* The number of combinations of labels of all attempts and jobs. */
static uint64_t breakers_jobs(const struct catalog_set *set) {
    uint64_t sum = 0;
    for (size_t i = 0; i < set->family_count; i++)
        sum += family_has_lines(set->families[i]) ? 0 : set->families[i]->bound;
    return sum;
}

/* Fit `each` series for each combination of its labels, in place of its present ones. */
static bool fit_machine(const struct catalog_set *set, const struct patch_labels *labels,
                        uint64_t each, struct patch_room *room) {
    const struct catalog_family *family = labels->family;
    const uint64_t combinations = count(labels).combinations;
    const uint64_t before = family->combinations;
    return combinations <= CATALOG_COMBINATIONS_MAX &&
           breakers_jobs(set) - before + combinations <= CATALOG_MACHINES_MAX &&
           fit_service(family->catalog, each * before, each * combinations, room);
}

bool patch_room_of_new_machine(const struct catalog_set *set, const struct patch_labels *labels,
                               uint64_t series, struct patch_room *ret_room) {
    struct patch_room room = {0, 0};
    if (!fit_machine(set, labels, series, &room))
        return false;
    *ret_room = room;
    return true;
}

/* The family's own limit for these combinations: series that are not fallbacks keep their places,
 * and a family whose series all exist from the start (`zeros`) gets room for all. 0: unchanged. */
static uint64_t limit_of(const struct catalog_family *family, const struct counts *counts) {
    const uint64_t reserved = counts->can_fold ? counts->fallbacks : 0;
    if (family->max_series >= counts->combinations)
        return 0;
    if (family->zeros || reserved > SERIES_MAX)
        return counts->combinations;
    if (reserved < family->max_series && reserved <= family->reserved)
        return 0;
    const uint64_t wanted = family->max_series - family->reserved + reserved;
    return wanted < counts->combinations ? wanted : counts->combinations;
}

static bool fit_family(const struct patch_labels *labels, struct patch_room *room) {
    const struct catalog_family *family = labels->family;
    const struct counts counts = count(labels);
    const bool cut = family->bound < family->combinations;
    if (cut && family->zeros)
        return false;
    room->family = limit_of(family, &counts);
    const uint64_t most = room->family > 0 ? room->family : family->max_series;
    const uint64_t bound = most < counts.combinations ? most : counts.combinations;
    return fit_service(family->catalog, family->bound, bound, room) &&
           (room->service == 0 || family->bound == 0 || bound / GROWTH_MAX <= family->bound);
}

bool patch_room_of_labels(const struct catalog_set *set, const struct patch_labels *labels,
                          struct patch_room *ret_room) {
    const struct catalog_family *family = labels->family;
    struct patch_room room = {0, 0};
    if (family_has_lines(family)
            ? !fit_family(labels, &room)
            : !fit_machine(set, labels, derived(family) / family->combinations, &room))
        return false;
    *ret_room = room;
    return true;
}

/* For this many additional series. */
static bool patch_room_of_more(const struct catalog *catalog, uint64_t series,
                               struct patch_room *ret_room) {
    struct patch_room room = {0, 0};
    if (!fit_service(catalog, 0, series, &room))
        return false;
    *ret_room = room;
    return true;
}

bool patch_room_has_live(const struct catalog_set *set, uint64_t live) {
    for (size_t i = 0; i < set->family_count; i++)
        live += set->families[i]->jobs != NULL ? set->families[i]->jobs->max_live : 0;
    return live <= CATALOG_LIVE_ALL_MAX;
}

/* For a family whose `max_series` becomes this number. */
static bool patch_room_of_series(const struct catalog_family *family, uint64_t max_series,
                                 struct patch_room *ret_room) {
    struct patch_room room = {.family = max_series};
    if (!fit_service(family->catalog, family->bound, max_series, &room))
        return false;
    *ret_room = room;
    return true;
}

/* ---- patch machine ---- */

/* Whether an outcome of this name probably means failure. */
static bool is_failure(struct sg_span word) {
    static const char *const parts[] = {"err",   "fail",   "timeout", "lost",   "refus", "denied",
                                        "abort", "reject", "invalid", "cancel", "crash", NULL};
    for (size_t i = 0; parts[i] != NULL; i++)
        if (memmem(word.at, word.len, parts[i], strlen(parts[i])) != NULL)
            return true;
    return false;
}

/* Add an outcome once. Returns false if it cannot be an outcome, or there are already `most`. */
static bool add(struct patch_outcomes *outcomes, struct sg_span word, size_t most) {
    if (patch_text_is_among(outcomes->words, outcomes->count, word))
        return true;
    if (outcomes->count >= most || !patch_text_is_value(word))
        return false;
    outcomes->words[outcomes->count++] = word;
    return true;
}

static size_t count_failures(const struct patch_outcomes *outcomes) {
    size_t failures = 0;
    for (size_t i = 0; i < outcomes->count; i++)
        failures += is_failure(outcomes->words[i]);
    return failures;
}

static void write_words(struct json_writer *w, const struct patch_outcomes *outcomes,
                        bool failure) {
    for (size_t i = 0; i < outcomes->count; i++)
        if (is_failure(outcomes->words[i]) == failure)
            json_bytes(w, outcomes->words[i].at, outcomes->words[i].len);
}

/* ---- a new declaration ---- */

static bool read_outcomes(const struct sg_line *line, struct patch_outcomes *ret_outcomes) {
    struct sg_values values;
    struct sg_span word;
    *ret_outcomes = (struct patch_outcomes){0};
    sg_values_init(&values, line);
    while (sg_words_next(&values, &word))
        if (!add(ret_outcomes, word, CATALOG_WORDS_MAX - 1)) /* leaves room for the other kind */
            return false;
    return true;
}

bool patch_machine_has_outcomes(const struct sg_line *line) {
    struct patch_outcomes outcomes;
    return read_outcomes(line, &outcomes);
}

/* Write the words of one kind, or a placeholder. */
static void write_outcomes(struct json_writer *w, const struct patch_outcomes *outcomes,
                           bool failure) {
    const size_t failures = count_failures(outcomes);
    json_open_member(w, failure ? "failure" : "success", '[');
    write_words(w, outcomes, failure);
    if ((failure ? failures : outcomes->count - failures) == 0)
        json_text(w, failure ? "error" : "ok");
    json_close(w, ']');
}

void patch_machine_write_outcomes(struct json_writer *w, const struct sg_line *line) {
    struct patch_outcomes outcomes;
    (void)read_outcomes(line, &outcomes);
    write_outcomes(w, &outcomes, false);
    write_outcomes(w, &outcomes, true);
}

/* The number of parts. Attempts have no breaker and no optional parts here. */
static size_t part_count(const struct sg_line *line) {
    return line->letter == SG_LETTER_J ? JOBS_PART_COUNT : ATTEMPTS_OPENED;
}

const char *patch_machine_part(const struct sg_line *line, size_t index) {
    if (index >= part_count(line))
        return NULL;
    return line->letter == SG_LETTER_J ? catalog_jobs_part_key((enum jobs_part)index)
                                       : catalog_attempts_part_key((enum attempts_part)index);
}

/* One series of the machine itself and one of each family, except for families with a label of
 * their own. */
uint64_t patch_machine_series(const struct sg_line *line) {
    struct patch_outcomes outcomes;
    const size_t parts = part_count(line);
    if (line->letter == SG_LETTER_J)
        return 1 + (parts - 2) + JOB_STATE_COUNT + JOB_OUTCOME_COUNT;
    (void)read_outcomes(line, &outcomes);
    const size_t failures = count_failures(&outcomes);
    const bool one_kind = failures == 0 || failures == outcomes.count;
    return 1 + (parts - 1) + outcomes.count + one_kind;
}

/* ---- further outcomes ---- */

static bool is_declared(const struct catalog_attempts *attempts, struct sg_span word) {
    for (uint32_t i = 0; i < attempts->word_count; i++)
        if (sg_span_is(word, attempts->words[i]))
            return true;
    return false;
}

/* The missing outcomes of the group's line, or its value. Returns false if not all of them can be
 * declared, or they are states of a breaker instead of outcomes. */
static bool patch_machine_lacks(const struct hints_group *group,
                                struct patch_outcomes *ret_outcomes) {
    const struct catalog_attempts *attempts = group->family->attempts;
    const size_t most = CATALOG_WORDS_MAX - attempts->word_count;
    struct sg_values values;
    struct sg_span word;
    struct sg_line line;
    struct sg_fault fault;
    *ret_outcomes = (struct patch_outcomes){0};
    if (group->line.at == NULL || sg_line_parse(group->line, &line, &fault) != SG_REJECT_NONE)
        return !attempts->breaker.reported && add(ret_outcomes, group->value, most);
    if (line.letter != SG_LETTER_A)
        return false;
    sg_values_init(&values, &line);
    while (sg_words_next(&values, &word))
        if (!is_declared(attempts, word) && !add(ret_outcomes, word, most))
            return false;
    return ret_outcomes->count > 0;
}

static void write_more(struct json_writer *w, const struct catalog_attempts *attempts,
                       const struct patch_outcomes *outcomes, bool failure) {
    const uint32_t from = failure ? attempts->success_count : 0;
    const uint32_t to = failure ? attempts->word_count : attempts->success_count;
    json_open_member(w, failure ? "failure" : "success", '[');
    for (uint32_t i = from; i < to; i++)
        json_text(w, attempts->words[i]);
    write_words(w, outcomes, failure);
    json_close(w, ']');
}

/* Write the lists that change, complete. */
static void patch_machine_write_more(struct json_writer *w, const struct catalog_attempts *attempts,
                                     const struct patch_outcomes *outcomes) {
    const size_t failures = count_failures(outcomes);
    if (failures < outcomes->count)
        write_more(w, attempts, outcomes, false);
    if (failures > 0)
        write_more(w, attempts, outcomes, true);
}

/* ---- patch ---- */

/* ---- the envelope ---- */

/* Write up to the open object of the family, or of its attempts or jobs. */
static void open_family(struct json_writer *w, const struct catalog_family *family) {
    json_open_member(w, family->section, '{');
    json_open_member(w, family->key, '{');
}

static void open_patch(struct json_writer *w, const struct catalog_family *family) {
    json_open(w, '{');
    json_member_text(w, "service", family->catalog->service);
}

static void close_patch(struct json_writer *w) {
    json_close(w, '}');
    json_close(w, '}');
    json_close(w, '}');
}

/* ---- labels ---- */

static void write_labels(struct json_writer *w, const struct patch_labels *labels,
                         const struct patch_room *room) {
    open_patch(w, labels->family);
    hints_patch_labels_write_ignored(w, labels->family->catalog, labels->ignored,
                                     labels->ignored_count);
    if (room->service > 0)
        json_member_u64(w, "max_series", room->service);
    if (!hints_patch_labels_has(labels)) {
        json_close(w, '}');
        return;
    }
    open_family(w, labels->family);
    if (room->family > 0)
        json_member_u64(w, "max_series", room->family);
    hints_patch_labels_write(w, labels);
    close_patch(w);
}

static bool read_labels(struct patch_labels *labels, const struct hints_group *group) {
    struct sg_line line;
    struct sg_fault fault;
    if (!group->folded && group->reason != SG_REJECT_LABEL_OVERFLOW && group->line.at != NULL &&
        sg_line_parse(group->line, &line, &fault) == SG_REJECT_NONE)
        return hints_patch_labels_of_line(labels, group->family, line.tags);
    return hints_patch_labels_of_group(labels, group);
}

static bool patch_labels(struct json_writer *w, const struct hints_world *world,
                         const struct hints_group *group) {
    struct patch_labels labels;
    struct patch_room room = {0, 0};
    if (!read_labels(&labels, group))
        return false;
    if (!patch_room_of_labels(world->set, &labels, &room) &&
        (!hints_patch_labels_ignore(&labels) || !patch_room_of_labels(world->set, &labels, &room)))
        return false;
    if (!hints_patch_labels_has(&labels) && labels.ignored_count == 0)
        return false;
    write_labels(w, &labels, &room);
    return true;
}

/* ---- items: states, quantiles, bounds of buckets ---- */

static bool patch_states(struct json_writer *w, const struct catalog_family *family,
                         struct sg_span state) {
    const struct catalog_label *states = family->state_label;
    if (states->value_count >= CATALOG_STATES_MAX || !patch_text_is_value(state) ||
        catalog_label_find_text(states, state.at, state.len) >= 0)
        return false;
    open_patch(w, family);
    open_family(w, family);
    json_open_member(w, "labels", '{');
    json_open_member(w, family->name, '[');
    for (uint32_t i = 0; i < states->value_count; i++)
        json_bytes(w, states->values[i].text, states->values[i].len);
    json_bytes(w, state.at, state.len);
    json_close(w, ']');
    json_close(w, '}');
    close_patch(w);
    return true;
}

/* Write the numbers in order, with one more. */
static void write_numbers(struct json_writer *w, const char *key, const double *numbers,
                          uint32_t count, double more) {
    bool written = false;
    json_open_member(w, key, '[');
    for (uint32_t i = 0; i < count; i++) {
        if (!written && more < numbers[i])
            json_number(w, more);
        written |= more < numbers[i];
        json_number(w, numbers[i]);
    }
    if (!written)
        json_number(w, more);
    json_close(w, ']');
}

static bool patch_quantiles(struct json_writer *w, const struct catalog_family *family,
                            struct sg_span text) {
    double quantile;
    if (!sg_number_parse(text.at, text.len, &quantile) || !(quantile >= 0 && quantile <= 1) ||
        family->quantile_count >= CATALOG_QUANTILES_MAX)
        return false;
    open_patch(w, family);
    open_family(w, family);
    write_numbers(w, "quantiles", family->quantiles, family->quantile_count, quantile);
    close_patch(w);
    return true;
}

/* Write buckets with a negative bound: then a histogram takes negative numbers. */
static bool patch_buckets(struct json_writer *w, const struct catalog_family *family,
                          struct sg_span text) {
    double number;
    if (!(family->kind->keys & KEY_BUCKETS) || family->allow_negative ||
        family->bucket_count >= CATALOG_BUCKETS_MAX ||
        !sg_number_parse(text.at, text.len, &number) || !(number < 0) || !isfinite(number))
        return false;
    open_patch(w, family);
    open_family(w, family);
    write_numbers(w, "buckets", family->buckets, family->bucket_count, number);
    close_patch(w);
    return true;
}

/* ---- attempts and jobs ---- */

static bool patch_outcomes(struct json_writer *w, const struct hints_group *group) {
    const struct catalog_family *family = group->family;
    struct patch_outcomes outcomes;
    struct patch_room room;
    if (!patch_machine_lacks(group, &outcomes) ||
        !patch_room_of_more(family->catalog, outcomes.count * family->combinations, &room))
        return false;
    open_patch(w, family);
    if (room.service > 0)
        json_member_u64(w, "max_series", room.service);
    open_family(w, family);
    patch_machine_write_more(w, family->attempts, &outcomes);
    close_patch(w);
    return true;
}

static bool patch_live(struct json_writer *w, const struct hints_world *world,
                       const struct catalog_family *family) {
    if (family->jobs->max_live > CATALOG_LIVE_MAX / 2 ||
        !patch_room_has_live(world->set, family->jobs->max_live))
        return false;
    open_patch(w, family);
    open_family(w, family);
    json_member_u64(w, "max_live", 2 * (uint64_t)family->jobs->max_live);
    close_patch(w);
    return true;
}

/* ---- series ---- */

static bool patch_series(struct json_writer *w, const struct catalog_family *family) {
    struct patch_room room = {0, 0};
    const uint64_t twice = 2 * family->bound;
    const uint64_t wanted = twice < family->combinations ? twice : family->combinations;
    if (wanted <= family->bound || !patch_room_of_series(family, wanted, &room))
        return false;
    open_patch(w, family);
    if (room.service > 0)
        json_member_u64(w, "max_series", room.service);
    open_family(w, family);
    json_member_u64(w, "max_series", wanted);
    close_patch(w);
    return true;
}

/* ---- the rest of the line ---- */

/* Whether the rest of the line fits: with the patch applied, the line must not be refused for
 * another reason. */
static bool rest_fits(const struct hints_group *group) {
    struct sg_line line;
    struct sg_fault fault;
    if (group->line.at == NULL || sg_line_parse(group->line, &line, &fault) != SG_REJECT_NONE)
        return true;
    if (group->reason == SG_REJECT_BAD_VALUE)
        return patch_values_are_numbers(group->family, &line);
    const bool of_item = group->reason == SG_REJECT_LABEL_VALUE && group->label.at == NULL;
    return patch_values_fit(group->family, &line) &&
           (!of_item || hints_patch_labels_are_right(group->family, line.tags));
}

/* ---- by reason ---- */

static bool is_known(struct sg_span span) {
    return span.at != NULL;
}

static bool patch_value(struct json_writer *w, const struct hints_group *group) {
    const struct catalog_family *family = group->family;
    if (!is_known(group->value))
        return false;
    if (family->attempts != NULL)
        return !is_known(group->label) && patch_outcomes(w, group);
    return patch_buckets(w, family, group->value);
}

static bool patch_label_value(struct json_writer *w, const struct hints_world *world,
                              const struct hints_group *group) {
    const struct catalog_family *family = group->family;
    if (is_known(group->label))
        return patch_labels(w, world, group);
    if (!is_known(group->value))
        return false;
    if (family->state_label != NULL)
        return patch_states(w, family, group->value);
    return family_is_relayed(family) && patch_quantiles(w, family, group->value);
}

static bool patch_family(struct json_writer *w, const struct hints_world *world,
                         const struct hints_group *group) {
    const struct catalog_family *family = group->family;
    if (family->catalog->internal || family->source == SOURCE_DERIVED || !rest_fits(group))
        return false;
    switch (group->reason) {
    case SG_REJECT_UNKNOWN_LABEL:
    case SG_REJECT_MISSING_LABEL:
    case SG_REJECT_LABEL_OVERFLOW:
        return patch_labels(w, world, group);
    case SG_REJECT_LABEL_VALUE:
        return patch_label_value(w, world, group);
    case SG_REJECT_SERIES_LIMIT:
        return family->jobs != NULL ? patch_live(w, world, family) : patch_series(w, family);
    case SG_REJECT_BAD_VALUE:
        return patch_value(w, group);
    default: /* the sender's or the host's fault */
        return false;
    }
}

bool hints_patch(struct strbuf *out, const struct hints_world *world,
                 const struct hints_group *group) {
    struct json_writer w = {.out = out};
    const size_t before = out->len;
    if (group->family != NULL ? patch_family(&w, world, group)
                              : group->reason == SG_REJECT_UNKNOWN_FAMILY &&
                                    patch_family_write(&w, world, group->line))
        return true;
    out->len = before;
    return false;
}
