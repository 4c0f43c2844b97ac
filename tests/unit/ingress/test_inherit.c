/* Sockets from the service manager. Each test runs in a child, which may lay out descriptors and
 * environment as the manager does; its exit code is the number of the claim that failed. */
#include "host/inherited.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "assertions.h"
#include "place.h"

TestSuite(inherit, .init = place_make, .fini = place_remove, .timeout = 60);

enum { FIRST = 3 }; /* SD_LISTEN_FDS_START */

static struct error why;

#define CLAIM(number, claim)                                                                       \
    do {                                                                                           \
        if (!(claim))                                                                              \
            return number;                                                                         \
    } while (0)

static int bound(int type, const char *path) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    const int fd = socket(AF_UNIX, type, 0);
    if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof address) != 0)
        _exit(200);
    return fd;
}

/* Descriptors FIRST, FIRST+1, ... as given, all others but the standard ones closed. */
static void lay_out(const int *fds, int count, const char *names, pid_t pid) {
    char text[16];
    int high[8];
    for (int i = 0; i < count; i++)
        high[i] = fcntl(fds[i], F_DUPFD, 100 + i);
    for (int i = 0; i < count; i++)
        (void)dup2(high[i], FIRST + i);
    (void)close_range((unsigned)(FIRST + count), ~0U, 0);
    (void)snprintf(text, sizeof text, "%d", count);
    (void)setenv("LISTEN_FDS", text, 1);
    (void)snprintf(text, sizeof text, "%d", (int)pid);
    (void)setenv("LISTEN_PID", text, 1);
    if (names)
        (void)setenv("LISTEN_FDNAMES", names, 1);
    else
        (void)unsetenv("LISTEN_FDNAMES");
}

static bool is_open(int fd) {
    return fcntl(fd, F_GETFD) >= 0;
}

static int by_name_path_or_nothing(void *arg) {
    (void)arg;
    struct inherited inherited;
    const int fds[] = {bound(SOCK_DGRAM, place_path("a")), bound(SOCK_DGRAM, place_path("b")),
                       bound(SOCK_DGRAM, place_path("c")), bound(SOCK_DGRAM, place_path("d"))};
    lay_out(fds, 4, "other:imgsrv:statgate.socket:unknown", getpid());
    CLAIM(1, inherited_init(&inherited, &why) && inherited.count == 4);
    CLAIM(2, getenv("LISTEN_FDS") == NULL && getenv("LISTEN_PID") == NULL);
    CLAIM(3, fcntl(FIRST, F_GETFD) == FD_CLOEXEC);

    const struct inherited_wish nothing = {.path = place_path("z"), .name = "stat"};
    CLAIM(4, inherited_take(&inherited, &nothing) == -1);
    const struct inherited_wish name = {.path = place_path("z"), .name = "statgate"};
    CLAIM(5, inherited_take(&inherited, &name) == FIRST + 2);
    CLAIM(6, inherited_take(&inherited, &name) == -1);
    /* The name counts more than the path. */
    const struct inherited_wish path = {.path = place_path("a"), .name = "imgsrv"};
    CLAIM(7, inherited_take(&inherited, &path) == FIRST + 1);
    CLAIM(8, inherited_take(&inherited, &path) == FIRST);
    const struct inherited_wish unnamed = {.name = "statgate", .unnamed = 1};
    CLAIM(9, inherited_take(&inherited, &unnamed) == FIRST + 3);
    inherited_done(&inherited);
    CLAIM(10, is_open(FIRST) && is_open(FIRST + 1) && is_open(FIRST + 2) && is_open(FIRST + 3));
    return 0;
}

Test(inherit, takes_by_name_then_by_path_then_without_one) {
    cr_expect(eq(int, in_child(by_name_path_or_nothing, NULL), 0));
}

/* As bind-and-rename leaves it: the kernel goes on calling it by the name of the bind. */
static int renamed(void *arg) {
    (void)arg;
    struct inherited inherited;
    const int fds[] = {bound(SOCK_DGRAM, place_path(".temporary"))};
    CLAIM(1, rename(place_path(".temporary"), place_path("a")) == 0);
    lay_out(fds, 1, "statgate", getpid());
    CLAIM(2, inherited_init(&inherited, &why));
    const struct inherited_wish by_path = {.path = place_path("a")};
    CLAIM(3, inherited_take(&inherited, &by_path) == -1);
    const struct inherited_wish by_name = {.path = place_path("a"), .name = "statgate"};
    CLAIM(4, inherited_take(&inherited, &by_name) == FIRST);
    inherited_done(&inherited);
    return 0;
}

Test(inherit, takes_one_that_was_renamed_by_its_name) {
    cr_expect(eq(int, in_child(renamed, NULL), 0));
}

