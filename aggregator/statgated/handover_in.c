/* handover_in.c - a reload, as the new process sees it: what it is given, and when it goes on
 * alone. */
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
#include "host/log.h"
#include "host/program.h"
#include "host/unix_socket.h"
#include "object/object.h"
#include "view/view.h"

/* ---- kept_listeners ---- */

enum { DETAIL_MAX = 64 };

static struct unix_socket_file read_file(const char *name, const char *beginning) {
    uint64_t numbers[3] = {0}; /* of the name, the device and the inode */
    const char *at = name + strlen(beginning);
    for (size_t i = 0; i < 3; i++) {
        char *end;
        numbers[i] = strtoull(at, &end, 10);
        if (end == at || *end != (i < 2 ? '-' : '\0'))
            return (struct unix_socket_file){0};
        at = end + 1;
    }
    return (struct unix_socket_file){.device = (dev_t)numbers[1], .inode = (ino_t)numbers[2]};
}

static void put_file(const struct unix_socket_file *file, char ret_detail[DETAIL_MAX]) {
    *ret_detail = '\0';
    if (file->inode != 0)
        (void)snprintf(ret_detail, DETAIL_MAX, "-%" PRIu64 "-%" PRIu64, (uint64_t)file->device,
                       (uint64_t)file->inode);
}

void kept_listeners_find(struct kept_listeners *kept, struct inherited *inherited,
                         const char *beginning) {
    char name[INHERITED_NAME_MAX];
    int fd;
    kept->beginning = beginning;
    kept->count = 0;
    while (kept->count < KEPT_LISTENERS_MAX &&
           (fd = inherited_take_kept(inherited, beginning, name)) >= 0) {
        const size_t i = kept->count++;
        kept->sockets[i] = (struct unix_listener){.fd = fd, .file = read_file(name, beginning)};
        kept->fds[i] = fd;
        (void)snprintf(kept->names[i], sizeof kept->names[i], "%s", name);
    }
}

void kept_listeners_settle(const struct kept_listeners *kept, struct handover *handover) {
    for (size_t i = 0; i < kept->count; i++) {
        const bool taken = kept->sockets[i].fd < 0;
        if (!taken)
            (void)close(kept->fds[i]);
        handover_found(handover, kept->names[i], kept->beginning, taken ? kept->fds[i] : -1);
    }
}

void kept_listeners_keep(struct handover *handover, const char *beginning,
                         const struct unix_listener *listener) {
    char detail[DETAIL_MAX];
    put_file(&listener->file, detail);
    handover_add(handover, beginning, detail, listener->fd);
}

/* ---- successor ---- */

enum {
    LOOK_MS = 20, /* interval of checks whether the former daemon has ended */
    END_MS = 5000 /* time it has to end */
};

/* ---- the beginning ---- */

bool successor_is_asked(struct successor *successor) {
    const char *text = getenv(SUCCESSION_VARIABLE);
    *successor = (struct successor){.sock = -1, .had = -1};
    if (text == NULL)
        return false;
    const int fd = (int)strtol(text, NULL, 10);
    (void)unsetenv(SUCCESSION_VARIABLE);
    if (fd <= STDERR_FILENO || fcntl(fd, F_SETFD, FD_CLOEXEC) != 0)
        return false;
    successor->sock = fd;
    successor->former = getppid();
    (void)prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    if (getppid() != successor->former) /* it ended before prctl took effect */
        _exit(1);
    return true;
}

static uint64_t timeout_end_ns(void) {
    return (uint64_t)clock_mono_ns() + (uint64_t)SUCCESSION_TIMEOUT_MS * 1000000;
}

/* Wait for the next message with this word. */
static bool await(const struct successor *successor, const char *word,
                  struct wire_message *message) {
    const uint64_t until_ns = timeout_end_ns();
    while (host_wire_await(successor->sock, until_ns, message) == WIRE_GOT) {
        if (host_wire_is(message, word, NULL))
            return true;
        host_wire_drop(message);
    }
    return false;
}

static bool add_all(struct inherited *inherited, struct wire_message *message) {
    char name[INHERITED_NAME_MAX];
    bool good = true;
    for (size_t i = 0; good && i < message->fd_count; i++)
        good = host_wire_name(message, i, name) &&
               inherited_add(inherited, name, host_wire_take(message, i));
    host_wire_drop(message);
    return good;
}

