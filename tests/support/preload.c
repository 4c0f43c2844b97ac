/* SPDX-License-Identifier: MIT */
/*
 * A library for LD_PRELOAD that makes faults which a scenario cannot make otherwise. Each variable
 * names a file:
 *
 *   STATGATE_TEST_CLOCK    8 bytes in host order: by how many nanoseconds CLOCK_REALTIME is ahead
 *   STATGATE_TEST_DEATHS   a number in digits: how many processes get SIGKILL where they make an
 *                          object (memfd_create(2)); each takes one off the number
 *   STATGATE_TEST_REFUSED  the word memfd_create, fallocate or both: calls that
 * fail with EPERM, as where a seccomp filter refuses them STATGATE_TEST_SLOW     a
 * number in digits: how many ms fsync(2) waits, as on a slow disk
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static const volatile int64_t *ahead_ns; /* NULL: the clock is right */

static int open_named(const char *variable, int flags) {
    const char *path = getenv(variable);
    return path != NULL ? open(path, flags | O_CLOEXEC) : -1;
}

__attribute__((constructor)) static void map_clock(void) {
    const int fd = open_named("STATGATE_TEST_CLOCK", O_RDONLY);
    if (fd < 0)
        return;
    void *at = mmap(NULL, sizeof *ahead_ns, PROT_READ, MAP_SHARED, fd, 0);
    if (at != MAP_FAILED)
        ahead_ns = at;
    (void)close(fd);
}

int clock_gettime(clockid_t clock, struct timespec *ret_time) {
    static int (*real)(clockid_t, struct timespec *);
    if (real == NULL)
        *(void **)&real = dlsym(RTLD_NEXT, "clock_gettime");
    const int result = real(clock, ret_time);
    if (result != 0 || clock != CLOCK_REALTIME || ahead_ns == NULL)
        return result;
    const int64_t ns = (int64_t)ret_time->tv_sec * 1000000000 + ret_time->tv_nsec + *ahead_ns;
    *ret_time = (struct timespec){.tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000};
    return 0;
}

int fsync(int fd) {
    char text[16] = "";
    const int slow = open_named("STATGATE_TEST_SLOW", O_RDONLY);
    const ssize_t len = slow >= 0 ? pread(slow, text, sizeof text - 1, 0) : -1;
    const long ms = len > 0 ? strtol(text, NULL, 10) : 0;
    const struct timespec wait = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    if (ms > 0)
        (void)nanosleep(&wait, NULL);
    if (slow >= 0)
        (void)close(slow);
    return (int)syscall(SYS_fsync, fd);
}

static int take_a_death(void) {
    char text[16] = "";
    const int fd = open_named("STATGATE_TEST_DEATHS", O_RDWR);
    const ssize_t len = fd >= 0 ? pread(fd, text, sizeof text - 1, 0) : -1;
    const long deaths = len > 0 ? strtol(text, NULL, 10) : 0;
    if (deaths > 0)
        (void)pwrite(fd, text, (size_t)snprintf(text, sizeof text, "%ld\n", deaths - 1), 0);
    if (fd >= 0)
        (void)close(fd);
    return deaths > 0;
}

static int is_refused(const char *call) {
    char text[64] = "";
    const int fd = open_named("STATGATE_TEST_REFUSED", O_RDONLY);
    if (fd < 0)
        return 0;
    (void)pread(fd, text, sizeof text - 1, 0);
    (void)close(fd);
    errno = EPERM;
    return strstr(text, call) != NULL;
}

int fallocate(int fd, int mode, off_t offset, off_t len) {
    return is_refused("fallocate") ? -1 : (int)syscall(SYS_fallocate, fd, mode, offset, len);
}

int memfd_create(const char *name, unsigned flags) {
    if (is_refused("memfd_create"))
        return -1;
    if (strcmp(name, "statgate-object") == 0 && take_a_death())
        (void)kill(getpid(), SIGKILL);
    return (int)syscall(SYS_memfd_create, name, flags);
}
