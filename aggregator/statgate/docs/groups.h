/*
 * groups.h - rows of a table, each for all families that share the same text. Private to statgate/.
 */
#ifndef STATGATE_STATGATE_DOCS_GROUPS_H
#define STATGATE_STATGATE_DOCS_GROUPS_H

#include "base/strbuf.h"
#include "catalog/catalog.h"

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

#endif
