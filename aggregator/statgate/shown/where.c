#include "statgate/shown/where.h"

#include <stdio.h>
#include <string.h>

#include "base/listen_address.h"
#include "settings/settings.h"
#include "statgate/control/ask.h"

const char *where_flag(const struct command *command, const struct settings *settings,
                       const char *name) {
    const struct settings_own_flag *own = command->program.own;
    for (size_t i = 0; own[i].name != NULL; i++)
        if (strcmp(own[i].name, name) == 0)
            return settings->own[i];
    return NULL;
}

static void take_address(struct where *where, const char *text, const char *source) {
    (void)snprintf(where->text, sizeof where->text, "%s", text);
    where->source = source;
}

static void take_token(struct where *where, const char *path) {
    struct error wrong;
    bool exposed;
    if (path[0] == '\0' || where->token != NULL)
        return;
    where->token = settings_read_token(path, &exposed, &wrong);
    if (where->token == NULL)
        (void)error_set(&where->note, "the token of the settings: %s", wrong.text);
}

/* Take the address from the settings that the daemon reads without flags. A mistake in them is
 * noted; the daemon reports it itself. */
static void find_in_settings(struct where *where, const struct cli *cli) {
    static const struct settings_program program = {
        .name = "statgate",
        .allowed = SETTING_BIT(config) | SETTING_BIT(metrics_listen) | SETTING_BIT(debug_listen) |
                   SETTING_BIT(bearer_token_file) | SETTING_BIT(debug_token_file)};
    char name[] = "statgate";
    char *const argv[] = {name, NULL};
    struct settings settings = {0};
    struct error wrong;
    if (settings_parse(&settings, &program, 1, argv, &cli->host, &wrong) != SETTINGS_OK) {
        (void)error_set(&where->note, "the settings cannot be read: %s", wrong.text);
        take_address(where, "127.0.0.1:9464", "the default of metrics_listen");
        return;
    }
    if (settings.debug_listen != NULL && settings.debug_listen[0] != '\0')
        take_address(where, settings.debug_listen, "debug_listen");
    else
        take_address(where, settings.metrics_listen, "metrics_listen");
    if (settings.debug_listen != NULL && settings.debug_listen[0] == '\0')
        (void)error_set(&where->note, "debug_listen is empty: there is no /debug");
    take_token(where, settings.debug_token_file);
    if (settings.debug_token_file[0] == '\0')
        take_token(where, settings.bearer_token_file);
    settings_done(&settings);
}

static bool is_same_address(const char *a, const char *b) {
    struct listen_address one;
    struct listen_address other;
    const char *reason;
    return listen_address_parse(a, &one, &reason) && listen_address_parse(b, &other, &reason) &&
           listen_address_same(&one, &other);
}

/* Take the address from the daemon that holds the socket: its flags may differ from the settings,
 * whose token is theirs alone. */
static void ask_for_address(struct where *where, struct cli *cli, const char *sock_path) {
    char address[FETCH_HOST_MAX];
    if (!ask_address(cli, sock_path, address, sizeof address) ||
        is_same_address(address, where->text))
        return;
    settings_token_free(where->token);
    where->token = NULL;
    error_clear(&where->note);
    take_address(where, address, "of the daemon that has the socket");
}

static int read_token_flag(struct where *where, struct cli *cli, const struct command *command,
                           const char *path) {
    struct error wrong;
    bool exposed;
    if (path == NULL)
        return CLI_OK;
    settings_token_free(where->token);
    where->token = settings_read_token(path, &exposed, &wrong);
    return where->token != NULL
               ? CLI_OK
               : command_fail(cli, command, CLI_USAGE, "--token-file: %s", wrong.text);
}

int where_find(struct where *where, struct cli *cli, const struct command *command,
               const struct settings *settings) {
    *where = (struct where){.source = NULL};
    struct error wrong;
    const char *given = where_flag(command, settings, "daemon");
    const char *variable = cli_variable(cli, "STATGATE_DAEMON");
    if (given != NULL)
        take_address(where, given, "--daemon");
    else if (variable != NULL)
        take_address(where, variable, "STATGATE_DAEMON");
    else {
        find_in_settings(where, cli);
        ask_for_address(where, cli, where_flag(command, settings, "socket"));
    }
    if (where->text[0] == '\0')
        return command_fail(cli, command, CLI_FAILURE,
                            "the settings have no address for HTTP (metrics_listen is empty); name "
                            "one: --daemon ADDRESS");
    if (!fetch_address_find(where->text, &where->address, &wrong))
        return command_fail(cli, command, CLI_USAGE, "%s: \"%.200s\": %s", where->source,
                            where->text, wrong.text);
    return read_token_flag(where, cli, command, where_flag(command, settings, "token-file"));
}

void where_done(struct where *where) {
    settings_token_free(where->token);
    where->token = NULL;
}
