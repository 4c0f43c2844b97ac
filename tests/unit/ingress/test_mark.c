/* SPDX-License-Identifier: MIT */
/* Marks: first the rule alone, then with real sockets, one of which is always full. */
#include "ingress/ingress_private.h"

#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "assertions.h"
#include "listening.h"
#include "recorder.h"

TestSuite(mark, .timeout = 300);

Test(mark, is_passed_at_once_without_queues) {
    struct marks marks = {0};
    const uint64_t mark = ingress_marks_set(&marks);
    cr_expect(eq(u64, mark, 1));
    cr_expect(ge(u64, ingress_marks_settle(&marks), mark));
    cr_expect(eq(u64, ingress_marks_set(&marks), 2));
}

Test(mark, is_passed_by_an_empty_queue) {
    struct marks marks = {0};
    struct mark_queue queue = {0};
    ingress_marks_join(&marks, &queue, 10);
    const uint64_t mark = ingress_marks_set(&marks);
    cr_expect(lt(u64, ingress_marks_settle(&marks), mark));
    ingress_marks_received(&marks, &queue, 1, true);
    cr_expect(eq(u64, ingress_marks_settle(&marks), mark));
}

Test(mark, is_passed_when_as_many_came_as_a_queue_holds) {
    struct marks marks = {0};
    struct mark_queue queue = {0};
    ingress_marks_join(&marks, &queue, 10);
    const uint64_t mark = ingress_marks_set(&marks);
    ingress_marks_received(&marks, &queue, 9, false);
    cr_expect(lt(u64, ingress_marks_settle(&marks), mark));
    ingress_marks_received(&marks, &queue, 1, false);
    cr_expect(eq(u64, ingress_marks_settle(&marks), mark));
}

Test(mark, waits_for_the_last_queue) {
    struct marks marks = {0};
    struct mark_queue queues[3] = {0};
    for (size_t i = 0; i < 3; i++)
        ingress_marks_join(&marks, &queues[i], 10);
    const uint64_t mark = ingress_marks_set(&marks);
    ingress_marks_received(&marks, &queues[0], 0, true);
    ingress_marks_received(&marks, &queues[0], 0, true);
    ingress_marks_received(&marks, &queues[1], 64, false);
    cr_expect(lt(u64, ingress_marks_settle(&marks), mark));
    ingress_marks_received(&marks, &queues[2], 0, true);
    cr_expect(eq(u64, ingress_marks_settle(&marks), mark));
}

Test(mark, set_under_way_is_another) {
    struct marks marks = {0};
    struct mark_queue queues[2] = {0};
    ingress_marks_join(&marks, &queues[0], 10);
    ingress_marks_join(&marks, &queues[1], 10);
    const uint64_t first = ingress_marks_set(&marks);
    ingress_marks_received(&marks, &queues[0], 0, true);
    const uint64_t second = ingress_marks_set(&marks);
    cr_expect(eq(u64, second, first + 1));
    cr_expect(eq(u64, ingress_marks_set(&marks), second));
    ingress_marks_received(&marks, &queues[1], 0, true);
    cr_expect(eq(u64, ingress_marks_settle(&marks), first));
    ingress_marks_received(&marks, &queues[1], 0, true);
    cr_expect(eq(u64, ingress_marks_settle(&marks), first)); /* what the first had is not known */
    ingress_marks_received(&marks, &queues[0], 0, true);
    cr_expect(eq(u64, ingress_marks_settle(&marks), second));
    cr_expect(eq(u64, ingress_marks_set(&marks), second + 1));
}

Test(mark, waits_for_a_queue_that_comes_later) {
    struct marks marks = {0};
    struct mark_queue queues[2] = {0};
    ingress_marks_join(&marks, &queues[0], 10);
    const uint64_t mark = ingress_marks_set(&marks);
    ingress_marks_join(&marks, &queues[1], 10);
    ingress_marks_received(&marks, &queues[0], 0, true);
    cr_expect(lt(u64, ingress_marks_settle(&marks), mark));
    ingress_marks_received(&marks, &queues[1], 0, true);
    cr_expect(eq(u64, ingress_marks_settle(&marks), mark));
}

/* ---- sockets ---- */

TestSuite(ingress_mark, .init = recorder_start, .fini = recorder_end, .timeout = 300);

static bool has(const char *text) {
    for (size_t i = 0; i < recorder.count; i++)
        if (strcmp(recorder.records[i].text, text) == 0)
            return true;
    return false;
}

