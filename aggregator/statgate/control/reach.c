#include "statgate/control/reach.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "host/unix_socket.h"

/* ---- where ---- */

static bool add_place(struct send_places *places, const char *path) {
    struct send_place *place = &places->items[places->count++];
    *place = (struct send_place){.error = 0};
    (void)snprintf(place->path, sizeof place->path, "%s", path);
    return true;
}

static void make_control(struct send_place *place) {
    const size_t len = strlen(place->path);
    const bool named = len > 5 && strcmp(place->path + len - 5, ".sock") == 0;
    const size_t end = named ? len - 5 : len;
    (void)snprintf(place->path + end, sizeof place->path - end, ".control");
}

/* Look for the path in the configuration file that the daemon reads without flags. A mistake in
 * the file is noted for reach_fail; the daemon reports it itself. */
static bool find_in_file(struct reach *reach) {
    static const struct settings_program program = {
        .name = "statgate",
        .allowed = SETTING_BIT(config) | SETTING_BIT(socket) | SETTING_BIT(control)};
    char name[] = "statgate";
    char *const argv[] = {name, NULL};
    struct settings settings = {0};
    struct error wrong;
    if (settings_parse(&settings, &program, 1, argv, &reach->cli->host, &wrong) != SETTINGS_OK) {
        (void)snprintf(reach->wrong, sizeof reach->wrong, "%s", wrong.text);
        return false;
    }
    const bool named = (settings.sources[SETTING_socket] == SETTINGS_FILE ||
                        settings.sources[SETTING_control] == SETTINGS_FILE) &&
                       *settings.control != '\0';
    if (named)
        (void)add_place(&reach->places, settings.control);
    settings_done(&settings);
    return named;
}

void reach_list(struct reach *reach, struct cli *cli, const char *control, const char *sock) {
    struct send_places *places = &reach->places;
    *reach = (struct reach){.cli = cli};
    if (control == NULL && sock == NULL)
        control = cli_variable(cli, "STATGATE_CONTROL");
    if (sock == NULL)
        sock = cli_variable(cli, "STATGATE_SOCKET");
    if (control != NULL) {
        (void)add_place(places, control);
        return;
    }
    if (sock == NULL && find_in_file(reach))
        return;
    places_list(places, cli, sock);
    for (size_t i = 0; i < places->count; i++)
        make_control(&places->items[i]);
}

/* ---- connecting ---- */

static void explain(struct send_place *place, int error) {
    const char *why = strerror(error);
    if (error == ENOENT || error == ENOTDIR)
        why = "no socket there";
    else if (error == ECONNREFUSED)
        why = "no process listens there";
    else if (error == EACCES || error == EPERM)
        why = "permission denied: commands are for root and the daemon's own user";
    else if (error == EPROTOTYPE)
        why = "not a control socket: their names end in .control";
    place->error = error;
    (void)snprintf(place->why, sizeof place->why, "%s", why);
}

static int connect_to(struct send_place *place) {
    if (strlen(place->path) >= UNIX_SOCKET_PATH_MAX) {
        explain(place, ENAMETOOLONG);
        return -1;
    }
    const int sock = unix_socket_connect(place->path, SOCK_STREAM);
    if (sock < 0)
        explain(place, -sock);
    return sock;
}

int reach_connect(struct reach *reach) {
    struct send_places *places = &reach->places;
    for (size_t i = 0; i < places->count; i++) {
        struct send_place *place = &places->items[i];
        if (!places_trust(places, place, reach->cli))
            continue;
        const int sock = connect_to(place);
        reach->path = place->path;
        if (sock >= 0)
            return sock;
    }
    return -1;
}

int reach_fail(const struct reach *reach, const struct command *command) {
    struct strbuf *err = &reach->cli->err;
    bool denied = false;
    (void)command_fail(reach->cli, command, CLI_FAILURE, "no statgated takes commands here:");
    for (size_t i = 0; i < reach->places.count; i++) {
        denied |= reach->places.items[i].error == EACCES;
        strbuf_printf(err, "  %s: %s\n", reach->places.items[i].path, reach->places.items[i].why);
    }
    if (reach->wrong[0] != '\0')
        strbuf_printf(err,
                      "The configuration file, which may name another one, cannot be read: %s\n",
                      reach->wrong);
    strbuf_puts(
        err, denied
                 ? "Run this command as root, or as that user.\n"
                 : "Is statgated running? Start it, or name its control socket: --control PATH.\n");
    return CLI_FAILURE;
}
