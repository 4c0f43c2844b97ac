/* SPDX-License-Identifier: MIT */
/* Inputs: streams cut into datagrams, their limits and ends; UDP and what the kernel drops. */
#include "ingress/ingress.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "assertions.h"
#include "base/strbuf.h"
#include "listening.h"
#include "recorder.h"

TestSuite(inputs, .init = recorder_start, .fini = recorder_end, .timeout = 300);

enum { SCOPE = 5 };

/* Of the inputs: views borrow their names. */
static char listen_texts[2][200];

static void open_input(const char *listen, struct unix_listener *kept, size_t kept_count) {
    struct ingress_listener listener;
    struct error error = {0};
    char *text = listen_texts[ingress_count(recorder.ingress)];
    (void)snprintf(text, sizeof listen_texts[0], "%s", listen);
    const struct ingress_input_options options = {.listen = text,
                                                  .place = "--test",
                                                  .mode = 0600,
                                                  .group = INGRESS_GROUP_KEEP,
                                                  .kept = kept,
                                                  .kept_count = kept_count};
    cr_assert(ingress_input_open(&options, &listener, &error), "%s", error.text);
    cr_assert(eq(int, ingress_add(recorder.ingress, &listener, SCOPE), 0));
}

static void open_stream(void) {
    char listen[200];
    (void)snprintf(listen, sizeof listen, "unix-stream:%s", place_path("in"));
    open_input(listen, NULL, 0);
}

static int connect_stream(void) {
    const int fd = unix_socket_connect(place_path("in"), SOCK_STREAM);
    cr_assert(ge(int, fd, 0));
    cr_assert(fcntl(fd, F_SETFL, 0) == 0); /* it blocks */
    return fd;
}

static void put(int fd, const void *bytes, size_t len) {
    cr_assert(eq(long, send(fd, bytes, len, MSG_NOSIGNAL), (long)len));
}

static void put_text(int fd, const char *text) {
    put(fd, text, strlen(text));
}

/* A frame of Datadog's: `len` as its length, before the text. */
static void put_frame(int fd, uint32_t len, const char *text) {
    put(fd, &len, sizeof len);
    put_text(fd, text);
}

static struct ingress_input_figures figures(void) {
    return recorder_view(&recorder, 0).input;
}

static void turn(void) {
    (void)uv_run(&recorder.loop, UV_RUN_NOWAIT);
}

static void run_until_connections(uint64_t count) {
    while (figures().connections != count)
        turn();
}

static const char *text_at(size_t index) {
    cr_assert(gt(sz, recorder.count, index));
    return recorder.records[index].text;
}

Test(inputs, lines_that_came_together_are_one_datagram) {
    open_stream();
    const int fd = connect_stream();
    put_text(fd, "a:1|c\nb:2|c\nc:");
    recorder_run(&recorder, 1);
    cr_expect(eq(str, (char *)text_at(0), "a:1|c\nb:2|c\n"));
    cr_expect(eq(u32, recorder.records[0].origin.scope, SCOPE));
    cr_expect(eq(i32, recorder.records[0].origin.pid, getpid()));
    cr_expect(eq(u32, recorder.records[0].origin.uid, getuid()));
    put_text(fd, "3|c\n");
    recorder_run(&recorder, 2);
    cr_expect(eq(str, (char *)text_at(1), "c:3|c\n"));
    put_text(fd, "d:4|c|@0.1"); /* what was it to be? */
    close(fd);
    run_until_connections(0);
    cr_expect(eq(u64, figures().cut, 1));
    cr_expect(eq(sz, recorder.count, 2));
}

Test(inputs, a_line_with_a_report_is_alone) {
    open_stream();
    const int fd = connect_stream();
    put_text(fd, "a:1|c\nb:1|c\nc:1|c|q:1,1,0\nd:1|c|q:1,2,0\ne:1|c\n");
    recorder_run(&recorder, 4);
    cr_expect(eq(str, (char *)text_at(0), "a:1|c\nb:1|c\n"));
    cr_expect(eq(str, (char *)text_at(1), "c:1|c|q:1,1,0\n"));
    cr_expect(eq(str, (char *)text_at(2), "d:1|c|q:1,2,0\n"));
    cr_expect(eq(str, (char *)text_at(3), "e:1|c\n"));
    close(fd);
}

