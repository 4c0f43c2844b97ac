/* SPDX-License-Identifier: MIT */
/* Listeners of sockets from the service manager. Each test runs in a child, which may lay out
 * descriptors and environment as the manager does; its exit code is the number of the claim that
 * failed. */
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "assertions.h"
#include "handed.h"
#include "listening.h"

TestSuite(inherit, .init = place_make, .fini = place_remove, .timeout = 300);

static struct error why;

static int as_listener(void *arg) {
    (void)arg;
    struct inherited inherited;
    struct ingress_listener listener;
    struct error error;
    int on = 0;
    socklen_t len = sizeof on;
    const int fds[] = {handed_bound(SOCK_DGRAM, place_path("a"))};
    handed_lay_out(fds, 1, NULL, getpid());
    CLAIM(1, host_inherited_init(&inherited, &why));
    struct ingress_listen_options options = place_options("/nonexistent/statgate.sock");
    options.inherited = &inherited;
    options.inherit_unnamed = true;
    CLAIM(2, ingress_listen_open(&options, &listener, &error));
    CLAIM(3, listener.inherited && listener.fd == HANDED_FIRST);
    CLAIM(4, strcmp(listener.path, place_path("a")) == 0);
    CLAIM(5, listener.queue_source == QUEUE_INHERITED);
    CLAIM(6, listener.queue_depth == ingress_queue_host_depth() && listener.queue_why[0] != '\0');
    CLAIM(7, getsockopt(HANDED_FIRST, SOL_SOCKET, SO_PASSCRED, &on, &len) == 0 && on == 1);
    CLAIM(8, ingress_listen_in_place(&listener));
    ingress_listen_close(&listener);
    CLAIM(9, !handed_is_open(HANDED_FIRST) && access(place_path("a"), F_OK) == 0);
    host_inherited_done(&inherited);
    return 0;
}

Test(inherit, becomes_a_listener_whose_name_stays) {
    cr_expect(eq(int, in_child(as_listener, NULL), 0));
}

/* Its name is bound under another, as by a daemon that handed it over. */
static int renamed_listener(void *arg) {
    (void)arg;
    struct inherited inherited;
    struct ingress_listener listener;
    struct ingress_listener again;
    struct stat status;
    struct error error;
    const int fds[] = {handed_bound(SOCK_DGRAM, place_path(".sg01234567"))};
    CLAIM(1, chmod(place_path(".sg01234567"), 0622) == 0 &&
                 rename(place_path(".sg01234567"), place_path("a")) == 0);
    handed_lay_out(fds, 1, "statgate", getpid());
    CLAIM(2, host_inherited_init(&inherited, &why));
    struct ingress_listen_options options = place_options(place_path("a"));
    options.inherited = &inherited;
    options.deep_queue = false;
    CLAIM(3, ingress_listen_open(&options, &listener, &error));
    CLAIM(4, listener.inherited && strcmp(listener.path, place_path("a")) == 0);
    CLAIM(5, ingress_listen_in_place(&listener));
    /* Another of ours beside it, with the mode that its maker gave it. */
    CLAIM(6, unlink(place_path("a")) == 0 && !ingress_listen_in_place(&listener));
    CLAIM(7, ingress_listen_again(&options, &listener, &again, &error));
    CLAIM(8, !again.inherited && ingress_listen_in_place(&again));
    CLAIM(9, lstat(place_path("a"), &status) == 0 && (status.st_mode & 07777) == 0622);
    ingress_listen_close(&again);
    ingress_listen_close(&listener);
    host_inherited_done(&inherited);
    return 0;
}

Test(inherit, finds_the_path_of_one_that_was_renamed) {
    cr_expect(eq(int, in_child(renamed_listener, NULL), 0));
}