/* A process that keeps the queue full until it is killed. */
static pid_t flooding_child(const char *path) {
    const pid_t child = fork();
    cr_assert(child >= 0);
    if (child == 0) {
        alarm(300);
        for (const int fd = sender_open(path);;)
            (void)send(fd, "flood", 5, 0);
    }
    return child;
}

Test(ingress_mark, is_passed_when_idle_sockets_were_looked_at) {
    recorder_listen(&recorder, place_path("a"), 0);
    recorder_listen(&recorder, place_path("b"), 1);
    const uint64_t mark = ingress_mark(recorder.ingress);
    cr_expect(lt(u64, ingress_passed(recorder.ingress), mark));
    (void)ingress_catch_up(recorder.ingress);
    cr_expect(eq(u64, ingress_passed(recorder.ingress), mark));
}

Test(ingress_mark, waits_for_the_rest_of_a_batch) {
    recorder_listen(&recorder, place_path("s"), 0);
    const int sender = sender_open(place_path("s"));
    for (int i = 0; i < 3; i++)
        sender_put(sender, "x");
    recorder.most_per_call = 1;
    const uint64_t mark = ingress_mark(recorder.ingress);
    while (ingress_passed(recorder.ingress) < mark) {
        cr_expect(lt(sz, recorder.count, 3));
        (void)uv_run(&recorder.loop, UV_RUN_NOWAIT);
    }
    cr_expect(eq(sz, recorder.count, 3));
    close(sender);
}

/* The queue is never empty; yet what was in it is read, and known to be read. */
Test(ingress_mark, is_passed_under_a_flood) {
    recorder_listen(&recorder, place_path("quiet"), 0);
    recorder_listen(&recorder, place_path("flooded"), 0);
    recorder.work_ns = 1000; /* slower than the sender */
    const pid_t flood = flooding_child(place_path("flooded"));
    recorder_run(&recorder, 100);
    const int sender = sender_open(place_path("flooded"));
    while (send(sender, "last word", 9, 0) < 0)
        (void)uv_run(&recorder.loop, UV_RUN_NOWAIT);
    const uint64_t mark = ingress_mark(recorder.ingress);
    cr_expect(not(has("last word")));
    while (ingress_passed(recorder.ingress) < mark) {
        cr_assert(lt(sz, recorder.count, (size_t)4 * INGRESS_QUEUE_WANTED));
        (void)ingress_catch_up(recorder.ingress);
        (void)uv_run(&recorder.loop, UV_RUN_NOWAIT);
    }
    cr_expect(has("last word"));
    cr_expect(eq(int, kill(flood, SIGKILL), 0));
    cr_expect(eq(int, waitpid(flood, NULL, 0), flood));
    close(sender);
}

/* However a batch is cut, what it left behind is before the mark. */
Test(ingress_mark, waits_for_all_of_many_large_datagrams) {
    static char large[16384];
    memset(large, 'x', sizeof large - 1);
    recorder_listen(&recorder, place_path("s"), 0);
    int senders[20]; /* a send buffer each */
    for (size_t i = 0; i < 20; i++) {
        senders[i] = sender_open(place_path("s"));
        for (int j = 0; j < 5; j++)
            sender_put(senders[i], large);
    }
    sender_put(senders[0], "last word");
    const uint64_t mark = ingress_mark(recorder.ingress);
    while (ingress_passed(recorder.ingress) < mark)
        (void)uv_run(&recorder.loop, UV_RUN_NOWAIT);
    cr_expect(has("last word"));
    for (size_t i = 0; i < 20; i++)
        close(senders[i]);
}

/* Only the maker of the socket knows the depth of its queue; here it is a guess. */
Test(ingress_mark, waits_longer_for_an_inherited_queue) {
    struct ingress_listener listener = place_listen_deep(place_path("s"), INGRESS_QUEUE_WANTED);
    listener.inherited = true;
    listener.queue_source = QUEUE_INHERITED;
    listener.queue_depth = 10;
    cr_assert(eq(int, ingress_add(recorder.ingress, &listener, 0), 0));
    const int sender = sender_open(place_path("s"));
    for (int i = 0; i < 200; i++)
        sender_put(sender, "x");
    recorder.most_per_call = 64;
    const uint64_t mark = ingress_mark(recorder.ingress);
    while (recorder.count < 128)
        (void)uv_run(&recorder.loop, UV_RUN_NOWAIT);
    cr_expect(lt(u64, ingress_passed(recorder.ingress), mark));
    while (ingress_passed(recorder.ingress) < mark)
        (void)ingress_catch_up(recorder.ingress);
    cr_expect(eq(sz, recorder.count, 200));
    close(sender);
    (void)unlink(place_path("s"));
}
