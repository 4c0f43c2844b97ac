/* The description of a set's families: what a reader needs to know them again. */
#include "object/layout.h"

uint64_t families_bytes(const struct catalog_set *set) {
    (void)set;
    return sizeof(uint64_t);
}

void families_write(const struct catalog_set *set, unsigned char *ret_bytes) {
    (void)set;
    ret_bytes[0] = 0;
}
