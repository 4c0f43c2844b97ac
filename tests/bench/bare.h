/* SPDX-License-Identifier: MIT */
/*
 * bare.h - the least work that a receiver of lines can do: find the fields, hash name and tags,
 * look the key up, add the number. It has no catalog, verdicts, types or senders. The benchmarks
 * give the cost of the gate as a ratio to the cost of this.
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
