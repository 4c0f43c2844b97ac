/*
 * entropy.h - random numbers from the kernel, for seeds of hash tables and handles of clients.
 */
#ifndef STATGATE_HOST_ENTROPY_H
#define STATGATE_HOST_ENTROPY_H

#include <stdbool.h>
#include <stdint.h>

/** Get 64 random bits. False, with errno set and *ret_value untouched, if the kernel cannot provide
 * them. */
bool entropy_u64(uint64_t *ret_value);

#endif
