/* SPDX-License-Identifier: MIT */
/* Where `send` looks for the daemon, and what it prints if there is none. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "assertions.h"
#include "run.h"
#include "statgate/send/send.h"

static struct run run;

static void setup(void) {
    run_init(&run);
    run.cli.host.uid = geteuid();
}

static void teardown(void) {
    run_done(&run);
}

TestSuite(statgate_places, .init = setup, .fini = teardown);

static int listen_at(const char *name, int type) {
    return run_listen(&run, name, type);
}

/* The folder in place of /tmp/statgate-UID. */
static const char *tmp_folder(void) {
    char name[32];
    (void)snprintf(name, sizeof name, "statgate-%u", geteuid());
    return run_path(&run, name);
}

static void expect_sent_to(const char *name) {
    char expected[256];
    cr_expect(eq(int, RUN(&run, "send", "a:1|c"), CLI_OK), "%s", run_err(&run));
    (void)snprintf(expected, sizeof expected, "sent 1 line (1 sample) in 1 datagram to %s\n",
                   run_path(&run, name));
    cr_expect(eq(str, (char *)(uintptr_t)run_out(&run), expected));
}

Test(statgate_places, the_first_that_answers_is_taken) {
    run_variable(&run, "XDG_RUNTIME_DIR=%s", run.folder);
    char name[64];
    (void)snprintf(name, sizeof name, "statgate-%u/statgate.sock", geteuid());
    cr_assert(eq(int, mkdir(tmp_folder(), 0700), 0));
    const int last = listen_at(name, SOCK_DGRAM);
    expect_sent_to(name);
    const int second = listen_at("statgate.sock", SOCK_DGRAM);
    expect_sent_to("statgate.sock");
    const int first = listen_at("system.sock", SOCK_DGRAM);
    expect_sent_to("system.sock");
    (void)close(first); /* its file stays, as after a crash */
    expect_sent_to("statgate.sock");
    (void)close(second);
    (void)close(last);
}

Test(statgate_places, an_empty_variable_is_none) {
    run_variable(&run, "STATGATE_SOCKET=");
    const int first = listen_at("system.sock", SOCK_DGRAM);
    expect_sent_to("system.sock");
    (void)close(first);
}

Test(statgate_places, every_place_that_was_tried_is_reported_with_its_reason) {
    run_variable(&run, "XDG_RUNTIME_DIR=%s", run.folder);
    const int stream = listen_at("statgate.sock", SOCK_STREAM);
    run_file(&run, "system.sock", "");
    cr_assert(eq(int, mkdir(tmp_folder(), 0700), 0));
    cr_assert(eq(int, chmod(tmp_folder(), 0777), 0));
    cr_expect(eq(int, RUN(&run, "send", "a:1|c"), CLI_FAILURE));
    char expected[2048];
    (void)snprintf(expected, sizeof expected,
                   "statgate send: no statgated takes datagrams here:\n"
                   "  %s/system.sock: not a socket\n"
                   "  %s/statgate.sock: not a datagram socket, so not statgated's\n"
                   "  %s/statgate-%u/statgate.sock: not trusted: its folder must belong to "
                   "the sender or root, and nobody else may write to it\n"
                   "Is statgated running? Start it, or name its socket: --socket PATH or "
                   "STATGATE_SOCKET=PATH.\n",
                   run.folder, run.folder, run.folder, geteuid());
    cr_expect(eq(str, (char *)(uintptr_t)run_err(&run), expected));
    (void)close(stream);
}

Test(statgate_places, a_link_in_place_of_the_folder_is_not_trusted) {
    char target[RUN_PATH_MAX];
    (void)snprintf(target, sizeof target, "%s/elsewhere", run.folder);
    cr_assert(eq(int, mkdir(target, 0700), 0));
    cr_assert(eq(int, symlink(target, tmp_folder()), 0));
    const int fd = listen_at("elsewhere/statgate.sock", SOCK_DGRAM);
    cr_expect(eq(int, RUN(&run, "send", "a:1|c"), CLI_FAILURE));
    cr_expect(has(run_err(&run), "not trusted"));
    (void)close(fd);
}

Test(statgate_places, a_path_that_no_socket_can_have_is_reported) {
    char path[200];
    (void)snprintf(path, sizeof path, "/%0150d", 0);
    cr_expect(eq(int, RUN(&run, "send", "--socket", path, "a:1|c"), CLI_FAILURE));
    cr_expect(has(run_err(&run), "at most 107 bytes"));
}

/* Send to a socket of root and this group, as somebody who is in neither. Returns the socket. */
static int send_denied(gid_t group) {
    const int fd = run_listen_denied(&run, "system.sock", group);
    cr_expect(eq(int, RUN(&run, "send", "a:1|c"), CLI_FAILURE));
    return fd;
}

Test(statgate_places, a_denied_socket_names_the_group_to_join) {
    const int fd = send_denied(2);
    cr_expect(has(run_err(&run), "system.sock: permission denied: the group bin may send (mode "
                                 "0660); join it: sudo usermod -aG bin nobody, then log in again"),
              "%s", run_err(&run));
    cr_expect(not(has(run_err(&run), "Is statgated running?")));
    (void)close(fd);
}

Test(statgate_places, nobody_is_sent_into_the_group_of_root) {
    const int fd = send_denied(0);
    cr_expect(has(run_err(&run), "system.sock: permission denied: only root may send (mode 0660); "
                                 "start statgated with --socket-group GROUP, and add the user "
                                 "nobody to that group"),
              "%s", run_err(&run));
    (void)close(fd);
}
