/* SPDX-License-Identifier: MIT */
/* control.c - the control socket: commands of root and of the daemon's own user. */
#include "control/control.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/strbuf.h"
#include "base/utf8.h"
#include "host/clock.h"

/* ---- control answer: an answer, for the code that sends it. ---- */

struct control_answer {
    const struct memory *memory;
    struct strbuf text;
    uint64_t left_out; /* lines */
    /* Called when the answer has ended: its text is complete, and the callee frees the answer.
     * NULL: no one wants the answer. */
    void (*ended)(void *arg);
    /* Called when the answer begins to flow (control.h), and when it has bytes again. */
    void (*flows)(void *arg);
    void *arg;
    bool flowing;
    void (*left)(void *arg); /* set by control_flow_begin */
    void *left_arg;
};

/* ---- client: one client of the control socket, with its request and its answer.
 *
 *   reading    up to timeout_ms for one line
 *   waiting    for the code that carries out the command; does not notice if the client leaves
 *   flowing    lines as they are added (control.h), until the client leaves
 *   writing    up to timeout_ms
 */

struct control_client_hooks {
    void (*command)(void *arg, const struct control_request *request,
                    struct control_answer *answer);
    void *command_arg;
    uint64_t timeout_ms;
    void (*closed)(void *arg, size_t place); /* the struct was freed */
    void *closed_arg;
};

enum control_client_state {
    CLIENT_READING,
    CLIENT_WAITING,
    CLIENT_FLOWING,
    CLIENT_WRITING,
    CLIENT_CLOSING
};

struct control_client {
    const struct control_client_hooks *hooks;
    const struct memory *memory;
    size_t place;
    enum control_client_state state;
    int fd;
    uv_poll_t poll;
    uv_timer_t timer;
    size_t open_handles;
    char line[CONTROL_LINE_MAX + 1];
    size_t len;
    struct control_answer *answer;
    size_t sent;
};

/* ==== code ==== */

struct row {
    const char *word;
    int exit_code;
};

static const struct row rows[CONTROL_CODE_COUNT] = {
#define CODE(id, word, exit_code) [CONTROL_##id] = {word, exit_code},
#include "control/codes.def"
#undef CODE
};

const char *control_code_word(enum control_code code) {
    return rows[code].word;
}

enum control_code control_code_find(const char *word, size_t len) {
    int code = 0;
    while (code < CONTROL_CODE_COUNT &&
           (strlen(rows[code].word) != len || memcmp(rows[code].word, word, len) != 0))
        code++;
    return (enum control_code)code;
}

int control_code_exit(enum control_code code) {
    return rows[code].exit_code;
}

/* ==== answer ==== */

enum { LINE_MAX_BYTES = 2048 /* a sentence of base/error.h and the text before it */ };

/* Make an answer. NULL: out of memory. */
static struct control_answer *control_answer_new(const struct memory *memory,
                                                 void (*ended)(void *arg), void (*flows)(void *arg),
                                                 void *arg) {
    struct control_answer *answer = memory_alloc(memory, sizeof *answer);
    if (answer == NULL)
        return NULL;
    *answer = (struct control_answer){.memory = memory, .ended = ended, .flows = flows, .arg = arg};
    strbuf_init_in(&answer->text, memory);
    return answer;
}

static void control_answer_free(struct control_answer *answer) {
    if (answer == NULL)
        return;
    strbuf_done(&answer->text);
    memory_release(answer->memory, answer);
}

static void put_line(struct control_answer *answer, const char *head, const char *format,
                     va_list args) __attribute__((format(printf, 3, 0)));

static void put_line(struct control_answer *answer, const char *head, const char *format,
                     va_list args) {
    char line[LINE_MAX_BYTES];
    const int head_len = snprintf(line, sizeof line, "%s", head);
    (void)vsnprintf(line + head_len, sizeof line - (size_t)head_len, format, args);
    for (char *at = line; *at != '\0'; at++)
        if ((unsigned char)*at < ' ' || *at == 0x7f)
            *at = '?';
    strbuf_puts(&answer->text, line);
    strbuf_putc(&answer->text, '\n');
}

