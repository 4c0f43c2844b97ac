/* SPDX-License-Identifier: MIT */
/* docs_private.h - what the modules of this folder and their tests share. Private. */
#ifndef STATGATE_STATGATE_DOCS_DOCS_PRIVATE_H
#define STATGATE_STATGATE_DOCS_DOCS_PRIVATE_H

#include <stddef.h>
#include <stdint.h>

#include "base/strbuf.h"
#include "catalog/catalog.h"
#include "statgate/command.h"

/* ---- groups ----
 * rows of a table, each for all families that share the same text. Private to statgate/.
 */

struct docs_entry {
    size_t offset; /**< of its key in `keys` */
    const struct catalog_family *family;
};

/** Each distinct key, which is the text of a row's first cells, with the families that have it. */
struct docs_groups {
    struct strbuf keys; /**< terminated, one after the other */
    size_t begun;       /**< start of the key that is being written */
    struct docs_entry *entries;
    size_t count;
    size_t cap;
};

void docs_groups_init(struct docs_groups *groups);
void docs_groups_done(struct docs_groups *groups);
/** Append the key's text to groups->keys ("cell | cell"), then call this. Add families in order
 * of name. */
void docs_groups_add(struct docs_groups *groups, const struct catalog_family *family);

/** How to shorten the last cell, instead of listing all families. */
enum docs_shorten {
    SHORTEN_NOTHING,
    SHORTEN_ONLY, /**< "all that have it", if no other key has this first cell */
    SHORTEN_REST  /**< a large largest group comes last, as "all others" */
};

/** Append a row for each key, in byte order of key: the key, then the families. */
void docs_groups_write(struct docs_groups *groups, struct strbuf *out, enum docs_shorten shorten);

/* ---- markdown ----
 * writes texts from catalogs as Markdown (CommonMark, with GitHub's tables). Private
 * to statgate/.
 */

/** Append a heading between two empty lines. `text` is plain. */
void docs_put_heading(struct strbuf *out, int level, const char *text);
/** Append prose with all Markdown escaped and line breaks as blanks. For headings, paragraphs
 * and cells. */
void docs_put_prose(struct strbuf *out, const char *text);
/** Append text as code, for a cell of a table. */
void docs_put_code(struct strbuf *out, const char *text);
/** Append several texts as code, with commas between them. */
void docs_put_codes(struct strbuf *out, const char *const *texts, size_t count);
/**
 * Append a template, whose holes take the arguments in order:
 *
 *   {text}     const char *, Markdown         {code}, {prose}   const char *, as above
 *   {count}    uint64_t: "1,308"; for UINT64_MAX, which stands for all larger numbers, "2^64 or
 *              more"                          {n}               uint32_t, the same
 *   {number}   double                         {seconds}         int64_t in milliseconds: "300 s"
 */
void docs_put(struct strbuf *out, const char *template, ...);

/* ---- sections ----
 * the sections of one service. Private to statgate/.
 *
 * `level` is the depth of their headings, 2 to 4. Each function appends nothing if the service has
 * nothing for its section.
 */

void docs_write_series(struct strbuf *out, const struct catalog *catalog, int level);
void docs_write_presence(struct strbuf *out, const struct catalog *catalog, int level);
void docs_write_buckets(struct strbuf *out, const struct catalog *catalog, int level);
void docs_write_queries(struct strbuf *out, const struct catalog *catalog, int level);
void docs_write_sending(struct strbuf *out, const struct catalog *catalog, int level);
void docs_write_bounds(struct strbuf *out, const struct catalog *catalog, int level);

#endif
