/* SPDX-License-Identifier: MIT */
/* Creating a socket at its path. */
#include "ingress/ingress.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "assertions.h"
#include "host/unix_socket.h"
#include "listening.h"

TestSuite(listen, .init = place_make, .fini = place_remove, .timeout = 300);

/* Open without a queue of its own: most of these tests are about the path. */
static struct ingress_listen_options plain(const char *path) {
    struct ingress_listen_options options = place_options(path);
    options.deep_queue = false;
    return options;
}

static struct ingress_listener open_plain(const char *path) {
    const struct ingress_listen_options options = plain(path);
    struct ingress_listener listener;
    struct error error;
    cr_assert(ingress_listen_open(&options, &listener, &error), "%s", error.text);
    return listener;
}

/* The refusal for this path, which must leave the folder and the descriptors as they were. */
static void expect_refused(const char *path, const char *message) {
    const struct ingress_listen_options options = plain(path);
    struct ingress_listener listener = {.fd = 77};
    struct error error = {0};
    struct error expected;
    const size_t descriptors = open_descriptors();
    error_set(&expected, "socket %s: %s", path, message);
    cr_expect(not(ingress_listen_open(&options, &listener, &error)));
    cr_expect(eq(str, error.text, expected.text));
    cr_expect(eq(int, listener.fd, 77));
    cr_expect(eq(sz, open_descriptors(), descriptors));
}

static struct stat status_of(const char *path) {
    struct stat status;
    cr_assert(eq(int, lstat(path, &status), 0), "%s: %s", path, strerror(errno));
    return status;
}

static struct sockaddr_un address_of(const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    return address;
}

/* A socket file that nobody receives on. */
static void leave_stale(const char *path) {
    const struct sockaddr_un address = address_of(path);
    const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    cr_assert(eq(int, bind(fd, (const struct sockaddr *)&address, sizeof address), 0));
    close(fd);
}

/* As by SIGKILL: the files stay, and the kernel gives up the lock. */
static void crash(const struct ingress_listener *listener) {
    close(listener->fd);
    close(listener->lock);
}

static bool exists(const char *path) {
    return access(path, F_OK) == 0;
}

Test(listen, gives_the_mode_whatever_the_umask) {
    const mode_t modes[] = {0600, 0660, 0666, 0622};
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        struct ingress_listen_options options = plain(place_path("s"));
        struct ingress_listener listener;
        struct error error;
        options.mode = modes[i];
        umask(0077);
        cr_assert(ingress_listen_open(&options, &listener, &error), "%s", error.text);
        cr_expect(eq(u32, status_of(options.path).st_mode, S_IFSOCK | modes[i]));
        cr_expect(eq(u32, umask(0022), 0077));
        ingress_listen_close(&listener);
    }
}

Test(listen, gives_the_group) {
    struct ingress_listen_options options = plain(place_path("s"));
    struct ingress_listener listener;
    struct error error;
    if (geteuid() != 0)
        cr_skip("only root has a group to give");
    options.group = 12345;
    cr_assert(ingress_listen_open(&options, &listener, &error), "%s", error.text);
    cr_expect(eq(u32, status_of(options.path).st_gid, 12345));
    cr_expect(eq(u32, status_of(options.path).st_uid, 0));
    cr_expect(eq(u32, status_of(options.path).st_mode & 07777, 0660));
    ingress_listen_close(&listener);
}

static int give_foreign_group(void *arg) {
    struct ingress_listen_options options = plain("s");
    struct ingress_listener listener;
    struct error error = {0};
    if (chdir(arg) != 0 || (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0)))
        return 1;
    options.group = 12345;
    if (ingress_listen_open(&options, &listener, &error))
        return 2;
    if (strcmp(error.text, "socket s: cannot be given to group 12345: Operation not permitted") !=
        0)
        return 3;
    return access("s", F_OK) == 0 ? 4 : 0;
}

Test(listen, refuses_a_group_that_it_may_not_give) {
    cr_assert(eq(int, chmod(place_folder, 0777), 0));
    cr_expect(eq(int, in_child(give_foreign_group, place_folder), 0));
    cr_expect(eq(int, rmdir(place_folder), 0), "a temporary name was left behind");
}

Test(listen, takes_credentials_from_the_first_datagram) {
    int on = 0;
    socklen_t len = sizeof on;
    struct ingress_listener listener = place_listen(place_path("s"));
    cr_assert(eq(int, getsockopt(listener.fd, SOL_SOCKET, SO_PASSCRED, &on, &len), 0));
    cr_expect(eq(int, on, 1));
    cr_expect(eq(int, fcntl(listener.fd, F_GETFD), FD_CLOEXEC));
    ingress_listen_close(&listener);
}

/* ---- what is there already ---- */

Test(listen, refuses_a_socket_that_lives) {
    struct ingress_listener first = open_plain(place_path("s"));
    expect_refused(place_path("s"),
                   "another process is receiving on it; stop it, or set another path (--socket)");
    const int sender = sender_open(place_path("s"));
    sender_put(sender, "still there");
    char text[16];
    cr_expect(eq(int, (int)recv(first.fd, text, sizeof text, MSG_DONTWAIT), 11));
    close(sender);
    ingress_listen_close(&first);
}