void control_answer_line(struct control_answer *answer, const char *format, ...) {
    va_list args;
    if (answer->text.len + LINE_MAX_BYTES > CONTROL_ANSWER_MAX) {
        answer->left_out++;
        return;
    }
    va_start(args, format);
    put_line(answer, "", format, args);
    va_end(args);
}

static void end(struct control_answer *answer) {
    if (answer->ended != NULL)
        answer->ended(answer->arg);
    else
        control_answer_free(answer);
}

static void put_left_out(struct control_answer *answer) {
    if (answer->left_out > 0)
        strbuf_printf(&answer->text, "and %" PRIu64 " more\n", answer->left_out);
}

void control_answer_ok(struct control_answer *answer, const char *format, ...) {
    va_list args;
    put_left_out(answer);
    va_start(args, format);
    put_line(answer, "ok ", format, args);
    va_end(args);
    end(answer);
}

void control_answer_error(struct control_answer *answer, enum control_code code, const char *format,
                          ...) {
    char head[64];
    va_list args;
    put_left_out(answer);
    (void)snprintf(head, sizeof head, "error %s ", control_code_word(code));
    va_start(args, format);
    put_line(answer, head, format, args);
    va_end(args);
    end(answer);
}

/* ==== request ==== */

static bool fail(struct error *error, const char *why) {
    return error_set(error,
                     "%s; a request is one line: reload, forget SERVICE FAMILY [KEY=VALUE,...], "
                     "tail [KEY=VALUE,...], or address",
                     why);
}

static bool is_text(const char *line, size_t len) {
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)line[i] < ' ' || line[i] == 0x7f)
            return false;
    return true;
}

/* Take the word at *rest, which moves past the word and one blank; "" at the end. */
static char *take_word(char **rest) {
    char *word = *rest;
    char *end = strchrnul(word, ' ');
    *rest = *end == ' ' ? end + 1 : end;
    *end = '\0';
    return word;
}

/* ---- labels ---- */

/* Take the value at *rest up to the next comma and resolve its escapes in place. *rest moves past
 * the comma, or becomes NULL at the end. Returns NULL for an invalid escape. */
static char *take_value(char **rest) {
    char *value = *rest;
    char *out = value;
    const char *at = value;
    for (; *at != '\0' && *at != ','; at++) {
        if (*at == '\\') {
            at++;
            if (*at != '\\' && *at != ',' && *at != 'n')
                return NULL;
            *out++ = *at == 'n' ? '\n' : *at;
        } else {
            *out++ = *at;
        }
    }
    *rest = *at == ',' ? value + (at - value) + 1 : NULL;
    *out = '\0';
    return value;
}

static bool has_key(const struct control_request *request, const char *key) {
    for (size_t i = 0; i < request->label_count; i++)
        if (strcmp(request->labels[i].key, key) == 0)
            return true;
    return false;
}

/* Take one KEY=VALUE; *rest moves as for take_value. */
static bool take_label(struct control_request *request, char **rest, struct error *error) {
    char *key = *rest;
    char *sign = key + strcspn(key, "=,");
    if (*sign != '=' || sign == key)
        return fail(error, "labels are KEY=VALUE, with commas between them");
    *sign = '\0';
    *rest = sign + 1;
    const char *value = take_value(rest);
    if (value == NULL)
        return fail(error, "in a label value, \\ stands before \\, a comma or n only");
    if (request->label_count == CONTROL_LABELS_MAX || has_key(request, key))
        return fail(error, "a label is named twice, or there are more than 32");
    request->labels[request->label_count++] = (struct control_label){.key = key, .value = value};
    return true;
}

static bool take_labels(struct control_request *request, char *rest, struct error *error) {
    while (rest != NULL)
        if (!take_label(request, &rest, error))
            return false;
    return true;
}

/* ---- commands ---- */

