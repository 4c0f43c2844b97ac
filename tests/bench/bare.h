/*
 * bare.h - the least that a receiver of these lines can do: find the fields, hash name and tags,
 * look the key up, add the number. No catalog, no verdicts, no types, no senders. The cost of the
 * gate is given as a ratio to this.
 */
#ifndef STATGATE_BENCH_BARE_H
#define STATGATE_BENCH_BARE_H

#include <stddef.h>

struct bare;

struct bare *bare_new(size_t keys);
void bare_free(struct bare *bare);
void bare_datagram(struct bare *bare, const char *data, size_t len);
/* The sum of all values, so that no compiler drops the work. */
double bare_sum(const struct bare *bare);

#endif
