/* SPDX-License-Identifier: MIT */
/* Reading /proc/PID/stat. */
#include "host/procinfo.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "assertions.h"
#include "child.h"

#define BEFORE_THREADS " 1 1 1 0 -1 4194560 1 0 0 0 3 1 0 0 20 0"

struct stat_case {
    const char *text;
    const char *comm;
    bool good;
    bool ended;
    uint64_t start_ticks;
};

static const struct stat_case cases[] = {
    {"12 (sh) S" BEFORE_THREADS " 1 0 9876 8192 1", "sh", true, false, 9876},
    {"12 (tmux: server) S" BEFORE_THREADS " 1 0 7 8192", "tmux: server", true, false, 7},
    {"12 (a) R 1 ) Z) S" BEFORE_THREADS " 1 0 7 8192", "a) R 1 ) Z", true, false, 7},
    {"12 () S" BEFORE_THREADS " 1 0 7 8192", "", true, false, 7},
    {"12 (a\nb\xff) S" BEFORE_THREADS " 1 0 7 8192", "a\nb\xff", true, false, 7},
    {"12 (kworker/u5:2-events_unbound) I" BEFORE_THREADS " 1 0 7", "kworker/u5:2-ev", true, false,
     7},
    {"12 (gone) Z" BEFORE_THREADS " 1 0 7 0", "gone", true, true, 7},
    {"12 (gone) X" BEFORE_THREADS " 0 0 7 0", "gone", true, true, 7},
    {"12 (leader) Z" BEFORE_THREADS " 4 0 7 0", "leader", true, false, 7},
    {"12 (big) S" BEFORE_THREADS " 1 0 18446744073709551615 0", "big", true, false, UINT64_MAX},
    {"12 (big) S" BEFORE_THREADS " 1 0 18446744073709551616 0", "", false, false, 0},
    {"12 (word) S" BEFORE_THREADS " 1 0 x 0", "", false, false, 0},
    {"12 (junk) S" BEFORE_THREADS " 1 0 7x 0", "", false, false, 0},
    {"12 (cut) S" BEFORE_THREADS " 1 0 ", "", false, false, 0},
    {"12 (cut) S" BEFORE_THREADS " 1 0", "", false, false, 0},
    {"12 (cut) S", "", false, false, 0},
    {"12 (cut)", "", false, false, 0},
    {"12 (cut", "", false, false, 0},
    {")(", "", false, false, 0},
    {"", "", false, false, 0},
};

Test(procinfo, takes_name_state_and_start_from_a_stat_line) {
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct stat_case *one = &cases[i];
        struct procinfo info = {.comm = "untouched", .start_ticks = 5};
        cr_expect(eq(int, procinfo_parse(one->text, strlen(one->text), &info), one->good), "%s",
                  one->text);
        cr_expect(eq(str, info.comm, one->good ? (char *)one->comm : "untouched"));
        cr_expect(eq(u64, info.start_ticks, one->good ? one->start_ticks : 5), "%s", one->text);
        cr_expect(eq(int, info.ended, one->ended), "%s", one->text);
    }
}

static int open_proc(void) {
    const int root = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
    cr_assert(root >= 0);
    return root;
}

Test(procinfo, finds_this_process) {
    struct procinfo info;
    const int root = open_proc();
    cr_assert(eq(int, prctl(PR_SET_NAME, "a (b) c"), 0));
    cr_assert(eq(int, procinfo_read(root, getpid(), &info), PROCINFO_FOUND));
    cr_expect(eq(str, info.comm, "a (b) c"));
    cr_expect(lt(u64, 0, info.start_ticks));
    cr_expect(not(info.ended));
    close(root);
}

