#include "control/client.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- closing ---- */

static void on_handle_closed(uv_handle_t *handle) {
    struct control_client *client = handle->data;
    if (--client->open_handles > 0)
        return;
    const struct client_hooks *hooks = client->hooks;
    const size_t place = client->place;
    memory_release(client->memory, client);
    hooks->closed(hooks->closed_arg, place);
}

/* Drop the answer. While a command is carried out, other code still has the answer: it will end the
 * answer, and nobody will read it. An answer that flows is freed here. */
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

void client_close(struct control_client *client) {
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
        client_close(client);
}

/* ---- flowing ---- */

/* Send lines of a flowing answer, and remove what was sent to make room for more. */
static void flow_on(struct control_client *client) {
    if (!send_some(client)) {
        client_close(client);
        return;
    }
    strbuf_consume(&client->answer->text, client->sent);
    client->sent = 0;
    const int events = client->answer->text.len > 0 ? UV_READABLE | UV_WRITABLE : UV_READABLE;
    (void)uv_poll_start(&client->poll, events, on_event);
}

/* Read from the client to notice when it leaves; whatever it sends is ignored. */
static void flow_listen(struct control_client *client) {
    char bytes[256];
    const ssize_t count = recv(client->fd, bytes, sizeof bytes, 0);
    if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR))
        client_close(client);
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
        client_close(client);
        return false;
    }
    client->state = CLIENT_WAITING;
    return true;
}

void client_refuse(struct control_client *client, enum control_code code, const char *why) {
    if (client->state == CLIENT_READING && begin(client))
        control_answer_error(client->answer, code, "%s", why);
}

static void on_time(uv_timer_t *timer) {
    struct control_client *client = timer->data;
    if (client->state == CLIENT_READING)
        client_refuse(client, CONTROL_TIMEOUT, "no request came in time");
    else
        client_close(client);
}

static void ask(struct control_client *client, size_t len) {
    struct control_request request;
    struct error why;
    if (!control_request_read(client->line, len, &request, &why))
        client_refuse(client, CONTROL_MALFORMED, why.text);
    else if (begin(client))
        client->hooks->command(client->hooks->command_arg, &request, client->answer);
}

static void read_some(struct control_client *client) {
    const ssize_t count =
        recv(client->fd, client->line + client->len, CONTROL_LINE_MAX - client->len, 0);
    if (count < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (count < 0) {
        client_close(client);
        return;
    }
    const char *end = memchr(client->line + client->len, '\n', (size_t)count);
    client->len += (size_t)count;
    if (end != NULL)
        ask(client, (size_t)(end - client->line));
    else if (count == 0) /* a truncated request could mean something else */
        client_refuse(client, CONTROL_MALFORMED, "a request ends with a newline");
    else if (client->len == CONTROL_LINE_MAX)
        client_refuse(client, CONTROL_MALFORMED, "a request has at most 8192 bytes");
}

static void on_event(uv_poll_t *poll, int status, int events) {
    struct control_client *client = poll->data;
    if (status < 0)
        client_close(client);
    else if (client->state == CLIENT_READING)
        read_some(client);
    else if (client->state == CLIENT_WRITING)
        write_some(client);
    else if (client->state == CLIENT_FLOWING && (events & UV_READABLE) != 0)
        flow_listen(client);
    if (status >= 0 && client->state == CLIENT_FLOWING && (events & UV_WRITABLE) != 0)
        flow_on(client);
}

struct control_client *client_open(const struct memory *memory, uv_loop_t *loop, int fd,
                                   size_t place, const struct client_hooks *hooks) {
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
