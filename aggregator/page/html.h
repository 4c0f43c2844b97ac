/*
 * html.h - escapes texts for HTML. Names, label values and lines come from strangers: each is
 * escaped here and nowhere else.
 *
 * Characters that a reader would not see, or that change how other text is displayed, are written
 * out: control characters, marks that change the direction of writing, characters without width,
 * bytes that are not UTF-8. They look like \x1b or \u202e. A backslash in the text itself stays as
 * it is: the form is for people and need not be reversible.
 */
#ifndef STATGATE_PAGE_HTML_H
#define STATGATE_PAGE_HTML_H

#include "base/strbuf.h"

/** Append a text, or the value of an attribute between double quotes. */
void html_put(struct strbuf *out, const char *text, size_t len);
void html_puts(struct strbuf *out, const char *text);
/** Append several lines of text; line ends are kept. */
void html_put_lines(struct strbuf *out, const char *text, size_t len);
/** Append a stranger's text in its own element, so that its direction of writing ends with it. */
void html_put_isolated(struct strbuf *out, const char *text, size_t len);
/** Append a value in the query of a link, percent-encoded. It needs no other escaping. */
void html_put_encoded(struct strbuf *out, const char *text, size_t len);

#endif
