/* SPDX-License-Identifier: MIT */
/* reload_new_process.c - a reload, as the new process sees it: what it is given, and when it
 * continues alone. */
#include "statgated/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "host/clock.h"
#include "host/program.h"

enum {
    LOOK_MS = 20, /* interval of checks whether the old process has ended */
    END_MS = 5000 /* time it has to end */
};

/* ---- the beginning ---- */

bool handover_in_is_asked(struct handover_in *handover_in) {
    const char *text = getenv(HANDOVER_VARIABLE);
    *handover_in = (struct handover_in){.sock = -1, .had = -1};
    if (text == NULL)
        return false;
    const int fd = (int)strtol(text, NULL, 10);
    (void)unsetenv(HANDOVER_VARIABLE);
    if (fd <= STDERR_FILENO || fcntl(fd, F_SETFD, FD_CLOEXEC) != 0)
        return false;
    handover_in->sock = fd;
    handover_in->old_pid = getppid();
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (getppid() != handover_in->old_pid) /* it ended before prctl took effect */
        _exit(1);
    return true;
}

static uint64_t timeout_end_ns(void) {
    return (uint64_t)clock_mono_ns() + (uint64_t)HANDOVER_TIMEOUT_MS * 1000000;
}

/* Wait for the next message with this word. */
static bool await(const struct handover_in *handover_in, const char *word,
                  struct wire_message *message) {
    const uint64_t until_ns = timeout_end_ns();
    while (host_wire_await(handover_in->sock, until_ns, message) == WIRE_GOT) {
        if (host_wire_is(message, word, NULL))
            return true;
        host_wire_drop(message);
    }
    return false;
}

static bool add_all(struct inherited *inherited, struct wire_message *message) {
    char name[INHERITED_NAME_MAX];
    bool good = true;
    for (size_t i = 0; i < message->fd_count && (good = host_wire_name(message, i, name)); i++)
        host_inherited_add(inherited, name, host_wire_take(message, i));
    host_wire_drop(message);
    return good;
}

static void read_hello(struct handover_in *handover_in, const char *stamp) {
    char own[PROGRAM_STAMP_MAX];
    program_stamp(own);
    handover_in->upgraded = strcmp(stamp, own) != 0;
}

static bool read_offer(struct handover_in *handover_in, struct inherited *inherited,
                       struct wire_message *message) {
    const char *text;
    if (host_wire_is(message, WORD_HELLO, &text))
        read_hello(handover_in, text);
    else if (host_wire_is(message, WORD_HAD, NULL) && handover_in->had < 0)
        handover_in->had = host_wire_take(message, 0);
    return !host_wire_is(message, WORD_KEEPS, NULL) || add_all(inherited, message);
}

bool handover_in_inherit(struct handover_in *handover_in, struct inherited *inherited,
                         struct error *ret_error) {
    struct wire_message message;
    const uint64_t until_ns = timeout_end_ns();
    while (host_wire_await(handover_in->sock, until_ns, &message) == WIRE_GOT) {
        if (host_wire_is(&message, WORD_BEGIN, NULL)) {
            host_wire_drop(&message);
            return true;
        }
        if (!read_offer(handover_in, inherited, &message))
            return error_set(ret_error, "cannot accept descriptors from the old process: %s",
                             strerror(ENOMEM));
        host_wire_drop(&message);
    }
    return error_set(ret_error, "the old process sent no descriptors");
}

void handover_in_refuse(struct handover_in *handover_in, const struct start_error *why) {
    if (handover_in->sock < 0)
        return;
    for (const char *line = diagnostics_messages_next(&why->more, NULL); line != NULL;
         line = diagnostics_messages_next(&why->more, line))
        (void)host_wire_send(handover_in->sock, WORD_MORE " %s", line);
    (void)host_wire_send(handover_in->sock, WORD_REFUSED " %d %s", why->exit_code, why->error.text);
    (void)close(handover_in->sock);
    handover_in->sock = -1;
}

/* ---- the passage ---- */

