/*
 * difference.h - where two texts differ, for people. Private to statgate/.
 */
#ifndef STATGATE_STATGATE_DOCS_DIFFERENCE_H
#define STATGATE_STATGATE_DOCS_DIFFERENCE_H

#include "base/strbuf.h"

/** The first line that differs, as it is and as it should be. Texts may differ only in the
 * line break at the end. */
void docs_put_difference(struct strbuf *out, const struct strbuf *found,
                         const struct strbuf *wanted);

#endif