static int gone_listener(void *arg) {
    (void)arg;
    struct inherited inherited;
    struct ingress_listener listener;
    struct error error;
    const int fds[] = {handed_bound(SOCK_DGRAM, place_path("a"))};
    CLAIM(1, unlink(place_path("a")) == 0);
    handed_lay_out(fds, 1, "statgate", getpid());
    CLAIM(2, host_inherited_init(&inherited, &why));
    struct ingress_listen_options options = place_options(place_path("b"));
    options.inherited = &inherited;
    CLAIM(3, ingress_listen_open(&options, &listener, &error));
    CLAIM(4, strcmp(listener.path, place_path("a")) == 0 && !ingress_listen_in_place(&listener));
    ingress_listen_close(&listener);
    host_inherited_done(&inherited);
    return 0;
}

Test(inherit, notices_a_path_that_is_gone) {
    cr_expect(eq(int, in_child(gone_listener, NULL), 0));
}

/* Its maker gave it to senders that we are not one of: the path cannot be tried out. */
static int closed_to_us(void *arg) {
    (void)arg;
    struct inherited inherited;
    struct ingress_listener listener;
    struct error error;
    const int fds[] = {handed_bound(SOCK_DGRAM, place_path("a"))};
    CLAIM(1, chmod(place_path("a"), 0620) == 0 && chmod(place_folder, 0755) == 0);
    handed_lay_out(fds, 1, "statgate", getpid());
    CLAIM(2, setgid(65534) == 0 && setuid(65534) == 0);
    CLAIM(3, host_inherited_init(&inherited, &why));
    struct ingress_listen_options options = place_options(place_path("a"));
    options.inherited = &inherited;
    CLAIM(4, ingress_listen_open(&options, &listener, &error));
    CLAIM(5, ingress_listen_in_place(&listener) && listener.lock == -1);
    ingress_listen_close(&listener);
    host_inherited_done(&inherited);
    return 0;
}

Test(inherit, trusts_a_path_that_it_may_not_send_to) {
    if (geteuid() != 0)
        cr_skip("only root has another uid");
    cr_expect(eq(int, in_child(closed_to_us, NULL), 0));
}

static int abstract(void *arg) {
    (void)arg;
    struct inherited inherited;
    struct ingress_listener listener;
    struct error error;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const int len = snprintf(address.sun_path + 1, 100, "statgate-test-%d", (int)getpid());
    const int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
    CLAIM(1, bind(fd, (const struct sockaddr *)&address,
                  (socklen_t)offsetof(struct sockaddr_un, sun_path) + 1 + (socklen_t)len) == 0);
    handed_lay_out(&fd, 1, "statgate", getpid());
    CLAIM(2, host_inherited_init(&inherited, &why));
    struct ingress_listen_options options = place_options(place_path("b"));
    options.inherited = &inherited;
    CLAIM(3, ingress_listen_open(&options, &listener, &error));
    CLAIM(4, listener.path[0] == '@' && strcmp(listener.path + 1, address.sun_path + 1) == 0);
    CLAIM(5, ingress_listen_in_place(&listener) && listener.lock == -1);
    ingress_listen_close(&listener);
    host_inherited_done(&inherited);
    return 0;
}

Test(inherit, takes_an_abstract_name_as_it_is) {
    cr_expect(eq(int, in_child(abstract, NULL), 0));
}

static int not_wanted(void *arg) {
    (void)arg;
    struct inherited inherited;
    struct ingress_listener listener;
    struct error error;
    const int fds[] = {handed_bound(SOCK_DGRAM, place_path("a")),
                       handed_bound(SOCK_DGRAM, place_path("c"))};
    handed_lay_out(fds, 2, "metrics:unknown", getpid());
    CLAIM(1, host_inherited_init(&inherited, &why));
    struct ingress_listen_options options = place_options(place_path("b"));
    options.inherited = &inherited;
    CLAIM(2, ingress_listen_open(&options, &listener, &error));
    CLAIM(3, !listener.inherited);
    ingress_listen_close(&listener);
    host_inherited_done(&inherited);
    return 0;
}

Test(inherit, is_not_needed) {
    cr_expect(eq(int, in_child(not_wanted, NULL), 0));
}