Test(listen, refuses_a_socket_that_lives_for_one_peer_only) {
    const char *path = place_path("s");
    const struct sockaddr_un address = address_of(place_path("peer"));
    struct ingress_listener first = open_plain(path);
    struct ingress_listener peer = open_plain(place_path("peer"));
    cr_assert(eq(int, connect(first.fd, (const struct sockaddr *)&address, sizeof address), 0));
    expect_refused(path,
                   "another process is receiving on it; stop it, or set another path (--socket)");
    ingress_listen_close(&first);
    ingress_listen_close(&peer);
}

Test(listen, refuses_a_socket_of_another_type) {
    const char *path = place_path("s");
    const struct sockaddr_un address = address_of(path);
    const int stream = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert(eq(int, bind(stream, (const struct sockaddr *)&address, sizeof address), 0));
    expect_refused(path, "another process uses it for another type of socket; set another path "
                         "(--socket)");
    close(stream);
}

Test(listen, refuses_what_is_not_a_socket) {
    close(open(place_path("file"), O_CREAT | O_WRONLY, 0600));
    cr_assert(eq(int, mkdir(place_path("folder"), 0700), 0));
    leave_stale(place_path("stale"));
    cr_assert(eq(int, symlink(place_path("stale"), place_path("link")), 0));
    const char *const names[] = {"file", "folder", "link"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        expect_refused(place_path(names[i]),
                       "exists and is not a socket; remove it, or set another "
                       "path (--socket)");
        (void)status_of(place_path(names[i]));
    }
}

Test(listen, refuses_paths_that_cannot_be) {
    char path[256];
    expect_refused("", "is not the path of a file; set another (--socket)");
    expect_refused("/tmp/", "is not the path of a file; set another (--socket)");
    expect_refused("@statgate", "abstract sockets have no permissions; set a path (--socket)");
    (void)snprintf(path, sizeof path, "%s/%0*d", place_folder, 108 - (int)strlen(place_folder) - 1,
                   0);
    expect_refused(path, "108 bytes long, a socket's path has at most 107; set another "
                         "(--socket)");
    (void)snprintf(path, sizeof path, "%s/%0*d/s", place_folder, 97 - (int)strlen(place_folder) - 2,
                   0);
    expect_refused(path, "its folder is 97 bytes long, at most 96 leave room for a socket; set "
                         "another (--socket)");
    expect_refused("/nonexistent/statgate.sock",
                   "there is no folder /nonexistent/; make it, or set another path (--socket)");
}

/* ---- replacing ---- */

struct flood {
    const char *path;
    atomic_bool stop;
    size_t connected;
    size_t refused;
    size_t missing;
    size_t other;
};

static void *connect_for_ever(void *arg) {
    struct flood *flood = arg;
    const struct sockaddr_un address = address_of(flood->path);
    while (!flood->stop) {
        const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (connect(fd, (const struct sockaddr *)&address, sizeof address) == 0)
            flood->connected++;
        else if (errno == ECONNREFUSED)
            flood->refused++;
        else if (errno == ENOENT)
            flood->missing++;
        else
            flood->other++;
        close(fd);
    }
    return NULL;
}

Test(listen, replaces_a_stale_socket_without_a_gap) {
    struct flood flood = {.path = place_path("s")};
    pthread_t thread;
    leave_stale(flood.path);
    cr_assert(eq(int, pthread_create(&thread, NULL, connect_for_ever, &flood), 0));
    for (int i = 0; i < 300; i++) {
        struct ingress_listener listener = open_plain(flood.path);
        crash(&listener);
    }
    flood.stop = true;
    cr_assert(eq(int, pthread_join(thread, NULL), 0));
    cr_expect(eq(sz, flood.missing, 0));
    cr_expect(eq(sz, flood.other, 0));
    cr_expect(lt(sz, 0, flood.connected + flood.refused));
}

/* In a child: 0 if this process got the socket; it keeps it until everyone has tried. */
static void try_to_open(const char *path, int start, int done) {
    const struct ingress_listen_options options = plain(path);
    struct ingress_listener listener;
    struct error error;
    char byte;
    (void)!read(start, &byte, 1);
    const char got = ingress_listen_open(&options, &listener, &error) ? 'y' : 'n';
    (void)!write(done, &got, 1);
    alarm(300); /* ends it if the test cannot */
    pause();
}

