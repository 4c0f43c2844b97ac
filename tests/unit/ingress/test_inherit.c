/* Sockets from the service manager. Each test runs in a child, which may lay out descriptors and
 * environment as the manager does; its exit code is the number of the claim that failed. */
#include "ingress/inherit.h"

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

static int by_path_name_or_nothing(void *arg) {
    (void)arg;
    struct inherited inherited;
    const int fds[] = {bound(SOCK_DGRAM, place_path("a")), bound(SOCK_DGRAM, place_path("b")),
                       bound(SOCK_DGRAM, place_path("c")), bound(SOCK_DGRAM, place_path("d"))};
    lay_out(fds, 4, "other:imgsrv:statgate.socket:unknown", getpid());
    CLAIM(1, inherited_init(&inherited) == 0 && inherited.count == 4);
    CLAIM(2, getenv("LISTEN_FDS") == NULL && getenv("LISTEN_PID") == NULL);
    CLAIM(3, fcntl(FIRST, F_GETFD) == FD_CLOEXEC);

    const struct inherited_wish nothing = {.path = place_path("z"), .name = "stat"};
    CLAIM(4, inherited_take_datagram(&inherited, &nothing) == -1);
    const struct inherited_wish name = {.path = place_path("z"), .name = "statgate"};
    CLAIM(5, inherited_take_datagram(&inherited, &name) == FIRST + 2);
    CLAIM(6, inherited_take_datagram(&inherited, &name) == -1);
    /* The path counts more than the name. */
    const struct inherited_wish path = {.path = place_path("a"), .name = "imgsrv"};
    CLAIM(7, inherited_take_datagram(&inherited, &path) == FIRST);
    CLAIM(8, inherited_take_datagram(&inherited, &path) == FIRST + 1);
    const struct inherited_wish unnamed = {.name = "statgate", .unnamed = 1};
    CLAIM(9, inherited_take_datagram(&inherited, &unnamed) == FIRST + 3);
    inherited_done(&inherited);
    CLAIM(10, is_open(FIRST) && is_open(FIRST + 1) && is_open(FIRST + 2) && is_open(FIRST + 3));
    return 0;
}

Test(inherit, takes_by_path_then_by_name_then_without_one) {
    cr_expect(eq(int, in_child(by_path_name_or_nothing, NULL), 0));
}

static int other_types(void *arg) {
    (void)arg;
    struct inherited inherited;
    const int fds[] = {bound(SOCK_STREAM, place_path("a")), open("/dev/null", O_RDONLY),
                       bound(SOCK_DGRAM, place_path("b"))};
    lay_out(fds, 3, "statgate:statgate:statgate", getpid());
    CLAIM(1, inherited_init(&inherited) == 0);
    const struct inherited_wish wish = {.path = place_path("a"), .name = "statgate", .unnamed = 1};
    CLAIM(2, inherited_take_datagram(&inherited, &wish) == FIRST + 2);
    CLAIM(3, inherited_take_datagram(&inherited, &wish) == -1);
    inherited_done(&inherited);
    CLAIM(4, !is_open(FIRST) && !is_open(FIRST + 1) && is_open(FIRST + 2));
    return 0;
}

Test(inherit, takes_datagram_sockets_only_and_closes_the_rest) {
    cr_expect(eq(int, in_child(other_types, NULL), 0));
}

static int for_someone_else(void *arg) {
    (void)arg;
    struct inherited inherited;
    const int fds[] = {bound(SOCK_DGRAM, place_path("a"))};
    lay_out(fds, 1, NULL, getppid());
    CLAIM(1, inherited_init(&inherited) == 0 && inherited.count == 0);
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
    CLAIM(1, inherited_init(&inherited) < 0 && inherited.count == 0);
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
    char error[INGRESS_ERROR_MAX];
    int on = 0;
    socklen_t len = sizeof on;
    const int fds[] = {bound(SOCK_DGRAM, place_path("a"))};
    lay_out(fds, 1, NULL, getpid());
    CLAIM(1, inherited_init(&inherited) == 0);
    struct ingress_listen_options options = place_options("/nonexistent/statgate.sock");
    options.inherited = &inherited;
    options.inherit_unnamed = true;
    CLAIM(2, ingress_listen_open(&options, &listener, error));
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

static int not_wanted(void *arg) {
    (void)arg;
    struct inherited inherited;
    struct ingress_listener listener;
    char error[INGRESS_ERROR_MAX];
    const int fds[] = {bound(SOCK_DGRAM, place_path("a")), bound(SOCK_DGRAM, place_path("c"))};
    lay_out(fds, 2, "metrics:unknown", getpid());
    CLAIM(1, inherited_init(&inherited) == 0);
    struct ingress_listen_options options = place_options(place_path("b"));
    options.inherited = &inherited;
    CLAIM(2, ingress_listen_open(&options, &listener, error));
    CLAIM(3, !listener.inherited);
    ingress_listen_close(&listener);
    inherited_done(&inherited);
    return 0;
}

Test(inherit, is_not_needed) {
    cr_expect(eq(int, in_child(not_wanted, NULL), 0));
}
