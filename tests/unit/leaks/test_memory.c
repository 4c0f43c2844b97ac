/* SPDX-License-Identifier: MIT */
/* A test that does not free what it allocates. */
#include <stdlib.h>

#include "assertions.h"

Test(leaks, memory_stays_allocated) {
    void *volatile piece = malloc(1000);
    cr_expect(piece != NULL);
    piece = NULL;
}
