/* SPDX-License-Identifier: MIT */
/* What a supervisor leaves for the next daemon. */
#include "supervisor/supervisor.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "assertions.h"

TestSuite(stats, .timeout = 300);

struct both {
    int fd;
    struct stats *supervisor;
    struct stats *daemon;
};

static struct both both_sides(void) {
    struct both both = {.fd = supervisor_outage_make(&both.supervisor)};
    cr_assert(both.fd >= 0);
    both.daemon = supervisor_outage_map(both.fd);
    cr_assert(both.daemon != NULL);
    return both;
}

static void done(struct both *both) {
    supervisor_outage_unmap(both->supervisor);
    supervisor_outage_unmap(both->daemon);
    close(both->fd);
}

Test(stats, has_each_datagram_once_whoever_takes_it) {
    struct both both = both_sides();
    struct stats *next = supervisor_outage_map(both.fd);
    cr_expect(eq(u64, supervisor_outage_take_unread(both.daemon), 0));
    supervisor_outage_add_unread(both.supervisor, 5);
    supervisor_outage_add_unread(both.supervisor, UINT64_C(1) << 33);
    cr_expect(eq(u64, supervisor_outage_take_unread(both.daemon), (UINT64_C(1) << 33) + 5));
    supervisor_outage_add_unread(both.supervisor, 2);
    cr_expect(eq(u64, supervisor_outage_take_unread(next), 2));
    cr_expect(eq(u64, supervisor_outage_take_unread(both.daemon), 0));
    supervisor_outage_unmap(next);
    done(&both);
}

/* Another file, one that could shrink below us, one of another version. */
Test(stats, maps_nothing_else) {
    struct both both = both_sides();
    char zeros[4096] = {0};
    const off_t size = lseek(both.fd, 0, SEEK_END);
    const int unsealed = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    cr_assert(size > 0 && write(unsealed, zeros, (size_t)size) == (ssize_t)size);
    cr_expect(eq(ptr, (void *)supervisor_outage_map(unsealed), NULL));
    cr_assert(fcntl(unsealed, F_ADD_SEALS, F_SEAL_SHRINK) == 0);
    cr_expect(eq(ptr, (void *)supervisor_outage_map(unsealed), NULL));
    const int shorter = memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    cr_assert(ftruncate(shorter, size - 1) == 0 && fcntl(shorter, F_ADD_SEALS, F_SEAL_SHRINK) == 0);
    cr_expect(eq(ptr, (void *)supervisor_outage_map(shorter), NULL));
    const int zero = open("/dev/zero", O_RDWR | O_CLOEXEC);
    cr_expect(eq(ptr, (void *)supervisor_outage_map(zero), NULL));
    cr_expect(eq(ptr, (void *)supervisor_outage_map(-1), NULL));
    close(unsealed);
    close(shorter);
    close(zero);
    done(&both);
}

Test(stats, that_could_not_be_made_takes_everything) {
    supervisor_outage_add_unread(NULL, 3);
    cr_expect(eq(u64, supervisor_outage_take_unread(NULL), 0));
    supervisor_outage_unmap(NULL);
}
