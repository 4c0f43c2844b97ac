/* SPDX-License-Identifier: MIT */
/* The watch over the paths of sockets. */
#include "ingress/ingress.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "assertions.h"
#include "listening.h"
#include "recorder.h"

static struct path_watch *watch;
static char said[4096]; /* what the hooks received, a line each */

static void say(const char *what, const char *text) {
    const size_t len = strlen(said);
    (void)snprintf(said + len, sizeof said - len, "%s %s\n", what, text);
}

static void on_bound(void *arg, const struct ingress_listener *listener) {
    (void)arg;
    say("bound", strrchr(listener->path, '/') + 1);
}

static void on_lost(void *arg, const char *why) {
    (void)arg;
    say("lost", strstr(why, ": ") + 2);
}

static void on_found(void *arg, const struct ingress_listener *listener) {
    (void)arg;
    say("found", strrchr(listener->path, '/') + 1);
}

static uint64_t played_ms; /* UINT64_MAX: the loop's time */

static uint64_t on_now(void *arg) {
    (void)arg;
    return played_ms < UINT64_MAX ? played_ms : uv_now(&recorder.loop);
}

static void setup(void) {
    const struct path_watch_hooks hooks = {
        .bound = on_bound, .lost = on_lost, .found = on_found, .now_ms = on_now};
    played_ms = UINT64_MAX;
    recorder_start();
    cr_assert(eq(int, ingress_path_watch_new(&recorder.loop, recorder.ingress, &hooks, &watch), 0));
}

static void teardown(void) {
    ingress_path_watch_close(watch);
    recorder_end();
}

TestSuite(path_watch, .init = setup, .fini = teardown, .timeout = 300);

static void listen_and_watch(const char *path) {
    static char kept[4][INGRESS_PATH_MAX]; /* options are borrowed */
    static size_t next;
    (void)snprintf(kept[next], sizeof kept[next], "%s", path);
    struct ingress_listen_options options = place_options(kept[next++]);
    struct ingress_listener listener;
    struct error error;
    options.deep_queue = false;
    cr_assert(ingress_listen_open(&options, &listener, &error), "%s", error.text);
    cr_assert(eq(int, ingress_add(recorder.ingress, &listener, 0), 0));
    ingress_path_watch_add(watch, ingress_count(recorder.ingress) - 1, &options);
}

/* Turn the loop until the hooks received this much in all; the time-out ends a vain wait. */
static void expect_said(const char *text) {
    while (strlen(said) < strlen(text))
        (void)uv_run(&recorder.loop, UV_RUN_NOWAIT);
    cr_assert(eq(str, said, (char *)text));
}

/* So many looks happen, by the clock of the loop. */
static void turn_for(unsigned looks) {
    uv_update_time(&recorder.loop);
    const uint64_t end_ms = uv_now(&recorder.loop) + (uint64_t)looks * PATH_WATCH_MS + 1;
    while (uv_now(&recorder.loop) < end_ms)
        (void)uv_run(&recorder.loop, UV_RUN_NOWAIT);
}

Test(path_watch, tells_once_why_it_cannot_and_goes_on_trying) {
    listen_and_watch(place_path("a"));
    (void)unlink(place_path("a"));
    close(open(place_path("a"), O_CREAT | O_WRONLY, 0600));
    const char *why =
        "lost exists and is not a socket; remove it, or set another path (--socket)\n";
    expect_said(why);
    turn_for(3);
    expect_said(why);
    cr_expect(
        ne(ptr, strstr(ingress_path_watch_trouble(watch), "exists and is not a socket"), NULL));
    (void)unlink(place_path("a"));
    while (ingress_path_watch_trouble(watch))
        (void)uv_run(&recorder.loop, UV_RUN_NOWAIT);
    cr_expect(eq(u64, ingress_path_watch_rebinds(watch), 1));
}

/* Something else in the way each time, so that each try has something new to say. */
static int block(const char *path, bool socket_there) {
    (void)remove(path);
    if (!socket_there) {
        cr_assert(eq(int, mkdir(path, 0700), 0));
        return -1;
    }
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    const int other = socket(AF_UNIX, SOCK_STREAM, 0);
    cr_assert(eq(int, bind(other, (const struct sockaddr *)&address, sizeof address), 0));
    cr_assert(eq(int, listen(other, 1), 0));
    return other;
}