/* ---- what is refused ---- */

/* The sentence for these descriptors and names, in `why`. */
static bool refused(const int *fds, int count, const char *names) {
    struct inherited inherited = {.count = 7};
    lay_out(fds, count, names, getpid());
    return !inherited_init(&inherited, &why) && inherited.count == 0 && !inherited.sockets;
}

static int other_types(void *arg) {
    (void)arg;
    const int stream = bound(SOCK_STREAM, place_path("a"));
    const int file = open("/dev/null", O_RDONLY);
    const int udp = socket(AF_INET, SOCK_DGRAM, 0);
    const int others[] = {stream, file, udp};
    for (int i = 0; i < 3; i++) {
        CLAIM(1 + i, refused(&others[i], 1, "statgate"));
        CLAIM(11 + i, strcmp(why.text, "inherited descriptor 3 (statgate) is not a Unix datagram "
                                       "socket; a socket unit makes one with "
                                       "ListenDatagram=/a/path") == 0);
        CLAIM(21 + i, is_open(FIRST));
    }
    return 0;
}

Test(inherit, refuses_what_is_no_unix_datagram_socket) {
    cr_expect(eq(int, in_child(other_types, NULL), 0));
}

static int unbound(void *arg) {
    (void)arg;
    const int fds[] = {bound(SOCK_DGRAM, place_path("a")), socket(AF_UNIX, SOCK_DGRAM, 0)};
    CLAIM(1, refused(fds, 2, "statgate:imgsrv"));
    CLAIM(2,
          strcmp(why.text, "inherited descriptor 4 (imgsrv) is a socket without a path, so nobody "
                           "can send to it; a socket unit binds one with "
                           "ListenDatagram=/a/path") == 0);
    return 0;
}

Test(inherit, refuses_a_socket_that_is_bound_to_nothing) {
    cr_expect(eq(int, in_child(unbound, NULL), 0));
}

static int closed(void *arg) {
    (void)arg;
    const int fds[] = {bound(SOCK_DGRAM, place_path("a"))};
    struct inherited inherited;
    lay_out(fds, 1, NULL, getpid());
    (void)setenv("LISTEN_FDS", "2", 1);
    CLAIM(1, !inherited_init(&inherited, &why) && inherited.count == 0);
    CLAIM(2, strcmp(why.text,
                    "inherited sockets: LISTEN_FDS is 2, but descriptor 4 is not open; start "
                    "through a socket unit or systemd-socket-activate, or unset "
                    "LISTEN_FDS") == 0);
    CLAIM(3, getenv("LISTEN_FDS") == NULL);
    return 0;
}

Test(inherit, names_the_first_descriptor_that_is_closed) {
    cr_expect(eq(int, in_child(closed, NULL), 0));
}

static int left(void *arg) {
    (void)arg;
    struct inherited inherited;
    const int fds[] = {bound(SOCK_DGRAM, place_path("a")), bound(SOCK_DGRAM, place_path("b"))};
    lay_out(fds, 2, "statgate:metrics", getpid());
    CLAIM(1, inherited_init(&inherited, &why));
    const struct inherited_wish wish = {.name = "statgate"};
    CLAIM(2, inherited_take(&inherited, &wish) == FIRST);
    CLAIM(3, inherited_left(&inherited, &why));
    CLAIM(4, strncmp(why.text, "inherited descriptor 4 (metrics) fits no socket of ours", 55) == 0);
    CLAIM(5, inherited_take(&inherited, &(struct inherited_wish){.name = "metrics"}) == FIRST + 1);
    CLAIM(6, !inherited_left(&inherited, &why));
    inherited_done(&inherited);
    return 0;
}

Test(inherit, names_what_nobody_took) {
    cr_expect(eq(int, in_child(left, NULL), 0));
}

static int for_someone_else(void *arg) {
    (void)arg;
    struct inherited inherited;
    const int fds[] = {bound(SOCK_DGRAM, place_path("a"))};
    lay_out(fds, 1, NULL, getppid());
    CLAIM(1, inherited_init(&inherited, &why) && inherited.count == 0);
    inherited_done(&inherited);
    CLAIM(2, is_open(FIRST));
    return 0;
}

Test(inherit, leaves_sockets_of_another_process) {
    cr_expect(eq(int, in_child(for_someone_else, NULL), 0));
}

static int nonsense(void *arg) {
    (void)arg;
    struct inherited inherited = {.count = 7};
    lay_out(NULL, 0, NULL, getpid());
    (void)setenv("LISTEN_FDS", "many", 1);
    CLAIM(1, !inherited_init(&inherited, &why) && inherited.count == 0);
    CLAIM(2, strstr(why.text, "LISTEN_FDS (many)") != NULL);
    inherited_done(&inherited);
    return 0;
}