void handover_in_report(const struct handover_in *handover_in, int fd) {
    const struct wire_item report = {"changes", fd};
    if (fd < 0)
        return;
    (void)host_wire_send_items(handover_in->sock, WORD_REPORT, &report, 1);
    (void)close(fd);
}

void handover_in_partly(const struct handover_in *handover_in, const char *why,
                        const struct view_reload *lines) {
    const char *line = lines->refused; /* the first one is in the sentence */
    for (size_t i = 1; i < lines->refused_count; i++) {
        line += strlen(line) + 1;
        (void)host_wire_send(handover_in->sock, WORD_MORE " %s", line);
    }
    (void)host_wire_send(handover_in->sock, WORD_PARTLY " %s", why);
}

static bool fail(struct start_error *ret_error, const char *when) {
    return start_error_fail(ret_error, SETTINGS_EXIT_FAILURE, "the old process did not %s", when);
}

bool handover_in_stop_old(const struct handover_in *handover_in, struct start_error *ret_error) {
    struct wire_message message;
    if (!host_wire_send(handover_in->sock, WORD_PREPARED) ||
        !await(handover_in, WORD_STOPPED, &message))
        return fail(ret_error, "stop");
    host_wire_drop(&message);
    return true;
}

/* Name the sockets that the old process is to close, with their paths. */
static bool pass_unused(const struct handover_in *handover_in, const struct fdstore *fdstore) {
    bool good = true;
    for (size_t i = 0; good && i < fdstore->count; i++)
        if (fdstore->items[i].fd < 0)
            good = host_wire_send(handover_in->sock, WORD_UNUSED " %s", fdstore->items[i].name);
    return good;
}

/* Pass everything that the manager does not have. The old process stores it there before it
 * sends "go". */
static bool pass_new(const struct handover_in *handover_in, struct fdstore *fdstore) {
    struct wire_item *items = memory_array(fdstore->count + 1, sizeof *items);
    size_t count = 0;
    for (size_t i = 0; i < fdstore->count; i++) {
        struct fdstore_item *item = &fdstore->items[i];
        if (item->kept || item->fd < 0)
            continue;
        items[count++] = (struct wire_item){item->name, item->fd};
        item->kept = true;
    }
    const bool good = host_wire_send_items(handover_in->sock, WORD_KEEPS, items, count) &&
                      host_wire_send(handover_in->sock, WORD_TAKEN);
    free(items);
    return good;
}

bool handover_in_commit(const struct handover_in *handover_in, struct fdstore *fdstore,
                        struct object *object, struct start_error *ret_error) {
    struct wire_message message;
    if (!pass_unused(handover_in, fdstore) || !pass_new(handover_in, fdstore) ||
        !await(handover_in, WORD_GO, &message))
        return fail(ret_error, "let go");
    host_wire_drop(&message);
    object_marks(object)->waiting = 0;
    return true;
}

/* ---- being the daemon ---- */

static void close_sock(struct handover_in *handover_in) {
    (void)close(handover_in->sock);
    handover_in->sock = -1;
}

static void stand_alone(struct handover_in *handover_in) {
    handover_in->alone = true;
    (void)prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0);
}

/* The old process cannot say any more whether the manager knows this one. A manager that does not
 * starts another process, so this one still ends with the old one: its sockets are closed a moment
 * before the kernel signals its children. */
static void alone_without_manager(struct handover_in *handover_in) {
    if (host_notify_can_keep() == NOTIFY_NOBODY)
        stand_alone(handover_in);
}

static void begin_main(struct handover_in *handover_in) {
    if (handover_in->main)
        return;
    handover_in->main = true;
    (void)uv_timer_stop(&handover_in->timer);
    handover_in->on_main(handover_in->arg);
}

/* The old process hangs. A manager that has not heard from it may ignore us, but will see that
 * both have ended. */
static void on_unheard(uv_timer_t *timer) {
    struct handover_in *handover_in = timer->data;
    log_write(LOG_LEVEL_ERROR, "reload",
              "old process %d did not confirm within %d s that the service manager knows this one",
              (int)handover_in->old_pid, HANDOVER_TIMEOUT_MS / 1000);
    alone_without_manager(handover_in);
    host_notify_main();
    begin_main(handover_in);
}

