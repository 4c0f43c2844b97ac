/*
 * markdown.h - writes texts from catalogs as Markdown (CommonMark, with GitHub's tables). Private
 * to statgate/.
 */
#ifndef STATGATE_STATGATE_DOCS_MARKDOWN_H
#define STATGATE_STATGATE_DOCS_MARKDOWN_H

#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"

/** Append a heading between two empty lines. `text` is Markdown. */
void docs_put_heading(struct strbuf *out, int level, const char *text);
/** Append prose with all Markdown escaped and line breaks as blanks. For headings, paragraphs
 * and cells. */
void docs_put_prose(struct strbuf *out, const char *text);
/** Append text as code, for a cell of a table. */
void docs_put_code(struct strbuf *out, const char *text);
/** Append several texts as code, with commas between them. */
void docs_put_codes(struct strbuf *out, const char *const *texts, size_t count);
/** Append a count: "1,308"; for UINT64_MAX, which stands for all larger numbers: "2^64 or more". */
void docs_put_count(struct strbuf *out, uint64_t count);
/** Append a time: "300 s". */
void docs_put_seconds(struct strbuf *out, int64_t time_ms);

#endif
