/* SPDX-License-Identifier: MIT */
/* Sockets that an earlier process made and kept: what a kill leaves, taken by the next one. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "assertions.h"
#include "host/unix_socket.h"
#include "ingress/ingress.h"
#include "listening.h"
#include "recorder.h"

static struct inherited_socket passed[8];
static struct inherited inherited;
static char names[8][INGRESS_NAME_MAX];

static void setup(void) {
    recorder_start();
    inherited = (struct inherited){.sockets = passed};
}

static void teardown(void) {
    for (size_t i = 0; i < inherited.count; i++)
        if (passed[i].fd >= 0)
            close(passed[i].fd);
    recorder_end();
}

TestSuite(kept, .init = setup, .fini = teardown, .timeout = 300);

/* What the next process is passed. */
static void pass(int fd, const char *name) {
    const size_t at = inherited.count++;
    cr_assert(fd >= 0);
    (void)snprintf(names[at], sizeof names[at], "%s", name);
    passed[at] = (struct inherited_socket){.fd = fd, .name = names[at]};
}

static struct ingress_listen_options plain(const char *path) {
    struct ingress_listen_options options = place_options(path);
    options.deep_queue = false;
    options.inherited = &inherited;
    return options;
}

static struct ingress_listener open_listener(const char *path) {
    const struct ingress_listen_options options = plain(path);
    struct ingress_listener listener;
    struct error error;
    cr_assert(ingress_listen_open(&options, &listener, &error), "%s", error.text);
    return listener;
}

/* Leaves a listener as after a kill of its process: its socket was kept. */
static void kill_with(struct ingress_listener *listener, uint32_t number) {
    char name[INGRESS_NAME_MAX];
    listener->number = number;
    cr_assert(ingress_listen_name(listener, name));
    pass(listener->fd, name);
    if (listener->lock >= 0)
        close(listener->lock);
}

static ino_t inode_of(const char *path) {
    struct stat status;
    cr_assert(eq(int, lstat(path, &status), 0));
    return status.st_ino;
}

Test(kept, keeps_path_inode_depth_and_what_waits) {
    struct ingress_listener before = place_listen(place_path("s"));
    const int sender = sender_open(place_path("s"));
    const ino_t inode = inode_of(place_path("s"));
    const int off = 0;
    int on = 0;
    socklen_t len = sizeof on;
    sender_put(sender, "waits");
    cr_assert(eq(int, setsockopt(before.fd, SOL_SOCKET, SO_PASSCRED, &off, sizeof off), 0));
    kill_with(&before, 7);
    struct ingress_listener after = open_listener(place_path("s"));
    cr_expect(after.kept && !after.inherited && !after.shut);
    cr_expect(eq(int, after.fd, before.fd));
    cr_expect(eq(u32, after.number, 7));
    cr_expect(eq(u32, after.queue_depth, before.queue_depth));
    cr_expect(eq(str, (char *)ingress_queue_source_text(after.queue_source), "kept"));
    cr_expect(ingress_listen_in_place(&after));
    cr_expect(eq(u64, inode_of(place_path("s")), inode));
    cr_expect(eq(int, host_path_lock_take(place_path("s")), -EWOULDBLOCK));
    cr_expect(eq(int, getsockopt(after.fd, SOL_SOCKET, SO_PASSCRED, &on, &len), 0));
    cr_expect(eq(int, on, 1));
    cr_assert(eq(int, ingress_add(recorder.ingress, &after, 3), 0));
    sender_put(sender, "is sent");
    recorder_run(&recorder, 2);
    cr_expect(eq(str, recorder.records[0].text, "waits"));
    cr_expect(eq(i32, recorder.records[1].origin.pid, getpid()));
    bool empty;
    (void)ingress_drain(recorder.ingress, 100, &empty);
    cr_expect(ne(int, access(place_path("s"), F_OK), 0), "its name goes with it");
    close(sender);
}

Test(kept, has_the_mode_of_now) {
    struct stat status;
    struct ingress_listener before = open_listener(place_path("s"));
    kill_with(&before, 0);
    struct ingress_listen_options options = plain(place_path("s"));
    struct ingress_listener after;
    struct error error;
    options.mode = 0600;
    cr_assert(ingress_listen_open(&options, &after, &error), "%s", error.text);
    cr_expect(eq(int, lstat(place_path("s"), &status), 0));
    cr_expect(eq(int, status.st_mode & 07777, 0600));
    ingress_listen_close(&after);
}

