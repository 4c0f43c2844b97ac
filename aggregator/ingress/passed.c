#include "ingress/passed.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "host/path_lock.h"
#include "ingress/bound.h"
#include "ingress/credentials.h"

/* ---- where senders find a socket ---- */

/* Find the path of an inherited socket, and the file there if senders reach the socket by it. */
static void find_place(const struct ingress_listen_options *options,
                       struct ingress_listener *listener) {
    struct bound bound;
    struct stat status;
    if (!bound_read(listener->fd, &bound))
        return;
    const char *name = bound.address.sun_path;
    if (name[0] == '\0') {
        const size_t len = bound.len - offsetof(struct sockaddr_un, sun_path) - 1;
        (void)snprintf(listener->path, sizeof listener->path, "@%.*s", (int)len, name + 1);
        return;
    }
    if (strlen(options->path) < sizeof listener->path && !bound_leads(name, &bound) &&
        (unix_socket_is_temporary(name) || bound_leads(options->path, &bound)))
        name = options->path;
    (void)snprintf(listener->path, sizeof listener->path, "%s", name);
    if (bound_leads(name, &bound) && lstat(name, &status) == 0) {
        listener->file = (struct unix_socket_file){status.st_dev, status.st_ino};
        listener->mode = status.st_mode & 07777;
        listener->group = status.st_gid;
    }
}

/* Take the path's lock: one that was passed, or a free one. -1: another process has it, or we may
 * not make files in the folder. */
static int take_lock(const struct ingress_listen_options *options, const char *path) {
    const int passed = inherited_take_lock(options->inherited, path);
    const int lock = passed >= 0 ? passed : path_lock_take(path);
    return lock >= 0 ? lock : -1;
}

bool passed_open(const struct ingress_listen_options *options, int fd,
                 struct ingress_listener *listener, struct error *ret_error) {
    listener->fd = fd;
    listener->inherited = true;
    listener->mode = options->mode;
    listener->group = options->group;
    listener->queue_depth = queue_host_depth();
    listener->queue_source = QUEUE_INHERITED;
    (void)snprintf(listener->queue_why, sizeof listener->queue_why,
                   "an inherited socket's depth cannot be read; the host's setting is assumed");
    find_place(options, listener);
    if (!credentials_ask(fd)) {
        const int error = errno;
        close(fd);
        return error_set(ret_error,
                         "socket %s: inherited as descriptor %d, no credentials of its senders: %s",
                         options->path, fd, strerror(error));
    }
    listener->lock = passed_is_abstract(listener) ? -1 : take_lock(options, listener->path);
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
        if (strcmp(options->paths[i], options->path) != 0 && bound_leads(options->paths[i], bound))
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
        !bound_read(sock->fd, &bound))
        return false;
    ret_kept->shut = is_shut(sock->fd);
    ret_kept->leads = bound_leads(options->path, &bound);
    return !current || ret_kept->leads ||
           (strcmp(name, options->name) == 0 && !is_anothers(options, &bound));
}

uint32_t passed_next_number(const struct ingress_listen_options *options) {
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
        passed_dress(listener);
}

void passed_dress(const struct ingress_listener *listener) {
    struct stat status;
    if (!listener->kept || listener->file.inode == 0 || lstat(listener->path, &status) != 0 ||
        status.st_ino != listener->file.inode || status.st_dev != listener->file.device)
        return;
    if ((status.st_mode & 07777) != listener->mode)
        (void)chmod(listener->path, listener->mode);
    if (listener->group != INGRESS_GROUP_KEEP && status.st_gid != listener->group)
        (void)lchown(listener->path, (uid_t)-1, listener->group);
}

bool passed_take_kept(const struct ingress_listen_options *options, bool current,
                      struct ingress_listener *listener) {
    struct kept kept;
    if (!choose_kept(options, current, &kept) || (current && options->bind_now && !kept.leads))
        return false;
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
    (void)credentials_ask(listener->fd); /* it was requested before */
    if (current)
        listener->lock = take_lock(options, options->path);
    return true;
}