static bool read_forget(struct control_request *request, char *rest, struct error *error) {
    request->command = CONTROL_FORGET;
    request->service = take_word(&rest);
    const bool labelled = strchr(rest, ' ') != NULL;
    request->family = take_word(&rest);
    if (*request->service == '\0' || *request->family == '\0')
        return fail(error, "forget needs a service and a family");
    return !labelled || take_labels(request, rest, error);
}

/* Explain why a line is not text; NULL: it is. Checks first for faults that are hard to see. The
 * value of a label may end with a blank. */
static const char *why_not_text(const char *line, size_t len) {
    if (len > 0 && line[len - 1] == '\r')
        return "a line ends with a newline alone, this one has a carriage return before it";
    if (len > 0 && line[len - 1] == ' ' && memchr(line, '=', len) == NULL)
        return "there is a blank at the end of the line";
    if (!utf8_is(line, len))
        return "a request is UTF-8, and this one has other bytes";
    return is_text(line, len) ? NULL : "a control byte is no part of a request";
}

bool control_request_read(char *line, size_t len, struct control_request *ret_request,
                          struct error *ret_error) {
    struct control_request request = {.command = CONTROL_RELOAD};
    const char *why = why_not_text(line, len);
    if (why != NULL)
        return fail(ret_error, why);
    line[len] = '\0';
    char *rest = line;
    const bool more = strchr(line, ' ') != NULL;
    const char *word = take_word(&rest);
    if (strcmp(word, "forget") == 0) {
        if (!read_forget(&request, rest, ret_error))
            return false;
    } else if (strcmp(word, "tail") == 0) {
        request.command = CONTROL_TAIL;
        if (more && !take_labels(&request, rest, ret_error))
            return false;
    } else if (strcmp(word, "address") == 0 && !more) {
        request.command = CONTROL_ADDRESS;
    } else if (strcmp(word, "reload") != 0 || more) {
        return fail(ret_error, "there is no such command");
    }
    *ret_request = request;
    return true;
}

/* ==== client ==== */

/* ---- closing ---- */

static void on_handle_closed(uv_handle_t *handle) {
    struct control_client *client = handle->data;
    if (--client->open_handles > 0)
        return;
    const struct control_client_hooks *hooks = client->hooks;
    const size_t place = client->place;
    memory_release(client->memory, client);
    hooks->closed(hooks->closed_arg, place);
}

/* Drop the answer. While a command is carried out, other code still has the answer: it will end the
 * answer, and no one will read it. An answer that flows is freed here. */
static void drop_answer(struct control_client *client) {
    struct control_answer *answer = client->answer;
    client->answer = NULL;
    if (answer == NULL)
        return;
    if (client->state == CLIENT_WAITING) {
        answer->ended = NULL;
        answer->flows = NULL;
        return;
    }
    if (client->state == CLIENT_FLOWING)
        answer->left(answer->left_arg);
    control_answer_free(answer);
}

/* Close at once; its answer is discarded. */
static void control_client_close(struct control_client *client) {
    if (client->state == CLIENT_CLOSING)
        return;
    drop_answer(client);
    client->state = CLIENT_CLOSING;
    (void)uv_poll_stop(&client->poll);
    uv_close((uv_handle_t *)&client->poll, on_handle_closed);
    uv_close((uv_handle_t *)&client->timer, on_handle_closed);
    close(client->fd);
}

/* ---- writing ---- */

static void on_event(uv_poll_t *poll, int status, int events);
static void on_time(uv_timer_t *timer);

/* Send what the client accepts now. True: nothing is left or the client accepts no more; false: the
 * client has gone. */
static bool send_some(struct control_client *client) {
    const struct strbuf *text = &client->answer->text;
    while (client->sent < text->len) {
        const ssize_t count =
            send(client->fd, text->data + client->sent, text->len - client->sent, MSG_NOSIGNAL);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return errno == EAGAIN;
        client->sent += (size_t)count;
    }
    return true;
}

static void write_some(struct control_client *client) {
    if (!send_some(client) || client->sent == client->answer->text.len)
        control_client_close(client);
}

/* ---- flowing ---- */