Test(path_watch, waits_longer_after_each_try_that_fails) {
    static const uint64_t waits_ms[] = {250, 500, 1000, 2000, 4000, 5000, 5000};
    listen_and_watch(place_path("a"));
    played_ms = 1000000;
    (void)block(place_path("a"), false);
    while (said[0] == '\0')
        (void)uv_run(&recorder.loop, UV_RUN_NOWAIT);
    for (size_t i = 0; i < sizeof waits_ms / sizeof waits_ms[0]; i++) {
        const size_t len = strlen(said);
        const int other = block(place_path("a"), i % 2 == 0);
        played_ms += waits_ms[i] - 1;
        turn_for(1);
        cr_assert(eq(sz, strlen(said), len), "try %zu comes too early", i + 2);
        played_ms++;
        while (strlen(said) == len)
            (void)uv_run(&recorder.loop, UV_RUN_NOWAIT);
        if (other >= 0)
            close(other);
    }
    /* Once it is ours the next loss is mended at once. */
    (void)remove(place_path("a"));
    played_ms += PATH_WATCH_RETRY_MAX_MS;
    while (ingress_path_watch_rebinds(watch) < 1)
        (void)uv_run(&recorder.loop, UV_RUN_NOWAIT);
    (void)unlink(place_path("a"));
    while (ingress_path_watch_rebinds(watch) < 2)
        (void)uv_run(&recorder.loop, UV_RUN_NOWAIT);
}

Test(path_watch, one_that_cannot_be_bound_keeps_no_other_from_it) {
    listen_and_watch(place_path("a"));
    listen_and_watch(place_path("b"));
    (void)unlink(place_path("a"));
    cr_assert(eq(int, mkdir(place_path("a"), 0700), 0));
    (void)unlink(place_path("b"));
    while (ingress_path_watch_rebinds(watch) == 0)
        (void)uv_run(&recorder.loop, UV_RUN_NOWAIT);
    close(sender_open(place_path("b")));
    cr_expect(ne(ptr, strstr(ingress_path_watch_trouble(watch), "/a: exists"), NULL));
}

Test(path_watch, takes_its_own_socket_that_comes_back) {
    listen_and_watch(place_path("a"));
    cr_assert(eq(int, rename(place_path("a"), place_path("aside")), 0));
    cr_assert(eq(int, mkdir(place_path("a"), 0700), 0));
    const char *why =
        "lost exists and is not a socket; remove it, or set another path (--socket)\n";
    expect_said(why);
    cr_assert(eq(int, rmdir(place_path("a")), 0));
    cr_assert(eq(int, rename(place_path("aside"), place_path("a")), 0));
    while (ingress_path_watch_trouble(watch))
        (void)uv_run(&recorder.loop, UV_RUN_NOWAIT);
    cr_expect(eq(int, strncmp(said, why, strlen(why)), 0));
    /* By chance it may have been bound again in between; then the one that came back is a former
     * one, which is as good. */
    turn_for(2);
    cr_expect(le(u64, ingress_path_watch_rebinds(watch), 1));
    close(sender_open(place_path("a")));
}

Test(path_watch, an_inherited_socket_may_be_seen_by_others_only) {
    static char path[INGRESS_PATH_MAX];
    struct ingress_listener listener = {
        .fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), .inherited = true, .lock = -1};
    (void)snprintf(path, sizeof path, "%s", place_path("elsewhere/a"));
    (void)snprintf(listener.path, sizeof listener.path, "%s", path);
    struct ingress_listen_options options = place_options(path);
    options.deep_queue = false;
    cr_assert(eq(int, ingress_add(recorder.ingress, &listener, 0), 0));
    ingress_path_watch_add(watch, 0, &options);
    while (said[0] == '\0')
        (void)uv_run(&recorder.loop, UV_RUN_NOWAIT);
    cr_expect(ne(ptr, strstr(said, "there is no folder"), NULL), "%s", said);
    cr_expect(eq(ptr, (void *)ingress_path_watch_trouble(watch), NULL));
    /* Once it can be there, it is ours, and looked after as any other. */
    cr_assert(eq(int, mkdir(place_path("elsewhere"), 0700), 0));
    while (ingress_path_watch_rebinds(watch) == 0)
        (void)uv_run(&recorder.loop, UV_RUN_NOWAIT);
    (void)unlink(path);
    cr_assert(eq(int, mkdir(path, 0700), 0));
    while (!ingress_path_watch_trouble(watch))
        (void)uv_run(&recorder.loop, UV_RUN_NOWAIT);
}

Test(path_watch, binds_nothing_while_it_is_held) {
    listen_and_watch(place_path("a"));
    (void)unlink(place_path("a"));
    (void)uv_run(&recorder.loop, UV_RUN_NOWAIT); /* the first look starts the thread */
    ingress_path_watch_hold(watch, true);
    expect_said("bound a\n"); /* without a further turn */
    const struct ingress_listen_options other = place_options(place_path("a"));
    (void)unlink(other.path);
    const uint64_t end_ms = uv_hrtime() / 1000000 + 600; /* two looks */
    while (uv_hrtime() / 1000000 < end_ms)
        (void)uv_run(&recorder.loop, UV_RUN_NOWAIT);
    cr_expect(ne(int, access(other.path, F_OK), 0));
    ingress_path_watch_hold(watch, false);
    expect_said("bound a\nbound a\n");
}

Test(path_watch, may_end_while_it_binds) {
    listen_and_watch(place_path("a"));
    (void)unlink(place_path("a"));
    (void)uv_run(&recorder.loop, UV_RUN_NOWAIT); /* the first look starts the thread */
}
