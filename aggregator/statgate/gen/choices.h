/*
 * choices.h - the enums of a family: values of labels, and words that a function takes. Private to
 * statgate/.
 */
#ifndef STATGATE_STATGATE_GEN_CHOICES_H
#define STATGATE_STATGATE_GEN_CHOICES_H

#include "statgate/gen/plan.h"

/** True when the header knows all values of a label. */
bool gen_choice_is_listed(const struct catalog_label *label);
/** Bytes of the longest value, as lines have it. */
size_t gen_choice_longest(const struct gen_choice *choice);
/** Fill the family's choices, without their names. False when out of memory. */
bool gen_choices_make(struct gen_plan *plan, struct gen_family *family);
/** The one of these words, "outcome", "event", "state" or "quantile", or of the states of a stateset,
 * by its name. */
const struct gen_choice *gen_choice_of_words(const struct gen_family *family, const char *key);
/** Name their tags and functions, */
void gen_choices_name_tags(struct gen_plan *plan, struct gen_family *family);
/** and then, when those of all families have theirs, the constants. */
void gen_choices_name_constants(struct gen_plan *plan, struct gen_family *family);

#endif