/* Send lines of a flowing answer, and remove what was sent to make room for more. */
static void control_flow_on(struct control_client *client) {
    if (!send_some(client)) {
        control_client_close(client);
        return;
    }
    strbuf_consume(&client->answer->text, client->sent);
    client->sent = 0;
    const int events = client->answer->text.len > 0 ? UV_READABLE | UV_WRITABLE : UV_READABLE;
    (void)uv_poll_start(&client->poll, events, on_event);
}

/* Read from the client to notice when it leaves; whatever it sends is ignored. */
static void control_flow_listen(struct control_client *client) {
    char bytes[256];
    const ssize_t count = recv(client->fd, bytes, sizeof bytes, 0);
    if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR))
        control_client_close(client);
}

/* Do not send at once, because the code that adds a line is in the middle of other work. */
static void on_flows(void *arg) {
    struct control_client *client = arg;
    client->state = CLIENT_FLOWING;
    (void)uv_poll_start(&client->poll, UV_READABLE | UV_WRITABLE, on_event);
}

static void on_ended(void *arg) {
    struct control_client *client = arg;
    client->state = CLIENT_WRITING;
    (void)uv_timer_start(&client->timer, on_time, client->hooks->timeout_ms, 0);
    (void)uv_poll_start(&client->poll, UV_WRITABLE, on_event);
}

/* ---- reading ---- */

/* Begin an answer. False: out of memory, and the client is closed. */
static bool begin(struct control_client *client) {
    (void)uv_poll_stop(&client->poll);
    (void)uv_timer_stop(&client->timer);
    client->answer = control_answer_new(client->memory, on_ended, on_flows, client);
    if (client->answer == NULL) {
        control_client_close(client);
        return false;
    }
    client->state = CLIENT_WAITING;
    return true;
}

/* Refuse a client that has not sent its request yet, with a reason. */
static void control_client_refuse(struct control_client *client, enum control_code code,
                                  const char *why) {
    if (client->state == CLIENT_READING && begin(client))
        control_answer_error(client->answer, code, "%s", why);
}

static void on_time(uv_timer_t *timer) {
    struct control_client *client = timer->data;
    if (client->state == CLIENT_READING)
        control_client_refuse(client, CONTROL_TIMEOUT, "no request came in time");
    else
        control_client_close(client);
}

static void ask(struct control_client *client, size_t len) {
    struct control_request request;
    struct error why;
    if (!control_request_read(client->line, len, &request, &why))
        control_client_refuse(client, CONTROL_MALFORMED, why.text);
    else if (begin(client))
        client->hooks->command(client->hooks->command_arg, &request, client->answer);
}

