/*
 * patch_machine.h - what is declared of attempts and jobs: outcomes, and the families that follow. Private to hints/.
 */
#ifndef STATGATE_HINTS_PATCH_MACHINE_H
#define STATGATE_HINTS_PATCH_MACHINE_H

#include "base/json_writer.h"
#include "hints/group.h"

/** True if the words of the line can be outcomes of a new declaration of attempts. */
bool patch_machine_has_outcomes(const struct sg_line *line);
/** `success` and `failure` of a new declaration, as far as words can tell. */
void patch_machine_write_outcomes(struct json_writer *w, const struct sg_line *line);
/** How many series each combination of labels of the new declaration has, in all its families. */
uint64_t patch_machine_series(const struct sg_line *line);
/** The end of a name of a family that follows from it; NULL behind the last. Static. */
const char *patch_machine_part(const struct sg_line *line, size_t index);

/** Outcomes that attempts lack. Spans are borrowed. */
struct patch_outcomes {
    struct sg_span words[CATALOG_WORDS_MAX];
    size_t count;
};
/** Those of the group's line, or its value. False: they cannot all be declared, or are no outcomes but states of a
 * breaker. */
bool patch_machine_lacks(const struct hints_group *group, struct patch_outcomes *ret_outcomes);
/** The lists that change, whole. */
void patch_machine_write_more(struct json_writer *w, const struct catalog_attempts *attempts,
                              const struct patch_outcomes *outcomes);

#endif
