/*
 * entropy.h - unpredictable numbers from the kernel: seeds of hash tables, handles of clients.
 */
#ifndef STATGATE_HOST_ENTROPY_H
#define STATGATE_HOST_ENTROPY_H

#include <stdbool.h>
#include <stdint.h>

/** 64 random bits. False, with errno set and *ret_value untouched, when the kernel has none to
 * give. */
bool entropy_u64(uint64_t *ret_value);

#endif
