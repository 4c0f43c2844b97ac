/* SPDX-License-Identifier: MIT */
/* Which processes a signal reaches. */
#include "supervisor/supervisor_private.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "assertions.h"
#include "child.h"

TestSuite(life, .timeout = 300);

/* The signal that ends the child, which is asked to end by another one after all others. */
static int ended_by(pid_t child) {
    int status;
    (void)kill(child, SIGTERM);
    return waitpid(child, &status, 0) == child && WIFSIGNALED(status) ? WTERMSIG(status) : -1;
}

Test(life, is_signalled) {
    struct child_process child;
    const pid_t daemon = sleeping_child();
    child_begin(&child, daemon, 1000);
    child_signal(&child, SIGUSR1);
    cr_expect(eq(int, ended_by(daemon), SIGUSR1));
    child_end(&child);
    child_signal(&child, SIGUSR1);
    cr_expect(eq(int, (int)child.pid, 0));
}

Test(life, is_signalled_by_its_number_without_a_pidfd) {
    const pid_t daemon = sleeping_child();
    struct child_process child = CHILD_NONE;
    child.pid = daemon;
    child_signal(&child, SIGUSR1);
    cr_expect(eq(int, ended_by(daemon), SIGUSR1));
    child_end(&child);
}

/* As if the kernel had given the number of the daemon that ended to a stranger. */
Test(life, that_has_ended_leaves_who_has_its_number) {
    struct child_process child;
    const pid_t daemon = sleeping_child();
    const pid_t stranger = sleeping_child();
    child_begin(&child, daemon, 1000);
    end_child(daemon);
    child.pid = stranger;
    child_signal(&child, SIGUSR1);
    cr_expect(eq(int, ended_by(stranger), SIGTERM));
    child_end(&child);
}

Test(life, that_was_handed_over_ends_with_its_successor) {
    struct child_process child;
    const pid_t former = sleeping_child();
    const pid_t successor = sleeping_child();
    child_begin(&child, former, 1000);
    supervisor_watchdog_beat(&child.watchdog, 1000);
    cr_assert(child_hand_over(&child, successor));
    cr_expect(eq(int, (int)child.pid, (int)successor));
    cr_expect(eq(i64, child.watchdog.due_ms, 0), "nobody is watched before its own first beat");
    end_child(successor);
    child_end(&child);
    cr_expect(eq(int, ended_by(former), SIGKILL));
}

Test(life, that_was_handed_over_and_ended_leaves_who_has_its_number) {
    struct child_process child;
    const pid_t former = sleeping_child();
    const pid_t successor = sleeping_child();
    const pid_t stranger = sleeping_child();
    child_begin(&child, former, 1000);
    cr_assert(child_hand_over(&child, successor));
    end_child(former);
    child.former = stranger;
    end_child(successor);
    child_end(&child);
    cr_expect(eq(int, ended_by(stranger), SIGTERM));
}

Test(life, that_is_buried_needs_no_end) {
    struct child_process child;
    const pid_t former = sleeping_child();
    const pid_t successor = sleeping_child();
    child_begin(&child, former, 1000);
    cr_assert(child_hand_over(&child, successor));
    end_child(former);
    child_old_ended(&child);
    cr_expect(eq(int, (int)child.former, 0));
    end_child(successor);
    child_end(&child);
}

Test(life, is_not_handed_to_a_stranger) {
    struct child_process child;
    const pid_t daemon = sleeping_child();
    child_begin(&child, daemon, 1000);
    cr_expect(not(child_hand_over(&child, getppid())));
    cr_expect(eq(int, (int)child.pid, (int)daemon));
    end_child(daemon);
    child_end(&child);
}