Test(inherit, reports_an_environment_of_no_sense) {
    cr_expect(eq(int, in_child(nonsense, NULL), 0));
}

/* ---- as a listener ---- */

static int as_listener(void *arg) {
    (void)arg;
    struct inherited inherited;
    struct ingress_listener listener;
    struct error error;
    int on = 0;
    socklen_t len = sizeof on;
    const int fds[] = {bound(SOCK_DGRAM, place_path("a"))};
    lay_out(fds, 1, NULL, getpid());
    CLAIM(1, inherited_init(&inherited, &why));
    struct ingress_listen_options options = place_options("/nonexistent/statgate.sock");
    options.inherited = &inherited;
    options.inherit_unnamed = true;
    CLAIM(2, ingress_listen_open(&options, &listener, &error));
    CLAIM(3, listener.inherited && listener.fd == FIRST);
    CLAIM(4, strcmp(listener.path, place_path("a")) == 0);
    CLAIM(5, listener.queue_source == QUEUE_INHERITED);
    CLAIM(6, listener.queue_depth == queue_host_depth() && listener.queue_why[0] != '\0');
    CLAIM(7, getsockopt(FIRST, SOL_SOCKET, SO_PASSCRED, &on, &len) == 0 && on == 1);
    CLAIM(8, ingress_listen_in_place(&listener));
    ingress_listen_close(&listener);
    CLAIM(9, !is_open(FIRST) && access(place_path("a"), F_OK) == 0);
    inherited_done(&inherited);
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
    const int fds[] = {bound(SOCK_DGRAM, place_path(".sg01234567"))};
    CLAIM(1, chmod(place_path(".sg01234567"), 0622) == 0 &&
                 rename(place_path(".sg01234567"), place_path("a")) == 0);
    lay_out(fds, 1, "statgate", getpid());
    CLAIM(2, inherited_init(&inherited, &why));
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
    inherited_done(&inherited);
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
    const int fds[] = {bound(SOCK_DGRAM, place_path("a"))};
    CLAIM(1, unlink(place_path("a")) == 0);
    lay_out(fds, 1, "statgate", getpid());
    CLAIM(2, inherited_init(&inherited, &why));
    struct ingress_listen_options options = place_options(place_path("b"));
    options.inherited = &inherited;
    CLAIM(3, ingress_listen_open(&options, &listener, &error));
    CLAIM(4, strcmp(listener.path, place_path("a")) == 0 && !ingress_listen_in_place(&listener));
    ingress_listen_close(&listener);
    inherited_done(&inherited);
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
    const int fds[] = {bound(SOCK_DGRAM, place_path("a"))};
    CLAIM(1, chmod(place_path("a"), 0620) == 0 && chmod(place_folder, 0755) == 0);
    lay_out(fds, 1, "statgate", getpid());
    CLAIM(2, setgid(65534) == 0 && setuid(65534) == 0);
    CLAIM(3, inherited_init(&inherited, &why));
    struct ingress_listen_options options = place_options(place_path("a"));
    options.inherited = &inherited;
    CLAIM(4, ingress_listen_open(&options, &listener, &error));
    CLAIM(5, ingress_listen_in_place(&listener) && listener.lock == -1);
    ingress_listen_close(&listener);
    inherited_done(&inherited);
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
    lay_out(&fd, 1, "statgate", getpid());
    CLAIM(2, inherited_init(&inherited, &why));
    struct ingress_listen_options options = place_options(place_path("b"));
    options.inherited = &inherited;
    CLAIM(3, ingress_listen_open(&options, &listener, &error));
    CLAIM(4, listener.path[0] == '@' && strcmp(listener.path + 1, address.sun_path + 1) == 0);
    CLAIM(5, ingress_listen_in_place(&listener) && listener.lock == -1);
    ingress_listen_close(&listener);
    inherited_done(&inherited);
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
    const int fds[] = {bound(SOCK_DGRAM, place_path("a")), bound(SOCK_DGRAM, place_path("c"))};
    lay_out(fds, 2, "metrics:unknown", getpid());
    CLAIM(1, inherited_init(&inherited, &why));
    struct ingress_listen_options options = place_options(place_path("b"));
    options.inherited = &inherited;
    CLAIM(2, ingress_listen_open(&options, &listener, &error));
    CLAIM(3, !listener.inherited);
    ingress_listen_close(&listener);
    inherited_done(&inherited);
    return 0;
}

Test(inherit, is_not_needed) {
    cr_expect(eq(int, in_child(not_wanted, NULL), 0));
}
