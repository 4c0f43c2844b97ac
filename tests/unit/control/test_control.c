/* SPDX-License-Identifier: MIT */
/* Which clients are served, how many at a time and for how long, and what happens to the file of
 * the socket. */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "child.h"
#include "commander.h"
#include "host/unix_socket.h"
#include "place.h"

static struct commander commander;

static void setup(void) {
    place_make();
    commander_init(&commander);
}

static void teardown(void) {
    place_remove();
}

TestSuite(control, .init = setup, .fini = teardown);

static void expect_asked(const char *text, const char *answer) {
    cr_expect(eq(str, (char *)commander_ask(&commander, text), (char *)answer));
}

static bool begins(const char *text, const char *beginning) {
    return strncmp(text, beginning, strlen(beginning)) == 0;
}

static bool exists(const char *path) {
    struct stat status;
    return lstat(path, &status) == 0;
}

/* ---- requests ---- */

Test(control, a_command_is_answered_and_the_connection_ends) {
    commander_open(&commander);
    expect_asked("reload\n", "ok done\n");
    expect_asked("forget shop orders a=b\n", "ok done\n");
    cr_expect(eq(int, (int)commander.request.command, CONTROL_FORGET));
    cr_expect(eq(sz, commander.request.label_count, 1));
    cr_expect(eq(sz, commander.commands, 2));
    commander_close(&commander);
}

Test(control, a_request_may_come_in_pieces) {
    commander_open(&commander);
    const int fd = commander_connect(&commander);
    commander_send(fd, "rel");
    commander_turn(&commander);
    commander_turn(&commander);
    cr_expect(eq(sz, commander.commands, 0));
    commander_send(fd, "oad\n");
    cr_expect(eq(str, (char *)commander_answer(&commander, fd), "ok done\n"));
    commander_close(&commander);
}

Test(control, a_line_that_was_cut_is_no_request) {
    commander_open(&commander);
    const int fd = commander_connect(&commander);
    commander_send(fd, "forget shop orders");
    cr_assert(eq(int, shutdown(fd, SHUT_WR), 0));
    cr_expect(begins(commander_answer(&commander, fd), "error malformed "));
    cr_expect(eq(sz, commander.commands, 0));
    commander_close(&commander);
}

Test(control, a_line_without_end_is_refused) {
    char text[CONTROL_LINE_MAX + 100];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    commander_open(&commander);
    const int fd = commander_connect(&commander);
    commander_send(fd, text);
    cr_expect(begins(commander_answer(&commander, fd), "error malformed "));
    cr_expect(eq(sz, commander.commands, 0));
    commander_close(&commander);
}

Test(control, who_says_nothing_is_turned_away) {
    commander.options.timeout_ms = 20;
    commander_open(&commander);
    const int fd = commander_connect(&commander);
    cr_expect(begins(commander_answer(&commander, fd), "error timeout "));
    commander_close(&commander);
}

Test(control, an_answer_may_take_longer_than_a_request) {
    commander.options.timeout_ms = 20;
    commander.answers = false;
    commander_open(&commander);
    const int fd = commander_connect(&commander);
    commander_send(fd, "reload\n");
    commander_wait(&commander, 1);
    for (int i = 0; i < 10; i++)
        commander_turn(&commander); /* 10 ms each */
    control_answer_ok(commander.pending, "late");
    cr_expect(eq(str, (char *)commander_answer(&commander, fd), "ok late\n"));
    commander_close(&commander);
}

/* ---- the path ---- */

static unsigned bound;
static char lost[256];

static void on_bound(void *arg) {
    (void)arg;
    bound++;
}

static void on_lost(void *arg, const char *why) {
    const size_t len = strlen(lost);
    (void)arg;
    (void)snprintf(lost + len, sizeof lost - len, "%s.", why);
}

static void open_watched(void) {
    bound = 0;
    lost[0] = '\0';
    commander.options.look_ms = 1;
    commander.options.bound = on_bound;
    commander.options.lost = on_lost;
    commander_open(&commander);
}

static void turn_until_bound(unsigned times) {
    while (bound < times)
        commander_turn(&commander);
}