static void on_closed(uv_handle_t *handle) {
    struct handover_in *handover_in = handle->data;
    close_sock(handover_in);
}

static void close_poll(struct handover_in *handover_in) {
    if (handover_in->sock >= 0 && handover_in->poll.loop != NULL &&
        !uv_is_closing((uv_handle_t *)&handover_in->poll)) {
        (void)uv_poll_stop(&handover_in->poll);
        uv_close((uv_handle_t *)&handover_in->poll, on_closed);
    }
}

/* As long as the old process is our parent, no other process can have its number. */
static void on_look(uv_timer_t *timer) {
    struct handover_in *handover_in = timer->data;
    const bool lives = getppid() == handover_in->old_pid;
    if (lives && uv_now(timer->loop) < handover_in->end_ms)
        return;
    (void)uv_timer_stop(timer);
    if (!lives)
        return;
    log_write(LOG_LEVEL_ERROR, "reload", "old process %d does not exit and is killed",
              (int)handover_in->old_pid);
    (void)kill(handover_in->old_pid, SIGKILL);
}

/* The timer keeps the loop running, since no later process could tell which process to kill. */
void handover_in_end_old(struct handover_in *handover_in) {
    if (handover_in->timer.loop == NULL)
        return;
    close_poll(handover_in);
    if (!handover_in->alone || getppid() != handover_in->old_pid)
        return;
    handover_in->end_ms = uv_now(handover_in->timer.loop) + END_MS;
    uv_ref((uv_handle_t *)&handover_in->timer);
    (void)uv_timer_start(&handover_in->timer, on_look, LOOK_MS, LOOK_MS);
}

void handover_in_close(struct handover_in *handover_in) {
    close_poll(handover_in);
    if (handover_in->timer.loop != NULL && !uv_is_closing((uv_handle_t *)&handover_in->timer))
        uv_close((uv_handle_t *)&handover_in->timer, NULL);
}

static void hear(struct handover_in *handover_in) {
    struct wire_message message;
    const enum wire_result result = host_wire_receive(handover_in->sock, &message);
    if (result == WIRE_GOT && host_wire_is(&message, WORD_MAIN, NULL)) {
        stand_alone(handover_in);
        (void)host_wire_send(handover_in->sock, WORD_MAIN);
        begin_main(handover_in);
    }
    if (result == WIRE_GOT)
        host_wire_drop(&message);
    if (result == WIRE_END) {
        alone_without_manager(handover_in);
        begin_main(handover_in); /* no one else is the daemon any more */
        close_poll(handover_in);
    }
}

static void on_readable(uv_poll_t *poll, int status, int events) {
    (void)status;
    (void)events;
    hear(poll->data);
}

/* A request of someone who was told that this is the daemon may arrive before the word "main". */
bool handover_in_waits(struct handover_in *handover_in) {
    const bool committed = handover_in->timer.loop != NULL;
    if (committed && !handover_in->main && handover_in->sock >= 0)
        hear(handover_in);
    return committed && !handover_in->main;
}

void handover_in_go_on(struct handover_in *handover_in, uv_loop_t *loop, void (*on_main)(void *arg),
                       void *arg) {
    handover_in->on_main = on_main;
    handover_in->arg = arg;
    (void)host_wire_send(handover_in->sock, WORD_COMMITTED);
    (void)uv_poll_init(loop, &handover_in->poll, handover_in->sock);
    (void)uv_timer_init(loop, &handover_in->timer);
    handover_in->poll.data = handover_in;
    handover_in->timer.data = handover_in;
    (void)uv_poll_start(&handover_in->poll, UV_READABLE | UV_DISCONNECT, on_readable);
    (void)uv_timer_start(&handover_in->timer, on_unheard, HANDOVER_TIMEOUT_MS, 0);
    uv_unref((uv_handle_t *)&handover_in->poll);
    uv_unref((uv_handle_t *)&handover_in->timer);
}
