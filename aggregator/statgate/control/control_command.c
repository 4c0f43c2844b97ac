/* SPDX-License-Identifier: MIT */
/* control_command.c - statgate reload and forget: commands for the daemon, on its control socket.
 */
#include "statgate/control/control_command.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "control/control.h"
#include "host/clock.h"
#include "statgate/shown/shown.h"

/* ---- reach ---- */

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
 * the file is noted for control_reach_fail; the daemon reports it itself. */
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

void control_reach_list(struct reach *reach, struct cli *cli, const char *control,
                        const char *sock) {
    struct send_places *places = &reach->places;
    *reach = (struct reach){.cli = cli};
    if (control == NULL && sock == NULL)
        control = statgate_cli_variable(cli, "STATGATE_CONTROL");
    if (sock == NULL)
        sock = statgate_cli_variable(cli, "STATGATE_SOCKET");
    if (control != NULL) {
        (void)add_place(places, control);
        return;
    }
    if (sock == NULL && find_in_file(reach))
        return;
    send_places_list(places, cli, sock);
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

/* A Unix socket connects at once, or not at all. */
static struct fetch *ask_place(struct reach *reach, struct send_place *place,
                               const struct fetch_request *request) {
    if (!fetch_address_unix(place->path, &reach->address)) {
        explain(place, ENAMETOOLONG);
        return NULL;
    }
    struct fetch *fetch = fetch_start(request);
    const bool there = fetch_step(fetch) != FETCH_NOBODY;
    reach->path = place->path;
    if (there)
        return fetch;
    explain(place, fetch_error(fetch));
    fetch_free(fetch);
    return NULL;
}

struct fetch *control_reach_ask(struct reach *reach, const char *target, size_t body_max) {
    struct send_places *places = &reach->places;
    const struct fetch_request request = {
        .address = &reach->address, .target = target, .post = true, .body_max = body_max};
    struct fetch *fetch = NULL;
    for (size_t i = 0; fetch == NULL && i < places->count; i++)
        if (send_places_trust(places, &places->items[i], reach->cli))
            fetch = ask_place(reach, &places->items[i], &request);
    return fetch;
}

int control_reach_fail(const struct reach *reach, const struct command *command) {
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

/* ---- ask ---- */

enum {
    TIMEOUT_S = 20, /* longer than a reload may take, so that its verdict is heard */
    TIMEOUT_MAX_S = 3600,
    AGAIN_MS = 50,
    ADDRESS_TIMEOUT_MS = 1000,
    ANSWER_BYTES_MAX = 1 << 20
};

struct exchange {
    struct cli *cli;
    const struct command *command;
    int64_t until_ns;
    struct reach reach;
};

/* ---- what it says ---- */

/* Print the lines of the answer: of one that is no success, the first in the command's name. */
static int print_answer(struct exchange *exchange, unsigned status, struct strbuf *body) {
    const char *text = strbuf_cstr(body);
    const int code = control_exit_code(status);
    const size_t len = strcspn(text, "\n");
    if (code == CLI_OK) {
        strbuf_puts(&exchange->cli->out, text);
        return code;
    }
    (void)command_fail(exchange->cli, exchange->command, code, "%.*s", (int)len, text);
    strbuf_puts(&exchange->cli->err, text + len + (text[len] == '\n'));
    return code;
}

static int fail(const struct exchange *exchange, const char *why) {
    return command_fail(exchange->cli, exchange->command, CLI_FAILURE, "%s: %s",
                        exchange->reach.path, why);
}

static int print_end(struct exchange *exchange, struct fetch *fetch, enum fetch_state state) {
    switch (state) {
    case FETCH_DONE:
        return print_answer(exchange, fetch_head(fetch)->status, fetch_body(fetch));
    case FETCH_UNDER_WAY:
        return fail(exchange, "no answer in time; the daemon's log has what became of it");
    case FETCH_NO_RESPONSE:
    case FETCH_TOO_LARGE:
        return fail(exchange, "what answers there is not statgated");
    case FETCH_NOBODY:
    case FETCH_CUT:
        break;
    }
    return fail(exchange, "the daemon ended before it answered");
}

/* ---- asking ---- */

static int exchange_all(struct exchange *exchange, const char *target) {
    for (;;) {
        struct fetch *fetch = control_reach_ask(&exchange->reach, target, ANSWER_BYTES_MAX);
        if (fetch == NULL)
            return control_reach_fail(&exchange->reach, exchange->command);
        const enum fetch_state state = fetch_wait(fetch, exchange->until_ns);
        const bool again = state == FETCH_DONE && fetch_head(fetch)->status == CONTROL_BUSY &&
                           exchange->until_ns - clock_mono_ns() > (int64_t)AGAIN_MS * 1000000;
        const int code = again ? CLI_OK : print_end(exchange, fetch, state);
        fetch_free(fetch);
        if (!again)
            return code;
        (void)poll(NULL, 0, AGAIN_MS);
    }
}

/* ---- the beginning ---- */

static bool read_timeout(const char *text, int64_t *ret_ns) {
    char *end = NULL;
    *ret_ns = (int64_t)TIMEOUT_S * 1000000000;
    if (text == NULL)
        return true;
    /* Refuse signs, exponents and "inf", which strtod accepts. */
    const bool digits = *text != '\0' && text[strspn(text, "0123456789.")] == '\0';
    const double seconds = digits ? strtod(text, &end) : -1;
    if (end == NULL || *end != '\0' || seconds <= 0 || seconds > TIMEOUT_MAX_S)
        return false;
    *ret_ns = (int64_t)(seconds * 1e9);
    return true;
}

/* A daemon that is about to be replaced is asked again. The exit code is CLI_FAILURE also if no
 * daemon answers in time. */
int control_give(struct cli *cli, const struct command *command, const char *target,
                 const char *control, const char *sock, const char *timeout) {
    int64_t timeout_ns;
    if (!read_timeout(timeout, &timeout_ns))
        return command_fail(cli, command, CLI_USAGE,
                            "--timeout: \"%.80s\" is not a number of seconds above 0, up to %d",
                            timeout, TIMEOUT_MAX_S);
    struct exchange *exchange = memory_alloc(sizeof *exchange);
    exchange->cli = cli;
    exchange->command = command;
    exchange->until_ns = clock_mono_ns() + timeout_ns;
    control_reach_list(&exchange->reach, cli, control, sock);
    const int code = exchange_all(exchange, target);
    free(exchange);
    return code;
}

static int ask_daemon(struct cli *cli, const struct command *command,
                      const struct settings *settings, const char *target) {
    return control_give(cli, command, target, settings->own[ASK_CONTROL], settings->own[ASK_SOCKET],
                        settings->own[ASK_TIMEOUT]);
}

bool control_ask_address(struct cli *cli, const char *sock_path, char *ret_address, size_t size) {
    struct reach *reach = memory_alloc(sizeof *reach);
    bool good = false;
    control_reach_list(reach, cli, NULL, sock_path);
    struct fetch *fetch = control_reach_ask(reach, "/address", size);
    if (fetch != NULL &&
        fetch_wait(fetch, clock_mono_ns() + (int64_t)ADDRESS_TIMEOUT_MS * 1000000) == FETCH_DONE &&
        fetch_head(fetch)->status == CONTROL_DONE) {
        const char *address = strbuf_cstr(fetch_body(fetch));
        const size_t len = strcspn(address, "\n");
        good = len < size;
        if (good)
            (void)snprintf(ret_address, size, "%.*s", (int)len, address);
    }
    fetch_free(fetch);
    free(reach);
    return good;
}

/* ---- reload ---- */

static const struct settings_own_flag reload_own_flags[ASK_FLAG_COUNT + 1] = {ASK_FLAGS};

static int reload_run(struct cli *cli, const struct settings *settings) {
    return ask_daemon(cli, &control_reload_command, settings, "/reload");
}

const struct command control_reload_command = {
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
         .own = reload_own_flags,
         .examples = "  statgate check /etc/statgate/catalog.d && statgate reload\n"
                     "  statgate reload --socket /srv/metrics.sock\n"},
    .run = reload_run,
};

/* ---- forget ---- */

static const struct settings_own_flag forget_own_flags[ASK_FLAG_COUNT + 1] = {ASK_FLAGS};

static int forget_run(struct cli *cli, const struct settings *settings) {
    static const char *const parameters[] = {"service", "family", "labels"};
    const struct settings_list *words = &settings->words;
    char target[ASKING_TARGET_MAX] = "/forget";
    if (words->count < 2 || words->count > 3)
        return command_fail(cli, &control_forget_command, CLI_USAGE,
                            "give it a service, a family, and labels if need be: "
                            "KEY=VALUE,...; see statgate forget --help");
    for (size_t i = 0; i < words->count; i++)
        if (!shown_asking_add(target, parameters[i], words->items[i]))
            return command_fail(cli, &control_forget_command, CLI_USAGE,
                                "these names are too long");
    return ask_daemon(cli, &control_forget_command, settings, target);
}

const struct command control_forget_command = {
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
         .own = forget_own_flags,
         .examples = "  statgate forget shop orders_total\n"
                     "  statgate forget shop orders_total outcome=tset,payment=card\n"},
    .run = forget_run,
};
