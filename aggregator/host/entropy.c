/*
 * entropy.c - getrandom(2). It returns up to 256 bytes completely or not at all; only the wait for
 * the kernel's first entropy, early in a boot, can be interrupted.
 */
#include "host/entropy.h"

#include <errno.h>
#include <sys/random.h>

bool entropy_u64(uint64_t *ret_value) {
    uint64_t value;
    ssize_t got;
    do
        got = getrandom(&value, sizeof value, 0);
    while (got < 0 && errno == EINTR);
    if (got != (ssize_t)sizeof value)
        return false;
    *ret_value = value;
    return true;
}
