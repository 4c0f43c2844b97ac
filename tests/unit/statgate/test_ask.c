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

/* A process that takes one connection for each of these answers, reads the request, says the
 * answer, and closes. In an answer, the request stands in for %s. */
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
        const int client = accept(fd, NULL, NULL);
        const ssize_t got = recv(client, request, sizeof request - 1, 0);
        request[got > 0 ? got : 0] = '\0';
        const char *mark = strstr(*answers, "%s");
        const size_t head = mark != NULL ? (size_t)(mark - *answers) : strlen(*answers);
        (void)send(client, *answers, head, MSG_NOSIGNAL);
        if (mark != NULL) {
            (void)send(client, request, strcspn(request, "\n"), MSG_NOSIGNAL);
            (void)send(client, mark + 2, strlen(mark + 2), MSG_NOSIGNAL);
        }
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

Test(statgate_ask, lines_and_the_verdict_are_printed) {
    ANSWER("added family a_total\nok taken\n");
    cr_expect(eq(int, RUN(&run, "reload", "--control", control_path), 0));
    expect_told("added family a_total\ntaken\n", "");
}

Test(statgate_ask, the_control_socket_is_beside_the_socket) {
    char sock[RUN_PATH_MAX];
    (void)snprintf(sock, sizeof sock, "%s/s.sock", run.folder);
    ANSWER("ok taken\n");
    cr_expect(eq(int, RUN(&run, "reload", "--socket", sock), 0));
}

Test(statgate_ask, an_error_has_an_exit_code_by_its_word) {
    ANSWER("error refused /x.json:3:1: no\n", "error under_way a reload is under way\n",
           "error failed it took too long\n", "error unheard_of what\n");
    cr_expect(eq(int, RUN(&run, "reload", "--control", control_path), 2));
    expect_told("", "statgate reload: refused: /x.json:3:1: no\nNothing changed.\n");
    cr_expect(eq(int, RUN(&run, "reload", "--control", control_path), 3));
    cr_expect(eq(int, RUN(&run, "reload", "--control", control_path), 1));
    cr_expect(eq(int, RUN(&run, "reload", "--control", control_path), 1));
}

Test(statgate_ask, what_else_is_wrong_is_shown_behind_the_first) {
    ANSWER("/x.json:4:1: nor\nand 3 more: statgate check /x.json\nerror refused /x.json:3:1: no\n");
    cr_expect(eq(int, RUN(&run, "reload", "--control", control_path), 2));
    expect_told("", "statgate reload: refused: /x.json:3:1: no\n/x.json:4:1: nor\n"
                    "and 3 more: statgate check /x.json\nNothing changed.\n");
}

Test(statgate_ask, who_is_turned_away_asks_again) {
    ANSWER("error busy another daemon has taken over: ask again\n", "ok taken\n");
    cr_expect(eq(int, RUN(&run, "reload", "--control", control_path), 0));
    expect_told("taken\n", "");
}

Test(statgate_ask, an_answer_without_a_last_line_is_none) {
    ANSWER("added family a_total\nok tak");
    cr_expect(eq(int, RUN(&run, "reload", "--control", control_path), 1));
    expect_says("ended before it answered");
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
    ANSWER("ok <%s>\n", "ok <%s>\n");
    cr_expect(eq(int, RUN(&run, "forget", "--control", control_path, "shop", "a_total"), 0));
    expect_told("<forget shop a_total>\n", "");
    cr_expect(eq(
        int, RUN(&run, "forget", "--control", control_path, "shop", "a_total", "x=y z,b=\\,"), 0));
    expect_told("<forget shop a_total x=y z,b=\\,>\n", "");
}

Test(statgate_ask, what_is_no_request_is_not_sent) {
    cr_expect(eq(int, RUN(&run, "forget", "shop"), CLI_USAGE));
    expect_says("give it a service");
    cr_expect(eq(int, RUN(&run, "forget", "shop", "a", "x=y", "z"), CLI_USAGE));
    cr_expect(eq(int, RUN(&run, "forget", "shop", "a_total", "x"), CLI_USAGE));
    expect_says("KEY=VALUE");
    cr_expect(eq(int, RUN(&run, "forget", "shop", "a_total x=y"), CLI_USAGE));
    expect_says("no blanks");
    cr_expect(eq(int, RUN(&run, "forget", "", "a_total"), CLI_USAGE));
    cr_expect(eq(int, RUN(&run, "forget", "shop", "a\nb"), CLI_USAGE));
    cr_expect(eq(int, RUN(&run, "reload", "now"), CLI_USAGE));
    cr_expect(eq(int, RUN(&run, "reload", "--timeout", "0"), CLI_USAGE));
    cr_expect(eq(int, RUN(&run, "reload", "--timeout", "1e3"), CLI_USAGE));
}
