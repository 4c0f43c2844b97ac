/* Finds the subcommand of the first word; prints help and version. */
#include "statgate/statgate.h"

#include <string.h>

#include "base/nearest.h"
#include "mistakes/mistakes.h"
#include "settings/settings.h"
#include "statgate/check/check.h"
#include "statgate/control/control_command.h"
#include "statgate/docs/docs.h"
#include "statgate/doctor/doctor.h"
#include "statgate/explain/explain_command.h"
#include "statgate/gen/gen.h"
#include "statgate/send/send.h"
#include "statgate/shown/shown.h"
#include "statgate/tail/tail.h"
#include "statgate/top/top.h"

static const struct command *const commands[] = {&check_command,         &send_command,
                                                 &explain_command,       &docs_command,
                                                 &gen_command,           &doctor_command,
                                                 &top_command,           &tail_command,
                                                 &shown_series_command,  &shown_rejections_command,
                                                 &shown_senders_command, &shown_breakers_command,
                                                 &shown_jobs_command,    &shown_queries_command,
                                                 &shown_events_command,  &control_reload_command,
                                                 &control_forget_command};

enum { COMMAND_COUNT = sizeof commands / sizeof *commands };

/* Only for the version line. */
static const struct settings_program whole = {.name = "statgate"};

static void put_overview(struct strbuf *out) {
    strbuf_puts(out, "Usage: statgate COMMAND [ARGUMENT...]\n"
                     "\n"
                     "Works with statgated, which receives metrics as datagrams and accepts what\n"
                     "catalogs declare.\n"
                     "\n"
                     "Commands\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        strbuf_printf(out, "  %-11s %s\n", commands[i]->word, commands[i]->summary);
    strbuf_puts(out,
                "  help        Print this text, or that of a command.\n"
                "  version     Print the version.\n"
                "\n"
                "Examples\n"
                "  statgate check /etc/statgate/catalog.d\n"
                "  statgate send 'deploys_total:1|c'\n"
                "  statgate explain 'deploys_total:1|c|#env:prod'\n"
                "  statgate rejections --since 5m\n"
                "  statgate reload\n"
                "  statgate docs --output METRICS.md shop.json\n"
                "  statgate help explain\n"
                "\n"
                "Exit codes: 0 done; 1 could not be done, or explain: a line is rejected;\n"
                "2 wrong arguments, a refused catalog, a malformed line; 3 reload and forget:\n"
                "another one is under way; 4 reload: taken, but for files that are refused.\n"
                "See statgate(1), statgated(8) and statgate-catalog(5).\n");
}

static const struct command *find_command(const char *word) {
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(commands[i]->word, word) == 0)
            return commands[i];
    return NULL;
}

static int refuse_word(struct cli *cli, const char *word) {
    const char *words[COMMAND_COUNT + 3];
    size_t count = 0;
    for (; count < COMMAND_COUNT; count++)
        words[count] = commands[count]->word;
    words[count++] = "help";
    words[count++] = "version";
    words[count] = NULL;
    if (word[0] == '-') {
        strbuf_printf(&cli->err,
                      "statgate: %.80s: a command comes first, its flags behind it:", word);
    } else {
        const char *near = nearest_word(word, words);
        strbuf_printf(&cli->err, "statgate: there is no command \"%.80s\"", word);
        if (near != NULL)
            strbuf_printf(&cli->err, "; did you mean %s?", near);
        strbuf_puts(&cli->err, near != NULL ? " There are" : "; there are");
    }
    for (size_t i = 0; i < count; i++)
        strbuf_printf(&cli->err, "%s %s", i == 0 ? "" : i + 1 == count ? " and" : ",", words[i]);
    strbuf_puts(&cli->err, "; see statgate --help\n");
    return CLI_USAGE;
}

static int run_command(struct cli *cli, const struct command *command, int argc,
                       char *const *argv) {
    struct settings settings = {0};
    struct error wrong;
    int code = CLI_OK;
    switch (settings_parse(&settings, &command->program, argc, argv, &cli->host, &wrong)) {
    case SETTINGS_OK:
        code = command->run(cli, &settings);
        settings_done(&settings);
        break;
    case SETTINGS_HELP:
        settings_write_help(&cli->out, &command->program);
        break;
    case SETTINGS_VERSION:
        settings_write_version(&cli->out, &whole);
        break;
    case SETTINGS_ERROR:
        if (command->refused != NULL)
            return command->refused(cli, argc, argv, wrong.text);
        mistakes_locate_setting(&wrong);
        return command_fail(cli, command, CLI_USAGE, "%s", wrong.text);
    }
    return code;
}

static bool is_one_of(const char *word, const char *a, const char *b, const char *c) {
    return strcmp(word, a) == 0 || strcmp(word, b) == 0 || strcmp(word, c) == 0;
}

int statgate_run(struct cli *cli, int argc, char *const *argv) {
    if (argc < 2) {
        put_overview(&cli->err);
        return CLI_USAGE;
    }
    const char *word = argv[1];
    if (is_one_of(word, "version", "--version", "-V")) {
        settings_write_version(&cli->out, &whole);
        return CLI_OK;
    }
    if (is_one_of(word, "help", "--help", "-h")) {
        const char *about = argc > 2 ? argv[2] : NULL;
        const struct command *command = about != NULL ? find_command(about) : NULL;
        if (about != NULL && command == NULL)
            return refuse_word(cli, about);
        if (command != NULL)
            settings_write_help(&cli->out, &command->program);
        else
            put_overview(&cli->out);
        return CLI_OK;
    }
    const struct command *command = find_command(word);
    return command != NULL ? run_command(cli, command, argc - 1, argv + 1) : refuse_word(cli, word);
}
