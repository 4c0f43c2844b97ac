/*
 * difference.h - shows people where two texts differ. Private to statgate/.
 */
#ifndef STATGATE_STATGATE_DOCS_DIFFERENCE_H
#define STATGATE_STATGATE_DOCS_DIFFERENCE_H

#include "base/strbuf.h"

/** Append the first line that differs, as it is and as it should be. If all lines are equal, the
 * texts differ in the line break at the end. */
void docs_put_difference(struct strbuf *out, const struct strbuf *found,
                         const struct strbuf *wanted);

#endif
