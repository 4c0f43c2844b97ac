/* SPDX-License-Identifier: MIT */
/* listen.c - socket paths: made, inherited, watched, and made again when they are lost. */
#include "ingress/ingress_private.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/files.h"
#include "host/program.h"

/* ---- passed ---- */

/* ---- where senders find a socket ---- */

/* Find the path of an inherited socket, and the file there if senders reach the socket by it. */
static void find_place(const struct ingress_listen_options *options,
                       struct ingress_listener *listener) {
    struct bound bound;
    struct stat status;
    if (!ingress_bound_read(listener->fd, &bound))
        return;
    const char *name = bound.address.sun_path;
    if (name[0] == '\0') {
        const size_t len = bound.len - offsetof(struct sockaddr_un, sun_path) - 1;
        (void)snprintf(listener->path, sizeof listener->path, "@%.*s", (int)len, name + 1);
        return;
    }
    if (strlen(options->path) < sizeof listener->path && !ingress_bound_leads(name, &bound) &&
        (unix_socket_is_temporary(name) || ingress_bound_leads(options->path, &bound)))
        name = options->path;
    (void)snprintf(listener->path, sizeof listener->path, "%s", name);
    if (ingress_bound_leads(name, &bound) && lstat(name, &status) == 0) {
        listener->file = (struct unix_socket_file){status.st_dev, status.st_ino};
        listener->mode = status.st_mode & 07777;
        listener->group = status.st_gid;
    }
}

/* Take the path's lock: one that was passed, or a free one. -1: another process has it, or we may
 * not make files in the folder. */
static int passed_take_lock(const struct ingress_listen_options *options, const char *path) {
    const int passed = host_inherited_take_lock(options->inherited, path);
    const int lock = passed >= 0 ? passed : host_path_lock_take(path);
    return lock >= 0 ? lock : -1;
}

/* Open a socket passed by the service manager; *listener has no descriptor and no lock yet. Returns
 * false if it is refused; it has been closed then. */
static bool passed_open(const struct ingress_listen_options *options, int fd,
                        struct ingress_listener *listener, struct error *ret_error) {
    listener->fd = fd;
    listener->inherited = true;
    listener->mode = options->mode;
    listener->group = options->group;
    listener->queue_depth = ingress_queue_host_depth();
    listener->queue_source = QUEUE_INHERITED;
    (void)snprintf(listener->queue_why, sizeof listener->queue_why,
                   "an inherited socket's depth cannot be read; the host's setting is assumed");
    find_place(options, listener);
    if (!ingress_credentials_ask(fd)) {
        const int error = errno;
        close(fd);
        return error_set(ret_error,
                         "socket %s: inherited as descriptor %d, no credentials of its senders: %s",
                         options->path, fd, strerror(error));
    }
    listener->lock = passed_is_abstract(listener) ? -1 : passed_take_lock(options, listener->path);
    return true;
}

/* ---- kept by an earlier process ---- */

enum { DEPTH_MAX = 1 << 24 };

struct kept {
    size_t at; /* index in the table of inherited descriptors */
    uint32_t number;
    uint32_t depth;
    bool shut;
    bool leads; /* the path leads to it */
};

/* Read up to nine digits and the byte that ends them. */
static bool read_number(const char **text, char end, uint32_t *ret_number) {
    uint32_t number = 0;
    const char *at = *text;
    while (*at >= '0' && *at <= '9' && at - *text < 9)
        number = number * 10 + (uint32_t)(*at++ - '0');
    if (at == *text || *at != end)
        return false;
    *text = at + 1;
    *ret_number = number;
    return true;
}

/* Parse the numbers; *ret_name is the text that follows them. */
static bool read_kept_name(const char *text, struct kept *kept, const char **ret_name) {
    const size_t beginning = strlen(INHERITED_SOCKET);
    if (strncmp(text, INHERITED_SOCKET, beginning) != 0)
        return false;
    text += beginning;
    if (!read_number(&text, '-', &kept->number) || !read_number(&text, '-', &kept->depth) ||
        kept->depth > DEPTH_MAX)
        return false;
    *ret_name = text;
    return true;
}

