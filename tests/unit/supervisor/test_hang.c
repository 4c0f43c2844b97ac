/* SPDX-License-Identifier: MIT */
/* What is said of a process that hangs. */
#include "supervisor/supervisor_private.h"

#include <signal.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

#include "assertions.h"
#include "child.h"

TestSuite(hang, .timeout = 300);

static struct hang_status status_of(const char *text) {
    return child_hang_read_status(text, strlen(text));
}

Test(hang, reads_the_state_and_who_traces) {
    struct hang_status status = status_of("Name:\tstatgated\nUmask:\t0022\nState:\tT (stopped)\n"
                                          "Pid:\t7\nPPid:\t6\nTracerPid:\t0\nUid:\t0\t0\n");
    cr_expect(eq(str, status.state, "T (stopped)"));
    cr_expect(not(status.traced));
    status = status_of("Name:\tState:\nState:\tt (tracing stop)\nTracerPid:\t42\n");
    cr_expect(eq(str, status.state, "t (tracing stop)"));
    cr_expect(status.traced);
}

Test(hang, takes_any_text) {
    const char *texts[] = {"",
                           "State:",
                           "State:\t",
                           "TracerPid:\t",
                           "TracerPid:\tx\n",
                           "\n\n",
                           "Name:\tTracerPid:\t5\n"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const struct hang_status status = status_of(texts[i]);
        cr_expect(eq(str, (char *)status.state, ""), "text %zu", i);
        cr_expect(not(status.traced), "text %zu", i);
    }
    char text[4096] = "State:\t";
    memset(text + 7, 'x', sizeof text - 7);
    cr_expect(
        eq(sz, strlen(child_hang_read_status(text, sizeof text).state), HANG_STATE_BYTES - 1));
}

static void expect_text(const char *state, const char *function, const char *call,
                        const char *expected) {
    struct hang_status status = {0};
    char text[HANG_TEXT_BYTES];
    strcpy(status.state, state);
    child_hang_put(&status, function, call, text);
    cr_expect(eq(str, text, (char *)expected));
}

Test(hang, says_what_is_known) {
    expect_text("S (sleeping)", "ep_poll", "232 0x5 0x7ffd 0x400 0x1\n",
                "it was in state S (sleeping), in the kernel's ep_poll, in system call 232");
    expect_text("R (running)", "0", "running\n", "it was in state R (running)");
    expect_text("D (disk sleep)", "", "", "it was in state D (disk sleep)");
    expect_text("", "", "-1 0x7ffd 0x7f00\n", "it was in state unknown");
    expect_text("", "a\nb", "", "it was in state unknown, in the kernel's a");
    char function[300];
    memset(function, 'f', sizeof function - 1);
    function[sizeof function - 1] = '\0';
    expect_text("T (stopped)", function, "", "it was in state T (stopped)");
}

Test(hang, describes_a_child_that_is_stopped) {
    const pid_t child = sleeping_child();
    char text[HANG_TEXT_BYTES];
    int status;
    cr_assert(kill(child, SIGSTOP) == 0 && waitpid(child, &status, WUNTRACED) == child);
    child_hang_describe(child, text);
    cr_expect(strncmp(text, "it was in state T (stopped)", 27) == 0, "%s", text);
    (void)kill(child, SIGCONT);
    end_child(child);
    child_hang_describe(child, text);
    cr_expect(eq(str, text, "it was in state unknown"));
    cr_expect(not(child_hang_is_traced(child)));
}

Test(hang, sees_a_debugger) {
    const pid_t child = sleeping_child();
    cr_expect(not(child_hang_is_traced(child)));
    if (ptrace(PTRACE_SEIZE, child, NULL, NULL) == 0) {
        cr_expect(child_hang_is_traced(child));
        (void)ptrace(PTRACE_DETACH, child, NULL, NULL);
    }
    end_child(child);
}
