/* SPDX-License-Identifier: MIT */
#include "assertions.h"
#include "files.h"
#include "fixture.h"

#include <sys/wait.h>

static struct statgate sg;

TestSuite(client_connect, .init = fixture_init, .fini = fixture_done);

Test(client_connect, needs_no_daemon) {
    cr_expect(not(statgate_open(&sg, fixture_path("s"))));
    cr_expect(statgate_observe(&sg, "n", 1, NULL), "it waits");
    cr_expect(eq(u64, statgate_lost(&sg), 0));
    statgate_close(&sg);
    cr_expect(eq(u64, statgate_lost(&sg), 1));
}

Test(client_connect, delivers_what_waited_for_the_daemon) {
    struct tallies tallies = {.count = 0};
    statgate_open(&sg, fixture_path("s"));
    for (int i = 1; i <= 10; i++) {
        statgate_observe(&sg, "n", i, NULL);
    }
    int receiver = receiver_bind(fixture_path("s"));
    fake.now_ns += 100 * MS;
    statgate_observe(&sg, "n", 11, NULL);
    cr_expect(eq(sz, tallies_take(&tallies, receiver, 2), 1));
    cr_expect(eq(u64, tallies.of[0].received, 11));
    statgate_close(&sg);
    close(receiver);
}

/* It looks every 50 ms, however long the daemon was away. */
Test(client_connect, finds_a_new_daemon_within_50_ms) {
    statgate_open(&sg, fixture_path("s"));
    statgate_observe(&sg, "n", 1, NULL);
    for (int i = 0; i < 100; i++) {
        int receiver = receiver_bind(fixture_path("s"));
        fake.now_ns += 50 * MS - 1;
        statgate_observe(&sg, "n", i + 2, NULL);
        cr_assert(receiver_take(receiver) == NULL, "pause %d is too short", i);
        close(receiver);
        unlink(fixture_path("s"));
        fake.now_ns += 1;
        statgate_observe(&sg, "n", i + 2, NULL);
    }
    int receiver = receiver_bind(fixture_path("s"));
    cr_expect(statgate_flush(&sg), "flush does not wait for the pause");
    cr_expect(receiver_take(receiver) != NULL);
    statgate_close(&sg);
    close(receiver);
}

/* The first send after a restart notices it, connects and delivers, so nothing is lost. */
Test(client_connect, follows_a_daemon_that_closed_and_bound_again) {
    struct tallies tallies = {.count = 0};
    double next = 1;
    int receiver = receiver_bind(fixture_path("s"));
    statgate_open(&sg, fixture_path("s"));
    for (int restart = 0; restart < 5; restart++) {
        statgate_observe(&sg, "n", next++, NULL);
        cr_expect(eq(sz, tallies_take(&tallies, receiver, 2), 1));
        close(receiver);
        unlink(fixture_path("s"));
        receiver = receiver_bind(fixture_path("s"));
    }
    statgate_observe(&sg, "n", next++, NULL);
    cr_expect(eq(sz, tallies_take(&tallies, receiver, 2), 1));
    cr_expect(eq(sz, tallies.count, 1), "the numbering goes on");
    cr_expect(eq(u64, tallies.of[0].received, (uint64_t)next - 1));
    statgate_close(&sg);
    close(receiver);
}

Test(client_connect, follows_a_socket_that_was_renamed_over) {
    struct tallies tallies = {.count = 0};
    int old = receiver_bind(fixture_path("s"));
    statgate_open(&sg, fixture_path("s"));
    statgate_observe(&sg, "n", 1, NULL);
    int new = receiver_bind_over(fixture_path("s"));
    statgate_observe(&sg, "n", 2, NULL); /* the old daemon still drains its queue */
    cr_expect(eq(sz, tallies_take(&tallies, old, SIZE_MAX), 2));
    close(old);
    statgate_observe(&sg, "n", 3, NULL);
    cr_expect(eq(sz, tallies_take(&tallies, new, SIZE_MAX), 1));
    cr_expect(eq(u64, tallies.of[0].received, 3));
    statgate_close(&sg);
    close(new);
}