static bool has_option(int sock, int option, int value) {
    int is = -1;
    socklen_t len = sizeof is;
    return getsockopt(sock, SOL_SOCKET, option, &is, &len) == 0 && is == value;
}

static bool is_shut(int sock) {
    struct pollfd poll_fd = {.fd = sock, .events = POLLRDHUP};
    return poll(&poll_fd, 1, 0) == 1 && (poll_fd.revents & POLLRDHUP) != 0;
}

/* Whether its path is that of another socket of this process, which will take it. */
static bool is_anothers(const struct ingress_listen_options *options, const struct bound *bound) {
    for (size_t i = 0; i < options->path_count; i++)
        if (strcmp(options->paths[i], options->path) != 0 &&
            ingress_bound_leads(options->paths[i], bound))
            return true;
    return false;
}

/* Examine descriptor `at`. Returns true if it is a socket with the name of the options, or
 * (`current`) at their path whatever its name. */
static bool look_at_kept(const struct ingress_listen_options *options, size_t at, bool current,
                         struct kept *ret_kept) {
    const struct inherited_socket *sock = &options->inherited->sockets[at];
    struct bound bound;
    const char *name;
    *ret_kept = (struct kept){.at = at};
    if (sock->fd < 0 || options->name == NULL || !read_kept_name(sock->name, ret_kept, &name) ||
        (!current && strcmp(name, options->name) != 0) ||
        !has_option(sock->fd, SO_DOMAIN, AF_UNIX) || !has_option(sock->fd, SO_TYPE, SOCK_DGRAM) ||
        !ingress_bound_read(sock->fd, &bound))
        return false;
    ret_kept->shut = is_shut(sock->fd);
    ret_kept->leads = ingress_bound_leads(options->path, &bound);
    return !current || ret_kept->leads ||
           (strcmp(name, options->name) == 0 && !is_anothers(options, &bound));
}

/* A number above those of all sockets that earlier processes kept under the name of the options. */
static uint32_t passed_next_number(const struct ingress_listen_options *options) {
    uint32_t next = 0;
    struct kept kept;
    const char *name;
    for (size_t i = 0; options->inherited != NULL && i < options->inherited->count; i++) {
        kept = (struct kept){0};
        if (read_kept_name(options->inherited->sockets[i].name, &kept, &name) &&
            strcmp(name, options->name) == 0 && kept.number >= next)
            next = kept.number + 1;
    }
    return next;
}

/* The socket to which the path leads is better, else the last one made. */
static bool is_better(const struct kept *one, const struct kept *other) {
    return one->leads != other->leads ? one->leads : one->number > other->number;
}

static bool choose_kept(const struct ingress_listen_options *options, bool current,
                        struct kept *ret_kept) {
    struct kept kept;
    bool found = false;
    *ret_kept = (struct kept){0};
    for (size_t i = 0; options->inherited != NULL && i < options->inherited->count; i++) {
        if (!look_at_kept(options, i, current, &kept) || (current && kept.shut) ||
            (found && !is_better(&kept, ret_kept)))
            continue;
        *ret_kept = kept;
        found = true;
    }
    return found;
}

/* Record the file at the path, which is the socket's own. */
static void take_file(const struct ingress_listen_options *options,
                      struct ingress_listener *listener) {
    struct stat status;
    if (lstat(options->path, &status) != 0 || !S_ISSOCK(status.st_mode))
        return;
    listener->file = (struct unix_socket_file){status.st_dev, status.st_ino};
    if (!options->bind_now)
        ingress_inherited_set_perms(listener);
}