static void read_some(struct control_client *client) {
    const ssize_t count =
        recv(client->fd, client->line + client->len, CONTROL_LINE_MAX - client->len, 0);
    if (count < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (count < 0) {
        control_client_close(client);
        return;
    }
    const char *end = memchr(client->line + client->len, '\n', (size_t)count);
    client->len += (size_t)count;
    if (end != NULL)
        ask(client, (size_t)(end - client->line));
    else if (count == 0) /* a truncated request could mean something else */
        control_client_refuse(client, CONTROL_MALFORMED, "a request ends with a newline");
    else if (client->len == CONTROL_LINE_MAX)
        control_client_refuse(client, CONTROL_MALFORMED, "a request has at most 8192 bytes");
}

static void on_event(uv_poll_t *poll, int status, int events) {
    struct control_client *client = poll->data;
    if (status < 0)
        control_client_close(client);
    else if (client->state == CLIENT_READING)
        read_some(client);
    else if (client->state == CLIENT_WRITING)
        write_some(client);
    else if (client->state == CLIENT_FLOWING && (events & UV_READABLE) != 0)
        control_flow_listen(client);
    if (status >= 0 && client->state == CLIENT_FLOWING && (events & UV_WRITABLE) != 0)
        control_flow_on(client);
}

/* Make a client from a non-blocking descriptor and take the descriptor over. NULL: out of memory;
 * the caller then still owns it. */
static struct control_client *control_client_open(const struct memory *memory, uv_loop_t *loop,
                                                  int fd, size_t place,
                                                  const struct control_client_hooks *hooks) {
    struct control_client *client = memory_alloc(memory, sizeof *client);
    if (client == NULL)
        return NULL;
    *client = (struct control_client){.hooks = hooks, .memory = memory, .place = place, .fd = fd};
    if (uv_poll_init(loop, &client->poll, fd) != 0) {
        memory_release(memory, client);
        return NULL;
    }
    (void)uv_timer_init(loop, &client->timer);
    client->open_handles = 2;
    client->poll.data = client;
    client->timer.data = client;
    (void)uv_timer_start(&client->timer, on_time, client->hooks->timeout_ms, 0);
    (void)uv_poll_start(&client->poll, UV_READABLE, on_event);
    return client;
}

/* ==== control ==== */

enum { RETRY_MS = 100 /* after a lack of descriptors */ };

struct control {
    const struct memory *memory;
    uv_loop_t *loop;
    struct unix_listener sock;
    char path[UNIX_SOCKET_PATH_MAX];
    uid_t uid;
    bool left; /* the socket belongs to another process */
    bool closing;
    uv_poll_t poll;
    uv_timer_t retry;
    uv_timer_t look;
    uint64_t look_ms; /* time between two checks of the path */
    unsigned wait;    /* checks between two attempts to bind the path, */
    unsigned skip;    /* and how many of them are left */
    const char *why;  /* why the last attempt failed */
    void (*bound)(void *arg);
    void (*lost)(void *arg, const char *why);
    void *arg;
    size_t open_handles;
    uint64_t no_memory;
    struct control_client_hooks hooks;
    struct control_client *clients[CONTROL_CLIENTS_MAX];
};

static void on_client(uv_poll_t *poll, int status, int events);

/* ---- closing ---- */

static bool has_clients(const struct control *control) {
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
        if (control->clients[i] != NULL)
            return true;
    return false;
}

static void free_when_closed(struct control *control) {
    if (control->closing && control->open_handles == 0 && !has_clients(control))
        memory_release(control->memory, control);
}

static void control_on_handle_closed(uv_handle_t *handle) {
    struct control *control = handle->data;
    control->open_handles--;
    free_when_closed(control);
}

static void on_client_closed(void *arg, size_t place) {
    struct control *control = arg;
    control->clients[place] = NULL;
    free_when_closed(control);
}

void control_close(struct control *control) {
    if (control == NULL || control->closing)
        return;
    control->closing = true;
    (void)uv_poll_stop(&control->poll);
    uv_close((uv_handle_t *)&control->poll, control_on_handle_closed);
    uv_close((uv_handle_t *)&control->retry, control_on_handle_closed);
    uv_close((uv_handle_t *)&control->look, control_on_handle_closed);
    if (!control->left && unix_socket_in_place(control->path, &control->sock.file))
        unlink(control->path);
    close(control->sock.fd);
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
        if (control->clients[i] != NULL)
            control_client_close(control->clients[i]);
}

void control_leave(struct control *control) {
    control->left = true;
    (void)uv_poll_stop(&control->poll);
    (void)uv_timer_stop(&control->retry);
    (void)uv_timer_stop(&control->look);
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
        if (control->clients[i] != NULL)
            control_client_refuse(control->clients[i], CONTROL_BUSY,
                                  "another daemon has taken over: ask again");
}

/* ---- clients ---- */

/* Send one line if it fits, and close; never wait for the client. */
static void turn_away(int fd, enum control_code code, const char *why) {
    char line[256];
    const int len = snprintf(line, sizeof line, "error %s %s\n", control_code_word(code), why);
    (void)send(fd, line, (size_t)len, MSG_NOSIGNAL | MSG_DONTWAIT);
    close(fd);
}

static bool may_ask(const struct control *control, int fd) {
    struct ucred peer;
    socklen_t len = sizeof peer;
    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) == 0 &&
           (peer.uid == 0 || peer.uid == control->uid);
}

