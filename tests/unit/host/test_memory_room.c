/* SPDX-License-Identifier: MIT */
/* How much memory is left, read from files like those of the kernel. */
#include "host/program.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "assertions.h"
#include "child.h"
#include "sanitized.h"

static char root[64];

static void make_root(void) {
    (void)snprintf(root, sizeof root, "/tmp/statgate-room-XXXXXX");
    cr_assert(mkdtemp(root) != NULL);
}

static void remove_root(void) {
    char command[128];
    (void)snprintf(command, sizeof command, "rm -r '%s'", root);
    cr_assert(eq(int, system(command), 0)); /* NOLINT(cert-env33-c): a fixed command */
}

TestSuite(host_memory_room, .init = make_root, .fini = remove_root, .timeout = 300);

/* With the folders that lead to it. */
static void put(const char *path, const char *text) {
    char name[256];
    (void)snprintf(name, sizeof name, "%s%s", root, path);
    for (char *at = strchr(name + strlen(root) + 1, '/'); at != NULL; at = strchr(at + 1, '/')) {
        *at = '\0';
        (void)mkdir(name, 0700);
        *at = '/';
    }
    FILE *file = fopen(name, "we");
    cr_assert(file != NULL, "%s", name);
    (void)fputs(text, file);
    (void)fclose(file);
}

static void put_host(void) {
    put("/proc/meminfo",
        "MemTotal:  9000 kB\nMemFree:  10 kB\nMemAvailable:    4000 kB\nSwapFree:  "
        "  0 kB\n");
}

Test(host_memory_room, is_what_the_host_has_without_groups) {
    cr_expect(eq(u64, host_memory_room(root), UINT64_MAX));
    put_host();
    cr_expect(eq(u64, host_memory_room(root), 4000L * 1024));
    put("/proc/self/cgroup", "0::/\n");
    cr_expect(eq(u64, host_memory_room(root), 4000L * 1024));
    put("/proc/self/cgroup", "nonsense\n:\n\n7:x\n");
    cr_expect(eq(u64, host_memory_room(root), 4000L * 1024));
}

Test(host_memory_room, is_what_a_group_or_one_above_has_left) {
    put_host();
    put("/proc/self/cgroup", "0::/a/b\n");
    put("/sys/fs/cgroup/a/b/memory.max", "max\n");
    put("/sys/fs/cgroup/a/b/memory.current", "700\n");
    cr_expect(eq(u64, host_memory_room(root), 4000L * 1024));
    put("/sys/fs/cgroup/a/b/memory.max", "1000\n");
    cr_expect(eq(u64, host_memory_room(root), 300));
    put("/sys/fs/cgroup/a/memory.max", "2000\n");
    put("/sys/fs/cgroup/a/memory.current", "1900\n");
    cr_expect(eq(u64, host_memory_room(root), 100));
    put("/sys/fs/cgroup/a/memory.stat", "anon 5\ninactive_file 20\nactive_file 3\nfile 900\n"
                                        "inactive_file_x 8\nslab_reclaimable 2\n");
    cr_expect(eq(u64, host_memory_room(root), 125));
    put("/sys/fs/cgroup/a/memory.current", "2100\n");
    cr_expect(eq(u64, host_memory_room(root), 25));
}

Test(host_memory_room, is_that_of_the_first_version_too) {
    put_host();
    put("/proc/self/cgroup", "5:cpu:/c\n4:memory:/a\n0::/\n");
    put("/sys/fs/cgroup/memory/a/memory.limit_in_bytes", "1000\n");
    put("/sys/fs/cgroup/memory/a/memory.usage_in_bytes", "900\n");
    put("/sys/fs/cgroup/memory/a/memory.stat", "inactive_file 5\ntotal_inactive_file 7\n");
    cr_expect(eq(u64, host_memory_room(root), 107));
}

Test(host_memory_room, swap_is_room) {
    put("/proc/meminfo", "MemAvailable:    4 kB\nSwapFree: 3 kB\n");
    cr_expect(eq(u64, host_memory_room(root), 7L * 1024));
}

Test(memory_limit, is_the_least_of_the_groups_and_of_the_host) {
    make_root();
    cr_expect(eq(u64, host_memory_room_limit(root), UINT64_MAX));
    put("/proc/meminfo", "MemTotal:  9000 kB\nSwapTotal:  1000 kB\n");
    cr_expect(eq(u64, host_memory_room_limit(root), 10000L * 1024));
    put("/proc/self/cgroup", "0::/a/b\n");
    put("/sys/fs/cgroup/a/b/memory.max", "max\n");
    cr_expect(eq(u64, host_memory_room_limit(root), 10000L * 1024));
    put("/sys/fs/cgroup/a/memory.max", "5000\n");
    cr_expect(eq(u64, host_memory_room_limit(root), 5000));
    put("/sys/fs/cgroup/a/b/memory.max", "4000\n");
    cr_expect(eq(u64, host_memory_room_limit(root), 4000), "whatever of it is used");
    put("/proc/self/cgroup", "9:memory:/x\n");
    put("/sys/fs/cgroup/memory/x/memory.limit_in_bytes", "3000\n");
    cr_expect(eq(u64, host_memory_room_limit(root), 3000));
    remove_root();
}

static int with_limit(void *arg) {
    enum { MORE = 64 << 20, LEAST = MORE - (4 << 20) };
    const int resource = *(int *)arg;
    const struct rlimit limit = {.rlim_cur = UINT64_C(1) << 40, .rlim_max = UINT64_C(1) << 40};
    if (host_memory_room_space().setting != NULL ||
        setrlimit((__rlimit_resource_t)resource, &limit) != 0)
        return 2;
    const struct memory_room_space before = host_memory_room_space();
    void *at = mmap(NULL, MORE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    const struct memory_room_space after = host_memory_room_space();
    return at == MAP_FAILED || before.setting == NULL || before.most != limit.rlim_cur ||
           before.left >= before.most || before.left - after.left < LEAST;
}

/* Sanitizers take more address space than any limit. */
Test(memory_space, is_what_a_limit_of_the_process_leaves, .disabled = SANITIZED) {
    int resources[] = {RLIMIT_AS, RLIMIT_DATA};
    cr_expect(eq(int, in_child(with_limit, &resources[0]), 0));
    cr_expect(eq(int, in_child(with_limit, &resources[1]), 0));
}