void ingress_inherited_set_perms(const struct ingress_listener *listener) {
    struct stat status;
    if (!listener->kept || listener->file.inode == 0 || lstat(listener->path, &status) != 0 ||
        status.st_ino != listener->file.inode || status.st_dev != listener->file.device)
        return;
    if ((status.st_mode & 07777) != listener->mode)
        (void)chmod(listener->path, listener->mode);
    if (listener->group != INGRESS_GROUP_KEEP && status.st_gid != listener->group)
        (void)lchown(listener->path, (uid_t)-1, listener->group);
}

/* Take a socket that an earlier process kept under the name of the options: the one that belongs at
 * the path (`current`), or any. Returns false if there is none. */
static bool passed_take_kept(const struct ingress_listen_options *options, bool current,
                             struct ingress_listener *listener) {
    struct kept kept;
    if (!choose_kept(options, current, &kept) || (current && options->bind_now && !kept.leads))
        return false;
    assert(options->inherited != NULL); /* else nothing is chosen */
    listener->fd = options->inherited->sockets[kept.at].fd;
    options->inherited->sockets[kept.at].fd = -1;
    listener->kept = true;
    listener->kept_name = options->inherited->sockets[kept.at].name;
    listener->shut = kept.shut;
    listener->number = kept.number;
    listener->mode = options->mode;
    listener->group = options->group;
    listener->queue_depth = kept.depth;
    listener->queue_source = QUEUE_KEPT;
    if (kept.depth < options->depth)
        (void)snprintf(listener->queue_why, sizeof listener->queue_why,
                       "an earlier process made it so and kept it");
    (void)snprintf(listener->path, sizeof listener->path, "%s", options->path);
    if (kept.leads)
        take_file(options, listener);
    (void)ingress_credentials_ask(listener->fd); /* it was requested before */
    if (current)
        listener->lock = passed_take_lock(options, options->path);
    return true;
}

bool ingress_stale_leads(const char *path, int fd) {
    struct bound bound;
    struct bound peer;
    return ingress_bound_read(fd, &bound) && ingress_bound_at(path, &peer) == 0 &&
           ingress_bound_is(&peer, &bound);
}

/* ---- path watch ---- */

/* A watched path. */
struct watched_path {
    size_t index; /* index of its socket in the ingress */
    struct ingress_listen_options options;
    bool unseen; /* an inherited one that never led to us: it may be a path of another mount
                    namespace, as in a container, where its senders find it */
    bool lost;
    uint64_t wait_ms; /* wait between the last two tries; 0: none failed */
    uint64_t due_ms;  /* no try before this time */
    struct error why; /* why it is lost; "": the first try is not over */
};

/* The data that only the thread uses while it works. */
struct attempt {
    pthread_t thread;
    uv_async_t done;
    size_t place;
    struct ingress_listen_options options;
    struct ingress_listener old; /* a read-only copy */
    struct ingress_listener made;
    bool good;
    struct error why;
};

struct path_watch {
    struct ingress *ingress;
    struct path_watch_hooks hooks;
    uv_timer_t timer;
    struct watched_path *places;
    size_t count;
    size_t next; /* the path that is tried first */
    uint64_t rebinds;
    struct attempt attempt;
    bool trying;
    bool held;
    size_t closing; /* handles still to be closed */
    bool ended;
};

static const char being_bound[] = "the path of a socket is gone; it is being bound again";

/* Whether the path leads to our socket, or to a former one that came back, which is still read. */
static bool in_place(const struct path_watch *watch, const struct watched_path *place) {
    struct ingress_view wanted;
    struct ingress_view view;
    ingress_at(watch->ingress, place->index, &wanted);
    if (ingress_listen_in_place(wanted.listener))
        return true;
    for (size_t i = 0; i < ingress_count(watch->ingress); i++) {
        ingress_at(watch->ingress, i, &view);
        if (view.former && view.scope == wanted.scope &&
            strcmp(view.listener->path, wanted.listener->path) == 0 &&
            ingress_listen_in_place(view.listener))
            return true;
    }
    return false;
}

