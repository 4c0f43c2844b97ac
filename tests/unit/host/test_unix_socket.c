/* SPDX-License-Identifier: MIT */
/* Sockets at paths: what a path may have, and how a socket is put there. */
#include "host/unix_socket.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <unistd.h>

#include "assertions.h"
#include "child.h"
#include "place.h"

TestSuite(unix_socket, .init = place_make, .fini = place_remove, .timeout = 300);

/* A socket that is put in place at the path, with the daemon's steps. */
static int placed(int type, const char *path, struct unix_socket_file *ret_file) {
    char temporary[UNIX_SOCKET_PATH_MAX];
    const int sock = socket(AF_UNIX, type | SOCK_CLOEXEC, 0);
    cr_assert(ge(int, sock, 0));
    cr_assert(unix_socket_bind(sock, path, 0600, temporary), "%s", strerror(errno));
    cr_assert(unix_socket_rename(temporary, path, ret_file), "%s", strerror(errno));
    return sock;
}

static int placed_at(const char *path) {
    struct unix_socket_file file;
    return placed(SOCK_DGRAM, path, &file);
}

static void expect_found(const char *path, enum unix_socket_place expected, int reason) {
    int why = -1;
    cr_expect(eq(int, (int)unix_socket_look(path, SOCK_DGRAM, &why), (int)expected), "%s", path);
    if (reason != 0)
        cr_expect(eq(int, why, reason), "%s", strerror(why));
}

static mode_t mode_of(const char *path) {
    struct stat status;
    cr_assert(eq(int, lstat(path, &status), 0), "%s: %s", path, strerror(errno));
    return status.st_mode;
}

static bool is_socket(const char *path) {
    return S_ISSOCK(mode_of(path));
}

/* Whether a datagram sent to the path comes out at the socket. */
static bool leads_to(const char *path, int sock) {
    char byte = 0;
    const int sender = unix_socket_connect(path, SOCK_DGRAM);
    cr_assert(ge(int, sender, 0), "%s", strerror(-sender));
    cr_assert(eq(int, (int)send(sender, "x", 1, 0), 1));
    close(sender);
    return recv(sock, &byte, 1, MSG_DONTWAIT) == 1 && byte == 'x';
}

/* ---- what is there ---- */

Test(unix_socket, finds_one_that_was_left_over_free) {
    close(placed_at(place_path("s")));
    cr_expect(is_socket(place_path("s")));
    expect_found(place_path("s"), UNIX_SOCKET_FREE, ECONNREFUSED);
}

Test(unix_socket, finds_one_whose_receiver_takes_one_peers_datagrams_only) {
    const int sock = placed_at(place_path("s"));
    const int peer = placed_at(place_path("peer"));
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", place_path("peer"));
    cr_assert(eq(int, connect(sock, (const struct sockaddr *)&address, sizeof address), 0));
    expect_found(place_path("s"), UNIX_SOCKET_TAKEN, EPERM);
    close(peer);
    close(sock);
}

Test(unix_socket, finds_a_listener_that_accepts_nobody) {
    struct unix_socket_file file;
    int clients[16];
    int why = 0;
    size_t count = 0;
    const int sock = placed(SOCK_STREAM, place_path("s"), &file);
    cr_assert(eq(int, listen(sock, 0), 0));
    while (count < 16 && (clients[count] = unix_socket_connect(place_path("s"), SOCK_STREAM)) >= 0)
        count++;
    cr_expect(
        eq(int, (int)unix_socket_look(place_path("s"), SOCK_STREAM, &why), (int)UNIX_SOCKET_TAKEN));
    cr_expect(eq(int, why, EAGAIN));
    while (count > 0)
        close(clients[--count]);
    close(sock);
}

Test(unix_socket, names_why_it_cannot_look) {
    const int sock = placed_at(place_path("s"));
    expect_found(place_path("s/below"), UNIX_SOCKET_HIDDEN, ENOTDIR);
    close(sock);
}

/* ---- putting one in place ---- */

Test(unix_socket, is_bound_under_a_temporary_name_in_the_same_folder) {
    char temporary[UNIX_SOCKET_PATH_MAX];
    const char *path = place_path("s");
    const int sock = socket(AF_UNIX, SOCK_DGRAM, 0);
    cr_assert(unix_socket_bind(sock, path, 0600, temporary));
    const size_t folder = unix_socket_folder_len(path);
    cr_expect(eq(sz, unix_socket_folder_len(temporary), folder));
    cr_expect(eq(int, strncmp(temporary, path, folder), 0));
    cr_expect(unix_socket_is_temporary(temporary));
    cr_expect(eq(int, access(path, F_OK), -1));
    close(sock);
}