Test(procinfo, distinguishes_an_ended_process_from_one_that_is_gone) {
    struct procinfo info;
    siginfo_t ended;
    const int root = open_proc();
    const pid_t child = fork();
    if (child == 0)
        _exit(0);
    cr_assert(eq(int, waitid(P_PID, (id_t)child, &ended, WEXITED | WNOWAIT), 0));
    cr_assert(eq(int, procinfo_read(root, child, &info), PROCINFO_FOUND));
    cr_expect(info.ended);
    cr_assert(eq(int, waitpid(child, NULL, 0), child));
    cr_expect(eq(int, procinfo_read(root, child, &info), PROCINFO_GONE));
    close(root);
}

Test(procinfo, distinguishes_a_hidden_process_from_one_that_is_gone) {
    struct procinfo info;
    const int empty = open("/proc/self/fdinfo", O_PATH | O_DIRECTORY | O_CLOEXEC);
    cr_expect(eq(int, procinfo_read(empty, getpid(), &info), PROCINFO_HIDDEN));
    close(empty);
}

Test(procinfo, computes_when_a_process_started) {
    cr_expect(eq(i64, procinfo_start_ms(12345, 1700000000000, 200000, 100), 1699999923450));
    cr_expect(eq(i64, procinfo_start_ms(0, 1700000000000, 200000, 100), 1699999800000));
    cr_expect(lt(i64, 1700000000000, procinfo_start_ms(UINT64_MAX, 1700000000000, 200000, 100)));
    cr_expect(eq(i64, procinfo_start_ms(7, 1000, 0, 0), 8000));
}

static int64_t clock_ms(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

Test(procinfo, starts_lie_between_the_times_around_a_fork) {
    struct procinfo info;
    const int root = open_proc();
    const int64_t before_ms = clock_ms(CLOCK_REALTIME);
    const pid_t child = sleeping_child();
    const int64_t after_ms = clock_ms(CLOCK_REALTIME);
    cr_assert(eq(int, procinfo_read(root, child, &info), PROCINFO_FOUND));
    const int64_t start_ms = procinfo_started_ms(&info);
    end_child(child);
    cr_expect(ge(i64, start_ms, before_ms - 12));
    cr_expect(le(i64, start_ms, after_ms + 2));
    close(root);
}

Test(procinfo, knows_a_process_by_its_start) {
    const struct procinfo info = {.start_ticks = 5};
    cr_expect(procinfo_is_same(&info, 5, 0));
    cr_expect(not(procinfo_is_same(&info, 6, INT64_MAX)));
}

/* It speaks as soon as it started; it is looked up within the same clock tick or later. */
Test(procinfo, knows_a_process_by_having_lived_where_its_start_is_unknown) {
    struct procinfo info = {0};
    int64_t spoke_ms = 0;
    for (int ticks = 0; ticks < 20;) {
        const int64_t boot_ms = clock_ms(CLOCK_BOOTTIME);
        const int64_t real_ms = clock_ms(CLOCK_REALTIME);
        const uint64_t now_ticks = (uint64_t)(boot_ms * sysconf(_SC_CLK_TCK) / 1000);
        if (clock_ms(CLOCK_BOOTTIME) - boot_ms > 10)
            continue; /* a busy machine: the clocks were not read at one time */
        if (now_ticks != info.start_ticks) {
            info.start_ticks = now_ticks;
            spoke_ms = real_ms;
            ticks++;
        }
        cr_assert(procinfo_is_same(&info, 0, spoke_ms));
        cr_assert(not(procinfo_is_same(&info, 0, spoke_ms - 100)));
    }
}

static uint64_t own_space;

static int look_from_another_space(void *arg) {
    (void)arg;
    CLAIM(1, procinfo_space() != own_space);
    return 0;
}

static int enter_another_space(void *arg) {
    if (unshare(CLONE_NEWPID) != 0)
        return 100;
    return in_child(look_from_another_space, arg);
}

Test(procinfo, tells_pid_namespaces_apart) {
    own_space = procinfo_space();
    cr_expect(ne(u64, own_space, 0));
    cr_expect(eq(u64, procinfo_space(), own_space));
    const int status = in_child(enter_another_space, NULL);
    if (status == 100)
        cr_skip("no pid namespace of its own here");
    cr_expect(eq(int, status, 0));
}
