/* SPDX-License-Identifier: MIT */
/* Which samples `send` delivers, and what it reports about them. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "assertions.h"
#include "run.h"
#include "statgate/send/send_private.h"

static struct run run;
static int receiver = -1;
static char socket_path[RUN_PATH_MAX];

static int listen_on(const char *path) {
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    (void)snprintf(at.sun_path, sizeof at.sun_path, "%s", path);
    const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    cr_assert(ge(int, fd, 0));
    cr_assert(eq(int, bind(fd, (const struct sockaddr *)&at, sizeof at), 0), "%s", path);
    return fd;
}

static void setup(void) {
    run_init(&run);
    (void)snprintf(socket_path, sizeof socket_path, "%s/s.sock", run.folder);
    receiver = listen_on(socket_path);
}

static void teardown(void) {
    (void)close(receiver);
    run_done(&run);
}

TestSuite(statgate_send, .init = setup, .fini = teardown);

/* The next datagram; "" when there is none. */
static char *received(void) {
    static char datagram[70000];
    const ssize_t got = recv(receiver, datagram, sizeof datagram - 1, 0);
    datagram[got > 0 ? got : 0] = '\0';
    return datagram;
}

static int send_words(const char *const *words) {
    const char *all[32] = {"send", "--socket", socket_path};
    size_t count = 3;
    for (; *words; words++)
        all[count++] = *words;
    return run_words(&run, all);
}
#define SEND(...) send_words((const char *const[]){__VA_ARGS__, NULL})

static void expect_told(const char *format, const char *err) {
    char expected[512];
    (void)snprintf(expected, sizeof expected, format, socket_path);
    cr_expect(eq(str, (char *)(uintptr_t)run_out(&run), expected));
    cr_expect(eq(str, (char *)(uintptr_t)run_err(&run), (char *)(uintptr_t)err));
}

Test(statgate_send, lines_arrive_in_one_datagram_and_are_reported) {
    cr_expect(eq(int, SEND("a:1|c", "b:1:2:3|h|#x:y", "_e{1,1}:t|x"), CLI_OK));
    cr_expect(eq(str, received(), "a:1|c\nb:1:2:3|h|#x:y\n_e{1,1}:t|x"));
    cr_expect(eq(str, received(), ""));
    expect_told("sent 3 lines (5 samples) in 1 datagram to %s\n", "");
}

Test(statgate_send, outcomes_states_and_events_arrive_as_they_are) {
    cr_expect(eq(int, SEND("a:worked:idle|a|#x:y", "b:half_open|b", "c:queued|j|#q:fast|i:7f3a"),
                 CLI_OK));
    cr_expect(
        eq(str, received(), "a:worked:idle|a|#x:y\nb:half_open|b\nc:queued|j|#q:fast|i:7f3a"));
    expect_told("sent 3 lines (4 samples) in 1 datagram to %s\n", "");
}

Test(statgate_send, one_of_each_is_reported_in_the_singular) {
    cr_expect(eq(int, SEND("a:1|c\n\n"), CLI_OK));
    cr_expect(eq(str, received(), "a:1|c"));
    expect_told("sent 1 line (1 sample) in 1 datagram to %s\n", "");
}

Test(statgate_send, events_quiet_says_nothing) {
    cr_expect(eq(int, SEND("--quiet", "a:1|c"), CLI_OK));
    cr_expect(eq(str, received(), "a:1|c"));
    expect_told("", "");
}

Test(statgate_send, a_malformed_line_is_refused_with_its_place_and_nothing_is_sent) {
    cr_expect(eq(int, SEND("a:1|c", "b:1x|c"), CLI_USAGE));
    cr_expect(eq(str, received(), ""));
    expect_told("", "statgate send: line 2 is refused, bad_value: not a finite number, or a value "
                    "that the family cannot take\n"
                    "  b:1x|c\n"
                    "    ^\n"
                    "Nothing was sent. Put it right, or send it as it is with --raw; see also "
                    "statgate explain.\n");
}

Test(statgate_send, an_event_of_no_job_is_refused_as_the_daemon_would) {
    cr_expect(eq(int, SEND("pj:succeeded|j|#queue:slow"), CLI_USAGE));
    cr_expect(eq(str, received(), ""));
    cr_expect(has(run_err(&run), "line 1 is refused, malformed: "));
    cr_expect(has(run_err(&run), "\n  pj:succeeded|j|#queue:slow\n     ^\n"));
    cr_expect(eq(int, SEND("--raw", "pj:succeeded|j|#queue:slow"), CLI_OK));
    cr_expect(eq(str, received(), "pj:succeeded|j|#queue:slow"));
}