Test(unix_socket, has_its_mode_from_the_first_moment_whatever_the_umask) {
    char temporary[UNIX_SOCKET_PATH_MAX];
    const int sock = socket(AF_UNIX, SOCK_DGRAM, 0);
    umask(0077);
    cr_assert(unix_socket_bind(sock, place_path("s"), 0662, temporary));
    cr_expect(eq(u32, mode_of(temporary) & 07777, 0662));
    cr_expect(eq(u32, umask(0), 0077));
    close(sock);
}

/* Senders find the former one or the new one. */
Test(unix_socket, leaves_no_moment_without_one) {
    char events[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
    const int first = placed_at(place_path("s"));
    const int watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    cr_assert(ge(int, inotify_add_watch(watch, place_folder, IN_DELETE | IN_MOVED_TO), 0));
    const int second = placed_at(place_path("s"));
    const ssize_t len = read(watch, events, sizeof events);
    const struct inotify_event *event = (const struct inotify_event *)events;
    cr_assert(ge(i64, (int64_t)len, (int64_t)sizeof *event));
    cr_expect(eq(i64, (int64_t)len, (int64_t)(sizeof *event + event->len))); /* one event */
    cr_expect(eq(u32, event->mask, IN_MOVED_TO));
    close(watch);
    close(first);
    close(second);
}

Test(unix_socket, stays_under_its_temporary_name_where_it_cannot_go) {
    char temporary[UNIX_SOCKET_PATH_MAX];
    struct unix_socket_file file = {.inode = 7};
    const int sock = socket(AF_UNIX, SOCK_DGRAM, 0);
    cr_assert(eq(int, mkdir(place_path("folder"), 0700), 0));
    cr_assert(unix_socket_bind(sock, place_path("folder"), 0600, temporary));
    cr_expect(not(unix_socket_rename(temporary, place_path("folder"), &file)));
    cr_expect(eq(int, errno, EISDIR));
    cr_expect(eq(u64, file.inode, 7));
    cr_expect(is_socket(temporary));
    close(sock);
}

Test(unix_socket, cannot_be_bound_in_a_folder_that_is_not_there) {
    char temporary[UNIX_SOCKET_PATH_MAX];
    const int sock = socket(AF_UNIX, SOCK_DGRAM, 0);
    cr_expect(not(unix_socket_bind(sock, place_path("no/s"), 0600, temporary)));
    cr_expect(eq(int, errno, ENOENT));
    close(sock);
}

/* ---- lengths ---- */

/* A folder so long that so many bytes are left behind its last slash, with the terminator. */
static char *folder_that_leaves(size_t room) {
    static char path[UNIX_SOCKET_PATH_MAX + 2];
    const size_t len = UNIX_SOCKET_PATH_MAX - room;
    memset(path, 'f', sizeof path);
    memcpy(path, place_folder, strlen(place_folder));
    path[strlen(place_folder)] = '/';
    path[len - 1] = '\0';
    cr_assert(eq(int, mkdir(path, 0700), 0), "%s: %s", path, strerror(errno));
    memcpy(path + len - 1, "/s", 3);
    return path;
}

Test(unix_socket, needs_room_for_its_temporary_name) {
    char temporary[UNIX_SOCKET_PATH_MAX];
    struct unix_socket_file file;
    const int sock = socket(AF_UNIX, SOCK_DGRAM, 0);
    const char *path = folder_that_leaves(UNIX_SOCKET_TEMPORARY_LEN);
    cr_expect(not(unix_socket_bind(sock, path, 0600, temporary)));
    cr_expect(eq(int, errno, ENAMETOOLONG));
    path = folder_that_leaves(UNIX_SOCKET_TEMPORARY_LEN + 1);
    cr_assert(unix_socket_bind(sock, path, 0600, temporary), "%s", strerror(errno));
    cr_expect(eq(sz, strlen(temporary), UNIX_SOCKET_PATH_MAX - 1));
    cr_assert(unix_socket_rename(temporary, path, &file));
    cr_expect(leads_to(path, sock));
    close(sock);
}

Test(unix_socket, knows_a_temporary_name) {
    cr_expect(unix_socket_is_temporary("/run/.sg01234567"));
    cr_expect(unix_socket_is_temporary(".sg01234567"));
    cr_expect(not(unix_socket_is_temporary("/run/.sg0123456")));
    cr_expect(not(unix_socket_is_temporary("/run/.sg012345678")));
    cr_expect(not(unix_socket_is_temporary("/run/statgate.so")));
}
