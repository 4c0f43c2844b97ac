/* SPDX-License-Identifier: MIT */
/* How a process ended. Its status is as waitpid(2) gives it: exit code << 8, or the signal, and
 * 0x80 for a core. */
#include "supervisor/supervisor_private.h"

#include <signal.h>

#include "assertions.h"

TestSuite(death, .timeout = 300);

static void expect(bool known, int status, const char *text, int code) {
    char described[DEATH_TEXT_BYTES];
    const struct death death = {known, status};
    child_death_describe(&death, described);
    cr_expect(eq(str, described, (char *)text));
    cr_expect(eq(int, child_death_code(&death), code), "%s", text);
    cr_expect(eq(int, child_death_is_orderly(&death), known &&status == 0), "%s", text);
}

Test(death, is_described) {
    expect(true, 0, "exited with status 0", 0);
    expect(true, 3 << 8, "exited with status 3", 3);
    expect(true, 255 << 8, "exited with status 255", 255);
    expect(true, SIGKILL, "was killed by signal 9 (SIGKILL)", 137);
    expect(true, SIGSEGV | 0x80, "was killed by signal 11 (SIGSEGV), core dumped", 139);
    expect(true, 40, "was killed by signal 40", 168);
    expect(false, 0, "ended", 1);
}