Test(control, a_path_that_was_removed_is_bound_again) {
    open_watched();
    const int fd = control_socket(commander.control).fd;
    for (unsigned times = 1; times <= 3; times++) {
        cr_assert(eq(int, unlink(commander.options.path), 0));
        turn_until_bound(times);
        expect_asked("reload\n", "ok done\n");
        cr_expect(eq(int, control_socket(commander.control).fd, fd));
    }
    cr_expect(eq(str, lost, ""));
    commander_close(&commander);
    cr_expect(not(exists(commander.options.path)));
}

Test(control, what_is_in_its_place_stays_and_is_said_once) {
    open_watched();
    cr_assert(eq(int, rename(commander.options.path, place_path("away")), 0));
    cr_assert(eq(int, mkdir(commander.options.path, 0700), 0));
    for (int i = 0; i < 10; i++)
        commander_turn(&commander);
    cr_expect(eq(str, lost, "something other than a socket is at this path."));
    cr_assert(eq(int, rmdir(commander.options.path), 0));
    cr_assert(eq(int, rename(place_path("away"), commander.options.path), 0));
    for (int i = 0; i < 3; i++)
        commander_turn(&commander);
    cr_expect(eq(u32, bound, 0), "it came back");
    expect_asked("reload\n", "ok done\n");
    commander_close(&commander);
}

/* ---- clients ---- */

Test(control, eight_are_served_at_a_time) {
    int fds[CONTROL_CLIENTS_MAX];
    struct control_answer *answers[CONTROL_CLIENTS_MAX];
    commander.answers = false;
    commander_open(&commander);
    for (size_t i = 0; i < CONTROL_CLIENTS_MAX; i++) {
        fds[i] = commander_connect(&commander);
        commander_send(fds[i], "reload\n");
        commander_wait(&commander, i + 1);
        answers[i] = commander.pending;
    }
    const int fd = commander_connect(&commander); /* it says nothing, so that nothing is lost */
    cr_expect(begins(commander_answer(&commander, fd), "error busy "));
    control_answer_ok(answers[0], "one");
    cr_expect(eq(str, (char *)commander_answer(&commander, fds[0]), "ok one\n"));
    commander.answers = true;
    expect_asked("reload\n", "ok done\n");
    commander_close(&commander);
    for (size_t i = 1; i < CONTROL_CLIENTS_MAX; i++) {
        control_answer_ok(answers[i], "too late");
        close(fds[i]);
    }
}

Test(control, the_end_of_the_socket_leaves_answers_to_their_owners) {
    commander.answers = false;
    commander_open(&commander);
    const int fd = commander_connect(&commander);
    commander_send(fd, "reload\n");
    commander_wait(&commander, 1);
    commander_close(&commander);
    control_answer_line(commander.pending, "nobody reads it");
    control_answer_ok(commander.pending, "nor this");
    char byte;
    cr_expect(le(i64, recv(fd, &byte, 1, 0), 0));
    close(fd);
}

Test(control, a_client_that_goes_away_is_no_harm) {
    commander.answers = false;
    commander_open(&commander);
    const int fd = commander_connect(&commander);
    commander_send(fd, "reload\n");
    commander_wait(&commander, 1);
    close(fd);
    commander_turn(&commander);
    control_answer_ok(commander.pending, "done");
    commander.answers = true;
    expect_asked("reload\n", "ok done\n");
    commander_close(&commander);
}

static int ask_as_stranger(void *arg) {
    const char *path = arg;
    CLAIM(1, setgid(65534) == 0 && setuid(65534) == 0);
    const int fd = unix_socket_connect(path, SOCK_STREAM);
    CLAIM(2, fd >= 0);
    CLAIM(3, send(fd, "reload\n", 7, MSG_NOSIGNAL) == 7);
    return 0;
}

Test(control, strangers_are_told_that_they_may_not) {
    if (geteuid() != 0)
        cr_skip("needs root");
    commander_open(&commander);
    cr_expect(eq(int, in_child(ask_as_stranger, (void *)commander.options.path), 2),
              "the file's mode keeps them out");
    cr_assert(eq(int, chmod(place_folder, 0755), 0));
    cr_assert(eq(int, chmod(commander.options.path, 0777), 0));
    cr_expect(eq(int, in_child(ask_as_stranger, (void *)commander.options.path), 0));
    for (int i = 0; i < 5; i++)
        commander_turn(&commander);
    cr_expect(eq(sz, commander.commands, 0));
    cr_assert(eq(int, chmod(place_folder, 0700), 0));
    commander_close(&commander);
}

