/* SPDX-License-Identifier: MIT */
#include "durable.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

static FILE *to_psql;
static FILE *from_psql;
static pid_t psql;

/* Runs psql in the child, with these descriptors as its standard input and output. */
static void become_psql(const char *conninfo, int input, int output) {
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    /* Ctrl-C must reach only the emitter, which ends psql between two steps. */
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    dup2(input, STDIN_FILENO);
    dup2(output, STDOUT_FILENO);
    execlp("psql", "psql", "--no-psqlrc", "--quiet", "--no-password", "--set", "ON_ERROR_STOP=1",
           "--dbname", conninfo, (char *)NULL);
    perror("psql");
    _exit(1);
}

bool durable_begin(struct emitter_process *process) {
    int input[2];
    int output[2];
    if (pipe2(input, O_CLOEXEC) != 0 || pipe2(output, O_CLOEXEC) != 0 || (psql = fork()) < 0) {
        perror("psql");
        return false;
    }
    if (psql == 0) {
        become_psql(process->options->database, input[0], output[1]);
    }
    close(input[0]);
    close(output[1]);
    to_psql = fdopen(input[1], "w");
    from_psql = fdopen(output[0], "r");
    return to_psql != NULL && from_psql != NULL;
}

bool durable_round(struct emitter_process *process) {
    char line[64];
    fprintf(to_psql, "\\set round %lu\n\\set trouble %s\n\\include %s\n\\echo done\n",
            process->round, process->options->trouble ? "true" : "false", DURABLE_SQL);
    fflush(to_psql);
    while (fgets(line, sizeof line, from_psql) != NULL) {
        if (strcmp(line, "done\n") == 0) {
            return true;
        }
    }
    fprintf(stderr, "psql ended: the database is gone, or %s does not fit its tables\n",
            DURABLE_SQL);
    return false;
}

void durable_end(struct emitter_process *process) {
    (void)process;
    fclose(to_psql);
    fclose(from_psql);
    waitpid(psql, NULL, 0);
}
