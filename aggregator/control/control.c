#include "control/control.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "control/client.h"
#include "host/clock.h"
#include "host/unix_listener.h"

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
    struct client_hooks hooks;
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

static void on_handle_closed(uv_handle_t *handle) {
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
    uv_close((uv_handle_t *)&control->poll, on_handle_closed);
    uv_close((uv_handle_t *)&control->retry, on_handle_closed);
    uv_close((uv_handle_t *)&control->look, on_handle_closed);
    if (!control->left && unix_socket_in_place(control->path, &control->sock.file))
        unlink(control->path);
    close(control->sock.fd);
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
        if (control->clients[i] != NULL)
            client_close(control->clients[i]);
}

void control_leave(struct control *control) {
    control->left = true;
    (void)uv_poll_stop(&control->poll);
    (void)uv_timer_stop(&control->retry);
    (void)uv_timer_stop(&control->look);
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++)
        if (control->clients[i] != NULL)
            client_refuse(control->clients[i], CONTROL_BUSY,
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
        client_open(control->memory, control->loop, fd, place, &control->hooks);
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
    return sock->fd >= 0 && unix_listener_listens(sock->fd, AF_UNIX) &&
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
    const char *why = unix_listener_bind(sock.fd, path, CONTROL_MODE, &sock.file);
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
    control->hooks = (struct client_hooks){
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
