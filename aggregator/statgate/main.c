#include <signal.h>

#include "statgate/statgate.h"

int main(int argc, char **argv) {
    (void)signal(SIGPIPE, SIG_IGN); /* `statgate check | head` ends with a code, not a signal */
    struct cli cli;
    cli_init(&cli);
    int code = statgate_run(&cli, argc, argv);
    cli_flush(&cli);
    if (cli.broken && code == CLI_OK)
        code = CLI_FAILURE;
    cli_done(&cli);
    return code;
}
