/*
 * markdown.h - text of other people in Markdown (CommonMark, with the tables of GitHub).
 * Private to statgate/.
 */
#ifndef STATGATE_STATGATE_DOCS_MARKDOWN_H
#define STATGATE_STATGATE_DOCS_MARKDOWN_H

#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"

/** An empty line, the heading, an empty line. The text is Markdown. */
void docs_put_heading(struct strbuf *out, int level, const char *text);
/** Text for people: nothing in it is taken for Markdown. Line breaks become blanks.
 * For headings, paragraphs and cells. */
void docs_put_prose(struct strbuf *out, const char *text);
/** Text as code, for a cell of a table. */
void docs_put_code(struct strbuf *out, const char *text);
/** Several, with commas between them. */
void docs_put_codes(struct strbuf *out, const char *const *texts, size_t count);
/** "1,308"; UINT64_MAX, which means all beyond: "2^64 or more". */
void docs_put_count(struct strbuf *out, uint64_t count);
/** "300 s" */
void docs_put_seconds(struct strbuf *out, int64_t time_ms);

#endif