Test(client_connect, keeps_what_came_while_the_daemon_was_away) {
    struct tallies tallies = {.count = 0};
    int receiver = receiver_bind(fixture_path("s"));
    statgate_open(&sg, fixture_path("s"));
    statgate_observe(&sg, "n", 1, NULL);
    tallies_take(&tallies, receiver, SIZE_MAX);
    close(receiver);
    uint64_t sends = fake.sends;
    for (int i = 2; i <= 101; i++) {
        statgate_observe(&sg, "n", i, NULL);
    }
    cr_expect(le(u64, fake.sends, sends + 2), "no send for each sample");
    unlink(fixture_path("s"));
    receiver = receiver_bind(fixture_path("s"));
    fake.now_ns += 100 * MS;
    statgate_observe(&sg, "n", 102, NULL);
    tallies_settle(&tallies, receiver, &sg);
    cr_expect(eq(u64, tallies.of[0].received, 102));
    cr_expect(eq(u64, tallies.of[0].lost, 0));
    statgate_close(&sg);
    close(receiver);
}

Test(client_connect, goes_where_the_environment_says) {
    int receiver = receiver_bind(fixture_path("env.sock"));
    int other = receiver_bind(fake_system_socket);
    setenv("STATGATE_SOCKET", fixture_path("env.sock"), 1);
    cr_expect(statgate_open(&sg, NULL));
    statgate_observe(&sg, "n", 1, NULL);
    cr_expect(receiver_take(receiver) != NULL);
    statgate_close(&sg);
    close(receiver);
    cr_expect(not(statgate_open(&sg, NULL)), "there and nowhere else");
    statgate_close(&sg);
    setenv("STATGATE_SOCKET", "", 1);
    cr_expect(statgate_open(&sg, NULL), "empty is as good as not set");
    statgate_close(&sg);
    close(other);
}

/* Each connect tries the places in their order. */
Test(client_connect, tries_the_default_places_in_order) {
    char folder[108];
    char tmp_socket[108];
    int len = snprintf(folder, sizeof folder, "%s/statgate-%u", fake_tmp_folder, geteuid());
    cr_assert(len > 0 && (size_t)len < sizeof folder);
    snprintf(tmp_socket, sizeof tmp_socket, "%.90s/statgate.sock", folder);
    mkdir(folder, 0700);
    setenv("XDG_RUNTIME_DIR", fixture_folder, 1);
    statgate_open(&sg, NULL);

    int in_tmp = receiver_bind(tmp_socket);
    statgate_observe(&sg, "n", 1, NULL);
    cr_expect(receiver_take(in_tmp) != NULL);
    int in_xdg = receiver_bind(fixture_path("statgate.sock"));
    int in_system = receiver_bind(fake_system_socket);
    statgate_observe(&sg, "n", 1, NULL);
    cr_expect(receiver_take(in_tmp) != NULL, "a connection that works is kept");

    close(in_tmp);
    unlink(tmp_socket);
    in_tmp = receiver_bind(tmp_socket);
    statgate_observe(&sg, "n", 1, NULL);
    cr_expect(receiver_take(in_system) != NULL, "the first place comes first");
    close(in_system);
    statgate_observe(&sg, "n", 1, NULL);
    cr_expect(receiver_take(in_xdg) != NULL, "then the second");
    close(in_xdg);
    statgate_observe(&sg, "n", 1, NULL);
    cr_expect(receiver_take(in_tmp) != NULL, "then the third");
    statgate_close(&sg);
    close(in_tmp);
}

/* Anyone may create names in /tmp. */
Test(client_connect, distrusts_a_tmp_folder_that_others_control) {
    char folder[108];
    char real[108];
    char tmp_socket[108];
    int len = snprintf(folder, sizeof folder, "%s/statgate-%u", fake_tmp_folder, geteuid());
    cr_assert(len > 0 && (size_t)len < sizeof folder);
    snprintf(real, sizeof real, "%.90s.real", folder);
    snprintf(tmp_socket, sizeof tmp_socket, "%.90s/statgate.sock", folder);
    mkdir(folder, 0700);
    int receiver = receiver_bind(tmp_socket);

    cr_expect(statgate_open(&sg, NULL));
    statgate_close(&sg);
    chmod(folder, 0770);
    cr_expect(not(statgate_open(&sg, NULL)), "writable by the group");
    statgate_close(&sg);
    chmod(folder, 0700);
    rename(folder, real);
    cr_assert(eq(int, symlink(real, folder), 0));
    cr_expect(not(statgate_open(&sg, NULL)), "a link");
    statgate_close(&sg);
    unlink(folder);
    rename(real, folder);
    if (geteuid() == 0) {
        cr_assert(eq(int, chown(folder, 12345, 12345), 0));
        cr_expect(not(statgate_open(&sg, NULL)), "another user's");
        statgate_close(&sg);
    }
    close(receiver);
}

