/* SPDX-License-Identifier: MIT */
/* The end: whatever the kernel accepted is applied, and nothing is left behind. */
#include "ingress/ingress.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "assertions.h"
#include "listening.h"
#include "recorder.h"

TestSuite(ending, .init = recorder_start, .fini = recorder_end, .timeout = 300);

Test(ending, applies_what_is_queued) {
    bool empty = false;
    recorder_listen(&recorder, place_path("a"), 0);
    recorder_listen(&recorder, place_path("b"), 1);
    const int senders[] = {sender_open(place_path("a")), sender_open(place_path("b"))};
    for (int i = 0; i < 400; i++)
        sender_put(senders[i % 2], "x");
    recorder.most_per_call = 7;
    cr_expect(eq(sz, ingress_drain(recorder.ingress, 10000, &empty), 400));
    cr_expect(empty);
    cr_expect(eq(sz, recorder.count, 400));
    cr_expect(eq(int, access(place_path("a"), F_OK), -1));
    cr_expect(eq(int, access(place_path("b"), F_OK), -1));
    close(senders[0]);
    close(senders[1]);
}

Test(ending, applies_the_rest_of_a_batch_first) {
    bool empty = false;
    recorder_listen(&recorder, place_path("s"), 0);
    const int sender = sender_open(place_path("s"));
    for (int i = 0; i < 100; i++) {
        char text[16];
        (void)snprintf(text, sizeof text, "%d", i);
        sender_put(sender, text);
    }
    recorder.most_per_call = 5;
    recorder.work_ns = INGRESS_TURN_NS;
    recorder_run(&recorder, 5);
    cr_expect(lt(sz, recorder.count, 64));
    recorder.work_ns = 0;
    (void)ingress_drain(recorder.ingress, 10000, &empty);
    cr_assert(eq(sz, recorder.count, 100));
    for (int i = 0; i < 100; i++)
        cr_expect(eq(long, strtol(recorder.records[i].text, NULL, 10), (long)i));
    close(sender);
}

Test(ending, stops_when_its_time_is_over) {
    bool empty = true;
    recorder_listen(&recorder, place_path("s"), 0);
    const int sender = sender_open(place_path("s"));
    for (int i = 0; i < 100; i++)
        sender_put(sender, "x");
    recorder.most_per_call = 1;
    recorder.work_ns = 2000000;
    const size_t done = ingress_drain(recorder.ingress, 20, &empty);
    cr_expect(not(empty));
    cr_expect(lt(sz, done, 100));
    close(sender);
}

struct flood {
    int fd;
    atomic_bool started;
    size_t accepted;
    int last_error;
};

static void *send_until_refused(void *arg) {
    struct flood *flood = arg;
    for (;;) {
        if (send(flood->fd, "x", 1, MSG_DONTWAIT) == 1) {
            flood->accepted++;
            flood->started = true;
        } else if (errno != EAGAIN) {
            flood->last_error = errno;
            return NULL;
        }
    }
}

/* A sender that keeps sending learns for every datagram whether it counts. */
Test(ending, loses_nothing_that_was_accepted) {
    bool empty = false;
    pthread_t thread;
    struct flood flood = {0};
    recorder_listen(&recorder, place_path("s"), 0);
    flood.fd = sender_open(place_path("s"));
    cr_assert(eq(int, pthread_create(&thread, NULL, send_until_refused, &flood), 0));
    while (!flood.started)
        continue;
    (void)ingress_drain(recorder.ingress, 10000, &empty);
    cr_assert(eq(int, pthread_join(thread, NULL), 0));
    cr_expect(empty);
    cr_expect(eq(int, flood.last_error, EPIPE));
    cr_expect(eq(sz, recorder.count, flood.accepted));
    close(flood.fd);
}

Test(ending, leaves_an_inherited_socket_to_its_next_reader) {
    bool empty = false;
    struct ingress_listener listener = place_listen_deep(place_path("s"), 512);
    listener.inherited = true;
    const int kept = dup(listener.fd);
    cr_assert(eq(int, ingress_add(recorder.ingress, &listener, 0), 0));
    const int sender = sender_open(place_path("s"));
    for (int i = 0; i < 100; i++)
        sender_put(sender, "x");
    cr_expect(eq(sz, ingress_drain(recorder.ingress, 10000, &empty), 100));
    cr_expect(empty);
    sender_put(sender, "later");
    char text[8];
    cr_expect(eq(int, (int)recv(kept, text, sizeof text, MSG_DONTWAIT), 5));
    cr_expect(eq(int, access(place_path("s"), F_OK), 0));
    close(kept);
    close(sender);
}

/* ---- close ---- */

Test(ending, closes_all_it_opened) {
    struct recorder other;
    const size_t before = open_descriptors();
    recorder_init(&other);
    recorder_listen(&other, place_path("a"), 0);
    recorder_listen(&other, place_path("b"), 1);
    const int sender = sender_open(place_path("a"));
    for (int i = 0; i < 100; i++)
        sender_put(sender, "x");
    other.most_per_call = 1;
    recorder_run(&other, 3);
    recorder_done(&other);
    close(sender);
    cr_expect(eq(sz, open_descriptors(), before));
    cr_expect(eq(int, access(place_path("a"), F_OK), -1));
    cr_expect(eq(int, access(place_path("b"), F_OK), -1));
}