/* Read the text "VERSION STAMP". */
static void read_hello(struct successor *successor, const char *text) {
    char own[PROGRAM_STAMP_MAX];
    const char *stamp = strchr(text, ' ');
    program_stamp(own);
    successor->upgraded = stamp == NULL || strcmp(stamp + 1, own) != 0;
}

static bool read_offer(struct successor *successor, struct inherited *inherited,
                       struct wire_message *message) {
    const char *text;
    if (host_wire_is(message, "hello", &text))
        read_hello(successor, text);
    else if (host_wire_is(message, "had", NULL) && successor->had < 0)
        successor->had = host_wire_take(message, 0);
    return !host_wire_is(message, "keeps", NULL) || add_all(inherited, message);
}

bool successor_inherit(struct successor *successor, struct inherited *inherited,
                       struct error *ret_error) {
    struct wire_message message;
    const uint64_t until_ns = timeout_end_ns();
    while (host_wire_await(successor->sock, until_ns, &message) == WIRE_GOT) {
        if (host_wire_is(&message, "begin", NULL)) {
            host_wire_drop(&message);
            return true;
        }
        if (!read_offer(successor, inherited, &message))
            return error_set(ret_error, "cannot accept descriptors from the old process: %s",
                             strerror(ENOMEM));
        host_wire_drop(&message);
    }
    return error_set(ret_error, "the old process sent no descriptors");
}

void successor_refuse(struct successor *successor, const struct start_error *why) {
    if (successor->sock < 0)
        return;
    for (const char *line = mistakes_messages_next(&why->more, NULL); line != NULL;
         line = mistakes_messages_next(&why->more, line))
        (void)host_wire_send(successor->sock, "more %s", line);
    (void)host_wire_send(successor->sock, "refused %d %s", why->exit_code, why->error.text);
    (void)close(successor->sock);
    successor->sock = -1;
}

/* ---- the passage ---- */

void successor_report(const struct successor *successor, int fd) {
    const struct wire_item report = {"changes", fd};
    if (fd < 0)
        return;
    (void)host_wire_send_items(successor->sock, "report", &report, 1);
    (void)close(fd);
}

void successor_partly(const struct successor *successor, const char *why,
                      const struct view_reload *lines) {
    const char *line = lines->refused; /* the first one is in the sentence */
    for (size_t i = 1; i < lines->refused_count; i++) {
        line += strlen(line) + 1;
        (void)host_wire_send(successor->sock, "more %s", line);
    }
    (void)host_wire_send(successor->sock, "partly %s", why);
}

static bool fail(struct start_error *ret_error, const char *when) {
    return start_error_fail(ret_error, SETTINGS_EXIT_FAILURE, "the old process did not %s", when);
}

bool successor_stop_former(const struct successor *successor, struct start_error *ret_error) {
    struct wire_message message;
    if (!host_wire_send(successor->sock, "prepared %d", SUCCESSION_VERSION) ||
        !await(successor, "stopped", &message))
        return fail(ret_error, "stop");
    host_wire_drop(&message);
    return true;
}

/* Name the sockets that the former daemon is to close, with their paths. */
static bool pass_unused(const struct successor *successor, const struct handover *handover) {
    bool good = true;
    for (size_t i = 0; good && i < handover->count; i++)
        if (handover->items[i].fd < 0)
            good = host_wire_send(successor->sock, "unused %s", handover->items[i].name);
    return good;
}

/* Pass everything that the manager does not have. The former daemon stores it there before it
 * sends "go". */
static bool pass_new(const struct successor *successor, struct handover *handover) {
    struct wire_item *items = calloc(handover->count + 1, sizeof *items);
    size_t count = 0;
    if (items == NULL)
        return false;
    for (size_t i = 0; i < handover->count; i++) {
        struct handover_item *item = &handover->items[i];
        if (item->kept || item->fd < 0)
            continue;
        items[count++] = (struct wire_item){item->name, item->fd};
        item->kept = true;
    }
    const bool good = host_wire_send_items(successor->sock, "keeps", items, count) &&
                      host_wire_send(successor->sock, "taken");
    free(items);
    return good;
}

bool successor_commit(const struct successor *successor, struct handover *handover,
                      struct object *object, struct start_error *ret_error) {
    struct wire_message message;
    if (!pass_unused(successor, handover) || !pass_new(successor, handover) ||
        !await(successor, "go", &message))
        return fail(ret_error, "let go");
    host_wire_drop(&message);
    object_marks(object)->waiting = 0;
    return true;
}

/* ---- being the daemon ---- */

