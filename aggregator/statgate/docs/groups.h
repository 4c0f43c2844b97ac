/*
 * groups.h - rows of a table for families that have the same to say. Private to statgate/.
 */
#ifndef STATGATE_STATGATE_DOCS_GROUPS_H
#define STATGATE_STATGATE_DOCS_GROUPS_H

#include "base/strbuf.h"
#include "catalog/catalog.h"

struct docs_entry {
    size_t offset; /**< of its key */
    const struct catalog_family *family;
};

/** Each distinct key, the text of a row's first cells, with the families that have it. */
struct docs_groups {
    struct strbuf keys; /**< terminated, one behind the other */
    size_t begun;       /**< where the key starts that is being written */
    struct docs_entry *entries;
    size_t count;
    size_t cap;
};

void docs_groups_init(struct docs_groups *groups);
void docs_groups_done(struct docs_groups *groups);
/** Append the key's text to groups->keys ("cell | cell"), then call this. Families come in order of
 * name. */
void docs_groups_add(struct docs_groups *groups, const struct catalog_family *family);

/** How the last cell is put shorter than as a list of all families. */
enum docs_shorten {
    SHORTEN_NOTHING,
    SHORTEN_ONLY, /**< "all that have it", where no other key has the same first cell */
    SHORTEN_REST  /**< the largest group, if it is large, comes last: "all others" */
};

/** Append a row for each key, in byte order of key: the key, then the families. */
void docs_groups_write(struct docs_groups *groups, struct strbuf *out, enum docs_shorten shorten);

#endif