Test(inputs, frames_are_datagrams_wherever_they_are_cut) {
    open_stream();
    const int fd = connect_stream();
    put_frame(fd, 5, "a:1|c");
    put_frame(fd, 0, "");
    put_frame(fd, 12, "b:1|c\nc:1|c\n");
    recorder_run(&recorder, 2);
    cr_expect(eq(str, (char *)text_at(0), "a:1|c"));
    cr_expect(eq(str, (char *)text_at(1), "b:1|c\nc:1|c\n"));
    const char *piecewise = "\5\0\0\0d:1|c\5\0\0\0e:1|c";
    for (size_t i = 0; i < 18; i++) {
        put(fd, piecewise + i, 1);
        turn();
    }
    recorder_run(&recorder, 4);
    cr_expect(eq(str, (char *)text_at(2), "d:1|c"));
    cr_expect(eq(str, (char *)text_at(3), "e:1|c"));
    put_frame(fd, 6, "f:1|c");
    close(fd);
    run_until_connections(0);
    cr_expect(eq(u64, figures().cut, 1));
    cr_expect(eq(sz, recorder.count, 4));
}

/* Of whatever bytes a frame has, all arrive: the largest one, too. */
Test(inputs, a_frame_may_have_64_kib) {
    enum { MOST = 65536 };
    static char text[MOST + 1];
    open_stream();
    memset(text, 'x', MOST);
    const int fd = connect_stream();
    put_frame(fd, MOST, text);
    put_frame(fd, 5, "a:1|c");
    recorder_run(&recorder, 2);
    cr_expect(eq(sz, recorder.records[0].len, MOST));
    cr_expect(eq(str, (char *)text_at(1), "a:1|c"));
    put_frame(fd, MOST + 1, "x");
    run_until_connections(0);
    cr_expect(eq(u64, figures().closed[INGRESS_STREAM_TOO_LONG], 1));
    close(fd);
    const int lines = connect_stream();
    put(lines, text, MOST); /* a line without an end */
    put_text(lines, "x");
    while (figures().closed[INGRESS_STREAM_TOO_LONG] < 2)
        turn();
    close(lines);
    cr_expect(eq(sz, recorder.count, 2));
}

Test(inputs, the_connection_above_the_most_is_accepted_and_closed) {
    static int fds[INGRESS_STREAMS_MAX + 1];
    char byte;
    host_descriptors_raise();
    open_stream();
    for (size_t i = 0; i < INGRESS_STREAMS_MAX; i++)
        fds[i] = connect_stream();
    run_until_connections(INGRESS_STREAMS_MAX);
    fds[INGRESS_STREAMS_MAX] = connect_stream();
    while (figures().closed[INGRESS_STREAM_TOO_MANY] == 0)
        turn();
    cr_expect(eq(long, recv(fds[INGRESS_STREAMS_MAX], &byte, 1, 0), 0));
    put_text(fds[0], "a:1|c\n"); /* those that are there go on */
    put_text(fds[INGRESS_STREAMS_MAX - 1], "a:1|c\n");
    recorder_run(&recorder, 2);
    close(fds[7]); /* and one that ends makes room */
    run_until_connections(INGRESS_STREAMS_MAX - 1);
    fds[7] = connect_stream();
    put_text(fds[7], "b:1|c\n");
    recorder_run(&recorder, 3);
    for (size_t i = 0; i <= INGRESS_STREAMS_MAX; i++)
        close(fds[i]);
}

/* Where there are few descriptors, three quarters are for others. */
Test(inputs, connections_leave_descriptors_to_others) {
    struct rlimit limit;
    cr_assert(eq(int, getrlimit(RLIMIT_NOFILE, &limit), 0));
    limit.rlim_cur = 64;
    cr_assert(eq(int, setrlimit(RLIMIT_NOFILE, &limit), 0));
    open_stream();
    int fds[17];
    for (size_t i = 0; i < 17; i++)
        fds[i] = connect_stream();
    while (figures().closed[INGRESS_STREAM_TOO_MANY] == 0)
        turn();
    cr_expect(eq(u64, figures().connections, 16));
    for (size_t i = 0; i < 17; i++)
        close(fds[i]);
}

/* Cut frames have a bound together. The one that began first goes, even if a byte comes now and
 * then; the newest can go on. */
