/*
 * patch_machine.h - declarations of attempts and jobs: outcomes, and the families derived from
 * them. Private to hints/.
 */
#ifndef STATGATE_HINTS_PATCH_MACHINE_H
#define STATGATE_HINTS_PATCH_MACHINE_H

#include "base/json_writer.h"
#include "hints/group.h"

/** Whether the words of the line can be outcomes of a new declaration of attempts. */
bool patch_machine_has_outcomes(const struct sg_line *line);
/** Write `success` and `failure` of a new declaration, as far as the words show which is which. */
void patch_machine_write_outcomes(struct json_writer *w, const struct sg_line *line);
/** The number of series of each combination of labels of the new declaration, in all its
 * families. */
uint64_t patch_machine_series(const struct sg_line *line);
/** The suffix of the name of derived family `index`; NULL after the last. Static. */
const char *patch_machine_part(const struct sg_line *line, size_t index);

/** Outcomes that a declaration of attempts lacks. Spans are borrowed. */
struct patch_outcomes {
    struct sg_span words[CATALOG_WORDS_MAX];
    size_t count;
};
/** The missing outcomes of the group's line, or its value. Returns false if not all of them can be
 * declared, or they are states of a breaker instead of outcomes. */
bool patch_machine_lacks(const struct hints_group *group, struct patch_outcomes *ret_outcomes);
/** Write the lists that change, complete. */
void patch_machine_write_more(struct json_writer *w, const struct catalog_attempts *attempts,
                              const struct patch_outcomes *outcomes);

#endif
