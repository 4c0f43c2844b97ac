/*
 * functions_private.h - the parts of a function. For the files of this folder only.
 */
#ifndef STATGATE_STATGATE_GEN_FUNCTIONS_PRIVATE_H
#define STATGATE_STATGATE_GEN_FUNCTIONS_PRIVATE_H

#include "statgate/gen/plan.h"

/** The comment. */
void gen_put_remarks(struct strbuf *out, const struct gen_family *family,
                     const struct gen_function *function);

/** How many labels a call has, as C: a number, or `count`. */
struct gen_count {
    char text[12];
};

/** The labels of a call as an array `pairs`, behind `indent` blanks. `service_label` is one more, or
 * NULL; there is at least one. */
struct gen_count gen_put_pairs(struct strbuf *out, const struct gen_service *service, int indent,
                               const char *service_label, const struct gen_function *function);

/** Most bytes of these labels as a text, with its end. */
size_t gen_pairs_bytes(const char *service_label, const struct gen_function *function);

#endif