/* ---- binding again ---- */

static uint64_t now_ms(const struct path_watch *watch) {
    return watch->hooks.now_ms != NULL ? watch->hooks.now_ms(watch->hooks.arg)
                                       : uv_now(watch->timer.loop);
}

/* With a lasting obstacle, a thread is started only every few seconds. */
static void back_off(const struct path_watch *watch, struct watched_path *place) {
    place->wait_ms = place->wait_ms == 0 ? PATH_WATCH_MS : 2 * place->wait_ms;
    if (place->wait_ms > PATH_WATCH_RETRY_MAX_MS)
        place->wait_ms = PATH_WATCH_RETRY_MAX_MS;
    place->due_ms = now_ms(watch) + place->wait_ms;
}

static void have_again(struct watched_path *place) {
    place->lost = false;
    place->wait_ms = 0;
    place->due_ms = 0;
    error_clear(&place->why);
}

/* Not a thread of libuv's pool: libuv ends the process if it cannot start one. */
static void *run(void *arg) {
    struct attempt *attempt = arg;
    attempt->good =
        ingress_listen_again(&attempt->options, &attempt->old, &attempt->made, &attempt->why);
    (void)uv_async_send(&attempt->done);
    return NULL;
}

/* Report the loss, unless the path came back during the attempt. */
static void say_lost(const struct path_watch *watch, struct watched_path *place,
                     const struct error *why) {
    if (in_place(watch, place) || strcmp(place->why.text, why->text) == 0)
        return;
    place->why = *why;
    if (watch->hooks.lost != NULL)
        watch->hooks.lost(watch->hooks.arg, place->why.text);
}

static void try_again(struct path_watch *watch, size_t index) {
    struct watched_path *place = &watch->places[index];
    struct attempt *attempt = &watch->attempt;
    struct ingress_view view;
    ingress_at(watch->ingress, place->index, &view);
    attempt->place = index;
    attempt->options = place->options;
    attempt->old = *view.listener;
    const int result = host_thread_start(&attempt->thread, run, attempt);
    if (result != 0) {
        error_set(&attempt->why, "socket %s: no thread: %s", view.listener->path,
                  strerror(-result));
        back_off(watch, place);
        say_lost(watch, place, &attempt->why);
        return;
    }
    watch->trying = true;
    uv_ref((uv_handle_t *)&attempt->done);
}

static void take(struct path_watch *watch, struct watched_path *place, struct attempt *attempt) {
    const int result = ingress_replace(watch->ingress, place->index, &attempt->made);
    if (result != 0) {
        ingress_listen_close(&attempt->made);
        attempt->good =
            error_set(&attempt->why, "socket %s: %s", attempt->old.path, strerror(-result));
        return;
    }
    watch->rebinds++;
    place->unseen = false;
    have_again(place);
    if (watch->hooks.bound != NULL)
        watch->hooks.bound(watch->hooks.arg, &attempt->made);
}

/* ---- the look at the paths ---- */

static void found(const struct path_watch *watch, struct watched_path *place) {
    const bool reported = place->why.text[0] != '\0';
    struct ingress_view view;
    have_again(place);
    if (!reported || watch->hooks.found == NULL)
        return;
    ingress_at(watch->ingress, place->index, &view);
    watch->hooks.found(watch->hooks.arg, view.listener);
}

/* Paths take turns, so that one that cannot be bound does not block the others. */
static void path_watch_look(struct path_watch *watch) {
    size_t tried = watch->count;
    for (size_t i = 0; i < watch->count; i++) {
        const size_t index = (watch->next + i) % watch->count;
        struct watched_path *place = &watch->places[index];
        if (!in_place(watch, place)) {
            place->lost = true;
            if (tried == watch->count && now_ms(watch) >= place->due_ms)
                tried = index;
        } else if (place->lost) {
            found(watch, place);
        }
    }
    if (tried == watch->count || watch->trying || watch->held)
        return;
    watch->next = tried + 1;
    try_again(watch, tried);
}

