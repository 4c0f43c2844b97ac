/* SPDX-License-Identifier: MIT */
/* The handle's descriptor, in a program that closes unknown descriptors and reuses numbers. Such a
 * program is a child, since it closes what the test needs. */
#include "assertions.h"
#include "child.h"
#include "fixture.h"

#include <sys/resource.h>

static struct statgate sg;
static int receiver = -1;

static void open_receiver(void) {
    fixture_init();
    receiver = receiver_bind(fixture_path("s"));
}

static void close_receiver(void) {
    statgate_close(&sg);
    close(receiver);
    fixture_done();
}

TestSuite(client_descriptor, .init = open_receiver, .fini = close_receiver);

static void limit_descriptors(rlim_t limit) {
    struct rlimit is;
    cr_assert(eq(int, getrlimit(RLIMIT_NOFILE, &is), 0));
    is.rlim_cur = limit;
    cr_assert(eq(int, setrlimit(RLIMIT_NOFILE, &is), 0));
}

Test(client_descriptor, keeps_out_of_the_low_numbers) {
    static const struct {
        rlim_t limit;
        int at_least;
    } cases[] = {{1024, 512}, {513, 512}, {512, 256}, {100, 64}, {40, 32}, {30, 3}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        limit_descriptors(cases[i].limit);
        cr_expect(statgate_open(&sg, fixture_path("s")));
        cr_expect(ge(int, sg.fd, cases[i].at_least), "case %zu", i);
        cr_expect(eq(int, fcntl(sg.fd, F_GETFD), FD_CLOEXEC));
        cr_expect(statgate_count(&sg, "n", 1, NULL));
        cr_expect(receiver_take(receiver) != NULL);
        statgate_close(&sg);
    }
}

/* Does what daemons do at their start: closes all descriptors, and opens its own. */
static int closes_and_talks_to_its_peer(void *arg) {
    const int *type = arg;
    int pair[2];
    char got[100];
    if (!statgate_open(&sg, fixture_path("s")) || !statgate_count(&sg, "n", 1, NULL)) {
        return 1;
    }
    int number = sg.fd;
    closefrom(3);
    if (socketpair(AF_UNIX, *type, 0, pair) != 0 || dup2(pair[0], number) != number) {
        return 2;
    }
    fake.now_ns += MS;
    for (int i = 0; i < 100; i++) {
        if (!statgate_count(&sg, "n", 1, NULL)) {
            return 3;
        }
    }
    if (recv(pair[1], got, sizeof got, MSG_DONTWAIT) >= 0) {
        return 4;
    }
    statgate_close(&sg);
    return fcntl(number, F_GETFD) >= 0 && statgate_lost(&sg) < 100 ? 0 : 5;
}

Test(client_descriptor, sends_nothing_to_what_took_its_number) {
    static int types[] = {SOCK_DGRAM, SOCK_STREAM, SOCK_SEQPACKET};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        cr_assert(eq(int, in_child(closes_and_talks_to_its_peer, &types[i]), 0), "case %zu", i);
        int datagrams = 0;
        while (receiver_take(receiver) != NULL) {
            datagrams++;
        }
        cr_expect(lt(int, 1, datagrams), "it goes on with a socket of its own");
    }
}

/* The daemon of its own socket is away. The socket that took the number must not be connected to
 * another daemon. */
static int closes_while_the_daemon_is_away(void *arg) {
    (void)arg;
    struct sockaddr_un peer;
    socklen_t len = sizeof peer;
    statgate_open(&sg, fixture_path("later"));
    statgate_count(&sg, "n", 1, NULL);
    int number = sg.fd;
    close(number);
    int own = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (own != number && dup2(own, number) != number) {
        return 1;
    }
    int later = receiver_bind(fixture_path("later"));
    statgate_flush(&sg);
    if (getpeername(number, (struct sockaddr *)&peer, &len) == 0) {
        return 2;
    }
    return receiver_take(later) != NULL ? 0 : 3;
}

Test(client_descriptor, connects_nothing_that_took_its_number) {
    cr_assert(eq(int, in_child(closes_while_the_daemon_is_away, NULL), 0));
}

/* The number is free or belongs to a file. The next sample notices that by itself, however soon it
 * comes. */
static int closes_and_opens_a_file(void *arg) {
    const bool *with_file = arg;
    statgate_open(&sg, fixture_path("s"));
    statgate_count(&sg, "n", 1, NULL);
    int number = sg.fd;
    char written;
    closefrom(3);
    int file = open(fixture_path("file"), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (file < 0 || (*with_file && dup2(file, number) != number)) {
        return 1;
    }
    statgate_count(&sg, "n", 1, NULL);
    return sg.delivered == 2 && pread(file, &written, 1, 0) == 0 ? 0 : 2;
}

Test(client_descriptor, notices_at_once_what_is_no_socket) {
    bool with_file[] = {false, true};
    cr_assert(eq(int, in_child(closes_and_opens_a_file, &with_file[0]), 0));
    cr_assert(eq(int, in_child(closes_and_opens_a_file, &with_file[1]), 0));
}
