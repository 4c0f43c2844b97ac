/*
 * mapped.h - an allocator whose pieces are mappings of their own.
 *
 * For large buffers of short life. The heap would put such a buffer into the free space between
 * other pieces if it fits there, and pages that were touched there stay resident when the buffer
 * is freed. A mapping returns to the system, and it shrinks and grows without a copy.
 */
#ifndef STATGATE_HOST_MAPPED_H
#define STATGATE_HOST_MAPPED_H

#include "base/memory.h"

/** The allocator. A piece takes whole pages, 64 bytes more than its size. Static. */
const struct memory *mapped_memory(void);

#endif