static void on_timer(uv_timer_t *timer) {
    (void)uv_timer_start(timer, on_timer, clock_until_next(uv_now(timer->loop), PATH_WATCH_MS), 0);
    path_watch_look(timer->data);
}

/* ---- life ---- */

static void on_closed(uv_handle_t *handle) {
    struct path_watch *watch = handle->data;
    if (--watch->closing > 0)
        return;
    free(watch->places);
    free(watch);
}

/* Called when no thread works any more. */
static void close_handles(struct path_watch *watch) {
    watch->closing = 2;
    uv_close((uv_handle_t *)&watch->timer, on_closed);
    uv_close((uv_handle_t *)&watch->attempt.done, on_closed);
}

/* Join the thread, and take what it made. */
static void end_attempt(struct path_watch *watch) {
    struct attempt *attempt = &watch->attempt;
    struct watched_path *place = &watch->places[attempt->place];
    (void)pthread_join(attempt->thread, NULL);
    watch->trying = false;
    uv_unref((uv_handle_t *)&attempt->done);
    if (watch->ended && attempt->good)
        ingress_listen_close(&attempt->made);
    if (watch->ended)
        return;
    if (attempt->good)
        take(watch, place, attempt);
    if (!attempt->good) {
        back_off(watch, place);
        say_lost(watch, place, &attempt->why);
    }
}

static void on_done(uv_async_t *done) {
    struct path_watch *watch = done->data;
    if (!watch->trying) /* libuv may call once too often, or no one waited for it */
        return;
    end_attempt(watch);
    if (watch->ended)
        close_handles(watch);
    else if (watch->attempt.good)
        path_watch_look(watch); /* another path may be lost as well */
}

int ingress_path_watch_new(uv_loop_t *loop, struct ingress *ingress,
                           const struct path_watch_hooks *hooks, struct path_watch **ret_watch) {
    struct path_watch *watch = memory_alloc(sizeof *watch);
    watch->ingress = ingress;
    watch->hooks = *hooks;
    const int result = uv_async_init(loop, &watch->attempt.done, on_done);
    if (result != 0) {
        free(watch);
        return result;
    }
    watch->attempt.done.data = watch;
    uv_unref((uv_handle_t *)&watch->attempt.done);
    (void)uv_timer_init(loop, &watch->timer);
    watch->timer.data = watch;
    (void)uv_timer_start(&watch->timer, on_timer, 0, 0);
    uv_unref((uv_handle_t *)&watch->timer);
    *ret_watch = watch;
    return 0;
}

void ingress_path_watch_add(struct path_watch *watch, size_t index,
                            const struct ingress_listen_options *options) {
    watch->places = memory_resize(watch->places, watch->count + 1, sizeof *watch->places);
    struct ingress_view view;
    ingress_at(watch->ingress, index, &view);
    while (view.former && index > 0)
        ingress_at(watch->ingress, --index, &view);
    watch->places[watch->count++] = (struct watched_path){
        .index = index,
        .options = *options,
        .unseen = view.listener->inherited && !ingress_listen_in_place(view.listener)};
}

const char *ingress_path_watch_trouble(const struct path_watch *watch) {
    for (size_t i = 0; i < watch->count; i++) {
        const struct watched_path *place = &watch->places[i];
        if (place->lost && !place->unseen)
            return place->why.text[0] != '\0' ? place->why.text : being_bound;
    }
    return NULL;
}

uint64_t ingress_path_watch_rebinds(const struct path_watch *watch) {
    return watch->rebinds;
}

void ingress_path_watch_hold(struct path_watch *watch, bool hold) {
    if (watch == NULL)
        return;
    watch->held = hold;
    if (hold && watch->trying)
        end_attempt(watch);
}

