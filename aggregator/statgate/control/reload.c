#include "statgate/control/reload.h"

#include "statgate/control/ask.h"

static const struct settings_own_flag own_flags[ASK_FLAG_COUNT + 1] = {ASK_FLAGS};

static int run(struct cli *cli, const struct settings *settings) {
    return ask_daemon(cli, &reload_command, settings, "reload");
}

const struct command reload_command = {
    .word = "reload",
    .summary = "Have statgated take its catalogs and settings again.",
    .program =
        {.name = "statgate reload",
         .usage = "[FLAG...]",
         .about =
             "Has the daemon read its configuration file and its catalogs again: a new process "
             "takes "
             "over sockets and values, nothing is lost, and what did not change goes on counting. "
             "Waits for the verdict and prints what changed. A catalog that is refused leaves its "
             "service as it was; if settings or endpoints are wrong, nothing changes. Exit codes: "
             "0 taken, 1 no daemon or no answer in time, 2 refused, with the place of what is "
             "wrong, 3 another reload is under way, 4 taken, but for files that are refused. "
             "SIGHUP "
             "does the same, and the log has its verdict.",
         .own = own_flags,
         .examples = "  statgate check /etc/statgate/catalog.d && statgate reload\n"
                     "  statgate reload --socket /srv/metrics.sock\n"},
    .run = run,
};
