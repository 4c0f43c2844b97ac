/* SPDX-License-Identifier: MIT */
/* Owners without a pidfd. */
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "assertions.h"
#include "files.h"
#include "owner_rig.h"
#include "place.h"

TestSuite(owner_sweep, .init = rig_start, .fini = owner_rig_end, .timeout = 300);

enum { MANY = 150 };

Test(owner_sweep, sweeps_owners_without_a_pidfd) {
    start_with("/proc", 0, OWNERS_MAX);
    const pid_t lives = sleeping_child();
    const pid_t zombie = sleeping_child();
    const pid_t gone = sleeping_child();
    const size_t before = open_descriptors();
    const owner_id lives_id = own(lives);
    cr_expect(ne(u32, own(zombie), OWNER_NONE));
    cr_expect(ne(u32, own(gone), OWNER_NONE));
    cr_expect(eq(sz, open_descriptors(), before));
    cr_expect(eq(u32, watch_now().swept, 3));
    end_child_unreaped(zombie);
    end_child(gone);
    owner_watch_sweep(watch, 3);
    cr_expect(eq(u32, watch_now().ending, 2));
    (void)turn_until_deaths(2);
    cr_expect(owners_live(owners, lives_id) != NULL);
    cr_expect(eq(u32, watch_now().swept, 1));
    cr_expect(lt(sz, 0, catch_ups));
    end_child(lives);
    reap(zombie);
}

Test(owner_sweep, sweeps_by_its_timer) {
    pid_t children[MANY];
    start_with("/proc", 0, OWNERS_MAX);
    for (size_t i = 0; i < MANY; i++) {
        children[i] = sleeping_child();
        cr_assert(ne(u32, own(children[i]), OWNER_NONE));
    }
    for (size_t i = 0; i < MANY; i++)
        end_child(children[i]);
    cr_expect(lt(u64, turn_until_deaths(MANY), UINT64_C(3) * OWNER_WATCH_SWEEP_MS));
}

Test(owner_sweep, sweeps_out_an_owner_whose_number_is_another_processes) {
    start_with(place_folder, 0, OWNERS_MAX);
    make_stat(getpid(), "made up", 100);
    cr_assert(ne(u32, own(getpid()), OWNER_NONE));
    owner_watch_sweep(watch, 1);
    cr_expect(eq(u32, watch_now().ending, 0));
    make_stat(getpid(), "made up", 200);
    owner_watch_sweep(watch, OWNERS_MAX);
    cr_expect(eq(u32, watch_now().ending, 1));
}

/* As under a policy that knows no pidfd_open. */
static bool forbid_pidfds(void) {
    struct sock_filter rules[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_pidfd_open, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = {.len = sizeof rules / sizeof *rules, .filter = rules};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

static int own_without_pidfds(void *arg) {
    (void)arg;
    if (!forbid_pidfds())
        return 77;
    const owner_id id = own(getppid());
    if (id == OWNER_NONE || watch_now().swept != 1 || watch_now().descriptors != 0)
        return 1;
    return owners_live(owners, id) ? 0 : 2;
}

Test(owner_sweep, does_without_pidfds_where_they_are_forbidden) {
    start();
    const int status = in_child(own_without_pidfds, NULL);
    if (status == 77)
        cr_skip("no seccomp filters here");
    cr_expect(eq(int, status, 0));
}
