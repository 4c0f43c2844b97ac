/*
 * functions.h - the enums and functions of a service, as C. Private to statgate/.
 */
#ifndef STATGATE_STATGATE_GEN_FUNCTIONS_H
#define STATGATE_STATGATE_GEN_FUNCTIONS_H

#include "statgate/gen/plan.h"

/** The macros that make an enum of C one of C++, and keep a function out of line: before the service, and
 * behind it. */
void gen_put_macros(struct strbuf *out, const struct gen_service *service);
void gen_put_macros_end(struct strbuf *out, const struct gen_service *service);
/** The type, each value with a comment, and the function that gives a constant's text. */
void gen_put_choice(struct strbuf *out, const struct gen_service *service,
                    const struct gen_choice *choice);
/** One function, with its comment. */
void gen_put_function(struct strbuf *out, const struct gen_service *service,
                      const struct gen_family *family, const struct gen_function *function);

#endif
