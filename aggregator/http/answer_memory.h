/*
 * answer_memory.h - the memory of answers under way: one account for all listeners.
 *
 * An answer may take an eighth of the free memory for its next piece, up to a whole slice. So a few
 * answers get all they want, and the last of many still get some; slow readers that hold their
 * memory make the pieces of others smaller, and nobody waits. When almost nothing is free, an
 * answer continues uncompressed, in slices of HTTP_ANSWER_LEAST bytes; these exceed the account and
 * are counted with the connections.
 */
#ifndef STATGATE_HTTP_ANSWER_MEMORY_H
#define STATGATE_HTTP_ANSWER_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct answer_memory {
    size_t max;
    size_t used;       /**< may exceed max by slices of HTTP_ANSWER_LEAST bytes */
    uint64_t squeezed; /**< answers that got less than they could have used */
};

/** How many bytes an answer may take for its next piece; 0 if no memory is free. */
size_t answer_memory_share(const struct answer_memory *memory);
/** Change the account for an answer that held *held bytes and now holds `now`; sets *held to
 * `now`. */
void answer_memory_change(struct answer_memory *memory, size_t *held, size_t now);

#endif
