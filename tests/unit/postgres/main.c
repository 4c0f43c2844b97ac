/* SPDX-License-Identifier: MIT */
/* One PostgreSQL server for all tests of this program, which each have a database of their own. */
#include "assertions.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "rig.h"

static char folder[64];

static int start(void) {
    char pid[16];
    (void)snprintf(pid, sizeof pid, "%ld", (long)getpid());
    (void)snprintf(folder, sizeof folder, "/tmp/statgate-postgres-%s", pid);
    const int code = rig_server("start", folder, pid);
    if (code == 0)
        (void)setenv(RIG_SERVER, folder, 1);
    return code == 77 ? 0 : code; /* without a server's programs the tests skip */
}

int main(int argc, char *argv[]) {
    struct criterion_test_set *tests = criterion_initialize();
    int status = 0;
    if (criterion_handle_args(argc, argv, true)) {
        status = start();
        if (status == 0)
            status = criterion_run_all_tests(tests) ? 0 : 1;
        (void)rig_server("remove", folder, NULL);
    }
    criterion_finalize(tests);
    return status;
}
