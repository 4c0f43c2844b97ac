/* SPDX-License-Identifier: MIT */
/* A test that leaves a descriptor open. */
#include <fcntl.h>

#include "assertions.h"

Test(leaks, a_descriptor_stays_open) {
    cr_expect(ne(int, open("/dev/null", O_RDONLY | O_CLOEXEC), -1));
}
