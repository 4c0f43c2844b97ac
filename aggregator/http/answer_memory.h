/*
 * answer_memory.h - the memory of answers under way: one account for all listeners.
 *
 * An answer may take an eighth of what is free for its next piece, up to a whole slice. So a few
 * answers get all they want, and the last of many still get something; slow readers that hold what
 * they were given make the pieces of others smaller, and nobody waits. When next to nothing is free,
 * an answer goes on uncompressed, in slices of HTTP_ANSWER_LEAST bytes; those exceed the account and
 * are counted with the connections.
 */
#ifndef STATGATE_HTTP_ANSWER_MEMORY_H
#define STATGATE_HTTP_ANSWER_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct answer_memory {
    size_t max;
    size_t used;       /**< may exceed max by the least slices */
    uint64_t squeezed; /**< answers that got less than they could have used */
};

/** What an answer may take for its next piece; 0 when all is taken. */
size_t answer_memory_share(const struct answer_memory *memory);
/** An answer holds `now` bytes and held *held, which becomes `now`. */
void answer_memory_change(struct answer_memory *memory, size_t *held, size_t now);

#endif