Test(statgate_send, raw_sends_what_is_malformed) {
    cr_expect(eq(int, SEND("--raw", "a:1|c", "no line"), CLI_OK));
    cr_expect(eq(str, received(), "a:1|c\nno line"));
    expect_told("sent 2 lines (2 samples) in 1 datagram to %s\n", "");
}

Test(statgate_send, nothing_to_send_is_reported) {
    cr_expect(eq(int, SEND("", "\n"), CLI_OK));
    cr_expect(eq(str, (char *)(uintptr_t)run_out(&run), "nothing to send\n"));
    const char *none[] = {"send", NULL};
    cr_expect(eq(int, run_words(&run, none), CLI_USAGE));
    cr_expect(has(run_err(&run), "statgate send --help"));
}

Test(statgate_send, of_standard_input_the_good_lines_are_sent) {
    static const char input[] = "a:1|c\nbroken\n\nb:1|c|@7\nc:1|c";
    run_input(&run, input, sizeof input - 1);
    cr_expect(eq(int, SEND("-"), CLI_USAGE));
    cr_expect(eq(str, received(), "a:1|c"), "what arrived at once goes at once");
    cr_expect(eq(str, received(), "c:1|c"));
    cr_expect(has(run_err(&run), "line 2 of standard input is refused, malformed"));
    cr_expect(has(run_err(&run), "line 4 of standard input is refused, bad_rate"));
    cr_expect(has(run_out(&run), "sent 2 lines"));
}

Test(statgate_send, a_long_line_goes_alone) {
    static char line[5000] = "a:1|c|#x:";
    memset(line + 9, 'y', 4000);
    cr_expect(eq(int, SEND("--raw", "b:1|c", line, "c:1|c"), CLI_OK));
    cr_expect(eq(str, received(), "b:1|c"));
    cr_expect(eq(str, received(), line));
    cr_expect(eq(str, received(), "c:1|c"));
}

/* ---- a daemon in trouble ---- */

/* As many as the kernel takes of one sender, whose own buffer may be full before the queue is. */
static int fill_from_one(void) {
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    int sent = 0;
    (void)snprintf(to.sun_path, sizeof to.sun_path, "%s", socket_path);
    const int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    cr_assert(eq(int, connect(fd, (const struct sockaddr *)&to, sizeof to), 0));
    while (send(fd, "x:1|c", 5, MSG_DONTWAIT) >= 0)
        sent++;
    cr_assert(eq(int, errno, EAGAIN));
    (void)close(fd);
    return sent;
}

/* However deep this host's queues are. */
static void fill_queue(void) {
    while (fill_from_one() > 0) {
    }
}

Test(statgate_send, a_queue_that_stays_full_is_reported_after_a_while) {
    fill_queue();
    run.cli.retry_ms = 30;
    cr_expect(eq(int, SEND("a:1|c"), CLI_FAILURE), "%s", run_err(&run));
    expect_told("", run_err(&run));
    cr_expect(has(run_err(&run), "the queue is full and stays so"), "%s", run_err(&run));
    cr_expect(has(run_err(&run), "0 lines were sent before that"));
}

Test(statgate_send, a_queue_that_gets_room_is_waited_for) {
    fill_queue();
    run.cli.retry_ms = 100000;
    const pid_t child = fork();
    if (child == 0) {
        /* Ends when the line itself arrives: the parent had to wait for room until then. */
        char datagram[64];
        (void)alarm(120); /* whatever happens to the parent */
        for (;;) {
            const ssize_t got = recv(receiver, datagram, sizeof datagram, 0);
            if (got == 5 && memcmp(datagram, "a:1|c", 5) == 0)
                _exit(0);
            if (got < 0 && errno != EAGAIN)
                _exit(1);
        }
    }
    cr_expect(eq(int, SEND("a:1|c"), CLI_OK), "%s", run_err(&run));
    int status = 1;
    cr_expect(eq(int, (int)waitpid(child, &status, 0), (int)child));
    cr_expect(eq(int, status, 0));
}

/* The first datagram makes the receiver go away and another take its place. */
Test(statgate_send, a_daemon_that_ended_meanwhile_is_reported) {
    run_input(&run, "a:1|c\n", 6);
    (void)close(receiver);
    cr_expect(eq(int, SEND("-"), CLI_FAILURE));
    cr_expect(has(run_err(&run), "the socket exists, but no process receives on it"), "%s",
              run_err(&run));
    receiver = -1;
}
