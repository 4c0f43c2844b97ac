#include "hints/patch_machine.h"

#include <string.h>

#include "hints/patch_text.h"

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

bool patch_machine_lacks(const struct hints_group *group, struct patch_outcomes *ret_outcomes) {
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

void patch_machine_write_more(struct json_writer *w, const struct catalog_attempts *attempts,
                              const struct patch_outcomes *outcomes) {
    const size_t failures = count_failures(outcomes);
    if (failures < outcomes->count)
        write_more(w, attempts, outcomes, false);
    if (failures > 0)
        write_more(w, attempts, outcomes, true);
}
