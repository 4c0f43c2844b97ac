/* SPDX-License-Identifier: MIT */
/* Descriptors by name. */
#include "supervisor/supervisor.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "assertions.h"

static struct held_fds kept;

static void clear(void) {
    supervisor_held_clear(&kept);
}

TestSuite(kept, .fini = clear, .timeout = 300);

static int memory(void) {
    const int fd = memfd_create("test", MFD_CLOEXEC);
    cr_assert(fd >= 0);
    return fd;
}

static bool is_open(int fd) {
    return fcntl(fd, F_GETFD) >= 0;
}

Test(kept, keeps_order_and_names) {
    const int a = memory();
    const int b = memory();
    const int c = memory();
    cr_expect(eq(int, (int)supervisor_held_add(&kept, a, "same", true), (int)KEPT_TAKEN));
    cr_expect(eq(int, (int)supervisor_held_add(&kept, b, "other", true), (int)KEPT_TAKEN));
    cr_expect(eq(int, (int)supervisor_held_add(&kept, c, "same", true), (int)KEPT_TAKEN));
    cr_assert(eq(sz, kept.count, 3));
    cr_expect(eq(int, kept.items[0].fd, a));
    cr_expect(eq(int, kept.items[1].fd, b));
    cr_expect(eq(int, kept.items[2].fd, c));
    cr_expect(eq(str, kept.items[2].name, "same"));
    cr_expect(eq(sz, kept.names_bytes, 5 + 6 + 5));

    cr_expect(eq(sz, supervisor_held_remove(&kept, "none"), 0));
    cr_expect(eq(sz, supervisor_held_remove(&kept, "same"), 2));
    cr_assert(eq(sz, kept.count, 1));
    cr_expect(eq(int, kept.items[0].fd, b));
    cr_expect(not(is_open(a) || is_open(c)));
    cr_expect(is_open(b));
    cr_expect(eq(sz, kept.names_bytes, 6));
}

Test(kept, takes_an_open_file_once) {
    const int a = memory();
    const int copy = dup(a);
    int ends[2];
    cr_assert(eq(int, pipe(ends), 0));
    cr_expect(eq(int, (int)supervisor_held_add(&kept, a, "a", false), (int)KEPT_TAKEN));
    cr_expect(eq(int, (int)supervisor_held_add(&kept, copy, "a", false), (int)KEPT_DOUBLE));
    cr_expect(eq(int, (int)supervisor_held_add(&kept, copy, "b", false), (int)KEPT_DOUBLE));
    cr_expect(eq(int, (int)supervisor_held_add(&kept, ends[0], "pipe", false), (int)KEPT_TAKEN));
    cr_expect(eq(int, (int)supervisor_held_add(&kept, ends[1], "pipe", false), (int)KEPT_TAKEN),
              "the other end is another file");
    cr_expect(eq(sz, kept.count, 3));
    cr_expect(is_open(copy), "it is the caller's");
    close(copy);
}

Test(kept, has_a_limit) {
    const struct rlimit limit = {2 * (rlim_t)KEPT_MAX, 2 * (rlim_t)KEPT_MAX};
    cr_assert(eq(int, setrlimit(RLIMIT_NOFILE, &limit), 0));
    for (int i = 0; i < KEPT_MAX; i++)
        cr_assert(eq(int, (int)supervisor_held_add(&kept, memory(), "n", false), (int)KEPT_TAKEN));
    const int more = memory();
    cr_expect(eq(int, (int)supervisor_held_add(&kept, more, "n", false), (int)KEPT_FULL));
    cr_expect(eq(sz, kept.count, KEPT_MAX));
    cr_expect(is_open(more), "it is the caller's");
    close(more);
    cr_expect(eq(sz, supervisor_held_remove(&kept, "n"), KEPT_MAX));
    cr_expect(eq(sz, kept.names_bytes, 0));
}

Test(kept, has_a_limit_for_names_which_share_a_variable) {
    char name[KEPT_NAME_BYTES];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    size_t count = 0;
    int fd = memory();
    for (; supervisor_held_add(&kept, fd, name, false) == KEPT_TAKEN; count++)
        fd = memory();
    cr_expect(eq(sz, count, KEPT_NAMES_BYTES_MAX / sizeof name));
    cr_expect(eq(int, (int)supervisor_held_add(&kept, fd, "", false), (int)KEPT_FULL),
              "not even a short one");
    close(fd);
}

Test(kept, drops_what_has_lost_its_other_end) {
    int ends[2];
    int sockets[2];
    struct pollfd polls[KEPT_MAX];
    cr_assert(eq(int, pipe(ends), 0));
    cr_assert(eq(int, socketpair(AF_UNIX, SOCK_STREAM, 0, sockets), 0));
    const int alone = socket(AF_UNIX, SOCK_DGRAM, 0);
    cr_expect(eq(int, (int)supervisor_held_add(&kept, ends[0], "pipe", true), (int)KEPT_TAKEN));
    cr_expect(eq(int, (int)supervisor_held_add(&kept, memory(), "memory", true), (int)KEPT_TAKEN));
    cr_expect(
        eq(int, (int)supervisor_held_add(&kept, sockets[0], "unwatched", false), (int)KEPT_TAKEN));
    cr_expect(eq(int, (int)supervisor_held_add(&kept, alone, "datagrams", true), (int)KEPT_TAKEN));
    supervisor_held_fill_polls(&kept, polls);
    cr_expect(eq(int, poll(polls, kept.count, 0), 0), "all are well");

    close(ends[1]);
    close(sockets[1]);
    cr_expect(eq(int, poll(polls, kept.count, 0), 1));
    cr_expect(eq(sz, supervisor_held_drop_hung(&kept, polls), 1));
    cr_assert(eq(sz, kept.count, 3));
    cr_expect(eq(str, kept.items[0].name, "memory"));
    cr_expect(not(is_open(ends[0])));
}

Test(kept, knows_names) {
    cr_expect(supervisor_held_is_name("", 0));
    cr_expect(supervisor_held_is_name(" ~", 2));
    cr_expect(not(supervisor_held_is_name("a:b", 3)));
    cr_expect(not(supervisor_held_is_name("a\0b", 3)));
    cr_expect(not(supervisor_held_is_name("\x1f", 1)));
    cr_expect(not(supervisor_held_is_name("\x7f", 1)));
}
