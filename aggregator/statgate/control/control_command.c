/* SPDX-License-Identifier: MIT */
/* control_command.c - statgate reload and forget: commands for the daemon, on its control socket.
 */
#include "statgate/control/control_command.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/text.h"
#include "control/control.h"
#include "host/clock.h"
#include "host/unix_socket.h"

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

int control_reach_connect(struct reach *reach) {
    struct send_places *places = &reach->places;
    for (size_t i = 0; i < places->count; i++) {
        struct send_place *place = &places->items[i];
        if (!send_places_trust(places, place, reach->cli))
            continue;
        const int sock = connect_to(place);
        reach->path = place->path;
        if (sock >= 0)
            return sock;
    }
    return -1;
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
    ADDRESS_TIMEOUT_MS = 1000
};

struct exchange {
    struct cli *cli;
    const struct command *command;
    int64_t until_ns;
    struct reach reach;
    struct strbuf received; /* bytes of the answer so far */
};

/* ---- asking ---- */

enum answer { ANSWER_WHOLE, ANSWER_AGAIN, ANSWER_CUT, ANSWER_LATE };

static bool wait_for(const struct exchange *exchange, int sock, short events) {
    const int64_t left_ms = (exchange->until_ns - clock_mono_ns()) / 1000000;
    struct pollfd wanted = {.fd = sock, .events = events};
    int ready = 0;
    if (left_ms <= 0)
        return false;
    do
        ready = poll(&wanted, 1, (int)left_ms);
    while (ready < 0 && errno == EINTR);
    return ready > 0;
}

/* The final line of the answer, if it is complete: it begins with "ok " or "error ". */
static const char *find_end(struct strbuf *received) {
    const char *line = strbuf_cstr(received);
    for (const char *end; (end = strchr(line, '\n')) != NULL; line = end + 1)
        if (text_begins(line, "ok ") || text_begins(line, "error "))
            return line;
    return NULL;
}

static enum answer receive(struct exchange *exchange, int sock) {
    char bytes[4096];
    while (find_end(&exchange->received) == NULL) {
        if (!wait_for(exchange, sock, POLLIN))
            return ANSWER_LATE;
        const ssize_t count = recv(sock, bytes, sizeof bytes, MSG_DONTWAIT);
        if (count < 0 && (errno == EAGAIN || errno == EINTR))
            continue;
        if (count <= 0 || exchange->received.len > (size_t)2 * CONTROL_ANSWER_MAX)
            return ANSWER_CUT;
        strbuf_put(&exchange->received, bytes, (size_t)count);
    }
    return text_begins(find_end(&exchange->received), "error busy ") ? ANSWER_AGAIN : ANSWER_WHOLE;
}

/* Send the request once. A daemon that refuses the connection may close it before reading, so a
 * failed send is ignored and only the answer counts. */
static enum answer ask_once(struct exchange *exchange, int sock, const char *request) {
    char line[CONTROL_LINE_MAX];
    const int len = snprintf(line, sizeof line, "%s\n", request);
    strbuf_clear(&exchange->received);
    (void)send(sock, line, (size_t)len, MSG_NOSIGNAL);
    const enum answer answer = receive(exchange, sock);
    (void)close(sock);
    return answer;
}

/* ---- what it says ---- */

static int print_answer(struct exchange *exchange) {
    const char *text = strbuf_cstr(&exchange->received);
    const char *last = find_end(&exchange->received);
    const size_t len = strcspn(last, "\n");
    if (strncmp(last, "ok ", 3) == 0) {
        strbuf_put(&exchange->cli->out, text, (size_t)(last - text));
        strbuf_printf(&exchange->cli->out, "%.*s\n", (int)len - 3, last + 3);
        return CLI_OK;
    }
    const char *word = last + 6;
    const size_t word_len = strcspn(word, " \n");
    const enum control_code code = control_code_find(word, word_len);
    const int text_len = (int)(len - 6 - word_len);
    const int failure =
        command_fail(exchange->cli, exchange->command,
                     code < CONTROL_CODE_COUNT ? control_code_exit(code) : CLI_FAILURE, "%.*s:%.*s",
                     (int)word_len, word, text_len, word + word_len);
    strbuf_put(&exchange->cli->err, text, (size_t)(last - text)); /* further mistakes */
    if (code == CONTROL_REFUSED)
        strbuf_puts(&exchange->cli->err, "Nothing changed.\n");
    return failure;
}

