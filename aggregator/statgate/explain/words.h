/*
 * words.h - words of a line in hints: quoted, and compared with what is known. Private to
 * statgate/.
 */
#ifndef STATGATE_STATGATE_EXPLAIN_WORDS_H
#define STATGATE_STATGATE_EXPLAIN_WORDS_H

#include "base/strbuf.h"
#include "gate/trace.h"

/** A terminated copy, cut if need be, to look up what is near. */
struct explain_word {
    char text[CATALOG_NAME_MAX + 1];
};
struct explain_word explain_word_of(struct sg_span span);

/** True when one of the line's values is this word. */
bool explain_says(const struct gate_trace *trace, const char *word);

/** A name or value from outside, in quotes. */
void explain_put_quoted(struct strbuf *out, const char *text);
/** "did you mean "worked"?" when one of `words` (ended by NULL) is near. */
void explain_put_near(struct strbuf *out, struct sg_span sent, const char *const *words);

#endif
