#include "hints/patch_values.h"

#include <math.h>
#include <string.h>

#include "hints/kinds.h"
#include "machines/job_event.h"

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
