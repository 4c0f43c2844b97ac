/* SPDX-License-Identifier: MIT */
/* Whether memory could be mapped below the limits of the process. */
#include <sys/resource.h>

#include "assertions.h"
#include "child.h"
#include "host/program.h"
#include "sanitized.h"

static int with_limit(void *arg) {
    const int resource = *(int *)arg;
    const struct rlimit limit = {.rlim_cur = UINT64_C(1) << 30, .rlim_max = UINT64_C(1) << 30};
    if (!host_memory_can_map(UINT64_C(1) << 30) ||
        setrlimit((__rlimit_resource_t)resource, &limit) != 0)
        return 2;
    return host_memory_can_map(UINT64_C(1) << 30) || !host_memory_can_map(1 << 20) ||
           !host_memory_can_map(0);
}

/* Sanitizers take more address space than any limit. */
Test(host_memory, can_be_mapped_as_far_as_a_limit_of_the_process_leaves_it, .disabled = SANITIZED) {
    int resources[] = {RLIMIT_AS, RLIMIT_DATA};
    cr_expect(eq(int, in_child(with_limit, &resources[0]), 0));
    cr_expect(eq(int, in_child(with_limit, &resources[1]), 0));
}
