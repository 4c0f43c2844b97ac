/*
 * names.h - the identifiers of a header, each once: what is taken gets _2 at its end, then _3.
 * Private to statgate/.
 *
 * In C, tags and functions may share a name. In C++ they had better not, so there is one table.
 */
#ifndef STATGATE_STATGATE_GEN_NAMES_H
#define STATGATE_STATGATE_GEN_NAMES_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/strbuf.h"

struct gen_name {
    const char *text; /**< NULL: a free place */
    uint32_t next;    /**< what the next one of this text gets at its end, or less */
};

struct gen_names {
    struct arena *arena; /**< holds the texts; borrowed */
    struct gen_name *places;
    size_t size; /**< a power of two, or 0 */
    size_t count;
    bool failed; /**< out of memory; names are "" then */
};

void gen_names_init(struct gen_names *names, struct arena *arena);
void gen_names_done(struct gen_names *names);
/** This name, or one like it that is free, taken from now on. In the arena. */
const char *gen_names_take(struct gen_names *names, const char *text);
/** The same of a buffer, which is empty then. */
const char *gen_names_take_buffer(struct gen_names *names, struct strbuf *text);

#endif