void ingress_path_watch_close(struct path_watch *watch) {
    if (watch == NULL)
        return;
    watch->ended = true;
    (void)uv_timer_stop(&watch->timer);
    if (!watch->trying)
        close_handles(watch);
}

/* ---- listen ---- */

enum { DEEP_TIMEOUT_MS = 2000 };

__attribute__((format(printf, 3, 4))) static bool fail(const struct ingress_listen_options *options,
                                                       struct error *ret_error, const char *format,
                                                       ...) {
    va_list args;
    error_set(ret_error, "socket %s: ", options->path);
    va_start(args, format);
    error_vadd(ret_error, format, args);
    va_end(args);
    return false;
}

static bool check_path(const struct ingress_listen_options *options, struct error *ret_error) {
    const size_t len = strlen(options->path);
    const size_t folder = unix_socket_folder_len(options->path);
    const size_t most = INGRESS_PATH_MAX - 1;

    if (len == folder)
        return fail(options, ret_error, "is not the path of a file; set another (%s)",
                    options->setting);
    if (options->path[0] == '@')
        return fail(options, ret_error, "abstract sockets have no permissions; set a path (%s)",
                    options->setting);
    if (len > most)
        return fail(options, ret_error,
                    "%zu bytes long, a socket's path has at most %zu; set another (%s)", len, most,
                    options->setting);
    if (folder + UNIX_SOCKET_TEMPORARY_LEN > most)
        return fail(options, ret_error,
                    "its folder is %zu bytes long, at most %zu leave room for a socket; set "
                    "another (%s)",
                    folder, most - UNIX_SOCKET_TEMPORARY_LEN, options->setting);
    return true;
}

/* ---- what is at the path ---- */

/* Whether the path is free, or has a socket on which no one receives. */
static bool check_place(const struct ingress_listen_options *options, struct error *ret_error) {
    int error = 0;
    switch (unix_socket_look(options->path, SOCK_DGRAM, &error)) {
    case UNIX_SOCKET_FREE:
        return true;
    case UNIX_SOCKET_TAKEN:
        return fail(options, ret_error,
                    "another process is receiving on it; stop it, or set another path (%s)",
                    options->setting);
    case UNIX_SOCKET_OTHER_TYPE:
        return fail(options, ret_error,
                    "another process uses it for another type of socket; set another path (%s)",
                    options->setting);
    case UNIX_SOCKET_OTHER_FILE:
        return fail(options, ret_error,
                    "exists and is not a socket; remove it, or set another path (%s)",
                    options->setting);
    case UNIX_SOCKET_HIDDEN:
        return fail(
            options, ret_error,
            "its folder may not be entered by uid %u (%s); let it, or set another path (%s)",
            (unsigned)geteuid(), strerror(error), options->setting);
    case UNIX_SOCKET_UNCLEAR:
        break;
    }
    return fail(options, ret_error, "cannot tell whether another process is receiving on it: %s",
                strerror(error));
}

/* ---- making and placing a socket ---- */

/* Make the socket, and fill in fd and the queue's figures. */
static void make_socket(const struct ingress_listen_options *options,
                        struct ingress_listener *listener) {
    const uint32_t host_depth = ingress_queue_host_depth();

    listener->fd = -1;
    if (host_depth < options->depth && options->deep_queue) {
        const int timeout_ms =
            options->deep_timeout_ms > 0 ? options->deep_timeout_ms : DEEP_TIMEOUT_MS;
        listener->fd = ingress_queue_deep_socket(options->depth, timeout_ms, listener->queue_why);
        listener->queue_depth = options->depth;
        listener->queue_source = QUEUE_OWN;
    }
    if (listener->fd < 0) {
        listener->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        listener->queue_depth = host_depth;
        listener->queue_source = QUEUE_HOST;
    }
    if (listener->queue_depth < options->depth && !options->deep_queue)
        (void)snprintf(listener->queue_why, sizeof listener->queue_why,
                       "a queue of its own is switched off");
}

