#include "statgate/control/ask.h"

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
#include "statgate/control/reach.h"

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
        const int sock = reach_connect(&exchange->reach);
        if (sock < 0)
            return reach_fail(&exchange->reach, exchange->command);
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

int ask_daemon(struct cli *cli, const struct command *command, const struct settings *settings,
               const char *request) {
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
    reach_list(&exchange->reach, cli, settings->own[ASK_CONTROL], settings->own[ASK_SOCKET]);
    const int code = exchange_all(exchange, request);
    strbuf_done(&exchange->received);
    free(exchange);
    return code;
}

bool ask_address(struct cli *cli, const char *sock_path, char *ret_address, size_t size) {
    struct exchange *exchange = calloc(1, sizeof *exchange);
    bool good = false;
    if (exchange == NULL)
        return false;
    exchange->cli = cli;
    exchange->until_ns = clock_mono_ns() + (int64_t)ADDRESS_TIMEOUT_MS * 1000000;
    strbuf_init(&exchange->received);
    reach_list(&exchange->reach, cli, NULL, sock_path);
    const int sock = reach_connect(&exchange->reach);
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
