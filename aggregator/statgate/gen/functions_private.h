/*
 * functions_private.h - writes parts of a generated function. For the files of this folder only.
 */
#ifndef STATGATE_STATGATE_GEN_FUNCTIONS_PRIVATE_H
#define STATGATE_STATGATE_GEN_FUNCTIONS_PRIVATE_H

#include "statgate/gen/plan.h"

/** Write the comment of a function. */
void gen_put_remarks(struct strbuf *out, const struct gen_family *family,
                     const struct gen_function *function);

/** The number of labels of a call as C text: a number, or `count`. */
struct gen_count {
    char text[12];
};

/** Write the labels of a call as an array `pairs`, indented by `indent` blanks. `service_label`
 * adds a label, or is NULL; there is at least one label. */
struct gen_count gen_put_pairs(struct strbuf *out, const struct gen_service *service, int indent,
                               const char *service_label, const struct gen_function *function);

/** Maximum size in bytes of these labels as a text, with its terminator. */
size_t gen_pairs_bytes(const char *service_label, const struct gen_function *function);

#endif
