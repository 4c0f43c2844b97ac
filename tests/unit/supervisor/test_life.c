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
    struct child_process life;
    const pid_t daemon = sleeping_child();
    child_begin(&life, daemon, 1000);
    child_signal(&life, SIGUSR1);
    cr_expect(eq(int, ended_by(daemon), SIGUSR1));
    child_end(&life);
    child_signal(&life, SIGUSR1);
    cr_expect(eq(int, (int)life.pid, 0));
}

Test(life, is_signalled_by_its_number_without_a_pidfd) {
    const pid_t daemon = sleeping_child();
    struct child_process life = CHILD_NONE;
    life.pid = daemon;
    child_signal(&life, SIGUSR1);
    cr_expect(eq(int, ended_by(daemon), SIGUSR1));
    child_end(&life);
}

/* As if the kernel had given the number of the daemon that ended to a stranger. */
Test(life, that_has_ended_leaves_who_has_its_number) {
    struct child_process life;
    const pid_t daemon = sleeping_child();
    const pid_t stranger = sleeping_child();
    child_begin(&life, daemon, 1000);
    end_child(daemon);
    life.pid = stranger;
    child_signal(&life, SIGUSR1);
    cr_expect(eq(int, ended_by(stranger), SIGTERM));
    child_end(&life);
}

Test(life, that_was_handed_over_ends_with_its_successor) {
    struct child_process life;
    const pid_t former = sleeping_child();
    const pid_t successor = sleeping_child();
    child_begin(&life, former, 1000);
    supervisor_watchdog_beat(&life.watchdog, 1000);
    cr_assert(child_hand_over(&life, successor));
    cr_expect(eq(int, (int)life.pid, (int)successor));
    cr_expect(eq(i64, life.watchdog.due_ms, 0), "nobody is watched before its own first beat");
    end_child(successor);
    child_end(&life);
    cr_expect(eq(int, ended_by(former), SIGKILL));
}

Test(life, that_was_handed_over_and_ended_leaves_who_has_its_number) {
    struct child_process life;
    const pid_t former = sleeping_child();
    const pid_t successor = sleeping_child();
    const pid_t stranger = sleeping_child();
    child_begin(&life, former, 1000);
    cr_assert(child_hand_over(&life, successor));
    end_child(former);
    life.former = stranger;
    end_child(successor);
    child_end(&life);
    cr_expect(eq(int, ended_by(stranger), SIGTERM));
}

Test(life, that_is_buried_needs_no_end) {
    struct child_process life;
    const pid_t former = sleeping_child();
    const pid_t successor = sleeping_child();
    child_begin(&life, former, 1000);
    cr_assert(child_hand_over(&life, successor));
    end_child(former);
    child_old_ended(&life);
    cr_expect(eq(int, (int)life.former, 0));
    end_child(successor);
    child_end(&life);
}

Test(life, is_not_handed_to_a_stranger) {
    struct child_process life;
    const pid_t daemon = sleeping_child();
    child_begin(&life, daemon, 1000);
    cr_expect(not(child_hand_over(&life, getppid())));
    cr_expect(eq(int, (int)life.pid, (int)daemon));
    end_child(daemon);
    child_end(&life);
}