Test(control, root_may_ask_a_daemon_of_another_user) {
    if (geteuid() != 0)
        cr_skip("needs root");
    commander.options.uid = 65534;
    commander_open(&commander);
    expect_asked("reload\n", "ok done\n");
    commander_close(&commander);
}

/* ---- the file ---- */

Test(control, the_file_is_its_owners_alone_and_goes_with_the_socket) {
    struct stat status;
    commander_open(&commander);
    cr_assert(eq(int, lstat(commander.options.path, &status), 0));
    cr_expect(eq(int, (int)(status.st_mode & S_IFMT), S_IFSOCK));
    cr_expect(eq(int, (int)(status.st_mode & 07777), 0600));
    commander_close(&commander);
    cr_expect(not(exists(commander.options.path)));
}

static void expect_refused(const char *why) {
    struct error error = {0};
    cr_expect(
        eq(ptr, control_open(memory_heap(), &commander.loop, &commander.options, &error), NULL));
    cr_expect(ne(ptr, strstr(error.text, why), NULL), "%s", error.text);
    cr_expect(begins(error.text, "--control: /"));
}

Test(control, a_live_one_is_not_replaced_a_stale_one_is) {
    struct commander other = commander;
    commander_init(&other);
    other.options.path = commander.options.path;
    commander_open(&commander);
    struct error error = {0};
    cr_expect(eq(ptr, control_open(memory_heap(), &other.loop, &other.options, &error), NULL));
    cr_expect(ne(ptr, strstr(error.text, "another process listens"), NULL), "%s", error.text);
    commander_close(&other);
    expect_asked("reload\n", "ok done\n");
    control_leave(commander.control); /* as after a kill, its file stays */
    commander_close(&commander);
    cr_assert(exists(commander.options.path));

    commander_init(&commander);
    commander_open(&commander);
    expect_asked("reload\n", "ok done\n");
    commander_close(&commander);
}

Test(control, what_is_no_socket_is_not_replaced) {
    FILE *file = fopen(commander.options.path, "w");
    cr_assert(ne(ptr, file, NULL));
    (void)fclose(file);
    expect_refused("something other than a socket");
    cr_expect(exists(commander.options.path));
    cr_assert(eq(int, unlink(commander.options.path), 0));
    commander.control = NULL;
    commander_close(&commander);
}

Test(control, a_missing_folder_is_named) {
    commander.options.path = "/nonexistent/s.control";
    expect_refused("No such file");
    commander.control = NULL;
    commander_close(&commander);
}

/* ---- from process to process ---- */

Test(control, the_next_process_goes_on_with_the_socket) {
    commander_open(&commander);
    struct unix_listener kept = control_socket(commander.control);
    kept.fd = dup(kept.fd);
    const int fd = commander_connect(&commander); /* nobody has accepted it yet */
    commander_send(fd, "reload\n");
    control_leave(commander.control);
    struct commander next;
    commander_init(&next);
    next.options.path = commander.options.path;
    next.options.kept = &kept;
    next.options.kept_count = 1;
    commander_open(&next);
    cr_expect(eq(int, kept.fd, -1));
    commander_close(&commander);
    cr_expect(eq(str, (char *)commander_answer(&next, fd), "ok done\n"));
    cr_expect(eq(sz, commander.commands, 0));
    commander_close(&next);
    cr_expect(not(exists(commander.options.path)));
}

Test(control, who_has_not_asked_is_told_to_ask_again) {
    commander_open(&commander);
    const int fd = commander_connect(&commander);
    commander_send(fd, "rel");
    commander_turn(&commander);
    commander_turn(&commander);
    control_leave(commander.control);
    cr_expect(begins(commander_answer(&commander, fd), "error busy another daemon"));
    cr_assert(eq(int, unlink(commander.options.path), 0));
    commander_close(&commander);
}

Test(control, a_kept_socket_of_another_path_is_left_to_the_caller) {
    struct unix_listener kept = {.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    const char *elsewhere = place_path("old.control");
    cr_assert(eq(ptr, (void *)host_unix_listener_bind(kept.fd, elsewhere, 0600, &kept.file), NULL));
    commander.options.kept = &kept;
    commander.options.kept_count = 1;
    commander_open(&commander);
    cr_expect(ge(int, kept.fd, 0));
    expect_asked("reload\n", "ok done\n");
    commander_close(&commander);
    close(kept.fd);
    cr_assert(eq(int, unlink(elsewhere), 0));
}
