/*
 * html.h - texts in HTML. Names, label values and lines come from strangers: each is escaped here, and
 * nowhere else.
 *
 * What a reader would not see, or what changes how other text is seen, is written out: control characters,
 * marks that turn the direction of writing, characters without width, bytes that are no UTF-8. It looks like
 * \x1b or \u202e, and a backslash of the text itself stays as it is: this is for eyes, not to be read back.
 */
#ifndef STATGATE_PAGE_HTML_H
#define STATGATE_PAGE_HTML_H

#include "base/strbuf.h"

/** A text, or the value of an attribute between double quotes. */
void html_put(struct strbuf *out, const char *text, size_t len);
void html_puts(struct strbuf *out, const char *text);
/** Several lines of text: their ends are kept. */
void html_put_lines(struct strbuf *out, const char *text, size_t len);
/** A stranger's text in an element of its own, so that its direction of writing ends with it. */
void html_put_isolated(struct strbuf *out, const char *text, size_t len);
/** A value in the query of a link: percent-encoded. Needs no escaping any more. */
void html_put_encoded(struct strbuf *out, const char *text, size_t len);

#endif
