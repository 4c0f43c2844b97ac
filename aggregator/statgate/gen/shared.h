/*
 * shared.h - writes the helpers that several functions of a service call. Private to statgate/.
 */
#ifndef STATGATE_STATGATE_GEN_SHARED_H
#define STATGATE_STATGATE_GEN_SHARED_H

#include "statgate/gen/plan.h"

/** Append the helpers that at least one function of the service calls. */
void gen_put_shared(struct strbuf *out, const struct gen_service *service);

#endif