static int exchange_all(struct exchange *exchange, const char *request) {
    for (;;) {
        const int sock = control_reach_connect(&exchange->reach);
        if (sock < 0)
            return control_reach_fail(&exchange->reach, exchange->command);
        const enum answer answer = ask_once(exchange, sock, request);
        if (answer == ANSWER_AGAIN &&
            exchange->until_ns - clock_mono_ns() > (int64_t)AGAIN_MS * 1000000) {
            (void)poll(NULL, 0, AGAIN_MS);
            continue;
        }
        if (answer == ANSWER_WHOLE || answer == ANSWER_AGAIN)
            return print_answer(exchange);
        if (answer == ANSWER_LATE)
            return command_fail(exchange->cli, exchange->command, CLI_FAILURE,
                                "%s: no answer in time; the daemon's log has what became of it",
                                exchange->reach.path);
        return command_fail(exchange->cli, exchange->command, CLI_FAILURE,
                            "%s: the daemon ended before it answered", exchange->reach.path);
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

/*
 * Send the request (a line without its newline), and print the lines of the answer and its final
 * line, or an error in the command's name. If the daemon is about to be replaced, the request is
 * sent again. Returns the exit code, which is CLI_FAILURE also if no daemon answers in time.
 */
static int ask_daemon(struct cli *cli, const struct command *command,
                      const struct settings *settings, const char *request) {
    int64_t timeout_ns;
    if (!read_timeout(settings->own[ASK_TIMEOUT], &timeout_ns))
        return command_fail(cli, command, CLI_USAGE,
                            "--timeout: \"%.80s\" is not a number of seconds above 0, up to %d",
                            settings->own[ASK_TIMEOUT], TIMEOUT_MAX_S);
    struct exchange *exchange = calloc(1, sizeof *exchange);
    if (exchange == NULL)
        return command_fail(cli, command, CLI_FAILURE, "out of memory");
    exchange->cli = cli;
    exchange->command = command;
    exchange->until_ns = clock_mono_ns() + timeout_ns;
    strbuf_init(&exchange->received);
    control_reach_list(&exchange->reach, cli, settings->own[ASK_CONTROL],
                       settings->own[ASK_SOCKET]);
    const int code = exchange_all(exchange, request);
    strbuf_done(&exchange->received);
    free(exchange);
    return code;
}

bool control_ask_address(struct cli *cli, const char *sock_path, char *ret_address, size_t size) {
    struct exchange *exchange = calloc(1, sizeof *exchange);
    bool good = false;
    if (exchange == NULL)
        return false;
    exchange->cli = cli;
    exchange->until_ns = clock_mono_ns() + (int64_t)ADDRESS_TIMEOUT_MS * 1000000;
    strbuf_init(&exchange->received);
    control_reach_list(&exchange->reach, cli, NULL, sock_path);
    const int sock = control_reach_connect(&exchange->reach);
    if (sock >= 0 && ask_once(exchange, sock, "address") == ANSWER_WHOLE) {
        const char *address = text_after(find_end(&exchange->received), "ok ");
        const size_t len = address != NULL ? strcspn(address, "\n") : size;
        good = len < size;
        if (good)
            (void)snprintf(ret_address, size, "%.*s", (int)len, address);
    }
    strbuf_done(&exchange->received);
    free(exchange);
    return good;
}

/* ---- reload ---- */

static const struct settings_own_flag reload_own_flags[ASK_FLAG_COUNT + 1] = {ASK_FLAGS};

static int reload_run(struct cli *cli, const struct settings *settings) {
    return ask_daemon(cli, &control_reload_command, settings, "reload");
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

static int forget_run(struct cli *cli, const struct settings *settings) {
    const struct settings_list *words = &settings->words;
    char request[CONTROL_LINE_MAX];
    struct error error;
    if (words->count < 2 || words->count > 3)
        return command_fail(cli, &control_forget_command, CLI_USAGE,
                            "give it a service, a family, and labels if need be: "
                            "KEY=VALUE,...; see statgate forget --help");
    const bool labelled = words->count == 3;
    const int len = snprintf(request, sizeof request, "forget %s %s%s%s", words->items[0],
                             words->items[1], labelled ? " " : "", labelled ? words->items[2] : "");
    if (len >= CONTROL_LINE_MAX - 1)
        return command_fail(cli, &control_forget_command, CLI_USAGE, "these names are too long");
    if (!check(request, words, &error))
        return command_fail(cli, &control_forget_command, CLI_USAGE, "%s", error.text);
    return ask_daemon(cli, &control_forget_command, settings, request);
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
