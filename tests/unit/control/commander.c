/* SPDX-License-Identifier: MIT */
#include "commander.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

#include "place.h"

static void on_command(void *arg, const struct control_request *request,
                       struct control_answer *answer) {
    struct commander *commander = arg;
    commander->commands++;
    commander->request = *request;
    if (commander->answers)
        control_answer_ok(answer, "done");
    else
        commander->pending = answer;
}

void commander_init(struct commander *commander) {
    *commander = (struct commander){.answers = true};
    cr_assert(eq(int, uv_loop_init(&commander->loop), 0));
    commander->options = (struct control_options){.path = place_path("s.control"),
                                                  .setting = "--control",
                                                  .uid = geteuid(),
                                                  .command = on_command,
                                                  .arg = commander};
}

void commander_open(struct commander *commander) {
    struct error why = {0};
    commander->control = control_open(memory_heap(), &commander->loop, &commander->options, &why);
    cr_assert(ne(ptr, commander->control, NULL), "%s", why.text);
}

void commander_close(struct commander *commander) {
    control_close(commander->control);
    (void)uv_run(&commander->loop, UV_RUN_DEFAULT);
    cr_assert(eq(int, uv_loop_close(&commander->loop), 0), "handles are left");
}

static void on_time(uv_timer_t *timer) {
    (void)timer;
}

/* A turn waits for something to happen, but not for ever. */
void commander_turn(struct commander *commander) {
    uv_timer_t timer;
    (void)uv_timer_init(&commander->loop, &timer);
    (void)uv_timer_start(&timer, on_time, 10, 0);
    (void)uv_run(&commander->loop, UV_RUN_ONCE);
    uv_close((uv_handle_t *)&timer, NULL);
    (void)uv_run(&commander->loop, UV_RUN_NOWAIT);
}

int commander_connect(const struct commander *commander) {
    const int fd = unix_socket_connect(commander->options.path, SOCK_STREAM);
    cr_assert(fd >= 0, "%d", fd);
    return fd;
}

void commander_send(int fd, const char *text) {
    cr_assert(eq(i64, send(fd, text, strlen(text), MSG_NOSIGNAL), (int64_t)strlen(text)));
}

const char *commander_answer(struct commander *commander, int fd) {
    static char text[2 * CONTROL_ANSWER_MAX];
    size_t len = 0;
    for (int turns = 0; turns < 6000; turns++) {
        const ssize_t count = recv(fd, text + len, sizeof text - 1 - len, 0);
        if (count == 0)
            break;
        if (count > 0)
            len += (size_t)count;
        else if (errno == ECONNRESET)
            break;
        else
            commander_turn(commander);
    }
    close(fd);
    text[len] = '\0';
    return text;
}

const char *commander_ask(struct commander *commander, const char *text) {
    const int fd = commander_connect(commander);
    commander_send(fd, text);
    return commander_answer(commander, fd);
}

void commander_wait(struct commander *commander, size_t commands) {
    for (int turns = 0; turns < 6000 && commander->commands < commands; turns++)
        commander_turn(commander);
    cr_assert(eq(sz, commander->commands, commands));
}