static size_t free_place(const struct control *control) {
    size_t place = 0;
    while (place < CONTROL_CLIENTS_MAX && control->clients[place] != NULL)
        place++;
    return place;
}

static void take_in(struct control *control, int fd) {
    const size_t place = free_place(control);
    if (!may_ask(control, fd)) {
        turn_away(fd, CONTROL_DENIED, "commands are for root and for the daemon's own user");
        return;
    }
    if (place == CONTROL_CLIENTS_MAX) {
        turn_away(fd, CONTROL_BUSY, "too many commands at a time: try again");
        return;
    }
    control->clients[place] =
        control_client_open(control->memory, control->loop, fd, place, &control->hooks);
    if (control->clients[place] != NULL)
        return;
    control->no_memory++;
    turn_away(fd, CONTROL_FAILED,
              "statgated is out of memory; give it more (MemoryMax=, ulimit -v)");
}

uint64_t control_no_memory(const struct control *control) {
    return control->no_memory;
}

static void on_retry(uv_timer_t *timer) {
    struct control *control = timer->data;
    (void)uv_poll_start(&control->poll, UV_READABLE, on_client);
}

static bool lacks_something(int error) {
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

static void on_client(uv_poll_t *poll, int status, int events) {
    struct control *control = poll->data;
    (void)status;
    (void)events;
    for (int i = 0; i < CONTROL_CLIENTS_MAX; i++) {
        const int fd = accept4(control->sock.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            take_in(control, fd);
            continue;
        }
        if (lacks_something(errno)) {
            (void)uv_poll_stop(poll);
            (void)uv_timer_start(&control->retry, on_retry, RETRY_MS, 0);
        }
        return;
    }
}

/* ---- opening ---- */

static bool fits(const struct unix_listener *sock, const char *path) {
    return sock->fd >= 0 && host_unix_listener_listens(sock->fd, AF_UNIX) &&
           unix_socket_in_place(path, &sock->file) &&
           fcntl(sock->fd, F_SETFL, fcntl(sock->fd, F_GETFL) | O_NONBLOCK) == 0;
}

static bool adopt(const struct control_options *options, struct unix_listener *ret_sock) {
    for (size_t i = 0; i < options->kept_count; i++) {
        if (!fits(&options->kept[i], options->path))
            continue;
        *ret_sock = options->kept[i];
        options->kept[i].fd = -1;
        return true;
    }
    return false;
}

/* Bind a new socket. Returns NULL, or the reason why it failed. */
static const char *bind_new(const char *path, struct unix_listener *ret_sock) {
    struct unix_listener sock = {
        .fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    if (sock.fd < 0)
        return strerrordesc_np(errno);
    const char *why = host_unix_listener_bind(sock.fd, path, CONTROL_MODE, &sock.file);
    if (why != NULL)
        close(sock.fd);
    else
        *ret_sock = sock;
    return why;
}

static bool open_socket(const struct control_options *options, struct unix_listener *ret_sock,
                        struct error *ret_error) {
    if (adopt(options, ret_sock))
        return true;
    const char *why = bind_new(options->path, ret_sock);
    return why == NULL || error_set(ret_error, "%s: %s: %s", options->setting, options->path, why);
}

/* ---- the path stays ours ---- */

/* Replace the socket under the same descriptor number, which its owner knows. */
static bool replace(struct control *control, const struct unix_listener *sock) {
    (void)uv_poll_stop(&control->poll);
    const bool good = dup3(sock->fd, control->sock.fd, O_CLOEXEC) >= 0;
    (void)uv_poll_start(&control->poll, UV_READABLE, on_client);
    if (good)
        control->sock.file = sock->file;
    return good;
}

/* Bind the path again. Returns NULL, or the reason why it failed. */
static const char *bind_again(struct control *control) {
    struct unix_listener sock = {.fd = -1};
    const char *why = bind_new(control->path, &sock);
    if (why != NULL)
        return why;
    if (!replace(control, &sock)) {
        why = strerrordesc_np(errno);
        (void)unlink(control->path);
    }
    close(sock.fd);
    return why;
}

static void back_off(struct control *control, const char *why) {
    const bool said = control->why != NULL && strcmp(control->why, why) == 0;
    control->wait = control->wait == 0 ? 1 : 2 * control->wait;
    if (control->wait > CONTROL_WAIT_LOOKS_MAX)
        control->wait = CONTROL_WAIT_LOOKS_MAX;
    control->skip = control->wait;
    control->why = why;
    if (!said && control->lost != NULL)
        control->lost(control->arg, why);
}

static void have_again(struct control *control) {
    control->wait = control->skip = 0;
    control->why = NULL;
}

static void on_look(uv_timer_t *timer);

static void wait_for_next(struct control *control) {
    (void)uv_timer_start(&control->look, on_look,
                         clock_until_next(uv_now(control->loop), control->look_ms), 0);
}

static void on_look(uv_timer_t *timer) {
    struct control *control = timer->data;
    wait_for_next(control);
    if (unix_socket_in_place(control->path, &control->sock.file)) {
        have_again(control);
        return;
    }
    if (control->skip > 0 && --control->skip > 0)
        return;
    const char *why = bind_again(control);
    if (why != NULL) {
        back_off(control, why);
        return;
    }
    have_again(control);
    if (control->bound != NULL)
        control->bound(control->arg);
}

/* ---- the beginning ---- */

static void start(struct control *control, const struct control_options *options) {
    control->hooks = (struct control_client_hooks){
        .command = options->command,
        .command_arg = options->arg,
        .timeout_ms = options->timeout_ms > 0 ? options->timeout_ms : CONTROL_TIMEOUT_MS,
        .closed = on_client_closed,
        .closed_arg = control};
    (void)uv_timer_init(control->loop, &control->retry);
    (void)uv_timer_init(control->loop, &control->look);
    control->open_handles = 3;
    control->bound = options->bound;
    control->lost = options->lost;
    control->arg = options->arg;
    control->look.data = control;
    control->poll.data = control;
    control->retry.data = control;
    (void)uv_poll_start(&control->poll, UV_READABLE, on_client);
    control->look_ms = options->look_ms > 0 ? options->look_ms : CONTROL_LOOK_MS;
    wait_for_next(control);
    uv_unref((uv_handle_t *)&control->look);
}

struct control *control_open(const struct memory *memory, uv_loop_t *loop,
                             const struct control_options *options, struct error *ret_error) {
    struct control *control = memory_alloc(memory, sizeof *control);
    if (control == NULL) {
        (void)error_no_memory(ret_error);
        return NULL;
    }
    *control = (struct control){.memory = memory, .loop = loop, .uid = options->uid};
    (void)snprintf(control->path, sizeof control->path, "%s", options->path);
    if (!open_socket(options, &control->sock, ret_error)) {
        memory_release(memory, control);
        return NULL;
    }
    if (uv_poll_init(loop, &control->poll, control->sock.fd) != 0) {
        (void)error_set(ret_error, "%s: %s: cannot be watched", options->setting, options->path);
        close(control->sock.fd);
        memory_release(memory, control);
        return NULL;
    }
    start(control, options);
    return control;
}

struct unix_listener control_socket(const struct control *control) {
    return control->sock;
}

/* ==== flow ==== */

static void wake(struct control_answer *answer) {
    if (answer->flows != NULL)
        answer->flows(answer->arg);
}

void control_flow_begin(struct control_answer *answer, void (*left)(void *arg), void *arg) {
    answer->left = left;
    answer->left_arg = arg;
    answer->flowing = true;
    wake(answer);
}

bool control_flow_line(struct control_answer *answer, const char *text, size_t len) {
    struct strbuf *out = &answer->text;
    if (out->len + len + 1 > FLOW_MAX || !strbuf_reserve(out, len + 1)) {
        out->failed = false; /* this line is lost, but the next one may fit */
        return false;
    }
    const bool first = out->len == 0;
    strbuf_put(out, text, len);
    strbuf_putc(out, '\n');
    if (first)
        wake(answer);
    return true;
}
