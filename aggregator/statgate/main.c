/* SPDX-License-Identifier: MIT */
/* main.c - the command statgate. */
#include "statgate/command.h"

#include <signal.h>

int main(int argc, char **argv) {
    (void)signal(SIGPIPE, SIG_IGN); /* `statgate check | head` ends with a code, not a signal */
    struct cli cli;
    statgate_cli_init(&cli);
    int code = statgate_run(&cli, argc, argv);
    statgate_cli_flush(&cli);
    if (cli.broken && code == CLI_OK)
        code = CLI_FAILURE;
    statgate_cli_done(&cli);
    return code;
}
