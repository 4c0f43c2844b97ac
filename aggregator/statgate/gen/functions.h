/*
 * functions.h - writes the enums and functions of a service as C. Private to statgate/.
 */
#ifndef STATGATE_STATGATE_GEN_FUNCTIONS_H
#define STATGATE_STATGATE_GEN_FUNCTIONS_H

#include "statgate/gen/plan.h"

/** Define, before the service, the macros that make a C enum valid C++ and keep a function from
 * being inlined; undefine them after it. */
void gen_put_macros(struct strbuf *out, const struct gen_service *service);
void gen_put_macros_end(struct strbuf *out, const struct gen_service *service);
/** Write the enum, each value with a comment, and the function that returns a constant's text. */
void gen_put_choice(struct strbuf *out, const struct gen_service *service,
                    const struct gen_choice *choice);
/** Write one function with its comment. */
void gen_put_function(struct strbuf *out, const struct gen_service *service,
                      const struct gen_family *family, const struct gen_function *function);

#endif