/* The path leads to the second of three. */
Test(kept, takes_the_one_at_the_path_and_reads_the_others) {
    struct ingress_listener before[3];
    struct ingress_listen_options options = plain(place_path("s"));
    int senders[3];
    for (uint32_t i = 0; i < 3; i++) {
        (void)unlink(place_path("s"));
        (void)unlink(place_path("s.lock"));
        before[i] = open_listener(place_path("s"));
        senders[i] = sender_open(place_path("s"));
        if (i == 1)
            cr_assert(eq(int, rename(place_path("s"), place_path("second")), 0));
    }
    cr_assert(eq(int, rename(place_path("second"), place_path("s")), 0));
    kill_with(&before[1], 1);
    kill_with(&before[0], 0);
    kill_with(&before[2], 2);
    struct ingress_listener listener = open_listener(place_path("s"));
    cr_expect(eq(u32, listener.number, 1));
    cr_assert(eq(int, ingress_add(recorder.ingress, &listener, 3), 0));
    cr_assert(ingress_listen_former(&options, &listener));
    cr_expect(eq(int, listener.lock, -1));
    cr_assert(eq(int, ingress_add_former(recorder.ingress, &listener, 3), 0));
    cr_assert(ingress_listen_former(&options, &listener));
    cr_assert(eq(int, ingress_add_former(recorder.ingress, &listener, 3), 0));
    cr_assert(not(ingress_listen_former(&options, &listener)));
    for (size_t i = 0; i < 3; i++) {
        struct ingress_view view;
        ingress_at(recorder.ingress, i, &view);
        cr_expect(eq(int, view.former, i > 0));
        sender_put(senders[i], "to one of them");
        close(senders[i]);
    }
    recorder_run(&recorder, 3);
}

static uint32_t bound;

static void on_bound(void *arg, const struct ingress_listener *listener) {
    (void)arg;
    (void)listener;
    bound++;
}

/* When a former socket is closed, those behind it in the list move up. */
Test(kept, keeps_former_ones_behind_all_others) {
    const struct path_watch_hooks hooks = {.bound = on_bound};
    const struct ingress_listen_options options = plain(place_path("c"));
    struct path_watch *watch;
    struct ingress_listener listener = open_listener(place_path("a"));
    cr_assert(eq(int, ingress_add(recorder.ingress, &listener, 0), 0));
    listener = open_listener(place_path("b"));
    cr_assert(eq(int, ingress_add_former(recorder.ingress, &listener, 0), 0));
    listener = open_listener(place_path("c"));
    cr_assert(eq(int, ingress_add(recorder.ingress, &listener, 1), 0));
    cr_expect(eq(str, (char *)recorder_view(&recorder, 1).listener->path, (char *)place_path("c")));
    cr_expect(recorder_view(&recorder, 2).former);
    bound = 0;
    cr_assert(eq(int, ingress_path_watch_new(&recorder.loop, recorder.ingress, &hooks, &watch), 0));
    ingress_path_watch_add(watch, ingress_count(recorder.ingress) - 1, &options);
    cr_assert(eq(int, unlink(place_path("c")), 0));
    while (bound == 0)
        (void)uv_run(&recorder.loop, UV_RUN_NOWAIT);
    cr_expect(eq(int, access(place_path("c"), F_OK), 0));
    ingress_path_watch_close(watch);
}

/* One of the manager's has the path; one that we made when it was lost is read on. */
Test(kept, comes_after_what_the_manager_passes) {
    struct ingress_listen_options options = plain(place_path("s"));
    struct ingress_listener before = open_listener(place_path("s"));
    struct ingress_listener unit = open_listener(place_path("unit"));
    kill_with(&before, 0);
    pass(unit.fd, "statgate.socket");
    struct ingress_listener listener = open_listener(place_path("s"));
    cr_expect(listener.inherited && !listener.kept);
    ingress_listen_close(&listener);
    cr_expect(ingress_listen_former(&options, &listener));
    cr_expect(listener.kept);
    ingress_listen_close(&listener);
    host_path_lock_release(unit.path, unit.lock);
}

Test(kept, takes_nothing_else) {
    static const char *const wrong[] = {"statgate-socket-",
                                        "statgate-socket-1-2",
                                        "statgate-socket-1-2-other",
                                        "statgate-socket--2-statgate",
                                        "statgate-socket-1x-2-statgate",
                                        "statgate-socket-1-99999999999-statgate"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct ingress_listener before = open_listener(place_path("s"));
        pass(before.fd, wrong[i]);
        close(before.lock);
        cr_assert(eq(int, unlink(place_path("s")), 0));
        struct ingress_listener after = open_listener(place_path("s"));
        cr_expect(not(after.kept), "%s", wrong[i]);
        ingress_listen_close(&after);
    }
    pass(memfd_create("m", MFD_CLOEXEC), "statgate-socket-1-2-statgate");
    pass(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), "statgate-socket-1-2-statgate");
    struct ingress_listener after = open_listener(place_path("s"));
    cr_expect(not(after.kept));
    ingress_listen_close(&after);
}