/* Report the kernel's error, and what to do about it. */
static bool fail_to_make(const struct ingress_listen_options *options, struct error *ret_error) {
    const size_t len = unix_socket_folder_len(options->path);
    const int error = errno;
    if (error == ENOENT && len > 0)
        return fail(options, ret_error,
                    "there is no folder %.*s; make it, or set another path (%s)", (int)len,
                    options->path, options->setting);
    if (error == EACCES)
        return fail(options, ret_error,
                    "cannot be made: uid %u may not write to its folder; let it, or set another "
                    "path (%s)",
                    (unsigned)geteuid(), options->setting);
    return fail(options, ret_error, "cannot be made: %s", strerror(error));
}

static bool place(const struct ingress_listen_options *options, struct ingress_listener *listener,
                  struct error *ret_error) {
    char temporary[INGRESS_PATH_MAX];

    if (!unix_socket_bind(listener->fd, options->path, options->mode, temporary))
        return fail_to_make(options, ret_error);
    if (options->group != INGRESS_GROUP_KEEP && lchown(temporary, (uid_t)-1, options->group) != 0) {
        (void)fail(options, ret_error, "cannot be given to group %u: %s", options->group,
                   strerror(errno));
    } else if (!unix_socket_rename(temporary, options->path, &listener->file)) {
        (void)fail(options, ret_error, "cannot be put in place: %s", strerror(errno));
    } else {
        return true;
    }
    (void)unlink(temporary);
    return false;
}

/* Take the path's lock; -1 if we may not make files in the folder: then only the file at the path
 * is checked. Returns false if another daemon has the lock. */
static bool listen_take_lock(const struct ingress_listen_options *options, int *ret_lock,
                             struct error *ret_error) {
    const int passed = options->inherited != NULL
                           ? host_inherited_take_lock(options->inherited, options->path)
                           : -1;
    const int lock = passed >= 0 ? passed : host_path_lock_take(options->path);
    *ret_lock = lock >= 0 ? lock : -1;
    if (lock != -EWOULDBLOCK)
        return true;
    return check_place(options, ret_error) &&
           fail(options, ret_error,
                "another statgated has %s.lock, though its socket is gone; stop it, or "
                "set another path (%s)",
                options->path, options->setting);
}

static bool prepare_folder(const struct ingress_listen_options *options, struct error *ret_error) {
    char folder[INGRESS_PATH_MAX];
    struct error why;
    const size_t len = unix_socket_folder_len(options->path);
    if (options->folder_mode == 0 || len <= 1)
        return true;
    memcpy(folder, options->path, len - 1);
    folder[len - 1] = '\0';
    return host_folder_prepare(folder, options->folder_mode, &why) ||
           fail(options, ret_error, "%s", why.text);
}

static bool make_and_place(const struct ingress_listen_options *options,
                           struct ingress_listener *listener, struct error *ret_error) {
    make_socket(options, listener);
    if (listener->fd < 0 || !ingress_credentials_ask(listener->fd))
        (void)fail(options, ret_error, "no socket: %s", strerror(errno));
    else if (place(options, listener, ret_error))
        return true;
    if (listener->fd >= 0)
        close(listener->fd);
    return false;
}

/* Open a socket of our own. Takes the lock, unless the listener has it already; the caller owns the
 * lock even on failure. */
static bool open_own(const struct ingress_listen_options *options,
                     struct ingress_listener *listener, struct error *ret_error) {
    if (!prepare_folder(options, ret_error) ||
        (listener->lock < 0 && !listen_take_lock(options, &listener->lock, ret_error)))
        return false;
    memcpy(listener->path, options->path, strlen(options->path));
    listener->mode = options->mode;
    listener->group = options->group;
    return check_place(options, ret_error) && make_and_place(options, listener, ret_error);
}

/* ---- public ---- */

