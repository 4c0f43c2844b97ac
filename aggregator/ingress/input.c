/* SPDX-License-Identifier: MIT */
/* input.c - what an input listens on: a Unix stream socket, or UDP on this host. */
#include "ingress/ingress_private.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/listen_address.h"
#include "base/text.h"

/* Wanted room for datagrams by UDP; without privileges the kernel gives at most
 * net.core.rmem_max. */
enum { UDP_BUFFER = 4 * 1024 * 1024 };

uint64_t ingress_input_dropped(int sock) {
    uint32_t facts[SK_MEMINFO_VARS] = {0};
    socklen_t len = sizeof facts;
    return getsockopt(sock, SOL_SOCKET, SO_MEMINFO, facts, &len) == 0 ? facts[SK_MEMINFO_DROPS] : 0;
}

void ingress_input_refuse(int sock) {
    struct sock_filter none = BPF_STMT(BPF_RET | BPF_K, 0);
    const struct sock_fprog program = {.len = 1, .filter = &none};
    (void)setsockopt(sock, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program);
}

uint32_t ingress_input_id(const char *listen) {
    return (uint32_t)hash_bytes(listen, strlen(listen), 0) | 1;
}

static bool fail(const struct ingress_input_options *options, const char *why,
                 struct error *ret_error) {
    return error_set(ret_error, "%s: %.150s: %s", options->place, options->listen, why);
}

static void keep_path(const char *path, struct ingress_listener *listener) {
    (void)snprintf(listener->path, sizeof listener->path, "%s", path);
}

/* ---- UDP ---- */

static bool is_bound_to(int sock, const struct listen_address *address) {
    struct listen_address bound = {.kind = LISTEN_TCP, .len = sizeof bound.storage};
    int type = 0;
    socklen_t len = sizeof type;
    return getsockopt(sock, SOL_SOCKET, SO_TYPE, &type, &len) == 0 && type == SOCK_DGRAM &&
           getsockname(sock, &bound.any, &bound.len) == 0 && listen_address_same(&bound, address);
}

static int take_kept_udp(const struct ingress_input_options *options,
                         const struct listen_address *address) {
    for (size_t i = 0; i < options->kept_count; i++) {
        const int fd = options->kept[i].fd;
        if (fd < 0 || !is_bound_to(fd, address))
            continue;
        options->kept[i].fd = -1;
        return fd;
    }
    return -1;
}

static void ask_room(int sock) {
    const int bytes = UDP_BUFFER;
    if (setsockopt(sock, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) != 0)
        (void)setsockopt(sock, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
}

static bool open_udp(const struct ingress_input_options *options, const char *text,
                     struct ingress_listener *listener, struct error *ret_error) {
    struct listen_address address;
    const char *why;
    if (!listen_address_parse(text, &address, &why))
        return fail(options, why, ret_error);
    listener->kind = INGRESS_UDP;
    keep_path(options->listen, listener);
    listener->fd = take_kept_udp(options, &address);
    listener->kept = listener->fd >= 0;
    if (listener->kept)
        return true;
    listener->fd = socket(address.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (listener->fd >= 0) {
        ask_room(listener->fd);
        if (bind(listener->fd, &address.any, address.len) == 0)
            return true;
    }
    const int error = errno;
    if (listener->fd >= 0)
        (void)close(listener->fd);
    return fail(options,
                error == EADDRINUSE
                    ? "another process receives there; stop it, or name another port"
                    : strerror(error),
                ret_error);
}

/* ---- streams ---- */

static bool take_kept_stream(const struct ingress_input_options *options, const char *path,
                             struct ingress_listener *listener) {
    for (size_t i = 0; i < options->kept_count; i++) {
        struct unix_listener *kept = &options->kept[i];
        if (kept->fd < 0 || !host_unix_listener_listens(kept->fd, AF_UNIX) ||
            !unix_socket_in_place(path, &kept->file))
            continue;
        listener->fd = kept->fd;
        listener->file = kept->file;
        listener->kept = true;
        kept->fd = -1;
        return true;
    }
    return false;
}

static bool open_stream(const struct ingress_input_options *options, const char *path,
                        struct ingress_listener *listener, struct error *ret_error) {
    if (strlen(path) >= sizeof listener->path)
        return fail(options, "a socket's path has at most 107 bytes", ret_error);
    listener->kind = INGRESS_STREAM;
    keep_path(path, listener);
    if (take_kept_stream(options, path, listener))
        return true;
    listener->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (listener->fd < 0 || !ingress_credentials_ask(listener->fd))
        return fail(options, strerror(errno), ret_error);
    const char *why = host_unix_listener_bind(listener->fd, path, options->mode, &listener->file);
    if (why == NULL && options->group != INGRESS_GROUP_KEEP &&
        lchown(path, (uid_t)-1, options->group) != 0)
        why = strerror(errno);
    if (why == NULL)
        return true;
    (void)close(listener->fd);
    return fail(options, why, ret_error);
}

bool ingress_input_open(const struct ingress_input_options *options,
                        struct ingress_listener *ret_listener, struct error *ret_error) {
    struct ingress_listener listener = {.fd = -1,
                                        .lock = -1,
                                        .name = options->listen,
                                        .mode = options->mode,
                                        .group = options->group};
    const char *address = text_after(options->listen, "udp:");
    const char *path = text_after(options->listen, "unix-stream:");
    const bool good = address != NULL ? open_udp(options, address, &listener, ret_error)
                                      : open_stream(options, path, &listener, ret_error);
    if (good)
        *ret_listener = listener;
    return good;
}
