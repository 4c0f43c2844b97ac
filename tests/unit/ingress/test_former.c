/* SPDX-License-Identifier: MIT */
/* Replaced sockets: still read, and no more of them than there is room for. */
#include "ingress/ingress.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "assertions.h"
#include "listening.h"
#include "recorder.h"

TestSuite(former, .init = recorder_start, .fini = recorder_end, .timeout = 300);

static struct ingress_listen_options plain(const char *path) {
    struct ingress_listen_options options = place_options(path);
    options.deep_queue = false;
    return options;
}

static void listen_plain(const char *path, gate_scope scope) {
    const struct ingress_listen_options options = plain(path);
    struct ingress_listener listener;
    struct error error;
    cr_assert(ingress_listen_open(&options, &listener, &error), "%s", error.text);
    cr_assert(eq(int, ingress_add(recorder.ingress, &listener, scope), 0));
}

/* Remove the path of the first socket and bind it again. */
static void replace_first(void) {
    struct ingress_view view;
    struct ingress_listener listener;
    struct error error;
    ingress_at(recorder.ingress, 0, &view);
    const struct ingress_listen_options options = plain(view.listener->path);
    cr_assert(eq(int, unlink(view.listener->path), 0));
    cr_assert(ingress_listen_again(&options, view.listener, &listener, &error), "%s", error.text);
    cr_assert(eq(int, ingress_replace(recorder.ingress, 0, &listener), 0));
}

Test(former, leaves_when_there_are_too_many_and_loses_nothing) {
    int senders[INGRESS_FORMER_MAX + 3];
    const size_t count = sizeof senders / sizeof senders[0];
    listen_plain(place_path("s"), 0);
    const size_t descriptors = open_descriptors();
    for (size_t i = 0; i < count; i++) {
        senders[i] = sender_open(place_path("s"));
        sender_put(senders[i], "queued");
        replace_first();
    }
    /* Those that have to go take no more, but what they have is read first. */
    for (size_t i = 0; i < count; i++) {
        const bool gone = i < count - INGRESS_FORMER_MAX;
        const ssize_t sent = send(senders[i], "more", 4, MSG_NOSIGNAL);
        cr_expect(eq(int, (int)sent, gone ? -1 : 4), "sender %zu: %s", i, strerror(errno));
    }
    recorder_run(&recorder, count + INGRESS_FORMER_MAX);
    while (ingress_count(recorder.ingress) > 1 + INGRESS_FORMER_MAX)
        (void)uv_run(&recorder.loop, UV_RUN_NOWAIT);
    while (open_descriptors() > descriptors + count + INGRESS_FORMER_MAX)
        (void)uv_run(&recorder.loop, UV_RUN_NOWAIT);
    cr_expect(eq(sz, recorder.count, count + INGRESS_FORMER_MAX));
    cr_expect(eq(u64, recorder_figures(&recorder).datagrams, count + INGRESS_FORMER_MAX),
              "figures of closed sockets count on");
    cr_expect(eq(int, (int)send(senders[0], "x", 1, MSG_NOSIGNAL), -1));
    cr_expect(eq(int, errno, ECONNREFUSED));
    /* Nothing that is closed keeps a mark from being passed. */
    const uint64_t mark = ingress_mark(recorder.ingress);
    while (ingress_passed(recorder.ingress) < mark)
        (void)ingress_catch_up(recorder.ingress);
    for (size_t i = 0; i < count; i++)
        close(senders[i]);
}