/* Open a socket that an earlier process kept, or a new one. */
static bool open_ours(const struct ingress_listen_options *options,
                      struct ingress_listener *listener, struct error *ret_error) {
    if (!check_path(options, ret_error))
        return false;
    if (passed_take_kept(options, true, listener))
        return true;
    listener->number = options->name != NULL ? passed_next_number(options) : 0;
    return open_own(options, listener, ret_error);
}

bool ingress_listen_open(const struct ingress_listen_options *options,
                         struct ingress_listener *ret_listener, struct error *ret_error) {
    struct ingress_listener listener = {.fd = -1, .lock = -1};
    int fd = -1;

    if (options->inherited != NULL) {
        const struct inherited_wish wish = {
            .path = options->path, .name = options->name, .unnamed = options->inherit_unnamed};
        fd = host_inherited_take(options->inherited, &wish);
    }
    listener.name = options->name;
    const bool good = fd >= 0 ? passed_open(options, fd, &listener, ret_error)
                              : open_ours(options, &listener, ret_error);
    if (good)
        *ret_listener = listener;
    else
        host_path_lock_release(options->path, listener.lock);
    return good;
}

bool ingress_listen_former(const struct ingress_listen_options *options,
                           struct ingress_listener *ret_listener) {
    struct ingress_listener listener = {.fd = -1, .lock = -1, .name = options->name};
    if (strlen(options->path) >= sizeof listener.path ||
        !passed_take_kept(options, false, &listener))
        return false;
    *ret_listener = listener;
    return true;
}

bool ingress_listen_name(const struct ingress_listener *listener, char ret_name[INGRESS_NAME_MAX]) {
    char name[INGRESS_NAME_MAX];
    if (listener->inherited || listener->name == NULL)
        return false;
    const int len = listener->kept
                        ? snprintf(name, sizeof name, "%s", listener->kept_name)
                        : snprintf(name, sizeof name, INHERITED_SOCKET "%u-%u-%s", listener->number,
                                   listener->queue_depth, listener->name);
    if (len < 0 || (size_t)len >= sizeof name)
        return false;
    memcpy(ret_name, name, (size_t)len + 1);
    return true;
}

bool ingress_listen_again(const struct ingress_listen_options *options,
                          const struct ingress_listener *old, struct ingress_listener *ret_listener,
                          struct error *ret_error) {
    struct ingress_listener listener = {.fd = -1, .lock = -1, .name = options->name};
    struct ingress_listen_options same = *options;
    same.path = old->path;
    same.mode = old->mode;
    same.group = old->group;
    const bool locked = old->lock >= 0 && host_path_lock_in_place(old->path, old->lock);
    if (locked)
        listener.lock = fcntl(old->lock, F_DUPFD_CLOEXEC, 0); /* the same lock */
    if (check_path(&same, ret_error) && open_own(&same, &listener, ret_error)) {
        *ret_listener = listener;
        return true;
    }
    if (!locked)
        host_path_lock_release(old->path, listener.lock);
    else if (listener.lock >= 0)
        close(listener.lock);
    return false;
}

bool ingress_listen_in_place(const struct ingress_listener *listener) {
    return passed_is_abstract(listener) || unix_socket_in_place(listener->path, &listener->file);
}

void ingress_listen_unlink(struct ingress_listener *listener) {
    if (!listener->inherited && listener->file.inode != 0 && ingress_listen_in_place(listener))
        (void)unlink(listener->path);
    host_path_lock_release(listener->path, listener->lock);
    listener->lock = -1;
}

void ingress_listen_leave(struct ingress_listener *listener) {
    listener->file = (struct unix_socket_file){0};
    if (listener->lock >= 0)
        close(listener->lock);
    listener->lock = -1;
}

void ingress_listen_close(struct ingress_listener *listener) {
    if (listener->fd < 0)
        return;
    ingress_listen_unlink(listener);
    close(listener->fd);
    listener->fd = -1;
}
