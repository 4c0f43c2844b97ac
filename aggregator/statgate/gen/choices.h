/*
 * choices.h - the enums of a family: values of labels, and words that functions take. Private to
 * statgate/.
 */
#ifndef STATGATE_STATGATE_GEN_CHOICES_H
#define STATGATE_STATGATE_GEN_CHOICES_H

#include "statgate/gen/plan.h"

/** True if all values of a label are known when the header is generated. */
bool gen_choice_is_listed(const struct catalog_label *label);
/** Length of the longest value in bytes, as written in lines. */
size_t gen_choice_longest(const struct gen_choice *choice);
/** Fill in the family's choices, without names. False: out of memory. */
bool gen_choices_make(struct gen_plan *plan, struct gen_family *family);
/** Find the choice of these words by name: "outcome", "event", "state", "quantile", or the
 * states of a stateset. */
const struct gen_choice *gen_choice_of_words(const struct gen_family *family, const char *key);
/** Name the tags and functions of the choices. */
void gen_choices_name_tags(struct gen_plan *plan, struct gen_family *family);
/** Name the constants, after gen_choices_name_tags for all families. */
void gen_choices_name_constants(struct gen_plan *plan, struct gen_family *family);

#endif
