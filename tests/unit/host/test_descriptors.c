/* SPDX-License-Identifier: MIT */
/* The limit of descriptors. The test runs in a child, so that the limit of others stays. */
#include "host/service_manager.h"

#include <sys/resource.h>

#include "assertions.h"
#include "child.h"

static int raises_as_far_as_it_may(void *arg) {
    struct rlimit limit = {.rlim_cur = 40, .rlim_max = 50};
    (void)arg;
    CLAIM(1, setrlimit(RLIMIT_NOFILE, &limit) == 0);
    host_descriptors_raise();
    CLAIM(2, getrlimit(RLIMIT_NOFILE, &limit) == 0);
    CLAIM(3, limit.rlim_cur == 50 && limit.rlim_max == 50);
    return 0;
}

Test(descriptors, are_raised_as_far_as_the_process_may) {
    cr_expect(eq(int, in_child(raises_as_far_as_it_may, NULL), 0));
}