/* ---- a path that goes to another service ---- */

Test(kept, takes_what_is_at_its_path_under_any_name) {
    struct ingress_listener before = open_listener(place_path("s"));
    const ino_t inode = inode_of(place_path("s"));
    char name[INGRESS_NAME_MAX];
    struct ingress_listen_options options = plain(place_path("s"));
    struct ingress_listener after;
    struct error error;
    kill_with(&before, 3);
    options.name = "other";
    options.bind_now = true;
    cr_assert(ingress_listen_open(&options, &after, &error), "%s", error.text);
    cr_expect(after.kept);
    cr_expect(eq(u64, inode_of(place_path("s")), inode));
    cr_assert(ingress_listen_name(&after, name));
    cr_expect(eq(str, name, names[0]), "the manager has it under this name");
    ingress_listen_close(&after);
}

Test(kept, leaves_what_is_at_the_path_of_another_one) {
    struct ingress_listener before = open_listener(place_path("s"));
    struct ingress_listen_options options = plain(place_path("new"));
    const char *const paths[] = {options.path, before.path};
    struct ingress_listener after;
    struct error error;
    kill_with(&before, 3);
    options.paths = paths;
    options.path_count = 2;
    cr_assert(ingress_listen_open(&options, &after, &error), "%s", error.text);
    cr_expect(not(after.kept));
    ingress_listen_close(&after);
}

/* ---- what is to be kept ---- */

struct {
    char opened[512]; /* names, a space behind each */
    char closed[512];
} said;

static void add_name(char *text, const struct ingress_listener *listener) {
    char name[INGRESS_NAME_MAX];
    const size_t len = strlen(text);
    cr_assert(ingress_listen_name(listener, name));
    char *depth = strchr(name + strlen(INHERITED_SOCKET), '-');
    (void)snprintf(text + len, sizeof said.opened - len, "%.*s ", (int)(depth - name), name);
    cr_expect(ge(int, listener->fd, 0));
}

static void on_opened(void *arg, const struct ingress_listener *listener) {
    cr_assert(arg == &said);
    add_name(said.opened, listener);
}

static void on_closed(void *arg, const struct ingress_listener *listener) {
    cr_assert(arg == &said);
    add_name(said.closed, listener);
}

static void listen_again(const char *path) {
    const struct ingress_listen_options options = plain(path);
    struct ingress_view view;
    struct ingress_listener again;
    struct error error;
    ingress_at(recorder.ingress, 0, &view);
    cr_assert(eq(int, unlink(path), 0));
    cr_assert(ingress_listen_again(&options, view.listener, &again, &error), "%s", error.text);
    cr_assert(eq(int, ingress_replace(recorder.ingress, 0, &again), 0));
}

Test(kept, is_told_of_each_socket) {
    memset(&said, 0, sizeof said);
    recorder_done(&recorder);
    recorder_init_with(&recorder, &(struct ingress_options){
                                      .opened = on_opened, .closed = on_closed, .arg = &said});
    struct ingress_listener listener = open_listener(place_path("s"));
    cr_assert(eq(int, ingress_add(recorder.ingress, &listener, 0), 0));
    cr_expect(eq(str, said.opened, "statgate-socket-0 "));
    listen_again(place_path("s"));
    cr_expect(eq(str, said.opened, "statgate-socket-0 statgate-socket-1 "));
    cr_expect(eq(str, said.closed, ""));
    for (int i = 0; i < INGRESS_FORMER_MAX; i++)
        listen_again(place_path("s"));
    cr_expect(eq(str, said.closed, ""), "what waits in it can be lost until it is closed");
    while (said.closed[0] == '\0')
        (void)uv_run(&recorder.loop, UV_RUN_NOWAIT);
    cr_expect(eq(str, said.closed, "statgate-socket-0 "));
}

/* The process before was killed when it had shut a former socket, or all, but not read to its end.
 */
