/* SPDX-License-Identifier: MIT */
/* What a command makes of a daemon's answers, or of no answer. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "assertions.h"
#include "run.h"

static struct run run;
static char control_path[RUN_PATH_MAX];
static pid_t daemon_pid;

static void setup(void) {
    run_init(&run);
    (void)snprintf(control_path, sizeof control_path, "%s/s.control", run.folder);
    daemon_pid = 0;
}

static void teardown(void) {
    if (daemon_pid > 0)
        (void)waitpid(daemon_pid, NULL, 0);
    run_done(&run);
}

TestSuite(statgate_ask, .init = setup, .fini = teardown);

static int listen_there(void) {
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    (void)snprintf(at.sun_path, sizeof at.sun_path, "%s", control_path);
    const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    cr_assert(ge(int, fd, 0));
    cr_assert(eq(int, bind(fd, (const struct sockaddr *)&at, sizeof at), 0));
    cr_assert(eq(int, listen(fd, 8), 0));
    return fd;
}

/* A process that takes one connection for each of these answers, "STATUS TEXT", reads the request,
 * says the answer, and closes. In a text, the target of the request stands in for %s. Without a
 * text the answer is cut. */
static void answer_with(const char *const *answers) {
    const int fd = listen_there();
    daemon_pid = fork();
    cr_assert(ge(int, daemon_pid, 0));
    if (daemon_pid > 0) {
        (void)close(fd);
        return;
    }
    for (; *answers != NULL; answers++) {
        char request[9000] = "";
        char target[9000] = "";
        char text[20000];
        const int client = accept(fd, NULL, NULL);
        const ssize_t got = recv(client, request, sizeof request - 1, 0);
        request[got > 0 ? got : 0] = '\0';
        (void)sscanf(request, "POST %8999s HTTP/1.1", target);
        const char *const body = *answers + 4;
        const char *mark = strstr(body, "%s");
        const int head = mark != NULL ? (int)(mark - body) : (int)strlen(body);
        (void)snprintf(text, sizeof text, "%.*s%s%s", head, body, mark != NULL ? target : "",
                       mark != NULL ? mark + 2 : "");
        (void)dprintf(client, "HTTP/1.1 %.3s X\r\nContent-Length: %zu\r\n\r\n%s", *answers,
                      strlen(text) + (*text == '\0'), text);
        (void)close(client);
    }
    _exit(0);
}
#define ANSWER(...) answer_with((const char *const[]){__VA_ARGS__, NULL})

static void expect_told(const char *out, const char *err) {
    cr_expect(eq(str, (char *)(uintptr_t)run_out(&run), (char *)(uintptr_t)out));
    cr_expect(eq(str, (char *)(uintptr_t)run_err(&run), (char *)(uintptr_t)err));
}

static void expect_says(const char *part) {
    cr_expect(ne(ptr, strstr(run_err(&run), part), NULL), "%s", run_err(&run));
}

Test(statgate_ask, the_control_socket_is_beside_the_socket) {
    char sock[RUN_PATH_MAX];
    (void)snprintf(sock, sizeof sock, "%s/s.sock", run.folder);
    ANSWER("200 <%s>\n");
    cr_expect(eq(int, RUN(&run, "reload", "--socket", sock), 0));
    expect_told("</reload>\n", "");
}

Test(statgate_ask, a_failure_has_an_exit_code_by_its_status) {
    ANSWER("422 refused: /x.json:3:1: no\n/x.json:4:1: nor\nNothing changed.\n",
           "409 a reload is under way\n", "500 it took too long\n", "418 what\n",
           "207 taken, but not all\n");
    cr_expect(eq(int, RUN(&run, "reload", "--control", control_path), 2));
    expect_told("", "statgate reload: refused: /x.json:3:1: no\n/x.json:4:1: nor\n"
                    "Nothing changed.\n");
    cr_expect(eq(int, RUN(&run, "reload", "--control", control_path), 3));
    cr_expect(eq(int, RUN(&run, "reload", "--control", control_path), 1));
    cr_expect(eq(int, RUN(&run, "reload", "--control", control_path), 1));
    cr_expect(eq(int, RUN(&run, "reload", "--control", control_path), 4));
}

Test(statgate_ask, who_is_turned_away_asks_again) {
    ANSWER("503 another daemon has taken over: ask again\n", "200 taken\n");
    cr_expect(eq(int, RUN(&run, "reload", "--control", control_path), 0));
    expect_told("taken\n", "");
}

Test(statgate_ask, an_answer_that_is_cut_is_none) {
    ANSWER("200 ");
    cr_expect(eq(int, RUN(&run, "reload", "--control", control_path), 1));
    expect_says("ended before it answered");
}

Test(statgate_ask, what_is_not_http_is_no_daemon) {
    ANSWER("2x0 ");
    cr_expect(eq(int, RUN(&run, "reload", "--control", control_path), 1));
    expect_says("what answers there is not statgated");
}

Test(statgate_ask, who_does_not_answer_is_given_up) {
    const int fd = listen_there();
    cr_expect(eq(int, RUN(&run, "reload", "--control", control_path, "--timeout", "0.05"), 1));
    expect_says("no answer in time");
    (void)close(fd);
}

Test(statgate_ask, where_nobody_is_each_place_is_named) {
    cr_expect(eq(int, RUN(&run, "reload", "--control", control_path), 1));
    expect_says("no socket there");
    (void)close(listen_there());
    cr_expect(eq(int, RUN(&run, "reload", "--control", control_path), 1));
    expect_says("no process listens there");
    cr_expect(eq(int, RUN(&run, "reload"), 1));
    expect_says("/statgate.control");
}

Test(statgate_ask, forget_sends_what_it_is_given) {
    ANSWER("200 <%s>\n", "200 <%s>\n");
    cr_expect(eq(int, RUN(&run, "forget", "--control", control_path, "shop", "a_total"), 0));
    expect_told("</forget?service=shop&family=a_total>\n", "");
    cr_expect(eq(
        int, RUN(&run, "forget", "--control", control_path, "shop", "a_total", "x=y z,b=\\,"), 0));
    expect_told("</forget?service=shop&family=a_total&labels=x%3Dy%20z%2Cb%3D%5C%2C>\n", "");
}

Test(statgate_ask, what_is_no_request_is_not_sent) {
    static char long_name[9000];
    memset(long_name, 'x', sizeof long_name - 1);
    cr_expect(eq(int, RUN(&run, "forget", "shop"), CLI_USAGE));
    expect_says("give it a service");
    cr_expect(eq(int, RUN(&run, "forget", "shop", "a", "x=y", "z"), CLI_USAGE));
    cr_expect(eq(int, RUN(&run, "forget", "shop", long_name), CLI_USAGE));
    expect_says("too long");
    cr_expect(eq(int, RUN(&run, "reload", "now"), CLI_USAGE));
    cr_expect(eq(int, RUN(&run, "reload", "--timeout", "0"), CLI_USAGE));
    cr_expect(eq(int, RUN(&run, "reload", "--timeout", "1e3"), CLI_USAGE));
}