/* A program that opens its handle first and changes its folder afterwards, as daemons do. */
Test(client_connect, a_relative_path_is_from_the_folder_of_the_open) {
    cr_assert(eq(int, chdir(fixture_folder), 0));
    int receiver = receiver_bind(fixture_path("s"));
    statgate_open(&sg, "s");
    cr_assert(eq(int, chdir("/"), 0));
    close(receiver);
    unlink(fixture_path("s"));
    statgate_count(&sg, "n_total", 1, NULL);
    receiver = receiver_bind(fixture_path("s"));
    cr_expect(statgate_flush(&sg));
    cr_expect(eq(str, receiver_take_plain(receiver), (char *)"n_total:1|c"));
    statgate_close(&sg);
    close(receiver);
}

/* A handle that went out of scope without a close: its memory holds something else by now. */
Test(client_connect, begins_again_where_another_handle_was_left_open) {
    int receiver = receiver_bind(fixture_path("s"));
    statgate_open(&sg, fixture_path("s"));
    close(sg.fd);
    memset(&sg, 0x5a, sizeof sg);
    cr_expect(statgate_open(&sg, fixture_path("s")));
    cr_expect(statgate_count(&sg, "n_total", 1, NULL));
    cr_expect(eq(str, receiver_take_plain(receiver), (char *)"n_total:1|c"));
    statgate_close(&sg);
    close(receiver);
}

Test(client_connect, survives_a_path_that_no_socket_can_have) {
    static char path[sizeof sg + 100];
    memset(path, 'x', sizeof path - 1);
    cr_expect(not(statgate_open(&sg, path)));
    cr_expect(eq(str, sg.path, ""));
    statgate_observe(&sg, "n", 1, NULL);
    cr_expect(not(statgate_flush(&sg)));
    statgate_close(&sg);
    cr_expect(not(statgate_open(&sg, "/dev/null")), "no socket at all");
    cr_expect(statgate_observe(&sg, "n", 1, NULL));
    statgate_close(&sg);
    cr_expect(eq(u64, statgate_lost(&sg), 1));
}

Test(client_connect, survives_that_its_descriptor_is_closed) {
    struct tallies tallies = {.count = 0};
    int receiver = receiver_bind(fixture_path("s"));
    statgate_open(&sg, fixture_path("s"));
    close(sg.fd);
    statgate_observe(&sg, "n", 1, NULL);
    cr_expect(eq(sz, tallies_take(&tallies, receiver, 2), 1));
    statgate_close(&sg);
    close(receiver);
}

Test(client_connect, leaves_no_descriptor_behind) {
    size_t before = open_descriptors();
    for (int i = 0; i < 50; i++) {
        int receiver = receiver_bind(fixture_path("s"));
        statgate_open(&sg, fixture_path("s"));
        statgate_observe(&sg, "n", 1, NULL);
        close(receiver);
        statgate_observe(&sg, "n", 1, NULL);
        fake.now_ns += 100 * MS;
        statgate_observe(&sg, "n", 1, NULL);
        statgate_close(&sg);
        unlink(fixture_path("s"));
    }
    cr_expect(eq(sz, open_descriptors(), before));
}

/* A handle that nobody opened must not write to descriptor 0. */
Test(client_connect, does_nothing_on_a_zeroed_handle) {
    static struct statgate zeroed;
    cr_expect(not(statgate_count(&zeroed, "n", 1, NULL)));
    cr_expect(statgate_flush(&zeroed));
    statgate_close(&zeroed);
    cr_expect(eq(u64, statgate_lost(&zeroed), 1));
    cr_expect(eq(u64, fake.sends, 0));
}