Test(inputs, the_oldest_cut_frame_makes_way) {
    enum { EACH = 60000, SENDERS = INGRESS_STREAM_HELD_MAX / EACH + 4 };
    static char text[EACH + 1];
    int fds[SENDERS];
    open_stream();
    memset(text, 'x', EACH);
    const int other = connect_stream();
    for (size_t i = 0; i < SENDERS; i++) {
        fds[i] = connect_stream();
        put_frame(fds[i], 65536, text);
        for (int turns = 0; turns < 12; turns++)
            turn();
        if (figures().closed[INGRESS_STREAM_MEMORY] == 0)
            put(fds[0], "x", 1);
    }
    while (figures().closed[INGRESS_STREAM_MEMORY] == 0)
        turn();
    cr_expect(lt(u64, figures().closed[INGRESS_STREAM_MEMORY], 9));
    char byte;
    cr_expect(eq(long, recv(fds[0], &byte, 1, MSG_DONTWAIT), 0), "the first one is still there");
    cr_expect(eq(long, recv(fds[SENDERS - 1], &byte, 1, MSG_DONTWAIT), -1));
    put_text(other, "a:1|c\n");
    recorder_run(&recorder, 1);
    memset(text, 'y', 65536 - EACH);
    put(fds[SENDERS - 1], text, 65536 - EACH);
    recorder_run(&recorder, 2);
    cr_expect(eq(sz, recorder.records[1].len, 65536));
    for (size_t i = 0; i < SENDERS; i++)
        close(fds[i]);
    close(other);
}

static int by_size(const void *a, const void *b) {
    const size_t left = *(const size_t *)a;
    const size_t right = *(const size_t *)b;
    return (left > right) - (left < right);
}

/* Whoever always has something to read gets as much as the others, counted at any moment. */
Test(inputs, connections_take_turns) {
    enum { SENDERS = 100, EACH = 120000, LINE = 8 };
    static char text[EACH];
    static size_t taken[SENDERS];
    int fds[SENDERS];
    open_stream();
    for (size_t i = 0; i < SENDERS; i++)
        fds[i] = connect_stream();
    run_until_connections(SENDERS);
    for (size_t i = 0; i < SENDERS; i++) {
        for (size_t at = 0; at < EACH; at += LINE)
            (void)memcpy(text + at, (char[LINE + 1]){"000:1|c\n"}, LINE);
        for (size_t at = 0; at < EACH; at += LINE)
            for (size_t digit = 0, n = i; digit < 3; digit++, n /= 10)
                text[at + 2 - digit] = (char)('0' + n % 10);
        put(fds[i], text, EACH);
    }
    recorder_run(&recorder, (size_t)SENDERS * 3); /* each has some left */
    for (size_t i = 0; i < recorder.count; i++)
        taken[strtoul(recorder.records[i].text, NULL, 10)] += recorder.records[i].len;
    qsort(taken, SENDERS, sizeof *taken, by_size);
    const size_t median = taken[SENDERS / 2];
    cr_expect(gt(sz, taken[0], median / 2), "%zu, the median is %zu", taken[0], median);
    cr_expect(lt(sz, taken[SENDERS - 1], median * 2), "%zu, the median is %zu", taken[SENDERS - 1],
              median);
    for (size_t i = 0; i < SENDERS; i++)
        close(fds[i]);
}

static void turns(int count) {
    for (int i = 0; i < count; i++)
        turn();
}

/* Announce a frame of 64 KiB, write `len` bytes of it, and let them be read. Returns the
 * connection. */
static int hold(const char *path, size_t len) {
    static char bytes[65536];
    const uint32_t length = 65536;
    const int fd = unix_socket_connect(path, SOCK_STREAM);
    cr_assert(ge(int, fd, 0));
    put(fd, &length, sizeof length);
    for (size_t sent = 0; sent < len; sent += 8000) {
        put(fd, bytes, len - sent < 8000 ? len - sent : 8000);
        turns(4);
    }
    return fd;
}

/* Two inputs compete for the room, all of it taken. The oldest holder has more frames than a batch
 * takes, so that it is in the middle of its turn, and the one after it needs the room that it left:
 * neither makes way. When that one, now the oldest, needs still more, it goes itself. */