static void close_sock(struct successor *successor) {
    (void)close(successor->sock);
    successor->sock = -1;
}

static void stand_alone(struct successor *successor) {
    successor->alone = true;
    (void)prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0);
}

static void begin_main(struct successor *successor) {
    if (successor->main)
        return;
    successor->main = true;
    (void)uv_timer_stop(&successor->timer);
    successor->on_main(successor->arg);
}

/* The former daemon hangs. A manager that has not heard from it may ignore us, but will see that
 * both have ended. */
static void on_unheard(uv_timer_t *timer) {
    struct successor *successor = timer->data;
    log_write(LOG_LEVEL_ERROR, "reload",
              "old process %d did not confirm within %d s that the service manager knows this one",
              (int)successor->former, SUCCESSION_TIMEOUT_MS / 1000);
    if (host_notify_can_keep() == NOTIFY_NOBODY)
        stand_alone(successor);
    host_notify_main();
    begin_main(successor);
}

static void on_closed(uv_handle_t *handle) {
    struct successor *successor = handle->data;
    close_sock(successor);
}

static void close_poll(struct successor *successor) {
    if (successor->sock >= 0 && successor->poll.loop != NULL &&
        !uv_is_closing((uv_handle_t *)&successor->poll)) {
        (void)uv_poll_stop(&successor->poll);
        uv_close((uv_handle_t *)&successor->poll, on_closed);
    }
}

/* As long as the former daemon is our parent, no other process can have its number. */
static void on_look(uv_timer_t *timer) {
    struct successor *successor = timer->data;
    const bool lives = getppid() == successor->former;
    if (lives && uv_now(timer->loop) < successor->end_ms)
        return;
    (void)uv_timer_stop(timer);
    if (!lives)
        return;
    log_write(LOG_LEVEL_ERROR, "reload", "old process %d does not exit and is killed",
              (int)successor->former);
    (void)kill(successor->former, SIGKILL);
}

/* The timer keeps the loop running, since no later process could tell which process to kill. */
void successor_end_former(struct successor *successor) {
    if (successor->timer.loop == NULL)
        return;
    close_poll(successor);
    if (!successor->alone || getppid() != successor->former)
        return;
    successor->end_ms = uv_now(successor->timer.loop) + END_MS;
    uv_ref((uv_handle_t *)&successor->timer);
    (void)uv_timer_start(&successor->timer, on_look, LOOK_MS, LOOK_MS);
}

void successor_close(struct successor *successor) {
    close_poll(successor);
    if (successor->timer.loop != NULL && !uv_is_closing((uv_handle_t *)&successor->timer))
        uv_close((uv_handle_t *)&successor->timer, NULL);
}

static void hear(struct successor *successor) {
    struct wire_message message;
    const enum wire_result result = host_wire_receive(successor->sock, &message);
    if (result == WIRE_GOT && host_wire_is(&message, "main", NULL)) {
        stand_alone(successor);
        (void)host_wire_send(successor->sock, "main");
        begin_main(successor);
    }
    if (result == WIRE_GOT)
        host_wire_drop(&message);
    if (result == WIRE_END) {
        stand_alone(successor);
        begin_main(successor); /* nobody else is the daemon any more */
        close_poll(successor);
    }
}

static void on_readable(uv_poll_t *poll, int status, int events) {
    (void)status;
    (void)events;
    hear(poll->data);
}

/* A request of someone who was told that this is the daemon may arrive before the word "main". */
bool successor_waits(struct successor *successor) {
    const bool committed = successor->timer.loop != NULL;
    if (committed && !successor->main && successor->sock >= 0)
        hear(successor);
    return committed && !successor->main;
}

void successor_go_on(struct successor *successor, uv_loop_t *loop, void (*on_main)(void *arg),
                     void *arg) {
    successor->on_main = on_main;
    successor->arg = arg;
    (void)host_wire_send(successor->sock, "committed");
    (void)uv_poll_init(loop, &successor->poll, successor->sock);
    (void)uv_timer_init(loop, &successor->timer);
    successor->poll.data = successor;
    successor->timer.data = successor;
    (void)uv_poll_start(&successor->poll, UV_READABLE | UV_DISCONNECT, on_readable);
    (void)uv_timer_start(&successor->timer, on_unheard, SUCCESSION_TIMEOUT_MS, 0);
    uv_unref((uv_handle_t *)&successor->poll);
    uv_unref((uv_handle_t *)&successor->timer);
}
