/* SPDX-License-Identifier: MIT */
/* Sockets from the service manager. Each test runs in a child, which may lay out descriptors and
 * environment as the manager does; its exit code is the number of the claim that failed. */
#include "host/service_manager.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "assertions.h"
#include "child.h"
#include "handed.h"
#include "place.h"

TestSuite(inherited, .init = place_make, .fini = place_remove, .timeout = 300);

static struct error why;

/* The supervisor's own descriptor, which is passed with the sockets, is taken only by its name. */
static int with_supervisor(void *arg) {
    (void)arg;
    struct inherited inherited;
    struct error left;
    int ends[2];
    CLAIM(1, pipe(ends) == 0);
    const int fds[] = {handed_bound(SOCK_DGRAM, place_path("a")), ends[0]};
    handed_lay_out(fds, 2, "statgate:" INHERITED_SUPERVISOR, getpid());
    CLAIM(2, host_inherited_init(&inherited, &why) && inherited.count == 2);
    CLAIM(3, host_inherited_take_supervisor(&inherited) == HANDED_FIRST + 1);
    CLAIM(4, host_inherited_take_supervisor(&inherited) == -1);
    const struct inherited_wish name = {.name = "statgate"};
    CLAIM(5, host_inherited_take(&inherited, &name) == HANDED_FIRST);
    CLAIM(6, !host_inherited_left(&inherited, &left));
    host_inherited_done(&inherited);
    return 0;
}

Test(inherited, gives_the_end_of_a_supervisors_pipe) {
    cr_expect(eq(int, in_child(with_supervisor, NULL), 0));
}

/* ---- what was kept ---- */

/* ---- what is refused ---- */

/* The sentence for these descriptors and names, in `why`. */
static bool refused(const int *fds, int count, const char *names) {
    struct inherited inherited = {.count = 7};
    handed_lay_out(fds, count, names, getpid());
    return !host_inherited_init(&inherited, &why) && inherited.count == 0 && !inherited.sockets;
}

static int other_types(void *arg) {
    (void)arg;
    const int stream = handed_bound(SOCK_STREAM, place_path("a"));
    const int file = open("/dev/null", O_RDONLY);
    const int udp = socket(AF_INET, SOCK_DGRAM, 0);
    const int others[] = {stream, file, udp};
    for (int i = 0; i < 3; i++) {
        CLAIM(1 + i, refused(&others[i], 1, "statgate"));
        CLAIM(11 + i, strcmp(why.text, "inherited descriptor 3 (statgate) is not a Unix datagram "
                                       "socket; a socket unit makes one with "
                                       "ListenDatagram=/a/path") == 0);
        CLAIM(21 + i, handed_is_open(HANDED_FIRST));
    }
    return 0;
}

Test(inherited, refuses_what_is_no_unix_datagram_socket) {
    cr_expect(eq(int, in_child(other_types, NULL), 0));
}

static int unbound(void *arg) {
    (void)arg;
    const int fds[] = {handed_bound(SOCK_DGRAM, place_path("a")), socket(AF_UNIX, SOCK_DGRAM, 0)};
    CLAIM(1, refused(fds, 2, "statgate:imgsrv"));
    CLAIM(2, strcmp(why.text, "inherited descriptor 4 (imgsrv) is a socket without a path, so no "
                              "process can send to it; a socket unit binds one with "
                              "ListenDatagram=/a/path") == 0);
    return 0;
}

Test(inherited, refuses_a_socket_that_is_bound_to_nothing) {
    cr_expect(eq(int, in_child(unbound, NULL), 0));
}

static int closed(void *arg) {
    (void)arg;
    const int fds[] = {handed_bound(SOCK_DGRAM, place_path("a"))};
    struct inherited inherited;
    handed_lay_out(fds, 1, NULL, getpid());
    (void)setenv("LISTEN_FDS", "2", 1);
    CLAIM(1, !host_inherited_init(&inherited, &why) && inherited.count == 0);
    CLAIM(2, strcmp(why.text,
                    "inherited sockets: LISTEN_FDS is 2, but descriptor 4 is not open; start "
                    "through a socket unit or systemd-socket-activate, or unset "
                    "LISTEN_FDS") == 0);
    CLAIM(3, getenv("LISTEN_FDS") == NULL);
    return 0;
}

Test(inherited, names_the_first_descriptor_that_is_closed) {
    cr_expect(eq(int, in_child(closed, NULL), 0));
}

static int left(void *arg) {
    (void)arg;
    struct inherited inherited;
    const int fds[] = {handed_bound(SOCK_DGRAM, place_path("a")),
                       handed_bound(SOCK_DGRAM, place_path("b"))};
    handed_lay_out(fds, 2, "statgate:metrics", getpid());
    CLAIM(1, host_inherited_init(&inherited, &why));
    const struct inherited_wish wish = {.name = "statgate"};
    CLAIM(2, host_inherited_take(&inherited, &wish) == HANDED_FIRST);
    CLAIM(3, host_inherited_left(&inherited, &why));
    CLAIM(4, strncmp(why.text, "inherited descriptor 4 (metrics) fits no socket of ours", 55) == 0);
    CLAIM(5, host_inherited_take(&inherited, &(struct inherited_wish){.name = "metrics"}) ==
                 HANDED_FIRST + 1);
    CLAIM(6, !host_inherited_left(&inherited, &why));
    host_inherited_done(&inherited);
    return 0;
}

Test(inherited, names_what_nobody_took) {
    cr_expect(eq(int, in_child(left, NULL), 0));
}