Test(inputs, nobody_makes_way_within_a_turn) {
    enum { LARGE = 63, SMALL = 370 };
    static const uint32_t lengths[2] = {5000, 3};
    static char rest[500 + SMALL * 7];
    int fds[LARGE + 3];
    char listen[200];
    open_stream();
    (void)snprintf(listen, sizeof listen, "unix-stream:%s", place_path("second"));
    open_input(listen, NULL, 0);
    const int first = connect_stream();
    put(first, &lengths[0], sizeof lengths[0]);
    put(first, (char[4500]){0}, 4500);
    turns(20);
    const int second = hold(place_path("second"), 8188);
    for (size_t i = 0; i < LARGE; i++)
        fds[i] = hold(place_path("in"), 65000);
    fds[LARGE] = hold(place_path("in"), 32000);
    fds[LARGE + 1] = hold(place_path("in"), 8000);
    fds[LARGE + 2] = hold(place_path("in"), 8000);
    cr_assert(eq(u64, figures().closed[INGRESS_STREAM_MEMORY], 0));
    for (size_t i = 500; i < sizeof rest; i += 7) {
        memcpy(rest + i, &lengths[1], sizeof lengths[1]);
        rest[i + 4] = 'a';
    }
    put(first, rest, sizeof rest);
    put(second, (char[6000]){0}, 6000);
    turns(40);
    cr_expect(eq(sz, recorder.count, 1 + SMALL));
    cr_expect(eq(u64, figures().closed[INGRESS_STREAM_MEMORY], 0));
    cr_expect(eq(u64, recorder_view(&recorder, 1).input.connections, 1));
    put(second, (char[6000]){0}, 6000);
    turns(40);
    cr_expect(eq(u64, figures().closed[INGRESS_STREAM_MEMORY], 0));
    cr_expect(eq(u64, recorder_view(&recorder, 1).input.closed[INGRESS_STREAM_MEMORY], 1));
    cr_expect(eq(u64, recorder_view(&recorder, 1).input.connections, 0));
    close(first);
    close(second);
    for (size_t i = 0; i < LARGE + 3; i++)
        close(fds[i]);
    while (ingress_streams_left(recorder.ingress) > 0)
        turn();
}

/* A length that is only announced takes no memory. */
Test(inputs, lengths_are_not_believed) {
    enum { SENDERS = 200 };
    int fds[SENDERS];
    open_stream();
    for (size_t i = 0; i < SENDERS; i++) {
        fds[i] = connect_stream();
        put_frame(fds[i], 65536, "x");
    }
    run_until_connections(SENDERS);
    for (int i = 0; i < 100; i++)
        turn();
    cr_expect(eq(u64, figures().connections, SENDERS));
    cr_expect(eq(u64, figures().closed[INGRESS_STREAM_MEMORY], 0));
    for (size_t i = 0; i < SENDERS; i++)
        close(fds[i]);
}

/* Each write is its process's, as pre-forked workers share a connection. */
Test(inputs, the_sender_is_who_wrote) {
    open_stream();
    const int fd = connect_stream();
    put_text(fd, "a:1|c\n");
    const pid_t child = fork();
    if (child == 0) {
        _exit(send(fd, "b:1|c\n", 6, MSG_NOSIGNAL) == 6 ? 0 : 1);
    }
    int status;
    cr_assert(eq(int, waitpid(child, &status, 0), child));
    cr_assert(eq(int, status, 0));
    put_text(fd, "c:1|c\n");
    recorder_run(&recorder, 3);
    cr_expect(eq(i32, recorder.records[0].origin.pid, getpid()));
    cr_expect(eq(i32, recorder.records[1].origin.pid, child));
    cr_expect(eq(i32, recorder.records[2].origin.pid, getpid()));
    close(fd);
}

/* Before another process takes over: what was written is read, nothing more is taken, and who
 * connects waits. */
Test(inputs, a_connection_that_is_shut_is_read_to_its_end) {
    open_stream();
    const int fd = connect_stream();
    run_until_connections(1);
    put_text(fd, "a:1|c\nb:1");
    ingress_shut_streams(recorder.ingress);
    cr_expect(eq(long, send(fd, "|c\n", 3, MSG_NOSIGNAL), -1));
    cr_expect(eq(int, errno, EPIPE));
    const int waiting = connect_stream();
    put_text(waiting, "c:1|c\n");
    while (ingress_streams_left(recorder.ingress) > 0)
        turn();
    cr_expect(eq(sz, recorder.count, 1));
    cr_expect(eq(str, (char *)text_at(0), "a:1|c\n"));
    cr_expect(eq(u64, figures().cut, 1));
    ingress_resume_streams(recorder.ingress);
    recorder_run(&recorder, 2);
    cr_expect(eq(str, (char *)text_at(1), "c:1|c\n"));
    close(fd);
    close(waiting);
}