Test(kept, reads_a_shut_one_to_its_end) {
    struct ingress_listen_options options = plain(place_path("s"));
    struct ingress_listener before = open_listener(place_path("s"));
    const int sender = sender_open(place_path("s"));
    sender_put(sender, "the last");
    cr_assert(eq(int, unlink(place_path("s")), 0));
    cr_assert(eq(int, shutdown(before.fd, SHUT_RD), 0));
    kill_with(&before, 0);
    struct ingress_listener listener = open_listener(place_path("s"));
    cr_expect(not(listener.kept));
    cr_assert(eq(int, ingress_add(recorder.ingress, &listener, 0), 0));
    cr_assert(ingress_listen_former(&options, &listener));
    cr_expect(listener.shut);
    cr_assert(eq(int, ingress_add_former(recorder.ingress, &listener, 0), 0));
    while (ingress_count(recorder.ingress) > 1)
        (void)uv_run(&recorder.loop, UV_RUN_NOWAIT);
    cr_assert(eq(sz, recorder.count, 1));
    cr_expect(eq(str, recorder.records[0].text, "the last"));
    close(sender);
}

/* If asked to, a path is bound at once, so that it can be refused; the socket that was kept for
 * another path becomes a former one. */
Test(kept, one_of_another_path_is_bound_at_once_if_asked_to) {
    struct ingress_listener first = open_listener(place_path("s"));
    struct ingress_listener listener;
    struct ingress_listener former;
    struct error why;
    kill_with(&first, 4);
    struct ingress_listen_options options = plain(place_path("no folder/s"));
    options.bind_now = true;
    cr_expect(not(ingress_listen_open(&options, &listener, &why)));
    options.path = place_path("other");
    cr_assert(ingress_listen_open(&options, &listener, &why), "%s", why.text);
    cr_expect(not(listener.kept));
    cr_expect(eq(u32, listener.number, 5)); /* a name of its own, where both are kept */
    cr_expect(ingress_listen_in_place(&listener));
    cr_assert(ingress_listen_former(&options, &former));
    cr_expect(former.kept);
    cr_expect(eq(u32, former.number, 4));
    ingress_listen_close(&former);
    ingress_listen_close(&listener);
}

/* This process does not start after all: what it was passed stays where it is, what it made goes.
 */
Test(kept, is_given_back) {
    struct ingress_listener first = open_listener(place_path("s"));
    kill_with(&first, 0);
    struct ingress_listener kept = open_listener(place_path("s"));
    struct ingress_listen_options options = plain(place_path("other"));
    options.name = "another";
    struct ingress_listener own;
    struct error why;
    cr_assert(ingress_listen_open(&options, &own, &why), "%s", why.text);
    cr_assert(eq(int, ingress_add(recorder.ingress, &kept, 0), 0));
    cr_assert(eq(int, ingress_add(recorder.ingress, &own, 0), 0));
    ingress_give_back(recorder.ingress);
    recorder_done(&recorder);
    cr_expect(eq(int, access(place_path("s"), F_OK), 0));
    cr_expect(ne(int, access(place_path("other"), F_OK), 0));
    recorder_init(&recorder);
}

Test(kept, a_lock_is_passed_on) {
    char name[INHERITED_NAME_MAX];
    struct ingress_listener first = open_listener(place_path("s"));
    const int lock = fcntl(first.lock, F_DUPFD_CLOEXEC, 0);
    (void)snprintf(name, sizeof name, INHERITED_LOCK "%s", place_path("s"));
    kill_with(&first, 0);
    pass(lock, name);
    struct ingress_listener after = open_listener(place_path("s"));
    cr_expect(eq(int, after.lock, lock));
    cr_expect(eq(int, host_path_lock_take(place_path("s")), -EWOULDBLOCK));
    ingress_listen_close(&after);
    cr_expect(ne(int, access(place_path("s.lock"), F_OK), 0));
}

Test(kept, stays_open_for_the_next_process) {
    struct ingress_listener listener = open_listener(place_path("s"));
    const int stored = fcntl(listener.fd, F_DUPFD_CLOEXEC, 0);
    const int sender = sender_open(place_path("s"));
    bool empty;
    cr_assert(eq(int, ingress_add(recorder.ingress, &listener, 0), 0));
    ingress_leave(recorder.ingress, NULL, NULL);
    (void)ingress_drain(recorder.ingress, 100, &empty);
    recorder_done(&recorder);
    sender_put(sender, "later");
    cr_expect(eq(int, access(place_path("s"), F_OK), 0));
    char text[8];
    cr_expect(eq(int, (int)recv(stored, text, sizeof text, MSG_DONTWAIT), 5));
    close(stored);
    close(sender);
    recorder_init(&recorder);
}