Test(listen, lets_one_of_several_twins_win) {
    enum { TWINS = 4, ROUNDS = 25 };
    for (int round = 0; round < ROUNDS; round++) {
        int start[2];
        int done[2];
        pid_t twins[TWINS];
        char got[TWINS];
        int winners = 0;
        leave_stale(place_path("s"));
        cr_assert(pipe(start) == 0 && pipe(done) == 0);
        for (int i = 0; i < TWINS; i++) {
            twins[i] = fork();
            if (twins[i] == 0) {
                close(start[1]);
                try_to_open(place_path("s"), start[0], done[1]);
                _exit(0);
            }
        }
        close(start[0]);
        close(start[1]); /* go */
        for (int i = 0; i < TWINS; i++) {
            cr_assert(eq(int, (int)read(done[0], &got[i], 1), 1));
            winners += got[i] == 'y';
        }
        for (int i = 0; i < TWINS; i++) {
            kill(twins[i], SIGKILL);
            waitpid(twins[i], NULL, 0);
        }
        close(done[0]);
        close(done[1]);
        cr_assert(eq(int, winners, 1), "round %d", round);
        cr_assert(eq(int, unlink(place_path("s")), 0));
    }
}

/* ---- closing ---- */

Test(listen, takes_its_name_away_when_closed) {
    struct ingress_listener listener = open_plain(place_path("s"));
    cr_expect(ingress_listen_in_place(&listener));
    ingress_listen_close(&listener);
    cr_expect(eq(int, listener.fd, -1));
    cr_expect(eq(int, access(place_path("s"), F_OK), -1));
    ingress_listen_close(&listener);
}

/* ---- the lock ---- */

Test(listen, refuses_a_path_whose_daemon_lives_though_its_socket_is_gone) {
    struct error message;
    struct ingress_listener first = open_plain(place_path("s"));
    error_set(&message,
              "another statgated has %s.lock, though its socket is gone; stop it, "
              "or set another path (--socket)",
              place_path("s"));
    cr_assert(eq(int, unlink(place_path("s")), 0));
    expect_refused(place_path("s"), message.text);
    ingress_listen_close(&first);
    cr_expect(not(exists(place_path("s.lock"))));
    struct ingress_listener second = open_plain(place_path("s"));
    ingress_listen_close(&second);
}

Test(listen, does_not_mind_a_lock_that_was_left_behind) {
    struct ingress_listener first = open_plain(place_path("s"));
    crash(&first);
    cr_assert(exists(place_path("s.lock")));
    struct ingress_listener second = open_plain(place_path("s"));
    ingress_listen_close(&second);
    cr_expect(not(exists(place_path("s.lock"))));
}

Test(listen, does_without_a_lock_that_cannot_be_had) {
    cr_assert(eq(int, mkdir(place_path("s.lock"), 0700), 0));
    struct ingress_listener listener = open_plain(place_path("s"));
    cr_expect(eq(int, listener.lock, -1));
    ingress_listen_close(&listener);
    cr_expect(exists(place_path("s.lock")));
}

Test(listen, gives_the_lock_up_with_the_name) {
    struct ingress_listener first = open_plain(place_path("s"));
    ingress_listen_unlink(&first); /* and reads on what is queued */
    struct ingress_listener second = open_plain(place_path("s"));
    ingress_listen_close(&first);
    cr_expect(ingress_listen_in_place(&second));
    cr_expect(exists(place_path("s.lock")));
    ingress_listen_close(&second);
}

/* ---- again ---- */

static bool open_again(const struct ingress_listener *old, struct ingress_listener *ret_listener,
                       struct error *ret_error) {
    struct ingress_listen_options options = plain("/elsewhere/not/used");
    options.mode = 0600;
    return ingress_listen_again(&options, old, ret_listener, ret_error);
}

Test(listen, again_keeps_the_lock_when_it_fails) {
    struct ingress_listener second;
    struct error error;
    struct ingress_listener first = open_plain(place_path("s"));
    const size_t descriptors = open_descriptors();
    cr_assert(eq(int, unlink(place_path("s")), 0));
    cr_assert(eq(int, mkdir(place_path("s"), 0700), 0));
    cr_expect(not(open_again(&first, &second, &error)));
    cr_expect(eq(sz, open_descriptors(), descriptors));
    cr_expect(host_path_lock_in_place(place_path("s"), first.lock));
    ingress_listen_close(&first);
}

Test(listen, makes_a_folder_that_is_missing_when_it_is_told_to) {
    char path[INGRESS_PATH_MAX];
    (void)snprintf(path, sizeof path, "%s", place_path("folder/s"));
    struct ingress_listen_options options = plain(path);
    struct ingress_listener first;
    struct ingress_listener second;
    struct error error;
    options.folder_mode = 0700;
    cr_assert(ingress_listen_open(&options, &first, &error), "%s", error.text);
    cr_expect(eq(u32, status_of(place_path("folder")).st_mode, S_IFDIR | 0700));
    cr_assert(eq(int, unlink(place_path("folder/s")), 0));
    cr_assert(eq(int, unlink(place_path("folder/s.lock")), 0));
    cr_assert(eq(int, rmdir(place_path("folder")), 0));
    cr_assert(ingress_listen_again(&options, &first, &second, &error), "%s", error.text);
    ingress_listen_close(&second);
    ingress_listen_close(&first);
    cr_assert(eq(int, chmod(place_path("folder"), 0755), 0));
    cr_expect(not(ingress_listen_open(&options, &first, &error)));
    cr_expect(ne(ptr, strstr(error.text, "lets others in"), NULL), "%s", error.text);
}
