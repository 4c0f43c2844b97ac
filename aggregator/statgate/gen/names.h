/*
 * names.h - the identifiers of a header, each used once: a name that is taken gets _2 at its end,
 * then _3. Private to statgate/.
 *
 * In C, tags and functions may share a name, but in C++ that is better avoided, so there is only
 * one table.
 */
#ifndef STATGATE_STATGATE_GEN_NAMES_H
#define STATGATE_STATGATE_GEN_NAMES_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/strbuf.h"

struct gen_name {
    const char *text; /**< NULL: the place is free */
    uint32_t next;    /**< lower bound of the next suffix for this text */
};

struct gen_names {
    struct arena *arena; /**< holds the texts; borrowed */
    struct gen_name *places;
    size_t size; /**< a power of two, or 0 */
    size_t count;
    bool failed; /**< out of memory; all names are "" then */
};

void gen_names_init(struct gen_names *names, struct arena *arena);
/** Mark the names of a list, which ends with NULL, as taken. */
void gen_names_reserve(struct gen_names *names, const char *const *texts);
void gen_names_done(struct gen_names *names);
/** Take this name, or the first free one with a suffix. The text is in the arena. */
const char *gen_names_take(struct gen_names *names, const char *text);
/** As gen_names_take, with the text of a buffer, which is emptied. */
const char *gen_names_take_buffer(struct gen_names *names, struct strbuf *text);

#endif
