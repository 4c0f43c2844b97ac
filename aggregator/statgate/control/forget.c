#include "statgate/control/forget.h"

#include <stdio.h>
#include <string.h>

#include "control/control.h"
#include "statgate/control/ask.h"

static const struct settings_own_flag own_flags[ASK_FLAG_COUNT + 1] = {ASK_FLAGS};

/* Check the request as the daemon would. Names with blanks are refused, since they would change
 * the request. */
static bool check(const char *request, const struct settings_list *words, struct error *error) {
    char line[CONTROL_LINE_MAX];
    struct control_request read;
    (void)snprintf(line, sizeof line, "%s", request);
    if (!control_request_read(line, strlen(line), &read, error))
        return false;
    return (strcmp(read.service, words->items[0]) == 0 &&
            strcmp(read.family, words->items[1]) == 0) ||
           error_set(error, "the name of a service or a family has no blanks");
}

static int run(struct cli *cli, const struct settings *settings) {
    const struct settings_list *words = &settings->words;
    char request[CONTROL_LINE_MAX];
    struct error error;
    if (words->count < 2 || words->count > 3)
        return command_fail(cli, &forget_command, CLI_USAGE,
                            "give it a service, a family, and labels if need be: "
                            "KEY=VALUE,...; see statgate forget --help");
    const bool labelled = words->count == 3;
    const int len = snprintf(request, sizeof request, "forget %s %s%s%s", words->items[0],
                             words->items[1], labelled ? " " : "", labelled ? words->items[2] : "");
    if (len >= CONTROL_LINE_MAX - 1)
        return command_fail(cli, &forget_command, CLI_USAGE, "these names are too long");
    if (!check(request, words, &error))
        return command_fail(cli, &forget_command, CLI_USAGE, "%s", error.text);
    return ask_daemon(cli, &forget_command, settings, request);
}

const struct command forget_command = {
    .word = "forget",
    .summary = "Have statgated end series that should never have been sent.",
    .program =
        {.name = "statgate forget",
         .usage = "[FLAG...] SERVICE FAMILY [KEY=VALUE,...]",
         .about =
             "Ends the series of a family whose labels have these values, or all of them, "
             "with what processes own of them, and prints how many. Label values are those "
             "that are exposed; \\, in one is a comma, \\\\ a backslash. A series that is sent "
             "again starts again, and those that exist from the start begin again at 0. "
             "Families of the daemon itself, of queries, and of attempts and jobs cannot be "
             "forgotten. Exit codes: 0 done, even if there was no such series, 1 could not be "
             "done, 2 no such service, family, label or value, 3 another one is under way.",
         .takes_words = true,
         .own = own_flags,
         .examples = "  statgate forget shop orders_total\n"
                     "  statgate forget shop orders_total outcome=tset,payment=card\n"},
    .run = run,
};
