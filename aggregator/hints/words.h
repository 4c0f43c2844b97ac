/*
 * words.h - words of a line in hints: quoted, and compared with known words.
 */
#ifndef STATGATE_HINTS_WORDS_H
#define STATGATE_HINTS_WORDS_H

#include "base/strbuf.h"
#include "gate/gate.h"

/** A terminated copy, cut if necessary, to search for similar words. */
struct words_copy {
    char text[CATALOG_NAME_MAX + 1];
};
struct words_copy words_copy_of(struct sg_span span);

/** Whether one of the line's values is this word. */
bool hints_says(const struct gate_trace *trace, const char *word);

/** Append a name or value from outside, in quotes. */
void words_put_quoted(struct strbuf *out, const char *text);
/** Append "did you mean "worked"?" if one of `words` (ended by NULL) is similar. */
void words_put_near(struct strbuf *out, struct sg_span sent, const char *const *words);

#endif