/* At a stop, those that wait to be accepted are read, too; whoever comes later is told. */
Test(inputs, a_stop_reads_what_was_written) {
    struct strbuf text = {0};
    bool empty = false;
    open_stream();
    const int fd = connect_stream();
    run_until_connections(1);
    for (int i = 0; i < 3000; i++)
        strbuf_puts(&text, "a:1|c|q:1,1,0\n");
    put(fd, text.data, text.len);
    strbuf_done(&text);
    const int waiting = connect_stream();
    put_frame(waiting, 5, "b:1|c");
    const int ended = connect_stream();
    put_text(ended, "c:1|c\n");
    close(ended);
    (void)ingress_drain(recorder.ingress, 10000, &empty);
    cr_expect(empty);
    cr_expect(eq(sz, recorder.count, 3002));
    cr_expect(eq(u64, figures().cut, 0));
    cr_expect(eq(int, unix_socket_connect(place_path("in"), SOCK_STREAM), -ENOENT));
    close(fd);
    close(waiting);
}

/* The next process listens on the same socket. */
Test(inputs, a_kept_listener_is_taken_over) {
    char listen[200];
    open_stream();
    const struct ingress_view first = recorder_view(&recorder, 0);
    struct unix_listener kept = {.fd = dup(first.listener->fd), .file = first.listener->file};
    ingress_leave(recorder.ingress, NULL, NULL);
    ingress_close(recorder.ingress);
    cr_assert(eq(int, uv_run(&recorder.loop, UV_RUN_DEFAULT), 0));
    cr_assert(eq(int, uv_loop_close(&recorder.loop), 0));
    free(recorder.records);
    const int fd = connect_stream();
    put_text(fd, "a:1|c\n");
    recorder_init(&recorder);
    (void)snprintf(listen, sizeof listen, "unix-stream:%s", place_path("in"));
    open_input(listen, &kept, 1);
    cr_expect(eq(int, kept.fd, -1));
    recorder_run(&recorder, 1);
    close(fd);
}

/* ---- UDP ---- */

static int connect_udp(uint16_t *ret_port) {
    const struct ingress_view view = recorder_view(&recorder, 0);
    struct sockaddr_in address;
    socklen_t len = sizeof address;
    cr_assert(getsockname(view.listener->fd, (struct sockaddr *)&address, &len) == 0);
    const int fd = socket(AF_INET, SOCK_DGRAM, 0);
    cr_assert(connect(fd, (struct sockaddr *)&address, len) == 0);
    *ret_port = ntohs(address.sin_port);
    return fd;
}

Test(inputs, by_udp_nobody_is_known) {
    uint16_t port;
    open_input("udp:127.0.0.1:0", NULL, 0);
    const int fd = connect_udp(&port);
    put_text(fd, "a:1|c\nb:1|c");
    put(fd, "", 0);
    put_text(fd, "c:1|c");
    recorder_run(&recorder, 3);
    cr_expect(eq(str, (char *)text_at(0), "a:1|c\nb:1|c"));
    cr_expect(eq(str, (char *)text_at(2), "c:1|c"));
    cr_expect(eq(i32, recorder.records[0].origin.pid, 0));
    cr_expect(eq(u32, recorder.records[0].origin.uid, WHO_BY_UDP));
    cr_expect(eq(u32, recorder.records[0].origin.scope, SCOPE));
    close(fd);
}

Test(inputs, what_the_kernel_drops_is_counted) {
    static const char text[1024];
    enum { MANY = 20000 };
    const int small = 4096;
    uint16_t port;
    open_input("udp:127.0.0.1:0", NULL, 0);
    const int receiver = recorder_view(&recorder, 0).listener->fd;
    cr_assert(setsockopt(receiver, SOL_SOCKET, SO_RCVBUF, &small, sizeof small) == 0);
    const int fd = connect_udp(&port);
    for (int i = 0; i < MANY; i++)
        (void)send(fd, text, sizeof text, 0);
    const uint64_t dropped = figures().dropped;
    cr_expect(gt(u64, dropped, MANY / 2));
    recorder_run(&recorder, (size_t)(MANY - dropped));
    cr_expect(eq(u64, figures().dropped + recorder.count, MANY));
    close(fd);
}

Test(inputs, an_address_that_is_taken_is_an_error) {
    uint16_t port;
    char listen[64];
    struct ingress_listener listener;
    struct error error = {0};
    open_input("udp:127.0.0.1:0", NULL, 0);
    close(connect_udp(&port));
    (void)snprintf(listen, sizeof listen, "udp:127.0.0.1:%u", port);
    const struct ingress_input_options options = {.listen = listen, .place = "--udp"};
    cr_assert(not(ingress_input_open(&options, &listener, &error)));
    cr_expect(strstr(error.text, "--udp: udp:127.0.0.1:") == error.text, "%s", error.text);
    cr_expect(strstr(error.text, "another process receives there") != NULL, "%s", error.text);
}
